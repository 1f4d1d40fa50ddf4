package virtual

import "errors"

// Parameter bytes of the commands that change nothing this printer shows, by
// the byte after ESC, FS and GS. A command that is in no table and has no case
// below is not known: its two bytes are dropped and what follows is text.
var (
	escSkip = map[byte]int{
		'!': 1, '-': 1, 'E': 1, 'G': 1, 'M': 1, 'a': 1, 't': 1, 'R': 1, '{': 1, 'V': 1, 'r': 1, '=': 1, ' ': 1,
		'3': 1, '2': 0, '$': 2, '\\': 2, 'c': 2, 'p': 3, '%': 1, '?': 1, 'L': 0, 'S': 0, 'T': 1, 'W': 8, 'u': 1, 'v': 1, 'U': 1,
	}
	fsSkip = map[byte]int{'.': 0, '&': 0, '!': 1, '-': 1, 'C': 1, 'S': 2, 'W': 1, 'p': 2}
	gsSkip = map[byte]int{
		'B': 1, 'H': 1, 'f': 1, 'h': 1, 'w': 1, 'L': 2, 'W': 2, 'P': 2, '$': 2, '\\': 2, 'b': 1, '/': 1, ':': 0, '^': 3,
	}
)

const (
	lineSpacing = 30 // dots a text line takes
	cellWidth   = 12
	cellHeight  = 24
)

// cell is one character of the line being filled.
type cell struct {
	char byte
	size byte
}

// interpret obeys the buffer's commands in their order until power off.
func (s *session) interpret() {
	for {
		c, err := s.next()
		if err == nil {
			err = s.command(c)
		}
		switch {
		case errors.Is(err, errOff):
			return
		case errors.Is(err, errCleared):
			s.text = s.text[:0]
		}
	}
}

func (s *session) command(c byte) error {
	switch c {
	case 0x1b:
		return s.esc()
	case 0x1c:
		return s.skipBy(fsSkip)
	case 0x1d:
		return s.gs()
	case 0x10:
		return s.dle()
	case 0x0a:
		return s.lineFeed()
	case 0x09, 0x0c, 0x0d, 0x18, 0x00:
		return nil
	}
	if c >= 0x20 {
		return s.print(c)
	}
	return nil
}

// skipBy reads the command's second byte and drops its parameters.
func (s *session) skipBy(table map[byte]int) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	_, err = s.take(table[c])
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

func (s *session) esc() error {
	c, err := s.next()
	if err != nil {
		return err
	}
	switch c {
	case '@':
		s.text, s.size = s.text[:0], 0
		s.p.mu.Lock()
		s.asb, s.lastASB = 0, ""
		s.p.mu.Unlock()
		return nil
	case 'J':
		return s.feed(1)
	case 'd':
		return s.feed(lineSpacing)
	case 'i', 'm':
		return s.cut()
	case '*':
		return s.columns()
	case '&':
		return s.glyphs()
	case 'D':
		for c != 0 && err == nil {
			c, err = s.next()
		}
		return err
	}
	_, err = s.take(escSkip[c])
	return err
}

// feed prints the line and feeds n times a step.
func (s *session) feed(step int) error {
	n, err := s.next()
	if err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.blank(int(n) * step)
}

func (s *session) blank(rows int) error {
	for range rows {
		if err := s.row(nil); err != nil {
			return err
		}
	}
	return nil
}

// columns drops a column-wise bit image, ESC * m nL nH.
func (s *session) columns() error {
	h, err := s.take(3)
	if err != nil {
		return err
	}
	n := int(h[1]) + int(h[2])<<8
	if h[0] >= 32 {
		n *= 3
	}
	_, err = s.take(n)
	return err
}

// glyphs drops a definition of characters, ESC & y c1 c2 [x d…]….
func (s *session) glyphs() error {
	h, err := s.take(3)
	if err != nil {
		return err
	}
	for c := int(h[1]); c <= int(h[2]); c++ {
		x, err := s.next()
		if err != nil {
			return err
		}
		if _, err := s.take(int(x) * int(h[0])); err != nil {
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
	case '*':
		h, err := s.take(2)
		if err == nil {
			_, err = s.take(int(h[0]) * int(h[1]) * 8)
		}
		return err
	case '!':
		s.size, err = s.next()
		return err
	}
	_, err = s.take(gsSkip[c])
	return err
}

// raster prints GS v 0 m xL xH yL yH, x bytes by y rows. It is a command only
// at the start of a line and within its bounds; otherwise what follows its
// header prints as text.
func (s *session) raster() error {
	h, err := s.take(6)
	if err != nil {
		return err
	}
	m := h[1]
	x, y := int(h[2])+int(h[3])<<8, int(h[4])+int(h[5])<<8
	if h[0] != '0' || len(s.text) > 0 || x < 1 || x > 256 || y < 1 || y > 2303 || m > 3 && (m < '0' || m > '3') {
		return nil
	}
	for range y {
		dots, err := s.take(x)
		if err != nil {
			return err
		}
		if m&1 != 0 {
			dots = widen(dots)
		}
		for range 1 + m>>1&1 {
			if err := s.row(dots); err != nil {
				return err
			}
		}
	}
	return nil
}

// widen doubles every dot.
func widen(dots []byte) []byte {
	wide := make([]byte, 2*len(dots))
	for i, b := range dots {
		for bit := range 8 {
			if b&(0x80>>bit) != 0 {
				at := 2 * bit
				wide[2*i+at/8] |= 0xc0 >> (at % 8)
			}
		}
	}
	return wide
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

func (s *session) cut() error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	p := s.p
	p.mu.Lock()
	if p.sw.jammed && p.cfg.Profile.Cutter {
		p.sw.cutError = true
		p.changedLocked()
	}
	p.mu.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	return s.keep()
}

// longGraphics drops GS 8 L p1 p2 p3 p4 and so many bytes.
func (s *session) longGraphics() error {
	h, err := s.take(5)
	if err != nil {
		return err
	}
	for range int(h[1]) + int(h[2])<<8 + int(h[3])<<16 + int(h[4])<<24 {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
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
