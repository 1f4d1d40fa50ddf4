package virtual

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func parse(t *testing.T, text string) Script {
	t.Helper()
	s, err := ParseScript(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScriptIsRead(t *testing.T) {
	got := parse(t, "# first\n\nat 2.5 unplug\n  at 1.5s  noise 1e-4 # loud\nrow 120 paper_out\r\nsheet 2 flip\ncommand 3 mute\n")
	want := Script{
		{Line: 3, When: "at", At: 2500 * time.Millisecond, Word: "unplug"},
		{Line: 4, When: "at", At: 1500 * time.Millisecond, Word: "noise 1e-4"},
		{Line: 5, When: "row", N: 120, Word: "paper_out"},
		{Line: 6, When: "sheet", N: 2, Word: "flip"},
		{Line: 7, When: "command", N: 3, Word: "mute"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestScriptErrorsNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"at 1 unplug\nunplug":                    `line 2: an order begins with at, row, sheet or command, not "unplug"`,
		"#\nat soon unplug":                      `line 2: "soon" is no number of seconds`,
		"at 1":                                   "line 1: at needs a number and a word",
		"row 0 unplug":                           `line 1: "0" is no number of a row`,
		"row 1.5 unplug":                         `line 1: "1.5" is no number of a row`,
		"sheet 99999999999 flip":                 "line 1: ",
		"at -1 unplug":                           "line 1: ",
		"at 1e9 unplug":                          "line 1: ",
		"at 1 " + strings.Repeat("x", 2000):      "line 1: ",
		"\n" + strings.Repeat("at 1 x\n", 10001): "line 10002: a script has at most 10000 orders",
	} {
		if _, err := ParseScript(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	p := &Printer{}
	for text, want := range map[string]string{
		"at 1 earthquake": `line 1: no fault "earthquake"`, "\nat 1 mute loudly": `line 2: mute takes no "loudly"`, "sheet 1 mute": "line 1: this device has no order by sheet",
	} {
		if err := parse(t, text).Run(t.Context(), p); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// diary is a far end that writes down what it obeys.
type diary struct {
	start         time.Time
	lines         []string
	sheet, moment func(int)
}

func (d *diary) Fault(word string) error {
	if word == "broken" {
		return errors.New("cannot")
	}
	d.lines = append(d.lines, fmt.Sprint(time.Since(d.start), " ", word))
	return nil
}
func (d *diary) Words() []Word         { return PrinterWords() }
func (d *diary) OnSheet(f func(int))   { d.sheet = f }
func (d *diary) OnCommand(f func(int)) { d.moment = f }

func TestScriptRunsInItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{start: time.Now()}
		err := parse(t, "at 2 plug\nat 0.5 unplug\nat 2 mute\nsheet 2 chatter\nsheet 2 late 1\ncommand 1 calm\n").Run(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		d.sheet(1)
		d.sheet(2)
		d.moment(1)
		want := []string{"500ms unplug", "2s plug", "2s mute", "2s chatter", "2s late 1", "2s calm"}
		if !slices.Equal(d.lines, want) {
			t.Errorf("%q", d.lines)
		}
		if err := parse(t, "\nat 0 broken").Run(t.Context(), d); err == nil || err.Error() != "line 2: cannot" {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := parse(t, "at 61 mute").Run(ctx, d); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestScriptGoesByRows(t *testing.T) {
	b := newBench(t, "epson-tm-t20")
	if err := parse(t, "row 3 paper_out\nat 0 paper_low").Run(t.Context(), b.Printer); err != nil {
		t.Fatal(err)
	}
	b.send("\x1bJ\x05")
	b.mustReach(3)
}

func FuzzParseScript(f *testing.F) {
	f.Add("at 2.5 unplug\nrow 120 paper_out # x\nsheet 2 flip\n")
	f.Add("at 1h0.5s noise 1e-4\ncommand 1 x")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScript(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Error(err)
			}
			return
		}
		for _, o := range s {
			if o.Line < 1 || o.Word == "" || o.At < 0 || o.At > longest || o.When != "at" && o.N < 1 {
				t.Errorf("%+v", o)
			}
		}
	})
}
