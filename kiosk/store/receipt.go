package store

import (
	"context"
	"fmt"

	"servicepoint/kiosk"
)

// Acknowledge records a receipt whose signature has been verified: the
// receipt itself, the state it brings and the events, in one transaction. A
// receipt that comes before the steps it crowns takes them too, one by one,
// so that the journal skips none: accepted or returned imply stored, and
// stored while uploading implies sent.
//
// A receipt already recorded changes nothing; a new one of a level the parcel
// is at or beyond is kept and changes no state.
// A receipt for other bytes than the parcel's is Corrupt with code
// receipt.mismatch; one the steps do not allow (accepted after returned, say)
// is a Conflict. Neither is recorded.
func (s *Store) Acknowledge(ctx context.Context, r kiosk.Receipt) error {
	return s.write(ctx, "acknowledge", func(c *change) error {
		k := kiosk.ParcelKey{Dossier: r.Dossier, Revision: r.Revision}
		i, err := c.item(ctx, k)
		if err != nil {
			return err
		}
		if i.Parcel.SHA256 != r.SHA256 || i.Parcel.Bytes != r.Bytes {
			return kiosk.Fail(kiosk.Corrupt, codeMismatch, nil)
		}
		path, err := receiptPath(i.State, r.Level)
		if err != nil {
			return err
		}
		isNew, err := c.keepReceipt(ctx, r)
		if err != nil {
			return err
		}
		from := i.State
		for _, to := range path {
			if err := c.carried(ctx, k, from, to, receiptNote(r)); err != nil {
				return err
			}
			from = to
		}
		if len(path) > 0 {
			return c.crown(ctx, k, r)
		}
		if !isNew {
			return nil
		}
		if err := c.note(ctx, kiosk.Event{Dossier: k.Dossier, Kind: "parcel.receipt", Note: note(receiptNote(r))}); err != nil {
			return err
		}
		return c.setOfficial(ctx, k, r.Official)
	})
}

func receiptNote(r kiosk.Receipt) map[string]any {
	n := map[string]any{"revision": r.Revision, "receipt": r.No, "level": r.Level}
	if r.Reason != "" {
		n["reason"] = r.Reason
	}
	if r.Official != "" {
		n["official"] = r.Official
	}
	return n
}

// receiptPath lists the steps a receipt brings, none if the parcel is there
// or beyond.
func receiptPath(from kiosk.State, level kiosk.Level) ([]kiosk.State, error) {
	var path []kiosk.State
	switch from {
	case kiosk.Uploading:
		path = []kiosk.State{kiosk.Sent, kiosk.Stored}
	case kiosk.Sealed, kiosk.Announced, kiosk.Sent:
		path = []kiosk.State{kiosk.Stored}
	case kiosk.Stored, kiosk.Accepted, kiosk.Wiped, kiosk.Returned:
	default:
		return nil, movedOn(from, kiosk.State(level))
	}
	var end kiosk.State
	switch level {
	case kiosk.LevelStored:
		return path, nil
	case kiosk.LevelAccepted:
		end = kiosk.Accepted
	case kiosk.LevelReturned:
		end = kiosk.Returned
	default:
		return nil, kiosk.Fail(kiosk.Corrupt, codeMismatch, fmt.Errorf("level %q", level))
	}
	switch {
	case from == end, from == kiosk.Wiped && end == kiosk.Accepted:
		return nil, nil
	case from == kiosk.Accepted, from == kiosk.Returned, from == kiosk.Wiped:
		return nil, movedOn(from, end)
	}
	return append(path, end), nil
}

// keepReceipt keeps the signed bytes and tells whether they are news; the
// same receipt again is the same row.
func (c *change) keepReceipt(ctx context.Context, r kiosk.Receipt) (isNew bool, err error) {
	n, err := c.exec(ctx, `INSERT INTO receipt (dossier, revision, level, no, unit, at, key_id, reason, official, envelope)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.Dossier, r.Revision, r.Level, r.No, r.Unit, r.At.UnixNano(), r.KeyID, r.Reason, r.Official, filled(r.Envelope))
	return n == 1, err
}

// setOfficial keeps the authority's code, if the receipt brings one.
func (c *change) setOfficial(ctx context.Context, k kiosk.ParcelKey, code kiosk.OfficialCode) error {
	if code == "" {
		return nil
	}
	return c.must(ctx, "UPDATE dossier SET official = ? WHERE id = ? AND revision = ?", code, k.Dossier, k.Revision)
}

// crown sets what the new state has beside it.
func (c *change) crown(ctx context.Context, k kiosk.ParcelKey, r kiosk.Receipt) error {
	if err := c.setOfficial(ctx, k, r.Official); err != nil {
		return err
	}
	switch r.Level {
	case kiosk.LevelAccepted:
		// The hold counts from this unit's clock: it is this unit that waits.
		return c.must(ctx, "UPDATE outbox SET accepted_at = ? WHERE dossier = ? AND revision = ?", c.at.UnixNano(), k.Dossier, k.Revision)
	case kiosk.LevelReturned:
		return c.setCause(ctx, k, r.Reason)
	}
	return nil
}

// Receipts lists the receipts of a dossier's parcels, oldest first, with the
// envelopes as they were signed.
func (s *Store) Receipts(ctx context.Context, id kiosk.DossierID) ([]kiosk.Receipt, error) {
	return list(ctx, s.db.R, func(row row) (r kiosk.Receipt, err error) {
		return r, row.Scan(&r.No, &r.Level, &r.Unit, &r.Dossier, &r.Revision, digest{&r.SHA256}, &r.Bytes, instant{&r.At},
			&r.KeyID, &r.Reason, &r.Official, &r.Envelope)
	}, `SELECT r.no, r.level, r.unit, r.dossier, r.revision, d.parcel_sha256, d.parcel_bytes, r.at, r.key_id, r.reason, r.official, r.envelope
		FROM receipt r JOIN dossier d ON d.id = r.dossier AND d.revision = r.revision WHERE r.dossier = ? ORDER BY r.seq`, id)
}
