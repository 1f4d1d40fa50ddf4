package printer

import "servicepoint/devices"

const (
	rasterHead = 8 // bytes of GS v 0 before its dots
	feedSize   = 3 // bytes of ESC J
	maxFeed    = 255
	// commandPrice is what one more command counts beside its bytes, lest a
	// few of them are saved by many commands that a printer halts for.
	commandPrice = 4
)

// step is the way from one row of a picture to a later one: a feed, or a
// picture command.
type step struct {
	rows   int // of the paper
	feed   bool
	double bool // every dot of the command prints two wide and two high
	width  int  // bytes a row of the command
}

// measure is what a plan has to know of every row of a picture.
type measure struct {
	used []int  // bytes up to the last black dot
	twin []bool // the dots of the row come in pairs, and the next row is its like
}

func measured(pic devices.Bitmap) measure {
	m := measure{used: make([]int, pic.Height), twin: make([]bool, pic.Height)}
	stride := pic.Stride()
	for y := range pic.Height {
		row := pic.Bits[y*stride : (y+1)*stride]
		n := len(row)
		for n > 0 && row[n-1] == 0 {
			n--
		}
		m.used[y] = n
		m.twin[y] = y+1 < pic.Height && paired(row) && string(row) == string(pic.Bits[(y+1)*stride:(y+2)*stride])
	}
	return m
}

// paired reports whether dots 0 and 1, 2 and 3 … are alike.
func paired(row []byte) bool {
	for _, b := range row {
		if (b^b>>1)&0x55 != 0 {
			return false
		}
	}
	return true
}

// rasterChunks writes the rows from top to end as picture commands and feeds,
// in the fewest bytes that these can do it in.
func rasterChunks(pr Profile, pic devices.Bitmap, m measure, top, end int) []chunk {
	var out []chunk
	for y := top; y < end; {
		steps := planned(pr, m, y, min(end, y+planRows))
		for _, s := range steps {
			if s.feed {
				out = append(out, feed(s.rows)...)
			} else {
				out = append(out, picture(pic, y, s))
			}
			y += s.rows
		}
	}
	return out
}

// planRows bounds what is planned in one go.
const planRows = 4096

// planned finds the cheapest steps from row top to row end.
func planned(pr Profile, m measure, top, end int) []step {
	n := end - top
	cost, best := make([]int, n+1), make([]step, n)
	limit := pr.partLimit() - len(queuedRequest)
	white := 0 // rows from y on
	for y := n - 1; y >= 0; y-- {
		cost[y] = 1 << 30
		take := func(s step, bytes int) {
			if c := bytes + commandPrice + cost[y+s.rows]; c < cost[y] {
				cost[y], best[y] = c, s
			}
		}
		if white++; m.used[top+y] > 0 {
			white = 0
		}
		if white > 0 && pr.Feed {
			take(step{rows: white, feed: true}, feedSize*((white+maxFeed-1)/maxFeed))
		}
		width := 1
		for k := 1; k <= pr.Band && y+k <= n; k++ {
			width = max(width, m.used[top+y+k-1])
			if bytes := rasterHead + width*k; k == 1 || bytes <= limit {
				take(step{rows: k, width: width}, bytes)
			}
		}
		width = 1
		for k := 1; k <= pr.Band && y+2*k <= n && m.twin[top+y+2*k-2]; k++ {
			width = max(width, (m.used[top+y+2*k-2]+1)/2)
			if bytes := rasterHead + width*k; k == 1 || bytes <= limit {
				take(step{rows: 2 * k, double: true, width: width}, bytes)
			}
		}
	}
	var steps []step
	for y := 0; y < n; y += best[y].rows {
		steps = append(steps, best[y])
	}
	return steps
}

// feed is white, as ESC J.
func feed(rows int) []chunk {
	c := chunk{rows: rows}
	for ; rows > 0; rows -= maxFeed {
		c.bytes = append(c.bytes, 0x1b, 'J', byte(min(rows, maxFeed)))
	}
	return []chunk{c}
}

// picture is GS v 0 with the white to the right left away.
func picture(pic devices.Bitmap, top int, s step) chunk {
	rows, mode, size := s.rows, byte(0), 1
	if s.double {
		rows, mode, size = s.rows/2, 3, 2
	}
	b := make([]byte, 0, rasterHead+s.width*rows)
	b = append(b, 0x1d, 'v', '0', mode, byte(s.width), byte(s.width>>8), byte(rows), byte(rows>>8))
	for r := range rows {
		row := pic.Bits[(top+r*size)*pic.Stride() : (top+r*size+1)*pic.Stride()]
		for i := range s.width {
			if s.double {
				b = append(b, halved(row, 2*i))
			} else {
				b = append(b, byteAt(row, i))
			}
		}
	}
	dots := func(i int, bit byte) []devices.Dot {
		x := 8 * (i % s.width)
		for ; bit < 0x80; bit <<= 1 {
			x++
		}
		return square(x*size, top+i/s.width*size, size, pic.Width)
	}
	return chunk{bytes: b, rows: s.rows, spans: []span{{rasterHead, len(b), dots}}}
}

// byteAt is white beyond a row's end.
func byteAt(row []byte, i int) byte {
	if i < len(row) {
		return row[i]
	}
	return 0
}

// halved takes every second of the sixteen dots from byte i on.
func halved(row []byte, i int) (out byte) {
	for _, b := range []byte{byteAt(row, i), byteAt(row, i+1)} {
		for shift := 7; shift > 0; shift -= 2 {
			out = out<<1 | b>>shift&1
		}
	}
	return out
}

// square gives the dots of one dot printed size wide and high, as far as they
// are to the left of width.
func square(x, y, size, width int) (out []devices.Dot) {
	for dy := range size {
		for dx := range size {
			if x+dx < width {
				out = append(out, devices.Dot{X: x + dx, Y: y + dy})
			}
		}
	}
	return out
}
