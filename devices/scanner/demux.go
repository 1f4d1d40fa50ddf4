package scanner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"servicepoint/devices"
)

// The bytes of the protocol (Honeywell user's guides, chapters on serial
// programming commands and imaging commands).
const (
	syn = 0x16 // begins a command to the device and a message from it
	msg = 0xFE // after syn: a message with a length follows
	gs  = 0x1D // separates a message's parameters from its data
	ack = 0x06 // the command was carried out
	enq = 0x05 // the device does not know the command
	nak = 0x15 // the command's value is out of range or cannot be carried out
)

// The bounds of what the driver believes.
const (
	headLen   = 7       // syn, msg, four bytes of length, CR
	kindLen   = 6       // "IMGSHP", "MSGGET", …
	maxBlock  = 8 << 20 // bytes of one message
	maxParams = 256     // bytes of IMGSHP parameters
	maxDecode = kindLen + 8 + 9999

	maxAnnounced = 256 << 20 // up to here a length is a picture too large, beyond it a mistake
	firstGrip    = 64 << 10  // bytes that have to come before the announced length is believed
)

// eventKind says what the demultiplexer has found.
type eventKind int

const (
	gotReply eventKind = iota // the awaited command's echo, complete
	gotImage                  // a whole IMGSHP message that was asked for
	gotCode                   // a code the device read
	gotLost                   // the stream makes no sense any more; reset after a resync
)

type event struct {
	kind     eventKind
	statuses []byte       // gotReply: ack, enq or nak, one per command of the line
	image    []byte       // gotImage: the picture without its framing, within block
	block    []byte       // gotImage
	code     devices.Code // gotCode, without its time
	unframed bool         // gotCode: it came as a bare line
	cause    devices.Cause
	detail   string // gotLost; holds no data of the stream
}

type demuxState int

const (
	atRest  demuxState = iota
	inHead             // within the seven bytes that begin a message
	inBlock            // within a message
	inEcho             // within the reply to the awaited command
	inLine             // within an unframed code
	atLoss             // out of step: everything is ignored until reset
)

// demux takes the device's byte stream apart. It decides only where a message
// begins, never within one, so that no picture can be mistaken for anything
// else. It holds at most one message and cannot fail: what makes no sense
// becomes a gotLost.
type demux struct {
	state demuxState

	awaited  string // the command line whose reply is due, "" if none
	echoed   int    // how much of it has come back
	marked   bool   // the status before the separator at echoed has come
	statuses []byte

	want bool // a picture that begins from now on is wanted

	bare  lines  // inLine
	buf   []byte // inHead, inEcho
	kind  []byte // inBlock: the first kindLen bytes
	size  int    // inBlock: announced length
	done  int    // inBlock: bytes seen
	keep  bool   // inBlock: body is collected
	asked bool   // inBlock: want stood when the message began
	body  []byte
	spare []byte // a buffer that was given back
}

// await arms the demultiplexer for the reply to line; with want also for a
// picture. An earlier await is forgotten.
func (d *demux) await(line string, want bool) {
	d.awaited, d.echoed, d.marked, d.statuses = line, 0, false, nil
	d.want = want
}

// reset forgets everything, for a stream known to be between messages.
func (d *demux) reset() { *d = demux{buf: d.buf[:0], bare: lines{d.bare.buf[:0]}, spare: d.spare} }

// patience is how long the present state may last without a byte; 0 is for
// ever.
func (d *demux) patience() time.Duration {
	switch d.state {
	case inLine:
		return lineQuiet
	case inHead, inBlock, inEcho:
		return stall
	}
	return 0
}

// picture gives the bytes seen and announced of a wanted picture that is
// arriving; size is 0 if none is.
func (d *demux) picture() (done, size int) {
	if d.state == inBlock && d.keep && string(d.kind) == "IMGSHP" {
		return d.done, d.size
	}
	return 0, 0
}

