package health_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
)

func codes(cs []health.Condition) []kiosk.Code {
	var out []kiosk.Code
	for _, c := range cs {
		out = append(out, c.Code)
	}
	return out
}

func TestListPutsTheWorstAndOldestFirst(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	b := &health.Board{Now: func() time.Time { at = at.Add(time.Minute); return at }}
	b.Raise("uplink.away", health.Info)
	b.Raise("printer.paper_low", health.Warning)
	b.Raise("printer.paper_out", health.Critical)
	b.Raise("scanner.offline", health.Critical)
	want := []kiosk.Code{"printer.paper_out", "scanner.offline", "printer.paper_low", "uplink.away"}
	if diff := cmp.Diff(want, codes(b.List())); diff != "" {
		t.Error(diff)
	}
	b.Clear("printer.paper_out")
	b.Clear("never.raised")
	if diff := cmp.Diff(want[1:], codes(b.List())); diff != "" {
		t.Error(diff)
	}
}

func TestRaisingAgainKeepsTheBeginning(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, kiosk.Hanoi)
	b := &health.Board{Now: func() time.Time { return at }}
	b.Raise("disk.low", health.Warning, "free", 12)
	begun := at
	at = at.Add(time.Hour)
	b.Raise("disk.low", health.Critical, "free", 2)
	got, ok := b.Find("disk.low")
	want := health.Condition{Code: "disk.low", Severity: health.Critical, Since: begun.UTC(), Args: []any{"free", 2}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Error(ok, diff)
	}
	if got.Since.Location() != time.UTC {
		t.Error("Since is not UTC")
	}
}

func TestWatchGivesTheNewestAndEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &health.Board{}
		ctx, cancel := context.WithCancel(t.Context())
		ch := b.Watch(ctx)
		if first := <-ch; len(first) != 0 {
			t.Fatalf("first board: %v", first)
		}
		b.Raise("a.a", health.Info)
		b.Raise("b.b", health.Info)
		b.Clear("a.a")
		if diff := cmp.Diff([]kiosk.Code{"b.b"}, codes(<-ch)); diff != "" {
			t.Error(diff)
		}
		b.Raise("b.b", health.Info)
		b.Clear("c.c")
		select {
		case got := <-ch:
			t.Errorf("told without a change: %v", got)
		default:
		}
		cancel()
		synctest.Wait()
		if _, open := <-ch; open {
			t.Error("the channel is still open")
		}
		b.Raise("d.d", health.Info)
	})
}

func TestWatchBeforeTheFirstRaise(t *testing.T) {
	var b health.Board
	ch := b.Watch(t.Context())
	<-ch
	b.Raise("x.y", health.Info)
	if diff := cmp.Diff([]kiosk.Code{"x.y"}, codes(<-ch)); diff != "" {
		t.Error(diff)
	}
}
