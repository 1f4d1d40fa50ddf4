package slip

import (
	"fmt"

	"servicepoint/devices"
	"servicepoint/kiosk/qr"
)

// minModule is the smallest module of a QR code in dots: below it, readers fail
// on thermal paper.
const minModule = 4

// codeSide is how wide a code of ours is at most, quiet zone and all: 25 mm.
const codeSide = 200

// code adds a QR code with text below it. Text beside it would have to be drawn.
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
	p.qr(m, codeSide)
	p.text(style{}, caption)
}

// qr adds the modules of a code at the left, as the body's text stands, most
// dots wide if they can be that fine. Modules have an even number of dots: see
// rule; and the white to the left of a picture is sent like the rest of it.
func (p *page) qr(m [][]bool, most int) {
	// The paper's edge is not part of the quiet zone: it may be cut off askew.
	modules := len(m) + 2*qr.QuietZone
	module := max(minModule, most/modules&^1)
	b := devices.NewBitmap(p.out.Width, modules*module)
	blacken(b, 0, 0, m, module)
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
