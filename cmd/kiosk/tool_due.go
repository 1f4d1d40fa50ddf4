package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// dueAnswer says when a result is due. Times are RFC 3339 in Hanoi; Due is nil
// for a term nobody knows.
type dueAnswer struct {
	Due         *string `json:"due"`
	Provisional bool    `json:"provisional"`
	Accepted    string  `json:"accepted"`
	Text        string  `json:"text"` // Vietnamese
}

// dueFlags are the flags of tool due as they are written.
type dueFlags struct {
	accepted, value, unit, cutoff, authority, catalog string
	pauses                                            []string
}

func dueCommand() *cobra.Command {
	var flags dueFlags
	cmd := &cobra.Command{
		Use: "due", Short: "Reckon when a result is due", Args: cobra.NoArgs,
		Example: "  kiosk tool due --accepted 2026-11-23T09:00:00+07:00 --value 2.5 --unit working_day --authority ward_police\n" +
			"  kiosk tool due --accepted 2026-11-23T15:00:00+07:00 --value 1 --unit working_day --cutoff 15:00",
	}
	f := cmd.Flags()
	f.StringVar(&flags.accepted, "accepted", "", "when the dossier is handed in, RFC 3339 (required)")
	f.StringVar(&flags.value, "value", "", "length of the term, in steps of 0.5; null for a term nobody knows (required)")
	f.StringVar(&flags.unit, "unit", "", "working_hour, working_day, calendar_day or month (required)")
	f.StringVar(&flags.cutoff, "cutoff", "", "time of day before which the day of acceptance is day 1, such as 15:00")
	f.StringVar(&flags.authority, "authority", "", "authority of the catalogue whose calendar holds, such as ward_police; empty: the default calendar")
	f.StringArrayVar(&flags.pauses, "pause", nil, "a time the clock stands still, FROM/TO in RFC 3339, TO no longer in it; may be repeated")
	f.StringVar(&flags.catalog, "catalog", "", "folder of catalogue files; empty: the built-in ones")
	return answering(cmd, func(*cobra.Command, []string) (dueAnswer, error) {
		q, err := flags.read()
		if err != nil {
			return dueAnswer{}, usageError{err}
		}
		return q.answer()
	}, func(out io.Writer, a dueAnswer) error {
		_, err := fmt.Fprintf(out, "%s\naccepted %s\n", a.Text, a.Accepted)
		return err
	})
}

// dueQuestion is what the flags say.
type dueQuestion struct {
	accepted           time.Time
	term               calendar.Term
	known              bool // the term has a value
	pauses             []calendar.Pause
	authority, catalog string
}

func (f dueFlags) read() (q dueQuestion, err error) {
	q.authority, q.catalog = f.authority, f.catalog
	if q.accepted, err = time.Parse(time.RFC3339, f.accepted); err != nil {
		return q, fmt.Errorf("--accepted %q is not a time such as 2026-11-23T09:00:00+07:00", f.accepted)
	}
	if q.known = f.value != "null"; q.known {
		q.term.Value, err = strconv.ParseFloat(f.value, 64)
		if errors.Is(err, strconv.ErrRange) {
			q.term.Value, err = math.Inf(1), nil // a number, and refused as one
		}
		if err != nil {
			return q, fmt.Errorf("--value %q is neither a number such as 2.5 nor null", f.value)
		}
	}
	switch q.term.Unit = calendar.Unit(f.unit); q.term.Unit {
	case calendar.WorkingHour, calendar.WorkingDay, calendar.CalendarDay, calendar.Month:
	default:
		return q, fmt.Errorf("--unit %q is not one of working_hour, working_day, calendar_day, month", f.unit)
	}
	if q.term.Cutoff = f.cutoff; f.cutoff != "" {
		if _, err := time.Parse("15:04", f.cutoff); err != nil || len(f.cutoff) != len("15:04") {
			return q, fmt.Errorf("--cutoff %q is not a time of day such as 15:00", f.cutoff)
		}
	}
	for _, text := range f.pauses {
		p, err := readPause(text)
		if err != nil {
			return q, err
		}
		q.pauses = append(q.pauses, p)
	}
	if f.catalog != "" {
		_, err = os.Stat(f.catalog)
	}
	return q, err
}

func readPause(text string) (p calendar.Pause, err error) {
	from, to, _ := strings.Cut(text, "/")
	if p.From, err = time.Parse(time.RFC3339, from); err == nil {
		p.To, err = time.Parse(time.RFC3339, to)
	}
	if err != nil {
		return p, fmt.Errorf("--pause %q is not two times such as 2026-11-23T09:00:00+07:00/2026-11-24T09:00:00+07:00", text)
	}
	return p, nil
}

func (q dueQuestion) answer() (dueAnswer, error) {
	if q.known && q.term.Value == 0 {
		return dueAnswer{}, kiosk.Fail(kiosk.Invalid, "due.value", errors.New("the value 0"))
	}
	load := catalog.Embedded
	if q.catalog != "" {
		load = func() (*catalog.Catalog, error) { return catalog.LoadDir(q.catalog) }
	}
	c, err := load()
	if err != nil {
		return dueAnswer{}, err
	}
	name := calendar.Default
	if q.authority != "" {
		a, ok := c.Authorities[q.authority]
		if !ok {
			return dueAnswer{}, kiosk.Fail(kiosk.NotFound, "due.authority_unknown", fmt.Errorf("authority %q", q.authority))
		}
		if a.Calendar != "" {
			name = a.Calendar
		}
	}
	hours, err := c.Calendar.For(name)
	if err != nil {
		return dueAnswer{}, err
	}
	due, err := hours.Due(q.accepted, q.term, q.pauses)
	if err != nil {
		return dueAnswer{}, err
	}
	a := dueAnswer{Provisional: due.Provisional, Accepted: due.Accepted.Format(time.RFC3339), Text: dueText(due)}
	if !due.At.IsZero() {
		at := due.At.Format(time.RFC3339)
		a.Due = &at
	}
	return a, nil
}

// dueText is the sentence residents are told.
func dueText(due calendar.Due) string {
	code := "catalog.due.at"
	switch {
	case due.At.IsZero():
		return phrases.Say(phrases.VI, "catalog.due.unknown")
	case due.Provisional:
		code = "catalog.due.provisional"
	}
	return phrases.Say(phrases.VI, code, "time", due.At.Format("15:04"), "day", due.At.Format("02/01/2006"))
}
