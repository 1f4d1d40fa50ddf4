package printer

import (
	"fmt"
	"slices"

	"servicepoint/devices"
)

// paper is a second opinion beside devices/virtual: it obeys just the commands
// that jobs are made of, as the manuals tell, and takes nothing else.
type paper struct {
	width   int
	rows    [][]bool
	own     bool
	letters map[byte][24]uint16
	spacing int
	size    byte
	line    []byte
	sizes   []byte
	cuts    int
	ids     []string
	plain   string // what was printed in the printer's own letters
}

// Reprint prints a job. Every part of it must be of whole commands and lines.
func Reprint(width int, j *job) (*paper, error) {
	p := &paper{width: width}
	for i, part := range j.parts {
		for b := part.bytes; len(b) > 0; {
			n, err := p.command(b)
			if err != nil {
				return p, fmt.Errorf("part %d, byte %d: %w", i, len(part.bytes)-len(b), err)
			}
			b = b[n:]
		}
		if len(p.line) > 0 {
			return p, fmt.Errorf("part %d ends in the line %q", i, p.line)
		}
	}
	return p, nil
}

// Bitmap is what has been printed, without the last dots of whole bytes.
func (p *paper) Bitmap(width int) devices.Bitmap {
	out := devices.NewBitmap(width, len(p.rows))
	for y, row := range p.rows {
		for x := range width {
			if row[x] {
				out.Set(x, y)
			}
		}
	}
	return out
}

func (p *paper) black(x, y int) {
	for len(p.rows) <= y {
		p.rows = append(p.rows, make([]bool, p.width))
	}
	if x < p.width {
		p.rows[y][x] = true
	}
}

func (p *paper) feed(n int) {
	for range n {
		p.rows = append(p.rows, make([]bool, p.width))
	}
}

// need checks that a command of so many bytes is there, and begins a line if
// it must.
func (p *paper) need(b []byte, n int, atStart bool) (int, error) {
	if len(b) < n {
		return 0, fmt.Errorf("% x is cut off", b)
	}
	if atStart && len(p.line) > 0 {
		return 0, fmt.Errorf("% x in the middle of a line", b[:2])
	}
	return n, nil
}

func (p *paper) command(b []byte) (int, error) {
	if b[0] >= 0x20 && b[0] <= 0x7e {
		p.line, p.sizes = append(p.line, b[0]), append(p.sizes, p.size)
		return 1, nil
	}
	if b[0] == '\n' {
		return 1, p.printLine()
	}
	if len(b) < 3 && string(b) != "\x1b@" && string(b) != "\x1c." {
		return 0, fmt.Errorf("% x", b)
	}
	switch string(b[:2]) {
	case "\x1b@":
		*p = paper{width: p.width, rows: p.rows, spacing: 34, cuts: p.cuts, ids: p.ids, plain: p.plain, letters: map[byte][24]uint16{}}
		return 2, nil
	case "\x1c.":
		return 2, nil
	case "\x1b%":
		p.own = b[2]&1 != 0
		return p.need(b, 3, true)
	case "\x1b3":
		p.spacing = int(b[2])
		return p.need(b, 3, false)
	case "\x1bJ":
		p.feed(int(b[2]))
		return p.need(b, 3, true)
	case "\x1b&":
		return p.define(b)
	case "\x1d!":
		p.size = b[2]
		if b[2] != 0 && b[2] != 0x11 {
			return 0, fmt.Errorf("size %02x", b[2])
		}
		return p.need(b, 3, false)
	case "\x1dv":
		return p.picture(b)
	case "\x1dP":
		return p.need(b, 4, true)
	case "\x1da", "\x1dr":
		return p.need(b, 3, true)
	case "\x1d(":
		n, err := p.need(b, 11, true)
		if err == nil {
			p.ids = append(p.ids, string(b[7:11]))
		}
		return n, err
	case "\x1dV":
		p.cuts++
		return p.need(b, map[byte]int{0: 3, 1: 3, 65: 4, 66: 4}[b[2]], true)
	}
	return 0, fmt.Errorf("no command: % x", b[:min(8, len(b))])
}

