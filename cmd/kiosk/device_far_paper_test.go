package main

import (
	"fmt"
	"slices"
)

// farCells is the state of text: what ESC @ resets.
type farCells struct {
	glyphs        map[byte][]byte // three bytes a column
	own           bool            // ESC %
	wide, high    int             // GS !
	spacing, unit int             // ESC 3; GS P
	line          []farCell
}

type farCell struct {
	columns    []byte
	wide, high int
}

func freshCells() farCells {
	return farCells{glyphs: map[byte][]byte{}, wide: 1, high: 1, spacing: 30, unit: 203}
}

type farReset struct{}

// interpret obeys the buffer until the line is gone; a reset starts it anew.
func (p *farReceipt) interpret() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.dead() {
		p.cell = freshCells()
		func() {
			defer func() {
				if r := recover(); r != nil && r != (farReset{}) {
					panic(r)
				}
			}()
			for life := p.life; ; {
				p.command(life)
			}
		}()
	}
}

// ready waits while the printer is off line.
func (p *farReceipt) ready(life int) {
	for p.offline() && p.life == life && !p.dead() {
		p.turn.Wait()
	}
	if p.life != life || p.dead() {
		panic(farReset{})
	}
}

func (p *farReceipt) next(life int) byte {
	p.ready(life)
	for len(p.buf) == 0 {
		p.turn.Wait()
		p.ready(life)
	}
	b := p.buf[0]
	p.buf = p.buf[1:]
	p.turn.Broadcast()
	return b
}

func (p *farReceipt) take(life, n int) []byte {
	d := make([]byte, 0, n)
	for range n {
		d = append(d, p.next(life))
	}
	return d
}

func (p *farReceipt) command(life int) {
	c := p.next(life)
	at := len(p.stream) - len(p.buf) - 1
	switch c {
	case 0x0A:
		p.feedLine(life, p.cell.spacing)
	case 0x10:
		p.meant[at] = true
		if p.next(life) == 0x14 {
			p.take(life, 3)
			return
		}
		p.next(life)
	case 0x1B:
		p.escape(life, p.next(life))
	case 0x1C:
		if f := p.next(life); f != '.' {
			p.junk = append(p.junk, fmt.Sprintf("FS %02X", f))
		}
	case 0x1D:
		p.group(life, p.next(life))
	default:
		if c >= 0x20 { // control characters without a meaning are passed over
			p.letter(life, c)
		}
	}
}

func (p *farReceipt) escape(life int, c byte) {
	switch c {
	case '@':
		p.cell = freshCells()
	case 'J':
		p.feedLine(life, p.scaled(p.next(life)))
	case 'd':
		p.feedLine(life, int(p.next(life))*p.cell.spacing)
	case '2':
		p.cell.spacing = 30
	case '3':
		p.cell.spacing = p.scaled(p.next(life))
	case '%':
		p.cell.own = p.next(life)&1 == 1
	case '?':
		delete(p.cell.glyphs, p.next(life))
	case '&':
		d := p.take(life, 3)
		if d[0] != 3 || d[1] < 0x20 || d[2] > 0x7E || d[1] > d[2] {
			p.junk = append(p.junk, fmt.Sprintf("ESC & %v", d))
		}
		for code := int(d[1]); code <= int(d[2]); code++ {
			n := p.next(life)
			if n > 12 {
				p.junk = append(p.junk, fmt.Sprintf("a letter of %d columns", n))
			}
			p.cell.glyphs[byte(code)] = p.take(life, 3*int(n))
		}
	case 'a', 'E', '-', 'M', 'G', '{', 'V', ' ', 't', 'R':
		if n := p.next(life); n != 0 && c != 't' && c != 'R' {
			p.junk = append(p.junk, fmt.Sprintf("ESC %c %d", c, n))
		}
	default:
		p.junk = append(p.junk, fmt.Sprintf("ESC %02X", c))
	}
}

func (p *farReceipt) scaled(n byte) int { return int(n) * 203 / p.cell.unit }

