package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"servicepoint/kiosk"
)

// outboxStates are the states kiosk.State.InOutbox names, as a list for SQL.
func outboxStates() string {
	var words []string
	for s := range kiosk.Steps {
		if s.InOutbox() {
			words = append(words, "'"+string(s)+"'")
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

const itemFrom = " FROM outbox o JOIN dossier d ON d.id = o.dossier AND d.revision = o.revision "

const itemColumns = dossierColumns + ", o.upload_url, o.attempts, o.last_code, o.sealed_at, o.changed_at, o.accepted_at, o.wiping_at"

// item is a parcel on its way with what only the store asks for.
type item struct {
	kiosk.OutboxItem
	wipingAt time.Time
}

func scanItem(r row) (item, error) {
	var i item
	d, err := scanDossier(withTail{r, []any{&i.UploadURL, &i.Attempts, &i.LastCode,
		instant{&i.SealedAt}, instant{&i.ChangedAt}, instant{&i.AcceptedAt}, instant{&i.wipingAt}}})
	if err != nil {
		return item{}, err
	}
	i.ParcelKey, i.LocalCode, i.Procedure, i.State = keyOf(d), d.LocalCode, d.Procedure, d.State
	if d.Parcel != nil {
		i.Parcel = *d.Parcel
	}
	return i, nil
}

// Pending lists every parcel whose state is in the outbox, oldest first.
// Offset is not kept here and always 0: the centre knows it.
func (s *Store) Pending(ctx context.Context) ([]kiosk.OutboxItem, error) {
	return list(ctx, s.db.R, func(r row) (kiosk.OutboxItem, error) {
		i, err := scanItem(r)
		return i.OutboxItem, err
	}, "SELECT "+itemColumns+itemFrom+"WHERE d.state IN ("+outboxStates()+") ORDER BY o.seq")
}

func (c *change) item(ctx context.Context, k kiosk.ParcelKey) (item, error) {
	return one(ctx, c.tx, codeParcel, scanItem, "SELECT "+itemColumns+itemFrom+"WHERE o.dossier = ? AND o.revision = ?", k.Dossier, k.Revision)
}

// carried takes a parcel's next step with its event. Any step is progress:
// the count of failed attempts starts anew.
func (c *change) carried(ctx context.Context, k kiosk.ParcelKey, from, to kiosk.State, more map[string]any) error {
	if err := c.step(ctx, k, from, to); err != nil {
		return err
	}
	if err := c.must(ctx, "UPDATE outbox SET attempts = 0, last_code = '', changed_at = ? WHERE dossier = ? AND revision = ?",
		c.at.UnixNano(), k.Dossier, k.Revision); err != nil {
		return err
	}
	n := map[string]any{"revision": k.Revision, "from": from}
	for name, v := range more {
		n[name] = v
	}
	return c.note(ctx, kiosk.Event{Dossier: k.Dossier, Kind: kiosk.Code("parcel." + to), Note: note(n)})
}

func (c *change) setURL(ctx context.Context, k kiosk.ParcelKey, url string) error {
	return c.must(ctx, "UPDATE outbox SET upload_url = ? WHERE dossier = ? AND revision = ?", url, k.Dossier, k.Revision)
}

// begin takes a parcel (back) to announced without an upload. It is nothing
// new to a parcel that stands there.
func (s *Store) begin(ctx context.Context, step string, k kiosk.ParcelKey) error {
	return s.write(ctx, step, func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || i.State == kiosk.Announced {
			return err
		}
		if err := c.carried(ctx, k, i.State, kiosk.Announced, nil); err != nil {
			return err
		}
		return c.setURL(ctx, k, "")
	})
}

// Announced records that the centre wants the bytes. From uploading, sent and
// stored it means that the centre asks for them anew; the old upload is
// forgotten.
func (s *Store) Announced(ctx context.Context, k kiosk.ParcelKey) error {
	return s.begin(ctx, "parcel announced", k)
}

// UploadAt records where the bytes go (announced → uploading), or with "" that
// the upload begins again (back to announced). The same address again is
// nothing new; another one without beginning again is a Conflict.
func (s *Store) UploadAt(ctx context.Context, k kiosk.ParcelKey, url string) error {
	if url == "" {
		return s.begin(ctx, "upload begins again", k)
	}
	return s.write(ctx, "upload opened", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || (i.State == kiosk.Uploading && i.UploadURL == url) {
			return err
		}
		if err := c.carried(ctx, k, i.State, kiosk.Uploading, nil); err != nil {
			return err
		}
		return c.setURL(ctx, k, url)
	})
}

// SentAll records that the centre took every byte.
func (s *Store) SentAll(ctx context.Context, k kiosk.ParcelKey) error {
	return s.write(ctx, "parcel sent", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || i.State == kiosk.Sent {
			return err
		}
		return c.carried(ctx, k, i.State, kiosk.Sent, nil)
	})
}

