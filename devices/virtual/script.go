package virtual

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of a script.
const (
	maxScript     = 10_000 // orders
	maxScriptLine = 1024   // bytes
	maxTrigger    = 1 << 30
)

// Script is a list of faults that are to happen by themselves. In its text
// every line is one order: when, and a fault word with its argument.
//
//	# a comment
//	at 2.5 unplug        seconds after the start
//	row 120 paper_out    after so many rows have been printed (printers)
//	sheet 2 flip         with this sheet, from 1 (scanners)
//	command 3 mute       with this command, from 1 (scanners)
type Script []Order

// Order is one line of a script.
type Order struct {
	Line int    // in the text, from 1
	When string // "at", "row", "sheet" or "command"
	At   time.Duration
	N    int    // of rows, sheets or commands
	Word string // with its argument
}

// Target is a far end that obeys fault words. One that understands orders by
// row has FaultAfter(rows int, word string) error too; one that understands
// orders by sheet or command has OnSheet(func(n int)) or OnCommand(func(n int)),
// which set what is called when the n-th comes.
type Target interface {
	Fault(word string) error
	Words() []Word
}

// ParseScript reads a script. An error names the line it is in.
func ParseScript(r io.Reader) (Script, error) {
	var s Script
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxScriptLine), maxScriptLine)
	n := 0
	for lines.Scan() {
		n++
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		if len(s) >= maxScript {
			return nil, fmt.Errorf("line %d: a script has at most %d orders", n, maxScript)
		}
		o, err := parseOrder(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		o.Line = n
		s = append(s, o)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	return s, nil
}

func parseOrder(fields []string) (Order, error) {
	o := Order{When: fields[0]}
	switch o.When {
	case "at", "row", "sheet", "command":
	default:
		return o, fmt.Errorf("an order begins with at, row, sheet or command, not %q", fields[0])
	}
	if len(fields) < 3 {
		return o, fmt.Errorf("%s needs a number and a word", o.When)
	}
	o.Word = strings.Join(fields[2:], " ")
	var err error
	if o.When == "at" {
		o.At, err = secondsArg(fields[1:2], 0)
		return o, err
	}
	if o.N, err = strconv.Atoi(fields[1]); err != nil || o.N < 1 || o.N > maxTrigger {
		return o, fmt.Errorf("%q is no number of a %s", fields[1], o.When)
	}
	return o, nil
}

// Check tells whether a target understands every order.
func (s Script) Check(target Target) error {
	words := target.Words()
	for _, o := range s {
		if _, _, err := knownWord(words, o.Word); err != nil {
			return fmt.Errorf("line %d: %w", o.Line, err)
		}
		if !understands(target, o.When) {
			return fmt.Errorf("line %d: this device has no order by %s", o.Line, o.When)
		}
	}
	return nil
}

type (
	rowTarget     interface{ FaultAfter(int, string) error }
	sheetTarget   interface{ OnSheet(func(int)) }
	commandTarget interface{ OnCommand(func(int)) }
)

func understands(target Target, when string) bool {
	ok := true
	switch when {
	case "row":
		_, ok = target.(rowTarget)
	case "sheet":
		_, ok = target.(sheetTarget)
	case "command":
		_, ok = target.(commandTarget)
	}
	return ok
}

// arm prepares the orders that do not go by time.
func (s Script) arm(target Target) error {
	on := map[string]map[int][]string{"sheet": {}, "command": {}}
	for _, o := range s {
		switch o.When {
		case "row":
			if err := target.(rowTarget).FaultAfter(o.N, o.Word); err != nil {
				return fmt.Errorf("line %d: %w", o.Line, err)
			}
		case "sheet", "command":
			on[o.When][o.N] = append(on[o.When][o.N], o.Word)
		}
	}
	hook := func(words map[int][]string) func(int) {
		return func(n int) {
			for _, word := range words[n] {
				_ = target.Fault(word) // an order it understands; what it says is its own
			}
		}
	}
	if len(on["sheet"]) > 0 {
		target.(sheetTarget).OnSheet(hook(on["sheet"]))
	}
	if len(on["command"]) > 0 {
		target.(commandTarget).OnCommand(hook(on["command"]))
	}
	return nil
}

// Run checks the script and makes its orders happen. It returns when the last
// timed order has been given; those by row, sheet or command may still come.
// An error names the line it is about, or is the context's.
func (s Script) Run(ctx context.Context, target Target) error {
	if err := s.Check(target); err != nil {
		return err
	}
	if err := s.arm(target); err != nil {
		return err
	}
	start := time.Now()
	timed := slices.DeleteFunc(slices.Clone(s), func(o Order) bool { return o.When != "at" })
	slices.SortStableFunc(timed, func(a, b Order) int { return cmp.Compare(a.At, b.At) })
	for _, o := range timed {
		wait := time.NewTimer(time.Until(start.Add(o.At)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
		if err := target.Fault(o.Word); err != nil {
			return fmt.Errorf("line %d: %w", o.Line, err)
		}
	}
	return nil
}
