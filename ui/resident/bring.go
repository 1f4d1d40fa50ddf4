package resident

import (
	"maps"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// bringView is the page of one procedure: what to bring, fee, time, where to
// hand in and what comes of it, and the one question that would make them
// clearer. What is not certain is empty here and reads "ask staff".
type bringView struct {
	Procedure catalog.Procedure
	Certain   bool
	HandOff   bool   // nothing is opened here: staff show the way
	PreCheck  bool   // papers are only looked through here
	Back      string // the list it was chosen from

	Ask      *catalog.Fact // nil: nothing left to ask
	Skip     bool          // Ask has no answer of its own for who does not know
	AskNo    int           // which question this is
	AskOf    int
	Answers  []catalog.Choice // to Ask
	Answered []answered

	Groups []paperGroup
	Fees   []feeLine
	Times  []timeLine
	Dated  bool // one of them has a day
	Filing filing

	Sources []catalog.Source
}

// answered is a question with the answer given.
type answered struct {
	Fact  string
	Ask   string
	Value kit.Text
}

// paperGroup is papers that belong together: all of them, or one of them.
type paperGroup struct {
	OneOf bool
	Items []paperLine
}

// paperLine is one paper; If is what it hangs on while that is not known.
type paperLine struct {
	catalog.Item
	If   string
	Form kit.Text // of a form: how far it is filled in here
}

// skipped marks a question the person would rather not answer.
const skipped = guide.Skipped

func (s *Screens) procedure(c *fiber.Ctx) (catalog.Procedure, error) {
	p, ok := s.Catalog().Procedure(kiosk.ProcedureID(c.Params("id")))
	if !ok {
		return p, kiosk.Fail(kiosk.NotFound, "procedure.unknown", nil)
	}
	return p, nil
}

func (s *Screens) bringPage(c *fiber.Ctx) error {
	p, err := s.procedure(c)
	if err != nil {
		return err
	}
	v := s.visit(c)
	view := bring(s.kit.Session(c).Settings.Lang, s.Catalog(), p, v.Facts[p.ID], s.kit.Now())
	view.Back = v.From
	return s.pages.Show(c, "bring", view.page())
}

func (v bringView) page() kit.Page {
	if v.Back == "" {
		v.Back = "/procedures"
	}
	return kit.Page{Title: kit.Words(v.Procedure.PlainName), Back: v.Back, Wide: true, OwnHeading: true, Data: v}
}

// answerFact keeps one answer for this visit; an empty value takes it back.
func (s *Screens) answerFact(c *fiber.Ctx) error {
	p, err := s.procedure(c)
	if err != nil {
		return err
	}
	v := s.visit(c)
	if answers, ok := replied(p.Facts, v.Facts[p.ID], c.FormValue("fact"), c.FormValue("value")); ok {
		v.Facts = maps.Clone(v.Facts)
		if v.Facts == nil {
			v.Facts = map[kiosk.ProcedureID]kiosk.Answers{}
		}
		v.Facts[p.ID] = answers
		s.keep(c, v)
	}
	return s.kit.See(c, "/procedures/"+string(p.ID))
}

// replied gives the answers with one more, if it answers one of the questions.
func replied(asked []catalog.Fact, given kiosk.Answers, fact, value string) (kiosk.Answers, bool) {
	known := slices.ContainsFunc(asked, func(f catalog.Fact) bool {
		return f.ID == fact && (value == "" || value == skipped || allows(f, value))
	})
	if !known {
		return given, false
	}
	answers := maps.Clone(given)
	if answers == nil {
		answers = kiosk.Answers{}
	}
	answers[fact] = value
	return answers, true
}

func allows(f catalog.Fact, value string) bool {
	return slices.ContainsFunc(f.Choices(phrases.VI), func(x catalog.Choice) bool { return x.ID == value })
}

// reply says what was answered to a question; ok is false without an answer.
func reply(lang phrases.Lang, f catalog.Fact, value string) (a answered, ok bool) {
	a = answered{Fact: f.ID, Ask: f.Ask}
	if value == skipped {
		a.Value = kit.Say("resident.bring.skipped")
		return a, true
	}
	for _, x := range f.Choices(lang) {
		if x.ID == value {
			a.Value = kit.Words(x.Label)
			return a, true
		}
	}
	return a, false
}

func bring(lang phrases.Lang, cat *catalog.Catalog, p catalog.Procedure, given kiosk.Answers, now time.Time) bringView {
	facts := kiosk.Answers{}
	v := bringView{Procedure: p, Certain: p.Certainty == catalog.Verified, HandOff: p.Capability == "handoff", PreCheck: p.Capability == "precheck_only", AskOf: len(p.Facts)}
	for i, f := range p.Facts {
		if a, ok := reply(lang, f, given[f.ID]); ok {
			v.Answered = append(v.Answered, a)
		} else if v.Ask == nil {
			v.Ask, v.AskNo, v.Answers, v.Skip = &p.Facts[i], i+1, f.Choices(lang), skippable(f)
		}
		if allows(f, given[f.ID]) {
			facts[f.ID] = given[f.ID]
		}
	}
	v.Groups = groups(papers(lang, cat, p, facts))
	v.Fees = fees(lang, cat, p, facts)
	v.Times = times(lang, cat, p, now)
	v.Dated = slices.ContainsFunc(v.Times, func(t timeLine) bool { return t.Due != nil })
	v.Filing, v.Sources = filingOf(cat, p), sources(p)
	return v
}

// ownUnknown is the choice by which a question lets people say that they do
// not know.
const ownUnknown = "unknown"

// skippable reports whether the page offers not to know: not where the question
// itself does.
func skippable(f catalog.Fact) bool { return !allows(f, ownUnknown) }

// papers lists the papers that apply or may apply. A form whose questions are
// not checked against the official one is not said to be filled in here, nor is
// any where no dossier is opened.
func papers(lang phrases.Lang, cat *catalog.Catalog, p catalog.Procedure, facts kiosk.Answers) []paperLine {
	form := kit.Say("resident.bring.form_general")
	switch x, _ := cat.Form(p.Form); {
	case p.Capability == "handoff" || p.Capability == "precheck_only":
		form = kit.Say("resident.bring.form_there")
	case x.Certainty == catalog.Verified:
		form = kit.Say("resident.bring.fill_form")
	}
	var out []paperLine
	for _, it := range p.Checklist(facts) {
		out = append(out, paperLine{Item: it, If: condition(lang, p, it.When, facts), Form: form})
	}
	return out
}

// condition tells by the answers to a question what something hangs on that is
// not decided yet; empty where they say nothing by themselves, such as «Có» and
// «Chưa rõ», or are too many to read.
func condition(lang phrases.Lang, p catalog.Procedure, w *catalog.When, facts kiosk.Answers) string {
	if w.Holds(facts) != catalog.Maybe {
		return ""
	}
	f, ok := p.Fact(w.Fact)
	if !ok || f.Type == "bool" || slices.Contains(w.In, ownUnknown) {
		return ""
	}
	var labels []string
	for _, x := range f.Choices(lang) {
		if x.ID == w.Eq || slices.Contains(w.In, x.ID) {
			labels = append(labels, x.Label)
		}
	}
	switch len(labels) {
	case 1:
		return labels[0]
	case 2:
		return phrases.Say(lang, "resident.bring.either", "one", labels[0], "other", labels[1])
	}
	return ""
}

// groups keeps the portal's order and puts the papers of a one_of group
// together where the first of them stands.
func groups(items []paperLine) []paperGroup {
	var out []paperGroup
	at := map[string]int{}
	for _, it := range items {
		if it.Group.Type != "one_of" {
			out = append(out, paperGroup{Items: []paperLine{it}})
			continue
		}
		i, seen := at[it.Group.ID]
		if !seen {
			i = len(out)
			at[it.Group.ID] = i
			out = append(out, paperGroup{})
		}
		out[i].Items = append(out[i].Items, it)
		out[i].OneOf = len(out[i].Items) > 1
	}
	return out
}
