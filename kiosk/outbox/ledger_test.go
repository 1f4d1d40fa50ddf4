package outbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
)

// ledger is the outbox's rows in memory, held to the same table of steps as
// the database.
type ledger struct {
	mu       sync.Mutex
	items    []kiosk.OutboxItem
	wiping   map[kiosk.ParcelKey]bool
	receipts []kiosk.Receipt
	steps    []string
	fail     error // every call fails with it while set
}

func (l *ledger) Pending(context.Context) ([]kiosk.OutboxItem, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	var out []kiosk.OutboxItem
	for _, it := range l.items {
		if it.State.InOutbox() {
			out = append(out, it)
		}
	}
	return out, nil
}

func (l *ledger) change(key kiosk.ParcelKey, to kiosk.State, f func(*kiosk.OutboxItem)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	i := slices.IndexFunc(l.items, func(it kiosk.OutboxItem) bool { return it.ParcelKey == key })
	if i < 0 {
		return kiosk.Fail(kiosk.NotFound, "test.no_item", nil)
	}
	it := &l.items[i]
	if to != "" {
		if !kiosk.CanStep(it.State, to) {
			return kiosk.Fail(kiosk.Conflict, "test.step", fmt.Errorf("%s to %s", it.State, to))
		}
		l.steps = append(l.steps, fmt.Sprintf("%s>%s", it.State, to))
		it.State, it.Attempts, it.LastCode = to, 0, ""
	}
	if f != nil {
		f(it)
	}
	return nil
}

func (l *ledger) Announced(_ context.Context, key kiosk.ParcelKey) error {
	return l.change(key, kiosk.Announced, nil)
}

func (l *ledger) UploadAt(_ context.Context, key kiosk.ParcelKey, url string) error {
	to := kiosk.Uploading
	if url == "" {
		to = kiosk.Announced
	}
	return l.change(key, to, func(it *kiosk.OutboxItem) { it.UploadURL = url })
}

func (l *ledger) SentAll(_ context.Context, key kiosk.ParcelKey) error {
	return l.change(key, kiosk.Sent, nil)
}

func (l *ledger) Attempted(_ context.Context, key kiosk.ParcelKey, cause kiosk.Code) error {
	return l.change(key, "", func(it *kiosk.OutboxItem) { it.Attempts++; it.LastCode = cause })
}

func (l *ledger) Rejected(_ context.Context, key kiosk.ParcelKey, reason kiosk.Code) error {
	return l.change(key, kiosk.Rejected, func(it *kiosk.OutboxItem) { it.LastCode = reason })
}

func (l *ledger) Acknowledge(_ context.Context, r kiosk.Receipt) error {
	key := kiosk.ParcelKey{Dossier: r.Dossier, Revision: r.Revision}
	path := map[kiosk.Level][]kiosk.State{
		kiosk.LevelStored:   {kiosk.Stored},
		kiosk.LevelAccepted: {kiosk.Stored, kiosk.Accepted},
		kiosk.LevelReturned: {kiosk.Stored, kiosk.Returned},
	}[r.Level]
	for i, to := range path {
		if at := l.item(key); at.State == to || i == 0 && at.State == kiosk.Stored {
			continue
		}
		if err := l.change(key, to, nil); err != nil {
			return err
		}
	}
	return l.change(key, "", func(it *kiosk.OutboxItem) {
		l.receipts = append(l.receipts, r)
		if r.Level == kiosk.LevelAccepted {
			it.AcceptedAt = time.Now()
		}
	})
}

func (l *ledger) Wiping(_ context.Context, key kiosk.ParcelKey) error {
	return l.change(key, "", func(it *kiosk.OutboxItem) {
		if it.State == kiosk.Accepted {
			l.wiping[key] = true
		}
	})
}

func (l *ledger) Wiped(_ context.Context, key kiosk.ParcelKey) error {
	l.mu.Lock()
	marked := l.wiping[key]
	l.mu.Unlock()
	if !marked {
		return kiosk.Fail(kiosk.Conflict, "test.not_marked", nil)
	}
	return l.change(key, kiosk.Wiped, nil)
}

func (l *ledger) item(key kiosk.ParcelKey) kiosk.OutboxItem {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.items, func(it kiosk.OutboxItem) bool { return it.ParcelKey == key })
	if i < 0 {
		return kiosk.OutboxItem{}
	}
	return l.items[i]
}

func (l *ledger) taken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.steps)
}

func (l *ledger) levels() []kiosk.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return levelsOf(l.receipts)
}

func (l *ledger) add(it kiosk.OutboxItem) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = append(l.items, it)
}

// files keeps parcels in a folder, by digest.
type files struct{ dir string }

func (f files) path(name kiosk.Digest) string { return filepath.Join(f.dir, name.String()) }

func (f files) OpenParcel(name kiosk.Digest) (outbox.File, error) {
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f files) WipeParcel(name kiosk.Digest) error { return os.Remove(f.path(name)) }
