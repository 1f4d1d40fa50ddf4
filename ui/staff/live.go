package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"servicepoint/ui/kit"
)

// stamp is a short mark of what a page shows; pages with the same mark need
// not be loaded again. It is a sum, so nothing can be read from it.
func stamp(parts ...any) string {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode(parts); err != nil {
		return "" // never equal to what a page shows
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// follow streams "change" whenever the page's mark, given as ?seen=, is no
// longer what look gives.
func (s *seat) follow(c *fiber.Ctx, look func(context.Context) (string, error)) error {
	seen := c.Query("seen")
	return s.kit.Stream(c, func(ctx context.Context) <-chan kit.Event {
		out := make(chan kit.Event)
		go func() {
			defer close(out)
			s.watch(ctx, seen, look, out)
		}()
		return out
	})
}

func (s *seat) watch(ctx context.Context, seen string, look func(context.Context) (string, error), out chan<- kit.Event) {
	board := s.Board.Watch(ctx)
	for {
		changed := s.Changes()
		now, err := look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.Log.Warn("looking for changes of a page", "err", err)
			return
		}
		if now != seen && !send(ctx, out, kit.Event{Name: "change", Data: now}) {
			return
		}
		seen = now
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-board:
		}
	}
}

func send(ctx context.Context, out chan<- kit.Event, e kit.Event) bool {
	select {
	case out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}
