package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// openTimeout bounds Open: some USB adapters hang in open(2) when they are sick.
const openTimeout = 2 * time.Second

// Flow is how the device holds the sender up when its buffer is full.
type Flow string

// The kinds of flow control. A USB device holds up by USB itself: FlowNone.
const (
	FlowNone    Flow = "none"
	FlowRTSCTS  Flow = "rtscts"  // the device's busy line on our CTS
	FlowXONXOFF Flow = "xonxoff" // the device sends 13h and 11h; we never send them
)

// Link is an open line. Read, Write and Close may run at the same time. A Read
// or Write past its deadline fails with os.ErrDeadlineExceeded and what it
// moved until then counts; after Close with os.ErrClosed; when the device has
// gone, with a *devices.Fault of cause Offline.
type Link interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// Opener opens the same line each time it is called.
type Opener = func(ctx context.Context) (Link, error)

// Port names a serial line. Bytes have eight bits, no parity, one stop bit.
type Port struct {
	Path string // device node or a link to one
	Baud int    // 0 counts as 115200
	Flow Flow   // empty counts as FlowNone
}

// Opener gives the port in the shape the drivers take.
func (p Port) Opener() Opener {
	return func(ctx context.Context) (Link, error) { return Open(ctx, p) }
}

// Causes lists the causes of the Faults that this package reports.
func Causes() []devices.Cause {
	return []devices.Cause{devices.Offline, devices.Denied, devices.Occupied}
}

// Open opens the line for this program alone and drops what was received
// before. Every error is a *devices.Fault without a Device: Offline (no such
// node, not a serial line, no answer from the system within 2 s), Denied, or
// Occupied.
func Open(ctx context.Context, p Port) (Link, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	type outcome struct {
		link *link
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		l, err := open(p)
		done <- outcome{l, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, o.err
		}
		return o.link, nil
	case <-ctx.Done():
		go func() { // the system call cannot be stopped, only its result undone
			if o := <-done; o.err == nil {
				o.link.Close()
			}
		}()
		return nil, &devices.Fault{Cause: devices.Offline, Detail: p.Path, Err: fmt.Errorf("open line: %w", ctx.Err())}
	}
}

// open is the pattern the package rests on: all bytes go through file, which
// the runtime polls, so that deadlines and Close work; port only sets the mode
// and claims the line. A Write on port itself could block for ever.
func open(p Port) (*link, error) {
	node, err := filepath.EvalSymlinks(p.Path) // both opens must meet one device
	if err != nil {
		return nil, fault(p, "find line", err)
	}
	file, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fault(p, "open line", err)
	}
	if err := lock(file); err != nil {
		file.Close()
		return nil, fault(p, "lock line", err)
	}
	baud := p.Baud
	if baud == 0 {
		baud = 115200
	}
	port, err := serial.Open(node, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err != nil {
		file.Close()
		return nil, fault(p, "configure line", err)
	}
	if err := setFlow(file, p.Flow); err != nil {
		port.Close()
		file.Close()
		return nil, fault(p, "set flow control", err)
	}
	if err := discardInput(file); err != nil {
		port.Close()
		file.Close()
		return nil, fault(p, "discard old input", err)
	}
	return &link{file: file, port: port, path: p.Path}, nil
}

// fault sorts what the system said into a cause.
func fault(p Port, step string, err error) *devices.Fault {
	cause := devices.Offline
	var pe *serial.PortError
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK):
		cause = devices.Occupied
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		cause = devices.Denied
	case errors.As(err, &pe) && pe.Code() == serial.PortBusy:
		cause = devices.Occupied
	case errors.As(err, &pe) && pe.Code() == serial.PermissionDenied:
		cause = devices.Denied
	}
	return &devices.Fault{Cause: cause, Detail: p.Path, Err: fmt.Errorf("%s: %w", step, err)}
}

type link struct {
	file *os.File
	port serial.Port
	path string

	closing sync.Once
	closed  error
}

func (l *link) Read(p []byte) (int, error) {
	n, err := l.file.Read(p)
	return n, l.explain("read", err)
}

func (l *link) Write(p []byte) (int, error) {
	n, err := l.file.Write(p)
	return n, l.explain("write", err)
}

func (l *link) SetReadDeadline(t time.Time) error  { return l.file.SetReadDeadline(t) }
func (l *link) SetWriteDeadline(t time.Time) error { return l.file.SetWriteDeadline(t) }

// Close frees a blocked Read and Write. Both descriptors go at once, or a
// device that is plugged in again would get another node. Output that the
// device holds up is dropped after a short grace: the kernel would otherwise
// wait half a minute for it.
func (l *link) Close() error {
	l.closing.Do(func() {
		flushOutput(l.file)
		err := l.port.Close()
		l.closed = errors.Join(l.file.Close(), hungUp(err))
	})
	return l.closed
}

// hungUp forgives the errors of closing a device that has gone.
func hungUp(err error) error {
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// explain tells a hangup from a deadline and from our own Close.
func (l *link) explain(step string, err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, os.ErrClosed) {
		return err
	}
	return &devices.Fault{Cause: devices.Offline, Detail: l.path, Err: fmt.Errorf("%s line: %w", step, err)}
}
