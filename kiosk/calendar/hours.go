package calendar

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// Hours is the working time of one authority. It does not change; several
// goroutines may use it.
type Hours struct {
	week    [7]plan // by time.Weekday
	off     map[date]bool
	makeup  map[date]time.Weekday
	through date
}

// plan is one day of an authority, each list by time.
type plan struct {
	serves, accepts, counts []span
	shares                  []*big.Rat // of each of counts, in half working days; read only
}

// For lays out the calendar of a name, such as Default or "police". A name
// there is no calendar of is NotFound, due.calendar_unknown; a calendar that
// Check has something to say about is Invalid, due.calendar_broken.
func (c *Calendar) For(name string) (*Hours, error) {
	var problems []error
	b := c.read(func(path, problem string) { problems = append(problems, fmt.Errorf("%s: %s", path, problem)) })
	if len(problems) > 0 {
		return nil, kiosk.Fail(kiosk.Invalid, "due.calendar_broken", errors.Join(problems...))
	}
	if _, ok := b.slots[name]; !ok {
		return nil, kiosk.Fail(kiosk.NotFound, "due.calendar_unknown", fmt.Errorf("calendar %q", name))
	}
	h := &Hours{off: b.off, makeup: b.makeup, through: b.through}
	for _, day := range week {
		p := &h.week[day]
		for _, s := range b.on(name, day) {
			p.serves = append(p.serves, s.span)
			if s.accepts {
				p.accepts = append(p.accepts, s.span)
			}
			if s.counts {
				p.counts = append(p.counts, s.span)
			}
		}
		p.share()
	}
	return h, nil
}

// halfway is how many of the counted spans are the first half of the day: of
// two the first, of one the whole.
func (p *plan) halfway() int { return (len(p.counts) + 1) / 2 }

// share weighs the counted spans: a day is worth two halves, each of them
// shared out among its spans by length.
func (p *plan) share() {
	first, second := p.counts[:p.halfway()], p.counts[p.halfway():]
	worth := int64(1)
	if len(second) == 0 {
		worth = 2
	}
	for _, half := range [][]span{first, second} {
		var all time.Duration
		for _, s := range half {
			all += s.length()
		}
		for _, s := range half {
			p.shares = append(p.shares, big.NewRat(worth*int64(s.length()/time.Minute), int64(all/time.Minute)))
		}
	}
}

// on gives what is open on a day: nothing on a holiday, on a make-up day all
// that the day it makes up for has.
func (h *Hours) on(d date) *plan {
	if h.off[d] {
		return &plan{}
	}
	if like, ok := h.makeup[d]; ok {
		return &h.week[like]
	}
	return &h.week[d.weekday()]
}

// works reports whether results can fall due on a day.
func (h *Hours) works(d date) bool { return len(h.on(d).counts) > 0 }

// Accept gives the moment at which a dossier handed in at t counts as accepted,
// in Hanoi time: t itself within a session that accepts. At any other time (on
// a day off, in the evening, at closing time itself, but also before opening
// and in the break at noon of a working day) it is the opening of the next day
// that accepts, never a later session of the same day. For the police that may
// be a Saturday. Accepting twice changes nothing.
//
// The zero time means that no day of the next ten years accepts.
func (h *Hours) Accept(t time.Time) time.Time {
	t = t.In(kiosk.Hanoi).Round(0)
	today := dateOf(t)
	if within(h.on(today).accepts, today, t) {
		return t
	}
	for d := today + 1; d <= today+horizon; d++ {
		if open := h.on(d).accepts; len(open) > 0 {
			from, _ := open[0].on(d)
			return from
		}
	}
	return time.Time{}
}

// Open reports whether people are served at t, in whatever session.
func (h *Hours) Open(t time.Time) bool {
	d := dateOf(t)
	return within(h.on(d).serves, d, t)
}

// OpensNext gives the first moment after t at which a session begins, in Hanoi
// time; the zero time if none does within ten years.
func (h *Hours) OpensNext(t time.Time) time.Time {
	today := dateOf(t)
	for d := today; d <= today+horizon; d++ {
		for _, s := range h.on(d).serves {
			if from, _ := s.on(d); from.After(t) {
				return from
			}
		}
	}
	return time.Time{}
}

func within(spans []span, d date, t time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool {
		from, to := s.on(d)
		return !t.Before(from) && t.Before(to)
	})
}
