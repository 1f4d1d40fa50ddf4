package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/viet"
)

const today = "2026-11-23"

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
		{Question{Type: TypePhone}, "0612345678", "", "phone.malformed"},
		{Question{Type: TypePhone}, "091234567", "", "phone.malformed"},
		{Question{Type: TypePhone}, "0243825123", "", "phone.malformed"},
		{Question{Type: TypePhone}, "không có", "", "phone.malformed"},
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
		{Question{Type: TypeAddress}, "Tổ 3,\n Đại Thanh", "Tổ 3, Đại Thanh", ""},
		{Question{Type: TypeAddress}, "12/3", "", "field.address"},
		{Question{Type: TypeAddress}, "T? 3, ??i Thanh", "", "field.address"},
		{Question{Type: TypeBool}, "true", "true", ""},
		{Question{Type: TypeBool}, "false", "false", ""},
		{Question{Type: TypeBool}, "có", "", "field.choice"},
		{Question{Type: TypeBool, Required: true}, "", "", "field.required"},
		{Question{Type: TypeNumber}, "7", "7", ""},
		{Question{Type: TypeNumber}, "007", "7", ""},
		{Question{Type: TypeNumber}, "0", "0", ""},
		{Question{Type: TypeNumber}, "1.250.000", "1250000", ""},
		{Question{Type: TypeNumber}, "1 250", "1250", ""},
		{Question{Type: TypeNumber}, "1.5", "", "field.number"},
		{Question{Type: TypeNumber}, "1,5", "", "field.number"},
		{Question{Type: TypeNumber}, "+7", "", "field.number"},
		{Question{Type: TypeNumber}, "ba", "", "field.number"},
		{Question{Type: TypeNumber}, "٣", "", "field.number"},
		{Question{Type: TypeNumber}, "-1", "", "field.range"},
		{Question{Type: TypeNumber, Min: -5}, "-5", "-5", ""},
		{Question{Type: TypeNumber, Min: 1, Max: 20}, "1", "1", ""},
		{Question{Type: TypeNumber, Min: 1, Max: 20}, "20", "20", ""},
		{Question{Type: TypeNumber, Min: 1, Max: 20}, "0", "", "field.range"},
		{Question{Type: TypeNumber, Min: 1, Max: 20}, "21", "", "field.range"},
		{Question{Type: TypeNumber}, "99999999999999999999", "", "field.range"},
		{Question{Type: TypeText, Pattern: `[A-Z]\d{7,8}`}, "B1234567", "B1234567", ""},
		{Question{Type: TypeText, Pattern: `[A-Z]\d{7,8}`}, "xB1234567", "", "field.pattern"},
		{Question{Type: TypeText, Pattern: `a|b`}, "ab", "", "field.pattern"},
		{Question{Type: TypeText, Pattern: `[A-Z]\d{7,8}`}, "", "", ""},
		{Question{Type: TypeText, Pattern: `(`}, "nobody can read it", "nobody can read it", ""},
		{Question{Type: TypeDate, NotAfter: "today"}, "23/11/2026", "2026-11-23", ""},
		{Question{Type: TypeDate, NotAfter: "today"}, "24/11/2026", "", "field.future"},
		{Question{Type: TypeDate}, "24/11/2026", "2026-11-24", ""},
	}
	for _, tt := range tests {
		tt.q.ID = "q"
		f := Form{Sections: []Section{{Questions: []Question{tt.q}}}}
		clean, wrong := f.Check(kiosk.Answers{"q": tt.in, "other": "dropped"}, today)
		var code kiosk.Code
		if len(wrong) > 0 {
			code = wrong[0].Code
		}
		if clean["q"] != tt.want || code != tt.code || len(clean) > 1 {
			t.Errorf("%s %q: %q %q, want %q %q", tt.q.Type, tt.in, clean["q"], code, tt.want, tt.code)
		}
		if again, wrong := f.Check(clean, today); tt.code == "" && (len(wrong) > 0 || !cmp.Equal(again, clean)) {
			t.Errorf("%s %q: checked again gives %v %v", tt.q.Type, tt.in, again, wrong)
		}
	}
}

