package printer_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// noFlow puts a slow printer at the far end that throws away what comes to its
// full buffer.
func noFlow(profile string, buffer int) func(*pair) {
	return func(p *pair) {
		p.far.Close()
		cfg := virtual.PrinterConfig{Dir: p.t.TempDir(), Speed: 60, Flow: virtual.FlowNone}
		for _, c := range virtual.PrinterProfiles() {
			if c.Name == profile {
				cfg.Profile = c
			}
		}
		cfg.Profile.Buffer = buffer
		far, err := virtual.NewPrinter(cfg)
		if err != nil {
			p.t.Fatal(err)
		}
		p.far, p.Baud, p.Flow = far, 115200, wire.FlowNone
	}
}

func TestF36_SlowPrinterWithoutFlowControlLosesNothing(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		inBubble(t, profile, noFlow(profile, 4096), func(t *testing.T, p *pair) {
			slip := someSlip(p.Profile.Width, 3)
			res, err := p.Print(t.Context(), slip, nil)
			wantResult(t, res, err, p.Profile.Promises(), "")
			files := p.files()
			if n := p.far.Dropped(); n > 0 || len(files) != 1 {
				t.Fatalf("%s: %d bytes lost, %d slips", profile, n, len(files))
			}
			mustEqual(t, slip, files[0])
		})
	}
}

// TestF36_OverrunIsNeverAPrint forces the loss of bytes: by a buffer smaller
// than any we know, and by a line that was said to hold us up and does not.
func TestF36_OverrunIsNeverAPrint(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58", "rongta-80"} {
		for _, buffer := range []int{300, 700, 1500} {
			for _, flow := range []wire.Flow{wire.FlowNone, wire.FlowRTSCTS} {
				inBubble(t, profile, noFlow(profile, buffer), func(t *testing.T, p *pair) {
					p.Flow, p.MaxPause = flow, time.Minute
					res, err := p.Print(t.Context(), someSlip(p.Profile.Width, 3), nil)
					if p.far.Dropped() == 0 {
						return // it held
					}
					if err == nil || res.Level != devices.LevelUnknown {
						t.Errorf("%s, %d bytes, %s: %d bytes lost, and %+v, %v", profile, buffer, flow, p.far.Dropped(), res, err)
					}
				})
			}
		}
	}
}

// killed prints until the driver's process ends after so long.
func killed(t *testing.T, profile string, after time.Duration, next func(*pair) *printer.Printer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		hangs := false
		p := newPair(t, profile, func(p *pair) {
			p.OnUnsettled = func(is bool) { hangs = is }
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		died := make(chan struct{})
		go func() {
			time.Sleep(after)
			// The line goes first: a killed process says nothing any more.
			p.far.Fault("unplug")
			p.stopDriver()
			close(died)
		}()
		res, _ := p.Print(ctx, someSlip(p.Profile.Width, 3), nil)
		<-died
		time.Sleep(3 * time.Second)
		p.files()

		second := next(p)
		second.Unsettled = hangs
		ctx2, stop2 := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { second.Run(ctx2); close(done) }()
		time.Sleep(3 * time.Second)
		slip := someSlip(p.Profile.Width, 4)
		again, err := second.Print(t.Context(), slip, nil)
		wantResult(t, again, err, p.Profile.Promises(), "")
		files := p.files()
		if len(files) == 0 {
			t.Fatalf("%s, killed after %v: no slip", profile, after)
		}
		mustEqual(t, slip, files[len(files)-1])
		if len(files) > 2 {
			t.Errorf("%s, killed after %v (%+v): %d slips", profile, after, res, len(files))
		}
		stop2()
		<-done
		p.far.Close()
		time.Sleep(time.Minute)
	})
}

// TestF38_KilledAtEveryState ends the process at every stage of a job. The next
// process knows of it by Unsettled, as its rows tell it; nothing that the first
// one's job still says is taken for the second's, and the half slip does not
// hang on the next one.
func TestF38_KilledAtEveryState(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		for after := 5 * time.Millisecond; after < 1500*time.Millisecond; after += 71 * time.Millisecond {
			killed(t, profile, after, func(p *pair) *printer.Printer {
				return &printer.Printer{Open: p.open, Profile: p.Profile, OnStatus: p.onStatus}
			})
		}
	}
}

// A byte that a serial line loses within a picture makes the picture swallow the
// first byte of the question behind it, which is missed then. (One lost from a
// command's head, or a letter from text, shifts nothing that we could see.)
func TestF14_AByteLostOnTheWayDownIsMostlyMissed(t *testing.T) {
	called, all := 0, 0
	for _, profile := range []string{"epson-tm-t20", "clone-80", "rongta-80"} {
		for at := 400; at < 6000; at += 431 {
			serial := func(p *pair) {
				p.Baud, p.Flow, p.Profile.Encoding = 115200, wire.FlowRTSCTS, devices.RasterEncoding
			}
			inBubble(t, profile, serial, func(t *testing.T, p *pair) {
				if err := p.far.Fault(fmt.Sprintf("drop_byte %d down", at)); err != nil {
					t.Fatal(err)
				}
				slip := someSlip(p.Profile.Width, 3)
				res, _ := p.Print(t.Context(), slip, nil)
				all++
				if res.Level != devices.LevelPrinted && res.Level != devices.LevelProcessed {
					return // it is not called a print: right
				}
				if files := p.files(); len(files) != 1 || !sameSlip(t, slip, files[0]) {
					called++
				}
			})
		}
	}
	t.Logf("%d of %d slips with a byte lost were called printed", called, all)
	if all < 30 || called*10 > all {
		t.Errorf("%d of %d slips with a byte lost were called printed", called, all)
	}
}
