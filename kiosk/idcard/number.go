package idcard

import (
	"regexp"
	"strconv"

	"servicepoint/kiosk"
)

var numberPattern = regexp.MustCompile(`^0\d{11}$`)

// A personal number is PPP G YY NNNNNN: the province where the birth was
// registered, a digit for century and sex, the year of birth, and a count. It
// has no check digit.
const (
	// Provinces have the codes of the list before 2025, which has gaps between
	// these two.
	firstProvince, lastProvince = 1, 96

	firstCentury = 1900 // G is 0 for men and 1 for women of it, 2 and 3 in the next
	firstYear    = firstCentury
	lastYear     = firstCentury + 5*100 - 1
)

// CheckNumber compares a personal number with a birth date (yyyy-mm-dd) and a
// sex (Male or Female) that came beside it; what is empty is not compared. It
// gives idcard.number for what is no such number at all. The other codes are
// warnings: dates and sexes are corrected, numbers stay.
//
//	idcard.number_province  the first three digits are outside the list of provinces
//	idcard.number_birth     century or year differ from the birth date
//	idcard.number_sex       the digit is the other sex's
func CheckNumber(number, birth, sex string) []kiosk.Code {
	if !numberPattern.MatchString(number) {
		return []kiosk.Code{"idcard.number"}
	}
	var codes []kiosk.Code
	if province := digits(number[:3]); province < firstProvince || province > lastProvince {
		codes = append(codes, "idcard.number_province")
	}
	g := digits(number[3:4])
	year := firstCentury + g/2*100 + digits(number[4:6])
	if len(birth) == len("yyyy-mm-dd") && birth[:4] != strconv.Itoa(year) {
		codes = append(codes, "idcard.number_birth")
	}
	if sex == Male && g%2 != 0 || sex == Female && g%2 != 1 {
		codes = append(codes, "idcard.number_sex")
	}
	return codes
}

// digits reads a few ASCII digits; the pattern has seen them before.
func digits(s string) int {
	n := 0
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}
