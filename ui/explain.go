package ui

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// fail shows what went wrong and what to do: never the error's own text. The
// number on the page is in the log.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	if errors.Is(err, fiber.ErrRequestTimeout) { // a browser opened a connection ahead and never asked for anything
		return c.SendStatus(fiber.StatusRequestTimeout)
	}
	n := s.Kit.Explain(c, err)
	if wantsData(c) {
		return c.Status(n.Status).JSON(fiber.Map{"code": n.Code, "title": n.Title, "do": n.Do, "incident": n.Incident})
	}
	shown := s.pages.Show(c, "error", errorPage(n))
	if shown == nil {
		return nil
	}
	s.Kit.Log.Error("error page failed", "incident", n.Incident, "err", shown)
	return c.Status(n.Status).SendString(n.Title + "\n" + n.Do + "\n" + n.Incident)
}

// wantsData reports whether a script asked and not a person.
func wantsData(c *fiber.Ctx) bool {
	accept := c.Get(fiber.HeaderAccept)
	return strings.HasPrefix(accept, fiber.MIMEApplicationJSON) || strings.Contains(accept, "text/event-stream")
}
