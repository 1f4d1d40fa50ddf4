package printer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"servicepoint/devices"
)

const (
	maxPauseDefault = 10 * time.Minute
	confirmGrace    = 5 * time.Second
	confirmLook     = time.Second // how often the state is asked for while waiting
	settleTimeout   = 2 * time.Second
)

// run is one job on one link.
type run struct {
	*session
	*job
	baud     int
	maxPause time.Duration
	paused   time.Duration // spent waiting for people
	sent     int64
	rowsSent int
	rest     int // bytes of a part that the line did not take
}

// print is Print within the goroutine of Run.
func (p *Printer) print(ctx context.Context, s *session, slip devices.Slip, watch devices.PrintProgress) (devices.PrintResult, error) {
	body, cut := idText(p.nextID+1), idText(p.nextID+2)
	p.nextID += 2
	j, err := encode(p.Profile, slip, body, cut)
	if err != nil {
		return devices.PrintResult{}, err
	}
	r := &run{session: s, job: j, baud: p.Baud, maxPause: p.MaxPause}
	if r.maxPause == 0 {
		r.maxPause = maxPauseDefault
	}
	res := devices.PrintResult{Total: j.size}
	if err := p.mustBeReady(ctx, s); err != nil {
		return res, err
	}
	if err := p.payDebt(ctx, r); err != nil {
		return res, err
	}
	s.body, s.cut, s.bodyDone, s.cutDone, s.answers = body, cut, false, false, 0
	defer func() { s.body, s.cut = "", "" }()
	err = r.send(ctx)
	if err == nil {
		if watch != nil {
			watch(devices.PhaseConfirming, "", r.sent, r.size)
		}
		res.Level, err = r.prove(ctx)
	}
	res.Sent = r.sent
	if res.Level == "" && r.sent > 0 {
		res.Level = devices.LevelUnknown
	}
	if err != nil && s.bodyDone && res.Level != devices.LevelPrinted {
		res.Level = devices.LevelBody
	}
	p.incurDebt(r)
	return res, err
}

// mustBeReady asks for the state afresh.
func (p *Printer) mustBeReady(ctx context.Context, s *session) error {
	if _, err := s.poll(ctx, askTries); err != nil {
		return err
	}
	if cause := s.now.cause(); cause != "" {
		return newFault(cause, s.now.status(p.Profile.Name).Detail)
	}
	return nil
}

// incurDebt remembers what a broken-off job leaves in the printer: it may be
// waiting for the rest of a picture, and part of a slip may hang out of it that
// must not be handed over with the next one. White fills the picture; a printer
// that waits for no picture ignores the zeros.
func (p *Printer) incurDebt(r *run) {
	fill := r.rest
	switch {
	case r.sent == 0:
		return
	case r.gone != nil: // it is not known what arrived
		fill = r.largest
	case r.sent == r.size:
		return
	}
	p.debt = append(make([]byte, fill), p.Profile.Cut...)
}

