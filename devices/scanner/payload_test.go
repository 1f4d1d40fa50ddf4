package scanner

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// payloads are what codes may hold: what the reader read is what arrives.
func payloads() map[string]string {
	return map[string]string{
		"six fields":    "001099012345||NGUYEN VAN MAU|01011999|Nam|Xa Mau, Ha Noi",
		"seven fields":  "001099012345|012345678|Nguyễn Văn Mẫu|01011999|Nam|Xã Mẫu, Hà Nội|02022022",
		"eleven fields": "001099012345|012345678|Nguyễn Văn Mẫu|01011999|Nam|Xã Mẫu|02022022|a|b|c|d",
		"invalid UTF-8": "Nguy\xC3\x28\xFF\xFEn",
		"CP1258":        "Nguy\xEA\xDEn V\xE3n M\xE2\xDEu",
		"decomposed":    "Nguye\u0302\u0303n Va\u0306n Ma\u0302\u0303u",
		"4 kB":          strings.Repeat("0123456789ABCDEF", 256),
		"embedded CR":   "first\rsecond\r\nthird",
		"controls":      "a\x00b\x01\x06\x07\x15\x16\xFE\x1Dc\x1B[2J",
		"markup":        "<script>alert(1)</script><!-- \"' OR 1=1 -->",
		"protocol":      string(decode("inner")),
	}
}

func TestF53_PayloadsArriveUnchangedWhenFramed(t *testing.T) {
	page := testJPEG(t, 1)
	for name, text := range payloads() {
		onBench(t, CDC, func(h host, line string) {
			h.send(decode(text), reply(line), picture(page), decode(text))
		}, func(t *testing.T, s *Scanner, d *scripted) {
			wants(t, s, page, "")
			synctest.Wait()
			if n := len(s.Codes()); n != 2 {
				t.Fatalf("%s: %d codes of 2", name, n)
			}
			for range 2 {
				if c := <-s.Codes(); string(c.Raw) != text || c.Symbology != "]Q1" {
					t.Errorf("%s: %q %s", name, c.Raw, c.Symbology)
				}
			}
			if !s.Status().Ready {
				t.Errorf("%s: %+v", name, s.Status())
			}
		})
	}
}

// Over a bare line a code is what stands between two ends: texts without an
// end arrive unchanged, controls are refused.
func TestF53_PayloadsOverABareLine(t *testing.T) {
	for _, protocol := range []string{Line, Datalogic} {
		for name, text := range payloads() {
			p, s := &pipe{}, &Scanner{Protocol: protocol}
			onPipe(t, s, p, func(t *testing.T) {
				p.host().send([]byte(text + "\r"))
				time.Sleep(5 * time.Second)
				var got []string
				for len(s.Codes()) > 0 {
					got = append(got, string((<-s.Codes()).Raw))
				}
				want := []string{text}
				switch name {
				case "embedded CR":
					want = []string{"first", "second", "third"} // all a bare line can tell
				case "controls", "protocol":
					want = nil
				}
				if protocol == Line || want != nil {
					if fmt.Sprint(got) != fmt.Sprint(want) && name != "protocol" {
						t.Errorf("%s over %s: %q", name, protocol, got)
					}
				}
				time.Sleep(10 * time.Second)
				if !s.Status().Ready {
					t.Errorf("%s over %s: %+v", name, protocol, s.Status())
				}
			})
		}
	}
}

// feedAll gives a stream to a talk without a line, whole or byte by byte, with
// silences where the stream says so (0xF5), and returns the codes.
func feedAll(s *Scanner, talk talk, stream []byte, step int) (codes []string) {
	for i, part := range bytes.Split(stream, []byte{0xF5}) {
		if i > 0 && talk.patience() > 0 {
			talk.silence()
		}
		for chunk := range slices.Chunk(part, step) {
			talk.feed(chunk)
			for len(s.Codes()) > 0 {
				codes = append(codes, string((<-s.Codes()).Raw))
			}
		}
	}
	return codes
}

func fuzzTalk(f *testing.F, protocol string, check func(t *testing.T, whole, single talk)) {
	f.Fuzz(func(t *testing.T, stream []byte) {
		if bytes.Count(stream, []byte{'\r'})+bytes.Count(stream, []byte{'\n'}) > codesKept/2 {
			return
		}
		var talks [2]talk
		var codes [2][]string
		for i, step := range []int{max(1, len(stream)), 1} {
			s := &Scanner{Protocol: protocol}
			s.Codes()
			talks[i], _ = newTalk(&session{s: s})
			if m, ok := talks[i].(*magellan); ok {
				m.asked, m.owed = true, true
			}
			codes[i] = feedAll(s, talks[i], stream, step)
		}
		if fmt.Sprint(codes[0]) != fmt.Sprint(codes[1]) {
			t.Fatalf("whole %q, byte by byte %q", codes[0], codes[1])
		}
		for _, c := range codes[0] {
			if len(c) == 0 || len(c) > maxLine || strings.ContainsAny(c, "\r\n\x00\x06\x07") {
				t.Fatalf("code %q", c)
			}
		}
		check(t, talks[0], talks[1])
	})
}

func FuzzLine(f *testing.F) {
	for _, p := range payloads() {
		f.Add([]byte(p + "\r"))
	}
	fuzzTalk(f, Line, func(t *testing.T, whole, single talk) {})
}

func FuzzDatalogic(f *testing.F) {
	page := testJPEG(f, 1)
	f.Add(slices.Concat([]byte("a\r"), magPicture(page), []byte("b\r")))
	f.Add([]byte("\x06\x00\x00\x00\x00x\xF5\x07\x06\xFF\xFF\xFF\xFFyy"))
	f.Add(magPicture(page[:100])[:60])
	fuzzTalk(f, Datalogic, func(t *testing.T, whole, single talk) {
		a, b := whole.(*magellan), single.(*magellan)
		if (a.found == nil) != (b.found == nil) || a.state != b.state {
			t.Fatalf("whole %+v, byte by byte %+v", a.found, b.found)
		}
		if a.found != nil {
			if !bytes.Equal(a.found.image, b.found.image) || (a.found.fault == nil) != (b.found.fault == nil) {
				t.Fatal("two readings of one stream")
			}
			if a.found.fault == nil {
				checkJPEG(a.found.image)
			}
		}
	})
}
