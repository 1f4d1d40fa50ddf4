package kiosk

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// codes gives local codes of every length of point, over days and counters,
// evenly drawn: n for each length.
func codes(t *testing.T, n int) []LocalCode {
	t.Helper()
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	r := rand.New(rand.NewPCG(3, 37))
	var all []LocalCode
	for length := 3; length <= 6; length++ {
		for made := 0; made < n; {
			point := make([]byte, length)
			for i := range point {
				point[i] = alphabet[r.IntN(len(alphabet))]
			}
			code, err := NewLocalCode(PointCode(point), noon.AddDate(0, 0, r.IntN(3000)), 1+r.IntN(9999))
			if errors.Is(err, ErrSkipCounter) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, code)
			made++
		}
	}
	return all
}

func mustNotRead(t *testing.T, wrong string, code LocalCode) {
	t.Helper()
	if got, err := ParseLocalCode(wrong); err == nil {
		t.Fatalf("%q, a slip of the hand from %s, is taken for %s", wrong, code, got)
	} else if c := CodeOf(err); c != "code.local_check" {
		t.Fatalf("%q, a slip of the hand from %s: %s", wrong, code, c)
	}
}

// Invariant 1: every single wrong character, also one that no code has and a
// hyphen, is found wherever it stands, with hyphens and without.
func TestInvariant1LocalCodeFindsEveryWrongCharacter(t *testing.T) {
	const typed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, code := range codes(t, 20) {
		for _, form := range []string{string(code), strings.ReplaceAll(string(code), "-", "")} {
			if got, err := ParseLocalCode(form); err != nil || got != code {
				t.Fatalf("%q reads as %q, %v; want %s", form, got, err, code)
			}
			for i := range len(form) {
				for _, c := range []byte(typed) {
					if c != form[i] {
						mustNotRead(t, form[:i]+string(c)+form[i+1:], code)
					}
				}
				for _, c := range []string{"-", "*", ".", "Đ"} {
					if c == form[i:i+1] {
						continue
					}
					wrong := form[:i] + c + form[i+1:]
					if got, err := ParseLocalCode(wrong); err == nil {
						t.Fatalf("%q is taken for %s", wrong, got)
					}
				}
			}
		}
	}
}

