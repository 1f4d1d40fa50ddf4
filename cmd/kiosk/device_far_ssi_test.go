package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// farSSI is an imager that speaks SSI: length, opcode, source, status, data
// and a checksum of two bytes that makes the sum nought.
type farSSI struct {
	*farWire
	sheets [][]byte
	mode   byte
	refuse func(op byte, data []byte) byte // reason of a NAK, or 0
	// instead of sending the try-th copy of packet n
	send func(s *farSSI, n, last, try int, p []byte)
	mu   sync.Mutex
	said []string
	lost int // packets given up
}

func ssiPacket(op, status byte, data []byte) []byte {
	p := slices.Concat([]byte{byte(4 + len(data)), op, 0, status}, data)
	sum := 0
	for _, b := range p {
		sum += int(b)
	}
	return binary.BigEndian.AppendUint16(p, uint16(0x10000-sum))
}

// packet reads one message of the host; nil when none came or its sum is wrong.
func (s *farSSI) packet(within time.Duration) []byte {
	n, ok := s.read(within)
	if !ok || n < 4 {
		return nil
	}
	p := []byte{n}
	for len(p) < int(n)+2 {
		b, ok := s.read(200 * time.Millisecond)
		if !ok {
			return nil
		}
		p = append(p, b)
	}
	sum := int(binary.BigEndian.Uint16(p[n:]))
	for _, b := range p[:n] {
		sum += int(b)
	}
	if sum&0xFFFF != 0 || p[2] != 4 {
		s.t.Errorf("the host sent % X", p)
		return nil
	}
	s.mu.Lock()
	s.said = append(s.said, fmt.Sprintf("%X", p[1:n]))
	s.mu.Unlock()
	return p[1:n]
}

func (s *farSSI) run(w *farWire) {
	s.farWire = w
	for {
		p := s.packet(0)
		if p == nil {
			select {
			case <-s.gone:
				return
			default:
				continue
			}
		}
		s.obey(p[0], p[3:])
	}
}

func (s *farSSI) obey(op byte, data []byte) {
	if op == 0xD0 || op == 0xD1 {
		return
	}
	if s.refuse != nil {
		if reason := s.refuse(op, data); reason != 0 {
			s.write(ssiPacket(0xD1, 0, []byte{reason}))
			return
		}
	}
	switch op {
	case 0xA3:
		s.write(ssiPacket(0xA4, 0, []byte("FARBHMAAC")))
		return
	case 0xD3:
		s.write(ssiPacket(0xD4, 0, []byte{1, 2, 3, 4, 5}))
		return
	case 0xF7:
		s.mode = data[0]
	}
	s.write(ssiPacket(0xD0, 0, nil))
	if op == 0xE4 && s.mode == 1 && len(s.sheets) > 0 {
		s.ship(s.sheets[0])
		s.sheets = s.sheets[1:]
	}
}

// ship sends a picture after its preamble, packet by packet, each when the
// last was acknowledged; a packet goes three times at most.
func (s *farSSI) ship(sheet []byte) {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(sheet)))
	all := slices.Concat(head, []byte{0, 160, 0, 120, 0x31, 8}, sheet)
	last := (len(all) - 1) / 251
	for n := range last + 1 {
		for try := range 4 {
			status := byte(0)
			if n < last {
				status = 2
			}
			if try > 0 {
				status |= 1
			}
			p := ssiPacket(0xB1, status, all[n*251:min((n+1)*251, len(all))])
			if try == 3 {
				s.lost++
				return
			}
			if s.send != nil {
				s.send(s, n, last, try, p)
			} else {
				s.write(p)
			}
			if taken, stop := s.acked(); stop {
				return
			} else if taken {
				break
			}
		}
	}
}

