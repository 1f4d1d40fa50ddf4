package seal

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func TestParcelRoundTrip(t *testing.T) {
	k := readTestKeys(t)
	m, files := sampleDossier(70_000)
	var sealed bytes.Buffer
	backwards := []Content{files[2], files[1], files[0]} // the order given does not matter
	if err := Write(&sealed, m, backwards, k.unit(t), k.recipients(t)); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{m.Applicant.Name, m.Applicant.PersonalNo, string(m.LocalCode), "birth_proof"} {
		if bytes.Contains(sealed.Bytes(), []byte(secret)) {
			t.Errorf("the sealed file shows %q", secret)
		}
	}
	m.FormatVersion, m.Recipients = FormatVersion, RecipientKeyIDs(k.recipients(t))
	for _, identity := range []string{k.CentreIdentity, k.RecoveryIdentity} {
		dir := t.TempDir()
		got, err := Open(bytes.NewReader(sealed.Bytes()), []string{k.OtherIdentity, identity}, k.unitRing(t), dir)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got); d != "" {
			t.Errorf("manifest changed (-written +read):\n%s", d)
		}
		for _, c := range files {
			b := must(os.ReadFile(filepath.Join(dir, c.Name)))(t)
			if kiosk.Digest(sha256.Sum256(b)) != c.SHA256 {
				t.Errorf("%s changed", c.Name)
			}
		}
		checkModes(t, dir)
	}
}

func checkModes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if info := must(d.Info())(t); info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestParcelByHand reads a parcel with age, tar and ed25519 alone, as
// docs/parcel.md describes it.
func TestParcelByHand(t *testing.T) {
	k := readTestKeys(t)
	m, files := sampleDossier(1000)
	var sealed bytes.Buffer
	if err := Write(&sealed, m, files, k.unit(t), k.recipients(t)); err != nil {
		t.Fatal(err)
	}
	id := must(age.ParseHybridIdentity(k.RecoveryIdentity))(t)
	r := tar.NewReader(must(age.Decrypt(&sealed, id))(t))
	var names []string
	bodies := map[string][]byte{}
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		bodies[h.Name] = must(io.ReadAll(r))(t)
	}
	want := []string{"manifest.json", "manifest.dsse", files[0].Name, files[1].Name, "documents/01-birth_proof.pdf"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	var env struct {
		PayloadType, Payload string
		Signatures           []struct{ KeyID, Sig string }
	}
	if err := json.Unmarshal(bodies["manifest.dsse"], &env); err != nil {
		t.Fatal(err)
	}
	payload := must(base64.StdEncoding.DecodeString(env.Payload))(t)
	if !bytes.Equal(payload, bodies["manifest.json"]) {
		t.Error("the signed payload is not manifest.json")
	}
	const typ = "application/vnd.servicepoint.manifest+json"
	pae := fmt.Sprintf("DSSEv1 %d %s %d %s", len(typ), typ, len(payload), payload)
	sig := must(base64.StdEncoding.DecodeString(env.Signatures[0].Sig))(t)
	if env.PayloadType != typ || !ed25519.Verify(k.unit(t).Public(), []byte(pae), sig) {
		t.Error("the signature is not Ed25519 over the DSSE encoding")
	}
}

