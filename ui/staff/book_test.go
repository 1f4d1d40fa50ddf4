package staff

import (
	"testing"
	"time"

	"servicepoint/kiosk"
)

func TestNextQuarterIsNeverPast(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, kiosk.Hanoi)
	for minute := range 24 * 60 {
		now := day.Add(time.Duration(minute) * time.Minute)
		slot := nextQuarter(now)
		of := slot.Hour()*60 + slot.Minute()
		if !slot.After(now) || of%15 != 0 || of < firstQuarter || of > lastQuarter {
			t.Fatalf("at %s the proposal is %s", now.Format("15:04"), slot.Format("02/01 15:04"))
		}
	}
	late := nextQuarter(day.Add(23 * time.Hour))
	if late.Day() != 24 || late.Hour()*60+late.Minute() != firstQuarter {
		t.Errorf("late in the evening the proposal is %s", late)
	}
}
