package guide

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/viet"
)

func first(a Answer) kiosk.ProcedureID {
	if len(a.Results) == 0 {
		return ""
	}
	return a.Results[0].ID
}

// Every procedure is found by its own names, typed any way that leaves the
// letters.
func TestOwnNames(t *testing.T) {
	c, g := shipped(t)
	ways := map[string]func(string) string{
		"as written": func(s string) string { return s }, "folded": viet.Fold, "upper case": strings.ToUpper,
		"NFD": norm.NFD.String, "upper case NFD": func(s string) string { return norm.NFD.String(strings.ToUpper(s)) },
		"title case": func(s string) string { return strings.ToUpper(viet.Fold(s)) },
	}
	for _, p := range c.Procedures {
		for _, name := range []string{p.Name, p.PlainName, p.Code} {
			if name == "" {
				continue
			}
			for way, change := range ways {
				if got := g.Search(change(name)); first(got) != p.ID || !got.Confident {
					t.Errorf("%s, %s: %q finds %s", p.ID, way, change(name), shown(got))
				}
			}
		}
	}
}

// A keyword no other procedure has finds its procedure first.
func TestOwnKeywords(t *testing.T) {
	c, g := shipped(t)
	owners := map[string][]kiosk.ProcedureID{}
	for _, p := range c.Procedures {
		for _, k := range p.Keywords {
			owners[viet.Fold(k)] = append(owners[viet.Fold(k)], p.ID)
		}
	}
	missed, all := 0, 0
	for k, ids := range owners {
		all++
		if got := g.Search(k); !slices.Contains(ids, first(got)) {
			missed++
			t.Logf("%v: %q finds %s", ids, k, shown(got))
		}
	}
	if missed*50 > all {
		t.Errorf("%d of %d keywords find another procedure first", missed, all)
	}
}

// Marks, case and composition change nothing that a query without marks finds
// first, where it is the exact name.
func TestFormChangesNothing(t *testing.T) {
	_, g := shipped(t)
	for _, q := range readQueries(t, "queries.txt") {
		want := g.Search(q.query)
		for _, form := range []string{norm.NFD.String(q.query), norm.NFC.String(q.query), strings.ToUpper(q.query), "  " + q.query + " ?!", strings.ReplaceAll(q.query, " ", "\u00a0\u200b")} {
			if got := g.Search(form); !slices.Equal(got.Results, want.Results) || got.Confident != want.Confident {
				t.Errorf("%q finds %s, %q %s", q.query, shown(want), form, shown(got))
			}
		}
	}
}

// Each slip of the keyboard in a longer word leaves the procedure among the
// first three.
func TestSlips(t *testing.T) {
	c, g := shipped(t)
	random := rand.New(rand.NewPCG(3, 2026))
	tries, found := 0, 0
	for _, p := range c.Procedures {
		for range 20 {
			query := slip(random, viet.Fold(p.PlainName))
			tries++
			got := g.Search(query)
			if slices.ContainsFunc(got.Results[:min(3, len(got.Results))], func(r Result) bool { return r.ID == p.ID }) {
				found++
			} else {
				t.Logf("%s: %q finds %s", p.ID, query, shown(got))
			}
		}
	}
	if found*100 < tries*98 {
		t.Errorf("%d of %d slips leave the procedure among the first three", found, tries)
	}
}

// slip doubles, drops, changes or swaps one letter.
func slip(random *rand.Rand, s string) string {
	i := 1 + random.IntN(len(s)-2)
	switch random.IntN(4) {
	case 0:
		return s[:i] + s[i:i+1] + s[i:]
	case 1:
		return s[:i] + s[i+1:]
	case 2:
		return s[:i] + string(rune('a'+random.IntN(26))) + s[i+1:]
	}
	return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
}

// Marks tell apart what has the same letters.
func TestMarks(t *testing.T) {
	c := &catalog.Catalog{Procedures: []catalog.Procedure{
		{ID: "lost", Name: "Mất sổ"}, {ID: "face", Name: "Mặt số"}, {ID: "other", Name: "Chứng thực"},
	}}
	g := New(c)
	for query, want := range map[string]kiosk.ProcedureID{"mất sổ": "lost", "MẶT SỐ": "face", "mặt số": "face", norm.NFD.String("mất sổ"): "lost", "mat so": "lost"} {
		if got := g.Search(query); first(got) != want {
			t.Errorf("%q finds %s", query, shown(got))
		}
	}
	both := g.Search("mat so")
	if len(both.Results) < 2 || both.Results[0].Score != both.Results[1].Score {
		t.Errorf("without marks both fit as well: %s", shown(both))
	}
}

