package imaging

import (
	"servicepoint/kiosk"
)

// Thresholds are the gate's bars. They were found on made pages; every verdict
// comes with its measures so that they can be set anew from real ones. A zero
// field counts as its default. The metric a bar is held against stands in
// brackets; counts of pixels are at the plane's scale, an A4 page being about
// 877 of them high.
type Thresholds struct {
	Dark       float64 // least brightness of paper, 0–255 [page_level]; 130
	Ink        float64 // ink is darker than this part of the paper around it; 0.82
	Contrast   float64 // least contrast of sharp ink, 0–1 [ink_contrast]; 0.50
	BlurInk    float64 // fewer pixels of ink are not judged for blur [ink_pixels]; 400
	Strong     float64 // contrast of ink that can be read well; 0.30
	StrongInk  float64 // fewer pixels of strong ink are none [strong_ink]; 60
	GlareLevel float64 // brightness within glare; 248
	GlareFall  float64 // brightness lost a cell on the way out of glare; 5
	GlareShare float64 // greatest part of cells in glare [glare_share]; 0.01
	EdgeMM     float64 // strip along the left and right edge in millimetres; 2.7
	EdgeInk    float64 // pixels of ink in a strip that tell of lost text [edge_ink]; 25
	SmallSide  float64 // least short side in pixels of the picture [short_side]; 600
}

func (t Thresholds) filled() Thresholds {
	return Thresholds{
		Dark: or(t.Dark, 130), Ink: or(t.Ink, 0.82), Contrast: or(t.Contrast, 0.50), BlurInk: or(t.BlurInk, 400),
		Strong: or(t.Strong, 0.30), StrongInk: or(t.StrongInk, 60),
		GlareLevel: or(t.GlareLevel, 248), GlareFall: or(t.GlareFall, 5), GlareShare: or(t.GlareShare, 0.01),
		EdgeMM: or(t.EdgeMM, 2.7), EdgeInk: or(t.EdgeInk, 25), SmallSide: or(t.SmallSide, 600),
	}
}

// judge measures a page and names its defects. A page too dark to judge is
// only dark, one without ink is not blurred.
func (t Thresholds) judge(p plane, h header, metrics map[string]float64) (defects []kiosk.Code) {
	g := paperOf(p)
	level := g.level()
	ink := t.measureInk(p, g, lidOf(p, level), t.edge(p, h))
	metrics["short_side"] = float64(min(h.width, h.height))
	metrics["page_level"] = level
	metrics["ink_pixels"] = float64(ink.pixels)
	metrics["strong_ink"] = float64(ink.strong)
	metrics["ink_contrast"] = ink.contrast
	metrics["edge_ink"] = float64(max(ink.left, ink.right))
	metrics["glare_share"] = t.glareShare(g)

	find := func(found bool, code kiosk.Code) {
		if found {
			defects = append(defects, code)
		}
	}
	dark := level < t.Dark
	empty := float64(ink.strong) < t.StrongInk
	find(!dark && !empty && float64(ink.pixels) >= t.BlurInk && ink.contrast < t.Contrast, CodeBlur)
	find(dark, CodeDark)
	find(!dark && metrics["glare_share"] >= t.GlareShare, CodeGlare)
	find(!dark && metrics["edge_ink"] >= t.EdgeInk, CodeCut)
	find(!dark && empty, CodeFaintOrBlank)
	find(metrics["short_side"] < t.SmallSide, CodeSmall)
	return defects
}

// edge is the width in the plane of the strip at the left and right edge. A
// density that no scanner has is not believed: the page counts as A4.
func (t Thresholds) edge(p plane, h header) int {
	if h.dpi >= 100 && h.dpi <= 1200 {
		return int(t.EdgeMM/25.4*float64(h.dpi)/float64(p.factor) + 0.5)
	}
	return int(t.EdgeMM/210*float64(min(p.w, p.h)) + 0.5)
}

// grid is the brightness of the paper, cell by cell.
type grid struct {
	w, h, cell int
	at         []uint8
}

// paperOf finds the paper's brightness: in each cell the level that 85 % of
// the pixels do not exceed, then the brightest of the cell and its neighbours,
// so that a cell full of ink takes the paper around it.
func paperOf(p plane) grid {
	g := grid{cell: max(4, p.w/40)}
	g.w, g.h = (p.w+g.cell-1)/g.cell, (p.h+g.cell-1)/g.cell
	raw := make([]uint8, g.w*g.h)
	for cy := range g.h {
		for cx := range g.w {
			var histogram [256]int
			n := 0
			for y := cy * g.cell; y < min(p.h, (cy+1)*g.cell); y++ {
				for _, v := range p.pix[y*p.w+cx*g.cell : y*p.w+min(p.w, (cx+1)*g.cell)] {
					histogram[v]++
					n++
				}
			}
			raw[cy*g.w+cx] = uint8(percentile(&histogram, n, 85))
		}
	}
	g.at = make([]uint8, len(raw))
	for cy := range g.h {
		for cx := range g.w {
			top := uint8(0)
			for y := max(0, cy-1); y <= min(g.h-1, cy+1); y++ {
				for x := max(0, cx-1); x <= min(g.w-1, cx+1); x++ {
					top = max(top, raw[y*g.w+x])
				}
			}
			g.at[cy*g.w+cx] = top
		}
	}
	return g
}

