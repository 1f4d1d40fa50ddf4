package virtual

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"servicepoint/devices"
)

// PrinterWords lists the faults a printer understands, those of its line among
// them.
func PrinterWords() []Word {
	d := devices.PrinterDevice
	return append([]Word{
		{"paper_out", d, "paper_back", "", "the paper ends"},
		{"paper_back", d, "", "", "a new roll is in, also after paper_low"},
		{"paper_low", d, "paper_back", "", "the paper is near its end; printing goes on"},
		{"cover_open", d, "cover_closed", "", "the cover is opened"},
		{"cover_closed", d, "", "", "the cover is closed"},
		{"cutter_jam", d, "cutter_free", "", "the blade sticks at the next cut, and at every try until it is free"},
		{"cutter_free", d, "", "", "nothing is in the blade's way any more; it moves when it is told to recover"},
		{"head_hot", d, "head_cool", "", "the print head is too hot to go on"},
		{"head_cool", d, "", "", "the print head has cooled down"},
		{"broken", d, "repaired", "", "an error that only service can mend"},
		{"repaired", d, "", "", "it has been mended"},
		{"feed_held", d, "feed_released", "", "a hand stays on the FEED button: offline"},
		{"feed_released", d, "", "", "the FEED button is let go"},
		{"power_cut", d, "power_on", "", "the printer loses power and all it had not printed; the cable stays"},
		{"power_on", d, "", "", "the power is back"},
		{"power_cycle", d, "", "", "off and on again at once"},
		{"mute", d, "unmute", "", "the printer prints but answers nothing"},
		{"unmute", d, "", "", "it answers again"},
		{"late", d, "prompt", "seconds", "every answer comes so much later (2)"},
		{"prompt", d, "", "", "answers come at once"},
		{"one_id", d, "all_ids", "", "of process IDs that come close together only the last is sent"},
		{"no_cut_id", d, "all_ids", "", "the process ID after a cut is never sent"},
		{"no_ids", d, "all_ids", "", "no process ID is ever sent"},
		{"all_ids", d, "", "", "every process ID is sent"},
		{"chatter", d, "calm", "", "automatic status stands in every gap between answers"},
		{"calm", d, "", "", "automatic status comes on changes only"},
		{"xoff_inside", d, "xoff_between", "", "XOFF stands within every answer of four bytes or more, XON after it"},
		{"xoff_between", d, "", "", "no flow control within answers"},
		{"at_cut", d, "", "text", "when the blade is to move next, all answers before having left, this word is obeyed (power_cut)"},
		{"swap", d, "", "profile", "another printer is plugged in on the same line"},
		{"tear", d, "", "", "somebody tears the paper off"},
	}, LineWords(d)...)
}

// Words lists the faults this printer understands.
func (p *Printer) Words() []Word { return PrinterWords() }

// Fault makes one word of Words happen now; an argument stands after a blank,
// as in "late 3". Unplug takes the cable and the power: what the buffer held
// is gone, what is on paper stays.
func (p *Printer) Fault(word string) error {
	name, args, err := knownWord(PrinterWords(), word)
	if err != nil {
		return fmt.Errorf("virtual printer: %w", err)
	}
	if err := p.obey(name, args); err != nil {
		return fmt.Errorf("virtual printer: %s: %w", name, err)
	}
	if p.cfg.OnWord != nil {
		p.cfg.OnWord(word)
	}
	return nil
}

