package intake_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"servicepoint/kiosk"
)

func (p *point) take(class kiosk.Class) kiosk.Ticket {
	p.t.Helper()
	ticket, err := p.counter.TakeTicket(p.t.Context(), class, birth)
	must(p.t, err)
	return ticket
}

func (p *point) call() kiosk.Ticket {
	p.t.Helper()
	ticket, err := p.counter.CallNext(p.t.Context(), clerk)
	must(p.t, err)
	return ticket
}

// called calls everybody who waits.
func (p *point) called() (order []int) {
	p.t.Helper()
	for {
		ticket, err := p.counter.CallNext(p.t.Context(), clerk)
		if kiosk.CodeOf(err) == "line.empty" {
			return order
		}
		must(p.t, err)
		order = append(order, ticket.No)
	}
}

func TestTicketsCountFromOneEachDay(t *testing.T) {
	p := newPoint(t)
	for want := 1; want <= 3; want++ {
		if ticket := p.take(kiosk.ClassWalkIn); ticket.No != want || ticket.Day != "2026-11-23" || ticket.State != kiosk.Waiting {
			t.Errorf("got %+v, want number %d", ticket, want)
		}
	}
	p.clock.pass(24 * time.Hour)
	if ticket := p.take(kiosk.ClassWalkIn); ticket.No != 1 || ticket.Day != "2026-11-24" {
		t.Errorf("the next day begins with %+v", ticket)
	}
	if line, err := p.counter.Line(t.Context()); err != nil || len(line) != 1 {
		t.Errorf("yesterday's tickets are in today's line: %v, %v", line, err)
	}
}

func TestTicketClass(t *testing.T) {
	p := newPoint(t)
	for _, class := range []kiosk.Class{"", "vip", kiosk.ClassBooked} {
		_, err := p.counter.TakeTicket(t.Context(), class, "")
		wants(t, err, "ticket.class", kiosk.Invalid)
	}
}

// Two of the priority lane for one of the ordinary lane.
func TestLineOrder(t *testing.T) {
	p := newPoint(t)
	for _, class := range []kiosk.Class{
		kiosk.ClassWalkIn, kiosk.ClassWalkIn, kiosk.ClassElderly, kiosk.ClassDisability, kiosk.ClassWalkIn, kiosk.ClassMerit, kiosk.ClassPregnantInfant, kiosk.ClassElderly,
	} {
		p.take(class)
	}
	line, err := p.counter.Line(t.Context())
	must(t, err)
	var shown []int
	for _, ticket := range line {
		shown = append(shown, ticket.No)
	}
	want := []int{3, 4, 1, 6, 7, 2, 8, 5}
	if !slices.Equal(shown, want) {
		t.Errorf("the line shows %v, want %v", shown, want)
	}
	for i, no := range want {
		if ahead, err := p.counter.Ahead(t.Context(), no); err != nil || ahead != i {
			t.Errorf("%d wait before %d, want %d: %v", ahead, no, i, err)
		}
	}
	if order := p.called(); !slices.Equal(order, want) {
		t.Errorf("called %v, want %v", order, want)
	}
}

func TestOrdinaryTicketNeverStarves(t *testing.T) {
	p := newPoint(t)
	p.take(kiosk.ClassWalkIn)
	p.clock.pass(30*time.Minute + time.Second)
	p.take(kiosk.ClassElderly)
	p.take(kiosk.ClassElderly)
	if order := p.called(); !slices.Equal(order, []int{1, 2, 3}) {
		t.Errorf("called %v", order)
	}
}

func TestThirdAbsenceEndsTheTicket(t *testing.T) {
	p := newPoint(t)
	p.take(kiosk.ClassWalkIn)
	p.take(kiosk.ClassWalkIn)
	for absence := 1; absence <= 3; absence++ {
		for p.call().No != 1 {
			must(t, p.counter.Serve(t.Context(), 2))
		}
		must(t, p.counter.Absent(t.Context(), 1))
		ticket, err := p.counter.Ticket(t.Context(), 1)
		if absence == 3 {
			wants(t, err, "ticket.unknown")
			break
		}
		must(t, err)
		if ticket.State != kiosk.Waiting || ticket.Absences != absence {
			t.Errorf("after %d absences: %+v", absence, ticket)
		}
	}
	_, err := p.counter.CallNext(t.Context(), clerk)
	wants(t, err, "line.empty", kiosk.NotFound)
}

// Two touches of one button are one absence.
func TestAbsenceCountsOncePerCall(t *testing.T) {
	p := newPoint(t)
	p.take(kiosk.ClassWalkIn)
	wants(t, p.counter.Absent(t.Context(), 1), "ticket.moved_on", kiosk.Conflict)
	p.call()
	must(t, p.counter.Absent(t.Context(), 1))
	wants(t, p.counter.Absent(t.Context(), 1), "ticket.moved_on")
	if ticket, err := p.counter.Ticket(t.Context(), 1); err != nil || ticket.Absences != 1 {
		t.Errorf("%+v, %v", ticket, err)
	}
	p.call()
	must(t, p.counter.Serve(t.Context(), 1))
	wants(t, p.counter.Absent(t.Context(), 1), "ticket.moved_on")
}

