package virtual

import (
	"context"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func wantID(id string) string { return "\x37\x22" + id + "\x00" }
func askFor(id string) string { return "\x1d(H\x06\x00\x30\x30" + id }

// silent wants nothing to come for a while.
func (b *bench) silent(d time.Duration) {
	b.t.Helper()
	b.conn.SetReadDeadline(time.Now().Add(d))
	defer b.conn.SetReadDeadline(time.Time{})
	got := make([]byte, 16)
	if n, err := b.conn.Read(got); err == nil {
		b.t.Fatalf("the printer said % x", got[:n])
	}
}

func (b *bench) fault(word string) {
	b.t.Helper()
	if err := b.Fault(word); err != nil {
		b.t.Fatal(err)
	}
}

// fake is a bench in a bubble of fake time.
func fake(t *testing.T, profile string, edit func(*PrinterConfig), test func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newBenchWith(t, profile, edit)) })
}

func TestFullBufferThrowsBytesAway(t *testing.T) {
	none := func(c *PrinterConfig) { c.Flow = FlowNone }
	fake(t, "epson-tm-t20", none, func(b *bench) {
		b.fault("paper_out")
		b.send("\x1bJ\x01") // taken and waiting for paper
		synctest.Wait()
		b.send(strings.Repeat("\x00", 4093) + "\x1bJ\x05" + "\x1bJ\x07" + "\x10\x04\x01\x10\x14\x01\x02\x02")
		b.want("\x1a") // real-time commands are obeyed with a full buffer, too
		synctest.Wait()
		if b.Dropped() != 3+8 || b.Pulses() != 1 {
			t.Errorf("%d bytes dropped, %d pulses", b.Dropped(), b.Pulses())
		}
		b.fault("paper_back")
		synctest.Wait()
		b.send(askID)
		b.want(gotID)
		if b.Rows() != 6 {
			t.Errorf("%d rows: the second of two feeds was lost", b.Rows())
		}
	})
}

func TestXONXOFFHoldsTheHost(t *testing.T) {
	flow := func(c *PrinterConfig) { c.Flow = FlowXONXOFF }
	fake(t, "epson-tm-t20", flow, func(b *bench) {
		b.fault("paper_out")
		b.send("\x1bJ\x01")
		synctest.Wait()
		b.send(strings.Repeat("\x00", 4096-17))
		b.silent(time.Second)
		b.send("\x00")
		b.want("\x13") // 16 bytes are left
		b.send(strings.Repeat("\x00", 20))
		synctest.Wait()
		if b.Dropped() != 4 {
			t.Errorf("%d bytes dropped by a host that went on", b.Dropped())
		}
		b.fault("paper_back")
		b.want("\x11")
		b.send(askID)
		b.want(gotID)
	})
}

func TestBusyPrinterDoesNotReadWhileOffline(t *testing.T) {
	b := newBench(t, "busy-offline")
	b.fault("cover_open")
	b.conn.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
	n, _ := b.conn.Write([]byte("AAAA"))
	if m, err := b.conn.Write([]byte("AAAA")); err == nil { // the first may have met an open Read
		t.Errorf("took %d and %d bytes", n, m)
	}
	b.conn.SetWriteDeadline(time.Time{})
	b.fault("cover_closed")
	b.send(askID)
	b.want(gotID)
}

func TestPowerCutLosesWhatIsNotPrinted(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.send(defineA + "\x1b%\x01\x1d!\x11\x1da\x0e")
		b.want("\x10\x00\x00\x00")
		b.FaultAfter(5, "power_cut")
		b.send("\x1bJ\x0a" + askID)
		synctest.Wait()
		b.send("\x10\x04\x01" + askID + "lost") // nobody there
		b.silent(time.Second)
		if b.Rows() != 5 {
			t.Errorf("%d rows", b.Rows())
		}
		b.fault("power_on")
		b.silent(time.Second) // no ID, and automatic status is off again
		b.send("\x10\x04\x01")
		b.want("\x12")
		b.send("\x1b3\x18\x1b%\x01A\n" + cut + askFor("wxyz"))
		b.want(wantID("wxyz"))
		img := readPNG(t, <-b.Printed())
		if img.Bounds().Dy() != 5+24 || ink(img).Dx() == 3 || ink(img).Dy() > 24 {
			t.Errorf("definition and size have outlived the power: ink in %v of %v", ink(img), img.Bounds())
		}
	})
}

