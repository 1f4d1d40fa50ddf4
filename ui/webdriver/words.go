package webdriver

import (
	"net/http"
	"strings"
)

// Selectors by what a person reads. A text matches if it is part of what the
// element says, blanks taken together.

// Button selects a button or a link, outside of dialogs.
func Button(words string) string {
	return "//*[self::button or self::a][not(@aria-hidden)][not(ancestor::dialog)][" + says(words) + "]"
}

// Field selects what is typed into under a label.
func Field(label string) string {
	return "//*[@id=//label[" + says(label) + "]/@for]"
}

// Choice selects one of the answers, or a box to tick, by its own words.
func Choice(words string) string {
	return "//label[contains(@class,'choice')][" + says(words) + "]"
}

// Answer selects one of the answers under a question.
func Answer(question, words string) string {
	return "//fieldset[legend[" + says(question) + "]]//label[" + says(words) + "]"
}

// Box selects a small field inside a question, such as the day of a date.
func Box(question, label string) string { return Answer(question, label) + "//input" }

// Within selects what lies at a path inside an element that says the words; an
// empty path is the element itself.
func Within(tag, words, path string) string {
	return "//" + tag + "[" + says(words) + "]" + path
}

// says is the XPath condition; no text here holds both kinds of quotes.
func says(words string) string {
	quote := `"`
	if strings.Contains(words, quote) {
		quote = "'"
	}
	return "contains(normalize-space(.)," + quote + words + quote + ")"
}

// Cookies gives the cookies the browser sends to the page's address, those
// hidden from scripts too.
func (s *Session) Cookies() []*http.Cookie {
	s.t.Helper()
	var got []struct{ Name, Value string }
	s.must("read the cookies", s.get("/cookie", &got))
	out := make([]*http.Cookie, len(got))
	for i, c := range got {
		out[i] = &http.Cookie{Name: c.Name, Value: c.Value}
	}
	return out
}
