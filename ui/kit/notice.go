package kit

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
)

// Tone is how a notice looks; it always comes with a sign and words as well.
type Tone string

// The tones.
const (
	Good    Tone = "good"
	Note    Tone = "note"
	Careful Tone = "careful"
	Bad     Tone = "bad"
)

// Notice tells a person what is the matter and what to do.
type Notice struct {
	Tone     Tone
	Code     kiosk.Code
	Title    string
	Do       string
	Status   int       // HTTP status that fits
	Incident string    // six characters that find the line in the log; empty if nothing was logged
	Since    time.Time // for lasting Conditions, else zero
}

// statuses says which HTTP status a kind of trouble has.
var statuses = map[kiosk.Kind]int{
	kiosk.Invalid:     fiber.StatusUnprocessableEntity,
	kiosk.NotFound:    fiber.StatusNotFound,
	kiosk.Conflict:    fiber.StatusConflict,
	kiosk.Forbidden:   fiber.StatusForbidden,
	kiosk.Busy:        fiber.StatusLocked,
	kiosk.Unavailable: fiber.StatusServiceUnavailable,
	kiosk.Corrupt:     fiber.StatusUnprocessableEntity,
	kiosk.Internal:    fiber.StatusInternalServerError,
}

// classify gives the kind and code of any error.
func classify(err error) (kiosk.Kind, kiosk.Code) {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		if e, own := errors.AsType[*kiosk.Error](err); own {
			return e.Kind, e.Code
		}
		return kiosk.Unavailable, kiosk.Code(f.Code())
	}
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		switch e.Code {
		case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
			return kiosk.NotFound, "ui.not_found"
		case fiber.StatusRequestEntityTooLarge:
			return kiosk.Invalid, "ui.too_large"
		case fiber.StatusForbidden:
			return kiosk.Forbidden, "ui.role"
		}
	}
	return kiosk.KindOf(err), kiosk.CodeOf(err)
}

// Explain turns an error into a notice in the language of the session, for
// whoever sits there, and logs it once under an incident number. The caller
// must not log it again.
func (k *Kit) Explain(c *fiber.Ctx, err error) Notice {
	kind, code := classify(err)
	n := k.notice(c, code)
	n.Tone, n.Status, n.Incident = Careful, statuses[kind], incident()
	if n.Status == 0 {
		n.Status = fiber.StatusInternalServerError
	}
	level := slog.LevelInfo
	switch kind {
	case kiosk.Unavailable, kiosk.Busy:
		level = slog.LevelWarn
	case kiosk.Invalid, kiosk.NotFound, kiosk.Conflict, kiosk.Forbidden:
	default:
		level, n.Tone = slog.LevelError, Bad
	}
	// The route, not the path: a path could name a dossier.
	k.Log.Log(c.UserContext(), level, "page failed", "incident", n.Incident, "code", code, "kind", kind,
		"method", c.Method(), "route", c.Route().Path, "seat", k.Seat, "err", err)
	return n
}

// Notice says a code's two sentences for whoever sits there; it logs nothing.
func (k *Kit) Notice(c *fiber.Ctx, tone Tone, code kiosk.Code, args ...any) Notice {
	n := k.notice(c, code, args...)
	n.Tone = tone
	return n
}

// Conditions says what stands on the board.
func (k *Kit) Conditions(c *fiber.Ctx, board []health.Condition) []Notice {
	tones := map[health.Severity]Tone{health.Info: Note, health.Warning: Careful, health.Critical: Bad}
	out := make([]Notice, 0, len(board))
	for _, x := range board {
		n := k.Notice(c, tones[x.Severity], x.Code, x.Args...)
		n.Since = x.Since
		out = append(out, n)
	}
	return out
}

func (k *Kit) notice(c *fiber.Ctx, code kiosk.Code, args ...any) Notice {
	s := k.Session(c)
	return tell(s.Settings.Lang, s.Role == Resident || s.Role == Nobody && k.Seat == Window, code, args)
}

// incident makes a number that can be read out on the telephone: no letters
// that look or sound alike.
func incident() string {
	const letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	b := make([]byte, 6)
	rand.Read(b)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
