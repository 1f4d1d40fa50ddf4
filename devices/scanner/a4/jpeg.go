package a4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"math"
	"time"

	"servicepoint/devices"
)

// The bounds of one page. A sheet of A4 at 600 dpi has 35 million pixels.
const (
	maxPage        = 40 << 20 // bytes
	maxPixels      = 60_000_000
	maxProgressive = 25_000_000 // decoding one holds 4 bytes for each sample
)

const wantDPI = 300

// a4 paper in millimetres.
const (
	paperWidth  = 210
	paperHeight = 297
)

// newSheet makes a sheet of a page once it is proved whole. dpi counts if the
// picture itself does not say.
func newSheet(n int, b []byte, dpi int, took time.Duration) (devices.Sheet, *devices.Fault) {
	stated, fault := checkJPEG(b)
	if fault != nil {
		return devices.Sheet{}, fault
	}
	if stated > 0 {
		dpi = stated
	}
	return devices.Sheet{N: n, Bytes: b, MIME: "image/jpeg", DPI: dpi, Verified: devices.Decoded, Took: took}, nil
}

// checkJPEG proves that a page is a JPEG which is whole: its markers lead from
// SOI to EOI (ITU-T T.81, annex B), its size is within bounds, and then it is
// decoded. It gives the dots an inch the file states, or 0.
func checkJPEG(b []byte) (dpi int, fault *devices.Fault) {
	f, fault := readFrame(b)
	if fault != nil {
		return 0, fault
	}
	limit := maxPixels
	if f.progressive {
		limit = maxProgressive
	}
	if f.width*f.height > limit {
		return 0, fail(devices.TooLarge, fmt.Sprintf("a picture of %d x %d", f.width, f.height), nil)
	}
	if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
		if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
			return 0, fail(devices.Garbled, "a picture of an unusual kind", err)
		}
		return 0, fail(devices.Truncated, "the picture does not decode", err)
	}
	return f.dpi, nil
}

// frame is what the headers of a picture say.
type frame struct {
	width, height, dpi int
	progressive        bool
}

func readFrame(b []byte) (f frame, fault *devices.Fault) {
	if len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8 {
		return f, fail(devices.Garbled, "the page is no JPEG", nil)
	}
	cut := fail(devices.Truncated, "the picture has no end", nil)
	for at, scan := 2, false; ; {
		if at+2 > len(b) {
			return f, cut
		}
		if b[at] != 0xFF {
			return f, fail(devices.Truncated, fmt.Sprintf("no marker at byte %d of the picture", at), nil)
		}
		m := b[at+1]
		switch {
		case m == 0xFF: // a fill byte
			at++
			continue
		case m == 0xD9 && f.width > 0 && scan:
			return f, nil
		case m <= 0x01 || m >= 0xD0 && m <= 0xD9:
			return f, fail(devices.Truncated, fmt.Sprintf("marker 0x%02X at byte %d of the picture", m, at), nil)
		}
		if at+4 > len(b) {
			return f, cut
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 || at+2+size > len(b) {
			return f, cut
		}
		f.segment(m, b[at+4:at+2+size])
		at += 2 + size
		if m == 0xDA {
			scan = true
			at = skipScan(b, at)
		}
	}
}

// segment takes what matters here out of one marker segment.
func (f *frame) segment(m byte, s []byte) {
	switch {
	case m == 0xE0:
		f.dpi = max(f.dpi, jfifDPI(s))
	case m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC && len(s) >= 6:
		f.height, f.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
		f.progressive = m == 0xC2
	}
}

// skipScan gives the place of the marker that ends the coded data at at.
func skipScan(b []byte, at int) int {
	for at+1 < len(b) {
		i := bytes.IndexByte(b[at:len(b)-1], 0xFF)
		if i < 0 {
			break
		}
		at += i
		if next := b[at+1]; next != 0 && (next < 0xD0 || next > 0xD7) {
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
