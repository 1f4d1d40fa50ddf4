package printer

import (
	"slices"

	"servicepoint/devices"
)

// The codes a letter can be defined for. A blank cell is 20h, which is never
// defined and so prints blank.
const (
	blankCode = 0x20
	firstCode = 0x21
)

// cell is what stands in one cell of a line: a letter's number, or blank.
type cell int

const blank cell = -1

// line is a row of text that is sent as text.
type line struct {
	y      int // of its upper edge on the slip
	scale  int
	indent int // whole cells of one size
	cells  []cell
	needs  []cell // its letters, each once, in the order they come
}

func (l line) height() int { return devices.CellHeight * l.scale }

// alphabet numbers the letters of a slip, each picture once.
type alphabet struct {
	glyphs []devices.Glyph
	number map[devices.Glyph]cell
}

// cellOf gives a letter's number; dots beside the cell do not print.
func (a *alphabet) cellOf(g devices.Glyph) cell {
	for i := range g {
		g[i] &= 0xfff0
	}
	if g == (devices.Glyph{}) {
		return blank
	}
	if c, ok := a.number[g]; ok {
		return c
	}
	c := cell(len(a.glyphs))
	a.glyphs, a.number[g] = append(a.glyphs, g), c
	return c
}

// textLines gives the rows of a slip that can go as text: those whose cells
// stand on the printer's, with no more letters than there are codes.
func textLines(pr Profile, slip devices.Slip) (*alphabet, []line) {
	a := &alphabet{number: map[devices.Glyph]cell{}}
	var lines []line
	y := 0
	for _, r := range slip.Rows {
		if l, ok := a.line(slip, r); ok && len(l.needs) <= pr.GlyphCodes-1 {
			l.y = y
			lines = append(lines, l)
		}
		y += r.Height()
	}
	return a, lines
}

// line reads a row. A line must end a cell before the paper does: printers do
// not agree on whether one that fills the paper feeds at once or at its LF.
func (a *alphabet) line(slip devices.Slip, r devices.Row) (line, bool) {
	l := line{scale: max(1, r.Scale), indent: r.Indent / devices.CellWidth}
	if r.Raster != nil || r.Indent < 0 || r.Indent%devices.CellWidth != 0 {
		return l, false
	}
	for _, c := range r.Cells {
		l.cells = append(l.cells, a.cellOf(slip.Glyphs[c]))
	}
	for len(l.cells) > 0 && l.cells[len(l.cells)-1] == blank {
		l.cells = l.cells[:len(l.cells)-1]
	}
	for len(l.cells) > 0 && l.cells[0] == blank {
		l.cells, l.indent = l.cells[1:], l.indent+l.scale
	}
	if len(l.cells) == 0 || (l.indent+len(l.cells)*l.scale+1)*devices.CellWidth > slip.Width {
		return l, false
	}
	for _, c := range l.cells {
		if c != blank && !slices.Contains(l.needs, c) {
			l.needs = append(l.needs, c)
		}
	}
	return l, true
}

// never is a line that does not come.
const neverAgain = 1 << 30

// codes keeps which letter each code stands for while a slip is printed.
type codes struct {
	holds []cell // by code, from firstCode on
	code  map[cell]int
	next  map[cell][]int // the lines that a letter is still needed for, ascending
}

func newCodes(n int, lines []line) *codes {
	c := &codes{holds: make([]cell, n), code: map[cell]int{}, next: map[cell][]int{}}
	for i := range c.holds {
		c.holds[i] = blank
	}
	for i, l := range lines {
		for _, letter := range l.needs {
			c.next[letter] = append(c.next[letter], i)
		}
	}
	return c
}

// nextLine is the first line from i on that needs a letter.
func (c *codes) nextLine(letter cell, i int) int {
	uses := c.next[letter]
	for len(uses) > 0 && uses[0] < i {
		uses = uses[1:]
	}
	c.next[letter] = uses
	if len(uses) == 0 {
		return neverAgain
	}
	return uses[0]
}

// prefetch is how many letters one definition holds at most, unless a line
// needs more at once: beyond that the printer would wait for it with nothing
// to print.
const prefetch = 24

// define gives codes to the letters that line i lacks, and while codes are
// free, to those of later lines. It takes the codes of the letters that are
// not needed for the longest time (Belady), and returns the codes it set in
// rising order.
func (c *codes) define(lines []line, i int) []int {
	var set []int
	for _, letter := range lines[i].needs {
		if _, ok := c.code[letter]; !ok {
			set = append(set, c.take(letter, c.victim(i)))
		}
	}
	if len(set) == 0 {
		return nil
	}
	for j := i + 1; j < len(lines) && len(set) < prefetch; j++ {
		for _, letter := range lines[j].needs {
			if _, ok := c.code[letter]; ok {
				continue
			}
			free := slices.Index(c.holds, blank)
			if free < 0 || len(set) >= prefetch {
				break
			}
			set = append(set, c.take(letter, free))
		}
	}
	slices.Sort(set)
	return set
}

func (c *codes) take(letter cell, at int) int {
	if old := c.holds[at]; old != blank {
		delete(c.code, old)
	}
	c.holds[at], c.code[letter] = letter, at
	return at
}

// victim is a free code, or the one whose letter is needed last. Line i itself
// never loses a letter: it needs no more of them than there are codes.
func (c *codes) victim(i int) int {
	at, latest := 0, -1
	for code, letter := range c.holds {
		if letter == blank {
			return code
		}
		if n := c.nextLine(letter, i); n > latest {
			at, latest = code, n
		}
	}
	return at
}

// columnsOf writes a letter the way ESC & takes it: column by column from the
// left, three bytes each from the top down. What is white to the right is left
// away: dots that are not sent print blank.
func columnsOf(g devices.Glyph) []byte {
	var out []byte
	for x := range devices.CellWidth {
		for top := 0; top < devices.CellHeight; top += 8 {
			var b byte
			for y := top; y < top+8; y++ {
				b = b<<1 | byte(g[y]>>(15-x)&1)
			}
			out = append(out, b)
		}
	}
	for len(out) > 3 && out[len(out)-1]|out[len(out)-2]|out[len(out)-3] == 0 {
		out = out[:len(out)-3]
	}
	return out
}
