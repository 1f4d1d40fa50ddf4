package printer_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// heldUp prints while a word holds the printer up and another ends that after
// so long: the slip comes out once, and the people were told why.
func heldUp(t *testing.T, profile string, rows int, word, undo string, d time.Duration, cause devices.Cause) {
	t.Helper()
	inBubble(t, profile, nil, func(t *testing.T, p *pair) {
		p.far.FaultAfter(rows, word)
		var mu sync.Mutex
		var waited []devices.Cause
		watch := func(phase devices.PrintPhase, cause devices.Cause, done, total int64) {
			mu.Lock()
			defer mu.Unlock()
			if phase == devices.PhaseWaiting && len(waited) == 0 {
				time.AfterFunc(d, func() { p.far.Fault(undo) })
			}
			if phase == devices.PhaseWaiting {
				waited = append(waited, cause)
			}
			if done > total || total == 0 || (phase == devices.PhaseWaiting) != (cause != "") {
				t.Errorf("%s %s %d/%d", phase, cause, done, total)
			}
		}
		slip := someSlip(p.Profile.Width, 3)
		start := time.Now()
		res, err := p.Print(t.Context(), slip, watch)
		wantResult(t, res, err, p.Profile.Promises(), "")
		if time.Since(start) < d {
			t.Errorf("it was not held up: %v", time.Since(start))
		}
		if len(waited) == 0 || waited[0] != cause {
			t.Errorf("%s, %s: waited for %v", profile, word, waited)
		}
		files := p.files()
		if len(files) != 1 {
			t.Fatalf("%d slips came out", len(files))
		}
		mustEqual(t, slip, files[0])
	})
}

func TestF21_PaperOutMidBandRefilledAfter20Seconds(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		for _, rows := range []int{5, 110, 301} {
			heldUp(t, profile, rows, "paper_out", "paper_back", 20*time.Second, devices.PaperOut)
		}
	}
}

func TestF22_CoverOpenedWhilePrinting(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		heldUp(t, profile, 77, "cover_open", "cover_closed", 40*time.Second, devices.CoverOpen)
	}
}

func TestF23_PaperLowIsAWarning(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-58"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			p.far.Fault("paper_low")
			p.printsWell(t)
			s := p.Status()
			if !s.Ready || len(s.Warnings) != 1 || s.Warnings[0] != devices.PaperLow {
				t.Errorf("status %+v", s)
			}
		})
	}
}

func TestF24_CutterStuckAfterTheBody(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("cutter_jam")
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelBody, devices.Cutter)
		if err := p.Recover(t.Context(), printer.Discard); err == nil {
			t.Error("discarded with the cutter still stuck")
		}
		p.far.Fault("cutter_free")
		if err := p.Recover(t.Context(), printer.Discard); err != nil {
			t.Errorf("discard: %v", err)
		}
		p.printsWell(t)
	})
}

// Once the cutter is free the next print has the blade try again: nobody has to
// know of Recover.
func TestF24_TheNextPrintFreesTheCutter(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("cutter_jam")
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelBody, devices.Cutter)
		res, err = p.Print(t.Context(), someSlip(576, 4), nil)
		wantResult(t, res, err, "", devices.Cutter)
		p.far.Fault("cutter_free")
		p.printsWell(t)
	})
}

func TestF24_CutterStuckOnAPrinterWithoutIDs(t *testing.T) {
	inBubble(t, "clone-80", nil, func(t *testing.T, p *pair) {
		p.far.Fault("cutter_jam")
		slip := someSlip(576, 3)
		watch := func(phase devices.PrintPhase, cause devices.Cause, _, _ int64) {
			if phase == devices.PhaseWaiting && cause == devices.Cutter {
				time.AfterFunc(15*time.Second, func() {
					p.far.Fault("cutter_free")
					if err := p.Recover(t.Context(), printer.Resume); err != nil {
						t.Errorf("resume: %v", err)
					}
				})
			}
		}
		res, err := p.Print(t.Context(), slip, onceFor(watch))
		wantResult(t, res, err, devices.LevelProcessed, "")
		if files := p.files(); len(files) != 1 {
			t.Errorf("%d slips came out", len(files))
		} else {
			mustEqual(t, slip, files[0])
		}
	})
}

