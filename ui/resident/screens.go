package resident

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/ui/kit"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Counter is what the screens need of intake.Counter.
type Counter interface {
	CheckIn(ctx context.Context, scanned string) (kiosk.Ticket, error)
	TakeTicket(ctx context.Context, class kiosk.Class, procedure kiosk.ProcedureID) (kiosk.Ticket, error)
	Ahead(ctx context.Context, no int) (int, error)
	CallStaff(ctx context.Context, seat string) error
	PrintTicket(ctx context.Context, t kiosk.Ticket) (*intake.Printing, error)
}

// Screens are the resident's screens of one seat.
type Screens struct {
	Counter    Counter
	Point      kiosk.PointCode
	Catalog    func() *catalog.Catalog
	Guide      func() *guide.Guide                       // of that catalogue
	Conditions func() []health.Condition                 // nil: none are shown
	Scans      func(context.Context) <-chan devices.Code // codes read at this seat until the context ends; nil: no reader

	kit   *kit.Kit
	pages *kit.Pages
}

// visit is what one visit remembers: the choices made so far and the number.
type visit struct {
	Class     kiosk.Class
	Procedure kiosk.ProcedureID
	Ticket    kiosk.Ticket // No 0: none yet
	Printing  *intake.Printing
	PrintErr  error      // the slip could not even be queued
	Trouble   kit.Notice // why there is no paper, once it is known and logged
	Query     string
	Facts     map[kiosk.ProcedureID]kiosk.Answers
	Told      map[string]kiosk.Answers // by situation
	List      string                   // the page a situation was chosen on
	From      string                   // the page a procedure was chosen on
	Last      string                   // the page whose words were looked up
	Here      string                   // the page shown last, to come back to from help
}

// Mount hangs the screens on a seat; it is a ui.Mount.
func (s *Screens) Mount(r fiber.Router, k *kit.Kit) error {
	sub, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return err
	}
	s.kit = k
	if s.pages, err = k.Pages(sub); err != nil {
		return err
	}
	r.Get("/", s.start)
	r.Get("/scan", s.scan)
	r.Get("/begin", func(c *fiber.Ctx) error { return k.See(c, "/") })
	r.Post("/begin", s.begin)
	r.Post("/help", s.callStaff)

	only := k.Only(kit.Resident)
	r.Get("/help", only, s.help)
	r.Get("/check-in", only, s.here(s.checkInPage))
	r.Post("/check-in", only, s.checkIn)
	r.Get("/ticket", only, s.here(s.classPage))
	r.Post("/ticket", only, s.chooseClass)
	r.Get("/ticket/procedure", only, s.here(s.procedurePage))
	r.Post("/ticket/procedure", only, s.takeTicket)
	r.Get("/ticket/mine", only, s.here(s.ticketPage))
	r.Get("/procedures", only, s.here(s.findPage))
	r.Get("/fields/:field", only, s.here(s.fieldPage))
	r.Get("/find", only, s.here(s.foundPage))
	r.Post("/find", only, s.find)
	r.Get("/procedures/:id", only, s.here(s.bringPage))
	r.Post("/procedures/:id", only, s.answerFact)
	r.Post("/procedures/:id/ticket", only, s.ticketFor)
	r.Get("/land", only, s.here(s.landPage))
	r.Get("/land/words", only, s.here(s.wordsPage))
	r.Get("/situations/:id/:fact?", only, s.here(s.situationPage))
	r.Post("/situations/:id/:fact?", only, s.tell)
	return nil
}

// visit gives what the visit remembers so far; keep saves it.
func (s *Screens) visit(c *fiber.Ctx) visit {
	v, _ := kit.Kept[visit](s.kit, c)
	return v
}

func (s *Screens) keep(c *fiber.Ctx, v visit) { kit.Keep(s.kit, c, v) }

// here remembers the page that show shows, if it does.
func (s *Screens) here(show fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := show(c); err != nil || c.Response().StatusCode() != fiber.StatusOK {
			return err
		}
		v := s.visit(c)
		v.Here = s.kit.OwnPath(c.Path())
		s.keep(c, v)
		return nil
	}
}

// goal is one thing to come for, as offered on the start page.
type goal struct {
	ID, Icon, Path string
	Primary        bool
}

var goals = []goal{
	{ID: "ticket", Icon: "ticket", Path: "/ticket", Primary: true},
	{ID: "check_in", Icon: "qr-code", Path: "/check-in"},
	{ID: "find", Icon: "list-checks", Path: "/procedures"},
}

type startView struct {
	Goals  []goal
	Reader bool
}

// start asks nothing: it offers.
func (s *Screens) start(c *fiber.Ctx) error {
	return s.pages.Show(c, "start", startView{Goals: goals, Reader: s.Scans != nil}.page(s.notices(c)))
}

func (v startView) page(notices []kit.Notice) kit.Page {
	return kit.Page{Title: kit.Say("resident.start.title"), Lead: kit.Say("resident.start.lead"), Wide: true, OwnHeading: true, Notices: notices, Data: v}
}

// notices tells a resident about the printer, the one device that changes what
// they should expect.
func (s *Screens) notices(c *fiber.Ctx) []kit.Notice {
	if s.Conditions == nil {
		return nil
	}
	var mine []health.Condition
	for _, x := range s.Conditions() {
		if x.Severity == health.Critical && strings.HasPrefix(string(x.Code), devices.PrinterDevice+".") {
			mine = append(mine, x)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	return []kit.Notice{s.kit.Notice(c, kit.Careful, "resident.no_paper")}
}

// begin starts a visit for the goal chosen, or for a code that was read while
// the start page stood there.
func (s *Screens) begin(c *fiber.Ctx) error {
	s.kit.Begin(c)
	if code := c.FormValue("code"); code != "" {
		return s.checkInWith(c, code)
	}
	for _, g := range goals {
		if g.ID == c.FormValue("goal") {
			return s.kit.See(c, g.Path)
		}
	}
	return s.kit.See(c, "/")
}

// callStaff tells the staff that a resident asks for a person.
func (s *Screens) callStaff(c *fiber.Ctx) error {
	if s.kit.Session(c).Role == kit.Nobody {
		s.kit.Begin(c)
	}
	if err := s.Counter.CallStaff(s.kit.Ctx(c), string(s.kit.Seat)); err != nil {
		return err
	}
	return s.kit.See(c, "/help")
}

func (s *Screens) help(c *fiber.Ctx) error {
	v := s.visit(c)
	if v.Here == "" {
		v.Here = "/"
	}
	return s.pages.Show(c, "help", helpView{Ticket: v.Ticket.No, Here: v.Here}.page())
}

type helpView struct {
	Ticket int    // 0: no number yet
	Here   string // the page to go on with
}

func (v helpView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.help.title"), Lead: kit.Say("resident.help.lead"), OwnHeading: true, Data: v}
}
