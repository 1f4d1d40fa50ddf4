package staff

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/ui/kit"
)

// noticeParts are the paragraphs of the privacy notice, in reading order; the
// sentences "notice.<part>" belong to intake.NoticeVersion.
var noticeParts = []string{"what", "why", "who", "keep", "rights"}

type openView struct {
	Ticket int // 0 without one
	Notice []string
	picks
	Came came
}

// came is what the ticket's holder came for, where no dossier is opened for it
// here.
type came struct {
	Procedure catalog.Procedure
	Why       kiosk.Code // why not; empty: they came for something else
}

// looked is what the clerk looked for on this page, for one ticket.
type looked struct {
	Ticket int
	Query  string
}

// picks are the procedures to choose from: all that can be opened, or what was
// found for a Query, best first.
type picks struct {
	Query     string
	Confident bool // the first one is what was meant
	Offered   []catalog.Procedure
	Elsewhere []catalog.Procedure // found, but no dossier is opened for them here
}

// Search is the field to look for a procedure.
func (p picks) Search() kit.Field {
	return kit.Field{ID: "query", Kind: kit.SearchField, Label: kit.Say("staff.open.search"), MaxRunes: kit.MaxSought, Value: p.Query}
}

// About is the address where a clerk reads what a procedure asks for.
func (v openView) About(id string) string { return about(kiosk.ProcedureID(id), v.Ticket) }

// openForm asks for the procedure and whether the notice was read out.
func openForm(offered []catalog.Procedure, chosen kiosk.ProcedureID) *kit.Form {
	procedure := kit.Field{ID: "procedure", Kind: kit.ChoiceField, Label: kit.Say("staff.open.procedure"), Value: string(chosen)}
	for _, p := range offered {
		procedure.Choices = append(procedure.Choices, kit.Choice{ID: string(p.ID), Label: kit.Words(p.PlainName), Hint: kit.Words(p.Name)})
	}
	return &kit.Form{Submit: kit.Say("staff.open.submit"), Fields: []kit.Field{
		procedure,
		{ID: "notice", Kind: kit.CheckField, Label: kit.Say("staff.open.notice_read")},
	}}
}

// offered lists the procedures a dossier can be opened for today.
func (s *seat) offered() []catalog.Procedure {
	return slices.DeleteFunc(slices.Clone(s.Desk.Catalog().Procedures), func(p catalog.Procedure) bool { return !s.opens(p) })
}

// opens reports whether a dossier can be opened for a procedure today.
func (s *seat) opens(p catalog.Procedure) bool {
	return s.Desk.Catalog().Closed(p) == ""
}

// pick gives what fits the words the clerk typed; no words fit everything. The
// procedure chosen already stays to be chosen.
func (s *seat) pick(query string, chosen kiosk.ProcedureID) picks {
	cat := s.Desk.Catalog()
	if query == "" {
		return picks{Offered: s.offered(), Elsewhere: slices.DeleteFunc(slices.Clone(cat.Procedures), s.opens)}
	}
	found := picks{Query: query}
	answer := s.Guide().Search(query)
	for i, r := range answer.Results {
		p, ok := cat.Procedure(r.ID)
		switch {
		case !ok: // the catalogue has just changed
		case !s.opens(p):
			found.Elsewhere = append(found.Elsewhere, p)
		default:
			found.Confident = found.Confident || answer.Confident && i == 0
			found.Offered = append(found.Offered, p)
		}
	}
	if p, ok := cat.Procedure(chosen); ok && s.opens(p) && !slices.ContainsFunc(found.Offered, func(x catalog.Procedure) bool { return x.ID == chosen }) {
		found.Offered = append(found.Offered, p)
	}
	return found
}

// ticketNo reads the ticket a dossier is opened for; 0 without one.
func ticketNo(c *fiber.Ctx) int {
	no, _ := strconv.Atoi(c.Query("ticket"))
	return max(0, no)
}

func (s *seat) openPage(c *fiber.Ctx) error {
	chosen, err := s.cameFor(c)
	if err != nil {
		return err
	}
	found := s.pick(s.lookedFor(c), chosen)
	return s.showOpen(c, found, openForm(found.Offered, chosen), 0)
}

// cameFor is the procedure the ticket was taken for; empty if that is not
// known.
func (s *seat) cameFor(c *fiber.Ctx) (kiosk.ProcedureID, error) {
	no := ticketNo(c)
	if no == 0 {
		return "", nil
	}
	t, err := s.Counter.Ticket(s.kit.Ctx(c), no)
	return t.Procedure, err
}

// lookedFor is what was typed on the page of this ticket.
func (s *seat) lookedFor(c *fiber.Ctx) string {
	if last, _ := kit.Kept[looked](s.kit, c); last.Ticket == ticketNo(c) {
		return last.Query
	}
	return ""
}

func (s *seat) showOpen(c *fiber.Ctx, found picks, form *kit.Form, status int) error {
	view := openView{Ticket: ticketNo(c), Notice: noticeParts, picks: found}
	if id, err := s.cameFor(c); err == nil {
		cat := s.Desk.Catalog()
		if p, ok := cat.Procedure(id); ok {
			view.Came = came{p, cat.Closed(p)}
		}
	}
	return s.show(c, "open", view.page(form, status))
}

func (v openView) page(form *kit.Form, status int) kit.Page {
	page := kit.Page{Title: kit.Say("staff.open.title"), Back: "/staff", Form: form, Status: status, Wide: true, Data: v}
	if v.Ticket > 0 {
		page.Lead = kit.Say("staff.open.for_ticket", "no", v.Ticket)
	}
	return page
}

// open begins a dossier once the notice has been read out, or looks for a
// procedure by the words typed.
func (s *seat) open(c *fiber.Ctx) error {
	switch c.FormValue("search") {
	case "words":
		return s.look(c, kit.Sought(c, "query"))
	case "all":
		return s.look(c, "")
	}
	chosen := kiosk.ProcedureID(c.FormValue("procedure"))
	found := s.pick(s.lookedFor(c), chosen)
	form := openForm(found.Offered, "")
	form.Fill(c)
	request := intake.OpenRequest{Procedure: chosen, Ticket: ticketNo(c), Staff: s.who(c)}
	if form.Value("notice") == "yes" {
		request.Notice = intake.NoticeVersion
	}
	if request.Procedure == "" {
		form.Fields[0].Error = "staff.open.no_procedure"
	}
	if request.Notice == "" {
		form.Fields[1].Error = "staff.open.notice_unread"
	}
	if len(form.Wrong()) > 0 {
		return s.showOpen(c, found, form, fiber.StatusUnprocessableEntity)
	}
	dossier, err := s.Desk.Open(s.kit.Ctx(c), request)
	if form.Blame(err) {
		return s.showOpen(c, found, form, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	kit.Keep(s.kit, c, looked{})
	return s.kit.See(c, base(dossier.ID)+"/form")
}

// look keeps what was typed out of the address and shows the page again.
func (s *seat) look(c *fiber.Ctx, query string) error {
	kit.Keep(s.kit, c, looked{ticketNo(c), query})
	if no := ticketNo(c); no > 0 {
		return s.kit.See(c, "/staff/open?ticket="+strconv.Itoa(no))
	}
	return s.kit.See(c, "/staff/open")
}
