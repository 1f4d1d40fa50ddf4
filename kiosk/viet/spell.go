package viet

import "strings"

var digitWords = [...]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

// groupWords name the groups of three digits below a billion.
var groupWords = [...]string{"triệu", "nghìn", ""}

// Dong gives an amount in words, as slips and receipts have it: "hai mươi nghìn
// đồng". It reports false for an amount below nothing.
func Dong(amount int64) (string, bool) {
	words, ok := Spell(amount)
	if !ok {
		return "", false
	}
	return words + " đồng", true
}

// Spell gives a number in words: 21 is "hai mươi mốt", 1 000 005 is "một triệu
// không trăm linh năm". It reports false for a number below nothing.
func Spell(n int64) (string, bool) {
	switch {
	case n < 0:
		return "", false
	case n == 0:
		return digitWords[0], true
	}
	return strings.Join(spell(nil, n), " "), true
}

const billion = 1_000_000_000

// spell adds the words of n > 0. From a billion on it counts in billions, which
// are then a number of their own: "một nghìn tỷ".
func spell(words []string, n int64) []string {
	if n >= billion {
		words = append(spell(words, n/billion), "tỷ")
	}
	for i, divisor := range [...]int64{1_000_000, 1_000, 1} {
		group := n % billion / divisor % 1_000
		if group == 0 {
			continue
		}
		words = spellGroup(words, int(group), len(words) > 0)
		if groupWords[i] != "" {
			words = append(words, groupWords[i])
		}
	}
	return words
}

// spellGroup adds three digits of 1 to 999. Behind other groups the hundreds
// are said even if there are none.
func spellGroup(words []string, group int, behind bool) []string {
	hundreds, tens, ones := group/100, group/10%10, group%10
	if hundreds > 0 || behind {
		words = append(words, digitWords[hundreds], "trăm")
		if tens == 0 && ones > 0 {
			words = append(words, "linh")
		}
	}
	switch {
	case tens == 1:
		words = append(words, "mười")
	case tens > 1:
		words = append(words, digitWords[tens], "mươi")
	}
	switch {
	case ones == 0:
		return words
	case ones == 1 && tens > 1:
		return append(words, "mốt")
	case ones == 4 && tens > 1:
		return append(words, "tư")
	case ones == 5 && tens > 0:
		return append(words, "lăm")
	}
	return append(words, digitWords[ones])
}
