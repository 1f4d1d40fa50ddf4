package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// TestExamplesOfTheOperatorsPage: what docs/catalog.md shows is what the
// command takes, without a warning.
func TestExamplesOfTheOperatorsPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "catalog.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) != 4 {
		t.Fatalf("%d examples", len(examples))
	}
	for i, e := range examples {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(path, e[1], 0o600); err != nil {
			t.Fatal(err)
		}
		a := checkCatalog([]string{path}, must(catalog.Embedded()))
		if code := run(t.Context(), []string{"catalog", "check", path}); code != exitFine || !a.Valid || len(a.Warnings) > 0 {
			t.Errorf("exit code %d, %+v", code, a)
		}
	}

	// The mistake the page explains is told as it says.
	path := filepath.Join(t.TempDir(), "thu-vien.yaml")
	if err := os.WriteFile(path, bytes.Replace(examples[0][1], []byte("field: social"), []byte("field: van_hoa"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	line := checkCatalog([]string{path}, must(catalog.Embedded())).Errors[0].line
	if said := "\nTỆP" + strings.TrimPrefix(line, path) + "\n"; !strings.Contains(string(page), said) {
		t.Errorf("the page does not show %s", said)
	}

	// The fee that changes on a day does.
	path = filepath.Join(t.TempDir(), "fee.yaml")
	if err := os.WriteFile(path, examples[1][1], 0o600); err != nil {
		t.Fatal(err)
	}
	c := catalog.Check([]string{path}, must(catalog.Embedded())).Catalog
	for day, want := range map[string]string{"2027-06-30": "20.000 đ/hồ sơ", "2027-07-01": "25.000 đ/hồ sơ"} {
		then := c.On(day)
		p, _ := then.Procedure("library-card")
		if lines := then.FeeLines(phrases.VI, p, nil, ""); len(lines) != 1 || lines[0].Text != want {
			t.Errorf("on %s: %+v", day, lines)
		}
	}
}