func TestKeyboards(t *testing.T) {
	_, g := shipped(t)
	for query, want := range map[string]kiosk.ProcedureID{
		"ddangw kys khai sinh":      "birth-registration",
		"d9ang8 ky1 khai sinh":      "birth-registration",
		"tachs thuawr ddaats":       "land-split-merge",
		"ma6t1 so63 d9o3":           "land-certificate-lost",
		"dangkytamtru":              "temporary-residence",
		"kh ai s inh":               "birth-registration",
		"sổđỏ bị mất":               "land-certificate-lost",
		"xin trich luc khaisinh":    "civil-status-extract",
		"khai sinhh":                "birth-registration",
		"kahi sinh":                 "birth-registration",
		"gia hna tam tru":           "temporary-residence-extension",
		"chuyn muc dich su dng dat": "land-use-change",
		"ĐK KẾT HÔN":                "marriage-registration",
		"Ðăng ký khai tử":           "death-registration",
	} {
		if got := g.Search(query); first(got) != want || !got.Confident {
			t.Errorf("%q finds %s", query, shown(got))
		}
	}
}

func TestNothingAsked(t *testing.T) {
	_, g := shipped(t)
	for _, query := range []string{"", " ", "…?!", "\u200b", "làm thế nào ạ", "cho tôi hỏi"} {
		if got := g.Search(query); got.Confident {
			t.Errorf("%q finds %s", query, shown(got))
		}
	}
	empty := New(&catalog.Catalog{})
	if got := empty.Search("khai sinh"); got.Confident || len(got.Results) > 0 {
		t.Errorf("an empty catalogue finds %s", shown(got))
	}
	for text, want := range map[string]string{"  khai\u00a0sinh ": "khai sinh", "": "", " \t": "", "?!": ""} {
		got, err := Query(text)
		if got != want || (err != nil) != (want == "") || want == "" && kiosk.CodeOf(err) != "guide.empty" {
			t.Errorf("Query(%q) gives %q, %v", text, got, err)
		}
	}
}

// Only maxRunes letters of a query are read.
func TestLongQuery(t *testing.T) {
	_, g := shipped(t)
	long := "tách thửa cho con " + strings.Repeat("a", maxRunes)
	if got, want := g.Search(long+" khai sinh"), g.Search(long); !slices.Equal(got.Results, want.Results) {
		t.Errorf("the end is read: %s, %s", shown(got), shown(want))
	}
	marks := g.Search(strings.Repeat("tách thửa"+strings.Repeat("\u0301", 500), 40))
	if len(marks.Results) > MaxResults {
		t.Errorf("%d results", len(marks.Results))
	}
}

// A procedure of several versions is one result, under its last name.
func TestVersions(t *testing.T) {
	g := New(&catalog.Catalog{Procedures: []catalog.Procedure{
		{ID: "birth", Name: "Khai sinh", PlainName: "Tên cũ"}, {ID: "birth", Name: "Đăng ký khai sinh", PlainName: "Tên mới"}, {ID: "death", Name: "Khai tử"},
	}})
	for _, query := range []string{"khai sinh", "tên cũ", "ten moi"} {
		got := g.Search(query)
		if first(got) != "birth" || got.Results[0].Name != "Đăng ký khai sinh" || slices.ContainsFunc(got.Results[1:], func(r Result) bool { return r.ID == "birth" }) {
			t.Errorf("%q finds %v", query, got)
		}
	}
}

func wellFormed(t *testing.T, query string, got Answer) {
	t.Helper()
	if len(got.Results) > MaxResults || got.Confident && len(got.Results) == 0 {
		t.Errorf("%q: %d results, confident %v", query, len(got.Results), got.Confident)
	}
	last := 1.0
	for _, r := range got.Results {
		if r.Score < 0 || r.Score > last || r.ID == "" || r.Name == "" {
			t.Errorf("%q: %+v after %v", query, r, last)
		}
		last = r.Score
	}
}

func FuzzSearch(f *testing.F) {
	_, g := shipped(f)
	for _, q := range readQueries(f, "queries.txt")[:40] {
		f.Add(q.query)
	}
	for _, s := range []string{"", "\xff\xfe", "ⅷ½ﬁ", "đ" + strings.Repeat("\u0323", 5000), strings.Repeat("khaisinh", 40), "İSTANBUL ǅ", "1.001193", "w", "ww aa dd", "Ⱥⱥ ẞ", strings.Repeat("a ", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := g.Search(query)
		wellFormed(t, query, got)
		again := g.Search(query)
		if !slices.Equal(got.Results, again.Results) {
			t.Errorf("%q finds %v, then %v", query, got, again)
		}
		if utf8.RuneCountInString(query) < maxRunes/2 && utf8.ValidString(query) && len(query) < maxBytes/4 {
			if nfd := g.Search(norm.NFD.String(norm.NFC.String(query))); !slices.Equal(nfd.Results, g.Search(norm.NFC.String(query)).Results) {
				t.Errorf("%q finds %v, NFD %v", query, got, nfd)
			}
		}
		g.Term(query)
	})
}

func BenchmarkSearch(b *testing.B) {
	_, g := shipped(b)
	all := readQueries(b, "queries.txt")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g.Search(all[i%len(all)].query)
	}
}

func BenchmarkSearchWorst(b *testing.B) {
	_, g := shipped(b)
	query := strings.Repeat("nhuonh chuyn sinhh thuaa ddaats ", 7)
	b.ReportAllocs()
	for b.Loop() {
		g.Search(query)
	}
}

func BenchmarkNew(b *testing.B) {
	c, _ := shipped(b)
	b.ReportAllocs()
	for b.Loop() {
		New(c)
	}
}
