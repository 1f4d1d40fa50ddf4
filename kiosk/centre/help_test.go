package centre

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

const (
	unitA = kiosk.UnitID("DTH01-A")
	unitB = kiosk.UnitID("DTH02-A")
	doss1 = kiosk.DossierID("0193a0b2-7c1e-7d3a-9a55-000000000001")

	canary = "Nguyễn Thị Thử Nghiệm" // an invented applicant who must not reach database or log
)

// bench is a centre with two units, a clock and a log that is looked at.
type bench struct {
	*testing.T
	*Centre
	cfg      Config
	clock    time.Time
	logged   *bytes.Buffer
	server   http.Handler
	units    map[kiosk.UnitID]seal.Signer
	tokens   map[kiosk.UnitID]string
	identity string
	to       string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	identity, recipient, err := seal.NewRecipient()
	must(t, err)
	receipt, err := seal.NewSigner()
	must(t, err)
	b := &bench{T: t, clock: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), logged: &bytes.Buffer{}, identity: identity, to: recipient,
		units: map[kiosk.UnitID]seal.Signer{}, tokens: map[kiosk.UnitID]string{}}
	b.cfg = Config{Dir: t.TempDir(), Receipt: receipt, Identities: []string{identity}, Now: func() time.Time { return b.clock },
		Log: quietLog(b.logged)}
	b.open()
	for _, u := range []kiosk.UnitID{unitA, unitB} {
		s, err := seal.NewSigner()
		must(t, err)
		b.units[u] = s
		b.tokens[u], err = b.AddUnit(t.Context(), u, s.Public())
		must(t, err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func (b *bench) open() {
	b.Helper()
	c, err := Open(context.Background(), b.cfg)
	must(b.T, err)
	b.Centre, b.server = c, c.Handler()
}

func (b *bench) reopen() {
	b.Helper()
	must(b.T, b.Close())
	b.open()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// parcelOf seals a dossier of one page and one PDF (n bytes of it) and gives
// the sealed bytes and their envelope. change may bend the manifest.
func (b *bench) parcelOf(u kiosk.UnitID, id kiosk.DossierID, rev int, change func(*seal.Manifest)) (body, envelope []byte) {
	b.Helper()
	jpeg, pdf := []byte("\xff\xd8 page of "+string(id)+strconv.Itoa(rev)), []byte("%PDF-1.7 of "+string(id)+strconv.Itoa(rev))
	m := seal.Manifest{
		Dossier: id, Revision: rev, LocalCode: "DTH01-261123-0042-V", Unit: u, UnitSeq: int64(rev), Point: "DTH01", Staff: "s1",
		Procedure: seal.Procedure{ID: "birth-registration", Name: "Đăng ký khai sinh"}, SealedAt: b.clock, ClockState: seal.ClockNTP,
		Applicant:   kiosk.Applicant{Name: canary, PersonalNo: "001099000001"},
		Declaration: kiosk.Declaration{Form: "f", Answers: kiosk.Answers{"child_name": "Nguyễn <Văn> Thử"}},
		Documents: []seal.Document{{Requirement: "birth_proof", Name: "Giấy chứng sinh",
			File: seal.DocumentName(1, "birth_proof"), SHA256: sha256.Sum256(pdf), Bytes: int64(len(pdf)),
			Pages: []seal.Page{{N: 1, SHA256: sha256.Sum256(jpeg), Size: int64(len(jpeg)), MIME: "image/jpeg", DPI: 300, Width: 10, Height: 10}}}},
	}
	if change != nil {
		change(&m)
	}
	have := map[kiosk.Digest][]byte{sha256.Sum256(jpeg): jpeg, sha256.Sum256(pdf): pdf}
	var files []seal.Content
	for _, f := range m.Files() {
		files = append(files, seal.Content{Name: f.Name, Size: f.Size, SHA256: f.SHA256,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(have[f.SHA256])), nil }})
	}
	var out bytes.Buffer
	must(b.T, seal.Write(&out, m, files, b.units[u], []string{b.to}))
	return out.Bytes(), b.envelope(u, m.Dossier, m.Revision, m.UnitSeq, out.Bytes())
}

func (b *bench) envelope(u kiosk.UnitID, id kiosk.DossierID, rev int, seq int64, body []byte) []byte {
	b.Helper()
	e, err := seal.SignEnvelope(seal.Envelope{Unit: u, Dossier: id, Revision: rev, SHA256: sha256.Sum256(body), Bytes: int64(len(body)),
		RecipientKeyIDs: seal.RecipientKeyIDs([]string{b.to}), UnitSeq: seq}, b.units[u])
	must(b.T, err)
	return e
}

// call sends one request as a unit.
func (b *bench) call(u kiosk.UnitID, method, path string, header map[string]string, body []byte) *httptest.ResponseRecorder {
	b.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.tokens[u])
	if strings.HasPrefix(path, "/files/") {
		r.Header.Set("Tus-Resumable", "1.0.0")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w
}

func (b *bench) want(w *httptest.ResponseRecorder, status int, part string) {
	b.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), part) {
		b.Fatalf("status %d, %q; want %d with %q", w.Code, w.Body, status, part)
	}
}

