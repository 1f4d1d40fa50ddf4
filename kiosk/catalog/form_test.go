package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk"
)

func TestQuestionCheck(t *testing.T) {
	sex := []Choice{{ID: "male", Label: "Nam"}, {ID: "female", Label: "Nữ"}}
	tests := []struct {
		q    Question
		in   string
		want string
		code kiosk.Code
	}{
		{Question{Type: TypeText}, "  Tổ\u00a03,\u200b  Đại Thanh ", "Tổ 3, Đại Thanh", ""},
		{Question{Type: TypeText}, "", "", ""},
		{Question{Type: TypeText, Required: true}, " \u200b", "", "field.required"},
		{Question{Type: TypeText, MaxRunes: 5}, "Nguyễ", "Nguyễ", ""},
		{Question{Type: TypeText, MaxRunes: 5}, norm.NFD.String("Nguyễ"), "Nguyễ", ""},
		{Question{Type: TypeText, MaxRunes: 5}, "Nguyễn", "", "field.too_long"},
		{Question{Type: TypeAddress}, strings.Repeat("ă", 201), "", "field.too_long"},
		{Question{Type: TypeName}, norm.NFD.String("Nguyễn  Văn Ánh"), "Nguyễn Văn Ánh", ""},
		{Question{Type: TypeName}, "H'Hen Niê-Êban", "H'Hen Niê-Êban", ""},
		{Question{Type: TypeName}, "Nguy?n V?n", "", "field.name"},
		{Question{Type: TypeName}, "Nguy\xffn", "", "field.name"},
		{Question{Type: TypeName}, "An 2", "", "field.name"},
		{Question{Type: TypePersonalNo}, "001 093 012 345", "001093012345", ""},
		{Question{Type: TypePersonalNo}, "101093012345", "", "field.personal_no"},
		{Question{Type: TypePersonalNo}, "00109301234", "", "field.personal_no"},
		{Question{Type: TypePhone}, "0912 345 678", "+84912345678", ""},
		{Question{Type: TypePhone}, "+84 912.345.678", "+84912345678", ""},
		{Question{Type: TypePhone}, "0084912345678", "+84912345678", ""},
		{Question{Type: TypePhone}, "84912345678", "+84912345678", ""},
		{Question{Type: TypePhone}, "+84 (0)912-345-678", "+84912345678", ""},
		{Question{Type: TypePhone}, "024 3825 1234", "+842438251234", ""},
		{Question{Type: TypePhone}, "0612345678", "", "field.phone"},
		{Question{Type: TypePhone}, "091234567", "", "field.phone"},
		{Question{Type: TypePhone}, "0243825123", "", "field.phone"},
		{Question{Type: TypePhone}, "không có", "", "field.phone"},
		{Question{Type: TypeDate}, "5/8/1993", "1993-08-05", ""},
		{Question{Type: TypeDate}, "15.08.1993", "1993-08-15", ""},
		{Question{Type: TypeDate}, "15081993", "1993-08-15", ""},
		{Question{Type: TypeDate}, "1993-08-15", "1993-08-15", ""},
		{Question{Type: TypeDate}, "31022000", "", "field.date"},
		{Question{Type: TypeDate}, "29/02/2025", "", "field.date"},
		{Question{Type: TypeDate}, "01/01/1850", "", "field.date"},
		{Question{Type: TypeDate}, "08/15/1993", "", "field.date"},
		{Question{Type: TypeDate}, "hôm qua", "", "field.date"},
		{Question{Type: TypeChoice, Values: sex}, "male", "male", ""},
		{Question{Type: TypeChoice, Values: sex}, "Nam", "", "field.choice"},
		{Question{Type: TypeEmail}, "an@example.com", "an@example.com", ""},
		{Question{Type: TypeEmail}, "an@example", "", "field.email"},
		{Question{Type: TypeEmail}, "ân@example.com", "", "field.email"},
	}
	for _, tt := range tests {
		tt.q.ID = "q"
		f := Form{Sections: []Section{{Questions: []Question{tt.q}}}}
		clean, wrong := f.Check(kiosk.Answers{"q": tt.in, "other": "dropped"})
		var code kiosk.Code
		if len(wrong) > 0 {
			code = wrong[0].Code
		}
		if clean["q"] != tt.want || code != tt.code || len(clean) > 1 {
			t.Errorf("%s %q: %q %q, want %q %q", tt.q.Type, tt.in, clean["q"], code, tt.want, tt.code)
		}
		if again, wrong := f.Check(clean); tt.code == "" && (len(wrong) > 0 || !cmp.Equal(again, clean)) {
			t.Errorf("%s %q: checked again gives %v %v", tt.q.Type, tt.in, again, wrong)
		}
	}
}

