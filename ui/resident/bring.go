package resident

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// bringView is the page of one procedure: what to bring, fee, time and place,
// and the one question that would make them clearer.
type bringView struct {
	Procedure catalog.Procedure
	Certain   bool
	Ask       *catalog.Fact // nil: nothing left to ask
	AskNo     int           // which question this is
	AskOf     int
	Answered  []answered
	Groups    []paperGroup
	Fees      []catalog.FeeLine
	Times     []timeLine
	Place     string
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
	Items []catalog.Item
}

type timeLine struct {
	Case string
	Text kit.Text // empty: ask staff
}

// skipped marks a question the person would rather not answer.
const skipped = "-"

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
	view := bring(s.kit.Session(c).Settings.Lang, p, s.Catalog(), s.visit(c).Facts[p.ID])
	return s.pages.Show(c, "bring", view.page())
}

func (v bringView) page() kit.Page {
	return kit.Page{Title: kit.Words(v.Procedure.PlainName), Lead: kit.Words(v.Procedure.Name), Back: "/procedures", Wide: true, Data: v}
}

// answerFact keeps one answer for this visit; an empty value takes it back.
func (s *Screens) answerFact(c *fiber.Ctx) error {
	p, err := s.procedure(c)
	if err != nil {
		return err
	}
	fact, value := c.FormValue("fact"), c.FormValue("value")
	known := slices.ContainsFunc(p.Facts, func(f catalog.Fact) bool {
		return f.ID == fact && (value == "" || value == skipped || allows(f, value))
	})
	if known {
		v := s.visit(c)
		v.Facts = maps.Clone(v.Facts)
		if v.Facts == nil {
			v.Facts = map[kiosk.ProcedureID]kiosk.Answers{}
		}
		answers := maps.Clone(v.Facts[p.ID])
		if answers == nil {
			answers = kiosk.Answers{}
		}
		answers[fact] = value
		v.Facts[p.ID] = answers
		s.keep(c, v)
	}
	return s.kit.See(c, "/procedures/"+string(p.ID))
}

// choices are the values a fact can have; a yes-or-no fact has two.
func choices(f catalog.Fact) []kit.Choice {
	if len(f.Values) == 0 {
		return []kit.Choice{{ID: "true", Label: kit.Say("common.yes")}, {ID: "false", Label: kit.Say("common.no")}}
	}
	var out []kit.Choice
	for _, v := range f.Values {
		out = append(out, kit.Choice{ID: v.ID, Label: kit.Words(v.Label)})
	}
	return out
}

func allows(f catalog.Fact, value string) bool {
	return slices.ContainsFunc(choices(f), func(x kit.Choice) bool { return x.ID == value })
}

// AskChoices are the answers to the question asked now.
func (v bringView) AskChoices() []kit.Choice { return choices(*v.Ask) }

func bring(lang phrases.Lang, p catalog.Procedure, cat *catalog.Catalog, given kiosk.Answers) bringView {
	facts := kiosk.Answers{}
	v := bringView{Procedure: p, Certain: p.Certainty == catalog.Verified, AskOf: len(p.Facts), Place: cat.Authorities[p.Receiving].Name}
	for i, f := range p.Facts {
		value := given[f.ID]
		j := slices.IndexFunc(choices(f), func(x kit.Choice) bool { return x.ID == value })
		switch {
		case j >= 0:
			facts[f.ID] = value
			v.Answered = append(v.Answered, answered{Fact: f.ID, Ask: f.Ask, Value: choices(f)[j].Label})
		case value == skipped:
			v.Answered = append(v.Answered, answered{Fact: f.ID, Ask: f.Ask, Value: kit.Say("resident.bring.skipped")})
		case v.Ask == nil:
			v.Ask, v.AskNo = &p.Facts[i], i+1
		}
	}
	v.Groups = groups(p.Checklist(facts))
	v.Fees = cat.FeeLines(lang, p, facts, "") // every way, each by its own label
	v.Times = times(p)
	return v
}

// groups keeps the portal's order and puts the papers of a one_of group
// together where the first of them stands.
func groups(items []catalog.Item) []paperGroup {
	var out []paperGroup
	at := map[string]int{}
	for _, it := range items {
		if it.Group.Type != "one_of" {
			out = append(out, paperGroup{Items: []catalog.Item{it}})
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

func times(p catalog.Procedure) []timeLine {
	var out []timeLine
	for _, d := range p.Durations {
		line := timeLine{Case: d.Case}
		if d.Case == "default" {
			line.Case = ""
		}
		switch {
		case d.Certainty != catalog.Verified:
		case d.SameDayCutoff != "":
			line.Text = kit.Say("catalog.same_day", "time", d.SameDayCutoff)
		case d.Value != nil:
			line.Text = kit.Say(kiosk.Code("catalog.time."+d.Unit), "n", number(*d.Value))
		default:
			line.Text = kit.Words(d.Text)
		}
		out = append(out, line)
	}
	return out
}

// number writes a count in steps of a half the Vietnamese way: 1,5.
func number(x float64) string {
	halves := int(x*2 + 0.5)
	if halves%2 == 0 {
		return strconv.Itoa(halves / 2)
	}
	return strconv.Itoa(halves/2) + ",5"
}
