package calendar

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

const shippedFile = "../catalog/data/calendar.yaml"

// read decodes text as the catalogue does.
func read(t testing.TB, text string) (*Calendar, error) {
	t.Helper()
	var file struct {
		Calendar Calendar `yaml:"calendar"`
	}
	err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&file)
	return &file.Calendar, err
}

// shipped is the calendar that ships with the program.
func shipped(t testing.TB) *Calendar {
	t.Helper()
	raw, err := os.ReadFile(shippedFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(t, string(raw))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hours(t testing.TB, c *Calendar, name string) *Hours {
	t.Helper()
	h, err := c.For(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// at reads a Hanoi time such as "2026-11-23 10:00".
func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, kiosk.Hanoi)
	if err != nil {
		panic(err)
	}
	return t
}

func show(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05.999999999 -07:00")
}

func problems(c *Calendar) []string {
	var all []string
	c.Check(func(path, problem string) { all = append(all, path+": "+problem) })
	return all
}

func TestTheShippedCalendarIsRight(t *testing.T) {
	c := shipped(t)
	if got := problems(c); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
	if want := []string{"default", "community_point", "police"}; !slices.Equal(c.Names(), want) {
		t.Errorf("calendars %q, want %q", c.Names(), want)
	}
	for _, name := range c.Names() {
		hours(t, c, name)
	}
	for name, sessions := range c.Overrides {
		for i, s := range sessions {
			if s.Accepts == nil || s.Counts == nil {
				t.Errorf("overrides.%s[%d]: a flag is left to be guessed", name, i)
			}
		}
	}
	for _, h := range c.Holidays {
		if h.Certainty == "" || h.Certainty == "verified" && h.Source == "" {
			t.Errorf("%s: certainty %q, source %q", h.Date, h.Certainty, h.Source)
		}
	}
}

// plainCalendar has no flags, as somebody may write it who knows of none.
const plainCalendar = `
calendar:
  timezone: Asia/Ho_Chi_Minh
  sessions: [{days: [mon,tue,wed,thu,fri], spans: ["08:00-11:30","13:30-17:00"]}]
  overrides:
    police: [{days: [sat], spans: ["08:00-11:30"]}]
    community_point: [{days: [mon,tue,wed,thu,fri], spans: ["18:00-21:00"]}]   # serves, does not accept
  holidays: [{date: 2026-11-24, name: "Ngày Văn hóa Việt Nam", source: "NQ 28/2026/QH16"}]
  makeup_workdays: [2026-08-22]
  valid_through: 2026-12-31
`

func TestFlagsThatAreNotGiven(t *testing.T) {
	c, err := read(t, plainCalendar)
	if err != nil {
		t.Fatal(err)
	}
	if got := problems(c); len(got) > 0 {
		t.Fatal(strings.Join(got, "\n"))
	}
	for _, tt := range []struct{ calendar, handedIn, accepted string }{
		{"default", "2026-11-21 09:00", "2026-11-23 08:00"},
		{"police", "2026-11-21 09:00", "2026-11-21 09:00"},          // a day of its own: accepts
		{"community_point", "2026-11-23 19:30", "2026-11-25 08:00"}, // hours of its own: serves
		{"default", "2026-08-22 14:00", "2026-08-22 14:00"},
	} {
		if got := hours(t, c, tt.calendar).Accept(at(tt.handedIn)); !got.Equal(at(tt.accepted)) {
			t.Errorf("%s, %s: accepted %s, want %s", tt.calendar, tt.handedIn, show(got), tt.accepted)
		}
	}
	due, err := hours(t, c, "police").Due(at("2026-11-21 09:00"), Term{Value: 1, Unit: WorkingDay}, nil)
	if err != nil || !due.At.Equal(at("2026-11-23 17:00")) {
		t.Errorf("police, a Saturday, one day: due %s (%v)", show(due.At), err)
	}
}

func TestMakeupDaysAreDatesOrMappings(t *testing.T) {
	c, err := read(t, "calendar: {makeup_workdays: [2026-08-22, {date: 2026-01-10, for: 2026-01-02, source: x, certainty: partial}]}")
	want := []Makeup{{Date: "2026-08-22"}, {Date: "2026-01-10", For: "2026-01-02", Source: "x", Certainty: "partial"}}
	if diff := cmp.Diff(want, c.MakeupWorkdays); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, text := range []string{"[{day: 2026-08-22}]", "[[2026-08-22]]", "[{date: {}}]"} {
		if _, err := read(t, "calendar: {makeup_workdays: "+text+"}"); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestCheck(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name  string
		spoil func(c *Calendar)
		want  string // how the first problem begins
	}{
		{"zone", func(c *Calendar) { c.Timezone = "Asia/Bangkok" }, "timezone: "},
		{"no zone", func(c *Calendar) { c.Timezone = "" }, "timezone: "},
		{"no sessions", func(c *Calendar) { c.Sessions = nil }, "sessions: no session accepts"},
		{"nothing counts", func(c *Calendar) { c.Sessions[0].Counts = &no }, "sessions: no session counts"},
		{"nothing accepts", func(c *Calendar) { c.Sessions[0].Accepts = &no }, "sessions: no session accepts"},
		{"no days", func(c *Calendar) { c.Sessions[0].Days = nil }, "sessions[0].days: is empty"},
		{"no spans", func(c *Calendar) { c.Sessions[0].Spans = nil }, "sessions[0].spans: is empty"},
		{"day", func(c *Calendar) { c.Sessions[0].Days[1] = "thứ ba" }, `sessions[0].days[1]: "thứ ba" is not a day`},
		{"day twice", func(c *Calendar) { c.Sessions[0].Days[1] = "mon" }, `sessions[0].days[1]: "mon" stands here twice`},
		{"span", func(c *Calendar) { c.Sessions[0].Spans[1] = "13:30–17:00" }, "sessions[0].spans[1]: "},
		{"hour", func(c *Calendar) { c.Sessions[0].Spans[1] = "13:30-25:00" }, "sessions[0].spans[1]: "},
		{"reversed", func(c *Calendar) { c.Sessions[0].Spans[1] = "17:00-13:30" }, `sessions[0].spans[1]: "17:00-13:30" ends before`},
		{"empty span", func(c *Calendar) { c.Sessions[0].Spans[1] = "17:00-17:00" }, "sessions[0].spans[1]: "},
		{"overlap", func(c *Calendar) { c.Sessions[0].Spans[1] = "11:29-17:00" }, "sessions[0].spans[1]: overlaps sessions[0].spans[0] on Monday"},
		{"overlap of lists", func(c *Calendar) {
			c.Overrides["police"] = append(c.Overrides["police"], Session{Days: []string{"fri"}, Spans: []string{"16:00-18:00"}, Accepts: &yes})
		}, "overrides.police[1].spans[0]: overlaps sessions[0].spans[1] on Friday"},
		{"too many spans", func(c *Calendar) {
			for i := range 11 {
				c.Sessions[0].Spans = append(c.Sessions[0].Spans, fmt.Sprintf("20:%02d-20:%02d", 2*i, 2*i+1))
			}
		}, "sessions[0].spans[12]: is one of 13 spans on Monday"},
		{"name", func(c *Calendar) { c.Overrides["Công an"] = nil }, "overrides.Công an: "},
		{"name of the default", func(c *Calendar) { c.Overrides["default"] = nil }, "overrides.default: "},
		{"holiday", func(c *Calendar) { c.Holidays[0].Date = "2025-02-29" }, "holidays[0].date: "},
		{"holiday as people write it", func(c *Calendar) { c.Holidays[0].Date = "01/09/2025" }, "holidays[0].date: "},
		{"holiday twice", func(c *Calendar) { c.Holidays[1].Date = c.Holidays[0].Date }, "holidays[1].date: 2025-09-01 stands"},
		{"holiday without a name", func(c *Calendar) { c.Holidays[0].Name = "" }, "holidays[0].name: "},
		{"certainty", func(c *Calendar) { c.Holidays[0].Certainty = "sure" }, "holidays[0].certainty: "},
		{"make-up", func(c *Calendar) { c.MakeupWorkdays[0].Date = "soon" }, "makeup_workdays[0].date: "},
		{"make-up twice", func(c *Calendar) { c.MakeupWorkdays[1].Date = c.MakeupWorkdays[0].Date }, "makeup_workdays[1].date: "},
		{"make-up on a holiday", func(c *Calendar) { c.MakeupWorkdays[0].Date = "2026-09-02" }, "makeup_workdays[0].date: 2026-09-02 is a holiday"},
		{"make-up on a working day", func(c *Calendar) { c.MakeupWorkdays[0].Date = "2026-11-23" }, "makeup_workdays[0].date: 2026-11-23 is a working day"},
		{"make-up for a working day", func(c *Calendar) { c.MakeupWorkdays[0].For = "2026-11-23" }, "makeup_workdays[0].for: 2026-11-23 is not among"},
		{"make-up for a Sunday", func(c *Calendar) { c.MakeupWorkdays[0].For = "2026-04-26" }, "makeup_workdays[0].for: 2026-04-26 is off by the week"},
		{"make-up certainty", func(c *Calendar) { c.MakeupWorkdays[0].Certainty = "sure" }, "makeup_workdays[0].certainty: "},
		{"no end", func(c *Calendar) { c.ValidThrough = "" }, "valid_through: "},
		{"end", func(c *Calendar) { c.ValidThrough = "2026-12-32" }, "valid_through: "},
		{"a year by mistake", func(c *Calendar) { c.ValidThrough = "0026-12-31" }, "valid_through: "},
	}
	for _, tt := range tests {
		c := shipped(t)
		tt.spoil(c)
		got := problems(c)
		if len(got) == 0 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: %q, want %q first", tt.name, got, tt.want)
		}
		if _, err := c.For(Default); kiosk.CodeOf(err) != "due.calendar_broken" {
			t.Errorf("%s: For gives %v", tt.name, err)
		}
	}
}

func TestForKnowsTheNames(t *testing.T) {
	if _, err := shipped(t).For("army"); kiosk.CodeOf(err) != "due.calendar_unknown" || kiosk.KindOf(err) != kiosk.NotFound {
		t.Error(err)
	}
	if _, err := new(Calendar).For(Default); kiosk.CodeOf(err) != "due.calendar_broken" {
		t.Error(err)
	}
}

func TestOpen(t *testing.T) {
	c := shipped(t)
	for _, tt := range []struct {
		calendar, at string
		open         bool
		next         string
	}{
		{"default", "2026-11-23 08:00", true, "2026-11-23 13:30"},
		{"default", "2026-11-23 07:59", false, "2026-11-23 08:00"},
		{"default", "2026-11-23 11:30", false, "2026-11-23 13:30"},
		{"default", "2026-11-23 17:00", false, "2026-11-25 08:00"},
		{"community_point", "2026-11-23 19:30", true, "2026-11-25 08:00"},
		{"community_point", "2026-11-23 17:00", false, "2026-11-23 18:00"},
		{"community_point", "2026-11-24 19:30", false, "2026-11-25 08:00"},
		{"police", "2026-11-21 08:30", true, "2026-11-23 08:00"},
		{"police", "2026-08-22 16:00", true, "2026-08-24 08:00"}, // a make-up Saturday
		{"default", "2026-08-22 16:00", true, "2026-08-24 08:00"},
	} {
		h := hours(t, c, tt.calendar)
		if open, next := h.Open(at(tt.at).UTC()), h.OpensNext(at(tt.at).UTC()); open != tt.open || !next.Equal(at(tt.next)) {
			t.Errorf("%s, %s: open %v, next %s; want %v, %s", tt.calendar, tt.at, open, show(next), tt.open, tt.next)
		}
	}
}

func TestInvariant21_ADossierBelongsToTheLocalDay(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-23T16:30:00Z":      "2026-11-23", // 23:30 in Hanoi
		"2026-11-23T23:30:00+07:00": "2026-11-23",
		"2026-11-23T17:00:00Z":      "2026-11-24",
		"2026-11-24T02:30:00+14:00": "2026-11-23",
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := LocalDay(at); got != want {
			t.Errorf("LocalDay(%s) = %s, want %s", text, got, want)
		}
		// Whatever zone a moment comes in, the answer is the same and in Hanoi's.
		h := hours(t, shipped(t), Default)
		due, err := h.Due(at, Term{Value: 1, Unit: CalendarDay}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range []time.Time{due.At, due.Accepted, h.Accept(at), h.OpensNext(at)} {
			if _, offset := answer.Zone(); offset != 7*60*60 {
				t.Errorf("%s: the answer %s is not in Hanoi time", text, show(answer))
			}
		}
		inHanoi, _ := h.Due(at.In(kiosk.Hanoi), Term{Value: 1, Unit: CalendarDay}, nil)
		if !inHanoi.At.Equal(due.At) || !inHanoi.Accepted.Equal(due.Accepted) {
			t.Errorf("%s: in another zone due %s, not %s", text, show(inHanoi.At), show(due.At))
		}
	}
}
