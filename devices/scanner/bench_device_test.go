package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// host is what a scripted device can do to the driver.
type host struct {
	conn  net.Conn
	nth   int                 // which line of picture commands this is, from 1
	noise func([]byte) []byte // what the line makes of what is sent; nil leaves it
}

func (h host) send(parts ...[]byte) {
	for _, p := range parts {
		if h.noise != nil {
			p = h.noise(p)
		}
		h.conn.Write(p) // a driver that has hung up is the test's business
	}
}

// drip sends a byte at a time.
func (h host) drip(b []byte) {
	for i := range b {
		h.conn.Write(b[i : i+1])
	}
}

// script answers one line of picture commands.
type script func(h host, line string)

// scripted gives an Opener of a device that answers handshakes by itself and
// everything else by the script. Handshakes and lines are counted.
type scripted struct {
	script script
	deaf   bool                // does not even answer handshakes
	shake  byte                // the status handshakes are answered with; 0 is ACK
	noise  func([]byte) []byte // see host

	mu         sync.Mutex
	conn       net.Conn
	lines      []string
	handshakes int
	opened     int
}

func (d *scripted) open(context.Context) (wire.Link, error) {
	near, far := net.Pipe()
	d.mu.Lock()
	d.conn = far
	d.opened++
	d.mu.Unlock()
	go d.run(far)
	return near, nil
}

// run hears everything at once, as a port's buffer does, and does one thing
// after another.
func (d *scripted) run(conn net.Conn) {
	lines := make(chan string, 100)
	defer close(lines)
	go func() {
		for line := range lines {
			d.obey(conn, line)
		}
	}()
	var line []byte
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		line = append(line, buf[:n]...)
		if bytes.HasSuffix(line, []byte("!")) {
			lines <- strings.TrimPrefix(string(line), prefix)
			line = line[:0]
		}
	}
}

func (d *scripted) obey(conn net.Conn, line string) {
	d.mu.Lock()
	if line == handshake {
		d.handshakes++
	} else {
		d.lines = append(d.lines, line)
	}
	nth := len(d.lines)
	d.mu.Unlock()
	switch {
	case line != handshake:
		d.script(host{conn, nth, d.noise}, line)
	case !d.deaf && d.shake != 0:
		host{conn: conn, noise: d.noise}.send(reply(handshake, d.shake))
	case !d.deaf:
		host{conn: conn, noise: d.noise}.send([]byte("DECHDR1\x06!"))
	}
}

func (d *scripted) host() host {
	d.mu.Lock()
	defer d.mu.Unlock()
	return host{conn: d.conn, noise: d.noise}
}

func (d *scripted) seen() (lines []string, handshakes, opened int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...), d.handshakes, d.opened
}

// reply is the echo of line with one status before each separator; missing
// statuses are ACK.
func reply(line string, statuses ...byte) []byte {
	var out []byte
	for _, c := range []byte(line) {
		if c == ';' || c == '!' {
			status := byte(ack)
			if len(statuses) > 0 {
				status, statuses = statuses[0], statuses[1:]
			}
			out = append(out, status)
		}
		out = append(out, c)
	}
	return out
}

func block(payload []byte) []byte {
	b := append([]byte{syn, msg}, binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))...)
	return append(append(b, '\r'), payload...)
}

func picture(jpeg []byte) []byte {
	return block(append([]byte("IMGSHP2P6F75J1S\x1D"), jpeg...))
}

func decode(text string) []byte {
	return block(fmt.Appendf(nil, "MSGGET%04dsQ1\x1D%s\r", len(text)+1, text))
}

// testJPEG is a small picture with the protocol's own marks in a comment.
func testJPEG(t testing.TB, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewGray(image.Rect(0, 0, 96, 64))
	for i := range img.Pix {
		img.SetGray(i%96, i/96, color.Gray{uint8(r.UintN(256))})
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	mark := []byte("\x16\xFE\x05\x00\x00\x00\rMSGGET\x1D\x16M\rIMGSNP1L\x06;!")
	jfif := []byte("\xFF\xE0\x00\x10JFIF\x00\x01\x02\x01\x00\xC8\x00\xC8\x00\x00")
	com := append([]byte{0xFF, 0xFE, 0, byte(len(mark) + 2)}, mark...)
	b := buf.Bytes()
	return bytes.Join([][]byte{b[:2], jfif, com, b[2:]}, nil)
}

// spoilt is b with one byte of the coded data changed, markers intact.
func spoilt(b []byte, from int) []byte {
	b = bytes.Clone(b)
	for i := len(b)/2 + from; ; i++ {
		if b[i] != 0xFF && b[i-1] != 0xFF && b[i]^1 != 0xFF {
			b[i] ^= 1
			return b
		}
	}
}

// start runs a driver on the device until the test (in a synctest bubble) ends.
func start(t *testing.T, d *scripted, line string) *Scanner {
	t.Helper()
	s := &Scanner{Open: d.open, Line: line}
	run(t, s)
	return s
}

func run(t *testing.T, s *Scanner) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		time.Sleep(time.Minute) // the bubble's: for scripts that still wait
	})
	synctest.Wait()
}

// testLine is the line that takes a picture and ships it.
var testLine = snapAndShip(qualityRS232)

// letter stands for a line of picture commands.
func letter(line string) string {
	switch {
	case strings.HasPrefix(line, "IMGSNP1L;IMGSHP2P6F"):
		return "s"
	case strings.HasPrefix(line, "IMGSHP2P6F"):
		return "r"
	}
	return "?"
}

// snap scans one sheet.
func snap(s *Scanner, ctx context.Context, progress devices.Progress) (sheet devices.Sheet, err error) {
	err = s.Scan(ctx, devices.ScanRequest{}, func(got devices.Sheet) error { sheet = got; return nil }, progress)
	return sheet, err
}

// causeOf is the cause of err, "" for nil.
func causeOf(t *testing.T, err error) devices.Cause {
	t.Helper()
	if err == nil {
		return ""
	}
	f, ok := err.(*devices.Fault)
	if !ok {
		t.Fatalf("error %v is no Fault", err)
	}
	if f.Device != devices.ScannerDevice {
		t.Errorf("fault %v names device %q", f, f.Device)
	}
	return f.Cause
}
