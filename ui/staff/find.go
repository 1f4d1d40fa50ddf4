package staff

import (
	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// found is what the last search of this visit found.
type found struct {
	Done     bool
	Dossiers []foundRow
}

type foundRow struct {
	kiosk.Dossier
	Procedure string
	Path      string
	Outcome   string
}

func findForm() *kit.Form {
	return &kit.Form{Submit: kit.Say("common.search"), Icon: "search", Fields: []kit.Field{
		{ID: "query", Kind: kit.SearchField, Label: kit.Say("staff.find.query"), Hint: kit.Say("staff.find.hint"), MaxRunes: 64},
	}}
}

func (s *seat) findPage(c *fiber.Ctx) error { return s.showFind(c, findForm(), nil) }

func (s *seat) showFind(c *fiber.Ctx, form *kit.Form, trouble []kit.Notice) error {
	last, _ := kit.Kept[found](s.kit, c)
	return s.show(c, "find", last.page(form, trouble))
}

func (v found) page(form *kit.Form, trouble []kit.Notice) kit.Page {
	page := kit.Page{Title: kit.Say("staff.find.title"), Form: form, Notices: trouble, Data: v, Wide: true}
	if len(form.Wrong()) > 0 {
		page.Status = fiber.StatusUnprocessableEntity
	}
	if len(trouble) > 0 {
		page.Status = trouble[0].Status
	}
	return page
}

// find looks for dossiers. What was typed is forgotten at once; what was found
// is kept for this visit only.
func (s *seat) find(c *fiber.Ctx) error {
	form := findForm()
	form.Fill(c)
	kit.Keep(s.kit, c, found{})
	dossiers, err := s.Desk.Find(s.kit.Ctx(c), form.Value("query"), s.who(c))
	switch {
	case form.Blame(err):
		return s.showFind(c, form, nil)
	case codeOf(err) == "find.locked":
		return s.showFind(c, form, []kit.Notice{s.kit.Explain(c, err)})
	case err != nil:
		return err
	}
	result := found{Done: true}
	for _, d := range dossiers {
		result.Dossiers = append(result.Dossiers, foundRow{d, s.plainName(d.Procedure), pathOf(d), outcome(d)})
	}
	kit.Keep(s.kit, c, result)
	return s.kit.See(c, "/staff/find")
}

// pathOf is where a dossier is looked at: its own pages while people work on
// it, its case once it has left the desk.
func pathOf(d kiosk.Dossier) string {
	if d.State.Editable() || stillFiling(d.State) || outcome(d) == "abandoned" {
		return base(d.ID)
	}
	return "/staff/case/" + string(d.ID)
}

type caseView struct {
	head
	Record kiosk.CaseRecord
	Phone  string
	Number string // all but the last four digits hidden
	Truths []truth
}

// casePage shows the little that is known of a dossier that left the desk. The
// use case notes in the journal that it was looked at.
func (s *seat) casePage(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	record, err := s.Desk.Case(s.kit.Ctx(c), w.ID, s.who(c))
	if err != nil {
		return err
	}
	accepted, err := s.wasAccepted(s.kit.Ctx(c), w.Dossier)
	if err != nil {
		return err
	}
	who := record.Applicant
	view := caseView{head: headOf(w, "case"), Record: record, Phone: viet.ShowPhone(who.Phone), Truths: truths(w.Dossier, accepted)}
	if who.PersonalNo != "" {
		view.Number = idcard.Mask(who.PersonalNo)
	}
	view.Accepted = accepted
	return s.show(c, "case", view.page())
}

func (v caseView) page() kit.Page {
	return kit.Page{Title: kit.Say("staff.case.title"), Back: "/staff/find", Wide: true, OwnHeading: true, Data: v}
}
