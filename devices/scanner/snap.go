package scanner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"servicepoint/devices"
)

// The commands of a picture. IMGSNP1L takes it with the lights on; IMGSHP
// ships it raw (2P: RS-232 would default to an unpublished protocol) as JPEG
// (6F) of quality 75 (75J), undecimated (1S). IMGSHP alone ships the same
// picture again.
const (
	shipAgain   = "IMGSHP2P6F75J1S!"
	snapAndShip = "IMGSNP1L;" + shipAgain
)

const (
	commands  = 3               // lines of commands for one picture, then the device rests
	firstByte = 3 * time.Second // for the device to answer, and to begin the picture
	slack     = 2 * time.Second // on top of the time a picture needs on the line
)

// errRefused marks a command the device will not carry out, however often.
var errRefused = errors.New("refused by the device")

// snap takes one picture and gets it across whole.
func (x *session) snap(ctx context.Context, progress devices.Progress) (devices.Sheet, *devices.Fault) {
	start := time.Now()
	need, verified := 2, devices.ShippedTwice
	if x.s.Line == CDC {
		need, verified = 1, devices.Decoded
	}
	var seen [][sha256.Size]byte // sums of the whole shipments so far
	var fault *devices.Fault     // of the shipment before
	taken := false
	for range commands {
		if fault != nil {
			if f := x.resync(ctx); f != nil {
				return devices.Sheet{}, f
			}
		}
		line := snapAndShip
		if taken {
			line = shipAgain
		}
		var image []byte
		var snapped bool
		image, snapped, fault = x.exchange(ctx, line, counted(progress, min(len(seen), need-1), need))
		taken = taken || snapped
		dpi := 0
		if fault == nil {
			dpi, fault = checkJPEG(image)
		}
		if fault != nil {
			if !again(fault) {
				return devices.Sheet{}, fault
			}
			x.s.Log.Warn("picture failed", "cause", fault.Cause, "detail", fault.Detail)
			continue
		}
		sum := sha256.Sum256(image)
		if need == 1 || contains(seen, sum) {
			return devices.Sheet{N: 1, Bytes: image, MIME: "image/jpeg", DPI: dpi, Verified: verified, Took: time.Since(start)}, nil
		}
		seen = append(seen, sum)
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

func contains(sums [][sha256.Size]byte, sum [sha256.Size]byte) bool {
	for _, s := range sums {
		if s == sum {
			return true
		}
	}
	return false
}

// counted reports one shipment's progress as a part of all that are needed, in
// steps of at least a hundredth.
func counted(progress devices.Progress, before, need int) func(done, size int) {
	if progress == nil {
		return func(int, int) {}
	}
	last := -1
	return func(done, size int) {
		if last >= 0 && done < size && done-last < size/100 {
			return
		}
		last = done
		progress(int64(before)*int64(size)+int64(done), int64(need)*int64(size))
	}
}

// exchange sends one line of commands and waits for both its reply and the
// picture, in whichever order they come. Without the reply a picture is worth
// nothing: it might be an old one. snapped tells whether the device said that
// it took a new picture.
func (x *session) exchange(ctx context.Context, line string, report func(done, size int)) (image []byte, snapped bool, fault *devices.Fault) {
	if fault := x.send(line, true); fault != nil {
		return nil, false, fault
	}
	timer := time.NewTimer(firstByte)
	defer timer.Stop()
	replied, receiving := false, false
	for !replied || image == nil {
		_, err := x.step(ctx, timer.C, nil)
		if errors.Is(err, errTimer) {
			return nil, snapped, late(replied, receiving, image != nil)
		}
		if err != nil {
			return nil, snapped, asFault(err)
		}
		for e, ok := x.take(); ok; e, ok = x.take() {
			switch e.kind {
			case gotLost:
				return nil, snapped, fail(e.cause, e.detail, nil)
			case gotReply:
				replied = true
				if snapped, fault = judgeReply(line, e.statuses); fault != nil {
					return nil, snapped, fault
				}
				timer.Reset(firstByte)
			case gotImage:
				image, receiving = e.image, false
				report(len(image), len(image))
				timer.Reset(firstByte)
			}
		}
		if done, size := x.in.picture(); size > 0 {
			if !receiving {
				receiving = true
				timer.Reset(slack + x.transfer(size))
			}
			report(done, size)
		}
	}
	return image, snapped, nil
}

// judgeReply reads the statuses of a picture's line. A device that will not
// take a picture has nothing to take it of.
func judgeReply(line string, statuses []byte) (snapped bool, fault *devices.Fault) {
	if line == snapAndShip {
		if statuses[0] == nak {
			return false, fail(devices.NoSheet, "IMGSNP was refused", errRefused)
		}
		snapped = statuses[0] == ack
	}
	for _, status := range statuses {
		switch status {
		case enq:
			return snapped, fail(devices.Garbled, "the device does not know "+line, errRefused)
		case nak:
			return snapped, fail(devices.Garbled, "the device refuses "+line, errRefused)
		}
	}
	return snapped, nil
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
