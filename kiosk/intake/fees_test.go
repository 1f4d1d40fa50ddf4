package intake_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/vietqr"
)

const exemptWords = "Người thuộc hộ nghèo; người khuyết tật"

// lateFee is an invented fee that is certain and paid at the counter.
func lateFee() catalog.Fee {
	amount := 15000
	return catalog.Fee{ID: "late", Label: "Lệ phí đăng ký quá hạn", When: &catalog.When{Fact: "within_60_days", Eq: "false"}, Amount: &amount,
		Unit: "case", Collector: "counter", Exempt: "invented", Exemption: catalog.Exemption{Text: exemptWords, Certainty: catalog.Verified}, Certainty: catalog.Verified}
}

// charge has the catalogue of today state these fees of the birth registration.
func (p *point) charge(fees ...catalog.Fee) {
	p.t.Helper()
	p.chargeUntil("", fees...)
}

// chargeUntil has a catalogue whose birth registration stands to a day.
func (p *point) chargeUntil(day string, fees ...catalog.Fee) {
	p.t.Helper()
	books, err := catalog.Embedded()
	must(p.t, err)
	changed := *books
	changed.Procedures = slices.Clone(books.Procedures)
	for i := range changed.Procedures {
		if changed.Procedures[i].ID == birth {
			changed.Procedures[i].Fees = fees
			if day != "" {
				changed.Procedures[i].Effective.To = day
			}
		}
	}
	p.desk.Catalog = func() *catalog.Catalog { return changed.On(calendar.LocalDay(p.clock.now())) }
}

// owing is a declared dossier that owes the invented fee at a counter that
// takes it.
func owing(t *testing.T) (*point, kiosk.DossierID) {
	t.Helper()
	p := newPoint(t)
	p.charge(lateFee())
	p.desk.Payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XA MAU"}
	id := p.begin()
	p.declare(id, "within_60_days", "false")
	return p, id
}

func (p *point) fees(id kiosk.DossierID, channel string) intake.FeeTable {
	p.t.Helper()
	table, err := p.desk.Fees(p.t.Context(), p.work(id), channel, phrases.VI)
	must(p.t, err)
	return table
}

func (p *point) feeSlip(id kiosk.DossierID) kiosk.FeeSlip {
	p.t.Helper()
	f, err := p.desk.FeeSlip(p.t.Context(), id, clerk, "late", "")
	must(p.t, err)
	return f
}

func (p *point) fee(id kiosk.DossierID, n int) intake.Fee {
	p.t.Helper()
	f, err := p.desk.Fee(p.t.Context(), p.work(id), n)
	must(p.t, err)
	return f
}

// wantNoCode wants a slip that asks for no money, and the reason.
func (p *point) wantNoCode(id kiosk.DossierID, n int, why kiosk.Code) {
	p.t.Helper()
	if f := p.fee(id, n); f.Code != "" || f.NoCode != why || !phrases.Has(phrases.VI, "fee."+string(why)) {
		p.t.Errorf("code %q, because %q; want none, because %q", f.Code, f.NoCode, why)
	}
}

func TestInvariant7_FeeSlipAndItsCode(t *testing.T) {
	p, id := owing(t)
	table := p.fees(id, "")
	if len(table.Lines) != 1 || table.Lines[0].AtCounter != 15000 || table.Lines[0].Text != "15.000 đ/hồ sơ" || table.Lines[0].Exempt != exemptWords ||
		table.Day != "2026-11-23" || !table.Visit || table.Payee != p.desk.Payee || table.Channels != nil || table.Lines[0].Slip != nil {
		t.Errorf("%+v", table)
	}
	f := p.feeSlip(id)
	code := p.work(id).LocalCode
	if f.Reference != kiosk.FeeReference(code)+"-01" || f.Amount != 15000 || f.State != kiosk.FeeDue || f.Staff != clerk || f.Label != "Lệ phí đăng ký quá hạn" || f.Payee != p.desk.Payee {
		t.Errorf("%+v", f)
	}
	shown := p.fee(id, 1)
	got, err := vietqr.Parse(shown.Code)
	want := vietqr.Payment{BIN: "970405", Account: "1500201112223", Amount: 15000, Bill: string(f.Reference), Purpose: "LePhi " + f.Reference.Compact()}
	if diff := cmp.Diff(want, got.Payment); err != nil || diff != "" || !got.Once || shown.Purpose != want.Purpose || shown.Exempt != exemptWords || shown.NoCode != "" {
		t.Errorf("%+v, %v %s", shown, err, diff)
	}
	if table = p.fees(id, ""); table.Lines[0].Slip == nil || table.Lines[0].Slip.Reference != f.Reference || len(table.Slips) != 1 {
		t.Errorf("%+v", table)
	}
	_, err = p.desk.FeeSlip(t.Context(), id, clerk, "late", "")
	wants(t, err, "fee.exists", kiosk.Conflict)
	_, err = p.desk.Fee(t.Context(), p.work(id), 2)
	wants(t, err, "fee.unknown", kiosk.NotFound)
	p.wantEvent(id, "fee.due")
}

