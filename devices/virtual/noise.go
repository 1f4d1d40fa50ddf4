package virtual

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// heldFor is how long coalesced bytes wait for more of them.
const heldFor = 200 * time.Millisecond

// noise is what can be wrong with the wire itself. What it does to a stream
// depends on its seed and on the bytes' places in the stream alone, not on how
// they are read; but at a wrong rate each piece is misread by itself.
type noise struct {
	mu    sync.Mutex
	rate  float64 // bits flipped
	ratio float64 // device's rate by host's rate; 0 is right
	ways  [2]way
	gate  chan struct{} // not nil while the line stalls; closed when it goes on
	until *time.Timer   // ends a stall

	single bool
	batch  int    // bytes to hold back for
	held   []byte // held back
	flush  func() // sends them
	timer  *time.Timer

	writing bool // one write at a time, the timer's too
	turn    *sync.Cond
}

// begin waits for its turn to write. A condition and not a mutex: who waits for
// one has nothing to do, which tests with made-up time need to know.
func (n *noise) begin() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.turn == nil {
		n.turn = sync.NewCond(&n.mu)
	}
	for n.writing {
		n.turn.Wait()
	}
	n.writing = true
}

func (n *noise) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.writing = false
	n.turn.Signal()
}

func (n *noise) seed(seed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.ways {
		if n.ways[i].rng == nil {
			n.ways[i].rng = rand.New(rand.NewPCG(seed, uint64(i)))
		}
	}
}

// fault obeys those words of LineWords that are about bytes; handled is false
// for all others.
func (n *noise) fault(word string, args []string) (handled bool, err error) {
	switch word {
	case "stall":
		return true, n.stall(args)
	case "go_on":
		n.release()
		return true, nil
	case "drop_byte", "double_byte", "burst":
		return true, n.strike(word, args)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch word {
	case "noise":
		n.rate, err = numberArg(args, 1e-4, 0, 1)
	case "wrong_baud":
		n.ratio, err = numberArg(args, 0.5, 0.01, 100)
	case "right_baud":
		n.ratio = 0
	case "quiet":
		n.rate = 0
		n.ways[toHost].strikes, n.ways[toDevice].strikes = nil, nil
	case "one_byte":
		n.single = true
	case "coalesce":
		var bytes float64
		if bytes, err = numberArg(args, 64, 1, 1<<20); err == nil {
			n.batch = int(bytes)
		}
	case "whole":
		n.single, n.batch = false, 0
		if n.flush != nil {
			go n.flush()
		}
	case "at_probe":
		n.ways[toDevice].before = append(n.ways[toDevice].before, "AT\rAT\rAT\r"...)
	default:
		return false, nil
	}
	return true, err
}

// numberArg reads an optional number within bounds.
func numberArg(args []string, otherwise, from, to float64) (float64, error) {
	if len(args) == 0 {
		return otherwise, nil
	}
	v, err := strconv.ParseFloat(args[0], 64)
	if err != nil || !(v >= from && v <= to) {
		return 0, fmt.Errorf("%q is no number from %g to %g", args[0], from, to)
	}
	return v, nil
}

func (n *noise) strike(what string, args []string) error {
	hit := [2]bool{true, true}
	if k := len(args); k > 0 {
		switch args[k-1] {
		case "up":
			hit[toDevice], args = false, args[:k-1]
		case "down":
			hit[toHost], args = false, args[:k-1]
		}
	}
	after, err := numberArg(args, 0, 0, 1<<30)
	if err != nil {
		return err
	}
	left := 1
	if what == "burst" {
		left = burstBytes
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.ways {
		if hit[i] && len(n.ways[i].strikes) < 1000 {
			n.ways[i].strikes = append(n.ways[i].strikes, strike{int(after), what, left})
		}
	}
	return nil
}

func (n *noise) stall(args []string) error {
	d, err := secondsArg(args, 0)
	if err != nil {
		return err
	}
	n.release()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gate = make(chan struct{})
	if d > 0 {
		n.until = time.AfterFunc(d, n.release)
	}
	return nil
}

// release ends a stall.
func (n *noise) release() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.until != nil {
		n.until.Stop()
		n.until = nil
	}
	if n.gate != nil {
		close(n.gate)
		n.gate = nil
	}
}

// wait returns once the line does not stall.
func (n *noise) wait() {
	for {
		n.mu.Lock()
		gate := n.gate
		n.mu.Unlock()
		if gate == nil {
			return
		}
		<-gate
	}
}

// read fills p from the device's side of the line.
func (n *noise) read(p []byte, raw func([]byte) (int, error)) (int, error) {
	n.wait()
	for len(p) > 0 {
		n.mu.Lock()
		w := &n.ways[toDevice]
		k := copy(p, w.rest)
		w.rest = w.rest[k:]
		n.mu.Unlock()
		if k > 0 {
			return k, nil
		}
		k, err := raw(p)
		n.wait() // a byte that was under way when the line stalled
		out := n.pass(toDevice, p[:k])
		k = copy(p, out)
		n.mu.Lock()
		w.rest = append(w.rest, out[k:]...)
		n.mu.Unlock()
		if k > 0 || err != nil {
			return k, err
		}
	}
	return 0, nil
}

// send writes p to the host; raw writes, drained waits until the host has read
// what was written, or seems not to read.
func (n *noise) send(p []byte, raw func([]byte) (int, error), drained func()) (int, error) {
	n.begin()
	defer n.end()
	n.wait()
	out := n.pass(toHost, p)
	n.mu.Lock()
	single, batch := n.single, n.batch
	if batch > 0 || len(n.held) > 0 {
		n.held = append(n.held, out...)
		out = nil
		if len(n.held) >= batch {
			out, n.held = n.held, nil
		} else if n.timer == nil {
			n.flush = func() { n.flushHeld(raw) }
			n.timer = time.AfterFunc(heldFor, n.flush)
		}
	}
	n.mu.Unlock()
	if !single {
		if len(out) == 0 {
			return len(p), nil
		}
		if k, err := raw(out); err != nil {
			return min(k, len(p)), err
		}
		return len(p), nil
	}
	for i := range out {
		if _, err := raw(out[i : i+1]); err != nil {
			return min(i, len(p)), err
		}
		drained()
	}
	return len(p), nil
}

func (n *noise) flushHeld(raw func([]byte) (int, error)) {
	n.begin()
	defer n.end()
	n.mu.Lock()
	out := n.held
	n.held, n.timer = nil, nil
	n.mu.Unlock()
	if len(out) > 0 {
		_, _ = raw(out) // a line that is gone is told of by the next read
	}
}

// disturbed is somebody else's line with a Line's noise on it.
type disturbed struct {
	conn io.ReadWriter
	line *Line
}

func (d *disturbed) Read(p []byte) (int, error) { return d.line.noise.read(p, d.conn.Read) }

func (d *disturbed) Write(p []byte) (int, error) {
	return d.line.noise.send(p, d.conn.Write, func() {})
}

func (d *disturbed) unplug() error {
	d.line.noise.release()
	if c, ok := d.conn.(io.Closer); ok {
		return c.Close()
	}
	return errors.New("this line cannot be unplugged")
}
