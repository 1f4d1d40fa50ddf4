package virtual

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

// The sizes are those the figures of the serial lines are reckoned with.
func TestSampleImage(t *testing.T) {
	for quality, kB := range map[int]int{50: 98, 75: 151} {
		b := SampleImage(1, quality)
		if n := len(b) / 1000; n < kB*85/100 || n > kB*115/100 {
			t.Errorf("quality %d: %d kB, want about %d", quality, n, kB)
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if _, gray := img.(*image.Gray); !gray || img.Bounds() != image.Rect(0, 0, 1280, 800) {
			t.Errorf("%T of %v", img, img.Bounds())
		}
	}
	if !bytes.Equal(SampleImage(7, 50), SampleImage(7, 50)) || bytes.Equal(SampleImage(7, 50), SampleImage(8, 50)) {
		t.Error("a number does not give one picture, the same each time")
	}
}
