package viet

import (
	"slices"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk"
)

// legacy writes a text in code page 1258, the way Windows does: base letters
// with their own byte, tones behind them.
func legacy(t *testing.T, s string) []byte {
	t.Helper()
	var out []byte
	for _, r := range norm.NFC.String(s) {
		b, err := charmap.Windows1258.NewEncoder().String(string(r))
		if err != nil { // the letter without its tone, and the tone
			parts := []rune(norm.NFD.String(string(r)))
			tone := slices.IndexFunc(parts, func(r rune) bool { return toneRanks[r] > 0 })
			bare := norm.NFC.String(string(slices.Delete(slices.Clone(parts), tone, tone+1)))
			if b, err = charmap.Windows1258.NewEncoder().String(bare + string(parts[tone])); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, b...)
	}
	return out
}

func TestDecode(t *testing.T) {
	if got := legacy(t, "Việt"); !slices.Equal(got, []byte{0x56, 0x69, 0xEA, 0xF2, 0x74}) {
		t.Fatalf("Việt in code page 1258 is % X", got)
	}
	for _, s := range []string{"Việt", "Nguyễn Hữu Đức", "Trần Thị Hoà", "ĐẶNG THỊ ƯỚC", "Quỳnh Ỷ Ỹ Ỵ ữ ự ằ ẵ ặ"} {
		if got := Decode(legacy(t, s)); got != s {
			t.Errorf("from code page 1258: %q, want %q", got, s)
		}
		if got := Decode([]byte(s)); got != s {
			t.Errorf("from UTF-8: %q, want %q", got, s)
		}
		if got := Decode([]byte("\ufeff" + norm.NFD.String(s) + "\r\n")); got != s {
			t.Errorf("from a file with BOM and NFD: %q, want %q", got, s)
		}
	}
	if got := Decode([]byte{'A', 0x8A}); got != "A\uFFFD" {
		t.Errorf("a byte that means nothing: %q", got)
	}
}

func TestDamaged(t *testing.T) {
	for s, want := range map[string]bool{
		"": false, "Nguyễn Văn Ánh": false, "Nguy?n V?n": true, "Ho?": true, "Nguy\uFFFDn": true, "Nguy\xffn": true, "H'Hen Niê": false,
	} {
		if got := Damaged(s); got != want {
			t.Errorf("Damaged(%q) = %v", s, got)
		}
	}
}

func TestDoubts(t *testing.T) {
	for s, want := range map[string][]kiosk.Code{
		"làm giấy khai sinh ở đâu ?": nil,
		"Nguy?n V?n Ánh":             {"text.damaged"},
		"Trần\u200b Hoà":             {"text.hidden"},
		"Ðặng":                       {"text.look_alike"},
		"\ufeffÐ?ng":                 {"text.damaged", "text.hidden", "text.look_alike"},
		"hai\ndòng":                  nil,
	} {
		if got := Doubts(s); !slices.Equal(got, want) {
			t.Errorf("Doubts(%q) = %q, want %q", s, got, want)
		}
	}
}

// Stored text is NFC and holds nothing hidden, both tone styles are found by
// one word, and what only looks alike folds alike.
func TestInvariant9_StoredTextIsNFCAndFoundByPlainWords(t *testing.T) {
	inputs := []string{
		"Đặng Thị Hoà", "dang thi hòa", "ĐẶNG THỊ HÒA", "Ðặng Thị Hoà", "ðặng thị hoà", "Ɖặng Thị Hòa", "\ufeffĐặng\u200b Thị\u200e Hoà\u00ad", "Đặng\u00a0Thị  Hoà",
	}
	for _, in := range inputs {
		for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKD} {
			s := form.String(in)
			if c := Clean(s); !norm.NFC.IsNormalString(c) || len(Doubts(c)) > 0 && !slices.Equal(Doubts(c), []kiosk.Code{"text.look_alike"}) {
				t.Errorf("Clean(%q) = %q", s, c)
			}
			if got := Fold(s); got != "dang thi hoa" {
				t.Errorf("Fold(%q) = %q", s, got)
			}
			if got := Words(s); !slices.Equal(got, []string{"dang", "thi", "hoa"}) {
				t.Errorf("Words(%q) = %q", s, got)
			}
		}
	}
	if a, b := Clean("Vie\u0302\u0323t"), Clean("Vie\u0323\u0302t"); a != b || a != "Việt" {
		t.Errorf("the two legal orders of ệ: %q and %q", a, b)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Nguyễn Hữu Đức"))
	f.Add([]byte{0x56, 0x69, 0xEA, 0xF2, 0x74})
	f.Add([]byte{0xEF, 0xBB, 0xBF, 0x8A, 0xEA, 0xF2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := Decode(b); Clean(got) != got {
			t.Errorf("Decode(% X) = %q is not clean", b, got)
		}
	})
}
