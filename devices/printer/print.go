package printer

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

const (
	maxPauseDefault = 10 * time.Minute
	// guardWindow is what a printer that cannot hold us up is trusted to
	// buffer: half of the smallest buffer we know.
	guardWindow = 2000
)

// run is one job on one link.
type run struct {
	*session
	*job
	p        *Printer
	watch    devices.PrintProgress
	maxPause time.Duration
	guarded  bool          // nothing holds us up: the printer may lose bytes
	window   int           // bytes that may be on the way without an answer; 0 is no limit
	unsure   bool          // answers to an earlier process may still come
	paused   time.Duration // spent waiting for people
	broken   bool          // the line stood still within a command: a later proof is not one of the whole slip
	sent     int64
	rowsSent int
	ahead    int // bytes behind the question that is not answered yet
	dropped  *recovery

	told      devices.PrintPhase // what watch was told last
	toldCause devices.Cause
	toldSent  int64
}

// print is Print within the goroutine of Run.
func (p *Printer) print(ctx context.Context, s *session, make encoder, watch devices.PrintProgress) (devices.PrintResult, error) {
	pr, guarded := p.checkpoints()
	body, cut := p.ids()
	j, err := make(pr, body, cut)
	if err != nil {
		return devices.PrintResult{}, err
	}
	r := p.newRun(s, j, watch)
	r.guarded, r.window = guarded, p.Profile.Window
	if guarded {
		r.window = pr.Window
	}
	res := devices.PrintResult{Encoding: j.encoding, Changed: j.changed, Total: j.size}
	if s.m.at == cutterJam { // whoever prints again has seen to it: the blade may try
		if err := p.recoverIdle(ctx, s, Resume); err != nil {
			return res, err
		}
	}
	if err := s.mustBeReady(ctx); err != nil {
		return res, err
	}
	r.unsure = p.unsure
	if err = r.payDebt(ctx); err == nil {
		res.Level, err = r.carryOut(ctx)
	}
	res.Sent = r.sent
	r.incurDebt(res.Level)
	if r.dropped != nil {
		r.dropped.answer <- r.clear(ctx)
	}
	return res, err
}

func (p *Printer) newRun(s *session, j *job, watch devices.PrintProgress) *run {
	r := &run{session: s, job: j, p: p, watch: watch, maxPause: p.MaxPause}
	if r.maxPause == 0 {
		r.maxPause = maxPauseDefault
	}
	return r
}

// encoder makes a job for a profile, with the IDs of its body and its cut.
type encoder func(pr Profile, body, cut string) (*job, error)

// checkpoints is the profile with which jobs are made. On a serial line every
// part of a job ends with a question that the printer answers in its turn, so
// that bytes it lost are missed: its buffer ran over, or it was switched off
// and on. Where nothing holds us up, little goes out ahead of the answers.
func (p *Printer) checkpoints() (pr Profile, guarded bool) {
	pr = p.Profile
	if p.Baud <= 0 || !pr.Queued {
		return pr, false
	}
	pr.exposed = true
	guarded = (p.Flow == "" || p.Flow == wire.FlowNone) && pr.Window == 0
	switch {
	case guarded:
		pr.Window = guardWindow
		pr.Band = max(1, min(pr.Band, guardWindow/2/max(1, pr.Width/8)-1))
	case pr.Window == 0: // the parts stay as large as they are without
		pr.Window = 2 * pr.partLimit()
	}
	return pr, guarded
}

// ids gives the next job's two process IDs. They rise, and one bit turned over
// does not make one of the latest from another.
func (p *Printer) ids() (body, cut string) {
	next := func() string {
		for {
			p.nextID++
			id := idText(p.nextID)
			near := false
			for _, old := range p.lastIDs {
				near = near || distance(id, old) < 3
			}
			if !near {
				p.lastIDs = append(p.lastIDs[max(0, len(p.lastIDs)-3):], id)
				return id
			}
		}
	}
	return next(), next()
}

