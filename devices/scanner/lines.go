package scanner

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"servicepoint/devices"
)

const (
	maxLine   = 4096                  // bytes of one unframed code
	lineQuiet = 60 * time.Millisecond // ends an unframed code without CR
)

// lines cuts a stream of unframed codes apart: each ends with CR or LF, or by
// silence.
type lines struct{ buf []byte }

// put takes the next byte. ended tells that a line has ended, raw is its text,
// nil if it holds none; long, that it has grown beyond all reason.
func (l *lines) put(c byte) (raw []byte, ended, long bool) {
	switch {
	case c == '\r' || c == '\n':
		return l.end(), true, false
	case len(l.buf) == maxLine:
		return nil, false, true
	}
	l.buf = append(l.buf, c)
	return nil, false, false
}

// end gives the line as far as it has come, or nil if it is empty or holds
// what no code's text does: then it is noise, or a reply that came too late.
func (l *lines) end() []byte {
	raw := bytes.Clone(l.buf)
	l.buf = l.buf[:0]
	for _, c := range raw {
		// ISO/IEC 15434 separates fields by EOT, FS, GS, RS and US.
		if c < ' ' && c != '\t' && c != 0x04 && (c < 0x1C || c > 0x1F) || c == 0x7F {
			return nil
		}
	}
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// plain is the talk of a reader that sends each code as a line and hears
// nothing: it is ready as soon as its line is open.
type plain struct {
	x     *session
	line  lines
	fault *devices.Fault
	lost  bool // in a line without an end; everything is ignored until resync
}

func (p *plain) feed(b []byte) {
	for _, c := range b {
		if p.lost {
			return
		}
		raw, _, long := p.line.put(c)
		if raw != nil {
			p.x.code(devices.Code{Raw: raw})
		}
		if long {
			p.lost = true
			p.fault = fail(devices.Garbled, fmt.Sprintf("more than %d bytes without an end", maxLine), nil)
		}
	}
}

func (p *plain) patience() time.Duration {
	if len(p.line.buf) == 0 || p.lost {
		return 0
	}
	return lineQuiet
}

func (p *plain) silence() {
	if raw := p.line.end(); raw != nil {
		p.x.code(devices.Code{Raw: raw})
	}
}

// resync waits, after a line without an end, until that is over. There is no
// need to wait for silence when the line has just been opened.
func (p *plain) resync(ctx context.Context) *devices.Fault {
	if !p.lost {
		return nil
	}
	fault := p.x.discard(ctx, 0)
	p.line, p.lost, p.fault = lines{}, false, nil
	return fault
}

func (p *plain) snap(context.Context, devices.ScanRequest, devices.Progress) (devices.Sheet, *devices.Fault) {
	return devices.Sheet{}, fail(devices.Refused, "the device reads codes only", nil)
}

func (p *plain) strayed() *devices.Fault {
	fault := p.fault
	p.fault = nil
	return fault
}

func (p *plain) capabilities() devices.Capabilities { return devices.Capabilities{Codes: true} }
