package main

import (
	"sync"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
)

// guides keeps the index of the catalogue in use. A catalogue never changes, so
// another one is another pointer, and gets an index of its own when somebody
// asks.
type guides struct {
	catalog func() *catalog.Catalog

	mu    sync.Mutex
	of    *catalog.Catalog
	guide *guide.Guide
}

func (g *guides) current() *guide.Guide {
	c := g.catalog()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of != c {
		g.of, g.guide = c, guide.New(c)
	}
	return g.guide
}
