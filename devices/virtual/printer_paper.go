package virtual

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
)

// maxSlipRows bounds one slip to about six metres of paper; rows beyond it are
// fed but not kept.
const maxSlipRows = 50000

// paper is what hangs out of the printer since the last cut.
type paper struct {
	width int
	rows  [][]byte
}

func (p *paper) add(dots []byte) {
	if len(p.rows) >= maxSlipRows {
		return
	}
	row := make([]byte, (p.width+7)/8)
	copy(row, dots)
	p.rows = append(p.rows, row)
}

// picture is black on white, one pixel a dot.
func (p *paper) picture() *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, p.width, len(p.rows)), color.Palette{color.White, color.Black})
	for y, row := range p.rows {
		for x := range p.width {
			if row[x/8]&(0x80>>(x%8)) != 0 {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return img
}

// keep writes the slip to its file and tears it off. A cut without anything
// printed before it leaves no file.
func (p *Printer) keep() {
	p.mu.Lock()
	slip := p.paper
	p.paper = paper{width: p.cfg.Profile.Width}
	p.mu.Unlock()
	if len(slip.rows) == 0 {
		return
	}
	name, err := savePNG(p.cfg.Dir, slip.picture())
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.lost = err
		return // the printer has printed it; Run tells
	}
	p.last = name
	select {
	case p.printed <- name:
	default:
	}
}

// savePNG gives the picture the next free number. The file appears whole.
func savePNG(dir string, img image.Image) (string, error) {
	f, err := os.CreateTemp(dir, ".slip-*")
	if err != nil {
		return "", fmt.Errorf("keep slip: %w", err)
	}
	defer os.Remove(f.Name())
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return "", fmt.Errorf("keep slip: %w", err)
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return "", fmt.Errorf("keep slip: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("keep slip: %w", err)
	}
	for n := 1; ; n++ {
		name := filepath.Join(dir, fmt.Sprintf("slip-%04d.png", n))
		err := os.Link(f.Name(), name) // fails if the number is taken
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("keep slip: %w", err)
		}
		return name, nil
	}
}
