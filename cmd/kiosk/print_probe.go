package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/devices/printer"
)

// probeAnswer is what a printer says it is and can do.
type probeAnswer struct {
	Maker     string   `json:"maker"`
	Model     string   `json:"model"`
	Firmware  string   `json:"firmware"`
	Serial    string   `json:"serial"`
	Realtime  bool     `json:"realtime"`
	Status    bool     `json:"auto_status"`
	Queued    bool     `json:"queued"`
	ProcessID bool     `json:"process_id"`
	Profiles  []string `json:"profiles"` // that fit, best first
	TookMS    int64    `json:"took_ms"`

	Error *refusalReason `json:"error,omitempty"`
	err   error
}

func (a probeAnswer) refused() error { return a.err }

// probe asks a printer what it is. One that does not know a question may print
// a few letters.
func (f *printFlags) probe(cmd *cobra.Command, _ []string) (probeAnswer, error) {
	port, err := f.wirePort()
	if err != nil {
		return probeAnswer{}, err
	}
	open, done, err := f.open(port)
	if err != nil {
		return probeAnswer{}, err
	}
	defer done()
	profile, ok := printer.ProfileNamed(f.profile)
	if !ok {
		return probeAnswer{}, usageError{fmt.Errorf("no profile %q; `kiosk print --profiles` lists them", f.profile)}
	}
	p := &printer.Printer{Open: open, Profile: profile, Baud: port.Rate(), Flow: port.Flow}
	line := newProgressLine(cmd)
	defer line.end()
	line.step("asking %s what it is", port.Path)
	start := time.Now()
	var found printer.Probe
	err = attend(cmd.Context(), p.Run, func(ctx context.Context) (err error) {
		found, err = p.Probe(ctx)
		return err
	})
	return probeAnswer{
		Maker: found.Maker, Model: found.Model, Firmware: found.Firmware, Serial: found.Serial, Realtime: found.Realtime,
		Status: found.AutoStatus, Queued: found.Queued, ProcessID: found.ProcessID, Profiles: append([]string{}, found.Fits...),
		TookMS: time.Since(start).Milliseconds(), Error: reasonOf(err), err: ended(err),
	}, nil
}

func (a probeAnswer) tell(out io.Writer) error {
	if a.err != nil {
		return nil
	}
	_, err := fmt.Fprintf(out, "maker %q, model %q, firmware %q, serial %q\nstatus %t, tells changes %t, answers in order %t, proves prints %t\nprofiles that fit: %s\n",
		a.Maker, a.Model, a.Firmware, a.Serial, a.Realtime, a.Status, a.Queued, a.ProcessID, strings.Join(a.Profiles, ", "))
	return err
}
