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

func newRig(t *testing.T, protocol, line string) *rig {
	t.Helper()
	link := filepath.Join(t.TempDir(), "scanner")
	far, err := virtual.NewScanner(virtual.ScannerConfig{Link: link, Protocol: protocol, Line: line})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Scanner: far, status: make(chan devices.Status, 100)}
	r.driver = &scanner.Scanner{
		Open: wire.Port{Path: link}.Opener(), Protocol: protocol, Line: line,
		OnStatus: func(s devices.Status) { r.status <- s },
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { far.Run(ctx) })
	wg.Go(func() {
		if err := r.driver.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, noise(350, 450), nil); err != nil {
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

func (r *rig) take(ctx context.Context, progress devices.Progress) (sheet devices.Sheet, err error) {
	err = r.driver.Scan(ctx, devices.ScanRequest{}, func(s devices.Sheet) error { sheet = s; return nil }, progress)
	return sheet, err
}

func (r *rig) snap(t *testing.T) (devices.Sheet, devices.Cause) {
	t.Helper()
	sheet, err := r.take(t.Context(), nil)
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

// code waits for one code.
func (r *rig) code(t *testing.T) string {
	t.Helper()
	select {
	case c := <-r.driver.Codes():
		return string(c.Raw)
	case <-time.After(20 * time.Second):
		t.Fatal("no code")
		return ""
	}
}

// replug pulls the cable and puts it in again.
func (r *rig) replug(t *testing.T) {
	t.Helper()
	r.fault(t, "unplug")
	r.await(t, devices.Offline)
	r.fault(t, "plug")
	r.await(t, "")
}

func (r *rig) is(t *testing.T, what string, verified devices.Verify) {
	t.Helper()
	sheet, cause := r.snap(t)
	if cause != "" || !bytes.Equal(sheet.Bytes, r.page) || sheet.Verified != verified {
		t.Fatalf("%s: %q, %d bytes of %d, %s", what, cause, len(sheet.Bytes), len(r.page), sheet.Verified)
	}
}

func TestHoneywellOnPty(t *testing.T) {
	t.Parallel()
	for line, verified := range map[string]devices.Verify{scanner.RS232: devices.ShippedTwice, scanner.CDC: devices.Decoded} {
		t.Run(line, func(t *testing.T) {
			r := newRig(t, scanner.Honeywell, line)
			if _, cause := r.snap(t); cause != devices.NoSheet {
				t.Fatalf("empty: %q", cause)
			}
			words := []string{"", "truncate 10", "truncate 99.9", "length_zero", "block_first", "echo_split", "code_before", "code_after"}
			if line == scanner.RS232 { // what only the second shipment tells
				words = append(words, "flip", "differ")
			}
			for _, word := range words {
				if word != "" {
					r.fault(t, word)
				}
				r.Feed(r.page)
				r.is(t, word, verified)
			}
			if a, b := r.code(t), r.code(t); a == "" || a != b {
				t.Errorf("codes %q %q", a, b)
			}
			r.FeedCode("SP1.D.NGÕ")
			if c := r.code(t); c != "SP1.D.NGÕ" {
				t.Errorf("code %q", c)
			}
			r.replug(t)
			r.Feed(r.page)
			r.is(t, "after plugging in again", verified)
		})
	}
}

func TestHoneywellRefusalsOnPty(t *testing.T) {
	t.Parallel()
	r := newRig(t, scanner.Honeywell, scanner.CDC)
	for word, want := range map[string]devices.Cause{
		"nak_first": devices.NoSheet, "nak_second": devices.Refused, "enq": devices.Refused, "bomb": devices.TooLarge,
	} {
		r.Feed(r.page)
		r.fault(t, word)
		if _, cause := r.snap(t); cause != want {
			t.Errorf("%s: %q, want %q", word, cause, want)
		}
		for r.Next() {
		}
	}
	r.Feed(r.page)
	r.is(t, "afterwards", devices.Decoded)
}

func TestF52_UnpluggedWhileReceivingOnPty(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{scanner.Honeywell, scanner.Datalogic} {
		t.Run(protocol, func(t *testing.T) {
			r := newRig(t, protocol, scanner.CDC)
			r.Feed(r.page)
			r.fault(t, "slow") // so that there is a middle to unplug in
			var once sync.Once
			var pulled sync.WaitGroup
			_, err := r.take(t.Context(), func(done, total int64) {
				if done > 4096 {
					once.Do(func() { pulled.Go(func() { r.Fault("unplug") }) })
				}
			})
			if f, ok := errors.AsType[*devices.Fault](err); !ok || f.Cause != devices.Offline {
				t.Fatalf("unplugged while receiving: %v", err)
			}
			pulled.Wait()
			r.await(t, devices.Offline)
			r.fault(t, "plug")
			r.await(t, "")
			for r.Next() {
			}
			r.Feed(r.page)
			r.is(t, "after plugging in again", devices.Decoded)
		})
	}
}

func TestDatalogicOnPty(t *testing.T) {
	t.Parallel()
	r := newRig(t, scanner.Datalogic, scanner.RS232)
	for _, word := range []string{"", "truncate 10", "truncate 99.9", "length_zero", "busy", "fe_inside", "code_before", "code_after"} {
		if word != "" {
			r.fault(t, word)
		}
		r.Feed(r.page)
		if word == "fe_inside" { // another picture than the page
			if sheet, cause := r.snap(t); cause != "" || sheet.Verified != devices.Decoded {
				t.Fatalf("%s: %q", word, cause)
			}
			continue
		}
		r.is(t, word, devices.Decoded)
	}
	if a, b := r.code(t), r.code(t); a == "" || a != b {
		t.Errorf("codes %q %q", a, b)
	}
	r.Feed(r.page)
	r.fault(t, "nak_first")
	if _, cause := r.snap(t); cause != devices.Refused {
		t.Errorf("refused: %q", cause)
	}
	r.is(t, "after a refusal", devices.Decoded)
	r.FeedCode("SP1.D.NGÕ")
	if c := r.code(t); c != "SP1.D.NGÕ" {
		t.Errorf("code %q", c)
	}
	r.replug(t)
	r.Feed(r.page)
	r.is(t, "after plugging in again", devices.Decoded)
}

func TestLineOnPty(t *testing.T) {
	t.Parallel()
	r := newRig(t, scanner.Line, scanner.RS232)
	if _, cause := r.snap(t); cause != devices.Refused {
		t.Errorf("a picture of a reader: %q", cause)
	}
	for _, word := range []string{"", "no_end"} {
		if word != "" {
			r.fault(t, word)
		}
		r.FeedCode("001099012345|012345678|Nguyễn Văn Mẫu|01011999|Nam|Xã Mẫu, Hà Nội|02022022")
		if c := r.code(t); c != "001099012345|012345678|Nguyễn Văn Mẫu|01011999|Nam|Xã Mẫu, Hà Nội|02022022" {
			t.Errorf("code %q", c)
		}
	}
	r.replug(t)
	r.FeedCode("again")
	if c := r.code(t); c != "again" {
		t.Errorf("code %q", c)
	}
}
