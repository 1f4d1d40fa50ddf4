package catalog

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/phrases"
)

// TestInvariant5_UnknownTimeGivesNoDate: only a time that is certain and told
// in numbers becomes a date.
func TestInvariant5_UnknownTimeGivesNoDate(t *testing.T) {
	hours, err := shipped(t).Calendar.For(calendar.Default)
	if err != nil {
		t.Fatal(err)
	}
	three := 3.0
	handedIn := time.Date(2026, 11, 23, 9, 0, 0, 0, kiosk.Hanoi)
	for _, tt := range []struct {
		d    Duration
		want string // the day, empty: none
	}{
		{Duration{Value: &three, Unit: "working_day", Certainty: Verified}, "2026-11-27"}, // over 24 November
		{Duration{Value: &three, Unit: "working_day", Certainty: Partial}, ""},
		{Duration{Value: &three, Unit: "working_day", Certainty: Unverified}, ""},
		{Duration{Value: &three, Unit: "working_day"}, ""},
		{Duration{Text: "theo thông báo", Certainty: Verified}, ""},
		{Duration{Certainty: Verified}, ""},
	} {
		due, err := hours.Due(handedIn, tt.d.Term(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if !due.At.IsZero() {
			got = calendar.LocalDay(due.At)
		}
		if got != tt.want {
			t.Errorf("%+v: due %q, want %q", tt.d, got, tt.want)
		}
	}
	for _, p := range shipped(t).Procedures {
		for _, d := range p.Durations {
			if _, err := hours.Due(handedIn, d.Term(), nil); err != nil {
				t.Errorf("%s, %s: %v", p.ID, d.Case, err)
			}
		}
	}
}

// shelfOf is a shelf on a folder with one good file, read once.
func shelfOf(t *testing.T, broken *[]error) (*Shelf, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "all.yaml", goodHead+goodProcedure+goodForm)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, kiosk.Hanoi)
	s := &Shelf{Dir: dir, Now: func() time.Time { return now }, OnBroken: func(err error) { *broken = append(*broken, err) }}
	s.look()
	return s, dir
}

// TestInvariant6_ReloadLeavesADossierAlone: the terms a dossier was opened
// under stay as they are, whatever the files come to say.
func TestInvariant6_ReloadLeavesADossierAlone(t *testing.T) {
	var broken []error
	s, dir := shelfOf(t, &broken)
	terms, ok := s.Current().Procedure("p")
	if !ok {
		t.Fatal("no procedure")
	}
	kept, err := json.Marshal(terms)
	if err != nil {
		t.Fatal(err)
	}
	facts := kiosk.Answers{"b": "true", "e": "x"}
	papers, fees, time := terms.Checklist(facts), s.Current().FeeLines(phrases.VI, terms, facts, ""), terms.DurationText(phrases.VI)

	changed := strings.NewReplacer("value: 6.5", "value: 1", "amount: 5000", "amount: 9000", `id: d, name: Giấy`, `id: d, name: Giấy khác`, `version: "1"`, `version: "2"`)
	write(t, dir, "all.yaml", changed.Replace(goodHead+goodProcedure+goodForm))
	s.look()
	now, _ := s.Current().Procedure("p")
	if s.Current().Head.Version != "2" || *now.Fees[0].Amount != 9000 || len(broken) > 0 {
		t.Fatalf("not taken over: %v", broken)
	}
	again, err := json.Marshal(terms)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), string(again)); diff != "" {
		t.Error(diff)
	}
	var stored Procedure
	if err := json.Unmarshal(kept, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(papers, stored.Checklist(facts)) + cmp.Diff(fees, s.Current().FeeLines(phrases.VI, stored, facts, "")) + cmp.Diff(time, stored.DurationText(phrases.VI)); diff != "" {
		t.Error(diff)
	}
}

// TestInvariant6_BrokenFileLeavesTheOld: no kind of damage gets into use, and
// each is told.
func TestInvariant6_BrokenFileLeavesTheOld(t *testing.T) {
	good := goodHead + goodProcedure + goodForm
	for name, text := range map[string]string{
		"unknown key": good + "speling: 1\n", "cut off": good[:len(good)/2], "empty": "", "not UTF-8": good + "# \xff\n",
		"bare code": strings.Replace(good, `"1.10"`, "1.10", 1), "unknown authority": strings.Replace(good, "receiving: ward", "receiving: nobody", 1),
		"key twice": strings.Replace(good, "    form: f\n", "    form: f\n    form: f\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			var broken []error
			s, dir := shelfOf(t, &broken)
			before, day := s.all(), s.Current()
			write(t, dir, "all.yaml", text)
			s.look()
			if s.all() != before || s.Current() != day {
				t.Error("the old catalogue is gone")
			}
			if len(broken) != 1 || !strings.HasPrefix(broken[0].Error(), "all.yaml:") {
				t.Errorf("told: %v", broken)
			}
		})
	}
}

func feesOf(t *testing.T, fees string) (*Catalog, Procedure) {
	t.Helper()
	files := goodFiles()
	files["b.yaml"] = strings.Replace(goodProcedure, "      - {id: a, label: Phí, unit: case, amount: 5000}\n", fees, 1)
	files["d.yaml"] = "exemptions:\n  poor: {text: Hộ nghèo không phải nộp., certainty: verified}\n  guess: {text: Có lẽ, certainty: partial}\n"
	r := report(files)
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	p, _ := r.Catalog.Procedure("p")
	return r.Catalog, p
}

