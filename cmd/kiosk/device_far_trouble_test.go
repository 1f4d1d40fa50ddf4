package main

import (
	"context"
	"image"
	"slices"
	"testing"
	"time"
)

// onceAt does something when the paper has come so far, once.
func onceAt(row int, do func(p *farReceipt)) func(*farReceipt, int) {
	done := false
	return func(p *farReceipt, y int) {
		if y == row && !done {
			done = true
			do(p)
			p.changed()
		}
	}
}

// jamAtCut lets the blade stick at the next cut; after d, if it is not 0, its
// cause is taken away.
func jamAtCut(d time.Duration) func(*farReceipt) {
	return func(p *farReceipt) {
		p.jam, p.blocked, p.onCut = true, true, nil
		p.changed()
		if d > 0 {
			p.later(d, func() { p.blocked = false })
		}
	}
}

// What a person can mend costs no slip and makes no second one.
func TestFarPrinterGoesOnWhenItWasMended(t *testing.T) {
	file, img := slipFile(t, 2, 576, 400)
	for name, p := range map[string]*farReceipt{
		"paper out in a band": {onRow: onceAt(110, func(p *farReceipt) {
			p.paperOut = true
			p.later(700*time.Millisecond, func() { p.paperOut = false })
		})},
		"cover open": {onRow: onceAt(200, func(p *farReceipt) {
			p.cover = true
			p.later(700*time.Millisecond, func() { p.cover = false })
		})},
		"paper out at the last row": {onRow: onceAt(400, func(p *farReceipt) {
			p.paperOut = true
			p.later(700*time.Millisecond, func() { p.paperOut = false })
		})},
		"slow paper": {onRow: func(p *farReceipt, y int) {
			p.mu.Unlock()
			p.wait(2 * time.Millisecond)
			p.mu.Lock()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a, v := printTo(t.Context(), t, p, file)
			wantEnd(t, a, v, exitFine, "printed")
			wantSlip(t, p, v, img)
		})
	}
}

// What cannot be known is not claimed, and nothing is sent twice.
func TestFarPrinterClaimsNoMoreThanItKnows(t *testing.T) {
	file, _ := slipFile(t, 3, 384, 160)
	for name, c := range map[string]struct {
		p       *farReceipt
		levels  []string
		patient bool // until the command gives up by itself
	}{
		"answers nothing":                {&farReceipt{mute: true}, []string{"unknown", "sent"}, true},
		"power cut":                      {&farReceipt{onRow: onceAt(70, func(p *farReceipt) { p.powerCut(300 * time.Millisecond) })}, []string{"unknown"}, true},
		"unplugged":                      {&farReceipt{onRow: onceAt(70, func(p *farReceipt) { p.cut() })}, []string{"unknown"}, true},
		"a clone by mistake":             {&farReceipt{clone: true}, []string{"unknown", "processed", "sent"}, false},
		"cutter jam":                     {&farReceipt{onCut: jamAtCut(0)}, []string{"body_printed"}, false},
		"no ID of the cut":               {&farReceipt{noCutID: true}, []string{"body_printed"}, false},
		"power cut between body and cut": {&farReceipt{onCut: func(p *farReceipt) { p.powerCut(300 * time.Millisecond) }}, []string{"body_printed"}, false},
		"IDs of another job":             {&farReceipt{instead: []string{"0000", "!!!!"}}, []string{"unknown", "processed", "sent"}, false},
		"ID in pieces of rubbish":        {&farReceipt{instead: []string{"\x37\x22", "\x00\x00\x00\x00"}}, []string{"unknown", "processed", "sent"}, false},
		"paper out":                      {&farReceipt{onRow: onceAt(90, func(p *farReceipt) { p.paperOut = true })}, []string{"unknown"}, false},
		"cover open":                     {&farReceipt{onRow: onceAt(90, func(p *farReceipt) { p.cover = true })}, []string{"unknown"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, interrupt := context.WithTimeout(t.Context(), 1300*time.Millisecond)
			defer interrupt()
			if c.patient {
				ctx = t.Context()
			}
			a, v := printTo(ctx, t, c.p, file)
			level, _ := v["level"].(string)
			wantEnd(t, a, v, exitFailure, level)
			if !slices.Contains(c.levels, level) {
				t.Errorf("level %s, want one of %v\n%s", level, c.levels, a.out)
			}
			c.p.mu.Lock()
			defer c.p.mu.Unlock()
			if len(c.p.slips) > 1 || len(c.p.slips) == 1 && len(c.p.rows) > 0 || len(c.p.ids) > 2 {
				t.Errorf("%d slips, %d rows more, IDs %v", len(c.p.slips), len(c.p.rows), c.p.ids)
			}
		})
	}
}

// An answer that comes after the command gave up says nothing of the next job.
func TestFarPrinterStaleIDsConfirmNothing(t *testing.T) {
	file, _ := slipFile(t, 5, 384, 60)
	p := &farReceipt{noIDs: true}
	for n := range 2 {
		ctx, interrupt := context.WithTimeout(t.Context(), 1300*time.Millisecond)
		a, v := printTo(ctx, t, p, file)
		interrupt()
		if a.code != exitFailure || v["level"] == "printed" || v["level"] == "body_printed" {
			t.Errorf("job %d: exit %d, level %v, IDs %v", n+1, a.code, v["level"], p.ids)
		}
		p.mu.Lock()
		p.noIDs, p.instead = false, slices.Clone(p.ids)
		p.mu.Unlock()
	}
}

