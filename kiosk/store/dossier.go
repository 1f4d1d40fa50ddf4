package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

// OpenDossier inserts a dossier in state open, with the next local code of
// its point for the Hanoi day of OpenedAt (now if zero), and returns it. A
// revision above 1 continues a dossier that was carried to the centre: it
// keeps the local code, and the revision before it must be the newest and
// have been sent at least.
func (s *Store) OpenDossier(ctx context.Context, d kiosk.Dossier, draftKey, draft []byte) (kiosk.Dossier, error) {
	err := s.write(ctx, "open dossier", func(c *change) (err error) {
		d.Revision = max(d.Revision, 1)
		if d.OpenedAt.IsZero() {
			d.OpenedAt = c.at
		}
		d.OpenedAt, d.UpdatedAt = d.OpenedAt.UTC(), c.at
		d.State, d.Way, d.Official, d.Parcel = kiosk.Open, "", "", nil
		if d.Revision > 1 {
			d.LocalCode, err = c.codeOfBefore(ctx, d)
		} else {
			d.LocalCode, err = c.mint(ctx, d.Point, d.OpenedAt)
		}
		if err != nil {
			return err
		}
		if err := c.insertDossier(ctx, d); err != nil {
			return err
		}
		if err := c.must(ctx, "INSERT INTO draft (dossier, revision, key, body) VALUES (?, ?, ?, ?)",
			d.ID, d.Revision, filled(draftKey), filled(draft)); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Dossier: d.ID, Kind: "dossier.opened", Actor: string(d.Staff),
			Note: note(map[string]any{"local_code": d.LocalCode, "procedure": d.Procedure, "revision": d.Revision, "ticket": d.Ticket})})
	})
	if err != nil {
		return kiosk.Dossier{}, err
	}
	return d, nil
}

// mint takes counter values until one makes a code that people can type.
func (c *change) mint(ctx context.Context, point kiosk.PointCode, at time.Time) (kiosk.LocalCode, error) {
	day := at.In(kiosk.Hanoi).Format(time.DateOnly)
	for {
		var n int
		err := c.tx.QueryRowContext(ctx, `INSERT INTO code_counter (point, day, n) VALUES (?, ?, 1)
			ON CONFLICT (point, day) DO UPDATE SET n = n + 1 RETURNING n`, point, day).Scan(&n)
		if err != nil {
			return "", fmt.Errorf("local code: %w", err)
		}
		if n > 9999 {
			return "", kiosk.Fail(kiosk.Unavailable, codeNoCodes, nil)
		}
		code, err := kiosk.NewLocalCode(point, at, n)
		if errors.Is(err, kiosk.ErrSkipCounter) {
			continue
		}
		return code, err
	}
}

// codeOfBefore gives the local code a further revision goes on with.
func (c *change) codeOfBefore(ctx context.Context, d kiosk.Dossier) (kiosk.LocalCode, error) {
	before, err := newest(ctx, c.tx, d.ID)
	if err != nil {
		return "", err
	}
	switch before.State {
	case kiosk.Sent, kiosk.Stored, kiosk.Accepted, kiosk.Returned, kiosk.Wiped:
		if before.Way == kiosk.ByCentre && before.Revision == d.Revision-1 {
			return before.LocalCode, nil
		}
	}
	return "", movedOn(before.State, kiosk.Open)
}

