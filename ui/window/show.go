//go:build webview && linux && cgo

package window

/*
#cgo CFLAGS: -Wall
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.0
#include <stdlib.h>
#include "window.h"
*/
import "C"

import (
	"context"
	"errors"
	"runtime"
	"runtime/cgo"
	"time"
	"unsafe"

	webview "github.com/webview/webview_go"

	"servicepoint/kiosk"
)

// Built reports whether this program holds the browser.
const Built = true

// Show opens the window and keeps it until ctx ends (nil) or it cannot go on
// (a *kiosk.Error with one of Codes). GTK wants the process's first thread:
// call Show from main, once per process. It changes the environment
// of the process (HOME and the XDG folders) before the browser starts.
func Show(ctx context.Context, opts Options) error {
	opts, err := opts.complete()
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	undo, err := settle(opts.DataDir)
	if err != nil {
		return kiosk.Fail(kiosk.Unavailable, CodeDataDir, err)
	}
	defer undo()
	sandbox := sandboxError(ctx)
	if sandbox != nil {
		if opts.SandboxRequired {
			return kiosk.Fail(kiosk.Unavailable, CodeNoSandbox, sandbox)
		}
		opts.Log.Warn("window: going without the browser's sandbox", "err", sandbox)
	}
	if C.kiosk_window_init() == 0 {
		return kiosk.Fail(kiosk.Unavailable, CodeNoDisplay, nil)
	}
	return run(ctx, opts, sandbox == nil)
}

// run builds the view, serves it until the main loop ends, and takes it down.
func run(ctx context.Context, opts Options, sandbox bool) error {
	k := &keeper{opts: opts, now: time.Now}
	handle := cgo.NewHandle(k)
	defer handle.Delete()
	w := C.kiosk_window_new(C.uintptr_t(handle), flag(opts.Fullscreen), flag(sandbox))
	defer C.kiosk_window_free(w)
	k.browser = view{w}

	wv := webview.NewWindow(false, C.kiosk_window_native(w))
	defer wv.Destroy()
	if C.kiosk_window_adopt(w) == 0 {
		return kiosk.Fail(kiosk.Internal, CodeNotBuilt, errors.New("no view in the window"))
	}
	k.start()

	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		wv.Dispatch(func() { C.kiosk_window_quit(w) })
	})
	wv.Run()
	if !stop() {
		<-ended // Dispatch must not outlive the view
	}
	return k.failure
}

// view carries the keeper's orders to C.
type view struct{ w *C.kiosk_window }

func (v view) load(address string) {
	s := C.CString(address)
	defer C.free(unsafe.Pointer(s))
	C.kiosk_window_load(v.w, s)
}

func (v view) notice(page string) {
	s := C.CString(page)
	defer C.free(unsafe.Pointer(s))
	C.kiosk_window_notice(v.w, s)
}

func (v view) kill()  { C.kiosk_window_kill(v.w) }
func (v view) clear() { C.kiosk_window_clear(v.w) }
func (v view) quit()  { C.kiosk_window_quit(v.w) }

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
