package slip

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/qr"
)

// The usual widths of paper, in dots of 203 to the inch.
const (
	Wide   = 576 // 80 mm
	Narrow = 384 // 58 mm
)

// widest bounds what a layout takes: no head that is known has more dots.
const widest = 832

// Layout is how a slip is printed.
type Layout struct {
	Width   int          // dots of the printer's head: Wide, Narrow or another even number from Narrow on
	Lang    phrases.Lang // "" is Vietnamese
	Demo    bool         // marked as a trial print
	Reprint int          // 1 for the first copy after the original, 0 for the original
}

// TicketInfo is what stands on a queue ticket.
type TicketInfo struct {
	PointCode kiosk.PointCode // for the QR code
	Point     string          // the point's name
	No        int             // the number, from 1
	Class     string          // the class as a person reads it, see ClassName
	Procedure string          // its name, empty if none was chosen
	Ahead     int             // how many wait before this one
	At        time.Time       // when it was taken
}

// ClassName gives a class as a person reads it, empty for none.
func ClassName(lang phrases.Lang, c kiosk.Class) string {
	if c == "" {
		return ""
	}
	return phrases.Say(lang, "slip.class."+string(c))
}

// Ticket lays out a queue ticket.
func Ticket(t TicketInfo, l Layout) (devices.Slip, error) {
	code, err := qr.TicketCode(qr.TicketRef{Point: t.PointCode, Day: t.At.In(kiosk.Hanoi).Format(time.DateOnly), No: t.No})
	if err != nil {
		return devices.Slip{}, fmt.Errorf("ticket slip: %w", err)
	}
	p, say, err := begin(l)
	if err != nil {
		return devices.Slip{}, fmt.Errorf("ticket slip: %w", err)
	}
	p.head(say, t.Point)
	p.text(style{bold: true, align: centre}, say("slip.ticket.title"))
	p.space(14)
	p.number(strconv.Itoa(t.No), numberWidth(l.Width, t.No))
	p.space(18)
	if t.Class != "" {
		p.badge(t.Class)
		p.space(14)
	}
	p.rule(true)
	p.space(10)
	if t.Procedure != "" {
		p.text(style{bold: true}, t.Procedure)
	} else {
		p.text(style{}, say("slip.ticket.ask"))
	}
	p.space(6)
	if t.Ahead > 0 {
		p.text(style{}, say("slip.ticket.ahead", "n", t.Ahead))
	} else {
		p.text(style{}, say("slip.ticket.next"))
	}
	p.text(style{}, when(say, "slip.ticket.taken", t.At))
	p.space(10)
	p.rule(true)
	p.space(10)
	p.text(style{bold: true}, say("slip.ticket.wait"))
	p.text(style{}, say("slip.ticket.absent"))
	p.code(qr.Text(qr.Ticket, code), say("slip.qr.ticket"))
	p.foot(say, l)
	return p.out, p.err
}

// numberWidth is how wide one digit of the ticket's number is.
func numberWidth(width, no int) int {
	digits := max(2, len(strconv.Itoa(no)))
	return min(width/5, (width-48)/digits)
}

// sayer says a phrase in the slip's language.
type sayer func(code string, args ...any) string

// begin starts a slip with the marks that every slip of this kind carries.
func begin(l Layout) (*page, sayer, error) {
	if l.Width < Narrow || l.Width > widest || l.Width%2 != 0 {
		return nil, nil, fmt.Errorf("no slip for paper of %d dots, only from %d to %d and even", l.Width, Narrow, widest)
	}
	if l.Reprint < 0 {
		return nil, nil, errors.New("the number of a reprint must not be negative")
	}
	lang := l.Lang
	if lang == "" {
		lang = phrases.VI
	}
	say := func(code string, args ...any) string { return phrases.Say(lang, code, args...) }
	p := newPage(l.Width)
	if l.Demo {
		p.banner(say("slip.demo"))
		p.space(8)
	}
	if l.Reprint > 0 {
		p.banner(say("slip.reprint", "n", l.Reprint))
		p.space(8)
	}
	return p, say, p.err
}

// head adds whose slip it is.
func (p *page) head(say sayer, point string) {
	p.space(4)
	p.text(style{bold: true, align: centre}, say("slip.place"))
	p.text(style{align: centre}, point)
	p.space(10)
	p.rule(false)
	p.space(14)
}

// foot adds what the slip is not, and room for the cutter.
func (p *page) foot(say sayer, l Layout) {
	p.space(6)
	p.boxed(say("slip.not_receipt"))
	if l.Demo {
		p.space(8)
		p.banner(say("slip.demo"))
	}
	p.space(24)
}

// when says a time of day and a day, both as the clock in Hanoi shows them.
func when(say sayer, code string, at time.Time) string {
	local := at.In(kiosk.Hanoi)
	return say(code, "time", local.Format("15:04"), "date", local.Format("02/01/2006"))
}
