package scanner

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// bigJPEG is a picture of w by h dots of noise.
func bigJPEG(t testing.TB, w, h int, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.UintN(256))
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// hit changes every packet of IMAGE_DATA whose place within one picture, from
// 1, is in places; a packet sent again counts anew.
func hit(d *zebra, how func(b []byte) []byte, places ...int) {
	nth := 0
	d.tamper = func(_ int, b []byte) []byte {
		if b[1] != 0xB1 {
			return b
		}
		if nth++; slices.Contains(places, nth) {
			return how(b)
		}
		return b
	}
}

func TestF8_SSIOneByteReads(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		far := d.conn
		d.conn = dripping{far.(net.Conn)}
		d.read("one by one")
		time.Sleep(time.Second)
		codesAre(t, s, "one by one")
		sheetIs(t, s, d.page, "")
		d.conn = far
	})
}

// dripping writes one byte at a time.
type dripping struct{ net.Conn }

func (c dripping) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

func TestF9_SSICoalescedMessages(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		// The ACK of START_SESSION, a code and the first packet in one.
		d.write = func(w io.Writer, b []byte) { w.Write(b) }
		nth := 0
		d.tamper = func(_ int, b []byte) []byte {
			if d.mode == 1 && b[1] == 0xD0 {
				if nth++; nth == 2 {
					d.batch = slices.Concat(b, pack(0xF3, 0, []byte("\x1Camid")...), pack(0xF6, 0, 1))
					return nil
				}
			}
			return b
		}
		sheetIs(t, s, d.page, "")
		codesAre(t, s, "amid")
	})
}

func TestF12_SSIWrongBaudIsGarbled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(12, 0))
		good := &zebra{page: testJPEG(t, 1)}
		var right atomic.Bool
		s := &Scanner{Protocol: SSI, Open: func(ctx context.Context) (wire.Link, error) {
			if right.Load() {
				return good.open(ctx)
			}
			near, far := net.Pipe()
			go func() { // each message heard makes it answer what nobody can read
				buf := make([]byte, 64)
				for {
					n, err := far.Read(buf)
					if err != nil {
						return
					}
					for i := range n {
						buf[i] = byte(r.UintN(256)) | 0x80
					}
					far.Write(buf[:n])
				}
			}()
			return near, nil
		}}
		run(t, s)
		good.idle(8 * time.Second)
		if got := s.Status(); got.Cause != devices.Garbled {
			t.Errorf("status %+v", got)
		}
		codesAre(t, s)
		synctest.Wait()
		right.Store(true)
		good.idle(20 * time.Second)
		ready(t, s)
		sheetIs(t, s, good.page, "")
		good.hangUp()
	})
}

// noisyLink turns over bits at a rate, both ways.
type noisyLink struct {
	wire.Link
	rate float64
	r    *rand.Rand // of the reading side
	w    *rand.Rand
	over *atomic.Bool
}

func (l noisyLink) flip(b []byte, r *rand.Rand) {
	for i := range b {
		if r.Float64() < l.rate && !l.over.Load() {
			b[i] ^= 1 << r.UintN(8)
		}
	}
}

func (l noisyLink) Read(b []byte) (int, error) {
	n, err := l.Link.Read(b)
	l.flip(b[:n], l.r)
	return n, err
}

func (l noisyLink) Write(b []byte) (int, error) {
	b = bytes.Clone(b)
	l.flip(b, l.w)
	return l.Link.Write(b)
}

// noisy takes pictures over a line that turns over bits, and counts those that
// came through. None may be damaged.
func noisy(t *testing.T, rate float64, pictures int) (whole int) {
	page := bigJPEG(t, 200, 200, 3)
	for seed := range pictures {
		synctest.Test(t, func(t *testing.T) {
			d, over := &zebra{page: page}, new(atomic.Bool)
			s := &Scanner{Protocol: SSI, Open: func(ctx context.Context) (wire.Link, error) {
				link, err := d.open(ctx)
				r := rand.New(rand.NewPCG(uint64(seed), 13))
				w := rand.New(rand.NewPCG(uint64(seed), 14))
				return noisyLink{link, rate, r, w, over}, err
			}}
			run(t, s)
			d.idle(10 * time.Second)
			sheet, err := snap(s, t.Context(), nil)
			switch got := causeOf(t, err); {
			case err == nil && !bytes.Equal(sheet.Bytes, page):
				t.Errorf("seed %d: a damaged picture was given out", seed)
			case err == nil:
				whole++
			case !slices.Contains([]devices.Cause{devices.Garbled, devices.Truncated, devices.Silent, devices.Refused, devices.NoSheet}, got):
				t.Errorf("seed %d: %v", seed, err)
			}
			synctest.Wait()
			over.Store(true)
			d.idle(30 * time.Second)
			sheetIs(t, s, page, "")
			synctest.Wait()
			d.hangUp()
		})
	}
	return whole
}

// Rates are flipped bits a byte.
func TestF13_SSIFlips1e5(t *testing.T) {
	if whole := noisy(t, 1e-5, 40); whole < 40 {
		t.Errorf("%d of 40 pictures came through", whole)
	}
}

