package scanner

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The packets of the manuals and drivers.
func TestSSIVectors(t *testing.T) {
	for _, v := range []struct {
		name, want string
		op, status byte
		data       string
	}{
		{"ACK", "04 D0 04 00 FF 28", ssiACK, 0, ""},
		{"START_SESSION", "04 E4 04 00 FF 14", ssiStart, 0, ""},
		{"SCAN_ENABLE, permanent", "04 E9 04 08 FF 07", ssiEnable, 0x08, ""},
		{"RSM", "0A 80 04 00 00 06 20 00 00 FF FE 4D", ssiManagement, 0, "00 06 20 00 00 FF"},
	} {
		if got := appendSSI(nil, v.op, v.status, unhex(t, v.data)...); !bytes.Equal(got, unhex(t, v.want)) {
			t.Errorf("%s: % X, want %s", v.name, got, v.want)
		}
	}
	var got ssiHeard
	new(ssiReader).feed(unhex(t, "07 F3 00 00 01 4E 52 FE 65"), &got)
	if want := (ssiHeard{"F3 00 014e52"}); !slices.Equal(got, want) {
		t.Errorf("NR: %q, want %q", got, want)
	}
}

// ssiHeard writes down what a reader finds.
type ssiHeard []string

func (h *ssiHeard) packet(p ssiPacket) {
	*h = append(*h, strings.TrimSpace(fmt.Sprintf("%02X %02X %x", p.op, p.status, p.data)))
}
func (h *ssiHeard) damaged() { *h = append(*h, "damaged") }
func (h *ssiHeard) line(text []byte, ended bool) {
	*h = append(*h, fmt.Sprintf("line %q %v", text, ended))
}

func TestSSIReader(t *testing.T) {
	const ack, nr = "04D00000FF2C", "07F3000001 4E52 FE65"
	const ackHeard, nrHeard = "D0 00", "F3 00 014e52"
	for _, test := range []struct {
		name, in string // "|" is a pause that outlasts patience
		want     []string
	}{
		{"two at once", ack + nr, []string{ackHeard, nrHeard}},
		{"in two pieces with patience", "04D0" + "0000FF2C", []string{ackHeard}},
		{"a pause within", "04D000|" + ack, []string{"damaged", ackHeard}},
		{"wrong checksum", "07F3000001 4E53 FE65" + ack, []string{"damaged", ackHeard}},
		{"wrong checksum twice", "07F3000001 4E53 FE65|07F3000001 4E53 FE65|" + nr, []string{"damaged", "damaged", nrHeard}},
		{"the rest of a packet after a NAK", "07F3000001 4E53 FE65 1122334455|" + ack, []string{"damaged", ackHeard}},
		{"another one damaged after a NAK", "07F3000001 4E53 FE65 07F3000001 4E53 FE65|" + nr, []string{"damaged", "damaged", nrHeard}},
		{"a byte too many", ack + "2C" + nr, []string{ackHeard, nrHeard}},
		{"a byte too few, the next one behind it", "04D00000FF" + nr, []string{"damaged", nrHeard}},
		{"length too short to be", "00000002|" + ack, []string{"damaged", ackHeard}},
		{"length longer than what comes", "40D00000FF2C|" + ack, []string{"damaged", ackHeard}},
		{"modem probe", "41540D" + ack, []string{`line "AT" true`, ackHeard}},
		{"a bare code", hex.EncodeToString([]byte("8934567890123\r\n")) + "|" + ack, []string{`line "8934567890123" true`, ackHeard}},
		{"a bare code without CR", hex.EncodeToString([]byte("8934567890123")) + "|" + ack, []string{`line "8934567890123" false`, ackHeard}},
		{"a short bare code", hex.EncodeToString([]byte("8\r")) + "|" + ack, []string{`line "8" true`, ackHeard}},
		{"two bare codes", hex.EncodeToString([]byte("123456\rABCDEF\r")), []string{`line "123456" true`, `line "ABCDEF" true`}},
		{"our own echo", "04D00400FF28" + ack, []string{ackHeard}},
	} {
		for _, size := range []int{1, 2, 3, 1000} {
			var got ssiHeard
			var r ssiReader
			for part := range strings.SplitSeq(test.in, "|") {
				for chunk := range slices.Chunk(unhex(t, part), size) {
					r.feed(chunk, &got)
				}
				if strings.Contains(test.in, "|") {
					if r.patience() > 0 {
						r.silence(&got)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s, %d at once: %q, want %q", test.name, size, got, test.want)
			}
		}
	}
}

// Whatever comes: what the reader calls a packet is one, its memory is
// bounded, it is in step after a silence, and a clean stream is cut the same
// however it arrives.
func FuzzSSIReader(f *testing.F) {
	f.Add([]byte("\x04\xD0\x00\x00\xFF\x2C\x07\xF3\x00\x00\x01NR\xFE\x65"), 3)
	f.Add(pack(0xB1, 2, bytes.Repeat([]byte{0xFF}, 251)...), 100)
	f.Add([]byte("AT\r8934567890123\r\x00\x01\x02"), 1)
	f.Add(slices.Concat(pack(0xF3, 0, 1, 2, 3)[:5], pack(0xA4, 0, 65)), 4)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		var r ssiReader
		var got ssiHeard
		for chunk := range slices.Chunk(in, 1+min(4096, max(0, size))) {
			r.feed(chunk, &got)
		}
		if len(r.bare) > maxLine || len(got) > len(in)+1 {
			t.Fatalf("%d bytes made %d findings and %d bytes of text", len(in), len(got), len(r.bare))
		}
		if r.patience() > 0 {
			r.silence(&got)
		}
		if r.patience() != 0 {
			t.Fatalf("after silence it still waits %v", r.patience())
		}
		got = nil
		r.feed(pack(0xF3, 0, 1, 2, 3), &got)
		if !slices.Equal(got, ssiHeard{"F3 00 010203"}) {
			t.Fatalf("after silence: %q", got)
		}
	})
}

