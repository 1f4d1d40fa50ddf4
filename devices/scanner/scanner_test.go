package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

func TestSnap(t *testing.T) {
	page := testJPEG(t, 1)
	other := testJPEG(t, 2)
	good := func(h host, line string) { h.send(reply(line), picture(page)) }
	half := picture(page)[:len(page)/2]
	tests := []struct {
		name   string
		line   string
		script script
		want   devices.Cause // "" is a picture
		lines  string        // first letters of the commands: s snaps and ships, r ships again
	}{
		{"cdc", CDC, good, "", "s"},
		{"rs232 ships twice", RS232, good, "", "sr"},
		{"a line of no name counts as rs232", "", good, "", "sr"},
		{"picture before reply", CDC, func(h host, line string) { h.send(picture(page), reply(line)) }, "", "s"},
		{"picture between the two replies", CDC, func(h host, line string) {
			r := reply(line)
			h.send(r[:10], picture(page), r[10:])
		}, "", "s"},
		{"echo with the command's beginning", RS232, func(h host, line string) { h.send([]byte(prefix), reply(line), picture(page)) }, "", "sr"},
		{"byte by byte", RS232, func(h host, line string) { h.drip(reply(line)); h.drip(picture(page)) }, "", "sr"},
		{"all in one", CDC, func(h host, line string) { h.send(slices.Concat(reply(line), picture(page))) }, "", "s"},
		{"codes all around", RS232, func(h host, line string) {
			h.send(decode("a"), reply(line), decode("b"), picture(page), decode("c"))
		}, "", "sr"},
		{"an unframed code before", CDC, func(h host, line string) { h.send([]byte("893\r"), reply(line), picture(page)) }, "", "s"},
		{"a code that begins like the reply", CDC, func(h host, line string) { h.send([]byte("IMGS-7\r"), reply(line), picture(page)) }, "", "s"},
		{"late reply of a handshake before", CDC, func(h host, line string) {
			h.send([]byte("DECHDR1\x06!\r"), reply(line), picture(page))
		}, "", "s"},
		{"nothing there", CDC, func(h host, line string) { h.send(reply(line, nak, nak)) }, devices.NoSheet, "s"},
		{"nothing there, old picture shipped", CDC, func(h host, line string) { h.send(reply(line, nak), picture(page)) }, devices.NoSheet, "s"},
		{"old picture shipped before the refusal", CDC, func(h host, line string) { h.send(picture(page), reply(line, nak)) }, devices.NoSheet, "s"},
		{"does not know the command", RS232, func(h host, line string) { h.send(reply(line, enq, ack)) }, devices.Refused, "s"},
		{"will not ship", RS232, func(h host, line string) { h.send(reply(line, ack, nak)) }, devices.Refused, "s"},
		{"cut once", CDC, func(h host, line string) {
			if h.nth == 1 {
				h.send(reply(line), half)
				return
			}
			good(h, line)
		}, "", "sr"},
		{"cut once on rs232", RS232, func(h host, line string) {
			if h.nth == 2 {
				h.send(reply(line), half)
				return
			}
			good(h, line)
		}, "", "srr"},
		{"cut always", CDC, func(h host, line string) { h.send(reply(line), half) }, devices.Truncated, "srr"},
		{"cut twice on rs232", RS232, func(h host, line string) {
			if h.nth > 1 {
				h.send(reply(line), half)
				return
			}
			good(h, line)
		}, devices.Truncated, "srr"},
		{"a byte dropped", CDC, func(h host, line string) {
			p := picture(page)
			if h.nth == 1 {
				p = slices.Delete(bytes.Clone(p), 400, 401)
			}
			h.send(reply(line), p)
		}, "", "sr"},
		{"one wrong byte in the first shipment", RS232, func(h host, line string) {
			if h.nth == 1 {
				h.send(reply(line), picture(spoilt(page, 0)))
				return
			}
			good(h, line)
		}, "", "srr"},
		{"a wrong byte in every shipment", RS232, func(h host, line string) {
			h.send(reply(line), picture(spoilt(page, 20*h.nth)))
		}, devices.Mismatch, "srr"},
		{"a whole other picture", RS232, func(h host, line string) {
			if h.nth == 2 {
				h.send(reply(line), picture(other))
				return
			}
			good(h, line)
		}, "", "srr"},
		{"no end marker", CDC, func(h host, line string) { h.send(reply(line), picture(page[:len(page)-2])) }, devices.Truncated, "srr"},
		{"not a JPEG", CDC, func(h host, line string) { h.send(reply(line), picture([]byte("BM not a picture"))) }, devices.Garbled, "srr"},
		{"no separator", CDC, func(h host, line string) { h.send(reply(line), block([]byte("IMGSHP2P"))) }, devices.Garbled, "srr"},
		{"huge length", CDC, func(h host, line string) { h.send(reply(line), []byte("\x16\xFE\xFF\xFF\xFF\x7F\r")) }, devices.Garbled, "srr"},
		{"zero length once", CDC, func(h host, line string) {
			if h.nth == 1 {
				h.send(reply(line), []byte("\x16\xFE\x00\x00\x00\x00\r"))
				return
			}
			good(h, line)
		}, "", "sr"},
		{"no answer", CDC, func(h host, line string) {}, devices.Silent, "sss"},
		{"reply without picture", CDC, func(h host, line string) { h.send(reply(line)) }, devices.Silent, "srr"},
		{"picture without reply", CDC, func(h host, line string) { h.send(picture(page)) }, devices.Silent, "sss"},
		{"hangs up meanwhile", CDC, func(h host, line string) { h.send(reply(line), half); h.conn.Close() }, devices.Offline, "s"},
		{"too slow", CDC, func(h host, line string) {
			h.send(reply(line))
			for _, b := range picture(page)[:40] { // each pause is short of silence
				if _, err := h.conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(quietLimit / 2)
			}
		}, devices.Truncated, "srr"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &scripted{script: test.script}
				s := start(t, d, test.line)
				var last, total int64
				sheet, err := snap(s, t.Context(), func(done, all int64) { last, total = done, all })
				if got := causeOf(t, err); got != test.want {
					t.Fatalf("cause %q, want %q (%v)", got, test.want, err)
				}
				lines, _, _ := d.seen()
				letters := ""
				for _, l := range lines {
					letters += letter(l)
				}
				if test.lines != "" && letters != test.lines {
					t.Errorf("commands %s, want %s", letters, test.lines)
				}
				if test.want != "" {
					return
				}
				if !bytes.Equal(sheet.Bytes, page) || sheet.N != 1 || sheet.MIME != "image/jpeg" || sheet.DPI != 200 {
					t.Errorf("sheet of %d bytes, N %d, %s, %d dpi", len(sheet.Bytes), sheet.N, sheet.MIME, sheet.DPI)
				}
				if want := map[bool]devices.Verify{true: devices.Decoded, false: devices.ShippedTwice}[test.line == CDC]; sheet.Verified != want {
					t.Errorf("verified %q, want %q", sheet.Verified, want)
				}
				if total == 0 || last != total {
					t.Errorf("progress ended at %d of %d", last, total)
				}
			})
		})
	}
}

