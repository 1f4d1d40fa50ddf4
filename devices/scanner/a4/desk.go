package a4

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"servicepoint/devices"
)

// How gently a device is treated.
const (
	coolDown   = 2 * time.Second  // rest after a failed scan
	backOffMax = 30 * time.Second // between looks at a device that fails
)

// maker is what the three scanners do each in its own way. Both methods run on
// the goroutine of Run, one at a time.
type maker interface {
	// look asks the device how it is, without scanning.
	look(ctx context.Context) (model string, warnings []devices.Cause, fault *devices.Fault)
	// take serves one scan. end, if not nil, is called when the scan is over:
	// it removes what the scan left on the device and here.
	take(ctx context.Context, a *ask) (end func(), err error)
}

// desk is what the three have in common: one goroutine owns the device, looks
// after it from time to time and serves one scan after the other.
type desk struct {
	once  sync.Once
	first sync.Once // Run
	asks  chan *ask
	codes chan devices.Code
	log   *slog.Logger
	told  func(devices.Status)

	mu     sync.Mutex
	status devices.Status
	can    devices.Capabilities
	alive  chan struct{} // closed when Run ends; nil before
	begun  chan struct{} // closed by the first Run: a Scan that is earlier waits for it
}

// ask is one Scan on its way to the goroutine that owns the device.
type ask struct {
	ctx      context.Context
	request  devices.ScanRequest
	keep     func(devices.Sheet) error
	progress devices.Progress
	answer   chan error // takes exactly one
}

// keepError carries an error of keep past everything that looks at faults.
type keepError struct{ err error }

func (e *keepError) Error() string { return e.err.Error() }

// hand gives a sheet to the caller's keep.
func (a *ask) hand(s devices.Sheet) error {
	if err := a.keep(s); err != nil {
		return &keepError{err}
	}
	return nil
}

// tell reports bytes received.
func (a *ask) tell(done, total int64) {
	if a.progress != nil {
		a.progress(done, total)
	}
}

// Causes lists what the drivers can report, Warnings included.
func Causes() []devices.Cause {
	return []devices.Cause{
		devices.Offline, devices.Denied, devices.Occupied, devices.Leftover, devices.NotALine, devices.WrongDevice, devices.NoProgram,
		devices.Silent, devices.Garbled, devices.Truncated, devices.TooLarge, devices.Refused, devices.CoverOpen,
		devices.Broken, devices.NoSheet, devices.Jam, devices.NoSpace, devices.Cancelled,
	}
}

func fail(cause devices.Cause, detail string, err error) *devices.Fault {
	return &devices.Fault{Device: devices.ScannerDevice, Cause: cause, Detail: detail, Err: err}
}

// prepare makes the zero value work. can is what is known without asking.
func (d *desk) prepare(log *slog.Logger, told func(devices.Status), can devices.Capabilities) {
	d.once.Do(func() {
		d.asks = make(chan *ask)
		d.begun = make(chan struct{})
		d.codes = make(chan devices.Code)
		d.log, d.told = log, told
		if d.log == nil {
			d.log = slog.New(slog.DiscardHandler)
		}
		d.can = can
		d.status = devices.Status{Device: devices.ScannerDevice, Cause: devices.Offline}
	})
}

func (d *desk) current() devices.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Warnings = slices.Clone(s.Warnings)
	return s
}

func (d *desk) capabilities() devices.Capabilities {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.can
	c.DPI = slices.Clone(c.DPI)
	return c
}

func (d *desk) learn(can devices.Capabilities) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.can = can
}

// stopped is what becomes of a request that finds no driver any more: one that
// was given up at the same moment was given up.
func stopped(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fail(devices.Cancelled, "while waiting for the scanner", err)
	}
	return fail(devices.Offline, "the driver has stopped", nil)
}

// scan hands a request to the goroutine that owns the device and waits.
func (d *desk) scan(a *ask) error {
	select {
	case <-d.begun:
	case <-a.ctx.Done():
		return fail(devices.Cancelled, "before the driver ran", a.ctx.Err())
	}
	d.mu.Lock()
	alive := d.alive
	d.mu.Unlock()
	if alive == nil {
		return stopped(a.ctx)
	}
	a.answer = make(chan error, 1)
	select {
	case d.asks <- a:
	case <-alive:
		return stopped(a.ctx)
	case <-a.ctx.Done():
		return fail(devices.Cancelled, "while waiting for the scanner", a.ctx.Err())
	}
	err := <-a.answer
	if k, ok := errors.AsType[*keepError](err); ok {
		return k.err
	}
	return err
}

