package catalog

import (
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
		return []Choice{{ID: "true", Label: phrases.Say(lang, "catalog.yes")}, {ID: "false", Label: phrases.Say(lang, "catalog.no")}}
	}
	return f.Values
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
