package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

// setUpCommands is what hands are shaken with.
var setUpCommands = []string{"A3", "EA", "D2", "F7 00", "C6 FF 9F 01", "C6 FF 5E 01", "C6 FF EE 01", "C6 FF EC 00", "E9"}

func TestSSISetUp(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		if got := d.seen(); !slices.Equal(got, setUpCommands) {
			t.Errorf("commands %q", got)
		}
		if got := s.Capabilities(); got.Model != "VS-1 REV A" || !got.Pages || !got.Codes {
			t.Errorf("capabilities %+v", got)
		}
		sheetIs(t, s, d.page, "")
		if got := d.seen()[len(setUpCommands):]; !slices.Equal(got, []string{"F7 01", "E4", "F7 00"}) {
			t.Errorf("a picture by %q", got)
		}
		d.read("SP1.D.A")
		time.Sleep(time.Second)
		codesAre(t, s, "SP1.D.A")
		ready(t, s)
	})
}

// Whatever a device refuses or ignores of the set-up, it works.
func TestSSISetUpRefused(t *testing.T) {
	for _, name := range setUpCommands {
		for _, why := range []byte{ssiContext, ssiDenied, ssiResend, 0xFF} {
			if name == "A3" && why == 0xFF {
				continue
			}
			d := &zebra{page: testJPEG(t, 1), refuse: map[string]byte{name: why}}
			if why == 0xFF {
				d.refuse, d.deaf = nil, map[string]bool{name: true}
			}
			onZebra(t, d, func(t *testing.T, s *Scanner) {
				d.idle(5 * time.Second)
				ready(t, s)
				d.refuse, d.deaf = nil, nil
				sheetIs(t, s, d.page, "")
				d.read("A")
				time.Sleep(time.Second)
				codesAre(t, s, "A")
			})
		}
	}
}

// A device that answers nothing but REQUEST_REVISION is ready soon.
func TestSSISetUpMute(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1), deaf: map[string]bool{}}
	for _, c := range setUpCommands[1:] {
		d.deaf[c] = true
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.idle(4 * time.Second)
		ready(t, s)
		d.conn.Write([]byte("8934567890123\r\n")) // bare: it never agreed to packets
		time.Sleep(time.Second)
		codesAre(t, s, "8934567890123")
		ready(t, s)
	})
}

func TestSSINoAnswer(t *testing.T) {
	d := &zebra{deaf: map[string]bool{"": true}}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.idle(4 * time.Second)
		if got := s.Status(); got.Cause != devices.Silent || d.told("A3") < handshakes {
			t.Errorf("status %+v after %d handshakes", got, d.told("A3"))
		}
		d.deaf = nil
		d.idle(3 * time.Second)
		ready(t, s)
	})
}

func TestSSIPictures(t *testing.T) {
	page := testJPEG(t, 1)
	le := func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		return b
	}
	for _, test := range []struct {
		name string
		d    *zebra
		want devices.Cause
		nth  int // START_SESSIONs
	}{
		{"plain", &zebra{}, "", 1},
		{"the preamble counts", &zebra{size: len(page) + 10}, "", 1},
		{"size in the other order", &zebra{patch: le}, "", 1},
		{"no size", &zebra{patch: func(b []byte) []byte { clear(b[:4]); return b }}, "", 1},
		{"no preamble", &zebra{patch: func(b []byte) []byte { return b[10:] }}, "", 1},
		{"a longer preamble", &zebra{patch: func(b []byte) []byte { return slices.Insert(b, 10, 0, 0, 0, 0) }}, "", 1},
		{"a byte short", &zebra{patch: func(b []byte) []byte { return b[:len(b)-1] }}, devices.Truncated, 3},
		{"a packet short", &zebra{patch: func(b []byte) []byte { return slices.Delete(b, 300, 551) }}, devices.Truncated, 3},
		{"a packet twice", &zebra{patch: func(b []byte) []byte { return slices.Insert(b, 251, b[251:502]...) }}, devices.Truncated, 3},
		{"size says more", &zebra{size: len(page) + 5000}, devices.Truncated, 3},
		{"size says far too much", &zebra{size: 100<<20 | 0x55667}, devices.TooLarge, 1},
		{"no picture", &zebra{patch: func(b []byte) []byte { clear(b[10:]); return b }}, devices.Garbled, 3},
		{"BMP", &zebra{patch: func(b []byte) []byte { return append(b[:10], "BM345678901234567890"...) }, size: 20, kind: 0x33}, devices.Refused, 1},
		{"TIFF", &zebra{patch: func(b []byte) []byte { return append(b[:10], "II*\x008901234567890"...) }, size: 17, kind: 0x34}, devices.Refused, 1},
		{"no snapshots", &zebra{refuse: map[string]byte{"F7 01": ssiContext}}, devices.Refused, 0},
		{"denied", &zebra{refuse: map[string]byte{"E4": ssiDenied}}, devices.Refused, 1},
		{"nothing to take", &zebra{refuse: map[string]byte{"E4": ssiContext}}, devices.NoSheet, 1},
		{"cancelled", &zebra{refuse: map[string]byte{"E4": ssiCancel}}, devices.NoSheet, 1},
		{"no answer", &zebra{deaf: map[string]bool{"E4": true}}, devices.Silent, 3},
		{"never understood", &zebra{refuse: map[string]byte{"E4": ssiResend}}, devices.Garbled, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.d.page = page
			onZebra(t, test.d, func(t *testing.T, s *Scanner) {
				sheetIs(t, s, page, test.want)
				if got := test.d.told("E4"); got != test.nth {
					t.Errorf("%d sessions, want %d", got, test.nth)
				}
				test.d.refuse, test.d.deaf, test.d.patch, test.d.size = nil, nil, nil, 0
				test.d.idle(5 * time.Second)
				ready(t, s)
				sheetIs(t, s, page, "")
			})
		})
	}
}

