package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The tests in domain_*_test.go hold the program against the law's words and
// the published formats alone: their tables were worked out by hand, before
// and without the code they examine.

// answer is what one run of a command left behind.
type answer struct {
	code     int
	out, err string
}

// ask runs a command inside this process. It swaps the standard streams, so a
// test that asks must not run in parallel with others.
func ask(t *testing.T, stdin string, args ...string) answer {
	t.Helper()
	return askWithin(t.Context(), t, stdin, args...)
}

// askWithin is ask for a command that is interrupted when ctx ends.
func askWithin(ctx context.Context, t *testing.T, stdin string, args ...string) answer {
	t.Helper()
	dir := t.TempDir()
	in, out, errs := filepath.Join(dir, "in"), must(os.Create(filepath.Join(dir, "out"))), must(os.Create(filepath.Join(dir, "err")))
	must(0, os.WriteFile(in, []byte(stdin), 0o600))
	was := [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	os.Stdin, os.Stdout, os.Stderr = must(os.Open(in)), out, errs
	defer func() {
		_, _, _ = os.Stdin.Close(), out.Close(), errs.Close()
		os.Stdin, os.Stdout, os.Stderr = was[0], was[1], was[2]
	}()
	code := run(ctx, args)
	return answer{code, contents(out), contents(errs)}
}

func contents(f *os.File) string {
	must(f.Seek(0, io.SeekStart))
	return string(must(io.ReadAll(f)))
}

// fields is the one JSON object an answer must be.
func (a answer) fields(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(a.out))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("exit %d, not a JSON object: %v\nstdout %q\nstderr %q", a.code, err, a.out, a.err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one JSON value on standard output: %q", a.out)
	}
	return v
}

func wantKeys(t *testing.T, v map[string]any, keys ...string) {
	t.Helper()
	var got []string
	for k := range v {
		got = append(got, k)
	}
	slices.Sort(got)
	slices.Sort(keys)
	if !slices.Equal(got, keys) {
		t.Errorf("keys %v, want %v", got, keys)
	}
}

