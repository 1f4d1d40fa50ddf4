package catalog

import (
	"slices"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// Find lists the procedures that fit what a person typed, best first; an empty
// query fits all of them. Words are compared folded, the last one may be the
// beginning of a word. Where no procedure has every word, those that have the
// most of them are given, since people type sentences.
func (c *Catalog) Find(query string) []Procedure {
	asked := viet.Words(query)
	if len(asked) == 0 {
		return slices.Clone(c.Procedures)
	}
	scores := make([]int, len(c.Procedures))
	best := 0
	for i, p := range c.Procedures {
		scores[i] = p.score(asked)
		best = max(best, scores[i])
	}
	var found []Procedure
	for i, p := range c.Procedures {
		if best > 0 && scores[i] == best {
			found = append(found, p)
		}
	}
	for i, p := range c.Procedures {
		if scores[i] < best && scores[i]*2 > best && best < len(asked) {
			found = append(found, p)
		}
	}
	return found
}

// score counts the words asked for that the procedure has.
func (p Procedure) score(asked []string) int {
	text := []string{p.Name, p.PlainName, string(p.ID), p.Code, p.LocalCode}
	has := viet.Words(strings.Join(append(text, p.Keywords...), " "))
	n := 0
	for i, word := range asked {
		last := i == len(asked)-1
		if slices.ContainsFunc(has, func(h string) bool { return h == word || last && strings.HasPrefix(h, word) }) {
			n++
		}
	}
	return n
}

// Fields lists the fields a procedure can belong to.
func Fields() []string { return slices.Clone(fields) }

// Channels lists the ways a dossier can be submitted.
func Channels() []string { return slices.Clone(channels) }

// NoProcedure is the error of an id there is no procedure of:
// catalog.no_procedure, with an *Error that lists those there are.
func (c *Catalog) NoProcedure(id kiosk.ProcedureID) error {
	e := &Error{Code: problemCode("none"), Args: []any{"what", word("procedure"), "id", id, "allowed", c.ids()}}
	if meant := near(string(id), c.ids()); meant != "" {
		e = &Error{Code: problemCode("none_like"), Args: []any{"what", word("procedure"), "id", id, "near", meant, "allowed", c.ids()}}
	}
	return kiosk.Fail(kiosk.Invalid, "catalog.no_procedure", e)
}

func (c *Catalog) ids() []string {
	var ids []string
	for _, p := range c.Procedures {
		ids = append(ids, string(p.ID))
	}
	return distinct(ids)
}
