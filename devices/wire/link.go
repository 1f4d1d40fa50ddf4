package wire

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// How long a wait sleeps that the kernel cannot wake.
const (
	emptyRead = 20 * time.Millisecond // a USB printer that answers a read with nothing
	gateShut  = 5 * time.Millisecond  // DSR is low
	gateQueue = time.Millisecond      // what was let through is still on its way
)

// gateChunk is how much goes out on one look at DSR: printers are known that
// drop it 16 bytes before their buffer runs over.
const gateChunk = 16

// fileLink is an open device node.
type fileLink struct {
	file    *os.File     // all bytes
	port    modemPort    // mode, exclusivity and modem bits of a serial line; else nil
	held    io.Closer    // the lock file; may be nil
	path    string       // what faults name
	printer bool         // USB printer class
	gated   bool         // FlowDSR
	ioctl   sync.RWMutex // port works on a bare descriptor: never beside its Close

	writing sync.Mutex // a Write is under way

	mu      sync.Mutex
	closing chan struct{} // closed by Close
	readBy  time.Time
	writeBy time.Time

	once   sync.Once
	closed error
}

// modemPort is what of the serial library is used after Open.
type modemPort interface {
	GetModemStatusBits() (*serial.ModemStatusBits, error)
	Close() error
}

func newFileLink(file *os.File, path string) *fileLink {
	return &fileLink{file: file, path: path, closing: make(chan struct{})}
}

func (l *fileLink) Read(p []byte) (int, error) {
	for {
		n, err := l.file.Read(p)
		if !l.printer || n > 0 || len(p) == 0 {
			return n, l.explain("read", err)
		}
		// A USB printer ends a read with nothing when it has nothing to say,
		// and one that can only listen refuses to be read.
		if !errors.Is(err, io.EOF) && !errors.Is(err, unix.EINVAL) {
			return 0, l.explain("read", err)
		}
		if hungUp(l.file) {
			return 0, l.explain("read", io.ErrUnexpectedEOF)
		}
		if err := l.sleep(emptyRead, &l.readBy); err != nil {
			return 0, err
		}
	}
}

func (l *fileLink) Write(p []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.isClosed() {
		return 0, os.ErrClosed
	}
	if l.gated {
		return l.writeGated(p)
	}
	n, err := l.file.Write(p)
	return n, l.explain("write", err)
}

// writeGated lets the bytes out in pieces, each on a DSR that is high, with
// nothing of the piece before still queued: what waits in the kernel would go
// out whatever DSR says.
func (l *fileLink) writeGated(p []byte) (sent int, err error) {
	for sent < len(p) {
		wait, err := l.gate()
		switch {
		case err != nil:
			return sent, err
		case wait > 0:
			if err := l.sleep(wait, &l.writeBy); err != nil {
				return sent, err
			}
			continue
		}
		n, err := l.file.Write(p[sent:min(len(p), sent+gateChunk)])
		sent += n
		if err != nil {
			return sent, l.explain("write", err)
		}
	}
	return sent, nil
}

// gate says how long to wait before asking again, 0 if the device is ready.
func (l *fileLink) gate() (time.Duration, error) {
	if n, err := l.Pending(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return 0, err
	} else if n > 0 {
		return gateQueue, nil
	}
	bits, err := l.Modem()
	if err != nil {
		return 0, err
	}
	if !bits.DSR {
		return gateShut, nil
	}
	return 0, nil
}

// sleep waits at most d, and not past the deadline or Close, which it reports.
func (l *fileLink) sleep(d time.Duration, deadline *time.Time) error {
	l.mu.Lock()
	by := *deadline
	l.mu.Unlock()
	if !by.IsZero() {
		left := time.Until(by)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		d = min(d, left)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.closing:
		return os.ErrClosed
	}
}

// Pending gives the bytes written that the kernel still holds.
func (l *fileLink) Pending() (int, error) {
	if l.printer {
		return 0, fmt.Errorf("ask for pending output: %w", errors.ErrUnsupported)
	}
	n, err := outputQueue(l.file)
	return n, l.explain("ask for pending output", err)
}

// Modem reads the line's signals; a pseudo-terminal and a USB printer have none.
func (l *fileLink) Modem() (ModemBits, error) {
	l.ioctl.RLock()
	defer l.ioctl.RUnlock()
	if l.isClosed() {
		return ModemBits{}, os.ErrClosed
	}
	if l.port == nil {
		return ModemBits{}, fmt.Errorf("read modem bits: %w", errors.ErrUnsupported)
	}
	b, err := l.port.GetModemStatusBits()
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return ModemBits{}, fmt.Errorf("read modem bits: %w", errors.ErrUnsupported)
	}
	if err != nil {
		return ModemBits{}, l.explain("read modem bits of", err)
	}
	return ModemBits{CTS: b.CTS, DSR: b.DSR, DCD: b.DCD, RI: b.RI}, nil
}

func (l *fileLink) SetReadDeadline(t time.Time) error {
	return l.setDeadline(&l.readBy, t, l.file.SetReadDeadline)
}

func (l *fileLink) SetWriteDeadline(t time.Time) error {
	return l.setDeadline(&l.writeBy, t, l.file.SetWriteDeadline)
}

// setDeadline keeps a deadline from undoing the one that Close frees with.
func (l *fileLink) setDeadline(kept *time.Time, t time.Time, set func(time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		return os.ErrClosed
	}
	*kept = t
	return l.explain("set deadline of", set(t))
}

func (l *fileLink) isClosed() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

// Close frees a blocked Read and Write. Both descriptors go at once, or a
// device that is plugged in again would get another node. Output that the
// device holds up is dropped after a short grace: the kernel would otherwise
// wait half a minute for it.
func (l *fileLink) Close() error {
	l.once.Do(func() {
		long := time.Unix(1, 0)
		l.mu.Lock()
		close(l.closing)
		_ = l.file.SetReadDeadline(long)
		_ = l.file.SetWriteDeadline(long) // a writer would fill the queue again
		l.mu.Unlock()

		l.writing.Lock()
		flushOutput(l.file, l.printer)
		l.writing.Unlock()

		l.ioctl.Lock()
		if l.port != nil {
			l.closed = forgive(l.port.Close())
		}
		l.ioctl.Unlock()
		l.closed = errors.Join(l.file.Close(), l.closed)
		if l.held != nil {
			l.closed = errors.Join(l.closed, l.held.Close())
		}
	})
	return l.closed
}

// forgive passes over the errors of closing a device that has gone.
func forgive(err error) error {
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// explain tells a hangup from a deadline and from our own Close.
func (l *fileLink) explain(step string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrClosed), l.isClosed():
		return os.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	return gone(l.path, step, err)
}

// gone is the fault of a line that was open.
func gone(path, step string, err error) *devices.Fault {
	return &devices.Fault{Cause: devices.Offline, Detail: path, Err: fmt.Errorf("%s line: %w", step, err)}
}
