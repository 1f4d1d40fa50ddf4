package intake

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/slip"
)

// codeLayout says that a slip could not be drawn.
const codeLayout kiosk.Code = "slip.layout"

// Press prints slips one after another. Each is a row before its first byte
// goes out, and the row says in the end what is known of the paper.
type Press struct {
	Slips   Slips
	Printer Printer
	Layout  slip.Layout
	Log     *slog.Logger
	Now     func() time.Time

	queue chan *Printing
}

// NewPress makes a Press whose Run does the printing.
func NewPress(p Press) *Press {
	p.queue = make(chan *Printing, 32)
	return &p
}

// Printing is one slip on its way. Done is closed when it has ended.
type Printing struct {
	Job    kiosk.PrintJob
	Slip   devices.Slip
	Plain  []string // printed instead, if Slip could not be laid out
	Done   chan struct{}
	Result devices.PrintResult // valid after Done
	Err    error               // valid after Done: a *devices.Fault, mostly
}

// Wait waits for the end of the print, or for ctx, whichever comes first; it
// reports whether the print has ended.
func (p *Printing) Wait(ctx context.Context) bool {
	select {
	case <-p.Done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Start writes the job down, lays the slip out and hands it to Run. A second
// print of the same subject is marked as a reprint. If the slip cannot be laid
// out, the few lines of the emergency slip are printed instead: nobody leaves
// without a code. Nil where such lines would be of no use.
func (p *Press) Start(ctx context.Context, job kiosk.PrintJob, emergency *slip.EmergencyInfo, layOut func(slip.Layout) (devices.Slip, error)) (*Printing, error) {
	job.State, job.At = kiosk.PrintQueued, p.Now().UTC()
	job, err := p.Slips.QueuePrint(ctx, job)
	if err != nil {
		return nil, err
	}
	layout := p.Layout
	layout.Reprint = job.Copy - 1
	printing := &Printing{Job: job, Done: make(chan struct{})}
	if printing.Slip, err = layOut(layout); err != nil {
		if emergency == nil {
			return nil, errors.Join(err, p.Slips.MovePrint(ctx, job.ID, kiosk.PrintFailed, codeLayout))
		}
		p.Log.Error("slip not laid out, the emergency slip is printed", "job", job.ID, "kind", job.Kind, "err", err)
		printing.Plain = slip.Emergency(*emergency, layout)
	}
	select {
	case p.queue <- printing:
		return printing, nil
	default:
		err := kiosk.Fail(kiosk.Busy, "printer.queue_full", nil)
		return nil, errors.Join(err, p.Slips.MovePrint(ctx, job.ID, kiosk.PrintFailed, err.Code))
	}
}

// Run prints what Start hands over until ctx ends.
func (p *Press) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case job := <-p.queue:
			p.print(ctx, job)
		}
	}
}

func (p *Press) print(ctx context.Context, job *Printing) {
	defer close(job.Done)
	if job.Err = p.Slips.MovePrint(ctx, job.Job.ID, kiosk.PrintSending, ""); job.Err != nil {
		return
	}
	if job.Plain != nil {
		job.Result, job.Err = p.Printer.PrintPlain(ctx, job.Plain, p.confirming(ctx, job))
	} else {
		job.Result, job.Err = p.Printer.Print(ctx, job.Slip, p.confirming(ctx, job))
	}
	state, cause := ending(job.Result, job.Err)
	if job.Plain != nil && cause == "" {
		cause = codeLayout
	}
	job.Job.State, job.Job.Cause = state, cause
	// The end is written even while the program stops: the paper is out.
	if err := p.Slips.MovePrint(context.WithoutCancel(ctx), job.Job.ID, state, cause); err != nil {
		p.Log.Error("print job's end not recorded", "job", job.Job.ID, "state", state, "err", err)
	}
}

// confirming writes down that a job's last byte is out and its proof due.
func (p *Press) confirming(ctx context.Context, job *Printing) devices.PrintProgress {
	told := false
	return func(phase devices.PrintPhase, _ devices.Cause, _, _ int64) {
		if phase != devices.PhaseConfirming || told {
			return
		}
		told = true
		if err := p.Slips.MovePrint(context.WithoutCancel(ctx), job.Job.ID, kiosk.PrintConfirming, ""); err != nil {
			p.Log.Error("print job's step not recorded", "job", job.Job.ID, "state", kiosk.PrintConfirming, "err", err)
		}
	}
}

// ending says what a print's outcome is called. A print that failed before
// its first byte may be tried again; one that broke off later is unknown.
func ending(r devices.PrintResult, err error) (kiosk.PrintState, kiosk.Code) {
	var cause kiosk.Code
	if fault, ok := errors.AsType[*devices.Fault](err); ok {
		cause = kiosk.Code(fault.Code())
	} else if err != nil {
		cause = "internal"
	}
	switch r.Level {
	case devices.LevelPrinted:
		return kiosk.PrintPrinted, cause
	case devices.LevelBody:
		return kiosk.PrintBody, cause
	case devices.LevelProcessed:
		return kiosk.PrintProcessed, cause
	case devices.LevelSent:
		return kiosk.PrintSent, cause
	}
	if r.Sent == 0 && err != nil {
		return kiosk.PrintFailed, cause
	}
	return kiosk.PrintUnknown, cause
}
