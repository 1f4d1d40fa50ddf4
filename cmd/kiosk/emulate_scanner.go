package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"servicepoint/devices/virtual"
)

func emulateScannerCommand() *cobra.Command {
	var f emulateFlags
	var cfg virtual.ScannerConfig
	cmd := &cobra.Command{
		Use:   "scanner --link PATH --protocol NAME",
		Short: "An imager that photographs the pictures of a folder",
		Long: `Plays an imager. Besides fault words it takes these orders: "feed FILE" lays
one more picture on its pile, "code TEXT" holds a code under it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := folder(cfg.Dir); err != nil {
				return err
			}
			script, err := f.check()
			if err != nil {
				return err
			}
			cfg.Link, cfg.Baud, cfg.Seed = f.link, f.baud, f.seed
			return emulateScanner(newEmulation(cmd, f, script), cfg)
		},
	}
	f.registerLine(cmd)
	fl := cmd.Flags()
	fl.StringVar(&cfg.Protocol, "protocol", virtual.HoneywellProtocol, "honeywell, ssi, datalogic or line (codes only)")
	fl.StringVar(&cfg.Line, "line", "rs232", "what the imager thinks it hangs on: rs232 or cdc")
	fl.StringVar(&cfg.Dir, "feed", "", "folder whose JPEG files are laid on the pile, in name order, later ones too")
	return cmd
}

// folder refuses a feed folder that is not there.
func folder(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err != nil {
		return usageError{err}
	}
	return nil
}

// loudScanner says what it obeys.
type loudScanner struct {
	*virtual.Scanner
	e *emulation
}

// Fault obeys fault words, and orders about paper.
func (l loudScanner) Fault(order string) error {
	word, rest, _ := strings.Cut(order, " ")
	var err error
	if word == "feed" {
		var picture []byte
		if picture, err = os.ReadFile(strings.TrimSpace(rest)); err == nil {
			l.Feed(picture)
		}
	} else {
		err = l.Scanner.Fault(order)
	}
	if err == nil {
		l.e.say(happening{Event: "obeyed", Word: order})
	}
	return err
}

func emulateScanner(e *emulation, cfg virtual.ScannerConfig) error {
	v, err := virtual.NewScanner(cfg)
	if err != nil {
		return usageError{err}
	}
	defer v.Close()
	target := loudScanner{v, e}
	if err := e.script.Check(target); err != nil {
		return usageError{fmt.Errorf("%s: %w", e.flags.script, err)}
	}
	e.say(happening{Event: "ready", Path: v.Path(), Profile: cfg.Protocol})
	err = e.run(target, v.Run)
	e.say(happening{Event: "ended", Counts: &counts{Sheets: v.Sheets(), Commands: v.Commands(), Left: v.Queue()}})
	return err
}
