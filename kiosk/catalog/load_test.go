package catalog

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

func shipped(t testing.TB) *Catalog {
	t.Helper()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbedded(t *testing.T) {
	c := shipped(t)
	for id, want := range map[kiosk.ProcedureID]struct {
		code        string
		submit, all int // documents
	}{
		"birth-registration":  {"1.001193", 6, 8},
		"land-transfer":       {"1.013831", 5, 7},
		"temporary-residence": {"1.004194", 2, 4},
	} {
		p, ok := c.Procedure(id)
		if !ok {
			t.Errorf("no %s", id)
			continue
		}
		submit := 0
		for _, d := range p.Documents {
			if d.Role == RoleSubmit {
				submit++
			}
		}
		if p.Code != want.code || submit != want.submit || len(p.Documents) != want.all {
			t.Errorf("%s: code %s, %d to submit of %d papers", id, p.Code, submit, len(p.Documents))
		}
		if f, ok := c.Form(p.Form); !ok || f.Certainty != Unverified {
			t.Errorf("%s: form %q: %+v", id, p.Form, f)
		}
		if len(p.Sources) == 0 {
			t.Errorf("%s has no source", id)
		}
	}
}

// TestEmbeddedTextIsClean holds for everything a person reads.
func TestEmbeddedTextIsClean(t *testing.T) {
	raw, err := json.Marshal(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal(raw, &any); err != nil {
		t.Fatal(err)
	}
	eachText(any, func(s string) {
		if viet.Clean(s) != s {
			t.Errorf("%q is not clean", s)
		}
	})
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			eachText(e, f)
		}
	case map[string]any:
		for _, e := range v {
			eachText(e, f)
		}
	}
}

// TestTermsOutliveTheCatalogue: a dossier keeps its procedure as JSON.
func TestTermsOutliveTheCatalogue(t *testing.T) {
	for _, p := range shipped(t).Procedures {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Procedure
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", p.ID, diff)
		}
	}
}

const goodHead = `schema: 1
id: test
version: "1"
authorities:
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
    field: x
    receiving: ward
    competent: ward
    capability: full_assist
    form: f
    facts:
      - {id: b, type: bool, ask: "Có không?"}
      - {id: e, type: enum, ask: "Loại nào?", values: [{id: x, label: X}, {id: y, label: Y}]}
    documents:
      - {id: d, name: Giấy, role: submit, scan: required, when: {fact: b, eq: "true"}}
      - {id: one, name: Một, role: submit, scan: required, group: {type: one_of, id: g}}
      - {id: two, name: Hai, role: submit, scan: required, group: {type: one_of, id: g}}
      - {id: t, name: Tờ khai, role: fill_form, form: f, scan: optional}
    duration:
      - {case: default, value: 6.5, unit: working_day, certainty: verified}
    fees:
      - {id: a, label: Phí, unit: case, amount: 5000}
`

func goodFiles() map[string]string {
	return map[string]string{"a.yaml": goodHead, "b.yaml": goodProcedure, "c.yaml": goodForm}
}

func load(files map[string]string) (*Catalog, error) {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return loadFS(m)
}

func TestOneFileOrMany(t *testing.T) {
	many, err := load(goodFiles())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "all.yaml")
	if err := os.WriteFile(path, []byte(goodHead+goodProcedure+goodForm), 0o600); err != nil {
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
	if diff := cmp.Diff(many, one) + cmp.Diff(many, folder); diff != "" {
		t.Error(diff)
	}
	if p, _ := one.Procedure("p"); p.Code != "1.10" {
		t.Errorf("code %q", p.Code)
	}
}

