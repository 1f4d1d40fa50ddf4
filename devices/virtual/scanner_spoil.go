package virtual

import (
	"bytes"
	"math/rand/v2"
)

// spoil is what the words waiting for a shipment do to it.
type spoil struct {
	v      *Scanner
	words  map[string]string
	random *rand.Rand
	slow   bool
}

// shipmentWords end with the next shipment.
var shipmentWords = [...]string{
	"truncate", "flip", "slow", "stall_mid", "length_zero", "length_huge", "length_negative", "fe_inside", "bomb",
	"block_first", "code_before", "code_during", "code_after", "checksum_bad", "double_packet", "lose_last",
}

// spoils takes the words that wait for a shipment; first is false if the same
// picture was shipped before. v.mu is held.
func (v *Scanner) spoils(first bool) spoil {
	s := spoil{v: v, words: map[string]string{}, random: v.random}
	for _, w := range shipmentWords {
		if arg, hit := v.take(w); hit {
			s.words[w] = arg
		}
	}
	if !first {
		if _, hit := v.take("differ"); hit {
			s.words["differ"] = ""
		}
	}
	_, s.slow = s.words["slow"]
	return s
}

func (s spoil) has(words ...string) bool {
	for _, w := range words {
		if _, hit := s.words[w]; hit {
			return true
		}
	}
	return false
}

func (s spoil) code(word string) (text string, hit bool) {
	text, hit = s.words[word]
	return orDemo(text), hit
}

// picture changes the picture itself.
func (s spoil) picture(jpeg []byte) []byte {
	switch {
	case s.has("bomb"):
		return bomb(jpeg)
	case s.has("fe_inside"):
		return stuff(jpeg)
	case s.has("differ"):
		jpeg = bytes.Clone(jpeg)
		flip(jpeg, 0, s.random)
	}
	return jpeg
}

// size is the length that is announced.
func (s spoil) size(n int) uint32 {
	switch {
	case s.has("length_zero"):
		return 0
	case s.has("length_huge"):
		return 1 << 30
	case s.has("length_negative"):
		return 0xFFFFFF00
	}
	return uint32(n)
}

// cut is how many of n are left by "truncate".
func (s spoil) cut(n int) int {
	if !s.has("truncate") {
		return n
	}
	return int(float64(n) * number(s.words["truncate"], 50) / 100)
}

// block is a shipment without packets, and whether it goes out whole and right.
func (s spoil) block(head, picture []byte) (m *message, whole bool) {
	b := append(bytes.Clone(head), picture...)
	if s.has("flip") {
		for range int(number(s.words["flip"], 1)) {
			flip(b, len(head), s.random)
		}
	}
	b = b[:s.cut(len(b))]
	m = &message{ship: true, slow: s.slow, parts: []part{{bytes: b}}}
	if s.has("stall_mid") {
		at := len(b) / 2
		m.parts = []part{{bytes: b[:at]}, {bytes: b[at:], wait: seconds(s.words["stall_mid"], 5)}}
	}
	return m, !s.has("truncate", "flip", "stall_mid", "length_zero", "length_huge", "length_negative", "bomb")
}

// packets changes a shipment in packets, and tells whether it can arrive whole.
// What is flipped is right when the packet is sent again.
func (s spoil) packets(m *message) (whole bool) {
	if s.has("flip") {
		for range int(number(s.words["flip"], 1)) {
			b := m.parts[s.random.IntN(len(m.parts))].bytes
			b[4+s.random.IntN(len(b)-6)] ^= byte(1 + s.random.IntN(255))
		}
	}
	middle := &m.parts[len(m.parts)/2]
	if s.has("checksum_bad") {
		middle.bad = int(number(s.words["checksum_bad"], 1))
	}
	middle.deaf = s.has("double_packet")
	if s.has("stall_mid") {
		middle.wait = seconds(s.words["stall_mid"], 5)
	}
	m.parts = m.parts[:s.cut(len(m.parts))]
	if s.has("lose_last") && len(m.parts) > 0 {
		m.parts = m.parts[:len(m.parts)-1]
	}
	return !s.has("truncate", "lose_last", "length_zero", "length_huge", "length_negative", "bomb")
}

// around puts the codes of the words before and after reply and shipment.
func (v *Scanner) around(s spoil, reply []*message, ship *message) (out []*message) {
	if text, hit := s.code("code_before"); hit {
		out = append(out, v.asked(text)...)
	}
	if s.has("block_first") {
		out = append(append(out, ship), reply...)
	} else {
		out = append(append(out, reply...), ship)
	}
	if text, hit := s.code("code_after"); hit {
		out = append(out, v.asked(text)...)
	}
	return out
}

// asked is a code that a word asks for: it comes now, whatever the mode.
func (v *Scanner) asked(text string) []*message {
	if p, ok := v.self.(*ssi); ok {
		return p.decode(text)
	}
	return v.self.code(text)
}

// flip makes one byte of a picture wrong in a way that leaves the JPEG's
// markers as they are: what a checksum finds and a decoder often does not.
func flip(b []byte, from int, random *rand.Rand) {
	n := len(b) - from
	if n < 4 {
		return
	}
	for i := from + n/4 + random.IntN(n/2); i+1 < len(b); i++ {
		if b[i-1] != 0xFF && b[i] != 0xFF && b[i]^1 != 0xFF {
			b[i] ^= 1
			return
		}
	}
}

// stuff puts a comment behind a JPEG's first marker that holds what begins or
// separates messages in each of the protocols. The picture stays the same.
func stuff(jpeg []byte) []byte {
	comment := "\x16\xFE\x10\x00\x00\x00\rMSGGET0004sQ1\x1DFAKE\r\x1D\x16M\r\x06;\x15!" +
		"\x04\xD0\x00\x00\xFF\x2C\x07\xF3\x00\x00\x01NR\xFE\x65\x06\x00\x00\x00\x01P\x04p\r\n"
	n := len(comment) + 2
	segment := append([]byte{0xFF, 0xFE, byte(n >> 8), byte(n)}, comment...)
	at := min(2, len(jpeg))
	return bytes.Join([][]byte{jpeg[:at], segment, jpeg[at:]}, nil)
}

// bombSide is the width and height a bomb claims to have.
const bombSide = 20000

// bomb makes a JPEG's header claim a huge picture. What has no such header
// becomes a gray JPEG that ends behind its own.
func bomb(jpeg []byte) []byte {
	side := []byte{bombSide >> 8, bombSide & 0xFF, bombSide >> 8, bombSide & 0xFF}
	for i := 2; i+9 <= len(jpeg) && jpeg[i] == 0xFF; {
		if m := jpeg[i+1]; m >= 0xC0 && m <= 0xC2 {
			out := bytes.Clone(jpeg)
			copy(out[i+5:], side)
			return out
		}
		i += 2 + int(jpeg[i+2])<<8 + int(jpeg[i+3])
	}
	header := append([]byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8}, side...)
	return append(header, 1, 1, 0x11, 0, 0xFF, 0xD9)
}