// onceFor lets through only the first waiting.
func onceFor(watch devices.PrintProgress) devices.PrintProgress {
	waited := false
	return func(phase devices.PrintPhase, cause devices.Cause, done, total int64) {
		if phase == devices.PhaseWaiting && !waited {
			waited = true
			watch(phase, cause, done, total)
		}
	}
}

func TestF25_HeadHotForFiveSeconds(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		heldUp(t, profile, 60, "head_hot", "head_cool", 5*time.Second, devices.HeadHot)
	}
}

func TestF26_BrokenMidJob(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			p.far.FaultAfter(90, "broken")
			res, err := p.Print(t.Context(), someSlip(576, 3), nil)
			wantResult(t, res, err, devices.LevelUnknown, devices.Broken)
			res, err = p.Print(t.Context(), someSlip(576, 3), nil)
			wantResult(t, res, err, "", devices.Broken)
			p.far.Fault("repaired")
			time.Sleep(10 * time.Second)
			p.printsWell(t)
		})
	}
}

func TestF27_PowerCutMidJob(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		for _, off := range []time.Duration{3 * time.Second, time.Minute} {
			inBubble(t, profile, func(p *pair) { p.Baud, p.Flow = 115200, wire.FlowRTSCTS }, func(t *testing.T, p *pair) {
				p.far.FaultAfter(100, "power_cut")
				time.AfterFunc(off, func() { p.far.Fault("power_on") })
				res, err := p.Print(t.Context(), someSlip(576, 3), nil)
				if err == nil || res.Level != devices.LevelUnknown {
					t.Errorf("%s, off for %v: %+v, %v", profile, off, res, err)
				}
				time.Sleep(2 * time.Minute)
				p.printsWell(t)
			})
		}
	}
}

func TestF27_SwitchedOffWhileItWaitsForPaper(t *testing.T) {
	inBubble(t, "epson-tm-t20", func(p *pair) { p.Baud, p.Flow = 115200, wire.FlowRTSCTS }, func(t *testing.T, p *pair) {
		p.far.FaultAfter(100, "paper_out")
		time.AfterFunc(20*time.Second, func() {
			p.far.Fault("power_cut")
			p.far.Fault("paper_back")
		})
		time.AfterFunc(25*time.Second, func() { p.far.Fault("power_on") })
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		if err == nil || res.Level != devices.LevelUnknown {
			t.Errorf("%+v, %v", res, err)
		}
		time.Sleep(2 * time.Minute)
		p.printsWell(t)
	})
}

func TestF28_PowerCutBetweenBodyAndCut(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("at_cut power_cut")
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		if err == nil || res.Level != devices.LevelBody {
			t.Errorf("%+v, %v", res, err)
		}
		p.far.Fault("power_on")
		time.Sleep(20 * time.Second)
		p.printsWell(t)
	})
}

func TestF29_NeverReplies(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("mute")
		time.Sleep(5 * time.Second)
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, "", devices.Silent)
		p.far.Fault("unmute")
		time.Sleep(5 * time.Second)
		p.printsWell(t)
	})
}

func TestF29_NeverRepliesByProfile(t *testing.T) {
	inBubble(t, "mute-58", nil, func(t *testing.T, p *pair) {
		res, err := p.Print(t.Context(), someSlip(384, 3), nil)
		wantResult(t, res, err, devices.LevelSent, "")
	})
}

