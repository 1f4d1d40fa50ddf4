package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"servicepoint/devices/virtual"
)

func emulateCommand() *cobra.Command {
	var words bool
	cmd := &cobra.Command{
		Use:   "emulate",
		Short: "Play the far end of a wire: a printer or a scanner with faults on order",
		Long: `Plays a device at the far end of a real pseudo-terminal (or of HTTP), byte by
byte as its manuals say, so that a driver can be tried without hardware.
While it runs, each line on standard input is an order: a fault word of
--words with its argument ("paper_out", "late 3"). It ends on INT.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if words {
				return listWords(cmd)
			}
			return cmd.Help()
		},
	}
	cmd.Flags().BoolVar(&words, "words", false, "list all fault words")
	cmd.AddCommand(emulatePrinterCommand(), emulateScannerCommand(), emulateESCLCommand())
	return cmd
}

func listWords(cmd *cobra.Command) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tWORD\tENDED BY\tWHAT HAPPENS")
	words := virtual.Words()
	for _, word := range virtual.ESCLWords() {
		word.Device = "escl"
		words = append(words, word)
	}
	for _, word := range words {
		name := strings.TrimSpace(word.Word + " " + word.Args)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", word.Device, name, word.Undo, word.What)
	}
	return w.Flush()
}

// emulateFlags are what all far ends have.
type emulateFlags struct {
	link   string
	baud   int
	seed   uint64
	script string
	json   bool
}

func (f *emulateFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.script, "script", "", "file with faults that happen by themselves: lines such as \"at 2.5 unplug\"")
	fl.BoolVar(&f.json, "json", false, "say what happens as JSON objects, one a line")
}

// registerLine is for the far ends of a serial line.
func (f *emulateFlags) registerLine(cmd *cobra.Command) {
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.link, "link", "", "symbolic link to the line's node, made and removed")
	fl.IntVar(&f.baud, "baud", 0, "pace the line to this rate (default: as fast as it goes)")
	fl.Uint64Var(&f.seed, "seed", 1, "of noise and other chance: the same seed spoils the same bytes")
}

// check refuses what no line can do and reads the script.
func (f *emulateFlags) check() (virtual.Script, error) {
	if f.baud < 0 {
		return nil, usageError{fmt.Errorf("no line runs at %d baud", f.baud)}
	}
	if f.link != "" {
		info, err := os.Lstat(f.link)
		if err == nil && info.Mode()&os.ModeSymlink == 0 {
			return nil, usageError{fmt.Errorf("%s is in the way of the link", f.link)}
		}
	}
	if f.script == "" {
		return nil, nil
	}
	file, err := os.Open(f.script)
	if err != nil {
		return nil, usageError{err}
	}
	defer file.Close()
	script, err := virtual.ParseScript(file)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", f.script, err)}
	}
	return script, nil
}

func emulatePrinterCommand() *cobra.Command {
	var f emulateFlags
	var cfg virtual.PrinterConfig
	var profile string
	cmd := &cobra.Command{
		Use:   "printer --link PATH",
		Short: "A receipt printer that paints its slips into PNG files",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.Speed < 0 {
				return usageError{fmt.Errorf("no printer prints %d rows a second", cfg.Speed)}
			}
			if !slices.Contains([]string{virtual.FlowUSB, virtual.FlowRTSCTS, virtual.FlowXONXOFF, virtual.FlowNone}, cfg.Flow) {
				return usageError{fmt.Errorf("no flow control %q", cfg.Flow)}
			}
			var err error
			if cfg.Profile, err = virtualModel(profile); err != nil {
				return err
			}
			script, err := f.check()
			if err != nil {
				return err
			}
			cfg.Link, cfg.Baud, cfg.Seed = f.link, f.baud, f.seed
			return emulatePrinter(newEmulation(cmd, f, script), cfg)
		},
	}
	f.registerLine(cmd)
	fl := cmd.Flags()
	fl.StringVar(&profile, "profile", virtual.PrinterProfiles()[0].Name, "model: "+strings.Join(modelNames(), ", "))
	fl.StringVar(&cfg.Flow, "flow", virtual.FlowUSB, "what keeps its buffer from running over: usb, rtscts, xonxoff or none")
	fl.IntVar(&cfg.Speed, "speed", 0, "rows printed a second (default: at once)")
	fl.StringVar(&cfg.Dir, "out", "slips", "folder for the slips, slip-0001.png and so on")
	return cmd
}

func modelNames() []string {
	var names []string
	for _, p := range virtual.PrinterProfiles() {
		names = append(names, p.Name)
	}
	return names
}

func emulatePrinter(e *emulation, cfg virtual.PrinterConfig) error {
	cfg.OnWord = func(word string) { e.say(happening{Event: "obeyed", Word: word}) }
	p, err := virtual.NewPrinter(cfg)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := e.script.Check(p); err != nil {
		return usageError{fmt.Errorf("%s: %w", e.flags.script, err)}
	}
	e.say(happening{Event: "ready", Path: p.Path(), Profile: cfg.Profile.Name})
	err = e.run(p, p.Run, func(ctx context.Context) error {
		for {
			select {
			case name := <-p.Printed():
				e.say(happening{Event: "slip", Path: name})
			case <-ctx.Done():
				return nil
			}
		}
	})
	p.Tear() // what still hangs out of it
	for len(p.Printed()) > 0 {
		e.say(happening{Event: "slip", Path: <-p.Printed()})
	}
	e.say(happening{Event: "ended", Counts: &counts{Rows: p.Rows(), Dropped: p.Dropped(), Pulses: p.Pulses(), RealTime: p.RealTime()}})
	return errors.Join(err, p.Close())
}