func distance(a, b string) (n int) {
	for i := range min(len(a), len(b)) {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

// carryOut sends the job and gives the level that was proven, also with an
// error.
func (r *run) carryOut(ctx context.Context) (level devices.PrintLevel, err error) {
	s := r.session
	s.body, s.cut, s.bodyDone, s.cutDone = r.job.body, r.job.cut, false, false
	s.strays, s.surplus, s.auto, s.autoNow = 0, 0, false, false
	if err := r.begin(ctx); err != nil {
		return "", err
	}
	defer func() {
		s.body, s.cut = "", ""
		s.see(event{kind: ends})
	}()
	r.p.tell(true)
	if err = r.send(ctx); err == nil {
		s.see(event{kind: allOut})
		r.report()
		level, err = r.prove(ctx)
	}
	switch {
	case err != nil && s.bodyDone && !r.lossy():
		level = devices.LevelBody
	case err != nil && r.sent > 0:
		level = devices.LevelUnknown
	}
	return level, err
}

// begin takes the state machine from ready to printing. Trouble may have shown
// since the state was asked for.
func (r *run) begin(ctx context.Context) error {
	for {
		if err := r.catchUp(); err != nil {
			return err
		}
		if r.m.mayBegin() {
			r.see(event{kind: begins})
			return nil
		}
		if !r.m.held() {
			return newFault(r.m.cause(), r.m.detail(r.profile.Name))
		}
		if err := r.attend(ctx, true); err != nil {
			return err
		}
		if err := r.sit(ctx); err != nil {
			return err
		}
	}
}

// mustBeReady asks for the state afresh.
func (s *session) mustBeReady(ctx context.Context) error {
	answered, err := s.poll(ctx, askTries)
	if err != nil {
		return err
	}
	cause := s.m.cause()
	if !answered && cause == "" {
		cause = devices.Silent
	}
	if cause != "" {
		return newFault(cause, s.m.detail(s.profile.Name))
	}
	return nil
}

// report tells the watcher where the job stands, if that is news.
func (r *run) report() {
	phase, cause := devices.PhaseSending, devices.Cause("")
	switch {
	case r.m.held():
		phase, cause = devices.PhaseWaiting, r.m.waits()
	case r.m.job == confirming:
		phase = devices.PhaseConfirming
	}
	if r.watch == nil || phase == r.told && cause == r.toldCause && r.sent == r.toldSent {
		return
	}
	r.told, r.toldCause, r.toldSent = phase, cause, r.sent
	r.watch(phase, cause, r.sent, r.size)
}

// sit waits a little for a held-up printer to be helped and counts the time.
func (r *run) sit(ctx context.Context) error {
	start := time.Now()
	r.report()
	if r.m.at == fatal {
		return newFault(devices.Broken, r.m.detail(r.profile.Name))
	}
	if _, err := r.await(ctx, confirmLook, func() bool { return !r.m.held() }); err != nil {
		return err
	}
	if r.m.held() {
		if _, err := r.recheck(ctx); err != nil {
			return err
		}
	}
	if err := r.stillKnown(ctx); err != nil {
		return err
	}
	defer r.report()
	return r.pause(time.Since(start))
}

// stillKnown fails if the printer is well again but has not told so unasked,
// as it was set up to: it was switched off, and what it held is lost.
func (r *run) stillKnown(ctx context.Context) error {
	if !r.auto || !r.autoNow || r.m.held() || r.m.at == mute || r.m.job == ready {
		return nil
	}
	told, err := r.await(ctx, confirmLook, func() bool { return !r.autoNow })
	if err != nil || told || r.m.held() {
		return err
	}
	return newFault(devices.Unconfirmed, "it was switched off while it waited")
}

// pause counts time that the job waits for people.
func (r *run) pause(d time.Duration) error {
	if r.paused += d; r.paused > r.maxPause {
		return newFault(r.m.waits(), fmt.Sprintf("waited %s", r.paused.Round(time.Second)))
	}
	return nil
}

func (r *run) giveUpSilent(detail string) error {
	r.see(event{kind: unanswered})
	return newFault(devices.Silent, detail)
}
