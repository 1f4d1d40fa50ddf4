package main

import (
	"strings"
	"testing"
)

// Invariant 1: a local code with a typing error is never taken for an
// authority's code of an unusual shape instead.
func TestInvariant1ToolCodeFindsTypingErrors(t *testing.T) {
	wrong := func(text, from string) {
		if a, err := readCode(text); err == nil && a.Valid {
			t.Fatalf("%q, a slip of the hand from %s, is valid: %+v", text, from, a)
		}
	}
	for _, code := range []string{"DTH01-261123-0042-V", "dth01-261123-0042-v", "DTH012611230042V", "DTH01 261123 0042 V"} {
		if a, err := readCode(code); err != nil || !a.Valid || a.Kind != "local" || a.Normalised != "DTH01-261123-0042-V" || a.Warnings == nil {
			t.Fatalf("%s: %+v, %v", code, a, err)
		}
		for i := range len(code) {
			for _, c := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ" {
				if !strings.EqualFold(string(c), code[i:i+1]) {
					wrong(code[:i]+string(c)+code[i+1:], code)
				}
			}
			if i > 0 && code[i] != code[i-1] {
				wrong(code[:i-1]+code[i:i+1]+code[i-1:i]+code[i+1:], code)
			}
		}
	}
}
