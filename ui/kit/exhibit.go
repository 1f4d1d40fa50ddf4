package kit

import (
	"io/fs"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// Exhibit is one screen in one state with invented data, as the gallery shows
// it: what a handler would give to Show, and who would be looking.
type Exhibit struct {
	Name   string // within its collection, lower case with hyphens: it is part of an address
	Screen string // the page, as in Show
	Role   Role
	Who    string // the signed-in staff member's name
	Page   Page
}

// Collection is all exhibits of one package of screens.
type Collection struct {
	Name     string                             // of the package
	Seat     Seat                               // where these screens are at home
	Files    fs.FS                              // holds pages/*.html
	Exhibits func(Tell, phrases.Lang) []Exhibit // made anew for each request, in its language
}

// Tell makes a notice of a code's two sentences, for whoever looks.
type Tell func(tone Tone, code kiosk.Code, args ...any) Notice

// Tell says what people at a seat are told, in the language of the request.
func (k *Kit) Tell(c *fiber.Ctx, seat Seat) Tell {
	lang := k.Session(c).Settings.Lang
	return func(tone Tone, code kiosk.Code, args ...any) Notice {
		n := tell(lang, seat == Window, code, args)
		n.Tone = tone
		return n
	}
}

// Exhibit shows an exhibit as the person of its role would see it. It stands
// still: it never leads on by itself. The settings and the form token are the
// ones of whoever looks.
func (p *Pages) Exhibit(c *fiber.Ctx, seat Seat, e Exhibit) error {
	page := e.Page
	page.Then, page.ThenIn = "", 0
	v := p.kit.view(c, page)
	v.Seat = seat
	v.Session.Role, v.Session.Name, v.Session.Staff = e.Role, e.Who, kiosk.StaffID(e.Who)
	v.Left = -1
	if v.Begun() {
		v.Warning = int(p.kit.Warning.Seconds())
		v.Left, v.Ask = int(p.kit.ResidentIdle.Seconds())+v.Warning, int(p.kit.ResidentIdle.Seconds())
	}
	return p.send(c, e.Screen, v)
}

// tell looks up the two sentences of a code, for residents or for staff.
func tell(lang phrases.Lang, resident bool, code kiosk.Code, args []any) Notice {
	if lang == "" {
		lang = phrases.VI
	}
	explain := phrases.Explain
	if resident {
		explain = phrases.ExplainResident
	}
	n := Notice{Code: code}
	n.Title, n.Do = explain(lang, code, args...)
	return n
}

// Specimen is the address of the picture that stands for any scanned page or
// printed slip in an exhibit. The gallery serves it, also under every address
// below, and leads everything posted there back to its index.
const Specimen = "/gallery/specimen"
