package scanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// The kinds of line an imager hangs on; they differ in what guards a transfer.
const (
	RS232 = "rs232" // no checksum below us: a raw picture is shipped twice
	CDC   = "cdc"   // USB checks every packet and repeats it
)

// How long the driver waits between tries.
const (
	backOffMin = 250 * time.Millisecond
	backOffMax = 5 * time.Second
	coolDown   = 2 * time.Second // rest after a failed picture
)

// The qualities of JPEG asked for by default: on RS-232 half the size is half
// the wait.
const (
	qualityRS232 = 50
	qualityCDC   = 85
)

// slowest is the least rate of an RS-232 line that pictures are asked over:
// below it one takes longer than a person waits.
const slowest = 57600

// codesKept is how many codes wait for somebody to take them; an older one
// gives way to a newer one, since it was most likely read for somebody else.
const codesKept = 16

// Scanner is the driver of one imager or code reader. Set the fields, start
// Run, call the rest from anywhere.
type Scanner struct {
	Open     wire.Opener
	Appeared func(context.Context) <-chan struct{} // optional; tells when opening is worth another try
	Protocol string                                // Honeywell, SSI, Line or Datalogic; empty is Honeywell
	Line     string                                // RS232 or CDC; anything else counts as RS232
	Baud     int                                   // of an RS232 line, for time limits; 0 is 115200
	Quality  int                                   // of JPEG, 1 to 100; 0 is 50 on RS232 and 85 on CDC
	Device   string                                // whom Faults and Status name; empty is devices.ScannerDevice
	Log      *slog.Logger                          // optional
	OnStatus func(devices.Status)                  // optional; called on each change and must not block
	Now      func() time.Time                      // optional; the time a Code carries

	once  sync.Once
	first sync.Once // Run
	asks  chan *ask
	codes chan devices.Code

	mu     sync.Mutex
	status devices.Status
	known  devices.Capabilities
	alive  chan struct{} // closed when Run ends; nil before
	begun  chan struct{} // closed by the first Run: a Scan that is earlier waits for it
}

// ask is one Scan on its way to the goroutine that owns the device.
type ask struct {
	ctx      context.Context
	request  devices.ScanRequest
	progress devices.Progress
	answer   chan answer // takes exactly one
}

type answer struct {
	sheet devices.Sheet
	fault *devices.Fault
}

var _ devices.Scanner = (*Scanner)(nil)

// Causes lists what the driver can report.
func Causes() []devices.Cause {
	return []devices.Cause{
		devices.Offline, devices.WrongDevice, devices.Denied, devices.Occupied, devices.NotALine, devices.Silent, devices.Garbled,
		devices.Truncated, devices.Mismatch, devices.TooLarge, devices.TooSlow, devices.Refused,
		devices.NoSheet, devices.Cancelled,
	}
}

// fail makes a fault; own names the device before it leaves the driver.
func fail(cause devices.Cause, detail string, err error) *devices.Fault {
	return &devices.Fault{Device: devices.ScannerDevice, Cause: cause, Detail: detail, Err: err}
}

// own is f under this device's name.
func (s *Scanner) own(f *devices.Fault) *devices.Fault {
	if f == nil || f.Device == s.device() {
		return f
	}
	named := *f
	named.Device = s.device()
	return &named
}

func (s *Scanner) device() string {
	if s.Device == "" {
		return devices.ScannerDevice
	}
	return s.Device
}

func (s *Scanner) quality() int {
	switch {
	case s.Quality > 0:
		return min(s.Quality, 100)
	case s.Line == CDC:
		return qualityCDC
	}
	return qualityRS232
}

func (s *Scanner) prepare() {
	s.once.Do(func() {
		s.asks = make(chan *ask)
		s.begun = make(chan struct{})
		s.codes = make(chan devices.Code, codesKept)
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if s.Now == nil {
			s.Now = time.Now
		}
		s.status = devices.Status{Device: s.device(), Cause: devices.Offline}
		if t, err := newTalk(&session{s: s}); err == nil {
			s.known = t.capabilities()
		}
	})
}

// Codes gives the codes the device reads on its own, as they come. The channel
// is never closed. With nobody taking them only the newest are kept.
func (s *Scanner) Codes() <-chan devices.Code {
	s.prepare()
	return s.codes
}

