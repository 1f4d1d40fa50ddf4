package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

// twice is a procedure in two versions, its fee changed within the first.
const twice = `authorities:
  here: {name: "Nơi nhận", calendar: default, code: ""}
procedures:
  - id: stall-licence
    code: "9.10"
    name: "Cấp phép quầy hàng"
    plain_name: "Xin mở quầy hàng"
    receiving: here
    competent: here
    field: business
    capability: full_assist
    channels: [online, direct]
    effective: {from: 2026-01-01, to: 2026-06-30}
    certainty: verified
    fees:
      - {id: first, amount: 1000, unit: case, to: 2026-03-31, certainty: verified}
      - {id: second, amount: 2000, unit: case, from: 2026-04-01, channel: direct, certainty: verified}
      - {id: third, amount: 1500, unit: case, from: 2026-04-01, channel: online, certainty: verified}
    sources: [{what: fee, ref: "tự đặt", checked: 2026-01-01, certainty: verified}]
  - id: stall-licence
    code: "9.11"
    name: "Cấp phép quầy hàng"
    plain_name: "Xin mở quầy hàng"
    receiving: here
    competent: here
    field: business
    capability: full_assist
    channels: [online, direct]
    effective: {from: 2026-07-01}
    certainty: verified
    fees:
      - {id: only, amount: 3000, unit: case, certainty: verified}
      - {id: guess, amount: 4000, unit: case, certainty: partial}
      - {id: rumour, amount: 5000, unit: case, certainty: unverified}
    sources: [{what: fee, ref: "tự đặt", checked: 2026-01-01, certainty: verified}]
`

func TestDomainCatalogVersions(t *testing.T) {
	a, _ := checked(t, twice)
	wantAnswer(t, a)
	overlapping := strings.Replace(twice, "from: 2026-07-01", "from: 2026-06-30", 1)
	a, file := checked(t, overlapping)
	wantProblem(t, a, file, "", at(t, overlapping, "stall-licence\n    code: \"9.11\""), at(t, overlapping, "id: stall-licence\n    code: \"9.11\""), at(t, overlapping, "2026-06-30}\n    certainty: verified\n    fees:\n      - {id: only"),
		at(t, overlapping, "effective: {from: 2026-06-30}"), at(t, overlapping, "{from: 2026-06-30}"), at(t, overlapping, "from: 2026-06-30}"))

	dir := t.TempDir()
	must(0, os.CopyFS(dir, os.DirFS("../../kiosk/catalog/data")))
	must(0, os.WriteFile(filepath.Join(dir, "twice.yaml"), []byte(twice), 0o600))
	for _, test := range []struct{ on, channel, code, known string }{
		{"2026-01-01", "", "9.10", "1000"}, {"2026-03-31", "direct", "9.10", "1000"},
		{"2026-04-01", "direct", "9.10", "2000"}, {"2026-04-01", "online", "9.10", "1500"}, {"2026-06-30", "direct", "9.10", "2000"},
		{"2026-07-01", "direct", "9.11", "3000"}, {"2029-01-01", "online", "9.11", "3000"},
	} {
		t.Run(test.on+" "+test.channel, func(t *testing.T) {
			args := []string{"catalog", "show", "stall-licence", "--json", "--dir", dir, "--on", test.on}
			if test.channel != "" {
				args = append(args, "--channel", test.channel)
			}
			v := wantAnswer(t, ask(t, "", args...))
			if v["code"] != test.code {
				t.Errorf("code %v, want %s", v["code"], test.code)
			}
			var amounts []string
			for _, fee := range v["fees"].([]any) {
				if amount := fee.(map[string]any)["amount"]; amount != nil {
					amounts = append(amounts, fmt.Sprint(amount))
				}
			}
			if !slices.Equal(amounts, []string{test.known}) {
				t.Errorf("amounts %v, want %s alone", amounts, test.known)
			}
		})
	}
	wantRefused(t, ask(t, "", "catalog", "show", "stall-licence", "--json", "--dir", dir, "--on", "2025-12-31"))
}

// ids maps official codes to what the catalogue calls the procedures.
func ids(t *testing.T) map[string]string {
	t.Helper()
	a := ask(t, "", "catalog", "list", "--json")
	var list []struct{ ID, Code, Name, Certainty string }
	if err := json.Unmarshal([]byte(a.out), &list); err != nil || a.code != exitFine {
		t.Fatalf("exit %d: %v", a.code, err)
	}
	all := map[string]string{}
	for _, p := range list {
		if p.ID == "" || p.Name == "" || !slices.Contains([]string{"verified", "partial", "unverified"}, p.Certainty) {
			t.Errorf("%+v", p)
		}
		all[p.Code] = p.ID
	}
	return all
}

