package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/contracts.md and the goldens anew")

// What others rely on is printed from the tables the program itself uses.
func TestContractsAreWhatTheDocumentSays(t *testing.T) {
	var now bytes.Buffer
	if err := printContracts(&now); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", "docs", "contracts.md")
	if *update {
		if err := os.WriteFile(file, now.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(written), now.String()); diff != "" {
		t.Errorf("docs/contracts.md is not what the code says (go test ./cmd/kiosk -run Contracts -update writes it):\n%s", diff)
	}
}
