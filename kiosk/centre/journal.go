package centre

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"servicepoint/kiosk"
)

// entry is one line of the journal. note is a code or a number.
type entry struct {
	kind  kiosk.Code
	actor string
	key   kiosk.ParcelKey
	note  string
}

// note writes a line in the transaction of what it tells.
func (c *Centre) note(ctx context.Context, tx *sql.Tx, e entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO journal(at, kind, actor, dossier, revision, note) VALUES(?, ?, ?, ?, ?, ?)`,
		millis(c.now()), e.kind, e.actor, e.key.Dossier, e.key.Revision, e.note)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// noteAlone writes a line about something that changed nothing.
func (c *Centre) noteAlone(ctx context.Context, e entry) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error { return c.note(ctx, tx, e) })
}

// Journal lists at most n events after seq, oldest first: who did what and
// looked at what. The actor is a unit, an account or "centre"; the note holds
// the revision and a code.
func (c *Centre) Journal(ctx context.Context, after int64, n int) ([]kiosk.Event, error) {
	rows, err := c.db.R.QueryContext(ctx,
		`SELECT seq, at, kind, actor, dossier, revision, note FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, after, n)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer rows.Close()
	var events []kiosk.Event
	for rows.Next() {
		var e kiosk.Event
		var at int64
		var note struct {
			Revision int    `json:"rev,omitempty"`
			Note     string `json:"note,omitempty"`
		}
		if err := rows.Scan(&e.Seq, &at, &e.Kind, &e.Actor, &e.Dossier, &note.Revision, &note.Note); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		e.At = fromMillis(at)
		if e.Note, err = json.Marshal(note); err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

func millis(t time.Time) int64      { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
