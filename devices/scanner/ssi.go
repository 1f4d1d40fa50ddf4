package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"servicepoint/devices"
)

// The limits of the dialogue.
const (
	ssiAnswer = 2 * time.Second        // for the device to answer a command
	ssiBrief  = 250 * time.Millisecond // for the rest of the set-up, once the device was silent twice
	ssiSpace  = 20 * time.Millisecond  // between two messages on a line without hardware handshake
	ssiTries  = 3                      // sendings of one packet, ours or the device's
)

// ssi is the talk of Zebra (Symbol) imagers: packets with a checksum, each
// answered by ACK or NAK. What feed finds is answered by pay, as soon as the
// method that runs has got back from step. Of the picture's parameters none is
// documented: format and quality are those the device is set to.
type ssi struct {
	x   *session
	in  ssiReader
	out []byte // the packet being written

	owed     []byte // answers due to the device
	answered []byte // the last of them, should the device ask for it again

	awaited byte     // the command whose answer is due, 0 if none
	reply   ssiReply // to it
	heard   bool     // any packet has come since the command was sent
	spoke   time.Time

	last    [ssiMax]byte // opcode and data of the packet accepted last
	lastLen int
	naks    int            // NAKs in a row
	asked   bool           // the last NAK was for damage, not for silence
	noise   bool           // something came, since hands were last shaken, that is no packet
	lost    *devices.Fault // the dialogue is at its end; for resync

	mute  bool // codes are dropped: hands are being shaken
	bare  bool // the device has not agreed to send codes as packets
	model string
	code  ssiJoiner // DECODE_DATA in several packets
	long  ssiJoiner // MULTIPACKET_SEGMENT
	shot  *ssiShot  // the picture on its way
	busy  bool      // the device may still be about a picture
}

// ssiReply is what the device said to a command: zero while it is silent.
type ssiReply struct {
	kind byte // ssiACK, ssiNAK, or the opcode of the data asked for
	why  byte // of a NAK
}

func (z *ssi) feed(b []byte)           { z.in.feed(b, z) }
func (z *ssi) silence()                { z.in.silence(z) }
func (z *ssi) patience() time.Duration { return z.in.patience() }

func (z *ssi) capabilities() devices.Capabilities {
	return devices.Capabilities{Model: z.model, Pages: true, Codes: true}
}

// strayed answers what came unasked, and tells when that makes no sense any
// more or the device has forgotten its set-up.
func (z *ssi) strayed() *devices.Fault {
	if fault := z.pay(); fault != nil {
		return fault
	}
	fault := z.lost
	z.lost = nil
	return fault
}

// owe puts an answer to the device in line.
func (z *ssi) owe(op byte, data ...byte) {
	at := len(z.owed)
	z.owed = appendSSI(z.owed, op, 0, data...)
	z.answered = append(z.answered[:0], z.owed[at:]...)
}

// pay writes the answers that are due.
func (z *ssi) pay() *devices.Fault {
	if len(z.owed) == 0 {
		return nil
	}
	fault := z.x.write(z.owed)
	z.owed = z.owed[:0]
	z.spoke = time.Now()
	return fault
}

// damaged takes a packet that did not arrive whole.
func (z *ssi) damaged() {
	z.naks++
	z.asked, z.noise = true, true
	if z.shot != nil {
		z.shot.damaged++
	}
	z.owe(ssiNAK, ssiResend)
	if z.naks >= ssiTries && z.lost == nil {
		z.lost = fail(devices.Garbled, fmt.Sprintf("a packet came damaged %d times", z.naks), nil)
	}
}

// line takes text outside of packets: a code from a device that was not set
// up to pack it, or has lost the set-up. Of the latter, and amid a picture, only
// what cannot be the rest of a packet is believed: a checksum's bytes are no
// UTF-8.
func (z *ssi) line(text []byte, ended bool) {
	z.noise = true
	sure := ended && utf8.Valid(text)
	switch {
	case z.mute, z.shot != nil && !(z.bare && sure), !z.bare && !sure:
		return
	}
	z.x.code(devices.Code{Raw: bytes.Clone(text)})
	if !z.bare && z.lost == nil {
		z.lost = fail(devices.Garbled, "a code came without its packet", errForgot)
	}
}

