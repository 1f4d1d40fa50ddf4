package virtual

// bitImage is a stored graphic, waiting to be printed.
type bitImage struct {
	stride, rows int
	width        int // dots
	dots         []byte
	wide, high   int
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
	if h[0] != '0' || !s.line.start() || x < 1 || x > 256 || y < 1 || y > 2303 || m > 3 && (m < '0' || m > '3') {
		return nil
	}
	p := bitImage{stride: x, width: 8 * x, wide: 1 + int(m&1), high: 1 + int(m>>1&1)}
	for range y {
		dots, err := s.take(x)
		if err != nil {
			return err
		}
		if err := s.pictureRow(p, dots); err != nil {
			return err
		}
	}
	return nil
}

// pictureRow prints one row of a picture, as wide and high and where it goes.
// Dots outside the margins are lost.
func (s *session) pictureRow(p bitImage, dots []byte) error {
	if p.wide == 2 {
		dots = widen(dots)
	}
	at := s.offset(p.width * p.wide)
	out := shiftRow(dots, at, s.profile.Width)
	for x := s.modes.left + s.line.width; x < s.profile.Width; x++ {
		out[x/8] &^= 0x80 >> (x % 8)
	}
	for range p.high {
		if err := s.row(out); err != nil {
			return err
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

// graphics obeys the body of GS ( L or GS 8 L, n bytes of it: function 112
// stores a picture of one colour, function 50 prints it.
func (s *session) graphics(n int) error {
	head, err := s.take(min(n, 10))
	if err != nil {
		return err
	}
	rest := n - len(head)
	if len(head) == 10 && head[0] == 0x30 && head[1] == 0x70 {
		return s.store(head, rest)
	}
	if len(head) == 2 && head[0] == 0x30 && (head[1] == 50 || head[1] == 2) {
		return s.printStored()
	}
	return s.drop(rest)
}

// store is 30 70 a bx by c xL xH yL yH and x dots by y rows, rows padded to
// whole bytes.
func (s *session) store(h []byte, rest int) error {
	x, y := int(h[6])+int(h[7])<<8, int(h[8])+int(h[9])<<8
	wide, high := int(h[3]), int(h[4])
	stride, limit := (x+7)/8, 1662
	if high == 2 {
		limit = 831
	}
	if h[2] != 0x30 || wide < 1 || wide > 2 || high < 1 || high > 2 || h[5] != 0x31 || x < 1 || x > 2048 || y < 1 || y > limit || stride*y != rest {
		return s.drop(rest)
	}
	dots, err := s.take(rest)
	if err != nil {
		return err
	}
	if x%8 != 0 {
		for row := range y {
			dots[row*stride+stride-1] &= 0xff << (8 - x%8)
		}
	}
	s.stored = &bitImage{stride: stride, rows: y, width: x, dots: dots, wide: wide, high: high}
	return nil
}

func (s *session) printStored() error {
	p := s.stored
	if p == nil || !s.line.start() {
		return nil
	}
	s.stored = nil
	for y := range p.rows {
		if err := s.pictureRow(*p, p.dots[y*p.stride:(y+1)*p.stride]); err != nil {
			return err
		}
	}
	return nil
}

// columns puts a bit image into the line, ESC * m nL nH and n columns: 8 dots
// high in coarse dots, or 24 in fine ones, of single or double density.
func (s *session) columns() error {
	h, err := s.take(3)
	if err != nil {
		return err
	}
	n := int(h[1]) + int(h[2])<<8
	m := h[0]
	if m > 1 && m != 32 && m != 33 || n < 1 || n > 2047 {
		return nil
	}
	bytes, high, wide := 1, 3, 2-int(m&1)
	if m >= 32 {
		bytes, high = 3, 1
	}
	for range n {
		d, err := s.take(bytes)
		if err != nil {
			return err
		}
		c := letter{width: 1, height: 8 * bytes}
		for i, b := range d {
			c.columns[0] |= uint32(b) << (24 - 8*i)
		}
		if s.line.fits(wide) { // the rest of a picture too wide is lost
			s.line.put(c, wide, high)
		}
	}
	return nil
}

// drop reads n bytes that nothing is done with.
func (s *session) drop(n int) error {
	for n > 0 {
		b, err := s.take(min(n, 512))
		if err != nil {
			return err
		}
		n -= len(b)
	}
	return nil
}
