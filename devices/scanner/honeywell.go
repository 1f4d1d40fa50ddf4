package scanner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"servicepoint/devices"
)

// handshake asks for framed codes: DECHDR1 puts a header with a length before
// each. "!" stores it only until power-off, which spares the device's flash.
const handshake = "DECHDR1!"

// prefix begins a line of menu commands: SYN M CR.
const prefix = "\x16M\r"

const commands = 3 // lines of commands for one picture, then the device rests

// errRefused marks a command the device will not carry out, however often.
var errRefused = errors.New("refused by the device")

// honeywell is the talk of Honeywell (Hand Held Products) imagers.
type honeywell struct {
	x      *session
	in     demux
	events []event // found and not yet taken
	bare   bool    // the device does not know DECHDR1: codes come as lines
	heard  bool    // bytes have come since the last silence of the line

	shaking bool // no handshake stands
}

func (h *honeywell) feed(b []byte) {
	h.heard = h.heard || len(b) > 0
	h.in.feed(b, h.found)
}

func (h *honeywell) patience() time.Duration { return h.in.patience() }
func (h *honeywell) silence()                { h.in.silence(h.found) }

func (h *honeywell) capabilities() devices.Capabilities {
	return devices.Capabilities{Pages: true, Codes: true}
}

// found takes what the demultiplexer finds; codes go out at once.
func (h *honeywell) found(e event) {
	if e.kind == gotCode {
		if e.unframed && h.shaking { // more likely noise than a code
			return
		}
		h.x.code(e.code)
		if !e.unframed || h.bare {
			return
		}
	}
	h.events = append(h.events, e)
}

// take gives the oldest event, if there is one.
func (h *honeywell) take() (event, bool) {
	if len(h.events) == 0 {
		return event{}, false
	}
	e := h.events[0]
	h.events[0] = event{} // it may hold a picture
	h.events = h.events[1:]
	return e, true
}

// send writes one line of commands and awaits its reply.
func (h *honeywell) send(line string, wantPicture bool) *devices.Fault {
	h.in.await(line, wantPicture)
	return h.x.write([]byte(prefix + line))
}

// strayed looks at what came unasked: a stream out of step, or a bare code,
// which tells that the device has forgotten the handshake.
func (h *honeywell) strayed() (fault *devices.Fault) {
	for {
		e, ok := h.take()
		if !ok {
			return fault
		}
		switch {
		case e.kind == gotLost:
			fault = fail(e.cause, e.detail, nil)
		case e.kind == gotCode && fault == nil:
			fault = fail(devices.Garbled, "a code came unframed", errForgot)
		}
	}
}

// discard throws away what arrives until nothing does.
func (h *honeywell) discard(ctx context.Context) *devices.Fault {
	fault := h.x.discard(ctx, h.in.size-h.in.done)
	h.in.reset()
	h.events, h.heard = nil, false
	return fault
}

// resync brings the stream between two messages and shakes hands. Since the
// device does one thing after another, its answer also proves that nothing
// asked for earlier can still come.
func (h *honeywell) resync(ctx context.Context) *devices.Fault {
	timer := time.NewTimer(0)
	defer timer.Stop()
	h.shaking = true
	heard := false
	for try := range handshakes {
		if fault := h.discard(ctx); fault != nil {
			return fault
		}
		if fault := h.send(handshake, false); fault != nil {
			return fault
		}
		timer.Reset(replyLimit)
		statuses, fault := h.reply(ctx, timer.C)
		switch {
		case fault != nil:
			return fault
		case statuses == nil:
			heard = heard || h.heard
			continue
		}
		// A device that does not know the command sends its codes bare and
		// takes pictures all the same.
		h.bare, h.shaking = statuses[0] != ack, false
		if try > 0 { // an earlier try's answer may be on its way
			return h.discard(ctx)
		}
		return nil
	}
	if heard {
		return fail(devices.Garbled, "the answers to DECHDR1 make no sense: wrong rate or wrong device", nil)
	}
	return fail(devices.Silent, "no answer to DECHDR1", nil)
}

// reply waits for the awaited reply; nil statuses mean that none came or that
// the stream is out of step.
func (h *honeywell) reply(ctx context.Context, timer <-chan time.Time) ([]byte, *devices.Fault) {
	for {
		for e, ok := h.take(); ok; e, ok = h.take() {
			switch e.kind {
			case gotReply:
				return e.statuses, nil
			case gotLost:
				return nil, nil
			}
		}
		_, err := h.x.step(ctx, timer, nil)
		if errors.Is(err, errTimer) {
			return nil, nil
		}
		if err != nil {
			return nil, asFault(err)
		}
	}
}

// The commands of a picture. IMGSNP1L takes it with the lights on; IMGSHP
// ships it raw (2P: RS-232 would default to an unpublished protocol) as JPEG
// (6F) of that quality, undecimated (1S). IMGSHP alone ships the same picture
// again.
func shipAgain(quality int) string   { return fmt.Sprintf("IMGSHP2P6F%dJ1S!", quality) }
func snapAndShip(quality int) string { return "IMGSNP1L;" + shipAgain(quality) }

