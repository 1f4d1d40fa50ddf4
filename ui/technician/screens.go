package technician

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/ui/kit"
)

//go:embed pages/*.html
var files embed.FS

// Screens are the technician's pages.
type Screens struct {
	Board   *health.Board
	Devices func() []devices.Status
	Loans   func() []intake.Loan
	Prints  func(ctx context.Context, n int) ([]kiosk.PrintJob, error)
	Outbox  func() outbox.Status
	Free    func() (bytes int64, share float64, err error)
	Facts   func() []Fact // versions and names, as they are
	// TestPrint prints a test slip and returns at once.
	TestPrint func(ctx context.Context) error

	pages *kit.Pages
	kit   *kit.Kit
}

// Fact is one line about the unit: a phrase and a value.
type Fact struct {
	Label kiosk.Code
	Value string
}

type view struct {
	Devices []devices.Status
	Loans   []intake.Loan
	Prints  []kiosk.PrintJob
	Outbox  outbox.Status
	FreeGB  int64
	FreePct int
	Facts   []Fact
}

// Mount hangs the pages on a seat.
func (s *Screens) Mount(r fiber.Router, k *kit.Kit) error {
	own, err := fs.Sub(files, "pages")
	if err != nil {
		return err
	}
	pages, err := k.Pages(own)
	if err != nil {
		return err
	}
	seat := *s
	seat.pages, seat.kit = pages, k
	g := r.Group("/technician", k.Only(kit.Technician))
	g.Get("/", seat.show)
	g.Post("/print", seat.testPrint)
	return nil
}

func (s *Screens) show(c *fiber.Ctx) error {
	prints, err := s.Prints(s.kit.Ctx(c), 8)
	if err != nil {
		return err
	}
	free, share, err := s.Free()
	if err != nil {
		return err
	}
	v := view{Devices: s.Devices(), Loans: s.Loans(), Prints: prints, Outbox: s.Outbox(), FreeGB: free >> 30, FreePct: int(share * 100), Facts: s.Facts()}
	return s.pages.Show(c, "technician", v.page(s.kit.Conditions(c, s.Board.List())))
}

// page asks again by itself, so that a cable put back in shows.
func (v view) page(conditions []kit.Notice) kit.Page {
	return kit.Page{Title: kit.Say("technician.title"), Wide: true, Notices: conditions, Then: "/technician", ThenIn: 15 * time.Second, Data: v}
}

func (s *Screens) testPrint(c *fiber.Ctx) error {
	if err := s.TestPrint(s.kit.Ctx(c)); err != nil {
		return err
	}
	return s.kit.See(c, "/technician")
}
