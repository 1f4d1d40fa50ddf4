package virtual

import (
	"fmt"
	"slices"
	"strings"
)

// Word is one entry of the fault vocabulary that the demonstration's buttons,
// the emulate command's scripts and the tests share.
type Word struct {
	Word   string
	Device string // the far end that understands it: "printer" or "scanner"
	Undo   string // the word that ends the trouble; empty if this word ends one, or is over at once
	Args   string // what may stand after it, in words; empty if nothing may
	What   string // what happens, for those who order it
}

// Words lists the whole vocabulary.
func Words() []Word { return append(PrinterWords(), ScannerWords()...) }

// Troubles are the words of a list that make trouble, not those that end one.
func Troubles(words []Word) []Word {
	return slices.DeleteFunc(slices.Clone(words), func(w Word) bool {
		return slices.ContainsFunc(words, func(by Word) bool { return by.Device == w.Device && by.Undo == w.Word })
	})
}

// LineWords lists the troubles of the line itself, the same for every device.
func LineWords(device string) []Word {
	d := device
	return []Word{
		{"unplug", d, "plug", "", "the cable comes out"},
		{"plug", d, "", "", "the cable goes in"},
		{"replug", d, "", "", "out and in again at once, under a new node"},
		{"stall", d, "go_on", "seconds", "nothing is read and nothing is sent, for so long or until go_on"},
		{"go_on", d, "", "", "the line moves again"},
		{"noise", d, "quiet", "rate", "so many of the bits are flipped, both ways (1e-4)"},
		{"wrong_baud", d, "right_baud", "ratio", "the device runs at so many times the host's rate (0.5): rubbish both ways"},
		{"right_baud", d, "", "", "both ends run at the same rate"},
		{"drop_byte", d, "quiet", "after [up|down]", "the byte after so many more is lost (0), on the way up to the host, down to the device, or both"},
		{"double_byte", d, "quiet", "after [up|down]", "the byte after so many more comes twice"},
		{"burst", d, "quiet", "after [up|down]", "the 64 bytes after so many more become zero"},
		{"quiet", d, "", "", "no byte is touched any more"},
		{"one_byte", d, "whole", "", "bytes come up one at a time"},
		{"coalesce", d, "whole", "bytes", "bytes are held back until so many are together (64), or for 0.2 s"},
		{"whole", d, "", "", "bytes come as they are sent"},
		{"xoff", d, "xon", "", "the device sends XOFF"},
		{"xon", d, "", "", "the device sends XON"},
		{"at_probe", d, "", "", "some program on the host takes the device for a modem: the device hears AT"},
	}
}

// knownWord splits an order into its word, which must be one of these, and what
// stands after it.
func knownWord(words []Word, order string) (name string, args []string, err error) {
	fields := strings.Fields(order)
	if len(fields) == 0 {
		return "", nil, fmt.Errorf("no fault %q", order)
	}
	i := slices.IndexFunc(words, func(w Word) bool { return w.Word == fields[0] })
	if i < 0 {
		return "", nil, fmt.Errorf("no fault %q", fields[0])
	}
	if n := len(strings.Fields(words[i].Args)); len(fields)-1 > n && words[i].Args != "text" {
		return "", nil, fmt.Errorf("%s takes no %q", fields[0], fields[n+1])
	}
	return fields[0], fields[1:], nil
}
