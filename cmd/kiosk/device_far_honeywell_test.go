package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// farHoneywell is an imager that is told by menu commands: 16 4D 0D, commands
// with semicolons between, and ! or . at the end.
type farHoneywell struct {
	*farWire
	sheets     [][]byte // under the camera, one after the other
	stored     []byte   // IMGSHP ships this, a sheet of earlier at the start
	blockFirst bool
	splitEcho  bool
	refuse     func(tag string, n int) byte           // 15 or 05 instead of 06; n counts commands of that tag
	ship       func(h *farHoneywell, n int, b []byte) // instead of sending the n-th block
	mu         sync.Mutex
	said       []string
	counts     map[string]int
}

func (h *farHoneywell) run(w *farWire) {
	h.farWire, h.counts = w, map[string]int{}
	for {
		b, ok := h.read(0)
		if !ok {
			return
		}
		if b != 0x16 {
			continue
		}
		kind, _ := h.read(time.Second)
		if end, _ := h.read(time.Second); kind != 'M' || end != '\r' {
			continue // trigger on and off: nothing is in view
		}
		text, end := "", byte(0)
		for end != '!' && end != '.' {
			if end, ok = h.read(time.Second); !ok {
				break
			}
			text += string(rune(end))
		}
		if ok {
			h.obey(text[:len(text)-1], end)
		}
	}
}

// obey does each command of one line and answers each with one status.
func (h *farHoneywell) obey(text string, end byte) {
	h.mu.Lock()
	h.said = append(h.said, text+string(rune(end)))
	h.mu.Unlock()
	var echo []byte
	var blocks [][]byte
	for i, command := range strings.Split(text, ";") {
		if i > 0 {
			echo = append(echo, ';')
		}
		tag := strings.ToUpper(command[:min(6, len(command))])
		h.counts[tag]++
		status := byte(0x06)
		if h.refuse != nil {
			if s := h.refuse(tag, h.counts[tag]); s != 0 {
				status = s
			}
		}
		if status == 0x06 {
			if block := h.do(tag, strings.ToUpper(command[len(tag):])); block != nil {
				blocks = append(blocks, block)
			}
		}
		echo = append(append(echo, strings.ToUpper(strings.ReplaceAll(command, "?", "1"))...), status)
	}
	echo = append(echo, end)
	if !h.blockFirst {
		h.answer(echo)
	}
	for _, b := range blocks {
		h.counts["shipments"]++
		if h.ship != nil {
			h.ship(h, h.counts["shipments"], b)
		} else {
			h.write(b)
		}
	}
	if h.blockFirst {
		h.answer(echo)
	}
}

func (h *farHoneywell) answer(echo []byte) {
	if h.splitEcho {
		h.write(echo[:len(echo)/3])
		h.taken()
		h.wait(30 * time.Millisecond)
		echo = echo[len(echo)/3:]
	}
	h.write(echo)
}

func (h *farHoneywell) do(tag, rest string) []byte {
	switch tag {
	case "IMGSNP":
		if strings.Contains(rest, "1T") {
			h.t.Errorf("%s%s waits for the trigger for ever", tag, rest)
		}
		if len(h.sheets) > 0 {
			h.stored, h.sheets = h.sheets[0], h.sheets[1:]
		}
	case "IMGSHP":
		if !strings.Contains(rest, "2P") || !strings.Contains(rest, "6F") {
			h.t.Errorf("%s%s would not ship a raw JPEG", tag, rest)
		}
		if h.stored != nil {
			return asyncBlock("IMGSHP"+rest, h.stored)
		}
	}
	return nil
}

// asyncBlock is 16 FE, the length, 0D, and as many bytes.
func asyncBlock(head string, data []byte) []byte {
	payload := slices.Concat([]byte(head), []byte{0x1D}, data)
	b := binary.LittleEndian.AppendUint32([]byte{0x16, 0xFE}, uint32(len(payload)))
	return slices.Concat(b, []byte{'\r'}, payload)
}

func codeBlock(text string) []byte {
	return asyncBlock(fmt.Sprintf("MSGGET%04dsQ1", len(text)+1), []byte(text+"\r"))
}

var oldSheet, firstSheet, secondSheet = farSheet(1, 160, 120), farSheet(2, 160, 120), farSheet(3, 160, 120)

