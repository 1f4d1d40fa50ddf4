package printer

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// farEnd is a small printer for tests that want thousands of them: it obeys
// what jobs are made of, byte for byte and in zero time, keeps what it executed
// between two cuts, and misbehaves on order.
type farEnd struct {
	profile Profile
	rng     *rand.Rand // of the replies' noise

	mu      sync.Mutex
	turn    *sync.Cond
	conn    net.Conn // nil while unplugged
	say     func(...byte)
	away    bool // nobody at the line
	buffer  []byte
	seen    []byte // the start of a real-time command
	asb     byte
	lastASB [4]byte

	out, cover, hot, broken, off bool
	jammed, cutError             bool
	silent, deaf                 bool          // says nothing; reads nothing
	flip                         float64       // of the bits of replies
	pace                         time.Duration // for each byte
	junk                         bool          // says random things too

	paper []byte   // commands executed since the last cut, those that show
	slips [][]byte // what was cut off
	other int      // bytes that were no command
}

func newFarEnd(pr Profile, seed uint64) *farEnd {
	f := &farEnd{profile: pr, rng: rand.New(rand.NewPCG(seed, 1))}
	f.turn = sync.NewCond(&f.mu)
	return f
}

// open is a wire.Opener.
func (f *farEnd) open(context.Context) (wire.Link, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away || f.conn != nil {
		return nil, &devices.Fault{Cause: devices.Offline, Detail: "nobody there"}
	}
	near, far := net.Pipe()
	f.conn = far
	replies := make(chan []byte, 1000)
	go f.serve(far, replies)
	go func() {
		for b := range replies {
			if _, err := far.Write(b); err != nil {
				for range replies {
				}
				return
			}
		}
	}()
	return near, nil
}

func (f *farEnd) serve(conn net.Conn, replies chan<- []byte) {
	b := make([]byte, 300)
	say := func(r ...byte) {
		if f.silent || f.off || f.conn != conn {
			return
		}
		r = bytes.Clone(r)
		for i := range r {
			for bit := byte(1); bit != 0 && f.flip > 0; bit <<= 1 {
				if f.rng.Float64() < f.flip {
					r[i] ^= bit
				}
			}
		}
		select {
		case replies <- r:
		default:
		}
	}
	f.mu.Lock()
	f.say = say
	f.mu.Unlock()
	for {
		f.mu.Lock()
		for f.deaf && f.conn == conn {
			f.turn.Wait()
		}
		f.mu.Unlock()
		n, err := conn.Read(b)
		time.Sleep(time.Duration(n) * f.pace)
		f.mu.Lock()
		if !f.off && f.conn == conn { // else it never arrived
			for _, c := range b[:n] {
				f.realtime(c, say)
				f.buffer = append(f.buffer, c)
			}
			f.obey(say)
			if f.junk && f.rng.IntN(4) == 0 {
				say(byte(f.rng.Uint32()), byte(f.rng.Uint32()))
			}
		}
		if err != nil {
			f.hangUp(conn)
			close(replies)
			f.mu.Unlock()
			return
		}
		f.mu.Unlock()
	}
}

// hangUp ends one connection; f.mu is held.
func (f *farEnd) hangUp(conn net.Conn) {
	conn.Close()
	if f.conn == conn {
		f.conn = nil
	}
	f.turn.Broadcast()
}

// set changes the printer under its lock and lets it go on.
func (f *farEnd) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	if f.conn != nil && f.say != nil && !f.off {
		f.obey(f.say)
	}
	f.turn.Broadcast()
}

// unplug hangs up; what the printer holds stays unless the power goes too.
func (f *farEnd) unplug(power bool) {
	f.set(func() {
		if power {
			f.powerCut()
		}
		if f.conn != nil {
			f.hangUp(f.conn)
		}
	})
}

// powerCut forgets all but the paper.
func (f *farEnd) powerCut() { f.buffer, f.seen, f.asb, f.cutError = nil, nil, 0, false }

func (f *farEnd) online() bool { return !f.out && !f.cover && !f.hot && !f.broken && !f.cutError }

func (f *farEnd) realtime(c byte, say func(...byte)) {
	f.seen = append(f.seen, c)
	switch n := len(f.seen); {
	case f.seen[0] != 0x10, n == 2 && c != 4 && c != 5:
		f.seen = f.seen[:0]
	case n == 3 && f.seen[1] == 4:
		f.seen = f.seen[:0]
		if f.profile.Realtime {
			say(f.status(c))
		}
	case n == 3:
		f.seen = f.seen[:0]
		if c == 2 && f.cutError {
			f.buffer = nil
		}
		f.cutError = f.cutError && f.jammed
	}
}

