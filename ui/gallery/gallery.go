package gallery

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

//go:embed pages/*.html
var files embed.FS

// still is the server's policy without scripts: a stream that tells nothing,
// or a clock that ends no visit, would only lead away.
const still = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Gallery shows the exhibits of the packages it is given. Both fields are
// required.
type Gallery struct {
	Collections []kit.Collection
	Specimen    func() []byte // gives the picture at kit.Specimen
}

// seat is the gallery at one seat.
type seat struct {
	*Gallery
	kit   *kit.Kit
	own   *kit.Pages
	pages map[string]*kit.Pages // by collection
}

type view struct {
	Rooms []room
}

// room is one collection on the index page.
type room struct {
	Name     string
	Exhibits []kit.Exhibit
}

// Mount hangs the gallery on a seat; it is a ui.Mount.
func (g *Gallery) Mount(r fiber.Router, k *kit.Kit) error {
	s := &seat{Gallery: g, kit: k, pages: map[string]*kit.Pages{}}
	own, err := fs.Sub(files, "pages")
	if err != nil {
		return err
	}
	if s.own, err = k.Pages(own); err != nil {
		return err
	}
	for _, c := range g.Collections {
		sub, err := fs.Sub(c.Files, "pages")
		if err != nil {
			return err
		}
		if s.pages[c.Name], err = k.Pages(sub); err != nil {
			return err
		}
	}
	r.Get("/gallery", s.index)
	r.Get(kit.Specimen+"/*", s.specimen)
	r.Post(kit.Specimen+"/*", s.leave)
	r.Get("/gallery/:collection/:name", s.exhibit)
	r.Post("/gallery/:collection/:name", s.again)
	return nil
}

// index lists every screen in every state.
func (s *seat) index(c *fiber.Ctx) error {
	var v view
	for _, x := range s.Collections {
		v.Rooms = append(v.Rooms, room{Name: x.Name, Exhibits: x.Exhibits(s.kit.Tell(c, x.Seat), s.lang(c))})
	}
	return s.own.Show(c, "gallery", v.page())
}

func (v view) page() kit.Page {
	return kit.Page{Title: kit.Say("gallery.title"), Lead: kit.Say("gallery.lead"), Wide: true, Data: v}
}

// exhibit shows one screen in one state, at the seat where it is at home or,
// with ?seat=window, on the touch screen.
func (s *seat) exhibit(c *fiber.Ctx) error {
	i := slices.IndexFunc(s.Collections, func(x kit.Collection) bool { return x.Name == c.Params("collection") })
	if i < 0 {
		return fiber.ErrNotFound
	}
	from := s.Collections[i]
	all := from.Exhibits(s.kit.Tell(c, from.Seat), s.lang(c))
	j := slices.IndexFunc(all, func(e kit.Exhibit) bool { return e.Name == c.Params("name") })
	if j < 0 {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentSecurityPolicy, still)
	at := from.Seat
	if c.Query("seat") == string(kit.Window) {
		at = kit.Window
	}
	return s.pages[from.Name].Exhibit(c, at, all[j])
}

// again answers the form of a page that posts to its own address.
func (s *seat) again(c *fiber.Ctx) error { return s.kit.See(c, c.Path()) }

// leave answers what belongs to nothing real.
func (s *seat) leave(c *fiber.Ctx) error { return s.kit.See(c, "/gallery") }

func (s *seat) specimen(c *fiber.Ctx) error {
	picture := s.Specimen()
	c.Set(fiber.HeaderContentType, http.DetectContentType(picture))
	return c.Send(picture)
}

func (s *seat) lang(c *fiber.Ctx) phrases.Lang { return s.kit.Session(c).Settings.Lang }
