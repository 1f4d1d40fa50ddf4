package staff

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// step of the declaration that a page of its own asks: a fact or a question.
type asking struct {
	Section kit.Text
	Field   kit.Field
}

// askings lists what is asked as things stand, in the order of the form.
func askings(w intake.Work, lang phrases.Lang) []asking {
	var out []asking
	answers := w.Draft.Declaration.Answers
	for _, f := range w.Terms.Procedure.Facts {
		out = append(out, asking{kit.Say("staff.form.facts"), factField(f, answers[f.ID], lang)})
	}
	asked := askedOf(w.Terms.Form, answers)
	for _, sec := range w.Terms.Form.Sections {
		for _, q := range sec.Questions {
			if asked[q.ID] {
				out = append(out, asking{kit.Words(sec.Title), kit.Ask(q, shown(q, answers[q.ID]))})
			}
		}
	}
	return out
}

// placeOf finds a question among those asked, -1 if it is not.
func placeOf(all []asking, id string) int {
	return slices.IndexFunc(all, func(a asking) bool { return a.Field.ID == id })
}

// firstOpen is the first question without an answer, or the first of all.
func firstOpen(w intake.Work) string {
	all := askings(w, phrases.VI)
	i := slices.IndexFunc(all, func(a asking) bool { return viet.Clean(a.Field.Value) == "" })
	if len(all) == 0 {
		return ""
	}
	return all[max(0, i)].Field.ID
}

type questionView struct {
	head
	asking
	N, Of int
	First bool // nothing is asked before it
	Last  bool // the whole form comes after it
}

func (v questionView) page(status int) kit.Page {
	return kit.Page{Title: v.Field.Label, OwnHeading: true, Status: status, Data: v}
}

func questionViewOf(h head, all []asking, i int) questionView {
	return questionView{head: h, asking: all[i], N: i + 1, Of: len(all), First: i == 0, Last: i == len(all)-1}
}

// question opens the dossier and finds what the address asks. A question that
// is not asked any more, because of what was answered since, leads to the form.
func (s *seat) question(c *fiber.Ctx) (w intake.Work, all []asking, i int, ok bool, err error) {
	w, ok, err = s.editing(c)
	if !ok {
		return w, nil, 0, false, err
	}
	all = askings(w, s.kit.Session(c).Settings.Lang)
	id := c.Params("question")
	if i = placeOf(all, id); i >= 0 {
		return w, all, i, true, nil
	}
	if _, known := w.Terms.Form.Question(id); known || id == "" {
		return w, nil, 0, false, s.kit.See(c, base(w.ID)+"/form")
	}
	return w, nil, 0, false, kiosk.Fail(kiosk.NotFound, "ui.not_found", nil)
}

func (s *seat) questionPage(c *fiber.Ctx) error {
	w, all, i, ok, err := s.question(c)
	if !ok {
		return err
	}
	return s.show(c, "question", questionViewOf(headOf(w, "form"), all, i).page(0))
}

// answer keeps one answer and asks the next question. An answer that needs
// correction is kept as well, but the page asks again; going back never does.
func (s *seat) answer(c *fiber.Ctx) error {
	w, all, i, ok, err := s.question(c)
	if !ok {
		return err
	}
	form := &kit.Form{Fields: []kit.Field{all[i].Field}}
	form.Fill(c)
	do, field := c.FormValue("do"), &form.Fields[0]
	if do == "skip" {
		field.Value = ""
	}
	err = s.Desk.Amend(s.kit.Ctx(c), w.ID, s.who(c), form.Answers())
	if wrong := form.Blame(err); wrong && do != "back" {
		all[i].Field = *field
		return s.show(c, "question", questionViewOf(headOf(w, "form"), all, i).page(fiber.StatusUnprocessableEntity))
	} else if err != nil && !wrong {
		return err
	}
	if w, err = s.Desk.Work(s.kit.Ctx(c), w.ID); err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/form"+neighbour(askings(w, phrases.VI), field.ID, do == "back"))
}

// neighbour is the end of the address of the question before or after another;
// before the first and after the last there is the whole form.
func neighbour(all []asking, id string, back bool) string {
	i := placeOf(all, id)
	if back {
		i -= 2
	}
	if i++; i < 0 || i >= len(all) {
		return ""
	}
	return "/" + all[i].Field.ID
}
