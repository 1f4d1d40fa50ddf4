package postal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func TestInvariant10CheckDigit(t *testing.T) {
	for serial, want := range map[string]byte{
		"47312482": '9', "12345678": '5', "00000000": '5', // a remainder of 0
		"00000002": '8', "10000000": '3', "00000008": '0', // a remainder of 1
	} {
		if got, ok := CheckDigit(serial); !ok || got != want {
			t.Errorf("CheckDigit(%s) = %c, %v, want %c", serial, got, ok, want)
		}
	}
	for _, serial := range []string{"", "1234567", "123456789", "1234567A", "-1234567"} {
		if got, ok := CheckDigit(serial); ok {
			t.Errorf("CheckDigit(%q) = %c", serial, got)
		}
	}
}

func TestInvariant10TrackingNumbers(t *testing.T) {
	good := TrackingNo{Value: "EB123456785VN", Valid: true, Service: EMS, Country: "VN"}
	for text, want := range map[string]TrackingNo{
		"EB123456785VN":                     good,
		"eb123456785vn":                     good,
		" EB 123 456 785 VN\r\n":            good,
		"EB-12345678-5-VN":                  good,
		"EB\u00a01234–5678\u20115\ufeff VN": good,
		"EB123456789VN":                     {Value: "EB123456789VN", Service: EMS, Country: "VN", Warnings: []kiosk.Code{CodeCheck}},
		"eb 123456789 vn":                   {Value: "EB123456789VN", Service: EMS, Country: "VN", Warnings: []kiosk.Code{CodeCheck}},
		"RR473124829VN":                     {Value: "RR473124829VN", Valid: true, Service: Registered, Country: "VN"},
		"LX473124829DE":                     {Value: "LX473124829DE", Valid: true, Service: Letter, Country: "DE"},
		"MA473124829VN":                     {Value: "MA473124829VN", Valid: true, Service: Letter, Country: "VN"},
		"UA473124829VN":                     {Value: "UA473124829VN", Valid: true, Service: Letter, Country: "VN"},
		"CP473124829VN":                     {Value: "CP473124829VN", Valid: true, Service: ParcelPost, Country: "VN"},
		"QA473124829VN":                     {Value: "QA473124829VN", Valid: true, Country: "VN"},
		"EB12345678VN":                      {Value: "EB12345678VN", Warnings: []kiosk.Code{CodeUnusual}},
		"EB1234567855VN":                    {Value: "EB1234567855VN", Warnings: []kiosk.Code{CodeUnusual}},
		"1234567890123":                     {Value: "1234567890123", Warnings: []kiosk.Code{CodeUnusual}},
		"abc123":                            {Value: "ABC123", Warnings: []kiosk.Code{CodeUnusual}},
		strings.Repeat("7", 30):             {Value: strings.Repeat("7", 30), Warnings: []kiosk.Code{CodeUnusual}},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "  ", "-----", "12345", strings.Repeat("7", 31), "EB123456785V\x00", "ĐB123456785VN", "EB12345678٥VN", "EB.123456785.VN", "eſ473124829vn"} {
		if got, err := Parse(text); kiosk.CodeOf(err) != CodeMalformed || kiosk.KindOf(err) != kiosk.Invalid {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// A wrong check digit is a warning, whatever the number, and never refused.
func TestInvariant10WrongCheckDigitsAreWarnedOf(t *testing.T) {
	for serial := 0; serial < 1e8; serial += 99_991 {
		digits := fmt.Sprintf("%08d", serial)
		check, _ := CheckDigit(digits)
		number := "RR" + digits + string(check) + "VN"
		if n, err := Parse(number); err != nil || !n.Valid {
			t.Fatalf("%s: %+v, %v", number, n, err)
		}
		for d := byte('0'); d <= '9'; d++ {
			if wrong := "RR" + digits + string(d) + "VN"; d != check {
				if n, err := Parse(wrong); err != nil || n.Valid || !slices.Equal(n.Warnings, []kiosk.Code{CodeCheck}) {
					t.Fatalf("%s: %+v, %v", wrong, n, err)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"EB123456785VN", "eb 123456789 vn", "abc-123", "\u00ad", "EB12345678٥VN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err != nil {
			if kiosk.CodeOf(err) != CodeMalformed {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if n.Valid == (len(n.Warnings) > 0) || n.Valid && n.Country == "" {
			t.Fatalf("%q: %+v", s, n)
		}
		if again, err := Parse(strings.ToLower(n.Value)); err != nil || !cmp.Equal(again, n) {
			t.Fatalf("%q reads as %+v, and that as %+v, %v", s, n, again, err)
		}
	})
}
