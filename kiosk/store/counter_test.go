package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

var slot = time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC)

func booking(id kiosk.BookingID) kiosk.Booking {
	return kiosk.Booking{ID: id, Point: "DTH01", Procedure: "land-transfer", Slot: slot, Class: kiosk.ClassBooked, Expires: slot.Add(time.Hour)}
}

func TestBookings(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	if got := b.kinds(func() error { return b.SaveBooking(ctx, booking("AAAAAAAAAA")) }); got != "booking.saved" {
		t.Errorf("journaled %q", got)
	}
	b.refused(kiosk.Conflict, "booking.exists", func() error { return b.SaveBooking(ctx, booking("AAAAAAAAAA")) })
	if got, err := b.Booking(ctx, "AAAAAAAAAA"); err != nil || !cmp.Equal(booking("AAAAAAAAAA"), got) {
		t.Errorf("%+v %v", got, err)
	}
	b.refused(kiosk.NotFound, "booking.unknown", func() error { _, err := b.Booking(ctx, "BBBBBBBBBB"); return err })
	take := func(id kiosk.BookingID) func() error {
		return func() error {
			_, err := b.TakeTicket(ctx, kiosk.Ticket{Class: kiosk.ClassBooked, Booking: id})
			return err
		}
	}
	b.refused(kiosk.NotFound, "booking.unknown", take("BBBBBBBBBB"))
	if got := b.kinds(take("AAAAAAAAAA")); got != "booking.used ticket.taken" {
		t.Errorf("journaled %q", got)
	}
	b.refused(kiosk.Conflict, "booking.used", take("AAAAAAAAAA"))
	if _, err := b.Booking(ctx, "AAAAAAAAAA"); err != nil {
		t.Errorf("a used booking cannot be looked up: %v", err)
	}
	next, err := b.TakeTicket(ctx, kiosk.Ticket{Class: kiosk.ClassWalkIn})
	if err != nil || next.No != 2 {
		t.Errorf("refused tickets took a number: %+v %v", next, err)
	}
}

func TestTicketsCountByDay(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	late := time.Date(2026, 11, 23, 16, 59, 59, 0, time.UTC)
	for i, want := range []struct {
		at  time.Time
		day string
		no  int
	}{{late, "2026-11-23", 1}, {late, "2026-11-23", 2}, {late.Add(time.Second), "2026-11-24", 1}, {late, "2026-11-23", 3}} {
		got, err := b.TakeTicket(ctx, kiosk.Ticket{Class: kiosk.ClassElderly, TakenAt: want.at})
		if err != nil || got.Day != want.day || got.No != want.no || got.State != kiosk.Waiting {
			t.Errorf("ticket %d: %+v %v", i, got, err)
		}
	}
}

