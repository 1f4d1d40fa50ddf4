package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// sniffPatience is how long a device may hold up what is sent to it.
const sniffPatience = 5 * time.Second

type sniffFlags struct {
	lineFlags
	send []string
	wait time.Duration
	out  string
	json bool
	list bool
}

func sniffCommand() *cobra.Command {
	var f sniffFlags
	cmd := &cobra.Command{
		Use:   "sniff --port P",
		Short: "Show every byte on a line, or list the lines of this machine",
		Long: `Open a line and show what comes from the device, and what --send sent to it,
until you interrupt it, until --for is over, or until the device is unplugged.

Each line of the transcript is a time, < for bytes from the device or > for
bytes to it, the bytes in hexadecimal, and the same as text. A line with ! is a
remark: opened, closed, an error. With --json each is one object of at, dir,
hex and text.

The line is opened for this command alone, so stop the service first. A
transcript holds whatever was scanned or printed, names and numbers of people
among it: delete it when the fault is found, and send it to nobody who may not
see papers of residents.

--list shows the lines without opening any. Addresses (tcp:HOST:PORT) are not
listed.`,
		Example: `  kiosk sniff --list
  kiosk sniff --port /dev/ttyUSB0 --baud 9600 --send '10 04 01' --for 2s
  kiosk sniff --port tcp:192.0.2.7 --out line.txt`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{answersJSON: ""},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.list {
				return f.listPorts(cmd)
			}
			return f.sniff(cmd)
		},
	}
	f.lineFlags.add(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&f.send, "send", nil, "bytes to send after opening, in hexadecimal; may be repeated")
	fl.DurationVar(&f.wait, "for", 0, "how long to watch, for example 10s; 0 is until interrupted")
	fl.StringVar(&f.out, "out", "", "write the transcript to this new file as well; it may hold personal data")
	fl.BoolVar(&f.json, "json", false, "print one JSON object a line")
	fl.BoolVar(&f.list, "list", false, "list the serial lines and USB printers of this machine")
	return cmd
}

func (f *sniffFlags) check() (port wire.Port, send [][]byte, err error) {
	if port, err = f.wirePort(); err != nil {
		return port, nil, err
	}
	if f.wait < 0 {
		return port, nil, usageError{fmt.Errorf("--for %s lies in the past", f.wait)}
	}
	for _, text := range f.send {
		digits := strings.NewReplacer("0x", "", "0X", "", ":", "", ",", "", " ", "").Replace(text)
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 {
			return port, nil, usageError{fmt.Errorf("--send %q is not bytes in hexadecimal such as '1b 40'", text)}
		}
		send = append(send, b)
	}
	return port, send, nil
}

func (f *sniffFlags) sniff(cmd *cobra.Command) (err error) {
	port, send, err := f.check()
	if err != nil {
		return err
	}
	out := sniffOutput{show: cmd.OutOrStdout(), json: f.json}
	if f.out != "" {
		file, err := os.OpenFile(f.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return usageError{fmt.Errorf("--out: %w", err)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out.keep = file
	}
	ctx := cmd.Context()
	link, err := wire.Tapped(port.Opener(), &out)(ctx)
	if err != nil {
		return lineTrouble(err)
	}
	if f.wait > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, f.wait)
		defer stop()
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s is open; interrupt to end\n", port.Path)
	var n traffic
	done := n.follow(cmd)
	err = watchLine(ctx, link, send, &n)
	done()
	return errors.Join(err, out.err)
}

// traffic counts bytes.
type traffic struct{ in, out atomic.Int64 }

func (n *traffic) String() string {
	return fmt.Sprintf("%d bytes in, %d bytes out", n.in.Load(), n.out.Load())
}

// follow shows the figures: while they grow on a terminal that the transcript
// does not go to, and at the end.
func (n *traffic) follow(cmd *cobra.Command) (done func()) {
	tell, start := cmd.ErrOrStderr(), ""
	stop, stopped := make(chan struct{}), make(chan struct{})
	if isTerminal(tell) && !isTerminal(cmd.OutOrStdout()) {
		start = "\r"
	}
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second / 2)
		defer tick.Stop()
		for start != "" {
			select {
			case <-tick.C:
				fmt.Fprint(tell, start, n)
			case <-stop:
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
		fmt.Fprintf(tell, "%s%s\n", start, n)
	}
}

// watchLine sends, and reads until ctx ends or the device has gone. The
// transcript is written by the link itself.
func watchLine(ctx context.Context, link wire.Link, send [][]byte, traffic *traffic) error {
	stop := context.AfterFunc(ctx, func() { link.Close() })
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 4096); ; {
			n, err := link.Read(buf)
			if traffic.in.Add(int64(n)); err != nil {
				return // closed, or gone: the transcript says so
			}
		}
	}()
	var err error
	for _, b := range send {
		var n int
		if err = link.SetWriteDeadline(time.Now().Add(sniffPatience)); err == nil {
			n, err = link.Write(b)
		}
		if traffic.out.Add(int64(n)); err != nil {
			link.Close()
			break
		}
	}
	<-ended
	link.Close()
	switch {
	case err == nil, ctx.Err() != nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the device takes no bytes: is it switched on, and is --flow right? %w", err)
	}
	return lineTrouble(err)
}

// lineTrouble names the line as what is in trouble: nobody has said which
// device hangs there.
func lineTrouble(err error) error {
	fault, ok := errors.AsType[*devices.Fault](err)
	if !ok {
		return err
	}
	named := *fault
	named.Device = lineDevice
	return &named
}

// sniffOutput takes a transcript line by line and shows it, as it is or as
// JSON, and keeps a copy.
type sniffOutput struct {
	show io.Writer
	keep io.Writer // may be nil
	json bool
	err  error // the first of writing; whoever reads must know that bytes are missing
}

type sniffed struct {
	At   string `json:"at"`
	Dir  string `json:"dir"` // < from the device, > to it, ! a remark
	Hex  string `json:"hex"`
	Text string `json:"text"`
}

func (o *sniffOutput) Write(line []byte) (int, error) {
	if o.keep != nil {
		if _, err := o.keep.Write(line); err != nil {
			o.err = fmt.Errorf("write the transcript: %w", err)
			return 0, o.err
		}
	}
	if err := o.put(line); err != nil {
		o.err = fmt.Errorf("write the transcript: %w", err)
		return 0, o.err
	}
	return len(line), nil
}

func (o *sniffOutput) put(line []byte) error {
	if !o.json {
		_, err := o.show.Write(line)
		return err
	}
	entries, err := wire.ReadTranscript(bytes.NewReader(line))
	if err != nil {
		return err
	}
	enc := json.NewEncoder(o.show)
	enc.SetEscapeHTML(false)
	for _, e := range entries {
		s := sniffed{At: e.At.Format("2006-01-02T15:04:05.000Z07:00"), Dir: string(rune(e.Dir)), Hex: hex.EncodeToString(e.Bytes), Text: e.Text()}
		if e.Dir == wire.Remark {
			s.Text = e.Note
		}
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return nil
}
