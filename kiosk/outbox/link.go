package outbox

import (
	"time"

	"servicepoint/kiosk"
)

// LinkState is what is known of the way to the centre.
type LinkState string

// The states of the link.
const (
	LinkUnknown LinkState = "unknown" // nothing heard since the start
	LinkUp      LinkState = "up"
	LinkDown    LinkState = "down"   // no network, or no centre
	LinkPaused  LinkState = "paused" // the centre refuses this unit
)

// link is the one global state: while it is down or paused nothing is sent but
// a probe, and no parcel's attempts are counted.
type link struct {
	state LinkState
	since time.Time // wall clock
	cause kiosk.Code
	fails int       // times it went down since bytes last got through
	next  time.Time // when the next probe may go; monotonic
	shut  int       // times it was closed: an answer to an older question opens nothing
}

// open reports whether anything but a probe may be sent.
func (l *link) open() bool { return l.state != LinkDown && l.state != LinkPaused }

// closeLink notes that the link is down or paused, and when to probe.
func (r *Runner) closeLink(s *kiosk.Setback, to LinkState) {
	limit := linkCap
	if to == LinkPaused {
		limit = backoffCap
	}
	r.mu.Lock()
	if r.link.state != to {
		r.link.state, r.link.since = to, r.now()
	}
	r.link.cause = s.Code
	r.link.next = time.Now().Add(after(r.link.fails, limit, s.RetryAfter))
	r.link.fails++
	r.link.shut++
	r.mu.Unlock()
	r.log().Warn("outbox: the centre cannot be reached", "state", to, "code", s.Code, "err", s.Err)
	r.changed()
	r.wake(laneAnswers) // that lane probes
}

// asking marks the moment a lane begins a step, before it looks whether the
// link is open; openLink wants the mark back.
func (r *Runner) asking() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link.shut
}

// openLink notes that the centre answered the question put at asked. If the
// other lane was turned away in the meantime that word is the newer one, and
// the link stays closed until its next probe. Only carried is proof enough to
// forget the failures before: a centre that answers probes but refuses work
// must not be called in a tight circle.
func (r *Runner) openLink(asked int, carried bool) {
	r.mu.Lock()
	if asked != r.link.shut {
		r.mu.Unlock()
		return
	}
	was := r.link.state
	if was != LinkUp {
		r.link.state, r.link.since, r.link.cause = LinkUp, r.now(), ""
	}
	if carried {
		r.link.fails = 0
	}
	r.mu.Unlock()
	if was != LinkUp {
		r.log().Info("outbox: the centre answers")
		r.changed()
		r.wake(laneCarry)
	}
}

// closedFor gives how long the link stays closed before a probe may go, and
// whether it is closed at all.
func (r *Runner) closedFor() (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.link.open() {
		return 0, false
	}
	return max(time.Until(r.link.next), 0), true
}

// putOffProbe sets the next probe of a link that stays closed.
func (r *Runner) putOffProbe(s *kiosk.Setback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.link.open() {
		r.link.next = time.Now().Add(after(r.link.fails, linkCap, s.RetryAfter))
		r.link.fails++
	}
}