// Attempted counts a failed attempt and keeps why; with an empty cause it
// records progress instead, and the count starts anew. Only a cause that is
// not the last one again is journaled: a centre that is ill for a night would
// otherwise fill the journal.
func (s *Store) Attempted(ctx context.Context, k kiosk.ParcelKey, cause kiosk.Code) error {
	return s.write(ctx, "attempt", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil {
			return err
		}
		if !i.State.InOutbox() {
			return movedOn(i.State, i.State)
		}
		attempts := i.Attempts + 1
		if cause == "" {
			attempts = 0
		}
		if attempts == i.Attempts && cause == i.LastCode {
			return nil
		}
		if err := c.must(ctx, "UPDATE outbox SET attempts = ?, last_code = ? WHERE dossier = ? AND revision = ?",
			attempts, cause, k.Dossier, k.Revision); err != nil {
			return err
		}
		if cause == i.LastCode {
			return nil
		}
		return c.note(ctx, kiosk.Event{Dossier: k.Dossier, Kind: "parcel.attempted",
			Note: note(map[string]any{"revision": k.Revision, "cause": cause, "attempts": attempts})})
	})
}

// Rejected records that the centre refuses this parcel for good, and why.
func (s *Store) Rejected(ctx context.Context, k kiosk.ParcelKey, reason kiosk.Code) error {
	return s.write(ctx, "parcel rejected", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || i.State == kiosk.Rejected {
			return err
		}
		if err := c.carried(ctx, k, i.State, kiosk.Rejected, map[string]any{"reason": reason}); err != nil {
			return err
		}
		return c.setCause(ctx, k, reason)
	})
}

func (c *change) setCause(ctx context.Context, k kiosk.ParcelKey, cause kiosk.Code) error {
	return c.must(ctx, "UPDATE outbox SET last_code = ? WHERE dossier = ? AND revision = ?", cause, k.Dossier, k.Revision)
}

// Wiping marks an accepted parcel for wiping: from here on its files may be
// gone. Any other state is a Conflict.
func (s *Store) Wiping(ctx context.Context, k kiosk.ParcelKey) error {
	return s.write(ctx, "mark for wiping", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || !i.wipingAt.IsZero() {
			return err
		}
		if i.State != kiosk.Accepted {
			return movedOn(i.State, kiosk.Wiped)
		}
		if err := c.must(ctx, "UPDATE outbox SET wiping_at = ? WHERE dossier = ? AND revision = ?", c.at.UnixNano(), k.Dossier, k.Revision); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Dossier: k.Dossier, Kind: "parcel.wiping", Note: note(map[string]any{"revision": k.Revision})})
	})
}

// Wiped records that a marked parcel's files are gone. Without the mark it is
// a Conflict with code parcel.not_marked.
func (s *Store) Wiped(ctx context.Context, k kiosk.ParcelKey) error {
	return s.write(ctx, "parcel wiped", func(c *change) error {
		i, err := c.item(ctx, k)
		if err != nil || i.State == kiosk.Wiped {
			return err
		}
		if i.wipingAt.IsZero() {
			return kiosk.Fail(kiosk.Conflict, codeNotMarked, nil)
		}
		if err := c.step(ctx, k, i.State, kiosk.Wiped); err != nil {
			return err
		}
		if err := c.must(ctx, "UPDATE outbox SET changed_at = ? WHERE dossier = ? AND revision = ?", c.at.UnixNano(), k.Dossier, k.Revision); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Dossier: k.Dossier, Kind: "dossier.wiped", Note: note(map[string]any{"revision": k.Revision, "from": i.State})})
	})
}