func TestFarHoneywellBringsThePagesAsTheyLay(t *testing.T) {
	tricky := withComment(firstSheet, "\x16\xfe\x09\x00\x00\x00\x0dMSGGET\x1d1\x16M\r\x06!\x16\xfe\xff\xff\xff\x7f\x0dIMGSHP\x1d")
	code := codeBlock("SP1.D.DTH01-261123-0042-V")
	split := func(h *farHoneywell, n int, b []byte) {
		h.write(b[:7])
		h.taken()
		h.wait(20 * time.Millisecond)
		h.write(b[7:])
	}
	for name, c := range map[string]*farHoneywell{
		"reply first":              {},
		"block first":              {blockFirst: true},
		"split echo":               {splitEcho: true},
		"split block":              {ship: split},
		"code before":              {ship: func(h *farHoneywell, n int, b []byte) { h.write(slices.Concat(code, b)) }},
		"code after":               {ship: func(h *farHoneywell, n int, b []byte) { h.write(slices.Concat(b, code)) }},
		"code before, block first": {blockFirst: true, ship: func(h *farHoneywell, n int, b []byte) { h.write(slices.Concat(code, b, code)) }},
	} {
		t.Run(name, func(t *testing.T) {
			c.sheets, c.stored = [][]byte{tricky, secondSheet}, oldSheet
			a, out := scanFrom(t, farLine(t, c.run), "honeywell", "--count", "2")
			wantPages(t, a, out, "shipped_twice", tricky, secondSheet)
		})
	}
}

// Whatever happens on the line, a page is either the sheet that lay there or
// it is not there at all. A fault that passes costs no page.
func TestFarHoneywellOneFaultCostsNoPage(t *testing.T) {
	once := func(spoil func(h *farHoneywell, b []byte)) func(*farHoneywell, int, []byte) {
		return func(h *farHoneywell, n int, b []byte) {
			if n == 1 {
				spoil(h, b)
			} else {
				h.write(b)
			}
		}
	}
	wrong := asyncBlock("IMGSHP2P6F50J1S", flipped(t, firstSheet))
	cases := map[string]func(h *farHoneywell, n int, b []byte){
		"flip in the first":   once(func(h *farHoneywell, b []byte) { h.write(wrong) }),
		"flip in the second":  func(h *farHoneywell, n int, b []byte) { h.write([][]byte{b, wrong, b}[min(n-1, 2)]) },
		"dropped byte":        once(func(h *farHoneywell, b []byte) { h.write(slices.Delete(slices.Clone(b), 3000, 3001)) }),
		"doubled byte":        once(func(h *farHoneywell, b []byte) { h.write(slices.Insert(slices.Clone(b), 3000, b[3000])) }),
		"truncated at 99.9 %": once(func(h *farHoneywell, b []byte) { h.write(b[:len(b)-5]) }),
		"huge length":         once(func(h *farHoneywell, b []byte) { h.write(slices.Concat(b[:2], []byte{0, 0, 0, 0x40}, b[6:])) }),
	}
	for name, ship := range cases {
		t.Run(name, func(t *testing.T) {
			h := &farHoneywell{sheets: [][]byte{firstSheet, secondSheet}, stored: oldSheet, ship: ship}
			a, out := scanFrom(t, farLine(t, h.run), "honeywell")
			wantPages(t, a, out, "shipped_twice", firstSheet)
		})
	}
}