// A job that was given up half way leaves its rest in the printer. The slip
// after it is whole all the same, and has its paper for itself.
func TestFarPrinterNextSlipIsWholeAfterABrokenOne(t *testing.T) {
	broken, _ := slipFile(t, 9, 576, 900)
	file, img := slipFile(t, 10, 576, 120)
	p := &farReceipt{onRow: onceAt(75, func(p *farReceipt) { p.paperOut = true })}
	ctx, interrupt := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer interrupt()
	a, v := printTo(ctx, t, p, broken)
	wantEnd(t, a, v, exitFailure, "unknown")
	p.mu.Lock()
	p.paperOut, p.onRow = false, nil
	p.changed()
	p.mu.Unlock()
	a, v = printTo(t.Context(), t, p, file)
	wantEnd(t, a, v, exitFine, "printed")
	p.mu.Lock()
	n := len(p.slips)
	t.Logf("%d pieces of paper, %v", n, p.junk)
	p.slips, p.junk = p.slips[max(0, n-1):], nil
	p.mu.Unlock()
	wantSlip(t, p, v, img)
}

// An answer that is late, but within the time there is, still counts.
func TestFarPrinterMayAnswerLate(t *testing.T) {
	file, img := slipFile(t, 8, 576, 60)
	p := &farReceipt{late: 1200 * time.Millisecond}
	a, v := printTo(t.Context(), t, p, file)
	wantEnd(t, a, v, exitFine, "printed")
	wantSlip(t, p, v, img)
}

// Pictures made of the bytes of real-time commands: none gets into the job,
// on no border, and every dot that was changed is told.
func TestFarPrinterIsSentNoHiddenCommands(t *testing.T) {
	bytes := []byte{0x10, 0x04, 0x01, 0x10, 0x14, 0x01, 0x10, 0x05, 0x02, 0x00, 0x08}
	for _, c := range []struct {
		profile, level string
		dots           int
	}{{"epson-tm-t20", "printed", 576}, {"epson-tm-t70ii-58", "printed", 416}, {"rongta-80", "printed", 576}} {
		t.Run(c.profile, func(t *testing.T) {
			img := image.NewGray(image.Rect(0, 0, c.dots, 140))
			for i := range img.Pix {
				x, y := i%c.dots, i/c.dots
				img.Pix[i] = 255 - bit(bytes[(x/8+y*(c.dots+7)/8+y/50)%len(bytes)]>>(7-x%8)&1 == 1, 255)
			}
			p := &farReceipt{dots: c.dots}
			a, v := printTo(t.Context(), t, p, "--profile", c.profile, pngFile(t, img))
			wantEnd(t, a, v, exitFine, c.level)
			wantSlip(t, p, v, img)
		})
	}
}

// A sample goes as letters or as a picture, and is the same on paper.
func TestFarPrinterPaintsOneSlipFromTwoEncodings(t *testing.T) {
	for sample, most := range map[string][2]int{"assist": {9000, 40000}, "ticket": {9000, 40000}} {
		t.Run(sample, func(t *testing.T) {
			var papers [2][][]bool
			for i, profile := range []string{"epson-tm-t20", "rongta-80"} {
				p := &farReceipt{}
				a, v := printTo(t.Context(), t, p, "--profile", profile, "--sample", sample)
				wantEnd(t, a, v, exitFine, "printed")
				if len(p.slips) != 1 || len(p.junk) > 0 || p.hidden() > 0 {
					t.Fatalf("%s: %d slips, %v, %d hidden", profile, len(p.slips), p.junk, p.hidden())
				}
				t.Logf("%s: %d bytes, %d rows", profile, len(p.stream), len(p.slips[0]))
				if len(p.stream) > most[i] {
					t.Errorf("%s: %d bytes, want %d at most", profile, len(p.stream), most[i])
				}
				papers[i] = p.slips[0]
			}
			if !slices.EqualFunc(papers[0], papers[1], slices.Equal[[]bool]) {
				t.Errorf("the two papers differ: %d and %d rows", len(papers[0]), len(papers[1]))
			}
		})
	}
}

// A picture wider than the head is not cut off in silence.
func TestFarPrinterTooWideAPicture(t *testing.T) {
	file, _ := slipFile(t, 6, 576, 80)
	p := &farReceipt{dots: 512}
	a, _ := printTo(t.Context(), t, p, "--profile", "epson-tm-t88v", file)
	if a.code == exitFine || len(p.slips) != 0 {
		t.Errorf("exit %d, %d slips, %s", a.code, len(p.slips), a.out)
	}
}

// Nothing to confirm with: sent is what was promised, and no more is said.
func TestFarPrinterMuteModelPromisesSent(t *testing.T) {
	file, img := slipFile(t, 7, 384, 100)
	p := &farReceipt{dots: 384, mute: true, clone: true}
	a, v := printTo(t.Context(), t, p, "--profile", "mute-58", file)
	wantEnd(t, a, v, exitFine, "sent")
	wantSlip(t, p, v, img)
}

// Without flow control a full buffer loses bytes. A slip that lost some is
// never reported as printed.
func TestFarPrinterThatLosesBytes(t *testing.T) {
	file, img := slipFile(t, 11, 576, 500)
	slow := func(p *farReceipt, y int) {
		p.mu.Unlock()
		p.wait(time.Millisecond)
		p.mu.Lock()
	}
	for name, p := range map[string]*farReceipt{
		"buffer runs over": {drops: true, onRow: slow},
	} {
		t.Run(name, func(t *testing.T) {
			a, v := printTo(t.Context(), t, p, "--profile", "rongta-80", file)
			if a.code == exitFine {
				wantSlip(t, p, v, img)
			} else {
				wantEnd(t, a, v, exitFailure, "unknown")
			}
		})
	}
}
