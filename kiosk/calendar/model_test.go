package calendar

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// model reckons the same dates minute by minute, without any idea of spans,
// merged pauses or days since 1970: slow, and plain enough to be believed. It
// wants times and pauses at whole minutes and spans that do not touch.
type model struct {
	c    *Calendar
	name string
	week map[time.Weekday]*[24 * 60]minute
	seen map[int64]*[24 * 60]minute // by the minute a day begins with
}

type minute struct{ accepts, counts bool }

func newModel(c *Calendar, name string) *model {
	m := &model{c: c, name: name, week: map[time.Weekday]*[24 * 60]minute{}, seen: map[int64]*[24 * 60]minute{}}
	for d := time.Sunday; d <= time.Saturday; d++ {
		var t [24 * 60]minute
		for i := range t {
			t[i] = m.look(d, clocks[i])
		}
		m.week[d] = &t
	}
	return m
}

// clocks are the minutes of a day as people write them.
var clocks = func() (all [24 * 60]string) {
	for i := range all {
		all[i] = fmt.Sprintf("%02d:%02d", i/60, i%60)
	}
	return all
}()

var dayWords = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func given(f *bool, otherwise bool) bool {
	if f != nil {
		return *f
	}
	return otherwise
}

func (m *model) look(d time.Weekday, clock string) (found minute) {
	closed := true
	for _, s := range m.c.Sessions {
		if slices.Contains(s.Days, dayWords[d]) {
			closed = false
			for _, span := range s.Spans {
				if span[:5] <= clock && clock < span[6:] {
					found = minute{given(s.Accepts, true), given(s.Counts, true)}
				}
			}
		}
	}
	for _, s := range m.c.Overrides[m.name] {
		if slices.Contains(s.Days, dayWords[d]) {
			for _, span := range s.Spans {
				if span[:5] <= clock && clock < span[6:] {
					found = minute{given(s.Accepts, closed), given(s.Counts, false)}
				}
			}
		}
	}
	return found
}

func (m *model) at(t time.Time) minute {
	i := t.Hour()*60 + t.Minute()
	return m.day(t, i)[i]
}

// day gives the minutes of the day that t is the i-th minute of.
func (m *model) day(t time.Time, i int) *[24 * 60]minute {
	key := t.Unix()/60 - int64(i)
	if m.seen[key] == nil {
		m.seen[key] = m.today(t.Format(time.DateOnly), t.Weekday())
	}
	return m.seen[key]
}

func (m *model) today(date string, weekday time.Weekday) *[24 * 60]minute {
	for _, h := range m.c.Holidays {
		if h.Date == date {
			return &[24 * 60]minute{}
		}
	}
	for _, up := range m.c.MakeupWorkdays {
		if up.Date != date {
			continue
		}
		if up.For != "" {
			swapped, _ := time.Parse(time.DateOnly, up.For)
			weekday = swapped.Weekday()
			continue
		}
		for _, d := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
			if slices.ContainsFunc(m.c.Sessions, func(s Session) bool { return slices.Contains(s.Days, dayWords[d]) && given(s.Counts, true) }) {
				weekday = d
				break
			}
		}
	}
	return m.week[weekday]
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, kiosk.Hanoi)
}

func (m *model) accept(t time.Time) time.Time {
	if m.at(t).accepts {
		return t
	}
	for t = midnight(t).AddDate(0, 0, 1); !m.at(t).accepts; {
		t = t.Add(time.Minute)
	}
	return t
}

func paused(pauses []Pause, t time.Time) bool {
	return slices.ContainsFunc(pauses, func(p Pause) bool { return !t.Before(p.From) && t.Before(p.To) })
}

// sessions gives the minutes of each counted session of a day.
func (m *model) sessions(day time.Time) (all [][]time.Time) {
	before := false
	for i, minute := range m.day(day, 0) {
		if minute.counts && !before {
			all = append(all, nil)
		}
		if minute.counts {
			all[len(all)-1] = append(all[len(all)-1], day.Add(time.Duration(i)*time.Minute))
		}
		before = minute.counts
	}
	return all
}

