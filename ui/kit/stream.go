package kit

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Event is one message of a stream; the page listens for its Name. Data never
// holds more than the page could have been shown anyway.
type Event struct {
	Name string
	Data string
}

// Stream answers with server-sent events: subscribe gives the channel to send
// from and must let go of it when its context ends. The stream ends when the
// channel is closed, the browser has gone, the person's session is over, or
// the server shuts down. A comment line every ten seconds finds out.
//
// subscribe must not use the request: it may run after the handler returned.
func (k *Kit) Stream(c *fiber.Ctx, subscribe func(context.Context) <-chan Event) error {
	id := k.Session(c).id
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithCancel(k.life)
		defer cancel()
		k.pump(ctx, w, id, subscribe(ctx))
	})
	return nil
}

func (k *Kit) pump(ctx context.Context, w *bufio.Writer, session string, events <-chan Event) {
	beat := time.NewTicker(k.Beat)
	defer beat.Stop()
	fmt.Fprint(w, "retry: 2000\n\n")
	for w.Flush() == nil {
		select {
		case <-ctx.Done():
			return
		case e, open := <-events:
			if !open {
				return
			}
			write(w, e)
		case <-beat.C:
			if _, alive := k.Sessions.Find(session, false); !alive {
				return
			}
			fmt.Fprint(w, ":\n\n")
		}
	}
}

func write(w *bufio.Writer, e Event) {
	fmt.Fprintf(w, "event: %s\n", e.Name)
	for line := range strings.SplitSeq(strings.ReplaceAll(e.Data, "\r", ""), "\n") {
		fmt.Fprintf(w, "data: %s\n", line)
	}
	fmt.Fprint(w, "\n")
}
