package devices_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// faults is how many numbered faults docs/faults.md promises an outcome for.
const faults = 60

// Every fault has a row in the document and a test that bears its number.
func TestEveryFaultHasARowAndATest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := numberedTests(t)
	for n := 1; n <= faults; n++ {
		if !strings.Contains(string(text), fmt.Sprintf("\n| F%d |", n)) {
			t.Errorf("F%d has no row in docs/faults.md", n)
		}
		if len(tests[n]) == 0 {
			t.Errorf("F%d has no test: no func TestF%d_… in the tests of devices", n, n)
		}
	}
}

// numberedTests lists the tests of devices by the fault in their names.
func numberedTests(t *testing.T) map[int][]string {
	t.Helper()
	name := regexp.MustCompile(`^TestF(\d+)_`)
	found := map[int][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if m := name.FindStringSubmatch(fn.Name.Name); m != nil {
				n, _ := strconv.Atoi(m[1])
				found[n] = append(found[n], path+" "+fn.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
