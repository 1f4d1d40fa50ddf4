package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	qrcode "github.com/skip2/go-qrcode"
)

// QuietZone is the white border a code needs on every side, in modules
// (ISO/IEC 18004, 9.1).
const QuietZone = 4

// MaxSlipSide is the side of a version 6 code in modules: a bigger one would
// not be read well from thermal paper.
const MaxSlipSide = 41

// Matrix draws a text as a QR code of level M, as rows of modules without
// border; true is dark.
func Matrix(text string) ([][]bool, error) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr code of %d characters: %w", len(text), err)
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// PNG draws a text as a picture with its quiet zone, modulePx (at least 1) dots
// a module.
func PNG(text string, modulePx int) ([]byte, error) {
	m, err := Matrix(text)
	if err != nil {
		return nil, err
	}
	px := max(1, modulePx)
	side := (len(m) + 2*QuietZone) * px
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			row, col := y/px-QuietZone, x/px-QuietZone
			if row >= 0 && row < len(m) && col >= 0 && col < len(m) && m[row][col] {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("qr code: %w", err)
	}
	return out.Bytes(), nil
}
