package kiosk

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
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
	pointPattern = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	// A code has all its three hyphens or none: a lone one might stand where
	// a character was.
	localCodePattern = regexp.MustCompile(`^(?:([A-Z0-9]{3,6})-(\d{6})-(\d{4})-([0-9A-Z])|([A-Z0-9]{3,6})(\d{6})(\d{4})([0-9A-Z]))$`)
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

// ParseLocalCode reads a code as people type and copy it: lower case, blanks or
// dashes of any kind between its four parts or nothing at all, blanks around
// it. It finds every single wrong character and every swap of neighbours. What
// has not the shape of a code is Invalid with code.local_malformed; near that
// shape, or with the wrong last character, it is Invalid with code.local_check. A code that is read may still be doubted, see Doubts.
func ParseLocalCode(s string) (LocalCode, error) {
	s = tidyLocalCode(s)
	m := localCodePattern.FindStringSubmatch(s)
	if m == nil {
		if nearLocalCode(s) {
			return "", Fail(Invalid, "code.local_check", nil)
		}
		return "", Fail(Invalid, "code.local_malformed", nil)
	}
	point, day, n, check := m[1]+m[5], m[2]+m[6], m[3]+m[7], m[4]+m[8]
	if mod37Check(point+day+n) != check[0] {
		return "", Fail(Invalid, "code.local_check", nil)
	}
	return LocalCode(point + "-" + day + "-" + n + "-" + check), nil
}

// Doubts gives what is odd about a code whose last character is right: a day
// that no calendar has (code.local_date) and the counter 0000, which no unit
// gives out (code.local_counter).
func (c LocalCode) Doubts() []Code {
	m := localCodePattern.FindStringSubmatch(string(c))
	if m == nil {
		return []Code{"code.local_malformed"}
	}
	var doubts []Code
	// All codes are of this century, so two digits of a year are not enough
	// for time.Parse, which puts 69 to 99 into the last.
	if _, err := time.Parse("20060102", "20"+m[2]+m[6]); err != nil {
		doubts = append(doubts, "code.local_date")
	}
	if m[3]+m[7] == "0000" {
		doubts = append(doubts, "code.local_counter")
	}
	return doubts
}

// tidyLocalCode gives upper case and plain hyphens: a run of blanks with at
// most one dash in it is one hyphen. Hidden characters go.
func tidyLocalCode(s string) string {
	s = strings.Join(strings.Fields(tidyCode(s)), " ")
	s = strings.ReplaceAll(strings.ReplaceAll(s, " -", "-"), "- ", "-")
	return strings.ReplaceAll(s, " ", "-")
}

// tidyCode gives what any code loses nothing by: upper case of a to z, every
// dash as a hyphen, every blank as a space, no hidden characters.
func tidyCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case unicode.Is(unicode.Pd, r) || r == '\u2212': // the minus sign counts as mathematics
			return '-'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// brokenLocalCode is three or four groups as those of a local code, with a
// character too few or too many in each and the last one perhaps missing.
var brokenLocalCode = regexp.MustCompile(`^[A-Z0-9]{2,7}-[A-Z0-9]{5,7}-[A-Z0-9]{3,5}(-[A-Z0-9*]{0,2})?$`)

// nearLocalCode reports whether a tidied text was meant for a local code: it is
// one but for one character or one swap of neighbours, or its groups are those
// of one. Without hyphens only letters and digits are looked at: other texts of
// that length are codes of somebody else's.
func nearLocalCode(s string) bool {
	if brokenLocalCode.MatchString(s) {
		return true
	}
	shape := "aaaaaa-dddddd-dddd-a"
	if !strings.ContainsFunc(s, func(r rune) bool { return !isAlphanumeric(r) }) {
		shape = strings.ReplaceAll(shape, "-", "")
	}
	cut := len(shape) - len(s) // the point has 3 to 6 characters
	if cut < 0 || cut > 3 {
		return false
	}
	shape = shape[cut:]
	var wrong []int
	for i := range len(s) {
		if !fits(shape[i], s[i]) {
			wrong = append(wrong, i)
		}
	}
	if len(wrong) < 2 {
		return true
	}
	i, j := wrong[0], wrong[1]
	return len(wrong) == 2 && j == i+1 && fits(shape[i], s[j]) && fits(shape[j], s[i])
}

func isAlphanumeric(r rune) bool { return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' }

// fits reports whether c can stand where the shape says 'a' for a letter or
// digit, 'd' for a digit, and itself otherwise.
func fits(shape, c byte) bool {
	switch shape {
	case 'a':
		return isAlphanumeric(rune(c))
	case 'd':
		return '0' <= c && c <= '9'
	}
	return shape == c
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
// to ask, not to refuse; only what is no code at all is an error: nothing, more
// than 64 characters, blanks within, letters other than A to Z.
func ParseOfficialCode(s string) (code OfficialCode, usual bool, err error) {
	s = strings.TrimSpace(tidyCode(s))
	if s == "" || len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false, Fail(Invalid, "code.official_malformed", nil)
	}
	return OfficialCode(s), officialPattern.MatchString(s), nil
}

// Codes lists the codes of the errors and doubts of this package.
func Codes() []Code {
	return []Code{
		"code.local_malformed", "code.local_check", "code.local_date", "code.local_counter", "code.official_malformed",
		"fee.notice_malformed", "fee.too_many", "status.malformed",
	}
}
