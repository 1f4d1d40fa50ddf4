package store_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
	"servicepoint/kiosk/store"
)

// bench is a store on its own file with a clock that goes a second at a time.
type bench struct {
	testing.TB
	*store.Store
	path string

	mu     sync.Mutex
	now    time.Time
	events []kiosk.Event // what OnEvent was told
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t, path: filepath.Join(t.TempDir(), "unit.db"), now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	b.open()
	return b
}

func (b *bench) open() {
	b.Helper()
	s, err := store.Open(context.Background(), b.path, b.clock, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Store = s
	s.OnEvent = func(e kiosk.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}
	b.Cleanup(func() { s.Close() })
}

func (b *bench) reopen() {
	b.Helper()
	b.ok(b.Close())
	b.open()
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Second)
	return b.now
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// refused checks the error and that the journal did not grow.
func (b *bench) refused(kind kiosk.Kind, code kiosk.Code, act func() error) {
	b.Helper()
	before := len(b.journal())
	err := act()
	if kiosk.KindOf(err) != kind || kiosk.CodeOf(err) != code {
		b.Errorf("got %v (%s), want %s %s", err, kiosk.KindOf(err), kind, code)
	}
	if n := len(b.journal()); n != before {
		b.Errorf("a refused step wrote %d journal lines", n-before)
	}
}

func (b *bench) journal() []kiosk.Event {
	b.Helper()
	all, err := b.EventsSince(context.Background(), 0, 1<<20)
	b.ok(err)
	return all
}

// kinds lists the kinds of the journal lines written by act.
func (b *bench) kinds(act func() error) string {
	b.Helper()
	before := len(b.journal())
	b.ok(act())
	var kinds []string
	for _, e := range b.journal()[before:] {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

// raw changes rows behind the store's back.
func (b *bench) raw(query string, args ...any) error {
	b.Helper()
	db, err := sqlitedb.Open(context.Background(), b.path, os.DirFS("migrations"))
	b.ok(err)
	defer db.Close()
	return db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

func (b *bench) newDossier(id kiosk.DossierID) kiosk.Dossier {
	b.Helper()
	d, err := b.OpenDossier(context.Background(), kiosk.Dossier{
		ID: id, Revision: 1, Point: "DTH01", Procedure: "birth-registration", CatalogVersion: "2026.1",
		Terms: json.RawMessage(`{"fee":0}`), Ticket: 7, Staff: "s1", OpenedAt: b.now,
	}, []byte("wrapped"), []byte("draft"))
	b.ok(err)
	return d
}

func event(kind kiosk.Code) kiosk.Event { return kiosk.Event{Kind: kind, Actor: "s1"} }

// consented takes a new dossier with n pages to consented.
func (b *bench) consented(id kiosk.DossierID, n int) kiosk.Dossier {
	b.Helper()
	ctx := context.Background()
	d := b.newDossier(id)
	for i := range n {
		b.addPage(id, fmt.Sprint(id, "-", i), 0)
	}
	b.ok(b.SaveDraft(ctx, id, []byte("declared"), kiosk.Open, kiosk.Declared, event("dossier.declared")))
	b.ok(b.Move(ctx, id, kiosk.Declared, kiosk.Reviewed, event("dossier.reviewed")))
	b.ok(b.SaveDraft(ctx, id, []byte("consented"), kiosk.Reviewed, kiosk.Consented, event("dossier.consented")))
	return d
}

func (b *bench) addPage(id kiosk.DossierID, content string, replaces int64) kiosk.Page {
	b.Helper()
	p, err := b.AddPage(context.Background(), page(id, content), replaces)
	b.ok(err)
	return p
}

func page(id kiosk.DossierID, content string) kiosk.Page {
	return kiosk.Page{
		Dossier: id, Revision: 1, Requirement: "birth_proof", Plain: sum(content), Cipher: sum("cipher " + content), Bytes: 300_000,
		MIME: "image/jpeg", Width: 2480, Height: 3508, DPI: 300, Gray: true, Verified: "shipped_twice", Defects: []kiosk.Code{"page.blur"},
		CapturedAt: time.Date(2026, 11, 23, 3, 0, 0, 123456789, time.UTC),
	}
}

func sum(s string) kiosk.Digest { return sha256.Sum256([]byte(s)) }

func sealedCase() kiosk.SealedCase {
	return kiosk.SealedCase{Key: []byte("case key"), Body: []byte("body"), Phone: []byte("p-sum"), No: []byte("n-sum"), Last4: []byte("l-sum")}
}

func parcel(id kiosk.DossierID) kiosk.Parcel {
	return kiosk.Parcel{Dossier: id, Revision: 1, SHA256: sum("parcel " + string(id)), Bytes: 900_000, Envelope: []byte(`{"payload":""}`)}
}

func key(id kiosk.DossierID) kiosk.ParcelKey { return kiosk.ParcelKey{Dossier: id, Revision: 1} }

// sealed hands a new dossier over to the centre's way.
func (b *bench) sealed(id kiosk.DossierID) kiosk.ParcelKey {
	b.Helper()
	b.consented(id, 2)
	b.ok(b.HandOver(context.Background(), parcel(id), sealedCase(), event("dossier.sealed")))
	return key(id)
}

func (b *bench) state(id kiosk.DossierID) kiosk.State {
	b.Helper()
	d, err := b.Dossier(context.Background(), id)
	b.ok(err)
	return d.State
}

func (b *bench) wantState(id kiosk.DossierID, want kiosk.State) {
	b.Helper()
	if got := b.state(id); got != want {
		b.Errorf("%s stands in %s, want %s", id, got, want)
	}
}

func allStates() []kiosk.State {
	states := []kiosk.State{kiosk.Wiped}
	for s := range kiosk.Steps {
		states = append(states, s)
	}
	slices.Sort(states)
	return states
}

func TestOpenNamesItsErrors(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	b.ok(b.raw("PRAGMA user_version = 99"))
	b.ok(b.Close())
	if _, err := store.Open(t.Context(), b.path, nil, nil); kiosk.CodeOf(err) != "store.newer_schema" {
		t.Errorf("newer schema: %v", err)
	}
	b.ok(os.WriteFile(b.path, []byte(strings.Repeat("noise", 5000)), 0o600))
	if _, err := store.Open(t.Context(), b.path, nil, nil); kiosk.CodeOf(err) != "store.damaged" {
		t.Errorf("damaged: %v", err)
	}
}

func TestBackupOpensAsAStore(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	copied := filepath.Join(t.TempDir(), "backup", "unit.db")
	b.ok(b.Backup(t.Context(), copied))
	s, err := store.Open(t.Context(), copied, nil, nil)
	b.ok(err)
	defer s.Close()
	if d, err := s.Dossier(t.Context(), "d1"); err != nil || d.State != kiosk.Open {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestCodesAreUnique(t *testing.T) {
	seen := map[kiosk.Code]bool{}
	for _, c := range append(store.Codes(), sqlitedb.Codes()...) {
		if seen[c] || !strings.Contains(string(c), ".") {
			t.Errorf("code %q", c)
		}
		seen[c] = true
	}
}
