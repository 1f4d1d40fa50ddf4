package staff

import (
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

// Exhibits are these screens for the gallery. Everybody in them is invented.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "staff", Seat: kit.Desk, Files: files, Exhibits: exhibits}
}

// shownAt is the moment the exhibits were taken.
func shownAt() time.Time { return time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC) }

func exhibits(tell kit.Tell, lang phrases.Lang) []kit.Exhibit {
	var out []kit.Exhibit
	for _, some := range [][]kit.Exhibit{shownLines(tell), shownBookings(), shownAnswers(lang), shownForms(lang), shownQuestions(lang), shownCards(tell), shownPapers(tell), shownReviews(lang), shownHandOvers(), shownFees(lang), shownOutboxes(tell), shownSlipPages(tell), shownFinds(tell)} {
		out = append(out, some...)
	}
	for i := range out {
		out[i].Role, out[i].Who = kit.Clerk, "Cô Lan"
	}
	return append(shownSignIns(), out...)
}

func shownSignIns() []kit.Exhibit {
	all := []kiosk.Staff{{ID: "lan", Name: "Cô Lan", Role: kiosk.RoleClerk}, {ID: "minh", Name: "Anh Minh", Role: kiosk.RoleTechnician}}
	wrong, locked := signInForm(all), signInForm(all)
	wrong.Fields[0].Value, locked.Fields[0].Value = "lan", "lan"
	wrong.Fields[1].Error, wrong.Fields[1].Hint = "staff.wrong_pin", kit.Say("staff.wrong_pin.do")
	locked.Fields[1].Error, locked.Fields[1].Hint = "staff.locked", kit.Say("staff.locked.do")
	return []kit.Exhibit{
		{Name: "sign-in", Screen: "sign-in", Page: signInPage(kit.Desk, signInForm(all), 0)},
		{Name: "sign-in-nobody", Screen: "sign-in", Page: signInPage(kit.Desk, signInForm(nil), 0)},
		{Name: "sign-in-wrong", Screen: "sign-in", Page: signInPage(kit.Desk, wrong, 403)},
		{Name: "sign-in-locked", Screen: "sign-in", Page: signInPage(kit.Desk, locked, 403)},
	}
}

func shownLines(tell kit.Tell) []kit.Exhibit {
	ticket := func(no int, class kiosk.Class, state kiosk.TicketState) kiosk.Ticket {
		return kiosk.Ticket{Day: "2026-11-23", No: no, Class: class, State: state, TakenAt: shownAt().Add(time.Duration(no) * time.Minute), CalledAt: shownAt()}
	}
	dossier := shownWork(kiosk.Declared).Dossier
	absent := ticket(13, kiosk.ClassWalkIn, kiosk.Waiting)
	absent.Absences = 2
	full := lineView{
		Called: []ticketCard{
			{Ticket: ticket(7, kiosk.ClassElderly, kiosk.Serving), Procedure: shownTerms().Procedure.PlainName, Mine: true, By: "Cô Lan", Dossiers: []kiosk.Dossier{dossier}},
			{Ticket: ticket(8, kiosk.ClassBooked, kiosk.Called), Mine: true, By: "Cô Lan"},
			{Ticket: ticket(9, kiosk.ClassWalkIn, kiosk.Serving), Procedure: longName, By: "Anh Quang"},
		},
		Waiting: []ticketRow{{ticket(11, kiosk.ClassPregnantInfant, kiosk.Waiting), longName}, {ticket(12, kiosk.ClassSupplementReturn, kiosk.Waiting), ""}, {absent, shownTerms().Procedure.PlainName}},
		Calls:   []kit.Notice{tell(kit.Careful, callsCode)},
	}
	full.Calls[0].Since = shownAt()
	for _, state := range []kiosk.State{kiosk.Open, kiosk.Declared, kiosk.Reviewed, kiosk.Consented, kiosk.Prepared, kiosk.Filing} {
		full.Unfinished = append(full.Unfinished, unfinishedRow{shownWork(state).Dossier, longName, "Anh Quang"})
	}
	trouble := []kit.Notice{tell(kit.Bad, "printer.paper_out"), tell(kit.Careful, "uplink.unreachable")}
	usual := lineView{Waiting: full.Waiting[:1]}
	return []kit.Exhibit{
		{Name: "line", Screen: "line", Page: usual.page(nil)},
		{Name: "line-empty", Screen: "line", Page: lineView{}.page([]kit.Notice{tell(kit.Note, "staff.line.nobody")})},
		{Name: "line-full", Screen: "line", Page: full.page(trouble)},
	}
}

