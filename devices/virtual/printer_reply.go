package virtual

import "time"

// maxQueue is how many messages wait for a host that does not read; further
// ones are lost.
const maxQueue = 256

// unfetched is how long an ID can wait for a host that does not read before the
// next one takes its place.
const unfetched = 100 * time.Millisecond

// together is how long a printer looks whether another ID follows (word
// one_id).
const together = 500 * time.Millisecond

// answer is one whole thing to tell the host.
type answer struct {
	bytes []byte
	due   time.Time
	id    bool // a process ID; only the latest that has not left is kept
	whole bool // nothing is put before, into or after it
	life  int
}

func (s *session) send(b []byte) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.sendLocked(b)
}

// sendLocked queues one whole message; a mute printer, or one whose host does
// not read, loses it.
func (s *session) sendLocked(b []byte) { s.queueLocked(answer{bytes: b}) }

func (s *session) queueLocked(m answer) {
	if s.p.sw.mute || s.p.sw.off || s.dead || len(s.queue) >= maxQueue {
		return
	}
	m.due, m.life = time.Now().Add(s.p.sw.late), s.life
	s.queue = append(s.queue, m)
	s.p.turn.Broadcast()
}

// urgentLocked puts one byte of flow control before all that waits.
func (s *session) urgentLocked(c byte) {
	if s.p.sw.off || s.dead {
		return
	}
	s.queue = append([]answer{{bytes: []byte{c}, whole: true, life: s.life}}, s.queue...)
	s.p.turn.Broadcast()
}

// confirm sends the ID of GS ( H: everything before it is on paper.
func (s *session) confirm(id []byte) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sw.noIDs || p.sw.noCutID && s.cutDone {
		return
	}
	m := answer{bytes: append(append([]byte{0x37, 0x22}, id...), 0), id: true}
	if !p.sw.oneID {
		s.queueIDLocked(m)
		return
	}
	first := s.held == nil
	s.held = &m
	if first {
		time.AfterFunc(together, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if last := s.held; last != nil {
				s.held = nil
				s.queueIDLocked(*last)
			}
		})
	}
}

// queueIDLocked queues an ID, in the place of one that the host has not fetched
// in time.
func (s *session) queueIDLocked(m answer) {
	for i, old := range s.queue {
		if old.id && time.Since(old.due) > unfetched {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			break
		}
	}
	s.queueLocked(m)
}

// reply writes the messages, one after the other.
func (s *session) reply() {
	for {
		m, ok := s.nextMessage()
		if !ok {
			return
		}
		if wait := time.Until(m.due); wait > 0 {
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-s.off:
				t.Stop()
				return
			}
		}
		for _, b := range s.wrap(m) {
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		}
	}
}

func (s *session) nextMessage() (answer, bool) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	s.leaving = false
	p.turn.Broadcast()
	for len(s.queue) == 0 && !s.dead {
		p.turn.Wait()
	}
	if s.dead {
		return answer{}, false
	}
	m := s.queue[0]
	s.leaving = true
	s.queue = s.queue[1:]
	return m, true
}

// wrap is what leaves for a message: nothing after a loss of power, and more
// than the message where a fault word says so.
func (s *session) wrap(m answer) [][]byte {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.life != s.life {
		return nil
	}
	out := [][]byte{m.bytes}
	if m.whole {
		return out
	}
	if n := len(m.bytes); p.sw.xoffInside && n >= 4 {
		out = [][]byte{m.bytes[:n/2], {xoff}, m.bytes[n/2:], {xon}}
	}
	if p.sw.chatter {
		b := s.asbLocked()
		out = append(append([][]byte{b[:]}, out...), b[:])
	}
	return out
}
