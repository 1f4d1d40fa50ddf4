package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/scanner"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// rig is the real driver on a real pseudo-terminal with the imager's far end.
type rig struct {
	*virtual.Scanner
	driver *scanner.Scanner
	status chan devices.Status
	page   []byte
}

func newRig(t *testing.T, line string) *rig {
	t.Helper()
	link := filepath.Join(t.TempDir(), "scanner")
	far, err := virtual.NewScanner(virtual.ScannerConfig{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Scanner: far, status: make(chan devices.Status, 100)}
	r.driver = &scanner.Scanner{
		Open: wire.Port{Path: link}.Opener(), Line: line,
		OnStatus: func(s devices.Status) { r.status <- s },
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { far.Run(ctx) })
	wg.Go(func() { r.driver.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, noise(700, 900), nil); err != nil {
		t.Fatal(err)
	}
	r.page = buf.Bytes()
	r.await(t, "")
	return r
}

func noise(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	x := uint32(1)
	for i := range img.Pix {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		img.Pix[i] = uint8(x)
	}
	return img
}

// await waits for a status with that cause, "" being ready.
func (r *rig) await(t *testing.T, cause devices.Cause) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case s := <-r.status:
			if s.Cause == cause && s.Ready == (cause == "") {
				return
			}
		case <-limit:
			t.Fatalf("no status %q; now %+v", cause, r.driver.Status())
		}
	}
}

func (r *rig) snap(t *testing.T) (devices.Sheet, devices.Cause) {
	t.Helper()
	sheet, err := r.driver.Snap(t.Context(), nil)
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return sheet, f.Cause
	}
	if err != nil {
		t.Fatal(err)
	}
	return sheet, ""
}

func (r *rig) fault(t *testing.T, word string) {
	t.Helper()
	if err := r.Fault(word); err != nil {
		t.Fatal(err)
	}
}

func TestOnPty(t *testing.T) {
	r := newRig(t, scanner.RS232)
	if _, cause := r.snap(t); cause != devices.NoSheet {
		t.Fatalf("empty: %q", cause)
	}
	for _, word := range []string{"", "flip", "truncate"} {
		if word != "" {
			r.fault(t, word)
		}
		r.Feed(r.page)
		sheet, cause := r.snap(t)
		if cause != "" || !bytes.Equal(sheet.Bytes, r.page) || sheet.Verified != devices.ShippedTwice {
			t.Fatalf("%s: %q, %d bytes, %s", word, cause, len(sheet.Bytes), sheet.Verified)
		}
	}
	r.FeedCode("SP1.D.NGÕ")
	if c := <-r.driver.Codes(); string(c.Raw) != "SP1.D.NGÕ" || c.Symbology != "]Q1" {
		t.Errorf("code %q %s", c.Raw, c.Symbology)
	}
}

func TestReplugOnPty(t *testing.T) {
	r := newRig(t, scanner.CDC)
	r.Feed(r.page)
	r.fault(t, "slow") // so that there is a middle to unplug in
	_, err := r.driver.Snap(t.Context(), func(done, total int64) {
		if done > 4096 && r.Path() != "" {
			go r.Fault("unplug")
		}
	})
	if f, ok := errors.AsType[*devices.Fault](err); !ok || f.Cause != devices.Offline {
		t.Fatalf("unplugged while receiving: %v", err)
	}
	r.await(t, devices.Offline)
	r.fault(t, "plug")
	r.await(t, "")
	r.Feed(r.page)
	if sheet, cause := r.snap(t); cause != "" || sheet.Verified != devices.Decoded {
		t.Fatalf("after plugging in again: %q", cause)
	}
}
