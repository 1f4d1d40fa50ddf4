package resident

import (
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// situationView is a situation somebody described: the question that is asked
// now, or where the answers lead.
type situationView struct {
	Situation catalog.Situation
	Certain   bool
	Answered  []answered
	Terms     []termLink
	Back      string

	Ask     *catalog.Fact // nil: this is the end
	AskNo   int
	AskOf   int
	Answers []catalog.Choice // to Ask
	Skip    bool             // Ask has no answer of its own for who does not know
	Answer  string           // what was answered before, when asked again

	Unsure  bool // a question was left open: Steps are possibilities
	Steps   []catalog.Procedure
	Decides string
	Note    string
}

// path is where a situation, or one question of it, is looked at.
func path(x catalog.Situation, fact string) string {
	if fact == "" {
		return "/situations/" + x.ID
	}
	return "/situations/" + x.ID + "/" + fact
}

// situationPage asks the next question, or the one its address names; after the
// last it says where the answers lead.
func (s *Screens) situationPage(c *fiber.Ctx) error {
	x, ok := situation(s.Catalog(), c.Params("id"))
	if !ok { // the catalogue has just changed
		return s.kit.See(c, "/land")
	}
	v := s.visit(c)
	view := tale(s.kit.Session(c).Settings.Lang, s.Catalog(), x, v.Told[x.ID], c.Params("fact"))
	if view.Back == "" {
		view.Back = v.List
	}
	screen := "outcome"
	v.Last = path(x, c.Params("fact"))
	if view.Ask != nil {
		screen = "question"
	} else {
		v.From = v.Last
	}
	s.keep(c, v)
	return s.pages.Show(c, screen, view.page())
}

func (v situationView) page() kit.Page {
	if v.Back == "" {
		v.Back = "/procedures"
	}
	return kit.Page{Title: kit.Words(v.Situation.Title), Back: v.Back, OwnHeading: true, Wide: v.Ask == nil, Data: v}
}

// tell keeps one answer for this visit. Without a question it forgets them all.
func (s *Screens) tell(c *fiber.Ctx) error {
	x, ok := situation(s.Catalog(), c.Params("id"))
	if !ok { // the catalogue has just changed
		return s.kit.See(c, "/land")
	}
	v := s.visit(c)
	v.Told = maps.Clone(v.Told)
	if v.Told == nil {
		v.Told = map[string]kiosk.Answers{}
	}
	if fact := c.FormValue("fact"); fact == "" {
		delete(v.Told, x.ID)
	} else if answers, asked := replied(x.Facts, v.Told[x.ID], fact, c.FormValue("value")); asked {
		v.Told[x.ID] = answers
	}
	s.keep(c, v)
	return s.kit.See(c, path(x, ""))
}

// tale follows a situation with the answers given, to the question of that id
// if there is one.
func tale(lang phrases.Lang, cat *catalog.Catalog, x catalog.Situation, given kiosk.Answers, again string) situationView {
	v := situationView{Situation: x, Certain: x.Certainty == catalog.Verified, AskOf: len(x.Facts)}
	facts, last := kiosk.Answers{}, "" // last: where the last answer can be changed
	for _, f := range x.Facts {
		if a, ok := reply(lang, f, given[f.ID]); ok {
			v.Answered, last = append(v.Answered, a), path(x, f.ID)
			v.Unsure = v.Unsure || given[f.ID] == skipped
		}
		if allows(f, given[f.ID]) {
			facts[f.ID] = given[f.ID]
		}
	}
	var end catalog.Outcome
	i := slices.IndexFunc(x.Facts, func(f catalog.Fact) bool { return f.ID == again })
	if i < 0 && !v.Unsure {
		question, outcome := guide.Situation{Situation: x}.Next(facts)
		if question != nil {
			i = slices.IndexFunc(x.Facts, func(f catalog.Fact) bool { return f.ID == question.ID })
		} else {
			end = *outcome
		}
	}
	if i >= 0 {
		v.ask(lang, i, given)
		v.Terms = termsIn(cat.Terms, x.Title, x.Facts[i].Ask)
		return v
	}
	v.Back = last
	if v.Unsure {
		end.Procedures = possible(x, facts)
	}
	for _, id := range end.Procedures {
		if p, ok := cat.Procedure(id); ok {
			v.Steps = append(v.Steps, p)
		}
	}
	v.Decides, v.Note = cat.Authorities[end.Decides].Name, end.Note
	v.Terms = termsIn(cat.Terms, append(names(v.Steps), x.Title, end.Note)...)
	return v
}

// ask puts one question; the way back leads to the one answered before it.
func (v *situationView) ask(lang phrases.Lang, i int, given kiosk.Answers) {
	f := v.Situation.Facts[i]
	v.Ask, v.AskNo, v.Answers, v.Answer, v.Skip = &f, 1, f.Choices(lang), given[f.ID], skippable(f)
	for _, before := range v.Situation.Facts[:i] {
		if given[before.ID] != "" {
			v.Back, v.AskNo = path(v.Situation, before.ID), v.AskNo+1
		}
	}
}

// possible lists the procedures of every outcome that the answers do not rule
// out.
func possible(x catalog.Situation, facts kiosk.Answers) []kiosk.ProcedureID {
	var out []kiosk.ProcedureID
	for _, o := range x.Outcomes {
		if slices.ContainsFunc(o.When, func(w catalog.When) bool { return w.Holds(facts) == catalog.No }) {
			continue
		}
		for _, id := range o.Procedures {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

func names(all []catalog.Procedure) []string {
	var out []string
	for _, p := range all {
		out = append(out, p.Name, p.PlainName)
	}
	return out
}
