package intake

import (
	"sync"

	"servicepoint/kiosk"
)

// turns lets one change of a dossier be made at a time, so that what was read
// of it still stands when the change is written: the draft is one encrypted
// text, and whoever writes it writes all of it. The unit's lock file sees to it
// that no other process writes. A turn waits for nothing that takes a turn, so
// no two wait for each other. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	queue map[kiosk.DossierID]*turn
}

type turn struct {
	mu sync.Mutex
	n  int // who has it or waits for it; kept under turns.mu
}

// take waits for the turn at a dossier; done ends it.
func (t *turns) take(id kiosk.DossierID) (done func()) {
	t.mu.Lock()
	mine := t.queue[id]
	if mine == nil {
		if t.queue == nil {
			t.queue = map[kiosk.DossierID]*turn{}
		}
		mine = &turn{}
		t.queue[id] = mine
	}
	mine.n++
	t.mu.Unlock()
	mine.mu.Lock()
	return func() {
		mine.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.n--; mine.n == 0 {
			delete(t.queue, id)
		}
	}
}
