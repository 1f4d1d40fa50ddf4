package virtual

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// bench is a printer at the other end of a pipe.
type bench struct {
	*Printer
	t    *testing.T
	conn net.Conn
	done chan struct{}
}

func newBench(t *testing.T, profile string) *bench {
	t.Helper()
	return newBenchWith(t, profile, nil)
}

func newBenchWith(t *testing.T, profile string, edit func(*PrinterConfig)) *bench {
	t.Helper()
	var cfg PrinterConfig
	for _, p := range PrinterProfiles() {
		if p.Name == profile {
			cfg.Profile = p
		}
	}
	if cfg.Profile.Name == "" {
		t.Fatalf("no profile %q", profile)
	}
	cfg.Dir = t.TempDir()
	if edit != nil {
		edit(&cfg)
	}
	p, err := NewPrinter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	b := &bench{Printer: p, t: t, conn: near, done: make(chan struct{})}
	go func() {
		p.Serve(far)
		close(b.done)
	}()
	t.Cleanup(func() { p.Close(); near.Close(); <-b.done })
	near.SetDeadline(time.Now().Add(10 * time.Second))
	return b
}

func (b *bench) send(s string) {
	b.t.Helper()
	if _, err := b.conn.Write([]byte(s)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) want(s string) {
	b.t.Helper()
	got := make([]byte, len(s))
	if _, err := io.ReadFull(b.conn, got); err != nil || string(got) != s {
		b.t.Fatalf("the printer said % x (%v), want % x", got, err, s)
	}
}

func readPNG(t *testing.T, name string) image.Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func black(img image.Image, x, y int) bool {
	r, _, _, _ := img.At(x, y).RGBA()
	return r == 0
}

const (
	askID = "\x1d(H\x06\x00\x30\x30abcd"
	gotID = "\x37\x22abcd\x00"
	cut   = "\x1dVB\x00"
)

func TestPrinterPaintsWhatItIsTold(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.send("\x1b@\x1c.\x1dv0\x00\x02\x00\x02\x00\x80\x01\xff\x00\x1bJ\x05\x1dv0\x00\x01\x00\x01\x00\x01" + askID + cut)
	b.want(gotID)
	name := <-b.Printed()
	if filepath.Base(name) != "slip-0001.png" || b.Last() != name {
		t.Errorf("the slip is %s, last %s", name, b.Last())
	}
	img := readPNG(t, name)
	if got := img.Bounds().Size(); got != image.Pt(576, 8) {
		t.Fatalf("the picture is %v", got)
	}
	want := map[image.Point]bool{{0, 0}: true, {15, 0}: true, {7, 7}: true}
	for x := range 8 {
		want[image.Pt(x, 1)] = true
	}
	for y := range 8 {
		for x := range 576 {
			if black(img, x, y) != want[image.Pt(x, y)] {
				t.Errorf("dot %d,%d is black: %v", x, y, !want[image.Pt(x, y)])
			}
		}
	}
}

func TestPrinterCountsSlipsAndSkipsEmptyCuts(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.send(cut + "\x1bJ\x01" + cut + cut + "\x1bJ\x02" + cut)
	for i, rows := range []int{1, 2} {
		name := <-b.Printed()
		if filepath.Base(name) != fmt.Sprintf("slip-%04d.png", i+1) || readPNG(t, name).Bounds().Dy() != rows {
			t.Errorf("slip %d is %s", i, name)
		}
	}
}

func TestPrinterSkipsCommandsByTheirLength(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	for _, c := range []string{
		"\x1b!\x08", "\x1bt\x1e", "\x1bp\x00\x30\x30", "\x1b3\x18", "\x1b2", "\x1c.", "\x1dB\x01", "\x1d!\x11\x1d!\x00", "\x1dP\xcb\xcb",
		"\x1b&\x03AB\x01XXX\x02YYYZZZ", "\x1d(k\x03\x001C\x05", "\x1d8L\x03\x00\x00\x00abc", "\x1dk\x04AB\x00", "\x1dkI\x03ABC",
		"\x1bDAB\x00", "\x10\x04\x09", "\x10\x14\x01\x41\x41", "\x1d*\x01\x01AAAAAAAA", "\x00\r",
	} {
		b.send(c)
	}
	b.send(askID)
	b.want(gotID)
	if n := b.Rows(); n != 0 {
		t.Errorf("%d rows were printed", n)
	}
}

func TestPrinterAnswersRealTimeInsidePictures(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.send("\x1dv0\x00\x03\x00\x02\x00\x10\x04\x01") // one row of two, and it is a status request
	b.want("\x12")
	b.Fault("cover_open")
	b.send("\x10\x04\x02")
	b.want("\x16")
	b.Fault("cover_closed")
	b.send(askID)
	b.want(gotID)
	if n := b.Rows(); n != 2 {
		t.Errorf("%d rows printed; the bytes of a request are dots as well", n)
	}
}

func TestPrinterTellsItsTroubles(t *testing.T) {
	for _, c := range []struct {
		words string
		want  string // DLE EOT 1 to 4
		auto  string
	}{
		{"", "\x12\x12\x12\x12", ""},
		{"paper_low", "\x12\x12\x12\x1e", "\x10\x00\x03\x00"},
		{"paper_out", "\x1a\x32\x12\x7e", "\x18\x00\x0f\x00"},
		{"cover_open", "\x1a\x16\x12\x12", "\x38\x00\x00\x00"},
		{"head_hot", "\x1a\x52\x52\x12", "\x18\x40\x00\x00"},
		{"broken", "\x1a\x52\x32\x12", "\x18\x20\x00\x00"},
	} {
		t.Run(c.words, func(t *testing.T) {
			b := newBench(t, "epson-tm-t20")
			b.send("\x1da\x0e")
			b.want("\x10\x00\x00\x00")
			if c.words != "" {
				if err := b.Fault(c.words); err != nil {
					t.Fatal(err)
				}
			}
			b.want(c.auto)
			for n := range 4 {
				b.send("\x10\x04" + string(rune(n+1)))
			}
			b.want(c.want)
		})
	}
}

func TestPrinterWaitsForPaperAndConfirmsThen(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.FaultAfter(3, "paper_out")
	b.send("\x1bJ\x05" + askID)
	b.mustReach(3)
	b.send("\x10\x04\x04")
	b.want("\x7e")
	b.Fault("paper_back")
	b.want(gotID)
	if n := b.Rows(); n != 5 {
		t.Errorf("%d rows", n)
	}
}

// mustReach waits until so many rows are printed.
func (b *bench) mustReach(rows int) {
	b.t.Helper()
	b.Printer.mu.Lock()
	defer b.Printer.mu.Unlock()
	for b.rows < rows || !b.sw.out {
		b.turn.Wait()
	}
}

func TestPrinterHoldsTheSenderWhenFull(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.Fault("paper_out")
	b.conn.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := b.conn.Write(bytes.Repeat([]byte("\x1bJ\x01"), 3000))
	if err == nil || n < 4096 || n > 4096+1024 {
		t.Errorf("a printer with 4096 bytes took %d (%v)", n, err)
	}
}

func TestPrinterCutterSticks(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.Fault("cutter_jam")
	b.send("\x1da\x0e")
	b.want("\x10\x00\x00\x00")
	b.send("\x1bJ\x01" + cut + askID)
	b.want("\x18\x08\x00\x00")
	b.send("\x10\x05\x01\x10\x04\x03") // the blade is still blocked
	b.want("\x1a")
	b.Fault("cutter_free")
	b.send("\x10\x05\x01")
	b.want("\x10\x00\x00\x00" + gotID)
	<-b.Printed()
}

func TestPrinterDropsBuffersOnOrder(t *testing.T) {
	for name, order := range map[string]string{"DLE ENQ 2": "\x10\x05\x02", "DLE DC4 8": "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "epson-tm-t20")
			b.Fault("paper_out")
			b.send("\x1bJ\x05" + askID + order + "\x10\x04\x04")
			b.want("\x7e") // the order has been obeyed
			b.Fault("paper_back")
			b.send("\x1d(H\x06\x00\x30\x30wxyz")
			b.want("\x37\x22wxyz\x00")
		})
	}
}

