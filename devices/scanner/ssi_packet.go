package scanner

import "time"

// The opcodes of SSI (Zebra Simple Serial Interface, chapter on commands).
const (
	ssiSegment     = 0x73 // from the device: a piece of a long message
	ssiSegmentAck  = 0x74 // answers ssiSegment
	ssiManagement  = 0x80
	ssiStarted     = 0x91
	ssiAskRevision = 0xA3
	ssiRevision    = 0xA4
	ssiImage       = 0xB1
	ssiVideo       = 0xB4
	ssiParameter   = 0xC6
	ssiACK         = 0xD0
	ssiNAK         = 0xD1
	ssiFlush       = 0xD2
	ssiAbilities   = 0xD4
	ssiStart       = 0xE4
	ssiStop        = 0xE5
	ssiEnable      = 0xE9
	ssiDisable     = 0xEA
	ssiDecode      = 0xF3
	ssiEvent       = 0xF6
	ssiMode        = 0xF7
)

// The bits of a packet's status. Bit 3 would make a parameter permanent: it is
// never sent, which spares the device's flash.
const (
	ssiAgain = 0x01 // the packet was sent before
	ssiMore  = 0x02 // more packets of the message follow
)

// The reasons of a NAK.
const (
	ssiResend  = 0x01
	ssiContext = 0x02 // not now
	ssiDenied  = 0x06
	ssiCancel  = 0x0A
)

const (
	ssiHost   = 0x04                   // the source byte of what we send
	ssiSource = 0x03                   // the highest source byte a device sends; 00, and 02 in segments
	ssiHead   = 4                      // length, opcode, source, status
	ssiSum    = 2                      // bytes of checksum, which the length does not count
	ssiMax    = 255 + ssiSum           // bytes of the longest packet
	ssiGap    = 200 * time.Millisecond // a packet may pause this long
)

// ssiPacket is one packet from the device whose checksum held. Data is valid
// only during the call that hands the packet over.
type ssiPacket struct {
	op, status byte
	data       []byte
}

// appendSSI appends a packet from the host to dst. data is at most 251 bytes.
func appendSSI(dst []byte, op, status byte, data ...byte) []byte {
	at := len(dst)
	dst = append(dst, byte(ssiHead+len(data)), op, ssiHost, status)
	dst = append(dst, data...)
	sum := ssiChecksum(dst[at:])
	return append(dst, byte(sum>>8), byte(sum))
}

// ssiChecksum is the two's complement of the sum of all bytes from the length
// on.
func ssiChecksum(b []byte) uint16 {
	var sum uint16
	for _, c := range b {
		sum += uint16(c)
	}
	return -sum
}

// ssiWhole reports whether b is exactly one packet whose checksum holds.
func ssiWhole(b []byte) bool {
	if len(b) < ssiHead+ssiSum || int(b[0])+ssiSum != len(b) || b[2] > ssiSource {
		return false
	}
	sum := ssiChecksum(b[:len(b)-ssiSum])
	return b[len(b)-2] == byte(sum>>8) && b[len(b)-1] == byte(sum)
}

// ssiKnown reports whether a device sends packets of that opcode. It is asked
// only where a packet is looked for in noise.
func ssiKnown(op byte) bool {
	switch op {
	case ssiSegment, ssiManagement, ssiStarted, ssiRevision, ssiImage, ssiVideo,
		ssiParameter, ssiACK, ssiNAK, ssiAbilities, ssiDecode, ssiEvent:
		return true
	}
	return false
}

// ssiSink takes what the reader finds.
type ssiSink interface {
	packet(ssiPacket)
	damaged()                     // what began like a packet is none: it has to come again
	line(text []byte, ended bool) // bare text, ended by CR or LF or by a pause
}

// ssiReader finds the packets in the device's stream. In step, a packet begins
// where the one before ended, and nothing behind its end is looked at. What
// cannot be a packet puts the reader out of step: then a packet is looked for
// at every byte (known opcode, device's source, checksum) until one is found
// or the line falls silent. It holds two packets' bytes and a line at most.
type ssiReader struct {
	buf   [2 * ssiMax]byte
	n     int
	lost  bool   // out of step
	told  bool   // lost: the sink knows that something was damaged
	since int    // lost and told: where in buf the bytes begin that came afterwards
	text  bool   // lost: all since the last packet could be text
	bare  []byte // lost and text: that text
}

// reset forgets everything, for a stream known to be between packets.
func (r *ssiReader) reset() { *r = ssiReader{bare: r.bare[:0]} }

