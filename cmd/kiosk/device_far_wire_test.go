package main

import (
	"bufio"
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// The far ends in device_far_*_test.go are written from the published byte
// tables alone, and share nothing with the drivers or with devices/virtual.

// farWire is the device's end of a pseudo-terminal. It keeps the host's end
// open too, so that the line does not hang up between two commands.
type farWire struct {
	t         *testing.T
	dev, host *os.File
	path      string
	in        *bufio.Reader
	bytewise  bool // each byte goes out alone, when the last has been taken
	gone      chan struct{}
	once      sync.Once
}

// farLine lays a wire and runs the device at its end until the test is over.
func farLine(t *testing.T, device func(*farWire)) *farWire {
	t.Helper()
	blocking, host, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	fd := must(unix.Dup(int(blocking.Fd())))
	must(0, unix.SetNonblock(fd, true))
	w := &farWire{t: t, dev: os.NewFile(uintptr(fd), "far end"), host: host, path: host.Name(), gone: make(chan struct{})}
	blocking.Close()
	mode := must(unix.IoctlGetTermios(int(host.Fd()), unix.TCGETS))
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	mode.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL
	must(0, unix.IoctlSetTermios(int(host.Fd()), unix.TCSETS, mode))
	w.in = bufio.NewReaderSize(w.dev, 256)
	ended := make(chan struct{})
	go func() { defer close(ended); device(w) }()
	t.Cleanup(func() { w.cut(); <-ended })
	return w
}

// read gives the next byte from the host; false when none came in time or the
// wire is gone. 0 waits as long as there is a wire.
func (w *farWire) read(within time.Duration) (byte, bool) {
	var by time.Time
	if within > 0 {
		by = time.Now().Add(within)
	}
	_ = w.dev.SetReadDeadline(by)
	b, err := w.in.ReadByte()
	return b, err == nil
}

func (w *farWire) write(p []byte) {
	if !w.bytewise {
		_, _ = w.dev.Write(p)
		return
	}
	for i := range p {
		w.taken()
		_, _ = w.dev.Write(p[i : i+1])
	}
}

// taken waits until the host has read all that was sent.
func (w *farWire) taken() {
	for range 20000 {
		n, err := unix.IoctlGetInt(int(w.host.Fd()), unix.TIOCINQ)
		if err != nil || n == 0 {
			return
		}
		w.wait(100 * time.Microsecond)
	}
}

// wait lets time pass at the far end; false when the wire is gone.
func (w *farWire) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.gone:
		return false
	}
}

func (w *farWire) cut() {
	w.once.Do(func() {
		close(w.gone)
		w.dev.Close()
		w.host.Close()
	})
}

// unplug pulls the cable when the host has read what was sent: a pseudo-
// terminal loses what is still in it.
func (w *farWire) unplug() {
	w.taken()
	w.cut()
}

// farSheet is an invented picture of some kilobytes, another for each seed.
func farSheet(seed uint64, w, h int) []byte {
	img := image.NewGray(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(seed, 99))
	for i := range img.Pix {
		img.Pix[i] = uint8(uint64(i)/uint64(w)*3+seed*40) + uint8(r.IntN(60))
	}
	var b bytes.Buffer
	must(0, jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}))
	return b.Bytes()
}

// flipped is the picture with one bit wrong that no decoder notices.
func flipped(t *testing.T, p []byte) []byte {
	t.Helper()
	bad := slices.Clone(p)
	for i := len(p) * 2 / 3; i < len(p)-2; i++ {
		bad[i] ^= 4
		if img, err := jpeg.Decode(bytes.NewReader(bad)); err == nil && !same(img, must(jpeg.Decode(bytes.NewReader(p)))) {
			return bad
		}
		bad[i] = p[i]
	}
	t.Fatal("no bit of the picture can be flipped unseen")
	return nil
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if color.GrayModel.Convert(a.At(x, y)) != color.GrayModel.Convert(b.At(x, y)) {
				return false
			}
		}
	}
	return true
}

// withComment puts a comment into a picture, right after its first marker.
func withComment(p []byte, text string) []byte {
	n := len(text) + 2
	return slices.Concat(p[:2], []byte{0xFF, 0xFE, byte(n >> 8), byte(n)}, []byte(text), p[2:])
}

// wantPages holds an answer and its folder against the sheets that lay under
// the scanner, byte for byte.
func wantPages(t *testing.T, a answer, out, verified string, sheets ...[]byte) {
	t.Helper()
	pages, _ := wantAnswer(t, a)["pages"].([]any)
	files := names(t, out)
	if len(pages) != len(sheets) || len(files) != len(sheets) {
		t.Fatalf("%d pages, files %v, want %d", len(pages), files, len(sheets))
	}
	for i, want := range sheets {
		if !strings.HasSuffix(files[i], ".jpg") || !bytes.Equal(must(os.ReadFile(filepath.Join(out, files[i]))), want) {
			t.Errorf("%s is not the sheet that was taken", files[i])
		}
		if how := pages[i].(map[string]any)["verified"]; how != verified {
			t.Errorf("page %d is verified as %v, want %s", i+1, how, verified)
		}
	}
}

// wantNoPage holds a failed run against what it must leave: exit 1, one
// reason, a sentence, and nothing in the folder. It returns the reason.
func wantNoPage(t *testing.T, a answer, out string) string {
	t.Helper()
	v := a.fields(t)
	reason, _ := v["error"].(map[string]any)
	code, _ := reason["code"].(string)
	says, _ := reason["message"].(string)
	pages, _ := v["pages"].([]any)
	if a.code != exitFailure || len(pages) != 0 || !strings.HasPrefix(code, "scanner.") || !strings.Contains(says, " ") {
		t.Errorf("exit %d, %s", a.code, a.out)
	}
	if list, err := os.ReadDir(out); err == nil && len(list) > 0 {
		t.Errorf("a failed transfer left %v", names(t, out))
	}
	return code
}

// scanFrom runs the command against a far end.
func scanFrom(t *testing.T, w *farWire, protocol string, more ...string) (answer, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "pages")
	args := append([]string{"scan", "--port", w.path, "--protocol", protocol, "--out", out, "--json"}, more...)
	began := time.Now()
	a := ask(t, "", args...)
	t.Logf("%.1f s, exit %d %s", time.Since(began).Seconds(), a.code, a.out)
	return a, out
}
