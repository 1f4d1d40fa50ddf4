package staff

import (
	"context"
	"strconv"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/ui/kit"
)

// captures holds the papers being taken right now and the trouble of each
// dossier's last try. The zero value is ready.
type captures struct {
	mu     sync.Mutex
	all    map[kiosk.DossierID]*capture
	change chan struct{} // closed at the next change of any of them
}

// capture is one paper being taken, or one that could not be.
type capture struct {
	Requirement kiosk.RequirementID
	Replaces    int64
	Began       time.Time
	Err         error // why it failed; nil while it runs
	Running     bool

	done, total int64
	ended       chan struct{}
	stop        context.CancelFunc
}

// Percent is how much of the picture has arrived, -1 while nobody knows.
func (p capture) Percent() int {
	if p.total <= 0 {
		return -1
	}
	return int(min(100, p.done*100/p.total))
}

// troubleLife is how long a trouble is kept for the page to show.
const troubleLife = time.Hour

// start begins to take a paper in its own goroutine, unless the dossier has
// one under way: then that one is given. take must end when ctx does.
func (x *captures) start(id kiosk.DossierID, c capture, take func(context.Context, devices.Progress) error) (ended <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.all[id]; p != nil && p.Running {
		return p.ended
	}
	if x.all == nil {
		x.all = map[kiosk.DossierID]*capture{}
	}
	for old, p := range x.all {
		if !p.Running && c.Began.Sub(p.Began) > troubleLife {
			delete(x.all, old)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	c.Running, c.ended, c.stop = true, make(chan struct{}), stop
	p := &c
	x.all[id] = p
	x.tell()
	go func() {
		defer stop()
		err := take(ctx, func(done, total int64) { x.progress(p, done, total) })
		x.end(id, p, err)
	}()
	return p.ended
}

func (x *captures) progress(p *capture, done, total int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	before := p.Percent()
	p.done, p.total = done, total
	if p.Percent() != before {
		x.tell()
	}
}

func (x *captures) end(id kiosk.DossierID, p *capture, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p.Running, p.Err = false, err
	if err == nil {
		delete(x.all, id)
	}
	close(p.ended)
	x.tell()
}

// cancel stops the paper being taken.
func (x *captures) cancel(id kiosk.DossierID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.all[id]; p != nil && p.Running {
		p.stop()
	}
}

// of gives the paper being taken for a dossier, or the last trouble.
func (x *captures) of(id kiosk.DossierID) (capture, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.all[id]; p != nil {
		return *p, true
	}
	return capture{}, false
}

// mark changes when a capture of the dossier begins or ends.
func (x *captures) mark(id kiosk.DossierID) string {
	p, ok := x.of(id)
	if !ok {
		return ""
	}
	return p.Began.String() + strconv.FormatBool(p.Running)
}

// tell wakes whoever waits; x.mu is held.
func (x *captures) tell() {
	if x.change != nil {
		close(x.change)
		x.change = nil
	}
}

// wait gives a channel that is closed at the next change.
func (x *captures) wait() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.change == nil {
		x.change = make(chan struct{})
	}
	return x.change
}

// report streams how far the paper being taken has come, until ctx ends.
func (x *captures) report(ctx context.Context, id kiosk.DossierID, out chan<- kit.Event) {
	last := -2
	for {
		changed := x.wait()
		p, ok := x.of(id)
		switch {
		case !ok || !p.Running:
			if last != -2 && !send(ctx, out, kit.Event{Name: "ended"}) {
				return
			}
			last = -2
		case p.Percent() != last:
			last = p.Percent()
			if !send(ctx, out, kit.Event{Name: "progress", Data: strconv.Itoa(last)}) {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
