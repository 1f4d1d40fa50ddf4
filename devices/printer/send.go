package printer

import (
	"context"
	"errors"
	"os"
	"time"

	"servicepoint/devices"
)

const (
	// aheadMax is how many bytes may go out while a question put before them
	// is not answered, on a printer that tells nothing unasked.
	aheadMax   = 4096
	stallShown = 2 * time.Second  // a write without progress is worth telling
	stallMax   = 30 * time.Second // and without a reason given up
	// stallPower is how long a serial line may stand still within a command
	// before it counts as possible that the printer was switched off and on
	// meanwhile: no hang-up tells, and what it prints then is the command's tail.
	stallPower = 1500 * time.Millisecond
)

// send sends the job part by part.
func (r *run) send(ctx context.Context) error {
	r.report()
	for i, part := range r.parts {
		if i > 0 {
			if err := r.border(ctx, i); err != nil {
				return err
			}
		}
		if part.asks {
			r.owed++ // before the write: the answer may come within it
		}
		n, err := r.write(ctx, part.bytes)
		if part.asks && n == 0 {
			r.owed = max(0, r.owed-1)
		}
		if err != nil {
			return err
		}
		r.rowsSent += part.rows
		r.ahead += len(part.bytes)
		r.report()
	}
	return nil
}

// border stands between two commands until the next part may go out. As long
// as the printer is well the line does not idle: the question put here is
// answered while the next part is going out.
func (r *run) border(ctx context.Context, next int) error {
	var waited time.Duration
	for {
		start := time.Now()
		if err := r.catchUp(); err != nil {
			return err
		}
		if err := r.attend(ctx, true); err != nil {
			return err
		}
		switch {
		case r.m.held():
			if err := r.sit(ctx); err != nil {
				return err
			}
			continue
		case r.now != r.m.said, r.overdue(r.rowsSent):
			answered, err := r.poll(ctx, askTries)
			if err != nil {
				return err
			}
			if !answered && !r.m.held() {
				return r.giveUpSilent("it stopped answering")
			}
			continue
		case r.mayGoOn(next):
			if len(r.asked) == 0 {
				r.ahead = 0
				return r.question()
			}
			return nil
		}
		if _, err := r.await(ctx, confirmLook, func() bool { return r.mayGoOn(next) || r.now != r.m.said }); err != nil {
			return err
		}
		if waited += time.Since(start); !r.mayGoOn(next) {
			if err := r.question(); err != nil { // why does it not go on?
				return err
			}
		}
		if waited > r.lineTime(int64(r.window))+r.printTime(r.rowsSent)+confirmGrace {
			return r.stuck()
		}
	}
}

// mayGoOn reports whether the next part may go out ahead of the answers that
// are still due.
func (r *run) mayGoOn(next int) bool {
	if r.profile.Realtime && !r.profile.AutoStatus && len(r.asked) > 0 && r.ahead+len(r.parts[next].bytes) > max(aheadMax, 2*r.largest) {
		return false
	}
	if r.owed == 0 || r.window == 0 {
		return true
	}
	size, owed := len(r.parts[next].bytes), r.owed
	for i := next - 1; i >= 0 && owed > 0; i-- {
		size += len(r.parts[i].bytes)
		if r.parts[i].asks {
			owed--
		}
	}
	return size <= r.window
}

// stuck is why a printer that is well does not answer in its turn.
func (r *run) stuck() error {
	if r.guarded {
		return newFault(devices.Overrun, "answers are missing in the middle of the job")
	}
	return r.giveUpSilent("the queue of commands stands still")
}

// write sends a whole part. While the line takes nothing for a reason that the
// printer named, time does not count. What is left of a part that has begun goes
// out before anything else: nothing may be asked in the middle of a command.
func (r *run) write(ctx context.Context, b []byte) (sent int, err error) {
	defer func() {
		if sent > 0 && sent < len(b) {
			r.carry = b[sent:]
		}
	}()
	var still time.Duration
	for sent < len(b) {
		start := time.Now()
		n, err := r.put(b[sent:], writeSlice)
		sent += n
		if r.m.job == printing {
			r.sent += int64(n)
		}
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
		if err := r.attend(ctx, sent == len(b)); err != nil {
			return sent, err
		}
		switch {
		case err == nil, n > 0:
			still = 0
			if r.m.at == mute {
				r.see(event{kind: heard, said: r.now})
			}
		case r.m.at == fatal:
			return sent, newFault(devices.Broken, r.m.detail(r.profile.Name))
		case r.m.held():
			r.report()
			if err := r.pause(time.Since(start)); err != nil {
				return sent, err
			}
		default:
			still += time.Since(start)
			if still >= stallPower && sent > 0 && r.baud > 0 {
				r.broken = true
			}
			if still >= stallMax {
				return sent, r.giveUpSilent("the line takes nothing")
			}
			if still >= stallShown && r.m.at != mute {
				r.see(event{kind: unanswered})
			}
		}
	}
	return sent, nil
}