func TestMutePrinterSaysNothing(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	b.Fault("mute")
	b.send("\x10\x04\x01" + askID + "\x1bJ\x01" + cut)
	<-b.Printed()
	b.Fault("unmute")
	b.send("\x10\x04\x01")
	b.want("\x12")
}

func TestCloneWithoutProcessIDPrintsRubbish(t *testing.T) {
	b := newBench(t, "clone-58")
	b.send(askID + "\n\x1dr\x01")
	b.want("\x00")
	if b.Rows() == 0 {
		t.Error("an unknown command printed nothing")
	}
}

func TestEveryPrinterWordIsUnderstood(t *testing.T) {
	for _, w := range PrinterWords() {
		b := newBench(t, "epson-tm-t20")
		if w.Device != "printer" {
			t.Errorf("%s belongs to %q", w.Word, w.Device)
		}
		if err := b.Fault(w.Word); err != nil {
			t.Errorf("%s: %v", w.Word, err)
		}
		if w.Undo != "" {
			if err := b.Fault(w.Undo); err != nil {
				t.Errorf("%s: %v", w.Undo, err)
			}
		}
		b.mu.Lock()
		if b.sw != (switches{}) {
			t.Errorf("%s is not undone by %q: %+v", w.Word, w.Undo, b.sw)
		}
		b.mu.Unlock()
	}
	b := newBench(t, "epson-tm-t20")
	if b.Fault("earthquake") == nil || b.FaultAfter(1, "earthquake") == nil {
		t.Error("an unknown word was taken")
	}
}

