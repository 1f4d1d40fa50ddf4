package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// sheet is a page being made: colour, white paper, not yet a JPEG.
type sheet struct{ *image.RGBA }

func blank(w, h int, level uint8) sheet {
	s := sheet{image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(s, s.Bounds(), image.NewUniform(color.RGBA{level, level, level - 3, 255}), image.Point{}, draw.Src)
	return s
}

func (s sheet) write(t testing.TB, points float64, dpi float64, x, y int, ink uint8, lines ...string) sheet {
	t.Helper()
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: points, DPI: dpi})
	if err != nil {
		t.Fatal(err)
	}
	defer face.Close()
	d := font.Drawer{Dst: s, Src: image.NewUniform(color.Gray{ink}), Face: face}
	for _, line := range lines {
		d.Dot = fixed.P(x, y)
		d.DrawString(line)
		y += int(points / 72 * dpi * 1.6)
	}
	return s
}

// text is a page of print: A4 at so many dots an inch.
func text(t testing.TB, dpi int, ink uint8) sheet {
	s := blank(dpi*827/100, dpi*1169/100, 245)
	lines := make([]string, 30)
	for i := range lines {
		lines[i] = "To khai nay chi de thu may quet, so dong nhu nhau 0123456789"[:40+i%17]
	}
	return s.write(t, 12, float64(dpi), dpi, dpi*3/2, ink, lines...)
}

// each changes every colour by what f makes of its place and level.
func (s sheet) each(f func(x, y int, v float64) float64) sheet {
	b := s.Bounds()
	for y := range b.Dy() {
		row := s.Pix[y*s.Stride:]
		for x := range b.Dx() {
			for c := range 3 {
				row[4*x+c] = uint8(min(255, max(0, f(x, y, float64(row[4*x+c]))+0.5)))
			}
		}
	}
	return s
}

// scan adds what every sensor adds.
func (s sheet) scan() sheet {
	r := rand.New(rand.NewPCG(1, 2))
	var noise [1024]float64
	for i := range noise {
		noise[i] = r.NormFloat64() * 2.5
	}
	x := uint32(1)
	return s.each(func(_, _ int, v float64) float64 {
		x = x*1664525 + 1013904223
		return v + noise[x>>22]
	})
}

// blur averages boxes of 2n+1 pixels three times over, which is nearly a
// Gaussian of deviation n+0.5.
func (s sheet) blur(n int) sheet {
	for range 3 {
		s.smear(n, 4, s.Stride, s.Bounds().Dx(), s.Bounds().Dy())
		s.smear(n, s.Stride, 4, s.Bounds().Dy(), s.Bounds().Dx())
	}
	return s
}

func (s sheet) smear(n, step, across, length, rows int) {
	line := make([]uint8, length)
	for r := range rows {
		for c := range 3 {
			base := r*across + c
			for i := range line {
				line[i] = s.Pix[base+i*step]
			}
			sum := 0
			at := func(i int) int { return int(line[min(length-1, max(0, i))]) }
			for i := -n; i <= n; i++ {
				sum += at(i)
			}
			for i := range line {
				s.Pix[base+i*step] = uint8(sum / (2*n + 1))
				sum += at(i+n+1) - at(i-n)
			}
		}
	}
}

// lid is the scanner's dark lid around a page.
func (s sheet) lid(margin int) sheet {
	b := s.Bounds()
	return s.each(func(x, y int, v float64) float64 {
		if x < margin || y < margin || x >= b.Dx()-margin || y >= b.Dy()-margin {
			return 35
		}
		return v
	})
}

// glare is the reflection of a lamp.
func (s sheet) glare(cx, cy, radius int) sheet {
	return s.each(func(x, y int, v float64) float64 {
		r := math.Hypot(float64(x-cx), float64(y-cy)) / float64(radius)
		return v*0.78 + 255*max(0, min(1, 1.6-r*1.2))
	})
}

func (s sheet) jpeg(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, s.RGBA, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
