package scanner

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"servicepoint/devices"
)

// The bytes of Datalogic's Magellan imagers (1500i, 3300, 3450, 9300 product
// reference guides, host commands).
const (
	// takePicture is the picture command with size, brightness and contrast as
	// the imager is configured.
	takePicture = "P\x04pSBC"

	magHere   = 0x06 // u32 length, highest first, and the picture follow; 0 means ask again
	magRefuse = 0x07 // no picture, as it is set up
	magHead   = 5
)

// magellan is the talk of Datalogic's Magellan imagers: one picture command,
// and codes as plain lines beside it. The protocol has no checksum, no way to
// have the same picture shipped again and no command without an effect, so a
// picture is checked by its length and by decoding it and nothing else, on
// every line: its Sheet says Decoded. Where that is not enough, the imager
// belongs on USB.
type magellan struct {
	x     *session
	state magState
	line  lines
	head  []byte
	body  []byte
	size  int
	done  int

	asked bool      // a picture that begins from now on is wanted
	owed  bool      // the last command has had no answer yet
	found *magFound // since somebody looked
}

type magState int

const (
	magRest magState = iota
	magInHead
	magInBlock
	magInLine
	magLost // everything is ignored until resync
)

// magFound is what the imager has answered: a picture or a fault.
type magFound struct {
	image []byte
	fault *devices.Fault
}

func (m *magellan) capabilities() devices.Capabilities {
	return devices.Capabilities{Pages: true, Codes: true}
}

func (m *magellan) patience() time.Duration {
	switch m.state {
	case magInLine:
		return lineQuiet
	case magInHead, magInBlock:
		return stall
	}
	return 0
}

func (m *magellan) silence() {
	switch m.state {
	case magInLine:
		m.hand(m.line.end())
	case magInHead, magInBlock:
		m.lose(devices.Truncated, "the picture stopped after %d of %d bytes", m.done, m.size)
	}
}

func (m *magellan) feed(b []byte) {
	for len(b) > 0 {
		if m.state == magInBlock {
			n := min(len(b), m.size-m.done)
			m.block(b[:n])
			b = b[n:]
			continue
		}
		c := b[0]
		b = b[1:]
		switch m.state {
		case magRest:
			m.begin(c)
		case magInHead:
			if m.head = append(m.head, c); len(m.head) == magHead {
				m.announce(binary.BigEndian.Uint32(m.head[1:]))
			}
		case magInLine:
			m.text(c)
		case magLost:
			return
		}
	}
}

// begin decides by its first byte what a message is.
func (m *magellan) begin(c byte) {
	switch c {
	case magHere:
		m.state, m.head, m.size, m.done = magInHead, append(m.head[:0], c), 0, 0
	case magRefuse:
		m.answer(nil, fail(devices.Refused, "the imager takes no picture, as it is set up", errRefused))
	case '\r', '\n':
	default:
		m.state = magInLine
		m.text(c)
	}
}

func (m *magellan) text(c byte) {
	if c == magHere || c == magRefuse { // never part of a code's text
		m.hand(m.line.end())
		m.begin(c)
		return
	}
	raw, ended, long := m.line.put(c)
	switch {
	case long:
		m.lose(devices.Garbled, "more than %d bytes without an end", maxLine)
	case ended:
		m.hand(raw)
	}
}

func (m *magellan) hand(raw []byte) {
	m.state = magRest
	if raw != nil {
		m.x.code(devices.Code{Raw: raw})
	}
}

// announce judges a picture by its length.
func (m *magellan) announce(size uint32) {
	switch {
	case size == 0:
		m.state = magRest
		m.answer(nil, fail(devices.Silent, "the imager has no picture yet", nil))
	case size > maxBlock:
		cause := devices.Garbled
		if size <= maxAnnounced {
			cause = devices.TooLarge
		}
		m.lose(cause, "a picture of %d bytes", size)
	default:
		m.state, m.size, m.done, m.body = magInBlock, int(size), 0, nil
	}
}

