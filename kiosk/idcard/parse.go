package idcard

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// MaxBytes is the longest code taken, without what the reader put around it.
const MaxBytes = 600

// The parts of a code. The first cards end before the issue date; those since
// 2024 go on behind it.
const (
	partNumber = iota
	partOldNumber
	partName
	partBirth
	partSex
	partAddress
	partIssued

	minParts = partIssued
	maxParts = 12
)

var (
	oldNumberPattern = regexp.MustCompile(`^\d{9}$`)
	namePattern      = regexp.MustCompile(`^\p{Latin}[\p{Latin}\p{M}'’‘ʼ .-]*$`)

	// aimPrefix is the mark for a QR code by which readers announce one.
	aimPrefix = regexp.MustCompile(`^\]Q[0-6]`)
	bom       = []byte("\uFEFF")
)

// vietnam is where cards are issued: one time zone, no summer time.
var vietnam = time.FixedZone("+07", 7*60*60)

// Parse reads the code of a card as a reader delivers it; now is what dates are
// compared with. It fails with Invalid and the code
//
//	idcard.too_long   more than MaxBytes
//	idcard.malformed  not 6 to 12 parts between bars: another code altogether
//	idcard.number     the number is not 0 and 11 digits
//	idcard.name       the name is empty
//	idcard.birth      no day of the calendar as ddmmyyyy, or of a century no number has
//	idcard.issued     an issue date that is no day of the calendar
//
// Everything else is a warning of the card.
func Parse(payload []byte, now time.Time) (Card, error) {
	payload = unwrap(payload)
	if len(payload) > MaxBytes {
		return Card{}, refuse("idcard.too_long")
	}
	parts := strings.Split(viet.Decode(payload), "|")
	if n := len(parts); n == maxParts+1 && strings.TrimSpace(parts[maxParts]) == "" {
		parts = parts[:maxParts] // a bar at the end is no part
	}
	if len(parts) < minParts || len(parts) > maxParts {
		return Card{}, refuse("idcard.malformed")
	}
	for i, p := range parts {
		parts[i] = viet.Clean(p)
	}
	return read(parts, now.In(vietnam).Format(time.DateOnly))
}

func refuse(code kiosk.Code) error { return kiosk.Fail(kiosk.Invalid, code, nil) }

// unwrap takes away what readers put around a code: control characters, the
// byte order mark and the AIM prefix, in any order.
func unwrap(b []byte) []byte {
	for {
		before := len(b)
		b = bytes.TrimFunc(b, func(r rune) bool { return r <= ' ' || r == 0x7f })
		b = bytes.TrimPrefix(b, bom)
		b = b[len(aimPrefix.Find(b)):]
		if len(b) == before {
			return b
		}
	}
}

func read(parts []string, today string) (Card, error) {
	c := Card{Number: parts[partNumber], Name: parts[partName], Address: parts[partAddress]}
	var ok bool
	if !numberPattern.MatchString(c.Number) {
		return Card{}, refuse("idcard.number")
	}
	if c.Name == "" {
		return Card{}, refuse("idcard.name")
	}
	if c.Birth, ok = day(parts[partBirth]); !ok {
		return Card{}, refuse("idcard.birth")
	}
	if len(parts) > partIssued && parts[partIssued] != "" {
		if c.Issued, ok = day(parts[partIssued]); !ok {
			return Card{}, refuse("idcard.issued")
		}
	}
	warn := func(when bool, code kiosk.Code) {
		if when {
			c.Warnings = append(c.Warnings, code)
		}
	}
	warn(!namePattern.MatchString(c.Name) || viet.Damaged(c.Address), "idcard.damaged")
	c.OldNumber, ok = oldNumber(parts[partOldNumber])
	warn(!ok, "idcard.old_number")
	c.Sex = sex(parts[partSex])
	warn(c.Sex == "", "idcard.sex_unknown")
	c.Warnings = append(c.Warnings, CheckNumber(c.Number, c.Birth, c.Sex)...)
	warn(c.Birth > today, "idcard.birth_future")
	warn(c.Issued == "", "idcard.issued_missing")
	warn(c.Issued != "" && c.Issued < c.Birth, "idcard.issued_before_birth")
	warn(c.Issued > today, "idcard.issued_future")
	return c, nil
}

// day reads ddmmyyyy. A year no personal number can have is no day either.
func day(s string) (string, bool) {
	t, err := time.Parse("02012006", s)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

func oldNumber(s string) (string, bool) {
	if s != "" && !oldNumberPattern.MatchString(s) {
		return "", false
	}
	return s, true
}

// sex reads the two words of the card in any case.
func sex(s string) string {
	for _, known := range []string{Male, Female} {
		if strings.EqualFold(s, known) {
			return known
		}
	}
	return ""
}
