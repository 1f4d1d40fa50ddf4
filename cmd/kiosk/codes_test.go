package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/scanner"
	"servicepoint/devices/scanner/a4"
	"servicepoint/devices/wire"
	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/centre"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/pdfa"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/postal"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/spool"
	"servicepoint/kiosk/sqlitedb"
	"servicepoint/kiosk/store"
	"servicepoint/kiosk/uplink"
	"servicepoint/kiosk/viet"
	"servicepoint/kiosk/vietqr"
	"servicepoint/ui"
	"servicepoint/ui/staff"
	"servicepoint/ui/window"
)

// troubles is every package that says what the matter can be. Each of its
// codes is shown to people as a title and what to do about it.
var troubles = map[string]func() []kiosk.Code{
	"kiosk": kiosk.Codes, "kiosk/postal": postal.Codes, "kiosk/vietqr": vietqr.Codes,
	"kiosk/idcard": idcard.Codes, "kiosk/viet": viet.Codes,
	"kiosk/calendar": calendar.Codes,
	"kiosk/catalog":  catalog.Codes, "kiosk/guide": guide.Codes, "kiosk/centre": centre.Codes, "kiosk/imaging": imaging.Codes, "kiosk/intake": intake.Codes,
	"kiosk/outbox": outbox.Codes, "kiosk/pdfa": pdfa.Codes, "kiosk/qr": qr.Codes, "kiosk/seal": seal.Codes, "kiosk/spool": spool.Codes,
	"kiosk/sqlitedb": sqlitedb.Codes, "kiosk/store": store.Codes, "kiosk/uplink": uplink.Codes, "ui": ui.Codes, "ui/window": window.Codes,
}

// deviceTroubles is every package that says what the matter with a device can
// be, and the devices it speaks of.
var deviceTroubles = map[string]struct {
	causes  func() []devices.Cause
	devices []string
}{
	"devices/printer":    {printer.Causes, []string{devices.PrinterDevice}},
	"devices/scanner":    {scanner.Causes, []string{devices.ScannerDevice, devices.ReaderDevice}},
	"devices/scanner/a4": {a4.Causes, []string{devices.ScannerDevice}},
	"devices/wire":       {wire.Causes, []string{devices.PrinterDevice, devices.ScannerDevice, devices.ReaderDevice, lineDevice}},
}

// others have lists of codes that are looked up differently, tested below.
var others = []string{"kiosk/phrases", "ui/staff"}

func wantPhrases(t *testing.T, from string, code kiosk.Code) {
	t.Helper()
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
		for _, part := range []string{".title", ".do"} {
			if !phrases.Has(lang, string(code)+part) {
				t.Errorf("%s: %s has no sentence in %s", from, string(code)+part, lang)
			}
		}
	}
}

func TestEveryTroubleHasItsSentences(t *testing.T) {
	for from, codes := range troubles {
		for _, code := range codes() {
			wantPhrases(t, from, code)
		}
	}
	for from, d := range deviceTroubles {
		for _, device := range d.devices {
			for _, cause := range d.causes() {
				wantPhrases(t, from, kiosk.Code((&devices.Fault{Device: device, Cause: cause}).Code()))
			}
		}
	}
	for device, causes := range deviceConditions {
		for _, cause := range causes {
			wantPhrases(t, "conditions", kiosk.Code(device+"."+string(cause)))
		}
	}
	for _, code := range staff.Codes() {
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
			if !phrases.Has(lang, "staff.reason."+string(code)) {
				t.Errorf("ui/staff: staff.reason.%s has no sentence in %s", code, lang)
			}
		}
	}
}

// A package that begins to list codes has to stand in one of the tables.
func TestEveryListOfCodesIsLookedAt(t *testing.T) {
	sources(t, func(pkg string, f *ast.File) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || (fn.Name.Name != "Codes" && fn.Name.Name != "Causes") {
				continue
			}
			_, plain := troubles[pkg]
			_, device := deviceTroubles[pkg]
			if !plain && !device && !slices.Contains(others, pkg) {
				t.Errorf("%s.%s is not among the lists of codes_test.go", pkg, fn.Name.Name)
			}
		}
	})
}

// Codes that are written where the trouble arises have their sentences too:
// kiosk.Fail(kind, "code", …), Board.Raise("code", …) and Explain(lang, "code").
func TestCodesWrittenInPlaceHaveTheirSentences(t *testing.T) {
	found := map[string]int{}
	sources(t, func(pkg string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := called(call)
			at, ok := map[string]int{"Fail": 1, "Raise": 0, "Explain": 1, "ExplainResident": 1}[name]
			if !ok || at >= len(call.Args) {
				return true
			}
			lit, ok := call.Args[at].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil || !strings.Contains(code, ".") && code != "internal" {
				return true
			}
			found[name]++
			wantPhrases(t, pkg, kiosk.Code(code))
			return true
		})
	})
	if found["Fail"] < 30 || found["Raise"] < 3 || found["Explain"] < 1 {
		t.Errorf("only %v were found: the search itself is broken", found)
	}
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// sources gives every file of ours that is not a test.
func sources(t *testing.T, look func(pkg string, f *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	for _, top := range []string{"cmd", "devices", "kiosk", "provisioning", "ui"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			pkg, err := filepath.Rel(root, filepath.Dir(path))
			look(filepath.ToSlash(pkg), f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A sentence about a trouble nobody can have is a sentence nobody maintains.
func TestNoSentencesWithoutTrouble(t *testing.T) {
	raised := map[string]bool{}
	sources(t, func(_ string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					raised[s] = true
				}
			}
			return true
		})
	})
	for _, d := range deviceTroubles {
		for _, device := range d.devices {
			for _, cause := range d.causes() {
				raised[device+"."+string(cause)] = true
			}
		}
	}
	for device, causes := range deviceConditions {
		for _, cause := range causes {
			raised[device+"."+string(cause)] = true
		}
	}
	for _, code := range catalog.Codes() { // field.<type> is put together there
		raised[string(code)] = true
	}
	for _, code := range phrases.Codes() {
		if trouble, ok := strings.CutSuffix(code, ".do"); ok && !raised[trouble] && phrases.Has(phrases.VI, trouble+".title") {
			t.Errorf("nothing raises %s", trouble)
		}
	}
}
