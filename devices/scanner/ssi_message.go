package scanner

import (
	"bytes"
	"encoding/binary"
	"time"

	"servicepoint/devices"
)

// The kinds of DECODE_DATA that are no code.
const (
	ssiNoRead  = "\x01NR" // a session ended without a code; set-up asks to be told
	ssiCapture = 0x69     // a picture of a signature or label
)

const (
	ssiParts = 255             // pieces of one message at most
	ssiJoin  = 5 * time.Second // pieces further apart belong to two messages
)

// ssiJoiner collects the pieces of one long code.
type ssiJoiner struct {
	data []byte
	cuts []int // where in data each piece begins
	over bool  // it is longer than any code, or no code: the rest is dropped
	at   time.Time
}

// add takes one piece.
func (j *ssiJoiner) add(b []byte, now time.Time) {
	if len(j.cuts) > 0 && now.Sub(j.at) > ssiJoin {
		j.reset()
	}
	j.at = now
	j.cuts = append(j.cuts, len(j.data))
	if j.over = j.over || len(j.data)+len(b) > maxDecode || len(j.cuts) > ssiParts; j.over {
		j.data, j.cuts = j.data[:0], append(j.cuts[:0], 0)
		return
	}
	j.data = append(j.data, b...)
}

func (j *ssiJoiner) reset() { *j = ssiJoiner{data: j.data[:0], cuts: j.cuts[:0]} }

// piece is the nth piece.
func (j *ssiJoiner) piece(n int) []byte {
	if n+1 < len(j.cuts) {
		return j.data[j.cuts[n]:j.cuts[n+1]]
	}
	return j.data[j.cuts[n]:]
}

// lead gives the byte that each piece begins with if every piece's is step
// more than the one's before; ok is false otherwise.
func (j *ssiJoiner) lead(step byte) (first byte, ok bool) {
	for n := range j.cuts {
		p := j.piece(n)
		if len(p) == 0 || n > 0 && p[0] != first+byte(n)*step {
			return 0, false
		}
		if n == 0 {
			first = p[0]
		}
	}
	return first, len(j.cuts) > 0
}

// joined is all pieces without the first skip bytes of each but the first,
// and without the first skipFirst bytes of that.
func (j *ssiJoiner) joined(skipFirst, skip int) []byte {
	var out []byte
	for n := range j.cuts {
		p := j.piece(n)
		if n == 0 {
			out = append(out, p[min(skipFirst, len(p)):]...)
		} else {
			out = append(out, p[min(skip, len(p)):]...)
		}
	}
	return out
}

// decoded is the code type and data of a DECODE_DATA message. The manuals
// leave open whether each of its packets begins with the code type or only the
// first: if all begin with the same byte, it is the type. (Types of codes that
// need several packets are no letters.)
func (j *ssiJoiner) decoded() []byte {
	if _, ok := j.lead(0); ok {
		return j.joined(0, 1)
	}
	return j.joined(0, 0)
}

// ssiWrap is the head of a segmented message as newer units send it: in the
// first segment, after the segment's number, the opcode of the message, four
// bytes with the length of what follows, the code type, one byte, the length of
// the data in two. Later segments hold only their number and data, and on some
// units no status bit says which is the last: the length does.
const ssiWrap = 1 + 1 + 4 + 1 + 1 + 2

// wrapped gives the bytes of data that a segmented message announces, 0 if its
// first segment does not begin so.
func (j *ssiJoiner) wrapped() int {
	if len(j.cuts) == 0 {
		return 0
	}
	p := j.piece(0)
	if len(p) < ssiWrap || p[0] > 1 || p[1] != ssiDecode || p[2] != 0 || p[3] != 0 {
		return 0
	}
	size := int(binary.BigEndian.Uint16(p[8:]))
	if size < len(p)-ssiWrap {
		return 0
	}
	return size
}

// segments reads MULTIPACKET_SEGMENTs, of which no manual says more than the
// opcode. It gives the code type and data once they are complete; more is the
// last one's status bit. Units in the field wrap a decode as in ssiWrap.
// Otherwise the pieces, less a number at the head of each if they carry one
// that counts up from 0 or 1, are taken as DECODE_DATA's data, with or without
// its opcode or its whole head before.
func (j *ssiJoiner) segments(more bool) (decoded []byte, whole bool) {
	if size := j.wrapped(); size > 0 {
		data := j.joined(ssiWrap, 1)
		if len(data) < size {
			return nil, false
		}
		return append([]byte{j.piece(0)[6]}, data[:size]...), true
	}
	if more {
		return nil, false
	}
	skip := 0
	if first, ok := j.lead(1); ok && first <= 1 && (len(j.cuts) > 1 || len(j.data) > 1 && j.data[1] == ssiDecode) {
		skip = 1
	}
	out := j.joined(skip, skip)
	switch {
	case len(out) > ssiHead && out[1] == ssiDecode && out[2] <= ssiSource:
		out = out[ssiHead:]
	case len(out) > 1 && out[0] == ssiDecode:
		out = out[1:]
	}
	return out, true
}

// decode takes one packet of DECODE_DATA.
func (z *ssi) decode(p ssiPacket) {
	more := p.status&ssiMore != 0
	if !more && len(z.code.cuts) == 0 {
		z.deliver(p.data)
		return
	}
	if len(z.code.cuts) == 0 && len(p.data) > 0 && p.data[0] == ssiCapture {
		z.code.over = true
	}
	z.code.add(p.data, time.Now())
	if more {
		return
	}
	if !z.code.over {
		z.deliver(z.code.decoded())
	}
	z.code.reset()
}

// segment takes one MULTIPACKET_SEGMENT.
func (z *ssi) segment(p ssiPacket) {
	more := p.status&ssiMore != 0
	z.long.add(p.data, time.Now())
	decoded, whole := z.long.segments(more)
	switch {
	case z.long.over && len(p.data) < ssiMax-ssiSum-ssiHead: // the last one is short
	case z.long.over, !whole:
		return
	default:
		z.deliver(decoded)
	}
	z.long.reset()
}

// deliver hands on a code; decoded is its type and its data. The type is the
// maker's own number and no AIM identifier. Codes that come while the driver
// shakes hands may have been read for somebody who has left. A captured
// signature or label is a picture nobody has asked for.
func (z *ssi) deliver(decoded []byte) {
	if z.mute || len(decoded) < 2 || string(decoded) == ssiNoRead {
		return
	}
	if decoded[0] == ssiCapture {
		z.x.s.Log.Warn("a captured picture nobody asked for was dropped", "bytes", len(decoded))
		return
	}
	raw := bytes.TrimSuffix(bytes.TrimSuffix(decoded[1:], []byte{'\n'}), []byte{'\r'})
	if len(raw) > 0 {
		z.x.code(devices.Code{Raw: bytes.Clone(raw)})
	}
}