// packet takes one whole packet.
func (z *ssi) packet(p ssiPacket) {
	z.heard = true
	z.spoke = time.Now()
	switch p.op {
	case ssiACK:
		z.settle(ssiReply{kind: ssiACK})
		return
	case ssiNAK:
		z.refusal(p)
		return
	}
	if z.repeated(p) { // a segment too: 74 was perhaps not what it waits for
		z.naks = 0
		z.owe(ssiACK)
		return
	}
	z.naks, z.asked = 0, false
	z.lastLen = 1 + copy(z.last[1:], p.data)
	z.last[0] = p.op
	switch p.op {
	case ssiImage:
		z.picture(p)
		return
	case ssiSegment:
		z.owe(ssiSegmentAck)
		z.segment(p)
		return
	case ssiDecode:
		z.decode(p)
	case ssiRevision:
		z.model = ssiModel(p.data)
		if z.awaited == ssiAskRevision {
			z.settle(ssiReply{kind: ssiRevision})
		}
	}
	z.owe(ssiACK)
}

// settle notes the answer to the command that awaits one.
func (z *ssi) settle(r ssiReply) {
	if z.awaited != 0 && (z.reply.kind == 0 || r.kind == ssiRevision) {
		z.reply = r
	}
}

// refusal takes a NAK: of the command under way, or of our last answer.
func (z *ssi) refusal(p ssiPacket) {
	why := byte(ssiResend)
	if len(p.data) > 0 {
		why = p.data[0]
	}
	switch {
	case z.awaited != 0:
		z.settle(ssiReply{kind: ssiNAK, why: why})
	case why == ssiResend && z.shot != nil && len(z.answered) > 0:
		z.owed = append(z.owed, z.answered...)
	}
}

// repeated tells a packet that was accepted before, and comes again because
// our ACK did not arrive, from a new one. After a NAK for damage the packet
// that was damaged comes again; should it equal the one before, that is most
// likely because the picture is blank there. The picture's size will tell.
func (z *ssi) repeated(p ssiPacket) bool {
	if p.status&ssiAgain == 0 || z.lastLen == 0 || z.last[0] != p.op || !bytes.Equal(z.last[1:z.lastLen], p.data) {
		return false
	}
	if z.naks > 0 && z.asked {
		if z.shot != nil && p.op == ssiImage {
			z.shot.doubts++
		}
		return false
	}
	return true
}

// until lets the line run until done or the timer fires, which gives false.
func (z *ssi) until(ctx context.Context, timer <-chan time.Time, done func() bool) (bool, *devices.Fault) {
	for !done() {
		_, err := z.x.step(ctx, timer, nil)
		if errors.Is(err, errTimer) {
			return false, nil
		}
		if err != nil {
			return false, asFault(err)
		}
		if fault := z.pay(); fault != nil {
			return false, fault
		}
	}
	return true, nil
}

// space keeps messages apart, as the manual asks where no hardware handshake
// does; answers to packets are not delayed.
func (z *ssi) space(ctx context.Context) *devices.Fault {
	for {
		rest := ssiSpace - time.Since(z.spoke)
		if rest <= 0 {
			return nil
		}
		timer := time.NewTimer(rest)
		_, fault := z.until(ctx, timer.C, func() bool { return false })
		timer.Stop()
		if fault != nil {
			return fault
		}
	}
}

// command sends a command and waits for its answer, at most limit. The zero
// reply is silence. It is sent again if the device asks for that or if
// something damaged came in the answer's stead.
func (z *ssi) command(ctx context.Context, limit time.Duration, op byte, data ...byte) (ssiReply, *devices.Fault) {
	defer func() { z.awaited = 0 }()
	var status byte
	for range ssiTries {
		z.awaited = 0
		if fault := z.space(ctx); fault != nil {
			return ssiReply{}, fault
		}
		z.awaited, z.reply, z.heard = op, ssiReply{}, false
		naks := z.naks
		z.out = appendSSI(z.out[:0], op, status, data...)
		if fault := z.x.write(z.out); fault != nil {
			return ssiReply{}, fault
		}
		z.spoke = time.Now()
		timer := time.NewTimer(limit)
		_, fault := z.until(ctx, timer.C, func() bool { return z.reply.kind != 0 })
		timer.Stop()
		switch {
		case fault != nil:
			return ssiReply{}, fault
		case z.reply.kind == 0 && z.naks > naks:
		case z.reply.kind != ssiNAK || z.reply.why != ssiResend:
			return z.reply, nil
		}
		status |= ssiAgain
	}
	return z.reply, nil
}

