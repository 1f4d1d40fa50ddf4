package pdfa

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestEvidenceUnchanged(t *testing.T) {
	d, pics := sample(t)
	for part := range 3 {
		d.Part = part
		pdf := write(t, d)
		objects, err := readObjects(pdf)
		if err != nil {
			t.Fatal(err)
		}
		got := pictures(objects)
		if len(got) != len(pics) {
			t.Fatalf("%d pictures, want %d", len(got), len(pics))
		}
		for i := range pics {
			if !bytes.Equal(got[i], pics[i]) {
				t.Errorf("part %d: picture %d changed", part, i+1)
			}
		}
		if again := write(t, d); !bytes.Equal(pdf, again) {
			t.Error("the same document gives other bytes")
		}
	}
}

// TestStructure is the golden of everything but the pictures and the profile.
func TestStructure(t *testing.T) {
	d, pics := sample(t)
	pdf := write(t, d)
	for i, p := range pics {
		pdf = bytes.Replace(pdf, p, fmt.Appendf(nil, "[picture %d, %d bytes]", i+1, len(p)), 1)
	}
	profile := deflate(sRGB())
	pdf = bytes.Replace(pdf, profile, []byte("[sRGB profile]"), 1)
	// Offsets, lengths and the identifier follow from the rest.
	for _, r := range []struct{ from, to string }{
		{`\d{10} 00000 n`, "n"}, {`startxref\n\d+`, "startxref"}, {`/ID\[<\w+><\w+>\]`, "/ID[]"}, {`/Length \d+`, "/Length"}, {`, \d+ bytes\]`, "]"},
	} {
		pdf = regexp.MustCompile(r.from).ReplaceAll(pdf, []byte(r.to))
	}
	golden := filepath.Join("testdata", "structure.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(pdf)); diff != "" {
		t.Errorf("structure (-want +got):\n%s", diff)
	}
}

// TestSize holds the promise of 2 KB a page beside the picture, already for one
// page.
func TestSize(t *testing.T) {
	d, pics := sample(t)
	for n := 1; n <= len(pics); n++ {
		one := d
		one.Pages = d.Pages[:n]
		total := len(write(t, one))
		for _, p := range pics[:n] {
			total -= len(p)
		}
		t.Logf("%d pages: %d bytes beside the pictures", n, total)
		if total > n*2048 {
			t.Errorf("%d pages take %d bytes beside the pictures", n, total)
		}
	}
	if n := len(sRGB()); n > 1024 {
		t.Errorf("the colour profile has %d bytes", n)
	}
}

