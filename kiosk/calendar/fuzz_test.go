package calendar

import (
	"encoding/json"
	"testing"
	"time"

	"servicepoint/kiosk"
)

// Whatever an operator writes and whoever asks: no panic, an end, and of a
// calendar that Check finds nothing wrong with an answer that makes sense.
func FuzzDue(f *testing.F) {
	raw, err := json.Marshal(shipped(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, "police", int64(1795399200), 2.5, "working_day", "15:00", int64(1795400000), int64(3600))
	f.Add([]byte(`{"timezone":"Asia/Ho_Chi_Minh","sessions":[{"days":["sun"],"spans":["00:00-23:59"]}],"valid_through":"2999-12-31"}`),
		"default", int64(1795399200), 12.0, "month", "", int64(1795400000), int64(86400*400))
	f.Add([]byte(`{}`), "default", int64(-1<<62), -0.5, "", "x", int64(1<<62), int64(-1))
	f.Fuzz(func(t *testing.T, calendar []byte, name string, handedIn int64, value float64, unit, cutoff string, from, length int64) {
		var c Calendar
		if json.Unmarshal(calendar, &c) != nil {
			return
		}
		found := problems(&c)
		h, err := c.For(name)
		if len(found) > 0 {
			if kiosk.CodeOf(err) != "due.calendar_broken" {
				t.Fatalf("Check says %q, For %v", found, err)
			}
			return
		}
		if err != nil {
			return
		}
		at := time.Unix(handedIn, 0)
		h.Open(at)
		h.OpensNext(at)
		term := Term{Value: value, Unit: Unit(unit), Cutoff: cutoff}
		due, err := h.Due(at, term, []Pause{{time.Unix(from, 0), time.Unix(from, 0).Add(time.Duration(length))}})
		if err != nil {
			if due != (Due{}) || kiosk.CodeOf(err) == "internal" {
				t.Fatalf("%+v beside %v", due, err)
			}
			return
		}
		if due.Accepted.Before(at) || (due.At.IsZero() != (value == 0)) || (value > 0 && (!due.At.After(due.Accepted) || !h.works(dateOf(due.At)))) {
			t.Fatalf("handed in %s: %+v", at, due)
		}
	})
}

func BenchmarkDue(b *testing.B) {
	h := hours(b, shipped(b), Default)
	handedIn := at("2026-11-18 09:00")
	stops := pauses("2026-11-20 09:00/2026-11-23 10:00,2026-11-26 15:00/2026-12-02 09:30")
	for name, term := range map[string]Term{
		"days": {Value: 15, Unit: WorkingDay}, "hours": {Value: 40, Unit: WorkingHour},
		"calendar": {Value: 30, Unit: CalendarDay}, "year": {Value: 250, Unit: WorkingDay},
	} {
		for how, p := range map[string][]Pause{"": nil, "-paused": stops} {
			b.Run(name+how, func(b *testing.B) {
				for b.Loop() {
					if _, err := h.Due(handedIn, term, p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkFor(b *testing.B) {
	c := shipped(b)
	for b.Loop() {
		if _, err := c.For("police"); err != nil {
			b.Fatal(err)
		}
	}
}
