package printer_test

import (
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
)

// paintWithin is far more than any slip takes, also on a busy machine.
const paintWithin = 30 * time.Second

// easel is a virtual printer that paints jobs, without a driver.
type easel struct {
	*virtual.Printer
	t    *testing.T
	conn net.Conn
}

func newEasel(t *testing.T, pr printer.Profile) *easel {
	t.Helper()
	cfg := virtual.PrinterConfig{Dir: t.TempDir(), Profile: virtual.PrinterProfile{
		Name: pr.Name, Width: pr.Width, Buffer: 4096, ProcessID: true, Realtime: true, AutoStatus: true, Queued: true,
		Cutter: true, Glyphs: true, Pairs: true,
	}}
	far, err := virtual.NewPrinter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	near, end := net.Pipe()
	e := &easel{Printer: far, t: t, conn: near}
	done := make(chan struct{}, 2)
	go func() { far.Serve(end); done <- struct{}{} }()
	go func() { io.Copy(io.Discard, near); done <- struct{}{} }()
	t.Cleanup(func() {
		far.Close()
		near.Close()
		end.Close()
		<-done
		<-done
	})
	return e
}

// paint prints a job and gives its picture, as wide as the head.
func (e *easel) paint(b []byte) image.Image {
	e.t.Helper()
	e.conn.SetWriteDeadline(time.Now().Add(paintWithin))
	if _, err := e.conn.Write(b); err != nil {
		e.t.Fatal(err)
	}
	var name string
	select {
	case name = <-e.Printed():
	case <-time.After(paintWithin):
		e.t.Fatal("no slip came out: did the printer obey something in the job?")
	}
	f, err := os.Open(name)
	if err != nil {
		e.t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		e.t.Fatal(err)
	}
	return img
}

// mustShow compares a print with the slip that was meant: it is the same but
// for the dots that the job reports.
func mustShow(t *testing.T, s devices.Slip, e printer.Encoded, img image.Image) {
	t.Helper()
	want := s.Paint()
	if got := img.Bounds().Dy(); got != want.Height {
		t.Fatalf("%d rows, want %d", got, want.Height)
	}
	var other []devices.Dot
	for y := range want.Height {
		for x := range want.Width {
			if r, _, _, _ := img.At(x, y).RGBA(); (r == 0) != want.At(x, y) {
				other = append(other, devices.Dot{X: x, Y: y})
			}
		}
	}
	if !slices.Equal(other, e.Changed) {
		t.Fatalf("%d other dots, %d reported", len(other), len(e.Changed))
	}
}

func encode(t *testing.T, pr printer.Profile, s devices.Slip) printer.Encoded {
	t.Helper()
	e, err := printer.Encode(pr, s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestGlyphsAndRasterPrintTheSamePicture compares the two encodings of the
// slips of a point, dot for dot, on every printer that takes letters.
func TestGlyphsAndRasterPrintTheSamePicture(t *testing.T) {
	for _, pr := range printer.Profiles() {
		if pr.Encoding != devices.GlyphEncoding {
			continue
		}
		for _, name := range realSlips {
			t.Run(pr.Name+"/"+name, func(t *testing.T) {
				far := newEasel(t, pr)
				s := realSlip(t, name, pr.Width)
				glyphs := encode(t, pr, s)
				pictures := pr
				pictures.Encoding = devices.RasterEncoding
				raster := encode(t, pictures, s)
				if glyphs.Encoding != devices.GlyphEncoding || raster.Encoding != devices.RasterEncoding {
					t.Fatalf("encoded as %s and %s", glyphs.Encoding, raster.Encoding)
				}
				mustShow(t, s, glyphs, far.paint(glyphs.Bytes))
				mustShow(t, s, raster, far.paint(raster.Bytes))
				if n := len(glyphs.Changed) + len(raster.Changed); n > 20 {
					t.Errorf("%d dots of a real slip changed", n)
				}
			})
		}
	}
}

// TestEveryWidthPrintsTheSlipsOfAPoint: the layouts and the encodings fit every
// head that is known.
func TestEveryWidthPrintsTheSlipsOfAPoint(t *testing.T) {
	for _, pr := range printer.Profiles() {
		far := newEasel(t, pr)
		for _, name := range realSlips {
			s := realSlip(t, name, pr.Width)
			e := encode(t, pr, s)
			if err := e.Check(s, pr.Width); err != nil {
				t.Errorf("%s, %s: %v", pr.Name, name, err)
			}
			mustShow(t, s, e, far.paint(e.Bytes))
		}
	}
}

// TestVirtualPrinterPaintsAnySlip is the property of the package's own reader,
// seen by the printer that was written from the manuals; and nothing but
// printing happens.
func TestVirtualPrinterPaintsAnySlip(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, pr := range printer.Profiles() {
		far := newEasel(t, pr)
		for i := range 10 {
			if i%2 == 0 {
				pr.Encoding, pr.GlyphCodes, pr.Feed = devices.GlyphEncoding, 2+rng.IntN(94), true
			}
			s := printer.AnySlip(rng, pr.Width)
			e := encode(t, pr, s)
			mustShow(t, s, e, far.paint(e.Bytes))
		}
		if n := far.RealTime(); len(n) > 0 || far.Pulses() > 0 {
			t.Errorf("%s: real-time commands were obeyed: %v, %d pulses", pr.Name, n, far.Pulses())
		}
	}
}

// TestF35_PictureOfRealTimeCommandsDoesNothing: the printer obeys such bytes
// inside a picture, so that none may be there.
func TestF35_PictureOfRealTimeCommandsDoesNothing(t *testing.T) {
	for _, command := range []string{"\x10\x04\x01", "\x10\x14\x01", "\x10\x05\x02"} {
		pr, _ := printer.ProfileNamed("epson-tm-t20")
		far := newEasel(t, pr)
		b := devices.NewBitmap(pr.Width, 90)
		for y := range b.Height {
			copy(b.Bits[y*b.Stride()+y%70:], command)
		}
		s := devices.Slip{Width: pr.Width, Rows: []devices.Row{{Raster: &b}}}
		e := encode(t, pr, s)
		mustShow(t, s, e, far.paint(e.Bytes))
		if n := far.RealTime(); len(n) > 0 || far.Pulses() > 0 || len(e.Changed) != 90 {
			t.Errorf("% x: obeyed %v, %d pulses, %d dots changed", command, n, far.Pulses(), len(e.Changed))
		}
	}
}