func (m *model) due(handedIn time.Time, term Term, pauses []Pause) time.Time {
	accepted := m.accept(handedIn)
	day1 := midnight(accepted).AddDate(0, 0, 1)
	if term.Cutoff != "" && accepted.Format("15:04") < term.Cutoff {
		if today := m.sessions(midnight(accepted)); len(today) > 0 {
			last := today[len(today)-1]
			if !last[len(last)-1].Before(accepted) {
				day1 = midnight(accepted)
			}
		}
	}
	switch term.Unit {
	case WorkingHour:
		return m.hours(handedIn, accepted, int(term.Value*60), pauses)
	case WorkingDay:
		return m.days(accepted, day1, term.Value, pauses)
	case CalendarDay:
		return m.dates(accepted, day1, term.Value, pauses)
	}
	y, mon, d := accepted.Date()
	target := time.Date(y, mon+time.Month(term.Value), d, 0, 0, 0, 0, kiosk.Hanoi)
	for target.Day() != d && target.Day() < 4 { // ran over into the next month
		target = target.AddDate(0, 0, -1)
	}
	n := 0
	for t := midnight(handedIn); t.Before(target); t = t.AddDate(0, 0, 1) {
		n++
	}
	return m.dates(handedIn, midnight(handedIn).AddDate(0, 0, 1), float64(n), pauses)
}

func (m *model) hours(handedIn, t time.Time, left int, pauses []Pause) time.Time {
	for ; left > 0; t = t.Add(time.Minute) {
		if m.at(t).counts && !paused(pauses, t) {
			left--
		}
	}
	for u := handedIn; u.Before(t); u = u.Add(time.Minute) {
		if paused(pauses, u) {
			for m.at(t).counts {
				t = t.Add(time.Minute)
			}
			break
		}
	}
	return t
}

func (m *model) days(accepted, day time.Time, value float64, pauses []Pause) time.Time {
	left := new(big.Rat).SetFloat64(value)
	for ; ; day = day.AddDate(0, 0, 1) {
		sessions := m.sessions(day)
		for i, session := range sessions {
			half, worth := sessions, int64(2) // a lone session is the whole day, 2/2
			if n := (len(sessions) + 1) / 2; len(sessions) > 1 {
				half, worth = sessions[:n], 1
				if i >= n {
					half = sessions[n:]
				}
			}
			all, ran := 0, 0
			for _, s := range half {
				all += len(s)
			}
			for _, t := range session {
				if t.Before(accepted) || !paused(pauses, t) {
					ran++
				}
			}
			if left.Sign() <= 0 {
				left = big.NewRat(worth*int64(len(session)), int64(2*all))
			}
			left.Sub(left, big.NewRat(worth*int64(ran), int64(2*all)))
			if end := session[len(session)-1].Add(time.Minute); left.Sign() <= 0 && end.After(accepted) {
				return end
			}
		}
	}
}

func (m *model) stands(day time.Time, pauses []Pause) bool {
	for i := range 24 * 60 {
		if !paused(pauses, day.Add(time.Duration(i)*time.Minute)) {
			return false
		}
	}
	return true
}

// dates walks half dates, and is never earlier than after the half before.
func (m *model) dates(accepted, day time.Time, value float64, pauses []Pause) time.Time {
	var due time.Time
	for n := 0.0; n < value; day = day.AddDate(0, 0, 1) {
		if m.stands(day, pauses) {
			continue
		}
		for half := 1; half <= 2 && n < value; half++ {
			n += 0.5
			last := day
			for len(m.sessions(last)) == 0 || m.stands(last, pauses) {
				last = last.AddDate(0, 0, 1)
			}
			sessions := m.sessions(last)
			session := sessions[len(sessions)-1]
			if half == 1 {
				session = sessions[(len(sessions)+1)/2-1]
			}
			end := session[len(session)-1].Add(time.Minute)
			if !end.After(accepted) {
				session = sessions[len(sessions)-1]
				end = session[len(session)-1].Add(time.Minute)
			}
			due = later(due, end)
		}
	}
	return due
}
