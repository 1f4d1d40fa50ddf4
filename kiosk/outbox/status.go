package outbox

import (
	"maps"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// Status is what the staff screen shows of the outbox.
type Status struct {
	Link  LinkState
	Since time.Time  // when the link last changed; zero while unknown
	Cause kiosk.Code // why the link is down or paused
	Probe time.Time  // when the centre is called again; zero while the link is open
	Items []ItemStatus
}

// ItemStatus is one parcel as the staff screen shows it.
type ItemStatus struct {
	kiosk.OutboxItem
	Next  time.Time  // not before; zero if it only waits its turn
	Cause kiosk.Code // why the last try failed; empty if it did not
	Fails int        // failed tries since the last progress
	Sent  int64      // bytes the centre has confirmed
	Stuck bool       // a person is needed
}

// Status tells how everything stands, from memory: the parcels as last read
// from the ledger, oldest first.
func (r *Runner) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{Link: r.link.state, Since: r.link.since, Cause: r.link.cause, Items: make([]ItemStatus, 0, len(r.items))}
	if s.Link == "" {
		s.Link = LinkUnknown
	}
	if !r.link.open() {
		s.Probe = r.link.next
	}
	now := time.Now()
	for _, it := range r.items {
		if !it.State.InOutbox() { // ended since the ledger was last read
			continue
		}
		i := ItemStatus{OutboxItem: it}
		if t := r.tries[it.ParcelKey]; t != nil {
			i.Cause, i.Fails, i.Sent, i.Stuck = t.cause, t.fails, t.offset, t.stuck
			if t.next.After(now) {
				i.Next = t.next
			}
		}
		s.Items = append(s.Items, i)
	}
	return s
}

// staleAfter is how long a parcel may wait for the centre to store it before
// people are told.
const staleAfter = 24 * time.Hour

// conditions lists what lasts now; r.mu must be held.
func (r *Runner) conditions() map[kiosk.Code]bool {
	now := map[kiosk.Code]bool{}
	if !r.link.open() {
		now[r.link.cause] = true
	}
	for _, it := range r.items {
		t := r.tries[it.ParcelKey]
		waits := it.State != kiosk.Stored && it.State != kiosk.Accepted
		if t != nil && t.stuck || waits && !it.SealedAt.IsZero() && r.now().Sub(it.SealedAt) > staleAfter {
			now[ConditionStale] = true
		}
	}
	return now
}

// tell reports the conditions that ended or began since the last call.
func (r *Runner) tell() {
	r.telling.Lock() // so that a begin and its end are told in order
	defer r.telling.Unlock()
	r.mu.Lock()
	before, now := r.shown, r.conditions()
	r.shown = now
	r.mu.Unlock()
	if r.OnCondition == nil {
		return
	}
	for _, code := range slices.Sorted(maps.Keys(before)) {
		if !now[code] {
			r.OnCondition(code, false)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(now)) {
		if !before[code] {
			r.OnCondition(code, true)
		}
	}
}