func (f *farEnd) status(n byte) byte {
	bit := func(on bool, b byte) byte {
		if on {
			return b
		}
		return 0
	}
	switch n {
	case 1:
		return 0x12 | bit(!f.online(), 0x08)
	case 2:
		return 0x12 | bit(f.cover, 0x04) | bit(f.out, 0x20) | bit(f.cutError || f.broken || f.hot, 0x40)
	case 3:
		return 0x12 | bit(f.cutError, 0x08) | bit(f.broken, 0x20) | bit(f.hot, 0x40)
	}
	return 0x12 | bit(f.out, 0x6c)
}

func (f *farEnd) auto(say func(...byte)) {
	if f.asb == 0 || !f.profile.AutoStatus {
		return
	}
	now := [4]byte{0x10}
	for _, b := range []struct {
		on  bool
		at  int
		bit byte
	}{{!f.online(), 0, 0x08}, {f.cover, 0, 0x20}, {f.cutError, 1, 0x08}, {f.broken, 1, 0x20}, {f.hot, 1, 0x40}, {f.out, 2, 0x0f}} {
		if b.on {
			now[b.at] |= b.bit
		}
	}
	if now != f.lastASB {
		f.lastASB = now
		say(now[:]...)
	}
}

// obey executes what the buffer holds, as far as the printer is able to.
func (f *farEnd) obey(say func(...byte)) {
	f.auto(say)
	for f.online() && len(f.buffer) > 0 {
		n := commandLength(f.buffer)
		if n == 0 {
			return // not all of it is here
		}
		if n > 0 && f.jammed && bytes.HasPrefix(f.buffer, []byte("\x1dV")) {
			f.cutError = true
			f.auto(say)
			return
		}
		if n < 0 {
			f.other++
			n = 1
		}
		f.execute(f.buffer[:n], say)
		f.buffer = f.buffer[n:]
	}
}

func (f *farEnd) execute(b []byte, say func(...byte)) {
	switch {
	case b[0] == 0x10 || b[0] == 0:
	case bytes.HasPrefix(b, []byte("\x1b@")):
		f.asb = 0
	case bytes.HasPrefix(b, []byte("\x1da")):
		f.asb, f.lastASB = b[2], [4]byte{}
		f.auto(say)
	case bytes.HasPrefix(b, []byte("\x1dr")):
		if f.profile.Queued {
			say(0)
		}
	case bytes.HasPrefix(b, []byte("\x1d(H")):
		if f.profile.ProcessID {
			say(append(append([]byte{0x37, 0x22}, b[7:]...), 0)...)
		}
	case bytes.HasPrefix(b, []byte("\x1dV")):
		if len(f.paper) > 0 {
			f.slips = append(f.slips, f.paper)
		}
		f.paper = nil
	case b[0] != 0x1c:
		f.paper = append(f.paper, b...)
	}
}

// commandLength is how long the command at the start of b is, 0 if its end is
// not there yet, and -1 if it is none.
func commandLength(b []byte) int {
	need := func(n int) int {
		if len(b) < n {
			return 0
		}
		return n
	}
	if b[0] == 0 {
		return 1
	}
	if len(b) < 2 {
		return need(2)
	}
	switch string(b[:2]) {
	case "\x1b@", "\x1c.":
		return 2
	case "\x1bJ", "\x1da", "\x1dr", "\x10\x04", "\x10\x05":
		return need(3)
	case "\x1dV":
		if need(3) == 0 || b[2] > 60 {
			return need(4)
		}
		return 3
	case "\x1d(":
		return need(11)
	case "\x1dv":
		if need(8) == 0 {
			return 0
		}
		return need(8 + (int(b[4])+int(b[5])<<8)*(int(b[6])+int(b[7])<<8))
	}
	return -1
}

// executed is what a printer that loses nothing executes between two cuts.
func executed(j *job) []byte {
	f := newFarEnd(Profile{}, 0)
	for _, p := range j.parts {
		f.buffer = append(f.buffer, p.bytes...)
	}
	f.obey(func(...byte) {})
	return f.slips[0]
}
