package kiosk

import (
	"encoding/json"
	"slices"
	"time"
)

// State is where a Dossier stands. It is stored as text.
type State string

// The states of a dossier. After consent it goes one of two ways: carried to
// the centre, or filed by a person in the portal ("assisted").
const (
	Open      State = "open"
	Declared  State = "declared"
	Reviewed  State = "reviewed"
	Consented State = "consented"

	Sealed    State = "sealed"
	Announced State = "announced"
	Uploading State = "uploading"
	Sent      State = "sent"
	Stored    State = "stored"

	Prepared State = "prepared"
	Filing   State = "filing"

	Accepted State = "accepted"
	Wiped    State = "wiped"

	Abandoned State = "abandoned"
	Returned  State = "returned"
	Rejected  State = "rejected"
	Damaged   State = "damaged"
)

// Steps is the one table of allowed steps; the store enforces it.
var Steps = map[State][]State{
	Open:      {Declared, Abandoned, Damaged},
	Declared:  {Declared, Reviewed, Abandoned, Damaged},
	Reviewed:  {Declared, Consented, Abandoned, Damaged},
	Consented: {Declared, Sealed, Prepared, Abandoned, Damaged},

	Sealed:    {Announced, Stored, Rejected, Damaged},
	Announced: {Uploading, Stored, Rejected, Damaged},
	Uploading: {Sent, Announced, Rejected, Damaged},
	Sent:      {Stored, Announced, Rejected, Damaged},
	Stored:    {Accepted, Returned, Announced, Damaged},

	Prepared: {Filing, Abandoned, Damaged},
	Filing:   {Accepted, Prepared, Abandoned, Damaged},

	Accepted:  {Wiped},
	Abandoned: {Wiped},
	Returned:  {Wiped},
	Rejected:  {Wiped},
	Damaged:   {Wiped},
}

// CanStep reports whether a dossier may go from one state to another.
func CanStep(from, to State) bool { return slices.Contains(Steps[from], to) }

// Editable reports the states in which a dossier's papers may still be changed.
func (s State) Editable() bool {
	return s == Open || s == Declared || s == Reviewed || s == Consented
}

// InOutbox reports whether the sealed parcel still waits for something: to be
// carried, to be answered, or for its hold to pass.
func (s State) InOutbox() bool {
	switch s {
	case Sealed, Announced, Uploading, Sent, Stored, Accepted:
		return true
	}
	return false
}

// Way is how a dossier reaches the authority.
type Way string

// The two ways.
const (
	ByCentre   Way = "centre"   // sealed and carried to the receiving centre
	ByAssisted Way = "assisted" // filed in the portal by staff and resident together
)

// Dossier is all that one Applicant hands in for one Procedure, without any
// personal data: those are encrypted beside it.
type Dossier struct {
	ID             DossierID
	Revision       int
	LocalCode      LocalCode
	Point          PointCode
	Procedure      ProcedureID
	CatalogVersion string
	Terms          json.RawMessage // the procedure as the catalogue stated it when the dossier was opened
	Ticket         int             // today's ticket number, 0 without one
	State          State
	Way            Way // empty until handed over
	Staff          StaffID
	OpenedAt       time.Time
	UpdatedAt      time.Time
	Official       OfficialCode // set once the authority has answered
	Parcel         *Parcel      // set once sealed
}

// Waiver says why a required paper is not among the pages.
type Waiver struct {
	Requirement RequirementID `json:"requirement"`
	Reason      string        `json:"reason"`
}
