package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"servicepoint/devices/virtual"
)

func emulateESCLCommand() *cobra.Command {
	var f emulateFlags
	var listen, feed string
	cmd := &cobra.Command{
		Use:   "escl --listen 127.0.0.1:PORT",
		Short: "An A4 scanner on the network, with a feeder and a glass",
		Long: `Plays an A4 scanner that speaks eSCL over HTTP, on loopback only. Besides fault
words it takes these orders: "feed FILE [FILE]" lays one more sheet, by its one
or two sides, into the feeder, "lay FILE" puts one on the glass.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sheets, err := pictures(feed)
			if err != nil {
				return err
			}
			script, err := f.check()
			if err != nil {
				return err
			}
			return emulateESCL(newEmulation(cmd, f, script), listen, sheets)
		},
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&listen, "listen", "127.0.0.1:0", "address; port 0 is any free one")
	fl.StringVar(&feed, "feed", "", "folder whose JPEG files lie in the feeder, in name order")
	return cmd
}

// pictures reads the JPEG files of a folder.
func pictures(dir string) ([][]byte, error) {
	if err := folder(dir); err != nil || dir == "" {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, e := range entries {
		if !slices.Contains([]string{".jpg", ".jpeg"}, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// loudESCL says what it obeys.
type loudESCL struct {
	*virtual.ESCL
	e *emulation
}

// Fault obeys fault words, and orders about paper.
func (l loudESCL) Fault(order string) error {
	err := l.order(order)
	if err == nil {
		l.e.say(happening{Event: "obeyed", Word: order})
	}
	return err
}

func (l loudESCL) order(order string) error {
	fields := strings.Fields(order)
	if len(fields) == 0 || fields[0] != "feed" && fields[0] != "lay" {
		return l.ESCL.Fault(order)
	}
	most := map[string]int{"feed": 2, "lay": 1}[fields[0]]
	if n := len(fields) - 1; n < 1 || n > most {
		return fmt.Errorf("%s needs 1 to %d files", fields[0], most)
	}
	var sides [][]byte
	for _, name := range fields[1:] {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		sides = append(sides, b)
	}
	if fields[0] == "lay" {
		l.Lay(sides[0])
	} else {
		l.Feed(sides...)
	}
	return nil
}

func emulateESCL(e *emulation, listen string, sheets [][]byte) error {
	scanner := &virtual.ESCL{Model: "Emulated"}
	for _, s := range sheets {
		scanner.Feed(s)
	}
	target := loudESCL{scanner, e}
	if err := e.script.Check(target); err != nil {
		return usageError{fmt.Errorf("%s: %w", e.flags.script, err)}
	}
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return usageError{fmt.Errorf("%q is no address and port on loopback", listen)}
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	e.say(happening{Event: "ready", Path: "http://" + l.Addr().String() + "/eSCL/"})
	err = e.run(target, func(ctx context.Context) error { return scanner.Serve(ctx, l) })
	e.say(happening{Event: "ended", Counts: &counts{Jobs: scanner.Jobs(), Left: scanner.Queue()}})
	return err
}
