package scanner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"math"

	"servicepoint/devices"
)

// The bounds of a picture. A header that states more is a mistake or a bomb
// and is never decoded.
const (
	maxPixels    = 60_000_000
	maxOddPixels = 16_000_000 // of a picture that only the standard decoder reads: it needs memory for every dot
)

// checkJPEG decodes a picture (ITU-T T.81) as far as it can be wrong: every
// marker, every table and every code of the coded data, but not the dots, so
// that it needs no memory beyond the picture's own. What it accepts, image/jpeg
// decodes too. It gives the dots an inch the file states, or 0. The faults are
// TooLarge by the header alone, Truncated if the file ends early, Garbled for
// everything else. After EOI only 00 and FF may stand (some imagers pad their
// pictures); they stay part of the evidence.
func checkJPEG(b []byte) (dpi int, fault *devices.Fault) {
	p := jpegFile{b: b}
	if len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8 {
		return 0, fail(devices.Garbled, "the picture is no JPEG", nil)
	}
	for p.at = 2; !p.ended && p.fault == nil; {
		p.segment()
	}
	if p.fault == nil && p.odd {
		p.decode()
	}
	if p.fault != nil {
		return 0, p.fault
	}
	return p.dpi, nil
}

// jpegFile is a JPEG file on its way through checkJPEG.
type jpegFile struct {
	b     []byte
	at    int
	fault *devices.Fault
	ended bool // EOI has come
	dpi   int

	quant    [4][64]uint16 // by what each coefficient was divided, 0 if undefined
	tables   [2][4]huffman // DC, AC
	interval int           // MCUs between two restart markers, 0 for none

	frame      byte // the marker of the frame's header, 0 before it
	wide, high int
	parts      []part
	scanned    bool
	odd        bool // what the scan's walk does not know: image/jpeg has to say
}

// part is one component of the frame: gray, or one of three.
type part struct {
	id, tq byte
	h, v   int // data units in one MCU
}

func (p *jpegFile) bad(format string, args ...any) {
	if p.fault == nil {
		p.fault = fail(devices.Garbled, "the picture: "+fmt.Sprintf(format, args...), nil)
	}
}

func (p *jpegFile) cut() {
	if p.fault == nil {
		p.fault = fail(devices.Truncated, "the picture has no end", nil)
	}
}

// segment takes the marker at the present place and what belongs to it.
func (p *jpegFile) segment() {
	if p.at+2 > len(p.b) {
		p.cut()
		return
	}
	if p.b[p.at] != 0xFF {
		p.bad("no marker at byte %d", p.at)
		return
	}
	m := p.b[p.at+1]
	switch {
	case m == 0xFF: // a fill byte
		p.at++
		return
	case m == 0xD9:
		if p.ended = true; !p.scanned {
			p.bad("it holds nothing")
		}
		for _, c := range p.b[p.at+2:] {
			if c != 0 && c != 0xFF {
				p.bad("something after its end")
				break
			}
		}
		return
	case m >= 0xD0 && m <= 0xD7 && p.scanned: // some encoders end with one
		p.at += 2
		return
	}
	if p.at+4 > len(p.b) {
		p.cut()
		return
	}
	size := int(binary.BigEndian.Uint16(p.b[p.at+2:]))
	if size < 2 || m < 0xC0 {
		p.bad("marker 0x%02X with %d bytes at byte %d", m, size, p.at)
		return
	}
	if p.at+2+size > len(p.b) {
		p.cut()
		return
	}
	s := p.b[p.at+4 : p.at+2+size]
	p.at += 2 + size
	p.take(m, s)
}

// take reads the segment s of marker m.
func (p *jpegFile) take(m byte, s []byte) {
	switch {
	case m == 0xC0 || m == 0xC1 || m == 0xC2:
		p.header(m, s)
	case m == 0xC4:
		p.huffmanTables(s)
	case m == 0xDB:
		p.quantTables(s)
	case m == 0xDD:
		if len(s) != 2 {
			p.bad("a restart interval of %d bytes", len(s))
			return
		}
		p.interval = int(binary.BigEndian.Uint16(s))
	case m == 0xDA:
		p.scan(s)
	case m == 0xE0:
		p.dpi = max(p.dpi, jfifDPI(s))
	case m >= 0xE1 && m <= 0xEF || m == 0xFE:
	default:
		p.bad("marker 0x%02X", m)
	}
}