// wantRefused holds an answer against the shape of every refusal.
func wantRefused(t *testing.T, a answer) {
	t.Helper()
	if a.code != exitFailure {
		t.Fatalf("exit %d, want 1\nstdout %q\nstderr %q", a.code, a.out, a.err)
	}
	v := a.fields(t)
	wantKeys(t, v, "error")
	e, _ := v["error"].(map[string]any)
	wantKeys(t, e, "code", "message")
	if code, _ := e["code"].(string); !regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`).MatchString(code) {
		t.Errorf("code %q", e["code"])
	}
	if m, _ := e["message"].(string); !strings.Contains(m, " ") {
		t.Errorf("message %q is no sentence", e["message"])
	}
	if len(strings.Fields(a.err)) < 3 {
		t.Errorf("no sentence on standard error: %q", a.err)
	}
}

// wantAnswer is wantRefused's counterpart.
func wantAnswer(t *testing.T, a answer) map[string]any {
	t.Helper()
	if a.code != exitFine {
		t.Fatalf("exit %d, want 0\nstdout %q\nstderr %q", a.code, a.out, a.err)
	}
	return a.fields(t)
}

func warned(t *testing.T, v map[string]any) bool {
	t.Helper()
	list, ok := v["warnings"].([]any)
	if !ok {
		t.Errorf("warnings is %v, want a list, empty when there are none", v["warnings"])
	}
	return len(list) > 0
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()}
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, texts(x)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, x := range v {
			all = append(all, texts(x)...)
		}
		return all
	}
	return nil
}

// table reads a file of testdata/domain: one row a line, columns between bars.
func table(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Join("testdata", "domain", name))))) {
		if line = strings.TrimRight(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		row := strings.Split(line, "|")
		if len(row) != columns {
			t.Fatalf("%s: %q has %d columns, want %d", name, line, len(row), columns)
		}
		rows = append(rows, row)
	}
	return rows
}

var hanoi = time.FixedZone("", 7*3600)

// clock reads a time of a table; without a zone it is Hanoi's.
func clock(t *testing.T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, strings.TrimSpace(s), hanoi); err == nil {
			return at
		}
	}
	t.Fatalf("%q is no time", s)
	return time.Time{}
}

func dueArgs(t *testing.T, row []string) []string {
	t.Helper()
	duration := strings.Fields(row[1])
	args := []string{"tool", "due", "--json", "--accepted", clock(t, row[0]).Format(time.RFC3339), "--value", duration[0], "--unit", duration[1]}
	rest := strings.Fields(row[2])
	for i, word := range rest {
		if i > 0 && rest[i-1] == "--pause" {
			from, to, _ := strings.Cut(word, "/")
			word = clock(t, from).Format(time.RFC3339) + "/" + clock(t, to).Format(time.RFC3339)
		}
		args = append(args, word)
	}
	return args
}

func TestDomainDue(t *testing.T) {
	for _, row := range table(t, "due.txt", 6) {
		t.Run(strings.Join(strings.Fields(strings.Join(row[:3], " ")), " "), func(t *testing.T) {
			v := wantAnswer(t, ask(t, "", dueArgs(t, row)...))
			wantKeys(t, v, "due", "provisional", "accepted", "text")
			for key, want := range map[string]string{"accepted": row[3], "due": row[4]} {
				got, err := time.Parse(time.RFC3339, v[key].(string))
				if err != nil || !got.Equal(clock(t, want)) {
					t.Errorf("%s %v, want %s", key, v[key], clock(t, want).Format(time.RFC3339))
				}
				if !strings.HasSuffix(v[key].(string), "+07:00") {
					t.Errorf("%s %v is not told in Hanoi's time", key, v[key])
				}
			}
			text, expected := v["text"].(string), v["provisional"].(bool)
			if want := strings.TrimSpace(row[5]); want != "?" && expected != (want == "true") {
				t.Errorf("provisional %v", expected)
			}
			if expected != strings.Contains(text, "dự kiến") {
				t.Errorf("provisional %v, but the text is %q", expected, text)
			}
			if day := clock(t, row[4]).Format("02/01/2006"); !strings.Contains(text, day) {
				t.Errorf("text %q does not name %s", text, day)
			}
		})
	}
}

// With no number there is no date to be had, whatever else is given.
func TestDomainDueUnknown(t *testing.T) {
	v := wantAnswer(t, ask(t, "", "tool", "due", "--json", "--accepted", "2026-11-09T09:00:00+07:00", "--value", "null", "--unit", "working_day"))
	wantKeys(t, v, "due", "provisional", "accepted", "text")
	if v["due"] != nil && v["due"] != "" {
		t.Errorf("due %v", v["due"])
	}
	if text := v["text"].(string); text == "" || regexp.MustCompile(`\d/\d`).MatchString(text) {
		t.Errorf("text %q", text)
	}
}

func TestDomainDueRefuses(t *testing.T) {
	for _, test := range []struct {
		name, args string
		code       int // 0: either 1 or 2
	}{
		{"no flags", "", 2},
		{"no unit", "--accepted 2026-11-09T09:00:00+07:00 --value 1", 2},
		{"no value", "--accepted 2026-11-09T09:00:00+07:00 --unit working_day", 2},
		{"unknown flag", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day --holiday 2026-11-10", 2},
		{"a word too many", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day tomorrow", 2},
		{"time without zone", "--accepted 2026-11-09T09:00 --value 1 --unit working_day", 0},
		{"no such date", "--accepted 2026-02-30T09:00:00+07:00 --value 1 --unit working_day", 0},
		{"unit unknown", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit week", 0},
		{"value a word", "--accepted 2026-11-09T09:00:00+07:00 --value one --unit working_day", 0},
		{"value negative", "--accepted 2026-11-09T09:00:00+07:00 --value=-1 --unit working_day", 0},
		{"value off the half steps", "--accepted 2026-11-09T09:00:00+07:00 --value 0.3 --unit working_day", 0},
		{"authority unknown", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day --authority ward_post", 0},
		{"cutoff no time", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day --cutoff 25:00", 0},
		{"pause without an end", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day --pause 2026-11-10T09:00:00+07:00", 0},
		{"pause backwards", "--accepted 2026-11-09T09:00:00+07:00 --value 1 --unit working_day --pause 2026-11-11T09:00:00+07:00/2026-11-10T09:00:00+07:00", 0},
		{"value beyond reason", "--accepted 2026-11-09T09:00:00+07:00 --value 1e300 --unit working_day", 0},
		{"value not a number", "--accepted 2026-11-09T09:00:00+07:00 --value NaN --unit working_day", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, "", append([]string{"tool", "due", "--json"}, strings.Fields(test.args)...)...)
			switch {
			case a.code == exitFailure && test.code == 0:
				wantRefused(t, a)
			case a.code != exitUsage:
				t.Errorf("exit %d, want 2 (or, where the flag can be read, 1)\nstdout %q", a.code, a.out)
			case a.out != "" || a.err == "":
				t.Errorf("wrong use is told on standard error alone: stdout %q, stderr %q", a.out, a.err)
			}
		})
	}
}

// Without --json a person reads a few lines, and a refusal prints no answer.
func TestDomainForPeople(t *testing.T) {
	const card = "001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021"
	for _, test := range []struct {
		args  []string
		stdin string
		wants string
	}{
		{[]string{"tool", "due", "--accepted", "2026-11-23T09:00:00+07:00", "--value", "1", "--unit", "working_day"}, "", "25/11/2026"},
		{[]string{"tool", "code", "dth01 261123 0042 v"}, "", "DTH01-261123-0042-V"},
		{[]string{"tool", "idcard"}, card, "Nguyễn Văn Ánh"},
		{[]string{"tool", "vietqr", "make", "--bin", "970405", "--account", "1", "--amount", "5000", "--bill", "B1", "--purpose", "p"}, "", "000201"},
		{[]string{"tool", "vietqr", "parse", sealed("00020101021238450010A00000072701150006970405010110208QRIBFTTA530370454045000" + "5802VN")}, "", "970405"},
		{[]string{"tool", "s10", "eb123456785vn"}, "", "EB123456785VN"},
		{[]string{"tool", "fold", "Hoà"}, "", "hoa"},
		{[]string{"tool", "phone", "0912345678"}, "", "+84912345678"},
		{[]string{"catalog", "list"}, "", "birth-registration"},
		{[]string{"catalog", "show", "birth-registration"}, "", "1.001193"},
		{[]string{"catalog", "search", "lam giay khai sinh cho con"}, "", "birth-registration"},
		{[]string{"catalog", "search", "thời tiết hôm nay"}, "", "nhân viên"},
	} {
		if a := ask(t, test.stdin, test.args...); a.code != exitFine || !strings.Contains(a.out, test.wants) || a.err != "" || strings.HasPrefix(a.out, "{") {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", test.args, a.code, a.out, a.err)
		}
	}
	for _, args := range [][]string{
		{"tool", "idcard"}, {"tool", "vietqr", "parse", "x"}, {"tool", "s10", ""}, {"tool", "phone", "113"}, {"catalog", "show", "nope"},
	} {
		if a := ask(t, "", args...); a.code != exitFailure || a.out != "" || len(strings.Fields(a.err)) < 3 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, a.code, a.out, a.err)
		}
	}
}

// Whatever bytes arrive, a command answers or refuses in its one shape.
func TestDomainAnyBytes(t *testing.T) {
	const seeds = "0123456789|AZaz-–. \r\n\x00\xff\xfeĐđ̣́ấ🙂\ufeff\u202e%s$(x)'\"\\{}[]"
	random := rand.New(rand.NewPCG(1, 3))
	for range 60 {
		b := make([]byte, random.IntN(120))
		for i := range b {
			b[i] = seeds[random.IntN(len(seeds))]
		}
		text := string(b)
		for _, args := range [][]string{
			{"tool", "code", "--json", "--", text}, {"tool", "vietqr", "parse", "--json", "--", text}, {"tool", "s10", "--json", "--", text},
			{"tool", "fold", "--json", "--", text}, {"tool", "phone", "--json", "--", text}, {"catalog", "search", "--json", "--", text}, {"tool", "idcard", "--json"},
		} {
			a := ask(t, text, args...)
			if a.code == exitFailure {
				wantRefused(t, a)
			} else {
				wantAnswer(t, a)
			}
			if !utf8.ValidString(a.out) || !norm.NFC.IsNormalString(a.out) {
				t.Errorf("%q %v: the answer is not NFC text: %q", text, args[:2], a.out)
			}
		}
	}
}

// What a command answers is NFC and one JSON document, whatever was typed.
func TestDomainAnswersAreNFC(t *testing.T) {
	for _, args := range [][]string{
		{"tool", "due", "--json", "--accepted", "2026-11-09T09:00:00+07:00", "--value", "1", "--unit", "working_day"},
		{"catalog", "list", "--json"}, {"catalog", "show", "birth-registration", "--json"},
		{"catalog", "search", "--json", norm.NFD.String("giấy khai sinh")},
	} {
		if a := ask(t, "", args...); a.code != exitFine || !norm.NFC.IsNormalString(a.out) || !bytes.HasSuffix([]byte(a.out), []byte("\n")) {
			t.Errorf("%v: exit %d, not NFC text: %s", args, a.code, a.err)
		}
	}
}
