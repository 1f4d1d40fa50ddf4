package calendar

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"servicepoint/kiosk"
)

var seed = flag.Uint64("seed", 0, "what the random calendars grow from; 0: something new")

// chance is the randomness of one test. Its seed is told where the test fails.
func chance(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with -seed %d", s)
		}
	})
	return rand.New(rand.NewPCG(s, 0))
}

var dayOne = at("2026-10-01 00:00") // random calendars live in the 100 days from here

func randomDate(r *rand.Rand) string { return LocalDay(dayOne.AddDate(0, 0, r.IntN(100))) }

// randomSpans gives up to n spans of a day that do not touch, within from..to
// in minutes.
func randomSpans(r *rand.Rand, n, from, to int) (spans []string) {
	marks := map[int]bool{}
	for len(marks) < 2*n {
		marks[from+10*r.IntN((to-from)/10)] = true
	}
	var sorted []int
	for m := range marks {
		sorted = append(sorted, m)
	}
	slices.Sort(sorted)
	for i := 0; i < len(sorted); i += 2 {
		spans = append(spans, fmt.Sprintf("%02d:%02d-%02d:%02d", sorted[i]/60, sorted[i]%60, sorted[i+1]/60, sorted[i+1]%60))
	}
	return spans
}

func randomFlag(r *rand.Rand) *bool {
	if r.IntN(2) == 0 {
		return nil
	}
	b := r.IntN(2) == 0
	return &b
}

// randomCalendar is one that Check finds nothing wrong with. Its overrides are
// called "other".
func randomCalendar(t *testing.T, r *rand.Rand) *Calendar {
	c := &Calendar{Timezone: "Asia/Ho_Chi_Minh", ValidThrough: randomDate(r), Overrides: map[string][]Session{"other": nil}}
	for _, list := range [][]string{{"mon", "tue", "wed", "thu", "fri"}, {"sat"}, {"sun"}} {
		if list[0] == "mon" || r.IntN(4) == 0 {
			c.Sessions = append(c.Sessions, Session{Days: list, Spans: randomSpans(r, 1+r.IntN(3), 7*60, 18*60)})
		}
		if r.IntN(2) == 0 {
			c.Overrides["other"] = append(c.Overrides["other"], Session{Days: list, Spans: randomSpans(r, 1+r.IntN(2), 18*60, 23*60), Accepts: randomFlag(r), Counts: randomFlag(r)})
		}
	}
	for range r.IntN(12) {
		d := randomDate(r)
		if !slices.ContainsFunc(c.Holidays, func(h Holiday) bool { return h.Date == d }) {
			c.Holidays = append(c.Holidays, Holiday{Date: d, Name: "lễ"})
		}
	}
	for range r.IntN(4) {
		c.MakeupWorkdays = append(c.MakeupWorkdays, Makeup{Date: randomDate(r)})
		if len(problems(c)) > 0 { // a holiday or a working day
			c.MakeupWorkdays = c.MakeupWorkdays[:len(c.MakeupWorkdays)-1]
		}
	}
	if got := problems(c); len(got) > 0 {
		t.Fatalf("a random calendar: %q", got)
	}
	return c
}

// moment is around the days at which much happens, to the minute.
func moment(r *rand.Rand) time.Time {
	return dayOne.Add(time.Duration(r.IntN(25*24*60)) * time.Minute)
}

// randomPauses gives some anywhere, and some about the moment of handing in.
func randomPauses(r *rand.Rand, handedIn time.Time) (all []Pause) {
	for range r.IntN(5) {
		from := moment(r)
		if r.IntN(3) == 0 {
			from = handedIn.Add(time.Duration(r.IntN(600)-300) * time.Minute)
		}
		if r.IntN(3) == 0 {
			from = midnight(from)
		}
		to := from.Add(time.Duration(r.IntN(4*24*60)) * time.Minute)
		switch r.IntN(4) {
		case 0:
			to = from.AddDate(0, 0, r.IntN(5))
		case 1:
			to = from.Add(time.Duration(r.IntN(200)) * time.Minute)
		}
		all = append(all, Pause{from, to})
	}
	return all
}

