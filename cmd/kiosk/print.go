package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // the pictures that can be printed
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/wire"
)

// The bounds of a picture that is printed: no head is wider, no slip longer.
const (
	maxPrintWidth  = 2040
	maxPrintHeight = 20000
)

// readyWait is how long a printer has to answer after its line was opened.
const readyWait = 10 * time.Second

type printFlags struct {
	lineFlags
	profile  string
	sample   string
	plain    []string
	profiles bool
	ask      bool
}

// printAnswer is the outcome of one print, also of one that failed.
type printAnswer struct {
	Level    devices.PrintLevel `json:"level"`
	Promised devices.PrintLevel `json:"promised"` // what a good print reaches on this profile
	Encoding devices.Encoding   `json:"encoding,omitempty"`
	Profile  string             `json:"profile"`
	Sent     int64              `json:"sent"`  // bytes the line took
	Total    int64              `json:"total"` // bytes of the job
	Changed  []changedDot       `json:"changed"`
	TookMS   int64              `json:"took_ms"`
	Error    *refusalReason     `json:"error,omitempty"`

	err error
}

// changedDot is a dot that was printed inverted, lest the printer take the
// bytes around it for a command that it obeys even inside a picture.
type changedDot struct {
	X int `json:"x"`
	Y int `json:"y"`
}

func (a printAnswer) refused() error { return a.err }

func printCommand() *cobra.Command {
	var f printFlags
	cmd := &cobra.Command{
		Use:   "print --port P [FILE.png]",
		Short: "Print a picture or a sample slip, and say what is known of it",
		Long: `Print a picture (black where it is darker than half), a sample slip, or plain
lines of ASCII on a receipt printer, and wait for the printer's own word that
it is on paper.

The level says what is known: printed (the printer confirmed body and cut),
body_printed (the cut is not confirmed), processed (an answer came back in
order after the job), sent (taken, nothing to confirm with: look at the paper),
unknown (line or power lost, or no answer in time: look before printing again).
The exit code is 0 only if the level that the profile promises was reached.

A printer that is not ready is told so at once, with nothing sent. Once a slip
has begun and the printer waits for a person (paper, cover), so does the
command; interrupt it to give up, which it reports as what it is. A slip whose
cut is stuck ends as body_printed: free the cutter and print the next one, which
has the blade try again.`,
		Example: `  kiosk print --port /dev/ttyUSB0 --flow rtscts --sample assist
  kiosk print --port tcp:192.0.2.7 --profile clone-80 picture.png --json
  kiosk print --port /dev/usb/lp0 --probe
  kiosk print --profiles`,
		Args: cobra.MaximumNArgs(1),
	}
	f.lineFlags.add(cmd)
	f.addTranscript(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.profile, "profile", printer.Profiles()[0].Name, "model of the printer, see --profiles")
	fl.StringVar(&f.sample, "sample", "", "print a sample slip instead of a file: assist or ticket")
	fl.StringArrayVar(&f.plain, "plain", nil, "print this line in the printer's own letters; may be repeated")
	fl.BoolVar(&f.profiles, "profiles", false, "list the models that are known")
	fl.BoolVar(&f.ask, "probe", false, "print nothing; ask the printer what it is, and name the profiles that fit")
	probing := answering(&cobra.Command{}, f.probe, func(out io.Writer, a probeAnswer) error { return a.tell(out) })
	cmd = answering(cmd, f.print, func(out io.Writer, a printAnswer) error { return a.tell(out) })
	single := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.profiles {
			return listProfiles(cmd)
		}
		if f.ask {
			_ = probing.Flags().Set("json", cmd.Flag("json").Value.String()) // a flag of the same kind
			probing.SetOut(cmd.OutOrStdout())
			probing.SetErr(cmd.ErrOrStderr())
			probing.SetContext(cmd.Context())
			return probing.RunE(probing, args)
		}
		return single(cmd, args)
	}
	return cmd
}

