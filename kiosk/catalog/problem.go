package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// Error is one thing that is wrong in a catalogue file, or worth a second look.
// Line and Column count from 1, columns in characters, and are 0 where the
// matter has no place. Code names a sentence of package phrases, which says in
// the operator's language what to write instead; Args are its arguments.
type Error struct {
	File         string
	Line, Column int
	Code         kiosk.Code
	Args         []any // name, value, …
}

// Error says place and matter in Vietnamese, the language of the operators.
func (e *Error) Error() string { return e.Full(phrases.VI) }

// Full is the whole line: file:line:column: sentence, as far as there is a
// place.
func (e *Error) Full(lang phrases.Lang) string {
	switch {
	case e.File == "":
		return e.Say(lang)
	case e.Line == 0:
		return e.File + ": " + e.Say(lang)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Say(lang))
}

// Say gives the sentence alone.
func (e *Error) Say(lang phrases.Lang) string {
	args := slices.Clone(e.Args)
	for i, a := range args {
		switch a := a.(type) {
		case word:
			args[i] = phrases.Say(lang, "catalog.word."+string(a))
		case []string:
			args[i] = enumerate(a)
		case *Error:
			args[i] = a.Say(lang)
		}
	}
	return phrases.Say(lang, string(e.Code), args...)
}

// word is an argument that is itself said in the reader's language.
type word string

// maxListed is how many allowed words a sentence lists.
const maxListed = 40

func enumerate(words []string) string {
	switch {
	case len(words) == 0:
		return "(–)"
	case len(words) > maxListed:
		return strings.Join(words[:maxListed], ", ") + ", …"
	}
	return strings.Join(words, ", ")
}

// Report is what reading catalogue files came to.
type Report struct {
	Catalog  *Catalog // nil if there are problems
	Problems []*Error // by file, line and column
	Warnings []*Error // what may stand so, but is seldom meant
}

// Err gives the problems as one error, nil if there are none. It names the
// first and how many follow; errors.As finds each of them.
func (r Report) Err() error {
	if len(r.Problems) == 0 {
		return nil
	}
	return problems(r.Problems)
}

type problems []*Error

func (p problems) Error() string {
	if len(p) == 1 {
		return p[0].Error()
	}
	return p[0].Error() + " " + phrases.Say(phrases.VI, "catalog.problem.more", "n", len(p)-1)
}

func (p problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, e := range p {
		all[i] = e
	}
	return all
}

// inOrder sorts the problems as a person goes through the files, and drops what
// was said of the same place before.
func inOrder(list []*Error) []*Error {
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(list, func(a, b *Error) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Say(phrases.VI) == b.Say(phrases.VI)
	})
}

// near gives the word a person may have meant, empty if none comes close.
func near(typed string, words []string) string {
	if len(typed) < 3 {
		return ""
	}
	best, within := "", max(1, len(typed)/3)
	for _, w := range words {
		if d := distance(typed, w); d <= within && (best == "" || d < within) {
			best, within = w, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their
// neighbour to get from one word to the other.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
