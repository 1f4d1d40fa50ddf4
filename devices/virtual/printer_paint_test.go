package virtual

import (
	"image"
	"strings"
	"testing"
)

// dots draws a slip's upper left corner as text.
func dots(img image.Image, r image.Rectangle) string {
	var b strings.Builder
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if black(img, x, y) {
				b.WriteByte('#')
			} else {
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// paints sends bytes and a cut and gives the slip.
func paints(t *testing.T, profile, bytes string) image.Image {
	t.Helper()
	b := newBench(t, profile)
	b.send(bytes + cut)
	return readPNG(t, <-b.Printed())
}

// ink is the smallest rectangle with all black dots of a picture.
func ink(img image.Image) image.Rectangle {
	var r image.Rectangle
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if black(img, x, y) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// defineA makes A a column of the top dot, one of the bottom dot, one full.
const defineA = "\x1b&\x03AA\x03" + "\x80\x00\x00" + "\x00\x00\x01" + "\xff\xff\xff"

func TestPrinterPaintsTheHostsOwnLetters(t *testing.T) {
	img := paints(t, "epson-tm-t20", "\x1b@"+defineA+"\x1b%\x01\x1b3\x18"+"AA\nA\n")
	if img.Bounds() != image.Rect(0, 0, 576, 48) {
		t.Fatalf("two lines of 24 dots are %v", img.Bounds())
	}
	middle := strings.Repeat("..#.........", 2) + "\n"
	line := "#.#.........#.#.........\n" + strings.Repeat(middle, 22) + ".##..........##.........\n"
	if got := dots(img, image.Rect(0, 0, 24, 24)); got != line {
		t.Errorf("the first line:\n%s", got)
	}
	if got := dots(img, image.Rect(0, 24, 3, 26)); got != "#.#\n..#\n" {
		t.Errorf("the second line:\n%s", got)
	}
	if got := ink(img); got != image.Rect(0, 0, 15, 48) {
		t.Errorf("ink in %v", got)
	}
}

func TestPrinterDoublesLettersByTheHalfByte(t *testing.T) {
	for _, c := range []struct {
		size string
		want image.Rectangle // the ink of an A with its columns 0 to 2
	}{
		{"\x00", image.Rect(0, 0, 3, 24)}, {"\x10", image.Rect(0, 0, 6, 24)}, {"\x01", image.Rect(0, 0, 3, 48)},
		{"\x11", image.Rect(0, 0, 6, 48)}, {"\x77", image.Rect(0, 0, 24, 192)}, {"\x18", image.Rect(0, 0, 3, 24)}, // 18h is out of range
	} {
		img := paints(t, "epson-tm-t20", "\x1b@"+defineA+"\x1b%\x01\x1b3\x18\x1d!"+c.size+"A\n")
		if got := ink(img); got != c.want || img.Bounds().Dy() != c.want.Dy() {
			t.Errorf("GS ! % x: ink in %v on %v", c.size, got, img.Bounds())
		}
	}
}

func TestPrinterFeedsByTheTallest(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		rows        int
	}{
		{"default spacing", "A\n", 30},
		{"empty lines", "\n\x1b3\x18\n", 54},
		{"spacing set", "\x1b3\x28A\n", 40},
		{"spacing set back", "\x1b3\x28\x1b2A\n", 30},
		{"spacing below the letters", "\x1b3\x05A\n", 24},
		{"spacing nil", "\x1b3\x00A\n\n", 24},
		{"one tall letter", "\x1b3\x18\x1d!\x03A\x1d!\x00A\n", 96},
		{"ESC J after text counts from its top", "A\x1bJ\x40", 64},
		{"ESC J less than the line", "A\x1bJ\x02", 24},
		{"ESC J alone", "\x1bJ\x40", 64},
		{"ESC d", "\x1b3\x18A\x1bd\x03\x1bd\x02", 120},
		{"a full line wraps", "\x1b3\x18" + strings.Repeat("A", 49) + "\n", 48},
	} {
		if got := paints(t, "epson-tm-t20", c.bytes).Bounds().Dy(); got != c.rows {
			t.Errorf("%s: %d rows, want %d", c.name, got, c.rows)
		}
	}
}

func TestPrinterForgetsTheHostsLetters(t *testing.T) {
	const own, builtin = 3, 12 // how wide the ink is at most
	for _, c := range []struct {
		name, bytes string
		own         bool
	}{
		{"used", defineA + "\x1b%\x01A\n", true},
		{"defined, not used", defineA + "A\n", false},
		{"switched back", defineA + "\x1b%\x01\x1b%\x00A\n", false},
		{"only the lowest bit counts", defineA + "\x1b%\xfeA\n", false},
		{"ESC @", defineA + "\x1b%\x01\x1b@\x1b%\x01A\n", false},
		{"ESC ?", defineA + "\x1b%\x01\x1b?AA\n", false},
		{"ESC ? of another", defineA + "\x1b%\x01\x1b?BA\n", true},
		{"GS * takes their place", defineA + "\x1b%\x01\x1d*\x01\x01AAAAAAAAA\n", false},
		{"font B has its own", defineA + "\x1b%\x01\x1bM\x01A\n", false},
		{"defined again", "\x1b&\x03AA\x0c" + strings.Repeat("\xff\xff\xff", 12) + defineA + "\x1b%\x01A\n", true},
		{"not sent yet, printed, defined then", defineA + "\x1b%\x01A\x1b&\x03AA\x00\n", true},
	} {
		img := paints(t, "epson-tm-t20", c.bytes)
		wide := ink(img).Dx()
		if c.own != (wide == own) || wide > builtin {
			t.Errorf("%s: the ink is %v", c.name, ink(img))
		}
	}
}

func TestPrinterTakesNoLettersOutOfBounds(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		junk  string // what prints as text, in cells
	}{
		"y is not 3":     {"\x1b&\x02AA\x01XX\n", "XX"},
		"c1 below 20h":   {"\x1b&\x03\x1fA\n", ""},
		"c2 above 7Eh":   {"\x1b&\x03A\x7f\x01QQQ\n", "QQQ"},
		"c1 above c2":    {"\x1b&\x03BA\x01QQQ\n", "QQQ"},
		"x above 12":     {"\x1b&\x03AA\x0dQQQ\n", "QQQ"},
		"a range is one": {"\x1b&\x03AB\x01XXX\x01YYY\n", ""},
	} {
		img := paints(t, "epson-tm-t20", "\x1b3\x18"+c.bytes)
		if got := (ink(img).Max.X + 11) / 12; got != len(c.junk) {
			t.Errorf("%s: %d cells of text, want %q", name, got, c.junk)
		}
	}
	// A printer without the command prints the definition's bytes.
	if img := paints(t, "clone-80", "\x1b&\x03AA\x01XXX\n"); ink(img).Dx() < 48 {
		t.Errorf("clone-80: ink in %v", ink(img))
	}
}

func TestPrinterPlacesLines(t *testing.T) {
	const bar = "\x1b&\x03AA\x0c" // a full cell
	full := bar + strings.Repeat("\xff\xff\xff", 12) + "\x1b%\x01\x1b3\x18"
	for _, c := range []struct {
		name, bytes string
		want        image.Rectangle
	}{
		{"left", "A\n", image.Rect(0, 0, 12, 24)},
		{"centre", "\x1ba\x01A\n", image.Rect(282, 0, 294, 24)},
		{"right", "\x1ba\x02AA\n", image.Rect(552, 0, 576, 24)},
		{"alignment within a line is too late", "A\x1ba\x02A\n", image.Rect(0, 0, 24, 24)},
		{"ESC $", "\x1b$\x64\x00A\n", image.Rect(100, 0, 112, 24)},
		{"ESC $ outside", "\x1b$\x64\x03A\n", image.Rect(0, 0, 12, 24)},
		{"left margin", "\x1dL\x10\x00A\n", image.Rect(16, 0, 28, 24)},
		{"margin, width, right", "\x1dL\x10\x00\x1dW\x64\x00\x1ba\x02A\n", image.Rect(104, 0, 116, 24)},
		{"width wraps", "\x1dW\x18\x00AAA\n", image.Rect(0, 0, 24, 48)},
		{"ESC SP", "\x1b \x04AA\n", image.Rect(0, 0, 28, 24)},
		{"tab", "\tA\n", image.Rect(96, 0, 108, 24)},
		{"letters stand on one foot", "\x1d!\x01\x1b%\x00 \x1b%\x01\x1d!\x00A\n", image.Rect(12, 24, 24, 48)},
		{"invert", "\x1dB\x01A\x1dB\x00A\n", image.Rect(12, 0, 24, 24)},
		{"underline", "\x1b-\x02 \n", image.Rect(0, 22, 12, 24)},
		{"font B", "\x1bM\x01\x1dB\x01 \n", image.Rect(0, 0, 9, 17)},
		{"column image, 24 dots", "\x1b*\x21\x02\x00\xff\xff\xff\xff\xff\xff\n", image.Rect(0, 0, 2, 24)},
		{"column image, single density", "\x1b*\x20\x02\x00\xff\xff\xff\xff\xff\xff\n", image.Rect(0, 0, 4, 24)},
		{"column image, 8 dots", "\x1b*\x00\x02\x00\x80\x01\n", image.Rect(0, 0, 4, 24)},
	} {
		if got := ink(paints(t, "epson-tm-t20", full+c.bytes)); got != c.want {
			t.Errorf("%s: ink in %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPrinterPaintsRasters(t *testing.T) {
	const one = "\x01\x00\x01\x00\x80" // one byte by one row, its left dot
	huge := "\x1dv0\x00\x01\x00\xff\x08" + strings.Repeat("\x80", 2303)
	for _, c := range []struct {
		name, bytes string
		want        image.Rectangle
	}{
		{"m 0", "\x1dv0\x00" + one, image.Rect(0, 0, 1, 1)},
		{"m 1", "\x1dv0\x01" + one, image.Rect(0, 0, 2, 1)},
		{"m 2", "\x1dv0\x02" + one, image.Rect(0, 0, 1, 2)},
		{"m 3", "\x1dv0\x03" + one, image.Rect(0, 0, 2, 2)},
		{"m as a digit", "\x1dv03" + one, image.Rect(0, 0, 2, 2)},
		{"centred", "\x1ba\x01\x1dv0\x00" + one, image.Rect(284, 0, 285, 1)},
		{"right, doubled", "\x1ba\x02\x1dv0\x03" + one, image.Rect(560, 0, 562, 2)},
		{"as high as can be", huge, image.Rect(0, 0, 1, 2303)},
		{"wider than the paper", "\x1dv0\x00\x49\x00\x01\x00" + strings.Repeat("\xff", 73), image.Rect(0, 0, 576, 1)},
		{"beyond the margins", "\x1dL\x08\x00\x1dW\x10\x00\x1dv0\x00\x04\x00\x01\x00\xff\xff\xff\xff", image.Rect(8, 0, 24, 1)},
		{"graphics", "\x1d(L\x0b\x000p0\x01\x011\x04\x00\x01\x00\xff\x1d(L\x02\x0002", image.Rect(0, 0, 4, 1)},
		{"graphics, doubled", "\x1d(L\x0b\x000p0\x02\x021\x04\x00\x01\x00\xff\x1d(L\x02\x000\x02", image.Rect(0, 0, 8, 2)},
		{"long graphics", "\x1d8L\x0b\x00\x00\x000p0\x01\x011\x04\x00\x01\x00\xff\x1d(L\x02\x0002", image.Rect(0, 0, 4, 1)},
		{"graphics of the wrong length", "\x1d(L\x0c\x000p0\x01\x011\x04\x00\x01\x00\xff\xff\x1d(L\x02\x0002\x1bJ\x01", image.Rectangle{}},
		{"graphics not printed", "\x1d(L\x0b\x000p0\x01\x011\x04\x00\x01\x00\xff\x1b@\x1d(L\x02\x0002\x1bJ\x01", image.Rectangle{}},
	} {
		if got := ink(paints(t, "epson-tm-t20", c.bytes)); got != c.want {
			t.Errorf("%s: ink in %v, want %v", c.name, got, c.want)
		}
	}
	// Out of bounds, or within a line, it is no command: the bytes print.
	for name, bytes := range map[string]string{
		"x 0": "\x1dv0\x00\x00\x00\x01\x00XX", "x 257": "\x1dv0\x00\x01\x01\x01\x00XX", "y 0": "\x1dv0\x00\x01\x00\x00\x00XX",
		"y 2304": "\x1dv0\x00\x01\x00\x00\x09XX", "m 4": "\x1dv0\x04\x01\x00\x01\x00XX", "in a line": " \x1dv0\x00\x01\x00\x01\x00X",
	} {
		if got := ink(paints(t, "epson-tm-t20", "\x1b3\x18"+bytes+"\n")); got.Dx() < 9 {
			t.Errorf("%s: ink in %v", name, got)
		}
	}
}

func TestClonesStartInTwoByteMode(t *testing.T) {
	const two = "\xc4\xe3" // one character of GBK
	cells := func(bytes string) int { return (ink(paints(t, "clone-80", "\x1b3\x18"+bytes)).Max.X + 11) / 12 }
	for bytes, want := range map[string]int{
		two + "\n": 2, "A" + two + "A\n": 4, "\x1c." + two + two + two + "A\n": 7, // left: six boxes of one cell
		"\x1c.\x1b@" + two + "A\n": 3, "\x1c.\x1c&" + two + "A\n": 3, "\xc4\n": 2,
	} {
		if got := cells(bytes); got != want {
			t.Errorf("% x: %d cells, want %d", bytes, got, want)
		}
	}
}

func TestHeadsHaveTheirWidths(t *testing.T) {
	widths := map[int]bool{}
	for _, p := range PrinterProfiles() {
		img := paints(t, p.Name, "\x1dv0\x00\x64\x00\x01\x00"+strings.Repeat("\xff", 100))
		if got := ink(img).Dx(); got != p.Width || img.Bounds().Dx() != p.Width {
			t.Errorf("%s: %d dots of ink, want %d", p.Name, got, p.Width)
		}
		widths[p.Width] = true
	}
	for _, w := range []int{384, 416, 432, 512, 546, 576, 640} {
		if !widths[w] {
			t.Errorf("no printer is %d dots wide", w)
		}
	}
}
