package main

import (
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/devices/virtual"
)

// far runs a far end for the length of a test.
func far(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func farScanner(t *testing.T, c virtual.ScannerConfig, words ...string) *virtual.Scanner {
	t.Helper()
	v, err := virtual.NewScanner(c)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		v.Feed(virtual.SampleImage(n, 50))
	}
	for _, w := range words {
		if err := v.Fault(w); err != nil {
			t.Fatal(err)
		}
	}
	far(t, v.Run)
	return v
}

func farPrinter(t *testing.T, c virtual.PrinterConfig) *virtual.Printer {
	t.Helper()
	c.Dir = t.TempDir()
	v, err := virtual.NewPrinter(c)
	if err != nil {
		t.Fatal(err)
	}
	far(t, v.Run)
	return v
}

// lookUntil looks every few milliseconds until cond holds or ctx ends.
func lookUntil(ctx context.Context, cond func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// Every protocol brings the sheet as it was fed, bit for bit, and says how it
// was checked.
func TestScanTakesPagesOverEveryProtocol(t *testing.T) {
	for _, c := range []struct{ protocol, line, verified string }{
		{"honeywell", "rs232", "shipped_twice"}, {"honeywell", "cdc", "decoded"}, {"ssi", "rs232", "checksummed"}, {"datalogic", "rs232", "decoded"},
	} {
		t.Run(c.protocol+" "+c.line, func(t *testing.T) {
			v := farScanner(t, virtual.ScannerConfig{Protocol: c.protocol, Line: c.line})
			out := filepath.Join(t.TempDir(), "pages")
			got := wantAnswer(t, ask(t, "", "scan", "--port", v.Path(), "--protocol", c.protocol, "--line", c.line, "--count", "2", "--out", out, "--json"))
			pages := got["pages"].([]any)
			if len(pages) != 2 || !slices.Equal(names(t, out), []string{"page-0001.jpg", "page-0002.jpg"}) {
				t.Fatalf("%d pages, files %v", len(pages), names(t, out))
			}
			for n := range 2 {
				file, err := os.ReadFile(filepath.Join(out, names(t, out)[n]))
				if err != nil || string(file) != string(virtual.SampleImage(n, 50)) {
					t.Errorf("page %d is not what was fed: %v", n+1, err)
				}
				if how := pages[n].(map[string]any)["verified"]; how != c.verified {
					t.Errorf("verified %v, want %s", how, c.verified)
				}
			}
		})
	}
}

// A transfer that failed leaves no picture and no part of one, and says why.
func TestScanLeavesNothingOfAFailedTransfer(t *testing.T) {
	for word, want := range map[string]string{"no_sheet": "scanner.no_sheet", "mute": "scanner.silent"} {
		t.Run(word, func(t *testing.T) {
			v := farScanner(t, virtual.ScannerConfig{})
			if word == "mute" {
				if err := v.Fault(word); err != nil {
					t.Fatal(err)
				}
			}
			for word == "no_sheet" && v.Next() {
			}
			out := t.TempDir()
			a := ask(t, "", "scan", "--port", v.Path(), "--out", out, "--json")
			reason := a.fields(t)["error"].(map[string]any)
			if a.code != exitFailure || reason["code"] != want || len(names(t, out)) != 0 {
				t.Errorf("exit %d, %v, files %v", a.code, reason, names(t, out))
			}
		})
	}
}

// While a picture is on its way the folder holds a part and nothing that looks
// like a page; broken off, it holds nothing.
func TestScanShowsATransferAsAPart(t *testing.T) {
	v := farScanner(t, virtual.ScannerConfig{Baud: 115200})
	out := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	seen := make(chan []string, 1)
	go func() {
		defer interrupt()
		lookUntil(ctx, func() bool {
			list, err := os.ReadDir(out)
			if err != nil || len(list) == 0 {
				return false
			}
			seen <- []string{list[0].Name()}
			return true
		})
	}()
	a := askWithin(ctx, t, "", "scan", "--port", v.Path(), "--out", out, "--json")
	if got := <-seen; !slices.Equal(got, []string{"page-0001.jpg.part"}) {
		t.Errorf("under way the folder holds %v", got)
	}
	if a.code != exitFailure || a.fields(t)["error"].(map[string]any)["code"] != "scanner.cancelled" || len(names(t, out)) != 0 {
		t.Errorf("exit %d, %s, files %v", a.code, a.out, names(t, out))
	}
}

func TestScanReadsCodesFromAReader(t *testing.T) {
	v := farScanner(t, virtual.ScannerConfig{Protocol: "line"})
	out := t.TempDir()
	ctx, enough := context.WithCancel(t.Context())
	go lookUntil(ctx, func() bool { v.FeedCode("SP1.D.DTH01-261123-0042-V"); return false }) // held there until it is read
	defer enough()
	got := wantAnswer(t, ask(t, "", "scan", "--port", v.Path(), "--protocol", "line", "--out", out, "--json"))
	code := got["codes"].([]any)[0].(map[string]any)
	if code["text"] != "SP1.D.DTH01-261123-0042-V" || !slices.Equal(names(t, out), []string{"code-0001.txt"}) {
		t.Errorf("%v, files %v", code, names(t, out))
	}
}

// What comes out of the printer is the file, dot for dot.
func TestPrintPrintsThePicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "picture.png")
	picture := image.NewGray(image.Rect(0, 0, 384, 200))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(37 * i % 251)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	f.Close()
	v := farPrinter(t, virtual.PrinterConfig{})
	got := wantAnswer(t, ask(t, "", "print", "--port", v.Path(), "--json", file))
	wantLevel(t, got, "printed")
	changed := map[string]bool{}
	for _, d := range got["changed"].([]any) {
		dot := d.(map[string]any)
		changed[fmt.Sprint(dot["x"], ",", dot["y"])] = true
	}
	paper := painted(t, v.Last())
	for y := range 200 {
		for x := range 384 {
			black := picture.GrayAt(x, y).Y < 128
			if changed[fmt.Sprint(x, ",", y)] {
				black = !black
			}
			if r, _, _, _ := paper.At(x, y).RGBA(); (r == 0) != black {
				t.Fatalf("dot %d,%d is not what the file has", x, y)
			}
		}
	}
}

