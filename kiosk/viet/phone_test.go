package viet

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"servicepoint/kiosk"
)

func TestReadPhone(t *testing.T) {
	mobile := Phone{E164: "+84912345678", Shown: "0912 345 678", Mobile: true}
	hanoi := Phone{E164: "+842438251234", Shown: "024 3825 1234"}
	quangNinh := Phone{E164: "+842033825123", Shown: "0203 382 5123"}
	tests := []struct {
		in   string
		want Phone
		code kiosk.Code
	}{
		{"0912345678", mobile, ""},
		{"0912 345 678", mobile, ""},
		{" 0912.345.678 ", mobile, ""},
		{"0912-345-678", mobile, ""},
		{"0912–345–678", mobile, ""},
		{"(0912) 345 678", mobile, ""},
		{"+84912345678", mobile, ""},
		{"+84 912 345 678", mobile, ""},
		{"(+84) 912 345 678", mobile, ""},
		{"+84 (0)912 345 678", mobile, ""},
		{"+84 0912 345 678", mobile, ""},
		{"0084912345678", mobile, ""},
		{"84912345678", mobile, ""},
		{"84 912 345 678", mobile, ""},
		{"０９１２ ３４５ ６７８", mobile, ""},
		{"＋８４（０）９１２　３４５　６７８", mobile, ""},
		{"\u200e0912\u00a0345\u00a0678", mobile, ""},
		{"024 3825 1234", hanoi, ""},
		{"(024) 38251234", hanoi, ""},
		{"+84 (0)24 3825 1234", hanoi, ""},
		{"+84 24 3825 1234", hanoi, ""},
		{"02033825123", quangNinh, ""},
		{"0312345678", Phone{E164: "+84312345678", Shown: "0312 345 678", Mobile: true}, ""},

		{"01691234567", Phone{}, "phone.old_number"},
		{"+84 169 123 4567", Phone{}, "phone.old_number"},
		{"0123 456 7890", Phone{}, "phone.old_number"},
		{"01881234567", Phone{}, "phone.old_number"},
		{"01991234567", Phone{}, "phone.old_number"},
		{"01512345678", Phone{}, "phone.malformed"},

		{"024 3825 1234 ext 12", Phone{}, "phone.extension"},
		{"024 3825 1234 (ext. 12)", Phone{}, "phone.extension"},
		{"024 3825 1234 máy lẻ 12", Phone{}, "phone.extension"},
		{"024 3825 1234 máy lẻ: 12", Phone{}, "phone.extension"},
		{"02438251234x12", Phone{}, "phone.extension"},
		{"02438251234#12", Phone{}, "phone.extension"},
		{"12 x 12", Phone{}, "phone.malformed"},

		{"", Phone{}, "phone.malformed"},
		{"không có", Phone{}, "phone.malformed"},
		{"+", Phone{}, "phone.malformed"},
		{"+84", Phone{}, "phone.malformed"},
		{"84", Phone{}, "phone.malformed"},
		{"912345678", Phone{}, "phone.malformed"},
		{"0612345678", Phone{}, "phone.malformed"},
		{"091234567", Phone{}, "phone.malformed"},
		{"09123456789", Phone{}, "phone.malformed"},
		{"0243825123", Phone{}, "phone.malformed"},
		{"++84912345678", Phone{}, "phone.malformed"},
		{"0912345678 0987654321", Phone{}, "phone.malformed"},
		{"0912345678/0987654321", Phone{}, "phone.malformed"},
		{"+1 202 555 0123", Phone{}, "phone.malformed"},
		{"٠٩١٢٣٤٥٦٧٨", Phone{}, "phone.malformed"},
		{"1900 1234", Phone{}, "phone.malformed"},
	}
	for _, tt := range tests {
		got, err := ReadPhone(tt.in)
		if tt.code == "" && (err != nil || got != tt.want) {
			t.Errorf("%q: %#v %v, want %#v", tt.in, got, err, tt.want)
		}
		if tt.code != "" && (got != Phone{} || kiosk.CodeOf(err) != tt.code || kiosk.KindOf(err) != kiosk.Invalid) {
			t.Errorf("%q: %#v %v, want %s", tt.in, got, err, tt.code)
		}
	}
}

func TestShowPhone(t *testing.T) {
	for in, want := range map[string]string{
		"+84912345678": "0912 345 678", "+842438251234": "024 3825 1234", "+842838251234": "028 3825 1234", "+842033825123": "0203 382 5123",
		"+1555": "+1555", "": "", "?": "?",
	} {
		if got := ShowPhone(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestPhoneNeverReachesALog(t *testing.T) {
	p, err := ReadPhone("0912 345 678")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("read", "phone", p)
	_, err = ReadPhone("0912 345 678 9")
	fmt.Fprint(&out, err)
	if strings.Contains(out.String(), "345") {
		t.Error(out.String())
	}
}

func FuzzReadPhone(f *testing.F) {
	for _, s := range []string{"0912 345 678", "+84 (0)24 3825 1234", "０９１２３４５６７８", "01691234567", "02438251234 ext 12", "\xff", "840"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ReadPhone(s)
		if err != nil {
			if p != (Phone{}) {
				t.Errorf("%q is refused and gives %#v", s, p)
			}
			return
		}
		for _, again := range []string{p.E164, p.Shown} {
			if q, err := ReadPhone(again); err != nil || q != p {
				t.Errorf("%q is %#v; read again from %q it is %#v, %v", s, p, again, q, err)
			}
		}
	})
}
