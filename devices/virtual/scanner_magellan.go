package virtual

import (
	"encoding/binary"
	"time"
)

// magellan is a Datalogic counter scanner with its picture command:
// P, a number, p and the parameters; the answer is ACK, the picture's length in
// four bytes, highest first, and the picture. A length of 0 says: not now.
type magellan struct {
	v    *Scanner
	buf  []byte
	held bool // a command waits for the trigger
}

const (
	magellanTaken   = 0x06
	magellanRefused = 0x07
)

func (p *magellan) reset() { *p = magellan{v: p.v} }

// hear finds commands: P 04 p S B C, or with two more parameters P 06 p S B C I F.
// Anything else is ignored.
func (p *magellan) hear(b []byte, _ time.Time) (out []*message) {
	for _, c := range b {
		switch n := len(p.buf); {
		case n == 0 && c != 'P', n == 1 && c != 4 && c != 6, n == 2 && c != 'p':
			p.buf = p.buf[:0]
			if c == 'P' {
				p.buf = append(p.buf, c)
			}
			continue
		}
		p.buf = append(p.buf, c)
		if n := len(p.buf); n > 2 && n == 2+int(p.buf[1]) {
			out = append(out, p.obey(string(p.buf[3:]))...)
			p.buf = p.buf[:0]
		}
	}
	return out
}

func (p *magellan) obey(params string) []*message {
	if !p.v.ordered() {
		return nil
	}
	p.v.settle(p.v.sending)
	if _, hit := p.v.refusal(true, true); hit || !magellanTakes(params) {
		return []*message{p.v.spoilReply([]byte{magellanRefused})}
	}
	if p.v.shipping() || p.v.times("busy") {
		return []*message{p.v.spoilReply([]byte{magellanTaken, 0, 0, 0, 0})}
	}
	if p.v.waits {
		p.held = true
		return nil
	}
	return p.shoot()
}

// magellanTakes tells whether the size, brightness and contrast (and, for the
// longer form, image and format) are ones the imager has.
func magellanTakes(s string) bool {
	if s[0] != 'S' && (s[0] < '0' || s[0] > '3') {
		return false
	}
	for _, c := range s[1:3] {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return false
		}
	}
	return len(s) == 3 || (s[3] == 'H' || s[3] == 'V') && s[4] == 'J' // the one format at hand
}

func (p *magellan) trigger() []*message {
	if !p.held {
		return nil
	}
	p.held = false
	return p.shoot()
}

func (p *magellan) shoot() []*message {
	s := p.v.look()
	if s == nil {
		return []*message{p.v.spoilReply([]byte{magellanRefused})}
	}
	spoil := p.v.spoils(true)
	frame := spoil.picture(s.jpeg)
	head := binary.BigEndian.AppendUint32([]byte{magellanTaken}, spoil.size(len(frame)))
	m, whole := spoil.block(head, frame)
	if whole {
		m.done = func() { p.v.off(s) }
	}
	return p.v.around(spoil, nil, m)
}

func (p *magellan) code(text string) []*message {
	return []*message{says(p.v.ended(text))}
}

// plain is a code reader without a protocol: each code ends with CR. It hears
// nothing.
type plain struct{ v *Scanner }

func (p *plain) reset()                            {}
func (p *plain) hear([]byte, time.Time) []*message { return nil }
func (p *plain) trigger() []*message               { return nil }
func (p *plain) code(text string) []*message       { return []*message{says(p.v.ended(text))} }