func TestDomainCatalogProcedures(t *testing.T) {
	have := ids(t)
	for _, row := range table(t, "procedures.txt", 3) {
		code, id := strings.TrimSpace(row[0]), strings.TrimSpace(row[1])
		if have[code] == "" || id != "-" && have[code] != id {
			t.Errorf("%s is %q, want %s", code, have[code], id)
		}
	}
	for _, code := range []string{"1.013978", "1.013949", "1.011443", "1.013967", "2.000986", "2.002622"} {
		v := wantAnswer(t, ask(t, "", "catalog", "show", "--json", "--on", "2026-11-23", have[code]))
		if v["certainty"] != "partial" {
			t.Errorf("%s is %v, want partial", code, v["certainty"])
		}
	}
	if v := wantAnswer(t, ask(t, "", "catalog", "show", "--json", "--on", "2026-11-23", have["1.013967"])); v["capability"] != "handoff" {
		t.Errorf("a land dispute is %v, want handoff", v["capability"])
	}
}

// figure finds what reads as an amount, a share or a count of days.
var figure = regexp.MustCompile(`\d[\d.]*\s*(đ\b|đ/|đồng|%|ngày|giờ|tháng)|\d{1,3}(\.\d{3})+`)

// On every day and channel, no figure that is not certain reads as a fact.
func TestDomainCatalogCertainty(t *testing.T) {
	c := must(catalog.Embedded())
	may := map[string][]string{}
	for _, row := range table(t, "procedures.txt", 3) {
		may[strings.TrimSpace(row[0])] = strings.Fields(row[2])
	}
	told := map[string]bool{}
	complain := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !told[s] {
			told[s] = true
			t.Error(s)
		}
	}
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, hanoi); day.Before(time.Date(2027, 4, 1, 0, 0, 0, 0, hanoi)); day = day.AddDate(0, 0, 1) {
		on := c.On(day.Format(time.DateOnly))
		for _, listed := range c.Procedures {
			p, _ := on.Procedure(listed.ID)
			for _, channel := range append(catalog.Channels(), "") {
				for _, line := range on.FeeLines(phrases.VI, p, kiosk.Answers{}, channel) {
					counter, certain := line.AtCounter()
					switch {
					case line.Known && line.Fee.Amount != nil && !slices.Contains(may[p.Code], fmt.Sprint(*line.Fee.Amount)):
						complain("%s: %s is told as a fact", p.ID, line.Text)
					case !line.Known && (certain || counter != 0):
						complain("%s: %s gets a payment code", p.ID, line.Text)
					case !line.Known && figure.MatchString(line.Text):
						complain("%s: unknown, but told as %q", p.ID, line.Text)
					case line.Known && line.Fee.Amount != nil && line.Fee.Certainty != catalog.Verified:
						complain("%s: %s is %s", p.ID, line.Text, line.Fee.Certainty)
					}
				}
			}
			for _, d := range p.Durations {
				if d.Certainty != catalog.Verified && (d.Known() || figure.MatchString(d.Say(phrases.VI))) {
					complain("%s: %s, but told as %q", p.ID, d.Certainty, d.Say(phrases.VI))
				}
			}
		}
	}
}

// What show prints for a person holds no figure in the lines that are not
// certain, and both outputs agree.
func TestDomainCatalogShow(t *testing.T) {
	for _, id := range slices.Sorted(maps.Values(ids(t))) {
		v := wantAnswer(t, ask(t, "", "catalog", "show", "--json", "--on", "2026-11-23", id))
		for _, x := range v["fees"].([]any) {
			fee := x.(map[string]any)
			if fee["known"] == true {
				continue
			}
			if fee["amount"] != nil || fee["percent"] != nil || fee["text"] != "hỏi nhân viên" {
				t.Errorf("%s: not known, but %v", id, fee)
			}
			if label := fmt.Sprint(fee["label"]); regexp.MustCompile(`\d\s*(%|đ\b|đồng)`).MatchString(label) {
				t.Errorf("%s: the label of a fee that is not known tells a figure: %q", id, label)
			}
		}
		duration := v["duration"].(map[string]any)
		for _, x := range duration["cases"].([]any) {
			if d := x.(map[string]any); d["known"] != true && (d["value"] != nil || d["text"] != "hỏi nhân viên") {
				t.Errorf("%s: not known, but %v", id, d)
			}
		}
		a := ask(t, "", "catalog", "show", "--on", "2026-11-23", id)
		if body, _, _ := strings.Cut(a.out, "\nNguồn"); a.code != exitFine || v["certainty"] != "verified" && regexp.MustCompile(`\d ?(đ\b|đ/|đồng|%|ngày làm việc)`).MatchString(body) {
			t.Errorf("%s is %v and shows a figure:\n%s", id, v["certainty"], body)
		}
	}
}

