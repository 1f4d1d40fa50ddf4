package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// pipe is a far end that answers nothing by itself, or by answer: what the
// driver writes, as it comes.
type pipe struct {
	answer func(h host, heard string)

	mu     sync.Mutex
	conn   net.Conn
	heard  []string
	opened int
}

func (p *pipe) open(context.Context) (wire.Link, error) {
	near, far := net.Pipe()
	p.mu.Lock()
	p.conn = far
	p.opened++
	p.mu.Unlock()
	heard := make(chan host, 100)
	texts := make(chan string, 100)
	go func() {
		for h := range heard {
			p.answer(h, <-texts)
		}
	}()
	go func() {
		defer close(heard)
		buf := make([]byte, 256)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.heard = append(p.heard, string(buf[:n]))
			nth := len(p.heard)
			p.mu.Unlock()
			if p.answer != nil {
				texts <- string(buf[:n])
				heard <- host{conn: far, nth: nth}
			}
		}
	}()
	return near, nil
}

func (p *pipe) host() host {
	p.mu.Lock()
	defer p.mu.Unlock()
	return host{conn: p.conn}
}

func (p *pipe) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

func onPipe(t *testing.T, s *Scanner, p *pipe, do func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s.Open = p.open
		run(t, s)
		time.Sleep(time.Second)
		synctest.Wait()
		do(t)
	})
}

func TestLineReader(t *testing.T) {
	p := &pipe{}
	s := &Scanner{Protocol: Line, Device: devices.ReaderDevice}
	onPipe(t, s, p, func(t *testing.T) {
		if st := s.Status(); !st.Ready || st.Device != devices.ReaderDevice {
			t.Errorf("status %+v", st)
		}
		if c := s.Capabilities(); c.Pages || !c.Codes {
			t.Errorf("capabilities %+v", c)
		}
		err := s.Scan(t.Context(), devices.ScanRequest{}, nil, nil)
		if f, ok := err.(*devices.Fault); !ok || f.Cause != devices.Refused || f.Device != devices.ReaderDevice {
			t.Errorf("a picture of a reader: %v", err)
		}
		h := p.host()
		h.send([]byte("one\rtwo\n\r\nthr"), []byte("ee\r"))
		h.drip([]byte("four"))
		time.Sleep(lineQuiet)
		h.send([]byte("five\x00\r"), []byte("six")) // a code holds no NUL
		time.Sleep(lineQuiet)
		for _, want := range []string{"one", "two", "three", "four", "six"} {
			if c := <-s.Codes(); string(c.Raw) != want {
				t.Errorf("code %q, want %q", c.Raw, want)
			}
		}
		h.send(bytes.Repeat([]byte("x"), maxLine), []byte("\r")) // the longest
		if c := <-s.Codes(); len(c.Raw) != maxLine {
			t.Errorf("the longest line has %d bytes", len(c.Raw))
		}
		h.send(bytes.Repeat([]byte("x"), 10*maxLine), []byte("\r"))
		synctest.Wait()
		if st := s.Status(); st.Ready || st.Cause != devices.Garbled {
			t.Errorf("after a line without an end: %+v", st)
		}
		time.Sleep(time.Second)
		h.send([]byte("again\r"))
		if c := <-s.Codes(); string(c.Raw) != "again" {
			t.Errorf("after a line without an end: %d bytes", len(c.Raw))
		}
		if st := s.Status(); !st.Ready || len(p.seen()) != 0 {
			t.Errorf("%+v, heard %q", st, p.seen())
		}
	})
}

func magPicture(jpeg []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{magHere}, uint32(len(jpeg))), jpeg...)
}

