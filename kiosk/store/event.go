package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

// actorUnit is who did what no person did.
const actorUnit = "unit"

// note writes one journal line. Kind must be set; time and actor are filled
// in where they are missing.
func (c *change) note(ctx context.Context, e kiosk.Event) error {
	if e.At.IsZero() {
		e.At = c.at
	}
	e.At = e.At.UTC()
	if e.Actor == "" {
		e.Actor = actorUnit
	}
	var last int64
	prev := []byte{}
	err := c.tx.QueryRowContext(ctx, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").Scan(&last, &prev)
	if err != nil && !isNone(err) {
		return fmt.Errorf("journal: %w", err)
	}
	e.Seq = last + 1
	_, err = c.exec(ctx, `INSERT INTO event (seq, at, dossier, kind, actor, note, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, e.At.UnixNano(), e.Dossier, e.Kind, e.Actor, string(e.Note), prev, seal(prev, e))
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	c.events = append(c.events, e)
	return nil
}

// seal is the hash of one line: SHA-256 over the hash before it and every
// field, each after its length in eight bytes, so that no two lines read the
// same.
func seal(prev []byte, e kiosk.Event) []byte {
	h := sha256.New()
	for _, field := range [][]byte{
		prev, binary.BigEndian.AppendUint64(nil, uint64(e.Seq)), binary.BigEndian.AppendUint64(nil, uint64(e.At.UnixNano())),
		[]byte(e.Dossier), []byte(e.Kind), []byte(e.Actor), e.Note,
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write(field)
	}
	return h.Sum(nil)
}

// line fills in what a store method knows better than its caller: the
// dossier, and the kind if the caller named none.
func line(e kiosk.Event, id kiosk.DossierID, kind kiosk.Code) kiosk.Event {
	e.Dossier = id
	if e.Kind == "" {
		e.Kind = kind
	}
	return e
}

// Note appends an event that changes nothing else.
func (s *Store) Note(ctx context.Context, e kiosk.Event) error {
	return s.write(ctx, "note event", func(c *change) error { return c.note(ctx, e) })
}

const eventColumns = "seq, at, dossier, kind, actor, note"

func scanEvent(r row) (kiosk.Event, error) {
	var e kiosk.Event
	var note string
	if err := r.Scan(&e.Seq, instant{&e.At}, &e.Dossier, &e.Kind, &e.Actor, &note); err != nil {
		return e, err
	}
	if note != "" {
		e.Note = json.RawMessage(note)
	}
	return e, nil
}

// Events lists a dossier's journal, oldest first.
func (s *Store) Events(ctx context.Context, id kiosk.DossierID) ([]kiosk.Event, error) {
	return list(ctx, s.db.R, scanEvent,
		"SELECT "+eventColumns+" FROM event WHERE dossier = ? AND dossier <> '' ORDER BY seq", id)
}

// EventsSince lists the journal after seq, at most n lines, oldest first.
func (s *Store) EventsSince(ctx context.Context, seq int64, n int) ([]kiosk.Event, error) {
	return list(ctx, s.db.R, scanEvent, "SELECT "+eventColumns+" FROM event WHERE seq > ? ORDER BY seq LIMIT ?", seq, n)
}

// CheckJournal reads the whole journal and reports the first line that was
// changed, taken out or put in by anything but this package: Corrupt with
// code journal.broken. Somebody who rewrites the file and computes every later
// hash anew is not seen: the chain guards against slips and single edits.
func (s *Store) CheckJournal(ctx context.Context) error {
	// One transaction, so that a line written meanwhile does not look amiss.
	tx, err := s.db.R.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return sqlitedb.Explain(err)
	}
	defer tx.Rollback()
	last, err := checkChain(ctx, tx)
	if err != nil {
		return sqlitedb.Explain(err)
	}
	var given int64
	err = tx.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'event'").Scan(&given)
	switch {
	case err != nil && !isNone(err):
		return sqlitedb.Explain(err)
	case given != last:
		return broken(last + 1)
	}
	return nil
}

// checkChain gives the number of the last line of an unbroken journal.
func checkChain(ctx context.Context, q queryer) (int64, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+eventColumns+", prev_hash, hash FROM event ORDER BY seq")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var last int64
	prev := []byte{}
	for rows.Next() {
		var storedPrev, hash []byte
		e, err := scanEvent(withTail{rows, []any{&storedPrev, &hash}})
		if err != nil {
			return 0, err
		}
		if e.Seq != last+1 || !bytes.Equal(storedPrev, prev) || !bytes.Equal(seal(prev, e), hash) {
			return 0, broken(last + 1)
		}
		last, prev = e.Seq, hash
	}
	return last, rows.Err()
}

func broken(seq int64) error {
	return kiosk.Fail(kiosk.Corrupt, codeJournal, fmt.Errorf("line %d", seq))
}

// withTail scans further columns after those the reader asks for.
type withTail struct {
	row
	tail []any
}

func (w withTail) Scan(dest ...any) error { return w.row.Scan(append(dest, w.tail...)...) }
