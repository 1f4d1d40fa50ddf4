package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"servicepoint/kiosk"
)

const batch = 500 // parcels in one question, as the centre allows

// answerStep wipes what may go, asks for receipts or probes the closed link,
// and returns when to come back.
func (r *Runner) answerStep(ctx context.Context) time.Duration {
	asked := r.asking()
	items, err := r.pending(ctx)
	if err != nil {
		return r.ledgerDown(ctx, err)
	}
	again := r.wipeDue(ctx, items)
	wait, closed := r.closedFor()
	if !closed {
		wait = r.untilAsk()
	}
	if wait <= 0 {
		moved := r.ask(ctx, items, asked)
		if wait, closed = r.closedFor(); !closed {
			wait = r.askedNow(moved)
		}
	}
	return min(wait, again)
}

func (r *Runner) untilAsk() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Until(r.nextAsk)
}

// askedNow sets the time of the next question: soon after something moved, then
// ever slower up to Poll.
func (r *Runner) askedNow(moved bool) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if moved {
		r.asked = 0
	}
	wait := r.poll()
	if r.asked < 16 {
		wait = min(wait, time.Second<<r.asked)
	}
	r.asked++
	r.nextAsk = time.Now().Add(wait)
	return wait
}

// askSoon makes the next question due now.
func (r *Runner) askSoon() {
	r.mu.Lock()
	r.nextAsk, r.asked = time.Time{}, 0
	r.mu.Unlock()
	r.wake(laneAnswers)
}

// ask asks the centre about everything it has been sent, and reports whether
// anything moved.
func (r *Runner) ask(ctx context.Context, items []kiosk.OutboxItem, asked int) (moved bool) {
	var sent, stored []kiosk.OutboxItem
	r.mu.Lock()
	for _, it := range items {
		if time.Until(r.remember(it.ParcelKey).next) > 0 {
			continue
		}
		switch it.State {
		case kiosk.Sent:
			sent = append(sent, it)
		case kiosk.Stored:
			stored = append(stored, it)
		}
	}
	r.mu.Unlock()
	for chunk := range chunks(stored) { // at least one, which proves the link
		m, ok := r.askLevels(ctx, chunk, asked)
		moved = moved || m
		if !ok {
			return moved
		}
	}
	for i := range sent {
		if _, closed := r.closedFor(); closed || ctx.Err() != nil {
			return moved
		}
		moved = r.askStored(ctx, &sent[i]) || moved
	}
	return moved
}

// chunks yields items in batches, one empty batch if there are none.
func chunks(items []kiosk.OutboxItem) func(yield func([]kiosk.OutboxItem) bool) {
	if len(items) == 0 {
		return func(yield func([]kiosk.OutboxItem) bool) { yield(nil) }
	}
	return slices.Chunk(items, batch)
}

// askLevels asks about a batch of stored parcels and fetches the receipts of
// those that went further. It is not ok if the round should end: the link is
// closed or we are stopping.
func (r *Runner) askLevels(ctx context.Context, items []kiosk.OutboxItem, asked int) (moved, ok bool) {
	keys := make([]kiosk.ParcelKey, len(items))
	for i, it := range items {
		keys[i] = it.ParcelKey
	}
	levels, err := r.Carrier.Levels(ctx, keys)
	if err != nil {
		r.fell(ctx, nil, err)
		_, closed := r.closedFor()
		return false, !closed && ctx.Err() == nil
	}
	r.openLink(asked, false)
	for i := range items {
		it := &items[i]
		level, known := levels[it.ParcelKey]
		switch {
		case !known || level == "":
			r.fell(ctx, it, &kiosk.Setback{Remedy: kiosk.StartOver, Code: CodeLost})
			moved = true
			r.wake(laneCarry)
		case level != kiosk.LevelStored:
			m, ok := r.askNewest(ctx, it)
			moved = moved || m
			if !ok {
				return moved, false
			}
		}
	}
	return moved, true
}

