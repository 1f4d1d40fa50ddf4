package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// checked runs `catalog check` on a text and gives what it says of it.
func checked(t *testing.T, text string, more ...string) (a answer, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "mine.yaml")
	must(0, os.WriteFile(file, []byte(text), 0o600))
	return ask(t, "", append([]string{"catalog", "check", "--json", file}, more...)...), file
}

type spot struct{ line, column int }

// at is where a text stands in a file, counted as editors count.
func at(t *testing.T, file, text string) spot {
	t.Helper()
	i := strings.Index(file, text)
	if i < 0 {
		t.Fatalf("the file has no %q", text)
	}
	before := file[:i]
	return spot{1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])}
}

var vietnamese = regexp.MustCompile(`\p{L} .*([Hh]ãy|có phải) .+`)

// wantProblem wants a refused file, its first mistake at one of the places and
// a Vietnamese sentence with what to write.
func wantProblem(t *testing.T, a answer, file string, says string, places ...spot) {
	t.Helper()
	if a.code != exitFailure {
		t.Fatalf("exit %d, want 1: %s", a.code, a.out)
	}
	v := a.fields(t)
	if e, _ := v["error"].(map[string]any); e["code"] == nil || e["message"] == nil {
		t.Errorf("no error in the answer: %s", a.out)
	}
	var all []string
	found := len(places) == 0
	errs, _ := v["errors"].([]any)
	for _, e := range errs {
		e := e.(map[string]any)
		message := fmt.Sprint(e["message"])
		all = append(all, fmt.Sprintf("%v:%v: %s", e["line"], e["column"], message))
		if e["file"] != file || !vietnamese.MatchString(message) {
			t.Errorf("file %v, message %q", e["file"], message)
		}
		for _, p := range places {
			if fmt.Sprint(e["line"]) == fmt.Sprint(p.line) && fmt.Sprint(e["column"]) == fmt.Sprint(p.column) && strings.Contains(message, says) {
				found = true
				if where := fmt.Sprintf("%s:%d:%d", file, p.line, p.column); len(errs) == 1 && !strings.Contains(a.err, where) {
					t.Errorf("standard error does not name %s: %s", where, a.err)
				}
			}
		}
	}
	if !found {
		t.Errorf("want a mistake at %v that says %q, got\n%s", places, says, strings.Join(all, "\n"))
	}
}

// The sample of the schema has one mistake in it: a fee depends on a fact that
// is not declared.
func TestDomainCatalogSample(t *testing.T) {
	sample := string(must(os.ReadFile("testdata/domain/sample.yaml")))
	a, file := checked(t, sample)
	wantProblem(t, a, file, "within_60_days", at(t, sample, "within_60_days"))
	a, _ = checked(t, string(must(os.ReadFile("testdata/domain/good.yaml"))))
	v := wantAnswer(t, a)
	if v["valid"] != true {
		t.Errorf("valid %v", v["valid"])
	}
	if !warned(t, v) || !strings.Contains(a.out, "proof_of_birth") {
		t.Errorf("nothing is said of a one_of with one member: %s", a.out)
	}
}

// Every key a person can mistype is named where it stands.
func TestDomainCatalogUnknownKeys(t *testing.T) {
	sources := map[string]string{"good": string(must(os.ReadFile("testdata/domain/good.yaml")))}
	for _, name := range []string{"civil_status", "land", "residence", "certification", "social", "business", "communes", "guide", "sections", "calendar", "common"} {
		sources[name] = string(must(os.ReadFile("../../kiosk/catalog/data/" + name + ".yaml")))
	}
	key := regexp.MustCompile(`(?m)^[^#"\n]*?(?:^ *|- |[{,] ?)([a-z_]+): ?`)
	n := 0
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		text, seen := sources[name], map[string]bool{}
		for _, m := range key.FindAllStringSubmatchIndex(text, -1) {
			word := text[m[2]:m[3]]
			if seen[word] || named(text, m[2]) {
				continue
			}
			seen[word] = true
			n++
			wrong := text[:m[3]] + "q" + text[m[3]:]
			t.Run(name+" "+word, func(t *testing.T) {
				a, file := checked(t, wrong)
				wantProblem(t, a, file, word+"q", at(t, wrong, word+"q:"))
			})
		}
	}
	if n < 100 {
		t.Errorf("only %d keys were mistyped", n)
	}
}