func (c *change) insertDossier(ctx context.Context, d kiosk.Dossier) error {
	err := c.must(ctx, `INSERT INTO dossier (id, revision, local_code, point, procedure, catalog_version, terms, ticket,
		state, staff, opened_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Revision, d.LocalCode, d.Point, d.Procedure, d.CatalogVersion, string(d.Terms), d.Ticket,
		d.State, d.Staff, d.OpenedAt.UnixNano(), d.UpdatedAt.UnixNano())
	if sqlitedb.IsDuplicate(err) {
		return kiosk.Fail(kiosk.Conflict, codeExists, err)
	}
	return err
}

const dossierColumns = `d.id, d.revision, d.local_code, d.point, d.procedure, d.catalog_version, d.terms, d.ticket, d.state, d.way,
	d.staff, d.opened_at, d.updated_at, d.official, d.parcel_sha256, d.parcel_bytes, d.parcel_envelope`

func scanDossier(r row) (kiosk.Dossier, error) {
	var d kiosk.Dossier
	var terms string
	var p kiosk.Parcel
	var bytes sql.NullInt64
	err := r.Scan(&d.ID, &d.Revision, &d.LocalCode, &d.Point, &d.Procedure, &d.CatalogVersion, &terms, &d.Ticket, &d.State, &d.Way,
		&d.Staff, instant{&d.OpenedAt}, instant{&d.UpdatedAt}, &d.Official, digest{&p.SHA256}, &bytes, &p.Envelope)
	if err != nil {
		return kiosk.Dossier{}, err
	}
	if terms != "" {
		d.Terms = []byte(terms)
	}
	if !p.SHA256.IsZero() {
		p.Dossier, p.Revision, p.Bytes = d.ID, d.Revision, bytes.Int64
		d.Parcel = &p
	}
	return d, nil
}

// newest finds the newest revision of a dossier.
func newest(ctx context.Context, q queryer, id kiosk.DossierID) (kiosk.Dossier, error) {
	return one(ctx, q, codeDossier, scanDossier,
		"SELECT "+dossierColumns+" FROM dossier d WHERE d.id = ? ORDER BY d.revision DESC LIMIT 1", id)
}

// Dossier finds the newest revision of a dossier; NotFound with code
// dossier.unknown otherwise.
func (s *Store) Dossier(ctx context.Context, id kiosk.DossierID) (kiosk.Dossier, error) {
	return newest(ctx, s.db.R, id)
}

// DossierByCode finds the newest revision under a local code.
func (s *Store) DossierByCode(ctx context.Context, code kiosk.LocalCode) (kiosk.Dossier, error) {
	return one(ctx, s.db.R, codeDossier, scanDossier,
		"SELECT "+dossierColumns+" FROM dossier d WHERE d.local_code = ? ORDER BY d.revision DESC LIMIT 1", code)
}

// Unfinished lists the dossiers still being made or filed, oldest first.
func (s *Store) Unfinished(ctx context.Context) ([]kiosk.Dossier, error) {
	return list(ctx, s.db.R, scanDossier, "SELECT "+dossierColumns+` FROM dossier d
		WHERE d.state IN ('open', 'declared', 'reviewed', 'consented', 'prepared', 'filing') ORDER BY d.seq`)
}

// Counts tells how many dossiers stand in each state; states without any are
// left out.
func (s *Store) Counts(ctx context.Context) (map[kiosk.State]int, error) {
	type pair struct {
		state kiosk.State
		n     int
	}
	pairs, err := list(ctx, s.db.R, func(r row) (p pair, err error) { return p, r.Scan(&p.state, &p.n) },
		"SELECT state, count(*) FROM dossier GROUP BY state")
	if err != nil {
		return nil, err
	}
	counts := make(map[kiosk.State]int, len(pairs))
	for _, p := range pairs {
		counts[p.state] = p.n
	}
	return counts, nil
}

// Move takes one step that needs nothing but its event: towards review and
// consent, into filing and back, abandoned or damaged. Steps that bring a
// parcel, a case record or a code have methods of their own and are a
// Conflict here, as is a step from a state the dossier is no longer in.
// Abandoning drops the draft key and a case record that was never handed over.
func (s *Store) Move(ctx context.Context, id kiosk.DossierID, from, to kiosk.State, e kiosk.Event) error {
	return s.write(ctx, "move dossier", func(c *change) error {
		d, err := newest(ctx, c.tx, id)
		if err != nil {
			return err
		}
		if !plainStep(from, to) {
			return movedOn(from, to)
		}
		if err := c.step(ctx, keyOf(d), from, to); err != nil {
			return err
		}
		if to == kiosk.Abandoned {
			if err := c.forget(ctx, keyOf(d)); err != nil {
				return err
			}
		}
		return c.note(ctx, line(e, id, kiosk.Code("dossier."+to)))
	})
}

// plainStep reports whether Move alone may take the step.
func plainStep(from, to kiosk.State) bool {
	switch to {
	case kiosk.Declared, kiosk.Reviewed, kiosk.Consented, kiosk.Filing, kiosk.Abandoned, kiosk.Damaged:
		return true
	case kiosk.Prepared:
		return from == kiosk.Filing
	}
	return false
}

func keyOf(d kiosk.Dossier) kiosk.ParcelKey {
	return kiosk.ParcelKey{Dossier: d.ID, Revision: d.Revision}
}

// step takes one step of kiosk.Steps, if the dossier still stands in from.
func (c *change) step(ctx context.Context, k kiosk.ParcelKey, from, to kiosk.State) error {
	if !kiosk.CanStep(from, to) {
		return movedOn(from, to)
	}
	n, err := c.exec(ctx, "UPDATE dossier SET state = ?, updated_at = ? WHERE id = ? AND revision = ? AND state = ?",
		to, c.at.UnixNano(), k.Dossier, k.Revision, from)
	if err != nil {
		return err
	}
	if n == 0 {
		return movedOn(from, to)
	}
	return nil
}

func movedOn(from, to kiosk.State) error {
	return kiosk.Fail(kiosk.Conflict, codeMovedOn, fmt.Errorf("no step from %s to %s", from, to))
}

// touch notes that somebody worked on the dossier.
func (c *change) touch(ctx context.Context, k kiosk.ParcelKey) error {
	return c.must(ctx, "UPDATE dossier SET updated_at = ? WHERE id = ? AND revision = ?", c.at.UnixNano(), k.Dossier, k.Revision)
}

// dropDraft deletes the wrapped draft key with the draft.
func (c *change) dropDraft(ctx context.Context, k kiosk.ParcelKey) error {
	c.dropped = true
	_, err := c.exec(ctx, "DELETE FROM draft WHERE dossier = ? AND revision = ?", k.Dossier, k.Revision)
	return err
}

// forget drops what a dossier that is given up has personal.
func (c *change) forget(ctx context.Context, k kiosk.ParcelKey) error {
	if err := c.dropDraft(ctx, k); err != nil {
		return err
	}
	_, err := c.exec(ctx, "DELETE FROM case_record WHERE dossier = ? AND revision = ?", k.Dossier, k.Revision)
	return err
}

// Draft gives the wrapped draft key and the encrypted draft of the newest
// revision; once they are dropped, NotFound with code draft.gone.
func (s *Store) Draft(ctx context.Context, id kiosk.DossierID) (wrappedKey, draft []byte, err error) {
	d, err := s.Dossier(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	type pair struct{ key, body []byte }
	p, err := one(ctx, s.db.R, codeDraftGone, func(r row) (p pair, err error) { return p, r.Scan(&p.key, &p.body) },
		"SELECT key, body FROM draft WHERE dossier = ? AND revision = ?", d.ID, d.Revision)
	return p.key, p.body, err
}

// SaveDraft replaces the encrypted draft and takes the step from → to, which
// may be the same state while the dossier is editable. It cannot read what it
// replaces, and only the state has to be the one that was read: callers save
// one dossier one after another.
func (s *Store) SaveDraft(ctx context.Context, id kiosk.DossierID, draft []byte, from, to kiosk.State, e kiosk.Event) error {
	return s.write(ctx, "save draft", func(c *change) error {
		d, err := newest(ctx, c.tx, id)
		if err != nil {
			return err
		}
		if d.State != from || !from.Editable() || !to.Editable() {
			return movedOn(d.State, to)
		}
		kind := kiosk.Code("dossier." + to)
		if from == to {
			kind = "draft.saved"
			err = c.touch(ctx, keyOf(d))
		} else {
			err = c.step(ctx, keyOf(d), from, to)
		}
		if err != nil {
			return err
		}
		n, err := c.exec(ctx, "UPDATE draft SET body = ? WHERE dossier = ? AND revision = ?", filled(draft), d.ID, d.Revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return kiosk.Fail(kiosk.NotFound, codeDraftGone, nil)
		}
		return c.note(ctx, line(e, id, kind))
	})
}
