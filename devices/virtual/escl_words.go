package virtual

import (
	"fmt"
	"slices"
	"strconv"

	"servicepoint/devices"
)

// ESCLWords lists the faults a document scanner on the network understands.
func ESCLWords() []Word {
	d := devices.ScannerDevice
	return []Word{
		{"busy_503", d, "", "times", "so many requests for a job or a page are answered with 503 (1)"},
		{"retry_after", d, "", "seconds", "the next such request is answered with 503 and a time to wait (1)"},
		{"storm_503", d, "calm_503", "", "every such request is answered with 503"},
		{"calm_503", d, "", "", "the scanner has time again"},
		{"conflict_409", d, "gone_404", "", "the feeder's end is told as 409, then 404"},
		{"gone_404", d, "", "", "the feeder's end is told as 404, as from the factory"},
		{"absolute_location", d, "relative_location", "", "a job's place is told with the host"},
		{"relative_location", d, "", "", "a job's place is told without the host, as from the factory"},
		{"foreign_location", d, "", "host", "the next job's place is told to be on another host"},
		{"redirect", d, "", "host", "the next request is sent to another host"},
		{"xml_bomb", d, "", "", "the next status or capabilities grow without end"},
		{"xml_broken", d, "", "", "the next status or capabilities break off"},
		{"reset_mid", d, "", "", "the connection is reset in the middle of the next page"},
		{"wrong_type", d, "", "", "a web page comes instead of the next page"},
		{"truncate", d, "", "percent", "the next page breaks off after so much of it (50), and the length says nothing of it"},
		{"bomb", d, "", "", "the next page says it is 20000 by 20000 dots"},
		{"slow", d, "", "", "the next page comes at 100 kB a second"},
		{"jam", d, "jam_cleared", "", "a sheet sticks in the feeder"},
		{"jam_cleared", d, "", "", "nothing sticks there any more"},
		{"cover_open", d, "cover_closed", "", "the feeder's cover is open"},
		{"cover_closed", d, "", "", "it is closed"},
		{"empty", d, "loaded", "", "the feeder does not see the sheets that lie in it"},
		{"loaded", d, "", "", "it sees them"},
		{"hang", d, "let_go", "", "requests are not answered"},
		{"let_go", d, "", "", "they are"},
		{"unplug", d, "plug", "", "every connection is reset"},
		{"plug", d, "", "", "connections hold"},
	}
}

// Words lists the faults this scanner understands.
func (e *ESCL) Words() []Word { return ESCLWords() }

// Fault makes one of the things in Words happen; an argument stands behind a
// space: "busy_503 3".
func (e *ESCL) Fault(order string) error {
	words := e.Words()
	name, args, err := knownWord(words, order)
	if err != nil {
		return fmt.Errorf("virtual escl: %w", err)
	}
	w := words[slices.IndexFunc(words, func(w Word) bool { return w.Word == name })]
	arg := ""
	if len(args) > 0 {
		arg = args[0]
	}
	if w.Args != "host" {
		if err := (scannerWord{word: w.Word, args: w.Args}).check(arg); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ends := slices.IndexFunc(words, func(by Word) bool { return by.Undo == name })
	stays := w.Undo != ""
	switch {
	case stays:
		e.stay = with(e.stay, name, true)
	case ends >= 0:
		delete(e.stay, words[ends].Word)
	default:
		e.armed = with(e.armed, name, arg)
	}
	e.change()
	return nil
}

// with is a map with one more entry, made if there was none.
func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// take ends a word that waits, and gives its argument.
func (e *ESCL) take(word string) (arg string, hit bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	arg, hit = e.armed[word]
	delete(e.armed, word)
	return arg, hit
}

// times counts a word with a number down.
func (e *ESCL) times(word string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	arg, hit := e.armed[word]
	delete(e.armed, word)
	if n := number(arg, 1); hit && n > 1 {
		e.armed[word] = strconv.Itoa(int(n) - 1)
	}
	return hit
}