// feed takes the next bytes of the stream. b may be reused afterwards.
func (d *demux) feed(b []byte, emit func(event)) {
	for len(b) > 0 {
		if d.state == inBlock {
			b = b[d.block(b, emit):]
			continue
		}
		c := b[0]
		b = b[1:]
		switch d.state {
		case atRest:
			d.begin(c, emit)
		case inHead:
			d.head(c, emit)
		case inEcho:
			d.echo(c, emit)
		case inLine:
			d.line(c, emit)
		case atLoss:
			return
		}
	}
}

// silence tells the demultiplexer that patience has run out.
func (d *demux) silence(emit func(event)) {
	switch d.state {
	case inLine:
		d.endLine(emit)
	case inHead, inEcho:
		d.lose(emit, devices.Truncated, "a message stopped after %d bytes", len(d.buf))
	case inBlock:
		d.lose(emit, devices.Truncated, "a message stopped after %d of %d bytes", d.done, d.size)
	}
}

func (d *demux) lose(emit func(event), cause devices.Cause, format string, args ...any) {
	d.state, d.body, d.buf, d.bare.buf = atLoss, nil, d.buf[:0], d.bare.buf[:0]
	emit(event{kind: gotLost, cause: cause, detail: fmt.Sprintf(format, args...)})
}

// begin decides by its first byte what a message is.
func (d *demux) begin(c byte, emit func(event)) {
	switch {
	case c == syn:
		d.state, d.buf, d.asked = inHead, append(d.buf[:0], c), d.want
	case d.awaited != "":
		d.state, d.buf = inEcho, d.buf[:0]
		d.echo(c, emit)
	case c == '\r' || c == '\n':
	default:
		d.state = inLine
		d.line(c, emit)
	}
}

func (d *demux) head(c byte, emit func(event)) {
	if len(d.buf) == 1 && c == syn { // a stray syn before the real one
		return
	}
	d.buf = append(d.buf, c)
	switch {
	case len(d.buf) == 2 && c == 'M':
		return
	case string(d.buf) == prefix: // echoed with the command
		d.state = atRest
		return
	case len(d.buf) == 2 && c != msg, d.buf[1] == 'M':
		d.lose(emit, devices.Garbled, "0x%02X follows the start of a message", c)
		return
	}
	if len(d.buf) < headLen {
		return
	}
	size := binary.LittleEndian.Uint32(d.buf[2:])
	if c == '\r' && d.asked && size > maxBlock && size <= maxAnnounced {
		d.lose(emit, devices.TooLarge, "a message of %d bytes", size)
		return
	}
	if c != '\r' || size < kindLen || size > maxBlock {
		d.lose(emit, devices.Garbled, "impossible message of %d bytes", size)
		return
	}
	d.state, d.size, d.done, d.keep = inBlock, int(size), 0, false
	d.kind, d.body = d.kind[:0], nil
}

// block consumes bytes of the message under way and says how many.
func (d *demux) block(b []byte, emit func(event)) int {
	if len(d.kind) < kindLen {
		n := min(len(b), kindLen-len(d.kind))
		d.kind = append(d.kind, b[:n]...)
		d.done += n
		if len(d.kind) == kindLen {
			d.judge(emit)
		}
		d.endBlock(emit)
		return n
	}
	n := min(len(b), d.size-d.done)
	if d.keep {
		if d.body == nil && cap(d.spare) >= d.size && d.size > firstGrip {
			d.body, d.spare = d.spare[:0], nil
		}
		d.body = grow(d.body, n, d.size)
		d.body = append(d.body, b[:n]...)
	}
	d.done += n
	d.endBlock(emit)
	return n
}

// judge decides by its kind whether a message is worth keeping.
func (d *demux) judge(emit func(event)) {
	for _, c := range d.kind {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			d.lose(emit, devices.Garbled, "a message of no known kind")
			return
		}
	}
	switch string(d.kind) {
	case "MSGGET":
		d.keep = true
		if d.size > maxDecode {
			d.lose(emit, devices.Garbled, "a code of %d bytes", d.size)
		}
	case "IMGSHP":
		d.keep = d.asked
	}
}

// grow makes room for n more bytes of a message of that size. The announced
// size is believed once firstGrip bytes bear it out.
func grow(body []byte, n, size int) []byte {
	if cap(body)-len(body) >= n {
		return body
	}
	room := size
	if len(body)+n <= firstGrip {
		room = min(size, firstGrip)
	}
	return append(make([]byte, 0, room), body...)
}

