package scanner

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"servicepoint/devices"
)

func collect(stream []byte, step int) (events []event, d demux) {
	d.await(testLine, true)
	for part := range slices.Chunk(stream, step) {
		d.feed(part, func(e event) { events = append(events, e) })
	}
	return events, d
}

func TestCheckJPEG(t *testing.T) {
	page := testJPEG(t, 3)
	if dpi, f := checkJPEG(page); f != nil || dpi != 200 {
		t.Fatalf("good page: %d dpi, %v", dpi, f)
	}
	for n := range len(page) {
		if _, f := checkJPEG(page[:n]); f == nil {
			t.Fatalf("accepted when cut to %d of %d bytes", n, len(page))
		}
	}
	empty := []byte("\xFF\xD8\xFF\xD9")
	if _, f := checkJPEG(empty); f == nil || f.Cause != devices.Garbled {
		t.Errorf("empty file: %v", f)
	}
	metric := bytes.Replace(page, []byte("\x01\x02\x01\x00\xC8"), []byte("\x01\x02\x02\x00\x76"), 1)
	if dpi, f := checkJPEG(metric); f != nil || dpi != 300 {
		t.Errorf("118 dots a centimetre: %d dpi, %v", dpi, f)
	}
}

func FuzzDemux(f *testing.F) {
	page := testJPEG(f, 1)
	f.Add(slices.Concat(reply(testLine), picture(page), decode("x")))
	f.Add(slices.Concat(picture(page), decode("y"), reply(testLine, nak)))
	f.Add([]byte("IMGSNP1L\x06\x16\xFE\x06\x00\x00\x00\rIMGSHP;line\r\x16\x16\xFE\xFF\xFF\xFF\xFF\r"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, d := collect(stream, max(1, len(stream)))
		single, _ := collect(stream, 1)
		if !reflect.DeepEqual(whole, single) {
			t.Fatalf("whole: %v\nsingle: %v", kinds(whole), kinds(single))
		}
		if cap(d.body) > firstGrip && len(stream) < firstGrip || cap(d.body) > maxBlock {
			t.Fatalf("%d bytes held for %d received", cap(d.body), len(stream))
		}
		for _, e := range whole {
			if e.kind == gotImage {
				checkJPEG(e.image)
			}
		}
		d.silence(func(event) {})
	})
}

func kinds(events []event) (s string) {
	for _, e := range events {
		s += fmt.Sprintf("%d %q %q %s; ", e.kind, e.statuses, e.code.Raw, e.detail)
	}
	return s
}