func (f *printFlags) print(cmd *cobra.Command, args []string) (printAnswer, error) {
	profile, ok := printer.ProfileNamed(f.profile)
	if !ok {
		return printAnswer{}, usageError{fmt.Errorf("no profile %q; `kiosk print --profiles` lists them", f.profile)}
	}
	port, err := f.wirePort()
	if err != nil {
		return printAnswer{}, err
	}
	work, err := f.work(profile, args)
	if err != nil {
		return printAnswer{}, err
	}
	open, done, err := f.open(port)
	if err != nil {
		return printAnswer{}, err
	}
	defer done()
	return printOne(cmd, profile, port, open, work), nil
}

// toPrint sends one job to a printer.
type toPrint func(context.Context, *printer.Printer, devices.PrintProgress) (devices.PrintResult, error)

// work is what is to be printed: exactly one of a file, a sample and lines.
func (f *printFlags) work(profile printer.Profile, args []string) (toPrint, error) {
	given := len(args)
	if f.sample != "" {
		given++
	}
	if len(f.plain) > 0 {
		given++
	}
	if given != 1 {
		return nil, usageError{errors.New("name one thing to print: FILE.png, --sample assist|ticket, or --plain LINE")}
	}
	if len(f.plain) > 0 {
		return func(ctx context.Context, p *printer.Printer, watch devices.PrintProgress) (devices.PrintResult, error) {
			return p.PrintPlain(ctx, f.plain, watch)
		}, nil
	}
	var s devices.Slip
	var err error
	if f.sample != "" {
		s, err = sampleSlip(f.sample, profile.Width)
	} else {
		s, err = pictureSlip(args[0])
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, p *printer.Printer, watch devices.PrintProgress) (devices.PrintResult, error) {
		return p.Print(ctx, s, watch)
	}, nil
}

// printOne prints on one printer from opening its line to closing it.
func printOne(cmd *cobra.Command, profile printer.Profile, port wire.Port, open wire.Opener, work toPrint) printAnswer {
	statuses := make(chan devices.Status, 16)
	loose := looseSlipOf(port)
	p := &printer.Printer{Open: open, Profile: profile, Baud: port.Rate(), Flow: port.Flow, Unsettled: loose.stands(), OnUnsettled: loose.set, OnStatus: func(s devices.Status) {
		select {
		case statuses <- s:
		default: // nobody waits any more
		}
	}}
	line := newProgressLine(cmd)
	defer line.end()
	start := time.Now()
	var res devices.PrintResult
	err := attend(cmd.Context(), p.Run, func(ctx context.Context) error {
		line.step("opening %s", port.Path)
		if err := awaitPrinter(ctx, statuses); err != nil {
			return err
		}
		var err error
		res, err = work(ctx, p, line.printing())
		return err
	})
	return answerPrint(profile, res, err, time.Since(start))
}

// looseSlipOf remembers, from one use of the command to the next, that part of
// a slip may hang out of the printer on this line.
func looseSlipOf(port wire.Port) looseSlip {
	name := fmt.Sprintf("kiosk-print-%x.loose", sha256.Sum256([]byte(port.Path)))
	return looseSlip{filepath.Join(os.TempDir(), name), slog.New(slog.DiscardHandler)}
}

// awaitPrinter waits until the printer has said that it is ready; what keeps
// it from being so is the Fault.
func awaitPrinter(ctx context.Context, statuses <-chan devices.Status) error {
	late := time.NewTimer(readyWait)
	defer late.Stop()
	for {
		select {
		case s := <-statuses:
			switch {
			case s.Ready:
				return nil
			case ctx.Err() != nil: // the line was closed because we gave up
				continue
			}
			return &devices.Fault{Device: devices.PrinterDevice, Cause: s.Cause, Detail: s.Detail}
		case <-late.C:
			return &devices.Fault{Device: devices.PrinterDevice, Cause: devices.Silent, Detail: "not ready in time"}
		case <-ctx.Done():
			return &devices.Fault{Device: devices.PrinterDevice, Cause: devices.Cancelled, Err: ctx.Err()}
		}
	}
}

// printing shows a print on its way.
func (p *progressLine) printing() devices.PrintProgress {
	return func(phase devices.PrintPhase, cause devices.Cause, done, total int64) {
		switch phase {
		case devices.PhaseSending:
			p.step("sending %d bytes", total)
			p.count("sending %d of %d bytes", done, total)
		case devices.PhaseWaiting:
			p.step("waiting: %s Interrupt to give up.", sentence(devices.PrinterDevice, cause))
		case devices.PhaseConfirming:
			p.step("sent %d bytes, waiting for the printer's confirmation", done)
		}
	}
}

