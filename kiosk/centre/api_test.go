package centre

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

func quietLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

func TestAnnouncement(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, `{"answer":"upload"}`)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, `{"answer":"upload"}`)

	b.tokens["nobody"] = "guess"
	b.want(b.announce("nobody", doss1, 1, envelope), 401, "unauthorised")
	b.want(b.announce(unitB, doss1, 1, envelope), 403, "envelope.unknown_signer")
	b.want(b.announce(unitA, doss1, 1, bytes.Replace(envelope, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)), 403, "envelope.")
	b.want(b.announce(unitA, doss1, 1, []byte("{}")), 422, "envelope.malformed")
	b.want(b.announce(unitA, doss1, 1, nil), 422, "envelope.malformed")
	b.want(b.announce(unitA, doss1, 2, envelope), 422, "other_dossier")
	b.want(b.announce(unitA, "0193a0b2-7c1e-7d3a-9a55-000000000002", 1, envelope), 422, "other_dossier")
	b.want(b.call(unitA, "PUT", "/v1/dossiers/..%2fx/1", nil, envelope), 422, "other_dossier")
	b.want(b.call(unitA, "PUT", dossierPath(doss1, 1)+"x", nil, envelope), 422, "other_dossier")
	b.want(b.announce(unitA, doss1, 1, bytes.Repeat([]byte("x"), envelopeLimit+1)), 413, "too_large")
	b.want(b.call(unitA, "GET", "/v1/elsewhere", nil, nil), 404, "no_such_path")

	// A unit may not speak for another, even with that unit's own words.
	b.units[unitB] = b.units[unitA]
	token, err := b.AddUnit(t.Context(), unitB, b.units[unitA].Public())
	must(t, err)
	b.tokens[unitB] = token
	b.want(b.announce(unitB, doss1, 1, envelope), 403, "other_unit")

	b.want(b.announce(unitA, doss1, 1, b.envelope(unitA, doss1, 1, 1, append(body, 0))), 409, "conflict")
	if !strings.Contains(b.kinds(), "parcel.conflict") || !strings.Contains(b.logged.String(), "conflicting parcel") {
		t.Error("no alarm")
	}
	must(t, b.RevokeUnit(t.Context(), unitA))
	b.want(b.announce(unitA, doss1, 1, envelope), 403, "revoked")
	if _, err := b.AddUnit(t.Context(), unitA, b.units[unitA].Public()); kiosk.CodeOf(err) != CodeKeyRevoked {
		t.Errorf("a revoked key was enrolled again: %v", err)
	}
	if kiosk.CodeOf(b.RevokeUnit(t.Context(), "DTH09-Z")) != CodeNoUnit {
		t.Error("revoked nobody")
	}
	units, err := b.Units(t.Context())
	if err != nil || fmt.Sprint(units) != "[{DTH01-A true} {DTH02-A false}]" {
		t.Errorf("units %v, %v", units, err)
	}
}

func TestReceiptQuestions(t *testing.T) {
	b := newBench(t)
	path := dossierPath(doss1, 1) + "/receipt"
	b.want(b.call(unitA, "GET", path, nil, nil), 404, `{"code":"unknown"}`)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	b.want(b.call(unitA, "GET", path, nil, nil), 404, `{"code":"not_yet"}`)
	b.want(b.call(unitB, "GET", path, nil, nil), 404, `{"code":"unknown"}`)
	b.want(b.call(unitA, "GET", "/v1/dossiers/x/0/receipt", nil, nil), 400, "malformed")
	b.want(b.patch(unitA, b.create(unitA, doss1, 1, body), 0, body), 204, "")
	r := b.receiptOf(unitA, doss1, 1)
	if r.Level != kiosk.LevelStored || r.Unit != unitA || r.Dossier != doss1 || r.Revision != 1 ||
		r.SHA256 != sha256.Sum256(body) || r.Bytes != int64(len(body)) || !r.At.Equal(b.clock) {
		t.Errorf("receipt %+v", r)
	}
	again := b.announce(unitA, doss1, 1, envelope)
	b.want(again, 200, `"exists"`)
	if !bytes.Contains(again.Body.Bytes(), r.Envelope) {
		t.Error("the announcement gives another receipt")
	}
	b.clock = b.clock.Add(time.Hour)
	b.reopen()
	if later := b.receiptOf(unitA, doss1, 1); !bytes.Equal(later.Envelope, r.Envelope) {
		t.Error("the receipt changed with a restart")
	}
}

