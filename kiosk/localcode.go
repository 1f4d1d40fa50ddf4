package kiosk

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// LocalCode is the code this unit gives a dossier: <POINT>-<yymmdd>-<nnnn>-<c>,
// e.g. DTH01-261123-0042-V. The last character checks the others by ISO/IEC
// 7064 MOD 37-2. It holds no personal data and is never an official code.
type LocalCode string

// Hanoi is the zone every point lives in: UTC+7 all year round.
var Hanoi = time.FixedZone("+07", 7*60*60)

// ErrSkipCounter is returned by NewLocalCode for a counter value whose check
// character would be '*', which people cannot type: take the next value.
var ErrSkipCounter = errors.New("local code: counter value has no typable check character")

var (
	pointPattern     = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	localCodePattern = regexp.MustCompile(`^([A-Z0-9]{3,6})-(\d{6})-(\d{4})-([0-9A-Z])$`)
)

const mod37Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"

// NewLocalCode makes the code of the n-th dossier (1..9999) of a point on the
// Hanoi day of at.
func NewLocalCode(point PointCode, at time.Time, n int) (LocalCode, error) {
	if !pointPattern.MatchString(string(point)) {
		return "", fmt.Errorf("local code: point %q is not 3 to 6 of A-Z 0-9", point)
	}
	if n < 1 || n > 9999 {
		return "", fmt.Errorf("local code: counter %d is outside 1..9999", n)
	}
	body := fmt.Sprintf("%s-%s-%04d", point, at.In(Hanoi).Format("060102"), n)
	c := mod37Check(strings.ReplaceAll(body, "-", ""))
	if c == '*' {
		return "", ErrSkipCounter
	}
	return LocalCode(body + "-" + string(c)), nil
}

// ParseLocalCode accepts a code as people type it (lower case, spaces instead
// of hyphens, surrounding blanks) and checks its last character.
func ParseLocalCode(s string) (LocalCode, error) {
	s = strings.ToUpper(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' }), "-"))
	m := localCodePattern.FindStringSubmatch(s)
	if m == nil {
		return "", Fail(Invalid, "code.local_malformed", nil)
	}
	if mod37Check(m[1]+m[2]+m[3]) != m[4][0] {
		return "", Fail(Invalid, "code.local_check", nil)
	}
	return LocalCode(s), nil
}

// mod37Check computes the ISO/IEC 7064 MOD 37-2 check character of s, which
// holds only characters of the alphabet.
func mod37Check(s string) byte {
	t := 0
	for i := range len(s) {
		t = (t + strings.IndexByte(mod37Alphabet, s[i])) * 2 % 37
	}
	return mod37Alphabet[((1-t)%37+37)%37]
}

var officialPattern = regexp.MustCompile(`^(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,4}-(?:\d{6}|\d{8})-\d{4,7}$`)

// ParseOfficialCode tidies an official code and reports whether it has a shape
// seen so far. Formats differ between systems, so an unusual shape is a reason
// to ask, not to refuse; only an empty code is an error.
func ParseOfficialCode(s string) (code OfficialCode, usual bool, err error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if s == "" || len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false, Fail(Invalid, "code.official_malformed", nil)
	}
	return OfficialCode(s), officialPattern.MatchString(s), nil
}
