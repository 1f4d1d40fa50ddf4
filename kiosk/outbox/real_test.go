package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/spool"
	"servicepoint/kiosk/store"
)

// The whole way with nothing in memory: the unit's database and spool, the
// uplink, the centre. The power goes after every step that is in the journal.
func TestRealDatabaseAndSpoolWithPowerCuts(t *testing.T) {
	w := newWorld(t, true)
	dir, ctx := t.TempDir(), t.Context()
	sp, err := spool.Open(filepath.Join(dir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	open := func() *store.Store {
		s, err := store.Open(ctx, filepath.Join(dir, "unit.db"), time.Now, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	st := open()
	id := kiosk.DossierID("0193a0b2-7c1e-7d3a-9a55-00000000beef")
	handOver(t, w, st, sp, id)
	for lives := 0; ; lives++ {
		d, err := st.Dossier(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if d.State == kiosk.Wiped {
			break
		}
		if lives > 40 {
			t.Fatalf("still %s after %d lives", d.State, lives)
		}
		oneStep(t, w, st, sp)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = open()
	}
	receipts, err := st.Receipts(ctx, id)
	if err != nil || len(receipts) == 0 || receipts[len(receipts)-1].Level != kiosk.LevelAccepted {
		t.Errorf("receipts %v, %v", levelsOf(receipts), err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// oneStep lets an outbox live until its first step is in the database.
func oneStep(t *testing.T, w *world, st *store.Store, sp *spool.Spool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	st.OnEvent = func(kiosk.Event) { cancel() }
	r := &outbox.Runner{Ledger: st, Answers: st, Files: sp, Carrier: w.client, Poll: 50 * time.Millisecond}
	if err := r.Run(ctx); err != nil {
		t.Error(err)
	}
}

// handOver seals a small dossier into the real spool and database.
func handOver(t *testing.T, w *world, st *store.Store, sp *spool.Spool, id kiosk.DossierID) {
	t.Helper()
	ctx := t.Context()
	sealed := w.sealed(id, 200_000)
	file, err := w.files.OpenParcel(sealed.Parcel.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	body, err := io.ReadAll(io.NewSectionReader(file, 0, sealed.Parcel.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	p, err := sp.PutParcel(ctx,
		func(sum kiosk.Digest, n int64) ([]byte, error) {
			return seal.SignEnvelope(seal.Envelope{Unit: unitName, Dossier: id, Revision: 1, SHA256: sum, Bytes: n,
				RecipientKeyIDs: seal.RecipientKeyIDs([]string{w.to}), UnitSeq: int64(w.parcels)}, w.unit)
		},
		func(to io.Writer) error { _, err := io.Copy(to, bytes.NewReader(body)); return err })
	if err != nil {
		t.Fatal(err)
	}
	p.Dossier, p.Revision = id, 1
	e := kiosk.Event{Kind: "test.step", Actor: "s1"}
	_, err = st.OpenDossier(ctx, kiosk.Dossier{ID: id, Revision: 1, Point: "DTH01", Procedure: "birth-registration",
		CatalogVersion: "2026.1", Terms: json.RawMessage(`{}`), Staff: "s1", OpenedAt: time.Now()}, []byte("key"), []byte("draft"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		st.SaveDraft(ctx, id, []byte("draft"), kiosk.Open, kiosk.Declared, e),
		st.Move(ctx, id, kiosk.Declared, kiosk.Reviewed, e),
		st.SaveDraft(ctx, id, []byte("draft"), kiosk.Reviewed, kiosk.Consented, e),
		st.HandOver(ctx, p, kiosk.SealedCase{Key: []byte("key"), Body: []byte("case")}, e),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
