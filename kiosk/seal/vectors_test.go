package seal

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"servicepoint/kiosk"
)

const vectorsDir = "testdata/vectors"

// vector is one line of testdata/vectors/index.json: a file and the code it
// must be refused with, empty for the good ones. Other implementations of the
// format can be tested with the same folder.
type vector struct {
	File string     `json:"file"`
	Kind string     `json:"kind"` // parcel, envelope or receipt
	Code kiosk.Code `json:"code"`
	Note string     `json:"note,omitempty"`
	body []byte
}

func TestVectors(t *testing.T) {
	k := readTestKeys(t)
	if *update {
		writeVectors(t, slices.Concat(parcelVectors(t, k), statementVectors(t, k)))
	}
	var index []vector
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(vectorsDir, "index.json")))(t), &index); err != nil {
		t.Fatal(err)
	}
	seen := map[kiosk.Code]bool{}
	for _, v := range index {
		seen[v.Code] = true
		t.Run(v.File, func(t *testing.T) {
			b := must(os.ReadFile(filepath.Join(vectorsDir, v.File)))(t)
			var err error
			switch v.Kind {
			case "parcel":
				_, err = Open(bytes.NewReader(b), []string{k.OtherIdentity, k.CentreIdentity}, k.unitRing(t), t.TempDir())
			case "envelope":
				_, err = ReadEnvelope(b, k.unitRing(t))
			case "receipt":
				_, err = ReadReceipt(b, NewKeyring(k.centre(t).Public()))
			}
			expectCode(t, err, v.Code)
		})
	}
	for _, c := range Codes() {
		if !seen[c] && c != CodeEnvelopeOther && c != CodeKeyUnreadable && c != CodeSealedDamaged {
			t.Errorf("no vector ends in %s", c)
		}
	}
}

func expectCode(t *testing.T, err error, want kiosk.Code) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Fatalf("a good one was refused: %v", err)
	case want != "" && err == nil:
		t.Fatalf("accepted, want %s", want)
	case want != "" && (kiosk.CodeOf(err) != want || kiosk.KindOf(err) != kiosk.Corrupt):
		t.Fatalf("got %s (%s): %v, want %s", kiosk.CodeOf(err), kiosk.KindOf(err), err, want)
	}
}

