package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
	"servicepoint/ui/kit"
)

type outboxView struct {
	Link  outbox.Status
	Cause kit.Notice // what is the matter with the link; no Title: nothing
	Items []outboxRow
	Stamp string
}

type outboxRow struct {
	outbox.ItemStatus
	Procedure string
	Tone      kit.Tone
	Cause     kit.Notice // why the last try failed; no Title: it did not
	Percent   int
	Age       kit.Text
	Path      string
}

// outboxPage shows every parcel on its way, called what it is.
func (s *seat) outboxPage(c *fiber.Ctx) error {
	status := s.Outbox.Status()
	view := outboxView{Link: status, Stamp: stampOutbox(status)}
	if status.Cause != "" {
		view.Cause = s.kit.Notice(c, kit.Careful, status.Cause)
	}
	for _, it := range status.Items {
		row := outboxRow{ItemStatus: it, Procedure: s.plainName(it.Procedure), Tone: toneOf(it), Age: age(s.kit.Now().Sub(it.SealedAt)), Path: base(it.Dossier)}
		if it.Cause != "" {
			row.Cause = s.kit.Notice(c, kit.Careful, it.Cause)
		}
		if it.Parcel.Bytes > 0 {
			row.Percent = int(it.Sent * 100 / it.Parcel.Bytes)
		}
		view.Items = append(view.Items, row)
	}
	return s.show(c, "outbox", view.page())
}

func (v outboxView) page() kit.Page {
	return kit.Page{Title: kit.Say("staff.outbox.title"), Lead: kit.Say("staff.outbox.lead"), Wide: true, Data: v}
}

func toneOf(it outbox.ItemStatus) kit.Tone {
	switch {
	case it.Stuck:
		return kit.Bad
	case it.State == kiosk.Accepted:
		return kit.Good
	case it.State == kiosk.Sent || it.State == kiosk.Stored:
		return kit.Note
	}
	return kit.Careful
}

// age says how long something lies, in the largest unit that fits.
func age(d time.Duration) kit.Text {
	switch {
	case d < time.Minute:
		return kit.Say("staff.age.now")
	case d < time.Hour:
		return kit.Say("staff.age.minutes", "n", int(d.Minutes()))
	case d < 48*time.Hour:
		return kit.Say("staff.age.hours", "n", int(d.Hours()))
	}
	return kit.Say("staff.age.days", "n", int(d.Hours()/24))
}

// stampOutbox is the mark of what the page shows; bytes count in steps so that
// the page is not loaded anew for every one of them.
func stampOutbox(status outbox.Status) string {
	var rows []string
	for _, it := range status.Items {
		step := int64(0)
		if it.Parcel.Bytes > 0 {
			step = it.Sent * 10 / it.Parcel.Bytes
		}
		rows = append(rows, fmt.Sprint(it.Dossier, it.Revision, it.State, it.Cause, it.Fails, it.Stuck, step))
	}
	return stamp(status.Link, status.Cause, rows)
}

func (s *seat) outboxEvents(c *fiber.Ctx) error {
	return s.follow(c, func(context.Context) (string, error) { return stampOutbox(s.Outbox.Status()), nil })
}

// pokeOutbox has the parcels tried now.
func (s *seat) pokeOutbox(c *fiber.Ctx) error {
	s.Outbox.TryNow()
	s.tell(c, s.kit.Notice(c, kit.Note, "staff.outbox.poked"))
	return s.kit.See(c, "/staff/outbox")
}
