package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/slip"
	"servicepoint/kiosk/viet"
	"servicepoint/kiosk/vietqr"
)

// Fee is one fee slip as the screen and the paper show it.
type Fee struct {
	kiosk.FeeSlip
	Exempt  string     // who does not pay, verbatim
	Purpose string     // of the transfer
	Code    string     // the text of its VietQR, empty: there is none (any more)
	NoCode  kiosk.Code // why there is none: the phrase fee.<NoCode>
}

// Why a fee slip has no code.
const (
	noCodeSettled kiosk.Code = "no_code.settled" // it is claimed, confirmed or void
	noCodePayee   kiosk.Code = "no_code.payee"   // fees are paid into another account now
	noCodeVisit   kiosk.Code = "no_code.visit"   // the visit or the day is over
	noCodeChanged kiosk.Code = "no_code.changed" // the dossier does not owe it for certain (any more)
)

// Fee gives the n-th fee slip of a dossier; NotFound with code fee.unknown.
func (d *Desk) Fee(ctx context.Context, w Work, n int) (Fee, error) {
	slips, err := d.FeeSlips.FeeSlips(ctx, w.ID)
	if err != nil {
		return Fee{}, err
	}
	i := slices.IndexFunc(slips, func(f kiosk.FeeSlip) bool { return f.N == n })
	if i < 0 {
		return Fee{}, kiosk.Fail(kiosk.NotFound, "fee.unknown", nil)
	}
	f := Fee{FeeSlip: slips[i], Purpose: transfer(slips[i]).Purpose}
	day, err := d.submitted(ctx, w)
	if err != nil {
		return Fee{}, err
	}
	visit, err := d.visiting(ctx, w)
	if err != nil {
		return Fee{}, err
	}
	var owed bool
	if f.Exempt, owed, err = d.owes(ctx, w, f.FeeSlip, day); err != nil {
		return Fee{}, err
	}
	today := calendar.LocalDay(d.Now())
	switch {
	case f.State != kiosk.FeeDue:
		f.NoCode = noCodeSettled
	case f.Payee != d.Payee:
		f.NoCode = noCodePayee
	case !visit || calendar.LocalDay(f.MadeAt) != today:
		f.NoCode = noCodeVisit
	case !owed:
		f.NoCode = noCodeChanged
	default:
		f.Code, err = vietqr.Make(transfer(f.FeeSlip))
	}
	return f, err
}

// owes reports whether the dossier, as it stands, owes a slip's amount for
// certain, and gives the words about who does not pay it.
func (d *Desk) owes(ctx context.Context, w Work, f kiosk.FeeSlip, day string) (exempt string, owed bool, err error) {
	fees := w.Terms.Procedure.Fees
	same := true
	if !w.State.Editable() && w.Draft.Declaration.Answers == nil {
		// Nobody can read the answers any more. They are those the slip was
		// made under, unless something was declared after it.
		if same, err = d.declaredBefore(ctx, f); err != nil {
			return "", false, err
		}
		fees = slices.Clone(fees)
		for i := range fees {
			fees[i].When = nil
		}
		w.Terms.Procedure.Fees = fees
	}
	for _, fee := range fees {
		if fee.ID != f.Fee {
			continue
		}
		channel, _ := w.channels(fee.Channel)
		for _, l := range w.feeLines(day, channel, phrases.VI) {
			if l.Fee.ID == f.Fee {
				exempt, owed = l.Exempt, owed || same && l.AtCounter == f.Amount
			}
		}
	}
	return exempt, owed, nil
}

// declaredBefore reports whether the answers stand as they stood when a slip
// was made; the journal has the order.
func (d *Desk) declaredBefore(ctx context.Context, f kiosk.FeeSlip) (bool, error) {
	events, err := d.Journal.Events(ctx, f.Dossier)
	if err != nil {
		return false, err
	}
	for _, e := range slices.Backward(events) {
		switch e.Kind {
		case "declaration.kept", "dossier.declared":
			return false, nil
		case "fee.due":
			var note struct {
				Reference kiosk.FeeReference `json:"reference"`
			}
			if json.Unmarshal(e.Note, &note) == nil && note.Reference == f.Reference {
				return true, nil
			}
		}
	}
	return false, nil
}

// transfer is what a bank is asked to do. The reference stands in it twice:
// banks keep the bill number or the purpose, few of them both.
func transfer(f kiosk.FeeSlip) vietqr.Payment {
	return vietqr.Payment{
		BIN: f.Payee.BIN, Account: f.Payee.Account, Amount: f.Amount, Bill: string(f.Reference),
		Purpose: vietqr.Text("LePhi "+f.Reference.Compact(), vietqr.MaxText),
	}
}

