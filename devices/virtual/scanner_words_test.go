package virtual

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"strings"
	"testing"
)

func jpegSize(t *testing.T, b []byte) (width, height int) {
	t.Helper()
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return c.Width, c.Height
}

// imager is an imager with one small picture on the pile.
func imager(t *testing.T, c ScannerConfig) (*Scanner, host, []byte) {
	v := startScanner(t, c)
	page := whitePage()
	v.Feed(page)
	return v, host{t, dial(t, v)}, page
}

const (
	snapReply = "IMGSNP1L\x06;IMGSHP2P6F75J1S\x06!"
	shipHead  = len("\x16\xFE....\rIMGSHP2P6F75J1S\x1D")
)

// block is a picture as the Honeywell sends it.
func block(page []byte) string {
	return string(header(append([]byte("IMGSHP2P6F75J1S\x1D"), page...)))
}

func TestHoneywellWords(t *testing.T) {
	ours := string(framedCode(demoCode))
	for _, w := range []struct {
		word string
		want func(page []byte) string // all that comes to the snap line, after DECHDR1
	}{
		{"truncate 10", func(p []byte) string { b := block(p); return snapReply + b[:len(b)/10] }},
		{"truncate 99.9", func(p []byte) string { b := block(p); return snapReply + b[:int(float64(len(b))*.999)] }},
		{"length_zero", func(p []byte) string { return snapReply + "\x16\xFE\x00\x00\x00\x00" + block(p)[6:] }},
		{"length_huge", func(p []byte) string { return snapReply + "\x16\xFE\x00\x00\x00\x40" + block(p)[6:] }},
		{"length_negative", func(p []byte) string { return snapReply + "\x16\xFE\x00\xFF\xFF\xFF" + block(p)[6:] }},
		{"stall_mid 0.02", func(p []byte) string { return snapReply + block(p) }},
		{"slow", func(p []byte) string { return snapReply + block(p) }},
		{"echo_split", func(p []byte) string { return snapReply + block(p) }},
		{"late_ack 0.05", func(p []byte) string { return snapReply + block(p) }},
		{"block_first", func(p []byte) string { return block(p) + snapReply }},
		{"code_before", func(p []byte) string { return ours + snapReply + block(p) }},
		{"code_during", func(p []byte) string { return snapReply + ours + block(p) }},
		{"code_after", func(p []byte) string { return snapReply + block(p) + ours }},
		{"code_after two words", func(p []byte) string { return snapReply + block(p) + string(framedCode("two words")) }},
		{"fe_inside", func(p []byte) string { return snapReply + block(stuff(p)) }},
		{"bomb", func(p []byte) string { return snapReply + block(bomb(p)) }},
		{"nak_first", func(p []byte) string { return "IMGSNP1L\x15;IMGSHP2P6F75J1S\x15!" }},
		{"nak_second", func(p []byte) string { return "IMGSNP1L\x06;IMGSHP2P6F75J1S\x15!" }},
		{"enq", func(p []byte) string { return "IMGSNP1L\x06;IMGSHP2P6F75J1S\x05!" }},
		{"code now", func(p []byte) string { return string(framedCode("now")) + snapReply + block(p) }},
	} {
		t.Run(w.word, func(t *testing.T) {
			v, h, page := imager(t, ScannerConfig{})
			ask(t, h.f, "DECHDR1!", 9)
			if err := v.Fault(w.word); err != nil {
				t.Fatal(err)
			}
			want := w.want(page)
			if got := ask(t, h.f, snapLine, len(want)); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			v.Feed(page) // what is asked next is as ever
			want = snapReply + block(page)
			if got := ask(t, h.f, snapLine, len(want)); got != want {
				t.Errorf("afterwards %q", got)
			}
			h.silent("after all")
		})
	}
}

