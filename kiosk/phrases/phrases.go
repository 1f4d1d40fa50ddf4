package phrases

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"servicepoint/kiosk"
)

// Lang is a language a person can choose.
type Lang string

// The languages. Pseudo is for tests of the screens: Vietnamese in brackets and
// two fifths longer, so that text that does not come from here, and text that
// does not fit, can be seen.
const (
	VI     Lang = "vi"
	EN     Lang = "en"
	Pseudo Lang = "xx"
)

// missing marks a Vietnamese sentence that stands in for a missing English one.
const missing = "[vi] "

//go:embed vi/*.json en/*.json
var files embed.FS

// embedded is the book that ships with the program. A file that cannot be read
// is a mistake of ours that the tests of this package find.
var embedded = sync.OnceValue(func() *Book {
	b, err := Load(files)
	if err != nil {
		panic(err)
	}
	return b
})

// Say gives the sentence of a code with its arguments filled in; args are
// pairs of a name and a value ("name", value, …).
func Say(lang Lang, code string, args ...any) string { return embedded().Say(lang, code, args...) }

// Has reports whether the language itself has a sentence for the code.
func Has(lang Lang, code string) bool { return embedded().Has(lang, code) }

// Codes lists every code there is a sentence for, in order.
func Codes() []string { return embedded().Codes() }

// Explain says what is the matter and what staff can do about it; without
// sentences of its own a code is explained as "internal".
func Explain(lang Lang, code kiosk.Code, args ...any) (title, do string) {
	c := string(code)
	if !Has(VI, c+".title") || !Has(VI, c+".do") {
		c = "internal"
	}
	return Say(lang, c+".title", args...), Say(lang, c+".do", args...)
}

// ExplainResident is Explain for residents, who cannot change a paper roll.
func ExplainResident(lang Lang, code kiosk.Code, args ...any) (title, do string) {
	title, do = Explain(lang, code, args...)
	if Has(VI, string(code)+".resident") {
		do = Say(lang, string(code)+".resident", args...)
	}
	return title, do
}

// Book is a set of sentences in every language.
type Book struct {
	said map[Lang]map[string]string
}

// Has reports whether the language itself has a sentence for the code.
func (b *Book) Has(lang Lang, code string) bool {
	_, ok := b.said[lang][code]
	return ok
}

// Codes lists every code there is a sentence for, in order.
func (b *Book) Codes() []string {
	all := maps.Clone(b.said[VI])
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b.said[EN])
	return slices.Sorted(maps.Keys(all))
}

// Say gives the sentence of a code with its arguments filled in.
func (b *Book) Say(lang Lang, code string, args ...any) string {
	text, ok := b.said[lang][code]
	if !ok {
		text, ok = b.said[VI][code]
		switch {
		case !ok:
			return "[" + code + "]"
		case lang == Pseudo:
			long := utf8.RuneCountInString(text) * 2 / 5
			return "[" + fill(text, args) + strings.Repeat("~", long) + "]"
		case lang != VI:
			text = missing + text
		}
	}
	return fill(text, args)
}

// fill puts the arguments in. A {name} without an argument stays as it is,
// which is ugly enough to be noticed and still says what it should have been.
func fill(text string, args []any) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			out.WriteString("{" + rest)
			return out.String()
		}
		out.WriteString(fillOne(inner, args))
		text = after
	}
}

func fillOne(inner string, args []any) string {
	parts := strings.Split(inner, "|")
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); !ok || name != parts[0] {
			continue
		}
		value := fmt.Sprint(args[i+1])
		switch {
		case len(parts) != 3:
			return value
		case value == "1":
			return parts[1]
		default:
			return parts[2]
		}
	}
	return "{" + inner + "}"
}
