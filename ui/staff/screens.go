package staff

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/ui/kit"
)

//go:embed pages/*.html
var files embed.FS

// Screens are the clerk's pages. Every field but Log is required.
type Screens struct {
	Counter *intake.Counter
	Desk    *intake.Desk
	Door    *intake.Door
	Board   *health.Board
	Outbox  interface {
		Status() outbox.Status
		TryNow()
	}
	Printer Printer
	// ClearScans deletes what an earlier turn left where scans arrive, and says
	// how many; nil where scans do not arrive in a folder.
	ClearScans func(context.Context) (int, error)
	Guide      func() *guide.Guide                       // over the desk's catalogue
	Codes      func(context.Context) <-chan devices.Code // what the reader reads until the context ends
	Changes    func() <-chan struct{}                    // closed at the next change of anything
	Log        *slog.Logger                              // nil: discarded

	PrintDeclaration func(io.Writer, intake.Work) error // writes the declaration as far as it has come, as a PDF
}

// seat is the pages of one seat.
type seat struct {
	*Screens
	kit      *kit.Kit
	pages    *kit.Pages
	captures *captures
}

// Mount hangs the pages on a seat; it is a ui.Mount.
func (s *Screens) Mount(r fiber.Router, k *kit.Kit) error {
	own, err := fs.Sub(files, "pages")
	if err != nil {
		return err
	}
	pages, err := k.Pages(own)
	if err != nil {
		return err
	}
	screens := *s
	if screens.Log == nil {
		screens.Log = slog.New(slog.DiscardHandler)
	}
	p := &seat{Screens: &screens, kit: k, pages: pages, captures: &captures{}}
	r.Get("/staff/sign-in", p.signInPage)
	r.Post("/staff/sign-in", p.signIn)
	g := r.Group("/staff", p.door, k.Only(kit.Clerk))
	p.mountLine(g)
	p.mountDossier(g.Group("/dossier/:id"))
	return nil
}

// mountLine hangs the pages that are not about one dossier.
func (s *seat) mountLine(g fiber.Router) {
	g.Get("/", s.line)
	g.Get("/events", s.lineEvents)
	g.Post("/next", s.callNext)
	g.Post("/calls", s.clearCall)
	g.Post("/tickets/:no", s.moveTicket)
	g.Get("/open", s.openPage)
	g.Post("/open", s.open)
	g.Get("/procedures/:id", s.procedurePage)
	g.Get("/book", s.bookPage)
	g.Post("/book", s.book)
	g.Get("/book/done", s.booked)
	g.Get("/outbox", s.outboxPage)
	g.Post("/outbox", s.pokeOutbox)
	g.Get("/outbox/events", s.outboxEvents)
	g.Get("/slips", s.slipsPage)
	g.Get("/slips/events", s.slipsEvents)
	g.Post("/slips/printer", s.helpPrinter)
	g.Post("/slips/scans", s.clearScans)
	g.Post("/slips/:job", s.settleSlip)
	g.Get("/find", s.findPage)
	g.Post("/find", s.find)
	g.Get("/case/:id", s.casePage)
}

// mountDossier hangs the pages of one dossier.
func (s *seat) mountDossier(g fiber.Router) {
	g.Get("/", s.dossier)
	g.Get("/events", s.dossierEvents)
	g.Get("/terms", s.termsPage)
	g.Get("/abandon", s.abandonPage)
	g.Post("/abandon", s.abandon)
	g.Get("/form", s.formPage)
	g.Post("/form", s.saveForm)
	g.Get("/form/:question", s.questionPage)
	g.Post("/form/:question", s.answer)
	g.Get("/declaration.pdf", s.declarationPDF)
	g.Get("/card", s.cardPage)
	g.Post("/card", s.takeCard)
	g.Get("/card/scan", s.cardScan)
	g.Get("/papers", s.papers)
	g.Post("/papers/stop", s.stopCapture)
	g.Post("/papers/:req/capture", s.capture)
	g.Post("/papers/:req/waive", s.waive)
	g.Get("/pages/:page", s.pagePage)
	g.Get("/pages/:page/small", s.thumbnail(360))
	g.Get("/pages/:page/large", s.thumbnail(1600))
	g.Post("/pages/:page/accept", s.acceptPage)
	g.Post("/pages/:page/reject", s.rejectPage)
	g.Get("/review", s.reviewPage)
	g.Post("/review", s.review)
	g.Get("/consent", s.consentPage)
	g.Post("/consent", s.consent)
	g.Get("/handover", s.handOverPage)
	g.Post("/handover", s.handOver)
	g.Get("/filing", s.filingPage)
	g.Post("/filing", s.file)
	g.Post("/filing/begin", s.beginFiling)
	g.Get("/filing/scan", s.filingScan)
	g.Get("/filing/files/:name", s.filingFile)
	g.Post("/print", s.printAssist)
	g.Get("/finish", s.finishPage)
	g.Post("/finish", s.finish)
	s.mountFees(g.Group("/fee"))
}

// door leads whoever has not signed in to the sign-in page, and technicians to
// their own first page: the seat's home would lead them here again.
func (s *seat) door(c *fiber.Ctx) error {
	switch s.kit.Session(c).Role {
	case kit.Clerk:
		return c.Next()
	case kit.Technician:
		return s.kit.See(c, "/technician")
	}
	if dest := c.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		return s.kit.GoHome(c)
	}
	return s.kit.See(c, "/staff/sign-in")
}

// who is the clerk signed in.
func (s *seat) who(c *fiber.Ctx) kiosk.StaffID { return s.kit.Session(c).Staff }

// told is what the next page says once.
type told struct{ notices []kit.Notice }

// tell has the next page say a result.
func (s *seat) tell(c *fiber.Ctx, n kit.Notice) {
	kit.Keep(s.kit, c, told{[]kit.Notice{n}})
}

// show sends a page with what there is to tell on top.
func (s *seat) show(c *fiber.Ctx, name string, page kit.Page) error {
	if t, _ := kit.Kept[told](s.kit, c); len(t.notices) > 0 {
		page.Notices = append(t.notices, page.Notices...)
		kit.Keep(s.kit, c, told{})
	}
	return s.pages.Show(c, name, page)
}

// codeOf names any error the way its sentences are looked up.
func codeOf(err error) kiosk.Code {
	if e, ok := errors.AsType[*kiosk.Error](err); ok {
		return e.Code
	}
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return kiosk.Code(f.Code())
	}
	return kiosk.CodeOf(err)
}

// Codes lists the codes these screens store as reasons; each has the sentence
// "staff.reason.<code>".
func Codes() []kiosk.Code {
	var all []kiosk.Code
	for _, list := range [][]kiosk.Code{abandonReasons, rejectReasons} {
		all = append(all, list...)
	}
	return all
}
