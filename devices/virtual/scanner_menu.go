package virtual

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The statuses of the imager's replies, one before each separator.
const (
	statusACK     = 0x06 // done
	statusUnknown = 0x05 // no such command (ENQ)
	statusRefused = 0x15 // a value out of range, or it cannot be done now (NAK)
)

// maxMenuLine is how much of a command the imager remembers.
const maxMenuLine = 1024

// honeywell is an imager with menu commands (SYN M CR …) and framed messages
// (SYN FE …).
type honeywell struct {
	v       *Scanner
	ear     listener
	frame   []byte // the picture taken last
	shipped bool   // it was shipped before
	framed  bool   // DECHDR1: codes come with a header
	trigmod int    // TRGMOD5: a pull is told of instead of obeyed
	pending string // waits for the trigger
}

func (p *honeywell) reset() { *p = honeywell{v: p.v} }

func (p *honeywell) hear(b []byte, _ time.Time) (out []*message) {
	for _, line := range p.ear.hear(b) {
		p.pending = ""
		if p.v.waits && strings.Contains(strings.ToUpper(line), "IMGSNP") || asksForTrigger(line) {
			p.pending = line
			continue
		}
		out = append(out, p.obey(line)...)
	}
	return out
}

// asksForTrigger tells whether a line takes a picture when the trigger is
// pulled (1T), for which the imager waits for ever.
func asksForTrigger(line string) bool {
	for c := range strings.FieldsFuncSeq(line[:len(line)-1], isSeparator) {
		if set, ok := options(c[min(6, len(c)):]); ok && len(c) > 6 && strings.EqualFold(c[:6], "IMGSNP") && set["T"] == 1 {
			return true
		}
	}
	return false
}

// obey carries out one line of commands.
func (p *honeywell) obey(line string) []*message {
	reply, ships := p.menu(line)
	if reply == nil {
		return nil
	}
	messages := []*message{p.v.spoilReply(reply)}
	for _, s := range ships {
		if text, during := s.spoil.code("code_during"); during {
			messages = append(messages, p.code(text)...)
		}
		messages = p.v.around(s.spoil, messages, s.message)
	}
	return messages
}

func (p *honeywell) trigger() []*message {
	switch line := p.pending; {
	case line != "":
		p.pending = ""
		return p.obey(line)
	case p.trigmod == 5:
		return []*message{says(header([]byte("TRGEVT1T\x1D")))}
	}
	return nil
}

// code is a QR code as it was read; 9999 is the longest a header can tell of.
func (p *honeywell) code(text string) []*message {
	switch {
	case !p.framed:
		return []*message{says(p.v.ended(text))}
	case len(text)+1 > 9999:
		return nil
	}
	return []*message{says(framedCode(text))}
}

// listener picks the menu commands out of what the host sends: SYN M CR, then
// commands joined by ";" or "," up to "!" (until power-off) or "." (for good).
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

func isSeparator(r rune) bool { return r == ';' || r == ',' }

// shipment is a picture to send and what the words do to it.
type shipment struct {
	message *message
	spoil   spoil
}

// menu carries out one line of commands in order and gives the reply (the line
// with a status before each separator) and the pictures to ship. Behind a
// comma the first half of the tag is not repeated. There is no reply if the
// imager fell silent meanwhile.
func (p *honeywell) menu(line string) (reply []byte, ships []shipment) {
	group := ""
	for rest := line; rest != ""; {
		n := strings.IndexAny(rest, ";,!.")
		command, end := rest[:n], rest[n]
		rest = rest[n+1:]
		if !p.v.ordered() {
			return nil, nil
		}
		text, status, ship := p.command(command, group)
		reply = append(append(append(reply, text...), status), end)
		if end == ',' {
			if group == "" {
				group = command[:min(3, len(command))]
			}
		} else {
			group = ""
		}
		if ship != nil {
			ships = append(ships, *ship)
		}
	}
	if strings.HasSuffix(line, ".") {
		p.v.stored++
	}
	return reply, ships
}

