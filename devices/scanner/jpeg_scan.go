package scanner

// huffman is one table of codes (annex C).
type huffman struct {
	lut    [256]uint16 // by the next eight bits: value<<8 | length, 0 if the code is longer
	last   [17]int32   // by length: the greatest code, -1 if there is none
	offset [17]int32   // by length: index of a code's value less the code
	values []byte
}

// set makes the table of counts codes of each length and their values. It is
// false if no such codes can be.
func (h *huffman) set(counts, values []byte) bool {
	*h = huffman{values: values}
	code, index := int32(0), int32(0)
	for i, n := range counts {
		length := i + 1
		h.last[length], h.offset[length] = -1, index-code
		for range n {
			if code >= 1<<length {
				return false
			}
			if length <= 8 {
				for k := range int32(1) << (8 - length) {
					h.lut[code<<(8-length)|k] = uint16(values[index])<<8 | uint16(length)
				}
			}
			h.last[length] = code
			code++
			index++
		}
		code <<= 1
	}
	return true
}

// bitReader gives the bits of coded data, up to the next marker.
type bitReader struct {
	b    []byte
	at   int    // of the next byte
	acc  uint64 // the lowest n bits are to come
	n    uint
	dead bool // more was taken than there is
}

// fill takes bytes until at least 32 bits are at hand or a marker comes; after
// that it gives ones, as many as are asked for, and is dead.
func (r *bitReader) fill() {
	for r.n <= 48 {
		if r.at >= len(r.b) {
			return
		}
		c := r.b[r.at]
		if c == 0xFF {
			if r.at+1 >= len(r.b) || r.b[r.at+1] != 0 {
				return
			}
			r.at++
		}
		r.at++
		r.acc, r.n = r.acc<<8|uint64(c), r.n+8
	}
}

func (r *bitReader) take(n uint) uint32 {
	if r.n < n {
		if r.fill(); r.n < n {
			r.dead = true
			return 0
		}
	}
	r.n -= n
	return uint32(r.acc>>r.n) & (1<<n - 1)
}

// value takes one code; ok is false for one that the table does not hold.
func (r *bitReader) value(h *huffman) (v byte, ok bool) {
	if r.n < 16 {
		r.fill()
	}
	if r.n >= 8 {
		if e := h.lut[byte(r.acc>>(r.n-8))]; e != 0 {
			r.n -= uint(e & 255)
			return byte(e >> 8), true
		}
	}
	code := int32(0)
	for length := 1; length <= 16; length++ {
		code = code<<1 | int32(r.take(1))
		if r.dead {
			return 0, false
		}
		if h.last[length] >= code { // codes of one length are consecutive
			if i := code + h.offset[length]; i >= 0 && int(i) < len(h.values) {
				return h.values[i], true
			}
			return 0, false
		}
	}
	return 0, false
}

// scanPart is a component as a scan names it.
type scanPart struct {
	part
	dc, ac *huffman
	limit  int32 // beyond it no sample of eight bits can bring the mean
	last   int32
}

// scan reads a scan's header (B.2.3) and walks its data.
func (p *jpegFile) scan(s []byte) {
	if p.frame == 0 || len(s) < 6 || len(s) != 4+2*int(s[0]) || int(s[0]) > len(p.parts) {
		p.bad("a scan header of %d bytes", len(s))
		return
	}
	if p.odd = p.odd || p.scanned || int(s[0]) != len(p.parts); p.odd {
		p.at, p.scanned = skipScan(p.b, p.at), true
		return
	}
	p.scanned = true
	var parts [3]scanPart
	for i := range p.parts {
		id, td, ta := s[1+2*i], s[2+2*i]>>4, s[2+2*i]&15
		if id != p.parts[i].id { // B.2.3: in the frame's order
			p.bad("component %d in the wrong place", id)
			return
		}
		if td > 3 || ta > 3 || p.frame == 0xC0 && (td > 1 || ta > 1) {
			p.bad("table %d or %d of a scan", td, ta)
			return
		}
		c := scanPart{part: p.parts[i], dc: &p.tables[0][td], ac: &p.tables[1][ta]}
		q := int32(p.quant[c.tq][0])
		if q == 0 || c.dc.values == nil || c.ac.values == nil {
			p.bad("a table that a scan needs is missing")
			return
		}
		// The mean of a block is at most 1024 in steps of q; twice that leaves
		// room for every encoder's rounding.
		c.limit = 2048/q + 2
		parts[i] = c
	}
	p.walk(parts[:len(p.parts)])
}

