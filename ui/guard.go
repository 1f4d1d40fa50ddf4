package ui

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/ui/kit"
)

// policy lets a page load only what this server serves.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers go with every answer.
func (s *Server) headers(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin") // no-referrer would make forms post Origin: null
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store") // static files say otherwise
	return c.Next()
}

// rescue turns a panic into an error, so that one page's mistake is one page's.
func (s *Server) rescue(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = kiosk.Fail(kiosk.Internal, "internal", fmt.Errorf("panic: %v", p))
		}
	}()
	return c.Next()
}

// host refuses requests under a name that is not this seat's: another name
// that leads here is somebody else's page trying to look like this one.
func (s *Server) host(c *fiber.Ctx) error {
	if !slices.Contains(s.cfg.Hosts, strings.ToLower(string(c.Request().Host()))) {
		return kiosk.Fail(kiosk.Forbidden, "ui.host", nil)
	}
	return c.Next()
}

// enter gives the seat's cookie to whoever knows the boot token.
func (s *Server) enter(c *fiber.Ctx) error {
	if !kit.Equal(c.Query("t"), s.cfg.Token) {
		return kiosk.Fail(kiosk.Forbidden, "ui.seat", nil)
	}
	s.Kit.GiveSeat(c, s.proof())
	return s.Kit.See(c, s.Kit.Home)
}

// proof is the seat cookie's value: as hard to guess as the token, without
// being it.
func (s *Server) proof() string {
	m := hmac.New(sha256.New, []byte(s.cfg.Token))
	m.Write([]byte("seat cookie"))
	return hex.EncodeToString(m.Sum(nil))
}

// seat refuses browsers that did not enter: any program on the machine can
// reach the port.
func (s *Server) seat(c *fiber.Ctx) error {
	if !kit.Equal(s.Kit.SeatCookie(c), s.proof()) {
		return kiosk.Fail(kiosk.Forbidden, "ui.seat", nil)
	}
	return c.Next()
}

// safe reports whether a method only looks.
func safe(method string) bool { return method == fiber.MethodGet || method == fiber.MethodHead }

// site refuses unsafe requests that the browser does not vouch for. A missing
// header is not enough: every browser we support sends it.
func (s *Server) site(c *fiber.Ctx) error {
	if !safe(c.Method()) && c.Get("Sec-Fetch-Site") != "same-origin" {
		return kiosk.Fail(kiosk.Forbidden, "ui.site", nil)
	}
	return c.Next()
}

// session finds the visit or makes a fresh one. A form of a visit that is over
// leads to the farewell, where the window wipes its browser: the person did
// nothing wrong.
func (s *Server) session(c *fiber.Ctx) error {
	active := c.Get("X-Background") == "" && c.Path() != "/session/left" && c.Path() != "/idle" || !safe(c.Method())
	if strings.Contains(c.Get(fiber.HeaderAccept), "text/event-stream") {
		active = false
	}
	found, ok := s.Kit.Sessions.Find(s.Kit.SessionCookie(c), active)
	if ok {
		s.Kit.Adopt(c, found)
		return c.Next()
	}
	if c.Path() == "/session/left" || c.Path() == "/session/alive" {
		return c.JSON(fiber.Map{"left": 0})
	}
	s.Kit.Adopt(c, s.Kit.Sessions.Fresh())
	if !safe(c.Method()) {
		return s.Kit.Leave(c, "/end")
	}
	return c.Next()
}

// token refuses forms that were not made for this session.
func (s *Server) token(c *fiber.Ctx) error {
	if safe(c.Method()) {
		return c.Next()
	}
	given := c.Get("X-CSRF-Token")
	if given == "" {
		given = c.FormValue("_csrf")
	}
	if !kit.Equal(given, s.Kit.Session(c).CSRF()) {
		return kiosk.Fail(kiosk.Forbidden, "ui.csrf", nil)
	}
	return c.Next()
}

// deadline bounds everything a page does; Fiber's own context has no end.
func (s *Server) deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.Kit.Life(), s.cfg.Request)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

// Codes lists the troubles this package can show.
func Codes() []kiosk.Code {
	return []kiosk.Code{"ui.csrf", "ui.host", "ui.not_found", "ui.role", "ui.seat", "ui.session_over", "ui.site", "ui.too_large", "internal"}
}
