package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
)

// ready waits until both devices have answered.
func (w *walk) ready(ctx context.Context) (string, error) {
	for {
		changed := w.unit.changes.wait()
		printer, scanner := w.unit.printer.Status(), w.unit.scanner.Status()
		if printer.Ready && scanner.Ready {
			return printer.Detail, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("printer %s, scanner %s: %w", printer.Cause, scanner.Cause, ctx.Err())
		}
	}
}

func (w *walk) book(ctx context.Context) (string, error) {
	b, text, err := w.unit.counter.Book(ctx, intake.BookingRequest{Procedure: w.Procedure, Slot: time.Now(), Class: kiosk.ClassBooked})
	if err != nil {
		return "", err
	}
	w.bookings = append(w.bookings, demoBooking{b, text})
	return string(b.ID), nil
}

// checkIn shows the booking's QR to the reader and takes what it reads.
func (w *walk) checkIn(ctx context.Context) (string, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	read := w.unit.codes.listen(ctx)
	w.scanner.FeedCode(w.bookings[len(w.bookings)-1].Text)
	select {
	case code := <-read:
		var err error
		w.ticket, err = w.unit.counter.CheckIn(ctx, string(code.Raw))
		w.did.Ticket = w.ticket.No
		return fmt.Sprintf("%03d", w.ticket.No), err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (w *walk) printTicket(ctx context.Context) (string, error) {
	job, err := w.unit.counter.PrintTicket(ctx, w.ticket)
	if err != nil {
		return "", err
	}
	return w.waitPrinted(ctx, job)
}

// waitPrinted waits for a print and insists on the paper.
func (w *walk) waitPrinted(ctx context.Context, job *intake.Printing) (string, error) {
	if !job.Wait(ctx) {
		return "", ctx.Err()
	}
	if job.Err != nil {
		return "", job.Err
	}
	if job.Result.Level != devices.LevelPrinted {
		return "", fmt.Errorf("slip is %s, not printed", job.Result.Level)
	}
	return string(job.Result.Level), nil
}

func (w *walk) call(ctx context.Context) (string, error) {
	for {
		t, err := w.unit.counter.CallNext(ctx, w.staff)
		if err != nil {
			return "", err
		}
		if t.No == w.ticket.No {
			return fmt.Sprintf("%03d", t.No), w.unit.counter.Serve(ctx, t.No)
		}
	}
}

func (w *walk) declare(ctx context.Context) (string, error) {
	d, err := w.unit.desk.Open(ctx, intake.OpenRequest{Procedure: w.Procedure, Ticket: w.ticket.No, Staff: w.staff, Notice: intake.NoticeVersion})
	if err != nil {
		return "", err
	}
	w.dossier, w.did.LocalCode = d, d.LocalCode
	work, err := w.unit.desk.Work(ctx, d.ID)
	if err != nil {
		return "", err
	}
	return string(d.LocalCode), w.unit.desk.Declare(ctx, d.ID, w.staff, inventedAnswers(work.Terms))
}

// inventedAnswers fills a form with a person who does not exist.
func inventedAnswers(t intake.Terms) kiosk.Answers {
	a := kiosk.Answers{}
	for _, f := range t.Procedure.Facts {
		a[f.ID] = "true"
		if len(f.Values) > 0 {
			a[f.ID] = f.Values[0].ID
		}
	}
	for _, s := range t.Form.Sections {
		for _, q := range s.Questions {
			a[q.ID] = inventedAnswer(q)
		}
	}
	return a
}

func inventedAnswer(q catalog.Question) string {
	switch q.Type {
	case catalog.TypeName:
		return "Nguyễn Văn Mẫu"
	case catalog.TypePersonalNo:
		return "001090000001"
	case catalog.TypePhone:
		return "0912345678"
	case catalog.TypeDate:
		return "15/08/1990"
	case catalog.TypeChoice:
		return q.Values[0].ID
	case catalog.TypeEmail:
		return "mau@example.invalid"
	case catalog.TypeAddress:
		return "Tổ 3, Đại Thanh, Hà Nội"
	}
	return "12"
}

func (w *walk) capture(ctx context.Context) (string, error) {
	work, err := w.unit.desk.Work(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	slots := scanned(work)
	if len(slots) == 0 {
		return "", errors.New("the procedure asks for no paper to scan")
	}
	for i, sheet := range w.sheets() {
		jpeg, err := sheet()
		if err != nil {
			return "", err
		}
		w.scanner.Feed(jpeg)
		pages, err := w.unit.desk.CapturePages(ctx, w.dossier.ID, intake.Capture{Requirement: slots[min(i, len(slots)-1)], Staff: w.staff, Seat: "walk"}, nil)
		if err != nil {
			return "", fmt.Errorf("sheet %d: %w", i+1, err)
		}
		for _, page := range pages {
			w.did.Pages = append(w.did.Pages, walkedPage{SHA256: page.Plain, Bytes: page.Bytes, Defects: append([]kiosk.Code{}, page.Defects...)})
		}
	}
	return fmt.Sprintf("%d", len(w.did.Pages)), nil
}

// sheets gives what will lie on the scanner, one at a time.
func (w *walk) sheets() []func() ([]byte, error) {
	var sheets []func() ([]byte, error)
	for _, file := range w.Feed {
		sheets = append(sheets, func() ([]byte, error) { return os.ReadFile(file) })
	}
	if len(sheets) == 0 {
		for n := range 2 {
			sheets = append(sheets, func() ([]byte, error) { return virtual.SamplePage(n + 1), nil })
		}
	}
	return sheets
}

// scanned lists the papers that have to be scanned, in order; if none has to,
// those that may be.
func scanned(work intake.Work) []kiosk.RequirementID {
	facts := work.Draft.Declaration.Answers
	var must, may []kiosk.RequirementID
	for _, doc := range work.Terms.Procedure.Missing(facts, nil) {
		must = append(must, doc.ID)
	}
	for _, item := range work.Terms.Procedure.Checklist(facts) {
		if item.Scan != "never" {
			may = append(may, item.ID)
		}
	}
	if len(must) > 0 {
		return must
	}
	return may
}

// review answers every finding and every missing paper the way a clerk would
// have to: with a reason, in the open.
func (w *walk) review(ctx context.Context) (string, error) {
	work, err := w.unit.desk.Work(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	overridden := 0
	for _, p := range work.Pages {
		if len(p.Defects) == 0 {
			continue
		}
		overridden++
		if err := w.unit.desk.OverrideDefects(ctx, w.dossier.ID, p.ID, "demo walk", w.staff); err != nil {
			return "", err
		}
	}
	missing := work.Terms.Procedure.Missing(work.Draft.Declaration.Answers, work.Have())
	for _, doc := range missing {
		if err := w.unit.desk.Waive(ctx, w.dossier.ID, w.staff, doc.ID, "demo walk"); err != nil {
			return "", err
		}
	}
	note := fmt.Sprintf("%d findings overridden, %d papers waived", overridden, len(missing))
	return note, w.unit.desk.Review(ctx, w.dossier.ID, w.staff)
}

func (w *walk) consent(ctx context.Context) (string, error) {
	return "", w.unit.desk.Consent(ctx, w.dossier.ID, kiosk.Consent{Notice: intake.NoticeVersion, By: "subject", Purposes: []string{"file"}, Staff: w.staff})
}
