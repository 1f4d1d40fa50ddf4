package virtual

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"servicepoint/devices"
)

// ScannerConfig sets up a Scanner.
type ScannerConfig struct {
	Link string // optional: a symbolic link to the node, the same after each plug
	Baud int    // optional: pace the line to this rate, 8N1; 0 is unpaced
}

// Scanner is the far end of an imager's line: a Honeywell document imager with
// a pile of sheets beside it. Feed lays a sheet on the pile, taking a picture
// (IMGSNP) moves the top sheet under the imager, and shipping (IMGSHP) sends
// the picture taken last, as often as it is asked for. With the pile empty the
// imager refuses to take a picture. Like the real one it forgets its settings
// and its picture when it loses power.
//
// Written from the maker's user's guides (menu commands, imaging commands,
// message headers).
type Scanner struct {
	line Line
	out  chan message // what goes to the host, in order

	mu     sync.Mutex
	pile   [][]byte // fed, not yet photographed
	frame  []byte   // the picture taken last
	framed bool     // DECHDR1: codes come with a header
	mute   bool
	once   map[string]bool // fault words that hit the next shipment
	power  int             // counts power-ups
}

// message is one whole thing to send.
type message struct {
	bytes []byte
	power int  // void after a power loss
	slow  bool // paced like a serial line
}

// slowBaud is the rate of a shipment hit by the word "slow".
const slowBaud = 115200

// NewScanner makes the imager and plugs it in. Run must be called for it to
// answer.
func NewScanner(c ScannerConfig) (*Scanner, error) {
	v := &Scanner{
		line: Line{Link: c.Link, Baud: c.Baud},
		out:  make(chan message, 64),
		once: map[string]bool{},
	}
	if err := v.line.Plug(); err != nil {
		return nil, err
	}
	return v, nil
}

// Path is the node a driver opens; "" while unplugged and without a Link.
func (v *Scanner) Path() string { return v.line.Path() }

// Close unplugs the imager for good; a running Run ends by its context only.
func (v *Scanner) Close() error { return v.line.Close() }

// Feed lays a sheet, as the JPEG the imager will make of it, on the pile.
func (v *Scanner) Feed(jpeg []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pile = append(v.pile, jpeg)
}

// Queue is the number of sheets on the pile.
func (v *Scanner) Queue() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.pile)
}

// Next takes the top sheet off the pile without a picture of it, and reports
// whether there was one.
func (v *Scanner) Next() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.pile) == 0 {
		return false
	}
	v.pile[0] = nil
	v.pile = v.pile[1:]
	return true
}

// FeedCode holds a QR code with this text under the imager, which reads it and
// sends it unasked: after what is being sent now, never within it. Without
// power, or muted, nothing happens.
func (v *Scanner) FeedCode(text string) {
	v.mu.Lock()
	m := message{bytes: []byte(text + "\r"), power: v.power}
	if v.framed {
		m.bytes = framedCode(text)
	}
	mute := v.mute
	v.mu.Unlock()
	if mute || v.line.current() == nil {
		return
	}
	select {
	case v.out <- m:
	default: // a real imager also drops codes nobody fetches
	}
}

// ScannerWords lists the faults a scanner understands.
func ScannerWords() []Word {
	d := devices.ScannerDevice
	return []Word{
		{"truncate", d, ""}, {"flip", d, ""}, {"slow", d, ""}, // the next shipment only
		{"mute", d, "unmute"}, {"unmute", d, ""},
		{"unplug", d, "plug"}, {"plug", d, ""},
	}
}

// Words lists the faults this scanner understands.
func (v *Scanner) Words() []Word { return ScannerWords() }

// Fault makes one of the things in Words happen: the cable comes out (the
// imager loses power) or goes in; the next shipment breaks off after half its
// bytes, has one wrong byte, or goes at the pace of a 115 200 baud line; the
// imager neither hears nor speaks until "unmute".
func (v *Scanner) Fault(word string) error {
	switch word {
	case "unplug":
		v.mu.Lock()
		v.power++
		v.frame, v.framed = nil, false
		v.mu.Unlock()
		return v.line.Unplug()
	case "plug":
		return v.line.Plug()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch word {
	case "truncate", "flip", "slow":
		v.once[word] = true
	case "mute", "unmute":
		v.mute = word == "mute"
	default:
		return fmt.Errorf("virtual scanner: no fault %q", word)
	}
	return nil
}

// Run plays the imager until the context ends; then it unplugs for good and
// returns nil.
func (v *Scanner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sender sync.WaitGroup
	sender.Go(func() { v.send(ctx) })
	stopped := context.AfterFunc(ctx, func() { v.line.Close() })
	defer func() {
		cancel()
		stopped()
		v.line.Close()
		sender.Wait()
	}()
	buf := make([]byte, 512)
	var ear listener
	for {
		if v.line.Wait(ctx) != nil {
			return nil
		}
		n, err := v.line.Read(buf)
		for _, line := range ear.hear(buf[:n]) {
			v.obey(ctx, line)
		}
		switch {
		case errors.Is(err, ErrUnplugged):
			ear = listener{}
		case err != nil:
			return fmt.Errorf("virtual scanner: read: %w", err)
		}
	}
}

// obey carries out one line of menu commands.
func (v *Scanner) obey(ctx context.Context, line string) {
	v.mu.Lock()
	if v.mute {
		v.mu.Unlock()
		return
	}
	reply, ships := v.menu(line)
	messages := []message{{bytes: reply, power: v.power}}
	for _, b := range ships {
		messages = append(messages, v.spoil(b))
	}
	v.mu.Unlock()
	for _, m := range messages {
		select {
		case v.out <- m:
		case <-ctx.Done():
			return
		}
	}
}

// spoil applies the fault words waiting for a shipment; v.mu is held.
func (v *Scanner) spoil(block []byte) message {
	m := message{bytes: block, power: v.power, slow: v.once["slow"]}
	if v.once["flip"] {
		flip(m.bytes)
	}
	if v.once["truncate"] {
		m.bytes = m.bytes[:len(m.bytes)/2]
	}
	clear(v.once)
	return m
}

// flip makes one byte of a shipment wrong in a way that leaves the JPEG's
// markers as they are: what a checksum finds and a decoder often does not.
func flip(b []byte) {
	for i := len(b) / 2; i+1 < len(b); i++ {
		if b[i-1] != 0xFF && b[i] != 0xFF && b[i]^1 != 0xFF {
			b[i] ^= 1
			return
		}
	}
}

// send writes the messages one after the other, in pieces, so that a cable can
// come out in between.
func (v *Scanner) send(ctx context.Context) {
	for {
		var m message
		select {
		case m = <-v.out:
		case <-ctx.Done():
			return
		}
		piece, every := 4096, time.Duration(0)
		if m.slow {
			piece, every = slowBaud/10/50, time.Second/50
		}
		for len(m.bytes) > 0 && v.speaks(m.power) {
			n, err := v.line.Write(m.bytes[:min(piece, len(m.bytes))])
			if err != nil {
				break
			}
			m.bytes = m.bytes[n:]
			if every > 0 && !pause(ctx, every) {
				return
			}
		}
	}
}

// speaks tells whether a message of that power-up may still go out.
func (v *Scanner) speaks(power int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.mute && v.power == power
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
