package viet

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestSpell(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{0, "không"}, {1, "một"}, {4, "bốn"}, {5, "năm"}, {9, "chín"},
		{10, "mười"}, {11, "mười một"}, {14, "mười bốn"}, {15, "mười lăm"}, {19, "mười chín"},
		{20, "hai mươi"}, {21, "hai mươi mốt"}, {24, "hai mươi tư"}, {25, "hai mươi lăm"}, {55, "năm mươi lăm"}, {91, "chín mươi mốt"},
		{100, "một trăm"}, {101, "một trăm linh một"}, {104, "một trăm linh bốn"}, {105, "một trăm linh năm"},
		{110, "một trăm mười"}, {115, "một trăm mười lăm"}, {121, "một trăm hai mươi mốt"}, {555, "năm trăm năm mươi lăm"},
		{1_000, "một nghìn"}, {1_001, "một nghìn không trăm linh một"}, {1_015, "một nghìn không trăm mười lăm"}, {1_100, "một nghìn một trăm"},
		{15_000, "mười lăm nghìn"}, {20_000, "hai mươi nghìn"}, {21_500, "hai mươi mốt nghìn năm trăm"},
		{100_000, "một trăm nghìn"}, {105_005, "một trăm linh năm nghìn không trăm linh năm"},
		{1_000_000, "một triệu"}, {1_000_005, "một triệu không trăm linh năm"}, {1_005_000, "một triệu không trăm linh năm nghìn"},
		{2_024_044, "hai triệu không trăm hai mươi tư nghìn không trăm bốn mươi tư"},
		{1_000_000_000, "một tỷ"}, {1_000_000_001, "một tỷ không trăm linh một"}, {1_010_000_000, "một tỷ không trăm mười triệu"},
		{25_000_000_000, "hai mươi lăm tỷ"}, {1_000_000_000_000, "một nghìn tỷ"}, {1_005_000_000_000, "một nghìn không trăm linh năm tỷ"},
		{1_000_000_000_000_000, "một triệu tỷ"}, {1_000_000_000_000_000_000, "một tỷ tỷ"},
		{1_000_000_000_000_001, "một triệu tỷ không trăm linh một"},
		{123_456_789, "một trăm hai mươi ba triệu bốn trăm năm mươi sáu nghìn bảy trăm tám mươi chín"},
	}
	for _, tt := range tests {
		if got, ok := Spell(tt.n); got != tt.want || !ok {
			t.Errorf("%d: %q, want %q", tt.n, got, tt.want)
		}
	}
	for _, n := range []int64{-1, math.MinInt64} {
		if got, ok := Spell(n); got != "" || ok {
			t.Errorf("%d: %q", n, got)
		}
		if got, ok := Dong(n); got != "" || ok {
			t.Errorf("%d đồng: %q", n, got)
		}
	}
	if got, _ := Dong(20_000); got != "hai mươi nghìn đồng" {
		t.Errorf("20000 đồng: %q", got)
	}
	if got, _ := Dong(0); got != "không đồng" {
		t.Errorf("0 đồng: %q", got)
	}
}

// heard reads the words of a number the way a listener adds them up.
func heard(t *testing.T, words string) int64 {
	t.Helper()
	digits := map[string]int64{"mốt": 1, "tư": 4, "lăm": 5}
	for i, w := range digitWords {
		digits[w] = int64(i)
	}
	var number, billions, group, digit int64
	for _, w := range strings.Fields(words) {
		switch w {
		case "linh":
		case "trăm":
			group, digit = digit*100, 0
		case "mười":
			group += 10
		case "mươi":
			group, digit = group+digit*10, 0
		case "nghìn", "triệu":
			number, group, digit = number+(group+digit)*map[string]int64{"nghìn": 1_000, "triệu": 1_000_000}[w], 0, 0
		case "tỷ":
			billions, number, group, digit = (billions+number+group+digit)*billion, 0, 0, 0
		default:
			d, ok := digits[w]
			if !ok {
				t.Fatalf("%q in %q", w, words)
			}
			digit = d
		}
	}
	return billions + number + group + digit
}

func TestSpellIsHeardAsWritten(t *testing.T) {
	var tried []int64
	for n := int64(0); n < 20_000; n++ {
		tried = append(tried, n)
	}
	for n, step := int64(1), int64(1); n < math.MaxInt64/11; n, step = n*11/3+step, step+1 {
		tried = append(tried, n)
	}
	for n := int64(10); n <= 1_000_000_000_000_000_000; n *= 10 {
		tried = append(tried, n-1, n, n+1, n+n/10*5)
		if n == 1_000_000_000_000_000_000 {
			break
		}
	}
	tried = append(tried, math.MaxInt64)
	slices.Sort(tried)
	for _, n := range tried {
		words, ok := Spell(n)
		if got := heard(t, words); !ok || got != n {
			t.Fatalf("%d: %q is heard as %d", n, words, got)
		}
	}
}
