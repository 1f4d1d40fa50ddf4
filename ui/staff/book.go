package staff

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

// The day of a point: the first and the last quarter of an hour to come at,
// in minutes since midnight.
const (
	firstQuarter = 7 * 60
	lastQuarter  = 20*60 + 45
)

// Fields of the booking form that are chosen from a list.
const (
	bookDate = iota
	bookTime
	bookProcedure
	bookClass
)

func bookForm(offered []catalog.Procedure) *kit.Form {
	times := kit.Field{ID: "time", Label: kit.Say("staff.book.time")}
	for m := firstQuarter; m <= lastQuarter; m += 15 {
		t := fmt.Sprintf("%02d:%02d", m/60, m%60)
		times.Choices = append(times.Choices, kit.Choice{ID: t, Label: kit.Words(t)})
	}
	procedure := kit.Field{ID: "procedure", Label: kit.Say("staff.book.procedure")}
	for _, p := range offered {
		procedure.Choices = append(procedure.Choices, kit.Choice{ID: string(p.ID), Label: kit.Words(p.PlainName)})
	}
	class := kit.Field{ID: "class", Label: kit.Say("staff.book.class"), Value: string(kiosk.ClassBooked)}
	for _, x := range kiosk.Classes {
		if x != kiosk.ClassWalkIn {
			class.Choices = append(class.Choices, kit.Choice{ID: string(x), Label: kit.Say(kiosk.Code("staff.class." + x))})
		}
	}
	return &kit.Form{Submit: kit.Say("staff.book.submit"), Icon: "calendar-check", Fields: []kit.Field{
		bookDate:      {ID: "date", Kind: kit.DateField, Label: kit.Say("staff.book.date"), Hint: kit.Say("staff.book.date_hint")},
		bookTime:      times,
		bookProcedure: procedure,
		bookClass:     class,
	}}
}

func (s *seat) bookPage(c *fiber.Ctx) error {
	form := bookForm(s.offered())
	now := s.kit.Now().In(kiosk.Hanoi)
	slot := nextQuarter(now)
	form.Fields[bookDate].Value = slot.Format(time.DateOnly)
	form.Fields[bookTime].Value = slot.Format("15:04")
	return s.showBook(c, form, 0)
}

// nextQuarter is the next quarter of an hour that can be chosen: today's, or
// tomorrow's first when today has none left.
func nextQuarter(now time.Time) time.Time {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	m := (now.Hour()*60+now.Minute())/15*15 + 15
	if m > lastQuarter {
		midnight, m = midnight.AddDate(0, 0, 1), firstQuarter
	}
	return midnight.Add(time.Duration(max(m, firstQuarter)) * time.Minute)
}

func (s *seat) showBook(c *fiber.Ctx, form *kit.Form, status int) error {
	return s.show(c, "book", bookPage(form, status))
}

func bookPage(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.book.title"), Lead: kit.Say("staff.book.lead"), Back: "/staff", Form: form, Status: status}
}

// booking is the registration just made, as its page shows it.
type booking struct {
	kiosk.Booking
	Text string // of the QR
}

// book registers a person ahead.
func (s *seat) book(c *fiber.Ctx) error {
	form := bookForm(s.offered())
	form.Fill(c)
	slot, err := time.ParseInLocation("2006-01-02 15:04", form.Value("date")+" "+form.Value("time"), kiosk.Hanoi)
	if err != nil {
		form.Fields[bookDate].Error = "staff.book.no_slot"
		return s.showBook(c, form, fiber.StatusUnprocessableEntity)
	}
	b, text, err := s.Counter.Book(s.kit.Ctx(c), intake.BookingRequest{Slot: slot, Procedure: kiosk.ProcedureID(form.Value("procedure")), Class: kiosk.Class(form.Value("class"))})
	if form.Blame(err) {
		return s.showBook(c, form, fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	kit.Keep(s.kit, c, booking{b, text})
	return s.kit.See(c, "/staff/book/done")
}

type bookedView struct {
	booking
	Procedure string
	QR        [][]bool
}

// booked shows the registration's QR and code for the person to take along.
func (s *seat) booked(c *fiber.Ctx) error {
	b, ok := kit.Kept[booking](s.kit, c)
	if !ok {
		return s.kit.See(c, "/staff/book")
	}
	matrix, err := qr.Matrix(b.Text)
	if err != nil {
		return err
	}
	return s.show(c, "booked", bookedView{b, s.plainName(b.Procedure), matrix}.page())
}

func (v bookedView) page() kit.Page {
	return kit.Page{Title: kit.Say("staff.booked.title"), Lead: kit.Say("staff.booked.lead"), Back: "/staff", Data: v}
}
