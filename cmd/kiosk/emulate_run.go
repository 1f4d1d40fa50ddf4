package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"servicepoint/devices/virtual"
)

// maxOrder is the longest line of orders that is read.
const maxOrder = 4096

// emulation is one far end under a technician's hands.
type emulation struct {
	ctx    context.Context
	flags  emulateFlags
	script virtual.Script
	in     io.Reader

	mu  sync.Mutex
	out io.Writer
}

func newEmulation(cmd *cobra.Command, f emulateFlags, script virtual.Script) *emulation {
	return &emulation{ctx: cmd.Context(), flags: f, script: script, in: cmd.InOrStdin(), out: cmd.OutOrStdout()}
}

// happening is one thing that is said, as a line or as a JSON object.
type happening struct {
	Event   string  `json:"event"` // ready, obeyed, refused, slip or ended
	Path    string  `json:"path,omitempty"`
	Profile string  `json:"profile,omitempty"`
	Word    string  `json:"word,omitempty"`
	Error   string  `json:"error,omitempty"`
	Counts  *counts `json:"counts,omitempty"`
}

// counts is what happened, in numbers; those that are 0 are not said.
type counts struct {
	Rows     int            `json:"rows,omitempty"`     // printed
	Dropped  int            `json:"dropped,omitempty"`  // bytes that found the buffer full
	Pulses   int            `json:"pulses,omitempty"`   // of the cash drawer
	RealTime map[string]int `json:"realtime,omitempty"` // commands, by their first bytes
	Sheets   int            `json:"sheets,omitempty"`   // photographed
	Commands int            `json:"commands,omitempty"` // heard
	Jobs     int            `json:"jobs,omitempty"`     // of scanning, made
	Left     int            `json:"left,omitempty"`     // sheets on the pile
}

func (c counts) String() string {
	var parts []string
	for _, n := range []struct {
		n    int
		what string
	}{
		{c.Rows, "rows"}, {c.Dropped, "bytes dropped"}, {c.Pulses, "drawer pulses"},
		{c.Sheets, "sheets"}, {c.Commands, "commands"}, {c.Jobs, "jobs"}, {c.Left, "sheets left"},
	} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.RealTime)) {
		parts = append(parts, fmt.Sprintf("%d times %s", c.RealTime[code], code))
	}
	return strings.Join(parts, ", ")
}

func (h happening) String() string {
	parts := []string{h.Event}
	for _, s := range []string{h.Path, h.Profile, h.Word, h.Error} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if h.Counts != nil && h.Counts.String() != "" {
		parts = append(parts, h.Counts.String())
	}
	return strings.Join(parts, " ")
}

func (e *emulation) say(h happening) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.flags.json {
		fmt.Fprintln(e.out, h)
		return
	}
	b, _ := json.Marshal(h) // nothing in it can fail
	fmt.Fprintf(e.out, "%s\n", b)
}

// run plays the device, its script and the orders until the context ends, which
// is no error.
func (e *emulation) run(target virtual.Target, parts ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(e.ctx)
	for _, part := range parts {
		g.Go(func() error { return part(ctx) })
	}
	g.Go(func() error {
		if err := e.script.Run(ctx, target); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", e.flags.script, err)
		}
		return nil
	})
	go e.orders(ctx, target) // a read from a terminal cannot be broken off; it ends with the process
	return g.Wait()
}

// orders reads one fault word a line until there are no more.
func (e *emulation) orders(ctx context.Context, target virtual.Target) {
	lines := bufio.NewScanner(e.in)
	lines.Buffer(nil, maxOrder)
	for lines.Scan() && ctx.Err() == nil {
		word := strings.TrimSpace(lines.Text())
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if err := target.Fault(word); err != nil {
			e.say(happening{Event: "refused", Word: word, Error: err.Error()})
		}
	}
}
