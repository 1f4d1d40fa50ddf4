package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// Mount hangs one package's screens on a seat.
type Mount func(fiber.Router, *kit.Kit) error

// Config describes one seat. Zero values mean the usual.
type Config struct {
	Seat    kit.Seat
	Hosts   []string // host:port names that requests may use; all others are refused
	Token   string   // the boot token: who opens /enter?t=<Token> gets the seat's cookie
	Point   string   // name shown at the top
	Place   string
	Home    string        // first page; "/" if empty
	PxPerMM float64       // of the panel
	Demo    bool          // says so on every page
	Secure  bool          // the seat is served over TLS
	Request time.Duration // longest time for one page; 15 s

	ResidentIdle time.Duration
	StaffIdle    time.Duration

	Mounts []Mount
	Now    func() time.Time
	Log    *slog.Logger
}

// Server is one seat's application.
type Server struct {
	App *fiber.App
	Kit *kit.Kit

	cfg   Config
	pages *kit.Pages
}

// New assembles a seat; nothing listens until Serve.
func New(cfg Config) (*Server, error) {
	if len(cfg.Token) < 16 || len(cfg.Hosts) == 0 {
		return nil, errors.New("ui: a seat needs its hosts and a boot token of at least 16 characters")
	}
	if cfg.Request == 0 {
		cfg.Request = 15 * time.Second
	}
	sum := sha256.Sum256([]byte("cookie name " + cfg.Token))
	k, err := kit.New(kit.Config{
		Seat: cfg.Seat, Point: cfg.Point, Place: cfg.Place, Home: cfg.Home, PxPerMM: cfg.PxPerMM, Demo: cfg.Demo, Secure: cfg.Secure,
		Suffix: hex.EncodeToString(sum[:3]), Static: Static(), ResidentIdle: cfg.ResidentIdle, StaffIdle: cfg.StaffIdle, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{Kit: k, cfg: cfg}
	own, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return nil, err
	}
	if s.pages, err = k.Pages(own); err != nil {
		return nil, err
	}
	s.App = fiber.New(fiber.Config{
		AppName:               "kiosk " + string(cfg.Seat),
		Immutable:             true, // otherwise a kept string becomes the next person's
		ReadTimeout:           15 * time.Second,
		IdleTimeout:           60 * time.Second,
		BodyLimit:             1 << 20,
		DisableStartupMessage: true,
		ErrorHandler:          s.fail,
	})
	if err := s.routes(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) routes() error {
	s.App.Use(s.headers, s.rescue, s.host)
	s.App.Get("/static/*", s.Kit.Assets.Serve)
	s.App.Get("/favicon.ico", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) })
	s.App.Get("/seat.css", s.Kit.SeatStyle)
	s.App.Get("/ui/alive", alive)
	s.App.Get("/enter", s.enter)
	s.App.Use(s.seat, s.site, s.session, s.token, s.deadline)
	s.App.Get("/idle", s.idle)
	s.App.Post("/idle", s.stay)
	s.App.Get("/end", s.end)
	s.App.Post("/end", s.sendToEnd)
	s.App.Post("/settings", s.settings)
	s.App.Get("/session/left", s.left)
	s.App.Post("/session/alive", s.left)
	for _, mount := range s.cfg.Mounts {
		if err := mount(s.App, s.Kit); err != nil {
			return fmt.Errorf("ui: mount screens: %w", err)
		}
	}
	s.App.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
	return nil
}

// Serve answers requests on l until ctx ends, then ends the streams, waits for
// the pages under way for at most three seconds and closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.App.Listener(l) }()
	sweep := time.NewTicker(time.Minute)
	defer sweep.Stop()
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("ui: serve %s: %w", s.cfg.Seat, err)
		case <-sweep.C:
			s.Kit.Sessions.Sweep()
		case <-ctx.Done():
			s.Kit.Close()
			if err := s.App.ShutdownWithTimeout(3 * time.Second); err != nil {
				return fmt.Errorf("ui: stop %s: %w", s.cfg.Seat, err)
			}
			l.Close() // a server that had not begun yet has not seen the shutdown
			<-failed
			return ctx.Err()
		}
	}
}

// settings changes language, text size or contrast and goes back.
func (s *Server) settings(c *fiber.Ctx) error {
	to := s.Kit.Session(c).Settings
	if n := c.FormValue("size"); len(n) == 1 && n[0] >= '1' && n[0] <= '4' {
		to.Size = int(n[0] - '0')
	}
	if g := c.FormValue("ground"); g != "" {
		to.Dark = g == "dark"
	}
	switch lang := phrases.Lang(c.FormValue("lang")); lang {
	case phrases.VI, phrases.EN:
		to.Lang = lang
	case phrases.Pseudo:
		if s.cfg.Demo {
			to.Lang = lang
		}
	}
	s.Kit.Set(c, to)
	return s.Kit.See(c, s.Kit.OwnPath(c.FormValue("back")))
}

// alive is what every page asks for every few seconds: the window watches the
// requests to tell a page that hangs. It is nobody doing anything, so it comes
// before seat and session.
func alive(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) }

// left tells the page's clock how many seconds remain. POST /session/alive
// counts as the person doing something, GET /session/left does not.
func (s *Server) left(c *fiber.Ctx) error {
	left := -1
	if d, ends := s.Kit.Sessions.Left(s.Kit.SessionCookie(c)); ends {
		left = int(d.Seconds())
	}
	return c.JSON(fiber.Map{"left": left})
}

// idle asks, on a page of its own, whether somebody is still there: for
// browsers without scripts. It shows nothing of what was on the screen before.
func (s *Server) idle(c *fiber.Ctx) error {
	if s.Kit.Session(c).Role == kit.Nobody {
		return s.Kit.See(c, "/end")
	}
	return s.pages.Show(c, "idle", idlePage(s.Kit.Warning))
}

// stay answers the question with yes and goes back to where the person was.
func (s *Server) stay(c *fiber.Ctx) error {
	return s.Kit.See(c, s.Kit.OwnPath(s.Kit.Sessions.Last(s.Kit.SessionCookie(c))))
}

// sendToEnd forgets the person and leads to the address the window watches
// for. Only the language and size of the text last until they said goodbye.
func (s *Server) sendToEnd(c *fiber.Ctx) error {
	shown := s.Kit.Session(c).Settings
	s.Kit.End(c)
	s.Kit.Set(c, shown)
	return s.Kit.See(c, "/end")
}

// end forgets the person. The window wipes its browser when it sees this
// address; any other browser is shown the first page after a moment.
func (s *Server) end(c *fiber.Ctx) error {
	shown := s.Kit.Session(c).Settings
	s.Kit.End(c)
	s.Kit.Set(c, shown)
	err := s.pages.Show(c, "end", endPage(s.Kit.Home))
	s.Kit.Set(c, kit.UsualSettings())
	return err
}
