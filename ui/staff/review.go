package staff

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

type reviewView struct {
	head
	Sections []readSection
	Groups   []paperGroup
	Gaps     []gap
}

// readSection is a part of the declaration to read.
type readSection struct {
	Title kit.Text
	Rows  []readRow
}

type readRow struct {
	Label  string
	Value  string // empty: not given
	Change string // address of the field
}

// gap is one thing that stands between the dossier and its review.
type gap struct {
	Href string
	What kit.Text
	Code kiosk.Code
}

// declaration lays the answers out to be read.
func declaration(w intake.Work, lang phrases.Lang) []readSection {
	answers, change := w.Draft.Declaration.Answers, base(w.ID)+"/form#f-"
	facts := readSection{Title: kit.Say("staff.form.facts")}
	for _, f := range w.Terms.Procedure.Facts {
		row := readRow{Label: f.Ask, Value: answers[f.ID], Change: change + f.ID}
		for _, v := range f.Choices(lang) {
			if v.ID == row.Value {
				row.Value = v.Label
			}
		}
		facts.Rows = append(facts.Rows, row)
	}
	var out []readSection
	if len(facts.Rows) > 0 {
		out = append(out, facts)
	}
	asked := askedOf(w.Terms.Form, answers)
	for _, sec := range w.Terms.Form.Sections {
		part := readSection{Title: kit.Words(sec.Title)}
		for _, q := range sec.Questions {
			if !asked[q.ID] {
				continue
			}
			part.Rows = append(part.Rows, readRow{Label: q.Label, Value: w.Terms.Form.Format(q, answers[q.ID]), Change: change + kit.Ask(q, "").Anchor()[len("f-"):]})
		}
		if len(part.Rows) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// gaps says what is still missing and leads there.
func gaps(w intake.Work) []gap {
	var out []gap
	for _, g := range w.Gaps() {
		switch {
		case g.Field == "declaration":
			out = append(out, gap{Href: base(w.ID) + "/form", What: kit.Say("staff.step.form"), Code: g.Code})
		case strings.HasPrefix(g.Field, "page-"):
			out = append(out, gap{Href: base(w.ID) + "/pages/" + g.Field[len("page-"):], What: pageName(w, g.Field[len("page-"):]), Code: g.Code})
		default:
			doc, _ := w.Terms.Procedure.Document(kiosk.RequirementID(g.Field))
			out = append(out, gap{Href: base(w.ID) + "/papers#paper-" + g.Field, What: kit.Words(doc.Name), Code: g.Code})
		}
	}
	return out
}

func (s *seat) reviewPage(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	return s.showReview(c, w, 0)
}

func (s *seat) showReview(c *fiber.Ctx, w intake.Work, status int) error {
	view := reviewView{headOf(w, "review"), declaration(w, s.kit.Session(c).Settings.Lang), papersOf(w), gaps(w)}
	return s.show(c, "review", view.page(status))
}

func (v reviewView) page(status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.step.review"), Wide: true, OwnHeading: true, Status: status, Data: v}
}

// review confirms that a person has looked at everything.
func (s *seat) review(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	err = s.Desk.Review(s.kit.Ctx(c), w.ID, s.who(c))
	if err != nil && kiosk.KindOf(err) == kiosk.Invalid {
		return s.showReview(c, w, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/consent")
}

// purposes are what a resident may agree to, one by one; "file" is needed to
// hand the dossier over, the others are free.
var purposes = []string{"file", "contact"}

type consentView struct {
	head
	Notice []string
	By     kit.Field
	Fields []kit.Field
	Given  *kiosk.Consent // nil: not yet
}

func consentForm() *kit.Form {
	by := kit.Field{ID: "by", Kind: kit.ChoiceField, Label: kit.Say("consent.by"), Choices: []kit.Choice{
		{ID: "subject", Label: kit.Say("consent.by.subject")},
		{ID: "representative", Label: kit.Say("consent.by.representative"), Hint: kit.Say("consent.by.representative_say")},
	}}
	form := &kit.Form{Submit: kit.Say("consent.submit"), Icon: "signature", Fields: []kit.Field{by}}
	for _, p := range purposes {
		form.Fields = append(form.Fields, kit.Field{ID: "purpose-" + p, Kind: kit.CheckField, Label: kit.Say(kiosk.Code("consent.purpose." + p)), Hint: kit.Say(kiosk.Code("consent.purpose." + p + "_say"))})
	}
	return form
}

func (s *seat) consentPage(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	if w.State != kiosk.Reviewed && w.State != kiosk.Consented {
		return s.kit.See(c, base(w.ID))
	}
	return s.showConsent(c, w, consentForm(), 0)
}

func (s *seat) showConsent(c *fiber.Ctx, w intake.Work, form *kit.Form, status int) error {
	return s.show(c, "consent", consentViewOf(headOf(w, "consent"), form).page(form, status))
}

func consentViewOf(h head, form *kit.Form) consentView {
	view := consentView{head: h, Notice: noticeParts, By: form.Fields[0], Fields: form.Fields[1:]}
	if h.State == kiosk.Consented {
		view.Given = h.Draft.Consent
	}
	return view
}

func (v consentView) page(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.step.consent"), Wide: true, OwnHeading: true, Form: form, Status: status, Data: v}
}

// consent records what the resident agreed to.
func (s *seat) consent(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	form := consentForm()
	form.Fill(c)
	given := kiosk.Consent{Notice: intake.NoticeVersion, By: form.Value("by"), Staff: s.who(c)}
	for _, p := range purposes {
		if form.Value("purpose-"+p) == "yes" {
			given.Purposes = append(given.Purposes, p)
		}
	}
	if given.By == "" {
		form.Fields[0].Error = "consent.no_by"
	}
	if form.Value("purpose-file") == "" {
		form.Fields[1].Error = "consent.no_file"
	}
	if len(form.Wrong()) > 0 {
		return s.showConsent(c, w, form, fiber.StatusUnprocessableEntity)
	}
	if err := s.Desk.Consent(s.kit.Ctx(c), w.ID, given); err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/handover")
}

// pageName says which page of which paper is meant.
func pageName(w intake.Work, id string) kit.Text {
	n, _ := strconv.ParseInt(id, 10, 64)
	v, ok := pageViewOf(w, n)
	if !ok {
		return kit.Words(id)
	}
	return kit.Say("staff.page.name", "paper", v.Paper, "n", v.No)
}
