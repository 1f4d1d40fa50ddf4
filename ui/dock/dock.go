package dock

import (
	"cmp"
	"embed"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/ui/kit"
)

//go:embed pages/*.html
var files embed.FS

// Fault is one trouble the dock can order, and the word that ends it.
type Fault struct {
	Device string // "printer", "scanner" or "network"
	Word   string
	Undo   string // empty if it passes by itself
	Group  string // where it stands on the page; empty is with the device
}

// Booking is one invented booking whose QR can be shown to the reader.
type Booking struct {
	Code      string // as a resident would type it
	Text      string // what the QR says
	Procedure string
}

// Dock is the demo's far side. Every field is required.
type Dock struct {
	Faults   []Fault
	Do       func(device, word string) error // orders a fault or ends one
	Feed     func(sheet int) error           // lays sample sheet 1, 2, … on the scanner
	Sheets   int                             // how many different sample sheets there are
	Waiting  func() int                      // sheets lying on the scanner
	Show     func(text string) error         // holds a code in front of the reader
	Bookings func() []Booking
	Slips    string              // folder of the printed slips' pictures
	Trace    func() []kiosk.Code // faults that stand now, as "device.word"

	pages *kit.Pages
	kit   *kit.Kit
}

type view struct {
	Groups   []group
	Sheets   []int
	Waiting  int
	Bookings []Booking
	Slips    []picture
}

// picture is one printed slip as the virtual printer painted it.
type picture struct{ Name, Address string }

type group struct {
	Name   string // what "dock.device." names
	Faults []button
	Folded bool // shown when asked for
}

type button struct {
	Fault
	Standing bool
}

// Mount hangs the dock on a seat.
func (d *Dock) Mount(r fiber.Router, k *kit.Kit) error {
	own, err := fs.Sub(files, "pages")
	if err != nil {
		return err
	}
	pages, err := k.Pages(own)
	if err != nil {
		return err
	}
	screen := *d
	screen.pages, screen.kit = pages, k
	g := r.Group("/dock")
	g.Get("/", screen.show)
	g.Post("/fault", screen.order)
	g.Post("/feed", screen.feed)
	g.Post("/code", screen.code)
	g.Get("/slips/:name", screen.slip)
	return nil
}

func (d *Dock) show(c *fiber.Ctx) error {
	v := view{Waiting: d.Waiting(), Bookings: d.Bookings(), Slips: d.slips()}
	for n := range d.Sheets {
		v.Sheets = append(v.Sheets, n+1)
	}
	standing := d.Trace()
	for _, f := range d.Faults {
		name := cmp.Or(f.Group, f.Device)
		if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Name != name {
			v.Groups = append(v.Groups, group{Name: name, Folded: f.Group != ""})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Faults = append(last.Faults, button{f, slices.Contains(standing, kiosk.Code(f.Device+"."+f.Word))})
	}
	return d.pages.Show(c, "dock", v.page())
}

func (v view) page() kit.Page {
	return kit.Page{Title: kit.Say("dock.title"), Lead: kit.Say("dock.lead"), Data: v, Wide: true}
}

// slips lists the newest pictures of printed slips.
func (d *Dock) slips() []picture {
	names, err := filepath.Glob(filepath.Join(d.Slips, "*.png"))
	if err != nil {
		return nil
	}
	slices.Sort(names)
	slices.Reverse(names)
	var out []picture
	for _, n := range names[:min(len(names), 4)] {
		name := filepath.Base(n)
		out = append(out, picture{Name: name, Address: "/dock/slips/" + name})
	}
	return out
}

func (d *Dock) slip(c *fiber.Ctx) error {
	name, err := url.PathUnescape(c.Params("name"))
	if err != nil || name != filepath.Base(name) || filepath.Ext(name) != ".png" {
		return fiber.ErrNotFound
	}
	return c.SendFile(filepath.Join(d.Slips, name))
}

func (d *Dock) order(c *fiber.Ctx) error {
	device, word := c.FormValue("device"), c.FormValue("word")
	known := slices.ContainsFunc(d.Faults, func(f Fault) bool { return f.Device == device && (f.Word == word || f.Undo == word) })
	if !known {
		return fiber.ErrNotFound
	}
	if err := d.Do(device, word); err != nil {
		return err
	}
	return d.kit.See(c, "/dock")
}

func (d *Dock) feed(c *fiber.Ctx) error {
	n, err := strconv.Atoi(c.FormValue("sheet"))
	if err != nil || n < 1 || n > d.Sheets {
		return fiber.ErrNotFound
	}
	if err := d.Feed(n); err != nil {
		return err
	}
	return d.kit.See(c, "/dock")
}

func (d *Dock) code(c *fiber.Ctx) error {
	code := c.FormValue("code")
	for _, b := range d.Bookings() {
		if b.Code == code {
			if err := d.Show(b.Text); err != nil {
				return err
			}
			return d.kit.See(c, "/dock")
		}
	}
	return fiber.ErrNotFound
}
