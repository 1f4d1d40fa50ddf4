package slip

import (
	"slices"
	"strings"
	"unicode/utf8"

	"servicepoint/devices"
	"servicepoint/kiosk/viet"
)

// align says where a line stands on the paper.
type align int

const (
	left align = iota
	centre
)

// margin is the white at both sides of text, in cells; leading the white
// between two lines of a paragraph, in dots.
const (
	margin  = 1
	leading = 4
)

// style is how text of the body looks.
type style struct {
	bold   bool
	align  align
	indent int // cells to the left of every line
	hang   int // more cells to the left of every line but the first
}

type cellKey struct {
	r    rune
	bold bool
}

// page collects the rows of one slip. The first error stays; what is added
// after it does nothing.
type page struct {
	out   devices.Slip
	pen   *pen
	cells map[cellKey]uint16
	err   error
}

func newPage(width int) *page {
	p := &page{out: devices.Slip{Width: width}, cells: map[cellKey]uint16{}}
	p.pen, p.err = newPen()
	return p
}

// columns is how many cells of text fit between the margins.
func (p *page) columns() int { return p.out.Width/devices.CellWidth - 2*margin }

// letters gives the runes of a text as they will be drawn: cleaned, and with a
// mark that is drawn in place of what the font lacks.
func (p *page) letters(s string) []rune {
	if p.err != nil {
		return nil
	}
	runes := []rune(viet.Clean(s))
	for i, r := range runes {
		if !p.pen.has(r) {
			runes[i] = '\u25a1' // an empty box
		}
	}
	return runes
}

// black is the cell of solid.
var black = func() (g devices.Glyph) {
	for y := range g {
		g[y] = 0xfff0
	}
	return g
}()

// cell gives the glyph's place in the slip's table and adds it at first use.
func (p *page) cell(r rune, bold bool) uint16 {
	key := cellKey{r, bold && r != ' '}
	if i, ok := p.cells[key]; ok {
		return i
	}
	g, err := black, error(nil)
	if r != solid {
		g, err = p.pen.glyph(key.bold, r)
	}
	if err != nil && p.err == nil {
		p.err = err
	}
	i := uint16(len(p.out.Glyphs))
	p.out.Glyphs = append(p.out.Glyphs, g)
	p.cells[key] = i
	return i
}

// text adds a paragraph, wrapped between words; what stands in the middle is
// wrapped into lines of like length.
func (p *page) text(st style, s string) {
	lines := wrap(string(p.letters(s)), p.columns()-st.indent-st.hang)
	if st.align == centre {
		lines = balance(string(p.letters(s)), p.columns())
	}
	for i, line := range lines {
		p.line(st, i, line)
	}
}

// line adds the n-th line of a paragraph; it fits.
func (p *page) line(st style, n int, s string) {
	row := devices.Row{Scale: 1}
	for _, r := range s {
		row.Cells = append(row.Cells, p.cell(r, st.bold))
	}
	row.Indent = (margin + st.indent) * devices.CellWidth
	if n > 0 {
		row.Indent += st.hang * devices.CellWidth
	}
	if st.align == centre {
		row.Indent = p.middle(len(row.Cells) * devices.CellWidth)
	}
	p.out.Rows = append(p.out.Rows, row)
	p.space(leading)
}

// middle is where a line of some dots begins to stand in the middle, to the
// cell: text that stands on the grid of cells goes to the printer as text.
func (p *page) middle(dots int) int {
	return (p.out.Width - dots) / 2 / devices.CellWidth * devices.CellWidth
}

// pair adds a paragraph with a short value at the right end of its last line.
func (p *page) pair(st style, s, value string) {
	end := string(p.letters(value))
	text, full := string(p.letters(s)), p.columns()-st.indent-st.hang
	taken := utf8.RuneCountInString(end) + 1
	lines := wrap(text, full)
	if n := len(lines); n > 0 && utf8.RuneCountInString(lines[n-1])+taken > full {
		lines = wrap(text, full-taken)
	}
	for i, line := range lines {
		if i == len(lines)-1 {
			room := p.columns() - st.indent
			if i > 0 {
				room -= st.hang
			}
			blank := room - utf8.RuneCountInString(line) - utf8.RuneCountInString(end)
			line += strings.Repeat(" ", max(1, blank)) + end
		}
		p.line(st, i, line)
	}
}

// space adds white, in dots.
func (p *page) space(dots int) {
	b := devices.NewBitmap(8, dots)
	p.out.Rows = append(p.out.Rows, devices.Row{Raster: &b})
}

// picture adds a block.
func (p *page) picture(b devices.Bitmap) {
	p.out.Rows = append(p.out.Rows, devices.Row{Raster: &b})
}

