package intake

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/slip"
)

// Counter keeps today's line: bookings, check-in, tickets and calling.
type Counter struct {
	Tickets   Tickets
	Journal   Journal
	Press     *Press
	Catalog   func() *catalog.Catalog
	Point     kiosk.PointCode
	PointName string
	BookKey   ed25519.PrivateKey  // signs the bookings made here
	BookKeys  []ed25519.PublicKey // whose bookings count
	Now       func() time.Time
	OnCall    func(seat string) // a resident asks for a person

	mu     sync.Mutex
	streak int // priority tickets called since the last ordinary one
}

// BookingRequest is what a person chooses when registering ahead.
type BookingRequest struct {
	Procedure kiosk.ProcedureID
	Slot      time.Time
	Class     kiosk.Class
}

// bookingLife is how long after its slot a booking may still be used.
const bookingLife = 12 * time.Hour

// Book registers ahead and returns the booking with the text of its QR.
func (c *Counter) Book(ctx context.Context, r BookingRequest) (kiosk.Booking, string, error) {
	if _, ok := c.Catalog().Procedure(r.Procedure); !ok {
		return kiosk.Booking{}, "", kiosk.Fail(kiosk.Invalid, "procedure.unknown", nil)
	}
	if r.Slot.Before(c.Now().Add(-bookingLife)) {
		return kiosk.Booking{}, "", kiosk.Fail(kiosk.Invalid, "booking.slot_past", nil)
	}
	b := kiosk.Booking{
		ID: newBookingID(), Point: c.Point, Procedure: r.Procedure, Class: r.Class,
		Slot: r.Slot.UTC().Truncate(time.Minute), Expires: r.Slot.UTC().Truncate(time.Minute).Add(bookingLife),
	}
	text, err := qr.SignBooking(b, c.BookKey)
	if err != nil {
		return kiosk.Booking{}, "", err
	}
	return b, text, c.Tickets.SaveBooking(ctx, b)
}

func newBookingID() kiosk.BookingID {
	var raw [7]byte
	rand.Read(raw[:])
	return kiosk.BookingID(base32.StdEncoding.EncodeToString(raw[:])[:10])
}

// CheckIn turns a booking into a ticket. scanned is the text of the booking's
// QR or its code as typed. A booking counts once, at its own point, until it
// expires.
func (c *Counter) CheckIn(ctx context.Context, scanned string) (kiosk.Ticket, error) {
	b, err := c.findBooking(ctx, scanned)
	if err != nil {
		return kiosk.Ticket{}, err
	}
	switch {
	case b.Point != c.Point:
		return kiosk.Ticket{}, kiosk.Fail(kiosk.Invalid, "booking.other_point", nil)
	case c.Now().After(b.Expires):
		return kiosk.Ticket{}, kiosk.Fail(kiosk.Invalid, "booking.expired", nil)
	case b.Slot.In(kiosk.Hanoi).Format(time.DateOnly) != c.day():
		return kiosk.Ticket{}, kiosk.Fail(kiosk.Invalid, "booking.other_day", nil)
	}
	class := b.Class
	if class == kiosk.ClassWalkIn || class == "" {
		class = kiosk.ClassBooked
	}
	return c.take(ctx, kiosk.Ticket{Class: class, Procedure: b.Procedure, Booking: b.ID})
}

// typedCode reads a booking's code as people type it. The alphabet has no 0, 1
// and 8: who types one means the letter that looks like it.
var typedCode = strings.NewReplacer(" ", "", "-", "", "0", "O", "1", "I", "8", "B")

func (c *Counter) findBooking(ctx context.Context, scanned string) (kiosk.Booking, error) {
	scanned = strings.ToUpper(strings.TrimSpace(scanned))
	if !strings.HasPrefix(scanned, "SP1.") {
		return c.Tickets.Booking(ctx, kiosk.BookingID(typedCode.Replace(scanned)))
	}
	b, err := qr.ReadBooking(scanned, c.BookKeys)
	if err != nil {
		return kiosk.Booking{}, err
	}
	known, err := c.Tickets.Booking(ctx, b.ID)
	if err == nil {
		return known, nil
	}
	if kiosk.KindOf(err) != kiosk.NotFound {
		return kiosk.Booking{}, err
	}
	return b, c.Tickets.SaveBooking(ctx, b)
}

