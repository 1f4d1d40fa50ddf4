package printer_test

import (
	"testing"
	"time"

	"servicepoint/devices/printer"
)

func TestProbeTellsWhatThePrinterCanDo(t *testing.T) {
	for _, c := range []struct {
		profile string
		want    printer.Probe // but for what it says of itself
		first   string
	}{
		{"epson-tm-t20", printer.Probe{Realtime: true, AutoStatus: true, Queued: true, ProcessID: true}, "epson-tm-t20"},
		{"clone-80", printer.Probe{Realtime: true, Queued: true}, "clone-80"},
		{"epson-tm-t88iii", printer.Probe{Realtime: true, AutoStatus: true, Queued: true}, "epson-tm-t88iii"},
		{"mute-58", printer.Probe{}, "mute-58"},
	} {
		inBubble(t, c.profile, nil, func(t *testing.T, p *pair) {
			start := time.Now()
			got, err := p.Probe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("%s: took %v", c.profile, d)
			}
			if got.Realtime != c.want.Realtime || got.AutoStatus != c.want.AutoStatus || got.Queued != c.want.Queued || got.ProcessID != c.want.ProcessID {
				t.Errorf("%s: %+v", c.profile, got)
			}
			if len(got.Fits) == 0 || got.Fits[0] != c.first {
				t.Errorf("%s (%s %s) fits %v", c.profile, got.Maker, got.Model, got.Fits)
			}
			if c.profile == "epson-tm-t20" && (got.Maker == "" || got.Model == "") {
				t.Errorf("%s did not say what it is: %+v", c.profile, got)
			}
		})
	}
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		if _, err := p.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.printsWell(t)
	})
}
