package virtual

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"
)

// unhex reads "04 D0 …".
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a host says; the checksums are the manual's or were added up by hand.
const (
	hostAck    = "04 D0 04 00 FF 28"
	hostResend = "05 D1 04 00 01 FF 25"
	hostCancel = "05 D1 04 00 0A FF 1C"
	hostStart  = "04 E4 04 00 FF 14"
	hostSnap   = "05 F7 04 00 01 FE FF"
	hostDecode = "05 F7 04 00 00 FF 00"
	hostStop   = "04 E5 04 00 FF 13"
	hostFlush  = "04 D2 04 00 FF 26"
	packeted   = "07 C6 04 00 FF EE 01 FD 41"

	imagerAck = "04 D0 00 00 FF 2C"
)

// host is one end of the wire.
type host struct {
	t *testing.T
	f *os.File
}

func (h host) say(s string) {
	h.t.Helper()
	if _, err := h.f.Write(unhex(h.t, s)); err != nil {
		h.t.Fatal(err)
	}
}

func (h host) want(what, s string) {
	h.t.Helper()
	want := unhex(h.t, s)
	if got := []byte(hear(h.t, h.f, len(want))); !bytes.Equal(got, want) {
		h.t.Fatalf("%s: got % X, want % X", what, got, want)
	}
}

// silent reports what comes within a short while.
func (h host) silent(what string) {
	h.t.Helper()
	h.f.SetReadDeadline(time.Now().Add(40 * time.Millisecond))
	defer h.f.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := h.f.Read(make([]byte, 64)); err == nil {
		h.t.Fatalf("%s: %d bytes came", what, n)
	}
}

// packet reads one packet and checks its sum.
func (h host) packet() (op, status byte, data []byte) {
	h.t.Helper()
	n := hear(h.t, h.f, 1)
	b := []byte(n + hear(h.t, h.f, int(n[0])+1))
	sum := 0
	for _, c := range b[:len(b)-2] {
		sum += int(c)
	}
	if (sum+int(b[len(b)-2])<<8+int(b[len(b)-1]))&0xFFFF != 0 || b[2] != 0 {
		h.t.Fatalf("not sound: % X", b)
	}
	return b[1], b[3], b[4 : len(b)-2]
}

// take reads a message of packets, acknowledging each.
func (h host) take() (op byte, data []byte, packets int) {
	h.t.Helper()
	for {
		o, status, part := h.packet()
		op, packets = o, packets+1
		data = append(data, part...)
		h.say(hostAck)
		if status&0x02 == 0 {
			return op, data, packets
		}
	}
}

func ssiHost(t *testing.T) (*Scanner, host) {
	v := startScanner(t, ScannerConfig{Protocol: SSIProtocol})
	f := dial(t, v)
	f.SetDeadline(time.Now().Add(20 * time.Second))
	return v, host{t, f}
}

// Command and reply, byte for byte.
func TestSSITranscript(t *testing.T) {
	_, h := ssiHost(t)
	for _, step := range []struct{ what, say, want string }{
		{"disable", "04 EA 04 00 FF 0E", imagerAck},
		{"no session while disabled", hostStart, "05 D1 00 00 06 FF 24"},
		{"enable for good", "04 E9 04 08 FF 07", imagerAck},
		{"flush", hostFlush, imagerAck},
		{"packeted decode", packeted, imagerAck},
		{"its value", "05 C7 04 00 EE FE 42", "07 C6 00 00 FF EE 01 FD 45"},
		{"two in one", "09 C6 04 00 FF EC 00 8A 08 FC B0", imagerAck},
		{"half a pair", "06 C6 04 00 FF EE FD 43", "05 D1 00 00 02 FF 28"},
		{"mode 3", "05 F7 04 00 03 FE FD", "05 D1 00 00 02 FF 28"},
		{"mode 1", hostSnap, imagerAck},
		{"no sheet", hostStart, "05 D1 00 00 02 FF 28"},
		{"unknown", "04 99 04 00 FF 5F", "05 D1 00 00 02 FF 28"},
		{"wrong checksum", "04 E4 04 00 FF 15", "05 D1 00 00 01 FF 29"},
		{"wake-up bytes", "00 00 " + hostFlush, imagerAck},
		{"beep", "05 E6 04 00 01 FF 10", imagerAck},
		{"defaults", "04 C8 04 00 FF 30", imagerAck},
	} {
		h.say(step.say)
		h.want(step.what, step.want)
	}
	h.say("04 A3 04 00 FF 55")
	if op, _, data := h.packet(); op != 0xA4 || len(data) == 0 {
		t.Errorf("revision: %X %q", op, data)
	}
	h.say("04 D3 04 00 FF 25")
	if op, _, data := h.packet(); op != 0xD4 || len(data) < 5 {
		t.Errorf("capabilities: %X % X", op, data)
	}
}

