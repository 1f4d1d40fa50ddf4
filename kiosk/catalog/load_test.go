package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"servicepoint/kiosk/phrases"
)

const goodCalendar = `calendar:
  timezone: Asia/Ho_Chi_Minh
  sessions: [{days: [mon], spans: ["08:00-11:30"]}]
  valid_through: 2026-12-31
`

const goodHead = `schema: 1
catalog: {id: test, version: "1"}
` + goodCalendar + `authorities:
  ward: {name: Xã}
`

const goodForm = `forms:
  - id: f
    name: Tờ khai
    sections:
      - id: a
        title: Người nộp
        questions:
          - {id: name, label: Tên, type: name, fills: applicant.name}
          - {id: no, label: Số, type: personal_no, fills: applicant.personal_no}
`

const goodProcedure = `procedures:
  - id: p
    code: "1.10"
    name: Thủ tục
    plain_name: Việc
    field: civil_status
    receiving: ward
    competent: ward
    capability: full_assist
    form: f
    facts:
      - {id: b, type: bool, ask: "Có không?"}
      - {id: e, type: enum, ask: "Loại nào?", values: [{id: x, label: X}, {id: y, label: Y}]}
    documents:
      - {id: d, name: Giấy, role: submit, when: {fact: b, eq: "true"}}
      - {id: one, name: Một, role: submit, scan: required, group: {type: one_of, id: g}}
      - {id: two, name: Hai, role: submit, scan: required, group: {type: one_of, id: g}}
      - {id: t, name: Tờ khai, role: fill_form, form: f}
      - {id: card, name: Thẻ, role: present}
    duration:
      - {case: default, value: 6.5, unit: working_day, certainty: verified}
    fees:
      - {id: a, label: Phí, unit: case, amount: 5000}
`

func goodFiles() map[string]string {
	return map[string]string{"a.yaml": goodHead, "b.yaml": goodProcedure, "c.yaml": goodForm}
}

// report reads files as a folder.
func report(files map[string]string) Report {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return readFolder(m, ".", "")
}

var sameCatalog = cmpopts.IgnoreUnexported(Catalog{})

