package staff

import (
	"slices"
	"strconv"
	"time"

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
	day := s.kit.Now().In(kiosk.Hanoi).Format(time.DateOnly)
	return slices.DeleteFunc(slices.Clone(s.Desk.Catalog().Procedures), func(p catalog.Procedure) bool {
		return p.Capability == "handoff" || !p.InForce(day)
	})
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
	return s.showOpen(c, openForm(s.offered(), chosen), 0)
}

func (s *seat) showOpen(c *fiber.Ctx, form *kit.Form, status int) error {
	return s.show(c, "open", openView{ticketNo(c), noticeParts}.page(form, status))
}

func (v openView) page(form *kit.Form, status int) kit.Page {
	page := kit.Page{Title: kit.Say("staff.open.title"), Back: "/staff", Form: form, Status: status, Wide: true, Data: v}
	if v.Ticket > 0 {
		page.Lead = kit.Say("staff.open.for_ticket", "no", v.Ticket)
	}
	return page
}

// open begins a dossier once the notice has been read out.
func (s *seat) open(c *fiber.Ctx) error {
	form := openForm(s.offered(), "")
	form.Fill(c)
	request := intake.OpenRequest{Procedure: kiosk.ProcedureID(form.Value("procedure")), Ticket: ticketNo(c), Staff: s.who(c)}
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
		return s.showOpen(c, form, fiber.StatusUnprocessableEntity)
	}
	dossier, err := s.Desk.Open(s.kit.Ctx(c), request)
	if form.Blame(err) {
		return s.showOpen(c, form, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return s.kit.See(c, base(dossier.ID)+"/form")
}
