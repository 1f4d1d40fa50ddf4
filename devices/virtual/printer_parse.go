package virtual

import "errors"

// Parameter bytes of the commands that change nothing this printer shows, by
// the byte after ESC, FS and GS. A command that is in no table and has no case
// below is not known: its two bytes are dropped and what follows is text.
var (
	escSkip = map[byte]int{
		'G': 1, 't': 1, 'R': 1, '{': 1, 'V': 1, 'r': 1, '=': 1,
		'\\': 2, 'c': 2, 'p': 3, 'L': 0, 'S': 0, 'T': 1, 'W': 8, 'u': 1, 'v': 1, 'U': 1,
	}
	fsSkip = map[byte]int{'.': 0, '&': 0, '!': 1, '-': 1, 'C': 1, 'S': 2, 'W': 1, 'p': 2}
	gsSkip = map[byte]int{
		'H': 1, 'f': 1, 'h': 1, 'w': 1, 'P': 2, '$': 2, '\\': 2, 'b': 1, '/': 1, ':': 0, '^': 3,
	}
)

// interpret obeys the buffer's commands in their order until power off.
func (s *session) interpret() {
	s.reset()
	for {
		c, err := s.next()
		if err == nil {
			err = s.command(c)
		}
		switch {
		case errors.Is(err, errOff):
			return
		case errors.Is(err, errCleared):
			s.newLine()
			s.stored = nil
		case errors.Is(err, errReborn):
			s.reset()
		}
	}
}

// reset is what ESC @ and power on do: no modes, no definitions, an empty line.
func (s *session) reset() {
	s.modes = newModes(s.profile)
	s.stored = nil
	s.newLine()
}

func (s *session) command(c byte) error {
	switch c {
	case 0x1b:
		return s.esc()
	case 0x1c:
		return s.fs()
	case 0x1d:
		return s.gs()
	case 0x10:
		return s.dle()
	case 0x0a:
		return s.lineFeed()
	case 0x09:
		s.moveTo((s.line.x/(8*cellWidth) + 1) * 8 * cellWidth)
		return nil
	case 0x18: // CAN is of page mode
		return nil
	}
	if c >= 0x20 {
		return s.print(c)
	}
	return nil
}

// skipBy drops the parameters of a command.
func (s *session) skipBy(table map[byte]int, c byte) error {
	_, err := s.take(table[c])
	return err
}

// dle drops what receive has obeyed already.
func (s *session) dle() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	switch c {
	case 0x04, 0x05:
		_, err = s.next()
	case 0x14:
		var fn byte
		if fn, err = s.next(); err == nil {
			_, err = s.take(map[byte]int{1: 2, 2: 2, 8: 7}[fn])
		}
	}
	return err
}

func (s *session) fs() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	switch c {
	case '.':
		s.modes.pairs = false
	case '&':
		s.modes.pairs = s.profile.Pairs
	}
	return s.skipBy(fsSkip, c)
}

func (s *session) esc() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	switch c {
	case '@':
		s.reset()
		s.p.mu.Lock()
		s.asb, s.lastASB = 0, ""
		s.p.mu.Unlock()
		return nil
	case '2':
		s.modes.spacing = lineSpacing
		return nil
	case '*':
		return s.columns()
	case '&':
		return s.define()
	case 'i', 'm':
		return s.cut()
	case '$':
		d, err := s.take(2)
		if err == nil {
			s.moveTo(int(d[0]) + int(d[1])<<8)
		}
		return err
	case 'D':
		for c != 0 && err == nil {
			c, err = s.next()
		}
		return err
	case 'J', 'd', '3', 'a', '!', '-', 'E', 'M', ' ', '%', '?':
		n, err := s.next()
		if err != nil {
			return err
		}
		return s.escOne(c, n)
	}
	return s.skipBy(escSkip, c)
}

// escOne obeys a command of one parameter.
func (s *session) escOne(c, n byte) error {
	m := &s.modes
	switch c {
	case 'J':
		return s.printLine(int(n))
	case 'd':
		return s.printLine(int(n) * m.spacing)
	case '3':
		m.spacing = int(n)
	case 'a':
		if s.line.start() && (n <= 2 || n >= '0' && n <= '2') {
			m.align = int(n & 3)
		}
	case '!':
		m.font, m.bold = int(n&1), n&0x08 != 0
		m.size = n>>1&0x10 | n>>4&1
		m.underline = int(n >> 7)
	case '-':
		if n <= 2 || n >= '0' && n <= '2' {
			m.underline = int(n & 3)
		}
	case 'E':
		m.bold = n&1 != 0
	case 'M':
		if n <= 1 || n == '0' || n == '1' {
			m.font = int(n & 1)
		}
	case ' ':
		m.gap = int(n)
	case '%':
		m.own = n&1 != 0 && s.profile.Glyphs
	case '?':
		delete(m.defined[m.font], n)
	}
	return nil
}

func (s *session) blank(rows int) error {
	for range rows {
		if err := s.row(nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) gs() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	switch c {
	case 'v':
		return s.raster()
	case 'V':
		return s.cutCommand()
	case '(':
		return s.extended()
	case '8':
		return s.longGraphics()
	case 'a':
		return s.enableAutoStatus()
	case 'r':
		return s.queuedStatus()
	case 'I':
		return s.identify()
	case 'k':
		return s.barcode()
	case '*': // a downloaded picture takes the place of the definitions
		h, err := s.take(2)
		if err == nil {
			s.modes.defined = [2]map[byte]*letter{}
			err = s.drop(int(h[0]) * int(h[1]) * 8)
		}
		return err
	case 'L', 'W':
		d, err := s.take(2)
		if err == nil {
			s.margins(c, int(d[0])+int(d[1])<<8)
		}
		return err
	case '!', 'B':
		n, err := s.next()
		if c == 'B' {
			s.modes.invert = n&1 != 0
		} else if n&0x88 == 0 {
			s.modes.size = n
		}
		return err
	}
	return s.skipBy(gsSkip, c)
}

// margins are GS L, the left margin, and GS W, the width of what is printed;
// commands only at the start of a line.
func (s *session) margins(c byte, dots int) {
	if !s.line.start() {
		return
	}
	if c == 'L' {
		s.modes.left = min(dots, s.profile.Width-cellWidth)
	} else {
		s.modes.area = dots
	}
	s.newLine()
}

// barcode drops GS k in both its forms.
func (s *session) barcode() error {
	m, err := s.next()
	if err != nil {
		return err
	}
	if m <= 6 {
		for c := byte(1); c != 0 && err == nil; {
			c, err = s.next()
		}
		return err
	}
	n, err := s.next()
	if err == nil {
		_, err = s.take(int(n))
	}
	return err
}