func TestHoneywellFlips(t *testing.T) {
	for word, wrong := range map[string]int{"flip": 1, "flip 20": 20} {
		v, h, page := imager(t, ScannerConfig{Seed: 7})
		v.Fault(word)
		got := ask(t, h.f, snapLine, len(snapReply)+len(block(page)))[len(snapReply):]
		n := 0
		for i, c := range []byte(block(page)) {
			if got[i] != c {
				n++
			}
		}
		if n < wrong*8/10 || n > wrong || got[:shipHead] != block(page)[:shipHead] {
			t.Errorf("%s: %d bytes are wrong", word, n)
		}
	}
}

// The second shipment differs, the third is the first again.
func TestHoneywellDiffers(t *testing.T) {
	v, h, page := imager(t, ScannerConfig{})
	v.Fault("differ")
	want := block(page)
	if got := ask(t, h.f, snapLine, len(snapReply)+len(want)); got != snapReply+want {
		t.Error("the first shipment is not as it was fed")
	}
	reply := "IMGSHP2P6F75J1S\x06!"
	if got := ask(t, h.f, "IMGSHP2P6F75J1S!", len(reply)+len(want)); got == reply+want || len(got) != len(reply+want) {
		t.Error("the second shipment does not differ")
	}
	if got := ask(t, h.f, "IMGSHP2P6F75J1S!", len(reply)+len(want)); got != reply+want {
		t.Error("the third shipment differs")
	}
}

// On RS-232 a host that forgets 2P gets what it cannot read; on USB it is raw.
func TestHoneywellHMODEM(t *testing.T) {
	v, h, _ := imager(t, ScannerConfig{})
	reply := "IMGSNP1L\x06;IMGSHP6F\x06!"
	got := ask(t, h.f, "IMGSNP1L;IMGSHP6F!", len(reply)+1029)
	if !strings.HasPrefix(got, reply+"\x02\x01\xFE") || strings.Contains(got, "\xFF\xD8\xFF") {
		t.Errorf("%.80q", got)
	}
	h.silent("after the block")
	if v.Queue() != 0 {
		t.Error("the sheet was not taken")
	}
	_, h, page := imager(t, ScannerConfig{Line: "cdc"})
	want := reply + string(header(append([]byte("IMGSHP6F\x1D"), page...)))
	if got := ask(t, h.f, "IMGSNP1L;IMGSHP6F!", len(want)); got != want {
		t.Errorf("%.80q", got)
	}
}

// The imager waits for the trigger for ever, or until another command comes.
func TestHoneywellTrigger(t *testing.T) {
	v, h, page := imager(t, ScannerConfig{})
	h.f.WriteString("\x16M\rIMGSNP1L1T;IMGSHP2P6F75J1S!")
	h.silent("nobody pulled")
	if got := ask(t, h.f, "TRGMOD5;TRGMOD?!", 18); got != "TRGMOD5\x06;TRGMOD5\x06!" {
		t.Errorf("%q", got)
	}
	v.Fault("trigger")
	if got := hear(t, h.f, 16); got != "\x16\xFE\x09\x00\x00\x00\rTRGEVT1T\x1D" {
		t.Errorf("%q", got)
	}
	v.Fault("no_trigger")
	h.f.WriteString("\x16M\r" + snapLine)
	h.silent("nobody pulls")
	v.Fault("trigger")
	if got, want := hear(t, h.f, len(snapReply)+len(block(page))), snapReply+block(page); got != want {
		t.Errorf("%q", got)
	}
	ask(t, h.f, "DECHDR1.", 9)
	if v.Permanent() != 1 {
		t.Errorf("%d permanent", v.Permanent())
	}
	v.Fault("forget")
	if got := ask(t, h.f, "DECHDR?;IMGSHP2P6F!", 21); got != "DECHDR0\x06;IMGSHP2P6F\x15!" {
		t.Errorf("%q", got)
	}
}

// ssiPictureOf is the whole message of a picture.
func ssiPictureOf(page []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(page)))
	b = append(b, 413>>8, 413&0xFF, 585>>8, 585&0xFF, 0x31, 8)
	return append(b, page...)
}

func startSnapshot(h host) {
	h.t.Helper()
	for _, s := range []string{packeted, hostSnap, hostStart} {
		h.say(s)
		h.want("ready", imagerAck)
	}
}

