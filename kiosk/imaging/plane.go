package imaging

import (
	"image"
	"image/color"
	"math"
)

// planeLong is the long side of an A4 page at 300 dpi, shrunk four times: the
// scale at which the gate's thresholds were found.
const planeLong = 877

// plane is a picture's brightness, shrunk by box averaging.
type plane struct {
	w, h   int
	factor int // pixels of the picture to one of the plane, each way
	pix    []uint8
}

// planeFactor is how many times to shrink a picture for the gate.
func planeFactor(w, h int) int {
	return max(1, int(math.Round(float64(max(w, h))/planeLong)))
}

// lumaOf gives a picture's brightness, row by row with that stride. What the
// JPEG decoder makes is not copied.
func lumaOf(img image.Image) (pix []uint8, stride int) {
	r := img.Bounds()
	switch img := img.(type) {
	case *image.YCbCr:
		return img.Y[img.YOffset(r.Min.X, r.Min.Y):], img.YStride
	case *image.Gray:
		return img.Pix[img.PixOffset(r.Min.X, r.Min.Y):], img.Stride
	}
	pix = make([]uint8, 0, r.Dx()*r.Dy())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			pix = append(pix, color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	return pix, r.Dx()
}

// shrink averages boxes of factor by factor samples; an incomplete box at the
// right or lower edge is left out unless there is no other.
func shrink(pix []uint8, stride, w, h, factor int) plane {
	factor = min(factor, w, h)
	p := plane{w: w / factor, h: h / factor, factor: factor}
	p.pix = make([]uint8, p.w*p.h)
	sums := make([]uint32, p.w)
	area := uint32(factor * factor)
	for y := range p.h {
		clear(sums)
		for dy := range factor {
			row := pix[(y*factor+dy)*stride:][:p.w*factor]
			for x := range sums {
				sum := uint32(0)
				for _, v := range row[:factor] {
					sum += uint32(v)
				}
				sums[x] += sum
				row = row[factor:]
			}
		}
		for x, sum := range sums {
			p.pix[y*p.w+x] = uint8((sum + area/2) / area)
		}
	}
	return p
}
