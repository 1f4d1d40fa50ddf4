package virtual

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"servicepoint/devices"
)

// scannerWord is one entry of the scanner's vocabulary.
type scannerWord struct {
	word, args, undo string
	speaks           string // the protocols that have it: h, s, d, l
	next             bool   // it waits for the next shipment, reply or code, and ends there
	what             string
}

// The arguments a word may take; all may be left out.
const (
	argPercent = "percent"
	argCount   = "times"
	argSeconds = "seconds"
	argText    = "text"
)

// demoCode is the code that the words about codes show if they are given none.
const demoCode = "MAU-QR-0001"

var scannerWords = [...]scannerWord{
	{"truncate", argPercent, "", "hsd", true, "the next picture breaks off after so much of it (50)"},
	{"flip", argCount, "", "hsd", true, "so many bytes of the next picture are wrong on the wire (1)"},
	{"slow", "", "", "hsd", true, "the next picture comes at the pace of a 115200 baud line"},
	{"stall_mid", argSeconds, "", "hsd", true, "the next picture stops half way for so long (5), then goes on"},
	{"length_zero", "", "", "hsd", true, "the next picture announces a length of 0"},
	{"length_huge", "", "", "hsd", true, "the next picture announces a length of 1 GiB"},
	{"length_negative", "", "", "hsd", true, "the next picture announces a length below 0"},
	{"fe_inside", "", "", "hsd", true, "the next picture holds, as a comment, bytes that look like messages"},
	{"bomb", "", "", "hsd", true, "the next picture says it is 20000 by 20000 dots"},
	{"differ", "", "", "h", true, "the next repeated shipment of a picture differs from the first"},
	{"block_first", "", "", "h", true, "the next picture comes before the reply to its command"},
	{"code_before", argText, "", "hsd", true, "a code is read just before the next picture"},
	{"code_during", argText, "", "hs", true, "a code is read between reply and picture, or between two packets of it"},
	{"code_after", argText, "", "hsd", true, "a code is read just after the next picture"},
	{"nak_first", "", "", "hsd", true, "the next command that prepares or takes a picture is refused"},
	{"nak_second", "", "", "hsd", true, "the next command that ships a picture is refused"},
	{"enq", "", "", "h", true, "the next command that ships a picture is not known"},
	{"echo_split", "", "", "hsd", true, "the next reply comes in two pieces"},
	{"late_ack", argSeconds, "", "hsd", true, "the next reply comes so late (3)"},
	{"busy", argCount, "", "d", true, "so many picture commands are put off (1)"},
	{"checksum_bad", argCount, "", "s", true, "a packet of the next picture has a wrong checksum so many times (1)"},
	{"double_packet", "", "", "s", true, "a packet of the next picture comes again although it was acknowledged"},
	{"lose_last", "", "", "s", true, "the last packet of the next picture never comes"},
	{"segments", "", "", "s", true, "the next code comes wrapped in segments"},
	{"no_end", "", "", "hsdl", true, "the next code without a frame comes without its CR"},
	{"code", argText, "", "hsdl", false, "a code is read now"},
	{"no_trigger", "", "trigger", "hsd", false, "pictures wait for the trigger, and nobody pulls it"},
	{"trigger", "", "", "hsd", false, "a hand pulls the trigger"},
	{"forget", "", "", "hs", false, "the imager forgets its settings and its picture"},
	{"mute", "", "unmute", "hsdl", false, "the imager neither hears nor speaks"},
	{"unmute", "", "", "hsdl", false, "the imager hears and speaks again"},
}

// ScannerWords lists the faults that scanners understand, whatever they speak.
func ScannerWords() []Word { return wordsFor("hsdl") }

// Words lists the faults this scanner understands.
func (v *Scanner) Words() []Word { return wordsFor(v.letter()) }

func wordsFor(speaks string) []Word {
	var out []Word
	for _, w := range scannerWords {
		if strings.ContainsAny(w.speaks, speaks) {
			out = append(out, Word{Word: w.word, Device: devices.ScannerDevice, Undo: w.undo, Args: w.args, What: w.what})
		}
	}
	return append(out, LineWords(devices.ScannerDevice)...)
}

// letter names the protocol in the table of words.
func (v *Scanner) letter() string {
	switch v.self.(type) {
	case *ssi:
		return "s"
	case *magellan:
		return "d"
	case *plain:
		return "l"
	}
	return "h"
}

