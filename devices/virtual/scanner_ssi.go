package virtual

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"time"
)

// ssi is an imager that speaks Zebra's Simple Serial Interface.
type ssi struct {
	v       *Scanner
	buf     []byte
	last    time.Time
	params  map[int]byte
	mode    byte // 0 decode, 1 snapshot, 2 video
	off     bool // scanning is disabled
	waiting bool // a session waits for the trigger
	held    []string
	prev    []byte // the last command, to know it when it comes again
	reply   []byte
}

func (p *ssi) reset() {
	*p = ssi{v: p.v, params: map[int]byte{paramHandshake: 1}}
}

// hear cuts what the host sent into packets. What cannot begin a packet (a
// wake-up byte, noise) is skipped; after a wrong checksum all is dropped.
func (p *ssi) hear(b []byte, now time.Time) (out []*message) {
	if now.Sub(p.last) > ssiGap {
		p.buf = p.buf[:0]
	}
	p.last = now
	p.buf = append(p.buf, b...)
	for len(p.buf) > 0 {
		n := int(p.buf[0])
		if n < 4 {
			p.buf = p.buf[1:]
			continue
		}
		if len(p.buf) < n+2 {
			break
		}
		pkt := bytes.Clone(p.buf[:n+2])
		if !ssiSound(pkt) {
			p.buf = p.buf[:0]
			out = append(out, p.nak(ssiResend)...)
			break
		}
		p.buf = p.buf[n+2:]
		out = append(out, p.obey(pkt[1], pkt[3], pkt[4:n])...)
	}
	return out
}

// obey carries out one packet of the host.
func (p *ssi) obey(op, status byte, data []byte) []*message {
	switch op {
	case opAck, opSegmentAck:
		p.v.answered(ssiAcked)
		return nil
	case opNak:
		cause := byte(ssiResend)
		if len(data) > 0 && data[0] != ssiAcked {
			cause = data[0]
		}
		p.v.answered(cause)
		return nil
	}
	command := append([]byte{op}, data...)
	if status&ssiAgain != 0 && bytes.Equal(command, p.prev) && p.reply != nil {
		return []*message{says(p.reply)} // the host missed our reply
	}
	if !p.v.ordered() {
		return nil
	}
	if status&ssiPermanent != 0 {
		p.v.stored++
	}
	p.prev, p.reply = command, nil
	if cause, hit := p.v.refusal(op == opMode, op == opStart); hit {
		return p.nak(cause)
	}
	switch op {
	case opStart:
		return p.start()
	case opStop:
		p.waiting = false
		p.v.drop(true)
	case opFlush:
		p.waiting, p.held = false, nil
		p.v.drop(false)
	case opEnable, opDisable:
		p.off = op == opDisable
	case opLightOn, opLightOff, opAimOn, opAimOff, opBeep:
	default:
		return p.set(op, data)
	}
	return p.ack()
}

// set carries out the commands about settings.
func (p *ssi) set(op byte, data []byte) []*message {
	switch op {
	case opParam:
		if !p.store(data) {
			return p.nak(ssiBad)
		}
		return p.ack()
	case opAskParam:
		return p.replies(opParam, p.lookUp(data))
	case opDefaults:
		p.params = map[int]byte{paramHandshake: 1}
		return p.ack()
	case opAskRevision:
		return p.replies(opRevision, []byte("VIRTUAL1.00 01 SSI 01"))
	case opAskAbilities:
		// All rates; no misc; several packets; the commands we know.
		return p.replies(opAbilities, []byte{0xFF, 0xFF, 0, 2, opAskRevision, opParam, opFlush, opStart, opStop, opEnable, opDisable, opMode})
	case opMode:
		if len(data) != 1 || data[0] > 2 {
			return p.nak(ssiBad)
		}
		p.mode, p.waiting = data[0], false
		out := p.ack()
		if p.mode == 0 {
			for _, text := range p.held {
				out = append(out, p.code(text)...)
			}
			p.held = nil
		}
		return out
	}
	return p.nak(ssiBad)
}

// store takes pairs of a parameter and its value, behind one byte of beeper.
// F0 in front of a number adds 256 to it.
func (p *ssi) store(data []byte) bool {
	if len(data) < 3 {
		return false
	}
	set := map[int]byte{}
	for rest := data[1:]; len(rest) > 0; {
		n, size := int(rest[0]), 1
		if n == 0xF0 && len(rest) > 1 {
			n, size = 0x100+int(rest[1]), 2
		}
		if len(rest) < size+1 {
			return false
		}
		set[n] = rest[size]
		rest = rest[size+1:]
	}
	for n, value := range set {
		p.params[n] = value
	}
	return true
}

// lookUp gives the parameters asked for, behind one byte of beeper.
func (p *ssi) lookUp(data []byte) []byte {
	out := []byte{0xFF}
	for i := 0; i < len(data) && len(out) < 240; i++ {
		if data[i] == 0xF0 && i+1 < len(data) {
			i++
			out = append(out, 0xF0, data[i], p.params[0x100+int(data[i])])
			continue
		}
		out = append(out, data[i], p.params[int(data[i])])
	}
	return out
}

