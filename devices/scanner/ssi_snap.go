package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"servicepoint/devices"
)

// The modes of IMAGER_MODE.
const (
	ssiDecodeMode   = 0
	ssiSnapshotMode = 1
)

const (
	ssiPreamble = 10      // bytes before the picture, as documented
	ssiMagic    = 32      // bytes in which the picture has to begin
	ssiGuess    = 1 << 20 // bytes of a picture whose size is not given, for time limits
)

// ssiShot is a picture on its way.
type ssiShot struct {
	body    []byte // the preamble and the picture
	packets int
	damaged int  // packets that had to come again
	doubts  int  // packets that may have been taken twice, or lost
	chained bool // a packet said that more follow
	whole   bool
	fault   *devices.Fault
}

// take adds one packet's data.
func (s *ssiShot) take(p ssiPacket) {
	if s.body == nil {
		s.body = make([]byte, 0, 64<<10)
	}
	s.packets++
	s.body = append(s.body, p.data...)
	more := p.status&ssiMore != 0
	s.chained = s.chained || more
	size := s.size()
	switch {
	case len(s.body) > maxBlock+ssiPreamble, size > maxBlock:
		s.fault = fail(devices.TooLarge, fmt.Sprintf("a picture of %d bytes", max(size, len(s.body))), nil)
	case more:
	case s.chained, size == 0, len(s.body)-s.start() >= size:
		s.whole = true
	}
}

// start is where the picture begins: behind the preamble, but the manuals do
// not agree on its layout.
func (s *ssiShot) start() int {
	if ssiKind(s.body, ssiPreamble) != "" {
		return ssiPreamble
	}
	for at := range min(ssiMagic, len(s.body)) {
		if ssiKind(s.body, at) != "" {
			return at
		}
	}
	return min(ssiPreamble, len(s.body))
}

// ssiKind tells a picture by its first bytes.
func ssiKind(b []byte, at int) string {
	if at > len(b) {
		return ""
	}
	for _, k := range []struct{ magic, name string }{{"\xFF\xD8", "JPEG"}, {"BM", "BMP"}, {"II*", "TIFF"}, {"MM*", "TIFF"}} {
		if bytes.HasPrefix(b[at:], []byte(k.magic)) {
			return k.name
		}
	}
	return ""
}

// size is the announced size of the picture, 0 if none is given. Another order
// of the preamble's fields or bytes gives numbers of gigabytes here; only what
// cannot be that counts as too large.
func (s *ssiShot) size() int {
	if len(s.body) < ssiPreamble || s.start() < 4 {
		return 0
	}
	n := int(binary.BigEndian.Uint32(s.body))
	if n > maxBlock && binary.LittleEndian.Uint32(s.body) <= maxBlock || n > 64*maxBlock {
		return 0
	}
	return n
}

// progress gives bytes seen and announced.
func (s *ssiShot) progress() (done, size int) {
	return max(0, len(s.body)-s.start()), s.size()
}

// judge gives the picture if it can be believed. The checksum is a sum, which
// two opposite flips of one bit leave as it was: with k of n packets seen
// damaged, k²/32n have been damaged unseen, and a quarter of such damage decodes.
// So a picture with too many of them, one in 500 of which would be damaged, is
// not taken.
func (s *ssiShot) judge() ([]byte, *devices.Fault) {
	start, size := s.start(), s.size()
	kind := ssiKind(s.body, start)
	switch {
	case kind == "":
		return nil, fail(devices.Garbled, "what came is no picture", nil)
	case kind != "JPEG":
		return nil, fail(devices.Refused, "the device sends "+kind+": set its image format to JPEG", nil)
	}
	image := s.body[start:]
	switch {
	case size != 0 && size != len(image) && size != len(s.body):
		return nil, fail(devices.Truncated, fmt.Sprintf("%d bytes of a picture of %d", len(image), size), nil)
	case s.doubts > 1, s.doubts > 0 && size == 0:
		return nil, fail(devices.Truncated, "packets may have been lost or taken twice", nil)
	case s.damaged > 2 && 4*s.damaged*s.damaged > s.packets:
		return nil, fail(devices.Garbled, fmt.Sprintf("%d of %d packets came damaged: see to the cable", s.damaged, s.packets), nil)
	}
	return image, nil
}

// picture takes one packet of IMAGE_DATA. One that nobody waits for is refused,
// so that the device stops sending.
func (z *ssi) picture(p ssiPacket) {
	s := z.shot
	if s == nil || s.whole || s.fault != nil {
		z.owe(ssiNAK, ssiCancel)
		return
	}
	if z.awaited == ssiStart { // its ACK may be lost
		z.settle(ssiReply{kind: ssiACK})
	}
	s.take(p)
	if s.fault != nil {
		z.owe(ssiNAK, ssiCancel)
		return
	}
	z.owe(ssiACK)
}

// snap takes one picture. SSI cannot send a picture again: each try is a new
// one.
func (z *ssi) snap(ctx context.Context, _ devices.ScanRequest, progress devices.Progress) (devices.Sheet, *devices.Fault) {
	var fault *devices.Fault
	for range commands {
		if fault != nil {
			z.x.s.Log.Warn("picture failed", "cause", fault.Cause, "detail", fault.Detail)
			if f := z.resync(ctx); f != nil {
				return devices.Sheet{}, f
			}
		}
		var image []byte
		var dpi int
		if image, fault = z.shoot(ctx, counted(progress, 0, 1)); fault == nil {
			dpi, fault = checkJPEG(image)
		}
		if fault == nil {
			return devices.Sheet{N: 1, Bytes: image, MIME: "image/jpeg", DPI: dpi, Verified: devices.Checksummed}, nil
		}
		if !again(fault) {
			break
		}
	}
	return devices.Sheet{}, fault
}

