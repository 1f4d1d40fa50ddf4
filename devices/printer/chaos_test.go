package printer

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// chaos is one life of a driver with a far end that behaves at random.
type chaos struct {
	t    *testing.T
	seed uint64
	rng  *rand.Rand
	p    *Printer
	far  *farEnd
	jobs [][]byte // what each job prints
}

var chaosSeed = flag.Uint64("seed", 0, "replay one life of TestNoFarEndLeadsToADeadEnd")

// TestNoFarEndLeadsToADeadEnd lets 10,000 random far ends answer wrongly, late
// and not at all, hang up, stall, run out of paper and lose their power. No
// slip comes out twice, no level is higher than what is on paper, and once the
// printer is well again it prints.
func TestNoFarEndLeadsToADeadEnd(t *testing.T) {
	seed, n := uint64(20261123), 10_000
	if os.Getenv("KIOSK_DEEP") != "" {
		seed = uint64(time.Now().UnixNano()) // other lives each night
	}
	t.Logf("seed %d", seed)
	if *chaosSeed > 0 {
		seed, n = *chaosSeed, 1
	}
	if testing.Short() && n > 1 {
		n = 1000
	}
	for i := range n {
		synctest.Test(t, func(t *testing.T) { newChaos(t, seed+uint64(i)).run() })
		if t.Failed() {
			t.Fatalf("seed %d", seed+uint64(i))
		}
	}
}

func newChaos(t *testing.T, seed uint64) *chaos {
	c := &chaos{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0))}
	pr, _ := ProfileNamed([]string{"epson-tm-t20", "clone-80", "rongta-80", "epson-tm-t88iii", "mute-58"}[c.rng.IntN(5)])
	pr.Encoding = devices.RasterEncoding
	if c.rng.IntN(6) == 0 {
		pr.Queued, pr.ProcessID, pr.Window = false, false, 0
	}
	c.far = newFarEnd(pr, seed)
	c.far.pace = time.Duration(c.rng.IntN(1000)) * time.Microsecond
	c.p = &Printer{Open: c.far.open, Profile: pr, MaxPause: time.Duration(1+c.rng.IntN(20)) * time.Second}
	if c.rng.IntN(2) == 0 {
		c.p.Baud, c.far.pace = 115200, 87*time.Microsecond
		c.p.Flow = []wire.Flow{wire.FlowNone, wire.FlowRTSCTS}[c.rng.IntN(2)]
	}
	return c
}

func (c *chaos) run() {
	ctx, cancel := context.WithCancel(c.t.Context())
	done, quiet := make(chan struct{}), make(chan struct{})
	go func() { c.p.Run(ctx); close(done) }()
	go func() { c.disturb(); close(quiet) }()
	for range 1 + c.rng.IntN(2) {
		time.Sleep(time.Duration(c.rng.IntN(2000)) * time.Millisecond)
		c.print(ctx)
	}
	<-quiet
	c.heal()
	time.Sleep(time.Minute)
	if s := c.p.Status(); !s.Ready {
		c.t.Errorf("seed %d: well again, and the status is %+v", c.seed, s)
	}
	slip := c.slip()
	res, err := c.p.perform(ctx, nil, slip)
	if err != nil || res.Level != c.p.Profile.Promises() {
		c.t.Errorf("seed %d: %s, well again, and a print ends %+v, %v", c.seed, c.p.Profile.Name, res, err)
	}
	c.check(res)
	cancel()
	<-done
	c.far.unplug(false)
	time.Sleep(time.Minute) // the far end ends too
}

// slip is one that no other job has, of pictures 16 dots wide: 10,000 lives
// have no time to paint.
func (c *chaos) slip() encoder {
	var content []chunk
	for range 1 + c.rng.IntN(1+c.rng.IntN(60)) {
		rows := 1 + c.rng.IntN(60)
		b := []byte{0x1d, 'v', '0', 0, 2, 0, byte(rows), 0}
		for range 2 * rows {
			b = append(b, byte(c.rng.Uint32())|0x21)
		}
		content = append(content, chunk{bytes: b, rows: rows})
	}
	make := func(pr Profile, body, cut string) (*job, error) {
		return assemble(pr, devices.RasterEncoding, content, body, cut), nil
	}
	j, _ := make(c.p.Profile, "AAAA", "BBBB")
	c.jobs = append(c.jobs, executed(j))
	return make
}