func (p *Printer) obey(name string, args []string) error {
	switch name {
	case "unplug":
		return p.unplug()
	case "replug":
		return p.replug()
	case "swap":
		return p.swap(args)
	case "tear":
		p.keep()
		return nil
	case "at_cut":
		return p.waitForCut(strings.Join(args, " "))
	case "xoff", "xon":
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.on != nil {
			p.on.urgentLocked(map[string]byte{"xoff": xoff, "xon": xon}[name])
		}
		return nil
	}
	if done, err := p.line.Fault(name, args...); done {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.switchLocked(name, args); err != nil {
		return err
	}
	p.changedLocked()
	return nil
}

// FaultAfter makes a word happen as soon as so many more rows are printed.
func (p *Printer) FaultAfter(rows int, word string) error {
	if err := orderable(word); err != nil {
		return fmt.Errorf("virtual printer: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = append(p.plan, planned{row: p.rows + max(1, rows), word: word})
	return nil
}

func (p *Printer) waitForCut(word string) error {
	if word == "" {
		word = "power_cut"
	}
	if err := orderable(word); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atCut = word
	return nil
}

// orderable tells whether a word can be obeyed later.
func orderable(word string) error {
	name, args, err := knownWord(PrinterWords(), word)
	switch {
	case err != nil:
		return err
	case name == "late", name == "stall":
		_, err = secondsArg(args, 0)
	case name == "at_cut" && len(args) > 0 && args[0] == name:
		err = errors.New("a word cannot wait for two cuts")
	}
	return err
}

// printerSwitches are the words that turn one thing on or off.
var printerSwitches = map[string]func(*switches){
	"paper_out":     func(sw *switches) { sw.out = true },
	"paper_back":    func(sw *switches) { sw.out, sw.low = false, false },
	"paper_low":     func(sw *switches) { sw.low = true },
	"cover_open":    func(sw *switches) { sw.cover = true },
	"cover_closed":  func(sw *switches) { sw.cover = false },
	"cutter_jam":    func(sw *switches) { sw.jammed = true },
	"cutter_free":   func(sw *switches) { sw.jammed = false },
	"head_hot":      func(sw *switches) { sw.hot = true },
	"head_cool":     func(sw *switches) { sw.hot = false },
	"broken":        func(sw *switches) { sw.broken = true },
	"repaired":      func(sw *switches) { sw.broken = false },
	"feed_held":     func(sw *switches) { sw.feed = true },
	"feed_released": func(sw *switches) { sw.feed = false },
	"mute":          func(sw *switches) { sw.mute = true },
	"unmute":        func(sw *switches) { sw.mute = false },
	"prompt":        func(sw *switches) { sw.late = 0 },
	"one_id":        func(sw *switches) { sw.oneID = true },
	"no_cut_id":     func(sw *switches) { sw.noCutID = true },
	"no_ids":        func(sw *switches) { sw.noIDs = true },
	"all_ids":       func(sw *switches) { sw.oneID, sw.noCutID, sw.noIDs = false, false, false },
	"chatter":       func(sw *switches) { sw.chatter = true },
	"calm":          func(sw *switches) { sw.chatter = false },
	"xoff_inside":   func(sw *switches) { sw.xoffInside = true },
	"xoff_between":  func(sw *switches) { sw.xoffInside = false },
}

func (p *Printer) switchLocked(name string, args []string) error {
	switch name {
	case "power_cut":
		p.powerLocked(false)
	case "power_on":
		p.powerLocked(true)
	case "power_cycle":
		p.powerLocked(false)
		p.powerLocked(true)
	case "late":
		late, err := secondsArg(args, 2*time.Second)
		if err != nil {
			return err
		}
		p.sw.late = late
	default:
		printerSwitches[name](&p.sw)
	}
	return nil
}

// longest is the longest time that can be ordered.
const longest = 24 * time.Hour

// secondsArg reads an optional number of seconds, with or without a unit.
func secondsArg(args []string, otherwise time.Duration) (time.Duration, error) {
	if len(args) == 0 {
		return otherwise, nil
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		n, number := strconv.ParseFloat(args[0], 64)
		if number != nil || !(n >= 0 && n <= longest.Seconds()) {
			return 0, fmt.Errorf("%q is no number of seconds", args[0])
		}
		d = time.Duration(n * float64(time.Second))
	}
	if d < 0 || d > longest {
		return 0, fmt.Errorf("%q is no number of seconds up to a day", args[0])
	}
	return d, nil
}

// changedLocked wakes whoever waits for the printer's state and reports it.
func (p *Printer) changedLocked() {
	if p.on != nil {
		p.on.autoStatusLocked()
	}
	p.turn.Broadcast()
}

func (p *Printer) unplug() error {
	if d, ok := p.endSession().(*disturbed); ok {
		return d.unplug()
	}
	return p.line.Unplug()
}

// replug gives somebody else's line no new node: its maker does.
func (p *Printer) replug() error {
	if d, ok := p.endSession().(*disturbed); ok {
		return d.unplug()
	}
	return p.line.Replug()
}

// swap plugs another printer in; the roll in it is new and nothing is wrong
// with it.
func (p *Printer) swap(args []string) error {
	models := PrinterProfiles()
	if len(args) == 0 {
		args = []string{models[1].Name}
	}
	i := slices.IndexFunc(models, func(m PrinterProfile) bool { return m.Name == args[0] })
	if i < 0 {
		return fmt.Errorf("no profile %q", args[0])
	}
	conn := p.endSession()
	p.keep()
	p.mu.Lock()
	p.cfg.Profile = models[i]
	p.sw = switches{}
	p.paper = paper{width: models[i].Width}
	p.mu.Unlock()
	if d, ok := conn.(*disturbed); ok {
		return d.unplug()
	}
	return p.line.Replug()
}

// endSession is what pulling the cable does to the printer; it gives the line
// the printer was on.
func (p *Printer) endSession() io.ReadWriter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.on == nil {
		return nil
	}
	conn := p.on.conn
	p.on.dieLocked()
	return conn
}