// payDebt clears the way for the next job.
func (p *Printer) payDebt(ctx context.Context, r *run) error {
	n, err := r.write(ctx, p.debt)
	if err == nil || r.gone == nil {
		p.debt = p.debt[n:]
	} // else all of it is due again: what arrived is not known
	if err != nil {
		return err
	}
	if r.owed == 0 {
		return nil
	}
	// An earlier job's GS r was never answered. Its answer must not be taken
	// for this job's: ask once more and let all of them come in.
	r.answers = 0
	if _, err := r.order(queuedRequest...); err != nil {
		return err
	}
	for wait := settleTimeout; ; wait = lateness {
		before := r.answers
		more, err := r.await(ctx, wait, func() bool { return r.answers > before })
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if r.answers == 0 {
		return newFault(devices.Silent, "the queue of commands stands still")
	}
	r.owed = 0
	return nil
}

// send sends the job part by part.
func (r *run) send(ctx context.Context) error {
	for i, part := range r.parts {
		if i > 0 {
			if err := r.clear(ctx, i); err != nil {
				return err
			}
		}
		if part.asks {
			r.owed++ // before the write: the answer may come within it
		}
		n, err := r.write(ctx, part.bytes)
		r.sent += int64(n)
		if part.asks && n < len(part.bytes) {
			r.owed--
		}
		if n > 0 {
			r.rest = len(part.bytes) - n
		}
		if err != nil {
			return err
		}
		r.rowsSent += part.rows
	}
	return nil
}

// room reports whether the printer's buffer has room for the next part.
func (r *run) room(next int) bool {
	if r.owed == 0 || r.profile.Window == 0 {
		return true
	}
	size, owed := len(r.parts[next].bytes), r.owed
	for i := next - 1; i >= 0 && owed > 0; i-- {
		size += len(r.parts[i].bytes)
		if r.parts[i].asks {
			owed--
		}
	}
	return size <= r.profile.Window
}

// clear waits, between two commands, until the printer takes the next part.
// Asking for its state also keeps the line from running ahead: the answer comes
// only when everything before it has arrived.
func (r *run) clear(ctx context.Context, next int) error {
	if !r.profile.Realtime {
		return nil
	}
	patience := askTries*askTimeout + r.lineTime(int64(len(r.parts[next-1].bytes))) + r.printTime(r.rowsSent)
	for {
		start := time.Now()
		answered, err := r.look(ctx)
		if err != nil {
			return err
		}
		switch {
		case r.now.fatal:
			return newFault(devices.Broken, "")
		case r.now.held():
			if _, err := r.await(ctx, confirmLook, func() bool { return !r.now.held() }); err != nil {
				return err
			}
			if err := r.pause(time.Since(start)); err != nil {
				return err
			}
		case answered && r.room(next):
			return nil
		default:
			if answered {
				if _, err := r.await(ctx, confirmLook, func() bool { return r.room(next) }); err != nil {
					return err
				}
			}
			if patience -= time.Since(start); patience <= 0 {
				return r.giveUpSilent("it stopped answering")
			}
		}
	}
}

// look asks for as much of the state as is needed to go on.
func (r *run) look(ctx context.Context) (answered bool, err error) {
	if r.now.held() {
		return r.lookFully(ctx)
	}
	answered, err = r.ask(ctx, 2, 1)
	if err == nil && answered && r.now.held() {
		return r.poll(ctx, 1) // to know why
	}
	return answered, err
}

// lookFully asks for the whole state. While the printer is held up and tells
// changes by itself nothing is asked: the questions would wait in a full line,
// and their answers come when nobody knows any more which is which.
func (r *run) lookFully(ctx context.Context) (answered bool, err error) {
	if r.now.held() && r.auto {
		return false, r.catchUp()
	}
	return r.poll(ctx, 1)
}

// pause counts time that the job waits for people.
func (r *run) pause(d time.Duration) error {
	if r.paused += d; r.paused > r.maxPause {
		return newFault(r.now.why(), fmt.Sprintf("waited %s", r.paused.Round(time.Second)))
	}
	return nil
}

func (r *run) giveUpSilent(detail string) error {
	r.now.silent = true
	r.changed(r.now)
	return newFault(devices.Silent, detail)
}

// write sends a whole part. While the line takes nothing for a reason that the
// printer named, time does not count.
func (r *run) write(ctx context.Context, b []byte) (int, error) {
	sent, still := 0, time.Duration(0)
	for sent < len(b) {
		start := time.Now()
		n, err := r.put(b[sent:], writeSlice)
		sent += n
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			_, _ = r.await(ctx, lateness, never) // a confirmation may have come before the end
			return sent, err
		}
		if err := r.catchUp(); err != nil {
			return sent, err
		}
		if ctx.Err() != nil {
			return sent, cancelled(ctx)
		}
		switch {
		case err == nil, n > 0:
			still = 0
		case r.now.fatal:
			return sent, newFault(devices.Broken, "")
		case r.now.held():
			if err := r.pause(time.Since(start)); err != nil {
				return sent, err
			}
		default:
			still += time.Since(start)
			if still >= stallMax {
				return sent, r.giveUpSilent("the line takes nothing")
			}
			if still >= stallShown && !r.now.silent {
				r.now.silent = true
				r.changed(r.now)
			}
		}
	}
	if r.now.silent {
		r.now.silent = false
		r.changed(r.now)
	}
	return sent, nil
}

// prove waits for the strongest proof the printer can give.
func (r *run) prove(ctx context.Context) (devices.PrintLevel, error) {
	left := r.lineTime(r.size) + r.printTime(r.rows) + confirmGrace
	switch {
	case r.profile.ProcessID:
		return r.waitFor(ctx, left, devices.LevelPrinted, func() bool { return r.cutDone })
	case r.profile.Queued:
		return r.waitFor(ctx, left, devices.LevelProcessed, func() bool { return r.owed == 0 })
	case !r.profile.Realtime:
		return devices.LevelSent, nil
	}
	// Nothing answers in order: let it print, then see it fine twice.
	if _, err := r.await(ctx, r.lineTime(r.size)+r.printTime(r.rows), never); err != nil {
		return "", err
	}
	if _, err := r.waitFor(ctx, left, devices.LevelSent, r.fine()); err != nil {
		return "", err
	}
	return r.waitFor(ctx, left, devices.LevelSent, r.fine())
}

// fine holds once some time has passed, which waitFor ends with a clean poll.
func (r *run) fine() func() bool {
	start := time.Now()
	return func() bool { return time.Since(start) >= confirmLook }
}

// waitFor waits until done holds; for a proof weaker than a process ID the
// printer must be without trouble then too. Time in which the printer waits for
// people does not count.
func (r *run) waitFor(ctx context.Context, left time.Duration, level devices.PrintLevel, done func() bool) (devices.PrintLevel, error) {
	for {
		start := time.Now()
		ok, err := r.await(ctx, confirmLook, done)
		if ok && level == devices.LevelPrinted {
			return level, nil
		}
		if err != nil {
			return "", err
		}
		answered, err := r.lookFully(ctx)
		if err != nil {
			return "", err
		}
		if ok && answered && !r.now.held() {
			return level, nil
		}
		if ok {
			if _, err := r.await(ctx, confirmLook, never); err != nil {
				return "", err
			}
		}
		switch {
		case r.now.fatal:
			return "", newFault(devices.Broken, "")
		case r.now.cutter && r.bodyDone:
			return "", newFault(devices.Cutter, "printed, not cut")
		case r.now.held():
			if err := r.pause(time.Since(start)); err != nil {
				return "", err
			}
		default:
			if left -= time.Since(start); left <= 0 {
				return "", newFault(devices.Unconfirmed, fmt.Sprintf("no proof of printing, %s", r.now.status(r.profile.Name).Detail))
			}
		}
	}
}

// lineTime is how long so many bytes are on the line.
func (r *run) lineTime(n int64) time.Duration {
	if r.baud <= 0 {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(r.baud)
}

func (r *run) printTime(rows int) time.Duration {
	return time.Duration(rows) * time.Second / time.Duration(r.profile.RowsPerSecond)
}