func TestOneFileOrMany(t *testing.T) {
	many := report(goodFiles())
	if err := many.Err(); err != nil || len(many.Warnings) > 0 {
		t.Fatal(err, many.Warnings)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "all.yaml")
	if err := os.WriteFile(path, []byte("\uFEFF"+strings.ReplaceAll(goodHead+goodProcedure+goodForm, "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	one, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	checked := Check([]string{dir}, nil)
	if diff := cmp.Diff(many.Catalog, one, sameCatalog) + cmp.Diff(one, folder, sameCatalog) + cmp.Diff(one, checked.Catalog, sameCatalog); diff != "" {
		t.Error(diff)
	}
}

// TestInvariant6_CodesStayText: what looks like a number is not one.
func TestInvariant6_CodesStayText(t *testing.T) {
	for _, code := range []string{"1.10", "1.001193", "007", "1e3", "0x10", "~", "true"} {
		for _, quote := range []string{`"`, `'`} {
			files := goodFiles()
			files["b.yaml"] = strings.Replace(goodProcedure, `"1.10"`, quote+code+quote, 1)
			r := report(files)
			if r.Err() != nil {
				t.Fatal(r.Err())
			}
			if p, _ := r.Catalog.Procedure("p"); p.Code != code {
				t.Errorf("%s became %q", code, p.Code)
			}
		}
		files := goodFiles()
		files["b.yaml"] = strings.Replace(goodProcedure, `"1.10"`, code, 1)
		if err := report(files).Err(); err == nil || !strings.Contains(err.Error(), "b.yaml:3:11: code phải nằm trong dấu nháy") {
			t.Errorf("bare %s: %v", code, err)
		}
	}
}

func TestNothingSaidMeansUnverified(t *testing.T) {
	files := goodFiles()
	files["b.yaml"] = strings.Replace(goodProcedure, ", certainty: verified", "", 1) +
		"    sources: [{what: a, ref: b}]\n"
	files["d.yaml"] = "exemptions: {poor: {text: \"\"}}\n"
	r := report(files)
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	p, _ := r.Catalog.Procedure("p")
	f, _ := r.Catalog.Form("f")
	for what, c := range map[string]Certainty{
		"procedure": p.Certainty, "document": p.Documents[0].Certainty, "duration": p.Durations[0].Certainty, "fee": p.Fees[0].Certainty,
		"source": p.Sources[0].Certainty, "form": f.Certainty, "exemption": r.Catalog.Exemptions["poor"].Certainty,
	} {
		if c != Unverified {
			t.Errorf("%s: %q", what, c)
		}
	}
	if d := p.Documents; d[0].Scan != "required" || d[3].Scan != "optional" || d[4].Scan != "never" || d[0].Group.Type != "all_of" {
		t.Errorf("%+v", d)
	}
	if a := r.Catalog.Authorities["ward"]; a.Calendar != "default" {
		t.Errorf("%+v", a)
	}
}

func TestTextIsStoredClean(t *testing.T) {
	files := goodFiles()
	files["b.yaml"] = strings.Replace(goodProcedure, "name: Thủ tục", "name: \" Thu\u0309  tu\u0323c\u00a0\u200b\"", 1)
	r := report(files)
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if p, _ := r.Catalog.Procedure("p"); p.Name != "Thủ tục" {
		t.Errorf("%q", p.Name)
	}
}

func TestLoadNames(t *testing.T) {
	if _, err := LoadDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "không có tệp *.yaml") {
		t.Errorf("empty folder: %v", err)
	}
	path := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := LoadFile(path); err == nil || strings.Contains(err.Error(), filepath.Dir(path)) || !strings.HasPrefix(err.Error(), "none.yaml: ") {
		t.Errorf("no file: %v", err)
	}
	r := Check([]string{path}, shipped(t))
	if len(r.Problems) != 1 || r.Catalog != nil || r.Problems[0].File != path || r.Problems[0].Code != "catalog.problem.unreadable" {
		t.Errorf("checked no file: %+v", r)
	}
	if r := Check([]string{t.TempDir()}, shipped(t)); len(r.Problems) != 1 || r.Problems[0].Code != "catalog.problem.no_files" {
		t.Errorf("checked an empty folder: %+v", r)
	}
}

// TestFolderThatIsNotWhole: checking a folder says what it lacks to be used.
func TestFolderThatIsNotWhole(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", strings.Replace(goodHead, "  ward: {name: Xã}\n", "  ward: {name: Xã, calendar: police}\n", 1)+strings.Replace(goodProcedure, "receiving: ward", "receiving: ward_police", 1)+goodForm)
	r := Check([]string{dir}, shipped(t))
	if len(r.Problems) != 1 || r.Problems[0].Code != "catalog.problem.none" { // its own calendar has no police
		t.Fatalf("%v", r.Problems)
	}
	write(t, dir, "a.yaml", goodHead+strings.Replace(goodProcedure, "receiving: ward", "receiving: ward_police", 1)+goodForm)
	r = Check([]string{dir}, shipped(t))
	if r.Err() != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), "chưa dùng một mình được: Không có cơ quan «ward_police»") {
		t.Errorf("%v %v", r.Err(), r.Warnings)
	}
	if r := Check([]string{filepath.Join(dir, "a.yaml")}, shipped(t)); r.Err() != nil || len(r.Warnings) != 0 {
		t.Errorf("one file: %v %v", r.Err(), r.Warnings)
	}
	if _, err := LoadDir(dir); err == nil {
		t.Error("the folder was loaded")
	}
}

func TestEveryCodeHasPhrases(t *testing.T) {
	for _, code := range Codes() {
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
			if !phrases.Has(lang, string(code)+".title") || !phrases.Has(lang, string(code)+".do") {
				t.Errorf("%s: %s has no phrases", lang, code)
			}
		}
	}
}