func TestFormCheckOrderAndApplicant(t *testing.T) {
	f, _ := shipped(t).Form("land-transfer")
	_, wrong := f.Check(kiosk.Answers{"applicant_phone": "1", "land_parcel": "  ", "subject_no": "12"})
	want := []kiosk.FieldError{
		{Field: "applicant_name", Code: "field.required"}, {Field: "applicant_no", Code: "field.required"},
		{Field: "applicant_residence", Code: "field.required"}, {Field: "applicant_phone", Code: "field.phone"},
		{Field: "subject_no", Code: "field.personal_no"},
		{Field: "land_sheet", Code: "field.required"}, {Field: "land_parcel", Code: "field.required"}, {Field: "land_address", Code: "field.required"},
	}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Error(diff)
	}
	clean, wrong := f.Check(kiosk.Answers{
		"applicant_name": "Trần Thị  Hoà", "applicant_no": "001303000451", "applicant_residence": "Đại Thanh, Hà Nội",
		"applicant_phone": "0912345678", "land_sheet": "12", "land_parcel": "345", "land_address": "Đại Thanh",
		"delivery_address": "P.1203 CT8, Đại Thanh", "mortgaged": "true",
	})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if _, ok := clean["mortgaged"]; ok {
		t.Error("a fact got into the form")
	}
	got := f.Applicant(clean)
	if want := (kiosk.Applicant{Name: "Trần Thị Hoà", PersonalNo: "001303000451", Phone: "+84912345678", Address: "P.1203 CT8, Đại Thanh"}); got != want {
		t.Errorf("applicant %+v", got)
	}
}

func TestFormat(t *testing.T) {
	f := Form{}
	for _, tt := range []struct{ typ, in, want string }{
		{TypeDate, "1993-08-15", "15/08/1993"},
		{TypeDate, "?", "?"},
		{TypePhone, "+84912345678", "0912 345 678"},
		{TypePhone, "+842438251234", "024 3825 1234"},
		{TypePhone, "+842033825123", "0203 382 5123"},
		{TypePhone, "+1555", "+1555"},
		{TypeChoice, "male", "Nam"},
		{TypeChoice, "none", "none"},
		{TypeText, "Tổ 3", "Tổ 3"},
	} {
		q := Question{Type: tt.typ, Values: []Choice{{ID: "male", Label: "Nam"}}}
		if got := f.Format(q, tt.in); got != tt.want {
			t.Errorf("%s %q = %q, want %q", tt.typ, tt.in, got, tt.want)
		}
	}
}

func TestCheckFacts(t *testing.T) {
	p, _ := shipped(t).Procedure("temporary-residence")
	clean, wrong := p.CheckFacts(kiosk.Answers{"filing": "list", "dwelling_in_database": "perhaps", "applicant_name": "An"})
	if diff := cmp.Diff(kiosk.Answers{"filing": "list"}, clean); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]kiosk.FieldError{{Field: "dwelling_in_database", Code: "field.choice"}}, wrong); diff != "" {
		t.Error(diff)
	}
	if _, wrong := p.CheckFacts(nil); len(wrong) != 2 || wrong[0].Code != "field.required" {
		t.Errorf("no facts: %v", wrong)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("0912 345 678", "15/08/1993", "Nguyễn Văn Ánh", "001093012345")
	f.Add("+84(0)", "1993-8-5", "\xff", "0 0 1")
	f.Fuzz(func(t *testing.T, phone, day, name, no string) {
		form, _ := shipped(t).Form("birth-registration")
		clean, _ := form.Check(kiosk.Answers{"applicant_phone": phone, "applicant_birth": day, "applicant_name": name, "subject_no": no, "applicant_residence": phone})
		again, _ := form.Check(clean)
		if diff := cmp.Diff(clean, again); diff != "" {
			t.Errorf("checked again (-first +second):\n%s", diff)
		}
	})
}
