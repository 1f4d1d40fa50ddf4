package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// A service that is told to stop before its pages have begun stops all the
// same: systemd would wait for it, and then kill it.
func TestServiceStopsThoughItHasHardlyBegun(t *testing.T) {
	profile, err := demoProfile()
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDemo(t.Context(), demoOptions{
		Window: "127.0.0.1:0", Desk: "127.0.0.1:0", Centre: "127.0.0.1:0", Profile: profile, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	ended := make(chan error, 1)
	go func() { ended <- d.unit.screens.Run(ctx) }()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("the pages go on being served")
	}
}
