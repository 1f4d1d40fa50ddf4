package viet

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The order is our own: x/text/collate weighs tones over the whole line and not
// word by word, so that "Bá An" would stand before "Ba Bình", and holds the two
// legal spellings NFC and NFD of one name apart.

// Compare puts texts in the order of a Vietnamese list, for slices.SortFunc:
// word by word, in each by the letters a ă â b c d đ e ê … o ô ơ … u ư … y and
// then by the tone, ngang huyền hỏi ngã sắc nặng, wherever its mark was put.
// Digits stand before letters; capitals and punctuation only decide between
// texts that are otherwise the same. It gives 0 for equal strings only.
func Compare(a, b string) int {
	return cmp.Or(slices.CompareFunc(keysOf(a), keysOf(b), wordKey.compare), strings.Compare(a, b))
}

// CompareNames puts people in the order of a Vietnamese list: by the given
// name, which is the last word, and then by the full name.
func CompareNames(a, b string) int {
	x, y := keysOf(a), keysOf(b)
	var givenX, givenY wordKey // a person without a name comes first
	if len(x) > 0 {
		givenX = x[len(x)-1]
	}
	if len(y) > 0 {
		givenY = y[len(y)-1]
	}
	return cmp.Or(givenX.compare(givenY), slices.CompareFunc(x, y, wordKey.compare), strings.Compare(a, b))
}

// wordKey is what one word is ordered by.
type wordKey struct {
	letters []rune
	tones   []rune // in the order of the text, as ranks from 1
}

func (k wordKey) compare(other wordKey) int {
	return cmp.Or(slices.Compare(k.letters, other.letters), slices.Compare(k.tones, other.tones))
}

func keysOf(s string) []wordKey {
	var keys []wordKey
	for _, word := range strings.Fields(Clean(s)) {
		if k := keyOf(word); len(k.letters) > 0 {
			keys = append(keys, k)
		}
	}
	return keys
}

// toneRanks gives each tone mark its place after the level tone.
var toneRanks = map[rune]rune{'\u0300': 1, '\u0309': 2, '\u0303': 3, '\u0301': 4, '\u0323': 5}

// letterMarks are the marks that make another letter of the alphabet, and how
// far behind the bare letter it stands.
var letterMarks = map[rune]map[rune]rune{
	'\u0306': {'a': 1},                 // ă
	'\u0302': {'a': 2, 'e': 1, 'o': 1}, // â ê ô
	'\u031b': {'o': 2, 'u': 1},         // ơ ư
}

// alphabet leaves room for two letters behind each Latin one, and for digits
// before them all. Letters of other scripts follow.
const alphabet, perLetter, otherScripts = 100, 3, 1000

func keyOf(word string) wordKey {
	var k wordKey
	var base rune // the letter whose marks are read
	for _, r := range norm.NFD.String(word) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.Mn, r):
			if len(k.letters) > 0 {
				k.letters[len(k.letters)-1] += letterMarks[r][base]
			}
			if tone := toneRanks[r]; tone > 0 {
				k.tones = append(k.tones, tone)
			}
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			k.letters = append(k.letters, rankOf(r))
		}
		base = r
	}
	return k
}

func rankOf(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r
	case r >= 'a' && r <= 'z':
		return alphabet + (r-'a')*perLetter
	case stroke.Replace(string(r)) == "d": // đ and what stands for it
		return alphabet + ('d'-'a')*perLetter + 1
	}
	return otherScripts + r
}