func TestInvariant7_FeeByDateChannelAndFact(t *testing.T) {
	c, p := feesOf(t, `      - {id: a, to: 2026-08-14, channel: direct, amount: 8000, unit: copy, certainty: verified}
      - {id: a, from: 2026-08-15, to: 2027-02-28, amount: 0, unit: copy, when: {fact: b, eq: true}, certainty: verified}
      - {id: b, from: 2026-08-15, amount: 15000, unit: filing, channel: direct, when: {fact: b, eq: false}, certainty: verified}
      - {id: c, from: 2026-08-15, amount: 7000, unit: filing, channel: online, when: {fact: b, eq: false}, certainty: verified}
`)
	for _, tt := range []struct{ day, channel, b, want string }{
		{"2026-08-14", "direct", "true", "8.000 đ/bản"},
		{"2026-08-14", "online", "true", ""},
		{"2026-08-15", "direct", "true", "không thu"},
		{"2027-02-28", "online", "true", "không thu"},
		{"2027-03-01", "online", "true", ""},
		{"2026-08-15", "direct", "false", "15.000 đ/lần đăng ký"},
		{"2026-08-15", "online", "false", "7.000 đ/lần đăng ký"},
		{"2026-08-15", "", "false", "15.000 đ/lần đăng ký; 7.000 đ/lần đăng ký"},
		{"2026-08-15", "postal", "false", ""},
		{"2026-08-15", "online", "", "không thu?; 7.000 đ/lần đăng ký?"}, // not asked yet: both may apply
	} {
		var got []string
		for _, l := range c.On(tt.day).FeeLines(phrases.VI, p, kiosk.Answers{"b": tt.b}, tt.channel) {
			text := l.Text
			if l.Applies == Maybe {
				text += "?"
			}
			got = append(got, text)
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s, %s, b=%s: %q, want %q", tt.day, tt.channel, tt.b, s, tt.want)
		}
	}
}

func TestInvariant7_UnknownIsNotTold(t *testing.T) {
	c, p := feesOf(t, `      - {id: a, amount: 5000, unit: case, certainty: partial, exempt: guess}
      - {id: b, amount: 6000, unit: case}
      - {id: c, certainty: verified, exempt: poor}
      - {id: d, percent: 0.5, at_most: 5000000, certainty: verified}
      - {id: e, percent: 2, certainty: unverified}
`)
	lines := c.FeeLines(phrases.VI, p, nil, "")
	want := []struct {
		text, exempt string
		known        bool
	}{
		{"hỏi nhân viên", "Có thể được miễn, giảm: hỏi nhân viên", false}, {"hỏi nhân viên", "", false},
		{"theo thông báo của cơ quan", "Hộ nghèo không phải nộp.", true},
		{"0,5 % giá trị do cơ quan xác định, không quá 5.000.000 đ", "", true}, {"hỏi nhân viên", "", false},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, w := range want {
		if l := lines[i]; l.Text != w.text || l.Exempt != w.exempt || l.Known != w.known {
			t.Errorf("%s: %q, %q, %v; want %+v", l.Fee.ID, l.Text, l.Exempt, l.Known, w)
		}
		if _, certain := lines[i].AtCounter(); certain {
			t.Errorf("%s can be paid", lines[i].Fee.ID)
		}
	}
}

func TestInvariant7_OnlyACertainCounterFeeIsPaid(t *testing.T) {
	good := "amount: 15000, unit: filing, collector: counter, certainty: verified"
	for text, want := range map[string]int{
		good: 15000,
		strings.Replace(good, "filing", "case", 1):                    15000,
		strings.Replace(good, "15000", "0", 1):                        0,
		strings.Replace(good, "verified", "partial", 1):               0,
		strings.Replace(good, "collector: counter, ", "", 1):          0,
		strings.Replace(good, "counter", "portal", 1):                 0,
		strings.Replace(good, "filing", "person", 1):                  0,
		good + ", when: {fact: b, eq: true}":                          0, // nobody has said yet
		strings.Replace(good, "amount: 15000", "percent: 2", 1):       0,
		strings.Replace(good, "amount: 15000, unit: filing, ", "", 1): 0,
	} {
		c, p := feesOf(t, "      - {id: a, "+text+"}\n")
		amount, certain := c.FeeLines(phrases.VI, p, nil, "")[0].AtCounter()
		if amount != want || certain != (want > 0) {
			t.Errorf("%s: %d, %v", text, amount, certain)
		}
	}
}

// TestInvariant7_AmountsAreWholeDong: what is not a plain whole number is refused.
func TestInvariant7_AmountsAreWholeDong(t *testing.T) {
	for _, bad := range []string{"5000.5", "5.000", "5,000", "5e3", "0x10", `"5000"`, "-1"} {
		files := goodFiles()
		files["b.yaml"] = strings.Replace(goodProcedure, "amount: 5000", "amount: "+bad, 1)
		if report(files).Err() == nil {
			t.Errorf("%s was taken for an amount", bad)
		}
	}
}
