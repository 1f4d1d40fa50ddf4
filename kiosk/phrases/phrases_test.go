package phrases

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestSay(t *testing.T) {
	b, err := Load(fstest.MapFS{
		"vi/a.json": {Data: []byte(`{"greet":"Xin chào {name}.","pages":"{n} trang","only":"Chỉ có tiếng Việt","odd":"còn {mở"}`)},
		"vi/b.json": {Data: []byte(`{}`)},
		"en/a.json": {Data: []byte(`{"greet":"Hello {name}.","pages":"{n} {n|page|pages}","odd":"{"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		lang Lang
		code string
		args []any
		want string
	}{
		{VI, "greet", []any{"name", "{name}"}, "Xin chào {name}."}, // an argument is never filled in itself
		{EN, "greet", []any{"other", 1, "name", "An"}, "Hello An."},
		{EN, "greet", nil, "Hello {name}."},
		{EN, "greet", []any{"name"}, "Hello {name}."},
		{EN, "greet", []any{7, 8}, "Hello {name}."},
		{EN, "pages", []any{"n", 1}, "1 page"},
		{EN, "pages", []any{"n", 3}, "3 pages"},
		{VI, "pages", []any{"n", int64(3)}, "3 trang"},
		{EN, "only", nil, "[vi] Chỉ có tiếng Việt"},
		{Pseudo, "pages", []any{"n", 3}, "[3 trang~~~]"},
		{VI, "none", nil, "[none]"},
		{VI, "odd", []any{"mở", 1}, "còn {mở"},
		{EN, "odd", nil, "{"},
	}
	for _, tt := range tests {
		if got := b.Say(tt.lang, tt.code, tt.args...); got != tt.want {
			t.Errorf("Say(%s, %q, %v) = %q, want %q", tt.lang, tt.code, tt.args, got, tt.want)
		}
	}
	if want := []string{"greet", "odd", "only", "pages"}; !slices.Equal(b.Codes(), want) {
		t.Errorf("Codes() = %q, want %q", b.Codes(), want)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"a code twice in one file":  {"vi/a.json": {Data: []byte(`{"x":"1","x":"2"}`)}},
		"a code twice in two files": {"vi/a.json": {Data: []byte(`{"x":"1"}`)}, "vi/b.json": {Data: []byte(`{"x":"2"}`)}},
		"nested objects":            {"vi/a.json": {Data: []byte(`{"x":{"y":"1"}}`)}},
		"a list":                    {"en/a.json": {Data: []byte(`["x"]`)}},
		"half a file":               {"en/a.json": {Data: []byte(`{"x":"1"`)}},
		"an empty file":             {"en/a.json": {Data: nil}},
	} {
		if b, err := Load(files); err == nil {
			t.Errorf("%s: Load gave %d codes and no error", name, len(b.Codes()))
		}
	}
}

var (
	codePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)
	placeholders = regexp.MustCompile(`\{[^{}|]*`)
)

// words lists the placeholders of a sentence, each once.
func words(text string) []string {
	found := placeholders.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestBothLanguagesSayTheSame goes through the files that ship, one by one, so
// that a finding names the file.
func TestBothLanguagesSayTheSame(t *testing.T) {
	names, err := fs.Glob(files, "vi/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range names {
		vi, en := area(t, name), area(t, strings.Replace(name, "vi/", "en/", 1))
		for _, code := range slices.Sorted(maps.Keys(vi)) {
			translated, ok := en[code]
			if !ok {
				t.Errorf("%s: %q has no English sentence", name, code)
				continue
			}
			if a, b := words(vi[code]), words(translated); !slices.Equal(a, b) {
				t.Errorf("%s: %q: placeholders %q in Vietnamese, %q in English", name, code, a, b)
			}
		}
		for code := range en {
			if _, ok := vi[code]; !ok {
				t.Errorf("%s: %q has no Vietnamese sentence", name, code)
			}
		}
	}
	english, _ := fs.Glob(files, "en/*.json")
	if len(english) != len(names) {
		t.Errorf("%d Vietnamese areas, %d English ones", len(names), len(english))
	}
}

// area reads one file and checks what holds for every sentence.
func area(t *testing.T, name string) map[string]string {
	t.Helper()
	pairs, err := readArea(files, name)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	last := ""
	for _, p := range pairs {
		if p.code <= last {
			t.Errorf("%s: %q stands after %q; codes stand in order", name, p.code, last)
		}
		last = p.code
		said[p.code] = p.text
		if !codePattern.MatchString(p.code) {
			t.Errorf("%s: %q is not a dotted word", name, p.code)
		}
		checkText(t, name+": "+p.code, p.text)
	}
	return said
}

func checkText(t *testing.T, where, text string) {
	t.Helper()
	if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
		t.Errorf("%s: empty, or blanks that nobody wants: %q", where, text)
	}
	if !norm.NFC.IsNormalString(text) {
		t.Errorf("%s: not NFC", where)
	}
	if strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Cf, unicode.Cc) || r == '\u00a0' || r == unicode.ReplacementChar
	}) {
		t.Errorf("%s: hidden characters in %q", where, text)
	}
	if strings.Count(text, "{") != strings.Count(text, "}") {
		t.Errorf("%s: braces do not match in %q", where, text)
	}
}

// TestTroublesAreExplained proves that what is the matter never comes without
// what to do, and the other way round.
func TestTroublesAreExplained(t *testing.T) {
	for code := range area(t, "vi/fault.json") {
		base, part := code[:strings.LastIndex(code, ".")], code[strings.LastIndex(code, ".")+1:]
		if part != "title" && part != "do" && part != "resident" {
			t.Errorf("%q: a trouble has .title, .do and perhaps .resident", code)
		}
		if !Has(VI, base+".title") || !Has(VI, base+".do") {
			t.Errorf("%q: a trouble needs .title and .do", base)
		}
	}
}

func TestExplain(t *testing.T) {
	title, do := Explain(VI, "printer.paper_out")
	if title != "Máy in đã hết giấy." || !strings.HasPrefix(do, "Lắp cuộn giấy mới và đóng nắp") {
		t.Errorf("Explain: %q %q", title, do)
	}
	title, do = ExplainResident(EN, "printer.paper_out")
	if title != "The printer is out of paper." || !strings.Contains(do, "member of staff") {
		t.Errorf("ExplainResident: %q %q", title, do)
	}
	title, do = Explain(VI, "no.such.code")
	if title != Say(VI, "internal.title") || do != Say(VI, "internal.do") {
		t.Errorf("unknown code: %q %q", title, do)
	}
}