// shoot has the device take a picture and send it.
func (z *ssi) shoot(ctx context.Context, report func(done, size int)) ([]byte, *devices.Fault) {
	z.busy, z.lost, z.naks = true, nil, 0
	defer func() { z.shot = nil }()
	if reply, fault := z.command(ctx, ssiAnswer, ssiMode, ssiSnapshotMode); fault != nil {
		return nil, fault
	} else if reply.kind != ssiACK { // perhaps a session is open
		if _, fault := z.command(ctx, ssiAnswer, ssiStop); fault != nil {
			return nil, fault
		}
		if fault := z.order(ctx, "IMAGER_MODE", ssiMode, ssiSnapshotMode); fault != nil {
			return nil, fault
		}
	}
	s := &ssiShot{}
	z.shot, z.naks = s, 0
	if fault := z.order(ctx, "START_SESSION", ssiStart); fault != nil {
		return nil, fault
	}
	if fault := z.receive(ctx, s, report); fault != nil {
		return nil, fault
	}
	z.shot = nil
	z.back(ctx)
	return s.judge()
}

// order is a command without which there is no picture.
func (z *ssi) order(ctx context.Context, name string, op byte, data ...byte) *devices.Fault {
	reply, fault := z.command(ctx, ssiAnswer, op, data...)
	switch {
	case fault != nil:
		return fault
	case z.lost != nil:
		return z.lost
	case reply.kind == 0:
		return fail(devices.Silent, "no answer to "+name, nil)
	case reply.kind != ssiNAK:
		return nil
	case op == ssiStart && (reply.why == ssiContext || reply.why == ssiCancel):
		// Mode and session are as they should be: there is nothing to take.
		return fail(devices.NoSheet, fmt.Sprintf("NAK %02X to %s", reply.why, name), nil)
	case reply.why == ssiResend:
		return fail(devices.Garbled, "the device does not understand "+name, nil)
	}
	advice := "has it a snapshot mode?"
	if op == ssiStart {
		advice = "set its trigger mode to host"
	}
	return fail(devices.Refused, fmt.Sprintf("the device denies %s (NAK %02X): %s", name, reply.why, advice), nil)
}

// receive waits until the picture is whole. A device that falls silent after a
// packet is asked for the next one; it may have missed our ACK.
func (z *ssi) receive(ctx context.Context, s *ssiShot, report func(done, size int)) *devices.Fault {
	timer := time.NewTimer(firstByte)
	defer timer.Stop()
	begun := time.Now()
	for packets, nudges := 0, 0; ; {
		switch {
		case s.fault != nil:
			return s.fault
		case z.lost != nil:
			return z.lost
		case s.packets > packets:
			packets, nudges = s.packets, 0
			done, size := s.progress()
			report(done, size)
			if s.whole {
				return nil
			}
			if time.Since(begun) > z.patient(size) {
				return fail(devices.Truncated, "the picture took too long", nil)
			}
			timer.Reset(ssiAnswer)
		}
		_, err := z.x.step(ctx, timer.C, nil)
		switch {
		case errors.Is(err, errTimer) && packets == 0:
			return fail(devices.Silent, "no picture after START_SESSION", nil)
		case errors.Is(err, errTimer) && nudges == ssiTries:
			return fail(devices.Truncated, fmt.Sprintf("the picture stopped after %d bytes", len(s.body)), nil)
		case errors.Is(err, errTimer):
			nudges++
			z.asked = false
			z.owe(ssiNAK, ssiResend)
			timer.Reset(ssiAnswer)
		case err != nil:
			return asFault(err)
		}
		if fault := z.pay(); fault != nil {
			return fault
		}
	}
}

// patient is how long a picture may take: what its bytes need and a turn of the
// line for each packet, twice.
func (z *ssi) patient(size int) time.Duration {
	if size == 0 {
		size = ssiGuess
	}
	const turn = 50 * time.Millisecond
	return firstByte + slack + 2*z.x.transfer(size) + time.Duration(size/(ssiMax-ssiSum-ssiHead)+1)*turn
}

// back lets the device read codes again. If it will not, the picture is good
// all the same, and the next thing to do is a resync.
func (z *ssi) back(ctx context.Context) {
	reply, fault := z.command(ctx, ssiAnswer, ssiMode, ssiDecodeMode)
	if fault == nil && reply.kind == ssiNAK {
		if _, fault = z.command(ctx, ssiAnswer, ssiStop); fault == nil {
			reply, fault = z.command(ctx, ssiAnswer, ssiMode, ssiDecodeMode)
		}
	}
	switch {
	case fault == nil && reply.kind == ssiACK:
		z.busy = false
		return
	case fault == nil || fault.Cause == devices.Cancelled:
		fault = fail(devices.Garbled, "it does not go back to reading codes", errForgot)
	}
	z.lost = fault
	z.x.quiet.Reset(time.Millisecond) // makes the session look at lost
}
