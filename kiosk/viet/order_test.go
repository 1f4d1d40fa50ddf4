package viet

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// shuffled gives the same list in another order, always the same one.
func shuffled(list []string) []string {
	out := slices.Clone(list)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name string
		want []string // in order
	}{
		{"the alphabet", strings.Fields("a ă â b c d đ e ê f g h i j k l m n o ô ơ p q r s t u ư v w x y z")},
		{"the tones", strings.Fields("ma mà mả mã má mạ")},
		{"the tones of another letter", strings.Fields("mâ mầ mẩ mẫ mấ mậ mb")},
		{"letters before tones", strings.Fields("mạ mai mài mằn mẩn")},
		{"capitals are the same letters", []string{"ba", "Bà", "bả", "Đa", "e"}},
		{"word by word", []string{"ba", "ba bó", "Ba Vì", "bà", "bà ba"}},
		{"place of the mark", []string{"hoa", "Hoà", "Hòa", "hoá"}},
		{"digits first", []string{"", "12 Hàng Bài", "2 Hàng Bài", "An", "Ân"}},
		{"punctuation is passed over", []string{"H'Hen", "Hien"}},
		{"communes", []string{"An Khánh", "Ba Đình", "Ba Vì", "Bạch Mai", "Bồ Đề", "Cầu Giấy", "Chương Mỹ", "Cửa Nam", "Dương Hoà", "Đa Phúc", "Đại Thanh", "Đan Phượng", "Đông Anh", "Yên Hoà"}},
		{"other scripts last", []string{"Ý", "z", "中"}},
	}
	for _, tt := range tests {
		if got := slices.SortedFunc(slices.Values(shuffled(tt.want)), Compare); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	for _, pair := range [][2]string{{"Ðông", "Đông"}, {"đặng", norm.NFD.String("đặng")}, {"An", "An "}} {
		if c := Compare(pair[0], pair[1]+" x"); c >= 0 {
			t.Errorf("%q is not taken for %q", pair[0], pair[1])
		}
	}
}

func TestCompareNames(t *testing.T) {
	want := []string{
		"", "Trần Ái", "Lê Văn An", "Nguyễn Thị An", "Nguyễn Văn Ánh", "Lê Ân", "Phạm Văn Bình", "Đặng Dũng", "An Văn Đạt",
		"Đặng Thị Hoa", "Trần Thị Hoa", "Đặng Thị Hoà", "Đặng Thị Hòa", "Trần Thị Hoà", "Lê Hoàng", "H'Hen Niê-Êban", "Ngô Uyên", "Ngô Ước", "Ngô Yến",
	}
	if got := slices.SortedFunc(slices.Values(shuffled(want)), CompareNames); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// An order is a total one, and one text is one place.
func TestCompareIsAnOrder(t *testing.T) {
	words := strings.Fields("a à Á ă ằ â ấ ậ d đ Ð ð hoa hoà hòa Hoa an. -an 12 1 ' ? \u0301 ê\u0323 \xff 中 o\u031b ơ")
	rng := rand.New(rand.NewPCG(3, 4))
	text := func() string {
		var b []string
		for range rng.IntN(4) {
			b = append(b, words[rng.IntN(len(words))])
		}
		return strings.Join(b, " ")
	}
	for _, order := range []func(a, b string) int{Compare, CompareNames} {
		for range 5000 {
			a, b, c := text(), text(), text()
			if order(a, b) != -order(b, a) {
				t.Fatalf("%q and %q: %d and %d", a, b, order(a, b), order(b, a))
			}
			if order(a, b) <= 0 && order(b, c) <= 0 && order(a, c) > 0 {
				t.Fatalf("%q, %q, %q", a, b, c)
			}
			if (order(a, b) == 0) != (a == b) {
				t.Fatalf("%q and %q share a place", a, b)
			}
		}
	}
}
