package intake_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/slip"
)

// run runs the press until the test ends.
func (p *point) runPress() {
	ctx, stop := context.WithCancel(p.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.desk.Press.Run(ctx) }()
	p.t.Cleanup(func() { stop(); <-ended })
}

// printed waits for a print and gives its row.
func (p *point) printed(job *intake.Printing, err error) kiosk.PrintJob {
	p.t.Helper()
	must(p.t, err)
	ctx, stop := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer stop()
	if !job.Wait(ctx) {
		p.t.Fatal("the print does not end")
	}
	jobs, err := p.desk.Prints(p.t.Context(), 1)
	must(p.t, err)
	return jobs[0]
}

// What the row says in the end is what is known of the paper.
func TestPrintEndings(t *testing.T) {
	fault := func(c devices.Cause) error { return &devices.Fault{Device: devices.PrinterDevice, Cause: c} }
	for _, c := range []struct {
		name   string
		result devices.PrintResult
		err    error
		state  kiosk.PrintState
		cause  kiosk.Code
	}{
		{"confirmed", devices.PrintResult{Level: devices.LevelPrinted, Sent: 9, Total: 9}, nil, kiosk.PrintPrinted, ""},
		{"cut not confirmed", devices.PrintResult{Level: devices.LevelBody, Sent: 9, Total: 9}, fault(devices.Cutter), kiosk.PrintBody, "printer.cutter"},
		{"processed", devices.PrintResult{Level: devices.LevelProcessed, Sent: 9, Total: 9}, nil, kiosk.PrintProcessed, ""},
		{"sent", devices.PrintResult{Level: devices.LevelSent, Sent: 9, Total: 9}, nil, kiosk.PrintSent, ""},
		{"broken off", devices.PrintResult{Level: devices.LevelUnknown, Sent: 4, Total: 9}, fault(devices.Offline), kiosk.PrintUnknown, "printer.offline"},
		{"no answer", devices.PrintResult{Level: devices.LevelUnknown, Sent: 9, Total: 9}, fault(devices.Unconfirmed), kiosk.PrintUnknown, "printer.unconfirmed"},
		{"nothing sent", devices.PrintResult{Level: devices.LevelUnknown, Total: 9}, fault(devices.PaperOut), kiosk.PrintFailed, "printer.paper_out"},
		{"nothing said", devices.PrintResult{}, nil, kiosk.PrintUnknown, ""},
		{"our own mistake", devices.PrintResult{}, errors.New("no such glyph"), kiosk.PrintFailed, "internal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPoint(t)
			p.printer.result, p.printer.err = c.result, c.err
			p.runPress()
			row := p.printed(p.counter.PrintTicket(t.Context(), p.take(kiosk.ClassWalkIn)))
			if row.State != c.state || row.Cause != c.cause {
				t.Errorf("the row says %s (%s), want %s (%s)", row.State, row.Cause, c.state, c.cause)
			}
		})
	}
}

// The row is there before the first byte goes out.
func TestPrintIsWrittenDownFirst(t *testing.T) {
	p := newPoint(t)
	job, err := p.counter.PrintTicket(t.Context(), p.take(kiosk.ClassWalkIn))
	must(t, err)
	jobs, err := p.desk.Prints(t.Context(), 5)
	if err != nil || len(jobs) != 1 || jobs[0].State != kiosk.PrintQueued || jobs[0].ID != job.Job.ID {
		t.Errorf("rows %+v, %v", jobs, err)
	}
	if len(p.printer.slips) != 0 {
		t.Error("printed without Run")
	}
}

func TestReprintIsCounted(t *testing.T) {
	p := newPoint(t)
	p.runPress()
	ticket := p.take(kiosk.ClassWalkIn)
	for want := 1; want <= 2; want++ {
		if row := p.printed(p.counter.PrintTicket(t.Context(), ticket)); row.Copy != want {
			t.Errorf("copy %d, want %d", row.Copy, want)
		}
	}
	first, second := p.printer.slips[0].Paint(), p.printer.slips[1].Paint()
	if first.Height == second.Height {
		t.Error("the reprint looks like the first print")
	}
}

func TestPressQueueFull(t *testing.T) {
	p := newPoint(t)
	ticket := p.take(kiosk.ClassWalkIn)
	for range 32 {
		_, err := p.counter.PrintTicket(t.Context(), ticket)
		must(t, err)
	}
	_, err := p.counter.PrintTicket(t.Context(), ticket)
	wants(t, err, "printer.queue_full", kiosk.Busy)
	jobs, err := p.desk.Prints(t.Context(), 1)
	if err != nil || jobs[0].State != kiosk.PrintFailed || jobs[0].Cause != "printer.queue_full" {
		t.Errorf("the row says %+v, %v", jobs, err)
	}
}

func TestSlipThatCannotBeLaidOut(t *testing.T) {
	p := newPoint(t)
	_, err := p.desk.Press.Start(t.Context(), kiosk.PrintJob{Kind: "fee", Dossier: "d"}, nil, func(slip.Layout) (devices.Slip, error) {
		return devices.Slip{}, errDisk
	})
	if !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	jobs, err := p.desk.Prints(t.Context(), 1)
	if err != nil || jobs[0].State != kiosk.PrintFailed || jobs[0].Cause != "slip.layout" {
		t.Errorf("the row says %+v, %v", jobs, err)
	}
}

