package imaging

import (
	"errors"
	"fmt"
	"image"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
)

// qrPixels bounds ReadQR as Limits.Pixels bounds Analyse.
const qrPixels = 60_000_000

// ReadQR reads every QR code it finds in a picture; finding none is no error.
// A page is best read at full size. What a code says is personal data more
// often than not: it does not belong into a log.
func ReadQR(img image.Image) (texts []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			texts, err = nil, fmt.Errorf("read QR code: decoder panicked: %v", r)
		}
	}()
	r := img.Bounds()
	if r.Empty() || r.Dx()*r.Dy() > qrPixels {
		return nil, fmt.Errorf("read QR code: picture of %d by %d", r.Dx(), r.Dy())
	}
	luma, stride := lumaOf(img)
	source, err := gozxing.NewPlanarYUVLuminanceSource(luma, stride, r.Dy(), 0, 0, r.Dx(), r.Dy(), false)
	if err != nil {
		return nil, fmt.Errorf("read QR code: %w", err)
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return nil, fmt.Errorf("read QR code: %w", err)
	}
	found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
	})
	if _, nothing := errors.AsType[gozxing.ReaderException](err); nothing {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read QR code: %w", err)
	}
	for _, code := range found {
		texts = append(texts, code.GetText())
	}
	return texts, nil
}
