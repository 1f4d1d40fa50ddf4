package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"servicepoint/kiosk/seal"
	"servicepoint/provisioning"
)

// The scripts run the program the way people and scripts do. Beside kiosk and
// sheet (see TestMain) they know:
//
//	exits CODE COMMAND ARG…   runs it and wants this exit code
//	unit DIR                  writes DIR/unit.yaml of an invented unit
//	replace FILE OLD NEW      changes a text that must be there
//	await FILE                waits until the file is there
//	mode FILE PERM            wants these permissions, in octal
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "scripts"), UpdateScripts: flag.Lookup("update").Value.String() == "true", RequireExplicitExec: true,
		Deadline: time.Now().Add(3 * time.Minute), // a program that hangs is told from one that is slow
		Setup: func(env *testscript.Env) error {
			env.Setenv("DOCS", must(filepath.Abs(filepath.Join("..", "..", "docs"))))
			return os.CopyFS(filepath.Join(env.WorkDir, "catalog"), os.DirFS(filepath.Join("..", "..", "kiosk", "catalog", "data")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "unit": unitConfig, "replace": replace, "await": await, "mode": mode,
		},
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func plain(ts *testscript.TestScript, neg bool, args []string, n int) {
	if neg || len(args) < n {
		ts.Fatalf("wrong use in the script: %v", args)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2)
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Check(err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func unitConfig(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1)
	signer, err := seal.NewSigner()
	ts.Check(err)
	_, centre, err := seal.NewRecipient()
	ts.Check(err)
	_, recovery, err := seal.NewRecipient()
	ts.Check(err)
	c := demoConfig("")
	c.Printer.Profile = must(demoProfile())
	c.Window.Listen, c.Desk.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.Printer.Port, c.Scanner.Port = ts.MkAbs("no-printer"), ts.MkAbs("no-scanner")
	c.Centre = provisioning.CentreConfig{
		URL: "http://127.0.0.1:9", Recipients: []string{centre, recovery}, Hold: time.Hour,
		ReceiptKeys: []string{provisioning.Identity{Signer: signer}.PublicKey()},
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(c.Write(filepath.Join(dir, "unit.yaml")))
}

// demoProfile is the printer profile the demo takes unless told otherwise.
func demoProfile() (string, error) { return demoCommand().Flags().GetString("profile") }

func replace(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 3)
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1)
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		} else if !errors.Is(err, fs.ErrNotExist) || time.Now().After(end) {
			ts.Fatalf("gave up waiting for %s: %v", args[0], err)
		}
	}
}

func mode(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[1] {
		ts.Fatalf("%s has the permissions %s, want %s", args[0], got, args[1])
	}
}
