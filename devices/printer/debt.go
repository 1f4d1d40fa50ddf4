package printer

import (
	"context"
	"slices"
	"time"

	"servicepoint/devices"
)

const (
	settleTimeout = 2 * time.Second // for an idle printer to answer in its turn
	// fillMost is more than any command of ours takes.
	fillMost = 16 << 10
	// headMost is more than the head of any command of ours takes: so many
	// zeros make a broken-off one whole, and no larger than it was meant.
	headMost = 16
)

// debt is what a broken-off job leaves behind: a printer that may be waiting
// for the rest of a command, and part of a slip hanging out of it that must
// not be handed over with the next one.
type debt struct {
	drop bool // its buffers hold what nobody wants any more
	fill int  // bytes that a command may be short of
	cut  bool // something may hang out
}

// tell tells the owner when a slip may be hanging out, and when not any more.
func (p *Printer) tell(unsettled bool) {
	if p.unsettled == unsettled {
		return
	}
	p.unsettled = unsettled
	if p.OnUnsettled != nil {
		p.OnUnsettled(unsettled)
	}
}

// incurDebt remembers what the job leaves behind.
func (r *run) incurDebt(level devices.PrintLevel) {
	p := r.p
	if r.sent == 0 {
		return // what was due before the job is due still
	}
	p.unsure = level != devices.LevelPrinted && level != devices.LevelProcessed
	p.largest = r.largest
	p.backlog, p.bodyOnly = r.rows, level == devices.LevelBody && r.m.at == cutterJam
	switch {
	case r.dropped != nil, r.gone != nil, r.lossy(): // it is not known what arrived
		p.debt = debt{drop: r.dropped != nil, fill: r.largest, cut: true}
	case p.unsure && level != devices.LevelSent: // what is left of a command goes out first: see write
		p.debt = debt{cut: true}
	default:
		p.tell(false)
	}
}

// lostLink notes that what a broken-off job had left to send, or had on the way,
// will not arrive any more.
func (p *Printer) lostLink() {
	if p.debt.cut {
		p.debt.fill = max(p.debt.fill, p.largest)
	}
}

// payDebt clears the way for the next job. White fills an unfinished picture;
// a printer that waits for none ignores the zeros.
func (r *run) payDebt(ctx context.Context) error {
	p := r.p
	if p.debt.drop {
		if _, err := r.order(0x10, 0x05, 2); err != nil {
			return err
		}
		p.debt.drop = false
	}
	if p.debt.cut {
		if err := r.separate(ctx, p.debt.fill); err != nil {
			return err
		}
		p.debt, p.unsure = debt{}, true
	}
	if p.unsure && p.Profile.Queued {
		if err := r.inStep(ctx); err != nil {
			return err
		}
	}
	p.unsure, p.backlog = false, 0
	p.tell(false)
	return nil
}

// separate ends whatever the printer is at and cuts it off. ESC @ drops the
// line it was filling: a cut counts at the start of a line only.
func (r *run) separate(ctx context.Context, fill int) error {
	_, err := r.write(ctx, slices.Concat(make([]byte, fill), r.start(), r.profile.Cut))
	return err
}

// start empties the printer's line and sets its modes.
func (r *run) start() []byte {
	if r.profile.AutoStatus {
		return slices.Concat(startJob, autoStatusOn)
	}
	return startJob
}

// inStep makes sure that the printer takes our next byte for the start of a
// command. An earlier process may have been killed within one: then it does
// not answer before that is filled up, and what it printed is cut off.
func (r *run) inStep(ctx context.Context) error {
	for _, fill := range []int{0, min(fillMost, max(4096, r.profile.partLimit())+64)} {
		if fill > 0 {
			if err := r.separate(ctx, fill); err != nil {
				return err
			}
			r.p.backlog += 8 * fill / max(1, r.profile.Width)
		}
		if ok, err := r.answersInTurn(ctx); ok || err != nil {
			return err
		}
	}
	return newFault(devices.Silent, "the queue of commands stands still")
}

// answersInTurn asks GS r and waits for the answer, and for those that are
// still due from before: none of them must be taken for the job's.
func (r *run) answersInTurn(ctx context.Context) (bool, error) {
	late := r.owed > 0
	r.answers, r.surplus = 0, 0
	r.owed++ // before the write: the answer may come within it
	// What others wrote into its line, such as a modem probe, goes first.
	if _, err := r.write(ctx, slices.Concat(r.start(), queuedRequest)); err != nil {
		return false, err
	}
	left := settleTimeout + time.Until(r.lineFree) + r.printTime(r.p.backlog)
	for r.answers == 0 && left > 0 {
		start := time.Now()
		if err := r.attend(ctx, true); err != nil {
			return false, err
		}
		if _, err := r.await(ctx, min(left, confirmLook), func() bool { return r.answers > 0 }); err != nil {
			return false, err
		}
		if r.answers == 0 {
			if _, err := r.recheck(ctx); err != nil {
				return false, err
			}
		}
		if r.m.held() {
			if err := r.sit(ctx); err != nil {
				return false, err
			}
			continue
		}
		left -= time.Since(start)
	}
	for more := late && r.answers > 0; more && r.owed > 0; {
		var err error
		before := r.owed
		if more, err = r.await(ctx, confirmLook, func() bool { return r.owed < before }); err != nil {
			return false, err
		}
	}
	if r.answers > 0 {
		r.owed = 0
	}
	return r.answers > 0, nil
}
