package kiosk

import (
	"strconv"
	"testing"
)

func TestInvariant19_EverySharedStatusHasANameAndOthersAreKept(t *testing.T) {
	seen := map[string]bool{}
	for n := 1; n <= 10; n++ {
		for _, written := range []string{strconv.Itoa(n), " 0" + strconv.Itoa(n) + "\n"} {
			s, err := ParseNationalStatus(written)
			if err != nil || string(s) != strconv.Itoa(n) || s.Name() == "" {
				t.Errorf("%q: %q, %q, %v", written, s, s.Name(), err)
			}
			seen[s.Name()] = true
		}
	}
	if len(seen) != 10 || len(nationalNames) != 10 {
		t.Errorf("%d names for ten codes, %d in the table", len(seen), len(nationalNames))
	}
	for _, other := range []string{"0", "11", "00", "1.5", "-1", "DANG_XU_LY", "١"} {
		if s, err := ParseNationalStatus(other); err != nil || string(s) != other || s.Name() != "" {
			t.Errorf("%q became %q, %q (%v)", other, s, s.Name(), err)
		}
	}
	for _, none := range []string{"", " \t", string(make([]byte, 65))} {
		if _, err := ParseNationalStatus(none); CodeOf(err) != "status.malformed" {
			t.Errorf("%q: %v", none, err)
		}
	}
}

func FuzzParseNationalStatus(f *testing.F) {
	for _, s := range []string{"1", "010", "", "11", "x", " 5 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseNationalStatus(text)
		if err != nil {
			return
		}
		if again, err := ParseNationalStatus(string(s)); err != nil || again != s {
			t.Errorf("%q gives %q, and that %q (%v)", text, s, again, err)
		}
	})
}
