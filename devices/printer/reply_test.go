package printer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/devices"
)

func classify(b []byte) (out []string) {
	names := map[replyKind]string{strayReply: "stray", realtimeReply: "realtime", autoReply: "auto", queuedReply: "queued", blockReply: "block", textReply: "text"}
	var c classifier
	for _, x := range b {
		c.add(x, func(r reply) { out = append(out, fmt.Sprintf("%s % x", names[r.kind], r.data)) })
	}
	return out
}

func TestRepliesAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"real-time":                  {"\x12\x16\x7e", []string{"realtime 12", "realtime 16", "realtime 7e"}},
		"automatic status":           {"\x18\x00\x0f\x00", []string{"auto 18 00 0f 00"}},
		"XOFF within it":             {"\x18\x13\x00\x11\x0f\x00", []string{"auto 18 00 0f 00"}},
		"queued":                     {"\x00\x0f", []string{"queued 00", "queued 0f"}},
		"process ID":                 {"\x37\x220A1Z\x00", []string{"block 22 30 41 31 5a"}},
		"XOFF within a process ID":   {"\x37\x22\x130A\x111Z\x00", []string{"block 22 30 41 31 5a"}},
		"model":                      {"\x5fTM-T20\x00", []string{"text 54 4d 2d 54 32 30"}},
		"ID then status":             {"\x37\x220000\x00\x10\x00\x00\x00\x12", []string{"block 22 30 30 30 30", "auto 10 00 00 00", "realtime 12"}},
		"automatic status cut short": {"\x18\x00\x12", []string{"stray 18 00", "realtime 12"}},
		"process ID cut short":       {"\x37\x220A\x12", []string{"stray 22 30 41", "realtime 12"}},
		"wrong rate":                 {"\xff\xf8", []string{"stray ff", "stray f8"}},
		"flow control":               {"\x11\x13", nil},
		"endless block":              {"\x37" + strings.Repeat("A", maxBlock+1), []string{"stray" + strings.Repeat(" 41", maxBlock), "queued 41"}},
	} {
		if diff := cmp.Diff(c.want, classify([]byte(c.in))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// FuzzReplies: whatever arrives, messages stay bounded, flow control changes
// nothing, and after noise a message is understood again.
func FuzzReplies(f *testing.F) {
	f.Add([]byte("\x37\x220A1Z\x00\x18\x00\x0f\x00\x12"))
	f.Add([]byte{0x18, 0, 0})
	f.Add([]byte("\x5fTM"))
	f.Fuzz(func(t *testing.T, noise []byte) {
		var c classifier
		var with []byte
		for _, b := range noise {
			with = append(with, xoff, b, xon)
			c.add(b, func(r reply) {
				if len(r.data) > maxBlock || r.kind == autoReply && len(r.data) != 4 {
					t.Fatalf("a message of kind %d with %d bytes", r.kind, len(r.data))
				}
			})
		}
		if diff := cmp.Diff(classify(noise), classify(with)); diff != "" {
			t.Fatalf("flow control changed the messages:\n%s", diff)
		}
		// Two whole status requests end whatever is open.
		var last reply
		for _, b := range []byte("\x12\x12\x37\x22ZZZZ\x00") {
			c.add(b, func(r reply) { last = r })
		}
		if last.kind != blockReply || string(last.data) != "\x22ZZZZ" {
			t.Fatalf("after noise the last message is %d % x", last.kind, last.data)
		}
	})
}

func TestStateToStatus(t *testing.T) {
	for _, c := range []struct {
		name     string
		realtime string // answers to DLE EOT 1 to 4
		auto     string // the same as automatic status
		cause    devices.Cause
		warnings []devices.Cause
		held     bool
	}{
		{"fine", "\x12\x12\x12\x12", "\x10\x00\x00\x00", "", nil, false},
		{"low", "\x12\x12\x12\x1e", "\x10\x00\x03\x00", "", []devices.Cause{devices.PaperLow}, false},
		{"paper out", "\x1a\x32\x12\x7e", "\x18\x00\x0f\x00", devices.PaperOut, nil, true},
		{"cover", "\x1a\x16\x12\x12", "\x38\x00\x00\x00", devices.CoverOpen, nil, true},
		{"cover and paper", "\x1a\x36\x12\x7e", "\x38\x00\x0f\x00", devices.CoverOpen, nil, true},
		{"cutter", "\x1a\x52\x1a\x12", "\x18\x08\x00\x00", devices.Cutter, nil, true},
		{"mechanism", "\x1a\x52\x16\x12", "\x18\x04\x00\x00", devices.Broken, nil, true},
		{"fatal", "\x1a\x52\x32\x12", "\x18\x20\x00\x00", devices.Broken, nil, true},
		{"hot", "\x1a\x52\x52\x12", "\x18\x40\x00\x00", "", []devices.Cause{devices.HeadHot}, true},
		{"offline by itself", "\x1a\x12\x12\x12", "\x18\x00\x00\x00", devices.Offline, nil, true},
	} {
		var byByte, byAuto state
		for i := range 4 {
			byByte.realtimeByte(byte(i+1), c.realtime[i])
		}
		byAuto.autoBytes([]byte(c.auto))
		for how, said := range map[string]state{"DLE EOT": byByte, "automatic": byAuto} {
			s := machine{at: identify, job: ready}.next(event{kind: heard, said: said})
			got := s.status("p")
			if got.Cause != c.cause || got.Ready != (c.cause == "") || s.held() != c.held {
				t.Errorf("%s by %s: %+v, held %v", c.name, how, got, s.held())
			}
			if diff := cmp.Diff(c.warnings, got.Warnings); diff != "" {
				t.Errorf("%s by %s: warnings %s", c.name, how, diff)
			}
		}
	}
}
