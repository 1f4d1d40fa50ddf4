package scanner

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
)

// wrongSum spoils a packet's checksum.
func wrongSum(b []byte) []byte {
	b[len(b)-1] ^= 0x10
	return b
}

func TestF48_SSIBadChecksumOnceRecovers(t *testing.T) {
	for _, place := range []int{1, 2, 7, 16} {
		d := &zebra{page: testJPEG(t, 1)}
		hit(d, wrongSum, place)
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			from := time.Now()
			sheetIs(t, s, d.page, "")
			if d.told("E4") != 1 || time.Since(from) > time.Second {
				t.Errorf("packet %d: %d pictures in %v", place, d.told("E4"), time.Since(from))
			}
		})
	}
}

func TestF48_SSIBadChecksumOfACodeRecovers(t *testing.T) {
	d := &zebra{}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		bad := 2
		d.tamper = func(_ int, b []byte) []byte {
			if bad--; bad >= 0 {
				return wrongSum(b)
			}
			return b
		}
		d.read("once")
		time.Sleep(time.Second)
		codesAre(t, s, "once")
		ready(t, s)
	})
}

func TestF48_SSIBadChecksumThriceGivesUp(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	hit(d, wrongSum, 4, 5, 6) // and then the next picture
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, d.page, "")
		if d.told("E4") != 2 || d.told("E5") != 1 || d.told("D2") < 2 {
			t.Errorf("commands %q", d.seen())
		}
		all := make([]int, 100)
		for i := range all {
			all[i] = i + 3
		}
		hit(d, wrongSum, all...)
		sheetIs(t, s, d.page, devices.Garbled)
		if d.told("E4") != 5 {
			t.Errorf("%d pictures", d.told("E4")-2)
		}
		d.tamper = nil
		d.idle(5 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}

// lostAnswers makes the device miss some of the ACKs of its packets.
func lostAnswers(d *zebra, places ...int) {
	nth := 0
	d.heard = func(_ int, b []byte) []byte {
		if b[1] != 0xD0 && b[1] != 0x74 {
			return b
		}
		if nth++; slices.Contains(places, nth) {
			return nil
		}
		return b
	}
}

func TestF49_SSIRetransmissionDuplicateOfAPacket(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		lostAnswers(d, 1, 2, 5, 17, 18) // the first and the last packet among them
		sheetIs(t, s, d.page, "")
		if d.told("E4") != 1 {
			t.Errorf("%d pictures", d.told("E4"))
		}
	})
}

func TestF49_SSIRetransmissionDuplicateOfACode(t *testing.T) {
	long := strings.Repeat("abc", 200)
	d := &zebra{}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		lostAnswers(d, 1, 3, 5)
		d.read("one")
		d.read(long)
		d.read("one")
		d.read("one") // read again, not sent again
		d.idle(20 * time.Second)
		codesAre(t, s, "one", long, "one", "one")
		ready(t, s)
	})
}

// A picture with blank parts (here: of a comment) has packets that equal the
// one before; one of them damaged is no duplicate.
func TestF49_SSIEqualPacketsDamaged(t *testing.T) {
	page := testJPEG(t, 1)
	page = slices.Insert(page, 2, slices.Concat([]byte{0xFF, 0xFE, 6, 2}, bytes.Repeat([]byte{'z'}, 6*256))...)
	for place := range 6 {
		d := &zebra{page: page}
		hit(d, wrongSum, place+1)
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, page, "")
			if d.told("E4") != 1 {
				t.Errorf("packet %d: %d pictures", place+1, d.told("E4"))
			}
		})
	}
}

// An ACK lost and then the packet damaged looks the same as that; the size
// tells, and a new picture is taken.
func TestF49_SSIDuplicateDamaged(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	hit(d, wrongSum, 6)
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		lostAnswers(d, 5)
		sheetIs(t, s, d.page, "")
	})
}

func TestF50_SSIMissingLastPacket(t *testing.T) {
	for _, times := range []int{1, 2, 3, 100} {
		d := &zebra{page: testJPEG(t, 1)}
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			left := times
			d.tamper = func(_ int, b []byte) []byte {
				if b[1] == 0xB1 && b[3]&2 == 0 && left > 0 {
					left--
					return nil
				}
				return b
			}
			if times > 10 {
				sheetIs(t, s, d.page, devices.Truncated)
				if d.told("E4") != commands {
					t.Errorf("%d pictures", d.told("E4"))
				}
				d.tamper = nil
			}
			d.idle(5 * time.Second)
			sheetIs(t, s, d.page, "")
			ready(t, s)
		})
	}
}