// Any stream of whole packets is read as it was made.
func FuzzSSIPackets(f *testing.F) {
	f.Add([]byte("\x03abc\x00\x01x"), 2)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		var stream []byte
		var want, got ssiHeard
		for len(in) > 1 {
			op, n := in[0], min(int(in[1]), 251, len(in)-2)
			data := in[2 : 2+n]
			stream = append(stream, pack(op, op&3, data...)...)
			want.packet(ssiPacket{op: op, status: op & 3, data: data})
			in = in[2+n:]
		}
		var r ssiReader
		for chunk := range slices.Chunk(stream, 1+min(4096, max(0, size))) {
			r.feed(chunk, &got)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// Whatever packets come, with or without a picture asked for: one answer each,
// bounded memory, and no code that is empty.
func FuzzSSIDialogue(f *testing.F) {
	segments, statuses := wrap(strings.Repeat("0123456789", 60), "length")
	f.Add(slices.Concat(pack(0x73, statuses[0], segments[0]...), pack(0x73, statuses[1], segments[1]...), pack(0x73, statuses[2], segments[2]...)), false)
	f.Add(slices.Concat(pack(0xF3, 2, 1, 'a'), pack(0xF3, 0, 1, 'b'), pack(0xF3, 1, 1, 'b'), pack(0xD1, 0, 1)), true)
	f.Add(pack(0xB1, 0, []byte("\x00\x00\x00\x04\x00\x01\x00\x01\x31\x08\xFF\xD8\xFF\xD9")...), true)
	f.Add([]byte("8934567890123\r"), false)
	f.Fuzz(func(t *testing.T, in []byte, shooting bool) {
		s := &Scanner{}
		s.prepare()
		z := &ssi{x: &session{s: s}, bare: len(in)%2 == 0}
		if shooting {
			z.shot, z.busy = &ssiShot{}, true
		}
		shot := z.shot
		for chunk := range slices.Chunk(in, 300) {
			z.feed(chunk)
			for len(s.codes) > 0 {
				if c := <-s.codes; len(c.Raw) == 0 || len(c.Raw) > len(in) {
					t.Fatalf("a code of %d bytes", len(c.Raw))
				}
			}
			if len(z.owed) > 9*len(chunk) || len(z.code.data)+len(z.long.data) > 2*maxDecode {
				t.Fatalf("%d bytes owed, %d and %d held", len(z.owed), len(z.code.data), len(z.long.data))
			}
			z.owed = z.owed[:0]
		}
		z.silence()
		if shot != nil {
			shot.judge()
			if done, size := shot.progress(); done > len(in) || size < 0 || size > maxBlock && shot.fault == nil && shot.packets > 0 {
				t.Fatalf("%d of %d bytes", done, size)
			}
		}
	})
}
