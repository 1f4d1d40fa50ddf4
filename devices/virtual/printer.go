package virtual

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"
	"time"
)

// PrinterConfig says which printer stands at the far end, and where.
type PrinterConfig struct {
	Dir     string         // the folder that receives a PNG file per slip; made if missing
	Profile PrinterProfile // the zero value is the first of PrinterProfiles
	Baud    int            // line rate in bits a second; 0 is unpaced
	Link    string         // optional symbolic link to the line's node
	Speed   int            // rows printed a second; 0 prints at once
	Flow    string         // how the buffer is kept from running over: see FlowUSB
	Seed    uint64         // of the line's disturbances; the same seed disturbs the same bytes

	OnWord func(word string) // optional: told of each fault word as it is obeyed, also from a plan
}

// Printer is a receipt printer at the far end of a Line. It paints what it is
// told to print, one dot a pixel, and keeps each slip as a PNG file when it is
// cut. Its methods may be called from any goroutine.
type Printer struct {
	cfg     PrinterConfig
	line    *Line
	printed chan string

	mu       sync.Mutex
	turn     *sync.Cond // some state below has changed
	sw       switches
	on       *session // nil while no line is there
	plan     []planned
	atCut    string // word that waits for a cut
	paper    paper
	rows     int // rows printed since the printer was made
	dropped  int
	pulses   int
	realtime map[string]int
	last     string
	lost     error // the last slip that could not be written to Dir
}

// switches are the things that can be wrong with a printer.
type switches struct {
	out, low, cover, hot, broken, mute bool
	jammed                             bool // the cutter will stick at the next cut
	cutError                           bool // it has; DLE ENQ 1 tries again
	feed                               bool // a hand is on the FEED button
	off                                bool // no power
	late                               time.Duration
	oneID, noCutID, noIDs              bool
	chatter, xoffInside                bool
}

func (s switches) online() bool {
	return !s.out && !s.cover && !s.hot && !s.broken && !s.cutError && !s.feed && !s.off
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
	switch cfg.Flow {
	case "", FlowUSB, FlowRTSCTS, FlowXONXOFF, FlowNone:
	default:
		return nil, fmt.Errorf("virtual printer: no flow control %q", cfg.Flow)
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for slips: %w", err)
	}
	p := &Printer{
		cfg:     cfg,
		line:    &Line{Link: cfg.Link, Baud: cfg.Baud, Seed: cfg.Seed},
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
	p.endSession()
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
// that line fails or Close is called. The line's fault words work on it too;
// unplug closes it if it is an io.Closer.
func (p *Printer) Serve(conn io.ReadWriter) {
	if conn != io.ReadWriter(p.line) {
		conn = p.line.Disturb(conn)
	}
	p.mu.Lock()
	s := &session{p: p, profile: p.cfg.Profile, conn: conn, off: make(chan struct{})}
	p.on = s
	p.sw.cutError = false
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

// Dropped counts the bytes that came to a full buffer and were thrown away.
func (p *Printer) Dropped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// Pulses counts how often the cash drawer was kicked open by a real-time
// command, DLE DC4 1, wherever its bytes stood.
func (p *Printer) Pulses() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pulses
}

// RealTime counts the real-time commands that the printer's front end has
// taken, whatever they were part of, by their first three bytes: "10 04 01".
func (p *Printer) RealTime() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.realtime)
}

// Tear ends the slip as a hand at the tear bar does.
func (p *Printer) Tear() { p.keep() }
