package calendar

import (
	"math"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
)

// pauses reads "2026-11-25 09:00/2026-11-25 10:00" and more of them after commas.
func pauses(text string) []Pause {
	var all []Pause
	for pair := range strings.SplitSeq(text, ",") {
		if from, to, ok := strings.Cut(pair, "/"); ok {
			all = append(all, Pause{at(from), at(to)})
		}
	}
	return all
}

// The week these examples live in: Monday 23, Tuesday 24 (off), … November 2026.
var examples = []struct {
	name     string
	calendar string
	handedIn string
	term     Term
	pauses   string
	due      string
	accepted string // empty: as handed in
}{
	// Acceptance.
	{"on a working day", "default", "2026-11-18 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-19 17:00", ""},
	{"at opening", "default", "2026-11-18 08:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-19 17:00", ""},
	{"the last minute", "default", "2026-11-18 16:59", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-19 17:00", ""},
	{"at closing time", "default", "2026-11-18 17:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-20 17:00", "2026-11-19 08:00"},
	{"at the morning's end", "default", "2026-11-18 11:30", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-20 17:00", "2026-11-19 08:00"},
	{"at noon", "default", "2026-11-18 12:15", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-20 17:00", "2026-11-19 08:00"},
	{"before opening", "default", "2026-11-18 07:30", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-20 17:00", "2026-11-19 08:00"},
	{"in the evening", "community_point", "2026-11-18 19:30", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-20 17:00", "2026-11-19 08:00"},
	{"on a Saturday", "default", "2026-11-21 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-25 17:00", "2026-11-23 08:00"},
	{"on a holiday", "default", "2026-11-24 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-26 17:00", "2026-11-25 08:00"},
	// The police on Saturdays.
	{"police, Saturday", "police", "2026-11-21 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-23 17:00", ""},
	{"police, Saturday noon", "police", "2026-11-21 11:30", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-25 17:00", "2026-11-23 08:00"},
	{"police, Friday evening", "police", "2026-11-20 18:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-11-23 17:00", "2026-11-21 08:00"},
	{"police, Thursday, two days", "police", "2026-11-19 09:00", Term{Value: 2, Unit: WorkingDay}, "", "2026-11-23 17:00", ""},
	{"police, hours", "police", "2026-11-21 09:00", Term{Value: 2, Unit: WorkingHour}, "", "2026-11-23 10:00", ""},
	{"police, calendar day", "police", "2026-11-20 09:00", Term{Value: 1, Unit: CalendarDay}, "", "2026-11-23 17:00", ""},
	{"police, same day on a Saturday", "police", "2026-11-21 09:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-23 17:00", ""},
	// Make-up Saturdays.
	{"a make-up day counts", "default", "2026-08-21 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-08-22 17:00", ""},
	{"a make-up day accepts", "default", "2026-08-22 15:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-08-24 17:00", ""},
	{"a make-up day is whole for the police", "police", "2026-08-21 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-08-22 17:00", ""},
	{"the swapped day is off", "default", "2026-08-28 09:00", Term{Value: 1, Unit: WorkingDay}, "", "2026-09-03 17:00", ""},
	{"hours on a make-up day", "default", "2026-08-21 16:00", Term{Value: 8, Unit: WorkingHour}, "", "2026-08-22 17:00", ""},
	// Cutoff.
	{"before the cutoff", "default", "2026-11-18 14:59", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-18 17:00", ""},
	{"at the cutoff", "default", "2026-11-18 15:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-19 17:00", ""},
	{"after closing", "default", "2026-11-18 18:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-19 17:00", "2026-11-19 08:00"},
	{"at the cutoff before a holiday", "default", "2026-11-23 15:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-25 17:00", ""},
	{"half a day under a cutoff", "default", "2026-11-18 09:00", Term{Value: 0.5, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-18 11:30", ""},
	{"half a day, the morning over", "default", "2026-11-18 14:00", Term{Value: 0.5, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-18 17:00", ""},
	{"three days under a cutoff", "default", "2026-11-18 09:00", Term{Value: 3, Unit: WorkingDay, Cutoff: "15:00"}, "", "2026-11-20 17:00", ""},
	{"a calendar day under a cutoff", "default", "2026-11-18 09:00", Term{Value: 1, Unit: CalendarDay, Cutoff: "15:00"}, "", "2026-11-18 17:00", ""},
	{"a calendar day at a cutoff", "default", "2026-11-20 15:00", Term{Value: 1, Unit: CalendarDay, Cutoff: "15:00"}, "", "2026-11-23 17:00", ""},
	{"half a calendar day, the morning over", "default", "2026-11-18 14:00", Term{Value: 0.5, Unit: CalendarDay, Cutoff: "15:00"}, "", "2026-11-18 17:00", ""},
	{"calendar days under a cutoff from a Saturday", "police", "2026-11-14 09:00", Term{Value: 3, Unit: CalendarDay, Cutoff: "15:00"}, "", "2026-11-17 17:00", ""},
	// Half days.
	{"half a day", "default", "2026-11-18 14:00", Term{Value: 0.5, Unit: WorkingDay}, "", "2026-11-19 11:30", ""},
	{"two and a half days", "default", "2026-11-18 14:00", Term{Value: 2.5, Unit: WorkingDay}, "", "2026-11-23 11:30", ""},
	{"one and a half calendar days", "default", "2026-11-17 14:00", Term{Value: 1.5, Unit: CalendarDay}, "", "2026-11-19 11:30", ""},
	{"half a calendar day over a weekend", "default", "2026-11-20 14:00", Term{Value: 0.5, Unit: CalendarDay}, "", "2026-11-23 11:30", ""},
	{"half a calendar day never before whole ones", "default", "2026-11-20 14:00", Term{Value: 2.5, Unit: CalendarDay}, "", "2026-11-23 17:00", ""},
	// Working hours.
	{"hours in one session", "default", "2026-11-18 08:10", Term{Value: 1.5, Unit: WorkingHour}, "", "2026-11-18 09:40", ""},
	{"hours to the session's end", "default", "2026-11-18 16:00", Term{Value: 1, Unit: WorkingHour}, "", "2026-11-18 17:00", ""},
	{"hours over noon", "default", "2026-11-18 11:00", Term{Value: 1, Unit: WorkingHour}, "", "2026-11-18 14:00", ""},
	{"hours over a holiday", "default", "2026-11-23 16:00", Term{Value: 8, Unit: WorkingHour}, "", "2026-11-25 17:00", ""},
	{"hours from an evening", "community_point", "2026-11-18 19:30", Term{Value: 8, Unit: WorkingHour}, "", "2026-11-20 09:00", "2026-11-19 08:00"},
	// Calendar days and months.
	{"calendar days", "default", "2026-11-18 09:00", Term{Value: 2, Unit: CalendarDay}, "", "2026-11-20 17:00", ""},
	{"calendar days ending on a Sunday", "default", "2026-11-18 09:00", Term{Value: 4, Unit: CalendarDay}, "", "2026-11-23 17:00", ""},
	{"calendar days ending on a holiday", "default", "2026-11-18 09:00", Term{Value: 6, Unit: CalendarDay}, "", "2026-11-25 17:00", ""},
	{"a month", "default", "2026-10-23 09:00", Term{Value: 1, Unit: Month}, "", "2026-11-23 17:00", ""},
	{"a month ending on a holiday", "default", "2026-10-24 09:00", Term{Value: 1, Unit: Month}, "", "2026-11-26 17:00", "2026-10-26 08:00"},
	{"a month too short", "default", "2026-03-31 09:00", Term{Value: 1, Unit: Month}, "", "2026-05-04 17:00", ""},
	{"into February", "default", "2025-12-31 09:00", Term{Value: 2, Unit: Month}, "", "2026-03-02 17:00", ""},
	{"twelve months", "default", "2025-11-17 09:00", Term{Value: 12, Unit: Month}, "", "2026-11-17 17:00", ""},
	// Pauses.
	{"an hour in the morning", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 09:00/2026-11-17 10:00", "2026-11-18 11:30", ""},
	{"a whole day", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 00:00/2026-11-18 00:00", "2026-11-18 17:00", ""},
	{"a morning", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 08:00/2026-11-17 11:30", "2026-11-18 11:30", ""},
	{"a morning of half a day", "default", "2026-11-16 09:00", Term{Value: 0.5, Unit: WorkingDay}, "2026-11-17 08:00/2026-11-17 11:30", "2026-11-17 17:00", ""},
	{"minutes of half a day", "default", "2026-11-16 09:00", Term{Value: 0.5, Unit: WorkingDay}, "2026-11-17 10:00/2026-11-17 10:05", "2026-11-17 17:00", ""},
	{"noon", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 11:30/2026-11-17 13:30", "2026-11-17 17:00", ""},
	{"a night", "default", "2026-11-16 09:00", Term{Value: 2, Unit: WorkingDay}, "2026-11-17 17:00/2026-11-18 08:00", "2026-11-18 17:00", ""},
	{"a weekend", "default", "2026-11-19 09:00", Term{Value: 2, Unit: WorkingDay}, "2026-11-20 17:00/2026-11-23 08:00", "2026-11-23 17:00", ""},
	{"the day of acceptance", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-16 10:00/2026-11-16 16:00", "2026-11-17 17:00", ""},
	{"before handing in", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-13 10:00/2026-11-16 09:00", "2026-11-17 17:00", ""},
	{"after the end", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 17:00/2026-11-18 12:00", "2026-11-17 17:00", ""},
	{"overlapping", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-11-17 10:00/2026-11-17 11:00,2026-11-17 09:00/2026-11-17 10:30", "2026-11-18 11:30", ""},
	{"same day", "default", "2026-11-16 09:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "2026-11-16 10:00/2026-11-16 11:00", "2026-11-17 11:30", ""},
	{"same day, before acceptance", "default", "2026-11-16 10:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "2026-11-16 08:00/2026-11-16 10:00", "2026-11-16 17:00", ""},
	{"the rest of the same day", "default", "2026-11-16 14:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "2026-11-16 14:00/2026-11-16 17:00", "2026-11-17 11:30", ""},
	{"half a same day, the morning over", "default", "2026-11-16 14:00", Term{Value: 0.5, Unit: WorkingDay, Cutoff: "15:00"}, "2026-11-16 14:00/2026-11-16 15:00", "2026-11-17 11:30", ""},
	{"hours", "default", "2026-11-16 08:00", Term{Value: 2, Unit: WorkingHour}, "2026-11-16 09:00/2026-11-16 09:30", "2026-11-16 11:30", ""},
	{"hours into the afternoon", "default", "2026-11-16 08:00", Term{Value: 3, Unit: WorkingHour}, "2026-11-16 09:00/2026-11-16 10:00", "2026-11-16 17:00", ""},
	{"hours, at the very end", "default", "2026-11-16 08:00", Term{Value: 2, Unit: WorkingHour}, "2026-11-16 10:00/2026-11-16 12:00", "2026-11-16 10:00", ""},
	{"calendar days", "default", "2026-11-16 09:00", Term{Value: 2, Unit: CalendarDay}, "2026-11-17 00:00/2026-11-18 00:00", "2026-11-19 17:00", ""},
	{"not quite a calendar day", "default", "2026-11-16 09:00", Term{Value: 2, Unit: CalendarDay}, "2026-11-17 00:01/2026-11-18 00:00", "2026-11-18 17:00", ""},
	{"calendar days in pieces", "default", "2026-11-16 09:00", Term{Value: 2, Unit: CalendarDay}, "2026-11-17 12:00/2026-11-18 12:00,2026-11-16 10:00/2026-11-17 12:00", "2026-11-19 17:00", ""},
	{"a Sunday", "default", "2026-11-19 09:00", Term{Value: 4, Unit: CalendarDay}, "2026-11-22 00:00/2026-11-23 00:00", "2026-11-25 17:00", ""},
	{"the day a date off moves to", "default", "2026-11-13 09:00", Term{Value: 1, Unit: CalendarDay}, "2026-11-16 00:00/2026-11-17 00:00", "2026-11-17 17:00", ""},
	{"a month", "default", "2026-10-12 09:00", Term{Value: 1, Unit: Month}, "2026-10-20 00:00/2026-10-23 00:00", "2026-11-16 17:00", ""},
	{"a month, at its end", "default", "2026-10-16 09:00", Term{Value: 1, Unit: Month}, "2026-11-16 00:00/2026-11-18 00:00", "2026-11-18 17:00", ""},
}

func TestDue(t *testing.T) {
	c := shipped(t)
	for _, tt := range examples {
		want := tt.accepted
		if want == "" {
			want = tt.handedIn
		}
		due, err := hours(t, c, tt.calendar).Due(at(tt.handedIn), tt.term, pauses(tt.pauses))
		if err != nil || !due.At.Equal(at(tt.due)) || !due.Accepted.Equal(at(want)) || due.Provisional {
			t.Errorf("%s (%s, %v %s %s): accepted %s, due %s, provisional %v (%v); want %s, %s",
				tt.name, tt.handedIn, tt.term.Value, tt.term.Unit, tt.pauses, show(due.Accepted), show(due.At), due.Provisional, err, want, tt.due)
		}
	}
}

// An evening that accepts and does not count leaves no working time of the day.
func TestTheSameDayNeedsTimeToKeepItIn(t *testing.T) {
	c := shipped(t)
	yes := true
	c.Overrides["late"] = []Session{{Days: []string{"wed"}, Spans: []string{"18:00-21:00"}, Accepts: &yes}}
	for _, unit := range []Unit{WorkingDay, CalendarDay} {
		for value, want := range map[float64]string{0.5: "2026-11-19 11:30", 1: "2026-11-19 17:00"} {
			due, err := hours(t, c, "late").Due(at("2026-11-18 18:30"), Term{Value: value, Unit: unit, Cutoff: "20:00"}, nil)
			if err != nil || !due.Accepted.Equal(at("2026-11-18 18:30")) || !due.At.Equal(at(want)) {
				t.Errorf("%v %s: accepted %s, due %s (%v); want %s", value, unit, show(due.Accepted), show(due.At), err, want)
			}
		}
	}
}

func TestDueRefuses(t *testing.T) {
	h := hours(t, shipped(t), Default)
	now := at("2026-11-18 09:00")
	one := Term{Value: 1, Unit: WorkingDay}
	tests := []struct {
		name     string
		handedIn time.Time
		term     Term
		pauses   []Pause
		want     kiosk.Code
	}{
		{"thirds", now, Term{Value: 1.3, Unit: WorkingDay}, nil, "due.value"},
		{"a quarter", now, Term{Value: 0.25, Unit: WorkingHour}, nil, "due.value"},
		{"negative", now, Term{Value: -1, Unit: WorkingDay}, nil, "due.value"},
		{"no number", now, Term{Value: math.NaN(), Unit: WorkingDay}, nil, "due.value"},
		{"infinite", now, Term{Value: math.Inf(1), Unit: WorkingDay}, nil, "due.value"},
		{"minus infinite", now, Term{Value: math.Inf(-1), Unit: WorkingDay}, nil, "due.value"},
		{"huge", now, Term{Value: 1e300, Unit: WorkingDay}, nil, "due.too_far"},
		{"ten years of hours", now, Term{Value: 24 * 3660, Unit: WorkingHour}, nil, "due.too_far"},
		{"ten years of days", now, Term{Value: 3700, Unit: CalendarDay}, nil, "due.too_far"},
		{"ten years of working days", now, Term{Value: 3000, Unit: WorkingDay}, nil, "due.too_far"},
		{"ten years of months", now, Term{Value: 121, Unit: Month}, nil, "due.too_far"},
		{"very many months", now, Term{Value: 80000, Unit: Month}, nil, "due.too_far"},
		{"half a month", now, Term{Value: 1.5, Unit: Month}, nil, "due.month_half"},
		{"unit", now, Term{Value: 1, Unit: "week"}, nil, "due.unit"},
		{"no unit", now, Term{Value: 1}, nil, "due.unit"},
		{"cutoff", now, Term{Value: 1, Unit: WorkingDay, Cutoff: "3pm"}, nil, "due.cutoff"},
		{"short cutoff", now, Term{Value: 1, Unit: WorkingDay, Cutoff: "9:00"}, nil, "due.cutoff"},
		{"late cutoff", now, Term{Value: 1, Unit: WorkingDay, Cutoff: "24:00"}, nil, "due.cutoff"},
		{"cutoff of hours", now, Term{Value: 1, Unit: WorkingHour, Cutoff: "15:00"}, nil, "due.cutoff"},
		{"cutoff of months", now, Term{Value: 1, Unit: Month, Cutoff: "15:00"}, nil, "due.cutoff"},
		{"reversed pause", now, one, []Pause{{now.Add(time.Hour), now}}, "due.pause_reversed"},
		{"a pause without end", now, one, []Pause{{From: now}}, "due.pause_reversed"},
		{"a pause of decades", now, one, []Pause{{now, now.AddDate(30, 0, 0)}}, "due.too_far"},
		{"the zero time", time.Time{}, one, nil, "due.moment"},
		{"long ago", at("1999-12-31 09:00"), one, nil, "due.moment"},
		{"in the far future", at("3000-01-01 09:00"), one, nil, "due.moment"},
	}
	for _, tt := range tests {
		due, err := h.Due(tt.handedIn, tt.term, tt.pauses)
		if kiosk.CodeOf(err) != tt.want || kiosk.KindOf(err) != kiosk.Invalid || due != (Due{}) {
			t.Errorf("%s: %+v, %v; want %s", tt.name, due, err, tt.want)
		}
	}
}

func TestInvariant5_UnknownTermGivesNoDate(t *testing.T) {
	h := hours(t, shipped(t), Default)
	for _, term := range []Term{{}, {Unit: WorkingDay}, {Unit: "OTHER"}, {Unit: Month, Cutoff: "15:00"}} {
		due, err := h.Due(at("2026-11-18 18:00"), term, nil)
		if err != nil || !due.At.IsZero() || due.Provisional || !due.Accepted.Equal(at("2026-11-19 08:00")) {
			t.Errorf("%+v: %+v, %v", term, due, err)
		}
	}
}

func TestInvariant5_TheDayOfCultureIsOffFrom2026(t *testing.T) {
	h := hours(t, shipped(t), Default)
	for handedIn, want := range map[string]string{
		"2026-11-23 09:00": "2026-11-25 17:00",
		"2025-11-21 09:00": "2025-11-24 17:00",
	} {
		if due, err := h.Due(at(handedIn), Term{Value: 1, Unit: WorkingDay}, nil); err != nil || !due.At.Equal(at(want)) {
			t.Errorf("%s: due %s (%v), want %s", handedIn, show(due.At), err, want)
		}
	}
}

func TestInvariant5_PastTheCalendarADateIsProvisional(t *testing.T) {
	h := hours(t, shipped(t), Default)
	for _, tt := range []struct {
		handedIn    string
		term        Term
		due         string
		provisional bool
	}{
		{"2026-12-30 09:00", Term{Value: 1, Unit: WorkingDay}, "2026-12-31 17:00", false},
		{"2026-12-31 09:00", Term{Value: 1, Unit: WorkingDay, Cutoff: "15:00"}, "2026-12-31 17:00", false},
		{"2026-12-30 09:00", Term{Value: 1.5, Unit: WorkingDay}, "2027-01-04 11:30", true}, // over a holiday that is known already
		{"2026-12-30 09:00", Term{Value: 8, Unit: WorkingHour}, "2026-12-31 10:00", false},
		{"2026-12-31 16:30", Term{Value: 1, Unit: WorkingHour}, "2027-01-04 08:30", true},
		{"2026-11-30 09:00", Term{Value: 1, Unit: Month}, "2026-12-30 17:00", false},
		{"2026-12-02 09:00", Term{Value: 1, Unit: Month}, "2027-01-04 17:00", true},
	} {
		due, err := h.Due(at(tt.handedIn), tt.term, nil)
		if err != nil || !due.At.Equal(at(tt.due)) || due.Provisional != tt.provisional {
			t.Errorf("%s, %v %s: due %s, provisional %v (%v); want %s, %v", tt.handedIn, tt.term.Value, tt.term.Unit, show(due.At), due.Provisional, err, tt.due, tt.provisional)
		}
	}
}

// All days are holidays: there is no date, and no search without an end.
func TestACalendarWithoutADayEnds(t *testing.T) {
	c := shipped(t)
	c.Holidays, c.MakeupWorkdays = nil, nil
	for d := dateOf(at("2026-11-18 00:00")); d <= dateOf(at("2046-11-18 00:00")); d++ {
		c.Holidays = append(c.Holidays, Holiday{Date: LocalDay(d.start()), Name: "nghỉ"})
	}
	h := hours(t, c, Default)
	now := at("2026-11-18 09:00")
	if got := h.Accept(now); !got.IsZero() {
		t.Errorf("accepted %s", show(got))
	}
	if got := h.OpensNext(now); !got.IsZero() {
		t.Errorf("opens %s", show(got))
	}
	if _, err := h.Due(now, Term{Value: 1, Unit: WorkingDay}, nil); kiosk.CodeOf(err) != "due.too_far" {
		t.Error(err)
	}
	for _, unit := range []Unit{WorkingHour, WorkingDay, CalendarDay, Month} {
		if due, err := h.Due(at("2026-11-17 16:59"), Term{Value: 1, Unit: unit}, nil); kiosk.CodeOf(err) != "due.too_far" {
			t.Errorf("%s: %+v, %v", unit, due, err)
		}
	}
}