func (m *magellan) block(b []byte) {
	if m.asked {
		m.body = grow(m.body, len(b), m.size)
		m.body = append(m.body, b...)
	}
	if m.done += len(b); m.done < m.size {
		return
	}
	m.state = magRest
	body := m.body
	m.body = nil
	if m.asked {
		m.answer(body, nil)
	} else {
		m.owed = false
	}
}

// answer keeps what the command was answered with, if one was given. After a
// fault nothing is looked at until the resync that follows it.
func (m *magellan) answer(image []byte, fault *devices.Fault) {
	if !m.owed {
		return
	}
	m.owed, m.asked, m.found = false, false, &magFound{image, fault}
	if fault != nil {
		m.state = magLost
	}
}

func (m *magellan) lose(cause devices.Cause, format string, args ...any) {
	m.state, m.body, m.line.buf = magLost, nil, m.line.buf[:0]
	m.owed, m.asked = false, false
	m.found = &magFound{fault: fail(cause, fmt.Sprintf(format, args...), nil)}
}

func (m *magellan) strayed() *devices.Fault {
	found := m.found
	if m.found = nil; found == nil {
		return nil
	}
	return found.fault
}

// resync waits for an answer that is still owed, since nothing in it would
// tell it from the next one, and then for silence. It proves only that the
// line is there: the imager knows no harmless question.
func (m *magellan) resync(ctx context.Context) *devices.Fault {
	m.asked = false
	timer := time.NewTimer(firstByte)
	defer timer.Stop()
	for begun := false; m.owed; {
		_, err := m.x.step(ctx, timer.C, nil)
		if errors.Is(err, errTimer) {
			break
		}
		if err != nil {
			return asFault(err)
		}
		if m.state == magInBlock && !begun {
			begun = true
			timer.Reset(slack + m.x.transfer(m.size))
		}
	}
	fault := m.x.discard(ctx, m.size-m.done)
	*m = magellan{x: m.x, line: lines{m.line.buf[:0]}, head: m.head[:0]}
	return fault
}

// snap takes a picture, and another if the first does not come across whole.
func (m *magellan) snap(ctx context.Context, _ devices.ScanRequest, progress devices.Progress) (devices.Sheet, *devices.Fault) {
	var fault *devices.Fault
	for range commands {
		if fault != nil {
			if f := m.resync(ctx); f != nil {
				return devices.Sheet{}, f
			}
		}
		var image []byte
		image, fault = m.exchange(ctx, counted(progress, 0, 1))
		dpi := 0
		if fault == nil {
			dpi, fault = checkJPEG(image)
		}
		if fault == nil {
			return devices.Sheet{N: 1, Bytes: image, MIME: "image/jpeg", DPI: dpi, Verified: devices.Decoded}, nil
		}
		if !again(fault) {
			break
		}
		m.x.s.Log.Warn("picture failed", "cause", fault.Cause, "detail", fault.Detail)
	}
	return devices.Sheet{}, fault
}

// exchange asks for a picture and waits for it.
func (m *magellan) exchange(ctx context.Context, report func(done, size int)) ([]byte, *devices.Fault) {
	m.asked, m.owed, m.found = true, true, nil
	if fault := m.x.write([]byte(takePicture)); fault != nil {
		return nil, fault
	}
	timer := time.NewTimer(firstByte)
	defer timer.Stop()
	for receiving := false; ; {
		_, err := m.x.step(ctx, timer.C, nil)
		if errors.Is(err, errTimer) {
			m.owed = false // it has had its time
			if receiving {
				return nil, fail(devices.Truncated, "the picture took too long", nil)
			}
			return nil, fail(devices.Silent, "no answer to the picture command", nil)
		}
		if err != nil {
			return nil, asFault(err)
		}
		if found := m.found; found != nil {
			if m.found = nil; found.fault == nil {
				report(len(found.image), len(found.image))
			}
			return found.image, found.fault
		}
		if m.state == magInBlock {
			if !receiving {
				receiving = true
				timer.Reset(slack + m.x.transfer(m.size))
			}
			report(m.done, m.size)
		}
	}
}
