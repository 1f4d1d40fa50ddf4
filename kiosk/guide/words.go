package guide

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"servicepoint/kiosk/viet"
)

const (
	maxRunes = 200  // of a query are read
	maxBytes = 4096 // enough for maxRunes letters, however many marks each has
)

// word is one word in three layers: the letters without any mark, by which it
// is found, and its hats and its tone, by which near ones are told apart.
type word struct {
	key   string // "so" for sổ, số and sơ
	shape string // "sô" for sổ and số
	tone  tone
}

// tone is the tone of a word; level also stands for a word typed without.
type tone uint8

const (
	level tone = iota
	grave
	hook
	tilde
	acute
	dot
)

// bare reports whether the word was typed without any mark.
func (w word) bare() bool { return w.shape == w.key && w.tone == level }

// letter is one letter in the same three layers.
type letter struct {
	base, shape rune
	tone        tone
}

// letters is every Vietnamese letter with a mark.
var letters = letterTable()

func letterTable() map[rune]letter {
	table := map[rune]letter{}
	bases := map[rune]rune{'ă': 'a', 'â': 'a', 'ê': 'e', 'ô': 'o', 'ơ': 'o', 'ư': 'u'}
	const vowels = "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ"
	for row := range strings.FieldsSeq(vowels) {
		shape, _ := utf8.DecodeRuneInString(row)
		base := shape
		if b, ok := bases[shape]; ok {
			base = b
		}
		for i, r := range []rune(row) {
			table[r] = letter{base, shape, tone(i)}
		}
	}
	for _, r := range "đðɖ" { // keyboards and old files put the others in its place
		table[r] = letter{'d', 'đ', level}
	}
	return table
}

// asked reads what a person typed, no more than maxRunes of it.
func asked(text string) []word {
	clean := []rune(viet.Clean(text[:min(len(text), maxBytes)]))
	return split(clean[:min(len(clean), maxRunes)])
}

// words reads a text of the catalogue.
func words(text string) []word { return split([]rune(viet.Clean(text))) }

// split gives the words of a cleaned text: runs of letters and digits.
func split(clean []rune) []word {
	var all []word
	var key, shape []rune
	var t tone
	end := func() {
		if len(key) > 0 {
			all = append(all, newWord(key, shape, t))
		}
		key, shape, t = key[:0], shape[:0], level
	}
	for _, r := range clean {
		r = unicode.ToLower(r)
		l, marked := letters[r]
		switch {
		case marked:
			key, shape = append(key, l.base), append(shape, l.shape)
			t = max(t, l.tone)
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			key, shape = append(key, r), append(shape, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r): // a letter of another language
			for _, f := range viet.Fold(string(r)) {
				key, shape = append(key, f), append(shape, f)
			}
		case unicode.Is(unicode.Mn, r): // a mark that no letter took up
		default:
			end()
		}
	}
	end()
	return all
}

// newWord evens out the two ways to write a final i: đăng ký and đăng kí, lý and
// lí.
func newWord(key, shape []rune, t tone) word {
	if n := len(key); n >= 2 && key[n-1] == 'y' && !strings.ContainsRune("aeo", key[n-2]) {
		key[n-1], shape[n-1] = 'i', 'i'
	}
	return word{key: string(key), shape: string(shape), tone: t}
}

// likeness says how well a word typed fits a word of the catalogue that has
// the same letters, by their marks: 1 where nothing speaks against it.
// Wholly is whether most of the query has marks, so that a word without may be
// meant without.
func likeness(typed, known word, wholly bool) float64 {
	sameShape, sameTone := typed.shape == known.shape, typed.tone == known.tone
	switch {
	case sameShape && sameTone:
		return 1
	case typed.bare() && !wholly:
		return 1
	case typed.bare():
		return 0.85
	case known.bare(): // the file may have been written without marks
		return 0.9
	case sameShape && (typed.tone == hook && known.tone == tilde || typed.tone == tilde && known.tone == hook):
		return 0.95 // hỏi and ngã are heard alike
	case sameShape:
		return 0.7
	case sameTone:
		return 0.75
	case typed.tone == level || typed.shape == typed.key:
		return 0.75 // typed in part
	}
	return 0.5
}

// isNumber reports whether a key is of digits alone.
func isNumber(key string) bool {
	return strings.Trim(key, "0123456789") == ""
}

// asTyped undoes what a keyboard leaves behind when its Vietnamese input is
// off: VNI's digits ("lam2") and Telex's letters ("ddaats"). It gives the key
// itself if there is nothing to undo.
func asTyped(key string) string {
	if isNumber(key) {
		return key
	}
	out := make([]byte, 0, len(key))
	vowel := false
	for i := 0; i < len(key); i++ {
		c := key[i]
		double := len(out) > 0 && out[len(out)-1] == c
		switch {
		case c >= '0' && c <= '9' && len(out) > 0:
		case double && strings.IndexByte("adeo", c) >= 0:
		case c == 'w' && (vowel || len(out) > 0):
			if !vowel { // "nhw": ư
				out, vowel = append(out, 'u'), true
			}
		case vowel && strings.IndexByte("sfrxj", c) >= 0:
		default:
			out = append(out, c)
			vowel = vowel || strings.IndexByte("aeiouy", c) >= 0
		}
	}
	return string(out)
}

// heads are beginnings that many people hear alike, longer ones first.
var heads = [...][2]string{
	{"ngh", "ng"}, {"ng", "ng"}, {"nh", "nh"}, {"n", "l"}, {"tr", "ch"}, {"gh", "g"}, {"gi", "d"}, {"kh", "kh"},
	{"k", "c"}, {"q", "c"}, {"x", "s"}, {"r", "d"}, {"z", "d"}, {"j", "d"}, {"f", "ph"},
}

// sound gives the key as it is heard: tr as ch, x as s, gi and r as d, n as l at
// the beginning, ng as n and t as c at the end.
func sound(key string) string {
	for _, h := range heads {
		if rest, ok := strings.CutPrefix(key, h[0]); ok {
			key = h[1] + rest
			break
		}
	}
	if cut, ok := strings.CutSuffix(key, "ng"); ok {
		return cut + "n"
	}
	if cut, ok := strings.CutSuffix(key, "t"); ok {
		return cut + "c"
	}
	return key
}
