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
	"unsafe"

	"github.com/creack/pty"
)

// ErrUnplugged is what Read and Write return while no cable is in.
var ErrUnplugged = errors.New("virtual line: unplugged")

// drainQuiet is how long Unplug waits without the other side reading anything
// before it gives the pending bytes up: nobody is there.
const drainQuiet = 200 * time.Millisecond

// Line is the far end's side of one serial cable, a pseudo-terminal in raw
// mode whose other side a driver opens by its node. The zero value is a line
// without a cable; Plug puts one in. All methods may be called from several
// goroutines, except that one Read and one Write run at a time.
type Line struct {
	Link string // optional: a symbolic link to the node, the same after each Plug
	Baud int    // optional: pace both directions to this rate, 8N1; 0 is unpaced

	mu      sync.Mutex
	cable   *cable
	plugged chan struct{} // closed while a cable is in; nil until first needed
	closed  bool
	reads   pacer
	writes  pacer
}

// cable is one pseudo-terminal. The slave stays open here too: without it the
// master would report a hangup whenever the driver closes its port.
type cable struct {
	master *os.File
	slave  *os.File
	node   string
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

// Unplug waits until the driver has read what was sent (as long as it goes on
// reading), removes the Link and closes the pseudo-terminal, so that the
// driver meets a hangup. It does nothing if no cable is in.
func (l *Line) Unplug() error {
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
	n, err := c.master.Read(p)
	if n > 0 {
		l.reads.wait(n, l.Baud)
	}
	return n, l.explain(err)
}

// Write sends to the driver. It blocks while the driver's side is full, until
// the cable goes out: ErrUnplugged.
func (l *Line) Write(p []byte) (int, error) {
	c := l.current()
	if c == nil {
		return 0, ErrUnplugged
	}
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

func newCable() (*cable, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	c := &cable{slave: slave, node: slave.Name()}
	if err := makeRaw(slave); err != nil {
		master.Close()
		slave.Close()
		return nil, fmt.Errorf("set raw mode: %w", err)
	}
	// pty.Open leaves the master in blocking mode, where neither Close nor a
	// deadline frees a Read. A non-blocking duplicate goes to the poller.
	fd, err := dupNonblocking(master)
	master.Close()
	if err != nil {
		slave.Close()
		return nil, fmt.Errorf("make pseudo-terminal pollable: %w", err)
	}
	c.master = os.NewFile(uintptr(fd), "ptmx")
	return c, nil
}

// drain waits until the slave's input queue is empty, or nobody empties it.
// The kernel hands bytes from master to slave a moment later, so the queue has
// to be found empty several times in a row.
func (c *cable) drain() {
	last, since, empty := -1, time.Now(), 0
	for empty < 3 {
		n, err := inputQueue(c.slave)
		if err != nil {
			return
		}
		if n == 0 {
			empty++
		} else if empty = 0; n != last {
			last, since = n, time.Now()
		} else if time.Since(since) > drainQuiet {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (c *cable) close() {
	c.master.Close()
	c.slave.Close()
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

// pacer spreads bytes over the time a line of that rate needs for them.
type pacer struct{ next time.Time }

func (p *pacer) wait(n, baud int) {
	if baud <= 0 {
		return
	}
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(n) * 10 * time.Second / time.Duration(baud))
	time.Sleep(p.next.Sub(now))
}

func dupNonblocking(f *os.File) (int, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return 0, err
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return 0, err
	}
	return fd, nil
}

// makeRaw is cfmakeraw(3): every byte passes both ways unchanged, no echo.
func makeRaw(f *os.File) error {
	var t syscall.Termios
	if err := ioctl(f, syscall.TCGETS, unsafe.Pointer(&t)); err != nil {
		return err
	}
	t.Iflag &^= syscall.IGNBRK | syscall.BRKINT | syscall.PARMRK | syscall.ISTRIP |
		syscall.INLCR | syscall.IGNCR | syscall.ICRNL | syscall.IXON
	t.Oflag &^= syscall.OPOST
	t.Lflag &^= syscall.ECHO | syscall.ECHONL | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	t.Cflag &^= syscall.CSIZE | syscall.PARENB
	t.Cflag |= syscall.CS8
	t.Cc[syscall.VMIN], t.Cc[syscall.VTIME] = 1, 0
	return ioctl(f, syscall.TCSETS, unsafe.Pointer(&t))
}

// inputQueue is the number of bytes sent to the driver and not read by it.
func inputQueue(f *os.File) (int, error) {
	var n int32
	err := ioctl(f, syscall.TIOCINQ, unsafe.Pointer(&n))
	return int(n), err
}

func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	})
	if err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}
