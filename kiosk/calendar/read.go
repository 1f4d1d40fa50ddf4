package calendar

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// maxSpans is how many spans one day may have: enough for any counter, few
// enough that ten years of them are gone through in no time.
const maxSpans = 12

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	spanPattern = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)
	weekdays    = map[string]time.Weekday{
		"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
		"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
	}
	week        = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
	certainties = []string{"", "verified", "partial", "unverified"}
)

// slot is one span on one weekday, and where it is written.
type slot struct {
	span
	day             time.Weekday
	accepts, counts bool
	path            string
}

// book is a Calendar read: what For lays out for one authority.
type book struct {
	slots   map[string][]slot // by calendar; the default sessions stand under Default alone
	off     map[date]bool
	makeup  map[date]time.Weekday
	through date
}

// Check reports everything an operator can get wrong, each at its path within
// the calendar such as "sessions[0].spans[1]". The problem is for the person
// who wrote the file, in English, and says what to write instead.
func (c *Calendar) Check(report func(path, problem string)) { c.read(report) }

// read is Check, and gives what it has understood.
func (c *Calendar) read(report func(path, problem string)) book {
	r := reader{report: report, book: book{slots: map[string][]slot{}, off: map[date]bool{}, makeup: map[date]time.Weekday{}}}
	if c.Timezone != "Asia/Ho_Chi_Minh" {
		r.bad("timezone", "%q is not known; write Asia/Ho_Chi_Minh", c.Timezone)
	}
	r.slots[Default] = r.sessions("sessions", c.Sessions, func(time.Weekday) bool { return true }, true)
	r.useful()
	closed := func(d time.Weekday) bool {
		return !slices.ContainsFunc(r.slots[Default], func(s slot) bool { return s.day == d })
	}
	for _, name := range slices.Sorted(maps.Keys(c.Overrides)) {
		path := "overrides." + name
		if !namePattern.MatchString(name) || name == Default {
			r.bad(path, "%q cannot be the name of a calendar; write a word such as police", name)
		}
		if name != Default {
			r.slots[name] = r.sessions(path, c.Overrides[name], closed, false)
		}
	}
	r.overlaps(c.Names())
	r.holidays(c.Holidays)
	r.makeups(c.MakeupWorkdays)
	r.through, _ = r.date("valid_through", c.ValidThrough)
	return r.book
}

type reader struct {
	report func(path, problem string)
	book
}

func (r *reader) bad(path, format string, args ...any) { r.report(path, fmt.Sprintf(format, args...)) }

// sessions reads one list; accepts and counts are what a flag that is not given
// means.
func (r *reader) sessions(path string, list []Session, accepts func(time.Weekday) bool, counts bool) []slot {
	var slots []slot
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		days := r.days(at+".days", s.Days)
		if len(s.Spans) == 0 {
			r.bad(at+".spans", `is empty; write a list such as ["08:00-11:30"]`)
		}
		for j, text := range s.Spans {
			here := fmt.Sprintf("%s.spans[%d]", at, j)
			span, ok := r.span(here, text)
			if !ok {
				continue
			}
			for _, day := range days {
				n := slot{span: span, day: day, accepts: accepts(day), counts: counts, path: here}
				if s.Accepts != nil {
					n.accepts = *s.Accepts
				}
				if s.Counts != nil {
					n.counts = *s.Counts
				}
				slots = append(slots, n)
			}
		}
	}
	return slots
}

func (r *reader) days(path string, words []string) []time.Weekday {
	if len(words) == 0 {
		r.bad(path, "is empty; write a list such as [mon, tue]")
	}
	var days []time.Weekday
	for i, word := range words {
		day, ok := weekdays[word]
		switch {
		case !ok:
			r.bad(fmt.Sprintf("%s[%d]", path, i), "%q is not a day; write mon, tue, wed, thu, fri, sat or sun", word)
		case slices.Contains(days, day):
			r.bad(fmt.Sprintf("%s[%d]", path, i), "%q stands here twice", word)
		default:
			days = append(days, day)
		}
	}
	return days
}

func (r *reader) span(path, text string) (span, bool) {
	m := spanPattern.FindStringSubmatch(text)
	if m == nil {
		r.bad(path, `%q is not a span; write two times such as "08:00-11:30"`, text)
		return span{}, false
	}
	s := span{clock(m[1], m[2]), clock(m[3], m[4])}
	if s.from >= s.to {
		r.bad(path, "%q ends before it begins", text)
		return span{}, false
	}
	return s, true
}

