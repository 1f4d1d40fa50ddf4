package virtual

import (
	"context"
	"io"
	"os"
	"sync"
)

// connCord is a line over any connection; it has one cable, which goes out for
// good.
type connCord struct {
	io.ReadWriteCloser
	noise *Line
	wire  io.ReadWriter // the connection with the noise on it
	once  sync.Once
	out   chan struct{}
}

func newConnCord(c io.ReadWriteCloser, seed uint64) *connCord {
	noise := &Line{Seed: seed}
	return &connCord{ReadWriteCloser: c, noise: noise, wire: noise.Disturb(c), out: make(chan struct{})}
}

func (c *connCord) Plug() error {
	select {
	case <-c.out:
		return os.ErrClosed
	default:
		return nil
	}
}

func (c *connCord) Unplug() error { return c.Close() }
func (c *connCord) Path() string  { return "" }

func (c *connCord) Close() (err error) {
	c.once.Do(func() {
		close(c.out)
		_, _ = c.noise.Fault("go_on") // lets go of what the noise holds up
		err = c.ReadWriteCloser.Close()
	})
	return err
}

// Wait returns at once while the cable is in, else when the context ends.
func (c *connCord) Wait(ctx context.Context) error {
	select {
	case <-c.out:
		<-ctx.Done()
	default:
	}
	return ctx.Err()
}

func (c *connCord) Read(p []byte) (int, error) {
	n, err := c.wire.Read(p)
	if err != nil {
		c.Close() // the host has gone, or we have
		err = ErrUnplugged
	}
	return n, err
}

func (c *connCord) Write(p []byte) (int, error) {
	n, err := c.wire.Write(p)
	if err != nil {
		err = ErrUnplugged
	}
	return n, err
}

// Fault makes what happens to a cable happen.
func (c *connCord) Fault(word string, args ...string) (bool, error) {
	switch word {
	case "unplug":
		return true, c.Close()
	case "plug":
		return true, c.Plug()
	case "xoff", "xon":
		_, err := c.ReadWriteCloser.Write([]byte{map[string]byte{"xoff": xoff, "xon": xon}[word]})
		return true, err
	case "replug":
		return false, nil // it has one node only
	}
	return c.noise.Fault(word, args...)
}