// The extract costs 8.000 đ, and for a time nothing with a second-level account;
// that second rule is second-hand.
func TestDomainCatalogFeePeriods(t *testing.T) {
	for _, test := range []struct {
		on, vneid string
		amounts   []string
		asks      bool // a line says to ask
	}{
		{"2026-08-14", "true", []string{"8000"}, false}, {"2026-08-14", "false", []string{"8000"}, false},
		{"2026-08-15", "true", nil, true}, {"2026-08-15", "false", []string{"8000"}, false},
		{"2027-02-28", "true", nil, true}, {"2027-02-28", "false", []string{"8000"}, false},
	} {
		v := wantAnswer(t, ask(t, "", "catalog", "show", "civil-status-extract", "--json", "--on", test.on, "--fact", "vneid_level2="+test.vneid))
		var amounts []string
		asks := false
		for _, x := range v["fees"].([]any) {
			fee := x.(map[string]any)
			if asks = asks || fee["known"] == false; fee["amount"] != nil {
				amounts = append(amounts, fmt.Sprint(fee["amount"]))
			}
		}
		if !slices.Equal(amounts, test.amounts) || asks != test.asks {
			t.Errorf("on %s with VNeID %s: amounts %v, asks %v", test.on, test.vneid, amounts, asks)
		}
	}
	for channel, want := range map[string][]string{"direct": {"15000"}, "online": {"7000"}} {
		v := wantAnswer(t, ask(t, "", "catalog", "show", "temporary-residence", "--json", "--on", "2026-11-23", "--channel", channel, "--fact", "filing=single"))
		for i, x := range v["fees"].([]any) {
			if fee := x.(map[string]any); i >= len(want) || fmt.Sprint(fee["amount"]) != want[i] || fee["applies"] != "yes" {
				t.Errorf("%s: %v", channel, fee)
			}
		}
	}
}

func TestDomainCatalogRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"procedure unknown": {"nope"}, "procedure empty": {""}, "code for id": {"9.999"},
		"fact unknown":    {"birth-registration", "--fact", "colour=red"},
		"value unknown":   {"birth-registration", "--fact", "submitter=aunt"},
		"value empty":     {"birth-registration", "--fact", "submitter="},
		"value not bool":  {"birth-registration", "--fact", "within_60_days=perhaps"},
		"channel unknown": {"birth-registration", "--channel", "fax"},
		"no such day":     {"birth-registration", "--on", "2026-02-30"},
		"day as written":  {"birth-registration", "--on", "23/11/2026"},
		"not yet":         {"birth-registration", "--on", "2025-12-31"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, ask(t, "", append([]string{"catalog", "show", "--json"}, args...)...))
		})
	}
	for name, args := range map[string][]string{
		"no procedure": {"show", "--json"}, "two procedures": {"show", "--json", "birth-registration", "death-registration"},
		"fact without value": {"show", "--json", "birth-registration", "--fact", "submitter"},
		"unknown flag":       {"show", "--json", "birth-registration", "--day", "2026-11-23"},
		"no words":           {"search", "--json"}, "list of something": {"list", "--json", "land"},
	} {
		if a := ask(t, "", append([]string{"catalog"}, args...)...); a.code != exitUsage && !(name == "fact without value" && a.code == exitFailure) {
			t.Errorf("%s: exit %d, want 2: %s", name, a.code, a.out)
		}
	}
}

func TestDomainCommunes(t *testing.T) {
	c := must(catalog.Embedded())
	rows, wards := table(t, "communes.txt", 3), 0
	if len(c.Communes) != len(rows) || len(rows) != 126 {
		t.Errorf("%d communes, want 126 (the list has %d)", len(c.Communes), len(rows))
	}
	for _, row := range rows {
		code, kind, name := strings.TrimSpace(row[0]), strings.TrimSpace(row[1]), strings.TrimSpace(row[2])
		got, ok := c.Commune(code)
		if !ok || got.Name != name || got.Kind != kind || got.From != "2025-07-01" || got.To != "" {
			t.Errorf("%s is %+v, want %s %s", code, got, kind, name)
		}
		if kind == "ward" {
			wards++
		}
	}
	if wards != 51 {
		t.Errorf("%d wards, want 51", wards)
	}
	pilots := map[string]string{
		"Phú Xuyên": "10273", "Phúc Lộc": "09739", "Đại Xuyên": "10342", "Đông Anh": "00454", "Vân Đình": "10354",
		"Đông Ngạc": "00602", "Phú Diễn": "00619", "Hồng Hà": "00097", "Chương Mỹ": "10015", "Kiến Hưng": "09552",
	}
	for name, code := range pilots {
		for _, typed := range []string{name, strings.ToUpper(name), viet.Fold(name)} {
			found := c.FindCommunes(typed)
			if len(found) == 0 || found[0].Code != code || !found[0].Pilot {
				t.Errorf("%q finds %v, want %s", typed, found, code)
			}
		}
	}
	for typed, code := range map[string]string{"Yên Hòa": "00175", "Yên Hoà": "00175", "Ứng Hòa": "10402", "Hòa Lạc": "09988", "hoa xa": "10417", "Dân Hòa": "10180"} {
		if found := c.FindCommunes(typed); len(found) == 0 || found[0].Code != code {
			t.Errorf("%q finds %v, want %s", typed, found, code)
		}
	}
	n := 0
	for _, one := range c.Communes {
		if one.Pilot {
			n++
		}
	}
	if n != 10 {
		t.Errorf("%d pilots, want 10", n)
	}
}