func TestF30_AnswersComeTooLate(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			p.far.FaultAfter(200, "late 60")
			res, err := p.Print(t.Context(), someSlip(576, 3), nil)
			if err == nil || res.Level != devices.LevelUnknown {
				t.Errorf("%+v, %v", res, err)
			}
			p.far.Fault("prompt")
			p.far.Fault("no_ids") // the next job's do not come
			if profile == "epson-tm-t20" {
				time.Sleep(20 * time.Second)
				res, err = p.Print(t.Context(), someSlip(576, 4), nil)
				if err == nil || res.Level == devices.LevelPrinted {
					t.Errorf("a stale ID confirmed: %+v, %v", res, err)
				}
			}
			p.far.Fault("all_ids")
			time.Sleep(2 * time.Minute)
			p.printsWell(t)
		})
	}
}

func TestF31_OnlyTheLastOfTwoIDs(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("one_id")
		p.printsWell(t)
	})
}

func TestF32_AutoStatusInEveryGap(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("chatter")
		p.printsWell(t)
	})
}

func TestF33_XOFFInsideAnswers(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("xoff_inside")
		p.far.Fault("chatter")
		p.printsWell(t)
	})
}

func TestF34_ProcessIDsUnknown(t *testing.T) {
	inBubble(t, "epson-tm-t20", func(p *pair) {
		p.Profile.Encoding = devices.RasterEncoding
		p.far.Close()
		p.far = virtualPrinter(p.t, "clone-80", virtual.PrinterConfig{Dir: p.t.TempDir(), Speed: 800})
	}, func(t *testing.T, p *pair) {
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Unconfirmed)
		if n := len(p.files()); n != 1 {
			t.Errorf("%d slips came out", n)
		}
	})
}

func TestF39_AReprintIsItsOwnJob(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	inBubble(t, "epson-tm-t20", func(p *pair) {
		p.tamper = func(b []byte) []byte {
			if isID(b) {
				mu.Lock()
				seen[string(b)]++
				mu.Unlock()
			}
			return b
		}
	}, func(t *testing.T, p *pair) {
		slip := someSlip(576, 3)
		for range 3 {
			res, err := p.Print(t.Context(), slip, nil)
			wantResult(t, res, err, devices.LevelPrinted, "")
		}
		if n := len(p.files()); n != 3 || len(seen) != 6 {
			t.Errorf("%d slips, IDs %v", n, seen)
		}
	})
}

func TestRecoverReachesAPausedJob(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			p.far.FaultAfter(100, "paper_out")
			discarded := make(chan error, 1)
			watch := onceFor(func(devices.PrintPhase, devices.Cause, int64, int64) {
				time.AfterFunc(30*time.Second, func() { discarded <- p.Recover(t.Context(), printer.Discard) })
			})
			start := time.Now()
			res, err := p.Print(t.Context(), someSlip(p.Profile.Width, 3), watch)
			wantResult(t, res, err, devices.LevelUnknown, devices.Cancelled)
			if d := time.Since(start); d < 30*time.Second || d > 35*time.Second {
				t.Errorf("%s: ended after %v", profile, d)
			}
			if err := <-discarded; err == nil || !strings.Contains(err.Error(), "paper_out") {
				t.Errorf("discard says %v", err)
			}
			p.far.Fault("paper_back")
			time.Sleep(5 * time.Second)
			p.printsWell(t)
		})
	}
}

func TestPausedJobEndsWithItsContext(t *testing.T) {
	inBubble(t, "clone-80", nil, func(t *testing.T, p *pair) {
		p.far.FaultAfter(100, "cover_open")
		ctx, cancel := context.WithCancel(t.Context())
		watch := onceFor(func(devices.PrintPhase, devices.Cause, int64, int64) { time.AfterFunc(10*time.Second, cancel) })
		res, err := p.Print(ctx, someSlip(576, 3), watch)
		wantResult(t, res, err, devices.LevelUnknown, devices.Cancelled)
		p.far.Fault("cover_closed")
		time.Sleep(5 * time.Second)
		p.printsWell(t)
	})
}
