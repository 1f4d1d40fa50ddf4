package printer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/wire"
)

func TestLevelsByProfile(t *testing.T) {
	for profile, level := range map[string]devices.PrintLevel{
		"epson-tm-t20": devices.LevelPrinted, "clone-80": devices.LevelProcessed,
		"clone-58": devices.LevelProcessed, "mute-58": devices.LevelSent,
	} {
		t.Run(profile, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, profile, nil)
				defer p.stop()
				slip := someSlip(p.Profile.Width, 7)
				for range 2 {
					res, err := p.Print(t.Context(), slip, nil)
					wantResult(t, res, err, level, "")
					if res.Sent != res.Total || res.Total == 0 {
						t.Errorf("sent %d of %d", res.Sent, res.Total)
					}
				}
				time.Sleep(10 * time.Second) // the mute one prints on
				files := p.files()
				if len(files) != 2 {
					t.Fatalf("%d slips came out", len(files))
				}
				for _, f := range files {
					mustEqual(t, slip, f)
				}
				if s := p.Status(); !s.Ready {
					t.Errorf("afterwards %+v", s)
				}
			})
		})
	}
}

func TestSentWhenNothingAnswersInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "clone-58", func(p *pair) { p.Profile.Queued = false })
		defer p.stop()
		start := time.Now()
		res, err := p.Print(t.Context(), someSlip(384, 1), nil)
		wantResult(t, res, err, devices.LevelSent, "")
		if time.Since(start) < 2*time.Second {
			t.Error("the printer was not watched while it printed")
		}
	})
}

func TestNotReadySendsNothing(t *testing.T) {
	for word, cause := range map[string]devices.Cause{
		"paper_out": devices.PaperOut, "cover_open": devices.CoverOpen, "broken": devices.Broken, "mute": devices.Silent,
	} {
		t.Run(word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, "epson-tm-t20", nil)
				defer p.stop()
				p.far.Fault(word)
				res, err := p.Print(t.Context(), someSlip(576, 1), nil)
				wantResult(t, res, err, "", cause)
				if res.Sent != 0 {
					t.Errorf("%d bytes were sent", res.Sent)
				}
				if s := p.Status(); s.Ready || s.Cause != cause {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestHeldUpPrintComesOutOnce(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "clone-58"} {
		for _, words := range [][2]string{{"paper_out", "paper_back"}, {"cover_open", "cover_closed"}, {"head_hot", "head_cool"}} {
			for _, rows := range []int{1, 90, 500} {
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t, profile, nil)
					defer p.stop()
					p.far.FaultAfter(rows, words[0])
					time.AfterFunc(5*time.Minute, func() { p.far.Fault(words[1]) })
					slip := someSlip(p.Profile.Width, 3)
					start := time.Now()
					res, err := p.Print(t.Context(), slip, nil)
					if err != nil {
						t.Fatalf("%s, %s after %d rows: %v (%+v)", profile, words[0], rows, err, res)
					}
					if d := time.Since(start); d < 5*time.Minute || d > 5*time.Minute+20*time.Second {
						t.Errorf("%s, %s after %d rows: took %v", profile, words[0], rows, d)
					}
					files := p.files()
					if len(files) != 1 {
						t.Fatalf("%d slips came out", len(files))
					}
					mustEqual(t, slip, files[0])
					if words[0] == "paper_out" && !p.sawCause(devices.PaperOut) {
						t.Error("nobody was told that paper is out")
					}
				})
			}
		}
	}
}

func TestGivesUpWaitingAndSeparatesTheNextSlip(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-58"} {
		for _, rows := range []int{70, 100, 400} {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, profile, func(p *pair) { p.MaxPause = time.Minute })
				defer p.stop()
				p.far.FaultAfter(rows, "paper_out")
				slip := someSlip(p.Profile.Width, 3)
				res, err := p.Print(t.Context(), slip, nil)
				wantResult(t, res, err, devices.LevelUnknown, devices.PaperOut)
				p.far.Fault("paper_back")
				time.Sleep(10 * time.Second)
				next := someSlip(p.Profile.Width, 4)
				if _, err := p.Print(t.Context(), next, nil); err != nil {
					t.Fatal(err)
				}
				files := p.files()
				if len(files) != 2 {
					t.Fatalf("%d slips came out, want a part and a whole one", len(files))
				}
				mustEqual(t, next, files[1])
			})
		}
	}
}

func TestSilentMidJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", nil)
		defer p.stop()
		p.far.FaultAfter(100, "mute")
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Silent)
		p.far.Fault("unmute")
		time.Sleep(5 * time.Second)
		if s := p.Status(); !s.Ready {
			t.Errorf("after it speaks again: %+v", s)
		}
	})
}

func TestCutterStuckAfterTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", nil)
		defer p.stop()
		p.far.Fault("cutter_jam")
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelBody, devices.Cutter)
		res, err = p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, "", devices.Cutter)
		if err := p.Recover(t.Context(), printer.Resume); err == nil {
			t.Error("recovered with the cutter still stuck")
		}
		p.far.Fault("cutter_free")
		if err := p.Recover(t.Context(), printer.Resume); err != nil {
			t.Errorf("recover: %v", err)
		}
		res, err = p.Print(t.Context(), someSlip(576, 5), nil)
		wantResult(t, res, err, devices.LevelPrinted, "")
		if n := len(p.files()); n != 2 {
			t.Errorf("%d slips came out", n)
		}
	})
}

func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", nil)
		defer p.stop()
		p.far.FaultAfter(200, "cover_open")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		res, err := p.Print(ctx, someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Cancelled)
		p.far.Fault("cover_closed")
		time.Sleep(10 * time.Second)
		res, err = p.Print(t.Context(), someSlip(576, 4), nil)
		wantResult(t, res, err, devices.LevelPrinted, "")
	})
}

func TestSlipTooWide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "clone-58", nil)
		defer p.stop()
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		if err == nil || res.Sent != 0 || res.Level != "" {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func TestLineLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", nil)
		defer p.stop()
		time.AfterFunc(100*time.Millisecond, func() {
			p.setAway(true)
			p.far.Fault("unplug")
		})
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Offline)
		res, err = p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, "", devices.Offline)
		p.setAway(false)
		time.Sleep(10 * time.Second)
		next := someSlip(576, 4)
		res, err = p.Print(t.Context(), next, nil)
		wantResult(t, res, err, devices.LevelPrinted, "")
		files := p.files()
		mustEqual(t, next, files[len(files)-1])
	})
}

func TestReconnectBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		p := &printer.Printer{Profile: printer.Profiles()[0], Open: func(context.Context) (wire.Link, error) {
			at = append(at, time.Now())
			return nil, &devices.Fault{Cause: devices.Denied}
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p.Run(ctx)
		want := 250 * time.Millisecond
		for i := range len(at) - 1 {
			if d := at[i+1].Sub(at[i]); d < want*3/4 || d > want {
				t.Errorf("try %d after %v, want about %v", i+1, d, want)
			}
			want = min(2*want, 5*time.Second)
		}
		if len(at) < 10 {
			t.Errorf("%d tries in a minute", len(at))
		}
		if s := p.Status(); s.Cause != devices.Denied || s.Ready {
			t.Errorf("status %+v", s)
		}
	})
}
