package viet

import (
	"log/slog"
	"regexp"
	"strings"

	"servicepoint/kiosk"
)

// Phone is a number of Vietnam.
type Phone struct {
	E164   string // +84912345678: how it is stored
	Shown  string // 0912 345 678: how people write it
	Mobile bool   // otherwise a landline
}

// LogValue keeps the number out of every log.
func (Phone) LogValue() slog.Value { return slog.StringValue("[phone]") }

var (
	mobilePattern    = regexp.MustCompile(`^0[35789]\d{8}$`)
	landlinePattern  = regexp.MustCompile(`^02\d{9}$`)
	oldMobilePattern = regexp.MustCompile(`^01[2689]\d{8}$`) // eleven digits
	// extensionPattern is a number followed by how to go on from the switchboard.
	extensionPattern = regexp.MustCompile(`^([+\d ().-]+)(?:[#,;]|\p{L}[\p{L} .:]*)[ .:]*\d+ ?\)?$`)

	phoneNoise = strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "")
)

// ReadPhone reads a number as people, letterheads and address books write it:
// from 0, +84, 0084 or 84, "+84 (0)24 …", with blanks, dots, hyphens, brackets,
// also in full-width characters. It fails with Invalid and the code
//
//	phone.old_number  a mobile number of eleven digits, out of use: ask for the new one
//	phone.extension   a number with an extension, which no message reaches
//	phone.malformed   anything else
func ReadPhone(s string) (Phone, error) {
	s = strings.Map(plainSign, Clean(s))
	n := national(s)
	switch {
	case mobilePattern.MatchString(n), landlinePattern.MatchString(n):
		return Phone{E164: "+84" + n[1:], Shown: grouped(n), Mobile: n[1] != '2'}, nil
	case oldMobilePattern.MatchString(n):
		return Phone{}, kiosk.Fail(kiosk.Invalid, "phone.old_number", nil)
	}
	if m := extensionPattern.FindStringSubmatch(s); m != nil {
		if n := national(m[1]); mobilePattern.MatchString(n) || landlinePattern.MatchString(n) {
			return Phone{}, kiosk.Fail(kiosk.Invalid, "phone.extension", nil)
		}
	}
	return Phone{}, kiosk.Fail(kiosk.Invalid, "phone.malformed", nil)
}

// ShowPhone gives a stored number as people write it; a text that is no number
// of Vietnam is given back as it is.
func ShowPhone(e164 string) string {
	if p, err := ReadPhone(e164); err == nil {
		return p.Shown
	}
	return e164
}

// plainSign maps full-width characters and the many hyphens to those of ASCII.
func plainSign(r rune) rune {
	switch {
	case r >= '\uFF01' && r <= '\uFF5E':
		return r - '\uFF01' + '!'
	case r >= '\u2010' && r <= '\u2015', r == '\u2212':
		return '-'
	}
	return r
}

// national gives a number as it is dialled within the country, from 0.
func national(s string) string {
	s = phoneNoise.Replace(s)
	for _, country := range []string{"+84", "0084", "84"} {
		if rest, ok := strings.CutPrefix(s, country); ok {
			return "0" + strings.TrimPrefix(rest, "0") // "+84 (0)912 …" is common on letterheads
		}
	}
	return s
}

// grouped sets a number dialled from 0 in groups: 0912 345 678, 0203 382 5123,
// and 024 3825 1234 where the area code has three digits.
func grouped(n string) string {
	if strings.HasPrefix(n, "024") || strings.HasPrefix(n, "028") { // Hanoi and Ho Chi Minh City
		return n[:3] + " " + n[3:7] + " " + n[7:]
	}
	return n[:4] + " " + n[4:7] + " " + n[7:]
}
