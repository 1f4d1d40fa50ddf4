package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"servicepoint/kiosk/intake"
)

// What people type leads to the right procedure, and what the point cannot
// help with to a person.
func TestDomainSearch(t *testing.T) {
	have := ids(t)
	var asked, first, third, sure, outside, strayed int
	shapes := map[string]string{}
	for _, row := range table(t, "queries.txt", 2) {
		code, typed := strings.TrimSpace(row[0]), strings.TrimSpace(row[1])
		v := wantAnswer(t, ask(t, "", "catalog", "search", "--json", typed))
		wantKeys(t, v, "confident", "results")
		results, _ := v["results"].([]any)
		confident, _ := v["confident"].(bool)
		var got []string
		last := 2.0
		for _, x := range results {
			r := x.(map[string]any)
			shapes[fmt.Sprint(slices.Sorted(maps.Keys(r)))] = typed
			score := must(strconv.ParseFloat(r["score"].(interface{ String() string }).String(), 64))
			if score > last {
				t.Errorf("%q: the scores are not in order", typed)
			}
			last, got = score, append(got, r["id"].(string))
		}
		if code == "-" {
			if outside++; confident {
				strayed++
				t.Errorf("%q is answered with confidence: %v", typed, got[:min(3, len(got))])
			}
			continue
		}
		want := have[code]
		asked++
		if confident {
			sure++
		}
		switch at := slices.Index(got, want); {
		case want == "":
			t.Errorf("no procedure %s", code)
		case at == 0:
			first++
			third++
		case at > 0 && at < 3:
			third++
			t.Logf("%q: %s is number %d after %v", typed, want, at+1, got[:at])
		default:
			t.Logf("%q: %s is number %d, first are %v", typed, want, at+1, got[:min(3, len(got))])
		}
	}
	for shape, typed := range shapes {
		if shape != "[id name score]" {
			t.Errorf("%q has a result of %s, want id, name and score alone", typed, shape)
		}
	}
	t.Logf("%d asked, first %d, within three %d, confident %d; outside %d, confident %d", asked, first, third, sure, outside, strayed)
	if first*100 < asked*90 || third*100 < asked*98 {
		t.Errorf("of %d queries %d lead to the procedure first and %d within three", asked, first, third)
	}
}

// Amounts, rates, opening hours and cut-offs are data for operators to change;
// none stands in the code of the domain.
func TestDomainNoLegalFigureInCode(t *testing.T) {
	amount := regexp.MustCompile(`\b\d{1,3}([.,]\d{3})+\s*(đ|đồng)?\b|\b\d{4,7}\s*(đ|đồng)`)
	hour := regexp.MustCompile(`\b([01]?\d|2[0-3]):[0-5]\d\b`)
	date := regexp.MustCompile(`\b20\d\d-[01]\d-[0-3]\d\b|\b[0-3]?\d/[01]?\d/20\d\d\b`)
	code := regexp.MustCompile(`\b[12]\.0\d{5}\b`)
	// Known fees of the domain that are no power of ten or two.
	fees := []string{"3000", "5000", "8000", "25000", "15000", "7000", "28000", "14000", "50000", "80000", "200000", "5000000"}
	// Layouts of package time and the privacy notice's version are no rule, and
	// neither is an example of what to write.
	fine := []string{"2006-01-02", "15:04", "02/01/2006", intake.NoticeVersion}
	examined := 0
	for _, dir := range []string{"catalog", "calendar", "guide", "intake", "idcard", "vietqr", "postal", "viet"} {
		must(0, filepath.WalkDir(filepath.Join("..", "..", "kiosk", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			examined++
			files := token.NewFileSet()
			ast.Inspect(must(parser.ParseFile(files, path, nil, 0)), func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok {
					return true
				}
				text := lit.Value
				for _, layout := range fine {
					text = strings.ReplaceAll(text, layout, "")
				}
				if strings.Contains(text, "such as") {
					return true
				}
				plain := strings.ReplaceAll(text, "_", "")
				switch {
				case lit.Kind == token.INT && slices.Contains(fees, plain),
					lit.Kind == token.STRING && (amount.MatchString(text) || hour.MatchString(text) || date.MatchString(text) || code.MatchString(text)):
					t.Errorf("%s: %s reads as a figure of the law", files.Position(lit.Pos()), lit.Value)
				}
				return true
			})
			return nil
		}))
	}
	if examined < 30 {
		t.Errorf("only %d files were read", examined)
	}
}

// The land chapter knows at least a dozen situations, as people tell them.
func TestDomainSituations(t *testing.T) {
	have := ids(t)
	all := slices.Collect(maps.Values(have))
	for _, typed := range []string{
		"đất ông bà để lại chưa có giấy", "mua bán giấy tay", "mất sổ đỏ", "tách thửa cho con", "sai tên trên sổ", "chuyển mục đích",
		"dat ong ba de lai chua co giay", "mua ban giay tay", "mat so do", "tach thua cho con", "sai ten tren so", "chuyen muc dich",
	} {
		v := wantAnswer(t, ask(t, "", "catalog", "search", "--json", typed))
		results, _ := v["results"].([]any)
		if v["confident"] != true || len(results) == 0 || !slices.Contains(all, results[0].(map[string]any)["id"].(string)) || !strings.HasPrefix(results[0].(map[string]any)["id"].(string), "land-") {
			t.Errorf("%q: %v", typed, v)
		}
	}
}