func TestStatusQuestions(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	_, envelope := b.parcelOf(unitA, doss1, 2, nil)
	b.want(b.announce(unitA, doss1, 2, envelope), 200, "upload")
	asked := fmt.Sprintf(`{"parcels":[{"dossier":%q,"rev":1},{"dossier":%q,"rev":2},{"dossier":"other","rev":1}]}`, doss1, doss1)
	b.want(b.call(unitA, "POST", "/v1/status", nil, []byte(asked)), 200,
		fmt.Sprintf(`{"parcels":[{"dossier":%q,"rev":1,"level":"stored"},{"dossier":%q,"rev":2,"level":"announced"}]}`, doss1, doss1))
	b.want(b.call(unitB, "POST", "/v1/status", nil, []byte(asked)), 200, `{"parcels":[]}`)
	b.want(b.call(unitA, "POST", "/v1/status", nil, []byte(`{"parcels":[]}`)), 200, `{"parcels":[]}`)
	many := `{"parcels":[` + strings.Repeat(`{"dossier":"d","rev":1},`, 500) + `{"dossier":"d","rev":1}]}`
	b.want(b.call(unitA, "POST", "/v1/status", nil, []byte(many)), 400, "malformed")
	b.want(b.call(unitA, "POST", "/v1/status", nil, []byte(`[`)), 400, "malformed")
}

func TestUploadsAreOnlyForAnnouncedParcels(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	head := func(change func(h map[string]string)) map[string]string {
		h := map[string]string{"Upload-Length": fmt.Sprint(len(body)), "Upload-Metadata": metadata(doss1, 1, body)}
		change(h)
		return h
	}
	plain := head(func(map[string]string) {})
	b.want(b.call(unitA, "POST", "/files/", plain, nil), 409, "ERR_NOT_ANNOUNCED")
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	b.want(b.call(unitB, "POST", "/files/", plain, nil), 409, "ERR_NOT_ANNOUNCED")
	for name, c := range map[string]struct {
		change func(h map[string]string)
		status int
		part   string
	}{
		"size":     {func(h map[string]string) { h["Upload-Length"] = "5" }, 422, "ERR_SIZE"},
		"huge":     {func(h map[string]string) { h["Upload-Length"] = fmt.Sprint(seal.MaxSealed + 1) }, 413, ""},
		"sum":      {func(h map[string]string) { h["Upload-Metadata"] = metadata(doss1, 1, []byte("x")) }, 409, "ERR_NOT_ANNOUNCED"},
		"revision": {func(h map[string]string) { h["Upload-Metadata"] = metadata(doss1, 7, body) }, 409, "ERR_NOT_ANNOUNCED"},
		"more":     {func(h map[string]string) { h["Upload-Metadata"] += ",filename Zm9v" }, 422, "ERR_METADATA"},
		"none":     {func(h map[string]string) { delete(h, "Upload-Metadata") }, 422, "ERR_METADATA"},
		"partial":  {func(h map[string]string) { h["Upload-Concat"] = "partial" }, 422, "ERR_PARTS"},
		"final":    {func(h map[string]string) { h["Upload-Concat"] = "final;/files/a /files/b" }, 422, "ERR_PARTS"},
		"deferred": {func(h map[string]string) { delete(h, "Upload-Length"); h["Upload-Defer-Length"] = "1" }, 501, ""},
		"old":      {func(h map[string]string) { h["Tus-Resumable"] = "0.2.2" }, 412, ""},
	} {
		t.Run(name, func(t *testing.T) { b.want(b.call(unitA, "POST", "/files/", head(c.change), nil), c.status, c.part) })
	}
	path := b.create(unitA, doss1, 1, body)
	b.want(b.call(unitA, "HEAD", path, nil, nil), 200, "")
	b.want(b.call(unitB, "HEAD", path, nil, nil), 404, "")
	b.want(b.call(unitA, "GET", path, nil, nil), 405, "")
	b.want(b.call(unitA, "POST", path, map[string]string{"X-HTTP-Method-Override": "DELETE"}, nil), 405, "")
	for _, id := range []string{"..%2fcentre.db", "%2e%2e", "0", strings.Repeat("0", 32), "x/y"} {
		b.want(b.call(unitA, "HEAD", "/files/"+id, nil, nil), 404, "")
	}
	w := b.call(unitA, "OPTIONS", "/files/", nil, nil)
	if got := w.Header().Get("Tus-Extension"); got != "creation,creation-with-upload,termination" {
		t.Errorf("extensions %q", got)
	}
	b.want(b.call(unitA, "DELETE", path, nil, nil), 204, "")
	b.want(b.call(unitA, "HEAD", path, nil, nil), 404, "")
}

