package main

import (
	"context"
	"sync"

	"servicepoint/devices"
)

// codes hands what the reader reads to whoever listens at that moment. What
// nobody listens for is dropped: a code may be personal data.
type codes struct {
	from []<-chan devices.Code

	mu        sync.Mutex
	listeners map[chan devices.Code]struct{}
}

// listen gives the codes read until ctx ends; a listener that does not keep
// up misses codes rather than holding the reader up.
func (c *codes) listen(ctx context.Context) <-chan devices.Code {
	ch := make(chan devices.Code, 4)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listeners == nil {
		c.listeners = map[chan devices.Code]struct{}{}
	}
	c.listeners[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.listeners, ch)
		close(ch)
	})
	return ch
}

// Run distributes until ctx ends.
func (c *codes) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, from := range c.from {
		all.Go(func() { c.pass(ctx, from) })
	}
	all.Wait()
	return ctx.Err()
}

func (c *codes) pass(ctx context.Context, from <-chan devices.Code) {
	for {
		select {
		case <-ctx.Done():
			return
		case code := <-from:
			c.tell(code)
		}
	}
}

func (c *codes) tell(code devices.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ch := range c.listeners {
		select {
		case ch <- code:
		default:
		}
	}
}