func (d *demux) endBlock(emit func(event)) {
	if d.state != inBlock || d.done < d.size || len(d.kind) < kindLen {
		return
	}
	body := d.body
	d.state, d.body = atRest, nil
	switch {
	case !d.keep:
	case string(d.kind) == "MSGGET":
		code, err := parseDecode(body)
		if err != nil {
			d.lose(emit, devices.Garbled, "%v", err)
			return
		}
		emit(event{kind: gotCode, code: code})
	case string(d.kind) == "IMGSHP":
		cut := bytes.IndexByte(body[:min(len(body), maxParams)], gs)
		if cut < 0 {
			d.lose(emit, devices.Garbled, "a picture without its separator")
			return
		}
		d.want = false
		emit(event{kind: gotImage, image: body[cut+1:], block: body})
	}
}

// parseDecode reads what follows "MSGGET": four digits of length, the maker's
// code letter, two characters of AIM identifier, the separator, the data with
// its final CR.
func parseDecode(b []byte) (devices.Code, error) {
	if len(b) < 8 || b[7] != gs {
		return devices.Code{}, fmt.Errorf("a code without its separator")
	}
	n, err := strconv.ParseUint(string(b[:4]), 10, 16)
	body := bytes.TrimSuffix(b[8:], []byte{'\r'})
	if err != nil || int(n) != len(b)-8 && int(n) != len(body) { // some do not count the CR
		return devices.Code{}, fmt.Errorf("a code of %d bytes that announces another length", len(b)-8)
	}
	data := bytes.TrimSuffix(bytes.TrimSuffix(b[8:], []byte{'\n'}), []byte{'\r'})
	code := devices.Code{Raw: bytes.Clone(data)}
	if isAIM(b[5]) && isAIM(b[6]) {
		code.Symbology = "]" + string(b[5:7])
	}
	return code, nil
}

func isAIM(c byte) bool { return c > ' ' && c < 0x7F }

// echo follows the reply: the command line as it was sent, with a status
// before each separator. A message may come between two commands' replies.
func (d *demux) echo(c byte, emit func(event)) {
	if c == syn {
		d.begin(c, emit)
		return
	}
	d.buf = append(d.buf, c)
	due := d.awaited[d.echoed]
	switch {
	case isSeparator(due) && !d.marked:
		if c != ack && c != enq && c != nak {
			d.strayEcho(c, emit)
			return
		}
		d.statuses, d.marked = append(d.statuses, c), true
		return
	case c != due:
		d.strayEcho(c, emit)
		return
	}
	d.echoed++
	d.marked = false
	if d.echoed < len(d.awaited) {
		return
	}
	statuses := d.statuses
	d.awaited, d.echoed, d.statuses = "", 0, nil
	d.state, d.buf = atRest, d.buf[:0]
	emit(event{kind: gotReply, statuses: statuses})
}

// strayEcho is for what began like the reply and is not: an unframed code.
// The reply may still come.
func (d *demux) strayEcho(c byte, emit func(event)) {
	d.echoed, d.marked, d.statuses = 0, false, nil
	d.state, d.bare.buf = inLine, append(d.bare.buf[:0], d.buf[:len(d.buf)-1]...)
	d.line(c, emit)
}

func isSeparator(c byte) bool { return c == ';' || c == ',' || c == '!' || c == '.' }

func (d *demux) line(c byte, emit func(event)) {
	if c == syn { // never part of a code's text
		d.endLine(emit)
		d.begin(c, emit)
		return
	}
	raw, ended, long := d.bare.put(c)
	switch {
	case long:
		d.lose(emit, devices.Garbled, "more than %d bytes without an end", maxLine)
	case ended:
		d.hand(raw, emit)
	}
}

// endLine ends an unframed code where it stands.
func (d *demux) endLine(emit func(event)) { d.hand(d.bare.end(), emit) }

func (d *demux) hand(raw []byte, emit func(event)) {
	d.state = atRest
	if raw != nil {
		emit(event{kind: gotCode, code: devices.Code{Raw: raw}, unframed: true})
	}
}
