package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// The protocols a Scanner can speak.
const (
	HoneywellProtocol = "honeywell" // menu commands and framed messages
	SSIProtocol       = "ssi"       // Zebra's packets with checksums
	DatalogicProtocol = "datalogic" // Magellan's picture command
	LineProtocol      = "line"      // codes only, each ended by CR
)

// ScannerConfig sets up a Scanner.
type ScannerConfig struct {
	Link     string // optional: a symbolic link to the node, the same after each plug
	Baud     int    // optional: pace the line to this rate, 8N1; 0 is unpaced
	Protocol string // one of the protocols above; empty is honeywell
	Line     string // "rs232" or "cdc": what the imager thinks it hangs on; empty is rs232
	Dir      string // optional: JPEG files here are laid on the pile, in name order, also later ones
	Seed     uint64 // of the places where "flip" hits

	// Conn, if set, is spoken on instead of a pseudo-terminal, for tests whose
	// time is not the wall's: one end of net.Pipe. It can be unplugged only once.
	Conn io.ReadWriteCloser
}

// Scanner is the far end of an imager's line, with a pile of sheets beside it.
// Feed lays a sheet on the pile. How a sheet gets from the pile into a picture
// depends on the protocol:
//
//   - honeywell: taking a picture (IMGSNP) moves the top sheet under the
//     imager, and shipping (IMGSHP) sends the picture taken last, as often as
//     it is asked for. With the pile empty the imager refuses.
//   - ssi, datalogic: one command takes and ships a picture of the top sheet.
//     The sheet leaves the pile once its picture is delivered, so a host that
//     asks again after a failure gets the same sheet.
//   - line: takes no pictures.
//
// Like the real ones it forgets its settings and its picture when it loses
// power. A code that is read while a picture is under way comes before or after
// it. Written from the makers' guides.
type Scanner struct {
	line    cord
	rs232   bool
	dir     string
	self    personality
	answers chan byte     // SSI: what the host said to the packet under way
	wake    chan struct{} // the queue has something

	mu       sync.Mutex
	pile     []*sheet // fed, not yet taken
	queue    []*message
	sending  *message
	mute     bool
	dead     bool // without power
	power    int  // counts power-ups
	armed    map[string][]string
	waits    bool // for a hand on the trigger: "no_trigger"
	sheets   int  // photographed
	commands int
	stored   int // commands that wrote to the imager's permanent memory
	onSheet  func(int)
	onOrder  func(int)
	random   *rand.Rand
}

// sheet is one paper on the pile, as the JPEG the imager makes of it.
type sheet struct {
	jpeg []byte
	seen bool
}

// personality is what one maker's protocol makes of the line. Its methods are
// called with Scanner.mu held, by one goroutine at a time.
type personality interface {
	hear(b []byte, now time.Time) []*message // the host sent this
	code(text string) []*message             // this was read
	trigger() []*message                     // a hand pulled the trigger
	reset()                                  // power came back
}

// cord is the line as the imager sees it.
type cord interface {
	io.ReadWriter
	Plug() error
	Unplug() error
	Close() error
	Path() string
	Wait(context.Context) error
	Fault(word string, args ...string) (bool, error)
}

// maxMessages bounds what waits to be sent; a real imager drops codes that nobody
// fetches, too.
const maxMessages = 256

// NewScanner makes the imager and plugs it in. Run must be called for it to
// answer.
func NewScanner(c ScannerConfig) (*Scanner, error) {
	v := &Scanner{
		rs232:   c.Line != "cdc",
		dir:     c.Dir,
		answers: make(chan byte, 16),
		wake:    make(chan struct{}, 1),
		armed:   map[string][]string{},
		random:  rand.New(rand.NewPCG(c.Seed, 0x5EED)),
	}
	if c.Line != "" && c.Line != "rs232" && c.Line != "cdc" {
		return nil, fmt.Errorf("virtual scanner: no line %q", c.Line)
	}
	if err := v.speak(c.Protocol); err != nil {
		return nil, err
	}
	if c.Conn != nil {
		v.line = newConnCord(c.Conn, c.Seed)
	} else {
		v.line = &Line{Link: c.Link, Baud: c.Baud, Seed: c.Seed}
	}
	if err := v.line.Plug(); err != nil {
		return nil, err
	}
	return v, nil
}

