package main

import (
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
)

func TestTheCalendarsEndIsToldBeforeItComes(t *testing.T) {
	c := &catalog.Catalog{Calendar: calendar.Calendar{ValidThrough: "2026-12-31"}}
	for _, tt := range []struct {
		now  time.Time
		ends bool
	}{
		{time.Date(2026, 12, 17, 23, 59, 0, 0, kiosk.Hanoi), false},
		{time.Date(2026, 12, 18, 0, 0, 0, 0, kiosk.Hanoi), true},
		{time.Date(2027, 3, 1, 9, 0, 0, 0, kiosk.Hanoi), true},
	} {
		if day, ends := lastKnownDay(c, tt.now); day != "31/12/2026" || ends != tt.ends {
			t.Errorf("%v: %q, %v", tt.now, day, ends)
		}
	}
}