func TestWriteRefuses(t *testing.T) {
	k := readTestKeys(t)
	classic := must(age.GenerateX25519Identity())(t).Recipient().String()
	broken := errors.New("disk gone")
	for _, c := range []struct {
		name string
		kind kiosk.Kind
		code kiosk.Code
		edit func(m *Manifest, f *[]Content, s *Signer, to *[]string)
	}{
		{"other bytes", kiosk.Corrupt, CodeBadHash, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) {
			(*f)[0].Open = content("", filler("other", 1000)).Open
		}},
		{"shorter", kiosk.Corrupt, CodeBadHash, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) {
			(*f)[0].Open = content("", filler("page one", 999)).Open
		}},
		{"longer", kiosk.Corrupt, CodeBadHash, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) {
			(*f)[0].Open = content("", filler("page one", 1001)).Open
		}},
		{"unreadable", kiosk.Internal, "internal", func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) {
			(*f)[0].Open = func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(broken)), nil }
		}},
		{"not given", kiosk.Internal, CodeMissingFile, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) { *f = (*f)[1:] }},
		{"not listed", kiosk.Internal, CodeUnlistedFile, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) {
			*f = append(*f, content("documents/x.pdf", []byte("x")))
		}},
		{"given twice", kiosk.Internal, CodeUnlistedFile, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) { *f = append(*f, (*f)[0]) }},
		{"another size listed", kiosk.Internal, CodeBadHash, func(_ *Manifest, f *[]Content, _ *Signer, _ *[]string) { (*f)[0].Size++ }},
		{"too large", kiosk.Invalid, CodeTooLarge, func(m *Manifest, _ *[]Content, _ *Signer, _ *[]string) { m.Documents[0].Bytes = MaxBytes }},
		{"bad name", kiosk.Internal, CodeBadName, func(m *Manifest, _ *[]Content, _ *Signer, _ *[]string) { m.Documents[0].File = "x" }},
		{"no clock state", kiosk.Internal, CodeBadManifest, func(m *Manifest, _ *[]Content, _ *Signer, _ *[]string) { m.ClockState = "" }},
		{"no key", kiosk.Internal, "internal", func(_ *Manifest, _ *[]Content, s *Signer, _ *[]string) { *s = Signer{} }},
		{"other key id", kiosk.Internal, "internal", func(_ *Manifest, _ *[]Content, s *Signer, _ *[]string) { s.KeyID = k.stranger(t).KeyID }},
		{"nobody", kiosk.Internal, "internal", func(_ *Manifest, _ *[]Content, _ *Signer, to *[]string) { *to = nil }},
		{"classic recipient", kiosk.Internal, "internal", func(_ *Manifest, _ *[]Content, _ *Signer, to *[]string) { *to = append(*to, classic) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, files := sampleDossier(1000)
			s, to := k.unit(t), k.recipients(t)
			c.edit(&m, &files, &s, &to)
			var out bytes.Buffer
			err := Write(&out, m, files, s, to)
			if err == nil || kiosk.CodeOf(err) != c.code || kiosk.KindOf(err) != c.kind {
				t.Fatalf("got %s %s: %v, want %s %s", kiosk.KindOf(err), kiosk.CodeOf(err), err, c.kind, c.code)
			}
			if strings.Contains(err.Error(), m.Applicant.Name) {
				t.Errorf("the error names the applicant: %v", err)
			}
			if _, err := Open(&out, []string{k.CentreIdentity}, k.unitRing(t), t.TempDir()); err == nil {
				t.Error("what a failed Write left behind can be opened")
			}
		})
	}
}

// TestOpenEveryCut cuts a good parcel at many places: none may be accepted, and
// none may be called anything but cut.
func TestOpenEveryCut(t *testing.T) {
	k := readTestKeys(t)
	sealed := must(os.ReadFile(filepath.Join(vectorsDir, "good.sealed")))(t)
	for at := 0; at < len(sealed); at += 97 {
		_, err := Open(bytes.NewReader(sealed[:at]), []string{k.CentreIdentity}, k.unitRing(t), t.TempDir())
		if kiosk.CodeOf(err) != CodeTruncated {
			t.Errorf("cut at %d of %d: %v", at, len(sealed), err)
		}
	}
}

