package virtual

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// A sample page is A4 at 200 dots an inch.
const (
	sampleDPI    = 200
	sampleWidth  = 1654
	sampleHeight = 2339
)

// sampleKinds are the invented papers; they resemble no official form.
var sampleKinds = [...]string{"GIAY TO MAU", "DON MAU", "BAN KHAI MAU", "BAN SAO MAU"}

// SamplePage draws the invented page number n (any number; the same number
// gives the same bytes): a colour JPEG of an A4 page at 200 dpi with a
// heading, lines of text, a line for a signature and a red seal ring, marked
// as a demonstration across the page. It is written without accents because
// the fonts at hand have none.
func SamplePage(n int) []byte {
	p := samplePage{img: image.NewRGBA(image.Rect(0, 0, sampleWidth, sampleHeight))}
	paper := color.RGBA{246, 245, 240, 255}
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	regular, bold, banner := face(goregular.TTF, 11), face(gobold.TTF, 15), face(gobold.TTF, 12)
	defer regular.Close()
	defer bold.Close()
	defer banner.Close()

	kind := sampleKinds[((n%len(sampleKinds))+len(sampleKinds))%len(sampleKinds)]
	p.mark(banner, 150, "BAN DEMO - KHONG CO GIA TRI")
	p.centred(bold, 290, fmt.Sprintf("%s SO %d", kind, n))
	y := 400
	for i, line := range sampleLines(n) {
		p.text(regular, 190, y, line)
		if y += 52; i%6 == 5 {
			y += 30
		}
	}
	p.dots(980, 1900, 1450)
	p.text(regular, 1080, 1960, "NGUOI KY MAU")
	p.seal(1210, 1820, 150)
	p.text(banner, 1210-font.MeasureString(banner, "DEMO").Ceil()/2, 1835, "DEMO")
	p.mark(banner, 2190, "BAN DEMO - KHONG CO GIA TRI")

	var out bytes.Buffer
	if err := jpeg.Encode(&out, p.img, &jpeg.Options{Quality: 85}); err != nil {
		panic(fmt.Sprintf("encode sample page: %v", err)) // a buffer takes every byte
	}
	return withJFIF(out.Bytes(), sampleDPI)
}

// sampleLines is the invented text of page n.
func sampleLines(n int) []string {
	words := []string{
		"giay", "mau", "dung", "de", "trinh", "dien", "kiosk", "khong", "phai", "giay", "to", "that",
		"noi", "dung", "duoc", "dat", "ra", "cho", "ban", "thu", "nghiem", "may", "quet",
	}
	var lines []string
	at := uint32(n)*2654435761 + 12345
	for i := range 24 {
		line := fmt.Sprintf("%d.", i+1)
		for len(line) < 80 {
			at = at*1664525 + 1013904223
			line += " " + words[at>>16%uint32(len(words))]
		}
		lines = append(lines, line)
	}
	return lines
}

type samplePage struct{ img *image.RGBA }

// face opens one of the fonts that are linked in.
func face(ttf []byte, points float64) font.Face {
	f, err := opentype.Parse(ttf)
	if err == nil {
		var opened font.Face
		if opened, err = opentype.NewFace(f, &opentype.FaceOptions{Size: points, DPI: sampleDPI, Hinting: font.HintingFull}); err == nil {
			return opened
		}
	}
	panic(fmt.Sprintf("open a built-in font: %v", err))
}

func (p samplePage) text(f font.Face, x, y int, s string) {
	p.draw(f, x, y, s, color.RGBA{28, 28, 34, 255})
}

func (p samplePage) centred(f font.Face, y int, s string) {
	p.text(f, (sampleWidth-font.MeasureString(f, s).Ceil())/2, y, s)
}

// mark writes a centred line in red within a frame.
func (p samplePage) mark(f font.Face, y int, s string) {
	red := color.RGBA{190, 20, 30, 255}
	wide := font.MeasureString(f, s).Ceil()
	x := (sampleWidth - wide) / 2
	p.draw(f, x, y, s, red)
	frame := image.Rect(x-30, y-50, x+wide+30, y+26)
	for _, side := range []image.Rectangle{
		{frame.Min, image.Pt(frame.Max.X, frame.Min.Y+4)}, {image.Pt(frame.Min.X, frame.Max.Y-4), frame.Max},
		{frame.Min, image.Pt(frame.Min.X+4, frame.Max.Y)}, {image.Pt(frame.Max.X-4, frame.Min.Y), frame.Max},
	} {
		draw.Draw(p.img, side, image.NewUniform(red), image.Point{}, draw.Src)
	}
}

func (p samplePage) draw(f font.Face, x, y int, s string, c color.Color) {
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: f, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// dots draws a dotted line to write on.
func (p samplePage) dots(x0, y, x1 int) {
	ink := image.NewUniform(color.RGBA{60, 60, 60, 255})
	for x := x0; x < x1; x += 12 {
		draw.Draw(p.img, image.Rect(x, y, x+5, y+4), ink, image.Point{}, draw.Src)
	}
}

// seal draws a red double ring, as ink lies on paper: what is under it shows.
func (p samplePage) seal(cx, cy, radius int) {
	for y := cy - radius; y <= cy+radius; y++ {
		for x := cx - radius; x <= cx+radius; x++ {
			r := math.Hypot(float64(x-cx), float64(y-cy)) / float64(radius)
			if r > 1 || r < 0.72 || r < 0.94 && r > 0.75 {
				continue
			}
			under := p.img.RGBAAt(x, y)
			p.img.SetRGBA(x, y, color.RGBA{
				uint8(int(under.R) * 215 / 255), uint8(int(under.G) * 45 / 255), uint8(int(under.B) * 50 / 255), 255,
			})
		}
	}
}

// withJFIF puts a JFIF segment with the density behind the first marker; the
// encoder at hand writes none.
func withJFIF(b []byte, dpi int) []byte {
	segment := []byte{
		0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1,
		byte(dpi >> 8), byte(dpi), byte(dpi >> 8), byte(dpi), 0, 0,
	}
	return bytes.Join([][]byte{b[:2], segment, b[2:]}, nil)
}