// clock gives the time since midnight of digits a pattern has passed.
func clock(hour, minute string) time.Duration {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}

// useful reports a week in which nothing could ever be accepted or fall due.
func (r *reader) useful() {
	if !slices.ContainsFunc(r.slots[Default], func(s slot) bool { return s.accepts }) {
		r.bad("sessions", "no session accepts, so that no dossier would ever be accepted")
	}
	if !slices.ContainsFunc(r.slots[Default], func(s slot) bool { return s.counts }) {
		r.bad("sessions", "no session counts, so that nothing would ever fall due")
	}
}

// overlaps looks at each calendar's week as a whole, and names a span once.
func (r *reader) overlaps(names []string) {
	told := map[string]bool{}
	for _, name := range names {
		for _, day := range week {
			slots := r.on(name, day)
			if n := len(slots); n > maxSpans {
				if last := slots[n-1].path; !told[last] {
					told[last] = true
					r.bad(last, "is one of %d spans on %s; %d is the most", n, day, maxSpans)
				}
				continue
			}
			for i := 1; i < len(slots); i++ {
				if s := slots[i]; s.from < slots[i-1].to && !told[s.path] {
					told[s.path] = true
					r.bad(s.path, "overlaps %s on %s", slots[i-1].path, day)
				}
			}
		}
	}
}

// on gives a calendar's slots on a weekday, default sessions included, by time.
func (b *book) on(name string, day time.Weekday) []slot {
	var all []slot
	lists := [][]slot{b.slots[Default]}
	if name != Default {
		lists = append(lists, b.slots[name])
	}
	for _, list := range lists {
		for _, s := range list {
			if s.day == day {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y slot) int { return cmp.Compare(x.from, y.from) })
	return all
}

func (r *reader) date(path, text string) (date, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		r.bad(path, "%q is not a day; write one such as 2026-11-24", text)
		return 0, false
	}
	return dateAt(t.Year(), t.Month(), t.Day()), true
}

func (r *reader) certainty(path, word string) {
	if !slices.Contains(certainties, word) {
		r.bad(path, "%q is not one of verified, partial, unverified", word)
	}
}

func (r *reader) holidays(list []Holiday) {
	for i, h := range list {
		at := fmt.Sprintf("holidays[%d]", i)
		if h.Name == "" {
			r.bad(at+".name", "is empty; write what day it is")
		}
		r.certainty(at+".certainty", h.Certainty)
		d, ok := r.date(at+".date", h.Date)
		if ok && r.off[d] {
			r.bad(at+".date", "%s stands among the holidays twice", h.Date)
		}
		if ok {
			r.off[d] = true
		}
	}
}

func (r *reader) makeups(list []Makeup) {
	model := r.firstWorkday()
	for i, m := range list {
		at := fmt.Sprintf("makeup_workdays[%d]", i)
		r.certainty(at+".certainty", m.Certainty)
		like := model
		if m.For != "" {
			swapped, ok := r.date(at+".for", m.For)
			if ok && !r.off[swapped] {
				r.bad(at+".for", "%s is not among the holidays; a day that is made up for is off", m.For)
			}
			if ok && r.counts(swapped.weekday()) {
				like = swapped.weekday()
			} else if ok {
				r.bad(at+".for", "%s is off by the week already", m.For)
			}
		}
		d, ok := r.date(at+".date", m.Date)
		if !ok {
			continue
		}
		_, twice := r.makeup[d]
		switch {
		case r.off[d]:
			r.bad(at+".date", "%s is a holiday", m.Date)
		case twice:
			r.bad(at+".date", "%s stands among the make-up days twice", m.Date)
		case r.counts(d.weekday()):
			r.bad(at+".date", "%s is a working day by the week already", m.Date)
		default:
			r.makeup[d] = like
		}
	}
}

// counts reports whether the default sessions make a weekday a working day.
func (b *book) counts(day time.Weekday) bool {
	return slices.ContainsFunc(b.slots[Default], func(s slot) bool { return s.day == day && s.counts })
}

func (b *book) firstWorkday() time.Weekday {
	for _, day := range week {
		if b.counts(day) {
			return day
		}
	}
	return time.Monday
}