func TestSpoiltUploadIsDropped(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	bent := bytes.Clone(body)
	bent[len(bent)/2] ^= 1
	path := b.create(unitA, doss1, 1, body)
	b.want(b.patch(unitA, path, 0, bent), statusSpoilt, "ERR_BAD_DIGEST")
	b.want(b.call(unitA, "HEAD", path, nil, nil), 404, "")
	b.want(b.call(unitA, "GET", dossierPath(doss1, 1)+"/receipt", nil, nil), 404, "not_yet")
	b.want(b.patch(unitA, b.create(unitA, doss1, 1, body), 0, body), 204, "")
	b.receiptOf(unitA, doss1, 1)
	if !strings.Contains(b.kinds(), "parcel.spoilt parcel.stored") {
		t.Errorf("journal %s", b.kinds())
	}
}

func TestTwoUploadsOfOneParcel(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	var paths []string
	for range maxOpenUploads + 2 {
		paths = append(paths, b.create(unitA, doss1, 1, body))
	}
	b.want(b.call(unitA, "HEAD", paths[1], nil, nil), 404, "") // the oldest went
	slow, fast := paths[4], paths[5]
	b.want(b.patch(unitA, slow, 0, body[:10]), 204, "")
	b.want(b.patch(unitA, fast, 0, body), 204, "")
	b.want(b.patch(unitA, slow, 10, body[10:]), 404, "")
	left, err := os.ReadDir(filepath.Join(b.cfg.Dir, folderUploads))
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	b.want(b.call(unitA, "POST", "/files/", map[string]string{"Upload-Length": fmt.Sprint(len(body)), "Upload-Metadata": metadata(doss1, 1, body)}, nil), 409, "ERR_STORED")
	if n := strings.Count(b.kinds(), "parcel.stored"); n != 1 {
		t.Errorf("stored %d times", n)
	}
}

