package kit

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

//go:embed templates/*.html
var templates embed.FS

// langs are the languages every page exists in.
var langs = []phrases.Lang{phrases.VI, phrases.EN, phrases.Pseudo}

// frame is the kit's own templates for one language.
type frame = *template.Template

// Page is what a handler gives to be shown.
type Page struct {
	Title      Text     // the heading and the window's title; required
	Lead       Text     // one sentence under the heading
	Back       string   // where "Quay lại" leads; empty: no such link
	Form       *Form    // shown by {{template "form" .}}
	Notices    []Notice // shown above the content
	Data       any      // what the page's own templates show, as .Data
	Status     int      // 0: 200
	OwnHeading bool     // the page's own template holds the h1
	Wide       bool     // uses the full width; reading pages stay narrow
	Then       string   // load this address after ThenIn, for pages that show a result
	ThenIn     time.Duration
}

// View is what templates get as dot: the page, and what the frame shows.
type View struct {
	Page
	Lang     phrases.Lang
	Session  Session
	Settings Settings
	Seat     Seat
	Point    string
	Place    string
	Demo     bool
	Home     string
	CSRF     string
	Here     string // the page's own address
	Left     int    // seconds until the session ends if nothing happens; -1: never
	Warning  int    // the last seconds, during which the person is asked
	Ask      int    // seconds until the person is asked, for browsers without scripts
	Now      time.Time
}

// Begun reports whether somebody is being served.
func (v View) Begun() bool { return v.Session.Role != Nobody }

// ForResident reports whether the page is a resident's, or nobody's yet.
func (v View) ForResident() bool {
	return v.Seat == Window && (v.Session.Role == Nobody || v.Session.Role == Resident)
}

// Sizes are the steps of text size.
func (v View) Sizes() []int { return []int{1, 2, 3, 4} }

// Pages are the templates of one package of screens. A template is made when
// its page is first shown in a language and kept: most pages are never shown in
// most languages, and all of them together are large.
type Pages struct {
	kit    *Kit
	fsys   fs.FS
	shared []string // files whose name begins with "_"
	names  []string // pages, by their name without ending

	mu   sync.Mutex
	made map[pageKey]*template.Template
}

type pageKey struct {
	lang phrases.Lang
	name string
}

