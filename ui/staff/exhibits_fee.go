package staff

import (
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/vietqr"
	"servicepoint/ui/kit"
)

// shownPayee is an invented account of an invented organisation.
func shownPayee() kiosk.Payee {
	return kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XÃ ĐÔNG THÀNH (KHÔNG CÓ THẬT)"}
}

func shownFeeSlip(n int, state kiosk.FeeState) kiosk.FeeSlip {
	f := kiosk.FeeSlip{
		Reference: shownCode + "-01", Dossier: "shown", N: n, Fee: "late", Label: "Lệ phí đăng ký quá hạn", Amount: 15000,
		Payee: shownPayee(), State: state, Staff: "Cô Lan", MadeAt: shownAt(),
	}
	if state != kiosk.FeeDue {
		f.MovedBy, f.MovedAt = "Anh Quang", shownAt().Add(12*time.Minute)
	}
	if state == kiosk.FeeConfirmed {
		f.Notice = "FT26327123456789"
	}
	return f
}

// shownFeeLines are fees of every kind: certain and taken here, depending on the
// case, on a channel for a while, and one nobody is sure of.
func shownFeeLines(lang phrases.Lang) []intake.FeeLine {
	amount, free := 15000, 0
	exempt := catalog.Exemption{Text: "Người thuộc gia đình có công với cách mạng; người thuộc hộ nghèo; người khuyết tật; trẻ em dưới mười sáu tuổi.", Certainty: catalog.Verified}
	p := catalog.Procedure{Fees: []catalog.Fee{
		{ID: "late", Label: "Lệ phí đăng ký quá hạn", Amount: &amount, Unit: "case", Collector: "counter", Exempt: "x", Exemption: exempt, Certainty: catalog.Verified},
		{ID: "online", Label: longName, Amount: &free, Unit: "case", Channel: "online", Collector: "portal", From: "2026-08-15", To: "2027-02-28", Certainty: catalog.Verified},
		{ID: "case", Label: "Phí thẩm định", When: &catalog.When{Fact: "unknown", Eq: "true"}, Amount: &amount, Unit: "case", Certainty: catalog.Partial},
	}}
	var lines []intake.FeeLine
	for _, l := range (&catalog.Catalog{}).FeeLines(lang, p, nil, "") {
		line := intake.FeeLine{FeeLine: l}
		line.AtCounter, _ = l.AtCounter()
		lines = append(lines, line)
	}
	return lines
}

func shownFees(lang phrases.Lang) []kit.Exhibit {
	head := func(state kiosk.State) head { return shownHead(shownWork(state), "fee") }
	table := intake.FeeTable{Day: "2026-11-23", Channels: []string{"direct", "online", "postal"}, Lines: shownFeeLines(lang), Payee: shownPayee(), Visit: true}
	made := table
	made.Channel, made.Lines = "direct", shownFeeLines(lang)
	made.Slips = []kiosk.FeeSlip{shownFeeSlip(1, kiosk.FeeVoid), shownFeeSlip(2, kiosk.FeeClaimed)}
	made.Lines[0].Slip = &made.Slips[1]
	nowhere := table
	nowhere.Payee, nowhere.Channels = kiosk.Payee{}, nil
	slip := func(name string, state kiosk.FeeState, change func(*feeView, *kit.Form)) kit.Exhibit {
		form := noticeForm()
		f := intake.Fee{FeeSlip: shownFeeSlip(1, state), Exempt: table.Lines[0].Exempt, Purpose: "LePhi DTH012611230007K01", NoCode: "no_code.settled"}
		if state == kiosk.FeeDue {
			f.NoCode = ""
			f.Code, _ = vietqr.Make(vietqr.Payment{BIN: f.Payee.BIN, Account: f.Payee.Account, Amount: f.Amount, Bill: string(f.Reference), Purpose: f.Purpose})
		}
		v, _ := feeOf(head(kiosk.Declared), f, form) // what is made of constants of ours does not fail
		v.Print = &kiosk.PrintJob{Kind: "fee", State: kiosk.PrintPrinted, Copy: 1}
		status := 0
		if change != nil {
			change(&v, form)
		}
		if form.Fields[0].Error != "" {
			v.Typed, status = form.Fields[0], 422
		}
		return kit.Exhibit{Name: name, Screen: "fee-slip", Page: v.page(form, status)}
	}
	void := func(name string, state kiosk.FeeState) kit.Exhibit {
		v, _ := feeOf(head(kiosk.Declared), intake.Fee{FeeSlip: shownFeeSlip(1, state)}, noticeForm())
		return kit.Exhibit{Name: name, Screen: "fee-void", Page: v.voidPage()}
	}
	over := func(v *feeView, _ *kit.Form) { v.QR, v.Fee.NoCode, v.Print = nil, "no_code.visit", nil }
	own := func(_ *feeView, f *kit.Form) {
		f.Fields[0].Value, f.Fields[0].Error = string(shownCode), "fee.notice_own"
	}
	return []kit.Exhibit{
		{Name: "fee", Screen: "fee", Page: feesOf(head(kiosk.Declared), table).page()},
		{Name: "fee-made", Screen: "fee", Page: feesOf(head(kiosk.Filing), made).page()},
		{Name: "fee-no-payee", Screen: "fee", Page: feesOf(head(kiosk.Stored), nowhere).page()},
		{Name: "fee-none", Screen: "fee", Page: feesOf(head(kiosk.Open), intake.FeeTable{Day: "2026-11-23"}).page()},
		slip("fee-slip", kiosk.FeeDue, nil),
		slip("fee-slip-over", kiosk.FeeDue, over),
		slip("fee-slip-claimed", kiosk.FeeClaimed, nil),
		slip("fee-slip-wrong", kiosk.FeeClaimed, own),
		slip("fee-slip-confirmed", kiosk.FeeConfirmed, nil),
		slip("fee-slip-void", kiosk.FeeVoid, nil),
		void("fee-void", kiosk.FeeDue),
		void("fee-void-claimed", kiosk.FeeClaimed),
	}
}
