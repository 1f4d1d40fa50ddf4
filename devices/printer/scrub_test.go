package printer

import (
	"bytes"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"servicepoint/devices"
)

// dotsOf makes a span of a row of dots from byte from on.
func dotsOf(from, to, width int) span {
	return span{from, to, func(i int, bit byte) []devices.Dot {
		return square(8*(from+i)+bits.LeadingZeros8(bit), 0, 1, width)
	}}
}

// TestScrubEveryCommand: each is gone, whichever of its bytes may be changed.
func TestScrubEveryCommand(t *testing.T) {
	const wide = 1 << 20
	for a := range 256 {
		for _, c := range realtimeCommands() {
			for _, spans := range [][]span{
				{dotsOf(0, 6, wide)},
				{dotsOf(1, 2, wide), dotsOf(3, 6, wide)}, // ESC &: the width of a letter between the dots of two
				{dotsOf(2, 3, wide)},
			} {
				b := []byte{byte(a), c[0], c[1], c[2], 4, 1}
				before := slices.Clone(b)
				changed := scrub(b, spans)
				if hidden(b) > 0 {
					t.Fatalf("% x is left of % x", b, before)
				}
				flipped := 0
				for i := range b {
					flipped += bits.OnesCount8(b[i] ^ before[i])
					if b[i] != before[i] && spanOf(spans, i) == nil {
						t.Fatalf("a command byte of % x changed: % x", before, b)
					}
				}
				if flipped != len(changed) || flipped < 1 || flipped > 2 {
					t.Fatalf("% x became % x, %d dots reported", before, b, len(changed))
				}
			}
		}
	}
}

func realtimeCommands() (all [][]byte) {
	for c := byte(1); c <= 8; c++ {
		all = append(all, []byte{0x10, 4, c})
	}
	for c := range byte(3) {
		all = append(all, []byte{0x10, 5, c})
	}
	return append(all, []byte{0x10, 0x14, 1}, []byte{0x10, 0x14, 2}, []byte{0x10, 0x14, 8})
}

// TestScrubChangesTheLeastDotOnThePaper: 04 becomes 06, as 05 would be a
// command too; where that dot is beside the paper, it need not be reported but
// one on the paper is better.
func TestScrubChangesTheLeastDotOnThePaper(t *testing.T) {
	b := []byte{0x10, 0x04, 0x01}
	if got := scrub(b, []span{dotsOf(0, 3, 24)}); !bytes.Equal(b, []byte{0x10, 0x06, 0x01}) || !slices.Equal(got, []devices.Dot{{X: 14}}) {
		t.Errorf("% x, %v", b, got)
	}
	b = []byte{0x10, 0x04, 0x01}
	if got := scrub(b, []span{dotsOf(0, 3, 12)}); len(got) != 1 || got[0].X >= 12 || hidden(b) > 0 {
		t.Errorf("% x, %v", b, got)
	}
	b = []byte{0x10, 0x04, 0x01}
	if got := scrub(b, []span{dotsOf(1, 2, 8)}); len(got) != 0 || hidden(b) > 0 {
		t.Errorf("% x, %v", b, got)
	}
}

// TestScrubAnyStream: bytes that are dots throughout.
func TestScrubAnyStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		b := make([]byte, rng.IntN(400))
		loaded(rng, b)
		before, n := slices.Clone(b), hidden(b)
		changed := scrub(b, []span{dotsOf(0, len(b), 8*len(b))})
		if hidden(b) > 0 || len(changed) > n {
			t.Fatalf("%d commands left, %d dots changed for %d", hidden(b), len(changed), n)
		}
		for _, d := range changed {
			before[d.X/8] ^= 0x80 >> (d.X % 8)
		}
		if !bytes.Equal(before, b) {
			t.Fatal("other dots changed than were reported")
		}
	}
}