// A device that marks no packet as followed by others is believed by the size.
func TestSSIUnchained(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	d.tamper = func(_ int, b []byte) []byte {
		if b[1] == 0xB1 && b[3]&2 != 0 {
			return pack(0xB1, b[3]&^2, b[4:len(b)-2]...)
		}
		return b
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) { sheetIs(t, s, d.page, "") })
}

// What goes back to decode mode unheard does not cost the picture.
func TestSSIBack(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.deaf = map[string]bool{"F7 00": true}
		sheetIs(t, s, d.page, "")
		d.idle(5 * time.Second)
		d.deaf = nil
		if d.told("A3") != 2 || d.told("E5") == 0 {
			t.Errorf("no resync followed: %q", d.seen())
		}
		ready(t, s)
		d.refuse = map[string]byte{"F7 00": ssiContext}
		sheetIs(t, s, d.page, "")
		d.refuse = nil
		d.idle(5 * time.Second)
		sheetIs(t, s, d.page, "")
	})
}

// Somebody who gives up ends the session; the next picture is a new one.
func TestSSICancelled(t *testing.T) {
	d := &zebra{page: bytes.Join([][]byte{testJPEG(t, 1), make([]byte, 20000)}, nil)}
	d.beside = func(_ *zebra, at string) {
		if at == "during" {
			time.Sleep(100 * time.Millisecond)
		}
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		cancels := 0
		d.heard = func(_ int, b []byte) []byte {
			if b[1] == 0xD1 && b[4] == ssiCancel {
				cancels++
			}
			return b
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := snap(s, ctx, nil)
		if got := causeOf(t, err); got != devices.Cancelled || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v", err)
		}
		synctest.Wait()
		d.beside, d.page = nil, testJPEG(t, 2)
		d.meet()
		sheetIs(t, s, d.page, "")
		if d.told("E5") != 1 || cancels != 1 {
			t.Errorf("the session was not ended: %q, %d cancels", d.seen(), cancels)
		}
		ready(t, s)
	})
}

// Commands keep their distance; answers do not wait.
func TestSSISpacing(t *testing.T) {
	var last time.Time
	d := &zebra{page: testJPEG(t, 1)}
	d.heard = func(_ int, b []byte) []byte {
		now := time.Now()
		switch gap := now.Sub(last); {
		case b[1] == 0xD0 && gap > time.Millisecond && gap < ssiSpace:
			t.Errorf("an ACK waited %v", gap)
		case b[1] != 0xD0 && gap < ssiSpace:
			t.Errorf("%02X came %v after the message before", b[1], gap)
		}
		last = now
		return b
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) { sheetIs(t, s, d.page, "") })
}

// Codes as they come: in one packet, in several, bare, none.
func TestSSICodes(t *testing.T) {
	long := strings.Repeat("0123456789", 60)
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.read("short\r\n")
		d.read(long)
		d.codes <- func() { // each packet with its type
			d.packet(0xF3, 2, []byte("\x1C"+long[:250]))
			d.packet(0xF3, 2, []byte("\x1C"+long[250:500]))
			d.packet(0xF3, 0, []byte("\x1C"+long[500:]))
		}
		d.codes <- func() { d.message(0xF3, []byte("\x01NR")) }
		d.codes <- func() { d.message(0xF3, append([]byte{0x69, 1, 1, 0, 0, 0, 9}, d.page...)) }
		d.codes <- func() { d.message(0xF3, make([]byte, 40000)) }
		d.codes <- func() { d.message(0xF6, []byte{1}) }
		d.codes <- func() { d.packet(0xB1, 0, []byte("nobody asked")) }
		d.read("last")
		synctest.Wait()
		d.idle(10 * time.Second)
		codesAre(t, s, "short", long, long, "last")
		ready(t, s)
		if d.told("A3") != 1 {
			t.Errorf("hands were shaken %d times", d.told("A3"))
		}
		d.codes <- func() { d.conn.Write([]byte("forgotten\r")) }
		d.idle(3 * time.Second)
		codesAre(t, s, "forgotten")
		if d.told("A3") != 2 {
			t.Errorf("hands were shaken %d times", d.told("A3"))
		}
	})
}
