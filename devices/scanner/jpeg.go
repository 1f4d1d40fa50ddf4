package scanner

import (
	"encoding/binary"
	"fmt"
	"math"

	"servicepoint/devices"
)

// checkJPEG follows the markers of a picture (ITU-T T.81, annex B) without
// decoding it: that is imaging's work. It gives the dots an inch the file
// states, or 0, and a fault if the file does not begin with SOI, is not well
// formed, holds no scan or has no EOI. Bytes after EOI (some imagers pad their
// pictures) stay part of the evidence.
func checkJPEG(b []byte) (dpi int, fault *devices.Fault) {
	if len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8 {
		return 0, fail(devices.Garbled, "the picture is no JPEG", nil)
	}
	at, frame, scan := 2, false, false
	for {
		if at+2 > len(b) {
			return 0, fail(devices.Truncated, "the picture has no end", nil)
		}
		if b[at] != 0xFF {
			return 0, fail(devices.Garbled, fmt.Sprintf("no marker at byte %d of the picture", at), nil)
		}
		m := b[at+1]
		switch {
		case m == 0xFF: // a fill byte
			at++
			continue
		case m == 0xD9 && frame && scan:
			return dpi, nil
		case m == 0xD9:
			return 0, fail(devices.Garbled, "the picture holds nothing", nil)
		case m == 0x00 || m == 0x01 || m >= 0xD0 && m <= 0xD8:
			return 0, fail(devices.Garbled, fmt.Sprintf("marker 0x%02X at byte %d of the picture", m, at), nil)
		}
		if at+4 > len(b) {
			return 0, fail(devices.Truncated, "the picture has no end", nil)
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 {
			return 0, fail(devices.Garbled, fmt.Sprintf("a segment of %d bytes in the picture", size), nil)
		}
		if at+2+size > len(b) {
			return 0, fail(devices.Truncated, "the picture has no end", nil)
		}
		segment := b[at+4 : at+2+size]
		at += 2 + size
		switch {
		case m == 0xE0:
			dpi = max(dpi, jfifDPI(segment))
		case isFrame(m):
			frame = len(segment) >= 6 && segment[1]|segment[2] != 0 && segment[3]|segment[4] != 0
		case m == 0xDA:
			scan = true
			at = skipScan(b, at)
		}
	}
}

// isFrame tells the frame headers SOF0–SOF15 from the other markers between.
func isFrame(m byte) bool {
	return m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC
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
