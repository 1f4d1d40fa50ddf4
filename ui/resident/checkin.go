package resident

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

type checkInView struct {
	Reader bool
	Failed bool // the last code did not do: the way on is an ordinary number
}

func checkInForm() *kit.Form {
	return &kit.Form{Action: "/check-in", Submit: kit.Say("resident.check_in.submit"), Fields: []kit.Field{
		{ID: "code", Kind: kit.CodeField, Label: kit.Say("resident.check_in.code"), Hint: kit.Say("resident.check_in.code_hint"), MaxRunes: 320},
	}}
}

// checkInPage waits for the reader and offers to type.
func (s *Screens) checkInPage(c *fiber.Ctx) error { return s.showCheckIn(c, checkInForm(), nil) }

func (s *Screens) showCheckIn(c *fiber.Ctx, form *kit.Form, trouble []kit.Notice) error {
	return s.pages.Show(c, "check-in", checkInView{Reader: s.Scans != nil, Failed: len(trouble) > 0}.page(form, trouble))
}

func (v checkInView) page(form *kit.Form, trouble []kit.Notice) kit.Page {
	page := kit.Page{Title: kit.Say("resident.check_in.title"), Back: "/", Form: form, Notices: trouble, Data: v}
	if len(trouble) > 0 {
		page.Status = trouble[0].Status
	}
	if len(form.Wrong()) > 0 {
		page.Status = fiber.StatusUnprocessableEntity
	}
	return page
}

func (s *Screens) checkIn(c *fiber.Ctx) error { return s.checkInWith(c, c.FormValue("code")) }

// longestTyped tells a code that was typed from one that was read.
const longestTyped = 24

// checkInWith turns the code of a booking, read or typed, into a number.
func (s *Screens) checkInWith(c *fiber.Ctx, code string) error {
	v := s.visit(c)
	if v.Ticket.No != 0 {
		return s.kit.See(c, "/ticket/mine")
	}
	form := checkInForm()
	if code == "" {
		form.Fields[0].Error = "resident.check_in.empty"
		return s.showCheckIn(c, form, nil)
	}
	t, err := s.Counter.CheckIn(s.kit.Ctx(c), code)
	if err != nil {
		switch kiosk.KindOf(err) {
		case kiosk.Invalid, kiosk.NotFound, kiosk.Conflict, kiosk.Forbidden:
			if len(code) <= longestTyped {
				form.Fields[0].Value = code // to be mended, not typed again
			}
			return s.showCheckIn(c, form, []kit.Notice{s.kit.Explain(c, err)})
		}
		return err
	}
	return s.give(c, v, t)
}

// scan streams the bookings the reader reads to the page that waits for them. A
// booking names nobody, so its code may travel to the screen in front of the
// person. Nothing else does: a card read at the desk is nobody's business here.
func (s *Screens) scan(c *fiber.Ctx) error {
	if s.Scans == nil {
		return fiber.ErrNotFound
	}
	return s.kit.Stream(c, func(ctx context.Context) <-chan kit.Event {
		out := make(chan kit.Event)
		in := s.Scans(ctx)
		go func() {
			defer close(out)
			for {
				select {
				case <-ctx.Done():
					return
				case code, open := <-in:
					if !open {
						return
					}
					if p, err := qr.Parse(string(code.Raw)); err != nil || p.Kind != qr.Booking {
						continue
					}
					select {
					case out <- kit.Event{Name: "scan", Data: string(code.Raw)}:
					case <-ctx.Done():
						return
					}
				}
			}
		}()
		return out
	})
}
