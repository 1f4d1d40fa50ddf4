package qr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"servicepoint/kiosk"
)

// Kind says what a code stands for.
type Kind byte

// The kinds.
const (
	Ticket    Kind = 'T'
	Dossier   Kind = 'D'
	Return    Kind = 'R'
	Status    Kind = 'S'
	Enrolment Kind = 'E'
	Booking   Kind = 'B'
)

// MaxText is the longest text that is ever read or written.
const MaxText = 300

const prefix = "SP1."

var codePattern = regexp.MustCompile(`^[0-9A-Z][0-9A-Z-]{0,63}$`)

// Parsed is a code of ours. For a booking Code is its signed text without the
// prefix; give the whole text to ReadBooking.
type Parsed struct {
	Kind Kind
	Code string
}

// Text writes a code: Text(Dossier, "DTH01-261123-0042-V") is
// "SP1.D.DTH01-261123-0042-V".
func Text(k Kind, code string) string {
	return prefix + string(rune(k)) + "." + strings.ToUpper(code)
}

// Parse reads a code as a scanner delivers it or a person types it: blanks and
// line ends around it and lower case are accepted. A dossier's local code must
// pass its own check. Anything that is not ours is Invalid with code
// code.not_ours.
func Parse(s string) (Parsed, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	rest, ours := strings.CutPrefix(s, prefix)
	if !ours || len(s) > MaxText || len(rest) < 3 || rest[1] != '.' {
		return Parsed{}, notOurs()
	}
	p := Parsed{Kind: Kind(rest[0]), Code: rest[2:]}
	switch p.Kind {
	case Booking:
		if !bookingPattern.MatchString(p.Code) {
			return Parsed{}, kiosk.Fail(kiosk.Invalid, "booking.malformed", nil)
		}
	case Dossier:
		code, err := kiosk.ParseLocalCode(p.Code)
		if err != nil {
			return Parsed{}, err
		}
		p.Code = string(code)
	case Ticket:
		if _, err := ParseTicketCode(p.Code); err != nil {
			return Parsed{}, err
		}
	case Return, Status, Enrolment:
		if !codePattern.MatchString(p.Code) {
			return Parsed{}, notOurs()
		}
	default:
		return Parsed{}, notOurs()
	}
	return p, nil
}

func notOurs() error { return kiosk.Fail(kiosk.Invalid, "code.not_ours", nil) }

// TicketRef names one ticket of one point.
type TicketRef struct {
	Point kiosk.PointCode
	Day   string // Hanoi day, yyyy-mm-dd
	No    int
}

var ticketPattern = regexp.MustCompile(`^([A-Z0-9]{3,6})-(\d{6})-([1-9]\d{0,3})$`)

// TicketCode writes the code of a ticket, "DTH01-261123-42"; day is
// yyyy-mm-dd.
func TicketCode(r TicketRef) (string, error) {
	day, err := time.Parse(time.DateOnly, r.Day)
	if err != nil {
		return "", fmt.Errorf("ticket code: %w", err)
	}
	code := fmt.Sprintf("%s-%s-%d", r.Point, day.Format("060102"), r.No)
	if !ticketPattern.MatchString(code) {
		return "", fmt.Errorf("ticket code: point %q or number %d cannot be written", r.Point, r.No)
	}
	return code, nil
}

// ParseTicketCode reads what TicketCode wrote.
func ParseTicketCode(s string) (TicketRef, error) {
	m := ticketPattern.FindStringSubmatch(s)
	if m == nil {
		return TicketRef{}, notOurs()
	}
	day, err := time.Parse("060102", m[2])
	if err != nil {
		return TicketRef{}, notOurs()
	}
	no, _ := strconv.Atoi(m[3]) // four digits at most
	return TicketRef{Point: kiosk.PointCode(m[1]), Day: day.Format(time.DateOnly), No: no}, nil
}

// Codes lists the codes of the errors of this package.
func Codes() []kiosk.Code {
	return []kiosk.Code{"code.not_ours", "code.local_malformed", "code.local_check", "booking.malformed", "booking.untrusted"}
}