func (p *paper) define(b []byte) (int, error) {
	if len(b) < 5 || b[2] != 3 || b[3] < 0x20 || b[4] > 0x7e || b[3] > b[4] || len(p.line) > 0 {
		return 0, fmt.Errorf("definition % x", b[:min(5, len(b))])
	}
	at := 5
	for c := b[3]; c <= b[4]; c++ {
		if at >= len(b) || b[at] > 12 || at+1+3*int(b[at]) > len(b) {
			return 0, fmt.Errorf("letter %02x is cut off or too wide", c)
		}
		var g [24]uint16
		for x := range int(b[at]) {
			for y := range 24 {
				if b[at+1+3*x+y/8]&(0x80>>(y%8)) != 0 {
					g[y] |= 0x8000 >> x
				}
			}
		}
		p.letters[c] = g
		at += 1 + 3*int(b[at])
	}
	return at, nil
}

func (p *paper) picture(b []byte) (int, error) {
	if len(b) < 8 || b[2] != '0' || b[3] != 0 && b[3] != 3 || len(p.line) > 0 {
		return 0, fmt.Errorf("picture % x", b[:min(8, len(b))])
	}
	wide, rows, size := int(b[4])+int(b[5])<<8, int(b[6])+int(b[7])<<8, 1
	if b[3] == 3 {
		size = 2
	}
	if wide < 1 || wide > 256 || rows < 1 || rows > 2303 || len(b) < 8+wide*rows {
		return 0, fmt.Errorf("picture of %d bytes by %d", wide, rows)
	}
	top := len(p.rows)
	p.feed(rows * size)
	for i, dots := range b[8 : 8+wide*rows] {
		for bit := range 8 {
			if dots&(0x80>>bit) == 0 {
				continue
			}
			for d := range size * size {
				p.black((i%wide*8+bit)*size+d%size, top+i/wide*size+d/size)
			}
		}
	}
	return 8 + wide*rows, nil
}

func (p *paper) printLine() error {
	top, x, height := len(p.rows), 0, 0
	for i, c := range p.line {
		wide, high := int(p.sizes[i]>>4)+1, int(p.sizes[i]&7)+1
		if !p.own {
			p.plain += string(c)
		}
		g, ok := p.letters[c]
		if p.own && !ok && c != ' ' {
			return fmt.Errorf("the letter %q is not defined", c)
		}
		height = max(height, 24*high)
		for y := range 24 * high {
			for dx := range 12 * wide {
				if g[y/high]&(0x8000>>(dx/wide)) != 0 {
					p.black(x+dx, top+y)
				}
			}
		}
		x += 12 * wide
	}
	if x > p.width {
		return fmt.Errorf("a line of %d dots", x)
	}
	if !p.own {
		p.plain += "\n"
	}
	p.line, p.sizes = nil, nil
	p.feed(top + max(height, p.spacing) - len(p.rows))
	return nil
}

// Compare says how a job's print differs from the slip, other than in the dots
// that the job reports.
func Compare(slip devices.Slip, width int, j *job) error {
	p, err := Reprint(width, j)
	if err != nil {
		return err
	}
	want, got := slip.Paint(), p.Bitmap(slip.Width)
	if got.Height != want.Height {
		return fmt.Errorf("%d rows became %d", want.Height, got.Height)
	}
	var other []devices.Dot
	for y := range want.Height {
		for x := range want.Width {
			if want.At(x, y) != got.At(x, y) {
				other = append(other, devices.Dot{X: x, Y: y})
			}
		}
	}
	if !slices.Equal(other, j.changed) {
		return fmt.Errorf("other dots %v, reported %v", head(other), head(j.changed))
	}
	if p.cuts != 1 {
		return fmt.Errorf("%d cuts", p.cuts)
	}
	return nil
}

func head(dots []devices.Dot) []devices.Dot { return dots[:min(10, len(dots))] }

func jobBytes(j *job) (b []byte) {
	for _, p := range j.parts {
		b = append(b, p.bytes...)
	}
	return b
}
