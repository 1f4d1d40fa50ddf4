package a4

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"servicepoint/devices"
)

// How long the SANE driver waits.
const (
	sanePoll    = time.Minute
	optionLimit = 30 * time.Second // for a list of options
	saneStall   = time.Minute      // without a sign of life: lamps warm up
	termLimit   = 2 * time.Second  // to end by itself, before it is killed
	maxOptions  = 256 << 10        // bytes of a list of options
)

// SANE is the driver of a scanner that SANE knows, through its program
// scanimage: a driver of a maker that crashes or hangs takes only that process
// with it. Set the fields, start Run, call the rest from anywhere.
//
// Without a Source the sheets come from the feeder if the device has one, else
// from the glass. SANE has no common way to ask whether something lies in a
// feeder: with Glass an empty feeder means that the sheet lies on the glass,
// without it the answer is NoSheet.
type SANE struct {
	Device   string               // scanimage's name of it, such as "airscan:e0:Office"; empty is the first one found
	Program  string               // empty is scanimage from PATH
	Source   string               // where from to scan, in the device's own words; empty means to choose
	Glass    bool                 // with an empty feeder take one sheet from the glass
	Options  []string             // more arguments for scanimage, after those of the driver
	Env      []string             // more of its environment, such as SANE_CONFIG_DIR=…
	Dir      string               // where pages lie for a moment; empty is the system's folder, best is one in memory
	Stall    time.Duration        // without a sign of life before it is killed; 0 is a minute
	Poll     time.Duration        // between looks at an idle device; 0 is a minute
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called on each change and must not block
	Now      func() time.Time     // optional; measures what a sheet took

	desk    desk
	options *options // nil until read
}

var _ devices.Scanner = (*SANE)(nil)

func (s *SANE) prepare() {
	s.desk.prepare(s.Log, s.OnStatus, devices.Capabilities{Pages: true})
}

// Run owns the scanner until the context ends, and returns nil then. It runs
// once at a time.
func (s *SANE) Run(ctx context.Context) error {
	s.prepare()
	poll := s.Poll
	if poll <= 0 {
		poll = sanePoll
	}
	return s.desk.run(ctx, poll, s)
}

// Scan implements devices.Scanner.
func (s *SANE) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	s.prepare()
	return s.desk.scan(&ask{ctx: ctx, request: r, keep: keep, progress: progress})
}

// Codes never sends: a document scanner reads no codes.
func (s *SANE) Codes() <-chan devices.Code {
	s.prepare()
	return s.desk.codes
}

// Status is what is known of the scanner now.
func (s *SANE) Status() devices.Status {
	s.prepare()
	return s.desk.current()
}

// Capabilities is what the scanner said it can do; little before it answered.
func (s *SANE) Capabilities() devices.Capabilities {
	s.prepare()
	return s.desk.capabilities()
}

func (s *SANE) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *SANE) stall() time.Duration {
	if s.Stall > 0 {
		return s.Stall
	}
	return saneStall
}

// look implements maker. Listing the options opens the device, which proves
// that it is there.
func (s *SANE) look(ctx context.Context) (string, []devices.Cause, *devices.Fault) {
	o, err := s.readOptions(ctx)
	if err != nil {
		s.options = nil
		return "", nil, asFault(err)
	}
	return o.device, nil, nil
}

// readOptions lists what the device offers.
func (s *SANE) readOptions(ctx context.Context) (*options, error) {
	args := []string{"--all-options"}
	if s.Device != "" {
		args = append([]string{"--device-name=" + s.Device}, args...)
	}
	p, err := s.start(ctx, os.TempDir(), args, maxOptions)
	if err != nil {
		return nil, err
	}
	defer p.end()
	limit := time.NewTimer(min(optionLimit, s.stall()))
	defer limit.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-limit.C:
		return nil, fail(devices.Silent, "scanimage hangs", nil)
	case <-p.exited:
	}
	if fault := p.fault(); fault != nil {
		return nil, fault
	}
	o := readOptions(p.out.text())
	if len(o.list) == 0 {
		return nil, fail(devices.Offline, "scanimage finds no scanner", nil)
	}
	s.options = o
	feeder, duplex := o.feeder(false), o.feeder(true)
	s.desk.learn(devices.Capabilities{
		Model: o.device, Pages: true, Feeder: feeder != nil || duplex != nil, Duplex: duplex != nil, DPI: o.dpi(),
	})
	return o, nil
}

// take implements maker.
func (s *SANE) take(ctx context.Context, a *ask) (end func(), err error) {
	if s.options == nil {
		if _, err := s.readOptions(ctx); err != nil {
			return nil, err
		}
	}
	from, fault := s.options.choose(s.Source, a.request.Duplex)
	if fault != nil {
		return nil, fault
	}
	end, err = s.batch(ctx, a, from)
	if f, ok := errors.AsType[*devices.Fault](err); !ok || f.Cause != devices.NoSheet || !s.Glass || a.request.Duplex {
		return end, err
	}
	glass := s.options.flatbed()
	if !from.feeder || glass == "" {
		return end, err
	}
	end()
	return s.batch(ctx, a, place{args: []string{"--source=" + glass}})
}

// batch runs scanimage once and hands on what it scans.
func (s *SANE) batch(ctx context.Context, a *ask, from place) (end func(), err error) {
	dir, err := os.MkdirTemp(s.Dir, "scan-*") // 0700
	if err != nil {
		return nil, fail(fileCause(err), "a folder for the pages", bare(err))
	}
	clear := func() {
		if err := os.RemoveAll(dir); err != nil {
			s.desk.log.Error("pages may be left in the folder for them", "err", bare(err))
		}
	}
	args := slices.Concat(s.options.arguments(s.Device, from, a.request), s.Options)
	p, err := s.start(ctx, dir, args, maxLines)
	if err != nil {
		clear()
		return nil, err
	}
	b := &batch{s: s, p: p, a: a, dir: dir, max: a.request.Max, dpi: s.options.nearest(asked(a.request.DPI))}
	if !from.feeder {
		b.max = 1
	}
	return func() { p.end(); clear() }, b.run(ctx)
}