// Who was absent waits at the end of the lane, also after a long wait.
func TestAbsentGoesToTheEndEvenAfterALongWait(t *testing.T) {
	p := newPoint(t)
	p.take(kiosk.ClassWalkIn)
	p.clock.pass(40 * time.Minute)
	if p.call().No != 1 {
		t.Fatal("the starving ticket was not called")
	}
	p.take(kiosk.ClassElderly)
	p.take(kiosk.ClassWalkIn)
	must(t, p.counter.Absent(t.Context(), 1))
	if order := p.called(); !slices.Equal(order, []int{2, 3, 1}) {
		t.Errorf("called %v", order)
	}
}

func TestServeAndFinish(t *testing.T) {
	p := newPoint(t)
	p.take(kiosk.ClassWalkIn)
	wants(t, p.counter.Serve(t.Context(), 1), "ticket.moved_on")
	wants(t, p.counter.Serve(t.Context(), 9), "ticket.unknown", kiosk.NotFound)
	if ticket := p.call(); ticket.State != kiosk.Called || ticket.CalledBy != clerk || !ticket.CalledAt.Equal(morning) {
		t.Errorf("called: %+v", ticket)
	}
	must(t, p.counter.Serve(t.Context(), 1))
	must(t, p.counter.Serve(t.Context(), 1))
	must(t, p.counter.Finish(t.Context(), 1))
	if line, err := p.counter.Line(t.Context()); err != nil || len(line) != 0 {
		t.Errorf("a finished ticket stays in line: %v, %v", line, err)
	}
}

// Invariant 11, by chance: whatever people do, no ticket is lost or called
// twice, an ordinary ticket that has waited past the limit goes before any
// priority ticket, and no more than two priority tickets pass one that waits.
func TestInvariant11LineUnderChance(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KIOSK_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		must(t, err)
		seed = given
	}
	t.Logf("KIOSK_SEED=%d", seed)
	rounds := 6
	switch {
	case os.Getenv("KIOSK_DEEP") != "":
		rounds = 100
	case testing.Short():
		rounds = 1
	}
	for round := range rounds {
		chance := rand.New(rand.NewPCG(seed, uint64(round)))
		p := newPoint(t)
		l := &lineWatch{p: p, chance: chance, taken: map[int]kiosk.Ticket{}, ended: map[int]bool{}}
		for range 60 {
			l.step()
		}
		l.drain()
	}
}

// lineWatch plays a morning and keeps its own account of it.
type lineWatch struct {
	p      *point
	chance *rand.Rand
	taken  map[int]kiosk.Ticket
	ended  map[int]bool
	passed int // priority tickets called in a row while an ordinary one waited
}

func (l *lineWatch) step() {
	l.p.clock.pass(time.Duration(l.chance.IntN(8)) * time.Minute)
	switch l.chance.IntN(10) {
	case 0: // the power goes and comes back
		must(l.p.t, l.p.store.Close())
		l.p.open()
		l.p.counter.Tickets = l.p.store
	case 1, 2, 3, 4:
		class := []kiosk.Class{kiosk.ClassWalkIn, kiosk.ClassElderly, kiosk.ClassDisability}[l.chance.IntN(3)]
		ticket := l.p.take(class)
		if _, twice := l.taken[ticket.No]; twice {
			l.p.t.Fatalf("number %d was given twice", ticket.No)
		}
		l.taken[ticket.No] = ticket
	default:
		l.callOne()
	}
}

func (l *lineWatch) callOne() {
	t := l.p.t
	t.Helper()
	before, err := l.p.store.Line(t.Context(), "2026-11-23")
	must(t, err)
	ticket, err := l.p.counter.CallNext(t.Context(), clerk)
	if kiosk.CodeOf(err) == "line.empty" {
		return
	}
	must(t, err)
	if l.ended[ticket.No] {
		t.Fatalf("number %d was called after its end", ticket.No)
	}
	l.judge(before, ticket)
	switch l.chance.IntN(3) {
	case 0:
		must(t, l.p.counter.Absent(t.Context(), ticket.No))
		l.ended[ticket.No] = ticket.Absences == 2
	default:
		must(t, l.p.counter.Serve(t.Context(), ticket.No))
		must(t, l.p.counter.Finish(t.Context(), ticket.No))
		l.ended[ticket.No] = true
	}
}

func (l *lineWatch) judge(before []kiosk.Ticket, called kiosk.Ticket) {
	waits, starves := false, false
	for _, w := range before {
		if w.State != kiosk.Waiting || w.Class.Priority() {
			continue
		}
		waits = true
		starves = starves || (w.Absences == 0 && l.p.clock.now().Sub(w.TakenAt) > 30*time.Minute)
	}
	if !called.Class.Priority() {
		l.passed = 0
		return
	}
	if starves {
		l.p.t.Fatalf("%+v went before somebody who waited more than half an hour", called)
	}
	if l.passed++; !waits {
		l.passed = 0
	}
	if l.passed > 2 {
		l.p.t.Fatalf("%d priority tickets in a row while others wait", l.passed)
	}
}

func (l *lineWatch) drain() {
	for range 400 {
		l.callOne()
	}
	for no := range l.taken {
		if !l.ended[no] {
			l.p.t.Errorf("number %d was lost", no)
		}
	}
}