func (p *farReceipt) group(life int, c byte) {
	switch c {
	case 'v':
		d := p.take(life, 6)
		p.raster(life, d[1], int(d[2])+int(d[3])<<8, int(d[4])+int(d[5])<<8)
	case '!':
		n := p.next(life)
		p.cell.wide, p.cell.high = int(n>>4)+1, int(n&15)+1
	case 'P':
		if d := p.take(life, 2); d[1] != 0 {
			p.cell.unit = int(d[1])
		} else {
			p.cell.unit = 203
		}
	case 'V':
		if n := p.next(life); n == 'A' || n == 'B' {
			p.blank(life, p.scaled(p.next(life)))
		}
		p.cutPaper(life)
	case '(':
		f := p.next(life)
		if p.clone {
			p.letter(life, '(')
			p.letter(life, f)
			return
		}
		d := p.take(life, 2)
		d = p.take(life, int(d[0])+int(d[1])<<8)
		if f == 'H' && len(d) == 6 && d[0] == 0x30 && d[1] == 0x30 {
			p.processed(string(d[2:]))
		} else {
			p.junk = append(p.junk, fmt.Sprintf("GS ( %c % X", f, d))
		}
	case 'r':
		if n := p.next(life); n == 1 || n == 2 || n == 49 || n == 50 {
			p.reply([]byte{0})
		}
	case 'a':
		p.asb = p.next(life)
		p.changed()
	case 'I':
		if n := p.next(life); n >= 65 && n <= 69 {
			p.reply([]byte("\x5fFAR END\x00"))
		} else {
			p.reply([]byte{1})
		}
	case 'B', 'b', 'f', 'H', 'h', 'w':
		p.next(life)
	case 'L', 'W':
		p.take(life, 2)
	default:
		p.junk = append(p.junk, fmt.Sprintf("GS %02X", c))
	}
}

// letter puts one character on the line; those not sent before stand out.
func (p *farReceipt) letter(life int, c byte) {
	columns, ok := p.cell.glyphs[c]
	if !ok || !p.cell.own {
		if c != ' ' {
			p.junk = append(p.junk, fmt.Sprintf("built-in letter %q", c))
		}
		columns = nil
	}
	width := 12 * p.cell.wide
	for _, l := range p.cell.line {
		width += 12 * l.wide
	}
	if width > p.dots {
		p.feedLine(life, p.cell.spacing)
	}
	p.cell.line = append(p.cell.line, farCell{columns, p.cell.wide, p.cell.high})
}

// feedLine paints the line, its letters on one base, and feeds n from its top.
func (p *farReceipt) feedLine(life, n int) {
	tall := 0
	for _, l := range p.cell.line {
		tall = max(tall, 24*l.high)
	}
	for y := range tall {
		row, x := make([]bool, p.dots), 0
		for _, l := range p.cell.line {
			if up := y - (tall - 24*l.high); up >= 0 {
				for dx := range 12 * l.wide {
					at, down := dx/l.wide*3, up/l.high
					if at < len(l.columns) && x+dx < p.dots {
						row[x+dx] = l.columns[at+down/8]>>(7-down%8)&1 == 1
					}
				}
			}
			x += 12 * l.wide
		}
		p.row(life, row)
	}
	p.cell.line = nil
	p.blank(life, n-tall)
}

func (p *farReceipt) blank(life, n int) {
	for range n {
		p.row(life, make([]bool, p.dots))
	}
}

func (p *farReceipt) row(life int, row []bool) {
	p.ready(life)
	p.rows = append(p.rows, row)
	if p.onRow != nil {
		p.onRow(p, len(p.rows))
	}
	p.ready(life)
}

// raster paints rows as they come in, m doubling them.
func (p *farReceipt) raster(life int, m byte, x, y int) {
	if len(p.cell.line) > 0 || x == 0 || y == 0 || x > 256 || y > 2303 || m > 3 {
		p.junk = append(p.junk, fmt.Sprintf("GS v 0 %d %d %d", m, x, y))
	}
	wide, high := 1+int(m&1), 1+int(m>>1&1)
	for range y {
		d, row := p.take(life, x), make([]bool, p.dots)
		for i := range min(p.dots, 8*x*wide) {
			row[i] = d[i/wide/8]>>(7-i/wide%8)&1 == 1
		}
		for range high {
			p.row(life, slices.Clone(row))
		}
	}
}

// cutPaper cuts; a blade that sticks waits for DLE ENQ 1 after it was freed.
func (p *farReceipt) cutPaper(life int) {
	if p.onCut != nil {
		p.onCut(p)
	}
	p.ready(life)
	p.slips = append(p.slips, p.rows)
	p.rows = nil
}