// Invariant 7: what is not certain in every respect has no slip and no code,
// whatever the catalogue says beside it.
func TestInvariant7_NothingUncertainIsAskedFor(t *testing.T) {
	zero, most := 0, 10000
	percent := 0.5
	for name, change := range map[string]func(*catalog.Fee){
		"nothing to pay":    func(f *catalog.Fee) { f.Amount = &zero },
		"as announced":      func(f *catalog.Fee) { f.Amount = nil },
		"a percentage":      func(f *catalog.Fee) { f.Amount, f.Percent = nil, &percent },
		"partly known":      func(f *catalog.Fee) { f.Certainty = catalog.Partial },
		"unverified":        func(f *catalog.Fee) { f.Certainty = catalog.Unverified },
		"never said":        func(f *catalog.Fee) { f.Certainty = "" },
		"paid elsewhere":    func(f *catalog.Fee) { f.Collector = "portal" },
		"nobody knows":      func(f *catalog.Fee) { f.Collector = "" },
		"by the copy":       func(f *catalog.Fee) { f.Unit, f.AtMost = "copy", most },
		"another case":      func(f *catalog.Fee) { f.When.Eq = "true" },
		"an unasked fact":   func(f *catalog.Fee) { f.When = &catalog.When{Fact: "poor_household", Eq: "true"} },
		"from tomorrow":     func(f *catalog.Fee) { f.From = "2026-11-24" },
		"until yesterday":   func(f *catalog.Fee) { f.To = "2026-11-22" },
		"a channel unknown": func(f *catalog.Fee) { f.Channel = "direct" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			fee := lateFee()
			change(&fee)
			p.charge(fee)
			p.desk.Payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XA MAU"}
			id := p.begin()
			p.declare(id, "within_60_days", "false")
			for _, l := range p.fees(id, "").Lines {
				if l.AtCounter != 0 {
					t.Errorf("asks for %d", l.AtCounter)
				}
			}
			_, err := p.desk.FeeSlip(t.Context(), id, clerk, "late", "")
			wants(t, err, "fee.not_here", kiosk.Conflict)
			if slices.Contains(p.kinds(id), "fee.due") || len(p.fees(id, "").Slips) != 0 {
				t.Error("there is a slip")
			}
		})
	}
}

// The catalogue that ships has no fee that is known to be taken at the counter:
// no unit shows a code before an operator has said so.
func TestShippedFeesAreNotTakenAtTheCounter(t *testing.T) {
	books, err := catalog.Embedded()
	must(t, err)
	for _, p := range books.Procedures {
		for _, f := range p.Fees {
			if f.Collector == "counter" {
				t.Errorf("%s: %s", p.ID, f.ID)
			}
		}
	}
}

func TestFeesBeforeTheDeclarationAreNotCertain(t *testing.T) {
	p, _ := owing(t)
	id := p.begin()
	must(t, p.desk.Keep(t.Context(), id, clerk, kiosk.Answers{"within_60_days": "false"})) // typed, but nobody has checked it
	if l := p.fees(id, "").Lines; len(l) != 1 || l[0].AtCounter != 0 {
		t.Errorf("%+v", l)
	}
	_, err := p.desk.FeeSlip(t.Context(), id, clerk, "late", "")
	wants(t, err, "fee.not_here")
}

func TestInvariant7_FeesByChannel(t *testing.T) {
	p := newPoint(t)
	direct, online := lateFee(), lateFee()
	half := 7500
	direct.Channel, online.Channel, online.Amount, online.ID = "direct", "online", &half, "late_online"
	p.charge(direct, online)
	p.desk.Payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XA MAU"}
	id := p.begin()
	p.declare(id, "within_60_days", "false")
	amounts := func(channel string) map[string]int {
		all := map[string]int{}
		for _, l := range p.fees(id, channel).Lines {
			all[l.Fee.ID] = l.AtCounter
		}
		return all
	}
	for channel, want := range map[string]map[string]int{
		"": {"late": 0, "late_online": 0}, "direct": {"late": 15000}, "online": {"late_online": 7500}, "by pigeon": {"late": 0, "late_online": 0},
	} {
		if got := amounts(channel); !maps.Equal(got, want) {
			t.Errorf("%q: %v, want %v", channel, got, want)
		}
	}
	if table := p.fees(id, "direct"); table.Channel != "direct" || !slices.Contains(table.Channels, "online") {
		t.Errorf("%+v", table)
	}
	f, err := p.desk.FeeSlip(t.Context(), id, clerk, "late", "direct")
	must(t, err)
	if p.fee(id, f.N).Code == "" {
		t.Error("no code on the channel it was made for")
	}
	p.capture(id, "birth_proof", sample(0))
	p.override(id)
	must(t, p.desk.Review(t.Context(), id, clerk))
	p.consent(id)
	_, err = p.desk.Prepare(t.Context(), id, clerk)
	must(t, err)
	if table := p.fees(id, "direct"); table.Channel != "online" || table.Channels != nil {
		t.Errorf("filed in the portal: %+v", table)
	}
	p.wantNoCode(id, f.N, "no_code.changed")
}

