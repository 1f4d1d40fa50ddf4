package pdfa

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// picture makes a JPEG of w×h pixels with some ink on it.
func picture(t testing.TB, w, h int, gray bool) []byte {
	t.Helper()
	var img image.Image
	if gray {
		g := image.NewGray(image.Rect(0, 0, w, h))
		for i := range g.Pix {
			g.Pix[i] = byte(255 - i*7%64)
		}
		img = g
	} else {
		c := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				c.Set(x, y, color.NRGBA{R: 250, G: byte(200 + x%50), B: byte(180 + y%60), A: 255})
			}
		}
		img = c
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 75}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func pageOf(b []byte, w, h, dpi int, gray bool) Page {
	return Page{Size: int64(len(b)), Width: w, Height: h, DPI: dpi, Gray: gray,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// sample is a document with a page of every kind, and its pictures in order.
func sample(t testing.TB) (Document, [][]byte) {
	t.Helper()
	pics := [][]byte{picture(t, 248, 351, false), picture(t, 248, 351, true), picture(t, 351, 248, false), picture(t, 64, 40, false)}
	d := Document{Title: "Giấy chứng sinh (1/2) <&>", Created: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("+07", 7*3600))}
	d.Pages = []Page{pageOf(pics[0], 248, 351, 30, false), pageOf(pics[1], 248, 351, 30, true),
		pageOf(pics[2], 351, 248, 30, false), pageOf(pics[3], 64, 40, 0, false)}
	d.Pages[1].Rotate, d.Pages[2].Rotate = 180, 90
	return d, pics
}

func write(t testing.TB, d Document) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	startxref = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`)
	xrefHead  = regexp.MustCompile(`^xref\n0 (\d+)\n0000000000 65535 f \n`)
	length    = regexp.MustCompile(`/Length (\d+)>>\nstream\n$`)
)

// object is one indirect object as a reader that trusts nothing but the
// cross-reference table finds it.
type object struct {
	dict   string
	stream []byte // nil without one
}

// readObjects takes a PDF of this package's shape apart.
func readObjects(pdf []byte) ([]object, error) {
	m := startxref.FindSubmatch(pdf)
	if m == nil {
		return nil, fmt.Errorf("no startxref")
	}
	at, _ := strconv.Atoi(string(m[1]))
	if at >= len(pdf) {
		return nil, fmt.Errorf("startxref points at %d", at)
	}
	table := pdf[at:]
	h := xrefHead.FindSubmatch(table)
	if h == nil {
		return nil, fmt.Errorf("no cross-reference table at %d", at)
	}
	count, _ := strconv.Atoi(string(h[1]))
	table = table[len(h[0]):]
	objects := make([]object, count)
	for n := 1; n < count; n++ {
		var off int
		if _, err := fmt.Sscanf(string(table[20*(n-1):20*n]), "%010d 00000 n \n", &off); err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		o, err := readObject(pdf, off, n)
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", n, err)
		}
		objects[n] = o
	}
	return objects, nil
}

func readObject(pdf []byte, off, n int) (object, error) {
	head := fmt.Appendf(nil, "%d 0 obj\n", n)
	if off > len(pdf) || !bytes.HasPrefix(pdf[off:], head) {
		return object{}, fmt.Errorf("not at %d", off)
	}
	body := pdf[off+len(head):]
	mark := bytes.Index(body, []byte(">>\nstream\n"))
	end := bytes.Index(body, []byte("\nendobj\n"))
	if mark < 0 || end < mark {
		return object{dict: string(body[:end])}, nil
	}
	dict := body[:mark+len(">>\nstream\n")]
	l := length.FindSubmatch(dict)
	if l == nil {
		return object{}, fmt.Errorf("no length")
	}
	size, _ := strconv.Atoi(string(l[1]))
	rest := body[len(dict):]
	if size > len(rest) || !bytes.HasPrefix(rest[size:], []byte("\nendstream\nendobj\n")) {
		return object{}, fmt.Errorf("the stream is not %d bytes long", size)
	}
	return object{dict: string(dict[:mark+2]), stream: rest[:size]}, nil
}

// pictures gives the image streams in page order.
func pictures(objects []object) [][]byte {
	var out [][]byte
	for n := pageObjects; n+2 < len(objects); n += 3 {
		out = append(out, objects[n+2].stream)
	}
	return out
}

// tool finds a program of a Debian package: a missing one skips on a
// developer's machine and fails in CI.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, pkg)
	}
	return path
}

func missing(t *testing.T, name, pkg string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	t.Skipf("%s is missing: apt-get install %s", name, pkg)
}
