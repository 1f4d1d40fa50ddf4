package viet

import (
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"only blanks", " \t\u00a0\r\n", ""},
		{"NFD", norm.NFD.String("Nguyễn Hữu Đức"), "Nguyễn Hữu Đức"},
		{"both orders of ệ", "Vie\u0302\u0323t Vie\u0323\u0302t", "Việt Việt"},
		{"base letter and combining tone, as code page 1258 has it", "Vi\u00ea\u0323t", "Việt"},
		{"hidden characters", "\ufeffTrần\u200e Thị\u200b Hoà\u00ad", "Trần Thị Hoà"},
		{"hidden character before a tone mark", "a\u200b\u0301", "á"},
		{"no-break space and runs", "Lê\u00a0Thị  \t Ánh", "Lê Thị Ánh"},
		{"line ends", "Tổ 3\r\nĐại Thanh", "Tổ 3 Đại Thanh"},
		{"control characters", "Lê\x00 Văn\x1b An", "Lê Văn An"},
		{"apostrophe and hyphen stay", "H'Hen  Niê - Êban", "H'Hen Niê - Êban"},
		{"tone placement stays", "Hoà Hòa", "Hoà Hòa"},
		{"not UTF-8", "Vi\xff", "Vi\uFFFD"},
	}
	for _, tt := range tests {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
	if n := utf8.RuneCountInString(Clean(norm.NFD.String("Nguyễn Hữu Đức"))); n != 14 {
		t.Errorf("Nguyễn Hữu Đức has %d letters, want 14", n)
	}
}

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Đặng Thị Hoà", "dang thi hoa"},
		{"dang thi hòa", "dang thi hoa"},
		{norm.NFD.String("ĐẶNG THỊ HOÀ"), "dang thi hoa"},
		{"Ðặng đặng Ɖặng ɖặng ðặng", "dang dang dang dang dang"},
		{"Yên Hoà", "yen hoa"},
		{"Ứng Hòa", "ung hoa"},
		{"SỬ DỤNG", "su dung"},
		{"Ơ Ư Ă Â Ê Ô", "o u a a e o"},
		{"uý úy", "uy uy"},
		{"  Căn\u00a0cước ", "can cuoc"},
		{"I İ", "i i"}, // no Turkish rules
	}
	for _, tt := range tests {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	got := Words("Văn Miếu - Quốc Tử Giám, số 58")
	if want := []string{"van", "mieu", "quoc", "tu", "giam", "so", "58"}; !slices.Equal(got, want) {
		t.Errorf("Words = %q, want %q", got, want)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "Nguyễn Hữu Đức", "a\u200b\u0301", " \u0301", "\u2000x", "\xff\xfe", "H'Hen Niê"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || !norm.NFC.IsNormalString(c) {
			t.Errorf("Clean(%q) = %q is not NFC", s, c)
		}
		if again := Clean(c); again != c {
			t.Errorf("Clean(%q) = %q, and once more %q", s, c, again)
		}
		if folded := Fold(c); Fold(s) != folded {
			t.Errorf("Fold(%q) = %q, of the cleaned text %q", s, Fold(s), folded)
		}
	})
}