// TestOpenTroubleIsNotTheParcels: a failing disk on either side must never
// become a verdict on the parcel.
func TestOpenTroubleIsNotTheParcels(t *testing.T) {
	k := readTestKeys(t)
	sealed := must(os.ReadFile(filepath.Join(vectorsDir, "good.sealed")))(t)
	broken := errors.New("disk gone")
	for _, at := range []int{0, 10, 1000, 5000, len(sealed) - 1, len(sealed)} {
		r := io.MultiReader(bytes.NewReader(sealed[:at]), iotest.ErrReader(broken))
		_, err := Open(r, []string{k.CentreIdentity}, k.unitRing(t), t.TempDir())
		if !errors.Is(err, broken) || kiosk.KindOf(err) != kiosk.Internal {
			t.Errorf("disk fails at %d: %v", at, err)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "manifest.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(bytes.NewReader(sealed), []string{k.CentreIdentity}, k.unitRing(t), full)
	if !errors.Is(err, fs.ErrExist) || kiosk.KindOf(err) != kiosk.Internal {
		t.Errorf("a folder that is not empty: %v", err)
	}
	if _, err := Open(bytes.NewReader(sealed), []string{"AGE-SECRET-KEY-1SECRET"}, k.unitRing(t), t.TempDir()); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("a bad identity is refused without quoting it: %v", err)
	}
}

func TestEnvelopeCovers(t *testing.T) {
	m, _ := sampleDossier(1000)
	e := Envelope{Dossier: m.Dossier, Revision: m.Revision, Unit: m.Unit, UnitSeq: m.UnitSeq}
	expectCode(t, e.Covers(m), "")
	e.Revision = 1
	expectCode(t, e.Covers(m), CodeEnvelopeOther)
}

func TestReceiptRoundTrip(t *testing.T) {
	k := readTestKeys(t)
	b := must(os.ReadFile(filepath.Join(vectorsDir, "receipt-good.json")))(t)
	r, err := ReadReceipt(b, NewKeyring(k.centre(t).Public()))
	if err != nil {
		t.Fatal(err)
	}
	if r.KeyID != k.centre(t).KeyID || r.Level != kiosk.LevelStored || !bytes.Equal(r.Envelope, b) {
		t.Errorf("read %+v", r)
	}
	for _, bad := range []kiosk.Receipt{{}, {No: "1", Level: "maybe"}} {
		if _, err := SignReceipt(bad, k.centre(t)); err == nil {
			t.Errorf("signed %+v", bad)
		}
	}
}

// TestFlatMemory seals and opens 64 MB: neither may hold it.
func TestFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("64 MB")
	}
	k := readTestKeys(t)
	m, _ := sampleDossier(1000)
	m.Documents = m.Documents[:1]
	m.Documents[0].File, m.Documents[0].Pages = "", nil
	page := filler("large", 1<<20)
	sum := kiosk.Digest(sha256.Sum256(page))
	var files []Content
	for n := 1; n <= 64; n++ {
		c := content(PageName(n, sum), page)
		files = append(files, c)
		m.Documents[0].Pages = append(m.Documents[0].Pages,
			Page{N: n, SHA256: sum, Size: c.Size, MIME: "image/jpeg", Width: 1, Height: 1})
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(Write(w, m, files, k.unit(t), k.recipients(t))) }()
	heap := &heapWatch{r: r}
	runtime.GC()
	before := heapNow()
	if _, err := Open(heap, []string{k.CentreIdentity}, k.unitRing(t), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if grown := int64(heap.most) - int64(before); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

type heapWatch struct {
	r     io.Reader
	since int
	most  uint64
}

func (h *heapWatch) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if h.since += n; h.since > 4<<20 {
		h.since, h.most = 0, max(h.most, heapNow())
	}
	return n, err
}

func heapNow() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func BenchmarkWrite20Pages(b *testing.B) {
	k := readTestKeys(b)
	m, _ := sampleDossier(1000)
	m.Documents = m.Documents[:1]
	m.Documents[0].File, m.Documents[0].Pages = "", nil
	page := filler("large", 300<<10)
	sum := kiosk.Digest(sha256.Sum256(page))
	var files []Content
	for n := 1; n <= 20; n++ {
		files = append(files, content(PageName(n, sum), page))
		m.Documents[0].Pages = append(m.Documents[0].Pages, Page{N: n, SHA256: sum, Size: 300 << 10, MIME: "image/jpeg", Width: 1, Height: 1})
	}
	b.SetBytes(20 * 300 << 10)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, m, files, k.unit(b), k.recipients(b)); err != nil {
			b.Fatal(err)
		}
	}
}