// level is the page's brightness: the level that 75 % of the cells do not
// exceed.
func (g grid) level() float64 {
	var histogram [256]int
	for _, v := range g.at {
		histogram[v]++
	}
	return float64(percentile(&histogram, len(g.at), 75))
}

// percentile is the least value that percent of n values do not exceed.
func percentile(histogram *[256]int, n, percent int) int {
	need, seen := (n*percent+99)/100, 0
	for v, count := range histogram {
		seen += count
		if seen >= need && seen > 0 {
			return v
		}
	}
	return 0
}

// lidOf marks what belongs to the scanner's dark lid or a black border: dark
// areas that reach the picture's edge and are larger than letters, three
// pixels wider all round.
func lidOf(p plane, level float64) []bool {
	lid, seen := make([]bool, len(p.pix)), make([]bool, len(p.pix))
	dark := uint8(level / 2)
	for start := range p.pix {
		x, y := start%p.w, start/p.w
		if x != 0 && y != 0 && x != p.w-1 && y != p.h-1 {
			continue
		}
		if seen[start] || p.pix[start] >= dark {
			continue
		}
		area, wide, high := flood(p, seen, start, dark)
		if wide <= p.w/6 && high <= p.h/16 {
			continue
		}
		for _, i := range area {
			for y := max(0, i/p.w-3); y <= min(p.h-1, i/p.w+3); y++ {
				for x := max(0, i%p.w-3); x <= min(p.w-1, i%p.w+3); x++ {
					lid[y*p.w+x] = true
				}
			}
		}
	}
	return lid
}

// flood collects the pixels darker than dark that hang together with start,
// and how far they reach.
func flood(p plane, seen []bool, start int, dark uint8) (area []int, wide, high int) {
	left, right, top, bottom := p.w, 0, p.h, 0
	seen[start] = true
	area = []int{start}
	for next := 0; next < len(area); next++ {
		x, y := area[next]%p.w, area[next]/p.w
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
		for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if n[0] < 0 || n[1] < 0 || n[0] >= p.w || n[1] >= p.h {
				continue
			}
			if i := n[1]*p.w + n[0]; !seen[i] && p.pix[i] < dark {
				seen[i] = true
				area = append(area, i)
			}
		}
	}
	return area, right - left + 1, bottom - top + 1
}

// ink is what is printed or written on a page.
type ink struct {
	pixels, strong int
	left, right    int     // pixels in the strips along the edges
	contrast       float64 // what 90 % of the ink does not exceed
}

func (t Thresholds) measureInk(p plane, g grid, lid []bool, edge int) (k ink) {
	var histogram [256]int
	for i, v := range p.pix {
		x, y := i%p.w, i/p.w
		paper := float64(g.at[y/g.cell*g.w+x/g.cell])
		if float64(v) >= t.Ink*paper || lid[i] {
			continue
		}
		contrast := 1 - float64(v)/paper
		histogram[uint8(contrast*255)]++
		k.pixels++
		if contrast >= t.Strong {
			k.strong++
		}
		if x < edge {
			k.left++
		}
		if x >= p.w-edge {
			k.right++
		}
	}
	k.contrast = float64(percentile(&histogram, k.pixels, 90)) / 255
	return k
}

// glareShare is the part of cells that are as bright as a reflection and from
// which brightness falls off steadily for five cells: paper that is simply
// white falls off nowhere, an edge of the paper all at once.
func (t Thresholds) glareShare(g grid) float64 {
	found := 0
	for i, v := range g.at {
		if float64(v) >= t.GlareLevel && t.fallsOff(g, i%g.w, i/g.w) {
			found++
		}
	}
	return float64(found) / float64(max(1, len(g.at)))
}

// fallsOff looks in eight directions. Cells that are still in the glare lie
// before the fall.
func (t Thresholds) fallsOff(g grid, x, y int) bool {
	const steps, reach, sudden = 5, 8, 60
	for d := range 9 {
		dx, dy := d%3-1, d/3-1
		last, fell := float64(g.at[y*g.w+x]), 0
		for k := 1; k <= reach && d != 4; k++ {
			cx, cy := x+k*dx, y+k*dy
			if cx < 0 || cy < 0 || cx >= g.w || cy >= g.h {
				break
			}
			v := float64(g.at[cy*g.w+cx])
			if drop := last - v; drop >= t.GlareFall && drop < sudden {
				fell++
			} else if fell > 0 || drop < 0 || drop >= sudden {
				break
			}
			if last = v; fell == steps {
				return true
			}
		}
	}
	return false
}
