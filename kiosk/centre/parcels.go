package centre

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// The states of a parcel at the centre.
const (
	stateAnnounced = "announced"
	stateStored    = "stored"
	stateAccepted  = "accepted"
	stateReturned  = "returned"
)

// parcel is one row.
type parcel struct {
	seq       int64
	key       kiosk.ParcelKey
	unit      kiosk.UnitID
	sum       kiosk.Digest
	bytes     int64
	envelope  []byte
	state     string
	storedAt  time.Time // zero before
	opened    bool
	fault     kiosk.Code
	localCode kiosk.LocalCode
	procedure string
	official  kiosk.OfficialCode
	reason    kiosk.Code
	decidedBy string
}

const parcelColumns = `seq, dossier, revision, unit, sha256, bytes, envelope, state, coalesce(stored_at, 0),
	opened_at IS NOT NULL, fault, local_code, procedure, official, reason, decided_by`

func scanParcel(row interface{ Scan(...any) error }) (parcel, error) {
	var p parcel
	var sum []byte
	var stored int64
	err := row.Scan(&p.seq, &p.key.Dossier, &p.key.Revision, &p.unit, &sum, &p.bytes, &p.envelope, &p.state, &stored,
		&p.opened, &p.fault, &p.localCode, &p.procedure, &p.official, &p.reason, &p.decidedBy)
	if err != nil {
		return parcel{}, err
	}
	copy(p.sum[:], sum)
	if stored != 0 {
		p.storedAt = fromMillis(stored)
	}
	return p, nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// find gives a parcel by its key; sql.ErrNoRows if there is none.
func find(ctx context.Context, q querier, key kiosk.ParcelKey) (parcel, error) {
	return scanParcel(q.QueryRowContext(ctx,
		`SELECT `+parcelColumns+` FROM parcels WHERE dossier = ? AND revision = ?`, key.Dossier, key.Revision))
}

// errConflict means that other bytes, or another unit's, stand under the key.
var errConflict = errors.New("another parcel stands under this dossier and revision")

// announced records what a unit offers, or finds it again.
func (c *Centre) announced(ctx context.Context, e seal.Envelope, envelope []byte) (p parcel, err error) {
	key := kiosk.ParcelKey{Dossier: e.Dossier, Revision: e.Revision}
	conflict := false
	err = c.db.Write(ctx, func(tx *sql.Tx) error {
		p, err = find(ctx, tx, key)
		if err == nil {
			if conflict = p.unit != e.Unit || p.sum != e.SHA256 || p.bytes != e.Bytes; conflict {
				return c.note(ctx, tx, entry{kind: "parcel.conflict", actor: string(e.Unit), key: key})
			}
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO parcels(dossier, revision, unit, sha256, bytes, envelope, state, announced_at)
			VALUES(?, ?, ?, ?, ?, ?, 'announced', ?)`,
			e.Dossier, e.Revision, e.Unit, e.SHA256[:], e.Bytes, envelope, millis(c.now()))
		if err != nil {
			return err
		}
		if p, err = find(ctx, tx, key); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "parcel.announced", actor: string(e.Unit), key: key})
	})
	if err == nil && conflict {
		err = errConflict
	}
	return p, err
}

// store records that a parcel's bytes lie in the parcels folder, synced, and
// that there is a receipt for it. Its uploads are no longer needed. Doing it
// again changes nothing.
func (c *Centre) store(ctx context.Context, p parcel) error {
	now := millis(c.now())
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE parcels SET state = 'stored', stored_at = ? WHERE seq = ? AND state = 'announced'`, now, p.seq)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO receipts(parcel, level, at) VALUES(?, 'stored', ?)`, p.seq, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE parcel = ?`, p.seq); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "parcel.stored", actor: string(p.unit), key: p.key})
	})
}

// decision is how a stored parcel ends.
type decision struct {
	level    kiosk.Level // accepted or returned
	official kiosk.OfficialCode
	reason   kiosk.Code
	by       string // account, or "centre"
}

// decide records an officer's or the machine's decision and its receipt, once.
func (c *Centre) decide(ctx context.Context, key kiosk.ParcelKey, d decision) error {
	now := millis(c.now())
	var p parcel
	err := c.db.Write(ctx, func(tx *sql.Tx) (err error) {
		p, err = find(ctx, tx, key)
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && p.state == stateAnnounced:
			return kiosk.Fail(kiosk.NotFound, CodeNoDossier, nil)
		case err != nil:
			return err
		case p.state != stateStored:
			return kiosk.Fail(kiosk.Conflict, CodeDecided, nil)
		case d.level == kiosk.LevelAccepted && !p.opened:
			return kiosk.Fail(kiosk.Conflict, CodeNotOpened, nil)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE parcels SET state = ?, official = ?, reason = ?, decided_by = ? WHERE seq = ?`,
			d.level, d.official, d.reason, d.by, p.seq); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO receipts(parcel, level, at, reason, official) VALUES(?, ?, ?, ?, ?)`,
			p.seq, d.level, now, d.reason, d.official); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: kiosk.Code("dossier." + string(d.level)), actor: d.by, key: key, note: string(d.reason)})
	})
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	_, err = c.receipt(ctx, p, d.level) // signed now; if that fails, when it is asked for
	return err
}

// receipt gives the signed receipt of one level, or of the newest with "". It
// is signed on first use and then given out unchanged. sql.ErrNoRows means
// that there is none yet.
func (c *Centre) receipt(ctx context.Context, p parcel, level kiosk.Level) ([]byte, error) {
	query := `SELECT no, level, at, reason, official, envelope FROM receipts WHERE parcel = ? AND (? = '' OR level = ?) ORDER BY no DESC LIMIT 1`
	var no, at int64
	var envelope []byte
	r := kiosk.Receipt{Unit: p.unit, Dossier: p.key.Dossier, Revision: p.key.Revision, SHA256: p.sum, Bytes: p.bytes}
	err := c.db.R.QueryRowContext(ctx, query, p.seq, level, level).Scan(&no, &r.Level, &at, &r.Reason, &r.Official, &envelope)
	if err != nil || envelope != nil {
		return envelope, err
	}
	r.No, r.At = fmt.Sprintf("R%08d", no), fromMillis(at)
	signed, err := seal.SignReceipt(r, c.cfg.Receipt)
	if err != nil {
		return nil, fmt.Errorf("sign receipt: %w", err)
	}
	err = c.db.Write(ctx, func(tx *sql.Tx) error {
		// Somebody else may have signed it meanwhile: the first one stands.
		if _, err := tx.ExecContext(ctx, `UPDATE receipts SET envelope = ? WHERE no = ? AND envelope IS NULL`, signed, no); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT envelope FROM receipts WHERE no = ?`, no).Scan(&envelope)
	})
	return envelope, err
}
