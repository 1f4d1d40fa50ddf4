package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

func TestMoney(t *testing.T) {
	for in, want := range map[int]string{0: "0 đ", 5: "5 đ", 999: "999 đ", 15000: "15.000 đ", 5000000: "5.000.000 đ", -1500: "-1.500 đ"} {
		if got := Money(in); got != want {
			t.Errorf("Money(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestFeeLines(t *testing.T) {
	c := shipped(t)
	p, _ := c.Procedure("temporary-residence")
	got := c.FeeLines(phrases.VI, p, kiosk.Answers{"filing": "single"}, "direct")
	want := []FeeLine{{Fee: p.Fees[0], Text: "15.000 đ/lần đăng ký", Known: true, Applies: Yes}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(c.FeeLines(phrases.VI, p, nil, "")); n != 4 {
		t.Errorf("%d lines without facts, want 4", n)
	}
	birth, _ := c.Procedure("birth-registration")
	if got := c.FeeLines(phrases.EN, birth, kiosk.Answers{"within_60_days": "true"}, ""); len(got) != 1 || got[0].Text != "no charge" {
		t.Errorf("on time: %+v", got)
	}
	if got := c.FeeLines(phrases.VI, birth, kiosk.Answers{"within_60_days": "false"}, ""); len(got) != 1 || got[0].Text != "hỏi nhân viên" || got[0].Known {
		t.Errorf("late: %+v", got)
	}
}

func TestExemptions(t *testing.T) {
	amount := 8000
	c := &Catalog{}
	p := Procedure{Fees: []Fee{
		{ID: "a", Unit: "copy", Amount: &amount, Certainty: Verified, Exempt: "v", Exemption: Exemption{Text: "Hộ nghèo", Certainty: Verified}},
		{ID: "b", Unit: "copy", Certainty: Verified, Exempt: "u", Exemption: Exemption{Text: "?", Certainty: Partial}},
	}}
	got := c.FeeLines(phrases.VI, p, nil, "")
	want := []FeeLine{
		{Fee: p.Fees[0], Text: "8.000 đ/bản", Known: true, Exempt: "Hộ nghèo", Applies: Yes},
		{Fee: p.Fees[1], Text: "theo thông báo của cơ quan", Known: true, Exempt: "Có thể được miễn, giảm: hỏi nhân viên", Applies: Yes},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDurationText(t *testing.T) {
	days := func(v float64) *float64 { return &v }
	tests := []struct {
		d    []Duration
		lang phrases.Lang
		want string
	}{
		{nil, phrases.VI, "hỏi nhân viên"},
		{[]Duration{{Value: days(3), Unit: "working_day", Certainty: Partial}}, phrases.VI, "hỏi nhân viên"},
		{[]Duration{{Certainty: Verified}}, phrases.VI, "hỏi nhân viên"},
		{[]Duration{{Text: "Theo thông báo", Certainty: Verified}}, phrases.VI, "Theo thông báo"},
		{[]Duration{{Value: days(6.5), Unit: "working_day", Certainty: Verified}}, phrases.VI, "6,5 ngày làm việc"},
		{[]Duration{{Value: days(6.5), Unit: "working_day", Certainty: Verified}}, phrases.EN, "6.5 working days"},
		{[]Duration{{Value: days(1), Unit: "month", Certainty: Verified}}, phrases.EN, "1 month"},
		{[]Duration{{Case: "default", Value: days(2), Unit: "calendar_day", Certainty: Verified}, {Case: "Cần xác minh", Value: days(5), Unit: "working_day", Certainty: Verified}}, phrases.VI, "2 ngày; Cần xác minh: 5 ngày làm việc"},
	}
	for _, tt := range tests {
		if got := (Procedure{Durations: tt.d}).DurationText(tt.lang); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.d, got, tt.want)
		}
	}
}

// TestEveryWordIsThere: units are joined to codes, so each needs its phrase.
func TestEveryWordIsThere(t *testing.T) {
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
		for _, u := range timeUnits {
			if !phrases.Has(lang, "catalog.time."+u) {
				t.Errorf("%s: no phrase for the time unit %s", lang, u)
			}
		}
		for _, u := range feeUnits {
			if !phrases.Has(lang, "catalog.per."+u) {
				t.Errorf("%s: no phrase for the fee unit %s", lang, u)
			}
		}
	}
}

func TestInForce(t *testing.T) {
	p, _ := shipped(t).Procedure("birth-registration")
	for day, want := range map[string]bool{"2025-12-31": false, "2026-01-01": true, "2027-02-28": true, "2027-03-01": false} {
		if p.InForce(day) != want {
			t.Errorf("in force on %s: %v", day, !want)
		}
	}
	if !(Procedure{}).InForce("2026-11-23") {
		t.Error("an open period is always in force")
	}
}

func TestAsOfKeepsEveryStatement(t *testing.T) {
	c := shipped(t)
	p, _ := c.Procedure("birth-registration")
	then := c.AsOf("2040-01-01")
	if kept, _ := then.Procedure(p.ID); then.Day() != "2040-01-01" || kept.Certainty != p.Certainty || cmp.Diff(p.Fees, kept.Fees) != "" || c.Day() != "" {
		t.Errorf("%+v", kept)
	}
}

func TestChecklistAndMissing(t *testing.T) {
	p, _ := shipped(t).Procedure("birth-registration")
	facts := kiosk.Answers{"within_60_days": "true", "birth_case": "ordinary", "submitter": "parent"}
	if got := p.Missing(facts, nil); len(got) != 1 || got[0].ID != "birth_proof" {
		t.Errorf("missing %v", got)
	}
	if got := p.Missing(facts, map[kiosk.RequirementID]bool{"pledge": true}); len(got) != 0 {
		t.Errorf("with a pledge still missing %v", got)
	}
	r, _ := shipped(t).Procedure("temporary-residence")
	for value, want := range map[string]int{"recorded": 0, "not_recorded": 1, "unknown": 1} {
		if got := r.Missing(kiosk.Answers{"filing": "single", "dwelling_in_database": value}, nil); len(got) != want {
			t.Errorf("dwelling %s: missing %v", value, got)
		}
	}
}
