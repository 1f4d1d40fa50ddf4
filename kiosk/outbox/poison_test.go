package outbox_test

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/uplink"
)

func TestForgedReceiptNeverCounts(t *testing.T) {
	w := newWorld(t, false)
	stranger := newKey(t)
	key := w.seal(1000)
	p := w.ledger.item(key).Parcel
	w.between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/receipt") {
				next.ServeHTTP(rw, r)
				return
			}
			b, err := seal.SignReceipt(kiosk.Receipt{No: "R9", Level: kiosk.LevelAccepted, Unit: unitName, Dossier: p.Dossier, Revision: 1,
				SHA256: p.SHA256, Bytes: p.Bytes, At: time.Now()}, stranger)
			if err != nil {
				t.Error(err)
			}
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write(b)
		})
	})
	w.run()
	w.until("stuck", func() bool { s := w.runner.Status(); return len(s.Items) == 1 && s.Items[0].Stuck })
	if it := w.ledger.item(key); it.State != kiosk.Sent || it.LastCode != uplink.CodeBadReceipt || len(w.ledger.levels()) != 0 {
		t.Errorf("state %s, code %s, %d receipts", it.State, it.LastCode, len(w.ledger.levels()))
	}
	w.until("condition", func() bool { on, _ := w.raised.Load(outbox.ConditionStale); return on == true })
	w.between(nil)
	w.untilState(key, kiosk.Stored)
}

func TestConflictIsLeftToPeople(t *testing.T) {
	w := newWorld(t, false)
	key := w.seal(1000)
	w.run()
	w.untilState(key, kiosk.Stored)
	w.stopRunner()
	before, err := os.ReadDir(filepath.Join(w.dir, "parcels"))
	if err != nil {
		t.Fatal(err)
	}
	w.ledger.items = nil
	w.ledger.add(w.sealed(key.Dossier, 2000)) // the same dossier and revision, sealed anew
	other := w.seal(1000)
	w.run()
	w.untilState(other, kiosk.Stored) // one poisoned parcel keeps nobody waiting
	w.until("stuck", func() bool { s := w.runner.Status(); return len(s.Items) > 0 && s.Items[0].Stuck })
	if it := w.ledger.item(key); it.State != kiosk.Sealed || it.LastCode != uplink.CodeConflict {
		t.Errorf("state %s, code %s", it.State, it.LastCode)
	}
	after, err := os.ReadDir(filepath.Join(w.dir, "parcels"))
	if err != nil || len(after) != len(before)+1 {
		t.Errorf("%d parcels, then %d: %v", len(before), len(after), err)
	}
	events, err := w.centre.Journal(t.Context(), 0, 1000)
	if err != nil || !slices.ContainsFunc(events, func(e kiosk.Event) bool { return e.Kind == "parcel.conflict" && e.Dossier == key.Dossier }) {
		t.Errorf("no alarm in the journal: %v", err)
	}
}

func TestRefusedParcelIsRejectedAndTheOthersGoOn(t *testing.T) {
	w := newWorld(t, false)
	first, bad, last := w.seal(1000), w.seal(1000), w.seal(1000)
	w.between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, string(bad.Dossier)) {
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(http.StatusUnprocessableEntity)
				return
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.run()
	w.untilState(first, kiosk.Stored)
	w.untilState(last, kiosk.Stored)
	w.untilState(bad, kiosk.Rejected)
	if w.ledger.item(bad).LastCode != uplink.CodeRejected || w.wiped(bad) {
		t.Errorf("code %s, wiped %v", w.ledger.item(bad).LastCode, w.wiped(bad))
	}
}

// A file that rotted on the unit arrives whole and with the wrong sum: it must
// end as damaged, not go round for ever.
func TestRottenFileIsFoundOut(t *testing.T) {
	w := newWorld(t, false)
	key := w.seal(5000)
	path := w.files.path(w.ledger.item(key).Parcel.SHA256)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[2500] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.untilState(key, kiosk.Rejected)
	if code := w.ledger.item(key).LastCode; code != uplink.CodeDamaged {
		t.Errorf("code %s", code)
	}
}

// The centre loses what it has stored (restored from an old copy): the unit
// still has the file and sends it again.
func TestCentreForgets(t *testing.T) {
	w := newWorld(t, false)
	key := w.seal(1000)
	w.run()
	w.untilState(key, kiosk.Stored)
	w.stopRunner()
	w.closeCentre()
	w.dir = t.TempDir()
	w.config.Dir = w.dir
	w.openCentre(strings.TrimPrefix(w.client.Origin, "http://"))
	token, err := w.centre.AddUnit(t.Context(), unitName, w.unit.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.client.Token = token
	w.run()
	w.until("sent again", func() bool { return slices.Contains(w.ledger.taken(), "stored>announced") })
	w.untilState(key, kiosk.Stored)
	w.keptOnce(key)
}

func TestBootFinishesAHalfWipedParcel(t *testing.T) {
	w := newWorld(t, true)
	it := w.sealed("0193a0b2-7c1e-7d3a-9a55-00000000aaaa", 100)
	it.State, it.AcceptedAt = kiosk.Accepted, time.Now().Add(-time.Hour)
	w.ledger.add(it)
	w.ledger.wiping[it.ParcelKey] = true
	if err := os.Remove(w.files.path(it.Parcel.SHA256)); err != nil { // the power went after the unlink
		t.Fatal(err)
	}
	w.run()
	w.untilState(it.ParcelKey, kiosk.Wiped)
}

func TestBrokenLedgerAndMissingFile(t *testing.T) {
	w := newWorld(t, false)
	lost, fine := w.seal(1000), w.seal(1000)
	if err := os.Remove(w.files.path(w.ledger.item(lost).Parcel.SHA256)); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.untilState(fine, kiosk.Stored)
	w.until("missing file told", func() bool { return w.ledger.item(lost).LastCode == outbox.CodeUnreadable })
	w.ledger.mu.Lock()
	w.ledger.fail = errors.New("disk says no")
	w.ledger.mu.Unlock()
	third := w.seal(1000)
	w.runner.Poke()
	w.ledger.mu.Lock()
	w.ledger.fail = nil
	w.ledger.mu.Unlock()
	w.untilState(third, kiosk.Stored)
}

// Two answers to one announcement are the same bytes.
func TestReceiptsAreTheSameBytes(t *testing.T) {
	w := newWorld(t, true)
	key := w.seal(1000)
	w.run()
	w.untilState(key, kiosk.Wiped)
	p := w.ledger.item(key).Parcel
	var sums [][32]byte
	for range 3 {
		word, r, err := w.client.Announce(t.Context(), p)
		if err != nil || word != kiosk.Exists || r.Level != kiosk.LevelStored {
			t.Fatalf("%s, %+v, %v", word, r, err)
		}
		sums = append(sums, sha256.Sum256(r.Envelope))
	}
	w.stopRunner()
	w.restartCentre()
	_, r, err := w.client.Announce(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if sums = slices.Compact(append(sums, sha256.Sum256(r.Envelope))); len(sums) != 1 {
		t.Error("the receipt changed")
	}
}