// A fault that stays ends the command with its reason, and leaves no picture.
func TestFarHoneywellAFaultThatStaysLeavesNoPicture(t *testing.T) {
	for name, ship := range map[string]func(h *farHoneywell, n int, b []byte){
		"truncated at 10 %": func(h *farHoneywell, n int, b []byte) { h.write(b[:len(b)/10]) },
		"unplugged":         func(h *farHoneywell, n int, b []byte) { h.write(b[:len(b)/2]); h.unplug() },
		"length zero":       func(h *farHoneywell, n int, b []byte) { h.write([]byte{0x16, 0xFE, 0, 0, 0, 0, '\r'}) },
		"never the same": func(h *farHoneywell, n int, b []byte) {
			b = slices.Clone(b)
			b[len(b)-20-n] ^= 1
			h.write(b)
		},
		"another sheet's picture in between": func(h *farHoneywell, n int, b []byte) {
			h.write(asyncBlock("IMGSHP2P6F50J1S", farSheet(uint64(10+n), 160, 120)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &farHoneywell{sheets: [][]byte{firstSheet}, stored: oldSheet, ship: ship}
			a, out := scanFrom(t, farLine(t, h.run), "honeywell", "--timeout", "2s")
			wantNoPage(t, a, out)
			h.mu.Lock()
			defer h.mu.Unlock()
			if n := len(slices.DeleteFunc(h.said, func(s string) bool { return !strings.Contains(s, "IMGSHP") })); n > 3 {
				t.Errorf("%d commands for one picture: %v", n, h.said)
			}
		})
	}
}

// A command that was refused may be repeated or given up; what the imager had
// stored before is never taken for the sheet that lies there now.
func TestFarHoneywellRefusedCommandShipsNoSheetOfEarlier(t *testing.T) {
	for name, c := range map[string]struct {
		tag        string
		status     byte
		blockFirst bool
	}{
		"NAK to the snap":              {"IMGSNP", 0x15, false},
		"NAK to the snap, block first": {"IMGSNP", 0x15, true},
		"ENQ to the snap":              {"IMGSNP", 0x05, false},
		"NAK to the ship":              {"IMGSHP", 0x15, false},
		"ENQ to the ship":              {"IMGSHP", 0x05, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := &farHoneywell{sheets: [][]byte{firstSheet}, stored: oldSheet, blockFirst: c.blockFirst}
			h.refuse = func(tag string, n int) byte {
				if tag == c.tag && n == 1 {
					return c.status
				}
				return 0
			}
			a, out := scanFrom(t, farLine(t, h.run), "honeywell")
			if a.code == exitFine {
				wantPages(t, a, out, "shipped_twice", firstSheet)
			} else {
				wantNoPage(t, a, out)
			}
		})
	}
}

// One byte at a time, with the reply on either side.
func TestFarHoneywellByteByByte(t *testing.T) {
	small := farSheet(7, 24, 16)
	h := &farHoneywell{sheets: [][]byte{small}, stored: oldSheet}
	a, out := scanFrom(t, farLine(t, func(w *farWire) { w.bytewise = true; h.run(w) }), "honeywell")
	wantPages(t, a, out, "shipped_twice", small)
}

// Over USB the length guards a picture, and it comes once.
func TestFarHoneywellOnUSBShipsOnce(t *testing.T) {
	h := &farHoneywell{sheets: [][]byte{firstSheet}, stored: oldSheet}
	a, out := scanFrom(t, farLine(t, h.run), "honeywell", "--line", "cdc")
	wantPages(t, a, out, "decoded", firstSheet)
	if h.mu.Lock(); strings.Count(strings.Join(h.said, " "), "IMGSHP") != 1 {
		t.Errorf("told %v", h.said)
	}
	h.mu.Unlock()
}

// Half way through a picture the folder holds a part and nothing else; INT
// then leaves an empty folder and says what it was.
func TestFarHoneywellInterruptedHalfWay(t *testing.T) {
	out := filepath.Join(t.TempDir(), "pages")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var under []string
	h := &farHoneywell{sheets: [][]byte{firstSheet, secondSheet}, stored: oldSheet}
	h.ship = func(h *farHoneywell, n int, b []byte) {
		if n < 4 {
			h.write(b)
			return
		}
		h.write(b[:len(b)/2])
		lookUntil(t.Context(), func() bool { under = names(t, out); return len(under) == 2 })
		interrupt()
	}
	w := farLine(t, h.run)
	a := askWithin(ctx, t, "", "scan", "--port", w.path, "--out", out, "--count", "2", "--json")
	got := a.fields(t)
	if !slices.Equal(under, []string{"page-0001.jpg", "page-0002.jpg.part"}) || !slices.Equal(names(t, out), []string{"page-0001.jpg"}) {
		t.Errorf("under way %v, in the end %v", under, names(t, out))
	}
	if code := got["error"].(map[string]any)["code"]; a.code != exitFailure || code != "scanner.cancelled" || len(got["pages"].([]any)) != 1 {
		t.Errorf("exit %d, %s", a.code, a.out)
	}
}
