package printer

import (
	"context"
	"fmt"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

const (
	confirmGrace = 5 * time.Second
	confirmLook  = time.Second // how often the state is asked for while waiting
)

// prove waits for the strongest proof the printer can give.
func (r *run) prove(ctx context.Context) (devices.PrintLevel, error) {
	left := r.lineTime(r.size) + r.printTime(r.rows) + confirmGrace
	switch {
	case r.profile.ProcessID:
		level, err := r.waitFor(ctx, left, devices.LevelPrinted, func() bool { return r.cutDone })
		if err == nil {
			err = r.whole()
		}
		return level, err
	case r.profile.Queued:
		return r.proveProcessed(ctx, left)
	}
	if err := r.drain(ctx); err != nil {
		return "", err
	}
	if !r.profile.Realtime {
		return devices.LevelSent, nil
	}
	// Nothing answers in order: let it print, then see it fine twice.
	if _, err := r.await(ctx, r.printTime(r.rows), never); err != nil {
		return "", err
	}
	if _, err := r.waitFor(ctx, left, devices.LevelSent, r.fine()); err != nil {
		return "", err
	}
	return r.waitFor(ctx, left, devices.LevelSent, r.fine())
}

// proveProcessed waits for the answers to all the GS r. They carry no name, so
// that one answer too many, or anything that is none, spoils the proof.
func (r *run) proveProcessed(ctx context.Context, left time.Duration) (devices.PrintLevel, error) {
	level, err := r.waitFor(ctx, left, devices.LevelProcessed, func() bool { return r.owed == 0 })
	if err != nil {
		return "", err
	}
	if r.unsure { // an earlier process may have left questions
		if _, err := r.await(ctx, confirmLook, func() bool { return r.surplus > 0 }); err != nil {
			return "", err
		}
	}
	if err := r.whole(); err != nil {
		return "", err
	}
	if r.surplus > 0 || r.strays > 0 {
		return "", newFault(devices.Unconfirmed, fmt.Sprintf("%d answers too many, %d of no known kind", r.surplus, r.strays))
	}
	return level, nil
}

// lossy reports whether the printer has shown that it lost bytes of the job.
// Its answers in turn come before the last proof, or never.
func (r *run) lossy() bool {
	return r.broken || r.bodyDone && r.owed > 0 || r.guarded && r.strays > 0
}

// whole fails if the printer lost bytes on the way.
func (r *run) whole() error {
	if r.broken {
		return newFault(devices.Unconfirmed, "the line stood still within a command: look whether the slip is whole")
	}
	if r.profile.ProcessID && r.owed > 0 || r.guarded && r.strays > 0 {
		return newFault(devices.Overrun, fmt.Sprintf("%d answers missing, %d of no known kind", r.owed, r.strays))
	}
	return nil
}

// drain waits until the line has carried everything.
func (r *run) drain(ctx context.Context) error {
	queue, _ := r.link.(wire.PendingLink)
	for last, still := -1, time.Now(); ; {
		pending := 0
		if queue != nil {
			if n, err := queue.Pending(); err == nil {
				pending = n
			}
		}
		rest := time.Until(r.lineFree)
		switch {
		case pending == 0 && rest <= 0:
			return nil
		case pending != last || rest > 0:
			last, still = pending, time.Now()
		case time.Since(still) >= stallMax:
			return r.giveUpSilent("the line takes nothing")
		}
		if err := r.attend(ctx, true); err != nil {
			return err
		}
		if _, err := r.await(ctx, max(10*time.Millisecond, min(rest, writeSlice)), never); err != nil {
			return err
		}
	}
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
		if err := r.attend(ctx, true); err != nil {
			return "", err
		}
		ok, err := r.await(ctx, confirmLook, done)
		if ok && level == devices.LevelPrinted {
			return level, nil
		}
		if err != nil {
			return "", err
		}
		answered, err := r.recheck(ctx)
		if err != nil {
			return "", err
		}
		if err := r.stillKnown(ctx); err != nil {
			return "", err
		}
		if ok && answered && !r.m.held() {
			return level, nil
		}
		if ok {
			if _, err := r.await(ctx, confirmLook, never); err != nil {
				return "", err
			}
		}
		r.report()
		switch {
		case r.m.at == fatal:
			return "", newFault(devices.Broken, r.m.detail(r.profile.Name))
		case r.m.at == cutterJam && r.m.said.cutter && r.bodyDone:
			return "", newFault(devices.Cutter, "printed, not cut")
		case r.m.held():
			if err := r.pause(time.Since(start)); err != nil {
				return "", err
			}
		default:
			if left -= time.Since(start); left <= 0 {
				cause := devices.Unconfirmed
				if r.m.at == mute {
					cause = r.m.cause()
				}
				return "", newFault(cause, "no proof of printing, "+r.m.detail(r.profile.Name))
			}
		}
	}
}
