package intake_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/slip"
)

// Invariant 7: a claim is a claim, and only the bank's reference confirms.
func TestInvariant7_ClaimIsNotMoney(t *testing.T) {
	p, id := owing(t)
	f := p.feeSlip(id)
	must(t, p.desk.ClaimFee(t.Context(), id, 1, clerk))
	if got := p.fee(id, 1); got.State != kiosk.FeeClaimed || got.Notice != "" || got.MovedBy != clerk {
		t.Errorf("%+v", got)
	}
	p.wantNoCode(id, 1, "no_code.settled")
	wants(t, p.desk.ClaimFee(t.Context(), id, 1, clerk), "fee.moved_on", kiosk.Conflict)
	for typed, code := range map[string]kiosk.Code{
		"": "fee.notice_malformed", "đã nhận tiền": "fee.notice_malformed", "PAID": "fee.notice_malformed",
		string(f.Reference): "fee.notice_own", "LePhi " + f.Reference.Compact(): "fee.notice_own", string(p.work(id).LocalCode): "fee.notice_own",
		"001 090 000 001": "fee.notice_number", "0912.345.678": "fee.notice_number", "84912345678": "fee.notice_number", "0912/345-678": "fee.notice_number",
		p.desk.Payee.Account: "fee.notice_number", "1500-2011-12223": "fee.notice_number",
	} {
		wants(t, p.desk.ConfirmFee(t.Context(), id, 1, clerk, typed), code, kiosk.Invalid)
	}
	if p.fee(id, 1).State != kiosk.FeeClaimed || slices.Contains(p.kinds(id), "fee.payment_confirmed") {
		t.Fatal("confirmed by nothing")
	}
	must(t, p.desk.ConfirmFee(t.Context(), id, 1, "minh", " ft26327 123456 "))
	if got := p.fee(id, 1); got.State != kiosk.FeeConfirmed || got.Notice != "FT26327123456" || got.MovedBy != "minh" || !got.MovedAt.Equal(morning) {
		t.Errorf("%+v", got)
	}
	wants(t, p.desk.VoidFee(t.Context(), id, 1, clerk, p.fee(id, 1).State), "fee.moved_on", kiosk.Conflict)
	other := p.begin()
	p.declare(other, "within_60_days", "false")
	p.feeSlip(other)
	wants(t, p.desk.ConfirmFee(t.Context(), other, 1, clerk, "FT26327123456"), "fee.notice_used", kiosk.Conflict)
	wants(t, p.desk.ConfirmFee(t.Context(), other, 7, clerk, "FT26327123457"), "fee.unknown", kiosk.NotFound)
	p.wantEvent(id, "fee.payment_claimed")
	p.wantEvent(id, "fee.payment_confirmed")
}

// Invariant 7: nobody is asked to pay once it is no longer sure that they
// should, here, now and into this account.
func TestInvariant7_CodesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end func(*point, kiosk.DossierID)
		why kiosk.Code
	}{
		"void": {func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.VoidFee(p.t.Context(), id, 1, clerk, kiosk.FeeDue))
		}, "no_code.settled"},
		"claimed": {func(p *point, id kiosk.DossierID) { must(p.t, p.desk.ClaimFee(p.t.Context(), id, 1, clerk)) }, "no_code.settled"},
		"confirmed": {func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.ConfirmFee(p.t.Context(), id, 1, clerk, "FT1234"))
		}, "no_code.settled"},
		"another account":   {func(p *point, _ kiosk.DossierID) { p.desk.Payee.Account = "666" }, "no_code.payee"},
		"no account":        {func(p *point, _ kiosk.DossierID) { p.desk.Payee = kiosk.Payee{} }, "no_code.payee"},
		"midnight in Hanoi": {func(p *point, _ kiosk.DossierID) { p.clock.pass(15 * time.Hour) }, "no_code.visit"},
		"abandoned": {func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Abandon(p.t.Context(), id, clerk, "abandon.mistake"))
		}, "no_code.visit"},
		"declared anew": {func(p *point, id kiosk.DossierID) { p.declare(id, "within_60_days", "true") }, "no_code.changed"},
		"answers kept": {func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Keep(p.t.Context(), id, clerk, kiosk.Answers{"within_60_days": "false"}))
		}, "no_code.changed"},
	} {
		t.Run(name, func(t *testing.T) {
			p, id := owing(t)
			p.feeSlip(id)
			if p.fee(id, 1).Code == "" {
				t.Fatal("no code to begin with")
			}
			c.end(p, id)
			p.wantNoCode(id, 1, c.why)
		})
	}
}

func TestInvariant7_CodesEndWithTheTurn(t *testing.T) {
	p, _ := owing(t)
	p.take(kiosk.ClassWalkIn)
	ticket, err := p.counter.CallNext(t.Context(), clerk)
	must(t, err)
	must(t, p.counter.Serve(t.Context(), ticket.No))
	d, err := p.desk.Open(t.Context(), intake.OpenRequest{Procedure: birth, Ticket: ticket.No, Staff: clerk, Notice: intake.NoticeVersion})
	must(t, err)
	p.declare(d.ID, "within_60_days", "false")
	p.feeSlip(d.ID)
	if p.fee(d.ID, 1).Code == "" {
		t.Fatal("no code while the number is served")
	}
	must(t, p.counter.Finish(t.Context(), ticket.No))
	p.wantNoCode(d.ID, 1, "no_code.visit")
	must(t, p.desk.VoidFee(t.Context(), d.ID, 1, clerk, kiosk.FeeDue))
	_, err = p.desk.FeeSlip(t.Context(), d.ID, clerk, "late", "")
	wants(t, err, "fee.visit_over", kiosk.Conflict)
}

