package printer_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// desk is a driver and a virtual printer on a real pseudo-terminal.
type desk struct {
	*printer.Printer
	far      *virtual.Printer
	statuses chan devices.Status
}

func newDesk(t *testing.T, profile string, edit func(*virtual.PrinterConfig)) *desk {
	t.Helper()
	cfg := virtual.PrinterConfig{Dir: t.TempDir(), Link: filepath.Join(t.TempDir(), "printer")}
	if edit != nil {
		edit(&cfg)
	}
	pr, _ := printer.ProfileNamed(profile)
	d := &desk{far: virtualPrinter(t, profile, cfg), statuses: make(chan devices.Status, 1000)}
	d.Printer = &printer.Printer{
		Profile: pr, Baud: cfg.Baud,
		Open:     wire.Port{Path: d.far.Path()}.Opener(),
		Appeared: wire.Port{Path: d.far.Path()}.Appeared,
		OnStatus: func(s devices.Status) { d.statuses <- s },
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.far.Run(ctx) })
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	d.until(t, func(s devices.Status) bool { return s.Ready })
	return d
}

// until waits for a status.
func (d *desk) until(t *testing.T, want func(devices.Status) bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case s := <-d.statuses:
			if want(s) {
				return
			}
		case <-limit:
			t.Fatalf("the status never came; now it is %+v", d.Status())
		}
	}
}

func (d *desk) slip(t *testing.T) string {
	t.Helper()
	select {
	case name := <-d.far.Printed():
		return name
	case <-time.After(20 * time.Second):
		t.Fatal("no slip came out")
	}
	return ""
}

func TestPtySlipEqualsItsPicture(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		t.Run(profile, func(t *testing.T) {
			d := newDesk(t, profile, nil)
			want := map[bool]devices.PrintLevel{true: devices.LevelPrinted, false: devices.LevelProcessed}[d.Profile.ProcessID]
			for i := range 2 {
				slip := someSlip(d.Profile.Width, uint64(i))
				res, err := d.Print(t.Context(), slip, nil)
				wantResult(t, res, err, want, "")
				mustEqual(t, slip, d.slip(t))
			}
		})
	}
}

func TestPtyPacedLine(t *testing.T) {
	d := newDesk(t, "epson-tm-t20", func(c *virtual.PrinterConfig) { c.Baud = 115200 })
	slip := someSlip(576, 9)
	start := time.Now()
	res, err := d.Print(t.Context(), slip, nil)
	wantResult(t, res, err, devices.LevelPrinted, "")
	if least := time.Duration(res.Total) * time.Second / 11520; time.Since(start) < least {
		t.Errorf("%d bytes took %v, less than the line needs", res.Total, time.Since(start))
	}
	mustEqual(t, slip, d.slip(t))
}

func TestPtyPaperOutMidPrintComesOutOnce(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-58"} {
		t.Run(profile, func(t *testing.T) {
			d := newDesk(t, profile, nil)
			d.far.FaultAfter(200, "paper_out")
			go func() {
				for s := range d.statuses {
					if s.Cause == devices.PaperOut {
						d.far.Fault("paper_back")
						return
					}
				}
			}()
			slip := someSlip(d.Profile.Width, 2)
			res, err := d.Print(t.Context(), slip, nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.Level != devices.LevelPrinted && d.Profile.ProcessID {
				t.Errorf("level %s", res.Level)
			}
			mustEqual(t, slip, d.slip(t))
			select {
			case name := <-d.far.Printed():
				t.Errorf("%s came out too", name)
			default:
			}
		})
	}
}

func TestPtyUnplugMidPrintThenPlug(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-58"} {
		t.Run(profile, func(t *testing.T) {
			d := newDesk(t, profile, nil)
			d.far.FaultAfter(300, "unplug")
			res, err := d.Print(t.Context(), someSlip(d.Profile.Width, 2), nil)
			wantResult(t, res, err, devices.LevelUnknown, devices.Offline)
			d.until(t, func(s devices.Status) bool { return s.Cause == devices.Offline })
			res, err = d.Print(t.Context(), someSlip(d.Profile.Width, 2), nil)
			wantResult(t, res, err, "", devices.Offline)
			if err := d.far.Fault("plug"); err != nil {
				t.Fatal(err)
			}
			d.until(t, func(s devices.Status) bool { return s.Ready })
			next := someSlip(d.Profile.Width, 3)
			if _, err = d.Print(t.Context(), next, nil); err != nil {
				t.Fatal(err)
			}
			d.slip(t) // the part of the first, cut off before the next
			mustEqual(t, next, d.slip(t))
		})
	}
}

// TestF10_PluggedInAgainUnderANewName takes the cable out and puts it in at
// once, between jobs and within one: the driver finds the new node by itself.
func TestF10_PluggedInAgainUnderANewName(t *testing.T) {
	d := newDesk(t, "epson-tm-t20", nil)
	for i := range 2 {
		if err := d.far.Fault("replug"); err != nil {
			t.Fatal(err)
		}
		d.until(t, func(s devices.Status) bool { return s.Cause == devices.Offline })
		d.until(t, func(s devices.Status) bool { return s.Ready })
		slip := someSlip(576, uint64(i))
		res, err := d.Print(t.Context(), slip, nil)
		wantResult(t, res, err, devices.LevelPrinted, "")
		mustEqual(t, slip, d.slip(t))
	}
	d.far.FaultAfter(100, "replug")
	res, err := d.Print(t.Context(), someSlip(576, 5), nil)
	wantResult(t, res, err, devices.LevelUnknown, devices.Offline)
	d.until(t, func(s devices.Status) bool { return s.Ready })
	next := someSlip(576, 6)
	res, err = d.Print(t.Context(), next, nil)
	wantResult(t, res, err, devices.LevelPrinted, "")
	d.slip(t) // what came of the first
	mustEqual(t, next, d.slip(t))
}

func TestPtyLineTakenByAnother(t *testing.T) {
	d := newDesk(t, "epson-tm-t20", nil)
	other := &printer.Printer{Profile: d.Profile, Open: wire.Port{Path: d.far.Path()}.Opener()}
	found := make(chan devices.Status, 10)
	other.OnStatus = func(s devices.Status) { found <- s }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { other.Run(ctx); close(done) }()
	if s := <-found; s.Cause != devices.Occupied {
		t.Errorf("the second driver says %+v", s)
	}
	res, err := other.Print(t.Context(), someSlip(576, 1), nil)
	wantResult(t, res, err, "", devices.Occupied)
	cancel()
	<-done
}
