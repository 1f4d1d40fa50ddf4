package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSample: the sample the schema was agreed on is taken as it stands, but
// for the one fact it uses and does not declare.
func TestSample(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "sample.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) Report {
		path := filepath.Join(t.TempDir(), "sample.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Check([]string{path}, shipped(t))
	}
	r := check(string(raw))
	if len(r.Problems) != 2 {
		t.Fatalf("problems: %v", r.Problems)
	}
	for i, line := range []int{46, 47} {
		if e := r.Problems[i]; e.Code != "catalog.problem.no_fact" || e.Line != line || e.Column != 35 {
			t.Errorf("%+v", e)
		}
	}
	r = check(strings.Replace(string(raw), "    facts: ", "    facts:\n      - {id: within_60_days, type: bool, ask: \"Trong 60 ngày?\"} #", 1))
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	p, ok := r.Catalog.Procedure("birth-registration")
	if !ok || r.Catalog.Head.Version != "2026.11.20" || p.Effective != (Period{"2026-01-01", "2027-02-28"}) || p.Fees[1].When.Eq != "false" ||
		p.Documents[0].ComponentCode != "000.00.00.G15-KQ004389" || p.Sources[0].Checked != "2026-10-08" || p.Certainty != Unverified {
		t.Errorf("%+v %+v", r.Catalog.Head, p)
	}
	labels := 0
	for _, w := range r.Warnings {
		if w.Code == "catalog.problem.label" {
			labels++
		}
	}
	if labels != 3 || len(r.Warnings) != 4 {
		t.Errorf("warnings: %v", r.Warnings)
	}
}
