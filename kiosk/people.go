package kiosk

import (
	"encoding/json"
	"log/slog"
	"time"
)

// Answers are what was declared: the form's field ids to their values, all
// text, NFC. Facts the checklist asks for stand among them.
type Answers map[string]string

// Declaration (tờ khai) is the filled form. It is personal data: it is only
// ever stored encrypted and never reaches a log.
type Declaration struct {
	Form    string  `json:"form"` // the form's id in the catalogue
	Answers Answers `json:"answers"`
}

// LogValue keeps what was declared out of every log.
func (Declaration) LogValue() slog.Value { return slog.StringValue("[declaration]") }

// Applicant (người nộp) is who hands the dossier in.
type Applicant struct {
	Name       string `json:"name"`
	PersonalNo string `json:"personal_no"` // 12 digits
	Phone      string `json:"phone"`       // E.164, or empty
	Address    string `json:"address"`     // where results are delivered, or empty
}

// LogValue keeps the applicant out of every log.
func (Applicant) LogValue() slog.Value { return slog.StringValue("[applicant]") }

// CaseRecord is the little that outlives the seal, under the dossier's own
// case key, so that status, delivery and apologies stay possible.
type CaseRecord struct {
	Dossier   DossierID    `json:"dossier"`
	LocalCode LocalCode    `json:"local_code"`
	Procedure ProcedureID  `json:"procedure"`
	Applicant Applicant    `json:"applicant"`
	Official  OfficialCode `json:"official,omitempty"`
	OpenedAt  time.Time    `json:"opened_at"`
}

// LogValue keeps the record out of every log.
func (CaseRecord) LogValue() slog.Value { return slog.StringValue("[case]") }

// SealedCase is a case record as the store sees it: encrypted under its own
// wrapped key, with keyed columns to find it by.
type SealedCase struct {
	Key   []byte // wrapped case key
	Body  []byte // encrypted CaseRecord
	Phone []byte // HMAC of the phone number, nil without one
	No    []byte // HMAC of the personal number, nil without one
	Last4 []byte // HMAC of the number's last four digits, nil without one
}

// Consent is what the resident agreed to before the dossier left their hands.
type Consent struct {
	Notice   string    `json:"notice"`   // version of the text that was shown
	By       string    `json:"by"`       // "subject" or "representative"
	Purposes []string  `json:"purposes"` // ticked one by one: "file", "contact", …
	Staff    StaffID   `json:"staff"`
	At       time.Time `json:"at"`
}

// The roles a person signs in with.
const (
	RoleClerk      = "clerk"
	RoleTechnician = "technician"
)

// Staff is a person who works at the point.
type Staff struct {
	ID   StaffID
	Name string // as shown on the sign-in screen
	Role string
}

// Draft is the encrypted part of a dossier while it is being made.
type Draft struct {
	Declaration Declaration `json:"declaration"`
	Applicant   Applicant   `json:"applicant"`
	Waivers     []Waiver    `json:"waivers,omitempty"`
	Consent     *Consent    `json:"consent,omitempty"`
}

// LogValue keeps the draft out of every log.
func (Draft) LogValue() slog.Value { return slog.StringValue("[draft]") }

// Event is one line of the journal: who did what to which dossier. Note holds
// codes and numbers only.
type Event struct {
	Seq     int64
	At      time.Time
	Dossier DossierID // empty for events of the unit
	Kind    Code      // "dossier.opened", "page.captured", …
	Actor   string    // staff id, "resident" or "unit"
	Note    json.RawMessage
}
