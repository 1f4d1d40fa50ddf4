package virtual

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The statuses of the imager's replies, one before each separator.
const (
	statusACK     = 0x06 // done
	statusUnknown = 0x05 // no such command (ENQ)
	statusRefused = 0x15 // a value out of range, or it cannot be done now (NAK)
)

// maxMenuLine is how much of a command the imager remembers.
const maxMenuLine = 1024

// listener picks the menu commands out of what the host sends: SYN M CR, then
// commands joined by ";" up to "!" (until power-off) or "." (for good).
type listener struct {
	lead int // bytes of SYN M CR heard
	line []byte
}

func (l *listener) hear(b []byte) (lines []string) {
	const lead = "\x16M\r"
	for _, c := range b {
		switch {
		case c == lead[0]:
			l.lead, l.line = 1, l.line[:0]
		case l.lead < len(lead):
			if l.lead > 0 && c == lead[l.lead] {
				l.lead++
			} else {
				l.lead = 0
			}
		case c == '!' || c == '.':
			lines = append(lines, string(append(l.line, c)))
			l.lead, l.line = 0, l.line[:0]
		case len(l.line) < maxMenuLine:
			l.line = append(l.line, c)
		default:
			l.lead, l.line = 0, l.line[:0]
		}
	}
	return lines
}

// menu carries out one line of commands in order and gives the reply (the line
// with a status before each separator) and the pictures to ship; v.mu is held.
func (v *Scanner) menu(line string) (reply []byte, ships [][]byte) {
	commands, end := strings.Split(line[:len(line)-1], ";"), line[len(line)-1]
	for i, command := range commands {
		text, status, ship := v.command(command)
		reply = append(append(reply, text...), status)
		if i < len(commands)-1 {
			reply = append(reply, ';')
		}
		if ship != nil {
			ships = append(ships, ship)
		}
	}
	return append(reply, end), ships
}

// command carries out one command: a tag of six letters and its values.
func (v *Scanner) command(c string) (text string, status byte, ship []byte) {
	if len(c) < 6 {
		return c, statusUnknown, nil
	}
	tag, values := strings.ToUpper(c[:6]), c[6:]
	switch tag {
	case "DECHDR":
		return v.framing(c, values)
	case "IMGSNP":
		if !v.snap(values) {
			return c, statusRefused, nil
		}
		return c, statusACK, nil
	case "IMGSHP":
		set, ok := options(values)
		// This imager's one format is raw JPEG; its default on a serial line
		// is a protocol nobody has published.
		if !ok || set["P"] != "2" || set["F"] != "6" || v.frame == nil {
			return c, statusRefused, nil
		}
		payload := append([]byte("IMGSHP"+values+"\x1D"), v.frame...)
		return c, statusACK, header(payload)
	}
	return c, statusUnknown, nil
}

// framing sets or tells whether codes come with a header.
func (v *Scanner) framing(c, values string) (text string, status byte, ship []byte) {
	switch values {
	case "0", "1":
		v.framed = values == "1"
		return c, statusACK, nil
	case "?", "^", "*":
		now := map[string]string{"^": "0", "*": "0-1", "?": "0"}[values]
		if values == "?" && v.framed {
			now = "1"
		}
		return c[:6] + now, statusACK, nil
	}
	return c, statusRefused, nil
}

// snap moves the top sheet under the imager and takes its picture.
func (v *Scanner) snap(values string) bool {
	set, ok := options(values)
	// Waiting for the trigger (1T) needs a hand on it; nobody is here.
	if !ok || set["T"] == "1" {
		return false
	}
	v.frame = nil
	if len(v.pile) == 0 {
		return false
	}
	v.frame, v.pile = v.pile[0], v.pile[1:]
	return true
}

// options reads values such as "2P6F75J": a number and one letter, or two of
// which the first is a small i ("1ir").
func options(values string) (map[string]string, bool) {
	set := map[string]string{}
	for values != "" {
		n := strings.IndexFunc(values, func(r rune) bool { return r < '0' || r > '9' })
		if n <= 0 {
			return nil, false
		}
		end := n + 1
		if values[n] == 'i' {
			end++
		}
		if end > len(values) {
			return nil, false
		}
		set[values[n:end]] = values[:n]
		values = values[end:]
	}
	return set, true
}

// header frames a message: SYN FE, the length in four bytes, lowest first, CR.
func header(payload []byte) []byte {
	b := make([]byte, 0, 7+len(payload))
	b = append(b, 0x16, 0xFE)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, '\r')
	return append(b, payload...)
}

// framedCode is a QR code as DECHDR1 sends it: the length of the data with its
// CR, the maker's letter for QR, the AIM identifier without its bracket.
func framedCode(text string) []byte {
	data := text + "\r"
	return header(fmt.Appendf(nil, "MSGGET%04dsQ1\x1D%s", len(data), data))
}
