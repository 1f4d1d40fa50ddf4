package pdfa

import (
	"math"
	"strconv"
)

// A4 in PDF units of 1/72 inch.
const (
	a4Short = 210 / 25.4 * 72
	a4Long  = 297 / 25.4 * 72
)

// The sides a page may have, in PDF units (PDF 1.4 Reference, appendix C).
const (
	minSide = 3
	maxSide = 14400
)

// layout is where a picture lies on its page, in PDF units from the lower left.
type layout struct {
	pageW, pageH float64
	x, y, w, h   float64
}

// layout gives the picture its natural size, the page being as large as the
// picture. Without resolution, or with one that makes an impossible page, the
// picture is centred on A4, upright or lying as it is itself.
func (p Page) layout() layout {
	if p.DPI > 0 {
		w, h := float64(p.Width)*72/float64(p.DPI), float64(p.Height)*72/float64(p.DPI)
		if min(w, h) >= minSide && max(w, h) <= maxSide {
			return layout{pageW: w, pageH: h, w: w, h: h}
		}
	}
	l := layout{pageW: a4Short, pageH: a4Long}
	if p.Width > p.Height {
		l.pageW, l.pageH = a4Long, a4Short
	}
	scale := min(l.pageW/float64(p.Width), l.pageH/float64(p.Height))
	l.w, l.h = float64(p.Width)*scale, float64(p.Height)*scale
	l.x, l.y = (l.pageW-l.w)/2, (l.pageH-l.h)/2
	return l
}

// num writes a number with at most three decimals: a third of a micrometre.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}
