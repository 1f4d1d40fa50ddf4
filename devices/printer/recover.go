package printer

import (
	"context"
	"fmt"

	"servicepoint/devices"
)

// RecoverMode is what to do with a job that the printer holds.
type RecoverMode byte

// The modes of Recover.
const (
	Resume  RecoverMode = 1 // go on where it stopped (DLE ENQ 1)
	Discard RecoverMode = 2 // drop what it holds (DLE ENQ 2)
)

// recovery is a call of Recover on its way to the goroutine of Run.
type recovery struct {
	mode   RecoverMode
	answer chan error // has room for one
}

// Recover ends a printer's trouble after people have cleared its cause: with
// Resume it goes on, with Discard it drops what it holds and cuts off what
// hangs out. It reaches a job that waits for people too: that job goes on, or
// ends as unknown with a Fault of cause Cancelled. It fails with the Fault that
// still stands; what Discard could not do then is done before the next job.
// Resume fails with Refused while the line is full in the middle of a command.
func (p *Printer) Recover(ctx context.Context, mode RecoverMode) error {
	if mode != Resume && mode != Discard {
		return fmt.Errorf("recover printer: no mode %d", mode)
	}
	p.prepare()
	q := &recovery{mode: mode, answer: make(chan error, 1)}
	select {
	case p.recoveries <- q:
	case <-ctx.Done():
		return cancelled(ctx)
	}
	select {
	case err := <-q.answer:
		return err
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

// attend serves a Recover while a job is under way. border says that no command
// is half sent. Its error ends the job.
func (r *run) attend(ctx context.Context, border bool) error {
	select {
	case q := <-r.p.recoveries:
		switch {
		case r.dropped != nil:
			q.answer <- newFault(devices.Refused, "it is being discarded already")
		case q.mode == Discard && !r.m.held() && r.m.at != mute:
			q.answer <- newFault(devices.Refused, "the slip is being printed; nothing holds it up")
		case q.mode == Discard:
			r.dropped = q
			return newFault(devices.Cancelled, "discarded")
		case !border:
			q.answer <- newFault(devices.Refused, "the line is full in the middle of a command; only discarding helps")
		default:
			q.answer <- r.resume(ctx)
		}
	default:
	}
	return nil
}

// resume is Recover(Resume) between two commands.
func (s *session) resume(ctx context.Context) error {
	if _, err := s.order(0x10, 0x05, 1); err != nil {
		return err
	}
	return s.standing(ctx)
}

// standing gives the Fault that stands after a DLE ENQ.
func (s *session) standing(ctx context.Context) error {
	if _, err := s.await(ctx, askTimeout, never); err != nil { // the blade moves
		return err
	}
	return s.mustBeReady(ctx)
}

// clear is Recover(Discard), after the job has ended and its debt is known.
func (r *run) clear(ctx context.Context) error {
	if r.gone != nil {
		return r.gone
	}
	if r.m.at == cutterJam || r.m.at == stopped { // the order itself ends these
		if _, err := r.order(0x10, 0x05, 2); err != nil {
			return err
		}
	}
	if err := r.standing(ctx); err != nil {
		return err
	}
	return r.payDebt(ctx)
}

// recoverIdle is Recover while no job is under way.
func (p *Printer) recoverIdle(ctx context.Context, s *session, mode RecoverMode) error {
	if mode == Resume {
		err := s.resume(ctx)
		if err == nil && p.debt == (debt{cut: true}) && p.bodyOnly { // it has cut by itself now
			p.debt = debt{}
		}
		return err
	}
	p.debt.drop = true
	if p.unsettled || s.m.held() {
		p.debt.fill, p.debt.cut = max(p.debt.fill, p.Profile.partLimit()), true
	}
	r := p.newRun(s, &job{}, nil)
	r.dropped = &recovery{mode: mode, answer: make(chan error, 1)}
	return r.clear(ctx)
}
