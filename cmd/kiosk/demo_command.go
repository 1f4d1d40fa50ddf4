package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"servicepoint/devices/printer"
	"servicepoint/kiosk"
	"servicepoint/ui/window"
)

type demoFlags struct {
	demoOptions
	walk      bool
	json      bool
	noWindow  bool
	verbose   bool
	way       string
	procedure string
	feed      []string
	limit     time.Duration
}

func demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a whole service point with invented people in a throw-away folder",
		Long: `Runs the service with a printer and a scanner at the far end of real
ptys and a centre on loopback, prints the addresses and waits. With --walk it
takes one dossier from booking to the end without a screen, says what it did,
and exits 0 only if all of it happened.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.walk, "walk", false, "take one dossier from booking to the end without a screen")
	fl.StringVar(&f.way, "way", string(kiosk.ByCentre), "how the walked dossier reaches the authority: centre or assisted")
	fl.StringVar(&f.procedure, "procedure", "birth-registration", "procedure of the walked dossier")
	fl.StringArrayVar(&f.feed, "feed", nil, "JPEG laid on the scanner, once for each sheet (default: two sample pages)")
	fl.StringVar(&f.Out, "out", "", "folder slips, documents and parcels are left in")
	fl.BoolVar(&f.json, "json", false, "print what the walk did as one JSON object")
	fl.DurationVar(&f.limit, "limit", time.Minute, "give up a walk after this long")
	fl.BoolVar(&f.noWindow, "no-window", false, "only print the addresses, also where a window could be shown")
	fl.IntVar(&f.Baud, "baud", 0, "pace printer and scanner line to this rate (default: as fast as they go)")
	fl.StringVar(&f.Window, "listen-window", "127.0.0.1:8460", "address of the residents' pages")
	fl.StringVar(&f.Desk, "listen-desk", "127.0.0.1:8461", "address of the desk's pages")
	fl.StringVar(&f.Centre, "listen-centre", "127.0.0.1:8462", "address of the centre")
	fl.StringVar(&f.Profile, "profile", printer.Profiles()[0].Name, "printer profile")
	fl.BoolVar(&f.Accept, "accept", true, "the centre accepts by itself; otherwise an officer decides in its inbox")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "log to standard error")
	return cmd
}

func (f *demoFlags) run(cmd *cobra.Command) error {
	f.Log = slog.New(slog.DiscardHandler)
	if f.verbose {
		f.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	}
	if f.walk {
		return f.runWalk(cmd)
	}
	d, err := newDemo(cmd.Context(), f.demoOptions)
	if err != nil {
		return err
	}
	d.describe(cmd.OutOrStdout())
	if f.noWindow || !window.Built || !haveDisplay() {
		return errors.Join(d.Run(cmd.Context()), d.Close())
	}
	return errors.Join(d.runWithWindow(cmd.Context()), d.Close())
}

// runWithWindow shows the residents' page in a process of its own, as on a
// real unit, and ends with it.
func (d *demo) runWithWindow(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.Run(ctx) })
	g.Go(func() error {
		view := exec.CommandContext(ctx, self, "window", "--windowed", "--url", d.unit.screens.WindowURL())
		view.Stderr = os.Stderr
		view.Cancel = func() error { return view.Process.Signal(syscall.SIGTERM) }
		view.WaitDelay = 5 * time.Second
		if err := view.Run(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("window: %w", err)
		}
		return errWindowClosed
	})
	if err := g.Wait(); !errors.Is(err, errWindowClosed) {
		return err
	}
	return nil
}

var errWindowClosed = errors.New("the window was closed")

// haveDisplay reports whether a window could be shown at all.
func haveDisplay() bool { return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" }

// describe says where to click, in the order a newcomer wants to.
func (d *demo) describe(out io.Writer) {
	window, desk := d.unit.screens.WindowURL(), d.unit.screens.DeskURL()
	fmt.Fprintf(out, "Kiosk demo: unit %s, %s. Everything in it is invented.\n\n", d.unit.Config.Unit, d.unit.Config.Point.Name)
	fmt.Fprintf(out, "  residents    %s\n", window)
	fmt.Fprintf(out, "  desk         %s\n", desk)
	for _, s := range demoStaff {
		fmt.Fprintf(out, "               sign in as %q, PIN %s (%s)\n", s.Name, s.PIN, s.Role)
	}
	fmt.Fprintf(out, "  technician   the desk's address, then /technician\n")
	fmt.Fprintf(out, "  dock         the desk's address, then /dock: feed sheets, pull the paper, unplug, cut the network\n")
	fmt.Fprintf(out, "  gallery      the desk's address, then /gallery: every screen in every state\n")
	fmt.Fprintf(out, "  centre       %s/inbox (%s / %s)\n\n", d.centreAt, demoOfficer, demoOfficerPassword)
	for _, b := range d.bookings {
		fmt.Fprintf(out, "  booking %s for %s\n", b.ID, b.Procedure)
	}
	fmt.Fprintf(out, "\nStop with Ctrl-C; the folder of this run is removed.\n")
}

func (f *demoFlags) runWalk(cmd *cobra.Command) error {
	way := kiosk.Way(f.way)
	if way != kiosk.ByCentre && way != kiosk.ByAssisted {
		return usageError{fmt.Errorf("--way is %s or %s", kiosk.ByCentre, kiosk.ByAssisted)}
	}
	for _, file := range f.feed {
		if _, err := os.Stat(file); err != nil {
			return usageError{err}
		}
	}
	// A walk stands beside other kiosks: every port is free to choose.
	f.Window, f.Desk, f.Centre, f.Accept = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", true
	if f.Out == "" {
		dir, err := os.MkdirTemp("", "kiosk-walk-")
		if err != nil {
			return err
		}
		f.Out = dir
	}
	ctx, stop := context.WithTimeout(cmd.Context(), f.limit)
	defer stop()
	d, err := newDemo(ctx, f.demoOptions)
	if err != nil {
		return err
	}
	ran := make(chan error, 1)
	go func() { ran <- d.Run(ctx) }()
	w := &walk{demo: d, walkOptions: walkOptions{Way: way, Procedure: kiosk.ProcedureID(f.procedure), Feed: f.feed, Out: f.Out}}
	w.say = f.sayStep(cmd)
	err = w.run(ctx)
	stop()
	if err := errors.Join(err, <-ran, d.Close()); err != nil {
		return unfinished{fmt.Errorf("walk: %w", err)}
	}
	return f.report(cmd.OutOrStdout(), w)
}

func (f *demoFlags) sayStep(cmd *cobra.Command) func(string, time.Duration, string) {
	if f.json {
		return func(string, time.Duration, string) {}
	}
	return func(step string, took time.Duration, note string) {
		fmt.Fprintf(cmd.OutOrStdout(), "  %-10s %6d ms  %s\n", step, took.Milliseconds(), note)
	}
}

func (f *demoFlags) report(out io.Writer, w *walk) error {
	if f.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(w.did)
	}
	_, err := fmt.Fprintf(out, "%s by %s: %d pages, %d documents, receipt %s, slip %s, wiped. Files in %s\n",
		w.did.LocalCode, w.did.Way, len(w.did.Pages), len(w.did.Documents), w.did.Receipt.No, w.did.Slip.Level, f.Out)
	return err
}
