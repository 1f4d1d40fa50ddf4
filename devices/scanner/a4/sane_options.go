package a4

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"servicepoint/devices"
)

// options is what `scanimage --all-options` lists.
type options struct {
	device string
	list   map[string]option // by name, with its dashes: "--source", "-x"
}

// option is one option that can be set.
type option struct {
	values    []string // what it takes, without units
	low, high float64  // if it takes a range
	ranged    bool
	now       string
}

// place is where sheets come from, as arguments.
type place struct {
	args   []string
	feeder bool
}

// readOptions reads the list. It looks only at lines that begin an option and
// leaves out what cannot be set; what it does not understand it skips.
func readOptions(b []byte) *options {
	o := &options{list: map[string]option{}}
	for raw := range bytes.Lines(b[:min(len(b), maxOptions)]) {
		line := strings.TrimSpace(strings.ToValidUTF8(string(raw), ""))
		if rest, ok := strings.CutPrefix(line, "All options specific to device `"); ok {
			o.device = printable(strings.TrimSuffix(rest, "':"))
			continue
		}
		name, spec, now, ok := cutOption(line)
		if !ok || now == "inactive" || now == "read-only" || now == "hardware" {
			continue
		}
		if _, twice := o.list[name]; twice || len(o.list) >= 500 {
			continue
		}
		o.list[name] = readOption(spec, now)
	}
	return o
}

// cutOption takes "--source Flatbed|ADF [ADF]" apart.
func cutOption(line string) (name, spec, now string, ok bool) {
	if !strings.HasPrefix(line, "-") || !strings.HasSuffix(line, "]") {
		return "", "", "", false
	}
	open := strings.LastIndex(line, " [")
	if open < 0 {
		return "", "", "", false
	}
	now = line[open+2 : len(line)-1]
	if at := strings.Index(now, "] ["); at >= 0 {
		now = now[:at]
	}
	line = strings.TrimSpace(line[:open])
	end := strings.IndexAny(line, " [=")
	if end < 0 {
		return line, "", now, true
	}
	return line[:end], strings.TrimSpace(line[end:]), now, true
}

func readOption(spec, now string) option {
	o := option{now: now}
	spec = strings.TrimSuffix(strings.TrimPrefix(spec, "[=("), ")]")
	if at := strings.Index(spec, " (in steps of"); at >= 0 {
		spec = spec[:at]
	}
	if low, high, ok := strings.Cut(spec, ".."); ok && !strings.Contains(spec, "|") {
		a, errA := strconv.ParseFloat(low, 64)
		b, errB := strconv.ParseFloat(strings.TrimRight(strings.TrimRight(high, ",."), "abcdefghijklmnopqrstuvwxyz%"), 64)
		if errA == nil && errB == nil && a <= b && !math.IsInf(b-a, 0) {
			o.low, o.high, o.ranged = a, b, true
		}
		return o
	}
	o.values = strings.Split(spec, "|")
	if last := len(o.values) - 1; last >= 0 && strings.HasSuffix(o.values[last], "dpi") {
		o.values[last] = strings.TrimSuffix(o.values[last], "dpi")
	}
	return o
}

func (o *options) sources() []string { return o.list["--source"].values }

// isFeeder tells the names that makers give their feeders.
func isFeeder(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "adf") || strings.Contains(name, "feeder")
}

func isDuplex(name string) bool { return strings.Contains(strings.ToLower(name), "duplex") }

func (o *options) flatbed() string {
	for _, v := range o.sources() {
		if l := strings.ToLower(v); !isFeeder(v) && !isDuplex(v) && (strings.Contains(l, "flatbed") || strings.Contains(l, "platen") || strings.Contains(l, "glass")) {
			return v
		}
	}
	return ""
}