func TestF13_SSIFlips1e4(t *testing.T) {
	if whole := noisy(t, 1e-4, 40); whole < 36 {
		t.Errorf("%d of 40 pictures came through", whole)
	}
}

func TestF13_SSIFlips1e3(t *testing.T) {
	t.Logf("%d of 40 pictures came through", noisy(t, 1e-3, 40))
}

func TestF14_SSIDroppedByte(t *testing.T) {
	for _, at := range []int{0, 1, 2, 3, 4, 100, 256} {
		d := &zebra{page: testJPEG(t, 1)}
		hit(d, func(b []byte) []byte { return slices.Delete(b, min(at, len(b)-1), min(at, len(b)-1)+1) }, 1, 9)
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, d.page, "")
			if d.told("E4") != 1 {
				t.Errorf("byte %d: %d pictures", at, d.told("E4"))
			}
			codesAre(t, s)
		})
	}
}

func TestF15_SSIDuplicatedByte(t *testing.T) {
	for _, at := range []int{0, 1, 2, 3, 4, 100, 256} {
		d := &zebra{page: testJPEG(t, 1)}
		hit(d, func(b []byte) []byte { i := min(at, len(b)-1); return slices.Insert(b, i, b[i]) }, 1, 9)
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, d.page, "")
			if d.told("E4") != 1 {
				t.Errorf("byte %d: %d pictures", at, d.told("E4"))
			}
			codesAre(t, s)
		})
	}
}

func TestF16_SSIBurstZeroed(t *testing.T) {
	for _, at := range []int{0, 2, 60, 193} {
		d := &zebra{page: testJPEG(t, 1)}
		hit(d, func(b []byte) []byte {
			for i := at; i < min(at+64, len(b)); i++ {
				b[i] = 0
			}
			return b
		}, 2, 6)
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, d.page, "")
			codesAre(t, s)
		})
	}
}

func TestF43_SSIStallMidImage(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		stalls := 3 // each short of what a lost ACK costs
		d.tamper = func(n int, b []byte) []byte {
			if b[1] == 0xB1 && n%5 == 0 && stalls > 0 {
				stalls--
				time.Sleep(1500 * time.Millisecond)
			}
			return b
		}
		sheetIs(t, s, d.page, "")
		if d.told("E4") != 1 {
			t.Errorf("%d pictures", d.told("E4"))
		}
		// It stops for good in each picture, but hears commands.
		packets := 0
		d.tamper = func(n int, b []byte) []byte {
			switch {
			case b[1] == 0xD0:
				packets = 0
			case b[1] == 0xB1:
				if packets++; packets > 5 {
					return nil
				}
			}
			return b
		}
		from := time.Now()
		sheetIs(t, s, d.page, devices.Truncated)
		if took := time.Since(from); took > time.Minute || d.told("E4") != 4 {
			t.Errorf("it took %v and %d pictures to tell", took, d.told("E4")-1)
		}
		d.tamper = nil
		d.idle(10 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}

func TestF43_SSIDeadMidImage(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		dead := false
		d.beside = func(*zebra, string) { dead = true }
		d.tamper = func(_ int, b []byte) []byte {
			if dead {
				return nil
			}
			return b
		}
		sheetIs(t, s, d.page, devices.Silent)
		if got := s.Status(); got.Ready || got.Cause != devices.Silent {
			t.Errorf("status %+v", got)
		}
		d.beside, d.tamper = nil, nil
		d.idle(30 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}

func TestF44_SSIDecodeBeforeDuringAfterImage(t *testing.T) {
	long := strings.Repeat("x|", 300)
	d := &zebra{page: testJPEG(t, 1)}
	seen := map[string]bool{}
	d.beside = func(d *zebra, at string) {
		if !seen[at] {
			seen[at] = true
			d.message(0xF3, []byte("\x1C"+at))
			d.message(0xF3, []byte("\x1C"+long))
		}
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, d.page, "")
		time.Sleep(time.Second)
		codesAre(t, s, "before", long, "during", long, "after", long)
		if d.told("E4") != 1 || d.told("A3") != 1 {
			t.Errorf("commands %q", d.seen())
		}
	})
}

func TestF44_SSICodeIsThereBeforeThePicture(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	once := true
	d.beside = func(d *zebra, at string) {
		if at == "during" && once {
			once = false
			d.message(0xF3, []byte("\x1Cnow"))
			time.Sleep(time.Second)
		}
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		done := make(chan error, 1)
		go func() { _, err := snap(s, t.Context(), nil); done <- err }()
		select {
		case c := <-s.Codes():
			if string(c.Raw) != "now" {
				t.Errorf("code %q", c.Raw)
			}
		case err := <-done:
			t.Fatalf("the picture was first: %v", err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestF47_SSIReplySplit(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	d.write = func(w io.Writer, b []byte) {
		for _, c := range b {
			w.Write([]byte{c})
			time.Sleep(ssiGap / 4)
		}
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.idle(20 * time.Second)
		ready(t, s)
		d.write = nil
		sheetIs(t, s, d.page, "")
	})
}