// Fault makes one of the things in Words happen. A word may carry an argument
// behind a space: "truncate 10".
func (v *Scanner) Fault(order string) error {
	word, rest, _ := strings.Cut(strings.TrimSpace(order), " ")
	for _, w := range scannerWords {
		if w.word == word && strings.Contains(w.speaks, v.letter()) {
			return v.obeyWord(w, strings.TrimSpace(rest))
		}
	}
	if word == "unplug" || word == "replug" {
		v.mu.Lock()
		v.dead = true
		v.lose()
		v.mu.Unlock()
	}
	handled, err := v.line.Fault(word, strings.Fields(rest)...)
	switch {
	case err != nil:
		return fmt.Errorf("virtual scanner: %s: %w", word, err)
	case !handled:
		return fmt.Errorf("virtual scanner: no fault %q", word)
	case word == "plug", word == "replug":
		v.mu.Lock()
		v.dead = false
		v.mu.Unlock()
	}
	return nil
}

// lose is a power loss; v.mu is held.
func (v *Scanner) lose() {
	v.power++
	v.drop(false)
	v.self.reset()
}

func (v *Scanner) obeyWord(w scannerWord, arg string) error {
	if err := w.check(arg); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if w.next {
		v.armed[w.word] = []string{arg}
		return nil
	}
	switch w.word {
	case "code":
		if !v.dead && !v.mute {
			v.push(v.self.code(orDemo(arg))...)
		}
	case "no_trigger":
		v.waits = true
	case "trigger":
		v.waits = false
		v.push(v.self.trigger()...)
	case "forget":
		v.lose()
	case "mute", "unmute":
		v.mute = w.word == "mute"
	}
	return nil
}

// check tells whether the argument is one the word takes.
func (w scannerWord) check(arg string) error {
	if arg == "" || w.args == argText {
		return nil
	}
	n, err := strconv.ParseFloat(arg, 64)
	ok := err == nil && n >= 0
	switch w.args {
	case argPercent:
		ok = ok && n <= 100
	case argCount:
		ok = ok && n >= 1 && n < 1e6 && n == float64(int(n))
	case argSeconds:
		ok = ok && n <= 3600
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("virtual scanner: %s does not take %q", w.word, arg)
	}
	return nil
}

func orDemo(text string) string {
	if text == "" {
		return demoCode
	}
	return text
}

// take ends a word that waits, and gives its argument; v.mu is held.
func (v *Scanner) take(word string) (arg string, hit bool) {
	args, hit := v.armed[word]
	delete(v.armed, word)
	if hit {
		arg = args[0]
	}
	return arg, hit
}

// times counts a word with a number down; v.mu is held.
func (v *Scanner) times(word string) bool {
	arg, hit := v.take(word)
	if n := number(arg, 1); hit && n > 1 {
		v.armed[word] = []string{strconv.Itoa(int(n) - 1)}
	}
	return hit
}

// refusal tells whether a command that prepares or takes a picture (first) or
// ships it (second) is to be refused.
func (v *Scanner) refusal(first, second bool) (cause byte, hit bool) {
	if first {
		_, hit = v.take("nak_first")
	}
	if second && !hit {
		_, hit = v.take("nak_second")
	}
	return ssiBad, hit
}

// ended is a code without a frame.
func (v *Scanner) ended(text string) []byte {
	if _, hit := v.take("no_end"); hit {
		return []byte(text)
	}
	return []byte(text + "\r")
}

// spoilReply is a reply with the words that hit replies.
func (v *Scanner) spoilReply(b []byte) *message {
	m := says(b)
	if _, hit := v.take("echo_split"); hit && len(b) > 1 {
		at := len(b) / 2
		m.parts = []part{{bytes: b[:at]}, {bytes: b[at:], wait: 60 * time.Millisecond}}
	}
	if arg, hit := v.take("late_ack"); hit {
		m.parts[0].wait = seconds(arg, 3)
	}
	return m
}

// number reads an argument that check let pass.
func number(arg string, otherwise float64) float64 {
	if n, err := strconv.ParseFloat(arg, 64); err == nil {
		return n
	}
	return otherwise
}

func seconds(arg string, otherwise float64) time.Duration {
	return time.Duration(number(arg, otherwise) * float64(time.Second))
}