func randomTerm(r *rand.Rand) Term {
	term := Term{Value: float64(1+r.IntN(16)) / 2}
	switch r.IntN(4) {
	case 0:
		term.Unit = WorkingHour
	case 1:
		term.Unit = WorkingDay
	case 2:
		term.Unit = CalendarDay
	case 3:
		return Term{Value: float64(1 + r.IntN(2)), Unit: Month}
	}
	if term.Unit != WorkingHour && r.IntN(2) == 0 {
		term.Cutoff = fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60))
	}
	return term
}

// question is one random case.
type question struct {
	c        *Calendar
	calendar string
	handedIn time.Time
	term     Term
	pauses   []Pause
}

func (q question) String() string {
	text := fmt.Sprintf("%s, handed in %s, %v %s cutoff %q\n", q.calendar, show(q.handedIn), q.term.Value, q.term.Unit, q.term.Cutoff)
	for _, p := range q.pauses {
		text += fmt.Sprintf("  pause %s to %s\n", show(p.From), show(p.To))
	}
	list := func(sessions []Session) {
		for _, s := range sessions {
			text += fmt.Sprintf("  %v %v accepts %v counts %v\n", s.Days, s.Spans, said(s.Accepts), said(s.Counts))
		}
	}
	list(q.c.Sessions)
	list(q.c.Overrides["other"])
	return text + fmt.Sprintf("  holidays %v make-up %v", q.c.Holidays, q.c.MakeupWorkdays)
}

func said(f *bool) string {
	if f == nil {
		return "?"
	}
	return fmt.Sprint(*f)
}

func ask(t *testing.T, r *rand.Rand) question {
	q := question{c: randomCalendar(t, r), calendar: Default, handedIn: moment(r), term: randomTerm(r)}
	q.pauses = randomPauses(r, q.handedIn)
	if r.IntN(2) == 0 {
		q.calendar = "other"
	}
	return q
}

func (q question) due(t *testing.T) Due {
	t.Helper()
	due, err := hours(t, q.c, q.calendar).Due(q.handedIn, q.term, q.pauses)
	if err != nil {
		t.Fatalf("%v\n%v", err, q)
	}
	return due
}

func TestTheModelReckonsTheSame(t *testing.T) {
	r := chance(t)
	for range 250 {
		q := ask(t, r)
		m := newModel(q.c, q.calendar)
		got, want := q.due(t), m.due(q.handedIn, q.term, q.pauses)
		if !got.At.Equal(want) || !got.Accepted.Equal(m.accept(q.handedIn)) {
			t.Fatalf("due %s, accepted %s; the model says %s, %s\n%v", show(got.At), show(got.Accepted), show(want), show(m.accept(q.handedIn)), q)
		}
		if want := LocalDay(want) > q.c.ValidThrough; got.Provisional != want {
			t.Fatalf("due %s, provisional %v\n%v", show(got.At), got.Provisional, q)
		}
	}
}

// The examples hold in the model too, so that it is not wrong alike.
func TestTheModelKnowsTheExamples(t *testing.T) {
	c := shipped(t)
	for _, tt := range examples {
		if got := newModel(c, tt.calendar).due(at(tt.handedIn), tt.term, pauses(tt.pauses)); !got.Equal(at(tt.due)) {
			t.Errorf("%s: the model says %s, want %s", tt.name, show(got), tt.due)
		}
	}
}

func TestInvariant5_NothingFallsDueOnADayOff(t *testing.T) {
	r := chance(t)
	for range 1500 {
		q := ask(t, r)
		got := q.due(t)
		h := hours(t, q.c, q.calendar)
		if !got.At.After(got.Accepted) || got.Accepted.Before(q.handedIn) || !h.works(dateOf(got.At)) {
			t.Fatalf("accepted %s, due %s\n%v", show(got.Accepted), show(got.At), q)
		}
		ends := false // at the end of a session
		for _, s := range h.on(dateOf(got.At)).counts {
			_, to := s.on(dateOf(got.At))
			ends = ends || to.Equal(got.At)
		}
		if !ends && q.term.Unit != WorkingHour {
			t.Fatalf("due %s, which no session ends with\n%v", show(got.At), q)
		}
		if again := h.Accept(got.Accepted); !again.Equal(got.Accepted) {
			t.Fatalf("accepted %s, and then %s\n%v", show(got.Accepted), show(again), q)
		}
	}
}

