package store

import (
	"context"
	"encoding/json"
	"fmt"

	"servicepoint/kiosk"
)

const pageColumns = `id, dossier, revision, n, requirement, plain, cipher, bytes, mime, width, height, dpi, gray, verified,
	defects, override, captured_at`

func scanPage(r row) (kiosk.Page, error) {
	var p kiosk.Page
	err := r.Scan(&p.ID, &p.Dossier, &p.Revision, &p.N, &p.Requirement, digest{&p.Plain}, digest{&p.Cipher}, &p.Bytes, &p.MIME,
		&p.Width, &p.Height, &p.DPI, &p.Gray, &p.Verified, codes{&p.Defects}, &p.Override, instant{&p.CapturedAt})
	return p, err
}

// AddPage inserts a page after all others (or in place of the page replaces,
// if not 0) and returns it with ID, N and Revision set. The file must lie in
// the spool already. A dossier whose papers may no longer be changed is a
// Conflict; one that was reviewed or consented goes back to declared, because
// what was looked at is no longer what would be sent.
func (s *Store) AddPage(ctx context.Context, p kiosk.Page, replaces int64) (kiosk.Page, error) {
	err := s.write(ctx, "add page", func(c *change) error {
		d, err := c.editable(ctx, p.Dossier)
		if err != nil {
			return err
		}
		if p.Revision != 0 && p.Revision != d.Revision {
			return movedOn(d.State, d.State)
		}
		p.Revision = d.Revision
		if p.CapturedAt.IsZero() {
			p.CapturedAt = c.at
		}
		p.CapturedAt = p.CapturedAt.UTC()
		kind := kiosk.Code("page.captured")
		if replaces != 0 {
			kind = "page.replaced"
			p.N, err = c.takeOut(ctx, keyOf(d), replaces, "replaced")
		} else {
			err = c.tx.QueryRowContext(ctx, "SELECT count(*) + 1 FROM page WHERE dossier = ? AND revision = ? AND status = 'current'",
				d.ID, d.Revision).Scan(&p.N)
		}
		if err != nil {
			return err
		}
		if err := c.insertPage(ctx, &p, replaces); err != nil {
			return err
		}
		n := map[string]any{"page": p.ID, "n": p.N, "requirement": p.Requirement, "plain": p.Plain, "bytes": p.Bytes, "defects": p.Defects}
		if replaces != 0 {
			n["replaces"] = replaces
		}
		if err := c.note(ctx, kiosk.Event{Dossier: d.ID, Kind: kind, Note: note(n)}); err != nil {
			return err
		}
		return c.papersChanged(ctx, d, kind)
	})
	if err != nil {
		return kiosk.Page{}, err
	}
	return p, nil
}

