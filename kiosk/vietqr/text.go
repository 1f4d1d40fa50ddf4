package vietqr

import (
	"strings"
	"unicode"
)

// Text makes a text fit for a payment: Vietnamese letters lose their marks and
// keep their case, dashes become hyphens, a run of blanks one space, what then
// is not printable ASCII goes, and the rest is cut to limit characters.
func Text(s string, limit int) string {
	ascii := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Pd, r) || r == '\u2212': // the minus sign counts as mathematics
			return '-'
		case ' ' < r && r <= '~':
			return r
		}
		return unmarked(r)
	}, s)
	ascii = strings.Join(strings.Fields(ascii), " ")
	return strings.TrimSpace(ascii[:min(len(ascii), max(0, limit))])
}

// letters are the Vietnamese letters by what is left of them without marks. A
// mark that stands as a character of its own is not in here and so goes.
var letters = []string{
	"aàáảãạăằắẳẵặâầấẩẫậ", "dđð", "eèéẻẽẹêềếểễệ", "iìíỉĩị", "oòóỏõọôồốổỗộơờớởỡợ", "uùúủũụưừứửữự", "yỳýỷỹỵ",
}

func unmarked(r rune) rune {
	lower := unicode.ToLower(r)
	for _, row := range letters {
		if strings.ContainsRune(row[1:], lower) {
			if lower != r {
				return unicode.ToUpper(rune(row[0]))
			}
			return rune(row[0])
		}
	}
	return -1
}
