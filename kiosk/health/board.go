package health

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"servicepoint/kiosk"
)

// Severity says how much a Condition matters to the work at the counter.
type Severity string

// The severities, weakest first.
const (
	Info     Severity = "info"     // good to know; nobody need act
	Warning  Severity = "warning"  // somebody should act soon
	Critical Severity = "critical" // something people came for does not work
)

func (s Severity) rank() int {
	return slices.Index([]Severity{Info, Warning, Critical}, s)
}

// Condition is one lasting state. Its sentences are the phrases "<Code>.title"
// and "<Code>.do", filled with Args.
type Condition struct {
	Code     kiosk.Code
	Severity Severity
	Since    time.Time // UTC; when it was first raised
	Args     []any     // name and value pairs for the phrases
}

// Board holds the Conditions that stand now. The zero value is ready for use,
// and all its methods may be called from any goroutine.
type Board struct {
	Now func() time.Time // nil: time.Now

	mu       sync.Mutex
	standing map[kiosk.Code]Condition
	watchers map[chan []Condition]struct{}
}

// Raise puts a Condition on the board. Raising a standing one again changes its
// severity and arguments and keeps the time it began; raising it unchanged
// wakes nobody.
func (b *Board) Raise(code kiosk.Code, severity Severity, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, stands := b.standing[code]
	if stands && old.Severity == severity && reflect.DeepEqual(old.Args, args) {
		return
	}
	c := Condition{Code: code, Severity: severity, Since: old.Since, Args: args}
	if !stands {
		c.Since = b.now()
	}
	if b.standing == nil {
		b.standing = make(map[kiosk.Code]Condition)
	}
	b.standing[code] = c
	b.tell()
}

// Clear takes a Condition off the board; one that does not stand is no error.
func (b *Board) Clear(code kiosk.Code) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, stands := b.standing[code]; !stands {
		return
	}
	delete(b.standing, code)
	b.tell()
}

// Find gives a Condition if it stands.
func (b *Board) Find(code kiosk.Code) (Condition, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, stands := b.standing[code]
	return c, stands
}

// List gives what stands now: the most severe first, then the oldest.
func (b *Board) List() []Condition {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list()
}

// Watch gives the board now and after every change until ctx ends, when the
// channel is closed. A slow reader skips boards in between and always gets the
// newest.
func (b *Board) Watch(ctx context.Context) <-chan []Condition {
	ch := make(chan []Condition, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = make(map[chan []Condition]struct{})
	}
	b.watchers[ch] = struct{}{}
	ch <- b.list()
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, ch)
		close(ch)
	})
	return ch
}

// tell hands the newest board to every watcher, in place of one not yet read.
func (b *Board) tell() {
	for ch := range b.watchers {
		select {
		case <-ch:
		default:
		}
		ch <- b.list()
	}
}

func (b *Board) list() []Condition {
	out := make([]Condition, 0, len(b.standing))
	for _, c := range b.standing {
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y Condition) int {
		return cmp.Or(cmp.Compare(y.Severity.rank(), x.Severity.rank()), x.Since.Compare(y.Since), cmp.Compare(x.Code, y.Code))
	})
	return out
}

func (b *Board) now() time.Time {
	if b.Now != nil {
		return b.Now().UTC()
	}
	return time.Now().UTC()
}