func TestSSICodes(t *testing.T) {
	v, h := ssiHost(t)
	v.FeedCode("bare")
	h.want("from the factory", "62 61 72 65 0D")
	h.say(packeted)
	h.want("packeted", imagerAck)
	v.FeedCode("NR")
	h.want("packet", "07 F3 00 00 1C 4E 52 FE 4A")
	h.say(hostAck)
	long := strings.Repeat("0123456789", 60)
	v.FeedCode(long)
	op, data, packets := h.take()
	if op != 0xF3 || packets != 3 || data[0] != 0x1C || string(data[1:]) != long {
		t.Errorf("%X in %d packets: %q", op, packets, data)
	}
	h.say(hostSnap)
	h.want("snapshot mode", imagerAck)
	v.FeedCode("held")
	h.silent("a code in snapshot mode")
	h.say(hostDecode)
	h.want("decode mode", imagerAck)
	if op, data, _ := h.take(); op != 0xF3 || string(data) != "\x1Cheld" {
		t.Errorf("%X %q", op, data)
	}
	v.Fault("segments")
	v.FeedCode(long)
	op, status, data := h.packet()
	if op != 0x73 || status != 2 || len(data) != 251 || data[0] != 0 || data[1] != 0xF3 || data[6] != 0x1C || data[8] != 600>>8 || data[9] != 600&0xFF {
		t.Fatalf("%X %X % X", op, status, data[:16])
	}
	got := string(data[10:])
	for n := byte(1); status&2 != 0; n++ {
		h.say("04 74 04 00 FF 84")
		if op, status, data = h.packet(); op != 0x73 || data[0] != n {
			t.Fatalf("%X % X", op, data)
		}
		got += string(data[1:])
	}
	h.say(hostAck)
	if got != long {
		t.Errorf("%q", got)
	}
}

// A packet nobody acknowledges is sent again twice, marked, then given up.
func TestSSIPacketsAreSentAgain(t *testing.T) {
	v, h := ssiHost(t)
	h.say(packeted)
	h.want("packeted", imagerAck)
	v.FeedCode("NR")
	h.want("first", "07 F3 00 00 1C 4E 52 FE 4A")
	h.say(hostResend)
	h.want("after NAK 1", "07 F3 00 01 1C 4E 52 FE 49")
	start := time.Now()
	h.want("after the time-out", "07 F3 00 01 1C 4E 52 FE 49")
	if d := time.Since(start); d < ackTime-100*time.Millisecond {
		t.Errorf("sent again after %v", d)
	}
	h.say(hostResend)
	h.silent("a third time")
	v.FeedCode("NR")
	h.want("the next", "07 F3 00 00 1C 4E 52 FE 4A")
	h.say(hostCancel)
	h.silent("a cancelled code")
	h.say("07 C6 04 00 FF 9F 00 FD 91") // no handshake any more
	h.say("05 C7 04 00 9F FE 91")
	h.want("the parameter", "07 C6 00 00 FF 9F 00 FD 95")
	v.FeedCode("NR")
	h.want("without handshake", "07 F3 00 00 1C 4E 52 FE 4A")
	v.FeedCode("NR")
	h.want("without handshake", "07 F3 00 00 1C 4E 52 FE 4A")
}

func TestSSIPicture(t *testing.T) {
	v, h := ssiHost(t)
	page := SampleImage(1, 50)
	v.Feed(page)
	snap := func() []byte {
		h.say(hostSnap)
		h.want("mode", imagerAck)
		h.say(hostStart)
		h.want("session", imagerAck)
		op, data, _ := h.take()
		if op != 0xB1 {
			t.Fatalf("opcode %X", op)
		}
		return data
	}
	// A picture that is given up leaves the sheet where it is.
	h.say(hostSnap)
	h.want("mode", imagerAck)
	h.say(hostStart)
	h.want("session", imagerAck)
	h.packet()
	h.say(hostStop)
	h.want("stop", imagerAck)
	h.silent("after the stop")
	if v.Queue() != 1 || v.Sheets() != 1 {
		t.Fatalf("queue %d, %d sheets", v.Queue(), v.Sheets())
	}
	data := snap()
	want := append(unhex(t, "00 00 00 00 05 00 03 20 31 08"), page...)
	want[1], want[2], want[3] = byte(len(page)>>16), byte(len(page)>>8), byte(len(page))
	if !bytes.Equal(data, want) {
		t.Fatalf("%d bytes, want %d", len(data), len(want))
	}
	for v.Queue() != 0 { // the last acknowledgement is under way
		time.Sleep(time.Millisecond)
	}
	if v.Sheets() != 1 || v.Permanent() != 0 {
		t.Errorf("%d sheets, %d permanent", v.Sheets(), v.Permanent())
	}
	v.Feed(page)
	h.say("05 F7 04 00 02 FE FE")
	h.want("video", imagerAck)
	h.say(hostStart)
	h.want("session", imagerAck)
	if op, data, _ := h.take(); op != 0xB4 || len(data) != len(want) || v.Queue() != 1 {
		t.Errorf("video: %X, %d bytes", op, len(data))
	}
}

func TestSSICommandAgain(t *testing.T) {
	v, h := ssiHost(t)
	h.say(hostFlush)
	h.want("flush", imagerAck)
	n := v.Commands()
	h.say("04 D2 04 01 FF 25") // the same again, marked
	h.want("the reply again", imagerAck)
	if v.Commands() != n {
		t.Error("a command sent again was obeyed twice")
	}
	h.say("04 E9 04 08 FF 07")
	h.want("permanent", imagerAck)
	if v.Permanent() != 1 {
		t.Errorf("%d permanent", v.Permanent())
	}
	v.Fault("at_probe")
	h.say("00")
	time.Sleep(ssiGap + 50*time.Millisecond) // what looks like a packet's beginning is forgotten
	h.say(hostFlush)
	h.want("after noise", imagerAck)
	if err := v.Fault("busy"); err == nil {
		t.Error("a word of another protocol was taken")
	}
}