func dossierPath(id kiosk.DossierID, rev int) string {
	return fmt.Sprintf("/v1/dossiers/%s/%d", id, rev)
}

func (b *bench) announce(u kiosk.UnitID, id kiosk.DossierID, rev int, envelope []byte) *httptest.ResponseRecorder {
	b.Helper()
	return b.call(u, "PUT", dossierPath(id, rev), nil, envelope)
}

func metadata(id kiosk.DossierID, rev int, body []byte) string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return fmt.Sprintf("dossier %s,rev %s,sha256 %s", b64(string(id)), b64(strconv.Itoa(rev)), b64(kiosk.Digest(sha256.Sum256(body)).String()))
}

// create opens an upload and gives its path.
func (b *bench) create(u kiosk.UnitID, id kiosk.DossierID, rev int, body []byte) string {
	b.Helper()
	w := b.call(u, "POST", "/files/", map[string]string{"Upload-Length": strconv.Itoa(len(body)), "Upload-Metadata": metadata(id, rev, body)}, nil)
	b.want(w, http.StatusCreated, "")
	_, path, ok := strings.Cut(w.Header().Get("Location"), "http://example.com")
	if !ok {
		b.Fatalf("location %q", w.Header().Get("Location"))
	}
	return path
}

func (b *bench) patch(u kiosk.UnitID, path string, offset int, body []byte) *httptest.ResponseRecorder {
	b.Helper()
	return b.call(u, "PATCH", path, map[string]string{"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.Itoa(offset)}, body)
}

// deliver takes a parcel all the way to stored.
func (b *bench) deliver(u kiosk.UnitID, id kiosk.DossierID, rev int, change func(*seal.Manifest)) {
	b.Helper()
	body, envelope := b.parcelOf(u, id, rev, change)
	b.send(u, id, rev, body, envelope)
}

func (b *bench) send(u kiosk.UnitID, id kiosk.DossierID, rev int, body, envelope []byte) {
	b.Helper()
	b.want(b.announce(u, id, rev, envelope), 200, `{"answer":"upload"}`)
	b.want(b.patch(u, b.create(u, id, rev, body), 0, body), 204, "")
}

func (b *bench) receiptOf(u kiosk.UnitID, id kiosk.DossierID, rev int) kiosk.Receipt {
	b.Helper()
	w := b.call(u, "GET", dossierPath(id, rev)+"/receipt", nil, nil)
	b.want(w, 200, "payload")
	r, err := seal.ReadReceipt(w.Body.Bytes(), seal.NewKeyring(b.cfg.Receipt.Public()))
	must(b.T, err)
	return r
}

func (b *bench) kinds() string {
	b.Helper()
	events, err := b.Journal(b.Context(), 0, 10_000)
	must(b.T, err)
	var out []string
	for _, e := range events {
		out = append(out, string(e.Kind))
	}
	return strings.Join(out, " ")
}