func TestDatalogic(t *testing.T) {
	page := testJPEG(t, 1)
	ok := magPicture(page)
	then := func(first func(h host)) func(h host, heard string) { // and good pictures afterwards
		return func(h host, heard string) {
			if h.nth == 1 {
				first(h)
				return
			}
			h.send(ok)
		}
	}
	always := func(b []byte) func(h host, heard string) { return func(h host, heard string) { h.send(b) } }
	for _, c := range []struct {
		name   string
		answer func(h host, heard string)
		want   devices.Cause
		asked  int
	}{
		{"good", always(ok), "", 1},
		{"byte by byte", func(h host, _ string) { h.drip(ok) }, "", 1},
		{"codes around", always(slices.Concat([]byte("a\r"), ok, []byte("b\r"))), "", 1},
		{"a code without an end before", always(slices.Concat([]byte("a"), ok)), "", 1},
		{"length 0 once", then(func(h host) { h.send(magPicture(nil)) }), "", 2},
		{"length 0 always", always(magPicture(nil)), devices.Silent, 3},
		{"refused", always([]byte{magRefuse}), devices.Refused, 1},
		{"nothing", func(host, string) {}, devices.Silent, 3},
		{"nothing once", then(func(host) {}), "", 2},
		{"cut once", then(func(h host) { h.send(ok[:len(ok)/2]) }), "", 2},
		{"cut always", always(ok[:len(ok)-1]), devices.Truncated, 3},
		{"cut in the length", always(ok[:3]), devices.Truncated, 3},
		{"cut in the file", always(magPicture(page[:len(page)-2])), devices.Truncated, 3},
		{"huge", always([]byte("\x06\xFF\xFF\xFF\xFF")), devices.Garbled, 3},
		{"ten megabytes", always([]byte("\x06\x00\xA0\x00\x00")), devices.TooLarge, 1},
		{"no JPEG", always(magPicture([]byte("BM not a picture"))), devices.Garbled, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &pipe{answer: c.answer}
			s := &Scanner{Protocol: Datalogic}
			onPipe(t, s, p, func(t *testing.T) {
				var last, all int64
				sheet, err := snap(s, t.Context(), func(done, total int64) { last, all = done, total })
				if got := causeOf(t, err); got != c.want {
					t.Fatalf("cause %q, want %q (%v)", got, c.want, err)
				}
				if asked := p.seen(); len(asked) != c.asked || asked[0] != "P\x04pSBC" {
					t.Errorf("asked %q", asked)
				}
				if err == nil && (!bytes.Equal(sheet.Bytes, page) || sheet.Verified != devices.Decoded || last != all || sheet.DPI != 200) {
					t.Errorf("%d bytes, %s, %d dpi, progress %d of %d", len(sheet.Bytes), sheet.Verified, sheet.DPI, last, all)
				}
				time.Sleep(10 * time.Second)
				if st := s.Status(); !st.Ready {
					t.Errorf("afterwards %+v", st)
				}
			})
		})
	}
}

// A picture that was given up must not be taken for the next one.
func TestDatalogicCancelled(t *testing.T) {
	old, page := testJPEG(t, 1), testJPEG(t, 2)
	p := &pipe{answer: func(h host, _ string) {
		if h.nth == 1 {
			time.Sleep(2 * time.Second)
			h.send(magPicture(old))
			return
		}
		h.send(magPicture(page))
	}}
	s := &Scanner{Protocol: Datalogic}
	onPipe(t, s, p, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := snap(s, ctx, nil); causeOf(t, err) != devices.Cancelled {
			t.Fatalf("first: %v", err)
		}
		sheet, err := snap(s, t.Context(), nil)
		if err != nil || !bytes.Equal(sheet.Bytes, page) {
			t.Fatalf("second: %v", err)
		}
		p.host().send(magPicture(old), []byte("code\r")) // unasked: never cut into codes
		if c := <-s.Codes(); string(c.Raw) != "code" {
			t.Errorf("code %q", c.Raw)
		}
	})
}