func (p *ssi) ack() []*message             { return p.replies(opAck, nil) }
func (p *ssi) nak(cause byte) []*message   { return p.replies(opNak, []byte{cause}) }
func (p *ssi) handshakes() bool            { return p.params[paramHandshake] != 0 }
func ssiReply(op byte, data []byte) []byte { return ssiPacket(op, 0, data) }

// replies is the answer to a command; with software handshaking off there are
// no ACK and NAK.
func (p *ssi) replies(op byte, data []byte) []*message {
	if (op == opAck || op == opNak) && !p.handshakes() {
		return nil
	}
	p.reply = ssiReply(op, data)
	return []*message{p.v.spoilReply(p.reply)}
}

// start opens a session: in the picture modes it ships the top sheet.
func (p *ssi) start() []*message {
	switch {
	case p.off:
		return p.nak(ssiDenied)
	case p.mode == 0:
		return p.ack()
	case p.v.waits:
		p.waiting = true
		return p.ack()
	}
	s := p.v.look()
	if s == nil {
		return p.nak(ssiBad)
	}
	return p.shoot(p.ack(), s)
}

func (p *ssi) trigger() []*message {
	if !p.waiting {
		return nil
	}
	p.waiting = false
	if s := p.v.look(); s != nil {
		return p.shoot(nil, s)
	}
	return nil
}

// shoot ships a picture in packets; in snapshot mode the sheet leaves the pile
// when the last of them is acknowledged.
func (p *ssi) shoot(reply []*message, s *sheet) []*message {
	op := byte(opImage)
	if p.mode == 2 {
		op = opVideo
	}
	spoil := p.v.spoils(true)
	frame := spoil.picture(s.jpeg)
	m := &message{ship: true, slow: spoil.slow, parts: p.parts(op, append(ssiPreamble(frame, spoil), frame...))}
	whole := spoil.packets(m)
	if op == opImage && whole {
		m.done = func() { p.v.off(s) }
	}
	if code, during := spoil.code("code_during"); during {
		at := len(m.parts) / 2
		var extra []part
		for _, c := range p.decode(code) {
			extra = append(extra, c.parts...)
		}
		m.parts = append(m.parts[:at:at], append(extra, m.parts[at:]...)...)
	}
	return p.v.around(spoil, reply, m)
}

// ssiPreamble is what stands before a picture: size, width, height, type (31h
// is JPEG), bits a dot.
func ssiPreamble(frame []byte, s spoil) []byte {
	c, err := jpeg.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		c.Width, c.Height = 0, 0
	}
	b := binary.BigEndian.AppendUint32(nil, s.size(len(frame)))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Width))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Height))
	return append(b, 0x31, 8)
}

// parts cuts a message into packets, all but the last marked with "more".
func (p *ssi) parts(op byte, data []byte) (out []part) {
	const most = 255 - 4
	for {
		n, status := min(most, len(data)), byte(0)
		if n < len(data) {
			status = ssiMore
		}
		next := part{bytes: ssiPacket(op, status, data[:n])}
		if p.handshakes() {
			next.again = ssiPacket(op, status|ssiAgain, data[:n])
		}
		out = append(out, next)
		if data = data[n:]; len(data) == 0 {
			return out
		}
	}
}

// code is a QR code that was read: only in decode mode, so that one held under
// the imager during a picture is read afterwards.
func (p *ssi) code(text string) []*message {
	if p.off {
		return nil
	}
	if p.mode != 0 {
		if len(p.held) < 16 {
			p.held = append(p.held, text)
		}
		return nil
	}
	return p.decode(text)
}

// decode makes the message of a code: bare, as from the factory, or in packets.
func (p *ssi) decode(text string) []*message {
	if p.params[paramPacketed] == 0 {
		return []*message{says(p.v.ended(text))}
	}
	if _, hit := p.v.armed["segments"]; hit {
		delete(p.v.armed, "segments")
		return []*message{{parts: p.segments(text)}}
	}
	return []*message{{parts: p.parts(opDecode, append([]byte{ssiQR}, text...))}}
}

// segments wraps a code the way newer imagers wrap long ones: each packet has
// its number first; the first goes on with the inner message's head, which
// ends with the code type and the length of the text.
func (p *ssi) segments(text string) (out []part) {
	inner := binary.BigEndian.AppendUint16([]byte{opDecode, 0, 0, 0, 0, ssiQR, 0}, uint16(len(text)))
	inner = append(inner, text...)
	const most = 255 - 5
	for i := byte(0); ; i++ {
		n, status := min(most, len(inner)), byte(0)
		if n < len(inner) {
			status = ssiMore
		}
		data := append([]byte{i}, inner[:n]...)
		next := part{bytes: ssiPacket(opSegment, status, data)}
		if p.handshakes() {
			next.again = ssiPacket(opSegment, status|ssiAgain, data)
		}
		out = append(out, next)
		if inner = inner[n:]; len(inner) == 0 {
			return out
		}
	}
}