// speak gives the imager its personality.
func (v *Scanner) speak(protocol string) error {
	switch protocol {
	case "", HoneywellProtocol:
		v.self = &honeywell{v: v}
	case SSIProtocol:
		v.self = &ssi{v: v}
	case DatalogicProtocol:
		v.self = &magellan{v: v}
	case LineProtocol:
		v.self = &plain{v: v}
	default:
		return fmt.Errorf("virtual scanner: no protocol %q", protocol)
	}
	v.self.reset()
	return nil
}

// Path is the node a driver opens; "" while unplugged and without a Link.
func (v *Scanner) Path() string { return v.line.Path() }

// Close unplugs the imager for good; a running Run ends by its context only.
func (v *Scanner) Close() error { return v.line.Close() }

// Feed lays a sheet, as the JPEG the imager will make of it, on the pile.
func (v *Scanner) Feed(jpeg []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pile = append(v.pile, &sheet{jpeg: jpeg})
}

// Queue is the number of sheets on the pile.
func (v *Scanner) Queue() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.pile)
}

// Next takes the top sheet off the pile without a picture of it, and reports
// whether there was one.
func (v *Scanner) Next() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.pile) == 0 {
		return false
	}
	v.off(v.pile[0])
	return true
}

// off takes a sheet off the pile, if it still lies there; v.mu is held.
func (v *Scanner) off(s *sheet) {
	if len(v.pile) > 0 && v.pile[0] == s {
		v.pile[0] = nil
		v.pile = v.pile[1:]
	}
}

// FeedCode holds a QR code with this text under the imager, which reads it and
// sends it unasked: after what is being sent now, never within it. Without
// power, or muted, nothing happens.
func (v *Scanner) FeedCode(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dead || v.mute {
		return
	}
	v.push(v.self.code(text)...)
}

// Permanent is how often the host wrote to the imager's permanent memory, which
// wears out.
func (v *Scanner) Permanent() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stored
}

// Sheets is how many sheets were photographed, each counted once; Commands how
// many commands were heard.
func (v *Scanner) Sheets() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sheets
}

// Commands is the number of commands heard.
func (v *Scanner) Commands() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.commands
}

// OnSheet sets what is called when sheet n (from 1) is photographed, before its
// picture is shipped: a word given there hits that shipment.
func (v *Scanner) OnSheet(f func(n int)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.onSheet = f
}

// OnCommand sets what is called when command n (from 1) is heard, before it is
// obeyed.
func (v *Scanner) OnCommand(f func(n int)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.onOrder = f
}

// look photographs the top sheet of the pile; nil if none lies there. v.mu is
// held, but not while the hook runs.
func (v *Scanner) look() *sheet {
	if len(v.pile) == 0 {
		return nil
	}
	s := v.pile[0]
	if !s.seen {
		s.seen = true
		v.sheets++
		v.tell(v.onSheet, v.sheets)
	}
	return s
}

// ordered counts a command, and tells whether the imager still hears it after
// what the hook did.
func (v *Scanner) ordered() bool {
	power := v.power
	v.commands++
	v.tell(v.onOrder, v.commands)
	return v.power == power && !v.mute
}

func (v *Scanner) tell(hook func(int), n int) {
	if hook != nil {
		v.mu.Unlock()
		defer v.mu.Lock()
		hook(n)
	}
}

// Run plays the imager until the context ends; then it unplugs for good and
// returns nil.
func (v *Scanner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var helpers sync.WaitGroup
	helpers.Go(func() { v.send(ctx) })
	if v.dir != "" {
		helpers.Go(func() { v.feedFolder(ctx) })
	}
	stopped := context.AfterFunc(ctx, func() { v.line.Close() })
	defer func() {
		cancel()
		stopped()
		v.line.Close()
		helpers.Wait()
	}()
	buf := make([]byte, 512)
	for {
		if v.line.Wait(ctx) != nil {
			return nil
		}
		n, err := v.line.Read(buf)
		v.heard(buf[:n])
		if err != nil && !errors.Is(err, ErrUnplugged) {
			return fmt.Errorf("virtual scanner: read: %w", err)
		}
	}
}

func (v *Scanner) heard(b []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(b) == 0 || v.mute || v.dead {
		return
	}
	power := v.power
	out := v.self.hear(b, time.Now())
	if v.power == power && !v.mute { // a hook may have said otherwise
		v.push(out...)
	}
}