// header reads a frame's header (B.2.2), within what image/jpeg decodes.
func (p *jpegFile) header(m byte, s []byte) {
	if p.frame != 0 || len(s) < 6 || len(s) != 6+3*int(s[5]) || s[0] != 8 {
		p.bad("a frame header of %d bytes", len(s))
		return
	}
	p.frame = m
	p.high, p.wide = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	if p.high == 0 || p.wide == 0 {
		p.bad("%d×%d dots", p.wide, p.high)
		return
	}
	if p.high*p.wide > maxPixels {
		p.fault = fail(devices.TooLarge, fmt.Sprintf("a picture of %d×%d dots", p.wide, p.high), nil)
		return
	}
	for c := s[6:]; len(c) > 0; c = c[3:] {
		p.parts = append(p.parts, part{id: c[0], tq: c[2], h: int(c[1] >> 4), v: int(c[1] & 15)})
	}
	p.odd = m == 0xC2 || len(p.parts) != 1 && len(p.parts) != 3
	if !p.odd && !p.sampled() {
		p.bad("its components do not fit together")
	}
}

// sampled tells whether the components are such as image/jpeg decodes.
func (p *jpegFile) sampled() bool {
	units := 0
	for i, c := range p.parts {
		if c.tq > 3 || c.h < 1 || c.v < 1 || c.h > 4 || c.v > 4 || c.h == 3 || c.v == 3 {
			return false
		}
		for _, before := range p.parts[:i] {
			if before.id == c.id {
				return false
			}
		}
		units += c.h * c.v
	}
	if len(p.parts) == 1 {
		p.parts[0].h, p.parts[0].v = 1, 1 // A.2.2: one data unit, whatever is stated
		return true
	}
	y, u, v := p.parts[0], p.parts[1], p.parts[2]
	return units <= 10 && y.v != 4 && y.h%u.h == 0 && y.v%u.v == 0 && u.h == v.h && u.v == v.v
}

// quantTables reads DQT (B.2.4.1).
func (p *jpegFile) quantTables(s []byte) {
	for len(s) > 0 {
		id, size := s[0]&15, 1+64*(1+int(s[0]>>4))
		if id > 3 || s[0]>>4 > 1 || len(s) < size {
			p.bad("a quantization table")
			return
		}
		for i := range p.quant[id] {
			if s[0]>>4 == 0 {
				p.quant[id][i] = uint16(s[1+i])
			} else {
				p.quant[id][i] = binary.BigEndian.Uint16(s[1+2*i:])
			}
		}
		s = s[size:]
	}
}

// huffmanTables reads DHT (B.2.4.2).
func (p *jpegFile) huffmanTables(s []byte) {
	for len(s) > 0 {
		if len(s) < 17 || s[0]>>4 > 1 || s[0]&15 > 3 || p.frame == 0xC0 && s[0]&15 > 1 {
			p.bad("a Huffman table")
			return
		}
		n := 0
		for _, c := range s[1:17] {
			n += int(c)
		}
		if n == 0 || n > 256 || len(s) < 17+n || !p.tables[s[0]>>4][s[0]&15].set(s[1:17], s[17:17+n]) {
			p.bad("a Huffman table of %d codes", n)
			return
		}
		s = s[17+n:]
	}
}

// decode has image/jpeg read what the walk does not know: progressive
// pictures, four components, a scan for each component.
func (p *jpegFile) decode() {
	if p.wide*p.high > maxOddPixels {
		p.fault = fail(devices.TooLarge, fmt.Sprintf("a progressive picture of %d×%d dots", p.wide, p.high), nil)
		return
	}
	if _, err := jpeg.Decode(bytes.NewReader(p.b)); err != nil {
		p.bad("it does not decode: %v", err)
	}
}

// skipScan gives the place of the marker that ends the coded data at at.
func skipScan(b []byte, at int) int {
	for at+1 < len(b) {
		if b[at] == 0xFF && b[at+1] != 0 && (b[at+1] < 0xD0 || b[at+1] > 0xD7) {
			return at
		}
		at++
	}
	return len(b)
}

// jfifDPI reads the density of a JFIF segment, in dots an inch.
func jfifDPI(s []byte) int {
	if len(s) < 12 || string(s[:5]) != "JFIF\x00" {
		return 0
	}
	x := int(binary.BigEndian.Uint16(s[8:]))
	switch s[7] {
	case 1:
		return x
	case 2: // dots a centimetre
		return int(math.Round(float64(x) * 2.54))
	}
	return 0
}
