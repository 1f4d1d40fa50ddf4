package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/seal"
)

// walkFor runs `kiosk demo --walk --json` on two sheets in a process of its
// own and gives what it printed.
func walkFor(t *testing.T, way kiosk.Way) (did walked, out string, sheets [][]byte) {
	t.Helper()
	out = t.TempDir()
	args := []string{"demo", "--walk", "--json", "--way", string(way), "--out", out}
	for n := range 2 {
		sheet := virtual.SamplePage(n + 7)
		file := filepath.Join(t.TempDir(), "sheet.jpg")
		if err := os.WriteFile(file, sheet, 0o600); err != nil {
			t.Fatal(err)
		}
		sheets, args = append(sheets, sheet), append(args, "--feed", file)
	}
	cmd := exec.Command("kiosk", args...)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, complained.String())
	}
	dec := json.NewDecoder(&said)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&did); err != nil || dec.More() {
		t.Fatalf("not one JSON object: %v", err)
	}
	return did, out, sheets
}

// The walk leaves behind what it says, by either way.
func TestWalk(t *testing.T) {
	for _, way := range []kiosk.Way{kiosk.ByCentre, kiosk.ByAssisted} {
		t.Run(string(way), func(t *testing.T) {
			did, out, sheets := walkFor(t, way)
			if _, err := kiosk.ParseLocalCode(string(did.LocalCode)); err != nil || did.Way != way || did.Procedure != "birth-registration" {
				t.Errorf("%s by %s, %s: %v", did.LocalCode, did.Way, did.Procedure, err)
			}
			if len(did.Pages) != len(sheets) {
				t.Fatalf("%d pages of %d sheets", len(did.Pages), len(sheets))
			}
			for i, p := range did.Pages {
				if p.SHA256 != digest(sheets[i]) || p.Bytes != int64(len(sheets[i])) {
					t.Errorf("page %d is not the file that was fed", i+1)
				}
			}
			checkWalkedDocuments(t, did, out, sheets)
			checkWalkedParcel(t, did, out)
			checkWalkedSlip(t, did, out)
			if did.Receipt.Level != kiosk.LevelAccepted || did.Receipt.No == "" {
				t.Errorf("receipt %+v", did.Receipt)
			}
			if !did.Wiped {
				t.Error("not wiped")
			}
			if ms := did.MS["total"]; ms <= 0 || ms > 10_000 && !underRace {
				t.Errorf("took %d ms", ms)
			}
			checkNothingElse(t, did, out)
		})
	}
}

func digest(b []byte) kiosk.Digest { return sha256.Sum256(b) }

// left reads a file the walk says it left, and checks what it says of it.
func left(t *testing.T, out string, f walkedFile) []byte {
	t.Helper()
	if !filepath.IsLocal(f.File) {
		t.Fatalf("%q is not inside the folder", f.File)
	}
	b, err := os.ReadFile(filepath.Join(out, f.File))
	if err != nil {
		t.Fatal(err)
	}
	if digest(b) != f.SHA256 || int64(len(b)) != f.Bytes {
		t.Errorf("%s is not the file that is spoken of", f.File)
	}
	return b
}

func checkWalkedDocuments(t *testing.T, did walked, out string, sheets [][]byte) {
	t.Helper()
	pages, held := 0, map[int]bool{}
	for _, f := range did.Documents {
		pdf := left(t, out, f)
		pages += f.Pages
		for i, sheet := range sheets {
			held[i] = held[i] || bytes.Contains(pdf, sheet)
		}
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s is no PDF", f.File)
		}
	}
	if pages != len(sheets) || len(held) != len(sheets) {
		t.Errorf("%d pages in %d documents", pages, len(did.Documents))
	}
	for i := range sheets {
		if !held[i] {
			t.Errorf("no PDF holds sheet %d byte for byte", i+1)
		}
	}
}

func checkWalkedParcel(t *testing.T, did walked, out string) {
	t.Helper()
	if did.Way == kiosk.ByAssisted {
		if did.Parcel != nil || did.Official == "" {
			t.Errorf("parcel %v, official code %q", did.Parcel, did.Official)
		}
		return
	}
	if did.Parcel == nil {
		t.Fatal("no parcel")
	}
	sealed := left(t, out, *did.Parcel)
	// Somebody who is not the centre can do nothing with it.
	identity, _, err := seal.NewRecipient()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(bytes.NewReader(sealed), []string{identity}, seal.Keyring{}, t.TempDir()); kiosk.CodeOf(err) != seal.CodeWrongRecipient {
		t.Errorf("a stranger opens it: %v", err)
	}
}

func checkWalkedSlip(t *testing.T, did walked, out string) {
	t.Helper()
	if did.Slip.Level != devices.LevelPrinted || did.Slip.Bytes <= 0 || !filepath.IsLocal(did.Slip.PNG) {
		t.Errorf("slip %+v", did.Slip)
	}
	f, err := os.Open(filepath.Join(out, did.Slip.PNG))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := imaging.ReadQR(img)
	if err != nil || !slices.Contains(texts, "SP1.D."+string(did.LocalCode)) {
		t.Errorf("the paper's codes say %q, %v", texts, err)
	}
}

// checkNothingElse wants only what was asked for in the folder.
func checkNothingElse(t *testing.T, did walked, out string) {
	t.Helper()
	want := len(did.Documents) + 2 // the ticket's slip and the assist slip
	if did.Parcel != nil {
		want++
	}
	if n, err := filesUnder(out); err != nil || n != want {
		t.Errorf("%d files in the folder, want %d: %v", n, want, err)
	}
}

// A walk that is broken off has not happened, whoever broke it off.
func TestWalkBrokenOffFails(t *testing.T) {
	cmd := exec.Command("kiosk", "demo", "--walk", "--baud", "9600", "--out", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complained strings.Builder
	cmd.Stderr = &complained
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // the first step is done
		t.Fatalf("%v\n%s", err, complained.String())
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	failed := cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](failed)
	if !ok || exit.ExitCode() != exitFailure {
		t.Errorf("got %v\n%s", failed, complained.String())
	}
}
