package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/devices/wire"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// lineDevice is what a trouble is with when nobody said which device hangs on
// a line.
const lineDevice = "line"

// lineFlags say on which line a technician's tool finds a device.
type lineFlags struct {
	port       string
	baud       int
	flow       string
	transcript string
}

func (f *lineFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.port, "port", "", "device node, a link to one, /dev/usb/lp0, or tcp:HOST:PORT")
	fl.IntVar(&f.baud, "baud", 115200, "rate of a serial line; 8 bits, no parity, 1 stop bit")
	fl.StringVar(&f.flow, "flow", "none", "how the device holds us up: none, rtscts, xonxoff or dsr")
}

func (f *lineFlags) addTranscript(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.transcript, "transcript", "", "write every byte on the line to this new file; it may hold personal data")
}

func (f *lineFlags) wirePort() (wire.Port, error) {
	switch {
	case f.port == "":
		return wire.Port{}, usageError{errors.New("--port is missing: name the line, for example --port /dev/ttyUSB0; `kiosk sniff --list` shows which there are")}
	case f.baud <= 0:
		return wire.Port{}, usageError{fmt.Errorf("--baud %d is no rate", f.baud)}
	}
	switch flow := wire.Flow(f.flow); flow {
	case wire.FlowNone, wire.FlowRTSCTS, wire.FlowXONXOFF, wire.FlowDSR:
		return wire.Port{Path: f.port, Baud: f.baud, Flow: flow}, nil
	}
	return wire.Port{}, usageError{fmt.Errorf("--flow %q must be none, rtscts, xonxoff or dsr", f.flow)}
}

// open gives the line's opener, and what must be done when the tool is done.
func (f *lineFlags) open(p wire.Port) (wire.Opener, func() error, error) {
	if f.transcript == "" {
		return p.Opener(), func() error { return nil }, nil
	}
	file, err := os.OpenFile(f.transcript, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("--transcript: %w", err)}
	}
	return wire.Tapped(p.Opener(), file), file.Close, nil
}

// progressLine shows on standard error how far a device has come: in place on
// a terminal, otherwise one line for each thing worth a line.
type progressLine struct {
	out   io.Writer
	live  bool // out is a terminal
	shown int  // letters standing on the line
	last  string
	at    time.Time
}

func newProgressLine(cmd *cobra.Command) *progressLine {
	out := cmd.ErrOrStderr()
	return &progressLine{out: out, live: isTerminal(out)}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// step shows what began; it stands until the next step.
func (p *progressLine) step(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text == p.last {
		return
	}
	p.last = text
	p.put(text)
	if !p.live {
		fmt.Fprintln(p.out)
	}
}

// count shows a figure that changes often: on a terminal only.
func (p *progressLine) count(format string, args ...any) {
	if !p.live || time.Since(p.at) < 100*time.Millisecond {
		return
	}
	p.at = time.Now()
	p.put(fmt.Sprintf(format, args...))
}

func (p *progressLine) put(text string) {
	if !p.live {
		fmt.Fprint(p.out, text)
		return
	}
	n := len([]rune(text))
	fmt.Fprint(p.out, "\r", text, strings.Repeat(" ", max(0, p.shown-n)))
	p.shown = n
}

// end leaves the line.
func (p *progressLine) end() {
	if p.live && p.shown > 0 {
		fmt.Fprintln(p.out)
		p.shown = 0
	}
}

// sentence says what a device's trouble is and what to do, in both languages'
// first: the technician's tools speak English.
func sentence(device string, cause devices.Cause) string {
	title, do := phrases.Explain(phrases.EN, kiosk.Code(device+"."+string(cause)))
	return title + " " + do
}

// attend runs a device's driver while work uses it.
func attend(ctx context.Context, run func(context.Context) error, work func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	err := work(ctx)
	stop()
	return errors.Join(err, <-ended)
}

// ended makes a device's failure one of the command, also where a person broke
// it off.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unfinished{err}
	}
	return err
}

// reasonOf tells a program what the matter is.
func reasonOf(err error) *refusalReason {
	if err == nil {
		return nil
	}
	r := &refusalReason{Code: codeOf(err), Message: err.Error()}
	if phrases.Has(phrases.VI, string(r.Code)+".title") {
		title, do := phrases.Explain(phrases.VI, r.Code)
		r.Message = title + " " + do
	}
	return r
}
