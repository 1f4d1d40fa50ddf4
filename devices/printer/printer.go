package printer

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

const (
	pollEvery  = 2 * time.Second
	backoffMin = 250 * time.Millisecond
	backoffMax = 5 * time.Second
)

// Printer is one receipt printer. Set the fields, then call Run once; the
// other methods may be called from any goroutine while it runs.
type Printer struct {
	Open     wire.Opener
	Profile  Profile
	Baud     int                  // the line's rate, to know how long bytes take; 0 for USB
	MaxPause time.Duration        // how long a job waits for paper; 0 counts as 10 minutes
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called in order, must not block

	once     sync.Once
	requests chan request

	mu     sync.Mutex
	status devices.Status

	// Of the goroutine of Run alone.
	nextID uint32
	debt   []byte // what must be sent before the next job, on whichever link
}

// request asks the goroutine of Run to do something with the printer. s is nil
// while there is no link; fault then says why.
type request struct {
	ctx  context.Context
	do   func(ctx context.Context, s *session, fault error)
	done chan struct{}
}

func (p *Printer) prepare() {
	p.once.Do(func() {
		p.requests = make(chan request)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.status = devices.Status{Device: devices.PrinterDevice, Cause: devices.Offline, Detail: "not opened yet"}
	})
}

// Status is what the printer last said of itself.
func (p *Printer) Status() devices.Status {
	p.prepare()
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.status
	out.Warnings = slices.Clone(out.Warnings)
	return out
}

// Print prints one slip and waits for the proof, one slip after the other. A
// printer that is not ready fails at once, with nothing sent and no level. Once
// printing has begun, paper that runs out or a cover that is opened holds the
// job up for at most MaxPause; nothing is ever sent again. The result counts
// also when there is an error, which is a *devices.Fault unless the slip does
// not fit the printer. watch may be nil and must not block. LevelBody comes with a Fault: the slip is printed, but
// not known to be cut.
func (p *Printer) Print(ctx context.Context, slip devices.Slip, watch devices.PrintProgress) (res devices.PrintResult, err error) {
	asked := p.request(ctx, func(ctx context.Context, s *session, fault error) {
		if s == nil {
			err = fault
			return
		}
		res, err = p.print(ctx, s, slip, watch)
	})
	if asked != nil {
		return devices.PrintResult{}, asked
	}
	return res, err
}

// Recover tells the printer to go on after people have cleared its cutter
// (DLE ENQ 1). It fails with the Fault that still stands.
func (p *Printer) Recover(ctx context.Context) (err error) {
	asked := p.request(ctx, func(ctx context.Context, s *session, fault error) {
		if s == nil {
			err = fault
			return
		}
		if _, err = s.order(0x10, 0x05, 1); err != nil {
			return
		}
		if _, err = s.await(ctx, askTimeout, never); err != nil { // the blade moves
			return
		}
		err = p.mustBeReady(ctx, s)
	})
	if asked != nil {
		return asked
	}
	return err
}

// request hands f to Run and waits until it has been called.
func (p *Printer) request(ctx context.Context, f func(context.Context, *session, error)) error {
	p.prepare()
	r := request{ctx: ctx, do: f, done: make(chan struct{})}
	select {
	case p.requests <- r:
		<-r.done
		return nil
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

// serve runs a request; it ends early when Run does.
func (r request) serve(run context.Context, s *session, fault error) {
	ctx, cancel := context.WithCancelCause(r.ctx)
	stop := context.AfterFunc(run, func() { cancel(context.Cause(run)) })
	r.do(ctx, s, fault)
	stop()
	cancel(nil)
	close(r.done)
}

// Run opens the printer, watches its state and prints, and opens it again when
// it has gone, until the context ends. It always returns nil.
func (p *Printer) Run(ctx context.Context) error {
	p.prepare()
	// Process IDs rise from a point that an earlier run is unlikely to have
	// reached, so that its late answers mean nothing to this one.
	p.nextID = uint32(time.Now().Unix())
	wait := backoffMin
	for ctx.Err() == nil {
		fault := p.connect(ctx, func() { wait = backoffMin })
		if ctx.Err() != nil {
			break
		}
		p.setStatus(devices.Status{Device: devices.PrinterDevice, Cause: fault.Cause, Detail: fault.Detail})
		p.away(ctx, wait, fault)
		wait = min(2*wait, backoffMax)
	}
	return nil
}

// away refuses requests for a while; the jitter keeps two programs that want
// one line from meeting for ever.
func (p *Printer) away(ctx context.Context, d time.Duration, fault *devices.Fault) {
	timer := time.NewTimer(d*3/4 + rand.N(d/4))
	defer timer.Stop()
	for {
		select {
		case r := <-p.requests:
			r.serve(ctx, nil, fault)
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// connect opens the link and serves it until it fails.
func (p *Printer) connect(ctx context.Context, opened func()) *devices.Fault {
	link, err := p.Open(ctx)
	if err != nil {
		return faultOf("open printer", err)
	}
	opened()
	s := newSession(link, p.Profile, func(now state) { p.setStatus(now.status(p.Profile.Name)) })
	defer s.close()
	err = p.watch(ctx, s)
	return faultOf("watch printer", err)
}

// watch is the life of an open link.
func (p *Printer) watch(ctx context.Context, s *session) error {
	if s.profile.AutoStatus {
		if _, err := s.order(autoStatusOn...); err != nil {
			return err
		}
	}
	if _, err := s.poll(ctx, askTries); err != nil {
		return err
	}
	p.setStatus(s.now.status(p.Profile.Name))
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return cancelled(ctx)
		case r, ok := <-s.replies:
			if !ok {
				return s.fail("read from printer", s.readErr)
			}
			s.handle(r)
		case <-tick.C:
			tries := askTries
			if s.now.silent {
				tries = 1
			}
			if _, err := s.poll(ctx, tries); err != nil {
				return err
			}
		case r := <-p.requests:
			r.serve(ctx, s, nil)
			if s.gone != nil {
				return s.gone
			}
			tick.Reset(pollEvery)
		}
	}
}

// setStatus keeps the status and tells about it if it is another one; the log
// says it last, when the screens already know.
func (p *Printer) setStatus(now devices.Status) {
	p.mu.Lock()
	old := p.status
	p.status = now
	p.mu.Unlock()
	if old.Ready == now.Ready && old.Cause == now.Cause && old.Detail == now.Detail && slices.Equal(old.Warnings, now.Warnings) {
		return
	}
	if p.OnStatus != nil {
		p.OnStatus(now)
	}
	if p.Log != nil && (old.Ready != now.Ready || old.Cause != now.Cause) {
		p.Log.Info("printer status", "ready", now.Ready, "cause", now.Cause, "detail", now.Detail)
	}
}