// patience is how long the present state may last without a byte.
func (r *ssiReader) patience() time.Duration {
	switch {
	case r.lost && r.text:
		return lineQuiet
	case r.lost || r.n > 0:
		return ssiGap
	}
	return 0
}

// feed takes the next bytes of the stream. b may be reused afterwards.
func (r *ssiReader) feed(b []byte, to ssiSink) {
	for len(b) > 0 {
		if r.lost {
			r.hunt(b[0], to)
			b = b[1:]
			continue
		}
		want := 3 // enough to tell a packet from text
		if r.n >= 3 {
			want = int(r.buf[0]) + ssiSum
		}
		k := copy(r.buf[r.n:want], b)
		r.n += k
		b = b[k:]
		r.judge(to)
	}
}

// judge looks at what stands in buf while in step.
func (r *ssiReader) judge(to ssiSink) {
	switch {
	case r.buf[0] < ssiHead, r.n >= 3 && r.buf[2] > ssiSource:
		r.lose(false, to)
	case r.n < 3 || r.n < int(r.buf[0])+ssiSum:
	case ssiWhole(r.buf[:r.n]):
		r.hand(0, to)
	default:
		r.lose(true, to)
	}
}

// hand gives the packet that fills buf from at on to the sink.
func (r *ssiReader) hand(at int, to ssiSink) {
	p := ssiPacket{op: r.buf[at+1], status: r.buf[at+3], data: r.buf[at+ssiHead : r.n-ssiSum]}
	r.n, r.lost, r.told, r.since = 0, false, false, 0
	to.packet(p)
}

// lose puts the reader out of step; framed says that what stands in buf had a
// packet's length. A packet within is found and then nothing is damaged.
func (r *ssiReader) lose(framed bool, to ssiSink) {
	var old [ssiMax]byte
	b := old[:copy(old[:], r.buf[:r.n])]
	r.n, r.lost, r.told, r.text, r.bare = 0, true, false, !framed, r.bare[:0]
	for len(b) > 0 && r.lost {
		r.hunt(b[0], to)
		b = b[1:]
	}
	if r.lost && framed {
		r.told, r.since = true, r.n
		to.damaged()
	}
	r.feed(b, to)
}

// hunt takes one byte while out of step.
func (r *ssiReader) hunt(c byte, to ssiSink) {
	if r.n == len(r.buf) {
		r.n = copy(r.buf[:], r.buf[len(r.buf)-ssiMax:])
		r.since = max(0, r.since-(len(r.buf)-ssiMax))
	}
	r.buf[r.n] = c
	r.n++
	if r.text = r.text && ssiText(c) && len(r.bare) < maxLine; r.text {
		if c != '\r' && c != '\n' {
			r.bare = append(r.bare, c)
		} else if len(r.bare) > 0 {
			r.endText(true, to)
			return
		}
	}
	for at := 0; at+ssiHead+ssiSum <= r.n; at++ {
		b := r.buf[at:r.n]
		if int(b[0])+ssiSum == len(b) && ssiKnown(b[1]) && ssiWhole(b) {
			r.hand(at, to)
			return
		}
	}
}

func (r *ssiReader) endText(ended bool, to ssiSink) {
	r.n, r.lost, r.told = 0, false, false
	to.line(r.bare, ended)
	r.bare = r.bare[:0]
}

// silence tells the reader that patience has run out: whatever comes next is
// the start of something.
func (r *ssiReader) silence(to ssiSink) {
	if !r.lost && r.n > 0 && r.n < 3 { // too short for judge to tell text
		r.lose(false, to)
	}
	if r.n == 0 {
		r.lost = false
		return
	}
	b := r.buf[r.since:r.n]
	switch {
	case r.lost && r.text && len(r.bare) > 0:
		r.endText(false, to)
		return
	case r.lost && r.text: // the LF after a CR
	case !r.told, ssiBegun(b):
		defer to.damaged()
	}
	r.n, r.lost, r.told, r.since = 0, false, false, 0
}

// ssiBegun reports whether a packet's head stands in b, rather than only the
// tail of one.
func ssiBegun(b []byte) bool {
	for at := 0; at+3 <= len(b); at++ {
		if b[at] >= ssiHead && ssiKnown(b[at+1]) && b[at+2] <= ssiSource {
			return true
		}
	}
	return false
}

// ssiText reports whether a code sent without packets may hold c; ISO/IEC 15434
// separates fields by EOT, FS, GS, RS and US.
func ssiText(c byte) bool {
	return c >= 0x1C && c != 0x7F || c == '\t' || c == '\r' || c == '\n' || c == 0x04
}
