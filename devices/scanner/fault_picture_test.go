package scanner

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

func TestF40_TruncatedPictures(t *testing.T) {
	page := testJPEG(t, 1)
	for _, share := range []float64{0.10, 0.50, 0.999} {
		cut := int(share * float64(len(picture(page))))
		onBench(t, RS232, func(h host, line string) { h.send(reply(line), picture(page)[:cut]) },
			func(t *testing.T, s *Scanner, d *scripted) { wants(t, s, page, devices.Truncated) })
		onBench(t, CDC, func(h host, line string) { // the length says that it is all
			h.send(reply(line), picture(page[:int(share*float64(len(page)))]))
		}, func(t *testing.T, s *Scanner, d *scripted) { wants(t, s, page, devices.Truncated) })
		spoilOnce(t, func(b []byte) []byte { return b[:int(share*float64(len(b)))] })
	}
}

func TestF41_ImpossibleLengths(t *testing.T) {
	page := testJPEG(t, 1)
	for head, want := range map[string]devices.Cause{
		"\x16\xFE\x00\x00\x00\x00\r":  devices.Garbled,
		"\x16\xFE\x05\x00\x00\x00\r":  devices.Garbled,
		"\x16\xFE\xFF\xFF\xFF\xFF\r":  devices.Garbled, // minus one
		"\x16\xFE\x00\x00\x00\x80\r":  devices.Garbled, // the least number there is
		"\x16\xFE\x00\x00\xF0\x7F\r":  devices.Garbled, // two gigabytes
		"\x16\xFE\x01\x00\x80\x00\r":  devices.TooLarge,
		"\x16\xFE\x00\x10\x00\x00\r.": devices.Truncated, // 4096 that never come
	} {
		onBench(t, CDC, func(h host, line string) {
			if h.nth <= commands {
				h.send(reply(line), []byte(head))
				if want == devices.Truncated {
					h.send([]byte("IMGSHP2P"))
				}
				return
			}
			good(page)(h, line)
		}, func(t *testing.T, s *Scanner, d *scripted) {
			if want == devices.Truncated {
				_, err := snap(s, t.Context(), nil)
				if got := causeOf(t, err); got != devices.Truncated && got != devices.Garbled {
					t.Errorf("a length that is not kept: %v", err)
				}
			} else {
				wants(t, s, page, want)
			}
			for range commands { // some were spent, some not
				if _, err := snap(s, t.Context(), nil); err == nil {
					return
				}
			}
			t.Errorf("no picture after %q", head)
		})
	}
}

func TestF42_RightLengthWrongBody(t *testing.T) {
	page := samplePicture(320, 240, 75, true, 1)
	// Every shipment is spoilt elsewhere: decodable, and never the same.
	onBench(t, RS232, func(h host, line string) { h.send(reply(line), picture(spoilt(page, 50*h.nth))) },
		func(t *testing.T, s *Scanner, d *scripted) {
			_, err := snap(s, t.Context(), nil)
			if got := causeOf(t, err); got != devices.Mismatch && got != devices.Garbled && got != devices.Truncated {
				t.Errorf("got %v", err)
			}
			lines, _, _ := d.seen()
			if len(lines) != commands {
				t.Errorf("%d lines of commands", len(lines))
			}
		})
	// One is spoilt: the two others agree.
	for nth := 1; nth <= 3; nth++ {
		onBench(t, RS232, func(h host, line string) {
			if h.nth == nth {
				h.send(reply(line), picture(spoilt(page, 50)))
				return
			}
			good(page)(h, line)
		}, func(t *testing.T, s *Scanner, d *scripted) { wants(t, s, page, "") })
	}
}

func TestF43_StallMidImage(t *testing.T) {
	page := testJPEG(t, 1)
	stalls := func(nth int, d time.Duration) script {
		return func(h host, line string) {
			p := picture(page)
			h.send(reply(line), p[:len(p)/3])
			if h.nth == nth {
				time.Sleep(d)
			}
			h.send(p[len(p)/3:])
		}
	}
	for _, d := range []time.Duration{time.Second, 3 * time.Second} { // within what is allowed; the rest comes into the resync
		for nth := 1; nth <= 2; nth++ {
			onBench(t, RS232, stalls(nth, d), func(t *testing.T, s *Scanner, d *scripted) { wants(t, s, page, "") })
		}
	}
	onBench(t, RS232, stalls(1, 10*time.Second), func(t *testing.T, s *Scanner, d *scripted) {
		wants(t, s, page, devices.Silent) // not even a handshake is answered
		time.Sleep(15 * time.Second)
		wants(t, s, page, "")
	})
}

