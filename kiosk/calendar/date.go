package calendar

import (
	"time"

	"servicepoint/kiosk"
)

// The years that are reckoned in: a clock outside them is wrong.
const (
	firstYear = 2000
	lastYear  = 2999
)

// horizon is how many days ahead a date is looked for: ten years, so that every
// search ends.
const horizon date = 3660

// date is a day in Hanoi, counted from 1 January 1970.
type date int64

const day = 24 * time.Hour

func dateOf(t time.Time) date {
	y, m, d := t.In(kiosk.Hanoi).Date()
	return dateAt(y, m, d)
}

// dateAt allows months and days outside their ranges as time.Date does.
func dateAt(y int, m time.Month, d int) date {
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / int64(day/time.Second))
}

// epoch is the midnight the day 0 begins with, in Unix time.
var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, kiosk.Hanoi).Unix()

// start is the midnight the day begins with.
func (d date) start() time.Time {
	return time.Unix(epoch+int64(d)*int64(day/time.Second), 0).In(kiosk.Hanoi)
}

func (d date) weekday() time.Weekday { return d.start().Weekday() }

// months gives the same day n months on, or the last of a month that is too
// short for it.
func (d date) months(n int) date {
	y, m, dom := d.start().Date()
	last := dateAt(y, m+time.Month(n)+1, 0)
	return min(last, dateAt(y, m+time.Month(n), dom))
}

// LocalDay gives the day in Hanoi that a moment belongs to, as yyyy-mm-dd.
func LocalDay(t time.Time) string { return t.In(kiosk.Hanoi).Format(time.DateOnly) }

// span is a time of a local day: from is in it, to no longer is.
type span struct{ from, to time.Duration }

func (s span) length() time.Duration { return s.to - s.from }

// on gives the span's moments on a day.
func (s span) on(d date) (from, to time.Time) {
	start := d.start()
	return start.Add(s.from), start.Add(s.to)
}
