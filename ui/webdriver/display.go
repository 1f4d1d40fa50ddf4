package webdriver

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// Display is a screen nobody sees, 1280 by 800, for programs that need one.
type Display struct {
	Name  string // for the variable DISPLAY
	frame string // the file Xvfb keeps the screen's content in
}

// NewDisplay starts an Xvfb on a free display until the end of the test.
func NewDisplay(t *testing.T) Display {
	t.Helper()
	return newDisplay(t, "1280x800")
}

func newDisplay(t *testing.T, size string) Display {
	t.Helper()
	binary := Need(t, "Xvfb", "xvfb")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	dir := t.TempDir()
	cmd := exec.Command(binary, "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp", "-fbdir", dir)
	cmd.ExtraFiles = []*os.File{w}
	Start(t, cmd)
	w.Close()
	number := scanFor(t, r, regexp.MustCompile(`^(\d+)$`))
	return Display{Name: ":" + number, frame: filepath.Join(dir, "Xvfb_screen0")}
}

// Picture gives what the display shows now.
func (d Display) Picture() (image.Image, error) {
	b, err := os.ReadFile(d.frame)
	if err != nil {
		return nil, fmt.Errorf("read the screen: %w", err)
	}
	return decodeXWD(b)
}

// decodeXWD reads the X window dump format, version 7 (XWDFile.h of the X
// protocol headers), in the one pixel layout Xvfb uses at depth 24.
func decodeXWD(b []byte) (image.Image, error) {
	const fields = 25
	var h [fields]int
	if len(b) < 4*fields {
		return nil, fmt.Errorf("window dump of %d bytes", len(b))
	}
	for i := range h {
		v := binary.BigEndian.Uint32(b[4*i:])
		h[i] = int(min(v, 1<<20)) // no field of a sound dump with our layout is larger, and products stay small
	}
	width, height, perPixel, perLine := h[4], h[5], h[11], h[12]
	start := h[0] + 12*h[19] // header, then the colour map
	if h[1] != 7 || perPixel != 32 || width <= 0 || height <= 0 || perLine < 4*width || len(b) < start+perLine*height {
		return nil, fmt.Errorf("window dump: version %d, %d bits, %dx%d, %d bytes", h[1], perPixel, width, height, len(b))
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := b[start+y*perLine+4*x:]
			img.SetRGBA(x, y, color.RGBA{R: p[2], G: p[1], B: p[0], A: 255})
		}
	}
	return img, nil
}

// Blank reports whether a picture is all one colour: nothing was drawn.
func Blank(img image.Image) bool {
	b := img.Bounds()
	first := img.At(b.Min.X, b.Min.Y)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if img.At(x, y) != first {
				return false
			}
		}
	}
	return true
}
