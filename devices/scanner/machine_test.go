package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

var (
	sequences = flag.Int("sequences", 10_000, "random event sequences the state machines are put through")
	seed      = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random event sequences")
)

// chaos is a far end that does random things for a while and what is right
// from then on.
type chaos struct {
	r        *rand.Rand
	protocol string
	page     []byte
	flips    bool // shipments may be damaged in ways that no length tells

	mu    sync.Mutex
	left  int // random acts to go
	conns int
}

func (c *chaos) open(context.Context) (wire.Link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left > 0 && c.r.IntN(6) == 0 {
		c.left--
		return nil, &devices.Fault{Cause: []devices.Cause{devices.Offline, devices.Denied, devices.Occupied}[c.r.IntN(3)]}
	}
	c.conns++
	near, far := net.Pipe()
	go c.serve(far)
	return near, nil
}

// wild takes one of the random acts, if there are any left.
func (c *chaos) wild() (act int, wild bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		return 0, false
	}
	c.left--
	return c.r.IntN(16), true
}

func (c *chaos) n(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.IntN(n)
}

// serve hears commands and answers each; what comes while it is busy waits.
func (c *chaos) serve(conn net.Conn) {
	defer conn.Close()
	if act, wild := c.wild(); wild { // before a word is said
		c.act(conn, act, nil)
	}
	heard := make(chan string, 1000)
	go func() {
		defer close(heard)
		var line []byte
		b := make([]byte, 1)
		for {
			if _, err := conn.Read(b); err != nil {
				return
			}
			line = append(line, b[0])
			switch {
			case c.protocol == Honeywell && b[0] == '!':
				heard <- string(bytes.TrimPrefix(line, []byte(prefix)))
				line = line[:0]
			case c.protocol == Datalogic && len(line) == len(takePicture):
				heard <- string(line)
				line = line[:0]
			}
		}
	}()
	for line := range heard {
		right := c.right(line)
		act, wild := c.wild()
		if !wild {
			conn.Write(right)
			continue
		}
		if !c.act(conn, act, right) {
			return
		}
	}
}

// right is what a sound device answers.
func (c *chaos) right(line string) []byte {
	switch {
	case c.protocol == Datalogic:
		return magPicture(c.page)
	case line == handshake:
		return reply(line)
	}
	return append(reply(line), picture(c.page)...)
}

// act does something else, or something more, than what is right; false is a
// hangup.
func (c *chaos) act(conn net.Conn, act int, right []byte) bool {
	junk := func(n int) []byte {
		b := make([]byte, c.n(n)+1)
		for i := range b {
			b[i] = byte(c.n(256))
		}
		return b
	}
	at := c.n(len(right) + 1)
	switch act {
	case 0:
		return false
	case 1: // silence
	case 2:
		conn.Write(junk(50))
	case 3:
		conn.Write(right[:at])
	case 4:
		conn.Write(right[:at])
		return false
	case 5:
		conn.Write(right[:at])
		time.Sleep(time.Duration(c.n(4000)) * time.Millisecond)
		conn.Write(right[at:])
	case 6:
		conn.Write(append(junk(30), right...))
	case 7:
		conn.Write(bytes.Replace(right, []byte{ack}, []byte{[]byte{nak, enq, ack}[c.n(3)]}, 1+c.n(2)))
	case 8:
		conn.Write(append(append([]byte("code\r"), right...), right...))
	case 9:
		for i := range right[:min(at, 300)] {
			conn.Write(right[i : i+1])
		}
		conn.Write(right[min(at, 300):])
	case 10:
		head := binary.LittleEndian.AppendUint32([]byte{syn, msg}, uint32(c.n(1<<30)<<c.n(3)))
		conn.Write(append(append(head, '\r'), junk(40)...))
	case 11:
		conn.Write(append(append([]byte{magHere}, junk(4)...), magRefuse))
	case 12:
		c.damage(conn, bytes.Clone(right))
	case 13:
		conn.Write(append(decode("code"), right...))
		time.Sleep(time.Duration(c.n(3000)) * time.Millisecond)
	case 14:
		time.Sleep(time.Duration(c.n(8000)) * time.Millisecond)
		conn.Write(right)
	case 15:
		conn.Write(bytes.Repeat(junk(3), 3000))
	}
	return true
}

