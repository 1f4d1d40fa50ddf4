package slip

import (
	"image"
	"image/color"

	"servicepoint/devices"
)

// Picture paints a slip as its paper will look, for screens and tests.
func Picture(s devices.Slip) *image.Gray {
	b := s.Paint()
	img := image.NewGray(image.Rect(0, 0, b.Width, b.Height))
	for y := range b.Height {
		for x := range b.Width {
			c := color.Gray{Y: 255}
			if b.At(x, y) {
				c.Y = 0
			}
			img.SetGray(x, y, c)
		}
	}
	return img
}
