package scanner_test

import (
	"bytes"
	"context"
	"image/jpeg"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/scanner"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// TestSSIWords orders every fault the virtual imager knows, one after another:
// what comes is the page or a fault, never a damaged page, and once the
// trouble is over a picture is taken again. Words that cut the line are tested
// on a pseudo-terminal.
func TestSSIWords(t *testing.T) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, noise(64, 64), nil); err != nil {
		t.Fatal(err)
	}
	page := buf.Bytes()
	for _, w := range virtual.ScannerWords() {
		t.Run(w.Word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				v, err := virtual.NewScanner(virtual.ScannerConfig{Protocol: "ssi", Conn: far})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(v.Words(), func(o virtual.Word) bool { return o.Word == w.Word }) || w.Word == "unplug" {
					return
				}
				s := &scanner.Scanner{Protocol: scanner.SSI, Open: func(context.Context) (wire.Link, error) {
					return kept{near}, near.SetReadDeadline(time.Time{})
				}}
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() { v.Run(ctx) })
				wg.Go(func() { s.Run(ctx) })
				defer func() { cancel(); near.Close(); wg.Wait(); time.Sleep(time.Hour) }()
				time.Sleep(3 * time.Second)
				scan := func() (got devices.Sheet, err error) {
					err = s.Scan(ctx, devices.ScanRequest{}, func(s devices.Sheet) error { got = s; return nil }, nil)
					return got, err
				}
				v.Feed(page)
				err = v.Fault(w.Word)
				if w.Word == "replug" && err != nil {
					return // a pipe gets no new node: TestF10_SSIReplugOnPty replugs a real pty
				}
				if err != nil {
					t.Fatal(err)
				}
				sheet, err := scan()
				t.Logf("%v, %d bytes, %d codes, status %+v", err, len(sheet.Bytes), len(s.Codes()), s.Status())
				if err == nil && w.Word != "fe_inside" && !bytes.Equal(sheet.Bytes, page) {
					t.Error("a damaged page")
				}
				if w.Undo != "" {
					if err := v.Fault(w.Undo); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				v.Feed(page)
				if sheet, err := scan(); err != nil || w.Word != "fe_inside" && !bytes.Equal(sheet.Bytes, page) {
					t.Errorf("afterwards: %v, %d bytes, status %+v", err, len(sheet.Bytes), s.Status())
				}
			})
		})
	}
}

// kept is a line that outlives the driver's closing, for a far end that can be
// opened once only.
type kept struct{ net.Conn }

func (k kept) Close() error { return k.SetReadDeadline(time.Unix(1, 0)) }
