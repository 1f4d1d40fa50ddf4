package printer

import "servicepoint/devices"

var (
	ownLetters = []byte{0x1b, '%', 1}
	itsLetters = []byte{0x1b, '%', 0}
)

// use is a place where a defined letter prints.
type use struct{ x, y, scale int }

// text writes a slip with its letters defined first and its text as text.
type text struct {
	pr    Profile
	pic   devices.Bitmap
	m     measure
	a     *alphabet
	lines []line
	codes *codes
	uses  map[int]*[]use // of the letter that each code stands for at this line

	out     []chunk
	spacing int // what ESC 3 last set; 0 while it is not known
	scale   int // what GS ! last set
}

// glyphChunks writes the slip with own letters. It gives nothing if no row of
// it can go as text.
func glyphChunks(pr Profile, slip devices.Slip, pic devices.Bitmap, m measure) []chunk {
	if pr.GlyphCodes < 2 || !pr.Feed {
		return nil
	}
	a, lines := textLines(pr, slip)
	if len(lines) == 0 {
		return nil
	}
	t := &text{
		pr: pr, pic: pic, m: m, a: a, lines: lines, codes: newCodes(pr.GlyphCodes-1, lines),
		uses: map[int]*[]use{}, scale: 1,
	}
	t.put(0, ownLetters...)
	y := 0
	for i, l := range lines {
		t.out = append(t.out, rasterChunks(pr, pic, m, y, l.y)...)
		y = t.line(i)
	}
	t.out = append(t.out, rasterChunks(pr, pic, m, y, pic.Height)...)
	t.put(0, itsLetters...)
	return t.out
}

func (t *text) put(rows int, bytes ...byte) {
	t.out = append(t.out, chunk{bytes: append([]byte(nil), bytes...), rows: rows})
}

// line adds a line of text with white below it and gives the row behind.
func (t *text) line(i int) int {
	l := t.lines[i]
	t.define(t.codes.define(t.lines, i))
	white, end := 0, t.pic.Height
	if i+1 < len(t.lines) {
		end = t.lines[i+1].y
	}
	for y := l.y + l.height(); y < end && t.m.used[y] == 0; y++ {
		white++
	}
	var b []byte
	if t.spacing < l.height() || t.spacing > l.height()+white {
		t.spacing = l.height() + min(white, usualLeading)
		b = append(b, 0x1b, '3', byte(t.spacing))
	}
	x := 0
	if l.indent%l.scale != 0 {
		b = t.size(b, 1)
	} else {
		b = t.size(b, l.scale)
	}
	for ; x < l.indent; x += t.scale {
		b = append(b, blankCode)
	}
	b = t.size(b, l.scale)
	for _, c := range l.cells {
		if c == blank {
			b = append(b, blankCode)
		} else {
			code := t.codes.code[c]
			b = append(b, byte(firstCode+code))
			*t.uses[code] = append(*t.uses[code], use{x * devices.CellWidth, l.y, l.scale})
		}
		x += l.scale
	}
	t.put(t.spacing, append(b, '\n')...)
	return l.y + t.spacing
}

// usualLeading is the white that a line of text feeds with itself; a slip has
// it below most of its lines.
const usualLeading = 4

// size selects how large letters print.
func (t *text) size(b []byte, scale int) []byte {
	if scale == t.scale {
		return b
	}
	t.scale = scale
	return append(b, 0x1d, '!', byte((scale-1)<<4|(scale-1)))
}

// define sends the letters of codes, which rise; those that follow one another
// share a command.
func (t *text) define(set []int) {
	for len(set) > 0 {
		n, size := 1, defineHead+defineMax
		for n < len(set) && set[n] == set[0]+n && size+defineMax <= t.pr.partLimit()-len(queuedRequest) {
			size += defineMax
			n++
		}
		t.defineRun(set[:n])
		set = set[n:]
	}
}

// The bytes of ESC & before its letters, and of one letter at most.
const (
	defineHead = 5
	defineMax  = 1 + 3*devices.CellWidth
)

func (t *text) defineRun(set []int) {
	c := chunk{bytes: []byte{0x1b, '&', 3, byte(firstCode + set[0]), byte(firstCode + set[len(set)-1])}}
	for _, code := range set {
		dots := columnsOf(t.a.glyphs[t.codes.holds[code]])
		uses := &[]use{}
		t.uses[code] = uses
		c.bytes = append(c.bytes, byte(len(dots)/3))
		from := len(c.bytes)
		c.bytes = append(c.bytes, dots...)
		c.spans = append(c.spans, span{from, len(c.bytes), func(i int, bit byte) []devices.Dot {
			y := i % 3 * 8
			for ; bit < 0x80; bit <<= 1 {
				y++
			}
			var out []devices.Dot
			for _, u := range *uses {
				out = append(out, square(u.x+i/3*u.scale, u.y+y*u.scale, u.scale, t.pic.Width)...)
			}
			return out
		}})
	}
	t.out = append(t.out, c)
}
