package calendar

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"servicepoint/kiosk"
)

// Unit is what a term is measured in.
type Unit string

// The units.
const (
	WorkingHour Unit = "working_hour"
	WorkingDay  Unit = "working_day"
	CalendarDay Unit = "calendar_day"
	Month       Unit = "month"
)

// Term is how long an authority may take. The zero Value is a term nobody
// knows: it gives no date.
type Term struct {
	Value  float64 // in steps of one half; whole months only
	Unit   Unit
	Cutoff string // "15:00" or empty; with days only, see Due
}

// Due is the answer. The zero At means that there is no date to tell.
type Due struct {
	At          time.Time // in Hanoi time
	Provisional bool      // At lies past the days the calendar is known for: "dự kiến"
	Accepted    time.Time // the moment of acceptance the term runs from, in Hanoi time
}

// Due reckons when a result is due for a dossier handed in (or accepted) at
// that moment. Pauses may come in any order and overlap.
//
// A working day is one with sessions that count. Day 1 is the first working day
// after the day of acceptance (see Accept). With a Cutoff, day 1 is the day of
// acceptance itself if that was before the cutoff on a working day; at the
// cutoff or after it, day 1 is the next one, so that a term of one day is due
// the same day or the next working day.
//
//   - working_day: the last day ends with its last session, a half one with
//     the first half of its sessions (the morning). Where that had passed at
//     acceptance, the next session takes its place. A pause takes out of
//     each session its share of a half day, and the end is the first end of a
//     session by which the term has run; where mornings and afternoons are
//     equally long these are simply the session's minutes.
//   - working_hour: the minutes of the sessions that count run from the
//     acceptance on, over nights and days off. Paused minutes do not, and if
//     any pause overlaps the time between handing in and the end, even one at
//     night, the end rounds up to that of its session. (If only pauses within
//     sessions did that, a new holiday over a pause could make a date earlier.)
//   - calendar_day: all dates count from the day after acceptance on (from that
//     day itself under a cutoff as above), but not those that are paused from
//     midnight to midnight; shorter pauses change nothing. A last date off, or wholly paused, moves to the next that is
//     neither. The end is that of the last session; a half day ends with the
//     morning, unless the whole days before it end on the same day.
//   - month: the same day of the month, or the last of a shorter one, then as
//     many dates later as were wholly paused since the day of handing in; for
//     the rest as calendar_day.
//
// What cannot be reckoned is Invalid: due.value for a value that is no number,
// negative or not in halves, due.month_half, due.unit, due.cutoff for one that
// is no time of day or goes with hours or months, due.moment for a moment
// outside the years 2000 to 2999, due.pause_reversed, and due.too_far where
// no date within ten years can be found.
func (h *Hours) Due(handedIn time.Time, term Term, pauses []Pause) (Due, error) {
	cutoff, err := term.check()
	if err != nil {
		return Due{}, err
	}
	handedIn = handedIn.In(kiosk.Hanoi).Round(0)
	if y := handedIn.Year(); y < firstYear || y > lastYear {
		return Due{}, kiosk.Fail(kiosk.Invalid, "due.moment", fmt.Errorf("the year %d", y))
	}
	s, err := merge(pauses)
	if err != nil {
		return Due{}, err
	}
	r := reckoning{Hours: h, handedIn: handedIn, accepted: h.Accept(handedIn), stops: s}
	if r.accepted.IsZero() {
		return Due{}, tooFar()
	}
	due := Due{Accepted: r.accepted}
	if term.Value == 0 {
		return due, nil
	}
	first := dateOf(r.accepted) + 1 // where counting begins, whatever day that is
	if term.Cutoff != "" && r.sameDay(cutoff) {
		first--
	}
	halves := int64(term.Value * 2)
	var ok bool
	switch term.Unit {
	case WorkingHour:
		due.At, ok = r.workingTime(time.Duration(halves) * time.Hour / 2)
	case WorkingDay:
		due.At, ok = r.workingDays(first, halves)
	case CalendarDay:
		due.At, ok = r.calendarDays(first, halves)
	case Month:
		due.At, ok = r.months(int(halves / 2))
	}
	if !ok {
		return Due{}, tooFar()
	}
	due.Provisional = dateOf(due.At) > h.through
	return due, nil
}

func tooFar() error { return kiosk.Fail(kiosk.Invalid, "due.too_far", nil) }

