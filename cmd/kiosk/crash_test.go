package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/provisioning"
)

// crashWalk is one dossier from booking to the end through the pages, on a
// service that may be killed under way.
type crashWalk struct {
	*place
	v       *visitor
	lives   int
	journal []string // of an undisturbed walk
	last    *life
	all     []*life

	beforeLife func() // called before each start; may be nil
}

// noHold has accepted parcels wiped at once, so that a walk has an end.
func noHold(c *provisioning.Config) { c.Centre.Hold = 0 }

func newCrashWalk(t *testing.T, way kiosk.Way) *crashWalk {
	p := newPlace(t, noHold)
	return &crashWalk{place: p, v: &visitor{p: p, way: way}}
}

// run takes the dossier to its end however often the service is killed.
func (w *crashWalk) run(onJournal func(*life, int)) {
	w.t.Helper()
	for {
		w.lives++
		if w.beforeLife != nil {
			w.beforeLife()
		}
		w.last = w.serve(onJournal)
		w.all = append(w.all, w.last)
		err := w.v.visit(w.last)
		if err == nil {
			return
		}
		if !errors.Is(err, errGone) || w.lives > 60 {
			w.t.Fatalf("life %d: %v\n%s", w.lives, err, w.last.log())
		}
		select {
		case <-w.last.ended:
			w.v.captured += w.last.count("page.captured")
		case <-time.After(patience):
			w.t.Fatalf("the service is there and does not answer: %v\n%s", err, w.last.log())
		}
	}
}

// count counts the journal lines of one kind that this life has said.
func (l *life) count(kind string) (n int) {
	kinds, _ := l.events()
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

// killAt kills the first life at its k-th journal line.
func killAt(k int) func(*life, int) {
	killed := false
	return func(l *life, n int) {
		if n == k && !killed {
			killed = true
			l.cmd.Process.Signal(syscall.SIGKILL)
		}
	}
}

// deep reports whether everything is to be run at full counts.
func deep() bool { return os.Getenv("KIOSK_DEEP") == "1" }

// TestServeSurvivesKill walks a dossier through the pages of a real process
// and kills it at durable steps: at every one of them when KIOSK_DEEP=1, at a
// sample otherwise.
func TestServeSurvivesKill(t *testing.T) {
	for _, way := range []kiosk.Way{kiosk.ByCentre, kiosk.ByAssisted} {
		t.Run(string(way), func(t *testing.T) {
			var journal []string
			t.Run("undisturbed", func(t *testing.T) {
				w := newCrashWalk(t, way)
				w.run(nil)
				w.check()
				journal = w.journal
				t.Logf("%d durable steps: %s", len(journal), strings.Join(journal, " "))
			})
			if way == kiosk.ByAssisted && !deep() {
				return
			}
			for _, k := range sample(t, len(journal)) {
				t.Run(fmt.Sprintf("after_%02d_%s", k, journal[k-1]), func(t *testing.T) {
					t.Parallel()
					w := newCrashWalk(t, way)
					w.run(killAt(k))
					w.check()
				})
			}
		})
	}
}

// sample chooses the steps to be killed after, from 1 to n.
func sample(t *testing.T, n int) []int {
	steps := make([]int, n)
	for i := range steps {
		steps[i] = i + 1
	}
	if deep() {
		return steps
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KIOSK_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("KIOSK_SEED=%d", seed)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(n, func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	return steps[:min(n, sampleKills)]
}
