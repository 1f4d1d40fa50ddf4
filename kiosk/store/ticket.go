package store

import (
	"context"
	"database/sql"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

// SaveBooking records a booking. The same ID again is a Conflict with code
// booking.exists.
func (s *Store) SaveBooking(ctx context.Context, b kiosk.Booking) error {
	return s.write(ctx, "save booking", func(c *change) error {
		err := c.must(ctx, "INSERT INTO booking (id, point, procedure, slot, class, expires) VALUES (?, ?, ?, ?, ?, ?)",
			b.ID, b.Point, b.Procedure, nanos(b.Slot), b.Class, nanos(b.Expires))
		if sqlitedb.IsDuplicate(err) {
			return kiosk.Fail(kiosk.Conflict, codeBooked, err)
		}
		if err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Kind: "booking.saved", Actor: "resident",
			Note: note(map[string]any{"booking": b.ID, "procedure": b.Procedure, "class": b.Class})})
	})
}

// Booking finds one, used or not; NotFound with code booking.unknown.
func (s *Store) Booking(ctx context.Context, id kiosk.BookingID) (kiosk.Booking, error) {
	return one(ctx, s.db.R, codeBooking, func(r row) (b kiosk.Booking, err error) {
		return b, r.Scan(&b.ID, &b.Point, &b.Procedure, instant{&b.Slot}, &b.Class, instant{&b.Expires})
	}, "SELECT id, point, procedure, slot, class, expires FROM booking WHERE id = ?", id)
}

// useBooking marks a booking used, once.
func (c *change) useBooking(ctx context.Context, id kiosk.BookingID) error {
	n, err := c.exec(ctx, "UPDATE booking SET used_at = ? WHERE id = ? AND used_at IS NULL", c.at.UnixNano(), id)
	if err != nil || n == 1 {
		return err
	}
	var known bool
	if err := c.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM booking WHERE id = ?)", id).Scan(&known); err != nil {
		return err
	}
	if known {
		return kiosk.Fail(kiosk.Conflict, codeUsed, nil)
	}
	return kiosk.Fail(kiosk.NotFound, codeBooking, nil)
}

// TakeTicket gives the next number of the day (the Hanoi day of TakenAt if
// Day is empty). With a booking it also marks that used, in the same
// transaction: an unknown one is NotFound, a used one a Conflict with code
// booking.used.
func (s *Store) TakeTicket(ctx context.Context, t kiosk.Ticket) (kiosk.Ticket, error) {
	err := s.write(ctx, "take ticket", func(c *change) error {
		if t.TakenAt.IsZero() {
			t.TakenAt = c.at
		}
		t.TakenAt = t.TakenAt.UTC()
		if t.Day == "" {
			t.Day = t.TakenAt.In(kiosk.Hanoi).Format(time.DateOnly)
		}
		if t.State == "" {
			t.State = kiosk.Waiting
		}
		if err := c.tx.QueryRowContext(ctx, "SELECT coalesce(max(no), 0) + 1 FROM ticket WHERE day = ?", t.Day).Scan(&t.No); err != nil {
			return err
		}
		if t.Booking != "" {
			if err := c.useBooking(ctx, t.Booking); err != nil {
				return err
			}
			if err := c.note(ctx, kiosk.Event{Kind: "booking.used", Actor: "resident",
				Note: note(map[string]any{"booking": t.Booking, "day": t.Day, "no": t.No})}); err != nil {
				return err
			}
		}
		if err := c.must(ctx, `INSERT INTO ticket (day, no, class, procedure, booking, state, absences, taken_at, called_at, called_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.Day, t.No, t.Class, t.Procedure,
			sql.NullString{String: string(t.Booking), Valid: t.Booking != ""}, t.State, t.Absences, t.TakenAt.UnixNano(), nanos(t.CalledAt), t.CalledBy); err != nil {
			return err
		}
		return c.note(ctx, kiosk.Event{Kind: "ticket.taken", Actor: "resident",
			Note: note(map[string]any{"day": t.Day, "no": t.No, "class": t.Class})})
	})
	if err != nil {
		return kiosk.Ticket{}, err
	}
	return t, nil
}

// Line lists the day's tickets that are waiting, called or being served, in
// order of number.
func (s *Store) Line(ctx context.Context, day string) ([]kiosk.Ticket, error) {
	return list(ctx, s.db.R, func(r row) (t kiosk.Ticket, err error) {
		var booking sql.NullString
		err = r.Scan(&t.Day, &t.No, &t.Class, &t.Procedure, &booking, &t.State, &t.Absences, instant{&t.TakenAt}, instant{&t.CalledAt}, &t.CalledBy)
		t.Booking = kiosk.BookingID(booking.String)
		return t, err
	}, `SELECT day, no, class, procedure, booking, state, absences, taken_at, called_at, called_by FROM ticket
		WHERE day = ? AND state IN ('waiting', 'called', 'serving') ORDER BY no`, day)
}

// MoveTicket sets a ticket's state, absences and call if it still stands in
// from; otherwise it is a Conflict with code ticket.moved_on.
func (s *Store) MoveTicket(ctx context.Context, t kiosk.Ticket, from kiosk.TicketState) error {
	return s.write(ctx, "move ticket", func(c *change) error {
		n, err := c.exec(ctx, `UPDATE ticket SET state = ?, absences = ?, called_at = ?, called_by = ?
			WHERE day = ? AND no = ? AND state = ?`, t.State, t.Absences, nanos(t.CalledAt), t.CalledBy, t.Day, t.No, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return c.whyNoTicket(ctx, t)
		}
		return c.note(ctx, kiosk.Event{Kind: kiosk.Code("ticket." + t.State), Actor: string(t.CalledBy),
			Note: note(map[string]any{"day": t.Day, "no": t.No, "from": from, "absences": t.Absences})})
	})
}

func (c *change) whyNoTicket(ctx context.Context, t kiosk.Ticket) error {
	var known bool
	if err := c.tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM ticket WHERE day = ? AND no = ?)", t.Day, t.No).Scan(&known); err != nil {
		return err
	}
	if known {
		return kiosk.Fail(kiosk.Conflict, codeTicketGone, nil)
	}
	return kiosk.Fail(kiosk.NotFound, codeTicket, nil)
}
