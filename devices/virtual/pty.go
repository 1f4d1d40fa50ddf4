package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// ErrUnplugged is what Read and Write return while no cable is in.
var ErrUnplugged = errors.New("virtual line: unplugged")

// Line is the far end's side of one serial cable, a pseudo-terminal in raw
// mode whose other side a driver opens by its node. The zero value is a line
// without a cable; Plug puts one in. All methods may be called from several
// goroutines, except that one Read and one Write run at a time.
type Line struct {
	Link string // optional: a symbolic link to the node, the same after each Plug
	Baud int    // optional: pace both directions to this rate, 8N1; 0 is unpaced
	Seed uint64 // optional: of the noise on the line

	noise noise

	mu      sync.Mutex
	cable   *cable
	plugged chan struct{} // closed while a cable is in; nil until first needed
	closed  bool
	reads   pacer
	writes  pacer
}

// Plug makes a new pseudo-terminal under the same Link. It does nothing if a
// cable is in already, and fails with os.ErrClosed after Close.
func (l *Line) Plug() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return os.ErrClosed
	}
	if l.cable != nil {
		return nil
	}
	c, err := newCable()
	if err != nil {
		return err
	}
	return l.putLocked(c)
}

func (l *Line) put(c *cable) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.cable != nil { // somebody else was faster
		c.close()
		return nil
	}
	return l.putLocked(c)
}

func (l *Line) putLocked(c *cable) error {
	if l.Link != "" {
		if err := pointLink(l.Link, c.node); err != nil {
			c.close()
			return err
		}
	}
	l.cable = c
	close(l.signal())
	return nil
}

// Replug takes the cable out and puts it in again at once, under a new node.
func (l *Line) Replug() error {
	// While the old node is there the new one must have another name.
	keep, err := newCable()
	if err != nil {
		return err
	}
	if err := l.Unplug(); err != nil {
		keep.close()
		return err
	}
	return l.put(keep)
}

// Fault obeys one word of LineWords; handled is false if it is none of them.
// Whoever makes the stream by himself sends XOFF and XON himself too.
func (l *Line) Fault(word string, args ...string) (handled bool, err error) {
	switch word {
	case "unplug":
		return true, l.Unplug()
	case "plug":
		return true, l.Plug()
	case "replug":
		return true, l.Replug()
	case "xoff", "xon":
		if c := l.current(); c != nil {
			_, err = c.master.Write([]byte{map[string]byte{"xoff": xoff, "xon": xon}[word]})
		}
		return true, l.explain(err)
	}
	l.noise.seed(l.Seed)
	return l.noise.fault(word, args)
}

// Disturb puts this line's noise on a line somebody else made.
func (l *Line) Disturb(conn io.ReadWriter) io.ReadWriter { return &disturbed{conn, l} }

// Unplug waits until the driver has read what was sent (as long as it goes on
// reading), removes the Link and closes the pseudo-terminal, so that the
// driver meets a hangup. A stall is over then. It does nothing else if no cable
// is in.
func (l *Line) Unplug() error {
	l.noise.release()
	l.mu.Lock()
	c := l.cable
	if c == nil {
		l.mu.Unlock()
		return nil
	}
	l.cable = nil
	l.plugged = nil
	if l.Link != "" {
		if to, err := os.Readlink(l.Link); err == nil && to == c.node {
			_ = os.Remove(l.Link) // a link that is gone already is what we want
		}
	}
	l.mu.Unlock()
	c.drain()
	c.close()
	return nil
}

// Close unplugs for good.
func (l *Line) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	return l.Unplug()
}

// Path is what a driver opens: the Link, or without one the current node
// ("" while unplugged).
func (l *Line) Path() string {
	if l.Link != "" {
		return l.Link
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cable == nil {
		return ""
	}
	return l.cable.node
}

// Wait returns once a cable is in, or with the context's error.
func (l *Line) Wait(ctx context.Context) error {
	l.mu.Lock()
	plugged := l.signal()
	l.mu.Unlock()
	select {
	case <-plugged:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Read gives what the driver has written. It fails with ErrUnplugged when the
// cable is out or goes out meanwhile, and with os.ErrDeadlineExceeded.
func (l *Line) Read(p []byte) (int, error) {
	c := l.current()
	if c == nil {
		return 0, ErrUnplugged
	}
	if step := l.Baud / 10 / 100; l.Baud > 0 {
		p = p[:min(len(p), max(1, step))] // at most 10 ms of line time a call
	}
	return l.noise.read(p, func(p []byte) (int, error) {
		n, err := c.master.Read(p)
		if n > 0 {
			l.reads.wait(n, l.Baud)
		}
		return n, l.explain(err)
	})
}

// Write sends to the driver. It blocks while the driver's side is full, until
// the cable goes out: ErrUnplugged.
func (l *Line) Write(p []byte) (int, error) {
	c := l.current()
	if c == nil {
		return 0, ErrUnplugged
	}
	return l.noise.send(p, func(p []byte) (int, error) { return l.send(c, p) }, c.awaitRead)
}

// send writes at the line's rate.
func (l *Line) send(c *cable, p []byte) (int, error) {
	if l.Baud == 0 {
		n, err := c.master.Write(p)
		return n, l.explain(err)
	}
	sent, step := 0, max(1, l.Baud/10/100)
	for sent < len(p) {
		n, err := c.master.Write(p[sent:min(len(p), sent+step)])
		sent += n
		if err != nil {
			return sent, l.explain(err)
		}
		l.writes.wait(n, l.Baud)
	}
	return sent, nil
}

// SetReadDeadline bounds the Reads on the cable now in; a new cable has none.
func (l *Line) SetReadDeadline(t time.Time) error {
	c := l.current()
	if c == nil {
		return ErrUnplugged
	}
	return l.explain(c.master.SetReadDeadline(t))
}

func (l *Line) current() *cable {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cable
}

// signal returns the channel that is closed while a cable is in; l.mu is held.
func (l *Line) signal() chan struct{} {
	if l.plugged == nil {
		l.plugged = make(chan struct{})
	}
	return l.plugged
}

// explain turns what a dead master says into ErrUnplugged.
func (l *Line) explain(err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if errors.Is(err, os.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) {
		return ErrUnplugged
	}
	return err
}

// pointLink makes link point to node in one step: a driver that opens it
// meanwhile finds the old node or the new one.
func pointLink(link, node string) error {
	next := filepath.Join(filepath.Dir(link), "."+filepath.Base(link)+".next")
	_ = os.Remove(next) // left by a crash
	if err := os.Symlink(node, next); err != nil {
		return fmt.Errorf("link %s: %w", link, err)
	}
	if err := os.Rename(next, link); err != nil {
		return fmt.Errorf("link %s: %w", link, err)
	}
	return nil
}

// pacerLag is how far a pacer may fall behind and catch up: sleeping takes
// longer than it was told to, and that must not make the line slower.
const pacerLag = 50 * time.Millisecond

// pacer spreads bytes over the time a line of that rate needs for them.
type pacer struct{ next time.Time }

func (p *pacer) wait(n, baud int) {
	if baud <= 0 {
		return
	}
	now := time.Now()
	if now.Sub(p.next) > pacerLag {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(n) * 10 * time.Second / time.Duration(baud))
	time.Sleep(p.next.Sub(now))
}
