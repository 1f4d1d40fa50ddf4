package guide

import (
	"maps"
	"slices"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

// Every way through every shipped situation ends in one of its outcomes, every
// outcome can be reached, and no question is asked twice.
func TestEveryWayEndsInAnOutcome(t *testing.T) {
	_, g := shipped(t)
	land := 0
	for _, s := range g.Situations("") {
		if s.Field == "land" {
			land++
		}
		reached := map[*catalog.Outcome]bool{}
		walk(t, s, kiosk.Answers{}, reached)
		for i := range s.Outcomes {
			if !reached[&s.Outcomes[i]] {
				t.Errorf("%s: no answers lead to outcome %d", s.ID, i)
			}
		}
	}
	if land < 12 {
		t.Errorf("%d situations about land", land)
	}
}

func own(s Situation) []*catalog.Outcome {
	var all []*catalog.Outcome
	for i := range s.Outcomes {
		all = append(all, &s.Outcomes[i])
	}
	return all
}

func walk(t *testing.T, s Situation, answers kiosk.Answers, reached map[*catalog.Outcome]bool) {
	t.Helper()
	fact, outcome := s.Next(answers)
	switch {
	case (fact == nil) == (outcome == nil):
		t.Fatalf("%s, %v: question %v, outcome %v", s.ID, answers, fact, outcome)
	case outcome != nil:
		reached[outcome] = true
		if !slices.ContainsFunc(own(s), func(o *catalog.Outcome) bool { return o == outcome }) {
			t.Errorf("%s, %v: no outcome of its own", s.ID, answers)
		}
		return
	case answers[fact.ID] != "":
		t.Fatalf("%s: %s is asked again", s.ID, fact.ID)
	}
	values := []string{Skipped, "true", "false"}
	if fact.Type == "enum" {
		values = []string{Skipped}
		for _, v := range fact.Values {
			values = append(values, v.ID)
		}
	}
	for _, v := range values {
		then := maps.Clone(answers)
		then[fact.ID] = v
		walk(t, s, then, reached)
	}
}

// Situations refer to what is there, ask no question in vain, and where nothing
// can be done here they say so.
func TestShippedSituations(t *testing.T) {
	c, g := shipped(t)
	for _, s := range c.Situations {
		for _, o := range s.Outcomes {
			for _, id := range o.Procedures {
				if _, ok := c.Procedure(id); !ok {
					t.Errorf("%s leads to %s, which is not there", s.ID, id)
				}
			}
			if _, ok := c.Authorities[o.Decides]; o.Decides != "" && !ok {
				t.Errorf("%s is decided by %s, who is not there", s.ID, o.Decides)
			}
			if len(o.Procedures) == 0 && o.Note == "" {
				t.Errorf("%s leads nowhere and says nothing", s.ID)
			}
		}
		for _, f := range s.Facts {
			if !slices.ContainsFunc(s.Outcomes, func(o catalog.Outcome) bool {
				return slices.ContainsFunc(o.When, func(w catalog.When) bool { return w.Fact == f.ID })
			}) {
				t.Errorf("%s asks %s in vain", s.ID, f.ID)
			}
		}
		got := g.Search(s.Title)
		led := slices.ContainsFunc(leads(s), func(l lead) bool { return l.procedure == first(got) })
		if here := len(leads(s)) > 0; here != got.Confident || here && !led {
			t.Errorf("%s: %q finds %s", s.ID, s.Title, shown(got))
		}
	}
}

func TestNext(t *testing.T) {
	when := func(fact, eq string) catalog.When { return catalog.When{Fact: fact, Eq: eq} }
	s := Situation{catalog.Situation{
		Facts: []catalog.Fact{
			{ID: "first", Type: "bool"},
			{ID: "second", Type: "enum", Values: []catalog.Choice{{ID: "a"}, {ID: "b"}}},
			{ID: "idle", Type: "bool"},
		},
		Outcomes: []catalog.Outcome{
			{When: []catalog.When{when("first", "true")}, Note: "one"},
			{When: []catalog.When{when("first", "false"), when("second", "a")}, Note: "two"},
		},
	}}
	for _, tt := range []struct {
		answers     kiosk.Answers
		fact, noted string
	}{
		{nil, "first", ""},
		{kiosk.Answers{"first": "true"}, "", "one"},
		{kiosk.Answers{"first": "false"}, "second", ""},
		{kiosk.Answers{"first": "maybe"}, "first", ""},
		{kiosk.Answers{"first": "false", "second": "a"}, "", "two"},
		{kiosk.Answers{"first": "false", "second": "b"}, "", "nothing"},
		{kiosk.Answers{"first": Skipped}, "", "nothing"},
		{kiosk.Answers{"second": "a", "idle": "true", "stranger": "x"}, "first", ""},
	} {
		fact, outcome := s.Next(tt.answers)
		asks, notes := "", ""
		if fact != nil {
			asks = fact.ID
		}
		if outcome != nil {
			notes = outcome.Note
			if notes == "" && len(outcome.Procedures) == 0 {
				notes = "nothing"
			}
		}
		if asks != tt.fact || notes != tt.noted {
			t.Errorf("%v asks %q, gives %q; want %q, %q", tt.answers, asks, notes, tt.fact, tt.noted)
		}
	}
}

func TestSituation(t *testing.T) {
	_, g := shipped(t)
	if s, ok := g.Situation("lost-certificate"); !ok || s.Field != "land" {
		t.Errorf("%v, %v", s, ok)
	}
	if _, ok := g.Situation("nowhere"); ok {
		t.Error("a situation that is not there")
	}
	for _, s := range g.Situations("land") {
		if s.Field != "land" {
			t.Errorf("%s is about %s", s.ID, s.Field)
		}
	}
	if got := g.Search("đất ông bà để lại chưa có giấy"); got.Results[0].Situation != "inherited-without-papers" {
		t.Errorf("the situation described is not told: %+v", got.Results[0])
	}
}

func TestTerm(t *testing.T) {
	c, g := shipped(t)
	for _, want := range c.Terms {
		for _, name := range append([]string{want.Term}, want.Also...) {
			if got, ok := g.Term(name); !ok || got.Term != want.Term {
				t.Errorf("%q gives %q", name, got.Term)
			}
		}
	}
	for query, want := range map[string]string{
		"sổ đỏ là gì": "Sổ đỏ", "tach thua": "Tách thửa", "trichs lucj": "Trích lục", "ranh gioi nghia la gi": "Ranh giới",
		"khai sinh": "", "": "", "mất sổ đỏ ở chợ phải trình báo công an": "",
	} {
		if got, ok := g.Term(query); got.Term != want || ok != (want != "") {
			t.Errorf("%q gives %q", query, got.Term)
		}
	}
}