func (c *chaos) print(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.rng.IntN(90)+1)*time.Second)
	defer cancel()
	recovered := make(chan struct{})
	mode, wait := Resume, time.Duration(c.rng.IntN(8000))*time.Millisecond
	if c.rng.IntN(3) == 0 {
		mode = Discard
	}
	go func() {
		defer close(recovered)
		if mode == Discard || wait < 4*time.Second {
			time.Sleep(wait)
			c.p.Recover(ctx, mode)
		}
	}()
	res, err := c.p.perform(ctx, nil, c.slip())
	var f *devices.Fault
	switch {
	case err != nil && !errors.As(err, &f):
		c.t.Errorf("seed %d: no fault: %v", c.seed, err)
	case err == nil && res.Level != c.p.Profile.Promises():
		c.t.Errorf("seed %d: no error, and %+v", c.seed, res)
	case err != nil && (res.Level == devices.LevelPrinted || res.Level == devices.LevelProcessed || res.Level == devices.LevelSent):
		c.t.Errorf("seed %d: %+v with %v", c.seed, res, err)
	case err != nil && res.Sent > 0 && res.Level == "":
		c.t.Errorf("seed %d: %d bytes out, and no level: %v", c.seed, res.Sent, err)
	}
	c.check(res)
	<-recovered
}

// check compares what was said of the last job with what is on paper.
func (c *chaos) check(res devices.PrintResult) {
	c.far.mu.Lock()
	defer c.far.mu.Unlock()
	for i, want := range c.jobs {
		whole := 0
		for _, s := range c.far.slips {
			whole += bytes.Count(s, want)
		}
		last := i == len(c.jobs)-1
		switch {
		case whole > 1:
			c.t.Errorf("seed %d: job %d came out %d times", c.seed, i, whole)
		case last && whole == 0 && (res.Level == devices.LevelPrinted || res.Level == devices.LevelProcessed):
			c.t.Errorf("seed %d: %s says %s, and the slip is not there", c.seed, c.p.Profile.Name, res.Level)
		case last && res.Level == devices.LevelBody && whole == 0 && !bytes.Contains(c.far.paper, want):
			c.t.Errorf("seed %d: the body is not on paper", c.seed)
		}
	}
}

// disturb does some random things, one after the other.
func (c *chaos) disturb() {
	rng := rand.New(rand.NewPCG(c.seed, 2))
	f := c.far
	for range rng.IntN(12) {
		time.Sleep(time.Duration(rng.IntN(1+rng.IntN(4000))) * time.Millisecond)
		on := rng.IntN(3) > 0
		switch rng.IntN(12) {
		case 0:
			f.set(func() { f.out = on })
		case 1:
			f.set(func() { f.cover = on })
		case 2:
			f.set(func() { f.hot = on })
		case 3:
			f.set(func() { f.jammed = on })
		case 4:
			f.set(func() { f.silent = on })
		case 5:
			f.set(func() { f.deaf = on })
		case 6:
			f.set(func() { f.flip = 0.02 * rng.Float64() })
		case 7:
			f.set(func() { f.junk = on })
		case 8:
			f.unplug(on)
		case 9:
			f.set(func() { f.away = on })
			f.unplug(rng.IntN(2) == 0)
		case 10: // switched off for some seconds; a serial line stays
			if c.p.Baud == 0 {
				f.unplug(true)
				continue
			}
			f.set(func() { f.powerCut(); f.off = true })
			time.Sleep(time.Duration(1500+rng.IntN(4000)) * time.Millisecond)
			f.set(func() { f.off = false })
		case 11:
			f.set(func() { f.broken = on })
		}
	}
}

// heal makes everything well, as people and time do.
func (c *chaos) heal() {
	f := c.far
	f.set(func() {
		f.out, f.cover, f.hot, f.broken, f.jammed, f.cutError = false, false, false, false, false, false
		f.silent, f.deaf, f.off, f.away, f.junk, f.flip = false, false, false, false, false, 0
	})
}
