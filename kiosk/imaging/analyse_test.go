package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
)

const testDPI = 200

func TestGate(t *testing.T) {
	if testing.Short() {
		t.Skip("draws many full pages")
	}
	blankPage := func() sheet { return blank(testDPI*827/100, testDPI*1169/100, 245) }
	tests := []struct {
		name string
		page sheet
		want []kiosk.Code
	}{
		{"good", text(t, testDPI, 30), nil},
		{"gray print", text(t, testDPI, 90), nil},
		{"slightly soft", text(t, testDPI, 30).blur(1), nil},
		{"on a dark lid", text(t, testDPI, 30).lid(testDPI / 3), nil},
		{"only a page number", blankPage().write(t, 12, testDPI, testDPI*4, testDPI*11, 40, "Trang 5"), nil},
		{"a frame up to the edges", text(t, testDPI, 30).each(func(x, _ int, v float64) float64 {
			if x < 12 {
				return 20
			}
			return v
		}), nil},
		{"out of focus", text(t, testDPI, 30).blur(3), []kiosk.Code{CodeBlur}},
		{"far out of focus", text(t, testDPI, 30).blur(5), []kiosk.Code{CodeBlur}},
		{"lamp off", text(t, testDPI, 30).each(func(_, _ int, v float64) float64 { return v * 0.3 }), []kiosk.Code{CodeDark}},
		{"lamp reflected", text(t, testDPI, 30).glare(testDPI*4, testDPI*5, testDPI*2), []kiosk.Code{CodeGlare}},
		{"shifted sideways", blankPage().write(t, 12, testDPI, -15, testDPI, 30,
			slices.Repeat([]string{"Dong chu bi cat o mep trai"}, 30)...), []kiosk.Code{CodeCut}},
		{"hardly any ink", text(t, testDPI, 205), []kiosk.Code{CodeFaintOrBlank}},
		{"nothing", blankPage(), []kiosk.Code{CodeFaintOrBlank}},
		{"a card", text(t, 60, 30), []kiosk.Code{CodeSmall}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Analyse(t.Context(), test.page.scan().jpeg(t), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if test.want == nil && len(a.Defects) == 0 {
				return
			}
			if !slices.Equal(a.Defects, test.want) {
				t.Errorf("defects %v, want %v; measured %v", a.Defects, test.want, a.Metrics)
			}
			for name, v := range a.Metrics {
				if v != v || v < 0 {
					t.Errorf("metric %s is %v", name, v)
				}
			}
		})
	}
}

func TestThresholdsAreConfiguration(t *testing.T) {
	page := text(t, 100, 30).scan().jpeg(t)
	a, err := Analyse(t.Context(), page, Limits{Gate: Thresholds{Contrast: 0.99, SmallSide: 5000}})
	if err != nil || !slices.Equal(a.Defects, []kiosk.Code{CodeBlur, CodeSmall}) {
		t.Errorf("%v %v", a.Defects, err)
	}
}

// The pages of the demonstration must not be turned down by the demonstration.
func TestSamplePages(t *testing.T) {
	for n := range 4 {
		a, err := Analyse(t.Context(), virtual.SamplePage(n), Limits{})
		if err != nil || len(a.Defects) > 0 || a.DPI != 200 || !a.Complete || a.Gray || a.Width != 1654 || a.Height != 2339 {
			t.Errorf("page %d: %+v %v", n, a, err)
		}
	}
}

// small is a page of few pixels for the tests of bytes.
func small(t testing.TB) []byte { return text(t, 60, 30).jpeg(t) }

// codeOf is the code of err; anything but a kiosk.Error fails.
func codeOf(t *testing.T, err error) kiosk.Code {
	t.Helper()
	if _, ok := errors.AsType[*kiosk.Error](err); !ok {
		t.Fatalf("no kiosk.Error: %v", err)
	}
	return kiosk.CodeOf(err)
}