// The device forgets the last packet as soon as it is sent: nothing can bring
// it back.
func TestF50_SSIMissingLastPacketForgotten(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	cut := true
	d.patch = func(b []byte) []byte { return b }
	d.tamper = func(_ int, b []byte) []byte {
		if b[1] == 0xB1 && b[3]&2 == 0 && cut {
			d.inbox <- pack(0xD0, 0) // it takes that for the answer
			return nil
		}
		return b
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, d.page, devices.Truncated)
		cut = false
		d.idle(5 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}

// wrap makes segments of a code in the ways that are known or thinkable.
func wrap(text, how string) (segments [][]byte, statuses []byte) {
	var head []byte
	number, more := how != "plain" && how != "opcode", how != "length"
	switch how {
	case "length": // seen in the field: no status says what follows
		head = binary.BigEndian.AppendUint32([]byte{0xF3}, uint32(len(text)+3))
		head = binary.BigEndian.AppendUint16(append(head, 0x1C, 1), uint16(len(text)))
	case "opcode", "numbered opcode":
		head = []byte{0xF3, 0x1C}
	case "packet":
		head = []byte{0xFF, 0xF3, 0, 0, 0x1C}
	default:
		head = []byte{0x1C}
	}
	body := append(head, text...)
	for n := byte(0); len(body) > 0; n++ {
		room := 251
		var data []byte
		if number {
			room, data = 250, []byte{n}
		}
		k := min(room, len(body))
		segments = append(segments, append(data, body[:k]...))
		status := byte(0)
		if more && k < len(body) {
			status = 2
		}
		statuses = append(statuses, status)
		body = body[k:]
	}
	return segments, statuses
}

func TestF51_SSIMultipacketSegments(t *testing.T) {
	text := strings.Repeat("Nguyễn Văn A|", 40)
	for _, how := range []string{"length", "plain", "numbered", "opcode", "numbered opcode", "packet"} {
		d := &zebra{page: testJPEG(t, 1)}
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			answers := 0
			d.heard = func(_ int, b []byte) []byte {
				if b[1] == 0x74 {
					answers++
				}
				return b
			}
			segments, statuses := wrap(text, how)
			for range 2 {
				d.codes <- func() {
					for i := range segments {
						d.packet(0x73, statuses[i], segments[i])
					}
				}
			}
			time.Sleep(time.Second)
			codesAre(t, s, text, text)
			if answers != 2*len(segments) {
				t.Errorf("%s: %d of %d segments acknowledged by 74", how, answers, 2*len(segments))
			}
			sheetIs(t, s, d.page, "")
			ready(t, s)
		})
	}
}

// The last of them comes again when its answer is lost; a damaged one too.
func TestF51_SSISegmentsDamagedAndRepeated(t *testing.T) {
	text := strings.Repeat("0123456789", 80)
	d := &zebra{}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		lostAnswers(d, 2, 5)
		nth := 0
		d.tamper = func(_ int, b []byte) []byte {
			if nth++; nth == 4 {
				return wrongSum(b)
			}
			return b
		}
		segments, statuses := wrap(text, "length")
		d.codes <- func() {
			for i := range segments {
				d.packet(0x73, statuses[i], segments[i])
			}
		}
		d.idle(20 * time.Second)
		codesAre(t, s, text)
		ready(t, s)
	})
}

func TestF52_SSIUnplugWhileReceiving(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	once := true
	d.beside = func(d *zebra, at string) {
		if at == "during" && once {
			once = false
			d.hangUp()
		}
	}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, d.page, devices.Offline)
		d.idle(3 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
		if d.opened != 2 {
			t.Errorf("opened %d times", d.opened)
		}
	})
}

func TestF54_SSIImageBomb(t *testing.T) {
	bomb := testJPEG(t, 1)
	at := bytes.Index(bomb, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(bomb[at+5:], 20000)
	binary.BigEndian.PutUint16(bomb[at+7:], 20000)
	d := &zebra{page: bomb}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, nil, devices.TooLarge)
		d.page = testJPEG(t, 2)
		d.idle(5 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}

// A picture without an end is cut off.
func TestF54_SSIEndlessPicture(t *testing.T) {
	d := &zebra{page: make([]byte, maxBlock+300000), size: 1 << 30}
	d.patch = func(b []byte) []byte { copy(b[10:], d.page[:2]); return b }
	copy(d.page, "\xFF\xD8")
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		sheetIs(t, s, nil, devices.TooLarge)
		if d.told("E4") != 1 {
			t.Errorf("%d pictures", d.told("E4"))
		}
		d.page, d.size = testJPEG(t, 2), 0
		d.idle(10 * time.Second)
		sheetIs(t, s, d.page, "")
	})
}

func TestF40_SSITruncated(t *testing.T) {
	for _, share := range []float64{0.1, 0.5, 0.999} {
		d := &zebra{page: testJPEG(t, 1)}
		d.patch = func(b []byte) []byte { return b[:int(share*float64(len(b)))] }
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, nil, devices.Truncated)
			if d.told("E4") != commands {
				t.Errorf("%d pictures", d.told("E4"))
			}
			d.patch = nil
			d.idle(5 * time.Second)
			sheetIs(t, s, d.page, "")
		})
	}
}

// A size that makes no sense counts as none: the packets' chain and the
// picture's own end tell. One that is merely too large ends it at once.
func TestF41_SSISizeHugeZeroNegative(t *testing.T) {
	for size, want := range map[uint32]devices.Cause{0: "", 1: devices.Truncated, 0x00FFFFFF: devices.TooLarge, 1 << 30: "", 0xFFFFFFFF: ""} {
		d := &zebra{page: testJPEG(t, 1)}
		d.patch = func(b []byte) []byte { binary.BigEndian.PutUint32(b, size); return b }
		onZebra(t, d, func(t *testing.T, s *Scanner) {
			sheetIs(t, s, d.page, want)
			d.patch = nil
			d.idle(5 * time.Second)
			sheetIs(t, s, d.page, "")
		})
	}
}

func TestF55_SSITriggerNeverPulled(t *testing.T) {
	d := &zebra{page: testJPEG(t, 1)}
	onZebra(t, d, func(t *testing.T, s *Scanner) {
		d.tamper = func(_ int, b []byte) []byte { // the session opens, no picture comes
			if b[1] == 0xB1 {
				return nil
			}
			return b
		}
		from := time.Now()
		sheetIs(t, s, nil, devices.Silent)
		if took := time.Since(from); took > 20*time.Second || d.told("E4") != commands {
			t.Errorf("%d pictures in %v", d.told("E4"), took)
		}
		d.tamper = nil
		d.idle(10 * time.Second)
		ready(t, s)
		sheetIs(t, s, d.page, "")
	})
}