func TestPowerCutBetweenTheIDs(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.fault("at_cut")
		b.send("\x1bJ\x05" + askFor("body") + cut + askFor("cut."))
		b.want(wantID("body"))
		b.silent(5 * time.Second)
		b.fault("power_on")
		if b.send("\x10\x04\x01"); len(b.Printed()) != 0 {
			t.Error("it was cut")
		}
		b.want("\x12")
		b.fault("at_cut late 2")
		if b.Fault("at_cut at_cut at_cut") == nil || b.Fault("at_cut late x") == nil || b.FaultAfter(1, "late x") == nil {
			t.Error("nonsense was ordered")
		}
	})
}

func TestHostCanSwitchThePrinterOff(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.send("\x10\x10\x14\x02\x01\x08\x10\x04\x01")
		b.silent(time.Second)
		b.fault("power_on")
		b.send("\x10\x04\x01")
		b.want("\x12")
		if got := b.RealTime(); got["10 14 02"] != 1 || got["10 04 01"] != 1 || len(got) != 2 {
			t.Errorf("heard %v", got)
		}
	})
}

func TestFeedButtonTakesItOffline(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.send("\x1da\x4e")
	b.want("\x10\x00\x00\x00")
	b.fault("feed_held")
	b.want("\x58\x02\x00\x00")
	b.send("\x10\x04\x01\x10\x04\x02")
	b.want("\x5a\x1a")
	b.fault("feed_released")
	b.want("\x10\x00\x00\x00")
}

func TestCoverOpenedWhilePrintingIsAnErrorThatMendsItself(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.FaultAfter(3, "cover_open")
		b.send("\x1bJ\x05")
		synctest.Wait()
		b.send("\x10\x04\x01\x10\x04\x02\x10\x04\x03")
		b.want("\x1a\x56\x52")
		b.fault("cover_closed")
		b.send(askID)
		b.want(gotID)
	})
}

func TestAutomaticStatusTellsWhatItIsAskedFor(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.send("\x1da\x08") // paper only
		b.want("\x10\x00\x00\x00")
		b.fault("cover_open")
		b.fault("cover_closed")
		b.silent(time.Second)
		b.fault("paper_low")
		b.want("\x10\x00\x03\x00")
		b.send("\x1da\x00")
		synctest.Wait()
		b.fault("paper_out")
		b.silent(time.Second)
	})
}

func TestLateAnswers(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.fault("late 3")
		b.send(askID)
		b.silent(2900 * time.Millisecond)
		start := time.Now()
		b.want(gotID)
		if d := time.Since(start); d > 200*time.Millisecond {
			t.Errorf("%v later", d)
		}
		b.send("\x10\x04\x01")
		time.Sleep(time.Second)
		b.fault("power_cycle")
		b.silent(5 * time.Second) // what was to be said is lost with the power
		b.fault("prompt")
		b.send("\x10\x04\x01")
		b.want("\x12")
	})
}

func TestProcessIDsThatDoNotCome(t *testing.T) {
	slip := "\x1bJ\x05" + askFor("body") + cut + askFor("cut.")
	for _, c := range []struct{ word, want string }{
		{"all_ids", wantID("body") + wantID("cut.")}, {"one_id", wantID("cut.")},
		{"no_cut_id", wantID("body")}, {"no_ids", ""},
	} {
		fake(t, "epson-tm-t20", nil, func(b *bench) {
			b.fault(c.word)
			b.send(slip)
			if c.want != "" {
				b.want(c.want)
			}
			b.silent(5 * time.Second)
			b.fault("all_ids")
			b.send(askID)
			b.want(gotID)
		})
	}
}

func TestHostThatDoesNotReadGetsTheLatestID(t *testing.T) {
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		for _, id := range []string{"0001", "0002", "0003", "0004"} {
			b.send(askFor(id))
			time.Sleep(time.Second)
		}
		b.want(wantID("0001")) // it was on its way already
		b.want(wantID("0004"))
		b.silent(time.Second)
	})
}