func (c *change) insertPage(ctx context.Context, p *kiosk.Page, replaces int64) error {
	defects := p.Defects
	if defects == nil {
		defects = []kiosk.Code{}
	}
	list, err := json.Marshal(defects)
	if err != nil {
		return err
	}
	r, err := c.tx.ExecContext(ctx, `INSERT INTO page (dossier, revision, n, requirement, plain, cipher, bytes, mime, width, height, dpi,
		gray, verified, defects, override, captured_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.Dossier, p.Revision, p.N, p.Requirement, p.Plain[:], p.Cipher[:], p.Bytes, p.MIME, p.Width, p.Height, p.DPI,
		p.Gray, p.Verified, string(list), p.Override, p.CapturedAt.UnixNano())
	if err != nil {
		return err
	}
	if p.ID, err = r.LastInsertId(); err != nil || replaces == 0 {
		return err
	}
	return c.must(ctx, "UPDATE page SET replaced_by = ? WHERE id = ?", p.ID, replaces)
}

// editable finds a dossier whose papers may still be changed.
func (c *change) editable(ctx context.Context, id kiosk.DossierID) (kiosk.Dossier, error) {
	d, err := newest(ctx, c.tx, id)
	if err == nil && !d.State.Editable() {
		err = movedOn(d.State, kiosk.Declared)
	}
	return d, err
}

// takeOut ends a current page and gives the place it had.
func (c *change) takeOut(ctx context.Context, k kiosk.ParcelKey, page int64, status string) (n int, err error) {
	n, err = one(ctx, c.tx, codePage, func(r row) (n int, err error) { return n, r.Scan(&n) }, `UPDATE page SET status = ?
		WHERE id = ? AND dossier = ? AND revision = ? AND status = 'current' RETURNING n`, status, page, k.Dossier, k.Revision)
	return n, err
}

// papersChanged takes back a review or consent that was given on other
// papers.
func (c *change) papersChanged(ctx context.Context, d kiosk.Dossier, because kiosk.Code) error {
	if d.State != kiosk.Reviewed && d.State != kiosk.Consented {
		return c.touch(ctx, keyOf(d))
	}
	if err := c.step(ctx, keyOf(d), d.State, kiosk.Declared); err != nil {
		return err
	}
	return c.note(ctx, kiosk.Event{Dossier: d.ID, Kind: "dossier.declared", Note: note(map[string]any{"from": d.State, "because": because})})
}

// Pages lists the current pages of a dossier's newest revision, N counting
// 1, 2, 3 …; none for a dossier that does not exist.
func (s *Store) Pages(ctx context.Context, id kiosk.DossierID) ([]kiosk.Page, error) {
	return list(ctx, s.db.R, scanPage, "SELECT "+pageColumns+` FROM page WHERE dossier = ? AND status = 'current'
		AND revision = (SELECT max(revision) FROM dossier WHERE id = ?) ORDER BY n`, id, id)
}

// RejectPage takes a page out; the pages after it move up. Its row and its
// reason stay, its file goes with the dossier's other pages. A reviewed or
// consented dossier goes back to declared.
func (s *Store) RejectPage(ctx context.Context, id kiosk.DossierID, page int64, reason kiosk.Code, by kiosk.StaffID) error {
	return s.write(ctx, "reject page", func(c *change) error {
		d, err := c.editable(ctx, id)
		if err != nil {
			return err
		}
		n, err := c.takeOut(ctx, keyOf(d), page, "rejected")
		if err != nil {
			return err
		}
		if err := c.closeGap(ctx, keyOf(d), n); err != nil {
			return err
		}
		e := kiosk.Event{Dossier: id, Kind: "page.rejected", Actor: string(by), Note: note(map[string]any{"page": page, "n": n, "reason": reason})}
		if err := c.note(ctx, e); err != nil {
			return err
		}
		return c.papersChanged(ctx, d, e.Kind)
	})
}

// closeGap moves the current pages after n up by one, in two steps because
// the order is unique at every single row.
func (c *change) closeGap(ctx context.Context, k kiosk.ParcelKey, n int) error {
	const these = " WHERE dossier = ? AND revision = ? AND status = 'current'"
	if _, err := c.exec(ctx, "UPDATE page SET n = -n"+these+" AND n > ?", k.Dossier, k.Revision, n); err != nil {
		return err
	}
	_, err := c.exec(ctx, "UPDATE page SET n = -n - 1"+these+" AND n < 0", k.Dossier, k.Revision)
	return err
}

// OverrideDefects records why a page's findings are accepted. The reason
// stands beside the page and never in the journal.
func (s *Store) OverrideDefects(ctx context.Context, id kiosk.DossierID, page int64, reason string, by kiosk.StaffID) error {
	return s.write(ctx, "override defects", func(c *change) error {
		d, err := c.editable(ctx, id)
		if err != nil {
			return err
		}
		n, err := c.exec(ctx, "UPDATE page SET override = ? WHERE id = ? AND dossier = ? AND revision = ? AND status = 'current'",
			reason, page, d.ID, d.Revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return kiosk.Fail(kiosk.NotFound, codePage, nil)
		}
		if err := c.touch(ctx, keyOf(d)); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Dossier: id, Kind: "page.overridden", Actor: string(by), Note: note(map[string]any{"page": page})})
	})
}

// Page files may go once nobody can need them: the dossier is sealed or
// further, accepted, or abandoned. A damaged one keeps what is left of it.
const pagesMayGo = `d.state IN ('sealed', 'announced', 'uploading', 'sent', 'stored', 'accepted', 'returned', 'rejected', 'wiped', 'abandoned')`

// A dossier whose pages were all it had on this unit ends with them.
const endsWithPages = `(d.state = 'abandoned' OR (d.state = 'accepted' AND d.way = 'assisted'))`

// PagesToWipe lists, by dossier, the names of page files that may go. An
// abandoned dossier without any is listed with none, so that PagesWiped ends
// it too.
func (s *Store) PagesToWipe(ctx context.Context) (map[kiosk.DossierID][]kiosk.Digest, error) {
	type leaving struct {
		id   kiosk.DossierID
		name kiosk.Digest
	}
	all, err := list(ctx, s.db.R, func(r row) (l leaving, err error) { return l, r.Scan(&l.id, digest{&l.name}) },
		`SELECT d.id, p.cipher FROM page p JOIN dossier d ON d.id = p.dossier AND d.revision = p.revision
			WHERE p.wiped_at IS NULL AND `+pagesMayGo+`
		UNION ALL SELECT d.id, NULL FROM dossier d WHERE `+endsWithPages)
	if err != nil {
		return nil, err
	}
	names := map[kiosk.DossierID][]kiosk.Digest{}
	for _, l := range all {
		files := names[l.id]
		if !l.name.IsZero() {
			files = append(files, l.name)
		}
		names[l.id] = files
	}
	return names, nil
}

// PagesWiped records that the files PagesToWipe named for a dossier are gone,
// and takes it to wiped if they were all it had here. Called again it does
// nothing.
func (s *Store) PagesWiped(ctx context.Context, id kiosk.DossierID) error {
	return s.write(ctx, "pages wiped", func(c *change) error {
		n, err := c.exec(ctx, `UPDATE page SET wiped_at = ? WHERE dossier = ? AND wiped_at IS NULL AND revision IN
			(SELECT d.revision FROM dossier d WHERE d.id = ? AND `+pagesMayGo+`)`, c.at.UnixNano(), id, id)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := c.note(ctx, kiosk.Event{Dossier: id, Kind: "page.wiped", Note: note(map[string]any{"pages": n})}); err != nil {
				return err
			}
		}
		ended, err := list(ctx, c.tx, scanDossier, "SELECT "+dossierColumns+" FROM dossier d WHERE d.id = ? AND "+endsWithPages, id)
		if err != nil {
			return err
		}
		for _, d := range ended {
			if err := c.step(ctx, keyOf(d), d.State, kiosk.Wiped); err != nil {
				return fmt.Errorf("end dossier: %w", err)
			}
			if err := c.note(ctx, kiosk.Event{Dossier: id, Kind: "dossier.wiped", Note: note(map[string]any{"from": d.State})}); err != nil {
				return err
			}
		}
		return nil
	})
}
