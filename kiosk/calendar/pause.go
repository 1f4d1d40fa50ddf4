package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// Pause is a time in which the clock stands still, for instance while a
// resident brings a missing paper: From is in it, To no longer is. An empty
// pause is none.
type Pause struct{ From, To time.Time }

// stops are pauses in order that neither overlap nor touch.
type stops []Pause

// merge makes one clock of pauses in any order and any pieces, so that what
// overlaps counts once.
func merge(pauses []Pause) (stops, error) {
	sorted := make(stops, 0, len(pauses))
	for i, p := range pauses {
		if p.To.Before(p.From) {
			return nil, kiosk.Fail(kiosk.Invalid, "due.pause_reversed", fmt.Errorf("pause %d ends before it begins", i+1))
		}
		if p.From.Before(p.To) {
			sorted = append(sorted, Pause{p.From.Round(0), p.To.Round(0)})
		}
	}
	slices.SortFunc(sorted, func(a, b Pause) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	var all stops
	for _, p := range sorted {
		if n := len(all); n > 0 && !p.From.After(all[n-1].To) {
			all[n-1].To = later(all[n-1].To, p.To)
			continue
		}
		all = append(all, p)
	}
	return all, nil
}

// running gives the pieces of from..to in which the clock runs, in order.
func (s stops) running(from, to time.Time) []Pause {
	var pieces []Pause
	i, _ := slices.BinarySearchFunc(s, from, func(p Pause, t time.Time) int {
		if p.To.After(t) {
			return 1
		}
		return -1
	})
	for ; i < len(s) && s[i].From.Before(to); i++ {
		if from.Before(s[i].From) {
			pieces = append(pieces, Pause{from, s[i].From})
		}
		from = s[i].To
	}
	if from.Before(to) {
		pieces = append(pieces, Pause{from, to})
	}
	return pieces
}

// stopped is how long the clock stands still between from and to.
func (s stops) stopped(from, to time.Time) time.Duration {
	if !from.Before(to) {
		return 0
	}
	stopped := to.Sub(from)
	for _, p := range s.running(from, to) {
		stopped -= p.To.Sub(p.From)
	}
	return stopped
}

// whole reports whether the clock stands still all day.
func (s stops) whole(d date) bool {
	return len(s) > 0 && s.stopped(d.start(), (d+1).start()) == day
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