// TakeTicket gives a place in today's line without a booking. procedure may
// be empty.
func (c *Counter) TakeTicket(ctx context.Context, class kiosk.Class, procedure kiosk.ProcedureID) (kiosk.Ticket, error) {
	if !slices.Contains(kiosk.Classes, class) || class == kiosk.ClassBooked {
		return kiosk.Ticket{}, kiosk.Fail(kiosk.Invalid, "ticket.class", nil)
	}
	return c.take(ctx, kiosk.Ticket{Class: class, Procedure: procedure})
}

func (c *Counter) take(ctx context.Context, t kiosk.Ticket) (kiosk.Ticket, error) {
	t.Day, t.State, t.TakenAt = c.day(), kiosk.Waiting, c.Now().UTC()
	return c.Tickets.TakeTicket(ctx, t)
}

func (c *Counter) day() string { return c.Now().In(kiosk.Hanoi).Format(time.DateOnly) }

// Line lists the tickets that wait, in the order they will be called, after
// those that are called or being served.
func (c *Counter) Line(ctx context.Context) ([]kiosk.Ticket, error) {
	line, err := c.Tickets.Line(ctx, c.day())
	if err != nil {
		return nil, err
	}
	var busy, waiting []kiosk.Ticket
	for _, t := range line {
		if t.State == kiosk.Waiting {
			waiting = append(waiting, t)
		} else {
			busy = append(busy, t)
		}
	}
	c.mu.Lock()
	streak := c.streak
	c.mu.Unlock()
	return append(busy, callOrder(waiting, streak, c.Now())...), nil
}

// Ahead counts the tickets that will be called before this one.
func (c *Counter) Ahead(ctx context.Context, no int) (int, error) {
	line, err := c.Line(ctx)
	if err != nil {
		return 0, err
	}
	ahead := 0
	for _, t := range line {
		if t.No == no {
			break
		}
		if t.State == kiosk.Waiting {
			ahead++
		}
	}
	return ahead, nil
}

