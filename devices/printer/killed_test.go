package printer

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

// TestF38_PrinterKeepsWhatTheKilledProcessSent kills the process at every
// stage of a job while the printer stays under power and keeps its buffer: the
// half of a picture, questions not answered yet, IDs not told. The next process
// either knows that a slip may hang out (Unsettled), and then its own slip comes
// out alone; or it knows nothing, and then still no level is too high.
func TestF38_PrinterKeepsWhatTheKilledProcessSent(t *testing.T) {
	for _, name := range []string{"epson-tm-t20", "clone-80", "rongta-80"} {
		for _, knows := range []bool{true, false} {
			for after := 5 * time.Millisecond; after < 1200*time.Millisecond; after += 37 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) { keptBuffer(t, name, knows, after) })
			}
		}
	}
}

func keptBuffer(t *testing.T, name string, knows bool, after time.Duration) {
	c := newChaos(t, uint64(after))
	pr, _ := ProfileNamed(name)
	pr.Encoding = devices.RasterEncoding
	c.far.profile, c.far.pace = pr, 200*time.Microsecond
	var hangs atomic.Bool
	start := func(p *Printer) (stop func()) {
		p.Open, p.Profile = c.far.open, pr
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { p.Run(ctx); close(done) }()
		time.Sleep(50 * time.Millisecond)
		return func() { cancel(); <-done }
	}
	c.p = &Printer{OnUnsettled: func(is bool) { hangs.Store(is) }}
	stop := start(c.p)
	printed := make(chan devices.PrintResult, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	slip := c.slip()
	go func() {
		res, _ := c.p.perform(ctx, nil, slip)
		printed <- res
	}()
	time.Sleep(after)
	c.far.unplug(false) // a killed process says nothing any more
	knew := hangs.Load()
	stop()
	cancel()
	first := <-printed

	c.p = &Printer{Unsettled: knows && knew}
	stop = start(c.p)
	time.Sleep(3 * time.Second)
	next := c.slip()
	res, err := c.p.perform(t.Context(), nil, next)
	if err != nil || res.Level != pr.Promises() {
		t.Errorf("%s, killed after %v (%+v): the next print ends %+v, %v", name, after, first, res, err)
	}
	c.check(res)
	if last := c.far.slips[len(c.far.slips)-1]; knows && !bytes.Equal(last, c.jobs[len(c.jobs)-1]) {
		t.Errorf("%s, killed after %v (%+v): something hangs on the next slip", name, after, first)
	}
	stop()
	c.far.unplug(false)
	time.Sleep(time.Minute)
}

// TestF38_IDsOfTwoProcessesDiffer starts a second process right after the first
// one's job.
func TestF38_IDsOfTwoProcessesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		for range 50 {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			p := &Printer{}
			p.Run(ctx) // takes its first ID
			for range 3 {
				for _, id := range func() []string { b, c := p.ids(); return []string{b, c} }() {
					if seen[id] {
						t.Errorf("%s comes twice", id)
					}
					seen[id] = true
				}
				time.Sleep(100 * time.Millisecond) // no job is faster
			}
		}
	})
}
