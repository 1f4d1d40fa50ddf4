package main

import (
	"os"
	"runtime/debug"
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
