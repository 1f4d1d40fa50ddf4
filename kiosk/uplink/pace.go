package uplink

import (
	"sync"
	"time"
)

// The size of a chunk: large enough that the round trips cost nothing, small
// enough that a cut costs little.
const (
	chunkMin   = 256 << 10
	chunkStart = 1 << 20
	chunkMax   = 8 << 20
	chunkAim   = 10 * time.Second
)

// pace chooses the size of the next chunk by how long the last one took. The
// zero value starts at chunkStart.
type pace struct {
	mu   sync.Mutex
	size int64
}

func (p *pace) next() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size == 0 {
		p.size = chunkStart
	}
	return p.size
}

// sent moves the size towards what takes chunkAim, at most by a factor of two.
// The short last chunk of a parcel says nothing unless it was slow.
func (p *pace) sent(n int64, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < p.size && took < chunkAim {
		return
	}
	aim := int64(float64(n) / max(took.Seconds(), 0.001) * chunkAim.Seconds())
	p.size = clamp(min(max(aim, p.size/2), p.size*2))
}

// slower halves the size after a failure.
func (p *pace) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = clamp(max(p.size, chunkMin) / 2)
}

func clamp(n int64) int64 { return min(max(n, chunkMin), chunkMax) }
