package printer

import (
	"fmt"

	"servicepoint/devices"
)

// part is a run of whole commands: the driver may ask for the printer's state
// between two parts and nowhere else.
type part struct {
	bytes []byte
	rows  int
	asks  bool // ends with GS r, which will be answered
}

// job is a slip on its way: its parts in order and the process IDs that mark
// the end of its body and its cut.
type job struct {
	parts     []part
	body, cut string
	rows      int
	size      int64
	largest   int // bytes in the longest part
	encoding  devices.Encoding
	changed   []devices.Dot // printed inverted, see scrub
}

// chunk is one whole command, or a few that belong together, with the rows of
// paper that they take.
type chunk struct {
	bytes []byte
	rows  int
	spans []span // within bytes
}

var (
	startJob      = []byte{0x1b, '@', 0x1c, '.'} // clear modes; clones start in Chinese mode
	autoStatusOn  = []byte{0x1d, 'a', 0x0e}      // online, errors, paper
	queuedRequest = []byte{0x1d, 'r', 1}
)

// processID asks for an ID of four characters to come back once everything
// before it is on paper.
func processID(id string) []byte {
	return append([]byte{0x1d, '(', 'H', 6, 0, 0x30, 0x30}, id...)
}

// encode writes the slip as commands, in the shorter of the encodings that the
// printer understands. The printed dots are those of Slip.Paint, but for those
// in the job's changed. A slip that is wider than the head is a Fault.
func encode(pr Profile, slip devices.Slip, body, cut string) (*job, error) {
	if err := pr.bounds(); err != nil {
		return nil, fmt.Errorf("encode slip: profile %q is out of bounds: %w", pr.Name, err)
	}
	if err := checkSlip(slip); err != nil {
		return nil, fmt.Errorf("encode slip: %w", err)
	}
	if slip.Width > pr.Width {
		return nil, newFault(devices.TooWide, fmt.Sprintf("%d dots for a head of %d", slip.Width, pr.Width))
	}
	pic := slip.Paint()
	m := measured(pic)
	encoding, content := devices.RasterEncoding, rasterChunks(pr, pic, m, 0, pic.Height)
	if pr.Encoding == devices.GlyphEncoding {
		if glyphs := glyphChunks(pr, slip, pic, m); glyphs != nil && length(glyphs) < length(content) {
			encoding, content = devices.GlyphEncoding, glyphs
		}
	}
	return assemble(pr, encoding, content, body, cut), nil
}

// checkSlip refuses what cannot be painted.
func checkSlip(s devices.Slip) error {
	if s.Width < 1 {
		return fmt.Errorf("a slip %d dots wide", s.Width)
	}
	for i, r := range s.Rows {
		if r.Raster != nil {
			if r.Raster.Width < 0 || r.Raster.Height < 0 || len(r.Raster.Bits) < r.Raster.Stride()*r.Raster.Height {
				return fmt.Errorf("row %d: a picture of %d by %d with %d bytes", i, r.Raster.Width, r.Raster.Height, len(r.Raster.Bits))
			}
			continue
		}
		if r.Scale < 0 || r.Scale > 2 {
			return fmt.Errorf("row %d: letters of %d times their size", i, r.Scale)
		}
		for _, c := range r.Cells {
			if int(c) >= len(s.Glyphs) {
				return fmt.Errorf("row %d: glyph %d of %d", i, c, len(s.Glyphs))
			}
		}
	}
	return nil
}

func length(chunks []chunk) (n int) {
	for _, c := range chunks {
		n += len(c.bytes)
	}
	return n
}

// assemble puts what a job begins and ends with around its content, cuts it
// into parts and scrubs the whole.
func assemble(pr Profile, encoding devices.Encoding, content []chunk, body, cut string) *job {
	j := &job{body: body, cut: cut, encoding: encoding}
	start := append([]byte(nil), startJob...)
	if pr.SetUnits {
		start = append(start, 0x1d, 'P', byte(pr.DPI), byte(pr.DPI))
	}
	if pr.AutoStatus {
		start = append(start, autoStatusOn...) // ESC @ has turned it off
	}
	var spans []span
	at := j.add(0, false, chunk{bytes: start})
	asks := pr.Queued && pr.Window > 0
	limit := pr.partLimit()
	if asks {
		limit -= len(queuedRequest)
	}
	for len(content) > 0 {
		n, size := 1, len(content[0].bytes)
		for n < len(content) && size+len(content[n].bytes) <= limit && !pr.exposed {
			size += len(content[n].bytes)
			n++
		}
		begin := at
		for _, c := range content[:n] {
			for _, s := range c.spans {
				s.from, s.to = s.from+begin, s.to+begin
				spans = append(spans, s)
			}
			begin += len(c.bytes)
		}
		at = j.add(at, asks, content[:n]...)
		content = content[n:]
	}
	if pr.ProcessID {
		at = j.add(at, false, chunk{bytes: processID(body)})
	}
	end := append([]byte(nil), pr.Cut...)
	if pr.ProcessID {
		end = append(end, processID(cut)...)
	}
	j.add(at, pr.Queued && !pr.ProcessID, chunk{bytes: end})
	j.scrub(spans)
	return j
}

// add adds a part at a place in the stream and gives the place behind it.
func (j *job) add(at int, asks bool, chunks ...chunk) int {
	p := part{asks: asks}
	for _, c := range chunks {
		p.bytes = append(p.bytes, c.bytes...)
		p.rows += c.rows
	}
	if asks {
		p.bytes = append(p.bytes, queuedRequest...)
	}
	j.parts = append(j.parts, p)
	j.rows += p.rows
	j.size += int64(len(p.bytes))
	j.largest = max(j.largest, len(p.bytes))
	return at + len(p.bytes)
}

// scrub goes over the whole stream: a command could lie across two parts.
func (j *job) scrub(spans []span) {
	all := make([]byte, 0, j.size)
	for _, p := range j.parts {
		all = append(all, p.bytes...)
	}
	j.changed = scrub(all, spans)
	for i := range j.parts {
		n := len(j.parts[i].bytes)
		j.parts[i].bytes, all = all[:n:n], all[n:]
	}
}

// idText writes a counter as four base-36 characters.
func idText(n uint32) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b [4]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[n%36]
		n /= 36
	}
	return string(b[:])
}
