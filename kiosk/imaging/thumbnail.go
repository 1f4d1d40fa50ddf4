package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"servicepoint/kiosk"
)

// thumbnailQuality keeps text readable at a glance and files small.
const thumbnailQuality = 80

// Thumbnail makes a small JPEG of a page for the screen, no side longer than
// maxSide pixels and never enlarged. It refuses what Analyse refuses and waits
// like it while another page is in hand.
func Thumbnail(page []byte, maxSide int) ([]byte, error) {
	if maxSide < 1 {
		return nil, kiosk.Fail(kiosk.Internal, "internal", fmt.Errorf("thumbnail of %d pixels", maxSide))
	}
	limits := Limits{}.filled()
	h, err := check(page, limits)
	if err != nil {
		return nil, err
	}
	var small image.Image
	err = withFrame(context.Background(), page, limits, func(img image.Image) error {
		small = reduce(img, (max(h.width, h.height)+maxSide-1)/maxSide)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(small)
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, fmt.Errorf("encode thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

// reduce shrinks what the JPEG decoder makes by averaging, plane by plane.
func reduce(img image.Image, factor int) image.Image {
	r := img.Bounds()
	luma, stride := lumaOf(img)
	y := shrink(luma, stride, r.Dx(), r.Dy(), factor)
	gray := &image.Gray{Pix: y.pix, Stride: y.w, Rect: image.Rect(0, 0, y.w, y.h)}
	colour, ok := img.(*image.YCbCr)
	if !ok {
		return gray
	}
	out := &image.YCbCr{
		Y: y.pix, Cb: make([]uint8, len(y.pix)), Cr: make([]uint8, len(y.pix)),
		YStride: y.w, CStride: y.w, SubsampleRatio: image.YCbCrSubsampleRatio444, Rect: gray.Rect,
	}
	for i := range y.pix {
		// The colour planes are coarser already: four samples of a box do.
		x0, y0 := r.Min.X+i%y.w*y.factor, r.Min.Y+i/y.w*y.factor
		var cb, cr int
		for _, at := range [4][2]int{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
			c := colour.COffset(x0+at[0]*y.factor/4, y0+at[1]*y.factor/4)
			cb, cr = cb+int(colour.Cb[c]), cr+int(colour.Cr[c])
		}
		out.Cb[i], out.Cr[i] = uint8((cb+2)/4), uint8((cr+2)/4)
	}
	return out
}
