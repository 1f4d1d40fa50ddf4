package main

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// slipFile is an invented picture of blocks, noise and white, as a file.
func slipFile(t *testing.T, seed uint64, w, h int) (string, *image.Gray) {
	t.Helper()
	img, r := image.NewGray(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(seed, 7))
	for y := range h {
		for x := range w {
			v := uint8(255)
			switch y / 16 % 4 {
			case 0:
				v = uint8(r.IntN(256))
			case 1:
				v = uint8(bit(x/8%3 == 0, 200))
			case 2:
				v = 255 - bit(x < w/3, 255)
			}
			img.Pix[y*w+x] = v
		}
	}
	return pngFile(t, img), img
}

func pngFile(t *testing.T, img image.Image) string {
	t.Helper()
	f := must(os.Create(filepath.Join(t.TempDir(), "slip.png")))
	must(0, png.Encode(f, img))
	must(0, f.Close())
	return f.Name()
}

// printTo runs the command against a printer and gives its answer.
func printTo(ctx context.Context, t *testing.T, p *farReceipt, more ...string) (answer, map[string]any) {
	t.Helper()
	if p.port == "" { // what the command remembers of a port must not come from a wire of earlier
		t.Setenv("TMPDIR", t.TempDir())
		p.port = farLine(t, func(w *farWire) { w.bytewise = p.pieces; p.run(w) }).path
	}
	began := time.Now()
	a := askWithin(ctx, t, "", append([]string{"print", "--port", p.port, "--json"}, more...)...)
	v := a.fields(t)
	t.Logf("%.1f s, exit %d, level %v, %d changed, error %v", time.Since(began).Seconds(), a.code, v["level"], len(v["changed"].([]any)), v["error"])
	return a, v
}

// wantSlip holds the one slip against the picture, but for the dots that the
// answer says were changed, and the job against stray bytes.
func wantSlip(t *testing.T, p *farReceipt, v map[string]any, img *image.Gray) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.junk) > 0 || p.hidden() > 0 {
		t.Errorf("in the job: %v, and %d real-time sequences", p.junk, p.hidden())
	}
	if len(p.slips) != 1 || len(p.rows) != 0 {
		t.Fatalf("%d slips and %d more rows", len(p.slips), len(p.rows))
	}
	changed := map[image.Point]bool{}
	for _, c := range v["changed"].([]any) {
		d := c.(map[string]any)
		x, y := must(d["x"].(json.Number).Int64()), must(d["y"].(json.Number).Int64())
		changed[image.Pt(int(x), int(y))] = true
	}
	b := img.Bounds()
	if len(p.slips[0]) < b.Dy() {
		t.Fatalf("%d rows", len(p.slips[0]))
	}
	for y, row := range p.slips[0] {
		for x, black := range row {
			want := image.Pt(x, y).In(b) && img.GrayAt(x, y).Y < 128
			if (black != want) != changed[image.Pt(x, y)] {
				t.Fatalf("dot %d,%d is black: %v, the picture says %v, reported as changed: %v", x, y, black, want, changed[image.Pt(x, y)])
			}
		}
	}
}

func wantEnd(t *testing.T, a answer, v map[string]any, code int, level string) {
	t.Helper()
	if a.code != code || v["level"] != level {
		t.Errorf("exit %d, level %v; want %d, %s\n%s%s", a.code, v["level"], code, level, a.out, a.err)
	}
	if _, has := v["error"].(map[string]any); has != (code != exitFine) {
		t.Errorf("exit %d with error %v", a.code, v["error"])
	}
}

func TestFarPrinterPaintsThePicture(t *testing.T) {
	file, img := slipFile(t, 1, 576, 300)
	for name, c := range map[string]struct {
		p       *farReceipt
		profile string
		level   string
	}{
		"Epson":             {&farReceipt{}, "epson-tm-t20", "printed"},
		"raster with IDs":   {&farReceipt{}, "rongta-80", "printed"},
		"only the last ID":  {&farReceipt{lastOnly: true}, "epson-tm-t20", "printed"},
		"XOFF in replies":   {&farReceipt{xoff: true}, "epson-tm-t20", "printed"},
		"replies in pieces": {&farReceipt{pieces: true}, "epson-tm-t20", "printed"},
		"clone":             {&farReceipt{clone: true}, "clone-80-glyphs", "processed"},
	} {
		t.Run(name, func(t *testing.T) {
			a, v := printTo(t.Context(), t, c.p, "--profile", c.profile, file)
			wantEnd(t, a, v, exitFine, c.level)
			wantSlip(t, c.p, v, img)
			if n := len(v["changed"].([]any)); n > 5 {
				t.Errorf("%d dots of noise were changed", n)
			}
		})
	}
}