func shownBookings() []kit.Exhibit {
	offered := shownProcedures()
	wrong := bookForm(offered)
	wrong.Fields[bookDate].Value, wrong.Fields[bookDate].Error = "26-99-x", "staff.book.no_slot"
	b := kiosk.Booking{ID: "A2B3C4D5E6", Slot: shownAt().Add(time.Hour), Class: kiosk.ClassElderly, Expires: shownAt().Add(10 * time.Hour)}
	matrix, _ := qr.Matrix("SP1.B.INVENTED2BOOKING3THAT4NO5POINT6TAKES") // nobody has this code
	unread := openForm(offered, "")
	unread.Fields[0].Error, unread.Fields[1].Error = "staff.open.no_procedure", "staff.open.notice_unread"
	return []kit.Exhibit{
		{Name: "book", Screen: "book", Page: bookPage(bookForm(offered), 0)},
		{Name: "book-wrong", Screen: "book", Page: bookPage(wrong, 422)},
		{Name: "booked", Screen: "booked", Page: bookedView{booking{Booking: b}, longName, matrix}.page()},
		{Name: "open", Screen: "open", Page: openView{Ticket: 0, Notice: noticeParts, picks: picks{Elsewhere: shownElsewhere()}}.page(openForm(offered, ""), 0)},
		{Name: "open-found", Screen: "open", Page: openView{Ticket: 0, Notice: noticeParts, picks: picks{Query: "lam khai sinh", Confident: true, Elsewhere: shownElsewhere()[:1]}}.page(openForm(offered, ""), 0)},
		{Name: "open-unsure", Screen: "open", Page: openView{Ticket: 42, Notice: noticeParts, picks: picks{Query: "giấy tờ nhà"}}.page(openForm(offered[1:], ""), 0)},
		{Name: "open-none", Screen: "open", Page: openView{Ticket: 42, Notice: noticeParts, picks: picks{Query: "nuôi rồng"}}.page(openForm(nil, ""), 0)},
		{Name: "open-for-ticket", Screen: "open", Page: openView{Ticket: 42, Notice: noticeParts, picks: picks{}}.page(openForm(offered, offered[0].ID), 0)},
		{Name: "open-came-for-else", Screen: "open", Page: openView{Ticket: 42, Notice: noticeParts, Came: came{shownElsewhere()[0], "procedure.precheck"}}.page(openForm(offered, ""), 0)},
		{Name: "open-wrong", Screen: "open", Page: openView{Ticket: 42, Notice: noticeParts, picks: picks{}}.page(unread, 422)},
	}
}

func shownOutboxes(tell kit.Tell) []kit.Exhibit {
	full := outboxView{Link: outbox.Status{Link: outbox.LinkDown, Since: shownAt(), Probe: shownAt().Add(time.Minute)}, Cause: tell(kit.Careful, "uplink.unreachable")}
	for i, state := range []kiosk.State{kiosk.Sealed, kiosk.Announced, kiosk.Uploading, kiosk.Sent, kiosk.Stored, kiosk.Accepted} {
		item := outbox.ItemStatus{Next: shownAt().Add(time.Hour), Fails: i, Stuck: state == kiosk.Sent}
		item.State, item.LocalCode, item.Revision = state, shownCode, 1+i%2
		row := outboxRow{ItemStatus: item, Procedure: longName, Tone: toneOf(item), Percent: 40, Age: age(time.Duration(i*i) * time.Hour), Path: kit.Specimen}
		if i > 1 {
			row.Cause = tell(kit.Careful, "uplink.captive")
		}
		full.Items = append(full.Items, row)
	}
	return []kit.Exhibit{
		{Name: "outbox-empty", Screen: "outbox", Page: outboxView{Link: outbox.Status{Link: outbox.LinkUp, Since: shownAt()}}.page()},
		{Name: "outbox-unknown", Screen: "outbox", Page: outboxView{Link: outbox.Status{Link: outbox.LinkUnknown}}.page()},
		{Name: "outbox-full", Screen: "outbox", Page: full.page()},
	}
}

