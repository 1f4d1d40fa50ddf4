package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// openTimeout bounds Open: some USB adapters hang in open(2) when they are
// sick, and an address may be answered by nobody.
const openTimeout = 2 * time.Second

// Flow is how the device holds the sender up when its buffer is full.
type Flow string

// The kinds of flow control of a serial line. A USB printer and a network
// connection hold up by themselves: there FlowRTSCTS and FlowXONXOFF mean
// nothing, and FlowDSR is refused.
const (
	FlowNone    Flow = "none"
	FlowRTSCTS  Flow = "rtscts"  // the device's busy line on our CTS
	FlowXONXOFF Flow = "xonxoff" // the device sends 13h and 11h; we never send them
	FlowDSR     Flow = "dsr"     // the device's DTR on our DSR, asked before each 16 bytes: slower than FlowRTSCTS
)

// Link is an open line. Read, Write and Close may run at the same time. A Read
// or Write past its deadline fails with os.ErrDeadlineExceeded and what it
// moved until then counts; after Close with os.ErrClosed; when the device has
// gone, with a *devices.Fault of cause Offline.
//
// What a line can do beyond that is found by asserting PendingLink and
// ModemLink; both answer errors.ErrUnsupported where the line at hand cannot.
type Link interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// PendingLink is a Link that knows how many of the bytes it took have not left
// this computer. A pseudo-terminal always says 0.
type PendingLink interface {
	Link
	Pending() (int, error)
}

// ModemLink is a Link that can read the state of the wires beside the data.
type ModemLink interface {
	Link
	Modem() (ModemBits, error)
}

// ModemBits is the state of a serial line's incoming signals.
type ModemBits struct{ CTS, DSR, DCD, RI bool }

// Opener opens the same line each time it is called.
type Opener = func(ctx context.Context) (Link, error)

// Port names a line. Bytes on a serial line have eight bits, no parity, one
// stop bit.
type Port struct {
	// Path is a device node, a link to one, a USB printer's node such as
	// /dev/usb/lp0, or tcp:HOST:PORT; the port is 9100 if left out, and an
	// IPv6 address stands in brackets.
	Path string
	Baud int  // rate of a serial line; 0 counts as 115200
	Flow Flow // empty counts as FlowNone

	// The USB device that is expected, as sysfs tells it; what is empty may
	// be anything. Vendor and Product are four hexadecimal digits. USBPath is
	// the socket: udev's ID_PATH, or the kernel's name such as 1-3.
	Vendor, Product, Serial, USBPath string

	// LockDir is the folder of the lock files that keep programs apart. Empty
	// is /run/lock, or where that cannot be written the folder for temporary
	// files.
	LockDir string

	Sys string // where sysfs is; empty is /sys
}

// Opener gives the port in the shape the drivers take.
func (p Port) Opener() Opener {
	return func(ctx context.Context) (Link, error) { return Open(ctx, p) }
}

// Causes lists the causes of the Faults that this package reports.
func Causes() []devices.Cause {
	return []devices.Cause{devices.Offline, devices.Denied, devices.Occupied, devices.NotALine, devices.WrongDevice, devices.Refused}
}

// Open opens the line for this program alone and drops what was received
// before. Every error is a *devices.Fault without a Device: Offline (no such
// node or nobody at the address, or no answer within 2 s), Denied, Occupied,
// NotALine (a file, a folder, a device of another kind, a wrong address),
// WrongDevice (not the USB device that is expected), or Refused (a rate or a
// kind of flow control that this line does not have).
func Open(ctx context.Context, p Port) (Link, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	type outcome struct {
		link Link
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		l, err := open(ctx, p)
		done <- outcome{l, err}
	}()
	select {
	case o := <-done:
		return o.link, o.err
	case <-ctx.Done():
		go func() { // the system call cannot be stopped, only its result undone
			if o := <-done; o.err == nil {
				o.link.Close()
			}
		}()
		return nil, fault(p, "open line", ctx.Err())
	}
}

func open(ctx context.Context, p Port) (Link, error) {
	switch p.Flow {
	case "", FlowNone, FlowRTSCTS, FlowXONXOFF, FlowDSR:
	default:
		return nil, refused(p, devices.Refused, fmt.Sprintf("flow control %q is not known", p.Flow))
	}
	if p.Baud < 0 {
		return nil, refused(p, devices.Refused, fmt.Sprintf("%d baud is no rate", p.Baud))
	}
	if p.Path == "" {
		return nil, refused(p, devices.NotALine, "no line is named")
	}
	if address, ok := strings.CutPrefix(p.Path, tcpPrefix); ok {
		return openTCP(ctx, p, address)
	}
	l, err := openNode(p)
	if err != nil { // never an interface that holds a nil pointer
		return nil, err
	}
	return l, nil
}

// refused is a fault that we see ourselves before the system does.
func refused(p Port, cause devices.Cause, why string) *devices.Fault {
	return &devices.Fault{Cause: cause, Detail: p.Path, Err: errors.New(why)}
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
	case errors.Is(err, unix.ENOTTY):
		cause = devices.NotALine
	case errors.Is(err, unix.EINVAL):
		cause = devices.Refused
	case errors.As(err, &pe) && pe.Code() == serial.PortBusy:
		cause = devices.Occupied
	case errors.As(err, &pe) && pe.Code() == serial.PermissionDenied:
		cause = devices.Denied
	}
	return &devices.Fault{Cause: cause, Detail: p.Path, Err: fmt.Errorf("%s: %w", step, err)}
}
