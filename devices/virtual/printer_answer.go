package virtual

// extended is GS ( fn pL pH and so many bytes.
func (s *session) extended() error {
	if !s.p.cfg.Profile.ProcessID {
		return nil // an old clone does not know the whole family
	}
	h, err := s.take(3)
	if err != nil {
		return err
	}
	args, err := s.take(int(h[1]) + int(h[2])<<8)
	if err != nil {
		return err
	}
	if h[0] != 'H' || len(args) != 6 || args[0] != 0x30 || args[1] != 0x30 {
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
	if err := s.ready(); err != nil {
		return err
	}
	s.send(append([]byte{0x37, 0x22}, append(args[2:6:6], 0)...))
	return nil
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
	if err := s.ready(); err != nil {
		return err
	}
	if !s.p.cfg.Profile.Queued {
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
	switch n {
	case 1, 2, 3, '1', '2', '3':
		s.send([]byte{0x02})
	case 65, 66, 67, 68:
		text := map[byte]string{65: "1.00", 66: "VIRTUAL", 67: s.p.cfg.Profile.Name, 68: "V0001"}[n]
		s.send(append(append([]byte{0x5f}, text...), 0))
	}
	return nil
}
