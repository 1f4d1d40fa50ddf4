package slip

import (
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk/phrases"
)

func TestTrialFitsThePaperInBothLanguages(t *testing.T) {
	for _, width := range []int{Wide, Narrow} {
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
			s, err := Trial("Điểm phục vụ Đại Thanh", time.Unix(1795000000, 0), Layout{Width: width, Lang: lang})
			if err != nil {
				t.Fatal(err)
			}
			paper := s.Paint()
			if paper.Width != width || paper.Height < 200 {
				t.Errorf("%d %s: painted %d by %d", width, lang, paper.Width, paper.Height)
			}
			if !paper.At(0, bandTop(t, s)) || !paper.At(width-2, bandTop(t, s)) {
				t.Errorf("%d %s: the band does not reach both edges", width, lang)
			}
		}
	}
}

// bandTop finds the first row of dots of the test band.
func bandTop(t *testing.T, s devices.Slip) int {
	t.Helper()
	y := 0
	for _, r := range s.Rows {
		if r.Raster != nil && r.Raster.Height == 36 && r.Raster.Width == s.Width {
			return y
		}
		y += r.Height()
	}
	t.Fatal("the slip holds no band")
	return 0
}
