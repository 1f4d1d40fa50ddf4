package intake_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// openParcel opens a parcel the way the centre does.
func (p *point) openParcel(parcel kiosk.Parcel) (seal.Manifest, string) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "spool", "parcels", parcel.SHA256.String()+"*"))
	must(p.t, err)
	i := slices.IndexFunc(files, func(f string) bool { return filepath.Ext(f) != ".env" })
	if i < 0 {
		p.t.Fatalf("no parcel among %v", files)
	}
	b, err := os.ReadFile(files[i])
	must(p.t, err)
	if sumOf(b) != parcel.SHA256 || int64(len(b)) != parcel.Bytes {
		p.t.Fatal("the file in the spool is not the parcel")
	}
	dir := p.t.TempDir()
	m, err := seal.Open(bytes.NewReader(b), []string{p.centre}, seal.NewKeyring(p.signer.Public()), dir)
	must(p.t, err)
	return m, dir
}

func TestHandOverGivesTheCentreEverything(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.declare(id, "submitter", "authorised")
	p.capture(id, "birth_proof", sample(0))
	p.capture(id, "birth_proof", sample(1))
	p.override(id)
	must(t, p.desk.Waive(t.Context(), id, clerk, "authorisation", "cha mẹ đi cùng"))
	must(t, p.desk.Review(t.Context(), id, clerk))
	p.consent(id)
	w := p.work(id)
	poked := false
	p.desk.OnSealed = func() { poked = true }
	parcel, err := p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	if !poked {
		t.Error("nobody told the outbox")
	}
	envelope, err := seal.ReadEnvelope(parcel.Envelope, seal.NewKeyring(p.signer.Public()))
	must(t, err)
	if envelope.SHA256 != parcel.SHA256 || envelope.Bytes != parcel.Bytes || envelope.Dossier != id || envelope.Unit != "DTH01-A" || len(envelope.RecipientKeyIDs) != 2 {
		t.Errorf("envelope %+v", envelope)
	}
	m, dir := p.openParcel(parcel)
	if m.Dossier != id || m.LocalCode != w.LocalCode || m.Revision != 1 || m.Point != "DTH01" || m.Staff != clerk || m.UnitSeq != envelope.UnitSeq ||
		m.Procedure.ID != birth || m.Procedure.Code != w.Terms.Procedure.OfficialName() || m.Procedure.CatalogVersion != w.Terms.Version || !m.SealedAt.Equal(morning) {
		t.Errorf("the manifest's head is not the dossier's: %v %v %v", m.LocalCode, m.Procedure, m.SealedAt)
	}
	if m.Applicant != w.Draft.Applicant || !same(m.Declaration.Answers, w.Draft.Declaration.Answers) || m.Consent.By != "subject" ||
		!slices.Equal(m.Consent.Purposes, []string{"file", "contact"}) || !slices.Equal(m.Waivers, w.Draft.Waivers) {
		t.Error("the manifest does not hold what was declared, agreed and waived")
	}
	checkDocuments(t, m, dir, [][]byte{sample(0), sample(1)})
}

// checkDocuments compares what arrived with what lay on the scanner.
func checkDocuments(t *testing.T, m seal.Manifest, dir string, sheets [][]byte) {
	t.Helper()
	if len(m.Documents) != 1 || len(m.Documents[0].Pages) != len(sheets) {
		t.Fatalf("documents %+v", m.Documents)
	}
	doc := m.Documents[0]
	pdf, err := os.ReadFile(filepath.Join(dir, doc.File))
	must(t, err)
	if sumOf(pdf) != doc.SHA256 || int64(len(pdf)) != doc.Bytes {
		t.Error("the PDF is not the one the manifest names")
	}
	for i, page := range doc.Pages {
		evidence, err := os.ReadFile(filepath.Join(dir, page.File()))
		must(t, err)
		if !bytes.Equal(evidence, sheets[i]) || page.SHA256 != sumOf(sheets[i]) || page.N != i+1 {
			t.Errorf("page %d is not the sheet", i+1)
		}
		if !bytes.Contains(pdf, sheets[i]) {
			t.Errorf("the PDF does not hold sheet %d byte for byte", i+1)
		}
	}
}

