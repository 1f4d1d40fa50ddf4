package store

import (
	"context"

	"servicepoint/kiosk"
)

// UnitSeq gives the next number of the unit's own sequence of parcels, from 1.
// A number whose parcel never came to be is not given again.
func (s *Store) UnitSeq(ctx context.Context) (int64, error) {
	var n int64
	err := s.write(ctx, "number parcel", func(c *change) error {
		if err := c.tx.QueryRowContext(ctx, `INSERT INTO unit_counter (name, n) VALUES ('parcel', 1)
			ON CONFLICT (name) DO UPDATE SET n = n + 1 RETURNING n`).Scan(&n); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Kind: "parcel.numbered", Note: note(map[string]any{"unit_seq": n})})
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// HandOver records that a consented dossier is sealed: its parcel, its place
// in the outbox, its case record and the event; the draft with its key is
// dropped. The parcel's file and its sidecar must lie in the spool already.
func (s *Store) HandOver(ctx context.Context, p kiosk.Parcel, sealed kiosk.SealedCase, e kiosk.Event) error {
	return s.write(ctx, "hand over", func(c *change) error {
		d, err := newest(ctx, c.tx, p.Dossier)
		if err != nil {
			return err
		}
		if d.Revision != p.Revision {
			return movedOn(d.State, kiosk.Sealed)
		}
		if err := c.step(ctx, keyOf(d), kiosk.Consented, kiosk.Sealed); err != nil {
			return err
		}
		if err := c.must(ctx, `UPDATE dossier SET way = ?, parcel_sha256 = ?, parcel_bytes = ?, parcel_envelope = ?
			WHERE id = ? AND revision = ?`, kiosk.ByCentre, p.SHA256[:], p.Bytes, filled(p.Envelope), d.ID, d.Revision); err != nil {
			return err
		}
		if err := c.must(ctx, "INSERT INTO outbox (dossier, revision, sealed_at, changed_at) VALUES (?, ?, ?, ?)",
			d.ID, d.Revision, c.at.UnixNano(), c.at.UnixNano()); err != nil {
			return err
		}
		if err := c.fileCase(ctx, keyOf(d), sealed); err != nil {
			return err
		}
		if err := c.dropDraft(ctx, keyOf(d)); err != nil {
			return err
		}
		return c.note(ctx, line(e, d.ID, "dossier.sealed"))
	})
}

// Prepared takes consented → prepared and files the case record; the draft
// key stays until File.
func (s *Store) Prepared(ctx context.Context, id kiosk.DossierID, sealed kiosk.SealedCase, e kiosk.Event) error {
	return s.write(ctx, "prepare", func(c *change) error {
		d, err := newest(ctx, c.tx, id)
		if err != nil {
			return err
		}
		if err := c.step(ctx, keyOf(d), kiosk.Consented, kiosk.Prepared); err != nil {
			return err
		}
		if err := c.must(ctx, "UPDATE dossier SET way = ? WHERE id = ? AND revision = ?", kiosk.ByAssisted, id, d.Revision); err != nil {
			return err
		}
		if err := c.fileCase(ctx, keyOf(d), sealed); err != nil {
			return err
		}
		return c.note(ctx, line(e, id, "dossier.prepared"))
	})
}

// File records the official code: filing → accepted. The draft with its key
// is dropped.
func (s *Store) File(ctx context.Context, id kiosk.DossierID, code kiosk.OfficialCode, sealed kiosk.SealedCase, e kiosk.Event) error {
	return s.write(ctx, "file", func(c *change) error {
		d, err := newest(ctx, c.tx, id)
		if err != nil {
			return err
		}
		if err := c.step(ctx, keyOf(d), kiosk.Filing, kiosk.Accepted); err != nil {
			return err
		}
		if err := c.must(ctx, "UPDATE dossier SET official = ? WHERE id = ? AND revision = ?", code, id, d.Revision); err != nil {
			return err
		}
		if err := c.fileCase(ctx, keyOf(d), sealed); err != nil {
			return err
		}
		if err := c.dropDraft(ctx, keyOf(d)); err != nil {
			return err
		}
		return c.note(ctx, line(e, id, "dossier.accepted"))
	})
}

func (c *change) fileCase(ctx context.Context, k kiosk.ParcelKey, r kiosk.SealedCase) error {
	return c.must(ctx, `INSERT INTO case_record (dossier, revision, key, body, phone, no, last4) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (dossier, revision) DO UPDATE SET key = excluded.key, body = excluded.body,
		phone = excluded.phone, no = excluded.no, last4 = excluded.last4`,
		k.Dossier, k.Revision, filled(r.Key), filled(r.Body), blob(r.Phone), blob(r.No), blob(r.Last4))
}

// Case gives the newest sealed record of a dossier; NotFound with code
// case.unknown otherwise.
func (s *Store) Case(ctx context.Context, id kiosk.DossierID) (kiosk.SealedCase, error) {
	return one(ctx, s.db.R, codeCase, func(r row) (k kiosk.SealedCase, err error) {
		return k, r.Scan(&k.Key, &k.Body, &k.Phone, &k.No, &k.Last4)
	}, "SELECT key, body, phone, no, last4 FROM case_record WHERE dossier = ? ORDER BY revision DESC LIMIT 1", id)
}

// FindCases lists the dossiers, newest revision each, that have a case record
// with this sum in one of its keyed columns, oldest first. An empty sum finds
// nothing.
func (s *Store) FindCases(ctx context.Context, sum []byte) ([]kiosk.Dossier, error) {
	if len(sum) == 0 {
		return nil, nil
	}
	return list(ctx, s.db.R, scanDossier, "SELECT "+dossierColumns+` FROM dossier d
		WHERE d.id IN (SELECT dossier FROM case_record WHERE phone = ?1 UNION SELECT dossier FROM case_record WHERE no = ?1
			UNION SELECT dossier FROM case_record WHERE last4 = ?1)
		AND d.revision = (SELECT max(revision) FROM dossier WHERE id = d.id) ORDER BY d.seq`, sum)
}
