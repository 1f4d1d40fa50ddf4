package kit

import (
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// Text is something a person reads: a sentence of package phrases by its code,
// or words that are data already, such as a procedure's name. The zero Text is
// nothing.
type Text struct {
	Code  kiosk.Code
	Args  []any // name and value pairs
	Words string
}

// Say names a sentence of package phrases.
func Say(code kiosk.Code, args ...any) Text { return Text{Code: code, Args: args} }

// Words shows data as it is.
func Words(s string) Text { return Text{Words: s} }

// Empty reports whether there is nothing to read.
func (t Text) Empty() bool { return t.Code == "" && t.Words == "" }

// In gives the text in a language.
func (t Text) In(lang phrases.Lang) string {
	if t.Code == "" {
		return t.Words
	}
	return phrases.Say(lang, string(t.Code), t.Args...)
}
