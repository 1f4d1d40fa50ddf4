package kiosk

import (
	"strings"
	"testing"
	"time"
)

// A claim is never money: only a confirmation ends in confirmed, nothing leads
// on from there, and nothing leads back to due.
func TestInvariant7_FeeSteps(t *testing.T) {
	all := []FeeState{FeeDue, FeeClaimed, FeeConfirmed, FeeVoid}
	want := map[FeeState]string{FeeDue: "payment_claimed payment_confirmed void", FeeClaimed: "payment_confirmed void"}
	for _, from := range all {
		var to []string
		for _, s := range all {
			if CanStepFee(from, s) {
				to = append(to, string(s))
			}
		}
		if got := strings.Join(to, " "); got != want[from] {
			t.Errorf("%s leads to %q, want %q", from, got, want[from])
		}
	}
	if CanStepFee("", FeeDue) || CanStepFee("paid", FeeConfirmed) {
		t.Error("a step from a state that is none")
	}
}

// Every reference fits the bill number and, in its purpose, the text of a
// transfer, both 25 characters, and no two are the same.
func TestInvariant7_FeeReference(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, point := range []PointCode{"ABC", "ABC2", "DTH01", "ZZZZZ9"} {
		for _, no := range []int{1, 42, 9999} {
			code, err := NewLocalCode(point, at, no)
			if err != nil {
				continue
			}
			for n := 1; n <= MaxFeeSlips; n++ {
				r, err := NewFeeReference(code, n)
				if err != nil {
					t.Fatal(err)
				}
				if len(r) > 25 || len("LePhi "+r.Compact()) > 25 || seen[r.Compact()] || strings.ContainsFunc(r.Compact(), func(c rune) bool { return !isAlphanumeric(c) }) {
					t.Fatalf("%s, %s", r, r.Compact())
				}
				seen[r.Compact()] = true
			}
		}
	}
	if r, err := NewFeeReference("DTH01-261123-0042-V", 1); err != nil || r != "DTH01-261123-0042-V-01" || r.Compact() != "DTH012611230042V01" {
		t.Errorf("%s, %v", r, err)
	}
	if _, err := NewFeeReference("DTH01-261123-0042-V", MaxFeeSlips+1); CodeOf(err) != "fee.too_many" || KindOf(err) != Conflict {
		t.Error(err)
	}
	for _, wrong := range []func() (FeeReference, error){
		func() (FeeReference, error) { return NewFeeReference("", 1) }, func() (FeeReference, error) { return NewFeeReference("DTH01-261123-0042-V", 0) },
	} {
		if r, err := wrong(); err == nil {
			t.Errorf("made %s", r)
		}
	}
}

func TestParseBankNotice(t *testing.T) {
	for typed, want := range map[string]BankNotice{
		"FT26327123456789": "FT26327123456789", " ft 2632 7123 \u00a04567 ": "FT263271234567", "mbvcb.0123–456/7": "MBVCB.0123-456/7",
		"123456": "123456", "1\u200b234": "1234",
	} {
		if got, err := ParseBankNotice(typed); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"", " ", "123", "DATRATIEN", "đã trả 15000", "Nguyễn Văn Mẫu", "A_1234", "12:34:56", strings.Repeat("1", 36), "\x001234", "١٢٣٤٥", "....1", "-1234", "/FT1", "....", "\u200b.123"} {
		if got, err := ParseBankNotice(typed); CodeOf(err) != "fee.notice_malformed" || KindOf(err) != Invalid {
			t.Errorf("%q is %q, %v", typed, got, err)
		}
	}
}

func TestInvariant7_OurOwnReferenceIsNoNotice(t *testing.T) {
	const own FeeReference = "DTH01-261123-0042-V-01"
	for typed, repeats := range map[string]bool{
		"dth01-261123-0042-v-01": true, "LePhi DTH012611230042V01": true, "DTH01 261123 0042 V": true, "DTH01-261123-0042-V-02": true,
		"FT26327123456789": false, "DTH01-261123-0041-X": false,
	} {
		n, err := ParseBankNotice(typed)
		if err != nil || n.Repeats(own) != repeats {
			t.Errorf("%q: %q, %v, repeats %v", typed, n, err, n.Repeats(own))
		}
	}
	if BankNotice("1234").Repeats("") {
		t.Error("no reference is repeated")
	}
}

func FuzzParseBankNotice(f *testing.F) {
	for _, s := range []string{"FT26327123456789", " ft 2632–1 ", "đ1234", "1\u200b234", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseBankNotice(s)
		if err != nil {
			if KindOf(err) != Invalid || n != "" {
				t.Fatalf("%q: %q, %v", s, n, err)
			}
			return
		}
		if again, err := ParseBankNotice(string(n)); err != nil || again != n {
			t.Errorf("%q is read as %q and then as %q, %v", s, n, again, err)
		}
		if len(n) < minNotice || len(n) > maxNotice || strings.ContainsFunc(string(n), func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is taken as %q", s, n)
		}
	})
}
