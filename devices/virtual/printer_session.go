package virtual

import (
	"errors"
	"io"
	"time"
)

// The ends of what the interpreter reads.
var (
	errOff     = errors.New("virtual printer: power off")
	errCleared = errors.New("virtual printer: buffers cleared")
)

// session is a printer between power on and power off.
type session struct {
	p       *Printer
	conn    io.ReadWriter
	replies chan []byte
	off     chan struct{}

	// Guarded by p.mu.
	dead    bool
	buffer  []byte
	cleared bool   // the buffers were cleared since the interpreter last looked
	asb     byte   // GS a mask, 0 is off
	lastASB string // what was reported last

	// Of receive alone: the start of a real-time command.
	seen []byte

	// Of interpret alone.
	text []cell
	size byte // GS !
}

func (s *session) dieLocked() {
	if s.dead {
		return
	}
	s.dead = true
	close(s.off)
	if s.p.on == s {
		s.p.on = nil
	}
	s.p.turn.Broadcast()
}

// receive takes bytes from the line. Real-time commands are obeyed here, as
// they arrive, whatever they are part of; all bytes go to the buffer too.
func (s *session) receive() {
	b := make([]byte, 512)
	for {
		n, err := s.conn.Read(b)
		for _, c := range b[:n] {
			s.realtime(c)
			if !s.push(c) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// push waits for room in the buffer; false after power off.
func (s *session) push(c byte) bool {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(s.buffer) >= max(16, p.cfg.Profile.Buffer) && !s.dead {
		p.turn.Wait()
	}
	if s.dead {
		return false
	}
	s.buffer = append(s.buffer, c)
	p.turn.Broadcast()
	return true
}

// next gives the interpreter its next byte.
func (s *session) next() (byte, error) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case s.dead:
			return 0, errOff
		case s.cleared:
			s.cleared = false
			return 0, errCleared
		case len(s.buffer) > 0:
			c := s.buffer[0]
			s.buffer = s.buffer[1:]
			p.turn.Broadcast()
			return c, nil
		}
		p.turn.Wait()
	}
}

// take gives the next n bytes.
func (s *session) take(n int) ([]byte, error) {
	b := make([]byte, 0, min(n, 4096))
	for range n {
		c, err := s.next()
		if err != nil {
			return nil, err
		}
		b = append(b, c)
	}
	return b, nil
}

// ready waits until the printer is online.
func (s *session) ready() error {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.sw.online() && !s.dead && !s.cleared {
		p.turn.Wait()
	}
	return s.stateLocked()
}

func (s *session) stateLocked() error {
	switch {
	case s.dead:
		return errOff
	case s.cleared:
		s.cleared = false
		return errCleared
	}
	return nil
}

// row prints one row of dots, or feeds one if dots is nil.
func (s *session) row(dots []byte) error {
	if err := s.ready(); err != nil {
		return err
	}
	p := s.p
	if p.cfg.Speed > 0 {
		time.Sleep(time.Second / time.Duration(p.cfg.Speed))
	}
	p.mu.Lock()
	p.paper.add(dots)
	p.rows++
	var due []string
	rest := p.plan[:0]
	for _, f := range p.plan {
		if f.row <= p.rows {
			due = append(due, f.word)
		} else {
			rest = append(rest, f)
		}
	}
	p.plan = rest
	p.mu.Unlock()
	for _, word := range due {
		_ = p.Fault(word) // FaultAfter has checked the word
	}
	return nil
}

// realtime collects DLE commands and obeys them. DLE EOT n and DLE ENQ n are
// three bytes; of DLE DC4 only function 8, clear the buffers, does anything a
// host can see.
func (s *session) realtime(c byte) {
	s.seen = append(s.seen, c)
	clear8 := []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}
	switch n := len(s.seen); {
	case s.seen[0] != 0x10:
		s.seen = s.seen[:0]
	case n == 1:
	case n == 2 && (c == 0x04 || c == 0x05 || c == 0x14):
	case n == 3 && s.seen[1] == 0x04 && c >= 1 && c <= 4:
		s.status(c)
		s.seen = s.seen[:0]
	case n == 3 && s.seen[1] == 0x05 && (c == 1 || c == 2):
		s.recover(c == 2)
		s.seen = s.seen[:0]
	case s.seen[1] == 0x14 && n <= len(clear8) && c == clear8[n-1]:
		if n == len(clear8) {
			s.recover(true)
			s.seen = s.seen[:0]
		}
	default: // not a command after all; this byte may start one
		s.seen = s.seen[:0]
		if c == 0x10 {
			s.seen = append(s.seen, c)
		}
	}
}

func (s *session) recover(drop bool) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if drop {
		s.buffer, s.cleared = nil, true
	}
	if !p.sw.jammed {
		p.sw.cutError = false
	}
	p.changedLocked()
}

// status answers DLE EOT n.
func (s *session) status(n byte) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cfg.Profile.Realtime {
		return
	}
	sw, b := p.sw, byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(!sw.online(), 0x08)
	case 2:
		set(sw.cover, 0x04)
		set(sw.out, 0x20)
		set(sw.cutError || sw.broken || sw.hot, 0x40)
	case 3:
		set(sw.cutError, 0x08)
		set(sw.broken, 0x20)
		set(sw.hot, 0x40)
	case 4:
		set(sw.low || sw.out, 0x0c)
		set(sw.out, 0x60)
	}
	s.sendLocked([]byte{b})
}

// autoStatusLocked reports the four bytes of automatic status if they changed.
func (s *session) autoStatusLocked() {
	if s.asb == 0 || !s.p.cfg.Profile.AutoStatus {
		return
	}
	sw, b := s.p.sw, [4]byte{0x10, 0, 0, 0}
	if !sw.online() {
		b[0] |= 0x08
	}
	if sw.cover {
		b[0] |= 0x20
	}
	if sw.cutError {
		b[1] |= 0x08
	}
	if sw.broken {
		b[1] |= 0x20
	}
	if sw.hot {
		b[1] |= 0x40
	}
	if sw.low || sw.out {
		b[2] |= 0x03
	}
	if sw.out {
		b[2] |= 0x0c
	}
	if now := string(b[:]); now != s.lastASB {
		s.lastASB = now
		s.sendLocked(b[:])
	}
}

func (s *session) send(b []byte) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.sendLocked(b)
}

// sendLocked queues one whole message; a mute printer, or one whose host does
// not read, loses it.
func (s *session) sendLocked(b []byte) {
	if s.p.sw.mute || s.dead {
		return
	}
	select {
	case s.replies <- b:
	default:
	}
}

// reply writes the messages, one after the other.
func (s *session) reply() {
	for {
		select {
		case b := <-s.replies:
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		case <-s.off:
			return
		}
	}
}