// CallNext calls the ticket whose turn it is; NotFound with code line.empty
// when nobody waits.
func (c *Counter) CallNext(ctx context.Context, staff kiosk.StaffID) (kiosk.Ticket, error) {
	line, err := c.Line(ctx)
	if err != nil {
		return kiosk.Ticket{}, err
	}
	i := slices.IndexFunc(line, func(t kiosk.Ticket) bool { return t.State == kiosk.Waiting })
	if i < 0 {
		return kiosk.Ticket{}, kiosk.Fail(kiosk.NotFound, "line.empty", nil)
	}
	t := line[i]
	t.State, t.CalledAt, t.CalledBy = kiosk.Called, c.Now().UTC(), staff
	if err := c.Tickets.MoveTicket(ctx, t, kiosk.Waiting); err != nil {
		return kiosk.Ticket{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Class.Priority() {
		c.streak++
	} else {
		c.streak = 0
	}
	return t, nil
}

// Ticket finds one of today's tickets that is still in the line.
func (c *Counter) Ticket(ctx context.Context, no int) (kiosk.Ticket, error) {
	line, err := c.Tickets.Line(ctx, c.day())
	if err != nil {
		return kiosk.Ticket{}, err
	}
	if i := slices.IndexFunc(line, func(t kiosk.Ticket) bool { return t.No == no }); i >= 0 {
		return line[i], nil
	}
	return kiosk.Ticket{}, kiosk.Fail(kiosk.NotFound, "ticket.unknown", nil)
}

// Serve marks a called ticket as being served; one that was not called is a
// Conflict with code ticket.moved_on.
func (c *Counter) Serve(ctx context.Context, no int) error {
	return c.move(ctx, no, kiosk.Serving, kiosk.Called)
}

// Finish ends a ticket.
func (c *Counter) Finish(ctx context.Context, no int) error {
	return c.move(ctx, no, kiosk.Finished, kiosk.Waiting, kiosk.Called, kiosk.Serving)
}

// Absent puts a called ticket back to the end of its lane; the third absence
// ends it. A ticket that is not called (any more) is a Conflict with code
// ticket.moved_on: a second touch must not count twice.
func (c *Counter) Absent(ctx context.Context, no int) error {
	t, err := c.Ticket(ctx, no)
	if err != nil {
		return err
	}
	if t.State != kiosk.Called {
		return kiosk.Fail(kiosk.Conflict, "ticket.moved_on", nil)
	}
	from := t.State
	t.Absences++
	t.State = kiosk.Waiting
	if t.Absences >= 3 {
		t.State = kiosk.NoShow
	}
	return c.Tickets.MoveTicket(ctx, t, from)
}

func (c *Counter) move(ctx context.Context, no int, to kiosk.TicketState, from ...kiosk.TicketState) error {
	t, err := c.Ticket(ctx, no)
	if err != nil || t.State == to {
		return err
	}
	if !slices.Contains(from, t.State) {
		return kiosk.Fail(kiosk.Conflict, "ticket.moved_on", nil)
	}
	was := t.State
	t.State = to
	return c.Tickets.MoveTicket(ctx, t, was)
}

// CallStaff tells the staff that a resident at this seat asks for a person.
func (c *Counter) CallStaff(ctx context.Context, seat string) error {
	if c.OnCall != nil {
		c.OnCall(seat)
	}
	return c.Journal.Note(ctx, kiosk.Event{Kind: "resident.called_staff", Actor: "resident", At: c.Now()})
}

// PrintTicket queues the ticket's slip and returns the job at once.
func (c *Counter) PrintTicket(ctx context.Context, t kiosk.Ticket) (*Printing, error) {
	ahead, err := c.Ahead(ctx, t.No)
	if err != nil {
		return nil, err
	}
	info := slip.TicketInfo{PointCode: c.Point, Point: c.PointName, No: t.No, Ahead: ahead, At: t.TakenAt}
	if p, ok := c.Catalog().Procedure(t.Procedure); ok {
		info.Procedure = p.PlainName
	}
	emergency := &slip.EmergencyInfo{PointCode: c.Point, No: t.No, At: t.TakenAt}
	return c.Press.Start(ctx, kiosk.PrintJob{Kind: "ticket", Ticket: t.No}, emergency, func(l slip.Layout) (devices.Slip, error) {
		info.Class = slip.ClassName(l.Lang, t.Class)
		return slip.Ticket(info, l)
	})
}

const (
	priorityRatio = 2                // priority tickets for each ordinary one
	longestWait   = 30 * time.Minute // an ordinary ticket that waited longer goes first
)

// callOrder sorts waiting tickets the way they will be called: two of the
// priority lane for one of the ordinary lane, but an ordinary ticket never
// waits past longestWait; within a lane, absences last, then by number.
func callOrder(waiting []kiosk.Ticket, streak int, now time.Time) []kiosk.Ticket {
	var priority, ordinary []kiosk.Ticket
	for _, t := range waiting {
		if t.Class.Priority() {
			priority = append(priority, t)
		} else {
			ordinary = append(ordinary, t)
		}
	}
	byTurn := func(a, b kiosk.Ticket) int {
		if a.Absences != b.Absences {
			return a.Absences - b.Absences
		}
		return a.No - b.No
	}
	slices.SortFunc(priority, byTurn)
	slices.SortFunc(ordinary, byTurn)
	order := make([]kiosk.Ticket, 0, len(waiting))
	for len(priority)+len(ordinary) > 0 {
		starving := len(ordinary) > 0 && now.Sub(waitsSince(ordinary[0])) > longestWait
		if len(priority) > 0 && (len(ordinary) == 0 || (streak < priorityRatio && !starving)) {
			order, priority, streak = append(order, priority[0]), priority[1:], streak+1
			continue
		}
		order, ordinary, streak = append(order, ordinary[0]), ordinary[1:], 0
	}
	return order
}

// waitsSince is when a ticket's wait began: an absence begins it anew.
func waitsSince(t kiosk.Ticket) time.Time {
	if t.Absences > 0 {
		return t.CalledAt
	}
	return t.TakenAt
}
