package virtual

import (
	"bytes"
	"fmt"
)

// A printer that speaks XON/XOFF stops the host when so few bytes are left,
// and lets it go on when so many are free again (TM-U200's figures).
const (
	xoffRoom = 16
	xonRoom  = 32

	xon  = 0x11
	xoff = 0x13
)

// The ways a printer can keep its buffer from running over.
const (
	FlowUSB     = "usb"     // stops reading, as a USB endpoint does; the same as ""
	FlowRTSCTS  = "rtscts"  // stops reading: the line's own handshake
	FlowXONXOFF = "xonxoff" // sends XOFF and XON; what comes nevertheless is lost
	FlowNone    = "none"    // what comes to a full buffer is lost
)

// receive takes bytes from the line. Real-time commands are obeyed here, as
// they arrive, whatever they are part of; all bytes go to the buffer too.
func (s *session) receive() {
	b := make([]byte, 512)
	for {
		if !s.listens() {
			return
		}
		n, err := s.conn.Read(b)
		if !s.hear(b[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

// hear obeys and keeps bytes; false when the line is gone.
func (s *session) hear(b []byte) bool {
	if len(s.seen) == 0 && bytes.IndexByte(b, 0x10) < 0 {
		return s.push(b) // nothing to obey on arrival
	}
	for i, c := range b {
		s.realtime(c)
		if !s.push(b[i : i+1]) {
			return false
		}
	}
	return true
}

// listens waits while a printer of that kind does not read at all.
func (s *session) listens() bool {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for s.profile.Busy && !p.sw.off && !p.sw.online() && !s.dead {
		p.turn.Wait()
	}
	return !s.dead
}

func (s *session) roomLocked() int { return max(64, s.profile.Buffer) - len(s.buffer) }

// push puts bytes into the buffer, as there is room or can be waited for;
// false when the line is gone.
func (s *session) push(b []byte) bool {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	waits := p.cfg.Flow != FlowNone && p.cfg.Flow != FlowXONXOFF
	for len(b) > 0 {
		for waits && s.roomLocked() <= 0 && !s.dead && !p.sw.off {
			p.turn.Wait()
		}
		if s.dead {
			return false
		}
		if p.sw.off {
			return true // nobody there to take it
		}
		n := min(len(b), max(0, s.roomLocked()))
		s.buffer = append(s.buffer, b[:n]...)
		b = b[n:]
		if p.cfg.Flow == FlowXONXOFF && !s.full && s.roomLocked() <= xoffRoom {
			s.full = true
			s.urgentLocked(xoff)
		}
		p.turn.Broadcast()
		if !waits {
			p.dropped += len(b)
			break
		}
	}
	return true
}

// The real-time commands with fixed parameters: DLE DC4 2, power off, and DLE
// DC4 8, clear the buffers.
var (
	turnOff = []byte{0x10, 0x14, 0x02, 0x01, 0x08}
	clear8  = []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}
)

// realtime collects DLE commands and obeys them.
func (s *session) realtime(c byte) {
	if len(s.seen) == 0 && c != 0x10 {
		return
	}
	s.seen = append(s.seen, c)
	n := len(s.seen)
	switch {
	case n == 1:
		return
	case n == 2 && (c == 0x04 || c == 0x05 || c == 0x14):
		return
	case n == 3 && s.seen[1] == 0x04 && c >= 1 && c <= 8:
		s.heard()
		s.status(c)
		s.seen = s.seen[:0]
		return
	case n == 3 && s.seen[1] == 0x05 && c <= 2:
		s.heard()
		s.recover(c)
		s.seen = s.seen[:0]
		return
	case n == 3 && s.seen[1] == 0x14 && c == 1: // the pulse, whatever its length
		s.heard()
		s.pulse()
		s.seen = s.seen[:0]
		return
	case bytes.Equal(s.seen, turnOff):
		s.seen = s.seen[:0]
		s.turnOff()
		return
	case bytes.Equal(s.seen, clear8):
		s.seen = s.seen[:0]
		s.recover(2)
		return
	case bytes.HasPrefix(turnOff, s.seen), bytes.HasPrefix(clear8, s.seen):
		if n == 3 {
			s.heard()
		}
		return
	}
	// Not a command after all; this byte may start one.
	s.seen = s.seen[:0]
	if c == 0x10 {
		s.seen = append(s.seen, c)
	}
}

// heard counts a real-time command by its first three bytes.
func (s *session) heard() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.sw.off {
		return
	}
	if s.p.realtime == nil {
		s.p.realtime = map[string]int{}
	}
	s.p.realtime[fmt.Sprintf("% X", s.seen[:3])]++
}

func (s *session) pulse() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if !s.p.sw.off {
		s.p.pulses++
	}
}

func (s *session) turnOff() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.powerLocked(false)
}