// feeder gives the arguments for the feeder, or nil if there is none that can
// do it. Makers put both sides into the source, or into an option of its own.
func (o *options) feeder(duplex bool) []string {
	one := ""
	for _, v := range o.sources() {
		switch {
		case isDuplex(v) && duplex:
			return []string{"--source=" + v}
		case isFeeder(v) && !isDuplex(v) && !strings.Contains(strings.ToLower(v), "back") && one == "":
			one = v
		}
	}
	var args []string
	if one != "" {
		args = []string{"--source=" + one}
	}
	for _, name := range []string{"--adf-mode", "--duplex"} {
		want := map[bool][]string{false: {"Simplex", "no"}, true: {"Duplex", "yes"}}[duplex]
		for _, v := range o.list[name].values {
			if one != "" && slices.Contains(want, v) {
				return append(args, name+"="+v)
			}
		}
	}
	if duplex {
		return nil
	}
	return args
}

// choose gives where to scan from.
func (o *options) choose(source string, duplex bool) (place, *devices.Fault) {
	if source != "" && !duplex {
		return place{[]string{"--source=" + source}, isFeeder(source) || isDuplex(source)}, nil
	}
	args := o.feeder(duplex)
	switch {
	case duplex && args == nil:
		return place{}, fail(devices.Refused, "it does not scan both sides", nil)
	case args != nil:
		return place{args, true}, nil
	}
	if glass := o.flatbed(); glass != "" {
		return place{args: []string{"--source=" + glass}}, nil
	}
	return place{}, nil
}

// dpi lists the resolutions offered, if it is a list.
func (o *options) dpi() (list []int) {
	for _, v := range o.list["--resolution"].values {
		if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 1 && n <= 10000 {
			list = append(list, int(n))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// nearest is the resolution that comes nearest to dpi, 0 if none can be set.
func (o *options) nearest(dpi int) int {
	r, ok := o.list["--resolution"]
	if !ok {
		return 0
	}
	if r.ranged {
		return int(min(max(float64(dpi), r.low), r.high))
	}
	s := source{dpi: o.dpi()}
	if len(s.dpi) == 0 {
		return 0
	}
	return s.nearest(dpi)
}

// mode is the device's name for colour or gray, empty if it names neither.
func (o *options) mode(gray bool) string {
	for _, word := range map[bool][]string{false: {"color", "colour"}, true: {"gray", "grey"}}[gray] {
		for _, v := range o.list["--mode"].values {
			if strings.EqualFold(v, word) {
				return v
			}
		}
		for _, v := range o.list["--mode"].values {
			if strings.Contains(strings.ToLower(v), word) {
				return v
			}
		}
	}
	return ""
}

// arguments is the whole command line of one scan. The source comes first,
// since what else can be set may depend on it. The program waits for a line on
// its input before each page: no sheet is drawn in before the last is kept.
func (o *options) arguments(device string, from place, r devices.ScanRequest) []string {
	args := []string{"--format=jpeg", "--batch=" + pageName, "--batch-print", "--batch-prompt", "--progress"}
	if device != "" {
		args = append(args, "--device-name="+device)
	}
	switch {
	case !from.feeder:
		args = append(args, "--batch-count=1")
	case r.Max > 0:
		args = append(args, fmt.Sprintf("--batch-count=%d", r.Max))
	}
	args = append(args, from.args...)
	if m := o.mode(r.Gray); m != "" {
		args = append(args, "--mode="+m)
	}
	if d := o.list["--depth"]; d.now != "" && d.now != "8" && slices.Contains(d.values, "8") {
		args = append(args, "--depth=8")
	}
	if dpi := o.nearest(asked(r.DPI)); dpi > 0 {
		args = append(args, fmt.Sprintf("--resolution=%d", dpi))
	}
	for _, size := range []struct {
		name string
		mm   float64
	}{{"--page-width", paperWidth}, {"--page-height", paperHeight}, {"-x", paperWidth}, {"-y", paperHeight}} {
		limit := o.list[size.name]
		if !limit.ranged {
			continue
		}
		mm := strconv.FormatFloat(min(size.mm, math.Floor(limit.high*10)/10), 'f', -1, 64)
		if strings.HasPrefix(size.name, "--") {
			args = append(args, size.name+"="+mm)
		} else {
			args = append(args, size.name, mm)
		}
	}
	return args
}