// Status is what is known of the device now.
func (s *Scanner) Status() devices.Status {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Capabilities is what the device can do: by its protocol, and by what it has
// said of itself once it was there.
func (s *Scanner) Capabilities() devices.Capabilities {
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

func (s *Scanner) know(c devices.Capabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = c
}

// Scan takes one picture of what lies under the imager and hands it to keep on
// the caller's goroutine. While a picture is taken for somebody else it waits.
// progress is called from the driver's goroutine. Refused is a reader that
// takes no pictures or a request for both sides, TooSlow an RS-232 line below
// 57600 baud; neither sends a byte. See devices.Scanner.
func (s *Scanner) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	if fault := s.refuse(r); fault != nil {
		return s.own(fault)
	}
	select {
	case <-s.begun:
	case <-ctx.Done():
		return s.own(fail(devices.Cancelled, "before the driver ran", ctx.Err()))
	}
	s.mu.Lock()
	alive := s.alive
	s.mu.Unlock()
	if alive == nil {
		return s.own(stopped(ctx))
	}
	a := &ask{ctx: ctx, request: r, progress: progress, answer: make(chan answer, 1)}
	select {
	case s.asks <- a:
	case <-alive:
		return s.own(stopped(ctx))
	case <-ctx.Done():
		return s.own(fail(devices.Cancelled, "while waiting for the scanner", ctx.Err()))
	}
	got := <-a.answer
	switch {
	case got.fault == nil:
	case got.fault.Cause == devices.Offline && ctx.Err() != nil: // the line was closed because we gave up
		return s.own(stopped(ctx))
	default:
		return s.own(got.fault)
	}
	return keep(got.sheet)
}

// stopped is what becomes of a request that finds no driver any more: one that
// was given up at the same moment was given up.
func stopped(ctx context.Context) *devices.Fault {
	if err := ctx.Err(); err != nil {
		return fail(devices.Cancelled, "while waiting for the scanner", err)
	}
	return fail(devices.Offline, "the driver has stopped", nil)
}

// refuse says why a request cannot be served, whatever the device does.
func (s *Scanner) refuse(r devices.ScanRequest) *devices.Fault {
	switch {
	case !s.Capabilities().Pages:
		return fail(devices.Refused, "the device reads codes only", nil)
	case r.Duplex:
		return fail(devices.Refused, "the device takes one side", nil)
	case s.Line != CDC && s.Baud > 0 && s.Baud < slowest:
		return fail(devices.TooSlow, fmt.Sprintf("pictures need %d baud, the line has %d", slowest, s.Baud), nil)
	}
	return nil
}

// Run owns the device: it opens the line, keeps it open and does what Scan
// asks for, until the context ends; then it returns nil. It runs once at a
// time. An unknown Protocol is an error at once.
func (s *Scanner) Run(ctx context.Context) error {
	s.prepare()
	if _, err := newTalk(&session{s: s}); err != nil {
		return err
	}
	alive := make(chan struct{})
	s.mu.Lock()
	if s.alive != nil {
		s.mu.Unlock()
		return errors.New("scanner: Run is running already")
	}
	s.alive = alive
	s.mu.Unlock()
	s.first.Do(func() { close(s.begun) })
	defer func() {
		s.mu.Lock()
		s.alive = nil
		s.mu.Unlock()
		close(alive)
		s.set(fail(devices.Offline, "the driver has stopped", nil))
	}()
	var appeared <-chan struct{}
	if s.Appeared != nil {
		appeared = s.Appeared(ctx)
	}
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
		if s.wait(ctx, pause, fault, appeared) {
			pause = backOffMin
		} else {
			pause = min(2*pause, backOffMax)
		}
	}
	return nil
}

// connect opens the line and serves it until something breaks; it always
// gives the fault that broke it, and whether the device had answered.
func (s *Scanner) connect(ctx context.Context) (worked bool, fault *devices.Fault) {
	link, err := s.Open(ctx)
	if err != nil {
		if f, ok := errors.AsType[*devices.Fault](err); ok {
			return false, f
		}
		return false, fail(devices.Offline, "open the line", err)
	}
	x, err := newSession(s, link)
	if err != nil { // Run has made sure that it cannot be
		return false, fail(devices.Refused, "", err)
	}
	defer x.close()
	return x.serve(ctx)
}

// wait lets the back-off pass and meanwhile tells whoever asks what is wrong.
// It ends early, and says so, when the line may have come back.
func (s *Scanner) wait(ctx context.Context, d time.Duration, fault *devices.Fault, appeared <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			return false
		case <-appeared:
			return true
		case a := <-s.asks:
			a.answer <- answer{fault: fault}
		}
	}
}

// set makes fault the status, nil being ready, and tells who wants to know if
// that is a change; the log says it last, when the screens already know.
func (s *Scanner) set(fault *devices.Fault) {
	fault = s.own(fault)
	next := devices.Status{Device: s.device(), Ready: fault == nil}
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
		s.Log.Info("scanner ready", "device", s.device())
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
			s.Log.Warn("a code nobody took was dropped", "device", s.device())
		default:
		}
	}
}
