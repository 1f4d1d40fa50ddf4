package virtual

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startScanner runs an imager until the test ends.
func startScanner(t *testing.T, c ScannerConfig) *Scanner {
	t.Helper()
	v, err := NewScanner(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := v.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return v
}

// dial opens the imager's node as a plain file.
func dial(t *testing.T, v *Scanner) *os.File {
	t.Helper()
	f, err := os.OpenFile(v.Path(), os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	f.SetDeadline(time.Now().Add(10 * time.Second))
	return f
}

// ask writes one line of menu commands and reads n bytes.
func ask(t *testing.T, f *os.File, line string, n int) string {
	t.Helper()
	if _, err := io.WriteString(f, "\x16M\r"+line); err != nil {
		t.Fatal(err)
	}
	return hear(t, f, n)
}

func hear(t *testing.T, f *os.File, n int) string {
	t.Helper()
	b := make([]byte, n)
	if got, err := io.ReadFull(f, b); err != nil {
		t.Fatalf("%v after %q", err, b[:got])
	}
	return string(b)
}

const snapLine = "IMGSNP1L;IMGSHP2P6F75J1S!"

// The replies are those of the guides: the command with a status before each
// separator; a message is SYN FE, length, CR, kind, GS, data.
func TestScannerTranscript(t *testing.T) {
	v := startScanner(t, ScannerConfig{})
	f := dial(t, v)
	v.Feed([]byte("one"))
	v.Feed([]byte("two"))
	snapped := "IMGSNP1L\x06;IMGSHP2P6F75J1S\x06!"
	steps := []struct{ line, want string }{
		{"DECHDR?!", "DECHDR0\x06!"},
		{"DECHDR1!", "DECHDR1\x06!"},
		{"DECHDR?!", "DECHDR1\x06!"},
		{"DECHDR7!", "DECHDR7\x15!"},
		{"NOSUCH1!", "NOSUCH1\x05!"},
		{"abc;DECHDR1.", "abc\x05;DECHDR1\x06."},
		{"IMGSHP2P6F75J1S!", "IMGSHP2P6F75J1S\x15!"}, // nothing taken yet
		{snapLine, snapped + "\x16\xFE\x13\x00\x00\x00\rIMGSHP2P6F75J1S\x1Done"},
		{"IMGSHP2P6F!", "IMGSHP2P6F\x06!\x16\xFE\x0E\x00\x00\x00\rIMGSHP2P6F\x1Done"}, // the same again
		{"IMGSHP2P5F!", "IMGSHP2P5F\x15!"},
		{"DECHDR^,HDR*;TRGMOD?!", "DECHDR0\x06,HDR0-1\x06;TRGMOD0\x06!"},
		{snapLine, snapped + "\x16\xFE\x13\x00\x00\x00\rIMGSHP2P6F75J1S\x1Dtwo"},
		{snapLine, "IMGSNP1L\x15;IMGSHP2P6F75J1S\x15!"}, // the pile is empty
	}
	for _, step := range steps {
		if got := ask(t, f, step.line, len(step.want)); got != step.want {
			t.Fatalf("%s:\n got %q\nwant %q", step.line, got, step.want)
		}
	}
	v.FeedCode("SP1.D.X")
	want := "\x16\xFE\x16\x00\x00\x00\rMSGGET0008sQ1\x1DSP1.D.X\r"
	if got := hear(t, f, len(want)); got != want {
		t.Errorf("code: %q", got)
	}
}

func TestScannerPile(t *testing.T) {
	v := startScanner(t, ScannerConfig{})
	v.Feed([]byte("one"))
	v.Feed([]byte("two"))
	if !v.Next() || v.Queue() != 1 {
		t.Errorf("queue %d after Next", v.Queue())
	}
	got := ask(t, dial(t, v), snapLine, 53)
	if !strings.HasSuffix(got, "two") {
		t.Errorf("got %q", got)
	}
	if v.Next() || v.Queue() != 0 {
		t.Error("the pile should be empty")
	}
}

// Power off loses settings and picture; the node keeps its name.
func TestScannerUnplug(t *testing.T) {
	link := filepath.Join(t.TempDir(), "scanner")
	v := startScanner(t, ScannerConfig{Link: link})
	f := dial(t, v)
	v.Feed([]byte("one"))
	ask(t, f, "DECHDR1!", 9)
	ask(t, f, snapLine, 53)
	if err := v.Fault("unplug"); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Read(make([]byte, 9)); err == nil {
		t.Errorf("read %d bytes from a dead line", n)
	}
	v.FeedCode("nobody hears")
	if err := v.Fault("plug"); err != nil {
		t.Fatal(err)
	}
	f = dial(t, v)
	if got := ask(t, f, "DECHDR?;IMGSHP2P6F!", 21); got != "DECHDR0\x06;IMGSHP2P6F\x15!" {
		t.Errorf("got %q", got)
	}
	v.FeedCode("bare")
	if got := hear(t, f, 5); got != "bare\r" {
		t.Errorf("code without header: %q", got)
	}
}

func TestScannerFaults(t *testing.T) {
	v := startScanner(t, ScannerConfig{})
	f := dial(t, v)
	page := bytes.Repeat([]byte{0x55}, 4000)
	v.Feed(page)
	if err := v.Fault("truncate"); err != nil {
		t.Fatal(err)
	}
	head := len("IMGSHP2P6F75J1S\x06!") + 7 + 16 // before the picture, when shipping again
	ask(t, f, snapLine, len(snapLine)+2+(7+16+len(page))/2)
	if got := ask(t, f, "IMGSHP2P6F75J1S!", head+len(page)); !strings.HasSuffix(got, string(page)) {
		t.Error("the shipment after a cut one is not whole")
	}
	if err := v.Fault("flip"); err != nil {
		t.Fatal(err)
	}
	got := []byte(ask(t, f, "IMGSHP2P6F75J1S!", head+len(page))[head:])
	wrong := 0
	for i := range got {
		if got[i] != page[i] {
			wrong++
		}
	}
	if wrong != 1 {
		t.Errorf("%d wrong bytes, want 1", wrong)
	}
	if err := v.Fault("explode"); err == nil {
		t.Error("an unknown word was taken")
	}
	for _, w := range v.Words() {
		if w.Undo != "" && !slices.ContainsFunc(v.Words(), func(u Word) bool { return u.Word == w.Undo }) {
			t.Errorf("%s is undone by an unknown word %s", w.Word, w.Undo)
		}
	}
}

func TestScannerMute(t *testing.T) {
	v := startScanner(t, ScannerConfig{})
	f := dial(t, v)
	v.Feed([]byte("one"))
	v.Fault("mute")
	io.WriteString(f, "\x16M\r"+snapLine)
	f.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := f.Read(make([]byte, 9)); err == nil {
		t.Errorf("a mute imager sent %d bytes", n)
	}
	f.SetReadDeadline(time.Now().Add(10 * time.Second))
	v.Fault("unmute")
	if got := ask(t, f, "DECHDR1!", 9); got != "DECHDR1\x06!" {
		t.Errorf("got %q", got)
	}
	if v.Queue() != 1 {
		t.Error("a mute imager took a picture")
	}
}
