package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/scanner"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// newSSIRig is the driver on a real pseudo-terminal with a Zebra imager at its
// far end; baud 0 is unpaced.
func newSSIRig(t testing.TB, baud, size int) *rig {
	t.Helper()
	link := filepath.Join(t.TempDir(), "scanner")
	far, err := virtual.NewScanner(virtual.ScannerConfig{Link: link, Protocol: "ssi", Baud: baud})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Scanner: far, status: make(chan devices.Status, 100)}
	r.driver = &scanner.Scanner{
		Open: wire.Port{Path: link, Baud: baud}.Opener(), Protocol: scanner.SSI, Baud: baud,
		OnStatus: func(s devices.Status) { r.status <- s },
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { far.Run(ctx) })
	wg.Go(func() { r.driver.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, noise(size, size), nil); err != nil {
		t.Fatal(err)
	}
	r.page = buf.Bytes()
	limit := time.After(20 * time.Second)
	for !r.driver.Status().Ready {
		select {
		case <-r.status:
		case <-limit:
			t.Fatalf("not ready: %+v", r.driver.Status())
		}
	}
	return r
}

// shoot takes a picture of the page.
func (r *rig) shoot(t testing.TB, progress devices.Progress) (sheet devices.Sheet, cause devices.Cause) {
	t.Helper()
	err := r.driver.Scan(t.Context(), devices.ScanRequest{}, func(s devices.Sheet) error { sheet = s; return nil }, progress)
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return sheet, f.Cause
	}
	if err != nil {
		t.Fatal(err)
	}
	return sheet, ""
}

func TestSSIOnPty(t *testing.T) {
	r := newSSIRig(t, 0, 300)
	if _, cause := r.shoot(t, nil); cause != devices.NoSheet {
		t.Fatalf("empty: %q", cause)
	}
	for range 3 {
		r.Feed(r.page)
		sheet, cause := r.shoot(t, nil)
		if cause != "" || !bytes.Equal(sheet.Bytes, r.page) || sheet.Verified != devices.Checksummed {
			t.Fatalf("%q, %d bytes, %s", cause, len(sheet.Bytes), sheet.Verified)
		}
	}
	long := strings.Repeat("Nguyễn Văn A|", 40)
	for _, text := range []string{"SP1.D.NGÕ", long} {
		r.FeedCode(text)
		if c := <-r.driver.Codes(); string(c.Raw) != text {
			t.Errorf("code %q", c.Raw)
		}
	}
	r.fault(t, "segments")
	r.FeedCode(long)
	if c := <-r.driver.Codes(); string(c.Raw) != long {
		t.Errorf("a code in segments: %q", c.Raw)
	}
}

func TestF10_SSIReplugOnPty(t *testing.T) {
	r := newSSIRig(t, 115200, 150)
	r.Feed(r.page)
	var once sync.Once
	_, cause := r.shoot(t, func(done, total int64) {
		if done > 2048 {
			once.Do(func() { go r.Fault("unplug") })
		}
	})
	if cause != devices.Offline {
		t.Fatalf("unplugged while receiving: %q", cause)
	}
	r.await(t, devices.Offline)
	r.fault(t, "plug")
	r.await(t, "")
	r.Feed(r.page)
	if sheet, cause := r.shoot(t, nil); cause != "" || !bytes.Equal(sheet.Bytes, r.page) {
		t.Fatalf("after plugging in again: %q", cause)
	}
}

// BenchmarkSSIShipment is the share of a 115200 baud line that a picture's bytes
// take up, from START_SESSION's mode to the way back, with a far end that goes
// on as soon as it hears the ACK.
func BenchmarkSSIShipment(b *testing.B) {
	const baud = 115200
	r := newSSIRig(b, baud, 400)
	var took time.Duration
	n := 0
	for b.Loop() {
		r.Feed(r.page)
		sheet, cause := r.shoot(b, nil)
		if cause != "" || !bytes.Equal(sheet.Bytes, r.page) {
			b.Fatalf("%q", cause)
		}
		took += sheet.Took
		n++
	}
	line := float64(len(r.page)*10) / baud
	b.ReportMetric(100*line*float64(n)/took.Seconds(), "%line")
	b.ReportMetric(float64(len(r.page)), "bytes")
}