// acked waits for the host's word on a packet; stop when the host breaks off.
func (s *farSSI) acked() (taken, stop bool) {
	p := s.packet(700 * time.Millisecond)
	switch {
	case p == nil:
		return false, false
	case p[0] == 0xD0:
		return true, false
	case p[0] == 0xD1 && p[3] == 1:
		return false, false
	}
	if p[0] != 0xD1 {
		s.write(ssiPacket(0xD0, 0, nil))
	}
	return false, true
}

func ssiCode(text string) []byte {
	return ssiPacket(0xF3, 0, append([]byte{0x1C}, text...))
}

func TestFarSSIBringsThePagesAsTheyLay(t *testing.T) {
	tricky := withComment(firstSheet, "\x04\xd0\x04\x00\xff\x28\x16\xfe\x00\x00\x00\x00\x0d\x07\xf3\x00\x00\x01NR\xfe\x65")
	code := func(s *farSSI, n, last, try int, p []byte) {
		if n == 3 && try == 0 {
			s.write(ssiCode("SP1.D.DTH01-261123-0042-V"))
			if taken, _ := s.acked(); !taken {
				s.t.Error("the code was not acknowledged")
			}
		}
		s.write(p)
	}
	for name, c := range map[string]*farSSI{
		"plain":                      {},
		"code between packets":       {send: code},
		"refuses revision and queue": {refuse: func(op byte, _ []byte) byte { return map[byte]byte{0xD2: 6, 0xA3: 2}[op] }},
		"refuses all parameters":     {refuse: func(op byte, _ []byte) byte { return map[byte]byte{0xC6: 6}[op] }},
	} {
		t.Run(name, func(t *testing.T) {
			c.sheets = [][]byte{tricky, secondSheet}
			a, out := scanFrom(t, farLine(t, c.run), "ssi", "--count", "2")
			wantPages(t, a, out, "checksummed", tricky, secondSheet)
		})
	}
}

func TestFarSSIFaultsOfOnePacketCostNoPage(t *testing.T) {
	twice := func(s *farSSI, n, last, try int, p []byte) {
		s.write(p)
		if n == 4 && try == 0 {
			if taken, _ := s.acked(); !taken {
				s.t.Error("packet 4 was not acknowledged")
			}
			again := slices.Clone(p[:len(p)-2])
			s.write(ssiPacket(0xB1, again[3]|1, again[4:]))
		}
	}
	bad := func(n, times int, spoil func(p []byte) []byte) func(*farSSI, int, int, int, []byte) {
		return func(s *farSSI, at, last, try int, p []byte) {
			if at == n && try < times {
				p = spoil(slices.Clone(p))
			}
			s.write(p)
		}
	}
	flip := func(p []byte) []byte { p[100] ^= 8; return p }
	for name, send := range map[string]func(*farSSI, int, int, int, []byte){
		"checksum once":      bad(2, 1, flip),
		"checksum twice":     bad(2, 2, flip),
		"first packet wrong": bad(0, 1, flip),
		"length byte wrong":  bad(2, 1, func(p []byte) []byte { p[0] -= 3; return p }),
		"dropped byte":       bad(5, 1, func(p []byte) []byte { return slices.Delete(p, 77, 78) }),
		"came again":         twice,
		"packet lost once":   bad(3, 1, func([]byte) []byte { return nil }),
	} {
		t.Run(name, func(t *testing.T) {
			s := &farSSI{sheets: [][]byte{firstSheet}, send: send}
			a, out := scanFrom(t, farLine(t, s.run), "ssi")
			wantPages(t, a, out, "checksummed", firstSheet)
		})
	}
}

