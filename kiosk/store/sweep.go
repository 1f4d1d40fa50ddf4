package store

import (
	"context"
	"database/sql"

	"servicepoint/kiosk"
)

// Names says which files of one folder the rows speak of.
type Names struct {
	Needed  map[kiosk.Digest]kiosk.DossierID // must be there; a missing one damages its dossier
	Leaving map[kiosk.Digest]kiosk.DossierID // may go: can be there or gone already
}

// Known reports whether a row speaks of the file.
func (n Names) Known(d kiosk.Digest) bool {
	_, needed := n.Needed[d]
	_, leaving := n.Leaving[d]
	return needed || leaving
}

// names reads rows of a digest, a dossier and whether the file may go.
func names(ctx context.Context, q *sql.DB, query string) (Names, error) {
	type file struct {
		name    kiosk.Digest
		id      kiosk.DossierID
		leaving bool
	}
	files, err := list(ctx, q, func(r row) (f file, err error) { return f, r.Scan(digest{&f.name}, &f.id, &f.leaving) }, query)
	if err != nil {
		return Names{}, err
	}
	n := Names{Needed: map[kiosk.Digest]kiosk.DossierID{}, Leaving: map[kiosk.Digest]kiosk.DossierID{}}
	for _, f := range files {
		if f.leaving {
			n.Leaving[f.name] = f.id
		} else {
			n.Needed[f.name] = f.id
		}
	}
	return n, nil
}

// PageNames lists the page files that rows speak of. Pages taken out, and
// those of a damaged dossier, are not missed when they are not there.
func (s *Store) PageNames(ctx context.Context) (Names, error) {
	return names(ctx, s.db.R, `SELECT p.cipher, d.id, `+pagesMayGo+` OR d.state = 'damaged' OR p.status <> 'current' FROM page p
		JOIN dossier d ON d.id = p.dossier AND d.revision = p.revision WHERE p.wiped_at IS NULL`)
}

// ParcelNames lists the parcel files that rows speak of.
func (s *Store) ParcelNames(ctx context.Context) (Names, error) {
	return names(ctx, s.db.R, `SELECT d.parcel_sha256, d.id, o.wiping_at IS NOT NULL OR d.state = 'damaged' FROM dossier d
		JOIN outbox o ON o.dossier = d.id AND o.revision = d.revision WHERE d.state <> 'wiped'`)
}

// Boot is what the last run left half done.
type Boot struct {
	Unknown []kiosk.PrintJob  // were on their way to paper: a person must look whether they came out
	Failed  []kiosk.PrintJob  // were never begun: may be printed again
	Wiping  []kiosk.ParcelKey // marked for wiping, files perhaps still there
}

// BootSweep settles what can only be left over from a run that was cut off,
// and tells what a person or a worker must look at. It is called once, before
// anything prints.
func (s *Store) BootSweep(ctx context.Context) (Boot, error) {
	var b Boot
	err := s.write(ctx, "boot sweep", func(c *change) (err error) {
		b = Boot{}
		if b.Unknown, err = c.cutOff(ctx, kiosk.PrintUnknown, kiosk.PrintSending, kiosk.PrintConfirming); err != nil {
			return err
		}
		if b.Failed, err = c.cutOff(ctx, kiosk.PrintFailed, kiosk.PrintQueued); err != nil {
			return err
		}
		b.Wiping, err = list(ctx, c.tx, func(r row) (k kiosk.ParcelKey, err error) { return k, r.Scan(&k.Dossier, &k.Revision) },
			`SELECT d.id, d.revision FROM outbox o JOIN dossier d ON d.id = o.dossier AND d.revision = o.revision
			WHERE o.wiping_at IS NOT NULL AND d.state = 'accepted' ORDER BY o.seq`)
		return err
	})
	if err != nil {
		return Boot{}, err
	}
	if n := len(b.Unknown) + len(b.Failed) + len(b.Wiping); n > 0 {
		s.log.Info("left over from the last run", "unknown_prints", len(b.Unknown), "failed_prints", len(b.Failed), "wipes", len(b.Wiping))
	}
	return b, nil
}

// cutOff ends the print jobs that stand in one of from.
func (c *change) cutOff(ctx context.Context, to kiosk.PrintState, from ...kiosk.PrintState) ([]kiosk.PrintJob, error) {
	var jobs []kiosk.PrintJob
	for _, state := range from {
		found, err := list(ctx, c.tx, scanPrint, "SELECT "+printColumns+" FROM print_job WHERE state = ? ORDER BY id", state)
		if err != nil {
			return nil, err
		}
		for _, j := range found {
			j.State, j.Cause = to, codeCutOff
			if err := c.savePrint(ctx, j); err != nil {
				return nil, err
			}
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}
