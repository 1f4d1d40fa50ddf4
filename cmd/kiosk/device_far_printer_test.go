package main

import (
	"sync"
	"time"
)

// farReceipt is a receipt printer: a buffer of 4 kB behind the line, real-time
// commands obeyed as they arrive, and behind the buffer an interpreter that
// paints dots on paper.
type farReceipt struct {
	*farWire
	port                string
	pieces              bool // its bytes come one at a time
	dots                int
	noIDs, noCutID      bool          // does not answer GS ( H; only the first
	mute, clone         bool          // answers nothing at all; does not know GS ( H
	lastOnly, xoff      bool          // of two IDs only the second; XOFF inside every longer reply
	late                time.Duration // of every ID
	instead             []string      // these IDs are sent in place of those asked for
	onRow               func(p *farReceipt, y int)
	onCut               func(p *farReceipt)
	mu                  sync.Mutex
	turn                *sync.Cond
	drops               bool // what comes to a full buffer is lost
	off, paperOut       bool
	cover, jam, blocked bool // jam: the error; blocked: its cause is still there
	life                int  // power-ups and clearings
	asb                 byte
	buf, stream         []byte
	meant               map[int]bool // where in the stream a real-time command stands by itself
	rows                [][]bool     // on the paper since the last cut
	slips               [][][]bool
	junk, ids           []string
	queries             int // real-time commands heard
	cell                farCells
}

func (p *farReceipt) run(w *farWire) {
	p.farWire, p.turn, p.meant = w, sync.NewCond(&p.mu), map[int]bool{}
	if p.dots == 0 {
		p.dots = 576
	}
	ended := make(chan struct{})
	go func() { defer close(ended); p.interpret() }()
	for {
		b, ok := p.read(0)
		if !ok {
			break
		}
		p.mu.Lock()
		for !p.drops && len(p.buf) >= 4096 && !p.dead() {
			p.turn.Wait()
		}
		if !p.off && len(p.buf) < 4096 {
			p.stream, p.buf = append(p.stream, b), append(p.buf, b)
			p.realTime()
			p.turn.Broadcast()
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.turn.Broadcast()
	p.mu.Unlock()
	<-ended
}

func (p *farReceipt) dead() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

func (p *farReceipt) offline() bool { return p.off || p.paperOut || p.cover || p.jam }

func bit(on bool, n byte) byte {
	if on {
		return n
	}
	return 0
}

// realTime obeys what the last three bytes say, wherever they stand.
func (p *farReceipt) realTime() {
	if len(p.stream) < 3 {
		return
	}
	last := p.stream[len(p.stream)-3:]
	if last[0] != 0x10 {
		return
	}
	switch n := last[2]; {
	case last[1] == 4 && n >= 1 && n <= 4:
		p.queries++
		p.reply([]byte{0x12 | [...]byte{0,
			bit(p.offline(), 8),
			bit(p.cover, 4) | bit(p.paperOut, 0x20) | bit(p.jam, 0x40),
			bit(p.jam, 8),
			bit(p.paperOut, 0x60)}[n]})
	case last[1] == 5 && n == 1 && p.jam && !p.blocked:
		p.jam = false
		p.changed()
	case last[1] == 5 && n == 2:
		p.jam = p.jam && p.blocked
		p.buf, p.life = nil, p.life+1
		p.changed()
	case last[1] == 0x14 && (n == 1 || n == 2 || n == 8):
		p.junk = append(p.junk, "DLE DC4")
	}
}

// changed tells the host of a new state, and lets the interpreter look.
func (p *farReceipt) changed() {
	if p.asb != 0 {
		p.reply([]byte{0x10 | bit(p.offline(), 8) | bit(p.cover, 0x20), bit(p.jam, 8), bit(p.paperOut, 0x0C), 0})
	}
	p.turn.Broadcast()
}

func (p *farReceipt) reply(b []byte) {
	if p.mute || p.off {
		return
	}
	if p.xoff && len(b) >= 4 {
		b = append(append(append([]byte(nil), b[:2]...), 0x13), append(b[2:len(b):len(b)], 0x11)...)
	}
	p.write(b)
}

// later does something to the printer after a time, as a person would.
func (p *farReceipt) later(d time.Duration, do func()) {
	time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		do()
		p.changed()
	})
}

// powerCut takes all that is not on paper; the power comes back after a time.
func (p *farReceipt) powerCut(d time.Duration) {
	p.off, p.buf, p.asb = true, nil, 0
	p.life++
	p.later(d, func() { p.off = false })
}

// processed answers a process ID when all before it is on paper.
func (p *farReceipt) processed(id string) {
	p.ids = append(p.ids, id)
	if p.noIDs || p.noCutID && len(p.ids)%2 == 0 || p.lastOnly && len(p.ids)%2 == 1 {
		return
	}
	if len(p.instead) > 0 {
		id, p.instead = p.instead[0], p.instead[1:]
	}
	answer := append(append([]byte{0x37, 0x22}, id...), 0)
	if p.late == 0 {
		p.reply(answer)
		return
	}
	p.later(p.late, func() { p.reply(answer) })
}

// hidden counts real-time sequences that stand inside other commands, among
// the bytes that were interpreted.
func (p *farReceipt) hidden() (n int) {
	for i := 0; i+2 < len(p.stream)-len(p.buf); i++ {
		a, b, c := p.stream[i], p.stream[i+1], p.stream[i+2]
		if a != 0x10 || p.meant[i] {
			continue
		}
		if b == 4 && c >= 1 && c <= 8 || b == 5 && c <= 2 || b == 0x14 && (c == 1 || c == 2 || c == 8) {
			n++
		}
	}
	return n
}