// askNewest fetches the receipt of a stored parcel that went further.
func (r *Runner) askNewest(ctx context.Context, it *kiosk.OutboxItem) (moved, ok bool) {
	receipt, err := r.Carrier.Receipt(ctx, it.Parcel)
	if err == nil && (receipt == nil || receipt.Level == kiosk.LevelStored) {
		return false, true // not yet after all
	}
	if err == nil {
		err = r.acknowledge(ctx, it, receipt)
	}
	if err != nil {
		r.fell(ctx, it, err)
		_, closed := r.closedFor()
		return false, !closed && ctx.Err() == nil
	}
	return true, true
}

// askStored asks what became of a parcel the centre took whole. After a long
// silence the parcel is announced again: the centre may have lost it.
func (r *Runner) askStored(ctx context.Context, it *kiosk.OutboxItem) (moved bool) {
	receipt, err := r.Carrier.Receipt(ctx, it.Parcel)
	if err == nil && receipt == nil {
		err = r.silence(it.ParcelKey)
		if err == nil {
			return false
		}
	}
	if err == nil {
		err = r.acknowledge(ctx, it, receipt)
	}
	if err != nil {
		r.fell(ctx, it, err)
		r.wake(laneCarry)
		return false
	}
	return true
}

func (r *Runner) silence(key kiosk.ParcelKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.remember(key)
	if t.silent.IsZero() {
		t.silent = time.Now()
	}
	if time.Since(t.silent) < r.resend() {
		return nil
	}
	t.silent = time.Time{}
	return &kiosk.Setback{Remedy: kiosk.StartOver, Code: CodeLost}
}

// acknowledge records a receipt that the Carrier has verified.
func (r *Runner) acknowledge(ctx context.Context, it *kiosk.OutboxItem, receipt *kiosk.Receipt) error {
	to := map[kiosk.Level]kiosk.State{
		kiosk.LevelStored:   kiosk.Stored,
		kiosk.LevelAccepted: kiosk.Accepted,
		kiosk.LevelReturned: kiosk.Returned,
	}[receipt.Level]
	if to == "" {
		return kiosk.Fail(kiosk.Corrupt, CodeNoReceipt, fmt.Errorf("receipt of level %q", receipt.Level))
	}
	if err := r.Answers.Acknowledge(ctx, *receipt); err != nil {
		return ledgerFail("record receipt", err)
	}
	r.moved(it, to)
	r.progressed(it.ParcelKey, true)
	return nil
}

// wipeDue takes away the files of accepted parcels whose hold has passed and
// returns when the next one is due. What a power cut interrupted is simply done
// again: all three steps may be repeated.
func (r *Runner) wipeDue(ctx context.Context, items []kiosk.OutboxItem) time.Duration {
	again := max(r.poll(), idle)
	for i := range items {
		it := &items[i]
		if it.State != kiosk.Accepted || ctx.Err() != nil {
			continue
		}
		since := it.AcceptedAt
		if since.IsZero() {
			since = it.ChangedAt
		}
		left := since.Add(r.Hold).Sub(r.now())
		r.mu.Lock()
		left = max(left, time.Until(r.remember(it.ParcelKey).next))
		r.mu.Unlock()
		if left > 0 {
			again = min(again, left)
			continue
		}
		if err := r.wipe(ctx, it); err != nil {
			r.stumbled(ctx, it, CodeWipe, err)
			again = min(again, backoffBase)
		}
	}
	return again
}

func (r *Runner) wipe(ctx context.Context, it *kiosk.OutboxItem) error {
	if err := r.Answers.Wiping(ctx, it.ParcelKey); err != nil {
		return fmt.Errorf("mark for wiping: %w", err)
	}
	if err := r.Files.WipeParcel(it.Parcel.SHA256); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("wipe parcel: %w", err)
	}
	if err := r.Answers.Wiped(ctx, it.ParcelKey); err != nil {
		return fmt.Errorf("record wiped: %w", err)
	}
	r.moved(it, kiosk.Wiped)
	return nil
}
