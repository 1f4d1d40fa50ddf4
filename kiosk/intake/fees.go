package intake

import (
	"context"
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// FeeLine is one fee of a dossier as its terms state it.
type FeeLine struct {
	catalog.FeeLine
	AtCounter int            // đồng to pay here; 0: not certain, nothing, or not paid here
	Slip      *kiosk.FeeSlip // the one that is not void; nil: none
}

// FeeTable is what a dossier costs. It comes from the terms the dossier keeps:
// neither a catalogue that changes meanwhile nor a law that ends changes
// anything of it.
type FeeTable struct {
	Day      string   // the Hanoi day the fees are those of: of submission, or today
	Channel  string   // how the dossier is filed; empty: not said yet
	Channels []string // to choose from where a fee depends on it and the way does not tell
	Lines    []FeeLine
	Slips    []kiosk.FeeSlip // all of them, void ones too, oldest first
	Payee    kiosk.Payee     // the zero Payee: nothing can be paid here
	Visit    bool            // the resident's visit goes on: money may be asked for
}

// Fees lists what a dossier costs under its own terms and the facts it was
// declared with, on a channel of its procedure (empty: not said). What can be
// paid at the counter is only what is certain in every respect.
func (d *Desk) Fees(ctx context.Context, w Work, channel string, lang phrases.Lang) (FeeTable, error) {
	t := FeeTable{Payee: d.Payee}
	var err error
	if t.Day, err = d.submitted(ctx, w); err != nil {
		return t, err
	}
	if t.Slips, err = d.FeeSlips.FeeSlips(ctx, w.ID); err != nil {
		return t, err
	}
	if t.Visit, err = d.visiting(ctx, w); err != nil {
		return t, err
	}
	t.Channel, t.Channels = w.channels(channel)
	t.Lines = w.feeLines(t.Day, t.Channel, lang)
	for i := range t.Lines {
		for j := range t.Slips {
			if t.Slips[j].Fee == t.Lines[i].Fee.ID && t.Slips[j].State != kiosk.FeeVoid {
				t.Lines[i].Slip = &t.Slips[j]
			}
		}
	}
	return t, nil
}

// feeLines lists the fees of a day and a channel. The terms hold on that day
// even where their version of the law has ended: a dossier stays under the one
// it was opened under, and only amounts have their periods.
func (w Work) feeLines(day, channel string, lang phrases.Lang) []FeeLine {
	books := (&catalog.Catalog{}).AsOf(day)
	checked := !w.State.Editable() || w.State != kiosk.Open && w.declared()
	var lines []FeeLine
	for _, l := range books.FeeLines(lang, w.Terms.Procedure, w.Draft.Declaration.Answers, channel) {
		line := FeeLine{FeeLine: l}
		if amount, certain := l.AtCounter(); certain && checked && (l.Fee.Channel == "" || l.Fee.Channel == channel) {
			line.AtCounter = amount
		}
		lines = append(lines, line)
	}
	return lines
}

// channels gives the channel a dossier is filed on, and those there are to
// choose from as long as it makes a difference.
func (w Work) channels(chosen string) (string, []string) {
	if w.Way == kiosk.ByAssisted {
		return "online", nil
	}
	p := w.Terms.Procedure
	if !slices.ContainsFunc(p.Fees, func(f catalog.Fee) bool { return f.Channel != "" }) {
		return "", nil
	}
	if !slices.Contains(p.Channels, chosen) {
		chosen = ""
	}
	return chosen, p.Channels
}

// submitted is the Hanoi day on which the dossier was handed in; today, as long
// as it was not.
func (d *Desk) submitted(ctx context.Context, w Work) (string, error) {
	today := calendar.LocalDay(d.Now())
	var kind kiosk.Code
	switch {
	case w.State.Editable() || w.State == kiosk.Prepared || w.State == kiosk.Filing:
		return today, nil
	case w.Way == kiosk.ByCentre:
		kind = "dossier.sealed"
	case w.Way == kiosk.ByAssisted:
		kind = "dossier.accepted"
	}
	events, err := d.Journal.Events(ctx, w.ID)
	if err != nil {
		return "", err
	}
	for _, e := range slices.Backward(events) {
		if e.Kind == kind {
			return calendar.LocalDay(e.At), nil
		}
	}
	return today, nil
}

// visiting reports whether the resident's visit goes on: the dossier has not
// come to an end, and a number taken for it today has not ended either.
func (d *Desk) visiting(ctx context.Context, w Work) (bool, error) {
	switch w.State {
	case kiosk.Abandoned, kiosk.Returned, kiosk.Rejected, kiosk.Damaged, kiosk.Wiped:
		return false, nil
	}
	today := calendar.LocalDay(d.Now())
	if w.Ticket == 0 || calendar.LocalDay(w.OpenedAt) != today {
		return true, nil
	}
	line, err := d.Tickets.Line(ctx, today)
	return slices.ContainsFunc(line, func(t kiosk.Ticket) bool { return t.No == w.Ticket }), err
}
