package printer

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// Printer is one receipt printer. Set the fields, then call Run once; the
// other methods may be called from any goroutine while it runs.
type Printer struct {
	Open     wire.Opener
	Appeared func(context.Context) <-chan struct{} // optional; tells when to open again at once
	Profile  Profile
	Baud     int                  // the line's rate, to know how long bytes take; 0 for USB
	Flow     wire.Flow            // how the line holds us up; of meaning with a Baud only
	MaxPause time.Duration        // how long a job waits for people; 0 counts as 10 minutes
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called in order, must not block

	// Unsettled says that an earlier process may have left part of a slip
	// hanging out of the printer: it is cut off before the first job.
	// OnUnsettled is told when that becomes so and when it is over, each time
	// before the first byte goes out. It is optional and may keep the fact for
	// the next process; it must not block for long.
	Unsettled   bool
	OnUnsettled func(bool)

	once       sync.Once
	requests   chan request
	recoveries chan *recovery

	mu     sync.Mutex
	status devices.Status

	// Of the goroutine of Run alone.
	nextID    uint32
	lastIDs   []string // the latest, no more than four
	debt      debt     // what must be done before the next job, on whichever link
	largest   int      // bytes in the longest part of the job that left the debt
	unsettled bool
	bodyOnly  bool // the last job lacks its cut and nothing else
	unsure    bool // the printer may be in the middle of a command, or answers are due from it
	backlog   int  // rows that it may still have to print
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
		p.recoveries = make(chan *recovery)
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
// printing has begun, trouble that people can end holds the job up for at most
// MaxPause: it goes on by itself, after Recover(Resume) where the printer wants
// that, and ends when ctx does or with Recover(Discard). Nothing is ever sent
// again. The result counts also when there is an error, which is a
// *devices.Fault unless the slip cannot be painted. LevelBody comes with a
// Fault: the slip is printed, but not known to be cut. watch may be nil and
// must not block.
func (p *Printer) Print(ctx context.Context, slip devices.Slip, watch devices.PrintProgress) (devices.PrintResult, error) {
	return p.perform(ctx, watch, func(pr Profile, body, cut string) (*job, error) { return encode(pr, slip, body, cut) })
}

// PrintPlain prints the emergency slip, lines of bare ASCII in the printer's
// own letters, as Print does.
func (p *Printer) PrintPlain(ctx context.Context, lines []string, watch devices.PrintProgress) (devices.PrintResult, error) {
	return p.perform(ctx, watch, func(pr Profile, body, cut string) (*job, error) { return encodePlain(pr, lines, body, cut) })
}

func (p *Printer) perform(ctx context.Context, watch devices.PrintProgress, make encoder) (res devices.PrintResult, err error) {
	asked := p.request(ctx, func(ctx context.Context, s *session, fault error) {
		if s == nil {
			err = fault
			return
		}
		res, err = p.print(ctx, s, make, watch)
	})
	if asked != nil {
		return devices.PrintResult{}, asked
	}
	return res, err
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
