package virtual

import (
	"errors"
	"io"
	"time"
)

// The ends of what the interpreter reads.
var (
	errOff     = errors.New("virtual printer: line gone")
	errCleared = errors.New("virtual printer: buffers cleared")
	errReborn  = errors.New("virtual printer: power cycled")
)

// session is a printer on one line, from its plugging to its unplugging.
type session struct {
	p       *Printer
	profile PrinterProfile
	conn    io.ReadWriter
	off     chan struct{}

	// Guarded by p.mu.
	dead    bool
	buffer  []byte
	cleared error  // why the interpreter must drop what it is doing
	full    bool   // XOFF has been sent for want of room
	asb     byte   // GS a mask, 0 is off
	lastASB string // what was reported last
	stuck   bool   // a row waits for the printer to come back online
	cutDone bool   // nothing was printed since the last cut
	queue   []answer
	held    *answer // an ID that waits whether another follows
	leaving bool    // an answer is on its way
	life    int     // counts losses of power

	// Of receive alone: the start of a real-time command.
	seen []byte

	// Of interpret alone.
	modes  modes
	line   printLine
	stored *bitImage
	due    time.Time // when the next row can be printed
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

// clearLocked throws away what was received and not yet printed.
func (s *session) clearLocked(why error) {
	s.buffer, s.full = nil, false
	if s.cleared != errReborn {
		s.cleared = why
	}
	s.p.turn.Broadcast()
}

// next gives the interpreter its next byte.
func (s *session) next() (byte, error) {
	b, err := s.some(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// take gives the next n bytes.
func (s *session) take(n int) ([]byte, error) {
	b := make([]byte, 0, min(n, 4096))
	for len(b) < n {
		got, err := s.some(n - len(b))
		if err != nil {
			return nil, err
		}
		b = append(b, got...)
	}
	return b, nil
}

// some gives at least one of the next n bytes, n at least 1.
func (s *session) some(n int) ([]byte, error) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if err := s.stateLocked(); err != nil {
			return nil, err
		}
		if len(s.buffer) > 0 {
			break
		}
		p.turn.Wait()
	}
	n = min(n, len(s.buffer))
	b := s.buffer[:n:n]
	s.buffer = s.buffer[n:]
	if s.full && s.roomLocked() >= xonRoom {
		s.full = false
		s.urgentLocked(xon)
	}
	p.turn.Broadcast()
	return b, nil
}

// ready waits until the printer is online.
func (s *session) ready() error {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.sw.online() && !s.dead && s.cleared == nil {
		if !s.stuck {
			s.stuck = true
			s.autoStatusLocked()
		}
		p.turn.Wait()
	}
	if s.stuck {
		s.stuck = false
		s.autoStatusLocked()
	}
	return s.stateLocked()
}

func (s *session) stateLocked() error {
	if s.dead {
		return errOff
	}
	err := s.cleared
	s.cleared = nil
	return err
}

// row prints one row of dots, or feeds one if dots is nil.
func (s *session) row(dots []byte) error {
	if err := s.ready(); err != nil {
		return err
	}
	p := s.p
	if p.cfg.Speed > 0 {
		now := time.Now()
		if s.due.Before(now) {
			s.due = now
		}
		s.due = s.due.Add(time.Second / time.Duration(p.cfg.Speed))
		time.Sleep(s.due.Sub(now))
	}
	p.mu.Lock()
	s.cutDone = false
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
	if p.sw.chatter && p.rows%64 == 0 {
		b := s.asbLocked()
		s.sendLocked(b[:])
	}
	p.mu.Unlock()
	for _, word := range due {
		_ = p.Fault(word) // FaultAfter has checked the word
	}
	return nil
}