func TestFormCheckOrderAndApplicant(t *testing.T) {
	f, _ := shipped(t).Form("land-transfer")
	_, wrong := f.Check(kiosk.Answers{"applicant_phone": "1", "land_parcel": "  ", "subject_no": "12"}, today)
	want := []kiosk.FieldError{
		{Field: "applicant_name", Code: "field.required"}, {Field: "applicant_no", Code: "field.required"},
		{Field: "applicant_residence", Code: "field.required"}, {Field: "applicant_phone", Code: "phone.malformed"},
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
	}, today)
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
		{TypeNumber, "12", "12"},
		{TypeBool, "true", "Có"},
		{TypeBool, "false", "Không"},
		{TypeBool, "", ""},
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

// household asks for a spouse only of the married, for the spouse's job only if
// there is a spouse, and for a reason only late.
func household() Form {
	when := func(id, value string) *When { return &When{Fact: id, Eq: value} }
	return Form{ID: "household", Sections: []Section{
		{ID: "person", Questions: []Question{
			{ID: "name", Type: TypeName, Required: true, Card: "name"},
			{ID: "married", Type: TypeBool},
			{ID: "spouse", Type: TypeName, Required: true, VisibleWhen: when("married", "true")},
			{ID: "spouse_works", Type: TypeBool, VisibleWhen: &When{Fact: "married", In: []string{"true"}}},
			{ID: "spouse_job", Type: TypeText, VisibleWhen: when("spouse_works", "true")},
		}},
		{ID: "late", Questions: []Question{{ID: "reason", Type: TypeText, VisibleWhen: when("on_time", "false")}}},
	}}
}

