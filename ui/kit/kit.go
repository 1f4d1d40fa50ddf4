package kit

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/phrases"
)

// Seat is which screen of the point is served.
type Seat string

// The seats: the touch screen for residents, and the clerk's own browser.
const (
	Window Seat = "window"
	Desk   Seat = "desk"
)

// Config is what a seat's screens need. Zero values mean the usual.
type Config struct {
	Seat    Seat
	Point   string  // the point's name as shown at the top
	Place   string  // where it is, shown under the name; may be empty
	Home    string  // the seat's first page; "/" if empty
	PxPerMM float64 // CSS pixels to a millimetre; window 4.0, desk 3.78
	Demo    bool    // says so on every page and allows the pseudo language
	Secure  bool    // cookies only over TLS: for every seat that is not on loopback
	Suffix  string  // tells the cookies of servers on one host apart
	Static  fs.FS   // css/, js/, vendor/

	ResidentIdle time.Duration // 3 min
	StaffIdle    time.Duration // 10 min
	Warning      time.Duration // 30 s
	Lifetime     time.Duration // 60 min
	Beat         time.Duration // between comment lines of a stream; 10 s

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: discarded
}

// Kit is one seat's workbench: sessions, pages, forms, notices, streams.
type Kit struct {
	Config
	Sessions *Sessions
	Assets   *Assets

	frames        map[phrases.Lang]frame
	seatCookie    string
	sessionCookie string
	life          context.Context // ends when the server does; see Life
	die           context.CancelFunc
}

// The keys of fiber's locals.
const (
	sessionLocal = "kit.session"
	statusLocal  = "kit.status"
)

// New reads the templates and static files; it starts nothing.
func New(cfg Config) (*Kit, error) {
	if cfg.Static == nil {
		return nil, errors.New("kit: no static files")
	}
	cfg = usual(cfg)
	assets, err := NewAssets(cfg.Static)
	if err != nil {
		return nil, err
	}
	k := &Kit{Config: cfg, Assets: assets}
	k.Sessions = &Sessions{Now: cfg.Now, ResidentIdle: cfg.ResidentIdle, StaffIdle: cfg.StaffIdle, Warning: cfg.Warning, Lifetime: cfg.Lifetime}
	name := string(cfg.Seat)
	if cfg.Suffix != "" {
		name += "_" + cfg.Suffix
	}
	k.seatCookie, k.sessionCookie = name+"_seat", name+"_session"
	k.life, k.die = context.WithCancel(context.Background())
	k.frames, err = k.parseFrames()
	return k, err
}

func usual(cfg Config) Config {
	if cfg.Seat == "" {
		cfg.Seat = Window
	}
	if cfg.Home == "" {
		cfg.Home = "/"
	}
	if cfg.PxPerMM == 0 {
		cfg.PxPerMM = 4.0
		if cfg.Seat == Desk {
			cfg.PxPerMM = 3.78
		}
	}
	for d, usual := range map[*time.Duration]time.Duration{
		&cfg.ResidentIdle: 3 * time.Minute, &cfg.StaffIdle: 10 * time.Minute, &cfg.Warning: 30 * time.Second,
		&cfg.Lifetime: time.Hour, &cfg.Beat: 10 * time.Second,
	} {
		if *d == 0 {
			*d = usual
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// Life ends when the server shuts down. Work that outlasts its request hangs
// on it.
func (k *Kit) Life() context.Context { return k.life }

// Close ends Life and with it every stream; the server calls it before it
// shuts down.
func (k *Kit) Close() { k.die() }

// Ctx is the request's context with its deadline.
func (k *Kit) Ctx(c *fiber.Ctx) context.Context { return c.UserContext() }

// Within is a context for an operation that may take longer than a page, such
// as a scan: it ends after d or when the server does.
func (k *Kit) Within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(k.life, d)
}

// See answers a form: the browser loads url with GET, so that reloading or
// going back never sends the form again.
func (k *Kit) See(c *fiber.Ctx, url string) error {
	return c.Redirect(url, fiber.StatusSeeOther)
}

// Say gives a sentence in the language of the session.
func (k *Kit) Say(c *fiber.Ctx, t Text) string { return t.In(k.Session(c).Settings.Lang) }

// OwnPath makes sure that an address given by a form leads to this server:
// anything else becomes the first page of the seat.
func (k *Kit) OwnPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == '\\' }) {
		return k.Home
	}
	return path
}

// cookie gives the browser a cookie for this seat: no script can read it, no
// other site sends it, and it is gone with the browser.
func (k *Kit) cookie(c *fiber.Ctx, name, value string) {
	c.Cookie(&fiber.Cookie{Name: name, Value: value, Path: "/", HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, Secure: k.Secure, SessionOnly: true})
}

// SeatCookie gives the cookie that proves the browser belongs to the seat, and
// GiveSeat sets it; the server's guard uses both.
func (k *Kit) SeatCookie(c *fiber.Ctx) string { return c.Cookies(k.seatCookie) }

// GiveSeat sets the seat cookie.
func (k *Kit) GiveSeat(c *fiber.Ctx, value string) { k.cookie(c, k.seatCookie, value) }

// SessionCookie gives the session id that the browser sent.
func (k *Kit) SessionCookie(c *fiber.Ctx) string { return c.Cookies(k.sessionCookie) }