// recover is DLE ENQ: 1 goes on, 2 drops the buffers; 0 presses the button of
// a printer that waits for it, which this one never does.
func (s *session) recover(n byte) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if n == 0 || p.sw.off {
		return
	}
	if n == 2 {
		s.clearLocked(errCleared)
	}
	if !p.sw.jammed {
		p.sw.cutError = false
	}
	p.changedLocked()
}

// powerLocked takes the printer's power or gives it back; the cable stays.
// What the buffer held is gone and so are modes, definitions and the answers
// not yet sent; what is on paper stays.
func (p *Printer) powerLocked(on bool) {
	p.sw.off = !on
	p.sw.cutError = false // power on tries the cutter anew
	if s := p.on; s != nil && !on {
		s.clearLocked(errReborn)
		s.queue, s.held, s.asb, s.lastASB = nil, nil, 0, ""
		s.life++
	}
	p.turn.Broadcast()
}

// status answers DLE EOT n.
func (s *session) status(n byte) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.profile.Realtime || n > 4 {
		return
	}
	sw, b := p.sw, byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	auto := sw.hot || sw.cover && s.stuck
	switch n {
	case 1:
		set(!sw.online(), 0x08)
		set(sw.feed, 0x40)
	case 2:
		set(sw.cover, 0x04)
		set(sw.feed, 0x08)
		set(sw.out, 0x20)
		set(sw.cutError || sw.broken || auto, 0x40)
	case 3:
		set(sw.cutError, 0x08)
		set(sw.broken, 0x20)
		set(auto, 0x40)
	case 4:
		set(sw.low || sw.out, 0x0c)
		set(sw.out, 0x60)
	}
	s.sendLocked([]byte{b})
}

// asbLocked is the automatic status of this moment.
func (s *session) asbLocked() [4]byte {
	sw, b := s.p.sw, [4]byte{0x10, 0, 0, 0}
	set := func(on bool, i int, bits byte) {
		if on {
			b[i] |= bits
		}
	}
	set(!sw.online(), 0, 0x08)
	set(sw.cover, 0, 0x20)
	set(sw.feed, 0, 0x40)
	set(sw.feed, 1, 0x02)
	set(sw.cutError, 1, 0x08)
	set(sw.broken, 1, 0x20)
	set(sw.hot || sw.cover && s.stuck, 1, 0x40)
	set(sw.low || sw.out, 2, 0x03)
	set(sw.out, 2, 0x0c)
	return b
}

// autoStatusLocked reports the four bytes of automatic status if something
// changed that the host has asked for.
func (s *session) autoStatusLocked() {
	if s.asb == 0 || !s.profile.AutoStatus {
		return
	}
	b := s.asbLocked()
	watched := b
	if s.asb&0x02 == 0 {
		watched[0] &^= 0x28
	}
	if s.asb&0x04 == 0 {
		watched[1] &^= 0x68
	}
	if s.asb&0x08 == 0 {
		watched[2] = 0
	}
	if s.asb&0x42 == 0 {
		watched[0], watched[1] = watched[0]&^0x40, watched[1]&^0x02
	}
	if now := string(watched[:]); now != s.lastASB {
		s.lastASB = now
		s.sendLocked(b[:])
	}
}