// Invariant 1: every swap of neighbours is found, also over a hyphen and
// across the borders of the parts.
func TestInvariant1LocalCodeFindsEverySwap(t *testing.T) {
	swap := func(form string, code LocalCode) {
		for i := 0; i+1 < len(form); i++ {
			if form[i] != form[i+1] {
				mustNotRead(t, form[:i]+form[i+1:i+2]+form[i:i+1]+form[i+2:], code)
			}
		}
	}
	for _, code := range codes(t, 150) {
		bare := strings.ReplaceAll(string(code), "-", "")
		swap(string(code), code)
		swap(bare, code)
		point := len(bare) - 11
		for _, border := range []int{point, point + 6, point + 10} { // the hyphens stay where they are
			if bare[border-1] == bare[border] {
				continue
			}
			b := bare[:border-1] + bare[border:border+1] + bare[border-1:border] + bare[border+1:]
			mustNotRead(t, b[:point]+"-"+b[point:point+6]+"-"+b[point+6:point+10]+"-"+b[point+10:], code)
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
	for _, s := range []string{
		"DTH01-261123-0042-V", "dth01-261123-0042-v", "DTH01 261123 0042 V", "  DTH01-261123-0042-V \r\n", "DTH01  261123\t0042 V",
		"DTH012611230042V", "dth012611230042v", " dth012611230042V",
		"DTH01–261123–0042–V", "DTH01—261123—0042—V", "DTH01\u2011261123\u20110042\u2011V", "DTH01\u2010261123\u22120042\uff0dV",
		"DTH01 – 261123 – 0042 – V", "DTH01- 261123 -0042-V", "DTH01\u00a0261123\u00a00042\u00a0V",
		"\ufeffDTH01-261123-0042-V\u200e", "DTH01\u00ad-261123-0042-V",
	} {
		if got, err := ParseLocalCode(s); err != nil || got != "DTH01-261123-0042-V" {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
	for s, want := range map[string]Code{
		"": "code.local_malformed", "   ": "code.local_malformed", "-": "code.local_malformed",
		"DTH01-261123-0042":     "code.local_check",
		"DTH01-261123-0043-V":   "code.local_check",
		"DTH01-26I123-0042-V":   "code.local_check",
		"DTH0126112Z0042V":      "code.local_check",
		"DTH01-26112Z-O042-V":   "code.local_check", // two typing errors, and still the groups of one of ours
		"D*-261123-0042-V":      "code.local_malformed",
		"DTH01-2611230042V":     "code.local_malformed", // some hyphens
		"DTH01--261123-0042-V":  "code.local_check",     // as a point of six, with one character wrong
		"DTH01 - -261123-0042V": "code.local_malformed",
		"-DTH01-261123-0042-V":  "code.local_check",
		"DTH0112-261123-0042-V": "code.local_check",
		"dtſ01-261123-0042-v":   "code.local_malformed", // its upper case is S
		"DTH01-261123-0042-١":   "code.local_malformed",
		"123456789012":          "code.local_malformed",
		"EB123456785VN":         "code.local_malformed",
	} {
		if _, err := ParseLocalCode(s); CodeOf(err) != want {
			t.Errorf("%q: got %v, want %s", s, err, want)
		}
	}
}

// Such codes were never given out, but their last character is right.
func TestLocalCodeDoubts(t *testing.T) {
	signed := func(body string) string { return body + string(mod37Check(body)) }
	for body, want := range map[string][]Code{
		"DTH012611230042":  nil,
		"DTH012802290002":  nil, // a leap day
		"DTH016902280001":  nil,
		"DTH012702290003":  {"code.local_date"},
		"DTH019902290001":  {"code.local_date"},
		"DTH012613010043":  {"code.local_date"},
		"DTH012600100042":  {"code.local_date"},
		"ABC2611310042":    {"code.local_date"},
		"ABCDEF2611230000": {"code.local_counter"},
		"DTH010000000000":  {"code.local_date", "code.local_counter"},
	} {
		code, err := ParseLocalCode(signed(body))
		if err != nil {
			t.Errorf("%s: %v", signed(body), err)
		} else if got := code.Doubts(); !slices.Equal(got, want) {
			t.Errorf("%s: doubts %v, want %v", code, got, want)
		}
	}
	if got := LocalCode("DTH01").Doubts(); !slices.Equal(got, []Code{"code.local_malformed"}) {
		t.Errorf("what is no code: %v", got)
	}
}

// What this unit gives out it never doubts.
func TestLocalCodeGivenOutIsNotDoubted(t *testing.T) {
	for _, code := range codes(t, 50) {
		if d := code.Doubts(); d != nil {
			t.Errorf("%s: %v", code, d)
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
		"HS-2026/17": false, "G09.20–20260609–0092637": true, "\u200eG09.20-20260609-0092637\u00a0": true, "G09.20-2026060-0092637": false,
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
	for _, s := range []string{"DTH01-261123-0042-V", "dth012611230042v", " DTH01 – 261123 – 0042 – V", "ABC2611310000*", "-", "\u00ad\u2212"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := ParseLocalCode(s)
		if err != nil {
			if c := CodeOf(err); c != "code.local_malformed" && c != "code.local_check" {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		for _, form := range []string{string(code), strings.ReplaceAll(string(code), "-", ""), strings.ToLower(string(code))} {
			if again, err := ParseLocalCode(form); err != nil || again != code {
				t.Fatalf("%q reads as %q; %q reads as %q, %v", s, code, form, again, err)
			}
		}
		_ = code.Doubts()
	})
}

func FuzzParseOfficialCode(f *testing.F) {
	for _, s := range []string{"G09.20-20260609-0092637", "h26.01-260609-0001 ", "HS-2026/17", "Đ", "\u200e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, usual, err := ParseOfficialCode(s)
		if err != nil {
			return
		}
		if again, same, err := ParseOfficialCode(string(code)); err != nil || again != code || same != usual {
			t.Fatalf("%q reads as %q, and once more as %q, %v", s, code, again, err)
		}
	})
}
