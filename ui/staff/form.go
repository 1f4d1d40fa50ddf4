package staff

import (
	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// section is a group of fields under one heading.
type section struct {
	ID     string
	Title  kit.Text
	Fields []kit.Field
}

type formView struct {
	head
	Sections []section
}

// declarationForm asks for the facts and for every question of the form.
func declarationForm(terms intake.Terms, answers kiosk.Answers, lang phrases.Lang) *kit.Form {
	form := &kit.Form{Submit: kit.Say("staff.form.submit")}
	for _, f := range terms.Procedure.Facts {
		field := kit.Field{ID: f.ID, Kind: kit.ChoiceField, Label: kit.Words(f.Ask), Value: answers[f.ID]}
		for _, v := range f.Choices(lang) {
			field.Choices = append(field.Choices, kit.Choice{ID: v.ID, Label: kit.Words(v.Label)})
		}
		form.Fields = append(form.Fields, field)
	}
	for _, sec := range terms.Form.Sections {
		for _, q := range sec.Questions {
			form.Fields = append(form.Fields, kit.Ask(q, shown(q, answers[q.ID])))
		}
	}
	return form
}

// shown is a stored answer as people write it.
func shown(q catalog.Question, value string) string {
	if q.Type == catalog.TypePhone {
		return catalog.Phone(value)
	}
	return value
}

// sections cuts the form's fields the way the catalogue groups them.
func sections(terms intake.Terms, form *kit.Form) []section {
	rest := form.Fields
	cut := func(n int) []kit.Field {
		part := rest[:n]
		rest = rest[n:]
		return part
	}
	var out []section
	if n := len(terms.Procedure.Facts); n > 0 {
		out = append(out, section{ID: "facts", Title: kit.Say("staff.form.facts"), Fields: cut(n)})
	}
	for _, sec := range terms.Form.Sections {
		out = append(out, section{ID: sec.ID, Title: kit.Words(sec.Title), Fields: cut(len(sec.Questions))})
	}
	return out
}

func (s *seat) formPage(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	return s.showForm(c, w, declarationForm(w.Terms, w.Draft.Declaration.Answers, s.kit.Session(c).Settings.Lang), 0)
}

func (s *seat) showForm(c *fiber.Ctx, w intake.Work, form *kit.Form, status int) error {
	return s.show(c, "form", formView{headOf(w, "form"), sections(w.Terms, form)}.page(form, status))
}

func (v formView) page(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.step.form"), Form: form, Status: status, Wide: true, OwnHeading: true, Data: v}
}

// saveForm keeps the answers as they are, or declares them.
func (s *seat) saveForm(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	form := declarationForm(w.Terms, nil, s.kit.Session(c).Settings.Lang)
	form.Fill(c)
	if c.FormValue("do") == "keep" {
		if err := s.Desk.Keep(s.kit.Ctx(c), w.ID, s.who(c), form.Answers()); err != nil {
			return err
		}
		s.tell(c, s.kit.Notice(c, kit.Good, "staff.form.kept", "code", w.LocalCode))
		return s.kit.See(c, "/staff")
	}
	err = s.Desk.Declare(s.kit.Ctx(c), w.ID, s.who(c), form.Answers())
	if form.Blame(err) {
		return s.showForm(c, w, form, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/papers")
}
