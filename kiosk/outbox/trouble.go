package outbox

import (
	"context"
	"errors"
	"time"

	"servicepoint/kiosk"
)

// stuckAfter is the number of failures without any progress after which a
// person should look at a parcel.
const stuckAfter = 8

// ledgerDown reports a ledger that cannot be read and when to try again.
func (r *Runner) ledgerDown(ctx context.Context, err error) time.Duration {
	if ctx.Err() == nil {
		r.log().Error("outbox: the ledger cannot be read", "err", err)
	}
	return 2 * backoffBase
}

// fell does what an error asks for. it is nil for a question about no parcel in
// particular.
func (r *Runner) fell(ctx context.Context, it *kiosk.OutboxItem, err error) {
	if ctx.Err() != nil {
		return // we are stopping: not the parcel's fault
	}
	s, ok := errors.AsType[*kiosk.Setback](err)
	if !ok {
		code := kiosk.CodeOf(err)
		if code == "internal" {
			code = CodeInternal
		}
		s = &kiosk.Setback{Remedy: kiosk.RetryLater, Code: code, Err: err}
	}
	switch s.Remedy {
	case kiosk.WaitForLink:
		r.closeLink(s, LinkDown)
		return
	case kiosk.PauseAll:
		r.closeLink(s, LinkPaused)
	}
	if it == nil {
		if s.Remedy != kiosk.PauseAll {
			r.log().Warn("outbox: question failed", "code", s.Code, "err", s.Err)
			r.putOffProbe(s)
		}
		return
	}
	switch s.Remedy {
	case kiosk.PauseAll:
		// If only this parcel is refused, the others must not wait for it:
		// it steps back, uncounted, while the probe reopens the link.
		r.stepBack(it.ParcelKey, s)
	case kiosk.StartOver:
		r.startOver(ctx, it, s)
	case kiosk.GiveUp:
		r.giveUp(ctx, it, s)
	default:
		r.attempted(ctx, it, s)
	}
	r.changed()
}

// stepBack makes a parcel wait its back-off, or much longer if only a person
// can free it.
func (r *Runner) stepBack(key kiosk.ParcelKey, s *kiosk.Setback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.remember(key)
	t.next = time.Now().Add(after(t.fails+3*t.restarts, backoffCap, s.RetryAfter))
	t.fails++
	t.cause = s.Code
	t.stuck = t.fails >= stuckAfter
	if s.Remedy == kiosk.Alarm {
		t.stuck = true
		t.next = time.Now().Add(alarmWait)
	}
}

// attempted counts a failed attempt, in memory and in the ledger.
func (r *Runner) attempted(ctx context.Context, it *kiosk.OutboxItem, s *kiosk.Setback) {
	r.stepBack(it.ParcelKey, s)
	r.log().Warn("outbox: attempt failed", "dossier", it.Dossier, "rev", it.Revision,
		"remedy", s.Remedy, "code", s.Code, "err", s.Err)
	if err := r.Ledger.Attempted(ctx, it.ParcelKey, s.Code); err != nil {
		r.log().Error("outbox: attempt not recorded", "dossier", it.Dossier, "err", err)
	}
}

// startOver forgets the upload: the parcel is announced again and the centre
// decides whether it wants the bytes.
func (r *Runner) startOver(ctx context.Context, it *kiosk.OutboxItem, s *kiosk.Setback) {
	r.mu.Lock()
	t := r.remember(it.ParcelKey)
	t.announced, t.offset = false, 0
	r.mu.Unlock()
	switch it.State {
	case kiosk.Uploading, kiosk.Sent, kiosk.Stored:
		if err := r.Ledger.UploadAt(ctx, it.ParcelKey, ""); err != nil {
			r.stumbled(ctx, it, CodeLedger, err)
			return
		}
		r.moved(it, kiosk.Announced)
	}
	r.attempted(ctx, it, s)
	r.mu.Lock()
	r.remember(it.ParcelKey).restarts++
	r.mu.Unlock()
}

// giveUp records the centre's refusal. It may only refuse what it has not yet
// taken; later the word is treated as a passing fault of the centre.
func (r *Runner) giveUp(ctx context.Context, it *kiosk.OutboxItem, s *kiosk.Setback) {
	if !kiosk.CanStep(it.State, kiosk.Rejected) || it.State == kiosk.Sent {
		r.attempted(ctx, it, s)
		return
	}
	r.log().Warn("outbox: the centre refuses a parcel", "dossier", it.Dossier, "rev", it.Revision, "code", s.Code, "err", s.Err)
	if err := r.Answers.Rejected(ctx, it.ParcelKey, s.Code); err != nil {
		r.stumbled(ctx, it, CodeLedger, err)
		return
	}
	r.moved(it, kiosk.Rejected)
}

// stumbled makes a parcel step back for a reason of our own.
func (r *Runner) stumbled(ctx context.Context, it *kiosk.OutboxItem, code kiosk.Code, err error) {
	if ctx.Err() != nil {
		return
	}
	r.stepBack(it.ParcelKey, &kiosk.Setback{Remedy: kiosk.RetryLater, Code: code})
	r.log().Error("outbox: step failed", "dossier", it.Dossier, "rev", it.Revision, "code", code, "err", err)
}