// resync brings the stream between two packets, ends what the device may be
// about and sets it up. Only silence to REQUEST_REVISION is a fault: whatever
// the device refuses beyond that, it speaks SSI.
func (z *ssi) resync(ctx context.Context) *devices.Fault {
	z.mute = true
	defer func() { z.mute, z.lost, z.naks = false, nil, 0 }()
	z.lost, z.naks, z.shot = nil, 0, nil
	z.code.reset()
	z.long.reset()
	z.noise = false
	for range handshakes {
		if fault := z.calm(ctx); fault != nil {
			return fault
		}
		reply, fault := z.command(ctx, replyLimit, ssiAskRevision)
		switch {
		case fault != nil:
			return fault
		case reply.kind != 0 || z.heard:
			return z.setUp(ctx)
		}
	}
	if z.noise {
		return fail(devices.Garbled, "what it sends is no SSI: another protocol or baud rate?", nil)
	}
	return fail(devices.Silent, "no answer to REQUEST_REVISION", nil)
}

// calm waits for silence. A device in the middle of a picture is told to drop
// it: it would send its packet again until somebody answers.
func (z *ssi) calm(ctx context.Context) *devices.Fault {
	z.owed = z.owed[:0]
	if z.busy {
		z.owe(ssiNAK, ssiCancel)
		if fault := z.pay(); fault != nil {
			return fault
		}
	}
	fault := z.x.discard(ctx, ssiMax)
	z.in.reset()
	z.lastLen, z.naks = 0, 0
	return fault
}

// ssiStep is one command of the set-up.
type ssiStep struct {
	op   byte
	data []byte
}

// setUp does what a device needs to send its codes as packets: scanning off,
// queue emptied, decode mode, software ACK, "no read" told, codes as packets,
// no codes that change the set-up, scanning on. A device that will not do one
// of these works all the same.
func (z *ssi) setUp(ctx context.Context) *devices.Fault {
	steps := []ssiStep{
		{ssiDisable, nil}, {ssiFlush, nil}, {ssiMode, []byte{ssiDecodeMode}},
		{ssiParameter, []byte{0xFF, 0x9F, 1}}, {ssiParameter, []byte{0xFF, 0x5E, 1}},
		{ssiParameter, []byte{0xFF, 0xEE, 1}}, {ssiParameter, []byte{0xFF, 0xEC, 0}},
		{ssiEnable, nil},
	}
	if z.busy {
		steps = append([]ssiStep{{ssiFlush, nil}, {ssiStop, nil}}, steps...)
	}
	var refused []string
	silent := 0
	for _, s := range steps {
		limit := replyLimit
		if silent > 1 {
			limit = ssiBrief
		}
		reply, fault := z.command(ctx, limit, s.op, s.data...)
		if fault == nil && reply.kind == 0 && s.op == ssiEnable { // or no code would be read any more
			reply, fault = z.command(ctx, limit, s.op)
		}
		if fault != nil {
			return fault
		}
		if reply.kind == 0 {
			silent++
		}
		if len(s.data) > 1 && s.data[1] == 0xEE {
			z.bare = reply.kind != ssiACK
		}
		if reply.kind != ssiACK && s.op != ssiStop {
			refused = append(refused, fmt.Sprintf("%02X% X", s.op, s.data))
		}
	}
	z.busy = false
	if len(refused) > 0 {
		z.x.s.Log.Info("the scanner refuses a part of its set-up", "commands", strings.Join(refused, ", "))
	}
	if silent > 0 { // an answer may be on its way
		return z.calm(ctx)
	}
	return nil
}

// ssiModel is the text a revision begins with.
func ssiModel(b []byte) string {
	n := 0
	for n < len(b) && n < 64 && b[n] >= ' ' && b[n] < 0x7F {
		n++
	}
	return strings.TrimSpace(string(b[:n]))
}