// damage sends what is right with a wrong, missing or additional byte.
func (c *chaos) damage(conn net.Conn, b []byte) {
	if len(b) == 0 {
		return
	}
	at := c.n(len(b))
	switch kind := c.n(3); {
	case kind == 0 && c.flips:
		b[at] ^= 1 << c.n(8)
	case kind == 1:
		b = append(b[:at], b[at+1:]...)
	default:
		b = append(b[:at], append([]byte{byte(c.n(256))}, b[at:]...)...)
	}
	conn.Write(b)
}

// survive puts one driver through one sequence: whatever happens, a sheet is
// the page, a sound device is served again within a few tries, and Run ends.
func survive(t *testing.T, protocol, line string, flips bool, page []byte, seed, nth uint64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, nth))
		c := &chaos{r: r, protocol: protocol, page: page, flips: flips, left: 1 + r.IntN(10)}
		s := &Scanner{Open: c.open, Protocol: protocol, Line: line}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		good := 0
		for try := 0; good < 2; try++ {
			if try == 60 {
				t.Fatalf("dead end: sequence %d of seed %d, %s %s, status %+v", nth, seed, protocol, line, s.Status())
			}
			sheet, err := hurried(s, t.Context(), c.n(20))
			var f *devices.Fault
			switch {
			case err == nil && !bytes.Equal(sheet.Bytes, page):
				t.Fatalf("a damaged sheet: sequence %d of seed %d, %s %s", nth, seed, protocol, line)
			case err == nil:
				good++
			case !errors.As(err, &f):
				t.Fatalf("sequence %d of seed %d: %v is no fault", nth, seed, err)
			default:
				good = 0
				time.Sleep(time.Duration(c.n(3000)) * time.Millisecond)
			}
		}
		cancel()
		synctest.Wait()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		default:
			t.Fatalf("Run goes on: sequence %d of seed %d", nth, seed)
		}
		time.Sleep(time.Minute) // for what the far end still waits for
	})
}

// hurried scans, and one time in 20 gives up soon.
func hurried(s *Scanner, ctx context.Context, dice int) (devices.Sheet, error) {
	if dice == 0 {
		short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
		defer cancel()
		return snap(s, short, nil)
	}
	return snap(s, ctx, nil)
}

func machine(t *testing.T, share int, protocol, line string, flips bool) {
	t.Parallel()
	page := samplePicture(24, 16, 60, true, 1)
	n := *sequences * share / 10
	if testing.Short() {
		n /= 10
	}
	t.Logf("seed %d, %d sequences", *seed, n)
	for i := range n {
		if survive(t, protocol, line, flips, page, *seed, uint64(i)); t.Failed() {
			return
		}
	}
}

func TestMachineHoneywellRS232(t *testing.T) { machine(t, 10, Honeywell, RS232, true) }
func TestMachineHoneywellCDC(t *testing.T)   { machine(t, 2, Honeywell, CDC, false) }
func TestMachineDatalogic(t *testing.T)      { machine(t, 2, Datalogic, CDC, false) }

// A reader of lines goes through anything and reads on.
func TestMachineLine(t *testing.T) {
	t.Logf("seed %d", *seed)
	for i := range *sequences / 10 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(*seed, uint64(i)))
			p := &pipe{}
			s := &Scanner{Open: p.open, Protocol: Line}
			run(t, s)
			for range 1 + r.IntN(6) {
				h := p.host()
				switch r.IntN(4) {
				case 0:
					h.conn.Close()
				case 1:
					h.send(bytes.Repeat([]byte{byte(r.UintN(256))}, r.IntN(9000)))
				case 2:
					h.send([]byte(fmt.Sprint("code", r.Uint64())), []byte("\r\n"[r.IntN(2):]))
				}
				time.Sleep(time.Duration(r.IntN(2000)) * time.Millisecond)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			p.host().send([]byte("last\r"))
			synctest.Wait()
			last := ""
			for len(s.Codes()) > 0 {
				last = string((<-s.Codes()).Raw)
			}
			if last != "last" || !s.Status().Ready {
				t.Errorf("sequence %d of seed %d: read %q, %+v", i, *seed, last, s.Status())
			}
		})
	}
}
