package printer

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

func profileOf(t testing.TB, name string) Profile {
	t.Helper()
	p, ok := ProfileNamed(name)
	if !ok {
		t.Fatalf("no profile %q", name)
	}
	return p
}

func encoded(t testing.TB, pr Profile, s devices.Slip) *job {
	t.Helper()
	j, err := encode(pr, s, "000A", "000B")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestEncodedBytes shows both encodings in full.
func TestEncodedBytes(t *testing.T) {
	slip := devices.Slip{Glyphs: []devices.Glyph{{}, {0: 0x8000, 23: 0xfff0}, {1: 0x4000, 2: 0x4000}, {12: 0x0f00}}, Rows: []devices.Row{
		{Cells: []uint16{0, 1, 2, 0}, Indent: 12}, {Cells: []uint16{0}}, {Cells: []uint16{1, 2, 1, 3, 0, 2}, Scale: 2, Indent: 12},
		{Cells: []uint16{3, 3}, Indent: 4}, {}, {Cells: slices.Repeat([]uint16{1, 2, 3}, 8)}, {Cells: slices.Repeat([]uint16{3, 2, 1}, 8)},
	}}
	square := devices.NewBitmap(20, 6)
	for y := range 6 {
		for x := 4; x < 8; x++ {
			square.Set(x, y)
		}
	}
	slip.Rows = append(slip.Rows, devices.Row{Raster: &square, Indent: 16})
	for _, pr := range Profiles() {
		slip.Width = pr.Width
		j := encoded(t, pr, slip)
		if j.encoding != pr.Encoding {
			t.Errorf("%s: encoded as %s", pr.Name, j.encoding)
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

// loaded fills bytes at random, and mostly with what real-time commands are
// made of.
func loaded(rng *rand.Rand, b []byte) {
	special := []byte{0x10, 0x10, 0x10, 0x04, 0x05, 0x14, 0x01, 0x02, 0x08, 0x00}
	for i := range b {
		if rng.IntN(5) > 0 {
			b[i] = special[rng.IntN(len(special))]
		} else {
			b[i] = byte(rng.IntN(256))
		}
	}
}

// anySlip is a slip of text and pictures that is full of what must be scrubbed.
func anySlip(rng *rand.Rand, width int) devices.Slip {
	s := devices.Slip{Width: width, Glyphs: make([]devices.Glyph, 1+rng.IntN(200))}
	for i := range s.Glyphs[1:] {
		var columns [36]byte
		loaded(rng, columns[:])
		for at, b := range columns[:3*(1+rng.IntN(12))] {
			for bit := range 8 {
				if b&(0x80>>bit) != 0 {
					s.Glyphs[i+1][at%3*8+bit] |= 0x8000 >> (at / 3)
				}
			}
		}
	}
	for range 1 + rng.IntN(12) {
		s.Rows = append(s.Rows, anyRow(rng, s))
	}
	return s
}

func anyRow(rng *rand.Rand, s devices.Slip) devices.Row {
	cells := s.Width / devices.CellWidth
	switch rng.IntN(5) {
	case 0, 1, 2:
		r := devices.Row{Scale: rng.IntN(3), Indent: rng.IntN(4) * devices.CellWidth}
		if rng.IntN(10) == 0 {
			r.Indent++ // off the grid
		}
		for range rng.IntN(cells + 2) {
			r.Cells = append(r.Cells, uint16(rng.IntN(len(s.Glyphs))))
		}
		return r
	case 3: // a picture of squares of two
		half := devices.NewBitmap(1+rng.IntN(s.Width/2), 1+rng.IntN(40))
		loaded(rng, half.Bits)
		b := devices.NewBitmap(half.Width*2, half.Height*2)
		for y := range b.Height {
			for x := range b.Width {
				if half.At(x/2, y/2) {
					b.Set(x, y)
				}
			}
		}
		return devices.Row{Raster: &b, Indent: 2 * rng.IntN(4)}
	}
	b := devices.NewBitmap(1+rng.IntN(s.Width), rng.IntN(80))
	if rng.IntN(3) > 0 {
		loaded(rng, b.Bits)
	}
	return devices.Row{Raster: &b, Indent: rng.IntN(20)}
}

// checkJob is what holds of every job.
func checkJob(t testing.TB, pr Profile, s devices.Slip, j *job) {
	t.Helper()
	if err := Compare(s, pr.Width, j); err != nil {
		t.Fatalf("%s as %s: %v", pr.Name, j.encoding, err)
	}
	all := jobBytes(j)
	if n := hidden(all); n > 0 {
		t.Fatalf("%s: %d real-time commands", pr.Name, n)
	}
	rows, largest := 0, 0
	for _, p := range j.parts {
		rows, largest = rows+p.rows, max(largest, len(p.bytes))
		if pr.Window > 0 && len(p.bytes) > pr.Window/2 {
			t.Errorf("%s: a part of %d bytes", pr.Name, len(p.bytes))
		}
		if ends := bytes.HasSuffix(p.bytes, queuedRequest); ends != p.asks {
			t.Errorf("%s: a part that asks %v ends with % x", pr.Name, p.asks, p.bytes[max(0, len(p.bytes)-3):])
		}
	}
	if rows != j.rows || rows != s.Paint().Height || largest != j.largest || int64(len(all)) != j.size {
		t.Errorf("%s: counted %d rows, %d bytes, %d at most; it is %d of %d, %d, %d", pr.Name, j.rows, j.size, j.largest, rows, s.Paint().Height, len(all), largest)
	}
}

// hidden counts real-time commands anywhere in a stream.
func hidden(b []byte) (n int) {
	for i := 0; i+2 < len(b); i++ {
		if b[i] != 0x10 {
			continue
		}
		switch c := b[i+2]; {
		case b[i+1] == 0x04 && 1 <= c && c <= 8, b[i+1] == 0x05 && c <= 2, b[i+1] == 0x14 && (c == 1 || c == 2 || c == 8):
			n++
		}
	}
	return n
}

// TestPrintedIsMeantButForTheReportedDots: random pictures and texts on every
// profile, in both encodings.
func TestPrintedIsMeantButForTheReportedDots(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 19))
	changed, glyphs := 0, 0
	for _, pr := range Profiles() {
		for i := range 24 {
			s := anySlip(rng, pr.Width-i%3*9)
			if i%4 == 0 {
				pr.Encoding, pr.GlyphCodes, pr.Feed = devices.GlyphEncoding, 2+rng.IntN(94), true
			}
			j := encoded(t, pr, s)
			checkJob(t, pr, s, j)
			changed += len(j.changed)
			if j.encoding == devices.GlyphEncoding {
				glyphs++
			}
		}
	}
	if changed < 1000 || glyphs < 40 {
		t.Errorf("only %d dots changed, %d slips of glyphs: the test tests nothing", changed, glyphs)
	}
}

// TestF35_PictureFullOfRealTimeCommands: a raster that holds status requests,
// drawer pulses and cleared buffers prints, but for single dots, and the job
// makes none of them happen.
func TestF35_PictureFullOfRealTimeCommands(t *testing.T) {
	commands := [][]byte{{0x10, 0x04, 0x01}, {0x10, 0x14, 0x01}, {0x10, 0x05, 0x02}}
	for _, pr := range Profiles() {
		stride := (pr.Width + 7) / 8
		for _, c := range commands {
			bits := make([]byte, stride*70)
			for y := 2; y < 60; y++ {
				copy(bits[y*stride+y%(stride-3):], c)
			}
			copy(bits[stride-1:], c)      // across two rows
			copy(bits[(65*stride)-2:], c) // and two more
			s := blob(stride*8, bits)
			s.Width, s.Rows[0].Raster.Width = pr.Width, pr.Width
			j := encoded(t, pr, s)
			checkJob(t, pr, s, j)
			if n := len(j.changed); n < 50 || n > 70 {
				t.Errorf("%s: %d dots changed for 60 times % x", pr.Name, n, c)
			}
		}
	}
}

// TestF37_SlipWiderThanTheHead: nothing is encoded, and the Fault says why.
func TestF37_SlipWiderThanTheHead(t *testing.T) {
	for _, name := range []string{"epson-tm-t88v", "clone-58", "seiko-rp-f10"} {
		pr := profileOf(t, name)
		_, err := encode(pr, devices.Slip{Width: 576}, "000A", "000B")
		var f *devices.Fault
		if !errors.As(err, &f) || f.Device != devices.PrinterDevice || f.Cause != devices.TooWide {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	good := profileOf(t, "clone-58")
	for name, edit := range map[string]func(*Profile, *devices.Slip){
		"head too wide for a header": func(p *Profile, _ *devices.Slip) { p.Width = 4096 },
		"band of nothing":            func(p *Profile, _ *devices.Slip) { p.Band = 0 },
		"no speed":                   func(p *Profile, _ *devices.Slip) { p.RowsPerSecond = 0 },
		"more codes than there are":  func(p *Profile, _ *devices.Slip) { p.GlyphCodes = 96 },
		"window without room":        func(p *Profile, _ *devices.Slip) { p.Window = 200 },
		"slip without width":         func(_ *Profile, s *devices.Slip) { s.Width = 0 },
		"glyph that is not there":    func(_ *Profile, s *devices.Slip) { s.Rows = []devices.Row{{Cells: []uint16{0}}} },
		"letters three times":        func(_ *Profile, s *devices.Slip) { s.Rows = []devices.Row{{Scale: 3}} },
		"picture without dots": func(_ *Profile, s *devices.Slip) {
			s.Rows = []devices.Row{{Raster: &devices.Bitmap{Width: 8, Height: 1}}}
		},
	} {
		pr, s := good, devices.Slip{Width: 384}
		edit(&pr, &s)
		if _, err := encode(pr, s, "000A", "000B"); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := encode(good, devices.Slip{Width: 384}, "000A", "000B"); err != nil {
		t.Errorf("an empty slip: %v", err)
	}
}

func TestIDsRise(t *testing.T) {
	for n, want := range map[uint32]string{0: "0000", 35: "000Z", 36: "0010", 36*36*36*36 - 1: "ZZZZ", 36 * 36 * 36 * 36: "0000"} {
		if got := idText(n); got != want {
			t.Errorf("idText(%d) = %q, want %q", n, got, want)
		}
	}
}

// FuzzEncode makes slips of any bytes, encodes them and prints them again.
func FuzzEncode(f *testing.F) {
	f.Add(uint64(1), byte(0), []byte("\x10\x04\x01\x10\x14\x01\x10\x05\x02\x10\x10\x04\x04\x04"))
	f.Add(uint64(2), byte(3), bytes.Repeat([]byte{0x10, 0x04, 0x01, 0x05, 0x00, 0x14}, 300))
	f.Add(uint64(3), byte(8), bytes.Repeat([]byte{0x10}, 16*16))
	f.Fuzz(func(t *testing.T, seed uint64, which byte, bits []byte) {
		all := Profiles()
		pr := all[int(which)%len(all)]
		s := anySlip(rand.New(rand.NewPCG(seed, 1)), pr.Width)
		picture := blob(8*(1+int(which)%(pr.Width/8)), bits[:min(len(bits), 1<<12)])
		s.Rows = append(s.Rows, picture.Rows...)
		checkJob(t, pr, s, encoded(t, pr, s))
	})
}