// What cannot be had whole is not kept in part. A second try may photograph
// the sheet again; then that page must be whole.
func TestFarSSIFaultsThatStay(t *testing.T) {
	for name, send := range map[string]func(*farSSI, int, int, int, []byte){
		"checksum always": func(s *farSSI, n, last, try int, p []byte) {
			if n == 2 {
				p = slices.Clone(p)
				p[50] ^= 1
			}
			s.write(p)
		},
		"last packet never": func(s *farSSI, n, last, try int, p []byte) {
			if n < last {
				s.write(p)
			}
		},
		"unplugged": func(s *farSSI, n, last, try int, p []byte) {
			if s.write(p[:len(p)/2]); n < 5 {
				s.write(p[len(p)/2:])
			} else {
				s.unplug()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &farSSI{sheets: [][]byte{firstSheet, firstSheet, firstSheet, firstSheet}, send: send}
			a, out := scanFrom(t, farLine(t, s.run), "ssi", "--timeout", "2500ms")
			wantNoPage(t, a, out)
		})
	}
}

func TestFarSSIByteByByte(t *testing.T) {
	small := farSheet(8, 24, 16)
	s := &farSSI{sheets: [][]byte{small}}
	a, out := scanFrom(t, farLine(t, func(w *farWire) { w.bytewise = true; s.run(w) }), "ssi")
	wantPages(t, a, out, "checksummed", small)
}

// farMagellan answers 50 04 70 and three settings with 06, the length, and
// the picture.
func farMagellan(replies ...[]byte) func(*farWire) {
	return func(w *farWire) {
		var tail []byte
		for n := 0; ; {
			b, ok := w.read(0)
			if !ok {
				return
			}
			tail = append(tail, b)
			if k := len(tail); k >= 6 && (bytes.Equal(tail[k-6:k-3], []byte{0x50, 4, 0x70})) {
				w.write(replies[min(n, len(replies)-1)])
				tail, n = nil, n+1
			}
		}
	}
}

func magellanReply(p []byte) []byte {
	return slices.Concat([]byte{6}, binary.BigEndian.AppendUint32(nil, uint32(len(p))), p)
}

func TestFarMagellan(t *testing.T) {
	good, empty := magellanReply(firstSheet), magellanReply(nil)
	for name, c := range map[string]struct {
		replies [][]byte
		whole   bool
	}{
		"picture":               {[][]byte{good}, true},
		"retry, then a picture": {[][]byte{empty, good}, true},
		"refused":               {[][]byte{{7}}, false},
		"truncated":             {[][]byte{good[:len(good)-900]}, false},
		"huge length":           {[][]byte{{6, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xD8}}, false},
		"no trailer":            {[][]byte{magellanReply(firstSheet[:len(firstSheet)-2])}, false},
		"always empty":          {[][]byte{empty}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, out := scanFrom(t, farLine(t, farMagellan(c.replies...)), "datalogic", "--timeout", "2s")
			if c.whole {
				wantPages(t, a, out, "decoded", firstSheet)
			} else {
				wantNoPage(t, a, out)
			}
		})
	}
}

// A plain reader says what it reads and a CR; what is no UTF-8 is still kept
// byte for byte, and a code is never cut in two by a slow line.
func TestFarReaderBringsCodes(t *testing.T) {
	card := "012345678901||NGUYỄN VĂN THỬ|01021990|Nam|Thôn Thử, Xã Mẫu, Tỉnh Ví Dụ|03042021"
	codes := []string{card, "SP1.D.DTH01-261123-0042-V", "a<b>&\"c"}
	for _, end := range []string{"\r", "\r\n", ""} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			w := farLine(t, func(w *farWire) {
				for w.wait(250 * time.Millisecond) { // read again and again until the command has enough
					for _, c := range codes {
						for _, part := range []string{c[:len(c)/2], c[len(c)/2:] + end} {
							w.write([]byte(part))
							w.wait(10 * time.Millisecond)
						}
						w.wait(150 * time.Millisecond)
					}
				}
			})
			a, out := scanFrom(t, w, "line", "--count", "3")
			wantAnswer(t, a)
			got := map[string]bool{}
			for _, f := range names(t, out) {
				got[string(must(os.ReadFile(filepath.Join(out, f))))] = true
			}
			for _, c := range codes {
				if !got[c] {
					t.Errorf("%q is not among %v", c, got)
				}
			}
		})
	}
}
