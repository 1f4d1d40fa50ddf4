package scanner

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// The kinds of line an imager hangs on; they differ in what guards a transfer.
const (
	RS232 = "rs232" // no checksum below us: every picture is shipped twice
	CDC   = "cdc"   // USB checks every packet and repeats it
)

// How long the driver waits. The imager's own limits are not published; these
// are several times what units on a desk need.
const (
	backOffMin = 250 * time.Millisecond
	backOffMax = 5 * time.Second
	coolDown   = 2 * time.Second // rest after a failed picture
)

// codesKept is how many codes wait for somebody to take them; an older one
// gives way to a newer one, since it was most likely read for somebody else.
const codesKept = 16

// Scanner is the driver of one imager. Set the fields, start Run, call the
// rest from anywhere.
type Scanner struct {
	Open     wire.Opener
	Line     string               // RS232 or CDC; anything else counts as RS232
	Baud     int                  // of an RS232 line, for time limits; 0 is 115200
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called on each change and must not block
	Now      func() time.Time     // optional; the time a Code carries

	once  sync.Once
	asks  chan *ask
	codes chan devices.Code

	mu     sync.Mutex
	status devices.Status
	alive  chan struct{} // closed when Run ends; nil before
}

// ask is one Snap on its way to the goroutine that owns the device.
type ask struct {
	ctx      context.Context
	progress devices.Progress
	answer   chan answer // takes exactly one
}

type answer struct {
	sheet devices.Sheet
	fault *devices.Fault
}

// Causes lists what the driver can report.
func Causes() []devices.Cause {
	return []devices.Cause{
		devices.Offline, devices.Denied, devices.Occupied, devices.Silent, devices.Garbled,
		devices.Truncated, devices.Mismatch, devices.NoSheet, devices.Cancelled,
	}
}

func fail(cause devices.Cause, detail string, err error) *devices.Fault {
	return &devices.Fault{Device: devices.ScannerDevice, Cause: cause, Detail: detail, Err: err}
}

func (s *Scanner) prepare() {
	s.once.Do(func() {
		s.asks = make(chan *ask)
		s.codes = make(chan devices.Code, codesKept)
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if s.Now == nil {
			s.Now = time.Now
		}
		s.status = devices.Status{Device: devices.ScannerDevice, Cause: devices.Offline}
	})
}

// Codes gives the codes the imager reads on its own, as they come. The channel
// is never closed. With nobody taking them only the newest are kept.
func (s *Scanner) Codes() <-chan devices.Code {
	s.prepare()
	return s.codes
}

// Status is what is known of the imager now.
func (s *Scanner) Status() devices.Status {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Scan takes one picture and hands it to keep.
func (s *Scanner) Scan(ctx context.Context, _ devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	sheet, err := s.Snap(ctx, progress)
	if err != nil {
		return err
	}
	return keep(sheet)
}

// Capabilities is what a serial imager can do.
func (s *Scanner) Capabilities() devices.Capabilities {
	return devices.Capabilities{Pages: true, Codes: true}
}

var _ devices.Scanner = (*Scanner)(nil)

// Snap takes one picture of what lies under the imager. While a picture is
// taken for somebody else it waits. progress may be nil; it is called from the
// driver's goroutine and must not block. Errors are *devices.Fault; Cancelled
// wraps the context's error.
func (s *Scanner) Snap(ctx context.Context, progress devices.Progress) (devices.Sheet, error) {
	s.prepare()
	s.mu.Lock()
	alive := s.alive
	s.mu.Unlock()
	if alive == nil {
		return devices.Sheet{}, fail(devices.Offline, "the driver is not running", nil)
	}
	a := &ask{ctx: ctx, progress: progress, answer: make(chan answer, 1)}
	select {
	case s.asks <- a:
	case <-alive:
		return devices.Sheet{}, fail(devices.Offline, "the driver has stopped", nil)
	case <-ctx.Done():
		return devices.Sheet{}, fail(devices.Cancelled, "while waiting for the scanner", ctx.Err())
	}
	got := <-a.answer
	if got.fault != nil {
		return devices.Sheet{}, got.fault
	}
	return got.sheet, nil
}

// Run owns the imager: it opens the line, keeps it open and does what Snap
// asks for, until the context ends; then it returns nil. It runs once at a
// time.
func (s *Scanner) Run(ctx context.Context) error {
	s.prepare()
	alive := make(chan struct{})
	s.mu.Lock()
	if s.alive != nil {
		s.mu.Unlock()
		return errors.New("scanner: Run is running already")
	}
	s.alive = alive
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.alive = nil
		s.mu.Unlock()
		close(alive)
		s.set(fail(devices.Offline, "the driver has stopped", nil))
	}()
	pause := backOffMin
	for ctx.Err() == nil {
		worked, fault := s.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		s.set(fault)
		if worked {
			pause = backOffMin
		}
		s.wait(ctx, pause, fault)
		pause = min(2*pause, backOffMax)
	}
	return nil
}

// connect opens the line and serves it until something breaks; it always
// gives the fault that broke it, and whether the imager had answered.
func (s *Scanner) connect(ctx context.Context) (worked bool, fault *devices.Fault) {
	link, err := s.Open(ctx)
	if err != nil {
		if f, ok := errors.AsType[*devices.Fault](err); ok {
			f := *f
			f.Device = devices.ScannerDevice
			return false, &f
		}
		return false, fail(devices.Offline, "open the line", err)
	}
	x := newSession(s, link)
	defer x.close()
	return x.serve(ctx)
}

// wait lets the back-off pass and meanwhile tells whoever asks what is wrong.
func (s *Scanner) wait(ctx context.Context, d time.Duration, fault *devices.Fault) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			return
		case a := <-s.asks:
			a.answer <- answer{fault: fault}
		}
	}
}

// set makes fault the status, nil being ready, and tells who wants to know if
// that is a change; the log says it last, when the screens already know.
func (s *Scanner) set(fault *devices.Fault) {
	next := devices.Status{Device: devices.ScannerDevice, Ready: fault == nil}
	if fault != nil {
		next.Cause, next.Detail = fault.Cause, fault.Detail
	}
	s.mu.Lock()
	last := s.status
	s.status = next
	s.mu.Unlock()
	if last.Ready == next.Ready && last.Cause == next.Cause && last.Detail == next.Detail {
		return
	}
	if s.OnStatus != nil {
		s.OnStatus(next)
	}
	if fault == nil {
		s.Log.Info("scanner ready")
	} else {
		s.Log.Warn("scanner not ready", "err", fault)
	}
}

// deliver puts a code on the channel; if nobody has taken codesKept of them
// the oldest goes.
func (s *Scanner) deliver(c devices.Code) {
	c.At = s.Now().UTC()
	for {
		select {
		case s.codes <- c:
			return
		default:
		}
		select {
		case <-s.codes:
			s.Log.Warn("a code nobody took was dropped")
		default:
		}
	}
}
