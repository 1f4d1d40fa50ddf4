package seal

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"servicepoint/kiosk"
)

var update = flag.Bool("update", false, "rewrite the test vectors")

// testKeys are the fixed keys of the vectors. They protect nothing.
type testKeys struct {
	Warning          string
	CentreIdentity   string
	RecoveryIdentity string
	OtherIdentity    string // a centre no vector names
	UnitSeed         []byte
	StrangerSeed     []byte
	CentreSeed       []byte // signs receipts
}

const testKeysFile = "testdata/TEST-ONLY-keys.json"

func readTestKeys(t testing.TB) testKeys {
	t.Helper()
	b, err := os.ReadFile(testKeysFile)
	if os.IsNotExist(err) && *update {
		b = makeTestKeys(t)
	} else if err != nil {
		t.Fatal(err)
	}
	var k testKeys
	if err := json.Unmarshal(b, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

func makeTestKeys(t testing.TB) []byte {
	t.Helper()
	k := testKeys{Warning: "made for tests, published, worthless: never enrol any of these"}
	for _, id := range []*string{&k.CentreIdentity, &k.RecoveryIdentity, &k.OtherIdentity} {
		*id, _ = must2(NewRecipient())(t)
	}
	for _, seed := range []*[]byte{&k.UnitSeed, &k.StrangerSeed, &k.CentreSeed} {
		*seed = must(NewSigner())(t).Key.Seed()
	}
	b := must(json.MarshalIndent(k, "", "\t"))(t)
	if err := os.MkdirAll(filepath.Dir(testKeysFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(testKeysFile, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func must2[A, B any](a A, b B, err error) func(testing.TB) (A, B) {
	return func(t testing.TB) (A, B) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a, b
	}
}

func (k testKeys) unit(t testing.TB) Signer     { return must(SignerFromSeed(k.UnitSeed))(t) }
func (k testKeys) stranger(t testing.TB) Signer { return must(SignerFromSeed(k.StrangerSeed))(t) }
func (k testKeys) centre(t testing.TB) Signer   { return must(SignerFromSeed(k.CentreSeed))(t) }
func (k testKeys) unitRing(t testing.TB) Keyring {
	return NewKeyring(k.unit(t).Public())
}

func (k testKeys) recipients(t testing.TB) []string {
	return []string{must(RecipientOf(k.CentreIdentity))(t), must(RecipientOf(k.RecoveryIdentity))(t)}
}

// filler gives n bytes that look like a picture to nobody but always the same.
func filler(seed string, n int) []byte {
	b := make([]byte, 0, n+32)
	for sum := sha256.Sum256([]byte(seed)); len(b) < n; sum = sha256.Sum256(sum[:]) {
		b = append(b, sum[:]...)
	}
	return b[:n]
}

func content(name string, b []byte) Content {
	return Content{Name: name, Size: int64(len(b)), SHA256: sha256.Sum256(b),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// sampleDossier is an invented dossier of two pages, one PDF and one paper
// carried over. A first page of 70000 bytes makes the parcel longer than one age
// chunk (64 KiB).
func sampleDossier(firstPage int) (Manifest, []Content) {
	one, two, pdf := filler("page one", firstPage), filler("page two", 700), filler("pdf", 300)
	p1, p2 := content(PageName(1, sha256.Sum256(one)), one), content(PageName(2, sha256.Sum256(two)), two)
	d1 := content(DocumentName(1, "birth_proof"), pdf)
	at := time.Date(2026, 11, 23, 2, 30, 0, 0, time.UTC)
	m := Manifest{
		Dossier: "01939d2e-7a00-7000-8000-000000000042", Revision: 2, Supersedes: 1,
		LocalCode: "DTH01-261123-0042-V", Unit: "DTH01-A", UnitSeq: 42, Point: "DTH01", Centre: "test-centre", Staff: "staff-1",
		Procedure: Procedure{ID: "birth-registration", Code: "1.001193", Name: "Đăng ký khai sinh", CatalogVersion: "test-1"},
		OpenedAt:  at, SealedAt: at.Add(9 * time.Minute), ClockState: ClockNTP, BootID: "boot-1", SealedMono: 540_000,
		Applicant:   kiosk.Applicant{Name: "Nguyễn Văn Thử", PersonalNo: "001090000000", Phone: "+84900000000"},
		Declaration: kiosk.Declaration{Form: "birth", Answers: kiosk.Answers{"child_name": "Nguyễn Thị Mẫu"}},
		Consent:     kiosk.Consent{Notice: "1", By: "subject", Purposes: []string{"file"}, Staff: "staff-1", At: at},
		Waivers:     []kiosk.Waiver{{Requirement: "marriage", Reason: "not_married"}},
		AppVersion:  "0.0.0-test",
	}
	m.Documents = []Document{
		{Requirement: "birth_proof", ComponentCode: "TP-1", Name: "Giấy chứng sinh", File: d1.Name, SHA256: d1.SHA256, Bytes: d1.Size,
			Pages: []Page{
				{N: 1, SHA256: p1.SHA256, Size: p1.Size, MIME: "image/jpeg", DPI: 300, Width: 2480, Height: 3508, CapturedAt: at.Add(time.Minute)},
				{N: 2, SHA256: p2.SHA256, Size: p2.Size, MIME: "image/jpeg", DPI: 300, Width: 2480, Height: 3508, CapturedAt: at.Add(2 * time.Minute),
					Defects: []kiosk.Code{"page.blur"}, Override: "the paper itself is worn"},
			}},
		{Requirement: "id_card", Name: "Căn cước", Carried: &Carried{Revision: 1, SHA256: sha256.Sum256([]byte("earlier"))}},
	}
	return m, []Content{p1, p2, d1}
}

// entry is one entry of a hand-made archive.
type entry struct {
	h    tar.Header
	body []byte
}

func plainEntry(name string, body []byte) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(body)), Mode: 0o600, Format: tar.FormatUSTAR}, body}
}

// entriesOf gives the archive Write would make of a dossier, as entries.
func entriesOf(t testing.TB, m Manifest, files []Content, s Signer) []entry {
	t.Helper()
	manifest := must(json.Marshal(m))(t)
	list := []entry{plainEntry(manifestName, manifest), plainEntry(signatureName, must(manifestStatement.sign(manifest, s))(t))}
	for _, c := range files {
		r := must(c.Open())(t)
		list = append(list, plainEntry(c.Name, must(io.ReadAll(r))(t)))
	}
	return list
}

func makeTar(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(&e.h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encryptTo(t testing.TB, plain []byte, recipients []string) []byte {
	t.Helper()
	var to []age.Recipient
	for _, r := range recipients {
		to = append(to, must(age.ParseHybridRecipient(r))(t))
	}
	var out bytes.Buffer
	w := must(age.Encrypt(&out, to...))(t)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
