package catalog

import (
	"regexp"
	"slices"
)

var situationPattern = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

func (k *checker) situation(here *place, s Situation) {
	if !situationPattern.MatchString(s.ID) {
		k.bad(here.at("id"), "slug", "id", s.ID)
	}
	k.oneOf(here.at("field"), s.Field, append(slices.Clone(fields), Elsewhere))
	k.need(here.at("title"), s.Title)
	for i, says := range s.Says {
		if says == "" {
			k.bad(here.at("says").item(i), "empty_text", "key", "says")
		}
	}
	k.oneOf(here.at("certainty"), string(s.Certainty), certainties)
	k.facts(here.at("facts"), s.Facts)
	if len(s.Outcomes) == 0 {
		k.bad(here.at("outcomes"), "no_outcome")
		return
	}
	for i, o := range s.Outcomes {
		at := here.at("outcomes").item(i)
		for j := range o.When {
			k.when(at.at("when").item(j), s.Facts, &o.When[j])
		}
		for j, id := range o.Procedures {
			k.known(at.at("procedures").item(j), "procedure", string(id), k.procedures)
		}
		if o.Decides != "" {
			k.known(at.at("decides"), "authority", o.Decides, k.authorities)
		}
	}
	if answers, left := s.uncovered(); left {
		k.warn(here.at("outcomes"), "uncovered", "answers", answers)
	}
}

// maxCases is how many combinations of answers are gone through; a situation
// with more of them needs a last outcome without conditions.
const maxCases = 1 << 14

// uncovered looks for answers to a situation's questions that lead nowhere.
func (s Situation) uncovered() (answers []string, left bool) {
	cases := 1
	for _, f := range s.Facts {
		cases *= max(1, len(f.legal()))
		if cases > maxCases {
			break
		}
	}
	always := slices.ContainsFunc(s.Outcomes, func(o Outcome) bool { return len(o.When) == 0 })
	if always || cases > maxCases {
		return nil, !always
	}
	for n := range cases {
		given := map[string]string{}
		answers = nil
		for _, f := range s.Facts {
			if legal := f.legal(); len(legal) > 0 {
				given[f.ID] = legal[n%len(legal)]
				answers = append(answers, f.ID+" = "+given[f.ID])
				n /= len(legal)
			}
		}
		leads := slices.ContainsFunc(s.Outcomes, func(o Outcome) bool {
			return !slices.ContainsFunc(o.When, func(w When) bool { return w.Holds(given) != Yes })
		})
		if !leads {
			return answers, true
		}
	}
	return nil, false
}