// walk follows the codes of all data units (F.2.2) and the restart markers.
func (p *jpegFile) walk(parts []scanPart) {
	r := bitReader{b: p.b, at: p.at}
	wide := (p.wide + 8*parts[0].h - 1) / (8 * parts[0].h)
	high := (p.high + 8*parts[0].v - 1) / (8 * parts[0].v)
	restart := byte(0xD0)
	for mcu, all := 0, wide*high; mcu < all; mcu++ {
		if mcu > 0 && p.interval > 0 && mcu%p.interval == 0 {
			if !p.finish(&r) {
				return
			}
			if p.at+2 > len(p.b) {
				p.cut()
				return
			}
			if p.b[p.at+1] != restart {
				p.bad("marker 0x%02X in place of 0x%02X", p.b[p.at+1], restart)
				return
			}
			restart = 0xD0 | (restart+1)&7
			r = bitReader{b: p.b, at: p.at + 2}
			for i := range parts {
				parts[i].last = 0
			}
		}
		for i := range parts {
			for range parts[i].h * parts[i].v {
				if unit(&r, &parts[i]) {
					continue
				}
				if r.dead && r.at >= len(r.b)-1 {
					p.cut()
				} else {
					p.bad("its data goes wrong at byte %d", r.at)
				}
				return
			}
		}
	}
	p.finish(&r)
}

// unit follows one data unit: the difference of its mean, then the other
// coefficients. It is false for what no encoder of eight-bit samples writes.
func unit(r *bitReader, c *scanPart) bool {
	size, ok := r.value(c.dc)
	if !ok || size > 11 {
		return false
	}
	c.last += extend(r.take(uint(size)), size)
	if r.dead || c.last > c.limit || c.last < -c.limit {
		return false
	}
	for k := 1; k < 64; k++ {
		rs, ok := r.value(c.ac)
		if !ok {
			return false
		}
		size := rs & 15
		switch {
		case rs == 0: // the rest is zero
			return true
		case rs == 0xF0:
			k += 15
		case size == 0 || size > 10:
			return false
		default:
			k += int(rs >> 4)
			r.take(uint(size))
		}
		if k > 63 || r.dead {
			return false
		}
	}
	return true
}

// extend is EXTEND of F.2.2.1.
func extend(v uint32, size byte) int32 {
	if size > 0 && v < 1<<(size-1) {
		return int32(v) - 1<<size + 1
	}
	return int32(v)
}

// finish checks what stands between the last code and the next marker: fewer
// than eight bits, all alike, and nothing else but zero bytes. It leaves the
// place at the marker.
func (p *jpegFile) finish(r *bitReader) bool {
	pad := r.n % 8
	if bits := r.acc >> (r.n - pad) & (1<<pad - 1); bits != 0 && bits != 1<<pad-1 {
		p.bad("its data ends out of step at byte %d", r.at)
		return false
	}
	if rest := r.acc & (1<<(r.n-pad) - 1); rest != 0 {
		p.bad("data is left at byte %d", r.at)
		return false
	}
	at := r.at
	for at < len(p.b) && p.b[at] == 0 {
		at++
	}
	for at+1 < len(p.b) && p.b[at] == 0xFF && p.b[at+1] == 0xFF { // fill bytes
		at++
	}
	if at+1 >= len(p.b) {
		p.cut()
		return false
	}
	if p.b[at] != 0xFF || p.b[at+1] == 0 {
		p.bad("data is left at byte %d", at)
		return false
	}
	p.at = at
	return true
}
