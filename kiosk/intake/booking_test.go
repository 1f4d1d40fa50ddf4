package intake_test

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/seal"
)

func keysOf(s ...seal.Signer) []ed25519.PublicKey {
	var keys []ed25519.PublicKey
	for _, signer := range s {
		keys = append(keys, signer.Public())
	}
	return keys
}

func (p *point) book(slot time.Time, class kiosk.Class) (kiosk.Booking, string) {
	p.t.Helper()
	b, text, err := p.counter.Book(p.t.Context(), intake.BookingRequest{Procedure: birth, Slot: slot, Class: class})
	must(p.t, err)
	return b, text
}

func TestBookingIsSignedAndNamesNobody(t *testing.T) {
	p := newPoint(t)
	b, text := p.book(morning.Add(time.Hour), kiosk.ClassElderly)
	if len(text) > 300 || text != strings.ToUpper(text) {
		t.Errorf("%d characters: %s", len(text), text)
	}
	read, err := qr.ReadBooking(text, keysOf(p.signer))
	must(t, err)
	if read != b {
		t.Errorf("the code says %+v, the row %+v", read, b)
	}
	other, err := seal.NewSigner()
	must(t, err)
	if _, err := qr.ReadBooking(text, keysOf(other)); kiosk.CodeOf(err) != "booking.untrusted" {
		t.Errorf("a stranger's key takes it: %v", err)
	}
}

func TestBookingRefusesWhatCannotBe(t *testing.T) {
	p := newPoint(t)
	_, _, err := p.counter.Book(t.Context(), intake.BookingRequest{Procedure: "no-such", Slot: morning, Class: kiosk.ClassBooked})
	wants(t, err, "procedure.unknown", kiosk.Invalid)
	_, _, err = p.counter.Book(t.Context(), intake.BookingRequest{Procedure: birth, Slot: morning.Add(-13 * time.Hour), Class: kiosk.ClassBooked})
	wants(t, err, "booking.slot_past", kiosk.Invalid)
}

// A booking counts once, at its own point, on its own day, until it expires.
func TestCheckIn(t *testing.T) {
	foreign := func(p *point, change func(*kiosk.Booking), by seal.Signer) string {
		b := kiosk.Booking{ID: "ABCDEFGHIJ", Point: "DTH01", Procedure: birth, Class: kiosk.ClassBooked, Slot: morning, Expires: morning.Add(12 * time.Hour)}
		change(&b)
		text, err := qr.SignBooking(b, by.Key)
		must(p.t, err)
		return text
	}
	stranger, err := seal.NewSigner()
	must(t, err)
	for _, c := range []struct {
		name string
		text func(p *point) string
		want kiosk.Code // "" is a ticket
	}{
		{"made here, scanned", func(p *point) string { _, text := p.book(morning, kiosk.ClassBooked); return text }, ""},
		{"made here, typed", func(p *point) string { b, _ := p.book(morning, kiosk.ClassBooked); return string(b.ID) }, ""},
		{"typed as people do", func(p *point) string {
			b, _ := p.book(morning, kiosk.ClassBooked)
			return " " + strings.ToLower(string(b.ID[:5])) + "-" + strings.ToLower(string(b.ID[5:])) + " "
		}, ""},
		{"typed with digits for the letters they look like", func(p *point) string {
			b, _ := p.book(morning, kiosk.ClassBooked)
			for !strings.ContainsAny(string(b.ID), "OIB") {
				b, _ = p.book(morning, kiosk.ClassBooked)
			}
			return strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(string(b.ID))
		}, ""},
		{"made elsewhere, by a key we know", func(p *point) string { return foreign(p, func(*kiosk.Booking) {}, p.signer) }, ""},
		{"late in the same morning", func(p *point) string {
			_, text := p.book(morning, kiosk.ClassBooked)
			p.clock.pass(11 * time.Hour)
			return text
		}, ""},
		{"made by a stranger", func(p *point) string { return foreign(p, func(*kiosk.Booking) {}, stranger) }, "booking.untrusted"},
		{"other point", func(p *point) string { return foreign(p, func(b *kiosk.Booking) { b.Point = "MDI02" }, p.signer) }, "booking.other_point"},
		{"expired", func(p *point) string {
			_, text := p.book(morning, kiosk.ClassBooked)
			p.clock.pass(12*time.Hour + time.Minute)
			return text
		}, "booking.expired"},
		{"another day", func(p *point) string { _, text := p.book(morning.Add(24*time.Hour), kiosk.ClassBooked); return text }, "booking.other_day"},
		{"the night before", func(p *point) string {
			_, text := p.book(morning.Add(13*time.Hour), kiosk.ClassBooked) // 22:00
			p.clock.pass(15*time.Hour + time.Minute)                        // 00:01 of the next day
			return text
		}, "booking.other_day"},
		{"unknown", func(*point) string { return "AAAAAAAAAA" }, "booking.unknown"},
		{"nothing", func(*point) string { return "  " }, "booking.unknown"},
		{"no booking at all", func(*point) string { return qr.Text('D', "DTH01-261123-0042-V") }, "booking.malformed"},
		{"one letter changed", func(p *point) string {
			_, text := p.book(morning, kiosk.ClassBooked)
			last := text[len(text)-5]
			return text[:len(text)-5] + string(rune('A'+(last-'A'+1)%26)) + text[len(text)-4:]
		}, "booking.untrusted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPoint(t)
			text := c.text(p)
			ticket, err := p.counter.CheckIn(t.Context(), text)
			if c.want != "" {
				wants(t, err, c.want)
				if line, _ := p.counter.Line(t.Context()); len(line) != 0 {
					t.Errorf("refused, yet in line: %v", line)
				}
				return
			}
			must(t, err)
			if ticket.No != 1 || ticket.Class != kiosk.ClassBooked || ticket.Procedure != birth || ticket.State != kiosk.Waiting || ticket.Booking == "" {
				t.Errorf("got %+v", ticket)
			}
			_, err = p.counter.CheckIn(t.Context(), text)
			wants(t, err, "booking.used", kiosk.Conflict)
		})
	}
}

func TestBookingUsedIsUsedAfterARestart(t *testing.T) {
	p := newPoint(t)
	_, text := p.book(morning, kiosk.ClassBooked)
	_, err := p.counter.CheckIn(t.Context(), text)
	must(t, err)
	must(t, p.store.Close())
	p.open()
	p.counter.Tickets = p.store
	_, err = p.counter.CheckIn(t.Context(), text)
	wants(t, err, "booking.used")
}

// A class that comes first in the line keeps its lane when it has booked.
func TestCheckInKeepsThePriorityClass(t *testing.T) {
	p := newPoint(t)
	for class, want := range map[kiosk.Class]kiosk.Class{
		kiosk.ClassElderly: kiosk.ClassElderly, kiosk.ClassMerit: kiosk.ClassMerit, kiosk.ClassWalkIn: kiosk.ClassBooked, kiosk.ClassBooked: kiosk.ClassBooked,
	} {
		_, text := p.book(morning, class)
		ticket, err := p.counter.CheckIn(t.Context(), text)
		must(t, err)
		if ticket.Class != want {
			t.Errorf("booked as %s, waits as %s, want %s", class, ticket.Class, want)
		}
	}
}
