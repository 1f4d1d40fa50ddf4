package slip

import (
	_ "embed"
	"errors"
	"fmt"
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"servicepoint/devices"
)

// JetBrains Mono under the SIL Open Font License: see font/LICENSE.txt.
var (
	//go:embed font/JetBrainsMono-Medium.ttf
	mediumFile []byte
	//go:embed font/JetBrainsMono-ExtraBold.ttf
	boldFile []byte
)

// typefaces are the parsed fonts; they are safe to share, faces are not.
type typefaces struct{ medium, bold *sfnt.Font }

var fonts = sync.OnceValues(func() (typefaces, error) {
	medium, err := opentype.Parse(mediumFile)
	if err != nil {
		return typefaces{}, fmt.Errorf("slip font: %w", err)
	}
	bold, err := opentype.Parse(boldFile)
	if err != nil {
		return typefaces{}, fmt.Errorf("slip font: %w", err)
	}
	return typefaces{medium, bold}, nil
})

// The proportions of the font, in its em: every letter is advance wide, stacked
// marks (Ỗ) rise to rise above the baseline and dots (ạ) hang to drop below it.
const (
	advance = 0.600
	rise    = 1.020
	drop    = 0.225
)

// threshold is the coverage (of 255) from which a dot prints. Thermal paper
// fattens strokes a little, and thin strokes fade first.
const threshold = 112

// size is one size of letters, in dots.
type size struct {
	em            float64
	width, height int // the cell of one letter
	baseline      int // from the top of the cell
}

// bodySize fills the printers' 12×24 cell: a little under the 20 dots an em
// that the width would take, so that stacked marks and dots below both fit.
var bodySize = size{em: 19.25, width: devices.CellWidth, height: devices.CellHeight, baseline: 20}

// sizeOf makes a size whose letters are width dots wide.
func sizeOf(width int) size {
	em := float64(width) / advance
	return size{em: em, width: width, height: int((rise+drop)*em + 0.999), baseline: int(rise*em + 0.999)}
}

// digitSize is for numbers only: no room for marks and dots.
func digitSize(width int) size {
	em := float64(width) / advance
	return size{em: em, width: width, height: int(0.76*em + 0.999), baseline: int(0.745*em + 0.999)}
}

// pen draws letters. It belongs to one slip: faces are not safe to share.
type pen struct {
	fonts typefaces
	faces map[faceKey]font.Face
	buf   sfnt.Buffer
}

type faceKey struct {
	bold bool
	em   float64
}

func newPen() (*pen, error) {
	f, err := fonts()
	if err != nil {
		return nil, err
	}
	return &pen{fonts: f, faces: map[faceKey]font.Face{}}, nil
}

func (p *pen) font(bold bool) *sfnt.Font {
	if bold {
		return p.fonts.bold
	}
	return p.fonts.medium
}

// has reports whether the fonts can draw a letter.
func (p *pen) has(r rune) bool {
	m, err := p.fonts.medium.GlyphIndex(&p.buf, r)
	b, berr := p.fonts.bold.GlyphIndex(&p.buf, r)
	return err == nil && berr == nil && m != 0 && b != 0
}

func (p *pen) face(bold bool, em float64) (font.Face, error) {
	key := faceKey{bold, em}
	if f, ok := p.faces[key]; ok {
		return f, nil
	}
	f, err := opentype.NewFace(p.font(bold), &opentype.FaceOptions{Size: em, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("slip font at %.1f dots: %w", em, err)
	}
	p.faces[key] = f
	return f, nil
}

// letter draws one letter into b with its cell's top left corner at x, y. What
// lies outside of b is cut off.
func (p *pen) letter(b devices.Bitmap, x, y int, s size, bold bool, r rune) error {
	f, err := p.face(bold, s.em)
	if err != nil {
		return err
	}
	// The letter is centred in its cell: the cell may be wider than the advance.
	off := fixed.Int26_6((float64(s.width) - advance*s.em) / 2 * 64)
	if s.em < crispBelow {
		off = place(f, s, off, r)
	}
	rect, mask, at, _, ok := f.Glyph(fixed.Point26_6{X: off, Y: fixed.I(s.baseline)}, r)
	if !ok {
		return fmt.Errorf("slip font has no glyph for %U", r)
	}
	alpha, ok := mask.(*image.Alpha)
	if !ok {
		return errors.New("slip font: the mask is not alpha")
	}
	for dy := range rect.Dy() {
		for dx := range rect.Dx() {
			if alpha.AlphaAt(at.X+dx, at.Y+dy).A >= threshold {
				b.Set(x+rect.Min.X+dx, y+rect.Min.Y+dy)
			}
		}
	}
	return nil
}

// crispBelow is the em, in dots, under which letters are shifted to the grid:
// a stem of two dots that lies between two columns would print as one or three.
const crispBelow = 30

// shifts are tried in this order, in 64ths of a dot. The wide ones are for
// letters such as ư, whose horn leaves a cell that cuts it off.
var shifts = []fixed.Int26_6{0, 16, -16, 32, -32, -48, -64, -80, -96, 48, 64}

// place gives the offset from the cell's left edge at which a letter lies inside
// its cell and, among those near the middle, shows the least grey: there its
// stems lie on whole columns.
func place(f font.Face, s size, middle fixed.Int26_6, r rune) fixed.Int26_6 {
	const far = 1 << 20 // more than any letter's grey
	best, least := middle, -1
	for i, shift := range shifts {
		rect, mask, at, _, ok := f.Glyph(fixed.Point26_6{X: middle + shift}, r)
		alpha, isAlpha := mask.(*image.Alpha)
		if !ok || !isAlpha {
			return middle
		}
		cost := 0
		if i > 3 {
			if least < far {
				break // it fits near the middle
			}
			cost = far + i
		}
		for dy := range rect.Dy() {
			for dx := range rect.Dx() {
				a := int(alpha.AlphaAt(at.X+dx, at.Y+dy).A)
				if x := rect.Min.X + dx; a >= threshold && (x < 0 || x >= s.width) {
					cost += 2 * far
				}
				if i <= 3 {
					cost += min(a, 255-a)
				}
			}
		}
		if least < 0 || cost < least {
			best, least = middle+shift, cost
		}
	}
	return best
}

// glyph draws one letter of the body as a cell.
func (p *pen) glyph(bold bool, r rune) (devices.Glyph, error) {
	var g devices.Glyph
	b := devices.NewBitmap(devices.CellWidth, devices.CellHeight)
	if err := p.letter(b, 0, 0, bodySize, bold, r); err != nil {
		return g, err
	}
	for y := range g {
		for x := range devices.CellWidth {
			if b.At(x, y) {
				g[y] |= 0x8000 >> x
			}
		}
	}
	return g, nil
}
