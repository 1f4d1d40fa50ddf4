package printer

import (
	"context"
	"math/rand/v2"
	"time"

	"servicepoint/devices"
)

const (
	pollEvery  = 2 * time.Second
	backoffMin = 250 * time.Millisecond
	backoffMax = 5 * time.Second
)

// Run opens the printer, watches its state and prints, and opens it again when
// it has gone, until the context ends. It always returns nil.
func (p *Printer) Run(ctx context.Context) error {
	p.prepare()
	// Process IDs rise from a point that an earlier run has not reached, so that
	// its late answers mean nothing to this one: no job uses a thousand a second.
	p.nextID = uint32(time.Now().UnixMilli())
	p.unsure, p.unsettled = true, p.Unsettled
	if p.Unsettled {
		p.debt = debt{fill: max(4096, p.Profile.partLimit()), cut: true}
	}
	var appeared <-chan struct{}
	if p.Appeared != nil {
		appeared = p.Appeared(ctx)
	}
	wait := backoffMin
	for ctx.Err() == nil {
		fault := p.connect(ctx, func() { wait = backoffMin })
		if ctx.Err() != nil {
			break
		}
		p.setStatus(devices.Status{Device: devices.PrinterDevice, Cause: fault.Cause, Detail: fault.Detail})
		if p.away(ctx, wait, fault, appeared) {
			wait = backoffMin
			continue
		}
		wait = min(2*wait, backoffMax)
	}
	return nil
}

// away refuses requests for a while, or until the printer may have come back
// (true). The jitter keeps two programs that want one line from meeting for
// ever.
func (p *Printer) away(ctx context.Context, d time.Duration, fault *devices.Fault, appeared <-chan struct{}) bool {
	timer := time.NewTimer(d*3/4 + rand.N(d/4))
	defer timer.Stop()
	for {
		select {
		case r := <-p.requests:
			r.serve(ctx, nil, fault)
		case q := <-p.recoveries:
			q.answer <- fault
		case <-appeared:
			return true
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// connect opens the link and serves it until it fails.
func (p *Printer) connect(ctx context.Context, isOpen func()) *devices.Fault {
	m := machine{}.next(event{kind: seeks})
	link, err := p.Open(ctx)
	if err != nil {
		return faultOf("open printer", err)
	}
	isOpen()
	s := newSession(link, p.Profile, p.Baud, func(m machine) { p.setStatus(m.status(p.Profile.Name)) })
	defer s.close()
	s.m = m.next(event{kind: opened})
	err = p.identify(ctx, s)
	if err == nil {
		err = p.idle(ctx, s)
	}
	s.m = s.m.next(event{kind: gone})
	p.lostLink()
	return faultOf("watch printer", err)
}

// identify finds out how the printer is. It asks what every printer may be
// asked at any time, even in the middle of a picture, and only one that answers
// is set up to tell its changes unasked.
func (p *Printer) identify(ctx context.Context, s *session) error {
	if p.debt.fill > 0 { // it may even be in the head of a command
		s.carry = make([]byte, headMost)
	}
	answered, err := s.poll(ctx, askTries)
	if err != nil {
		return err
	}
	if answered && p.Profile.AutoStatus {
		if _, err := s.order(autoStatusOn...); err != nil {
			return err
		}
	}
	return nil
}

// idle is the life of an open link between jobs.
func (p *Printer) idle(ctx context.Context, s *session) error {
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
			if err := p.look(ctx, s); err != nil {
				return err
			}
		case r := <-p.requests:
			r.serve(ctx, s, nil)
			if s.gone != nil {
				return s.gone
			}
			tick.Reset(pollEvery)
		case q := <-p.recoveries:
			q.answer <- p.recoverIdle(ctx, s, q.mode)
			if s.gone != nil {
				return s.gone
			}
			tick.Reset(pollEvery)
		}
	}
}

// look asks for the state between jobs. A printer that speaks again may have
// been switched off meanwhile and is set up anew.
func (p *Printer) look(ctx context.Context, s *session) error {
	was, tries := s.m.at, askTries
	if was == mute {
		tries = 1
	}
	answered, err := s.poll(ctx, tries)
	if err == nil && answered && was == mute && p.Profile.AutoStatus {
		_, err = s.order(autoStatusOn...)
	}
	return err
}
