package kit_test

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/ui/kit"
)

func TestFormBlame(t *testing.T) {
	fields := func() []kit.Field {
		return []kit.Field{{ID: "name", Kind: kit.NameField}, {ID: "born", Kind: kit.DateField}}
	}
	tests := []struct {
		name  string
		err   error
		taken bool
		want  []kiosk.Code
	}{
		{"no error", nil, false, []kiosk.Code{"", ""}},
		{"not the form's", kiosk.Fail(kiosk.Unavailable, "store.full", nil), false, []kiosk.Code{"", ""}},
		{"its fields", fmt.Errorf("declare: %w", &kiosk.Error{Kind: kiosk.Invalid, Code: "form.incomplete", Fields: []kiosk.FieldError{{Field: "born", Code: "field.date"}}}), true, []kiosk.Code{"", "field.date"}},
		{"no field named", kiosk.Fail(kiosk.Invalid, "code.local_check", nil), true, []kiosk.Code{"code.local_check", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := kit.Form{Fields: fields()}
			if got := f.Blame(tt.err); got != tt.taken {
				t.Errorf("taken: %v", got)
			}
			if diff := cmp.Diff(tt.want, []kiosk.Code{f.Fields[0].Error, f.Fields[1].Error}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAskKnowsEveryTypeOfQuestion(t *testing.T) {
	want := map[string]kit.FieldKind{
		catalog.TypeText: kit.TextField, catalog.TypeName: kit.NameField, catalog.TypePersonalNo: kit.NumberField, catalog.TypePhone: kit.PhoneField,
		catalog.TypeDate: kit.DateField, catalog.TypeChoice: kit.ChoiceField, catalog.TypeAddress: kit.AreaField, catalog.TypeEmail: kit.EmailField,
		catalog.TypeNumber: kit.NumberField, catalog.TypeBool: kit.ChoiceField,
	}
	for kind, field := range want {
		f := kit.Ask(catalog.Question{ID: "q", Label: "Nhãn", Type: kind, Values: []catalog.Choice{{ID: "a", Label: "A"}}}, "v")
		if f.Kind != field || f.Value != "v" || f.Label.Words != "Nhãn" || !f.Optional {
			t.Errorf("%s: %+v", kind, f)
		}
	}
	if f := kit.Ask(catalog.Question{ID: "q", Type: catalog.TypeNumber, Min: -3, Max: 3}, ""); f.Kind != kit.TextField || f.Hint.Code != "common.number_range" {
		t.Errorf("a number below zero: %+v", f)
	}
}

func TestDateKeepsWhatWasTyped(t *testing.T) {
	for value, want := range map[string][3]string{"": {}, "1993-08-15": {"15", "08", "1993"}, "93--xx": {"xx", "", "93"}} {
		if diff := cmp.Diff(want, kit.Field{Value: value}.Date()); diff != "" {
			t.Errorf("%q: %s", value, diff)
		}
	}
}

func TestAssetsWorkWithoutFonts(t *testing.T) {
	a, err := kit.NewAssets(fstest.MapFS{
		"css/tokens.css": {Data: []byte("t{}")}, "css/aaa.css": {Data: []byte("a{}")}, "css/base.css": {Data: []byte("b{}")},
		"vendor/.gitkeep": {}, "js/x.js": {Data: []byte("1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"js/x.js": `^/static/js/x\.[0-9a-f]{12}\.js$`, kit.Stylesheet: `^/static/kiosk\.[0-9a-f]{12}\.css$`} {
		if got, err := a.URL(name); err != nil || !regexp.MustCompile(want).MatchString(got) {
			t.Error(name, got, err)
		}
	}
	if _, err := a.URL("vendor/.gitkeep"); err == nil {
		t.Error("a hidden file is served")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	s := &kit.Sessions{Now: func() time.Time { at = at.Add(time.Second); return at }, ResidentIdle: time.Hour, StaffIdle: time.Hour, Lifetime: 24 * time.Hour}
	for range 300 {
		s.Fresh()
	}
	if n := s.Count(); n != 256 {
		t.Errorf("%d sessions in memory", n)
	}
}

func TestQRHasItsQuietZone(t *testing.T) {
	got := string(kit.QR([][]bool{{true, true, false}, {false, false, false}, {false, false, true}}, `mã "QR"`))
	want := `<svg class="qr" role="img" aria-label="mã &#34;QR&#34;" viewBox="0 0 11 11" shape-rendering="crispEdges"><path class="qr-ground" d="M0 0h11v11h-11z"/><path class="qr-ink" d="M4 4h2v1h-2zM6 6h1v1h-1z"/></svg>`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The ratios are WCAG 2.2's: body text 7:1 (AAA), parts and signs 3:1.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("../static/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := tokens(string(css), ":root"), tokens(string(css), `[data-ground="dark"]`)
	pairs := []struct {
		over, under string
		least       float64
	}{
		{"ink", "paper", 7}, {"ink", "card", 7}, {"ink", "brand-wash", 7}, {"ink", "good-wash", 7}, {"ink", "careful-wash", 7}, {"ink", "bad-wash", 7},
		{"ink-soft", "paper", 7}, {"ink-soft", "card", 7}, {"ink-soft", "brand-wash", 7}, {"on-brand", "brand", 7},
		{"brand", "paper", 7}, {"brand", "card", 7}, {"brand", "brand-wash", 7},
		{"good", "good-wash", 7}, {"careful", "careful-wash", 7}, {"bad", "bad-wash", 7}, {"bad", "card", 7}, {"bad", "paper", 7},
		{"line", "paper", 3}, {"line", "card", 3}, {"focus", "paper", 3}, {"focus", "card", 3},
	}
	for ground, set := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			if got := contrast(t, set[p.over], set[p.under]); got < p.least {
				t.Errorf("%s: %s on %s is %.2f, want %.1f", ground, p.over, p.under, got, p.least)
			}
		}
	}
}

func tokens(css, block string) map[string]string {
	_, rest, _ := strings.Cut(css, block+" {")
	body, _, _ := strings.Cut(rest, "}")
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(body, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) != 7 {
		t.Fatalf("colour %q", hex)
	}
	sum := 0.0
	for i, share := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += share * c
	}
	return sum
}

// Sentences belong to package phrases: no template of any screen may hold one.
func TestTemplatesHoldNoSentence(t *testing.T) {
	letters := regexp.MustCompile(`[A-Za-zÀ-ỹ]{2,}`)
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	tag := regexp.MustCompile(`<[^>]*>|[a-z-]+="[^"]*"`)
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".html") {
			return err
		}
		b, err := fs.ReadFile(os.DirFS(".."), path)
		if err != nil {
			return err
		}
		text := tag.ReplaceAllString(action.ReplaceAllString(string(b), ""), "")
		if found := letters.FindAllString(text, -1); found != nil {
			t.Errorf("%s holds words: %v", path, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
