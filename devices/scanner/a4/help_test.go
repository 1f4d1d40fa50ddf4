package a4

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"

	"servicepoint/devices"
)

// picture makes a small page that can be told from every other one.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 90))
	for y := range 90 {
		for x := range 64 {
			img.Set(x, y, color.RGBA{uint8(20*n + x), uint8(y * 2), uint8(x ^ y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func pictures(n int) (all [][]byte) {
	for i := range n {
		all = append(all, picture(i+1))
	}
	return all
}

// running runs a scanner and returns what stops it and waits for its end.
func running(t *testing.T, s devices.Scanner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = func() { cancel(); run.Wait() }
	t.Cleanup(stop)
	return stop
}

// scan scans and gives the sheets that were kept.
func scan(ctx context.Context, s devices.Scanner, r devices.ScanRequest) (got []devices.Sheet, err error) {
	for {
		err = s.Scan(ctx, r, func(p devices.Sheet) error { got = append(got, p); return nil }, func(int64, int64) {})
		if f, ok := errors.AsType[*devices.Fault](err); ok && f.Detail == "the driver is not running" {
			continue // Run has not begun yet
		}
		return got, err
	}
}

func wantCause(t *testing.T, err error, want devices.Cause) {
	t.Helper()
	f, ok := errors.AsType[*devices.Fault](err)
	switch {
	case want == "" && err == nil:
	case want == "" || !ok || f.Cause != want:
		t.Errorf("got error %v, want cause %q", err, want)
	case f.Device != devices.ScannerDevice:
		t.Errorf("the fault names the device %q", f.Device)
	case !slices.Contains(Causes(), f.Cause):
		t.Errorf("%q is not among Causes", f.Cause)
	}
}

// wantSheets wants exactly these pages, in this order.
func wantSheets(t *testing.T, got []devices.Sheet, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d sheets, want %d", len(got), len(want))
		return
	}
	for i, s := range got {
		if s.N != i+1 || s.MIME != "image/jpeg" || s.Verified != devices.Decoded {
			t.Errorf("sheet %d: number %d, %s, %s", i+1, s.N, s.MIME, s.Verified)
		}
		if !bytes.Equal(s.Bytes, want[i]) {
			t.Errorf("sheet %d is another one", i+1)
		}
	}
}

var errFull = fmt.Errorf("the spool is full")
