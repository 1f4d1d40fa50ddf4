package main

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"servicepoint/devices/virtual"
)

// TestMain lets this test binary stand in for the program: inside the tests
// `kiosk` is found in PATH and is main() itself, so that exit codes, signals
// and a SIGKILL act on a process of its own. `sheet` makes what a script lays
// on the scanner.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kiosk": main, "sheet": sheet})
}

// sheet writes an invented page: sheet N FILE [BYTES], cut off after BYTES.
func sheet() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "sheet N FILE [BYTES]")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[1])
	page := virtual.SamplePage(n)
	if err == nil && len(os.Args) > 3 {
		var cut int
		cut, err = strconv.Atoi(os.Args[3])
		page = page[:cut]
	}
	if err == nil {
		err = os.WriteFile(os.Args[2], page, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sheet:", err)
		os.Exit(1)
	}
}