// TestCurve compares the profile's tone curve, read as viewers read it (straight
// lines between its points), with sRGB's own, in steps of 256.
func TestCurve(t *testing.T) {
	curve := curveTag()[12:]
	at := func(i int) float64 { return float64(int(curve[2*i])<<8|int(curve[2*i+1])) / 65535 }
	for i := range 256 {
		v := float64(i) / 255
		n := min(int(v*(curvePoints-1)), curvePoints-2)
		part := v*(curvePoints-1) - float64(n)
		linear := at(n)*(1-part) + at(n+1)*part
		back := linear * 12.92
		if linear > 0.0031308 {
			back = 1.055*math.Pow(linear, 1/2.4) - 0.055
		}
		if off := math.Abs(back-v) * 255; off > 0.75 {
			t.Errorf("step %d is off by %.2f", i, off)
		}
	}
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name string
		page Page
		want string // page, then picture
	}{
		{"A4 at 300", Page{Width: 2480, Height: 3508, DPI: 300}, "595.2×841.92, 595.2×841.92 at 0,0"},
		{"card at 600", Page{Width: 2022, Height: 1275, DPI: 600}, "242.64×153, 242.64×153 at 0,0"},
		{"upright without dpi", Page{Width: 1000, Height: 1000}, "595.276×841.89, 595.276×595.276 at 0,123.307"},
		{"lying without dpi", Page{Width: 2000, Height: 1000}, "841.89×595.276, 841.89×420.945 at 0,87.165"},
		{"impossibly small", Page{Width: 1, Height: 1, DPI: 1200}, "595.276×841.89, 595.276×595.276 at 0,123.307"},
		{"impossibly large", Page{Width: 3000, Height: 4000, DPI: 1}, "595.276×841.89, 595.276×793.701 at 0,24.094"},
	} {
		l := c.page.layout()
		got := fmt.Sprintf("%s×%s, %s×%s at %s,%s", num(l.pageW), num(l.pageH), num(l.w), num(l.h), num(l.x), num(l.y))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// splice puts bytes after the SOI of a JPEG.
func splice(b, segment []byte) []byte { return slices.Concat(b[:2], segment, b[2:]) }

func adobe(transform byte) []byte {
	return append([]byte{0xFF, 0xEE, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00"+string(transform)...)
}

func TestRefuses(t *testing.T) {
	rgb, gray := picture(t, 32, 24, false), picture(t, 32, 24, true)
	sof := bytes.Index(rgb, []byte{0xFF, 0xC0})
	edit := func(at int, v byte) []byte {
		b := bytes.Clone(rgb)
		b[at] = v
		return b
	}
	good := func(b []byte) Page { return pageOf(b, 32, 24, 300, false) }
	broken := errors.New("disk gone")
	unreadable := good(rgb)
	unreadable.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(rgb[:300]), iotest.ErrReader(broken))), nil
	}
	closed := good(rgb)
	closed.Open = func() (io.ReadCloser, error) { return nil, broken }
	sized := func(delta int64) Page { p := good(rgb); p.Size += delta; return p }
	turned := good(rgb)
	turned.Rotate = 45
	for _, c := range []struct {
		name string
		page Page
		code kiosk.Code
	}{
		{"not a JPEG", good([]byte("%PDF-1.4 this is no picture")), CodeNotJPEG},
		{"one byte", good([]byte{0xFF}), CodeNotJPEG},
		{"cut in the header", good(rgb[:sof+5]), CodeNotJPEG},
		{"cut in the picture", sized(1), CodeDiffers},
		{"more than stated", sized(-1), CodeDiffers},
		{"shorter than its header", sized(-int64(len(rgb) - 10)), CodeDiffers},
		{"other width", pageOf(rgb, 33, 24, 300, false), CodeDiffers},
		{"other height", pageOf(rgb, 32, 25, 300, false), CodeDiffers},
		{"gray said to be colour", good(gray), CodeDiffers},
		{"colour said to be gray", pageOf(rgb, 32, 24, 300, true), CodeDiffers},
		{"lossless", good(edit(sof+1, 0xC3)), CodeUnsupported},
		{"arithmetic", good(edit(sof+1, 0xC9)), CodeUnsupported},
		{"12 bit", good(edit(sof+4, 12)), CodeUnsupported},
		{"wrong component count", good(edit(sof+9, 4)), CodeNotJPEG},
		{"Adobe RGB", good(splice(rgb, adobe(0))), CodeUnsupported},
		{"CMYK", good([]byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 20, 8, 0, 24, 0, 32, 4, 1, 17, 0, 2, 17, 0, 3, 17, 0, 4, 17, 0, 0xFF, 0xDA}), CodeUnsupported},
		{"two frames", good(splice(rgb, rgb[sof:sof+19])), CodeNotJPEG},
		{"endless header", good(splice(rgb, bytes.Repeat(append([]byte{0xFF, 0xE1, 0xFF, 0xFF}, make([]byte, 65533)...), 17))), CodeNotJPEG},
		{"endless fill", good(splice(rgb, bytes.Repeat([]byte{0xFF}, 2<<20))), CodeNotJPEG},
		{"segment without length", good(splice(rgb, []byte{0xFF, 0xE1, 0, 1})), CodeNotJPEG},
		{"disk fails", unreadable, "internal"},
		{"cannot be opened", closed, "internal"},
		{"crooked turn", turned, CodeBadDocument},
		{"nothing to open", Page{Size: 1, Width: 1, Height: 1}, CodeBadDocument},
	} {
		err := Write(io.Discard, Document{Pages: []Page{c.page}})
		if err == nil || kiosk.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
	for _, d := range []Document{{}, {Part: 3, Pages: []Page{good(rgb)}}, {Pages: make([]Page, MaxPages+1)}} {
		if err := Write(io.Discard, d); kiosk.CodeOf(err) != CodeBadDocument {
			t.Errorf("part %d, %d pages: %v", d.Part, len(d.Pages), err)
		}
	}
	if err := Write(failingWriter{}, Document{Pages: []Page{good(rgb)}}); err == nil {
		t.Error("a failing writer is not noticed")
	}
	if err := Write(io.Discard, Document{Pages: []Page{good(splice(rgb, adobe(1)))}}); err != nil {
		t.Errorf("Adobe YCbCr: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTitleIsTame(t *testing.T) {
	pic := picture(t, 8, 8, false)
	d := Document{Title: "a\x00\xff</rdf:li>\n" + strings.Repeat("ệ", 400), Pages: []Page{pageOf(pic, 8, 8, 0, false)}}
	objects, err := readObjects(write(t, d))
	if err != nil {
		t.Fatal(err)
	}
	xmp := string(objects[3].stream)
	if want := "a&lt;/rdf:li&gt; " + strings.Repeat("ệ", 109) + "</rdf:li>"; !strings.Contains(xmp, want) {
		t.Errorf("title in the metadata: %s", xmp)
	}
	d.Title = ""
	objects, err = readObjects(write(t, d))
	if err != nil || strings.Contains(objects[5].dict, "Title") || strings.Contains(string(objects[3].stream), "title>") {
		t.Errorf("a title came from nowhere: %v", err)
	}
}

// TestFlatMemory writes 64 pages of 1 MB.
func TestFlatMemory(t *testing.T) {
	d := large(t, 64, 1<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Write(io.Discard, d); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes were allocated in all", grown)
	}
}

// large makes a document of n pages of about size bytes; what follows the scan
// of a JPEG is of no concern to the writer.
func large(t testing.TB, n, size int) Document {
	t.Helper()
	pic := append(picture(t, 248, 351, false), make([]byte, size)...)
	var d Document
	for range n {
		d.Pages = append(d.Pages, pageOf(pic, 248, 351, 30, false))
	}
	return d
}

func BenchmarkPDF20(b *testing.B) {
	d := large(b, 20, 800<<10)
	b.SetBytes(20 * d.Pages[0].Size)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, d); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzWrite(f *testing.F) {
	rgb := picture(f, 16, 16, false)
	f.Add(rgb, 16, 16, 72, false)
	f.Add(picture(f, 16, 16, true), 16, 16, 0, true)
	f.Add(splice(rgb, adobe(1)), 16, 16, 300, false)
	f.Fuzz(func(t *testing.T, pic []byte, w, h, dpi int, gray bool) {
		var out bytes.Buffer
		err := Write(&out, Document{Title: string(pic[:min(len(pic), 20)]), Pages: []Page{pageOf(pic, w, h, dpi, gray)}})
		if err != nil {
			if kiosk.CodeOf(err) == "internal" {
				t.Fatalf("unclassified: %v", err)
			}
			return
		}
		objects, err := readObjects(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := pictures(objects); len(got) != 1 || !bytes.Equal(got[0], pic) {
			t.Fatal("the picture changed")
		}
	})
}
