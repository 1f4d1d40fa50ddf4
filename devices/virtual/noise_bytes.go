package virtual

import "math/rand/v2"

// A burst zeroes so many bytes.
const burstBytes = 64

// The two ways along a line.
const (
	toHost   = 0
	toDevice = 1
)

// way is one direction.
type way struct {
	rng     *rand.Rand
	strikes []strike
	before  []byte // comes before anything else
	rest    []byte // did not fit into what was asked for
}

// strike hits one place in the stream.
type strike struct {
	after int // bytes yet to pass
	what  string
	left  int
}

// pass is what becomes of bytes on their way.
func (n *noise) pass(i int, b []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := &n.ways[i]
	if n.rate == 0 && n.ratio == 0 && len(w.strikes) == 0 && len(w.before) == 0 {
		return b
	}
	out := append(make([]byte, 0, len(w.before)+len(b)+8), w.before...)
	w.before = nil
	for _, c := range b {
		times := w.hit(&c)
		for bit := range 8 {
			if n.rate > 0 && w.rng.Float64() < n.rate {
				c ^= 1 << bit
			}
		}
		for range times {
			out = append(out, c)
		}
	}
	if n.ratio == 0 {
		return out
	}
	if i == toHost {
		return misread(out, 1/n.ratio)
	}
	return misread(out, n.ratio)
}

// hit lets the strikes do what they are due to do to a byte and tells how
// often it arrives.
func (w *way) hit(c *byte) int {
	times := 1
	rest := w.strikes[:0]
	for _, s := range w.strikes {
		if s.after > 0 {
			s.after--
			rest = append(rest, s)
			continue
		}
		switch s.what {
		case "drop_byte":
			times = 0
		case "double_byte":
			times *= 2
		case "burst":
			*c = 0
		}
		if s.left--; s.left > 0 {
			rest = append(rest, s)
		}
	}
	w.strikes = rest
	return times
}

// misread is what a receiver at so many times the sender's rate makes of bytes
// sent without a gap, 8N1: it samples the middle of its own bits.
func misread(b []byte, ratio float64) []byte {
	level := func(t float64) bool { // of the line, by the sender's bits
		i := int(t)
		if i/10 >= len(b) {
			return true // idle
		}
		switch bit := i % 10; bit {
		case 0:
			return false
		case 9:
			return true
		default:
			return b[i/10]>>(bit-1)&1 != 0
		}
	}
	var out []byte
	step := 1 / ratio // one of the receiver's bits in the sender's
	end := float64(10 * len(b))
	for t := 0.0; t < end; {
		if level(t) { // no start bit here
			t += min(1, step) / 4
			continue
		}
		var c byte
		for bit := range 8 {
			if level(t + (float64(bit)+1.5)*step) {
				c |= 1 << bit
			}
		}
		out = append(out, c)
		t += 9.5 * step
	}
	return out
}
