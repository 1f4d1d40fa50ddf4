// Package kit is the workbench every screen is built on: sessions, pages,
// forms, notices, streams, static files and the one design.
//
// A package of screens has one constructor that cmd/kiosk gives to ui.Config as
// a Mount; it reads its templates once and hangs its handlers on the router:
//
//	//go:embed pages/*.html
//	var files embed.FS
//
//	func (s *Screens) Mount(r fiber.Router, k *kit.Kit) error {
//		pages, err := k.Pages(sub) // sub: fs.Sub(files, "pages")
//		…
//		clerk := r.Group("/staff", k.Only(kit.Clerk))
//		clerk.Get("/line", s.line)
//		clerk.Post("/line/next", s.callNext)
//	}
//
// # A page
//
// A handler parses, calls one use case and shows:
//
//	return pages.Show(c, "line", kit.Page{Title: kit.Say("staff.line.title"), Data: lineView{…}})
//
// Page.Title is the h1. Each pages/<name>.html holds {{define "main"}}…{{end}}
// and may define "head", "nav" (links in the top bar) and "scripts"; with
// Page.OwnHeading it shows the h1 itself. Files whose name begins with "_" are shared by all
// pages of the package. Dot is a View: .Data is the page's own data, .Form,
// .CSRF, .Session, .Settings, .Demo, .Here (own address) come with it; inside
// range and with they are $.Data, $.CSRF and so on. {{template "x" (pair $ .)}}
// hands a shared template one item: there .Item, .CSRF, ….
//
// Functions: t "code" "name" value… (sentence of package phrases) · say Text ·
// icon "lucide-name" · asset "js/x.js" · qr Matrix "label.code" · clock, day,
// weekday of a time · amount of đồng · sign of a Tone · wrong of a field's code.
//
// No sentence stands in a template or in Go: all are codes of package phrases.
//
// # A form
//
// Post to the address that GET shows, so that reload, settings and Back work;
// answer success with k.See (303) and trouble with the same page:
//
//	form := kit.Form{Submit: kit.Say("staff.pin.submit"), Fields: []kit.Field{{ID: "pin", Kind: kit.PINField, Label: kit.Say("staff.pin.label")}}}
//	form.Fill(c)
//	if err := useCase(k.Ctx(c), form.Value("pin")); form.Blame(err) {
//		return pages.Show(c, "pin", kit.Page{Title: …, Form: &form, Status: 422})
//	} else if err != nil {
//		return err // the server shows and logs it
//	}
//	return k.See(c, "/staff")
//
// {{template "form" .}} shows a whole Page.Form; {{template "field" .}} one
// Field; the error summary stands on top by itself. kit.Ask makes the field of
// a catalogue question. A button that only acts is a form of its own:
//
//	<form method="post" action="/staff/line/next">{{template "csrf" .}}<button class="button primary">…</button></form>
//
// Every unsafe request needs _csrf (or header X-CSRF-Token, which htmx takes
// from hx-headers) and comes from the same origin.
//
// # Sessions
//
// k.Session(c) says who sits there; k.Begin starts a resident's visit, k.SignIn
// staff's, k.End forgets the person (POST or GET /end does it for every page).
// kit.Keep and kit.Kept remember one value per type until the visit ends; they
// are the only memory between pages. k.Only guards routes by role.
// Requests count as activity except event streams and requests with the header
// X-Background: 1, which anything that polls must send.
//
// # Trouble
//
// Handlers return errors; the server shows the page and logs once. To show one
// inside a page instead: Notices: []kit.Notice{k.Explain(c, err)}. A lasting
// state: k.Conditions(c, board.List()). A result: k.Notice(c, kit.Good, "code").
// {{template "notice" .}} shows one anywhere.
//
// # Time
//
// k.Ctx(c) carries the request's deadline (15 s). For a scan take k.Within(d),
// run it in a goroutine of a long-lived part, never touch c there, and let the
// page listen on k.Stream (static/js/listen.js reloads or fills on events).
//
// # Looks
//
// static/css/tokens.css holds every colour and measure. Classes: button with
// primary, danger or quiet; actions (a row of buttons); card, cards (grid);
// rows (a list of wide rows, whole row clickable); facts (dl); badge with a
// tone; table; split (two columns); steps; empty (nothing here yet); panel.
// Each screens package may add static/css/<name>.css. Sizes are rem, or
// calc(var(--mm) * n) where millimetres count.
//
// # The gallery
//
// Each package says in exhibits.go what its pages look like in every state,
// with invented data: Exhibits gives a Collection, whose pages come from the
// same functions that the handlers use (view.page()). The demo shows them at
// /gallery, and the tests of package gallery hold each of them to WCAG 2.2 AA,
// to a finger's measures and to the edge of the panel, in both engines. A page
// without an exhibit fails.
//
// # Tests
//
// Package uitest is a browser for tests: it keeps cookies, sends tokens, and
// its Page.Missing finds codes without a sentence in what was shown.
//
// It promises that a template's failure never reaches the browser as half a
// page, and that nothing a person typed outlives the visit. It never talks to
// a device or the store.
package kit
