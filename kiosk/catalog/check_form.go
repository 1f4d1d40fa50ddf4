package catalog

import (
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// section checks a section of the catalogue's own, which forms use.
func (k *checker) section(here *place, s Section) {
	k.id(here.at("id"), s.ID, map[string]bool{})
	k.need(here.at("title"), s.Title)
	if s.Use != "" {
		k.badKey(here.at("use"), "use_here")
	}
	for i, q := range s.Questions {
		k.question(here.at("questions").item(i), q)
	}
}

func (k *checker) form(here *place, f Form) {
	if !slugPattern.MatchString(f.ID) {
		k.bad(here.at("id"), "slug", "id", f.ID)
	}
	k.need(here.at("name"), f.Name)
	k.oneOf(here.at("certainty"), string(f.Certainty), certainties)
	asked := asked{checker: k, form: f, seen: map[string]Question{}, filled: map[string]bool{}, facts: k.factsOf(f)}
	sections := map[string]bool{}
	for i, s := range f.Sections {
		at := here.at("sections").item(i)
		if s.Use != "" {
			k.known(at.at("use"), "section", s.Use, k.sections)
			if m, ok := k.source.value(k.source.find(at)).(*ast.MappingNode); ok && len(m.Values) > 1 {
				k.badKey(at.at("use"), "use_alone")
			}
		} else {
			k.need(at.at("title"), s.Title)
		}
		if s.Use == "" || s.ID != "" {
			k.id(at.at("id"), s.ID, sections)
		}
		for j, q := range s.Questions {
			here := at.at("questions").item(j)
			if s.Use == "" {
				k.question(here, q) // a shared section's are looked at where they stand
			}
			asked.question(here, q)
		}
	}
	if !asked.filled["applicant.name"] || !asked.filled["applicant.personal_no"] {
		k.bad(here.at("sections"), "fills_missing")
	}
}

// factsOf gives the facts that every procedure with this form asks for, and
// those that only some do under false.
func (k *checker) factsOf(f Form) map[string]bool {
	seen, users := map[string]int{}, 0
	for _, p := range k.usable {
		if !p.uses(f.ID) {
			continue
		}
		users++
		for _, fact := range p.Facts {
			seen[fact.ID]++
		}
	}
	facts := map[string]bool{}
	for id, n := range seen {
		facts[id] = n == users
	}
	return facts
}

// uses reports whether the procedure's declaration is a form.
func (p Procedure) uses(form string) bool {
	return p.Form == form || slices.ContainsFunc(p.Documents, func(d Document) bool { return d.Form == form })
}

// asked is what a form has asked so far.
type asked struct {
	*checker
	form   Form
	seen   map[string]Question
	filled map[string]bool
	facts  map[string]bool
}

// question checks a question against those before it and the facts.
func (a *asked) question(here *place, q Question) {
	if _, twice := a.seen[q.ID]; twice {
		a.bad(here.at("id"), "id_twice", "id", q.ID)
	}
	if q.Fills != "" && a.filled[q.Fills] {
		a.bad(here.at("fills"), "fills_twice", "id", q.Fills)
	}
	// Facts and answers share one set, so one must not hide the other.
	if _, fact := a.facts[q.ID]; fact {
		a.bad(here.at("id"), "question_fact", "id", q.ID)
	}
	if q.VisibleWhen != nil {
		a.visible(here.at("visible_when"), *q.VisibleWhen)
	}
	a.seen[q.ID] = q
	a.filled[q.Fills] = true
}

// visible checks when a question is asked: over an earlier one that can be
// chosen from, or a fact of every procedure with this form.
func (a *asked) visible(here *place, w When) {
	a.operator(here, w)
	if q, ok := a.seen[w.Fact]; ok {
		legal := q.legal()
		if legal == nil {
			a.bad(here.at("fact"), "visible_type", "id", w.Fact)
			return
		}
		a.values(here, w, legal)
		return
	}
	always, known := a.facts[w.Fact]
	switch {
	case !known:
		var there []string
		for id := range a.seen {
			there = append(there, id)
		}
		for id := range a.facts {
			there = append(there, id)
		}
		slices.Sort(there)
		if meant := near(w.Fact, there); meant != "" && w.Fact != "" {
			a.bad(here.at("fact"), "no_fact_near", "id", w.Fact, "near", meant)
			return
		}
		a.bad(here.at("fact"), "visible_fact", "id", w.Fact)
	case !always:
		a.bad(here.at("fact"), "visible_some", "id", w.Fact)
	default:
		for _, p := range a.usable {
			if f, ok := p.Fact(w.Fact); ok && p.uses(a.form.ID) {
				a.values(here, w, f.legal())
			}
		}
	}
}

// legal lists the answers of a question that is chosen from, nil for others.
func (q Question) legal() []string {
	switch q.Type {
	case TypeBool:
		return Fact{Type: "bool"}.legal()
	case TypeChoice:
		return Fact{Values: q.Values}.legal()
	}
	return nil
}

// question checks what a question says of itself.
func (k *checker) question(here *place, q Question) {
	k.id(here.at("id"), q.ID, map[string]bool{})
	k.need(here.at("label"), q.Label)
	k.oneOf(here.at("type"), q.Type, types)
	k.maybeOneOf(here.at("fills"), q.Fills, fillTargets)
	k.maybeOneOf(here.at("card"), q.Card, cardParts)
	switch {
	case (q.Card == "birth" || q.Card == "issued") && q.Type != TypeDate:
		k.bad(here.at("card"), "card_type", "id", q.Card, "type", TypeDate)
	case q.Card == "number" && q.Type != TypePersonalNo && q.Type != TypeText:
		k.bad(here.at("card"), "card_type", "id", q.Card, "type", TypePersonalNo)
	}
	k.choices(here.at("values"), q.Values)
	k.answers(here, q)
}

// answers checks what narrows a question's answers, each for its type only.
func (k *checker) answers(here *place, q Question) {
	if q.MaxRunes < 0 {
		k.bad(here.at("max_runes"), "negative", "key", "max_runes")
	}
	switch {
	case q.Type == TypeChoice && len(q.Values) == 0:
		k.bad(here.at("values"), "choice_values")
	case q.Type != TypeChoice && len(q.Values) > 0:
		k.badKey(here.at("values"), "only_for", "key", "values", "type", TypeChoice)
	}
	for key, given := range map[string]bool{"min": q.Min != 0, "max": q.Max != 0} {
		if given && q.Type != TypeNumber {
			k.badKey(here.at(key), "only_for", "key", key, "type", TypeNumber)
		}
	}
	if q.Type == TypeNumber && q.Max != 0 && q.Max < q.Min {
		k.bad(here.at("max"), "max_min", "min", q.Min, "max", q.Max)
	}
	if q.Pattern != "" {
		if q.Type != TypeText {
			k.badKey(here.at("pattern"), "only_for", "key", "pattern", "type", TypeText)
		}
		if _, err := regexp.Compile(q.Pattern); err != nil {
			k.bad(here.at("pattern"), "pattern", "detail", err.Error())
		}
	}
	if q.NotAfter != "" {
		if q.Type != TypeDate {
			k.badKey(here.at("not_after"), "only_for", "key", "not_after", "type", TypeDate)
		}
		k.oneOf(here.at("not_after"), q.NotAfter, []string{"today"})
	}
}