// named reports whether the key at i is a name of the operator's own choice: an
// authority, an exemption, a calendar.
func named(text string, i int) bool {
	line := strings.Count(text[:i], "\n")
	lines := strings.Split(text, "\n")
	indent := len(lines[line]) - len(strings.TrimLeft(lines[line], " "))
	for ; line >= 0; line-- {
		l := lines[line]
		if trimmed := strings.TrimLeft(l, " "); trimmed != "" && trimmed[0] != '#' && len(l)-len(trimmed) < indent {
			return slices.Contains([]string{"authorities:", "exemptions:", "overrides:"}, strings.TrimSpace(strings.Split(trimmed, " #")[0]))
		}
	}
	return false
}

func TestDomainCatalogMistakes(t *testing.T) {
	good := string(must(os.ReadFile("testdata/domain/good.yaml")))
	for _, test := range []struct{ name, old, new, says, at, orAt string }{
		{"unknown capability", "capability: full_assist", "capability: full_asist", "full_assist", "full_asist", "capability: full_asist"},
		{"unknown field", "field: civil_status", "field: civilstatus", "civil_status", "civilstatus ", "field: civilstatus"},
		{"unknown role", "role: fill_form", "role: fillform", "fill_form", "fillform", "role: fillform"},
		{"unknown scan", "scan: never", "scan: no_scan", "never", "no_scan", "scan: no_scan"},
		{"unknown group", "type: one_of", "type: any_of", "one_of", "any_of", "type: any_of"},
		{"unknown unit", "unit: working_day", "unit: work_day", "working_day", "work_day", "unit: work_day"},
		{"unknown certainty", "certainty: partial", "certainty: likely", "partial", "likely", "certainty: likely"},
		{"unknown channel", "channels: [online, direct", "channels: [online, window", "direct", "window", "channels:"},
		{"unknown receiving", "receiving: ward_pa_centre", "receiving: ward_office", "ward_", "ward_office", "receiving:"},
		{"unknown competent", "competent: ward_pa_centre", "competent: ward_office", "ward_", "ward_office", "competent:"},
		{"unknown exemption", "exempt: civil_status", "exempt: veterans", "civil_status", "veterans", "exempt: veterans"},
		{"unknown fact type", "type: enum", "type: list", "enum", "list,", "type: list"},
		{"unknown value", "eq: authorised", "eq: authorized", "authorised", "authorized", "eq: authorized"},
		{"unknown fact", "{fact: submitter, eq", "{fact: submiter, eq", "submitter", "submiter", "fact: submiter"},
		{"two operators", "{fact: submitter, eq: authorised}", "{fact: submitter, eq: authorised, in: [authorised]}", "", "in: [authorised]", "{fact: submitter, eq: authorised, in"},
		{"no operator", "{fact: submitter, eq: authorised}", "{fact: submitter}", "eq", "{fact: submitter}", "fact: submitter}"},
		{"in without values", "{fact: submitter, eq: authorised}", "{fact: submitter, in: []}", "", "in: []", "{fact: submitter, in"},
		{"in with an unknown value", "{fact: submitter, eq: authorised}", "{fact: submitter, in: [parent, aunt]}", "parent", "aunt", "in: [parent"},
		{"amount not whole", "amount: 5000", "amount: 5000.5", "", "5000.5", "amount: 5000.5"},
		{"amount below nought", "amount: 5000", "amount: -5000", "", "-5000", "amount: -5000"},
		{"amount a text", "amount: 5000", `amount: "5.000"`, "", `"5.000"`, "amount: \"5.000"},
		{"value off the half steps", "value: 1,", "value: 1.3,", "", "1.3", "value: 1.3"},
		{"value below nought", "value: 1,", "value: -1,", "", "-1,", "value: -1"},
		{"no such cut-off", `"15:00"`, `"25:00"`, "", `"25:00"`, "same_day_cutoff"},
		{"code not in quotes", `code: "1.001193"`, "code: 1.001193", `"1.001193"`, "1.001193", "code: 1.001193"},
		{"1.10 not in quotes", `code: "1.001193"`, "code: 1.10", `"1.10"`, "1.10", "code: 1.10"},
		{"no such day", "from: 2026-01-01", "from: 2026-02-30", "", "2026-02-30", "from: 2026-02-30"},
		{"day as people write it", "from: 2026-01-01", "from: 01/01/2026", "", "01/01/2026", "from: 01/01/2026"},
		{"ends before it begins", "to: 2027-02-28", "to: 2025-02-28", "", "2025-02-28", "to: 2025-02-28"},
		{"no such day of checking", "checked: 2026-10-08", "checked: 2026-10-32", "", "2026-10-32", "checked: 2026-10-32"},
		{"fee from no day", "amount: 0, unit: case", "amount: 0, unit: case, from: 2026-13-01", "", "2026-13-01", "from: 2026-13-01"},
		{"fee ends before it begins", "amount: 0, unit: case", "amount: 0, unit: case, from: 2026-03-02, to: 2026-03-01", "", "2026-03-01", "to: 2026-03-01"},
		{"fee on no channel", "amount: 0, unit: case", "amount: 0, unit: case, channel: fax", "online", "fax", "channel: fax"},
		{"document twice", "id: authorisation,", "id: birth_proof,", "birth_proof", "birth_proof, group", "id: birth_proof,"},
		{"fact twice", "id: submitter, type", "id: has_birth_proof, type", "has_birth_proof", "has_birth_proof, type: enum", "id: has_birth_proof, type: enum"},
		{"fee twice", "id: late,", "id: ontime,", "ontime", "ontime,   when", "id: ontime,   when"},
		{"limit below nought", "max_file_bytes: 1900000", "max_file_bytes: -1", "", "-1", "max_file_bytes: -1"},
		{"unknown format", "formats: [pdf]", "formats: [docx]", "pdf", "docx", "formats: [docx"},
		{"copies below nought", "copy: 0\n", "copy: -2\n", "", "-2\n", "copy: -2"},
		{"fact without values", "values: [parent, relative, authorised], ", "", "values", "{id: submitter", "id: submitter"},
		{"schema of the future", "schema: 1", "schema: 2", "1", "2\n", "schema: 2"},
		{"key twice", "    name: \"Đăng ký khai sinh\"\n", "    name: \"Đăng ký khai sinh\"\n    name: \"Khai sinh\"\n", "name", `name: "Khai sinh"`, `"Khai sinh"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			wrong := strings.Replace(good, test.old, test.new, 1)
			if wrong == good {
				t.Fatalf("the file has no %q", test.old)
			}
			a, file := checked(t, wrong)
			places := []spot{at(t, wrong, test.at), at(t, wrong, test.orAt)}
			wantProblem(t, a, file, test.says, places...)
		})
	}
}

// The same in the files as shipped: what an operator may really get wrong.
func TestDomainCatalogShippedMistakes(t *testing.T) {
	for _, test := range []struct{ file, name, old, new, at, orAt string }{
		{"civil_status", "unknown submit_to", "submit_to: national_portal", "submit_to: portal", "portal\n", "submit_to: portal"},
		{"civil_status", "unknown online level", "submit_to: national_portal", "submit_to: national_portal\n    online_level: half", "half", "online_level: half"},
		{"civil_status", "form unknown", "    form: birth-registration\n    certainty", "    form: birth\n    certainty", "birth\n    certainty", "form: birth\n    certainty"},
		{"civil_status", "papers' form unknown", "        form: birth-registration", "        form: born", "born", "form: born"},
		{"civil_status", "yes for a bool", `{fact: within_60_days, eq: "true"}`, `{fact: within_60_days, eq: "yes"}`, `"yes"`, `eq: "yes"`},
		{"civil_status", "one_of without id", "group: {type: one_of, id: proof_of_birth}", "group: {type: one_of}", "{type: one_of}", "type: one_of}"},
		{"civil_status", "present, and scanned", "        role: present\n        original: 1\n        copy: 0\n        scan: never", "        role: present\n        original: 1\n        copy: 0\n        scan: required", "required\n        certainty: verified\n    duration", "scan: required\n        certainty: verified\n    duration"},
		{"civil_status", "amount with a unit", "amount: 5000", "amount: 5000 đ", "5000 đ", "amount: 5000 đ"},
		{"civil_status", "amount with dots", "amount: 5000", "amount: 5.000", "5.000", "amount: 5.000"},
		{"civil_status", "no source's certainty", "checked: \"2026-11-23\", certainty: verified}", "checked: \"2026-11-23\", certainty: sure}", "sure}", "certainty: sure"},
		{"civil_status", "id with blanks", "id: birth-registration\n", "id: birth registration\n", "birth registration\n", "id: birth registration\n"},
		{"civil_status", "two procedures of one id", "id: death-registration\n    code", "id: birth-registration\n    code", "id: birth-registration\n    code: \"1.000656\"", `{to: "2027-02-28"}`},
		{"communes", "code not in quotes", `code: "00004"`, "code: 00004", "00004", "code: 00004"},
		{"communes", "code of four digits", `code: "00004"`, `code: "0004"`, `"0004"`, `code: "0004"`},
		{"communes", "code twice", `code: "00008"`, `code: "00004"`, `"00004", name: Ngọc`, `code: "00004", name: Ngọc`},
		{"communes", "unknown kind", "name: Ba Đình, kind: ward", "name: Ba Đình, kind: district", "district", "kind: district"},
		{"calendar", "no such day", "date: 2026-11-24", "date: 2026-11-31", "2026-11-31", "date: 2026-11-31"},
		{"calendar", "a holiday twice", "date: 2026-09-01", "date: 2026-09-02", "2026-09-02, name: \"Quốc khánh\"", "date: 2026-09-02, name: \"Quốc khánh\""},
		{"calendar", "a span backwards", `"13:30-17:00"`, `"17:00-13:30"`, `"17:00-13:30"`, "spans: [\"08:00"},
		{"calendar", "spans overlap", `"13:30-17:00"`, `"11:00-17:00"`, `"11:00-17:00"`, "spans: [\"08:00"},
		{"calendar", "no such hour", `"13:30-17:00"`, `"13:30-25:00"`, `"13:30-25:00"`, "spans: [\"08:00"},
		{"calendar", "unknown day of the week", "days: [sat]", "days: [saturday]", "saturday", "days: [saturday"},
		{"calendar", "no such last day", "valid_through: 2026-12-31", "valid_through: 2026-12-32", "2026-12-32", "valid_through: 2026-12-32"},
		{"calendar", "unknown time zone", "Asia/Ho_Chi_Minh", "Asia/Hanoi", "Asia/Hanoi", "timezone:"},
		{"common", "unknown calendar", "calendar: police", "calendar: polise", "polise", "calendar: polise"},
		{"sections", "unknown type of question", "type: name, required", "type: nome, required", "nome", "type: nome"},
		{"sections", "unknown card field", "card: birth", "card: birthday", "birthday", "card: birthday"},
		{"business", "section unknown", "{use: subject}", "{use: subjects}", "subjects", "use: subjects"},
		{"guide", "procedure unknown", "procedures: [land-dispute]", "procedures: [land-disputes]", "land-disputes", "procedures: [land-disputes"},
		{"guide", "fact unknown", "{fact: dispute, eq", "{fact: disputes, eq", "disputes", "fact: disputes"},
		{"guide", "decided by nobody known", "decides: land_branch", "decides: land_office", "land_office", "decides: land_office"},
		{"guide", "field unknown", "field: land\n    title: Đất ông bà", "field: lands\n    title: Đất ông bà", "lands", "field: lands"},
	} {
		t.Run(test.file+" "+test.name, func(t *testing.T) {
			right := string(must(os.ReadFile("../../kiosk/catalog/data/" + test.file + ".yaml")))
			wrong := strings.Replace(right, test.old, test.new, 1)
			if wrong == right {
				t.Fatalf("the file has no %q", test.old)
			}
			a, file := checked(t, wrong)
			wantProblem(t, a, file, "", at(t, wrong, test.at), at(t, wrong, test.orAt))
		})
	}
}

func TestDomainCatalogFiles(t *testing.T) {
	good := string(must(os.ReadFile("testdata/domain/good.yaml")))
	t.Run("a second document", func(t *testing.T) {
		wrong := good + "---\nschema: 1\n"
		a, file := checked(t, wrong)
		last := strings.Count(good, "\n") + 1
		wantProblem(t, a, file, "", spot{last, 1}, spot{last + 1, 1})
	})
	for name, text := range map[string]string{
		"not UTF-8":      strings.Replace(good, "Làm giấy", "L\xe0m gi\xe2\xecy", 1),
		"UTF-16":         "\xff\xfes\x00c\x00h\x00e\x00m\x00a\x00:\x00 \x001\x00\n\x00",
		"more than 2 MB": good + strings.Repeat("# "+strings.Repeat("x", 97)+"\n", 22_000),
		"a broken list":  strings.Replace(good, "[khai sinh, moi sinh, be]", "[khai sinh, moi sinh, be", 1),
		"a tab":          strings.Replace(good, "    name:", "\tname:", 1),
		"an alias":       strings.Replace(good, "{max_file_bytes: 1900000", "{max_file_bytes: *none", 1),
		"empty":          "",
		"only a word":    "khai sinh\n",
		"only a list":    "- schema: 1\n",
		"no procedures":  "schema: 1\nprocedures: none\n",
		"binary":         "\x00\x01\x02\x03",
		"deep in itself": "schema: " + strings.Repeat("[", 5000),
		"aliases in a cascade": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			a, file := checked(t, text)
			wantProblem(t, a, file, "")
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	t.Run("just below 2 MB", func(t *testing.T) {
		a, _ := checked(t, good+strings.Repeat("# "+strings.Repeat("x", 97)+"\n", 19_000))
		wantAnswer(t, a)
	})
	t.Run("BOM and CR LF", func(t *testing.T) {
		a, _ := checked(t, "\uFEFF"+strings.ReplaceAll(good, "\n", "\r\n"))
		wantAnswer(t, a)
	})
	t.Run("no such file", func(t *testing.T) {
		if a := ask(t, "", "catalog", "check", "--json", filepath.Join(t.TempDir(), "none.yaml")); a.code != exitFailure {
			t.Errorf("exit %d, want 1", a.code)
		}
	})
	t.Run("no file named", func(t *testing.T) {
		if a := ask(t, "", "catalog", "check", "--json"); a.code != exitUsage {
			t.Errorf("exit %d, want 2", a.code)
		}
	})
	t.Run("the shipped ones", func(t *testing.T) {
		files := must(filepath.Glob("../../kiosk/catalog/data/*.yaml"))
		wantAnswer(t, ask(t, "", append([]string{"catalog", "check", "--json"}, files...)...))
	})
}