func TestF44_DecodesAroundAPictureAreDeliveredAtOnce(t *testing.T) {
	page := testJPEG(t, 1)
	var at []time.Duration
	from := time.Now()
	onBench(t, CDC, func(h host, line string) {
		from = time.Now()
		r := reply(line)
		h.send(decode("before"), r[:10], decode("within the reply"), r[10:])
		time.Sleep(time.Second)
		h.send(decode("between"), picture(page), decode("after"))
	}, func(t *testing.T, s *Scanner, d *scripted) {
		var got []string
		go func() {
			for range 4 {
				c := <-s.Codes()
				got, at = append(got, string(c.Raw)), append(at, time.Since(from))
			}
		}()
		wants(t, s, page, "")
		synctest.Wait()
		if strings.Join(got, "|") != "before|within the reply|between|after" {
			t.Errorf("codes %q", got)
		}
		if fmt.Sprint(at) != "[0s 0s 1s 1s]" {
			t.Errorf("delivered at %v", at)
		}
	})
}

func TestF45_ProtocolBytesInsideAPicture(t *testing.T) {
	page := testJPEG(t, 1) // holds whole messages and commands in a comment
	for _, mark := range []string{"\x16\xFE", "\x1D", "\x16M\rIMGSNP1L\x06;"} {
		if !bytes.Contains(page, []byte(mark)) {
			t.Fatalf("the page lacks %q", mark)
		}
	}
	onBench(t, RS232, good(page), func(t *testing.T, s *Scanner, d *scripted) {
		wants(t, s, page, "")
		if len(s.Codes()) > 0 {
			t.Errorf("%d codes out of a picture", len(s.Codes()))
		}
	})
}

func TestF46_OneOfTwoCommandsRefused(t *testing.T) {
	page := testJPEG(t, 1)
	for _, c := range []struct {
		statuses string
		want     devices.Cause
	}{
		{"\x15\x06", devices.NoSheet}, {"\x15\x15", devices.NoSheet},
		{"\x05\x06", devices.Refused}, {"\x06\x05", devices.Refused}, {"\x06\x15", devices.Refused},
	} {
		onBench(t, RS232, func(h host, line string) {
			if h.nth == 1 {
				h.send(reply(line, []byte(c.statuses)...))
				return
			}
			good(page)(h, line)
		}, func(t *testing.T, s *Scanner, d *scripted) {
			wants(t, s, page, c.want)
			lines, _, _ := d.seen()
			if len(lines) != 1 {
				t.Errorf("%d lines after a refusal", len(lines))
			}
			wants(t, s, page, "")
		})
	}
}

func TestF47_EchoSplitAnywhere(t *testing.T) {
	page := testJPEG(t, 1)
	for at := range len(reply(testLine)) {
		onBench(t, CDC, func(h host, line string) {
			r := reply(line)
			at := min(at, len(r))
			h.send(r[:at])
			time.Sleep(500 * time.Millisecond)
			h.send(r[at:], picture(page))
		}, func(t *testing.T, s *Scanner, d *scripted) { wants(t, s, page, "") })
	}
}

func TestF52_UnpluggedWhileReceiving(t *testing.T) {
	page := testJPEG(t, 1)
	onBench(t, CDC, func(h host, line string) {
		if h.nth == 1 {
			h.send(reply(line), picture(page)[:200])
			time.Sleep(100 * time.Millisecond)
			h.conn.Close()
			return
		}
		good(page)(h, line)
	}, func(t *testing.T, s *Scanner, d *scripted) {
		_, err := snap(s, t.Context(), nil)
		if got := causeOf(t, err); got != devices.Offline {
			t.Fatalf("got %v", err)
		}
		time.Sleep(time.Second)
		wants(t, s, page, "")
	})
}

// Nothing the driver sends makes an imager wait for its trigger, and an imager
// that waits all the same is given up.
func TestF55_TriggerNeverPulled(t *testing.T) {
	page := testJPEG(t, 1)
	onBench(t, RS232, func(h host, line string) {
		if strings.Contains(strings.SplitN(line, ";", 2)[0], "T") {
			return
		}
		if h.nth <= commands { // acknowledged, and then nothing until somebody pulls
			h.send(reply(line), block([]byte("TRGEVT1T")))
			return
		}
		good(page)(h, line)
	}, func(t *testing.T, s *Scanner, d *scripted) {
		from := time.Now()
		wants(t, s, page, devices.Silent)
		if took := time.Since(from); took > 30*time.Second {
			t.Errorf("given up after %v", took)
		}
		wants(t, s, page, "")
		lines, _, _ := d.seen()
		for _, l := range lines {
			if strings.Contains(l, "1T") || strings.HasSuffix(l, ".") {
				t.Errorf("sent %q", l)
			}
		}
	})
}
