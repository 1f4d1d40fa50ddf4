package kiosk

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// Invariant 1: the check character finds every single wrong character and
// every swap of neighbours.
func TestInvariant1LocalCodeFindsTypingErrors(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for n := 1; n < 200; n++ {
		code, err := NewLocalCode("DTH01", noon, n)
		if errors.Is(err, ErrSkipCounter) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseLocalCode(string(code)); err != nil || got != code {
			t.Fatalf("%s does not read back: %v", code, err)
		}
		chars := []byte(strings.ReplaceAll(string(code), "-", ""))
		join := func(c []byte) string {
			return string(c[:5]) + "-" + string(c[5:11]) + "-" + string(c[11:15]) + "-" + string(c[15:])
		}
		for i := range chars {
			for _, r := range []byte(alphabet) {
				if r == chars[i] {
					continue
				}
				wrong := append([]byte{}, chars...)
				wrong[i] = r
				if _, err := ParseLocalCode(join(wrong)); err == nil {
					t.Fatalf("%s is taken for %s", join(wrong), code)
				}
			}
			if i+1 < len(chars) && chars[i] != chars[i+1] {
				wrong := append([]byte{}, chars...)
				wrong[i], wrong[i+1] = wrong[i+1], wrong[i]
				if _, err := ParseLocalCode(join(wrong)); err == nil {
					t.Fatalf("%s is taken for %s", join(wrong), code)
				}
			}
		}
	}
}

func TestLocalCodeKnownVector(t *testing.T) {
	code, err := NewLocalCode("DTH01", noon, 42)
	if err != nil || code != "DTH01-261123-0042-V" {
		t.Fatalf("got %q, %v", code, err)
	}
}

// Invariant 21: 23:30 in Hanoi belongs to the local day, 00:30 to the next.
func TestInvariant21LocalCodeUsesTheHanoiDay(t *testing.T) {
	late := time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)
	for at, day := range map[time.Time]string{late: "261123", late.Add(time.Hour): "261124"} {
		code, err := NewLocalCode("DTH01", at, 7)
		if err != nil || !strings.Contains(string(code), day) {
			t.Errorf("%s gives %q, %v; want day %s", at, code, err, day)
		}
	}
}

func TestParseLocalCodeAsPeopleTypeIt(t *testing.T) {
	for _, s := range []string{"dth01-261123-0042-v", "DTH01 261123 0042 V", "  DTH01-261123-0042-V "} {
		if got, err := ParseLocalCode(s); err != nil || got != "DTH01-261123-0042-V" {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
	for s, want := range map[string]Code{"": "code.local_malformed", "DTH01-261123-0042": "code.local_malformed", "DTH01-261123-0043-V": "code.local_check", "D*-261123-0042-V": "code.local_malformed"} {
		if _, err := ParseLocalCode(s); CodeOf(err) != want {
			t.Errorf("%q: got %v, want %s", s, err, want)
		}
	}
}

func TestNewLocalCodeRefusesWhatItCannotSay(t *testing.T) {
	for _, c := range []struct {
		point PointCode
		n     int
	}{{"dth01", 1}, {"AB", 1}, {"ABCDEFG", 1}, {"DTH01", 0}, {"DTH01", 10000}} {
		if code, err := NewLocalCode(c.point, noon, c.n); err == nil {
			t.Errorf("%v became %q", c, code)
		}
	}
	skipped := 0
	for n := 1; n <= 9999; n++ {
		code, err := NewLocalCode("DTH01", noon, n)
		if errors.Is(err, ErrSkipCounter) {
			skipped++
			continue
		}
		if err != nil || strings.Contains(string(code), "*") {
			t.Fatalf("%d: %q, %v", n, code, err)
		}
	}
	if skipped == 0 {
		t.Error("no counter value was skipped; '*' must come up")
	}
}

func TestParseOfficialCode(t *testing.T) {
	for s, usual := range map[string]bool{
		"G09.20-20260609-0092637": true, "000.00.04.G18-260609-0001": true, "h26.01-260609-0001": true, " H55.242-20260101-12345 ": true,
		"HS-2026/17": false,
	} {
		if _, got, err := ParseOfficialCode(s); err != nil || got != usual {
			t.Errorf("%q: usual %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "   ", "A B", "Đ01", strings.Repeat("A", 65)} {
		if _, _, err := ParseOfficialCode(s); CodeOf(err) != "code.official_malformed" {
			t.Errorf("%q was accepted: %v", s, err)
		}
	}
}

func FuzzParseLocalCode(f *testing.F) {
	f.Add("DTH01-261123-0042-V")
	f.Fuzz(func(t *testing.T, s string) {
		if code, err := ParseLocalCode(s); err == nil {
			if again, err := ParseLocalCode(string(code)); err != nil || again != code {
				t.Fatalf("%q reads as %q, which reads as %q, %v", s, code, again, err)
			}
		}
	})
}
