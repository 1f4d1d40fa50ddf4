package slip

import (
	"fmt"
	"time"

	"servicepoint/devices"
)

// trialLetters are the letters a technician looks at: every tone on the two
// widest vowels, and the letters no other alphabet has.
const trialLetters = "Ầ Ấ Ẫ Ẩ Ậ  Ờ Ớ Ỡ Ở Ợ  Ă Â Đ Ê Ô Ơ Ư ₫"

// Trial lays out a technician's test slip: letters, the widest line and the
// finest pattern the head must manage.
func Trial(point string, at time.Time, l Layout) (devices.Slip, error) {
	p, say, err := begin(l)
	if err != nil {
		return devices.Slip{}, fmt.Errorf("trial slip: %w", err)
	}
	p.head(say, point)
	p.text(style{bold: true, align: centre}, say("slip.trial.title"))
	p.text(style{}, when(say, "slip.trial.at", at))
	p.space(10)
	p.text(style{}, trialLetters)
	p.space(10)
	p.picture(checkers(l.Width))
	p.space(10)
	p.text(style{}, say("slip.trial.look"))
	p.foot(say, l)
	return p.out, p.err
}

// checkers is a band of single dots, squares of two and squares of four: a
// dead dot of the head shows as a white line.
func checkers(width int) devices.Bitmap {
	b := devices.NewBitmap(width, 36)
	for y := range b.Height {
		side := 1 << (y / 12)
		for x := range width {
			if (x/side+y/side)%2 == 0 {
				b.Set(x, y)
			}
		}
	}
	return b
}
