package virtual

// extended is GS ( fn pL pH and so many bytes.
func (s *session) extended() error {
	fn, err := s.next()
	if err != nil {
		return err
	}
	if !s.profile.ProcessID && !s.profile.Graphics {
		// An old clone knows none of these commands: their bytes are text.
		return s.print(fn)
	}
	h, err := s.take(2)
	if err != nil {
		return err
	}
	n := int(h[0]) + int(h[1])<<8
	if fn == 'L' && s.profile.Graphics {
		return s.graphics(n)
	}
	if fn != 'H' || n != 6 || !s.profile.ProcessID {
		return s.drop(n)
	}
	args, err := s.take(6)
	if err != nil {
		return err
	}
	if args[0] != 0x30 || args[1] != 0x30 {
		return nil
	}
	for _, c := range args[2:] {
		if c < 0x20 || c > 0x7e {
			return nil
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.confirm(args[2:])
	return nil
}

// flush prints what the line holds and waits until the printer is online: all
// before it is on paper then.
func (s *session) flush() error {
	if s.line.used {
		if err := s.lineFeed(); err != nil {
			return err
		}
	}
	return s.ready()
}

// longGraphics is GS 8 L p1 p2 p3 p4 and so many bytes.
func (s *session) longGraphics() error {
	fn, err := s.next()
	if err != nil {
		return err
	}
	if !s.profile.Graphics || fn != 'L' {
		return s.print(fn)
	}
	h, err := s.take(4)
	if err != nil {
		return err
	}
	return s.graphics(int(h[0]) + int(h[1])<<8 + int(h[2])<<16 + int(h[3])<<24)
}

func (s *session) enableAutoStatus() error {
	n, err := s.next()
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.asb, s.lastASB = n, ""
	s.autoStatusLocked()
	return nil
}

// queuedStatus answers GS r 1, which waits for its turn and for paper.
func (s *session) queuedStatus() error {
	n, err := s.next()
	if err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	if !s.profile.Queued {
		return nil
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	b := byte(0)
	if (n == 1 || n == '1') && s.p.sw.low {
		b = 0x03
	}
	s.sendLocked([]byte{b})
	return nil
}

// identify answers GS I.
func (s *session) identify() error {
	n, err := s.next()
	if err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	if !s.profile.Identity {
		return nil
	}
	switch n {
	case 1, 2, 3, '1', '2', '3':
		s.send([]byte{0x02})
	case 65, 66, 67, 68:
		text := map[byte]string{65: "1.00", 66: s.profile.Maker, 67: s.profile.Model, 68: "V0001"}[n]
		s.send(append(append([]byte{0x5f}, text...), 0))
	}
	return nil
}

func (s *session) cutCommand() error {
	m, err := s.next()
	if err != nil {
		return err
	}
	switch m {
	case 65, 66, 97, 98, 103, 104:
		if _, err := s.next(); err != nil { // the feed to the cutter is not part of the slip
			return err
		}
	}
	return s.cut()
}

// orderAtCut obeys the word that waits for a cut, after all that was said
// before has left: cutting takes longer than that.
func (s *session) orderAtCut() {
	p := s.p
	p.mu.Lock()
	word := p.atCut
	p.atCut = ""
	for word != "" && (len(s.queue) > 0 || s.leaving) && !s.dead && s.cleared == nil {
		p.turn.Wait()
	}
	p.mu.Unlock()
	if word != "" {
		_ = p.Fault(word) // checked when it was ordered
	}
}

func (s *session) cut() error {
	if err := s.flush(); err != nil {
		return err
	}
	s.orderAtCut()
	p := s.p
	p.mu.Lock()
	if p.sw.jammed && s.profile.Cutter {
		p.sw.cutError = true
		p.changedLocked()
	}
	p.mu.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	p.mu.Lock()
	s.cutDone = true
	p.mu.Unlock()
	p.keep()
	return nil
}
