package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean gives the form in which text is stored: NFC, without hidden and control
// characters, every run of blanks (also no-break ones and line ends) as one
// space, none at the ends. Bytes that are not UTF-8 become U+FFFD, so that they
// are seen.
func Clean(s string) string {
	// Hidden characters go first: one between a letter and its tone mark
	// would keep the two apart.
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hidden(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(norm.NFC.String(visible)), " ")
}

// stroke maps the letters that have no decomposition: đ itself and the
// look-alikes that keyboards and old files put in its place.
var stroke = strings.NewReplacer("đ", "d", "Đ", "d", "ð", "d", "Ð", "d", "ɖ", "d", "Ɖ", "d")

// Fold gives the form by which text is found: cleaned, lower case, without
// tones and other marks, đ as d.
func Fold(s string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(Clean(s)))
	return stroke.Replace(bare)
}

// Words gives the folded words of a text: runs of letters and digits.
func Words(s string) []string {
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