func TestLineAndCalling(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	const day = "2026-11-23"
	var line []kiosk.Ticket
	for range 3 {
		tk, err := b.TakeTicket(ctx, kiosk.Ticket{Day: day, Class: kiosk.ClassWalkIn, Procedure: "land-transfer"})
		b.ok(err)
		line = append(line, tk)
	}
	called := line[1]
	called.State, called.CalledAt, called.CalledBy, called.Absences = kiosk.Called, b.now, "s1", 1
	if got := b.kinds(func() error { return b.MoveTicket(ctx, called, kiosk.Waiting) }); got != "ticket.called" {
		t.Errorf("journaled %q", got)
	}
	b.refused(kiosk.Conflict, "ticket.moved_on", func() error { return b.MoveTicket(ctx, called, kiosk.Waiting) })
	b.refused(kiosk.NotFound, "ticket.unknown", func() error {
		return b.MoveTicket(ctx, kiosk.Ticket{Day: day, No: 99, State: kiosk.Called}, kiosk.Waiting)
	})
	line[1] = called
	if got, err := b.Line(ctx, day); err != nil || !cmp.Equal(line, got) {
		t.Errorf("%v\n%s", err, cmp.Diff(line, got))
	}
	for i, end := range []kiosk.TicketState{kiosk.Finished, kiosk.NoShow} {
		tk := line[i]
		from := tk.State
		tk.State = end
		b.ok(b.MoveTicket(ctx, tk, from))
	}
	if got, err := b.Line(ctx, day); err != nil || len(got) != 1 || got[0].No != 3 {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := b.Line(ctx, "2026-11-24"); err != nil || len(got) != 0 {
		t.Errorf("another day: %+v %v", got, err)
	}
}

// Many hands at the machine: every number is given once, and a booking counts
// once.
func TestTicketRace(t *testing.T) {
	b := newBench(t)
	b.ok(b.SaveBooking(t.Context(), booking("AAAAAAAAAA")))
	const hands, each = 8, 5
	var mu sync.Mutex
	var numbers []int
	used := 0
	var wg sync.WaitGroup
	for h := range hands {
		wg.Go(func() {
			for i := range each {
				tk := kiosk.Ticket{Day: "2026-11-23", Class: kiosk.ClassWalkIn}
				if i == 0 {
					tk.Booking = "AAAAAAAAAA"
				}
				got, err := b.TakeTicket(t.Context(), tk)
				mu.Lock()
				switch {
				case err == nil:
					numbers = append(numbers, got.No)
				case i == 0 && kiosk.CodeOf(err) == "booking.used":
					used++
				default:
					t.Errorf("hand %d: %v", h, err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	for i, no := range numbers {
		if no != i+1 {
			t.Fatalf("numbers %v", numbers)
		}
	}
	if used != hands-1 || len(numbers) != hands*each-used {
		t.Errorf("the booking was refused %d times, %d tickets", used, len(numbers))
	}
}

func TestAccounts(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	people := []kiosk.Staff{{ID: "s2", Name: "Bùi Văn Thử", Role: kiosk.RoleTechnician}, {ID: "s1", Name: "Lê Thị Mẫu", Role: kiosk.RoleClerk}}
	for _, p := range people {
		b.ok(b.AddStaff(ctx, p, []byte("verifier "+p.ID)))
	}
	people[0].Role = kiosk.RoleClerk
	b.ok(b.AddStaff(ctx, people[0], []byte("new verifier")))
	if got, err := b.Staff(ctx); err != nil || !cmp.Equal(people, got) {
		t.Errorf("%+v %v", got, err)
	}
	if p, pin, err := b.StaffMember(ctx, "s2"); err != nil || p != people[0] || string(pin) != "new verifier" {
		t.Errorf("%+v %q %v", p, pin, err)
	}
	b.refused(kiosk.NotFound, "staff.unknown", func() error { _, _, err := b.StaffMember(ctx, "none"); return err })

	if n, until, err := b.Lockout(ctx, "pin:s1"); n != 0 || !until.IsZero() || err != nil {
		t.Errorf("%d %v %v", n, until, err)
	}
	lock := b.now.Add(time.Hour)
	for _, try := range []struct {
		failed int
		until  time.Time
		kind   string
	}{{1, time.Time{}, "lockout.counted"}, {5, lock, "lockout.locked"}, {0, time.Time{}, "lockout.cleared"}} {
		if got := b.kinds(func() error { return b.Tried(ctx, "pin:s1", try.failed, try.until) }); got != try.kind {
			t.Errorf("journaled %q, want %q", got, try.kind)
		}
		if n, until, err := b.Lockout(ctx, "pin:s1"); n != try.failed || !until.Equal(try.until) || err != nil {
			t.Errorf("%d %v %v", n, until, err)
		}
	}
}

func TestPrints(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.newDossier("d1")
	queue := func(j kiosk.PrintJob) kiosk.PrintJob {
		t.Helper()
		j, err := b.QueuePrint(ctx, j)
		b.ok(err)
		return j
	}
	late := time.Date(2026, 11, 23, 16, 59, 59, 0, time.UTC)
	first := queue(kiosk.PrintJob{Kind: "ticket", Ticket: 1, At: late})
	copies := []int{
		first.Copy,
		queue(kiosk.PrintJob{Kind: "ticket", Ticket: 1, At: late}).Copy,
		queue(kiosk.PrintJob{Kind: "ticket", Ticket: 2, At: late}).Copy,
		queue(kiosk.PrintJob{Kind: "ticket", Ticket: 1, At: late.Add(time.Second)}).Copy, // tomorrow's number 1
		queue(kiosk.PrintJob{Kind: "assist", Dossier: "d1", At: late}).Copy,
		queue(kiosk.PrintJob{Kind: "assist", Dossier: "d1", At: late.Add(48 * time.Hour)}).Copy,
	}
	if diff := cmp.Diff([]int{1, 2, 1, 1, 1, 2}, copies); diff != "" {
		t.Error(diff)
	}
	for _, m := range []struct {
		to    kiosk.PrintState
		cause kiosk.Code
		kind  string
	}{
		{kiosk.PrintSending, "", "print.moved"}, {kiosk.PrintSending, "", ""}, {kiosk.PrintConfirming, "", "print.moved"},
		{kiosk.PrintUnknown, "printer.offline", "print.ended"}, {kiosk.PrintPrinted, "", "print.ended"}, {kiosk.PrintPrinted, "", ""},
	} {
		if got := b.kinds(func() error { return b.MovePrint(ctx, first.ID, m.to, m.cause) }); got != m.kind {
			t.Errorf("%s journaled %q, want %q", m.to, got, m.kind)
		}
	}
	b.refused(kiosk.Conflict, "print.ended", func() error { return b.MovePrint(ctx, first.ID, kiosk.PrintFailed, "printer.offline") })
	b.refused(kiosk.NotFound, "print.unknown", func() error { return b.MovePrint(ctx, 999, kiosk.PrintSending, "") })
	jobs, err := b.Prints(ctx, 6)
	b.ok(err)
	first.State = kiosk.PrintPrinted
	if len(jobs) != 6 || jobs[0].ID < jobs[5].ID || !cmp.Equal(first, jobs[5]) {
		t.Errorf("%+v", jobs)
	}
	if jobs, err = b.Prints(ctx, 2); err != nil || len(jobs) != 2 {
		t.Errorf("%+v %v", jobs, err)
	}
}

func TestBootSweepSettlesPrints(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	ended := map[kiosk.PrintState]kiosk.PrintState{
		kiosk.PrintQueued: kiosk.PrintFailed, kiosk.PrintSending: kiosk.PrintUnknown, kiosk.PrintConfirming: kiosk.PrintUnknown,
	}
	want := map[int64]kiosk.PrintState{}
	for i, s := range []kiosk.PrintState{
		kiosk.PrintQueued, kiosk.PrintSending, kiosk.PrintConfirming, kiosk.PrintPrinted, kiosk.PrintBody,
		kiosk.PrintProcessed, kiosk.PrintSent, kiosk.PrintUnknown, kiosk.PrintFailed,
	} {
		j, err := b.QueuePrint(ctx, kiosk.PrintJob{Kind: "ticket", Ticket: i + 1})
		b.ok(err)
		b.ok(b.MovePrint(ctx, j.ID, s, ""))
		want[j.ID] = s
		if e, ok := ended[s]; ok {
			want[j.ID] = e
		}
	}
	b.reopen()
	boot, err := b.BootSweep(ctx)
	b.ok(err)
	if len(boot.Unknown) != 2 || len(boot.Failed) != 1 || boot.Unknown[0].Cause != "print.interrupted" {
		t.Errorf("%+v", boot)
	}
	jobs, err := b.Prints(ctx, 100)
	b.ok(err)
	got := map[int64]kiosk.PrintState{}
	for _, j := range jobs {
		got[j.ID] = j.State
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if boot, err = b.BootSweep(ctx); err != nil || len(boot.Unknown)+len(boot.Failed)+len(boot.Wiping) != 0 {
		t.Errorf("a second sweep found %+v %v", boot, err)
	}
}

func BenchmarkTakeTicket(b *testing.B) {
	s := newBench(b)
	for b.Loop() {
		if _, err := s.TakeTicket(b.Context(), kiosk.Ticket{Class: kiosk.ClassWalkIn}); err != nil {
			b.Fatal(err)
		}
	}
}

// A slip that never reached the paper is no earlier copy: the first real paper
// must not say that it is a reprint.
func TestFailedPrintsAreNoCopies(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	for _, end := range []struct {
		state kiosk.PrintState
		next  int
	}{{kiosk.PrintFailed, 1}, {kiosk.PrintUnknown, 2}, {kiosk.PrintPrinted, 3}} {
		job, err := b.QueuePrint(ctx, kiosk.PrintJob{Kind: "ticket", Ticket: 7})
		b.ok(err)
		b.ok(b.MovePrint(ctx, job.ID, kiosk.PrintSending, ""))
		b.ok(b.MovePrint(ctx, job.ID, end.state, "printer.offline"))
		next, err := b.QueuePrint(ctx, kiosk.PrintJob{Kind: "ticket", Ticket: 7})
		b.ok(err)
		if next.Copy != end.next {
			t.Errorf("after a job that ended %s the next is copy %d, want %d", end.state, next.Copy, end.next)
		}
		b.ok(b.MovePrint(ctx, next.ID, kiosk.PrintFailed, "printer.offline"))
	}
}
