package resident

import (
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

// classChoice is one answer to "who are you".
type classChoice struct {
	Class kiosk.Class
	Icon  string
}

// classIcons gives every class that can be chosen here a sign. Booked is not
// among them: a booking shows itself.
var classIcons = map[kiosk.Class]string{
	kiosk.ClassWalkIn: "user-round", kiosk.ClassElderly: "heart-handshake", kiosk.ClassDisability: "accessibility",
	kiosk.ClassPregnantInfant: "baby", kiosk.ClassMerit: "medal", kiosk.ClassSupplementReturn: "files",
}

func classChoices() []classChoice {
	var out []classChoice
	for _, class := range kiosk.Classes {
		if class != kiosk.ClassBooked {
			out = append(out, classChoice{Class: class, Icon: classIcons[class]})
		}
	}
	return out
}

// classPage asks which line the person stands in.
func (s *Screens) classPage(c *fiber.Ctx) error {
	if s.visit(c).Ticket.No != 0 {
		return s.kit.See(c, "/ticket/mine")
	}
	return s.pages.Show(c, "class", classView{classChoices()}.page())
}

type classView struct {
	Choices []classChoice
}

func (v classView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.class.title"), Lead: kit.Say("resident.class.lead"), Back: "/", Data: v}
}

func (s *Screens) chooseClass(c *fiber.Ctx) error {
	v := s.visit(c)
	v.Class = kiosk.Class(c.FormValue("class"))
	if !slices.ContainsFunc(classChoices(), func(x classChoice) bool { return x.Class == v.Class }) {
		return s.kit.See(c, "/ticket")
	}
	s.keep(c, v)
	if v.Procedure != "" {
		return s.take(c, v)
	}
	return s.kit.See(c, "/ticket/procedure")
}

type procedureView struct {
	Procedures []catalog.Procedure
}

// procedurePage asks what the person came for; "not sure" is an answer.
func (s *Screens) procedurePage(c *fiber.Ctx) error {
	switch v := s.visit(c); {
	case v.Ticket.No != 0:
		return s.kit.See(c, "/ticket/mine")
	case v.Class == "":
		return s.kit.See(c, "/ticket")
	}
	return s.pages.Show(c, "procedure", procedureView{s.Catalog().Procedures}.page())
}

func (v procedureView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.procedure.title"), Lead: kit.Say("resident.procedure.lead"), Back: "/ticket", Data: v}
}

func (s *Screens) takeTicket(c *fiber.Ctx) error {
	v := s.visit(c)
	if v.Class == "" {
		return s.kit.See(c, "/ticket")
	}
	v.Procedure = ""
	if p, ok := s.Catalog().Procedure(kiosk.ProcedureID(c.FormValue("procedure"))); ok {
		v.Procedure = p.ID
	}
	return s.take(c, v)
}

// ticketFor remembers the procedure read about and goes on to the number.
func (s *Screens) ticketFor(c *fiber.Ctx) error {
	v := s.visit(c)
	if p, ok := s.Catalog().Procedure(kiosk.ProcedureID(c.Params("id"))); ok {
		v.Procedure = p.ID
		s.keep(c, v)
	}
	return s.kit.See(c, "/ticket")
}

// take gives the number, once in a visit however often the form is sent.
func (s *Screens) take(c *fiber.Ctx, v visit) error {
	if v.Ticket.No != 0 {
		return s.kit.See(c, "/ticket/mine")
	}
	t, err := s.Counter.TakeTicket(s.kit.Ctx(c), v.Class, v.Procedure)
	if err != nil {
		return err
	}
	return s.give(c, v, t)
}

// give keeps the number and starts its slip. From here on a printer in trouble
// is no reason to fail: the number stands.
func (s *Screens) give(c *fiber.Ctx, v visit, t kiosk.Ticket) error {
	v.Ticket, v.Class, v.Procedure = t, t.Class, t.Procedure
	v.Printing, v.PrintErr = s.Counter.PrintTicket(s.kit.Ctx(c), t)
	s.keep(c, v)
	return s.kit.See(c, "/ticket/mine")
}

// paper is how the slip stands.
type paper string

const (
	printing paper = "printing" // on its way
	printed  paper = "printed"  // known to be on paper
	sent     paper = "sent"     // the printer took it; nobody knows more
	failed   paper = "failed"   // not on paper, or nobody knows
)

type ticketView struct {
	Ticket    kiosk.Ticket
	Procedure catalog.Procedure
	Ahead     int // -1: unknown
	Paper     paper
	Trouble   kit.Notice // for Paper failed
	QR        [][]bool
}

func (s *Screens) ticketPage(c *fiber.Ctx) error {
	v := s.visit(c)
	if v.Ticket.No == 0 {
		return s.kit.See(c, "/ticket")
	}
	view := ticketView{Ticket: v.Ticket, Ahead: -1, Paper: printing}
	view.Procedure, _ = s.Catalog().Procedure(v.Ticket.Procedure)
	if n, err := s.Counter.Ahead(s.kit.Ctx(c), v.Ticket.No); err == nil {
		view.Ahead = n
	} else {
		s.kit.Explain(c, err) // for the log: the number is worth showing without it
	}
	var err error
	if view.Paper, err = paperOf(v); err != nil {
		view.Trouble = s.trouble(c, v, err)
	}
	if code, err := qr.TicketCode(qr.TicketRef{Point: s.Point, Day: v.Ticket.Day, No: v.Ticket.No}); err == nil {
		view.QR, _ = qr.Matrix(qr.Text('T', code)) // without one, the number is enough
	}
	return s.pages.Show(c, "ticket", view.page())
}

func (v ticketView) page() kit.Page {
	page := kit.Page{Title: kit.Say("resident.number.title"), Wide: true, OwnHeading: true, Data: v}
	if v.Paper == printing {
		page.Then, page.ThenIn = "/ticket/mine", time.Second
	}
	return page
}

// trouble says why there is no paper; the first time it is logged.
func (s *Screens) trouble(c *fiber.Ctx, v visit, err error) kit.Notice {
	if v.Trouble.Code == "" {
		v.Trouble = s.kit.Explain(c, err)
		s.keep(c, v)
		return v.Trouble
	}
	n := s.kit.Notice(c, v.Trouble.Tone, v.Trouble.Code) // the language may have changed
	n.Incident = v.Trouble.Incident
	return n
}

// paperOf says what is known of the slip, and the trouble if there is one.
func paperOf(v visit) (paper, error) {
	if v.Printing == nil {
		return failed, v.PrintErr
	}
	select {
	case <-v.Printing.Done:
	default:
		return printing, nil
	}
	switch v.Printing.Result.Level {
	case devices.LevelPrinted, devices.LevelBody:
		return printed, nil
	case devices.LevelSent, devices.LevelProcessed:
		return sent, nil
	}
	if v.Printing.Err == nil {
		return failed, errors.New("print ended without a result")
	}
	return failed, v.Printing.Err
}
