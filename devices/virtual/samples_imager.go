package virtual

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/math/fixed"
)

// The sensor of a serial imager.
const (
	imagerWidth  = 1280
	imagerHeight = 800
)

// SampleImage draws what a serial imager sees of the invented card number n: a
// gray JPEG of 1280 by 800 dots in the quality given, with a drawn face, lines
// of text, a gradient of light and the grain of a sensor, marked as a
// demonstration. About 98 kB in quality 50 and 151 kB in 75. The same numbers
// give the same bytes.
func SampleImage(n, quality int) []byte {
	img := image.NewGray(image.Rect(0, 0, imagerWidth, imagerHeight))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{70}), image.Point{}, draw.Src)
	card := image.Rect(70, 50, imagerWidth-70, imagerHeight-50)
	draw.Draw(img, card, image.NewUniform(color.Gray{222}), image.Point{}, draw.Src)
	text := func(size float64, ttf []byte, x, y int, s string) {
		f := face(ttf, size)
		defer f.Close()
		d := font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{30}), Face: f, Dot: fixed.P(x, y)}
		d.DrawString(s)
	}
	text(15, gobold.TTF, 380, 130, fmt.Sprintf("THE MAU SO %d", n))
	text(12, gobold.TTF, 380, 180, "BAN DEMO - KHONG CO GIA TRI")
	drawnFace(img, 230, 380)
	for i, line := range sampleLines(n) {
		if y := 240 + i*34; y < card.Max.Y-20 {
			text(9, goregular.TTF, 400, y, line)
		}
	}
	light(img, uint64(n))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(fmt.Sprintf("encode sample image: %v", err)) // a buffer takes every byte
	}
	return out.Bytes()
}

// drawnFace is a circle with two dots and a line: nobody.
func drawnFace(img *image.Gray, cx, cy int) {
	disc := func(cx, cy, r int, g uint8) {
		for y := -r; y <= r; y++ {
			for x := -r; x <= r; x++ {
				if x*x+y*y <= r*r {
					img.SetGray(cx+x, cy+y, color.Gray{g})
				}
			}
		}
	}
	disc(cx, cy, 110, 175)
	disc(cx-40, cy-30, 12, 50)
	disc(cx+40, cy-30, 12, 50)
	draw.Draw(img, image.Rect(cx-45, cy+45, cx+45, cy+55), image.NewUniform(color.Gray{60}), image.Point{}, draw.Src)
}

// light lays a gradient and a sensor's grain over the picture.
func light(img *image.Gray, seed uint64) {
	grain := rand.New(rand.NewPCG(seed, 0x11CE))
	for y := range imagerHeight {
		for x := range imagerWidth {
			at := y*img.Stride + x
			v := int(img.Pix[at])*(200+55*x/imagerWidth)/255 + grain.IntN(sampleGrain) - sampleGrain/2
			img.Pix[at] = uint8(min(255, max(0, v)))
		}
	}
}

// sampleGrain is how far the darkest and the lightest grain lie apart.
const sampleGrain = 13
