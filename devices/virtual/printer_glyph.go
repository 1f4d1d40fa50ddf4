package virtual

import (
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	lineSpacing = 30 // dots a text line takes after ESC 2
	cellWidth   = 12 // of font A
	cellHeight  = 24
)

// letter is one character as columns of dots, the topmost dot in bit 31.
type letter struct {
	width, height int
	columns       [2 * cellWidth]uint32
}

func (c *letter) at(x, y int) bool { return c.columns[x]&(1<<31>>y) != 0 }

func (c *letter) set(x, y int) { c.columns[x] |= 1 << 31 >> y }

// boxLetter is what a character looks like that this printer has no picture of.
func boxLetter(width int) letter {
	c := letter{width: width, height: cellHeight}
	for x := 1; x < width-1; x++ {
		c.set(x, 1)
		c.set(x, cellHeight-2)
	}
	for y := 1; y < cellHeight-1; y++ {
		c.set(1, y)
		c.set(width-2, y)
	}
	return c
}

// modes are the settings of a printer, as ESC @ and power on leave them.
type modes struct {
	spacing   int // dots from line to line
	size      byte
	font      int // 0 is A, 1 is B
	gap       int // dots to the right of each character
	bold      bool
	underline int
	invert    bool
	align     int
	left      int // margin in dots
	area      int // dots between the margins; 0 is all there are
	own       bool
	pairs     bool                // high bytes come in pairs
	defined   [2]map[byte]*letter // by font
}

func newModes(p PrinterProfile) modes {
	return modes{spacing: lineSpacing, pairs: p.Pairs}
}

// letter is the picture of a character: the host's own if there is one and
// ESC % has switched to them, or the built-in one.
func (m *modes) letter(c byte) letter {
	if own := m.defined[m.font][c]; m.own && own != nil {
		return *own
	}
	if c < 0x20 || c > 0x7e {
		return boxLetter(cellWidth)
	}
	return builtIn()[m.font][c-0x20]
}

// dress applies the styles.
func (m *modes) dress(c letter) letter {
	if m.bold {
		for x := c.width - 1; x > 0; x-- {
			c.columns[x] |= c.columns[x-1]
		}
	}
	for x := range c.width {
		for y := range m.underline {
			c.set(x, c.height-1-y)
		}
		if m.invert {
			c.columns[x] = ^c.columns[x] &^ (1<<(32-c.height) - 1)
		}
	}
	return c
}

// define is ESC & y c1 c2 [x d…]…: y bytes a column, x columns, the top dot in
// the highest bit of a column's first byte. Out of bounds it is no command and
// what follows is printed.
func (s *session) define() error {
	if !s.profile.Glyphs {
		return nil
	}
	h, err := s.take(3)
	if err != nil {
		return err
	}
	m := &s.modes
	if h[0] != 3 || h[1] < 0x20 || h[1] > h[2] || h[2] > 0x7e {
		return nil
	}
	size := fontSizes[m.font]
	for c := int(h[1]); c <= int(h[2]); c++ {
		x, err := s.next()
		if err != nil {
			return err
		}
		if int(x) > size.X {
			return nil
		}
		d, err := s.take(3 * int(x))
		if err != nil {
			return err
		}
		own := &letter{width: size.X, height: size.Y}
		for i := range int(x) {
			bits := uint32(d[3*i])<<24 | uint32(d[3*i+1])<<16 | uint32(d[3*i+2])<<8
			own.columns[i] = bits &^ (1<<(32-size.Y) - 1)
		}
		if m.defined[m.font] == nil {
			m.defined[m.font] = map[byte]*letter{}
		}
		m.defined[m.font][byte(c)] = own
	}
	return nil
}

// fontSizes are the sizes of font A and font B.
var fontSizes = [2]image.Point{{cellWidth, cellHeight}, {9, 17}}

// builtIn is the printer's own font: ASCII.
var builtIn = sync.OnceValue(func() (all [2][95]letter) {
	parsed, err := opentype.Parse(gomono.TTF)
	if err != nil {
		panic(err) // it is part of the program
	}
	for i, size := range fontSizes {
		// This font's letters are 0.6 of its size wide: exactly a cell.
		f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(size.X) / 0.6, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic(err)
		}
		for c := range all[i] {
			all[i][c] = rasterise(f, size, rune(c+0x20))
		}
	}
	return all
})

func rasterise(f font.Face, size image.Point, r rune) letter {
	c := letter{width: size.X, height: size.Y}
	at, mask, from, _, ok := f.Glyph(fixed.P(0, size.Y*3/4), r)
	if !ok {
		return c
	}
	for x := range size.X {
		for y := range size.Y {
			if !image.Pt(x, y).In(at) {
				continue
			}
			if _, _, _, a := mask.At(from.X+x-at.Min.X, from.Y+y-at.Min.Y).RGBA(); a >= 0x7000 {
				c.set(x, y)
			}
		}
	}
	return c
}
