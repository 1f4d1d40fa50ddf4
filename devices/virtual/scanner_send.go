package virtual

import (
	"context"
	"time"
)

// message is one whole thing to send, in parts.
type message struct {
	parts []part
	ship  bool   // a picture
	slow  bool   // paced like a serial line
	void  bool   // given up: the rest is not sent; Scanner.mu guards it, last and deaf
	last  bool   // the end of it is going out: whoever answers now has it all
	deaf  bool   // the next acknowledgement is not heard
	power int    // void after a power loss
	done  func() // optional: everything arrived; called with Scanner.mu held
}

// part is what goes out in one go. With again set it is a packet that the host
// has to acknowledge.
type part struct {
	bytes []byte
	again []byte        // the same, marked as sent again
	wait  time.Duration // of silence before it
	bad   int           // so many sendings of it have a wrong checksum
	deaf  bool          // its first acknowledgement is not heard
}

// Of a packet that the host has to acknowledge.
const (
	ackTime = 2 * time.Second // how long the imager waits
	resends = 2               // how often it sends it again
)

// slowBaud is the rate of a shipment hit by the word "slow".
const slowBaud = 115200

// says is a message of one part.
func says(b []byte) *message { return &message{parts: []part{{bytes: b}}} }

// push lines messages up for sending; v.mu is held.
func (v *Scanner) push(messages ...*message) {
	for _, m := range messages {
		if m == nil || len(v.queue) >= maxMessages {
			continue
		}
		m.power = v.power
		v.queue = append(v.queue, m)
	}
	if len(v.queue) > 0 {
		select {
		case v.wake <- struct{}{}:
		default:
		}
	}
}

// drop gives up what waits or is under way, pictures only or all; v.mu is held.
func (v *Scanner) drop(picturesOnly bool) {
	if v.sending != nil && (v.sending.ship || !picturesOnly) {
		v.sending.void = true
		v.answered(ssiCancel) // nobody waits for an acknowledgement any more
	}
	for _, m := range v.queue {
		m.void = m.void || m.ship || !picturesOnly
	}
}

// shipping tells whether a picture is under way; v.mu is held.
func (v *Scanner) shipping() bool {
	if v.sending != nil && v.sending.ship && !v.sending.void && !v.sending.last {
		return true
	}
	for _, m := range v.queue {
		if m.ship && !m.void {
			return true
		}
	}
	return false
}

// settle ends the message whose end is going out: the host has all of it,
// whether or not the sender has noticed that yet. v.mu is held.
func (v *Scanner) settle(m *message) {
	if m != nil && m.last && m.done != nil && !m.void && m.power == v.power {
		m.done()
		m.done = nil
	}
}

// answered notes what the host said to a packet: 0 is ACK, else NAK's cause.
// v.mu is held.
func (v *Scanner) answered(b byte) {
	if b == ssiAcked && v.sending != nil && !v.sending.deaf {
		v.settle(v.sending)
	}
	select {
	case v.answers <- b:
	default:
	}
}

// send writes the messages one after the other.
func (v *Scanner) send(ctx context.Context) {
	for {
		v.mu.Lock()
		v.sending = nil
		if len(v.queue) > 0 {
			v.sending = v.queue[0]
			v.queue[0] = nil
			v.queue = v.queue[1:]
		}
		m := v.sending
		v.mu.Unlock()
		if m != nil {
			v.deliver(ctx, m)
			continue
		}
		select {
		case <-v.wake:
		case <-ctx.Done():
			return
		}
	}
}

func (v *Scanner) deliver(ctx context.Context, m *message) {
	for i := range m.parts {
		p := &m.parts[i]
		if p.wait > 0 && !pause(ctx, p.wait) {
			return
		}
		last := i == len(m.parts)-1
		if p.again == nil {
			if !v.bytes(ctx, m, p.bytes, last) {
				return
			}
		} else if !v.packet(ctx, m, p, last) {
			return
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settle(m)
}

// bytes sends what nobody acknowledges. The last byte of a message goes by
// itself: a host that speaks after it has everything.
func (v *Scanner) bytes(ctx context.Context, m *message, b []byte, last bool) bool {
	if !last || len(b) == 0 {
		return v.write(ctx, m, b)
	}
	n := len(b) - 1
	if !v.write(ctx, m, b[:n]) {
		return false
	}
	v.at(m, true, false)
	return v.write(ctx, m, b[n:])
}

// at notes how far a message is.
func (v *Scanner) at(m *message, last, deaf bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m.last, m.deaf = last, deaf
}

// packet sends a packet until the host has acknowledged it, or gives the
// message up.
func (v *Scanner) packet(ctx context.Context, m *message, p *part, last bool) bool {
	b, deaf := p.bytes, p.deaf
	for try := 0; try <= resends; try++ {
		for len(v.answers) > 0 {
			<-v.answers // to something before
		}
		v.at(m, last, deaf)
		out := b
		if try < p.bad {
			out = append([]byte(nil), b...)
			out[len(out)-1] ^= 0xFF
		}
		if !v.write(ctx, m, out) {
			return false
		}
		switch v.answer(ctx, m) {
		case ssiAcked:
			if !deaf {
				return true
			}
			deaf = false
		case ssiResend, ssiSilent:
		default: // the host will not have it
			return false
		}
		b = p.again
	}
	return false
}

// answer waits for what the host says to a packet.
func (v *Scanner) answer(ctx context.Context, m *message) byte {
	timer := time.NewTimer(ackTime)
	defer timer.Stop()
	select {
	case b := <-v.answers:
		return b
	case <-timer.C:
		return ssiSilent
	case <-ctx.Done():
		return ssiCancel
	}
}

// write sends bytes in pieces, so that a cable can come out in between.
func (v *Scanner) write(ctx context.Context, m *message, b []byte) bool {
	piece, every := 4096, time.Duration(0)
	if m.slow {
		piece, every = slowBaud/10/50, time.Second/50
	}
	for len(b) > 0 {
		if !v.speaks(m) {
			return false
		}
		n, err := v.line.Write(b[:min(piece, len(b))])
		if err != nil {
			return false
		}
		b = b[n:]
		if every > 0 && !pause(ctx, every) {
			return false
		}
	}
	return true
}

// speaks tells whether the rest of a message may still go out.
func (v *Scanner) speaks(m *message) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.mute && !m.void && v.power == m.power
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
