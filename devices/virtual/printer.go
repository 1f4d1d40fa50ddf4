package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"servicepoint/devices"
)

// PrinterProfile is what a model of printer can do.
type PrinterProfile struct {
	Name       string
	Width      int  // printable dots; dots to the right of it are lost
	Buffer     int  // bytes of receive buffer; when full, nothing is read
	ProcessID  bool // answers GS ( H fn 48; otherwise that command prints as rubbish
	Realtime   bool // answers DLE EOT
	AutoStatus bool // has automatic status back, GS a
	Queued     bool // answers GS r
	Cutter     bool // otherwise a cut command only ends the slip
}

// PrinterProfiles lists the models that can be played.
func PrinterProfiles() []PrinterProfile {
	return []PrinterProfile{
		{Name: "epson-tm-t20", Width: 576, Buffer: 4096, ProcessID: true, Realtime: true, AutoStatus: true, Queued: true, Cutter: true},
		{Name: "clone-80", Width: 576, Buffer: 4096, Realtime: true, Queued: true, Cutter: true},
		{Name: "clone-58", Width: 384, Buffer: 4096, Realtime: true, Queued: true},
		{Name: "mute-58", Width: 384, Buffer: 4096},
	}
}

// PrinterConfig says which printer stands at the far end, and where.
type PrinterConfig struct {
	Dir     string         // the folder that receives a PNG file per slip; made if missing
	Profile PrinterProfile // the zero value is the first of PrinterProfiles
	Baud    int            // line rate in bits a second; 0 is unpaced
	Link    string         // optional symbolic link to the line's node
	Speed   int            // rows printed a second; 0 prints at once
}

// Printer is a receipt printer at the far end of a Line. It paints what it is
// told to print, one dot a pixel, and keeps each slip as a PNG file when it is
// cut. Its methods may be called from any goroutine.
type Printer struct {
	cfg     PrinterConfig
	line    *Line
	printed chan string

	mu    sync.Mutex
	turn  *sync.Cond // some state below has changed
	sw    switches
	on    *session // nil while the power is off
	plan  []planned
	paper paper
	rows  int // rows printed since the printer was made
	last  string
	lost  error // the last slip that could not be written to Dir
}

// switches are the things that can be wrong with a printer.
type switches struct {
	out, low, cover, hot, broken, mute bool
	jammed                             bool // the cutter will stick at the next cut
	cutError                           bool // it has; DLE ENQ 1 tries again
}

func (s switches) online() bool {
	return !s.out && !s.cover && !s.hot && !s.broken && !s.cutError
}

// planned is a fault that happens when the printer has printed so many rows.
type planned struct {
	row  int
	word string
}

// NewPrinter makes a printer and plugs its line in; nothing runs before Run.
func NewPrinter(cfg PrinterConfig) (*Printer, error) {
	if cfg.Profile == (PrinterProfile{}) {
		cfg.Profile = PrinterProfiles()[0]
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for slips: %w", err)
	}
	p := &Printer{
		cfg:     cfg,
		line:    &Line{Link: cfg.Link, Baud: cfg.Baud},
		printed: make(chan string, 256),
		paper:   paper{width: cfg.Profile.Width},
	}
	p.turn = sync.NewCond(&p.mu)
	if err := p.line.Plug(); err != nil {
		return nil, err
	}
	return p, nil
}

// Path is the node, or the link to it, that a driver opens.
func (p *Printer) Path() string { return p.line.Path() }

// Close pulls the plug for good; Run then waits for its context only.
func (p *Printer) Close() error {
	p.powerOff()
	return p.line.Close()
}