func TestBytesBetweenAndWithinAnswers(t *testing.T) {
	const asb = "\x10\x00\x00\x00"
	fake(t, "epson-tm-t20", nil, func(b *bench) {
		b.fault("chatter")
		b.send(askID + "\x10\x04\x01")
		b.want(asb + "\x12" + asb)
		b.want(asb + gotID + asb)
		b.fault("calm")
		b.fault("xoff_inside")
		b.send(askID)
		b.want(gotID[:3] + "\x13" + gotID[3:] + "\x11")
		b.send("\x1da\x0e")
		b.want("\x10\x00\x13\x00\x00\x11")
		b.fault("xoff_between")
		b.send("\x1dI\x43")
		b.want("_TM-T20II\x00")
		b.fault("xoff")
		b.want("\x13")
		b.fault("xon")
		b.want("\x11")
	})
}

func TestSwappedPrinterIsAnother(t *testing.T) {
	p, err := NewPrinter(PrinterConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- p.Run(t.Context()) }()
	defer func() { p.Close() }()
	ask := func() string {
		f := driver(t, p.line)
		f.WriteString("\x1b@\x1dI\x43")
		got := make([]byte, 7)
		if _, err := io.ReadFull(f, got); err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	if got := ask(); got != "_TM-T20" {
		t.Errorf("first %q", got)
	}
	was := p.Path()
	if err := p.Fault("swap clone-80"); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != "_POS-80" || p.Path() == was {
		t.Errorf("then %q on %s", got, p.Path())
	}
	if p.Fault("swap abacus") == nil {
		t.Error("an abacus was plugged in")
	}
}

func TestTornSlipIsKept(t *testing.T) {
	b := newBench(t, "mute-58")
	b.send("\x1bJ\x05")
	b.Printer.mu.Lock()
	for b.rows < 5 {
		b.turn.Wait()
	}
	b.Printer.mu.Unlock()
	b.fault("tear")
	if img := readPNG(t, <-b.Printed()); img.Bounds().Dy() != 5 {
		t.Errorf("%v", img.Bounds())
	}
	if b.fault("tear"); len(b.Printed()) != 0 {
		t.Error("nothing was torn off and kept")
	}
}

func TestMutePrinterNeverAnswers(t *testing.T) {
	b := newBench(t, "mute-58")
	b.send("\x10\x04\x01\x1dI\x43\x1dr\x01\x1da\xff" + askID)
	b.silent(30 * time.Millisecond)
}

func TestWordsAreComplete(t *testing.T) {
	words := PrinterWords()
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.Word] || w.What == "" || strings.ContainsAny(w.Word, " #") || w.Device != "printer" {
			t.Errorf("%+v", w)
		}
		seen[w.Word] = true
	}
	troubles := Troubles(words)
	for _, w := range words {
		ends := slices.ContainsFunc(words, func(by Word) bool { return by.Undo == w.Word })
		if got := slices.ContainsFunc(troubles, func(x Word) bool { return x.Word == w.Word }); got == ends {
			t.Errorf("%s is among the troubles: %v", w.Word, got)
		}
	}
	b := newBench(t, "epson-tm-t20")
	for _, bad := range []string{"", "  ", "paper_out now", "late x", "late -1", "late NaN", "late 1e99", "noise 2", "noise x", "stall 1 2", "drop_byte x", "coalesce 0", "wrong_baud 0"} {
		if b.Fault(bad) == nil {
			t.Errorf("%q was obeyed", bad)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := NewPrinter(PrinterConfig{Dir: t.TempDir(), Flow: "pigeon"}); err == nil {
		t.Error("a pigeon was taken")
	}
	if _, err := NewPrinter(PrinterConfig{Dir: os.DevNull}); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// A printer on a real line, through everything that can happen to the line,
// leaves no goroutine behind.
func TestPrinterLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	p, err := NewPrinter(PrinterConfig{Dir: t.TempDir(), Link: t.TempDir() + "/printer", Baud: 115200})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	for _, word := range []string{"one_id", "coalesce 100", "replug", "stall 3600", "unplug", "plug", "paper_out", "swap", "one_byte", "stall"} {
		if f, err := os.OpenFile(p.Path(), os.O_RDWR, 0); err == nil {
			f.WriteString("\x1b@\x10\x04\x01\x1bJ\x05" + askID)
			f.Close()
		}
		if err := p.Fault(word); err != nil {
			t.Error(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(p.Path()); err == nil {
		t.Error("the link is still there")
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}
