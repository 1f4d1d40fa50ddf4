package imaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"servicepoint/kiosk"
)

// What can be wrong with a page.
const (
	CodeNotJPEG     kiosk.Code = "page.not_jpeg"
	CodeTruncated   kiosk.Code = "page.truncated"
	CodeTooLarge    kiosk.Code = "page.too_large"   // in bytes, pixels, memory or time
	CodeUnsupported kiosk.Code = "page.unsupported" // CMYK, RGB, 12 bits, lossless, arithmetic coding

	CodeBlur         kiosk.Code = "page.blur"
	CodeDark         kiosk.Code = "page.dark"
	CodeGlare        kiosk.Code = "page.glare"
	CodeCut          kiosk.Code = "page.cut"
	CodeFaintOrBlank kiosk.Code = "page.faint_or_blank"
	CodeSmall        kiosk.Code = "page.small"
)

// Codes lists every code of the package.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		CodeNotJPEG, CodeTruncated, CodeTooLarge, CodeUnsupported,
		CodeBlur, CodeDark, CodeGlare, CodeCut, CodeFaintOrBlank, CodeSmall,
	}
}

// Limits bounds the work and sets the gate's thresholds. A zero field counts
// as its default.
type Limits struct {
	Bytes  int           // of the file; default 40 MiB
	Pixels int64         // default 60 million
	Memory int64         // bytes the decoded frame may take; default 192 MiB
	Time   time.Duration // default 5 s
	Gate   Thresholds
}

func (l Limits) filled() Limits {
	l.Bytes = or(l.Bytes, 40<<20)
	l.Pixels = or(l.Pixels, 60_000_000)
	l.Memory = or(l.Memory, 192<<20)
	l.Time = or(l.Time, 5*time.Second)
	l.Gate = l.Gate.filled()
	return l
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Analysis is what is known of a page.
type Analysis struct {
	Width, Height int // pixels
	DPI           int // dots an inch as the file states, 0 if it does not
	MIME          string
	Gray          bool
	Complete      bool               // the end marker is there and every pixel decodes
	Defects       []kiosk.Code       // what the gate advises against, in the order of Codes
	Metrics       map[string]float64 // what the gate measured; see Thresholds
}

// frames is the process's one place for a decoded frame: an A4 page at 300 dpi
// takes 13 to 26 MB, and the service has to stay small. It guards memory, not
// data.
var frames = make(chan struct{}, 1)

// Analyse decodes one JPEG and judges it. Bytes that do not decode are a
// *kiosk.Error: page.not_jpeg, page.truncated, page.too_large (Corrupt) or
// page.unsupported (Invalid); the Analysis then holds what the header told. It
// waits while another page is in hand. If ctx ends its error is returned.
func Analyse(ctx context.Context, page []byte, limits Limits) (Analysis, error) {
	limits = limits.filled()
	a := Analysis{MIME: "image/jpeg", Metrics: map[string]float64{}}
	h, err := check(page, limits)
	a.Width, a.Height, a.DPI, a.Gray = h.width, h.height, h.dpi, h.components == 1
	if err != nil {
		return a, err
	}
	var p plane
	err = withFrame(ctx, page, limits, func(img image.Image) error {
		luma, stride := lumaOf(img)
		p = shrink(luma, stride, h.width, h.height, planeFactor(h.width, h.height))
		return nil
	})
	if err != nil {
		return a, err
	}
	a.Complete = true
	a.Defects = limits.Gate.judge(p, h, a.Metrics)
	return a, nil
}

// check refuses by size and header what must not be decoded.
func check(b []byte, limits Limits) (header, error) {
	if len(b) > limits.Bytes {
		return header{}, kiosk.Fail(kiosk.Corrupt, CodeTooLarge, fmt.Errorf("%d bytes", len(b)))
	}
	h, err := readHeader(b)
	switch {
	case err != nil:
		return h, err
	case int64(h.width)*int64(h.height) > limits.Pixels || h.memory() > limits.Memory:
		return h, kiosk.Fail(kiosk.Corrupt, CodeTooLarge, fmt.Errorf("%d by %d pixels", h.width, h.height))
	case !h.complete:
		return h, kiosk.Fail(kiosk.Corrupt, CodeTruncated, nil)
	}
	return h, nil
}

// withFrame decodes b and lends the frame to use, one in the process at a
// time. Decoding stops when the time is up, and a panic of the decoder counts
// as bytes that do not decode.
func withFrame(ctx context.Context, b []byte, limits Limits, use func(image.Image) error) (err error) {
	select {
	case frames <- struct{}{}:
		defer func() { <-frames }()
	case <-ctx.Done():
		return fmt.Errorf("wait to decode a page: %w", ctx.Err())
	}
	timed, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = kiosk.Fail(kiosk.Corrupt, CodeTruncated, fmt.Errorf("decoder panicked: %v", r))
		}
	}()
	left := bytes.NewReader(b)
	img, err := jpeg.Decode(readFunc(func(p []byte) (int, error) {
		if err := timed.Err(); err != nil {
			return 0, err
		}
		return left.Read(p)
	}))
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("decode page: %w", ctx.Err())
	case timed.Err() != nil:
		return kiosk.Fail(kiosk.Corrupt, CodeTooLarge, errors.New("no time left to decode it"))
	case err != nil:
		return kiosk.Fail(kiosk.Corrupt, CodeTruncated, fmt.Errorf("decode page: %w", err))
	}
	return use(img)
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
