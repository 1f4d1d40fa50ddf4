package store

import (
	"context"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

// AddStaff lets a person sign in, or changes name, role and PIN verifier of
// one who may already.
func (s *Store) AddStaff(ctx context.Context, p kiosk.Staff, pinHash []byte) error {
	return s.write(ctx, "add staff", func(c *change) error {
		if err := c.must(ctx, `INSERT INTO staff (id, name, role, pin) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, pin = excluded.pin`,
			p.ID, p.Name, p.Role, filled(pinHash)); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Kind: "staff.saved", Note: note(map[string]any{"staff": p.ID, "role": p.Role})})
	})
}

// Staff lists who may sign in, in order of name.
func (s *Store) Staff(ctx context.Context) ([]kiosk.Staff, error) {
	return list(ctx, s.db.R, func(r row) (p kiosk.Staff, err error) { return p, r.Scan(&p.ID, &p.Name, &p.Role) },
		"SELECT id, name, role FROM staff ORDER BY name, id")
}

// StaffMember finds one with the stored PIN verifier; NotFound with code
// staff.unknown.
func (s *Store) StaffMember(ctx context.Context, id kiosk.StaffID) (kiosk.Staff, []byte, error) {
	type member struct {
		kiosk.Staff
		pin []byte
	}
	m, err := one(ctx, s.db.R, codeStaff, func(r row) (m member, err error) { return m, r.Scan(&m.ID, &m.Name, &m.Role, &m.pin) },
		"SELECT id, name, role, pin FROM staff WHERE id = ?", id)
	return m.Staff, m.pin, err
}

// Lockout gives the failed tries counted under key and until when it is
// locked; zeros for a key never tried.
func (s *Store) Lockout(ctx context.Context, key string) (failed int, until time.Time, err error) {
	err = s.db.R.QueryRowContext(ctx, "SELECT failed, until FROM lockout WHERE key = ?", key).Scan(&failed, instant{&until})
	if isNone(err) {
		return 0, time.Time{}, nil
	}
	return failed, until, sqlitedb.Explain(err)
}

// Tried records a success (failed = 0) or the new count and lock. key is
// journaled and must name no resident.
func (s *Store) Tried(ctx context.Context, key string, failed int, until time.Time) error {
	return s.write(ctx, "count try", func(c *change) error {
		if err := c.must(ctx, `INSERT INTO lockout (key, failed, until) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET failed = excluded.failed, until = excluded.until`, key, failed, nanos(until)); err != nil {
			return err
		}
		kind := kiosk.Code("lockout.cleared")
		switch {
		case !until.IsZero():
			kind = "lockout.locked"
		case failed > 0:
			kind = "lockout.counted"
		}
		return c.note(ctx, kiosk.Event{Kind: kind, Note: note(map[string]any{"key": key, "failed": failed})})
	})
}