func shownSlipPages(tell kit.Tell) []kit.Exhibit {
	full := slipsView{Printer: devices.Status{Device: devices.PrinterDevice, Cause: devices.Cutter}, Trouble: tell(kit.Bad, "printer.cutter"), Underway: true, ByHand: true}
	for i, state := range []kiosk.PrintState{kiosk.PrintConfirming, kiosk.PrintPrinted, kiosk.PrintUnknown, kiosk.PrintSent, kiosk.PrintProcessed, kiosk.PrintBody, kiosk.PrintFailed} {
		row := slipRow{PrintJob: kiosk.PrintJob{ID: int64(9 - i), Kind: []string{"ticket", "assist", "fee"}[i%3], Copy: 1 + i%2, State: state, At: shownAt()},
			Tone: toneOfPrint(state), Subject: "42"}
		if i%3 > 0 {
			row.Subject, row.Path = string(shownCode), kit.Specimen
		}
		if state == kiosk.PrintFailed {
			row.Why = tell(kit.Careful, "printer.not_on_paper")
		}
		full.Rows = append(full.Rows, row)
	}
	return []kit.Exhibit{
		{Name: "slips-empty", Screen: "slips", Page: slipsView{Printer: devices.Status{Ready: true}}.page()},
		{Name: "slips-full", Screen: "slips", Page: full.page()},
		{Name: "slips-old-scans", Screen: "slips", Page: slipsView{Printer: devices.Status{Ready: true}, OldScans: tell(kit.Careful, leftoverCode)}.page()},
	}
}

func shownFinds(tell kit.Tell) []kit.Exhibit {
	empty := findForm()
	empty.Fields[0].Error = "find.empty"
	locked := tell(kit.Careful, "find.locked")
	locked.Status = 423
	some := found{Done: true}
	for _, state := range []kiosk.State{kiosk.Open, kiosk.Stored, kiosk.Accepted, kiosk.Returned} {
		d := shownWork(state).Dossier
		some.Dossiers = append(some.Dossiers, foundRow{d, longName, kit.Specimen, outcome(d)})
	}
	record := kiosk.CaseRecord{Applicant: shownApplicant()}
	return []kit.Exhibit{
		{Name: "find", Screen: "find", Page: found{}.page(findForm(), nil)},
		{Name: "find-some", Screen: "find", Page: some.page(findForm(), nil)},
		{Name: "find-nothing", Screen: "find", Page: found{Done: true}.page(findForm(), nil)},
		{Name: "find-empty", Screen: "find", Page: found{}.page(empty, nil)},
		{Name: "find-locked", Screen: "find", Page: found{}.page(findForm(), []kit.Notice{locked})},
		{Name: "case", Screen: "case", Page: shownCase(shownWork(kiosk.Accepted), record).page()},
		{Name: "case-sparse", Screen: "case", Page: shownCase(shownWork(kiosk.Stored), kiosk.CaseRecord{}).page()},
	}
}

func shownCase(w intake.Work, record kiosk.CaseRecord) caseView {
	v := caseView{head: shownHead(w, "case"), Record: record, Truths: truths(w.Dossier, false)}
	if record.Applicant.Name != "" {
		v.Phone, v.Number = "0912 345 678", idcard.Mask(record.Applicant.PersonalNo)
	}
	return v
}
