package imaging

import (
	"bytes"
	"encoding/binary"
	"math"

	"servicepoint/kiosk"
)

// header is what the markers of a JPEG tell without decoding it.
type header struct {
	width, height int
	components    int
	subsampled    int  // pixels that share one colour sample
	progressive   bool // coded in several scans: decoding holds all coefficients
	dpi           int  // 0 if not stated
	complete      bool // the end marker is there
}

// readHeader follows the markers (ITU-T T.81, annex B) from the first to the
// end marker. It refuses what is no JPEG and the kinds that the archive format
// cannot take: other than 8 bits, other than gray or YCbCr colour, lossless
// and arithmetic coding.
func readHeader(b []byte) (header, error) {
	var h header
	if len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8 {
		return h, kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, nil)
	}
	adobe := -1
	for at := 2; ; {
		for at+1 < len(b) && b[at] == 0xFF && b[at+1] == 0xFF { // fill bytes
			at++
		}
		if at+1 < len(b) && b[at] == 0xFF && b[at+1] == 0xD9 {
			h.complete = true
			break
		}
		if at+4 > len(b) {
			break
		}
		marker, size := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if b[at] != 0xFF || marker < 0xC0 || size < 2 {
			return h, kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, nil)
		}
		if at+2+size > len(b) {
			break
		}
		segment := b[at+4 : at+2+size]
		at += 2 + size
		switch {
		case marker == 0xE0 && bytes.HasPrefix(segment, []byte("JFIF\x00")):
			h.dpi = jfifDPI(segment)
		case marker == 0xE1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) && h.dpi == 0:
			h.dpi = exifDPI(segment[6:])
		case marker == 0xEE && bytes.HasPrefix(segment, []byte("Adobe")) && len(segment) >= 12:
			adobe = int(segment[11])
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			if err := h.frame(marker, segment); err != nil {
				return h, err
			}
		case marker == 0xDA:
			at = scanEnd(b, at)
		}
	}
	if h.width == 0 {
		return h, kiosk.Fail(kiosk.Corrupt, truncatedOr(h.complete, CodeNotJPEG), nil)
	}
	// Adobe's marker says how colours are coded: 1 is YCbCr, the rest is not.
	if adobe >= 0 && h.components == 3 && adobe != 1 {
		return h, kiosk.Fail(kiosk.Invalid, CodeUnsupported, nil)
	}
	return h, nil
}

// truncatedOr names a file without a frame: cut short, or whole and empty.
func truncatedOr(complete bool, code kiosk.Code) kiosk.Code {
	if complete {
		return code
	}
	return CodeTruncated
}

// frame reads a frame header (SOF).
func (h *header) frame(marker byte, s []byte) error {
	if len(s) < 6 || h.width != 0 || len(s) != 6+3*int(s[5]) {
		return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, nil)
	}
	h.height, h.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	h.components, h.progressive = int(s[5]), marker == 0xC2
	if h.width == 0 || h.height == 0 {
		return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, nil)
	}
	if marker > 0xC2 || s[0] != 8 || h.components != 1 && h.components != 3 {
		return kiosk.Fail(kiosk.Invalid, CodeUnsupported, nil)
	}
	if h.components == 3 && s[6] == 'R' && s[9] == 'G' && s[12] == 'B' {
		return kiosk.Fail(kiosk.Invalid, CodeUnsupported, nil)
	}
	h.subsampled = 1
	if h.components == 3 {
		h.subsampled = max(1, int(s[7]>>4)*int(s[7]&15))
	}
	return nil
}

// memory is about what the decoder needs for the frame, in bytes.
func (h header) memory() int64 {
	pixels := int64(h.width) * int64(h.height)
	samples := pixels
	if h.components == 3 {
		samples += 2 * pixels / int64(min(4, h.subsampled))
	}
	if h.progressive {
		return 5 * samples // each sample and its coefficient of four bytes
	}
	return samples
}

// scanEnd gives the place of the first marker after the coded data at at.
func scanEnd(b []byte, at int) int {
	for at+1 < len(b) {
		i := bytes.IndexByte(b[at:len(b)-1], 0xFF)
		if i < 0 {
			break
		}
		at += i
		if m := b[at+1]; m != 0 && m != 0xFF && (m < 0xD0 || m > 0xD7) {
			return at
		}
		at++
	}
	return len(b)
}

// jfifDPI reads the density of a JFIF segment in dots an inch, 0 if it states
// only a ratio.
func jfifDPI(s []byte) int {
	if len(s) < 12 {
		return 0
	}
	return density(float64(binary.BigEndian.Uint16(s[8:])), int(s[7])+1)
}

// density turns x dots a unit into dots an inch; units are those of EXIF: 2 is
// the inch, 3 the centimetre.
func density(x float64, unit int) int {
	if unit == 3 {
		x *= 2.54
	} else if unit != 2 {
		return 0
	}
	if !(x >= 1 && x <= 10000) {
		return 0
	}
	return int(math.Round(x))
}

// exifDPI reads XResolution and ResolutionUnit of the first directory of a
// TIFF structure, 0 if they are missing or make no sense.
func exifDPI(t []byte) int {
	if len(t) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 0
	}
	entries := t[at+2:]
	x, unit := 0.0, 2 // the inch is EXIF's default
	for range order.Uint16(t[at:]) {
		if len(entries) < 12 {
			break
		}
		e := entries[:12]
		entries = entries[12:]
		switch order.Uint16(e) {
		case 0x011A: // XResolution, a fraction
			if v := int64(order.Uint32(e[8:])); v+8 <= int64(len(t)) {
				x = float64(order.Uint32(t[v:])) / float64(order.Uint32(t[v+4:]))
			}
		case 0x0128: // ResolutionUnit
			unit = int(order.Uint16(e[8:]))
		}
	}
	return density(x, unit)
}
