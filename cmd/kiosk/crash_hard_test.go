package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/store"
)

// TestServeSurvivesKillWithinUpload cuts the network in the middle of the
// upload and kills the service in the same instant. The next life goes on from
// where the centre stands.
func TestServeSurvivesKillWithinUpload(t *testing.T) {
	t.Parallel()
	const upTo = 300 << 10
	w := newCrashWalk(t, kiosk.ByCentre)
	var first atomic.Pointer[life]
	w.sentMark.Store(upTo)
	cut := func() {
		w.network.SetCut(true)
		first.Load().cmd.Process.Signal(syscall.SIGKILL)
	}
	w.onSent.Store(&cut)
	w.beforeLife = func() { w.network.SetCut(false) }
	w.run(func(l *life, _ int) { first.CompareAndSwap(nil, l) })
	w.check()
	if w.lives != 2 {
		t.Fatalf("the service lived %d times", w.lives)
	}
	count, parcel := w.journalOf(t)
	if count["parcel.announced"] != 1 || count["parcel.uploading"] != 1 {
		t.Errorf("the upload began anew: %v", count)
	}
	if again := w.sent.Load() - parcel; again > upTo {
		t.Errorf("%d bytes more than the parcel's %d were sent: the upload did not go on", again, parcel)
	}
}

// journalOf counts the journal by kind and gives the size of the parcel.
func (w *crashWalk) journalOf(t *testing.T) (map[kiosk.Code]int, int64) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(w.state(), "unit.db"), nil, slog.New(slog.DiscardHandler))
	w.must(err)
	defer s.Close()
	events, err := s.EventsSince(ctx, 0, 10_000)
	w.must(err)
	count := map[kiosk.Code]int{}
	for _, e := range events {
		count[e.Kind]++
	}
	d, err := s.Dossier(ctx, kiosk.DossierID(filepath.Base(w.v.dossier)))
	w.must(err)
	if d.Parcel == nil {
		return count, 0
	}
	return count, d.Parcel.Bytes
}

// TestServeSurvivesKillBetweenFileAndRow kills the service as soon as a file
// has its name in the spool, when its row is perhaps not written yet. What the
// row does not know is never sent and is set aside later; see check.
func TestServeSurvivesKillBetweenFileAndRow(t *testing.T) {
	for _, x := range []struct{ folder, ext string }{{"pages", ".age"}, {"parcels", ".sealed"}} {
		t.Run(x.folder, func(t *testing.T) {
			t.Parallel()
			if underRace && testing.Short() {
				t.Skip("not short under the race detector")
			}
			tries := 1
			if deep() {
				tries = 5
			}
			for range tries {
				w := newCrashWalk(t, kiosk.ByCentre)
				watching := make(chan struct{})
				w.run(func(l *life, n int) {
					if w.lives == 1 && n == 1 {
						go killAtFile(l, filepath.Join(w.state(), "spool", x.folder), x.ext, watching)
					}
				})
				<-watching
				w.check()
				if w.lives != 2 {
					t.Errorf("the service lived %d times", w.lives)
				}
			}
		})
	}
}

// killAtFile kills the service once a file that ends so lies in the folder.
func killAtFile(l *life, dir, ext string, done chan<- struct{}) {
	defer close(done)
	for !l.over() {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ext) {
				l.cmd.Process.Signal(syscall.SIGKILL)
				return
			}
		}
	}
}

// TestServeSurvivesKillAfterKill lets no life of the service see more than a
// few durable steps, to the end.
func TestServeSurvivesKillAfterKill(t *testing.T) {
	if !deep() {
		t.Skip("KIOSK_DEEP=1 runs it")
	}
	for _, way := range []kiosk.Way{kiosk.ByCentre, kiosk.ByAssisted} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			w := newCrashWalk(t, way)
			w.run(func(l *life, n int) {
				if n == 7 { // signing in takes three of them, a slip another three
					l.cmd.Process.Signal(syscall.SIGKILL)
				}
			})
			w.check()
			t.Logf("%d lives", w.lives)
		})
	}
}
