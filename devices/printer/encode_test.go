package printer

import (
	"bytes"
	"encoding/hex"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"servicepoint/devices"
)

var update = flag.Bool("update", false, "write the golden files anew")

// blob is a slip of one picture.
func blob(width int, bits []byte) devices.Slip {
	stride := (width + 7) / 8
	b := devices.NewBitmap(width, len(bits)/stride)
	copy(b.Bits, bits)
	return devices.Slip{Width: width, Rows: []devices.Row{{Raster: &b}}}
}

func stream(j *job) (b []byte) {
	for _, p := range j.parts {
		b = append(b, p.bytes...)
	}
	return b
}

// repaint draws what the feeds and pictures of a job say.
func repaint(t *testing.T, width int, b []byte) devices.Bitmap {
	t.Helper()
	out := devices.NewBitmap(width, 1<<14)
	y := 0
	for len(b) > 0 {
		switch {
		case bytes.HasPrefix(b, []byte("\x1b@")), bytes.HasPrefix(b, []byte("\x1c.")):
			b = b[2:]
		case bytes.HasPrefix(b, []byte("\x1da")), bytes.HasPrefix(b, []byte("\x1dr")):
			b = b[3:]
		case bytes.HasPrefix(b, []byte("\x1dV")):
			b = b[4:]
		case bytes.HasPrefix(b, []byte("\x1d(H")):
			b = b[11:]
		case bytes.HasPrefix(b, []byte("\x1bJ")):
			y += int(b[2])
			b = b[3:]
		case bytes.HasPrefix(b, []byte("\x1dv0\x00")):
			wide, rows := int(b[4])+int(b[5])<<8, int(b[6])+int(b[7])<<8
			b = b[8:]
			for range rows {
				copy(out.Bits[y*out.Stride():], b[:wide])
				b = b[wide:]
				y++
			}
		default:
			t.Fatalf("no command: % x", b[:min(8, len(b))])
		}
	}
	out.Height, out.Bits = y, out.Bits[:y*out.Stride()]
	return out
}

func profileOf(t testing.TB, name string) Profile {
	t.Helper()
	p, ok := ProfileNamed(name)
	if !ok {
		t.Fatalf("no profile %q", name)
	}
	return p
}

func TestEncodedBytes(t *testing.T) {
	glyph := devices.Glyph{0: 0x8000, 23: 0xfff0}
	slip := devices.Slip{Width: 576, Glyphs: []devices.Glyph{{}, glyph}, Rows: []devices.Row{
		{Cells: []uint16{0, 1}}, {Cells: []uint16{0}}, {Cells: []uint16{1}, Scale: 2, Indent: 4}, {},
	}}
	for _, pr := range Profiles() {
		slip.Width = min(slip.Width, pr.Width)
		j, err := encode(pr, slip, "000A", "000B")
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, p := range j.parts {
			got.WriteString(hex.EncodeToString(p.bytes) + "\n")
		}
		name := filepath.Join("testdata", pr.Name+".hex")
		if *update {
			if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s: the bytes changed (%v):\n%s", pr.Name, err, got.String())
		}
	}
}

func TestEncodedPictureIsThePaintedOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, pr := range Profiles() {
		for range 30 {
			rows := 1 + rng.IntN(400)
			bits := make([]byte, rows*pr.Width/8)
			for y := range rows { // sparse, with white runs and white right ends
				if rng.IntN(3) > 0 && y%40 < 25 {
					for range rng.IntN(20) {
						bits[y*pr.Width/8+rng.IntN(1+rng.IntN(pr.Width/8))] = byte(rng.IntN(256)) | 0x20 // no 10h, no scrubbing
					}
				}
			}
			slip := blob(pr.Width, bits)
			j, err := encode(pr, slip, "000A", "000B")
			if err != nil {
				t.Fatal(err)
			}
			want, got := slip.Paint(), repaint(t, pr.Width, stream(j))
			if got.Height != want.Height || !bytes.Equal(got.Bits, want.Bits) {
				t.Fatalf("%s: %d rows became %d, or other dots", pr.Name, want.Height, got.Height)
			}
			if j.rows != want.Height || j.size != int64(len(stream(j))) {
				t.Errorf("%s: counted %d rows, %d bytes", pr.Name, j.rows, j.size)
			}
		}
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	wide := profileOf(t, "clone-58")
	if _, err := encode(wide, devices.Slip{Width: 576}, "000A", "000B"); err == nil {
		t.Error("a slip wider than the paper was taken")
	}
	wide.Width = 4096
	if _, err := encode(wide, devices.Slip{Width: 384}, "000A", "000B"); err == nil {
		t.Error("a profile was taken whose header could hold a real-time command")
	}
}

func TestScrubEveryCommand(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			for c := range 256 {
				if !realtimeCommand(0x10, byte(b), byte(c)) {
					continue
				}
				dots := []byte{byte(a), 0x10, byte(b), byte(c), 4, 1}
				scrub(dots)
				for i := range len(dots) - 2 {
					if realtimeCommand(dots[i], dots[i+1], dots[i+2]) {
						t.Fatalf("% x is left of %02x %02x %02x", dots, a, b, c)
					}
				}
			}
		}
	}
}

// hidden counts real-time commands anywhere in a stream.
func hidden(b []byte) (n int) {
	for i := 0; i+2 < len(b); i++ {
		if realtimeCommand(b[i], b[i+1], b[i+2]) {
			n++
		}
	}
	return n
}

// FuzzEncodedJobHidesNoCommand: no picture gives a stream with a real-time
// command in it, across rows, bands and headers, and it still prints all but
// single dots of the picture.
func FuzzEncodedJobHidesNoCommand(f *testing.F) {
	f.Add(byte(1), []byte("\x10\x04\x01\x10\x14\x01\x10\x05\x02\x10\x10\x04\x04\x04"))
	f.Add(byte(2), bytes.Repeat([]byte{0x10, 0x04, 0x01, 0x05, 0x00, 0x14}, 300))
	f.Add(byte(16), bytes.Repeat([]byte{0x10}, 16*16))
	f.Fuzz(func(t *testing.T, stride byte, bits []byte) {
		pr := profileOf(t, "epson-tm-t20")
		width := 8 * (1 + int(stride)%72)
		if len(bits) > 1<<13 {
			return
		}
		slip := blob(width, bits)
		j, err := encode(pr, slip, "000A", "000B")
		if err != nil {
			t.Fatal(err)
		}
		b := stream(j)
		if n := hidden(b); n > 0 {
			t.Fatalf("%d real-time commands in % x", n, b)
		}
		want := slip.Paint()
		got := repaint(t, width, b)
		if got.Height != want.Height {
			t.Fatalf("%d rows became %d", want.Height, got.Height)
		}
		other := 0
		for i := range want.Bits {
			if want.Bits[i] != got.Bits[i] {
				other++
			}
		}
		if limit := len(want.Bits) / 2; other > limit {
			t.Fatalf("%d of %d bytes changed", other, len(want.Bits))
		}
	})
}

func TestIDsRise(t *testing.T) {
	for n, want := range map[uint32]string{0: "0000", 35: "000Z", 36: "0010", 36*36*36*36 - 1: "ZZZZ", 36 * 36 * 36 * 36: "0000"} {
		if got := idText(n); got != want {
			t.Errorf("idText(%d) = %q, want %q", n, got, want)
		}
	}
}
