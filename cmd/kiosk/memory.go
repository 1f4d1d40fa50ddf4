package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// softMemory is where the garbage collector begins to work harder and hand
// memory back: a page's frame and a PIN's check each take some 20 MB for an
// instant, and without a limit the service keeps them for good.
const softMemory = 44 << 20

// limitMemory keeps the service small; GOMEMLIMIT in the environment wins.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
}

// giveMemoryBack returns what one such instant took to the system soon after,
// rather than whenever the next collection happens to come.
func giveMemoryBack(ctx context.Context) error {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			debug.FreeOSMemory()
		}
	}
}