func TestRefusedWithoutAByte(t *testing.T) {
	for _, c := range []struct {
		s    *Scanner
		r    devices.ScanRequest
		want devices.Cause
	}{
		{&Scanner{Baud: 9600}, devices.ScanRequest{}, devices.TooSlow},
		{&Scanner{Baud: 38400, Protocol: Datalogic}, devices.ScanRequest{}, devices.TooSlow},
		{&Scanner{Baud: 57600}, devices.ScanRequest{}, devices.Cancelled}, // goes on to wait for a driver
		{&Scanner{Baud: 9600, Line: CDC}, devices.ScanRequest{}, devices.Cancelled},
		{&Scanner{}, devices.ScanRequest{Duplex: true}, devices.Refused},
		{&Scanner{Protocol: Line, Baud: 9600}, devices.ScanRequest{}, devices.Refused},
	} {
		nobodyRuns, cancel := context.WithCancel(t.Context())
		cancel()
		if got := causeOf(t, c.s.Scan(nobodyRuns, c.r, nil, nil)); got != c.want {
			t.Errorf("%s at %d baud: %q, want %q", c.s.Protocol, c.s.Baud, got, c.want)
		}
	}
}

func TestQualityIsAsked(t *testing.T) {
	page := testJPEG(t, 1)
	for _, c := range []struct {
		line    string
		quality int
		want    string
	}{
		{RS232, 0, "IMGSNP1L;IMGSHP2P6F50J1S!"}, {CDC, 0, "IMGSNP1L;IMGSHP2P6F85J1S!"},
		{RS232, 75, "IMGSNP1L;IMGSHP2P6F75J1S!"}, {CDC, 300, "IMGSNP1L;IMGSHP2P6F100J1S!"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &scripted{script: good(page)}
			s := &Scanner{Open: d.open, Line: c.line, Quality: c.quality}
			run(t, s)
			wants(t, s, page, "")
			if lines, _, _ := d.seen(); lines[0] != c.want {
				t.Errorf("sent %q, want %q", lines[0], c.want)
			}
		})
	}
}

// An imager that does not know DECHDR1 takes pictures all the same, and its
// bare codes are no sign of anything.
func TestUnframedImager(t *testing.T) {
	page := testJPEG(t, 1)
	for _, status := range []byte{enq, nak} {
		synctest.Test(t, func(t *testing.T) {
			d := &scripted{script: func(h host, line string) {
				h.send([]byte("one\r"), reply(line), []byte("two\r"), picture(page))
			}, shake: status}
			s := &Scanner{Open: d.open, Line: RS232}
			run(t, s)
			wants(t, s, page, "")
			d.host().send([]byte("three\r"))
			for _, want := range []string{"one", "two", "one", "two", "three"} {
				if c := <-s.Codes(); string(c.Raw) != want {
					t.Errorf("code %q, want %q", c.Raw, want)
				}
			}
			time.Sleep(time.Second)
			if _, n, _ := d.seen(); n != 1 || !s.Status().Ready {
				t.Errorf("%d handshakes, %+v", n, s.Status())
			}
		})
	}
}

// What hot-plugging tells cuts the back-off short.
func TestAppeared(t *testing.T) {
	page := testJPEG(t, 1)
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: good(page)}
		here, appeared := false, make(chan struct{}, 1)
		var mu sync.Mutex
		s := &Scanner{
			Appeared: func(context.Context) <-chan struct{} { return appeared },
			Open: func(ctx context.Context) (wire.Link, error) {
				mu.Lock()
				defer mu.Unlock()
				if !here {
					return nil, &devices.Fault{Cause: devices.Offline}
				}
				return d.open(ctx)
			},
		}
		run(t, s)
		time.Sleep(time.Minute)
		mu.Lock()
		here = true
		mu.Unlock()
		from := time.Now()
		appeared <- struct{}{}
		synctest.Wait()
		wants(t, s, page, "")
		if took := time.Since(from); took > time.Second {
			t.Errorf("taken up after %v", took)
		}
	})
}