func writeVectors(t *testing.T, all []vector) {
	t.Helper()
	if err := os.RemoveAll(vectorsDir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(vectorsDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if err := os.WriteFile(filepath.Join(vectorsDir, v.File), v.body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	index := must(json.MarshalIndent(all, "", "\t"))(t)
	if err := os.WriteFile(filepath.Join(vectorsDir, "index.json"), append(index, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recipe says how a broken parcel differs from the good one.
type recipe struct {
	file, note string
	firstPage  int // bytes, 1000 if not said
	code       kiosk.Code
	manifest   func(*Manifest)
	entries    func([]entry) []entry
	signer     Signer
	recipients []string
	cipher     func([]byte) []byte
}

func parcelVectors(t *testing.T, k testKeys) []vector {
	var good bytes.Buffer
	m, files := sampleDossier(1000)
	if err := Write(&good, m, files, k.unit(t), k.recipients(t)); err != nil {
		t.Fatal(err)
	}
	out := []vector{{File: "good.sealed", Kind: "parcel", body: good.Bytes()}}
	for _, r := range slices.Concat(cipherRecipes(t, k), archiveRecipes(), manifestRecipes(t, k)) {
		m, files := sampleDossier(max(r.firstPage, 1000))
		m.FormatVersion, m.Recipients = FormatVersion, RecipientKeyIDs(k.recipients(t))
		signer, to := k.unit(t), k.recipients(t)
		if r.manifest != nil {
			r.manifest(&m)
		}
		if r.signer.Key != nil {
			signer = r.signer
		}
		if r.recipients != nil {
			to = r.recipients
		}
		entries := entriesOf(t, m, files, signer)
		if r.entries != nil {
			entries = r.entries(entries)
		}
		body := encryptTo(t, makeTar(t, entries), to)
		if r.cipher != nil {
			body = r.cipher(body)
		}
		out = append(out, vector{File: r.file + ".sealed", Kind: "parcel", Code: r.code, Note: r.note, body: body})
	}
	return out
}

func cipherRecipes(t *testing.T, k testKeys) []recipe {
	header := func(b []byte) int { return bytes.Index(b, []byte("\n--- ")) + 5 + 43 + 1 }
	other := []string{must(RecipientOf(k.OtherIdentity))(t)}
	cut := func(at func([]byte) int) func([]byte) []byte { return func(b []byte) []byte { return b[:at(b)] } }
	flip := func(at func([]byte) int) func([]byte) []byte {
		return func(b []byte) []byte { b[at(b)] ^= 1; return b }
	}
	return []recipe{
		{file: "not-age", code: CodeNotAge, cipher: func([]byte) []byte { return []byte("<html><body>Please sign in</body></html>") }},
		{file: "not-age-version", code: CodeNotAge, cipher: func(b []byte) []byte { return bytes.Replace(b, []byte("/v1\n"), []byte("/v2\n"), 1) }},
		{file: "not-age-header", code: CodeNotAge, cipher: func(b []byte) []byte { return bytes.Replace(b, []byte("\n-> "), []byte("\n=> "), 1) }},
		{file: "empty", code: CodeTruncated, cipher: func([]byte) []byte { return nil }},
		{file: "truncated-header", code: CodeTruncated, cipher: cut(func(b []byte) int { return header(b) / 2 })},
		{file: "truncated-nonce", code: CodeTruncated, cipher: cut(func(b []byte) int { return header(b) + 8 })},
		{file: "truncated-chunk", note: "cut where a chunk ends", firstPage: 70_000, code: CodeTruncated, cipher: cut(func(b []byte) int { return header(b) + 16 + 65552 })},
		{file: "truncated-last-byte", code: CodeTruncated, cipher: cut(func(b []byte) int { return len(b) - 1 })},
		{file: "damaged-chunk", firstPage: 70_000, code: CodeDamaged, cipher: flip(func(b []byte) int { return header(b) + 16 + 1000 })},
		{file: "damaged-header", note: "one bit of the header's MAC", code: CodeDamaged,
			cipher: func(b []byte) []byte { return swapBase64(b, header(b)-40) }},
		{file: "header-too-long", code: CodeTooLarge, cipher: func([]byte) []byte {
			return append([]byte(ageIntro+"-> "), bytes.Repeat([]byte("a"), 2*maxHeader)...)
		}},
		{file: "wrong-recipient", code: CodeWrongRecipient, recipients: []string{must(recipientOnly())(t)}},
		{file: "passed-on", note: "encrypted anew for somebody the unit did not name", code: CodeWrongRecipient, recipients: other},
	}
}

// recipientOnly drops the identity: nobody can open such a parcel.
func recipientOnly() (string, error) {
	_, r, err := NewRecipient()
	return r, err
}

func swapBase64(b []byte, at int) []byte {
	if b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return b
}

func archiveRecipes() []recipe {
	with := func(e ...entry) func([]entry) []entry {
		return func(list []entry) []entry { return append(list, e...) }
	}
	special := func(name string, typ byte, link string) entry {
		return entry{tar.Header{Typeflag: typ, Name: name, Linkname: link, Mode: 0o600, Format: tar.FormatUSTAR}, nil}
	}
	named := func(name string) func([]entry) []entry { return with(plainEntry(name, []byte("x"))) }
	return []recipe{
		{file: "missing-page", code: CodeMissingFile, entries: func(e []entry) []entry { return slices.Delete(e, 3, 4) }},
		{file: "missing-manifest", code: CodeMissingFile, entries: func([]entry) []entry { return nil }},
		{file: "unlisted-page", code: CodeUnlistedFile, entries: named(PageName(3, sha256.Sum256([]byte("x"))))},
		{file: "listed-twice", code: CodeUnlistedFile, entries: func(e []entry) []entry { return append(e, e[3]) }},
		{file: "bad-hash", code: CodeBadHash, entries: func(e []entry) []entry {
			e[3].body = bytes.Clone(e[3].body)
			e[3].body[7] ^= 1
			return e
		}},
		{file: "bad-size", code: CodeBadHash, entries: func(e []entry) []entry {
			e[3].body, e[3].h.Size = e[3].body[1:], e[3].h.Size-1
			return e
		}},
		{file: "bad-name-up", code: CodeBadName, entries: named("../evil.jpg")},
		{file: "bad-name-absolute", code: CodeBadName, entries: named("/etc/evil.jpg")},
		{file: "bad-name-folder", code: CodeBadName, entries: named("pages/../../evil.jpg")},
		{file: "link", code: CodeBadArchive, entries: with(special("pages/link", tar.TypeSymlink, "/etc/passwd"))},
		{file: "hard-link", code: CodeBadArchive, entries: with(special("documents/a.pdf", tar.TypeLink, manifestName))},
		{file: "folder", code: CodeBadArchive, entries: with(special("pages/", tar.TypeDir, ""))},
		{file: "pax", note: "an extended header", code: CodeBadArchive, entries: with(entry{tar.Header{Typeflag: tar.TypeReg, Name: "documents/a.pdf",
			Size: 1, Format: tar.FormatPAX, PAXRecords: map[string]string{"SP.note": "x"}}, []byte("x")})},
		{file: "manifest-second", code: CodeBadArchive, entries: func(e []entry) []entry { e[0], e[1] = e[1], e[0]; return e }},
		{file: "manifest-other", note: "the signature is over another manifest", code: CodeBadSignature, entries: func(e []entry) []entry {
			e[0].body = bytes.Replace(e[0].body, []byte("DTH01-A"), []byte("DTH01-B"), 1)
			return e
		}},
	}
}

func manifestRecipes(t *testing.T, k testKeys) []recipe {
	mislabelled := k.stranger(t)
	forge := func(e []entry) []entry {
		sig := bytes.ReplaceAll(e[1].body, []byte(mislabelled.KeyID), []byte(k.unit(t).KeyID))
		e[1] = plainEntry(signatureName, sig)
		return e
	}
	retype := func(e []entry) []entry {
		e[1] = plainEntry(signatureName, must(receiptStatement.sign(e[0].body, k.unit(t)))(t))
		return e
	}
	return []recipe{
		{file: "unknown-signer", code: CodeUnknownSigner, signer: k.stranger(t)},
		{file: "bad-signature", note: "a stranger's signature under the unit's key id", code: CodeBadSignature, signer: mislabelled, entries: forge},
		{file: "wrong-type", note: "signed as a receipt", code: CodeWrongType, entries: retype},
		{file: "no-signature", code: CodeBadManifest, entries: func(e []entry) []entry {
			e[1] = plainEntry(signatureName, []byte(`{"payloadType":"`+manifestStatement.payloadType+`","payload":"e30=","signatures":[]}`))
			return e
		}},
		{file: "version-2", code: CodeUnknownVersion, manifest: func(m *Manifest) { m.FormatVersion = 2 }},
		{file: "both-new-and-carried", code: CodeBadManifest, manifest: func(m *Manifest) { m.Documents[0].Carried = m.Documents[1].Carried }},
		{file: "carried-from-the-future", code: CodeBadManifest, manifest: func(m *Manifest) { m.Documents[1].Carried.Revision = 2 }},
		{file: "bad-name-manifest", code: CodeBadName, manifest: func(m *Manifest) { m.Documents[0].File = "documents/../x.pdf" }},
		{file: "too-many-pages", code: CodeTooLarge, manifest: func(m *Manifest) {
			for n := range MaxPages {
				m.Documents[0].Pages = append(m.Documents[0].Pages, Page{N: 3 + n, SHA256: kiosk.Digest{1}, Size: 1, MIME: "image/jpeg", Width: 1, Height: 1})
			}
		}},
		{file: "too-many-bytes", code: CodeTooLarge, manifest: func(m *Manifest) { m.Documents[0].Bytes = MaxBytes }},
	}
}

func statementVectors(t *testing.T, k testKeys) []vector {
	e := Envelope{Unit: "DTH01-A", Dossier: "01939d2e-7a00-7000-8000-000000000042", Revision: 2, SHA256: sha256.Sum256([]byte("sealed")),
		Bytes: 79_000, RecipientKeyIDs: RecipientKeyIDs(k.recipients(t)), UnitSeq: 42}
	r := kiosk.Receipt{No: "R-1", Level: kiosk.LevelStored, Unit: e.Unit, Dossier: e.Dossier, Revision: e.Revision, SHA256: e.SHA256,
		Bytes: e.Bytes, At: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
	goodE, goodR := must(SignEnvelope(e, k.unit(t)))(t), must(SignReceipt(r, k.centre(t)))(t)
	flipSig := func(b []byte) []byte {
		return swapBase64(bytes.Clone(b), bytes.Index(b, []byte(`"sig":"`))+20)
	}
	old := e
	old.FormatVersion, old.KeyID = 2, k.unit(t).KeyID
	renamed := r
	renamed.KeyID = k.unit(t).KeyID
	raw := func(st statement, v any, s Signer) []byte { return must(st.sign(must(json.Marshal(v))(t), s))(t) }
	return []vector{
		{File: "envelope-good.json", Kind: "envelope", body: goodE},
		{File: "envelope-version-2.json", Kind: "envelope", Code: CodeUnknownVersion, body: raw(envelopeStatement, old, k.unit(t))},
		{File: "envelope-cut.json", Kind: "envelope", Code: CodeEnvelopeMalformed, body: goodE[:len(goodE)-9]},
		{File: "envelope-two.json", Kind: "envelope", Code: CodeEnvelopeMalformed, body: slices.Concat(goodE, goodE)},
		{File: "envelope-bad-signature.json", Kind: "envelope", Code: CodeEnvelopeSignature, body: flipSig(goodE)},
		{File: "envelope-unknown-signer.json", Kind: "envelope", Code: CodeEnvelopeSigner, body: must(SignEnvelope(e, k.stranger(t)))(t)},
		{File: "envelope-is-receipt.json", Kind: "envelope", Code: CodeEnvelopeType, body: raw(receiptStatement, e, k.unit(t))},
		{File: "receipt-good.json", Kind: "receipt", body: goodR},
		{File: "receipt-not-json.json", Kind: "receipt", Code: CodeReceiptMalformed, body: []byte("<html></html>")},
		{File: "receipt-other-key-inside.json", Kind: "receipt", Code: CodeReceiptMalformed, body: raw(receiptStatement, renamed, k.centre(t))},
		{File: "receipt-bad-signature.json", Kind: "receipt", Code: CodeReceiptSignature, body: flipSig(goodR)},
		{File: "receipt-unknown-signer.json", Kind: "receipt", Code: CodeReceiptSigner, body: must(SignReceipt(r, k.stranger(t)))(t)},
		{File: "receipt-is-envelope.json", Kind: "receipt", Code: CodeReceiptType, body: raw(envelopeStatement, r, k.centre(t))},
	}
}