// command carries out one command: a tag of six letters and its values.
func (p *honeywell) command(c, group string) (text string, status byte, ship *shipment) {
	full := group + c
	if len(full) < 6 {
		return c, statusUnknown, nil
	}
	tag, values := strings.ToUpper(full[:6]), full[6:]
	ok := false
	switch tag {
	case "DECHDR":
		var framed int
		if framed, text, ok = setting(c, values, bit(p.framed), 0, 0, 1); ok {
			p.framed = framed == 1
		}
		c = text
	case "TRGMOD":
		p.trigmod, c, ok = setting(c, values, p.trigmod, 0, 0, 5)
	case "IMGSNP":
		ok = p.snap(values)
	case "IMGSHP":
		if _, hit := p.v.take("enq"); hit {
			return c, statusUnknown, nil
		}
		if _, hit := p.v.refusal(false, true); !hit {
			ship = p.ship(values)
		}
		ok = ship != nil
	default:
		return c, statusUnknown, nil
	}
	if !ok {
		return c, statusRefused, ship
	}
	return c, statusACK, ship
}

// setting sets a number, or tells of it: "?" what it is, "^" what it was from
// the factory, "*" what it may be.
func setting(c, values string, now, factory, low, high int) (set int, text string, ok bool) {
	switch values {
	case "?":
		return now, c[:len(c)-1] + strconv.Itoa(now), true
	case "^":
		return now, c[:len(c)-1] + strconv.Itoa(factory), true
	case "*":
		return now, fmt.Sprintf("%s%d-%d", c[:len(c)-1], low, high), true
	}
	if n, err := strconv.Atoi(values); err == nil && n >= low && n <= high {
		return n, c, true
	}
	return now, c, false
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What IMGSNP and IMGSHP take: the highest value of each letter.
var (
	snapOptions = map[string]int{"P": 2, "B": 1, "T": 1, "L": 1, "E": 7874, "G": 8, "W": 255, "D": 255, "U": 10, "%": 100}
	shipOptions = map[string]int{
		"F": 15, "D": 8, "J": 100, "S": 9, "L": 843, "R": 843, "T": 639, "B": 639, "M": 238, "P": 4,
		"C": 1, "E": 24, "H": 1, "K": 9999, "ir": 3, "ix": 1, "iy": 1, "if": 1, "U": 255, "V": 1,
	}
)

// snap moves the top sheet under the imager and takes its picture.
func (p *honeywell) snap(values string) bool {
	set, ok := options(values)
	if _, hit := p.v.refusal(true, false); hit || !ok || !within(set, snapOptions) {
		return false
	}
	p.frame, p.shipped = nil, false
	s := p.v.look()
	if s == nil {
		return false
	}
	p.frame = s.jpeg
	p.v.off(s)
	return true
}

// ship sends the picture taken last, as it was fed: this imager's one format is
// JPEG, whatever the quality asked for. On RS-232 it goes as HMODEM unless raw
// (2P, 0P) is asked for; that protocol is not public, and what comes then is
// like it only in that nobody can read it.
func (p *honeywell) ship(values string) *shipment {
	set, ok := options(values)
	if format, asked := set["F"]; !ok || !within(set, shipOptions) || asked && format != 6 || p.frame == nil {
		return nil
	}
	how, asked := set["P"]
	if !asked && p.v.rs232 {
		how = 3
	}
	s := p.v.spoils(!p.shipped)
	p.shipped = true
	picture := s.picture(p.frame)
	if how >= 3 {
		return &shipment{&message{ship: true, parts: []part{{bytes: hmodem(picture)}}}, s}
	}
	about := "IMGSHP" + values + "\x1D"
	head := binary.LittleEndian.AppendUint32([]byte{0x16, 0xFE}, s.size(len(about)+len(picture)))
	head = append(append(head, '\r'), about...)
	m, _ := s.block(head, picture)
	return &shipment{m, s}
}

// hmodem is one block of something that looks like it.
func hmodem(picture []byte) []byte {
	b := []byte{0x02, 0x01, 0xFE}
	for i := range 1024 {
		c := byte(i * 7)
		if i < len(picture) {
			c ^= picture[i] ^ 0xA5
		}
		b = append(b, c)
	}
	return append(b, 0xAA, 0x55)
}

func within(set, most map[string]int) bool {
	for letter, n := range set {
		if highest, known := most[letter]; !known || n > highest {
			return false
		}
	}
	return true
}

// options reads values such as "2P6F75J": a number and one letter, or two of
// which the first is a small i ("1ir").
func options(values string) (map[string]int, bool) {
	set := map[string]int{}
	for values != "" {
		n := 0
		for n < len(values) && values[n] >= '0' && values[n] <= '9' {
			n++
		}
		end := n + 1
		if n < len(values) && values[n] == 'i' {
			end++
		}
		if n == 0 || n > 5 || end > len(values) {
			return nil, false
		}
		set[values[n:end]], _ = strconv.Atoi(values[:n])
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
