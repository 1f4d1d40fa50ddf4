package printer_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// pair is a driver and a virtual printer with a pipe between them, to be made
// within a synctest bubble.
type pair struct {
	*printer.Printer
	t   *testing.T
	far *virtual.Printer

	mu     sync.Mutex
	away   bool                // nobody at the line
	tamper func([]byte) []byte // what the printer's messages become; nil drops the line
	seen   []devices.Status
	wrong  bool // the line runs at another rate: see TestF12

	stop       func()
	stopDriver func()
}

func newPair(t *testing.T, profile string, edit func(*pair)) *pair {
	t.Helper()
	pr, ok := printer.ProfileNamed(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	p := &pair{t: t, far: virtualPrinter(t, profile, virtual.PrinterConfig{Dir: t.TempDir(), Speed: 800})}
	p.Printer = &printer.Printer{Profile: pr, Open: p.open, OnStatus: p.onStatus}
	if edit != nil {
		edit(p)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		p.Run(ctx)
		close(done)
	}()
	p.stopDriver = func() { cancel(); <-done }
	p.stop = func() { p.stopDriver(); p.far.Close(); time.Sleep(time.Minute) }
	synctest.Wait()
	return p
}

func virtualPrinter(t *testing.T, profile string, cfg virtual.PrinterConfig) *virtual.Printer {
	t.Helper()
	for _, c := range virtual.PrinterProfiles() {
		if c.Name == profile {
			cfg.Profile = c
		}
	}
	far, err := virtual.NewPrinter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return far
}

func (p *pair) open(context.Context) (wire.Link, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return nil, &devices.Fault{Cause: devices.Offline, Detail: "nobody there"}
	}
	near, far := net.Pipe()
	go p.far.Serve(&tampered{Conn: far, p: p})
	return near, nil
}

func (p *pair) setGarbled(wrong bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = wrong
}

func (p *pair) isGarbled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrong
}

func (p *pair) setAway(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
}

func (p *pair) onStatus(s devices.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, s)
}

func (p *pair) sawCause(c devices.Cause) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.seen, func(s devices.Status) bool { return s.Cause == c })
}

// tampered changes what the printer says on its way.
type tampered struct {
	net.Conn
	p *pair
}

func (c *tampered) Write(b []byte) (int, error) {
	out := b
	if f := c.p.tamper; f != nil {
		if out = f(slices.Clone(b)); out == nil {
			c.Conn.Close()
		}
	}
	if len(out) > 0 {
		if _, err := c.Conn.Write(out); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// someSlip is a slip with text, a picture and white between.
func someSlip(width int, seed uint64) devices.Slip {
	rng := rand.New(rand.NewPCG(seed, 0))
	s := devices.Slip{Width: width, Glyphs: make([]devices.Glyph, 40)}
	for i := range s.Glyphs[1:] {
		for y := 3; y < 21; y++ {
			s.Glyphs[i+1][y] = uint16(rng.Uint32()) & 0x7fe0
		}
	}
	for range 6 {
		row := devices.Row{Scale: 1 + rng.IntN(2)}
		for range rng.IntN(width / devices.CellWidth / row.Scale) {
			row.Cells = append(row.Cells, uint16(rng.IntN(len(s.Glyphs))))
		}
		s.Rows = append(s.Rows, row, devices.Row{})
	}
	pic := devices.NewBitmap(160, 160)
	for y := range 160 {
		for x := range 160 {
			if (x/8*7+y/8*13+x/8*y/8)%3 == 0 {
				pic.Set(x, y)
			}
		}
	}
	s.Rows = append(s.Rows, devices.Row{Raster: &pic, Indent: 64}, devices.Row{})
	return s
}

// mustEqual compares a slip's picture with its file, dot for dot.
func mustEqual(t *testing.T, s devices.Slip, file string) {
	t.Helper()
	if said := difference(t, s, file); said != "" {
		t.Fatal(said)
	}
}

// sameSlip reports whether the file shows the slip.
func sameSlip(t *testing.T, s devices.Slip, file string) bool { return difference(t, s, file) == "" }

// difference says where a file differs from a slip, "" if nowhere.
func difference(t *testing.T, s devices.Slip, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	want := s.Paint()
	if got := img.Bounds().Size(); got != image.Pt(want.Width, want.Height) {
		return fmt.Sprintf("%s is %v, want %dx%d", filepath.Base(file), got, want.Width, want.Height)
	}
	for y := range want.Height {
		for x := range want.Width {
			if r, _, _, _ := img.At(x, y).RGBA(); (r == 0) != want.At(x, y) {
				return fmt.Sprintf("%s differs at %d,%d", filepath.Base(file), x, y)
			}
		}
	}
	return ""
}

// files lists the slips that came out.
func (p *pair) files() (out []string) {
	for {
		select {
		case name := <-p.far.Printed():
			out = append(out, name)
		default:
			return out
		}
	}
}

func wantResult(t *testing.T, res devices.PrintResult, err error, level devices.PrintLevel, cause devices.Cause) {
	t.Helper()
	var f *devices.Fault
	switch {
	case cause == "" && err != nil:
		t.Fatalf("failed: %v (%+v)", err, res)
	case cause != "" && (!errors.As(err, &f) || f.Cause != cause || f.Device != devices.PrinterDevice):
		t.Fatalf("error is %v (%+v), want cause %s", err, res, cause)
	case res.Level != level:
		t.Fatalf("level is %q, want %q (%v)", res.Level, level, err)
	}
	if f != nil && !slices.Contains(printer.Causes(), f.Cause) {
		t.Errorf("%s is missing from Causes", f.Cause)
	}
}