// check refuses a term that has no reading, and gives its cutoff as the time
// since midnight.
func (t Term) check() (cutoff time.Duration, err error) {
	if t.Value == 0 {
		return 0, nil
	}
	if math.IsNaN(t.Value) || math.IsInf(t.Value, 0) || t.Value < 0 || t.Value*2 != math.Trunc(t.Value*2) {
		return 0, kiosk.Fail(kiosk.Invalid, "due.value", fmt.Errorf("the value %v", t.Value))
	}
	switch t.Unit {
	case WorkingHour, WorkingDay, CalendarDay, Month:
	default:
		return 0, kiosk.Fail(kiosk.Invalid, "due.unit", fmt.Errorf("the unit %q", t.Unit))
	}
	if t.Unit == Month && t.Value != math.Trunc(t.Value) {
		return 0, kiosk.Fail(kiosk.Invalid, "due.month_half", fmt.Errorf("%v months", t.Value))
	}
	if t.Cutoff != "" {
		at, err := time.Parse("15:04", t.Cutoff)
		if err != nil || len(t.Cutoff) != len("15:04") || (t.Unit != WorkingDay && t.Unit != CalendarDay) {
			return 0, kiosk.Fail(kiosk.Invalid, "due.cutoff", fmt.Errorf("the cutoff %q with the unit %s", t.Cutoff, t.Unit))
		}
		cutoff = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	if t.Value > 24*float64(horizon) { // more hours than there are
		return 0, tooFar()
	}
	return cutoff, nil
}

// reckoning is one calculation. Its methods give the moment something is due,
// or false where none is found within the horizon.
type reckoning struct {
	*Hours
	handedIn, accepted time.Time
	stops              stops
}

// sameDay reports whether the day of acceptance is day 1 under a cutoff: it was
// before the cutoff, and there is working time left to keep the term in.
func (r reckoning) sameDay(cutoff time.Duration) bool {
	today := dateOf(r.accepted)
	return r.accepted.Sub(today.start()) < cutoff && r.works(today) && r.endOf(today).After(r.accepted)
}

func (r reckoning) workingTime(left time.Duration) (time.Time, bool) {
	today := dateOf(r.accepted)
	for d := today; d <= today+horizon; d++ {
		for _, s := range r.on(d).counts {
			from, to := s.on(d)
			for _, p := range r.stops.running(later(from, r.accepted), to) {
				if length := p.To.Sub(p.From); length < left {
					left -= length
					continue
				}
				end := p.From.Add(left)
				if r.stops.stopped(r.handedIn, end) > 0 {
					end = to
				}
				return end, true
			}
		}
	}
	return time.Time{}, false
}

func (r reckoning) workingDays(first date, halves int64) (time.Time, bool) {
	left := big.NewRat(halves, 1)
	for d := first; d <= first+horizon; d++ {
		p := r.on(d)
		for i, s := range p.counts {
			from, to := s.on(d)
			worth := p.shares[i]
			if left.Sign() <= 0 { // run out in a session that had passed at acceptance
				left.Set(worth)
			}
			if stopped := r.stops.stopped(later(from, r.accepted), to); stopped > 0 {
				worth = new(big.Rat).Mul(worth, big.NewRat(int64(s.length()-stopped), int64(s.length())))
			}
			left.Sub(left, worth)
			if left.Sign() <= 0 && to.After(r.accepted) {
				return to, true
			}
		}
	}
	return time.Time{}, false
}

func (r reckoning) calendarDays(first date, halves int64) (time.Time, bool) {
	last, ok := r.nth(first, (halves+1)/2)
	if !ok {
		return time.Time{}, false
	}
	settled, ok := r.settle(last)
	if !ok {
		return time.Time{}, false
	}
	if halves%2 == 0 {
		return r.endOf(settled), true
	}
	if halves > 1 {
		before, _ := r.nth(first, halves/2) // found: it is no later than last
		if before, _ = r.settle(before); before == settled {
			return r.endOf(settled), true
		}
	}
	counts := r.on(settled).counts
	_, end := counts[r.on(settled).halfway()-1].on(settled)
	if !end.After(r.accepted) { // handed in after that half, on the day itself
		end = r.endOf(settled)
	}
	return end, true
}

func (r reckoning) months(n int) (time.Time, bool) {
	if n > int(horizon) { // out of reach, whatever the months' lengths
		return time.Time{}, false
	}
	since := dateOf(r.handedIn)
	last, ok := r.nth(since+1, int64(dateOf(r.accepted).months(n)-since))
	if ok {
		last, ok = r.settle(last)
	}
	if !ok {
		return time.Time{}, false
	}
	return r.endOf(last), true
}

// nth gives the n-th date from first on that is not wholly paused.
func (r reckoning) nth(first date, n int64) (date, bool) {
	for d := first; d <= first+horizon; d++ {
		if r.stops.whole(d) {
			continue
		}
		if n--; n == 0 {
			return d, true
		}
	}
	return 0, false
}

// settle gives the first working day from d on on which the clock does not
// stand still all day.
func (r reckoning) settle(d date) (date, bool) {
	for end := d + horizon; d <= end; d++ {
		if r.works(d) && !r.stops.whole(d) {
			return d, true
		}
	}
	return 0, false
}

func (r reckoning) endOf(d date) time.Time {
	counts := r.on(d).counts
	_, end := counts[len(counts)-1].on(d)
	return end
}