// snap takes one picture and gets it across whole.
func (h *honeywell) snap(ctx context.Context, _ devices.ScanRequest, progress devices.Progress) (devices.Sheet, *devices.Fault) {
	need, verified := 2, devices.ShippedTwice
	if h.x.s.Line == CDC {
		need, verified = 1, devices.Decoded
	}
	line, dpi := snapAndShip(h.x.s.quality()), 0
	var seen [][sha256.Size]byte // sums of the whole shipments so far
	var fault *devices.Fault     // of the shipment before
	for range commands {
		if fault != nil {
			if f := h.resync(ctx); f != nil {
				return devices.Sheet{}, f
			}
		}
		var got shipment
		got, fault = h.exchange(ctx, line, counted(progress, min(len(seen), need-1), need))
		if got.taken {
			line = shipAgain(h.x.s.quality())
		}
		if fault == nil {
			dpi, fault = checkJPEG(got.image)
		}
		if fault != nil {
			if !again(fault) {
				return devices.Sheet{}, fault
			}
			h.x.s.Log.Warn("picture failed", "cause", fault.Cause, "detail", fault.Detail)
			continue
		}
		sum := sha256.Sum256(got.image)
		if need == 1 || slices.Contains(seen, sum) {
			return devices.Sheet{N: 1, Bytes: got.image, MIME: "image/jpeg", DPI: dpi, Verified: verified}, nil
		}
		seen = append(seen, sum)
		h.in.spare = got.block // its sum is all that is needed of it
	}
	if len(seen) > 1 {
		return devices.Sheet{}, fail(devices.Mismatch, fmt.Sprintf("%d shipments of one picture differ", len(seen)), nil)
	}
	if fault == nil { // only the last one came through whole
		fault = fail(devices.Truncated, fmt.Sprintf("one whole shipment of %d", commands), nil)
	}
	return devices.Sheet{}, fault
}

// again says whether another shipment may help.
func again(f *devices.Fault) bool {
	switch f.Cause {
	case devices.Silent, devices.Garbled, devices.Truncated:
		return !errors.Is(f, errRefused)
	}
	return false
}

// shipment is what one line of commands has brought.
type shipment struct {
	image []byte // within block
	block []byte
	taken bool // the device said that it took a new picture
}

// exchange sends one line of commands and waits for both its reply and the
// picture, in whichever order they come. Without the reply a picture is worth
// nothing: it might be an old one.
func (h *honeywell) exchange(ctx context.Context, line string, report func(done, size int)) (got shipment, fault *devices.Fault) {
	if fault := h.send(line, true); fault != nil {
		return got, fault
	}
	timer := time.NewTimer(firstByte)
	defer timer.Stop()
	replied, receiving := false, false
	for !replied || got.image == nil {
		_, err := h.x.step(ctx, timer.C, nil)
		if errors.Is(err, errTimer) {
			return got, late(replied, receiving, got.image != nil)
		}
		if err != nil {
			return got, asFault(err)
		}
		for e, ok := h.take(); ok; e, ok = h.take() {
			switch e.kind {
			case gotLost:
				return got, fail(e.cause, e.detail, nil)
			case gotReply:
				replied = true
				if got.taken, fault = judgeReply(line, e.statuses); fault != nil {
					return got, fault
				}
				timer.Reset(firstByte)
			case gotImage:
				got.image, got.block, receiving = e.image, e.block, false
				report(len(e.image), len(e.image))
				timer.Reset(firstByte)
			}
		}
		if done, size := h.in.picture(); size > 0 {
			if !receiving {
				receiving = true
				timer.Reset(slack + h.x.transfer(size))
			}
			report(done, size)
		}
	}
	return got, nil
}

// judgeReply reads the statuses of a picture's line and tells whether the
// device took a new picture. One that will not has nothing to take it of.
func judgeReply(line string, statuses []byte) (taken bool, fault *devices.Fault) {
	if strings.HasPrefix(line, "IMGSNP") {
		if statuses[0] == nak {
			return false, fail(devices.NoSheet, "IMGSNP was refused", errRefused)
		}
		taken = statuses[0] == ack
	}
	for _, status := range statuses {
		switch status {
		case enq:
			return taken, fail(devices.Refused, "the device does not know a picture command", errRefused)
		case nak:
			return taken, fail(devices.Refused, "the device refuses a picture command", errRefused)
		}
	}
	return taken, nil
}

// late names what was missing when time ran out.
func late(replied, receiving, arrived bool) *devices.Fault {
	switch {
	case receiving:
		return fail(devices.Truncated, "the picture took too long", nil)
	case arrived:
		return fail(devices.Silent, "the picture came without a reply", nil)
	case replied:
		return fail(devices.Silent, "the reply came without a picture", nil)
	}
	return fail(devices.Silent, "no answer to IMGSNP", nil)
}
