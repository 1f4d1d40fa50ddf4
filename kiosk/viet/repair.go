package viet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"servicepoint/kiosk"
)

// Decode gives the cleaned text of bytes that came without word of their
// encoding: UTF-8, and where they are not, Windows code page 1258, which writes
// most letters with tones as two bytes and is put together here. Bytes that
// mean nothing there either become U+FFFD.
func Decode(b []byte) string {
	if utf8.Valid(b) {
		return Clean(string(b))
	}
	text, err := charmap.Windows1258.NewDecoder().Bytes(b)
	if err != nil {
		return Clean(string(b))
	}
	return Clean(string(text))
}

// Damaged reports whether a name, an address or any other text that asks
// nothing went through a code page without its letters, which leaves a question
// mark or U+FFFD for each. What was lost cannot be had back.
func Damaged(s string) bool {
	return strings.ContainsAny(s, "?\uFFFD") || !utf8.ValidString(s)
}

// Doubts lists what a person should know of a text before they trust its letters:
//
//	text.damaged     letters were lost to a wrong code page
//	text.hidden      it holds characters nobody sees, which Clean drops
//	text.look_alike  it holds a letter that only looks like đ
func Doubts(s string) []kiosk.Code {
	var codes []kiosk.Code
	if Damaged(strings.TrimRight(s, " ?!.")) { // a question may end in its mark
		codes = append(codes, "text.damaged")
	}
	if strings.ContainsFunc(s, hidden) {
		codes = append(codes, "text.hidden")
	}
	if strings.ContainsAny(s, "ÐðƉɖ") {
		codes = append(codes, "text.look_alike")
	}
	return codes
}

// hidden is a character that Clean drops.
func hidden(r rune) bool {
	return !unicode.IsSpace(r) && unicode.In(r, unicode.Cf, unicode.Cc)
}

// Codes lists every code this package gives.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"phone.extension", "phone.malformed", "phone.old_number",
		"text.damaged", "text.hidden", "text.look_alike",
	}
}