func TestRefused(t *testing.T) {
	page := small(t)
	sof := bytes.Index(page, []byte{0xFF, 0xC0})
	with := func(at int, b ...byte) []byte {
		p := bytes.Clone(page)
		copy(p[at:], b)
		return p
	}
	adobe := append([]byte("\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00"), 0) // transform 0: RGB
	tests := []struct {
		name   string
		page   []byte
		limits Limits
		want   kiosk.Code
	}{
		{"nothing", nil, Limits{}, CodeNotJPEG},
		{"a PNG", []byte("\x89PNG\r\n\x1a\n0000000000"), Limits{}, CodeNotJPEG},
		{"no frame", []byte("\xFF\xD8\xFF\xD9"), Limits{}, CodeNotJPEG},
		{"only the start", page[:20], Limits{}, CodeTruncated},
		{"cut to a tenth", page[:len(page)/10], Limits{}, CodeTruncated},
		{"cut to a half", page[:len(page)/2], Limits{}, CodeTruncated},
		{"cut by a byte", page[:len(page)-1], Limits{}, CodeTruncated},
		{"cut with an end put on", append(bytes.Clone(page[:len(page)*2/3]), 0xFF, 0xD9), Limits{}, CodeTruncated},
		{"a bomb", with(sof+5, 0x4E, 0x20, 0x4E, 0x20), Limits{}, CodeTooLarge},
		{"too many bytes", page, Limits{Bytes: 100}, CodeTooLarge},
		{"too much memory", page, Limits{Memory: 1000}, CodeTooLarge},
		{"no time", page, Limits{Time: 1}, CodeTooLarge},
		{"12 bits", with(sof+4, 12), Limits{}, CodeUnsupported},
		{"lossless", with(sof+1, 0xC3), Limits{}, CodeUnsupported},
		{"RGB by Adobe's marker", slices.Concat(page[:2], adobe, page[2:]), Limits{}, CodeUnsupported},
		{"CMYK", cmyk(page, sof), Limits{}, CodeUnsupported},
		{"no pixels", with(sof+5, 0, 0), Limits{}, CodeNotJPEG},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Analyse(t.Context(), test.page, test.limits)
			if got := codeOf(t, err); got != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if !slices.Contains(Codes(), codeOf(t, err)) {
				t.Errorf("%v is not among Codes", err)
			}
			if a.Complete || a.Metrics == nil {
				t.Errorf("complete %v, metrics %v", a.Complete, a.Metrics)
			}
			if _, err := Thumbnail(test.page, 100); err == nil && test.limits == (Limits{}) {
				t.Error("Thumbnail took it")
			}
		})
	}
}

// cmyk gives the frame header a fourth component.
func cmyk(page []byte, sof int) []byte {
	p := slices.Insert(bytes.Clone(page), sof+19, 4, 0x11, 0)
	binary.BigEndian.PutUint16(p[sof+2:], 20)
	p[sof+9] = 4
	return p
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Analyse(ctx, small(t), Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHeader(t *testing.T) {
	page := small(t)
	put := func(marker byte, segment string) []byte {
		s := append([]byte{0xFF, marker, 0, byte(len(segment) + 2)}, segment...)
		return slices.Concat(page[:2], s, page[2:])
	}
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00" +
		"\x1A\x01\x05\x00\x01\x00\x00\x00\x26\x00\x00\x00" +
		"\x28\x01\x03\x00\x01\x00\x00\x00\x02\x00\x00\x00" +
		"\x00\x00\x00\x00\x2C\x01\x00\x00\x01\x00\x00\x00"
	tests := []struct {
		name string
		page []byte
		dpi  int
	}{
		{"none", page, 0},
		{"JFIF inch", put(0xE0, "JFIF\x00\x01\x02\x01\x01\x2C\x01\x2C\x00\x00"), 300},
		{"JFIF centimetre", put(0xE0, "JFIF\x00\x01\x02\x02\x00\x76\x00\x76\x00\x00"), 300},
		{"JFIF ratio", put(0xE0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), 0},
		{"EXIF", put(0xE1, exif), 300},
		{"EXIF cut", put(0xE1, exif[:40]), 0},
		{"EXIF elsewhere", put(0xE1, strings.Replace(exif, "\x26\x00\x00\x00", "\xFF\xFF\xFF\xFF", 1)), 0},
		{"EXIF by nought", put(0xE1, exif[:len(exif)-4]+"\x00\x00\x00\x00"), 0},
	}
	for _, test := range tests {
		if a, err := Analyse(t.Context(), test.page, Limits{}); err != nil || a.DPI != test.dpi {
			t.Errorf("%s: %d dpi, want %d (%v)", test.name, a.DPI, test.dpi, err)
		}
	}
}

func TestKinds(t *testing.T) {
	tiny := blank(1, 1, 200).jpeg(t)
	if a, err := Analyse(t.Context(), tiny, Limits{}); err != nil || a.Width != 1 {
		t.Errorf("one pixel: %+v %v", a, err)
	}
	gray := image.NewGray(image.Rect(0, 0, 700, 900))
	draw.Draw(gray, gray.Bounds(), image.NewUniform(color.Gray{240}), image.Point{}, draw.Src)
	b, err := encode(gray)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := Analyse(t.Context(), b, Limits{}); err != nil || !a.Gray || a.Metrics["page_level"] != 240 {
		t.Errorf("gray: %+v %v", a, err)
	}
}

func TestThumbnail(t *testing.T) {
	page := virtual.SamplePage(1)
	small, err := Thumbnail(page, 300)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if r := img.Bounds(); r.Dx() != 206 || r.Dy() != 292 {
		t.Errorf("%v", r)
	}
	// The seal stays red, the paper white.
	red, white := 0, 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			if r > g*5/4 && r > b*5/4 {
				red++
			}
			if g > 0xE000 && b > 0xE000 {
				white++
			}
		}
	}
	if red < 300 || white < 30000 {
		t.Errorf("%d red and %d white pixels", red, white)
	}
	same, err := Thumbnail(small, 5000)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := jpeg.DecodeConfig(bytes.NewReader(same)); c.Width != 206 {
		t.Errorf("enlarged to %d", c.Width)
	}
	if _, err := Thumbnail(page, 0); err == nil {
		t.Error("took a side of 0")
	}
}

