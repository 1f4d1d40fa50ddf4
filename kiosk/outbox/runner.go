package outbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"servicepoint/kiosk"
)

// Runner is the worker. Fill in the first four fields; the others have useful
// zero values. It must not be copied once it runs.
type Runner struct {
	Ledger  Ledger
	Answers Answers
	Files   Files
	Carrier Carrier

	// Hold is how long an accepted parcel's file is kept; 0 wipes at once.
	Hold time.Duration
	// Poll is the longest pause between two questions for receipts, also the
	// pace at which an idle unit checks its link; 0 means 30 s.
	Poll time.Duration
	// BootSpread spreads what waits at the start over that much time, so that
	// units that wake together do not call together; 0 starts at once.
	BootSpread time.Duration
	// Resend is how long the centre may stay silent about a parcel it took
	// whole before it is announced again; 0 means 10 min.
	Resend time.Duration

	Now func() time.Time // wall clock for Hold and Status; nil means time.Now
	Log *slog.Logger     // nil logs nothing

	// OnChange is called after every step, from the Runner's goroutines; it
	// must not block.
	OnChange func()
	// OnCondition is called when a lasting trouble begins or ends: the
	// Carrier's code while the link is closed, ConditionStale.
	OnCondition func(code kiosk.Code, on bool)

	reading sync.Mutex // one reading of the ledger at a time, so that none is overtaken
	telling sync.Mutex

	mu      sync.Mutex       // guards what follows
	wakes   [2]chan struct{} // one for each lane, capacity 1
	started bool
	items   []kiosk.OutboxItem // as last read, oldest first
	tries   map[kiosk.ParcelKey]*try
	link    link
	nextAsk time.Time // when receipts are asked for next
	asked   int       // questions since something last moved
	shown   map[kiosk.Code]bool
}

// try is what is remembered of one parcel between two tries. It is lost with
// the process on purpose: only the count of attempts outlives it.
type try struct {
	next      time.Time // not before; monotonic
	fails     int       // since the last progress
	restarts  int       // how often the upload had to begin again
	cause     kiosk.Code
	stuck     bool // a person is needed
	announced bool // the centre asked for the bytes in this life of the process
	offset    int64
	silent    time.Time // since when the centre has been silent about it
}

const (
	laneCarry = iota
	laneAnswers
)

const idle = 30 * time.Second // how long a lane without work waits before it looks again

// Run works until ctx ends and returns nil then. It survives every failure of
// the network, of the centre and of the ledger.
func (r *Runner) Run(ctx context.Context) error {
	var lanes sync.WaitGroup
	lanes.Go(func() { r.run(ctx, laneCarry, r.carryStep) })
	lanes.Go(func() { r.run(ctx, laneAnswers, r.answerStep) })
	lanes.Wait()
	return nil
}

func (r *Runner) run(ctx context.Context, lane int, step func(context.Context) time.Duration) {
	wake := r.waker(lane)
	for ctx.Err() == nil {
		timer := time.NewTimer(step(ctx))
		r.tell()
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Poke makes the Runner look at the ledger now, for example after a hand-over.
// It shortens no back-off.
func (r *Runner) Poke() {
	r.wake(laneCarry)
	r.wake(laneAnswers)
}

// TryNow forgets every back-off, pause and waiting for the link, for the
// person who has just repaired something.
func (r *Runner) TryNow() {
	r.mu.Lock()
	for _, t := range r.tries {
		t.next = time.Time{}
	}
	r.link.next = time.Time{}
	r.nextAsk, r.asked = time.Time{}, 0
	r.mu.Unlock()
	r.Poke()
}

// waker gives the lane's channel, made on first use.
func (r *Runner) waker(lane int) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wakes[lane] == nil {
		r.wakes[lane] = make(chan struct{}, 1)
	}
	return r.wakes[lane]
}

func (r *Runner) wake(lane int) {
	select {
	case r.waker(lane) <- struct{}{}:
	default:
	}
}

// pending reads the ledger and brings the memory of tries up to date with it.
func (r *Runner) pending(ctx context.Context) ([]kiosk.OutboxItem, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	items, err := r.Ledger.Pending(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !r.started && r.BootSpread > 0 {
		r.nextAsk = now.Add(spread(r.BootSpread))
	}
	tries := make(map[kiosk.ParcelKey]*try, len(items))
	for _, it := range items {
		t := r.tries[it.ParcelKey]
		if t == nil {
			t = &try{fails: it.Attempts, cause: it.LastCode, offset: it.Offset}
			if !r.started && r.BootSpread > 0 {
				t.next = now.Add(spread(r.BootSpread))
			}
		}
		tries[it.ParcelKey] = t
	}
	r.items, r.tries, r.started = slices.Clone(items), tries, true // the lanes change theirs
	return items, nil
}

// remember gives what is known of one parcel; r.mu must be held.
func (r *Runner) remember(key kiosk.ParcelKey) *try {
	t := r.tries[key]
	if t == nil {
		t = &try{}
		if r.tries == nil {
			r.tries = map[kiosk.ParcelKey]*try{}
		}
		r.tries[key] = t
	}
	return t
}

func (r *Runner) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Runner) poll() time.Duration {
	if r.Poll > 0 {
		return r.Poll
	}
	return 30 * time.Second
}

func (r *Runner) resend() time.Duration {
	if r.Resend > 0 {
		return r.Resend
	}
	return 10 * time.Minute
}

func (r *Runner) log() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (r *Runner) changed() {
	if r.OnChange != nil {
		r.OnChange()
	}
}