// After the seal this unit can read nothing of the dossier any more.
func TestHandOverDropsTheKeyAndThePages(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	page := p.work(id).Pages[0]
	_, err := p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	w := p.work(id)
	if w.State != kiosk.Sealed || w.Way != kiosk.ByCentre || w.Draft.Applicant != (kiosk.Applicant{}) || w.Draft.Declaration.Answers != nil {
		t.Errorf("%s by %s, and the draft is readable", w.State, w.Way)
	}
	_, err = p.desk.PageImage(t.Context(), id, page.ID)
	wants(t, err, "page.gone", kiosk.NotFound)
	_, _, err = p.store.Draft(t.Context(), id)
	wants(t, err, "draft.gone")
	if n := p.files("pages"); n != 0 {
		t.Errorf("%d page files left", n)
	}
	if n := p.files("parcels"); n != 2 {
		t.Errorf("%d files of the parcel, want the parcel and its envelope", n)
	}
	for _, err := range []error{
		p.desk.Declare(t.Context(), id, clerk, good()), p.desk.Keep(t.Context(), id, clerk, good()),
		p.desk.Abandon(t.Context(), id, clerk, "resident.left"), p.desk.RejectPage(t.Context(), id, page.ID, "page.blur", clerk),
	} {
		wants(t, err, "dossier.moved_on", kiosk.Conflict)
	}
	_, err = p.tryCapture(id, "birth_proof", sample(2))
	wants(t, err, "dossier.moved_on")
	_, err = p.desk.HandOver(t.Context(), id, clerk)
	wants(t, err, "dossier.moved_on")
	if kinds := p.kinds(id); !slices.Contains(kinds, "dossier.sealed") || !slices.Contains(kinds, "page.wiped") {
		t.Errorf("journal %v", kinds)
	}
	pending, err := p.store.Pending(t.Context())
	if err != nil || len(pending) != 1 || pending[0].Dossier != id {
		t.Errorf("outbox %v, %v", pending, err)
	}
}

// Broken off before its transaction, a hand-over has changed nothing.
func TestHandOverBrokenOff(t *testing.T) {
	for name, spoil := range map[string]func(*brokenSpool, *brokenHandovers){
		"the disk":     func(s *brokenSpool, _ *brokenHandovers) { s.parcel = errDisk },
		"the database": func(_ *brokenSpool, h *brokenHandovers) { h.fail = errDisk },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := p.consented()
			before, journal := p.work(id), p.kinds(id)
			spool, handovers := &brokenSpool{Spool: p.spool}, &brokenHandovers{Handovers: p.store}
			p.desk.Spool, p.desk.Handovers = spool, handovers
			spoil(spool, handovers)
			if _, err := p.desk.HandOver(t.Context(), id, clerk); !errors.Is(err, errDisk) {
				t.Fatalf("got %v", err)
			}
			after := p.work(id)
			if after.State != kiosk.Consented || after.Draft.Applicant != before.Draft.Applicant || after.Parcel != nil || !slices.Equal(p.kinds(id), journal) {
				t.Errorf("something changed: %s, %v", after.State, p.kinds(id))
			}
			for _, page := range after.Pages {
				if b, err := p.desk.PageImage(t.Context(), id, page.ID); err != nil || sumOf(b) != page.Plain {
					t.Errorf("page %d: %v", page.ID, err)
				}
			}
			if pending, err := p.store.Pending(t.Context()); err != nil || len(pending) != 0 {
				t.Errorf("outbox %v, %v", pending, err)
			}
			spool.parcel, handovers.fail = nil, nil
			parcel, err := p.desk.HandOver(t.Context(), id, clerk)
			must(t, err)
			m, dir := p.openParcel(parcel)
			checkDocuments(t, m, dir, [][]byte{sample(0), sample(1)})
		})
	}
}

// A page that no longer reads as its row says is never sealed.
func TestHandOverRefusesAChangedPage(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	p.overwrite("pages", p.work(id).Pages[1].Cipher, func(b []byte) { b[len(b)-1] ^= 1 })
	if _, err := p.desk.HandOver(t.Context(), id, clerk); kiosk.KindOf(err) != kiosk.Corrupt {
		t.Errorf("got %v", err)
	}
	p.wantState(id, kiosk.Consented)
	if n := p.files("parcels"); n != 0 {
		t.Errorf("%d files of a parcel", n)
	}
}

// The dossier is sealed once its transaction is through; files that resist
// are wiped later.
func TestWipeThatFailsDoesNotUndoTheHandOver(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	spool := &brokenSpool{Spool: p.spool, wipe: errDisk}
	p.desk.Spool = spool
	_, err := p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	p.wantState(id, kiosk.Sealed)
	if p.files("pages") != 2 {
		t.Fatalf("%d pages", p.files("pages"))
	}
	if err := p.desk.WipePages(t.Context()); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	spool.wipe = nil
	must(t, p.desk.WipePages(t.Context()))
	must(t, p.desk.WipePages(t.Context()))
	if p.files("pages") != 0 {
		t.Errorf("%d pages left", p.files("pages"))
	}
}

// The unit's own sequence of parcels goes up and never repeats.
func TestUnitSequence(t *testing.T) {
	p := newPoint(t)
	var last int64
	for range 2 {
		parcel, err := p.desk.HandOver(t.Context(), p.consented(), clerk)
		must(t, err)
		envelope, err := seal.ReadEnvelope(parcel.Envelope, seal.NewKeyring(p.signer.Public()))
		must(t, err)
		if envelope.UnitSeq <= last {
			t.Errorf("%d after %d", envelope.UnitSeq, last)
		}
		last = envelope.UnitSeq
	}
}