// A crash between any two steps of the end of an upload is made good by the
// next question, whoever asks it.
func TestCrashBetweenLastByteAndReceipt(t *testing.T) {
	crashes := map[string]func(b *bench, path string, body []byte){
		"after the last byte": func(b *bench, path string, body []byte) {
			must(b.T, os.WriteFile(filepath.Join(b.cfg.Dir, folderUploads, filepath.Base(path)), body, 0o600))
		},
		"after the move": func(b *bench, path string, body []byte) {
			must(b.T, os.WriteFile(filepath.Join(b.cfg.Dir, folderParcels, fmt.Sprintf("%x.sealed", sha256.Sum256(body))), body, 0o600))
			must(b.T, os.Remove(filepath.Join(b.cfg.Dir, folderUploads, filepath.Base(path))))
		},
		"after the move, torn": func(b *bench, path string, body []byte) {
			must(b.T, os.WriteFile(filepath.Join(b.cfg.Dir, folderParcels, fmt.Sprintf("%x.sealed", sha256.Sum256(body))), body[:9], 0o600))
			must(b.T, os.WriteFile(filepath.Join(b.cfg.Dir, folderUploads, filepath.Base(path)), body, 0o600))
		},
		"after the commit": func(b *bench, path string, body []byte) {
			must(b.T, os.Rename(filepath.Join(b.cfg.Dir, folderUploads, filepath.Base(path)), filepath.Join(b.cfg.Dir, folderParcels, fmt.Sprintf("%x.sealed", sha256.Sum256(body)))))
			must(b.T, os.WriteFile(filepath.Join(b.cfg.Dir, folderParcels, fmt.Sprintf("%x.sealed", sha256.Sum256(body))), body, 0o600))
			p, err := find(b.Context(), b.db.R, kiosk.ParcelKey{Dossier: doss1, Revision: 1})
			must(b.T, err)
			must(b.T, b.store(b.Context(), p))
		},
	}
	heals := map[string]func(b *bench, envelope []byte){
		"receipt":      func(b *bench, _ []byte) { b.receiptOf(unitA, doss1, 1) },
		"announcement": func(b *bench, envelope []byte) { b.want(b.announce(unitA, doss1, 1, envelope), 200, `"exists"`) },
		"start":        func(b *bench, _ []byte) { b.sweep(b.Context()) },
	}
	for when, crash := range crashes {
		for who, heal := range heals {
			t.Run(when+", "+who, func(t *testing.T) {
				b := newBench(t)
				body, envelope := b.parcelOf(unitA, doss1, 1, nil)
				b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
				crash(b, b.create(unitA, doss1, 1, body), body)
				b.reopen()
				heal(b, envelope)
				if r := b.receiptOf(unitA, doss1, 1); r.Level != kiosk.LevelStored {
					t.Errorf("receipt %+v", r)
				}
				if n := strings.Count(b.kinds(), "parcel.stored"); n != 1 {
					t.Errorf("stored %d times", n)
				}
				if err := b.openFile(doss1, body); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// openFile compares the stored parcel with what was sent.
func (b *bench) openFile(id kiosk.DossierID, body []byte) error {
	p, err := find(b.Context(), b.db.R, kiosk.ParcelKey{Dossier: id, Revision: 1})
	if err != nil {
		return err
	}
	got, err := os.ReadFile(b.parcelPath(p))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, body) {
		return fmt.Errorf("%d bytes stored, %d sent", len(got), len(body))
	}
	return nil
}

func TestSweepDropsOldUploadsAndOrphans(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	old := b.create(unitA, doss1, 1, body)
	b.clock = b.clock.Add(uploadAge - time.Hour)
	young := b.create(unitA, doss1, 1, body)
	b.clock = b.clock.Add(2 * time.Hour)
	orphan := filepath.Join(b.cfg.Dir, folderUploads, strings.Repeat("a", 32))
	must(t, os.WriteFile(orphan, nil, 0o600))
	must(t, os.MkdirAll(filepath.Join(b.cfg.Dir, folderOpening, "parcel-1", "pages"), 0o700))
	b.sweep(t.Context())
	b.want(b.call(unitA, "HEAD", old, nil, nil), 404, "")
	b.want(b.call(unitA, "HEAD", young, nil, nil), 200, "")
	if _, err := os.Stat(orphan); err == nil {
		t.Error("the orphan stays")
	}
	if left, _ := os.ReadDir(filepath.Join(b.cfg.Dir, folderOpening)); len(left) != 0 {
		t.Errorf("left in opening: %v", left)
	}
}

func TestWhatStandsIsNotRewritten(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	for _, q := range []string{
		`UPDATE journal SET note = 'x'`, `DELETE FROM journal`, `UPDATE receipts SET envelope = x'00'`,
	} {
		if err := b.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(q); return err }); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}

func TestOpenRefusesABadCredential(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "credential"), []byte("short"), 0o600))
	if _, err := Open(t.Context(), Config{Dir: dir}); kiosk.CodeOf(err) != CodeBadCredential {
		t.Errorf("opened with a short credential: %v", err)
	}
}

func TestAddUnitRefusesBadNames(t *testing.T) {
	b := newBench(t)
	for _, u := range []kiosk.UnitID{"", "a b", "../x", kiosk.UnitID(strings.Repeat("x", 65))} {
		if _, err := b.AddUnit(t.Context(), u, b.units[unitA].Public()); kiosk.CodeOf(err) != CodeBadUnit {
			t.Errorf("%q: %v", u, err)
		}
	}
	if _, err := b.AddUnit(t.Context(), unitA, nil); kiosk.CodeOf(err) != CodeBadUnit {
		t.Errorf("no key: %v", err)
	}
	// Enrolled again: the old token is worth nothing, the old key still is.
	_, envelope := b.parcelOf(unitA, doss1, 1, nil)
	old := b.tokens[unitA]
	fresh, err := seal.NewSigner()
	must(t, err)
	token, err := b.AddUnit(t.Context(), unitA, fresh.Public())
	must(t, err)
	b.want(b.announce(unitA, doss1, 1, envelope), http.StatusUnauthorized, "unauthorised")
	b.tokens[unitA] = token
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	if token == old || len(token) != 43 {
		t.Errorf("token of %d characters", len(token))
	}
}

func FuzzQuestions(f *testing.F) {
	f.Add([]byte(`{"parcels":[{"dossier":"d","rev":1}]}`))
	f.Add([]byte(`{"parcels":null}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		key, ok := parseKey("x", string(body))
		if ok && key.Revision < 1 {
			t.Errorf("revision %d", key.Revision)
		}
		asked, ok := parseStatus(body)
		if ok && len(asked.Parcels) > statusBatch {
			t.Errorf("%d parcels", len(asked.Parcels))
		}
	})
}