func TestInvariant5_LongerIsNeverEarlier(t *testing.T) {
	r := chance(t)
	for range 1000 {
		q := ask(t, r)
		before := q.due(t)
		q.term.Value += 0.5
		if q.term.Unit == Month {
			q.term.Value += 0.5
		}
		if after := q.due(t); after.At.Before(before.At) {
			t.Fatalf("due %s, and one step less %s\n%v", show(after.At), show(before.At), q)
		}
	}
}

func TestInvariant5_OneMoreHolidayIsNeverEarlier(t *testing.T) {
	r := chance(t)
	for range 1000 {
		q := ask(t, r)
		before := q.due(t)
		extra := LocalDay(q.handedIn.AddDate(0, 0, r.IntN(8)))
		if r.IntN(3) == 0 {
			extra = LocalDay(before.At)
		}
		if hours(t, q.c, q.calendar).off[dateOf(at(extra+" 00:00"))] || slices.ContainsFunc(q.c.MakeupWorkdays, func(m Makeup) bool { return m.Date == extra }) {
			continue
		}
		q.c.Holidays = append(q.c.Holidays, Holiday{Date: extra, Name: "thêm"})
		if after := q.due(t); after.At.Before(before.At) || after.Accepted.Before(before.Accepted) {
			t.Fatalf("due %s, and without the holiday %s: %s\n%v", show(after.At), extra, show(before.At), q)
		}
	}
}

func TestInvariant5_PausesCommute(t *testing.T) {
	r := chance(t)
	for range 1000 {
		q := ask(t, r)
		want := q.due(t)
		var pieces []Pause
		for _, p := range q.pauses {
			middle := p.From.Add(p.To.Sub(p.From) / time.Duration(1+r.IntN(4)))
			pieces = append(pieces, Pause{p.From, middle}, Pause{middle, p.To})
			if r.IntN(2) == 0 {
				pieces = append(pieces, p) // twice the same
			}
		}
		r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		whole := q.pauses
		q.pauses = pieces
		if got := q.due(t); got != want {
			t.Fatalf("due %s, in other pieces %s\n%v", show(want.At), show(got.At), q)
		}
		if q.pauses = whole; len(whole) > 0 {
			q.pauses = whole[1:]
			if got := q.due(t); got.At.After(want.At) {
				t.Fatalf("due %s, with one pause less %s\n%v", show(want.At), show(got.At), q)
			}
		}
	}
}

func TestInvariant5_HalfDaysLandOnSessionEnds(t *testing.T) {
	r := chance(t)
	h := hours(t, shipped(t), Default)
	for range 1000 {
		n := 1 + r.IntN(40)
		due, err := h.Due(moment(r), Term{Value: float64(n) / 2, Unit: WorkingDay}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := "17:00"
		if n%2 == 1 {
			want = "11:30"
		}
		if got := due.At.Format("15:04"); got != want {
			t.Fatalf("%d half days are due at %s, want %s", n, got, want)
		}
	}
}

func TestDueInAnyZone(t *testing.T) {
	r := chance(t)
	for range 200 {
		q := ask(t, r)
		want := q.due(t)
		away := time.FixedZone("away", (r.IntN(25)-12)*3600)
		q.handedIn = q.handedIn.In(away)
		for i, p := range q.pauses {
			q.pauses[i] = Pause{p.From.In(away), p.To.UTC()}
		}
		if got := q.due(t); !got.At.Equal(want.At) || got.At.Location() != kiosk.Hanoi {
			t.Fatalf("due %s, told in another zone %s\n%v", show(want.At), show(got.At), q)
		}
	}
}