// Run is the printer under power, until the context ends. It returns an error
// only if slips could not be written to Dir.
func (p *Printer) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { p.Close() })
	defer stop()
	for p.line.Wait(ctx) == nil {
		p.Serve(p.line)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Serve is the printer under power on a line that somebody else made, until
// that line fails or Close is called. The word unplug closes the line if it is an io.Closer.
func (p *Printer) Serve(conn io.ReadWriter) {
	s := &session{p: p, conn: conn, replies: make(chan []byte, 256), off: make(chan struct{})}
	p.mu.Lock()
	p.on = s
	p.sw.cutError = false // power on tries the cutter anew
	p.mu.Unlock()
	var running sync.WaitGroup
	running.Go(s.interpret)
	running.Go(s.reply)
	s.receive()
	p.mu.Lock()
	s.dieLocked()
	p.mu.Unlock()
	running.Wait()
}

// Printed gives the file of each slip as it is cut. Slips beyond 256 that
// nobody has received are not announced.
func (p *Printer) Printed() <-chan string { return p.printed }

// Last is the file of the last slip, empty before the first.
func (p *Printer) Last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// Rows counts the rows of dots printed or fed so far.
func (p *Printer) Rows() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rows
}

// PrinterWords lists the faults a printer understands.
func PrinterWords() []Word {
	d := devices.PrinterDevice
	return []Word{
		{"paper_out", d, "paper_back"}, {"paper_back", d, ""},
		{"paper_low", d, "paper_back"},
		{"cover_open", d, "cover_closed"}, {"cover_closed", d, ""},
		{"cutter_jam", d, "cutter_free"}, {"cutter_free", d, ""},
		{"head_hot", d, "head_cool"}, {"head_cool", d, ""},
		{"broken", d, "repaired"}, {"repaired", d, ""},
		{"mute", d, "unmute"}, {"unmute", d, ""},
		{"unplug", d, "plug"}, {"plug", d, ""},
	}
}

// Words lists the faults this printer understands.
func (p *Printer) Words() []Word { return PrinterWords() }

// Fault makes one word of Words happen now. Unplug takes the cable and the
// power: what the buffer held is gone, what is on paper stays.
func (p *Printer) Fault(word string) error {
	switch word {
	case "unplug":
		return p.unplug()
	case "plug":
		return p.line.Plug()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faultLocked(word)
}

// FaultAfter makes a word happen as soon as so many more rows are printed.
func (p *Printer) FaultAfter(rows int, word string) error {
	if !slices.ContainsFunc(PrinterWords(), func(w Word) bool { return w.Word == word }) {
		return fmt.Errorf("virtual printer: no fault %q", word)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = append(p.plan, planned{row: p.rows + max(1, rows), word: word})
	return nil
}

func (p *Printer) faultLocked(word string) error {
	sw := &p.sw
	switch word {
	case "paper_out":
		sw.out = true
	case "paper_back":
		sw.out, sw.low = false, false
	case "paper_low":
		sw.low = true
	case "cover_open":
		sw.cover = true
	case "cover_closed":
		sw.cover = false
	case "cutter_jam":
		sw.jammed = true
	case "cutter_free":
		sw.jammed = false
	case "head_hot":
		sw.hot = true
	case "head_cool":
		sw.hot = false
	case "broken":
		sw.broken = true
	case "repaired":
		sw.broken = false
	case "mute":
		sw.mute = true
	case "unmute":
		sw.mute = false
	default:
		return fmt.Errorf("virtual printer: no fault %q", word)
	}
	p.changedLocked()
	return nil
}

// changedLocked wakes whoever waits for the printer's state and reports it.
func (p *Printer) changedLocked() {
	if p.on != nil {
		p.on.autoStatusLocked()
	}
	p.turn.Broadcast()
}

func (p *Printer) unplug() error {
	s := p.powerOff()
	if s != nil && s.conn != io.ReadWriter(p.line) {
		if c, ok := s.conn.(io.Closer); ok {
			return c.Close()
		}
		return errors.New("virtual printer: this line cannot be unplugged")
	}
	return p.line.Unplug()
}

func (p *Printer) powerOff() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.on
	if s != nil {
		s.dieLocked()
	}
	return s
}
