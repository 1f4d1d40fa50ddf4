package resident

import (
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

// Exhibits are these screens for the gallery. All in them is invented.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "resident", Seat: kit.Window, Files: pageFiles, Exhibits: exhibits}
}

func exhibits(tell kit.Tell, lang phrases.Lang) []kit.Exhibit {
	cat := shownCatalog()
	out := []kit.Exhibit{
		{Name: "start", Screen: "start", Page: startView{Goals: goals, Reader: true}.page(nil)},
		{Name: "start-no-paper", Screen: "start", Page: startView{Goals: goals}.page([]kit.Notice{tell(kit.Careful, "resident.no_paper")})},
		{Name: "help", Screen: "help", Page: helpView{Here: "/procedures"}.page()},
		{Name: "help-with-number", Screen: "help", Page: helpView{Ticket: 42}.page()},
		{Name: "class", Screen: "class", Page: classView{classChoices()}.page()},
		{Name: "procedure", Screen: "procedure", Page: procedureView{cat.Procedures}.page()},
		{Name: "procedure-none", Screen: "procedure", Page: procedureView{}.page()},
	}
	out = append(out, shownFinds(cat)...)
	out = append(out, shownLand(lang, cat)...)
	out = append(out, shownCheckIns(tell)...)
	out = append(out, shownNumbers(tell, cat)...)
	out = append(out, shownProcedures(lang, cat)...)
	for i := range out {
		if out[i].Screen != "start" {
			out[i].Role = kit.Resident
		}
	}
	return out
}

func shownCheckIns(tell kit.Tell) []kit.Exhibit {
	empty := checkInForm()
	empty.Fields[0].Error = "resident.check_in.empty"
	used := tell(kit.Careful, "booking.used")
	used.Status = 409
	return []kit.Exhibit{
		{Name: "check-in", Screen: "check-in", Page: checkInView{Reader: true}.page(checkInForm(), nil)},
		{Name: "check-in-no-reader", Screen: "check-in", Page: checkInView{}.page(checkInForm(), nil)},
		{Name: "check-in-empty", Screen: "check-in", Page: checkInView{Reader: true}.page(empty, nil)},
		{Name: "check-in-used", Screen: "check-in", Page: checkInView{Reader: true, Failed: true}.page(checkInForm(), []kit.Notice{used})},
	}
}

func shownNumbers(tell kit.Tell, cat *catalog.Catalog) []kit.Exhibit {
	noPaper := tell(kit.Careful, "printer.paper_out")
	noPaper.Incident = "7KQ2MP"
	matrix, _ := qr.Matrix(qr.Text('T', "DTH012611230042X")) // a code nobody has
	ticket := func(no int, class kiosk.Class) kiosk.Ticket {
		return kiosk.Ticket{Day: "2026-11-23", No: no, Class: class}
	}
	views := []struct {
		name string
		view ticketView
	}{
		{"number-printing", ticketView{Ticket: ticket(42, kiosk.ClassElderly), Procedure: cat.Procedures[0], Ahead: 3, Paper: printing, QR: matrix}},
		{"number-printed", ticketView{Ticket: ticket(7, kiosk.ClassWalkIn), Ahead: 0, Paper: printed, QR: matrix}},
		{"number-sent", ticketView{Ticket: ticket(108, kiosk.ClassPregnantInfant), Procedure: cat.Procedures[1], Ahead: 27, Paper: sent, QR: matrix}},
		{"number-no-paper", ticketView{Ticket: ticket(999, kiosk.ClassSupplementReturn), Procedure: cat.Procedures[1], Ahead: -1, Paper: failed, Trouble: noPaper, QR: matrix}},
	}
	var out []kit.Exhibit
	for _, v := range views {
		out = append(out, kit.Exhibit{Name: v.name, Screen: "ticket", Page: v.view.page()})
	}
	return out
}

func shownProcedures(lang phrases.Lang, cat *catalog.Catalog) []kit.Exhibit {
	full, long, empty, copied := cat.Procedures[0], cat.Procedures[1], cat.Procedures[2], cat.Procedures[3]
	checked := full
	checked.Capability = "precheck_only"
	newYear := time.Date(2026, 12, 30, 20, 0, 0, 0, kiosk.Hanoi) // after hours, and past the holidays that are known
	return []kit.Exhibit{
		{Name: "bring", Screen: "bring", Page: bring(lang, cat, full, nil, shownAt()).page()},
		{Name: "bring-answered", Screen: "bring", Page: bring(lang, cat, full, kiosk.Answers{"married": "true", "place": skipped}, shownAt()).page()},
		{Name: "bring-long", Screen: "bring", Page: bring(lang, cat, long, nil, shownAt()).page()},
		{Name: "bring-provisional", Screen: "bring", Page: bring(lang, cat, long, nil, newYear).page()},
		{Name: "bring-exempt", Screen: "bring", Page: bring(lang, cat, copied, nil, shownAt()).page()},
		{Name: "bring-precheck", Screen: "bring", Page: bring(lang, cat, checked, nil, shownAt()).page()},
		{Name: "bring-unknown", Screen: "bring", Page: bring(lang, cat, empty, nil, shownAt()).page()},
	}
}
