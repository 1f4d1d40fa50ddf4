package staff

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// noticeParts are the paragraphs of the privacy notice, in reading order; the
// sentences "notice.<part>" belong to intake.NoticeVersion.
var noticeParts = []string{"what", "why", "who", "keep", "rights"}

type openView struct {
	Ticket int // 0 without one
	Notice []string
	picks
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
	return kit.Field{ID: "query", Kind: kit.SearchField, Label: kit.Say("staff.open.search"), MaxRunes: 120, Value: p.Query}
}

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
	found := picks{Query: query, Offered: s.offered()}
	if query == "" {
		return found
	}
	answer := s.Guide().Search(query)
	found.Offered = nil
	cat := s.Desk.Catalog()
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
	var chosen kiosk.ProcedureID
	if no := ticketNo(c); no > 0 {
		t, err := s.Counter.Ticket(s.kit.Ctx(c), no)
		if err != nil {
			return err
		}
		chosen = t.Procedure
	}
	found := s.pick(s.lookedFor(c), chosen)
	return s.showOpen(c, found, openForm(found.Offered, chosen), 0)
}

// lookedFor is what was typed on the page of this ticket.
func (s *seat) lookedFor(c *fiber.Ctx) string {
	if last, _ := kit.Kept[looked](s.kit, c); last.Ticket == ticketNo(c) {
		return last.Query
	}
	return ""
}

func (s *seat) showOpen(c *fiber.Ctx, found picks, form *kit.Form, status int) error {
	return s.show(c, "open", openView{ticketNo(c), noticeParts, found}.page(form, status))
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
		return s.look(c, viet.Clean(c.FormValue("query")))
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
