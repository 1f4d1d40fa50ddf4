package virtual

// maxLine is the tallest line there can be: font A eight times as high.
const maxLine = 24 * 8

// printLine is the printer's print buffer: the line being filled. Its content
// stands on a common foot; rows count upwards from there, as letters of
// different heights do on paper.
type printLine struct {
	width  int // dots between the margins
	rows   [maxLine][]byte
	height int  // rows in use
	x      int  // where the next character goes
	used   bool // it holds something, be it blanks
}

// start reports whether the next byte begins a line.
func (l *printLine) start() bool { return !l.used && l.x == 0 }

func (l *printLine) clear(width int) {
	for i := range l.rows[:l.height] {
		clear(l.rows[i])
	}
	if width != l.width {
		clear(l.rows[:])
	}
	l.width, l.height, l.x, l.used = width, 0, 0, false
}

// fits reports whether so many dots are left in the line.
func (l *printLine) fits(width int) bool { return l.x+width <= l.width }

// set blackens a dot, counted from the left margin and upwards from the foot.
func (l *printLine) set(x, up int) {
	if x < 0 || x >= l.width || up < 0 || up >= maxLine {
		return
	}
	if l.rows[up] == nil {
		l.rows[up] = make([]byte, (l.width+7)/8)
	}
	l.rows[up][x/8] |= 0x80 >> (x % 8)
}

// put paints a letter, every dot of it so many dots wide and high.
func (l *printLine) put(c letter, wide, high int) {
	for i := range c.width {
		for y := range c.height {
			if !c.at(i, y) {
				continue
			}
			for dx := range wide {
				for dy := range high {
					l.set(l.x+i*wide+dx, (c.height-1-y)*high+dy)
				}
			}
		}
	}
	l.x += c.width * wide
	l.height = max(l.height, min(maxLine, c.height*high))
	l.used = true
}

// print puts a character into the line, after printing a full one.
func (s *session) print(c byte) error {
	m := &s.modes
	if m.pairs && c >= 0x81 { // a two-byte character starts
		return s.pair(c)
	}
	return s.letter(m.letter(c))
}

func (s *session) letter(c letter) error {
	m := &s.modes
	wide, high := int(m.size>>4&7)+1, int(m.size&7)+1
	width := (c.width + m.gap) * wide
	if !s.line.fits(width) && s.line.used {
		if err := s.lineFeed(); err != nil {
			return err
		}
	}
	s.line.put(m.dress(c), wide, high)
	s.line.x += m.gap * wide
	return nil
}

// pair prints a two-byte character as a box two cells wide. A byte that cannot
// be its second half is taken for itself.
func (s *session) pair(byte) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if err := s.letter(boxLetter(2 * cellWidth)); err != nil {
		return err
	}
	if c < 0x40 || c == 0x7f || c == 0xff {
		return s.command(c)
	}
	return nil
}

// moveTo is ESC $: a distance from the left margin; outside it is ignored.
func (s *session) moveTo(x int) {
	if x >= 0 && x < s.line.width {
		s.line.x = x
	}
}

func (s *session) lineFeed() error { return s.printLine(s.modes.spacing) }

// printLine prints the line and feeds so many dots from its top, but no less
// than the line is high.
func (s *session) printLine(feed int) error {
	l := &s.line
	height, left := l.height, s.offset(l.x)
	for up := height - 1; up >= 0; up-- {
		var dots []byte
		if l.rows[up] != nil {
			dots = shiftRow(l.rows[up], left, s.profile.Width)
		}
		if err := s.row(dots); err != nil {
			return err
		}
	}
	s.newLine()
	return s.blank(max(0, feed-height))
}

// newLine begins an empty line between the margins.
func (s *session) newLine() {
	width := s.profile.Width - s.modes.left
	if s.modes.area > 0 {
		width = min(width, s.modes.area)
	}
	s.line.clear(max(cellWidth, width))
}

// offset is where a content of that width begins, by margin and alignment.
func (s *session) offset(width int) int {
	rest := max(0, s.line.width-width)
	switch s.modes.align {
	case 1:
		return s.modes.left + rest/2
	case 2:
		return s.modes.left + rest
	}
	return s.modes.left
}

// shiftRow moves a row to the right, into a row of width dots.
func shiftRow(dots []byte, by, width int) []byte {
	out := make([]byte, (width+7)/8)
	if by%8 == 0 {
		if by/8 < len(out) {
			copy(out[by/8:], dots)
		}
		return out
	}
	for x := range 8 * len(dots) {
		if at := x + by; at < width && dots[x/8]&(0x80>>(x%8)) != 0 {
			out[at/8] |= 0x80 >> (at % 8)
		}
	}
	return out
}
