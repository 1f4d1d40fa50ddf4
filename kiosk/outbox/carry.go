package outbox

import (
	"context"
	"fmt"
	"time"

	"servicepoint/kiosk"
)

// carryStep brings one parcel that is due as far as "sent" and returns
// when to look again.
func (r *Runner) carryStep(ctx context.Context) time.Duration {
	asked := r.asking()
	if _, closed := r.closedFor(); closed {
		return idle // the other lane probes, and wakes this one
	}
	items, err := r.pending(ctx)
	if err != nil {
		return r.ledgerDown(ctx, err)
	}
	it, wait := r.due(items)
	if it == nil {
		return wait
	}
	if err := r.carry(ctx, it, asked); err != nil {
		r.fell(ctx, it, err)
	}
	return 0
}

// due finds the parcel whose turn it is, or says how long to wait. Of those
// that failed least the oldest goes first, so that one that fails for ever
// keeps nobody waiting.
func (r *Runner) due(items []kiosk.OutboxItem) (*kiosk.OutboxItem, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := idle
	var found *kiosk.OutboxItem
	fewest := 0
	for i := range items {
		switch items[i].State {
		case kiosk.Sealed, kiosk.Announced, kiosk.Uploading:
		default:
			continue
		}
		t := r.remember(items[i].ParcelKey)
		left := time.Until(t.next)
		if left > 0 {
			wait = min(wait, left)
		} else if found == nil || t.fails < fewest {
			found, fewest = &items[i], t.fails
		}
	}
	return found, wait
}

// carry takes one parcel from wherever it stands to "sent", or to "stored" if
// the centre has it already. it.State follows every step that is in the ledger.
func (r *Runner) carry(ctx context.Context, it *kiosk.OutboxItem, asked int) error {
	if it.State != kiosk.Uploading {
		there, err := r.announce(ctx, it, asked)
		if err != nil || there {
			return err
		}
	}
	file, err := r.Files.OpenParcel(it.Parcel.SHA256)
	if err != nil {
		return kiosk.Fail(kiosk.Corrupt, CodeUnreadable, fmt.Errorf("open parcel: %w", err))
	}
	defer file.Close()
	if it.State == kiosk.Announced {
		url, err := r.Carrier.Create(ctx, it.Parcel)
		if err != nil {
			return err
		}
		if err := r.Ledger.UploadAt(ctx, it.ParcelKey, url); err != nil {
			return ledgerFail("record upload address", err)
		}
		r.moved(it, kiosk.Uploading)
		it.UploadURL = url
	}
	progress := func(offset int64) { r.confirmed(it.ParcelKey, asked, offset) }
	if err := r.Carrier.Carry(ctx, it.UploadURL, it.Parcel, file, progress); err != nil {
		return err
	}
	r.openLink(asked, true)
	if err := r.Ledger.SentAll(ctx, it.ParcelKey); err != nil {
		return ledgerFail("record sent", err)
	}
	r.moved(it, kiosk.Sent)
	r.progressed(it.ParcelKey, false)
	r.askSoon()
	return nil
}

// announce offers the parcel unless this process has done so already, and
// reports whether the centre has it.
func (r *Runner) announce(ctx context.Context, it *kiosk.OutboxItem, asked int) (there bool, err error) {
	r.mu.Lock()
	known := r.remember(it.ParcelKey).announced
	r.mu.Unlock()
	if it.State == kiosk.Announced && known {
		return false, nil
	}
	answer, receipt, err := r.Carrier.Announce(ctx, it.Parcel)
	if err != nil {
		return false, err
	}
	r.openLink(asked, true)
	if answer == kiosk.Exists {
		return true, r.settle(ctx, it, receipt)
	}
	if it.State == kiosk.Sealed {
		if err := r.Ledger.Announced(ctx, it.ParcelKey); err != nil {
			return false, ledgerFail("record announcement", err)
		}
		r.moved(it, kiosk.Announced)
	}
	r.mu.Lock()
	r.remember(it.ParcelKey).announced = true
	r.mu.Unlock()
	return false, nil
}

// settle records that the centre has the parcel already.
func (r *Runner) settle(ctx context.Context, it *kiosk.OutboxItem, receipt *kiosk.Receipt) error {
	if receipt == nil {
		return kiosk.Fail(kiosk.Unavailable, CodeNoReceipt, nil)
	}
	if err := r.acknowledge(ctx, it, receipt); err != nil {
		return err
	}
	r.askSoon()
	return nil
}

// confirmed notes bytes that the centre has: the only progress that counts
// before a receipt.
func (r *Runner) confirmed(key kiosk.ParcelKey, asked int, offset int64) {
	r.mu.Lock()
	t := r.remember(key)
	forward := offset > t.offset
	t.offset = offset
	r.mu.Unlock()
	if forward {
		r.progressed(key, false)
	}
	r.openLink(asked, true)
	r.changed()
}

// progressed forgets the failures of a parcel. One whose upload had to begin
// again is forgiven only by a receipt, or it could circle for ever at full pace.
func (r *Runner) progressed(key kiosk.ParcelKey, receipt bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.remember(key)
	if receipt {
		*t = try{offset: t.offset}
		return
	}
	if t.restarts == 0 {
		t.fails, t.stuck = 0, false
	}
	t.cause, t.next = "", time.Time{}
}

// moved notes a step that is in the ledger.
func (r *Runner) moved(it *kiosk.OutboxItem, to kiosk.State) {
	r.log().Info("outbox: step", "dossier", it.Dossier, "rev", it.Revision, "from", it.State, "to", to)
	it.State = to
	r.mu.Lock()
	for i := range r.items {
		if r.items[i].ParcelKey == it.ParcelKey {
			r.items[i].State = to
		}
	}
	r.mu.Unlock()
	r.changed()
}

func ledgerFail(step string, err error) error {
	return kiosk.Fail(kiosk.Internal, CodeLedger, fmt.Errorf("%s: %w", step, err))
}
