package scanner

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"servicepoint/devices"
)

// samplePicture is a picture with flat parts, edges and noise, in colour or
// gray, of any size.
func samplePicture(w, h, quality int, gray bool, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	rect := image.Rect(0, 0, w, h)
	var img image.Image
	dot := func(x, y int) uint8 {
		switch (x/40 + y/30) % 3 {
		case 0:
			return uint8(r.UintN(256))
		case 1:
			return uint8(200 + x%16)
		}
		return uint8(40 * (x / 7 % 2))
	}
	if gray {
		g := image.NewGray(rect)
		for i := range g.Pix {
			g.Pix[i] = dot(i%w, i/w)
		}
		img = g
	} else {
		c := image.NewRGBA(rect)
		for y := range h {
			for x := range w {
				c.SetRGBA(x, y, color.RGBA{dot(x, y), dot(y, x), uint8(x + y), 255})
			}
		}
		img = c
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func TestCheckJPEGTakesWhatEncodersWrite(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 9}, {16, 16}, {17, 33}, {640, 480}, {1283, 801}} {
		for _, q := range []int{1, 20, 50, 85, 95, 100} {
			for _, gray := range []bool{true, false} {
				b := samplePicture(size[0], size[1], q, gray, 1)
				if _, f := checkJPEG(b); f != nil {
					t.Errorf("%v quality %d gray %v: %v", size, q, gray, f)
				}
			}
		}
	}
}

// A picture with a damaged byte may pass: no checksum guards it. It passes by
// far not as often as with the standard decoder alone.
func TestCheckJPEGFindsMoreThanADecoder(t *testing.T) {
	good := samplePicture(240, 180, 75, true, 2)
	r := rand.New(rand.NewPCG(3, 3))
	passed, decoded := 0, 0
	const trials = 300
	for range trials {
		b := bytes.Clone(good)
		b[r.IntN(len(b))] ^= 1 << r.UintN(8)
		_, f := checkJPEG(b)
		_, err := jpeg.Decode(bytes.NewReader(b))
		if err == nil {
			decoded++
		}
		if f == nil {
			if passed++; err != nil {
				t.Fatalf("accepted what image/jpeg refuses: %v", err)
			}
		}
	}
	t.Logf("one flipped bit of %d: image/jpeg takes %d of %d, checkJPEG %d", len(good)*8, decoded, trials, passed)
	if passed*5 > decoded*4 {
		t.Errorf("checkJPEG took %d of %d, image/jpeg %d", passed, trials, decoded)
	}
}

func TestF54_ImageBombIsNeverDecoded(t *testing.T) {
	bomb := samplePicture(64, 64, 75, true, 1)
	at := bytes.Index(bomb, []byte{0xFF, 0xC0})
	copy(bomb[at+5:], []byte{0x4E, 0x20, 0x4E, 0x20}) // 20000×20000
	allocs := testing.AllocsPerRun(5, func() {
		if _, f := checkJPEG(bomb); f == nil || f.Cause != devices.TooLarge {
			t.Fatalf("a bomb: %v", f)
		}
	})
	if allocs > 20 {
		t.Errorf("%v allocations for a bomb's header", allocs)
	}
	bomb[at+1] = 0xC2 // progressive, 20 megapixels: only the decoder with its buffers could tell
	copy(bomb[at+5:], []byte{0x13, 0x88, 0x0F, 0xA0})
	if _, f := checkJPEG(bomb); f == nil || f.Cause != devices.TooLarge {
		t.Errorf("a progressive bomb: %v", f)
	}
}

func FuzzCheckJPEG(f *testing.F) {
	f.Add(samplePicture(40, 30, 75, true, 1))
	f.Add(samplePicture(40, 30, 75, false, 1))
	f.Add(samplePicture(9, 9, 100, false, 1))
	f.Add(testJPEG(f, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, fault := checkJPEG(b)
		if fault != nil {
			return
		}
		if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Fatalf("accepted what image/jpeg refuses: %v", err)
		}
	})
}

func BenchmarkCheckJPEG(b *testing.B) {
	page := samplePicture(1280, 800, 75, true, 1)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, f := checkJPEG(page); f != nil {
			b.Fatal(f)
		}
	}
}