// A slip that cannot be drawn still gives the resident a code in the hand.
func TestEmergencySlip(t *testing.T) {
	p := newPoint(t)
	info := &slip.EmergencyInfo{PointCode: "DTH01", No: 7, At: p.clock.now()}
	job, err := p.desk.Press.Start(t.Context(), kiosk.PrintJob{Kind: "ticket", Ticket: 7}, info, func(slip.Layout) (devices.Slip, error) {
		return devices.Slip{}, errDisk
	})
	must(t, err)
	p.runPress()
	job.Wait(t.Context())
	if len(p.printer.plain) == 0 || len(p.printer.slips) != 0 || !slices.ContainsFunc(p.printer.plain, func(l string) bool { return strings.Contains(l, "7") }) {
		t.Errorf("printed %q and %d slips", p.printer.plain, len(p.printer.slips))
	}
	jobs, err := p.desk.Prints(t.Context(), 1)
	if err != nil || jobs[0].State != kiosk.PrintPrinted || jobs[0].Cause != "slip.layout" {
		t.Errorf("the row says %+v, %v", jobs, err)
	}
}

// A print that the program's end broke off has an ending all the same.
func TestPrintEndsWhenTheProgramStops(t *testing.T) {
	p := newPoint(t)
	p.printer.wait = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	job, err := p.counter.PrintTicket(t.Context(), p.take(kiosk.ClassWalkIn))
	must(t, err)
	go func() { ended <- p.desk.Press.Run(ctx) }()
	stop()
	<-ended
	select {
	case <-job.Done:
	default:
		return // the program stopped before it began: boot settles that row
	}
	jobs, err := p.desk.Prints(t.Context(), 1)
	if err != nil || (jobs[0].State != kiosk.PrintUnknown && jobs[0].State != kiosk.PrintFailed && jobs[0].State != kiosk.PrintQueued) {
		t.Errorf("the row says %+v, %v", jobs, err)
	}
}

// Nothing is promised on paper before the dossier has left the desk, and
// nothing for one that was given up.
func TestAssistSlipWaitsForTheHandOver(t *testing.T) {
	p := newPoint(t)
	p.runPress()
	early := func(id kiosk.DossierID) {
		t.Helper()
		_, err := p.desk.PrintAssist(t.Context(), id)
		wants(t, err, "slip.too_early", kiosk.Conflict)
	}
	id := p.begin()
	early(id)
	p.declare(id)
	early(id)
	given := p.begin()
	must(t, p.desk.Abandon(t.Context(), given, clerk, "resident.left"))
	early(given)
	early(p.consented())
	if jobs, err := p.desk.Prints(t.Context(), 9); err != nil || len(jobs) != 0 {
		t.Errorf("rows %v, %v", jobs, err)
	}
}

func TestAssistSlipReadsBack(t *testing.T) {
	for name, reach := range map[string]func(*point) kiosk.DossierID{
		"sealed": func(p *point) kiosk.DossierID {
			id := p.consented()
			_, err := p.desk.HandOver(p.t.Context(), id, clerk)
			must(p.t, err)
			return id
		},
		"prepared": func(p *point) kiosk.DossierID { id, _ := p.prepared(); return id },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			p.runPress()
			id := reach(p)
			row := p.printed(p.desk.PrintAssist(t.Context(), id))
			if row.Kind != "assist" || row.Dossier != id || row.State != kiosk.PrintPrinted {
				t.Errorf("row %+v", row)
			}
			texts, err := imaging.ReadQR(slip.Picture(p.printer.slips[0]))
			must(t, err)
			if want := qr.Text('D', string(p.work(id).LocalCode)); len(texts) != 1 || texts[0] != want {
				t.Errorf("the paper says %q, want %q", texts, want)
			}
		})
	}
}

func TestCallingStaffIsOnRecord(t *testing.T) {
	p := newPoint(t)
	var seats []string
	p.counter.OnCall = func(seat string) { seats = append(seats, seat) }
	must(t, p.counter.CallStaff(t.Context(), "window"))
	events, err := p.store.EventsSince(t.Context(), 0, 9)
	if err != nil || len(seats) != 1 || seats[0] != "window" || len(events) != 1 || events[0].Kind != "resident.called_staff" {
		t.Errorf("%v, %v, %v", seats, events, err)
	}
}

func TestLending(t *testing.T) {
	c := &clock{at: morning}
	l := &intake.Lending{Now: c.now}
	back, err := l.Borrow(devices.PrinterDevice, "desk", "lan")
	must(t, err)
	if loans := l.Loans(); len(loans) != 1 || loans[0] != (intake.Loan{Device: devices.PrinterDevice, Seat: "desk", Holder: "lan", Since: morning}) {
		t.Errorf("loans %+v", loans)
	}
	_, err = l.Borrow(devices.PrinterDevice, "window", "resident")
	wants(t, err, "device.busy", kiosk.Busy)
	other, err := l.Borrow(devices.ScannerDevice, "window", "resident")
	must(t, err)
	back()
	again, err := l.Borrow(devices.PrinterDevice, "window", "resident")
	must(t, err)
	back() // a second giving back takes nothing from the next one
	if loans := l.Loans(); len(loans) != 2 {
		t.Errorf("loans %+v", loans)
	}
	again()
	other()
	if loans := l.Loans(); len(loans) != 0 {
		t.Errorf("loans %+v", loans)
	}
}