func TestReadQR(t *testing.T) {
	// An invented card: the layout of the national ID card's code.
	card := "001099000000|100000000|Nguyễn Văn Mẫu|01012000|Nam|Số 1, Ngõ Mẫu, Hà Nội|02022021"
	page := blank(1240, 1754, 245)
	for i, text := range []string{card, "SP1.D.HN01-260304-0001-A"} {
		code, err := qrcode.New(text, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(page, image.Rect(200, 200+600*i, 520, 520+600*i), code.Image(320), image.Point{}, draw.Src)
	}
	img, err := jpeg.Decode(bytes.NewReader(page.scan().jpeg(t)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadQR(img)
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{card, "SP1.D.HN01-260304-0001-A"}) {
		t.Errorf("%q %v", got, err)
	}
	part := img.(*image.YCbCr).SubImage(image.Rect(100, 100, 700, 600))
	if got, err := ReadQR(part); err != nil || !slices.Equal(got, []string{card}) {
		t.Errorf("part: %q %v", got, err)
	}
	for _, size := range []int{0, 1, 50, 300} {
		if got, err := ReadQR(image.NewRGBA(image.Rect(0, 0, size, size))); len(got) > 0 || err != nil && size > 0 {
			t.Errorf("%d by %d: %q %v", size, size, got, err)
		}
	}
}

// TestMemory analyses full-size pages in a process of their own and asks the
// kernel what that took at most.
func TestMemory(t *testing.T) {
	if file := os.Getenv("IMAGING_TEST_PAGE"); file != "" {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			if _, err := Analyse(t.Context(), page, Limits{}); err != nil {
				t.Fatal(err)
			}
			if _, err := Thumbnail(page, 400); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Print(peakLine(t))
		return
	}
	if testing.Short() {
		t.Skip("the race detector, which runs the short tests, takes memory of its own")
	}
	file := filepath.Join(t.TempDir(), "page.jpg")
	if err := os.WriteFile(file, text(t, 300, 30).scan().jpeg(t), 0o600); err != nil {
		t.Fatal(err)
	}
	const bar = 80 << 10
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestMemory$")
	child.Env = append(os.Environ(), "IMAGING_TEST_PAGE="+file)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var peak int
	if _, err := fmt.Sscanf(string(out), "VmHWM: %d kB", &peak); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if t.Logf("%d KiB at most", peak); peak > bar {
		t.Errorf("that is more than %d", bar)
	}
}

// peakLine is the kernel's line about the largest resident size so far.
// (What it tells a parent about a child counts the parent's own pages in.)
func peakLine(t *testing.T) string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM:") {
			return line
		}
	}
	t.Fatal("no VmHWM")
	return ""
}

func FuzzAnalyse(f *testing.F) {
	page := small(f)
	f.Add(page)
	f.Add(page[:len(page)/2])
	gray, _ := encode(image.NewGray(image.Rect(0, 0, 40, 30)))
	f.Add(gray)
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x10Exif\x00\x00II*\x00\xFF\xFF\xFF\xFF"))
	limits := Limits{Pixels: 1 << 20, Time: time.Second}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Analyse(t.Context(), b, limits)
		if err == nil {
			if !a.Complete || a.Width < 1 || a.Height < 1 {
				t.Fatalf("%+v", a)
			}
			return
		}
		if !slices.Contains(Codes(), kiosk.CodeOf(err)) {
			t.Fatalf("unlisted: %v", err)
		}
	})
}

func BenchmarkAnalyseA4(b *testing.B) {
	page := text(b, 300, 30).scan().jpeg(b)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Analyse(b.Context(), page, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
