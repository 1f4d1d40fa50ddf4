package printer

import (
	"bytes"
	"slices"
	"testing"

	"servicepoint/devices"
)

// written is a slip whose rows are the letters of words; every letter is
// another picture.
func written(width int, words ...string) devices.Slip {
	s := devices.Slip{Width: width, Glyphs: make([]devices.Glyph, 256)}
	for c := 1; c < 256; c++ {
		for y := range s.Glyphs[c] {
			s.Glyphs[c][y] = 0x4010 | uint16(c>>(y/3)&1)*0x2a40
		}
	}
	s.Glyphs[' '] = devices.Glyph{}
	for _, w := range words {
		r := devices.Row{}
		for _, c := range []byte(w) {
			r.Cells = append(r.Cells, uint16(c))
		}
		s.Rows = append(s.Rows, r)
	}
	return s
}

// glyphProfile is a printer with n codes for letters.
func glyphProfile(t *testing.T, n int) Profile {
	pr := profileOf(t, "epson-tm-t20")
	pr.GlyphCodes = n + 1 // and the blank
	return pr
}

// definitions gives how many letters a job defines and in how many commands.
func definitions(j *job) (letters, commands int) {
	for _, p := range j.parts {
		for b := p.bytes; ; commands++ {
			i := bytes.Index(b, []byte{0x1b, '&', 3})
			if i < 0 {
				break
			}
			letters += int(b[i+4]) - int(b[i+3]) + 1
			b = b[i+3:]
		}
	}
	return letters, commands
}

// TestLettersNeededSoonestKeepTheirCodes: with three codes, five definitions
// are the fewest that these lines can be printed with.
func TestLettersNeededSoonestKeepTheirCodes(t *testing.T) {
	s := written(576, "ABABABABAB", "CDCDCDCDCD", "ACACACACAC", "ADADADADAD", "BABABABABA")
	pr := glyphProfile(t, 3)
	j := encoded(t, pr, s)
	checkJob(t, pr, s, j)
	if n, _ := definitions(j); j.encoding != devices.GlyphEncoding || n != 5 {
		t.Errorf("%d definitions as %s", n, j.encoding)
	}
}

// TestMoreLettersThanCodes: each comes once (but the blank) and in one command as far as codes
// follow one another, and no line loses a letter while it is being filled.
func TestMoreLettersThanCodes(t *testing.T) {
	var words []string
	for c := 1; c <= 221; c += 20 {
		var w []byte
		for i := range 20 {
			w = append(w, byte(c+i))
		}
		words = append(words, string(w), string(w))
	}
	s := written(576, words...)
	for _, n := range []int{94, 40, 20, 19} {
		pr := glyphProfile(t, n)
		j := encoded(t, pr, s)
		checkJob(t, pr, s, j)
		letters, commands := definitions(j)
		t.Logf("%d codes: %d letters in %d commands, %d bytes as %s", n, letters, commands, j.size, j.encoding)
		if n >= 20 && (j.encoding != devices.GlyphEncoding || letters != 239 || commands > 40) {
			t.Errorf("%d codes: %d letters in %d commands as %s", n, letters, commands, j.encoding)
		}
	}
}

// TestLineOfTooManyLettersGoesAsPicture and the others still as text.
func TestLineOfTooManyLettersGoesAsPicture(t *testing.T) {
	s := written(576, "ABABABABABABABABABABABAB", "ABCDE", "BABABABABABABABABABABABA")
	pr := glyphProfile(t, 4)
	j := encoded(t, pr, s)
	checkJob(t, pr, s, j)
	if n, _ := definitions(j); j.encoding != devices.GlyphEncoding || n != 2 {
		t.Errorf("%d letters as %s", n, j.encoding)
	}
}

// TestWhatCannotGoAsText: rows off the grid, lines that fill the paper, slips
// with hardly a letter.
func TestWhatCannotGoAsText(t *testing.T) {
	wide := string(bytes.Repeat([]byte("AB"), 24))
	for name, c := range map[string]struct {
		slip devices.Slip
		want devices.Encoding
	}{
		"fills the paper":       {written(576, wide, wide), devices.RasterEncoding},
		"a cell less":           {written(576, wide[1:], wide[1:]), devices.GlyphEncoding},
		"blank at the end":      {written(576, wide[:46]+"  ", wide[:46]+"  "), devices.GlyphEncoding},
		"blank at both ends":    {written(576, "  "+wide[:40]+"  ", "  "+wide[:40]), devices.GlyphEncoding},
		"only blanks":           {written(576, "   "), devices.RasterEncoding},
		"nothing":               {written(576), devices.RasterEncoding},
		"a letter out of sight": {written(576, wide[:20], wide[:20], wide[:20]), devices.GlyphEncoding},
	} {
		if name == "a letter out of sight" { // dots beside the cell do not print
			c.slip.Glyphs['A'][3] |= 0xf
		}
		pr := glyphProfile(t, 94)
		j := encoded(t, pr, c.slip)
		checkJob(t, pr, c.slip, j)
		if j.encoding != c.want {
			t.Errorf("%s: as %s", name, j.encoding)
		}
	}
	s := written(576, wide[:40], wide[:40])
	s.Rows[0].Indent, s.Rows[1].Indent = 6, 18
	if j := encoded(t, glyphProfile(t, 94), s); j.encoding != devices.RasterEncoding {
		t.Error("off the grid, but as text")
	}
}

// TestChangedDotOfALetterIsReportedWhereverItPrints: letter A holds a status
// request and stands in three places, once in double size.
func TestChangedDotOfALetterIsReportedWhereverItPrints(t *testing.T) {
	s := written(576, "BABBABBBBBBBBBBBBBBBBBBBBBBBB", "A")
	s.Rows[1].Scale, s.Rows[1].Indent = 2, 24
	var a devices.Glyph // its third column is 10 04 01
	for _, y := range []int{3, 13, 23} {
		a[y] = 0x2000
	}
	s.Glyphs['A'] = a
	pr := glyphProfile(t, 94)
	j := encoded(t, pr, s)
	checkJob(t, pr, s, j)
	dot := func(x, y int) devices.Dot { return devices.Dot{X: x, Y: y} }
	want := []devices.Dot{dot(14, 14), dot(50, 14), dot(28, 52), dot(29, 52), dot(28, 53), dot(29, 53)}
	// 04 becomes 06: with 05, 10 05 01 would be another command.
	if j.encoding != devices.GlyphEncoding || !slices.Equal(j.changed, want) {
		t.Errorf("changed %v as %s, want %v", j.changed, j.encoding, want)
	}
}

func TestColumnsOfALetter(t *testing.T) {
	g := devices.Glyph{0: 0x8000, 8: 0x4000, 23: 0x8000}
	if got := columnsOf(g); !bytes.Equal(got, []byte{0x80, 0, 1, 0, 0x80, 0}) {
		t.Errorf("% x", got)
	}
	if got := columnsOf(devices.Glyph{5: 0x10}); len(got) != 36 {
		t.Errorf("a letter at the right end has %d bytes", len(got))
	}
}