// After every failure the driver is ready again as soon as the device is.
func TestSnapAfterFailure(t *testing.T) {
	page := testJPEG(t, 1)
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: func(h host, line string) {
			h.send(reply(line), picture(page)[:300])
			if h.nth > commands {
				h.send(picture(page)[300:])
			}
		}}
		s := start(t, d, CDC)
		_, err := snap(s, t.Context(), nil)
		if got := causeOf(t, err); got != devices.Truncated {
			t.Fatalf("first: %v", err)
		}
		from := time.Now()
		if _, err := snap(s, t.Context(), nil); err != nil {
			t.Fatalf("second: %v", err)
		}
		if took := time.Since(from); took < coolDown {
			t.Errorf("the device rested %v, want %v", took, coolDown)
		}
		if got := s.Status(); !got.Ready {
			t.Errorf("status %+v", got)
		}
	})
}

// A picture that was given up must not be taken for the next one.
func TestSnapCancelled(t *testing.T) {
	old, page := testJPEG(t, 1), testJPEG(t, 2)
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: func(h host, line string) {
			if h.nth == 1 {
				time.Sleep(2 * time.Second)
				h.send(reply(line), picture(old))
				return
			}
			h.send(reply(line), picture(page))
		}}
		s := start(t, d, CDC)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := snap(s, ctx, nil)
		if got := causeOf(t, err); got != devices.Cancelled || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("first: %v", err)
		}
		if got := s.Status(); !got.Ready {
			t.Errorf("a cancelled picture made the scanner unready: %+v", got)
		}
		sheet, err := snap(s, t.Context(), nil)
		if err != nil || !bytes.Equal(sheet.Bytes, page) {
			t.Fatalf("second: %d bytes, %v", len(sheet.Bytes), err)
		}
	})
}

