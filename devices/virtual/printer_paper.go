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
func (s *session) keep() error {
	p := s.p
	p.mu.Lock()
	slip := p.paper
	p.paper = paper{width: slip.width}
	p.mu.Unlock()
	if len(slip.rows) == 0 {
		return nil
	}
	name, err := savePNG(p.cfg.Dir, slip.picture())
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.lost = err
		return nil // the printer has printed it; Run tells
	}
	p.last = name
	select {
	case p.printed <- name:
	default:
	}
	return nil
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

// print puts a character into the line, after feeding a full one. This printer
// has no font: a character is a box of its size, enough to see that text was
// printed that should not have been.
func (s *session) print(c byte) error {
	s.text = append(s.text, cell{c, s.size})
	width := 0
	for _, c := range s.text {
		width += cellWidth * c.scale(4)
	}
	if width+cellWidth <= s.p.cfg.Profile.Width {
		return nil
	}
	return s.flush()
}

func (s *session) lineFeed() error {
	if len(s.text) == 0 {
		return s.blank(lineSpacing)
	}
	return s.flush()
}

// scale reads GS !: the width in the upper, the height in the lower half.
func (c cell) scale(shift int) int { return int(c.size>>shift&7) + 1 }

// flush prints the line if it holds anything.
func (s *session) flush() error {
	if len(s.text) == 0 {
		return nil
	}
	line := s.text
	s.text = nil
	height := 0
	for _, c := range line {
		height = max(height, cellHeight*c.scale(0))
	}
	for y := range height {
		row := make([]byte, (s.p.cfg.Profile.Width+7)/8)
		left := 0
		for _, c := range line {
			right := left + cellWidth*c.scale(4)
			for x := left + 1; x < right-1 && x < s.p.cfg.Profile.Width; x++ {
				edge := y == 0 || y == cellHeight*c.scale(0)-1 || x == left+1 || x == right-2
				if c.char != ' ' && edge && y < cellHeight*c.scale(0) {
					row[x/8] |= 0x80 >> (x % 8)
				}
			}
			left = right
		}
		if err := s.row(row); err != nil {
			return err
		}
	}
	return s.blank(max(0, lineSpacing-height))
}
