package virtual

import (
	"bytes"
	"image/jpeg"
	"testing"
)

func TestSamplePage(t *testing.T) {
	one := SamplePage(1)
	if !bytes.Equal(one, SamplePage(1)) || bytes.Equal(one, SamplePage(2)) {
		t.Error("a number does not give one page, the same each time")
	}
	for _, page := range [][]byte{one, SamplePage(-3)} {
		img, err := jpeg.Decode(bytes.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		if r := img.Bounds(); r.Dx() != sampleWidth || r.Dy() != sampleHeight {
			t.Errorf("%v", r)
		}
	}
	if !bytes.Contains(one[:20], []byte("JFIF\x00\x01\x02\x01\x00\xC8\x00\xC8")) {
		t.Error("no density of 200 dpi")
	}
}
