package a4

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

// A page at 300 dpi must not take more memory than one picture of it.
func BenchmarkCheckA4(b *testing.B) {
	var page bytes.Buffer
	if err := jpeg.Encode(&page, image.NewYCbCr(image.Rect(0, 0, 2480, 3508), image.YCbCrSubsampleRatio420), nil); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(page.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, fault := checkJPEG(page.Bytes()); fault != nil {
			b.Fatal(fault)
		}
	}
}

func FuzzPage(f *testing.F) {
	p := picture(1)
	f.Add(p)
	f.Add(p[:len(p)-2])
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xC2, 0, 11, 8, 0x4E, 0x20, 0x4E, 0x20, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9})
	f.Fuzz(func(t *testing.T, b []byte) {
		head, fault := readFrame(b)
		if fault != nil {
			return
		}
		if head.width <= 0 || head.dpi < 0 {
			t.Errorf("a frame of %d x %d at %d dpi", head.width, head.height, head.dpi)
		}
		if head.width*head.height < 1<<20 {
			checkJPEG(b)
		}
	})
}