func answerPrint(profile printer.Profile, res devices.PrintResult, err error, took time.Duration) printAnswer {
	a := printAnswer{
		Level: res.Level, Promised: profile.Promises(), Encoding: res.Encoding, Profile: profile.Name,
		Sent: res.Sent, Total: res.Total, Changed: []changedDot{}, TookMS: took.Milliseconds(),
	}
	if a.Level == "" {
		a.Level = devices.LevelUnknown
	}
	for _, d := range res.Changed {
		a.Changed = append(a.Changed, changedDot(d))
	}
	if err == nil && a.Level != a.Promised {
		err = &devices.Fault{Device: devices.PrinterDevice, Cause: devices.Unconfirmed, Detail: string(a.Level)}
	}
	a.Error, a.err = reasonOf(err), ended(err)
	return a
}

func (a printAnswer) tell(out io.Writer) error {
	if a.Sent == 0 {
		_, err := fmt.Fprintf(out, "%s: nothing was sent\n", a.Profile)
		return err
	}
	_, err := fmt.Fprintf(out, "%s: %s, %d of %d bytes sent in %.1f s\n", a.Profile, a.Level, a.Sent, a.Total, float64(a.TookMS)/1000)
	if len(a.Changed) > 0 && err == nil {
		_, err = fmt.Fprintf(out, "%d dots were inverted so that the printer takes no picture for a command\n", len(a.Changed))
	}
	return err
}

// pictureSlip reads a picture as a slip of one block.
func pictureSlip(file string) (devices.Slip, error) {
	f, err := os.Open(file)
	if err != nil {
		return devices.Slip{}, usageError{err}
	}
	defer f.Close()
	head, _, err := image.DecodeConfig(f)
	switch {
	case err != nil:
		return devices.Slip{}, usageError{fmt.Errorf("%s is no PNG picture: %w", file, err)}
	case head.Width < 1 || head.Width > maxPrintWidth || head.Height < 1 || head.Height > maxPrintHeight:
		return devices.Slip{}, usageError{fmt.Errorf("%s has %d×%d dots; at most %d×%d can be printed", file, head.Width, head.Height, maxPrintWidth, maxPrintHeight)}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return devices.Slip{}, err
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return devices.Slip{}, usageError{fmt.Errorf("%s is damaged: %w", file, err)}
	}
	b := blackAndWhite(img)
	return devices.Slip{Width: b.Width, Rows: []devices.Row{{Raster: &b}}}, nil
}

// blackAndWhite makes black what is darker than half; what shines through is
// the paper.
func blackAndWhite(img image.Image) devices.Bitmap {
	box := img.Bounds()
	b := devices.NewBitmap(box.Dx(), box.Dy())
	for y := range b.Height {
		for x := range b.Width {
			c := color.NRGBAModel.Convert(img.At(box.Min.X+x, box.Min.Y+y)).(color.NRGBA)
			gray := uint32(color.GrayModel.Convert(color.NRGBA{c.R, c.G, c.B, 0xff}).(color.Gray).Y)
			if (gray*uint32(c.A)+255*(255-uint32(c.A)))/255 < 128 {
				b.Set(x, y)
			}
		}
	}
	return b
}

// profileLine is one model that is known.
type profileLine struct {
	Name     string             `json:"name"`
	Dots     int                `json:"dots"`
	Encoding devices.Encoding   `json:"encoding"`
	Promises devices.PrintLevel `json:"promises"`
	Fits     []string           `json:"models"`
}

func listProfiles(cmd *cobra.Command) error {
	list := []profileLine{}
	for _, p := range printer.Profiles() {
		list = append(list, profileLine{p.Name, p.Width, p.Encoding, p.Promises(), slices.Clone(p.Models)})
	}
	if cmd.Flag("json").Value.String() == "true" {
		return writeJSON(cmd.OutOrStdout(), list)
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROFILE\tDOTS\tENCODING\tPROMISES\tMODELS")
	for _, p := range list {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\n", p.Name, p.Dots, p.Encoding, p.Promises, strings.Join(p.Fits, ", "))
	}
	return t.Flush()
}