func TestFormAsksOnlyWhatIsVisible(t *testing.T) {
	f := household()
	tests := []struct {
		name    string
		answers kiosk.Answers
		asked   string
		clean   kiosk.Answers
		wrong   []kiosk.FieldError
	}{
		{"nothing known", kiosk.Answers{"name": "An"}, "name married", kiosk.Answers{"name": "An"}, nil},
		{"not married: what was said of a spouse is dropped", kiosk.Answers{"name": "An", "married": "false", "spouse": "Bình", "spouse_works": "true", "spouse_job": "thợ"},
			"name married", kiosk.Answers{"name": "An", "married": "false"}, nil},
		{"married", kiosk.Answers{"name": "An", "married": "true", "spouse_works": "false", "spouse_job": "thợ"},
			"name married spouse spouse_works", kiosk.Answers{"name": "An", "married": "true", "spouse_works": "false"}, []kiosk.FieldError{{Field: "spouse", Code: "field.required"}}},
		{"working", kiosk.Answers{"name": "An", "married": " true ", "spouse": "Bình", "spouse_works": "true", "spouse_job": "thợ"},
			"name married spouse spouse_works spouse_job", kiosk.Answers{"name": "An", "married": "true", "spouse": "Bình", "spouse_works": "true", "spouse_job": "thợ"}, nil},
		{"a wrong answer decides nothing", kiosk.Answers{"name": "An", "married": "perhaps", "spouse": "Bình"}, "name married", kiosk.Answers{"name": "An"}, []kiosk.FieldError{{Field: "married", Code: "field.choice"}}},
		{"a fact", kiosk.Answers{"name": "An", "on_time": "false", "reason": "ốm"}, "name married reason", kiosk.Answers{"name": "An", "reason": "ốm"}, nil},
		{"the other way", kiosk.Answers{"name": "An", "on_time": "true", "reason": "ốm"}, "name married", kiosk.Answers{"name": "An"}, nil},
	}
	for _, tt := range tests {
		var asked []string
		for _, q := range f.Asked(tt.answers) {
			asked = append(asked, q.ID)
		}
		if got := strings.Join(asked, " "); got != tt.asked {
			t.Errorf("%s: asked %q, want %q", tt.name, got, tt.asked)
		}
		clean, wrong := f.Check(tt.answers, today)
		if diff := cmp.Diff(tt.clean, clean); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.wrong, wrong); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestFromCard(t *testing.T) {
	f := Form{Sections: []Section{
		{ID: "person", Questions: []Question{
			{ID: "no", Type: TypePersonalNo, Card: "number"}, {ID: "old", Type: TypeText, Pattern: `\d{9}`, Card: "old_number"},
			{ID: "name", Type: TypeName, Card: "name"}, {ID: "born", Type: TypeDate, Card: "birth"},
			{ID: "sex", Type: TypeChoice, Card: "sex", Values: []Choice{{ID: "male", Label: "Nam"}, {ID: "female", Label: "Nữ"}}},
			{ID: "home", Type: TypeAddress, Card: "address"}, {ID: "phone", Type: TypePhone},
		}},
		{ID: "card", Questions: []Question{{ID: "issued", Type: TypeDate, Card: "issued"}}},
	}}
	card := idcard.Card{Number: "001303000451", OldNumber: "012345678", Name: "Trần Thị Hoà", Birth: "2003-11-09", Sex: idcard.Female, Address: "P.1203 CT8, Đại Thanh, Hà Nội", Issued: "2024-08-20"}
	want := kiosk.Answers{"no": "001303000451", "old": "012345678", "name": "Trần Thị Hoà", "born": "2003-11-09", "sex": "female", "home": "P.1203 CT8, Đại Thanh, Hà Nội", "issued": "2024-08-20"}
	if diff := cmp.Diff(want, f.FromCard(card)); diff != "" {
		t.Error(diff)
	}
	if got := f.Sections[1].FromCard(card); !cmp.Equal(got, kiosk.Answers{"issued": "2024-08-20"}) {
		t.Errorf("of one section: %v", got)
	}
	damaged := idcard.Card{Number: "001303000451", Name: "Tr?n Th? Hoà", Birth: "2003-11-09", Sex: "X", Address: "??i Thanh"}
	if got := f.FromCard(damaged); !cmp.Equal(got, kiosk.Answers{"no": "001303000451", "born": "2003-11-09"}) {
		t.Errorf("what the form would not take: %v", got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("0912 345 678", "15/08/1993", "Nguyễn Văn Ánh", "001093012345", "true", "12")
	f.Add("+84(0)", "1993-8-5", "\xff", "0 0 1", " TRUE", "-0")
	f.Add("1.000", "24/11/2026", "B1234567", "-1", "false\u200b", "99999999999999999999")
	form := household()
	form.Sections[0].Questions = append(form.Sections[0].Questions, []Question{
		{ID: "phone", Type: TypePhone}, {ID: "born", Type: TypeDate, NotAfter: "today", Required: true}, {ID: "no", Type: TypePersonalNo},
		{ID: "children", Type: TypeNumber, Max: 20, VisibleWhen: &When{Fact: "married", Eq: "true"}}, {ID: "pass", Type: TypeText, Pattern: `[A-Z]\d{7,8}`}, {ID: "home", Type: TypeAddress},
	}...)
	f.Fuzz(func(t *testing.T, phone, day, name, no, married, number string) {
		in := kiosk.Answers{"phone": phone, "born": day, "name": name, "no": no, "married": married, "children": number, "pass": name, "home": phone, "spouse": name, "spouse_works": married, "reason": day, "on_time": "false"}
		clean, wrong := form.Check(in, today)
		asked := map[string]bool{}
		for _, q := range form.Asked(in) {
			asked[q.ID] = true
		}
		for _, w := range wrong {
			if _, both := clean[w.Field]; both || !asked[w.Field] || !slices.Contains(append(Codes(), viet.Codes()...), w.Code) {
				t.Errorf("%v is wrong and kept, wrong and not asked, or has no sentence", w)
			}
		}
		facts := maps.Clone(clean)
		for id, v := range clean {
			if !asked[id] || v == "" || !norm.NFC.IsNormalString(v) {
				t.Errorf("%s: kept %q", id, v)
			}
		}
		facts["on_time"] = "false"
		again, _ := form.Check(facts, today)
		if diff := cmp.Diff(clean, again); diff != "" {
			t.Errorf("checked again (-first +second):\n%s", diff)
		}
	})
}
