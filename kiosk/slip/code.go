package slip

import (
	"fmt"

	"servicepoint/devices"
	"servicepoint/kiosk/qr"
)

// minModule is the smallest module of a QR code in dots: below it, readers fail
// on thermal paper.
const minModule = 4

// code adds a QR code with text beside it; on narrow paper the code is bigger
// and the text stands below.
func (p *page) code(text, caption string) {
	if p.err != nil {
		return
	}
	m, err := qr.Matrix(text)
	if err != nil {
		p.err = fmt.Errorf("slip: %w", err)
		return
	}
	if len(m) > qr.MaxSlipSide {
		p.err = fmt.Errorf("slip: a QR code of %d modules is too fine for thermal paper", len(m))
		return
	}
	// The paper's edge is not part of the quiet zone: it may be cut off askew.
	modules := len(m) + 2*qr.QuietZone
	if p.out.Width >= Wide {
		p.codeBeside(m, max(minModule, p.out.Width*2/5/modules), caption)
		return
	}
	module := max(minModule, p.out.Width*3/5/modules)
	b := devices.NewBitmap(p.out.Width, modules*module)
	blacken(b, (b.Width-b.Height)/2, 0, m, module)
	p.picture(b)
	p.text(style{align: centre}, caption)
}

// codeBeside adds the code at the left with its caption at the right.
func (p *page) codeBeside(m [][]bool, module int, caption string) {
	side := (len(m) + 2*qr.QuietZone) * module
	lines := balance(string(p.letters(caption)), (p.out.Width-side)/devices.CellWidth-margin)
	pitch := bodySize.height + leading + 2
	b := devices.NewBitmap(p.out.Width, max(side, len(lines)*pitch))
	blacken(b, 0, (b.Height-side)/2, m, module)
	top := (b.Height - len(lines)*pitch) / 2
	for i, line := range lines {
		p.stamp(b, side, top+i*pitch, bodySize, false, []rune(line))
	}
	p.picture(b)
}

// blacken draws the modules with their quiet zone, whose corner is at x, y.
func blacken(b devices.Bitmap, x, y int, m [][]bool, module int) {
	for row := range m {
		for col := range m[row] {
			if !m[row][col] {
				continue
			}
			left, top := x+(qr.QuietZone+col)*module, y+(qr.QuietZone+row)*module
			for dy := range module {
				for dx := range module {
					b.Set(left+dx, top+dy)
				}
			}
		}
	}
}