// TestBrokenFiles changes one thing in a good catalogue and wants the place and
// the reason.
func TestBrokenFiles(t *testing.T) {
	tests := []struct {
		name, file, old, new string
		want                 string // file:line:column: part of the problem
	}{
		{"unknown key", "b.yaml", "field: x", "feild: x", `b.yaml:6:5: unknown field "feild"`},
		{"key twice", "b.yaml", "field: x", "field: x\n    field: y", `b.yaml:7:5: mapping key "field" already defined`},
		{"not YAML", "b.yaml", "field: x", "field: [x", "b.yaml:"},
		{"wrong type", "b.yaml", "amount: 5000", "amount: nhiều", "b.yaml:22:49: "},
		{"two documents", "a.yaml", "schema: 1", "---\nschema: 1\n---\n", "a.yaml:1:1: must hold exactly one"},
		{"empty file", "a.yaml", goodHead, "", "a.yaml:1:1: must hold exactly one"},
		{"bare code", "b.yaml", `"1.10"`, "1.10", "b.yaml:3:11: code must be written in quotes"},
		{"no code", "b.yaml", `"1.10"`, "", "b.yaml:3:10: code must be written in quotes"},
		{"procedure twice", "b.yaml", "procedures:", "procedures:\n  - {id: p}", `procedure "p" stands in b.yaml, line 2, already`},
		{"schema of the future", "a.yaml", "schema: 1", "schema: 2", "a.yaml:1:9: schema 2 is not known"},
		{"two heads", "c.yaml", "forms:", "schema: 1\nforms:", "c.yaml:1:9: schema, id and version stand in a.yaml"},
		{"no head", "a.yaml", "schema: 1\nid: test\nversion: \"1\"\n", "", "no file carries schema"},
		{"no version", "a.yaml", `version: "1"`, `version: ""`, "a.yaml:3:10: must not be empty"},
		{"unknown authority", "b.yaml", "receiving: ward", "receiving: mars", `b.yaml:7:16: there is no authority "mars"`},
		{"unknown form", "b.yaml", "    form: f", "    form: g", `b.yaml:10:11: there is no form "g"`},
		{"unknown capability", "b.yaml", "full_assist", "half", `b.yaml:9:17: "half" is not one of`},
		{"fill_form without form", "b.yaml", "role: fill_form, form: f", "role: fill_form", `b.yaml:18:9: there is no form "" to fill`},
		{"unknown fact", "b.yaml", "fact: b, eq", "fact: z, eq", `b.yaml:15:72: the procedure has no fact "z"`},
		{"value that is not offered", "b.yaml", `eq: "true"`, "eq: maybe", `b.yaml:15:79: "maybe" is not one of ["true" "false"]`},
		{"illegal value in a list", "b.yaml", `{fact: b, eq: "true"}`, "{fact: e, in: [x, z]}", `b.yaml:15:83: "z" is not one of ["x" "y"]`},
		{"no operator", "b.yaml", `fact: b, eq: "true"`, "fact: b", "a condition has exactly one of eq and in"},
		{"both operators", "b.yaml", `eq: "true"`, `eq: "true", in: ["false"]`, "a condition has exactly one of eq and in"},
		{"lonely alternative", "b.yaml", "id: two, name: Hai, role: submit, scan: required, group: {type: one_of, id: g}", "id: two, name: Hai, role: submit, scan: required", `the one_of group "g" has only one paper`},
		{"paper twice", "b.yaml", "id: two,", "id: one,", `b.yaml:17:14: "one" occurs twice here`},
		{"negative amount", "b.yaml", "amount: 5000", "amount: -1", "b.yaml:22:49: must not be negative"},
		{"unknown exemption", "b.yaml", "amount: 5000", "exempt: x", `b.yaml:22:49: there is no exemption "x"`},
		{"third of a day", "b.yaml", "value: 6.5", "value: 0.3", "b.yaml:20:32: 0.3 is not a time in steps of 0.5"},
		{"cutoff", "b.yaml", "value: 6.5", `value: 1, same_day_cutoff: "15h"`, `b.yaml:20:52: "15h" is not a time of day`},
		{"period", "b.yaml", "field: x", `field: x
    effective: {from: "2027-01-01", to: "2026-01-01"}`, "ends before it begins"},
		{"day", "b.yaml", "field: x", `field: x
    effective: {from: "1/3/2027"}`, `"1/3/2027" is not a day`},
		{"scanned though only shown", "b.yaml", "name: Một, role: submit", "name: Một, role: present", "only shown is never scanned"},
		{"enum of one", "b.yaml", "values: [{id: x, label: X}, {id: y, label: Y}]", "values: [{id: x, label: X}]", "an enum has two values or more"},
		{"choice without values", "c.yaml", "type: name", "type: choice", "a choice, and only a choice, has values"},
		{"unknown type", "c.yaml", "type: name", "type: colour", `c.yaml:8:42: "colour" is not one of`},
		{"filled twice", "c.yaml", "fills: applicant.personal_no", "fills: applicant.name", "applicant.name is filled twice"},
		{"fact and question share an id", "c.yaml", "id: name,", "id: b,", `the question "b" has the same id as a fact of p`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := goodFiles()
			if !strings.Contains(files[tt.file], tt.old) {
				t.Fatalf("%s does not contain %q", tt.file, tt.old)
			}
			files[tt.file] = strings.Replace(files[tt.file], tt.old, tt.new, 1)
			c, err := load(files)
			if err == nil {
				t.Fatalf("loaded: %+v", c)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.File == "" {
				t.Errorf("not an *Error: %v", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestLoadNames(t *testing.T) {
	if _, err := LoadDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no *.yaml file") {
		t.Errorf("empty folder: %v", err)
	}
	path := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := LoadFile(path); err == nil || strings.Contains(err.Error(), filepath.Dir(path)) || !strings.HasPrefix(err.Error(), "none.yaml: ") {
		t.Errorf("no file: %v", err)
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

func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodHead + goodProcedure + goodForm))
	f.Add([]byte("procedures: [{id: p, documents: [{id: d}]}]"))
	f.Add([]byte("a: &a [*a, *a]"))
	f.Add([]byte("code: !!binary x\n? [a]: b"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := loadFS(fstest.MapFS{"a.yaml": {Data: raw}})
		if (c == nil) == (err == nil) {
			t.Fatalf("catalogue %v, error %v", c, err)
		}
	})
}
