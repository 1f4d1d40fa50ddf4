package catalog

import (
	"maps"
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

// Fact finds one of the procedure's facts.
func (p Procedure) Fact(id string) (Fact, bool) {
	i := slices.IndexFunc(p.Facts, func(f Fact) bool { return f.ID == id })
	if i < 0 {
		return Fact{}, false
	}
	return p.Facts[i], true
}

// legal lists the values the fact can have.
func (f Fact) legal() []string {
	if f.Type == "bool" {
		return []string{"true", "false"}
	}
	var ids []string
	for _, v := range f.Values {
		ids = append(ids, v.ID)
	}
	return ids
}

// Choices lists what a person can choose, in order; for a bool «Có» and
// «Không».
func (f Fact) Choices(lang phrases.Lang) []Choice {
	if f.Type == "bool" {
		return yesNo(lang)
	}
	return f.Values
}

// yesNo are the two choices of a bool.
func yesNo(lang phrases.Lang) []Choice {
	return []Choice{{ID: "true", Label: phrases.Say(lang, "catalog.yes")}, {ID: "false", Label: phrases.Say(lang, "catalog.no")}}
}

// CheckFacts keeps the procedure's facts among the answers and drops everything
// else. Before a declaration every fact is answered: one without an answer is
// field.required, one with a value that is not offered is field.choice. (To show
// what to bring, Checklist takes facts that are not complete.)
func (p Procedure) CheckFacts(answers kiosk.Answers) (kiosk.Answers, []kiosk.FieldError) {
	clean := kiosk.Answers{}
	var wrong []kiosk.FieldError
	for _, f := range p.Facts {
		v := viet.Clean(answers[f.ID])
		switch {
		case v == "":
			wrong = append(wrong, kiosk.FieldError{Field: f.ID, Code: "field.required"})
		case !slices.Contains(f.legal(), v):
			wrong = append(wrong, kiosk.FieldError{Field: f.ID, Code: "field.choice"})
		default:
			clean[f.ID] = v
		}
	}
	return clean, wrong
}

// RefuseFacts says what is wrong with facts somebody gives from outside: one
// that is not the procedure's, or a value it does not offer. Its error is
// catalog.no_fact or catalog.fact_value, with an *Error that lists what would
// do.
func (p Procedure) RefuseFacts(facts kiosk.Answers) error {
	var declared []string
	for _, f := range p.Facts {
		declared = append(declared, f.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(facts)) {
		f, ok := p.Fact(id)
		if !ok {
			return kiosk.Fail(kiosk.Invalid, "catalog.no_fact", &Error{Code: problemCode("not_a_fact"), Args: []any{"id", id, "allowed", declared}})
		}
		if !slices.Contains(f.legal(), facts[id]) {
			return kiosk.Fail(kiosk.Invalid, "catalog.fact_value", &Error{Code: problemCode("one_of"), Args: []any{"key", id, "text", facts[id], "allowed", f.legal()}})
		}
	}
	return nil
}
