package guide

import (
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

// Skipped is the answer of a person who does not know or would rather not say.
const Skipped = "-"

// Situation is one situation of the catalogue with the way through its
// questions.
type Situation struct{ catalog.Situation }

// Situations lists the situations of a field that lead somewhere, in the
// catalogue's order. The empty field is all fields.
func (g *Guide) Situations(field string) []Situation {
	var all []Situation
	for _, s := range g.cat.Situations {
		if (field == "" || s.Field == field) && len(leads(s)) > 0 {
			all = append(all, Situation{s})
		}
	}
	return all
}

// Situation finds one by id.
func (g *Guide) Situation(id string) (Situation, bool) {
	i := slices.IndexFunc(g.cat.Situations, func(s catalog.Situation) bool { return s.ID == id })
	if i < 0 {
		return Situation{}, false
	}
	return Situation{g.cat.Situations[i]}, true
}

// Next gives the question to ask next, or the outcome once the answers decide
// it; never both, never neither. Questions that can no longer matter are left
// out. Answers that are not offered count as not given. Where no outcome fits,
// the outcome is empty: a person has to look at it.
func (s Situation) Next(answers kiosk.Answers) (*catalog.Fact, *catalog.Outcome) {
	given := s.given(answers)
	var open []string // facts the outcome hangs on
	for i, o := range s.Outcomes {
		holds, missing := holds(o, given)
		if holds && len(open) == 0 {
			return nil, &s.Outcomes[i]
		}
		if holds {
			break
		}
		open = append(open, missing...)
	}
	for i, f := range s.Facts {
		if slices.Contains(open, f.ID) {
			return &s.Facts[i], nil
		}
	}
	return nil, &catalog.Outcome{}
}

// given keeps the answers that the situation's questions offer.
func (s Situation) given(answers kiosk.Answers) kiosk.Answers {
	kept := kiosk.Answers{}
	for _, f := range s.Facts {
		value := answers[f.ID]
		offered := slices.ContainsFunc(f.Values, func(c catalog.Choice) bool { return c.ID == value })
		if offered || value == Skipped || f.Type == "bool" && (value == "true" || value == "false") {
			kept[f.ID] = value
		}
	}
	return kept
}

// holds reports whether an outcome's conditions hold, or which facts are missing
// to tell.
func holds(o catalog.Outcome, given kiosk.Answers) (holds bool, missing []string) {
	for _, w := range o.When {
		switch w.Holds(given) {
		case catalog.No:
			return false, nil
		case catalog.Maybe:
			missing = append(missing, w.Fact)
		}
	}
	return len(missing) == 0, missing
}
