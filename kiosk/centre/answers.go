package centre

import (
	"maps"
	"slices"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/seal"
)

// answerLine is one answer of a declaration in the words of its form.
type answerLine struct{ Field, Value string }

// answerLines lays a declaration out in the words and the order of its form.
// What the catalogue here does not know, such as a field of an older form,
// stands at the end under its id: nothing that was declared stays unseen.
func answerLines(m seal.Manifest) []answerLine {
	left := maps.Clone(m.Declaration.Answers)
	var lines []answerLine
	add := func(id, label string, say func(string) string) {
		if v := left[id]; v != "" {
			lines = append(lines, answerLine{label, say(v)})
		}
		delete(left, id)
	}
	if known, err := catalog.Embedded(); err == nil {
		procedure, _ := known.Procedure(m.Procedure.ID)
		for _, f := range procedure.Facts {
			add(f.ID, f.Ask, func(v string) string { return choice(f.Choices(phrases.VI), v) })
		}
		form := formOf(known, m.Declaration.Form)
		for _, s := range form.Sections {
			for _, q := range s.Questions {
				add(q.ID, q.Label, func(v string) string { return form.Format(q, v) })
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		lines = append(lines, answerLine{id, left[id]})
	}
	return lines
}

func formOf(c *catalog.Catalog, id string) catalog.Form {
	for _, f := range c.Forms {
		if f.ID == id {
			return f
		}
	}
	return catalog.Form{}
}

func choice(all []catalog.Choice, id string) string {
	for _, c := range all {
		if c.ID == id {
			return c.Label
		}
	}
	return id
}
