package centre

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// delay is how long a parcel that could not be opened is left alone.
type delay struct {
	next  time.Time
	tries int
}

// openStored opens and verifies every stored parcel that was not opened yet,
// oldest first, and accepts it if that is the machine's to do.
func (c *Centre) openStored(ctx context.Context) {
	rows, err := c.db.R.QueryContext(ctx,
		`SELECT `+parcelColumns+` FROM parcels WHERE state = 'stored' AND (opened_at IS NULL OR ?) ORDER BY seq`, c.cfg.AutoAccept)
	todo, err := parcels(rows, err)
	if err != nil {
		if ctx.Err() == nil {
			c.log().Error("centre: cannot list what to open", "err", err)
		}
		return
	}
	for _, p := range todo {
		if ctx.Err() != nil {
			return
		}
		if time.Until(c.stuck[p.seq].next) > 0 {
			continue
		}
		if err := c.openOne(ctx, p); err != nil && ctx.Err() == nil {
			d := c.stuck[p.seq]
			d.next = time.Now().Add(min(time.Minute<<min(d.tries, 6), time.Hour))
			d.tries++
			c.stuck[p.seq] = d
			c.log().Error("centre: parcel not opened", "dossier", p.key.Dossier, "rev", p.key.Revision, "code", kiosk.CodeOf(err), "err", err)
			continue
		}
		delete(c.stuck, p.seq)
	}
}

// openOne takes one stored parcel as far as the machine may. What is wrong with
// the parcel itself ends in a return; what may be wrong with the centre (a
// missing key, a full disk) is an error, and the parcel stays stored.
func (c *Centre) openOne(ctx context.Context, p parcel) error {
	if !p.opened {
		err := c.unseal(ctx, p)
		code := kiosk.CodeOf(err)
		switch {
		case err == nil:
		case code == ReasonDangling:
			return c.decide(ctx, p.key, decision{level: kiosk.LevelReturned, reason: ReasonDangling, by: "centre"})
		case slices.Contains(broken, code):
			return errors.Join(c.faulty(ctx, p, code),
				c.decide(ctx, p.key, decision{level: kiosk.LevelReturned, reason: ReasonBroken, by: "centre"}))
		default:
			return errors.Join(err, c.faulty(ctx, p, code))
		}
	}
	if !c.cfg.AutoAccept {
		return nil
	}
	err := c.decide(ctx, p.key, decision{level: kiosk.LevelAccepted, by: "centre"})
	if kiosk.CodeOf(err) == CodeDecided {
		return nil // an officer was faster
	}
	return err
}

// broken lists what no key and no repair at the centre can mend.
var broken = []kiosk.Code{
	seal.CodeNotAge, seal.CodeTruncated, seal.CodeDamaged, seal.CodeBadArchive, seal.CodeBadManifest,
	seal.CodeWrongType, seal.CodeBadSignature, seal.CodeBadHash, seal.CodeUnlistedFile, seal.CodeMissingFile,
	seal.CodeTooLarge, seal.CodeBadName, seal.CodeEnvelopeOther,
}

// unseal opens a parcel into a fresh folder, checks everything, and only then
// gives the folder its place among the kept ones.
func (c *Centre) unseal(ctx context.Context, p parcel) error {
	tmp, err := os.MkdirTemp(c.path(folderOpening, ""), "parcel-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	m, err := c.openInto(ctx, p, tmp)
	if err != nil {
		return err
	}
	if err := c.checkCarried(ctx, m); err != nil {
		return err
	}
	kept := c.KeptDir(p.key.Dossier, p.key.Revision)
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return err
	}
	if err := os.RemoveAll(kept); err != nil { // of a life that ended before its commit
		return err
	}
	if err := syncTree(tmp); err != nil {
		return err
	}
	if err := moveSynced(tmp, kept); err != nil {
		return err
	}
	if err := syncFolder(c.path(folderKept, "")); err != nil {
		return err
	}
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE parcels SET opened_at = ?, fault = '', local_code = ?, procedure = ? WHERE seq = ?`,
			millis(c.now()), m.LocalCode, m.Procedure.Name, p.seq); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "parcel.opened", actor: "centre", key: p.key})
	})
}

// openInto opens the parcel with the keys the unit had when it announced it.
func (c *Centre) openInto(ctx context.Context, p parcel, dir string) (seal.Manifest, error) {
	ring, err := c.keyring(ctx, p.unit, true)
	if err != nil {
		return seal.Manifest{}, err
	}
	e, err := seal.ReadEnvelope(p.envelope, ring)
	if err != nil {
		return seal.Manifest{}, err
	}
	f, err := os.Open(c.parcelPath(p))
	if err != nil {
		return seal.Manifest{}, err
	}
	defer f.Close()
	m, err := seal.Open(f, c.cfg.Identities, ring, dir)
	if err != nil {
		return seal.Manifest{}, err
	}
	return m, e.Covers(m)
}

// checkCarried refuses a dossier that builds on a paper which is not here. A
// revision that is here and not opened yet is waited for.
func (c *Centre) checkCarried(ctx context.Context, m seal.Manifest) error {
	for _, d := range m.Documents {
		if d.Carried == nil {
			continue
		}
		key := kiosk.ParcelKey{Dossier: m.Dossier, Revision: d.Carried.Revision}
		earlier, err := find(ctx, c.db.R, key)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return kiosk.Fail(kiosk.Corrupt, ReasonDangling, nil)
		case err != nil:
			return err
		case !earlier.opened && earlier.state != stateReturned:
			return kiosk.Fail(kiosk.Unavailable, CodeNotOpened, fmt.Errorf("revision %d is waited for", key.Revision))
		case !earlier.opened:
			return kiosk.Fail(kiosk.Corrupt, ReasonDangling, nil)
		}
		old, err := c.manifest(key)
		if err != nil {
			return err
		}
		if _, ok := carriedFrom(old, d); !ok {
			return kiosk.Fail(kiosk.Corrupt, ReasonDangling, nil)
		}
	}
	return nil
}

// carriedFrom finds the paper a carried document stands for.
func carriedFrom(old seal.Manifest, d seal.Document) (seal.Document, bool) {
	i := slices.IndexFunc(old.Documents, func(o seal.Document) bool {
		sum := o.SHA256
		if o.File == "" && len(o.Pages) > 0 {
			sum = o.Pages[0].SHA256
		}
		return o.Carried == nil && o.Requirement == d.Requirement && sum == d.Carried.SHA256
	})
	if i < 0 {
		return seal.Document{}, false
	}
	return old.Documents[i], true
}

// manifest reads the manifest of an opened dossier.
func (c *Centre) manifest(key kiosk.ParcelKey) (seal.Manifest, error) {
	b, err := os.ReadFile(filepath.Join(c.KeptDir(key.Dossier, key.Revision), "manifest.json"))
	if err != nil {
		return seal.Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	var m seal.Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return seal.Manifest{}, errors.New("read manifest: it does not parse") // the error might quote a value
	}
	return m, nil
}

// faulty records why a parcel could not be opened, for the officers.
func (c *Centre) faulty(ctx context.Context, p parcel, code kiosk.Code) error {
	if p.fault == code || ctx.Err() != nil {
		return nil
	}
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE parcels SET fault = ? WHERE seq = ?`, code, p.seq); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "parcel.unopened", actor: "centre", key: p.key, note: string(code)})
	})
}

// syncTree makes the names in a folder and its folders durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return syncFolder(path)
	})
}

// parcels collects rows of parcelColumns.
func parcels(rows *sql.Rows, err error) ([]parcel, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []parcel
	for rows.Next() {
		p, err := scanParcel(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