// Pages reads every *.html of fsys: files that begin with "_" are shared by
// all pages, every other one is a page by its name without ending and defines
// "main", and if it wants "head", "nav" or "scripts".
func (k *Kit) Pages(fsys fs.FS) (*Pages, error) {
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	p := &Pages{kit: k, fsys: fsys, made: map[pageKey]*template.Template{}}
	for _, n := range names {
		if strings.HasPrefix(n, "_") {
			p.shared = append(p.shared, n)
		} else {
			p.names = append(p.names, strings.TrimSuffix(n, ".html"))
		}
	}
	for _, n := range p.names { // a mistake in a template shows at the start
		if _, err := p.parse(pageKey{phrases.VI, n}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Pages) parse(key pageKey) (*template.Template, error) {
	t, err := p.kit.frames[key.lang].Clone()
	if err == nil {
		t, err = t.ParseFS(p.fsys, append(p.shared[:len(p.shared):len(p.shared)], key.name+".html")...)
	}
	if err != nil {
		return nil, fmt.Errorf("kit: page %s: %w", key.name, err)
	}
	return t, nil
}

// template gives a page's template in one language.
func (p *Pages) template(key pageKey) (*template.Template, error) {
	if !slices.Contains(p.names, key.name) || p.kit.frames[key.lang] == nil {
		return nil, fmt.Errorf("kit: no page %q in %q", key.name, key.lang)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.made[key]; t != nil {
		return t, nil
	}
	t, err := p.parse(key)
	if err == nil {
		p.made[key] = t
	}
	return t, err
}

// Names lists the pages, for tests that show them all.
func (p *Pages) Names() []string {
	return slices.Clone(p.names)
}

// Show renders a page in the language of the session and sends it. Nothing is
// sent when a template fails.
func (p *Pages) Show(c *fiber.Ctx, name string, page Page) error {
	k := p.kit
	v := k.view(c, page)
	if c.Method() == fiber.MethodGet && page.Then == "" && page.Status == 0 {
		k.Sessions.Saw(v.Session.id, v.Here)
	}
	return p.send(c, name, v)
}

// send renders a page in its frame and sends it.
func (p *Pages) send(c *fiber.Ctx, name string, v View) error {
	t, err := p.template(pageKey{v.Lang, name})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "frame", v); err != nil {
		return fmt.Errorf("kit: page %s: %w", name, err)
	}
	return send(c, v.Status, out.Bytes())
}

// Part renders one template of a page without the frame, for htmx.
func (p *Pages) Part(c *fiber.Ctx, name, part string, page Page) error {
	v := p.kit.view(c, page)
	t, err := p.template(pageKey{v.Lang, name})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, v); err != nil {
		return fmt.Errorf("kit: part %s of %s: %w", part, name, err)
	}
	return send(c, page.Status, out.Bytes())
}

func send(c *fiber.Ctx, status int, body []byte) error {
	if status == 0 {
		status = fiber.StatusOK
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(body)
}

func (k *Kit) view(c *fiber.Ctx, page Page) View {
	s := k.Session(c)
	if s.Settings.Lang == "" {
		s.Settings = UsualSettings()
	}
	v := View{Page: page, Lang: s.Settings.Lang, Session: s, Settings: s.Settings, Seat: k.Seat, Point: k.Point, Place: k.Place,
		Demo: k.Demo, Home: k.Home, CSRF: s.csrf, Here: string(c.Request().URI().RequestURI()), Left: -1, Now: k.Now()}
	if left, ends := k.Sessions.Left(s.id); ends && s.id != "" {
		v.Left, v.Warning = int(left.Seconds()), int(k.Warning.Seconds())
		v.Ask = max(1, v.Left-v.Warning)
	}
	return v
}

func (k *Kit) parseFrames() (map[phrases.Lang]frame, error) {
	out := map[phrases.Lang]frame{}
	for _, lang := range langs {
		t, err := template.New("").Option("missingkey=error").Funcs(k.funcs(lang)).ParseFS(templates, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("kit: frame: %w", err)
		}
		out[lang] = t
	}
	return out, nil
}

// funcs are what templates can call.
func (k *Kit) funcs(lang phrases.Lang) template.FuncMap {
	say := func(code string, args ...any) string { return phrases.Say(lang, code, args...) }
	return template.FuncMap{
		"t":     func(code any, args ...any) string { return say(fmt.Sprint(code), args...) }, // string or kiosk.Code
		"say":   func(t Text) string { return t.In(lang) },
		"icon":  icon,
		"asset": k.Assets.URL,
		"fonts": k.Assets.Fonts,
		"qr":    func(m [][]bool, code string) template.HTML { return QR(m, say(code)) },
		"wrong": func(code kiosk.Code) string {
			if phrases.Has(phrases.VI, string(code)+".title") {
				return say(string(code) + ".title")
			}
			return say(string(code))
		},
		"clock": func(t time.Time) string { return t.In(kiosk.Hanoi).Format("15:04") },
		"day":   func(t time.Time) string { return t.In(kiosk.Hanoi).Format("02/01/2006") },
		"weekday": func(t time.Time) string {
			return say("common.weekday." + strings.ToLower(t.In(kiosk.Hanoi).Weekday().String()))
		},
		"amount": amount,
		"sign":   sign,
		"pair":   func(view View, item any) Pair { return Pair{View: view, Item: item} },
	}
}

// Pair hands a shared template one item together with the page's View:
// {{template "row" (pair $ .)}}.
type Pair struct {
	View
	Item any
}

// amount writes a whole number with points between the thousands, the way
// amounts of money are written here: 1.250.000.
func amount(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// sign is the icon of a tone.
func sign(t Tone) string {
	switch t {
	case Good:
		return "circle-check"
	case Careful:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	}
	return "info"
}
