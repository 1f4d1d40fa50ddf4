package kiosk

import "time"

// Class is the kind of place in the line.
type Class string

// The classes of ticket, see Classes for their order.
const (
	ClassWalkIn           Class = "walk_in"
	ClassBooked           Class = "booked"
	ClassElderly          Class = "elderly"
	ClassDisability       Class = "disability"
	ClassPregnantInfant   Class = "pregnant_or_infant"
	ClassMerit            Class = "merit"
	ClassSupplementReturn Class = "supplement_return"
)

// Classes lists every class in the order they are offered.
var Classes = []Class{ClassWalkIn, ClassBooked, ClassElderly, ClassDisability, ClassPregnantInfant, ClassMerit, ClassSupplementReturn}

// Priority reports whether the class is called in the priority lane.
func (c Class) Priority() bool { return c != ClassWalkIn && c != ClassBooked }

// Booking (đăng ký trước) is a registration ahead. It names nobody.
type Booking struct {
	ID        BookingID
	Point     PointCode
	Procedure ProcedureID
	Slot      time.Time // start of the agreed quarter of an hour, UTC
	Class     Class
	Expires   time.Time
}

// TicketState is where a ticket stands.
type TicketState string

// The states of a ticket.
const (
	Waiting  TicketState = "waiting"
	Called   TicketState = "called"
	Serving  TicketState = "serving"
	Finished TicketState = "finished"
	NoShow   TicketState = "no_show" // absent three times
)

// Ticket (số thứ tự) is a place in today's line. It names nobody.
type Ticket struct {
	Day       string // Hanoi day, yyyy-mm-dd
	No        int    // 1, 2, 3 … for each day and point
	Class     Class
	Procedure ProcedureID // empty if the resident did not choose
	Booking   BookingID   // empty without one
	State     TicketState
	Absences  int
	TakenAt   time.Time
	CalledAt  time.Time // zero before
	CalledBy  StaffID
}

// PrintState is how far a print job has come.
type PrintState string

// The states of a print job. Unknown is never reprinted by itself.
const (
	PrintQueued     PrintState = "queued"
	PrintSending    PrintState = "sending"
	PrintConfirming PrintState = "confirming"
	PrintPrinted    PrintState = "printed"
	PrintBody       PrintState = "body_printed"
	PrintProcessed  PrintState = "processed"
	PrintSent       PrintState = "sent"
	PrintUnknown    PrintState = "unknown"
	PrintFailed     PrintState = "failed"
)

// Unsettled reports whether only a person who looks at the paper can say what
// became of a job: the printer's word was too weak, or it never came.
func (s PrintState) Unsettled() bool {
	switch s {
	case PrintUnknown, PrintSent, PrintProcessed, PrintBody:
		return true
	}
	return false
}

// PrintJob is one slip on its way to paper. The slip itself is kept as the
// bytes of its encoding only until the job has ended.
type PrintJob struct {
	ID      int64
	Kind    string    // "ticket", "assist", "fee" or "test"
	Dossier DossierID // empty for tickets
	Ticket  int
	Fee     FeeReference // which fee slip of the dossier, empty for other kinds
	Copy    int          // 1 for the first print, 2 and more are marked as reprints
	State   PrintState
	Cause   Code // why it failed or is unknown
	At      time.Time
}