// FuzzPrinterCommands: no bytes can stop the printer from obeying what follows
// them or from ending with its line.
func FuzzPrinterCommands(f *testing.F) {
	f.Add([]byte("\x1b@\x1c.\x1dv0\x00\x02\x00\x02\x00\x80\x01\xff\x00\x1bJ\x05" + askID + cut))
	f.Add([]byte("text\n\x1d!\x77Big\n\x1dk\x04123\x00\x1d(k\x03\x001C\x05\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"))
	f.Add([]byte("\x1d8L\xff\xff\xff\xff\x10\x05\x02"))
	f.Add([]byte("\x1b@" + defineA + "\x1b%\x01\x1b3\x18\x1d!\x77AAA\n\x1bE\x01\x1b-\x02\x1dB\x01\x1b \xff\x1bM\x01A\x1ba\x02\x1b$\x10\x01A\x1b*\x21\x02\x00AAAAAA\n"))
	f.Add([]byte("\x1dL\xff\xff\x1dW\x00\x00\x1d(L\x0b\x000p0\x02\x021\x04\x00\x01\x00\xff\x1d(L\x02\x0002\x10\x14\x02\x01\x08\x1bJ\x01"))
	f.Add([]byte("\x1d(L\x0b\x000p0\x01\x011\x04\x00\x01\x00\xff\x10\x14\x01\x00\x01\x1d(L\x02\x0002\x1b3\xff\x1bd\xff" + cut))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := NewPrinter(PrinterConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		near, far := net.Pipe()
		go io.Copy(io.Discard, near)
		served := make(chan struct{})
		go func() { p.Serve(far); close(served) }()
		near.Write(b)
		p.mu.Lock()
		for p.on != nil && len(p.on.buffer) > 0 {
			p.turn.Wait()
		}
		p.mu.Unlock()
		near.Close()
		<-served
		if p.Last() != "" {
			os.Remove(p.Last())
		}
	})
}