// ssiSights is what comes after each word and a start.
var ssiSights = map[string]func(t *testing.T, h host, page []byte){
	"truncate": func(t *testing.T, h host, page []byte) {
		parts := (len(ssiPictureOf(page)) + 250) / 251
		for range parts / 2 {
			h.packet()
			h.say(hostAck)
		}
		h.silent("after half of it")
	},
	"lose_last": func(t *testing.T, h host, page []byte) {
		for range (len(ssiPictureOf(page))+250)/251 - 1 {
			if _, status, _ := h.packet(); status != 2 {
				t.Errorf("status %d", status)
			}
			h.say(hostAck)
		}
		h.silent("after the last but one")
	},
	"length_huge": func(t *testing.T, h host, page []byte) {
		if _, data, _ := h.take(); binary.BigEndian.Uint32(data) != 1<<30 {
			t.Errorf("% X", data[:10])
		}
	},
	"double_packet": func(t *testing.T, h host, page []byte) {
		var got, last []byte
		again := 0
		for {
			_, status, data := h.packet()
			h.say(hostAck)
			if status&1 != 0 && bytes.Equal(data, last) {
				again++
			} else {
				got = append(got, data...)
			}
			last = data
			if status&2 == 0 {
				break
			}
		}
		if again != 1 || !bytes.Equal(got, ssiPictureOf(page)) {
			t.Errorf("%d packets came again", again)
		}
	},
	"code_during": func(t *testing.T, h host, page []byte) {
		var got, code []byte
		for {
			op, status, data := h.packet()
			h.say(hostAck)
			if op == 0xF3 {
				code = data
				continue
			}
			if got = append(got, data...); status == 0 {
				break
			}
		}
		if string(code) != "\x1C"+demoCode || !bytes.Equal(got, ssiPictureOf(page)) {
			t.Errorf("code %q", code)
		}
	},
}

func TestSSIWords(t *testing.T) {
	for word, see := range ssiSights {
		t.Run(word, func(t *testing.T) {
			v, h, page := imager(t, ScannerConfig{Protocol: SSIProtocol})
			if err := v.Fault(word); err != nil {
				t.Fatal(err)
			}
			startSnapshot(h)
			see(t, h, page)
			if word == "truncate" || word == "lose_last" {
				h.say(hostStop)
				h.want("stop", imagerAck)
				if v.Queue() != 1 {
					t.Fatal("a sheet that did not arrive left the pile")
				}
				h.say(hostStart)
				h.want("once more", imagerAck)
				if _, data, _ := h.take(); !bytes.Equal(data, ssiPictureOf(page)) {
					t.Error("not the same sheet")
				}
			}
		})
	}
}

// raw reads one packet without looking at its sum, and tells whether it holds.
func (h host) raw() (b []byte, sound bool) {
	h.t.Helper()
	n := hear(h.t, h.f, 1)
	b = []byte(n + hear(h.t, h.f, int(n[0])+1))
	return b, ssiSound(b)
}

// A packet that was wrong once comes right; one that is wrong three times ends
// the picture.
func TestSSIChecksums(t *testing.T) {
	for _, word := range []string{"checksum_bad", "checksum_bad 3", "flip 3"} {
		v, h, page := imager(t, ScannerConfig{Protocol: SSIProtocol, Seed: 3})
		v.Fault(word)
		startSnapshot(h)
		var got []byte
		bad, more := 0, true
		for more && bad < 3 {
			b, sound := h.raw()
			if !sound {
				bad++
				h.say(hostResend)
				continue
			}
			got, more = append(got, b[4:len(b)-2]...), b[3]&2 != 0
			h.say(hostAck)
		}
		switch whole := bytes.Equal(got, ssiPictureOf(page)); {
		case word == "checksum_bad" && (bad != 1 || !whole), word == "flip 3" && !whole && bad < 3:
			t.Errorf("%s: %d wrong, whole %v", word, bad, whole)
		case word == "checksum_bad 3":
			h.silent("given up")
			if bad != 3 || v.Queue() != 1 {
				t.Errorf("%s: %d wrong", word, bad)
			}
		}
	}
}