// FeeSlip makes the slip of one fee of a dossier, in state due. It is refused
// where there is no account to pay into (Conflict, fee.no_payee), where the
// visit is over (Conflict, fee.visit_over), and for a fee that is not certain,
// nothing, or not paid at the counter (Conflict, fee.not_here).
func (d *Desk) FeeSlip(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, fee, channel string) (kiosk.FeeSlip, error) {
	defer d.turns.take(id)()
	w, err := d.Work(ctx, id)
	if err != nil {
		return kiosk.FeeSlip{}, err
	}
	t, err := d.Fees(ctx, w, channel, phrases.VI)
	if err != nil {
		return kiosk.FeeSlip{}, err
	}
	i := slices.IndexFunc(t.Lines, func(l FeeLine) bool { return l.Fee.ID == fee && l.AtCounter > 0 })
	switch {
	case d.Payee == (kiosk.Payee{}):
		return kiosk.FeeSlip{}, kiosk.Fail(kiosk.Conflict, "fee.no_payee", nil)
	case !t.Visit:
		return kiosk.FeeSlip{}, kiosk.Fail(kiosk.Conflict, "fee.visit_over", nil)
	case i < 0:
		return kiosk.FeeSlip{}, kiosk.Fail(kiosk.Conflict, "fee.not_here", nil)
	}
	label := t.Lines[i].Fee.Label
	if label == "" {
		label = w.Terms.Procedure.Name
	}
	f, err := d.FeeSlips.MakeFeeSlip(ctx, kiosk.FeeSlip{
		Dossier: id, Fee: fee, Label: label, Amount: t.Lines[i].AtCounter, Payee: d.Payee, Staff: staff, MadeAt: d.Now().UTC(),
	}, d.event(id, "", staff))
	if err == nil {
		d.changed(id)
	}
	return f, err
}

// ClaimFee records that the resident says they have paid. It is their word and
// nothing more.
func (d *Desk) ClaimFee(ctx context.Context, id kiosk.DossierID, n int, staff kiosk.StaffID) error {
	return d.moveFee(ctx, id, n, staff, step{kiosk.FeeDue, kiosk.FeeClaimed, ""})
}

// ConfirmFee records that the money has come in. Nothing but the reference of
// the bank's notice or statement proves it: one that can be none is Invalid
// with code fee.notice_malformed, our own reference is Invalid with code
// fee.notice_own, a number of the applicant or of the account paid into Invalid
// with code fee.notice_number, one that confirmed another slip a Conflict with
// code fee.notice_used.
func (d *Desk) ConfirmFee(ctx context.Context, id kiosk.DossierID, n int, staff kiosk.StaffID, typed string) error {
	notice, err := kiosk.ParseBankNotice(typed)
	if err != nil {
		return err
	}
	return d.moveFee(ctx, id, n, staff, step{"", kiosk.FeeConfirmed, notice})
}

// VoidFee takes a slip back: nobody is to pay it any more. seen is the state in
// which a person decided so; a slip that has moved on since, perhaps because
// the resident has said that they paid, is a Conflict with code fee.moved_on.
func (d *Desk) VoidFee(ctx context.Context, id kiosk.DossierID, n int, staff kiosk.StaffID, seen kiosk.FeeState) error {
	if seen == "" {
		return kiosk.Fail(kiosk.Conflict, "fee.moved_on", nil)
	}
	return d.moveFee(ctx, id, n, staff, step{seen, kiosk.FeeVoid, ""})
}

// step is one step of a fee slip; from may be empty: from wherever it stands.
type step struct {
	from, to kiosk.FeeState
	notice   kiosk.BankNotice
}

func (d *Desk) moveFee(ctx context.Context, id kiosk.DossierID, n int, staff kiosk.StaffID, s step) error {
	defer d.turns.take(id)()
	w, err := d.Work(ctx, id)
	if err != nil {
		return err
	}
	f, err := d.Fee(ctx, w, n)
	if err != nil {
		return err
	}
	switch {
	case s.notice == "":
	case s.notice.Repeats(f.Reference):
		return kiosk.Fail(kiosk.Invalid, "fee.notice_own", nil)
	case known(s.notice, w.Draft.Applicant, f.Payee):
		return kiosk.Fail(kiosk.Invalid, "fee.notice_number", nil)
	}
	if err := d.FeeSlips.MoveFeeSlip(ctx, f.Reference, cmp.Or(s.from, f.State), s.to, s.notice, d.event(id, "", staff)); err != nil {
		return err
	}
	d.changed(id)
	return nil
}

// known reports whether what was typed as the bank's reference is a number
// anybody here has without the bank: the applicant's, as long as the draft can
// be read, or the account.
func known(n kiosk.BankNotice, who kiosk.Applicant, to kiosk.Payee) bool {
	typed := plainNumber(string(n))
	phone, err := viet.ReadPhone(typed)
	return typed == plainNumber(who.PersonalNo) || typed == plainNumber(to.Account) || err == nil && phone.E164 == who.Phone
}

// plainNumber leaves out what only sets a number in groups.
func plainNumber(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(s))
}

// PrintFee prints a fee slip as it stands at this second; one that is void is a
// Conflict with code fee.moved_on.
func (d *Desk) PrintFee(ctx context.Context, id kiosk.DossierID, n int) (*Printing, error) {
	w, err := d.Work(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := d.Fee(ctx, w, n)
	if err != nil {
		return nil, err
	}
	if f.State == kiosk.FeeVoid {
		return nil, kiosk.Fail(kiosk.Conflict, "fee.moved_on", nil)
	}
	info := slip.FeeInfo{
		Point: d.PointName, LocalCode: w.LocalCode, Procedure: w.Terms.Procedure.Name, Reference: f.Reference, Label: f.Label, Amount: f.Amount,
		Exempt: f.Exempt, Payee: f.Payee, Purpose: f.Purpose, State: f.State, At: f.MadeAt, Code: f.Code, Hotline: d.Hotline,
	}
	return d.Press.Start(ctx, kiosk.PrintJob{Kind: "fee", Dossier: id, Fee: f.Reference}, nil, func(l slip.Layout) (devices.Slip, error) {
		return slip.Fee(info, l)
	})
}
