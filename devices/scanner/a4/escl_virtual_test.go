package a4_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"net"
	"sync"
	"testing"

	"servicepoint/devices"
	"servicepoint/devices/scanner/a4"
	"servicepoint/devices/virtual"
)

// page makes a small page that can be told from every other one.
func page(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 80, 100))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{uint8(i*7 + n*31)}.Y
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// far plays a virtual scanner and runs the driver against it.
func far(t *testing.T, e *virtual.ESCL) *a4.ESCL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stopServing := context.WithCancel(context.Background())
	running, stopRunning := context.WithCancel(context.Background())
	ready := make(chan struct{})
	once := sync.OnceFunc(func() { close(ready) })
	s := &a4.ESCL{URL: "http://" + l.Addr().String(), OnStatus: func(st devices.Status) {
		if st.Ready {
			once()
		}
	}}
	var all sync.WaitGroup
	all.Go(func() {
		if err := e.Serve(serving, l); err != nil {
			t.Error(err)
		}
	})
	var run sync.WaitGroup
	run.Go(func() {
		if err := s.Run(running); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stopRunning()
		run.Wait()
		stopServing()
		all.Wait()
		if n := e.Open(); n > 0 {
			t.Errorf("%d jobs were left on the device", n)
		}
	})
	<-ready
	return s
}

func scan(t *testing.T, s devices.Scanner, r devices.ScanRequest) (got [][]byte, cause devices.Cause) {
	t.Helper()
	err := s.Scan(t.Context(), r, func(p devices.Sheet) error { got = append(got, p.Bytes); return nil }, nil)
	if err == nil {
		return got, ""
	}
	f, ok := errors.AsType[*devices.Fault](err)
	if !ok {
		t.Fatal(err)
	}
	return got, f.Cause
}

func TestESCLConformsToTheVirtualScanner(t *testing.T) {
	a, b, c, d := page(t, 1), page(t, 2), page(t, 3), page(t, 4)
	for _, x := range []struct {
		name   string
		faults []string
		r      devices.ScanRequest
		want   [][]byte
		cause  devices.Cause
		left   int // sheets in the feeder
	}{
		{name: "all", want: [][]byte{a, c}},
		{name: "one", r: devices.ScanRequest{Max: 1}, want: [][]byte{a}, left: 1},
		{name: "both sides", r: devices.ScanRequest{Duplex: true}, want: [][]byte{a, b, c, d}},
		{name: "409 at the end", faults: []string{"conflict_409"}, want: [][]byte{a, c}},
		{name: "absolute Location", faults: []string{"absolute_location"}, want: [][]byte{a, c}},
		{name: "503", faults: []string{"busy_503 2"}, want: [][]byte{a, c}},
		{name: "Retry-After", faults: []string{"retry_after 1"}, want: [][]byte{a, c}},
		{name: "reset", faults: []string{"reset_mid"}, cause: devices.Truncated, left: 1},
		{name: "wrong type", faults: []string{"wrong_type"}, cause: devices.Garbled, left: 1},
		{name: "truncated", faults: []string{"truncate 90"}, cause: devices.Truncated, left: 1},
		{name: "picture bomb", faults: []string{"bomb"}, cause: devices.TooLarge, left: 1},
		{name: "jam", faults: []string{"jam"}, cause: devices.Jam, left: 2},
		{name: "cover", faults: []string{"cover_open"}, cause: devices.CoverOpen, left: 2},
		{name: "XML bomb", faults: []string{"xml_bomb"}, cause: devices.Garbled, left: 2},
		{name: "broken XML", faults: []string{"xml_broken"}, cause: devices.Garbled, left: 2},
		{name: "redirect", faults: []string{"redirect 127.0.0.2"}, cause: devices.Garbled, left: 2},
		{name: "unplugged", faults: []string{"unplug"}, cause: devices.Offline, left: 2},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			e := &virtual.ESCL{}
			e.Feed(a, b)
			e.Feed(c, d)
			s := far(t, e)
			for _, f := range x.faults {
				if err := e.Fault(f); err != nil {
					t.Fatal(err)
				}
			}
			got, cause := scan(t, s, x.r)
			if cause != x.cause {
				t.Errorf("cause %q, want %q", cause, x.cause)
			}
			if len(got) != len(x.want) {
				t.Errorf("got %d sheets, want %d", len(got), len(x.want))
			} else {
				for i := range got {
					if !bytes.Equal(got[i], x.want[i]) {
						t.Errorf("sheet %d is another one", i+1)
					}
				}
			}
			if e.Queue() != x.left {
				t.Errorf("%d sheets are left in the feeder, want %d", e.Queue(), x.left)
			}
		})
	}
}

func TestESCLConformsOnTheGlass(t *testing.T) {
	e := &virtual.ESCL{NoFeeder: true}
	e.Lay(page(t, 5))
	s := far(t, e)
	got, cause := scan(t, s, devices.ScanRequest{})
	if cause != "" || len(got) != 1 || !bytes.Equal(got[0], page(t, 5)) {
		t.Errorf("got %d sheets, cause %q", len(got), cause)
	}
	if _, cause := scan(t, s, devices.ScanRequest{Duplex: true}); cause != devices.Refused {
		t.Errorf("both sides of the glass: %q", cause)
	}
}