func TestSnapWithoutRun(t *testing.T) {
	s := &Scanner{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := snap(s, ctx, nil)
	if got := causeOf(t, err); got != devices.Cancelled {
		t.Errorf("got %v", err)
	}
	if got := s.Status(); got.Ready || got.Cause != devices.Offline {
		t.Errorf("status %+v", got)
	}
}

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		from := time.Now()
		var causes []devices.Cause
		s := &Scanner{
			Open: func(context.Context) (wire.Link, error) {
				at = append(at, time.Since(from))
				return nil, &devices.Fault{Cause: devices.Denied}
			},
			OnStatus: func(st devices.Status) { causes = append(causes, st.Cause) },
		}
		ctx, cancel := context.WithTimeout(t.Context(), 14*time.Second)
		defer cancel()
		go func() {
			_, err := snap(s, ctx, nil)
			if got := causeOf(t, err); got != devices.Denied && got != devices.Offline {
				t.Errorf("while reconnecting: %v", err)
			}
		}()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := "[0s 250ms 750ms 1.75s 3.75s 7.75s 12.75s]"
		if got := fmt.Sprint(at); got != want {
			t.Errorf("opened at %s, want %s", got, want)
		}
		if fmt.Sprint(causes) != "[denied offline]" {
			t.Errorf("statuses %v", causes)
		}
	})
}

func TestDeafDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{deaf: true}
		s := start(t, d, CDC)
		_, err := snap(s, t.Context(), nil)
		if got := causeOf(t, err); got != devices.Silent {
			t.Errorf("got %v", err)
		}
		if _, n, _ := d.seen(); n != handshakes {
			t.Errorf("%d handshakes", n)
		}
	})
}

// babbler never falls silent.
type babbler struct{ closed chan struct{} }

func (b babbler) Read(p []byte) (int, error) {
	select {
	case <-time.After(100 * time.Millisecond):
		return copy(p, "zz\x16"), nil
	case <-b.closed:
		return 0, io.EOF
	}
}
func (b babbler) Write(p []byte) (int, error)      { return len(p), nil }
func (b babbler) Close() error                     { close(b.closed); return nil }
func (b babbler) SetReadDeadline(time.Time) error  { return nil }
func (b babbler) SetWriteDeadline(time.Time) error { return nil }

func TestBabble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Scanner{Open: func(context.Context) (wire.Link, error) { return babbler{make(chan struct{})}, nil }}
		run(t, s)
		_, err := snap(s, t.Context(), nil)
		if got := causeOf(t, err); got != devices.Garbled {
			t.Errorf("got %v", err)
		}
	})
}

func TestCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, 3, 4, 8, 0, 0, 0, time.FixedZone("+07", 7*3600))
		d := &scripted{}
		s := &Scanner{Open: d.open, Now: func() time.Time { return now }}
		run(t, s)
		time.Sleep(time.Second)
		synctest.Wait()
		h := d.host()
		h.send(decode("SP1.D.X"))
		got := <-s.Codes()
		if string(got.Raw) != "SP1.D.X" || got.Symbology != "]Q1" || !got.At.Equal(now) || got.At.Location() != time.UTC {
			t.Errorf("framed: %q %s %v", got.Raw, got.Symbology, got.At)
		}
		// A bare line tells that the device has forgotten the handshake.
		h.send([]byte("bare"))
		if got := <-s.Codes(); string(got.Raw) != "bare" || got.Symbology != "" {
			t.Errorf("bare: %q %s", got.Raw, got.Symbology)
		}
		time.Sleep(time.Second)
		if _, n, opened := d.seen(); n != 2 || opened != 1 {
			t.Errorf("%d handshakes on %d lines, want 2 on 1", n, opened)
		}
		for i := range 3 * codesKept {
			h.send(decode(fmt.Sprint("c", i)))
		}
		synctest.Wait()
		if got := <-s.Codes(); string(got.Raw) != fmt.Sprint("c", 2*codesKept) {
			t.Errorf("oldest kept: %q", got.Raw)
		}
	})
}

// A code that breaks off is not taken for part of the next.
func TestBrokenCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{}
		s := start(t, d, CDC)
		time.Sleep(time.Second)
		synctest.Wait()
		d.host().send(decode("first")[:15])
		time.Sleep(5 * time.Second)
		d.host().send(decode("second"))
		if got := <-s.Codes(); string(got.Raw) != "second" {
			t.Errorf("got %q", got.Raw)
		}
	})
}

func TestFaultsTellNoContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{}
		var details []string
		s := &Scanner{Open: d.open, OnStatus: func(st devices.Status) { details = append(details, st.Detail) }}
		run(t, s)
		time.Sleep(time.Second)
		synctest.Wait()
		d.host().send([]byte("NGUYEN VAN MAU\r"))
		time.Sleep(5 * time.Second)
		d.host().send(block([]byte("MSGGET0099sQ1\x1DNGUYEN VAN MAU\r")))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if all := strings.Join(details, "|"); strings.Contains(all, "NGUYEN") || len(details) != 3 {
			t.Errorf("details: %s", all)
		}
	})
}