func TestErrorsSpeakBothLanguages(t *testing.T) {
	files := goodFiles()
	files["a.yaml"] = strings.Replace(goodHead, "schema: 1", "schema: 2", 1)
	files["b.yaml"] = strings.Replace(goodProcedure, "receiving: ward", "receiving: mars", 1)
	r := report(files)
	if len(r.Problems) != 2 {
		t.Fatal(r.Problems)
	}
	for _, tt := range []struct{ got, want string }{
		{r.Problems[1].Full(phrases.EN), `b.yaml:7:16: There is no authority “mars”; write one of: ward.`},
		{r.Problems[1].Error(), `b.yaml:7:16: Không có cơ quan «mars»; hãy ghi một trong: ward.`},
		{r.Err().Error(), `a.yaml:1:9: schema 2 chưa có; hãy ghi schema: 1. (và còn 1 lỗi khác)`},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
	if e, ok := errors.AsType[*Error](r.Err()); !ok || e != r.Problems[0] {
		t.Errorf("%v is not the first problem", e)
	}
}

func TestNear(t *testing.T) {
	words := []string{"capability", "field", "facts", "form"}
	for typed, want := range map[string]string{"capabilty": "capability", "feild": "field", "fact": "facts", "from": "form", "x": "", "banana": "", "fees": ""} {
		if got := near(typed, words); got != want {
			t.Errorf("near(%q) = %q, want %q", typed, got, want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if r := readFolder(data, "data", "data"); len(r.Problems) > 0 {
			b.Fatal(r.Problems[0])
		}
	}
}

// BenchmarkLoadByTheLibrary is what the YAML library alone takes for the same
// files with its own strict decoder, one after another and without any check.
func BenchmarkLoadByTheLibrary(b *testing.B) {
	for b.Loop() {
		files, err := fs.Glob(data, "data/*.yaml")
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range files {
			raw, err := fs.ReadFile(data, name)
			if err != nil {
				b.Fatal(err)
			}
			if err := yaml.UnmarshalWithOptions(raw, new(Catalog), yaml.Strict()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodHead + goodProcedure + goodForm))
	f.Add([]byte("procedures: [{id: p, documents: [{id: d}]}]"))
	f.Add([]byte("a: &a [*a, *a]"))
	f.Add([]byte("schema: &a 1\ncatalog: {id: *a, version: *b}"))
	f.Add([]byte("code: !!binary x\n? [a]: b"))
	f.Add([]byte("communes: [{code: \"00004\", <<: *a}]\nsynonyms: [[a, b], [c]]"))
	f.Add([]byte("situations: [{id: s, facts: [{id: a, type: bool}], outcomes: [{when: [{fact: a, eq: true, in: [x]}]}]}]"))
	f.Add([]byte("forms: [{id: f, sections: [{use: s}]}]\nsections: [{id: s, questions: [{id: q, type: number, min: 3, max: 1}]}]"))
	f.Add([]byte("\uFEFF---\ncalendar: {sessions: [{spans: [\"9:00\"]}], overrides: {police: x}, makeup_workdays: [2026-08-22]}"))
	base := shipped(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, base := range []*Catalog{nil, base} {
			r := readAsOne([]named{{fstest.MapFS{"a.yaml": {Data: raw}}, "a.yaml", "a.yaml"}}, base)
			if (r.Catalog == nil) == (r.Err() == nil) {
				t.Fatalf("catalogue %v, error %v", r.Catalog, r.Err())
			}
			for _, e := range append(r.Problems, r.Warnings...) {
				if s := e.Say(phrases.VI); s == "" || strings.HasPrefix(s, "[catalog.") || strings.Contains(s, "{") && !strings.Contains(string(raw), "{") {
					t.Fatalf("says %q", s)
				}
			}
		}
	})
}