// Each sample reaches what its profile promises, and nothing more is claimed.
func TestPrintReachesWhatTheProfilePromises(t *testing.T) {
	for _, c := range []struct{ profile, level string }{{"epson-tm-t20", "printed"}, {"clone-80", "processed"}, {"mute-58", "sent"}} {
		for _, sample := range []string{"assist", "ticket"} {
			t.Run(c.profile+" "+sample, func(t *testing.T) {
				model, err := virtualModel(c.profile)
				if err != nil {
					t.Fatal(err)
				}
				v := farPrinter(t, virtual.PrinterConfig{Profile: model})
				got := wantAnswer(t, ask(t, "", "print", "--port", v.Path(), "--flow", "rtscts", "--profile", c.profile, "--sample", sample, "--json"))
				wantLevel(t, got, c.level)
				if got["promised"] != c.level || v.Last() == "" {
					t.Errorf("promised %v, paper %q", got["promised"], v.Last())
				}
			})
		}
	}
}

// Interrupted while it waits for paper, the command says what is known: not
// printed, and why.
func TestPrintInterruptedWhileItWaitsEndsHonestly(t *testing.T) {
	v := farPrinter(t, virtual.PrinterConfig{})
	if err := v.FaultAfter(100, "paper_out"); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	go func() {
		lookUntil(ctx, func() bool { return v.Rows() >= 100 })
		interrupt()
	}()
	a := askWithin(ctx, t, "", "print", "--port", v.Path(), "--sample", "assist", "--json")
	got := a.fields(t)
	wantLevel(t, got, "unknown")
	if a.code != exitFailure || got["error"].(map[string]any)["code"] != "printer.cancelled" || v.Last() != "" {
		t.Errorf("exit %d, %v, paper %q", a.code, got["error"], v.Last())
	}
}

func TestPrintRefusesWhatItCannotDo(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"print", "--sample", "assist"}, exitUsage, "--port is missing"},
		{[]string{"print", "--port", "/dev/null", "--sample", "poem"}, exitUsage, "assist or ticket"},
		{[]string{"print", "--port", "/dev/null"}, exitUsage, "one thing to print"},
		{[]string{"print", "--port", "/dev/null", "--profile", "abacus", "--sample", "assist"}, exitUsage, "abacus"},
		{[]string{"print", "--port", "/dev/null", "--flow", "smoke", "--sample", "assist"}, exitUsage, "smoke"},
		{[]string{"print", "--port", "/dev/null", "--sample", "assist"}, exitFailure, "không phải cổng thiết bị"},
		{[]string{"print", "--port", filepath.Join(os.TempDir(), "nowhere"), "--sample", "assist"}, exitFailure, "Không thấy máy in"},
		{[]string{"scan", "--port", "/dev/null"}, exitUsage, "--out is missing"},
		{[]string{"scan", "--out", t.TempDir()}, exitUsage, "--port is missing"},
		{[]string{"scan", "--out", t.TempDir(), "--port", "/dev/null", "--protocol", "hmodem"}, exitUsage, "hmodem"},
		{[]string{"scan", "--out", t.TempDir(), "--protocol", "escl"}, exitUsage, "--url"},
		{[]string{"scan", "--out", t.TempDir(), "--port", "/dev/null"}, exitFailure, "không phải cổng thiết bị"},
	} {
		a := ask(t, "", c.args...)
		if a.code != c.code || !strings.Contains(a.err, c.says) {
			t.Errorf("%v: exit %d, %q; want %d and %q", c.args, a.code, a.err, c.code, c.says)
		}
	}
}

func wantLevel(t *testing.T, got map[string]any, level string) {
	t.Helper()
	if got["level"] != level {
		t.Errorf("level %v, want %s", got["level"], level)
	}
}

func painted(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
