package staff

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// section is a group of fields under one heading.
type section struct {
	ID     string
	Title  kit.Text
	Fields []shownField
}

// shownField is a field of the whole form. One that hangs on another is in the
// page even while it is not asked, for the script to show it at once.
type shownField struct {
	kit.Field
	When   string // id of the field it hangs on; empty: always asked
	Is     string // the values of that field under which it is asked, between blanks
	Hidden bool   // not asked as things stand
	Own    string // address of the page that asks only this
}

type formView struct {
	head
	Sections []section
	Card     bool // an identity card can answer something
}

// declarationForm asks for the facts and for every question of the form.
func declarationForm(terms intake.Terms, answers kiosk.Answers, lang phrases.Lang) *kit.Form {
	form := &kit.Form{Submit: kit.Say("staff.form.submit")}
	for _, f := range terms.Procedure.Facts {
		form.Fields = append(form.Fields, factField(f, answers[f.ID], lang))
	}
	for _, sec := range terms.Form.Sections {
		for _, q := range sec.Questions {
			form.Fields = append(form.Fields, kit.Ask(q, shown(q, answers[q.ID])))
		}
	}
	return form
}

// factField asks for one fact of the situation.
func factField(f catalog.Fact, value string, lang phrases.Lang) kit.Field {
	field := kit.Field{ID: f.ID, Kind: kit.ChoiceField, Label: kit.Words(f.Ask), Value: value}
	for _, v := range f.Choices(lang) {
		field.Choices = append(field.Choices, kit.Choice{ID: v.ID, Label: kit.Words(v.Label)})
	}
	return field
}

// shown is a stored answer as people write it.
func shown(q catalog.Question, value string) string {
	if q.Type == catalog.TypePhone {
		return viet.ShowPhone(value)
	}
	return value
}

// askedOf tells which questions are asked under the answers.
func askedOf(f catalog.Form, answers kiosk.Answers) map[string]bool {
	asked := map[string]bool{}
	for _, q := range f.Asked(answers) {
		asked[q.ID] = true
	}
	return asked
}

// sections cuts the form's fields the way the catalogue groups them.
func sections(terms intake.Terms, form *kit.Form, path string) []section {
	asked := askedOf(terms.Form, form.Answers())
	rest := form.Fields
	take := func(when *catalog.When, hidden bool) shownField {
		f := shownField{Field: rest[0], Hidden: hidden, Own: path + "/form/" + rest[0].ID}
		if when != nil {
			f.When, f.Is = when.Fact, strings.TrimSpace(when.Eq+" "+strings.Join(when.In, " "))
		}
		rest = rest[1:]
		return f
	}
	var out []section
	if len(terms.Procedure.Facts) > 0 {
		facts := section{ID: "facts", Title: kit.Say("staff.form.facts")}
		for range terms.Procedure.Facts {
			facts.Fields = append(facts.Fields, take(nil, false))
		}
		out = append(out, facts)
	}
	for _, sec := range terms.Form.Sections {
		part := section{ID: sec.ID, Title: kit.Words(sec.Title)}
		for _, q := range sec.Questions {
			part.Fields = append(part.Fields, take(q.VisibleWhen, !asked[q.ID]))
		}
		out = append(out, part)
	}
	return out
}

// Idle reports whether nothing of the section is asked as things stand.
func (s section) Idle() bool {
	return !slices.ContainsFunc(s.Fields, func(f shownField) bool { return !f.Hidden })
}

func (s *seat) formPage(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	return s.showForm(c, w, declarationForm(w.Terms, w.Draft.Declaration.Answers, s.kit.Session(c).Settings.Lang), 0)
}

func (s *seat) showForm(c *fiber.Ctx, w intake.Work, form *kit.Form, status int, notices ...kit.Notice) error {
	page := formViewOf(headOf(w, "form"), form).page(form, status)
	page.Notices = notices
	return s.show(c, "form", page)
}

func formViewOf(h head, form *kit.Form) formView {
	return formView{h, sections(h.Terms, form, h.Path), takesCard(h.Terms.Form)}
}

func (v formView) page(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.step.form"), Form: form, Status: status, Wide: true, OwnHeading: true, Data: v}
}

// leaving are the buttons that keep the answers and lead elsewhere.
var leaving = []string{"keep", "ask", "card", "print"}

// saveForm declares the answers, or keeps them as they are and goes where the
// button says.
func (s *seat) saveForm(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	form := declarationForm(w.Terms, nil, s.kit.Session(c).Settings.Lang)
	form.Fill(c)
	if do := c.FormValue("do"); slices.Contains(leaving, do) {
		return s.keepForm(c, w, do, form.Answers())
	}
	if unseen(c, w.Terms.Form, form) {
		if err := s.Desk.Keep(s.kit.Ctx(c), w.ID, s.who(c), form.Answers()); err != nil {
			return err
		}
		return s.showForm(c, w, form, fiber.StatusUnprocessableEntity, s.kit.Notice(c, kit.Careful, "staff.form.more"))
	}
	err = s.Desk.Declare(s.kit.Ctx(c), w.ID, s.who(c), form.Answers())
	if form.Blame(err) {
		return s.showForm(c, w, form, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/papers")
}

// unseen reports whether what was just answered asks for something that the
// page did not show. With the script it never happens.
func unseen(c *fiber.Ctx, f catalog.Form, form *kit.Form) bool {
	var seen []string
	for _, v := range c.Request().PostArgs().PeekMulti("asked") {
		seen = append(seen, string(v))
	}
	return slices.ContainsFunc(f.Asked(form.Answers()), func(q catalog.Question) bool {
		return q.VisibleWhen != nil && form.Value(q.ID) == "" && !slices.Contains(seen, q.ID)
	})
}

// keepForm stores the answers as they stand and leaves the page. Looking at a
// declaration or printing it changes nothing: it stays reviewed and consented.
func (s *seat) keepForm(c *fiber.Ctx, w intake.Work, do string, answers kiosk.Answers) error {
	if !w.Says(answers) {
		if err := s.Desk.Keep(s.kit.Ctx(c), w.ID, s.who(c), answers); err != nil {
			return err
		}
	}
	switch do {
	case "ask":
		w.Draft.Declaration.Answers = answers
		return s.kit.See(c, base(w.ID)+"/form/"+firstOpen(w))
	case "card":
		return s.kit.See(c, base(w.ID)+"/card")
	case "print":
		return s.kit.See(c, base(w.ID)+"/declaration.pdf")
	}
	s.tell(c, s.kit.Notice(c, kit.Good, "staff.form.kept", "code", w.LocalCode))
	return s.kit.See(c, "/staff")
}