// Invariant 6: what a dossier costs stays what it was when it was opened, words
// of exemption included; a further dossier gets what stands now.
func TestInvariant6_ReloadChangesNoFee(t *testing.T) {
	p, id := owing(t)
	before := p.fees(id, "")
	other := lateFee()
	twice := 30000
	other.Amount, other.Exempt, other.Exemption = &twice, "", catalog.Exemption{}
	p.charge(other)
	if diff := cmp.Diff(before, p.fees(id, "")); diff != "" {
		t.Error(diff)
	}
	again := p.begin()
	p.declare(again, "within_60_days", "false")
	if l := p.fees(again, "").Lines[0]; l.AtCounter != twice || l.Exempt != "" {
		t.Errorf("%+v", l)
	}
}

// A dossier of a program that kept no words of exemption says that there are
// some, not that there are none.
func TestTermsWithoutExemptionsAskForThem(t *testing.T) {
	p, id := owing(t)
	w := p.work(id)
	w.Terms.Procedure.Fees[0].Exemption = catalog.Exemption{}
	table, err := p.desk.Fees(t.Context(), w, "", phrases.VI)
	must(t, err)
	if table.Lines[0].Exempt != phrases.Say(phrases.VI, "catalog.exempt_ask") {
		t.Errorf("%+v", table.Lines[0])
	}
}

// Invariant 7: the amount is that of the day the dossier was handed in.
func TestInvariant7_FeesOfTheDayOfSubmission(t *testing.T) {
	p := newPoint(t)
	old, next := lateFee(), lateFee()
	raised := 20000
	old.To, old.When = "2026-11-23", nil
	next.From, next.When, next.Amount = "2026-11-24", nil, &raised
	p.charge(old, next)
	open, sealed := p.consented(), p.consented()
	_, err := p.desk.HandOver(t.Context(), sealed, clerk)
	must(t, err)
	p.clock.pass(24 * time.Hour)
	for id, want := range map[kiosk.DossierID]int{open: 20000, sealed: 15000} {
		if l := p.fees(id, "").Lines; len(l) != 1 || l[0].AtCounter != want {
			t.Errorf("%+v, want %d", l, want)
		}
	}
	if day := p.fees(sealed, "").Day; day != "2026-11-23" {
		t.Errorf("the fees of %s", day)
	}
}

// Invariant 6: a dossier opened under a version of the law stays under it, to
// the fees. What has a period of its own is still that of the day it is handed
// in.
func TestInvariant6_FeesOfTheVersionADossierWasOpenedUnder(t *testing.T) {
	p := newPoint(t)
	p.clock.pass(time.Date(2027, 2, 27, 2, 0, 0, 0, time.UTC).Sub(morning))
	late, ends, begins := lateFee(), lateFee(), lateFee()
	ends.ID, ends.To = "ends", "2027-02-28"
	begins.ID, begins.From = "begins", "2027-03-01"
	p.chargeUntil("2027-02-28", late, ends, begins)
	p.desk.Payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XA MAU"}
	id := p.begin()
	p.declare(id, "within_60_days", "false")
	for _, tt := range []struct {
		day  string
		owed []string
	}{{"2027-02-27", []string{"late", "ends"}}, {"2027-03-01", []string{"late", "begins"}}} {
		table := p.fees(id, "")
		var owed []string
		for _, l := range table.Lines {
			if l.Known && l.AtCounter == 15000 && l.Exempt == exemptWords {
				owed = append(owed, l.Fee.ID)
			}
		}
		if table.Day != tt.day || !slices.Equal(owed, tt.owed) || len(table.Lines) != len(owed) {
			t.Errorf("on %s it costs %+v, want %v", table.Day, table.Lines, tt.owed)
		}
		p.clock.pass(48 * time.Hour)
	}
	_, err := p.desk.Open(t.Context(), intake.OpenRequest{Procedure: birth, Staff: clerk, Notice: intake.NoticeVersion})
	wants(t, err, "procedure.not_in_force", kiosk.Invalid)
}
