//go:build webview && linux && cgo

package window

/*
#include "window.h"
*/
import "C"

import "runtime/cgo"

// The browser's events. All come on the window's thread while wv.Run runs.

func keeperOf(h C.uintptr_t) *keeper { return cgo.Handle(h).Value().(*keeper) }

//export goTick
func goTick(h C.uintptr_t) { keeperOf(h).tick() }

//export goDecide
func goDecide(h C.uintptr_t, address *C.char) C.int {
	return flag(keeperOf(h).decide(C.GoString(address)))
}

//export goCommitted
func goCommitted(h C.uintptr_t, address *C.char) { keeperOf(h).committed(C.GoString(address)) }

//export goCleared
func goCleared(h C.uintptr_t, ok C.int) { keeperOf(h).cleared(ok != 0) }

//export goFinished
func goFinished(h C.uintptr_t, address *C.char) { keeperOf(h).finished(C.GoString(address)) }

//export goFailed
func goFailed(h C.uintptr_t) { keeperOf(h).failed() }

//export goRequested
func goRequested(h C.uintptr_t, address *C.char) { keeperOf(h).requested(C.GoString(address)) }

//export goCrashed
func goCrashed(h C.uintptr_t) { keeperOf(h).crashed() }

//export goMissing
func goMissing(h C.uintptr_t, name *C.char) {
	keeperOf(h).opts.Log.Warn("window: this WebKit has no such gesture to switch off", "name", C.GoString(name))
}