// rule adds a line across the paper; dotted ones lead the eye less. Its dots
// come in squares of two, which printers are told in a quarter of the bytes.
func (p *page) rule(dotted bool) {
	b := devices.NewBitmap(p.out.Width, 2)
	for x := range p.out.Width {
		if dotted && x/4%2 == 1 {
			continue
		}
		for y := range b.Height {
			b.Set(x, y)
		}
	}
	p.picture(b)
}

// big adds a line of large bold letters in the middle, most dots wide at most:
// letters of the body in double size if they fit, else drawn ones.
func (p *page) big(text string, most int) {
	runes := p.letters(text)
	if len(runes)*2*devices.CellWidth <= p.out.Width-2*margin*devices.CellWidth {
		row := devices.Row{Scale: 2, Indent: p.middle(len(runes) * 2 * devices.CellWidth)}
		for _, r := range runes {
			row.Cells = append(row.Cells, p.cell(r, true))
		}
		p.out.Rows = append(p.out.Rows, row)
		return
	}
	s := sizeOf(fitWidth(p.out.Width, text, most))
	b := devices.NewBitmap(p.out.Width, s.height)
	p.stamp(b, (p.out.Width-len(runes)*s.width)/2, 0, s, true, runes)
	p.picture(b)
}

// number adds figures of a height of their own, width dots each, in the middle.
// They are drawn in half the size and printed in dots of two by two: from where
// they are read, nobody sees it, and they take a quarter of the bytes.
func (p *page) number(text string, width int) {
	runes, s := p.letters(text), digitSize(width/2)
	half := devices.NewBitmap(p.out.Width/2, s.height)
	p.stamp(half, (half.Width-len(runes)*s.width)/2, 0, s, true, runes)
	b := devices.NewBitmap(p.out.Width, 2*s.height)
	for y := range b.Height {
		for x := range b.Width {
			if half.At(x/2, y/2) {
				b.Set(x, y)
			}
		}
	}
	p.picture(b)
}

// stamp draws letters into a block, with the first cell's corner at x, y.
func (p *page) stamp(b devices.Bitmap, x, y int, s size, bold bool, runes []rune) {
	for i, r := range runes {
		if p.err != nil {
			return
		}
		if r != ' ' {
			p.err = p.pen.letter(b, x+i*s.width, y, s, bold, r)
		}
	}
}

// solid stands for a black cell.
const solid rune = -1

// banner adds bold letters between black cells, from margin to margin.
func (p *page) banner(s string) { p.flanked(s, p.columns()) }

// badge adds bold letters between a few black cells.
func (p *page) badge(s string) { p.flanked(s, 3) }

// flanked adds lines with black cells on both sides, most of them at a side.
func (p *page) flanked(s string, most int) {
	lines := balance(string(p.letters(s)), p.columns()-6)
	for i, text := range lines {
		letters := []rune(text)
		side := min(most, (p.columns()-len(letters)-2)/2)
		row := devices.Row{Scale: 1}
		flank := slices.Repeat([]uint16{p.cell(solid, false)}, side)
		row.Cells = append(row.Cells, flank...)
		for _, r := range " " + text + " " {
			row.Cells = append(row.Cells, p.cell(r, true))
		}
		row.Cells = append(row.Cells, flank...)
		row.Indent = p.middle(len(row.Cells) * devices.CellWidth)
		p.out.Rows = append(p.out.Rows, row)
		if i < len(lines)-1 {
			p.space(leading)
		}
	}
}

// boxed adds letters between two lines across the paper.
func (p *page) boxed(s string) {
	p.rule(false)
	p.space(10)
	p.text(style{align: centre}, s)
	p.space(10 - leading)
	p.rule(false)
}

// wrap breaks a cleaned text into lines of at most width letters, between words
// where it can.
func wrap(s string, width int) []string {
	width = max(1, width)
	var lines []string
	var line []rune
	for _, word := range strings.Fields(s) {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) > width {
			lines, line = append(lines, string(line)), nil
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		line = append(line, w...)
		for len(line) > width {
			lines, line = append(lines, string(line[:width])), line[width:]
		}
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}

// balance wraps into as few lines as wrap does, but of like length.
func balance(s string, width int) []string {
	best := wrap(s, width)
	for narrower := width - 1; narrower > 0; narrower-- {
		lines := wrap(s, narrower)
		if len(lines) > len(best) || broken(lines, s) {
			return best
		}
		best = lines
	}
	return best
}

// broken reports whether a word was cut to make the lines fit.
func broken(lines []string, s string) bool { return strings.Join(lines, " ") != s }