// A code outlives the seal, after which nobody can read why the fee is owed, as
// long as nothing was declared since the slip was made.
func TestInvariant7_CodesAfterTheSeal(t *testing.T) {
	for name, c := range map[string]struct {
		between func(*point, kiosk.DossierID)
		code    bool
	}{
		"nothing happened":    {func(*point, kiosk.DossierID) {}, true},
		"declared otherwise":  {func(p *point, id kiosk.DossierID) { p.declare(id, "within_60_days", "true") }, false},
		"declared the same":   {func(p *point, id kiosk.DossierID) { p.declare(id, "within_60_days", "false") }, false},
		"another slip's line": {func(p *point, id kiosk.DossierID) { must(p.t, p.desk.ClaimFee(p.t.Context(), id, 1, clerk)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, id := owing(t)
			p.feeSlip(id)
			c.between(p, id)
			p.capture(id, "birth_proof", sample(0))
			p.override(id)
			must(t, p.desk.Review(t.Context(), id, clerk))
			p.consent(id)
			_, err := p.desk.HandOver(t.Context(), id, clerk)
			must(t, err)
			if f := p.fee(id, 1); (f.Code != "") != c.code {
				t.Errorf("code %q, because %q", f.Code, f.NoCode)
			}
			if l := p.fees(id, "").Lines; len(l) != 1 || l[0].AtCounter != 0 || l[0].Applies != catalog.Maybe {
				t.Errorf("a further slip could be made: %+v", l)
			}
		})
	}
}

func TestVoidingWhatHasMovedOn(t *testing.T) {
	p, id := owing(t)
	p.feeSlip(id)
	must(t, p.desk.ClaimFee(t.Context(), id, 1, clerk))
	wants(t, p.desk.VoidFee(t.Context(), id, 1, clerk, kiosk.FeeDue), "fee.moved_on", kiosk.Conflict)
	if state := p.fee(id, 1).State; state != kiosk.FeeClaimed {
		t.Errorf("the slip is %s", state)
	}
}

func TestNoAccountNoFeeSlip(t *testing.T) {
	p, id := owing(t)
	p.desk.Payee = kiosk.Payee{}
	if table := p.fees(id, ""); table.Payee != (kiosk.Payee{}) || table.Lines[0].Text != "15.000 đ/hồ sơ" {
		t.Errorf("the fee itself is still told: %+v", table)
	}
	_, err := p.desk.FeeSlip(t.Context(), id, clerk, "late", "")
	wants(t, err, "fee.no_payee", kiosk.Conflict)
}

// Invariant 7: the printed slip pays what the screen's code pays, and later
// prints say what has become of it.
func TestInvariant7_PrintFee(t *testing.T) {
	p, id := owing(t)
	p.runPress()
	f := p.feeSlip(id)
	read := func() []string {
		t.Helper()
		texts, err := imaging.ReadQR(slip.Picture(p.printer.slips[len(p.printer.slips)-1]))
		must(t, err)
		return texts
	}
	row := p.printed(p.desk.PrintFee(t.Context(), id, 1))
	if row.Kind != "fee" || row.Fee != f.Reference || row.Dossier != id || row.State != kiosk.PrintPrinted || row.Copy != 1 {
		t.Errorf("%+v", row)
	}
	if got := read(); !slices.Equal(got, []string{p.fee(id, 1).Code}) {
		t.Errorf("the paper reads %q", got)
	}
	must(t, p.desk.ClaimFee(t.Context(), id, 1, clerk))
	if row := p.printed(p.desk.PrintFee(t.Context(), id, 1)); row.Copy != 2 {
		t.Errorf("%+v", row)
	}
	if got := read(); len(got) != 0 {
		t.Errorf("a claimed slip asks for money: %q", got)
	}
	must(t, p.desk.VoidFee(t.Context(), id, 1, clerk, p.fee(id, 1).State))
	_, err := p.desk.PrintFee(t.Context(), id, 1)
	wants(t, err, "fee.moved_on", kiosk.Conflict)
	_, err = p.desk.PrintFee(t.Context(), id, 9)
	wants(t, err, "fee.unknown", kiosk.NotFound)
}

// What is kept of a fee names nobody.
func TestFeesHoldNothingPersonal(t *testing.T) {
	p, _ := owing(t)
	p.runPress()
	id := p.begin()
	answers := good("within_60_days", "false")
	maps.Copy(answers, canaries)
	must(t, p.desk.Declare(t.Context(), id, clerk, answers))
	p.feeSlip(id)
	p.printed(p.desk.PrintFee(t.Context(), id, 1))
	must(t, p.desk.ClaimFee(t.Context(), id, 1, clerk))
	must(t, p.desk.ConfirmFee(t.Context(), id, 1, clerk, "FT26327123456"))
	p.lookEverywhere("after a fee was paid")
}