// run owns the device until ctx ends: it looks every poll, less often while
// the device fails, and serves scans in between.
func (d *desk) run(ctx context.Context, poll time.Duration, m maker) error {
	alive := make(chan struct{})
	d.mu.Lock()
	if d.alive != nil {
		d.mu.Unlock()
		return errors.New("a4: Run is running already")
	}
	d.alive = alive
	d.mu.Unlock()
	d.first.Do(func() { close(d.begun) })
	defer func() {
		d.mu.Lock()
		d.alive = nil
		d.mu.Unlock()
		close(alive)
		d.set("", nil, fail(devices.Offline, "the driver has stopped", nil))
	}()
	next, cool := time.NewTimer(0), time.NewTimer(time.Hour)
	defer next.Stop()
	defer cool.Stop()
	asks, pause := (<-chan *ask)(d.asks), poll
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
			if d.look(ctx, m) {
				pause = poll
			} else {
				pause = min(2*pause, max(poll, backOffMax))
			}
			next.Reset(pause)
		case <-cool.C:
			asks = d.asks
		case a := <-asks:
			if d.serve(ctx, m, a) {
				next.Reset(pause)
				continue
			}
			asks = nil
			cool.Reset(coolDown)
			next.Reset(coolDown)
		}
	}
}

// look asks the device how it is and reports whether it is well.
func (d *desk) look(ctx context.Context, m maker) bool {
	model, warnings, fault := m.look(ctx)
	if ctx.Err() != nil {
		return true
	}
	d.set(model, warnings, fault)
	return fault == nil
}

// serve does one scan and reports whether the device may be used again at
// once. A caller who has gone gets his answer before the device is tidied up,
// every other one after.
func (d *desk) serve(ctx context.Context, m maker, a *ask) bool {
	both, cancel := context.WithCancel(a.ctx)
	defer context.AfterFunc(ctx, cancel)()
	defer cancel()
	end, err := m.take(both, a)
	if err == nil {
		if end != nil {
			end()
		}
		if !d.current().Ready { // it has just proved that it works
			d.set(d.capabilities().Model, nil, nil)
		}
		a.answer <- nil
		return true
	}
	_, ours := errors.AsType[*keepError](err)
	gone := both.Err() != nil && !ours
	if gone {
		err = fail(devices.Cancelled, "", both.Err())
		a.answer <- err
	}
	if end != nil {
		end()
	}
	fault, ok := errors.AsType[*devices.Fault](err)
	sound := ours || ok && spares(fault.Cause)
	if !sound && ok {
		d.set("", nil, fault)
	}
	if !gone {
		a.answer <- err
	}
	return sound
}

// spares tells the causes that say nothing against the device.
func spares(c devices.Cause) bool {
	return c == devices.NoSheet || c == devices.Cancelled || c == devices.TooLarge
}

// set makes fault the status, nil being ready, and tells who wants to know if
// that is a change; the log says it last, when the screens already know.
func (d *desk) set(model string, warnings []devices.Cause, fault *devices.Fault) {
	next := devices.Status{Device: devices.ScannerDevice, Ready: fault == nil, Warnings: warnings, Detail: model}
	if fault != nil {
		next.Cause, next.Detail = fault.Cause, fault.Detail
	}
	d.mu.Lock()
	last := d.status
	d.status = next
	d.mu.Unlock()
	if last.Ready == next.Ready && last.Cause == next.Cause && last.Detail == next.Detail && slices.Equal(last.Warnings, next.Warnings) {
		return
	}
	if d.told != nil {
		next.Warnings = slices.Clone(next.Warnings)
		d.told(next)
	}
	switch {
	case fault != nil:
		d.log.Warn("scanner not ready", "err", fault)
	case len(warnings) > 0:
		d.log.Warn("scanner ready", "see to", warnings)
	default:
		d.log.Info("scanner ready")
	}
}

// rest waits, or less if the context ends.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
