package pdfa

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"servicepoint/kiosk"
)

// maxHead bounds what may stand before the scan: previews and colour profiles
// in APPn segments are never embedded larger by any scanner we know.
const maxHead = 1 << 20

// frame is what a JPEG says of itself before its scan (ITU-T T.81, B.2).
type frame struct {
	width, height, components int
	ids                       [3]byte
	adobe                     int // the colour transform of an Adobe APP14 segment, -1 without one
}

// readFrame reads up to and including the first SOS marker's code, appending
// every byte it reads to kept, and refuses what cannot be embedded unchanged.
func readFrame(r *bufio.Reader, kept *bytes.Buffer) (frame, error) {
	f := frame{adobe: -1}
	s := segments{r: r, kept: kept}
	if m, err := s.marker(); err != nil || m != 0xD8 {
		return f, s.fail("does not begin with SOI", err)
	}
	for {
		m, err := s.marker()
		if err != nil {
			return f, s.fail("no marker where one must be", err)
		}
		if m == 0xDA {
			break
		}
		if m == 0xD8 || m == 0xD9 || m == 0x01 || m >= 0xD0 && m <= 0xD7 {
			return f, s.fail(fmt.Sprintf("marker %#x before the scan", m), nil)
		}
		body, err := s.body()
		if err != nil {
			return f, s.fail("a segment is cut short", err)
		}
		switch {
		case m == 0xEE && len(body) >= 12 && string(body[:5]) == "Adobe":
			f.adobe = int(body[11])
		case m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC:
			if err := f.parse(m, body); err != nil {
				return f, err
			}
		}
	}
	return f, f.check()
}

// parse reads a frame header: SOF0, SOF1 and SOF2 are the processes that
// DCTDecode knows.
func (f *frame) parse(marker byte, body []byte) error {
	if f.components != 0 {
		return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, errors.New("two frames"))
	}
	if marker > 0xC2 {
		return kiosk.Fail(kiosk.Corrupt, CodeUnsupported, fmt.Errorf("process SOF%d", marker-0xC0))
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, errors.New("malformed frame header"))
	}
	if body[0] != 8 {
		return kiosk.Fail(kiosk.Corrupt, CodeUnsupported, fmt.Errorf("%d bits a sample", body[0]))
	}
	f.height, f.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	f.components = int(body[5])
	if f.components != 1 && f.components != 3 {
		return kiosk.Fail(kiosk.Corrupt, CodeUnsupported, fmt.Errorf("%d components", f.components))
	}
	for i := range f.components {
		f.ids[i] = body[6+3*i]
	}
	return nil
}

func (f frame) check() error {
	switch {
	case f.components == 0 || f.width == 0 || f.height == 0:
		return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, errors.New("no frame with a size before the scan"))
	case f.components == 3 && (f.adobe == 0 || f.ids == [3]byte{'R', 'G', 'B'}):
		// Stored RGB is seldom, and viewers disagree on how to know it.
		return kiosk.Fail(kiosk.Corrupt, CodeUnsupported, errors.New("stored as RGB"))
	}
	return nil
}

// segments reads a JPEG's marker segments and keeps every byte.
type segments struct {
	r    *bufio.Reader
	kept *bytes.Buffer
	io   error // trouble of the source itself
}

var errHeadTooLong = errors.New("too much before the scan")

func (s *segments) byte() (byte, error) {
	if s.kept.Len() >= maxHead {
		return 0, errHeadTooLong
	}
	b, err := s.r.ReadByte()
	if err != nil {
		if err != io.EOF {
			s.io = err
		}
		return 0, err
	}
	s.kept.WriteByte(b)
	return b, nil
}

// marker reads FF, any more FF as fill, and the marker's code.
func (s *segments) marker() (byte, error) {
	b, err := s.byte()
	if err != nil {
		return 0, err
	}
	if b != 0xFF {
		return 0, errors.New("not a marker")
	}
	for b == 0xFF {
		if b, err = s.byte(); err != nil {
			return 0, err
		}
	}
	return b, nil
}

// body reads a segment's length and gives the bytes after it, valid until the
// next read.
func (s *segments) body() ([]byte, error) {
	hi, err := s.byte()
	if err != nil {
		return nil, err
	}
	lo, err := s.byte()
	if err != nil {
		return nil, err
	}
	n := int(hi)<<8 | int(lo)
	if n < 2 {
		return nil, errors.New("segment length below 2")
	}
	if s.kept.Len()+n > maxHead {
		return nil, errHeadTooLong
	}
	from := s.kept.Len()
	if _, err := io.CopyN(s.kept, s.r, int64(n-2)); err != nil {
		if err != io.EOF {
			s.io = err
		}
		return nil, err
	}
	return s.kept.Bytes()[from:], nil
}

func (s *segments) fail(what string, err error) error {
	if s.io != nil {
		return s.io
	}
	if err != nil {
		what = fmt.Sprintf("%s: %v", what, err)
	}
	return kiosk.Fail(kiosk.Corrupt, CodeNotJPEG, errors.New(what))
}
