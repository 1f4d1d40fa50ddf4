package postal

import (
	"regexp"
	"strings"
	"unicode"

	"servicepoint/kiosk"
)

// What can be wrong with a number.
const (
	CodeMalformed kiosk.Code = "postal.malformed" // refused: not 6 to 30 letters and digits
	CodeCheck     kiosk.Code = "postal.check"     // warned of: the check digit does not fit
	CodeUnusual   kiosk.Code = "postal.unusual"   // warned of: not the shape of UPU S10
)

// Codes lists the codes of the errors and warnings of this package.
func Codes() []kiosk.Code { return []kiosk.Code{CodeMalformed, CodeCheck, CodeUnusual} }

// Service is what the first letter of an S10 number says about how a thing is
// sent; empty where it says nothing known here.
type Service string

// The services.
const (
	EMS        Service = "ems"
	Registered Service = "registered"
	Letter     Service = "letter"
	ParcelPost Service = "parcel"
)

// TrackingNo (mã bưu gửi) is the number of one thing sent by post.
type TrackingNo struct {
	Value    string // capitals and digits only
	Valid    bool   // an S10 number whose check digit fits
	Service  Service
	Country  string       // ISO 3166-1 alpha-2 as printed; empty unless S10
	Warnings []kiosk.Code // CodeCheck or CodeUnusual
}

var (
	s10Pattern    = regexp.MustCompile(`^[A-Z]{2}\d{9}[A-Z]{2}$`)
	opaquePattern = regexp.MustCompile(`^[A-Z0-9]{6,30}$`)
)

// Parse reads a number as people type it and scanners deliver it: lower case,
// blanks and dashes anywhere. Only what cannot be a number at all is Invalid
// with CodeMalformed.
func Parse(s string) (TrackingNo, error) {
	n := TrackingNo{Value: tidy(s)}
	if !opaquePattern.MatchString(n.Value) {
		return TrackingNo{}, kiosk.Fail(kiosk.Invalid, CodeMalformed, nil)
	}
	if !s10Pattern.MatchString(n.Value) {
		n.Warnings = []kiosk.Code{CodeUnusual}
		return n, nil
	}
	n.Service, n.Country = service(n.Value[0]), n.Value[11:]
	if check, _ := CheckDigit(n.Value[2:10]); check != n.Value[10] {
		n.Warnings = []kiosk.Code{CodeCheck}
		return n, nil
	}
	n.Valid = true
	return n, nil
}

func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case unicode.IsSpace(r), unicode.In(r, unicode.Pd, unicode.Cf), r == '\u2212': // the minus sign counts as mathematics
			return -1
		}
		return r
	}, s)
}

func service(letter byte) Service {
	switch letter {
	case 'E':
		return EMS
	case 'R':
		return Registered
	case 'L', 'M', 'U':
		return Letter
	case 'C':
		return ParcelPost
	}
	return ""
}

// CheckDigit gives the digit that follows a serial number of eight digits; ok
// is false for anything else. The weights and exceptions are those of UPU S10.
func CheckDigit(serial string) (digit byte, ok bool) {
	if len(serial) != 8 || strings.Trim(serial, "0123456789") != "" {
		return 0, false
	}
	sum := 0
	for i, weight := range [8]int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += weight * int(serial[i]-'0')
	}
	switch check := 11 - sum%11; check {
	case 10:
		return '0', true
	case 11:
		return '5', true
	default:
		return byte('0' + check), true
	}
}
