package seal

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"servicepoint/kiosk"
)

func seeds(f *testing.F, pattern string) {
	names, err := filepath.Glob(filepath.Join(vectorsDir, pattern))
	if err != nil || len(names) == 0 {
		f.Fatalf("no vectors %s: %v", pattern, err)
	}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func FuzzReadEnvelope(f *testing.F) {
	seeds(f, "envelope-*.json")
	keys := readTestKeys(f).unitRing(f)
	good, err := os.ReadFile(filepath.Join(vectorsDir, "envelope-good.json"))
	if err != nil {
		f.Fatal(err)
	}
	want, err := ReadEnvelope(good, keys)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ReadEnvelope(b, keys)
		if err == nil && (e.Dossier != want.Dossier || e.SHA256 != want.SHA256) {
			t.Fatalf("a forged envelope was believed: %+v", e)
		}
		if err != nil && kiosk.KindOf(err) != kiosk.Corrupt {
			t.Fatalf("unclassified: %v", err)
		}
	})
}

func FuzzReadReceipt(f *testing.F) {
	seeds(f, "receipt-*.json")
	k := readTestKeys(f)
	keys := NewKeyring(k.centre(f).Public())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadReceipt(b, keys)
		if err == nil && (r.No != "R-1" || r.Level != kiosk.LevelStored) {
			t.Fatalf("a forged receipt was believed: %+v", r)
		}
		if err != nil && kiosk.KindOf(err) != kiosk.Corrupt {
			t.Fatalf("unclassified: %v", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	seeds(f, "*.sealed")
	k := readTestKeys(f)
	keys := k.unitRing(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := Open(bytes.NewReader(b), []string{k.CentreIdentity}, keys, t.TempDir())
		if err != nil && kiosk.KindOf(err) != kiosk.Corrupt {
			t.Fatalf("unclassified: %v", err)
		}
	})
}

// FuzzUnpack goes past the encryption and the signature: after a valid manifest
// come the fuzzer's bytes, as a recipient who cheats could send them.
func FuzzUnpack(f *testing.F) {
	k := readTestKeys(f)
	keys := k.unitRing(f)
	m, files := sampleDossier(1000)
	m.FormatVersion, m.Recipients = FormatVersion, RecipientKeyIDs(k.recipients(f))
	entries := entriesOf(f, m, files, k.unit(f))
	whole := makeTar(f, entries)
	head := makeTar(f, entries[:2])
	head = head[:len(head)-1024]
	f.Add(whole[len(head):])
	for _, r := range archiveRecipes() {
		if made := makeTar(f, r.entries(entriesOf(f, m, files, k.unit(f)))); bytes.HasPrefix(made, head) {
			f.Add(made[len(head):])
		}
	}
	allowed := map[string]bool{".": true, "pages": true, "documents": true, manifestName: true, signatureName: true}
	for _, file := range m.Files() {
		allowed[file.Name] = true
	}
	f.Fuzz(func(t *testing.T, tail []byte) {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		body := bytes.NewReader(append(bytes.Clone(head), tail...))
		u := unpacking{plain: &plaintext{src: &source{left: unlimited}, r: body}, root: root, keys: keys, mine: m.Recipients[:1]}
		if _, err := u.run(); err != nil && kiosk.KindOf(err) != kiosk.Corrupt {
			t.Fatalf("unclassified: %v", err)
		}
		err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && (!allowed[path] || d.Type()&fs.ModeSymlink != 0) {
				t.Errorf("unpacked %s", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
