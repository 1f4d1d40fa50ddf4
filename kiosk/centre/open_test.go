package centre

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

func (b *bench) rowOf(id kiosk.DossierID, rev int) parcel {
	b.Helper()
	p, err := find(b.Context(), b.db.R, kiosk.ParcelKey{Dossier: id, Revision: rev})
	must(b.T, err)
	return p
}

func TestStoredParcelsAreOpenedAndKept(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	p := b.rowOf(doss1, 1)
	if !p.opened || p.state != stateStored || p.localCode != "DTH01-261123-0042-V" || p.procedure != "Đăng ký khai sinh" {
		t.Errorf("row %+v", p)
	}
	var names []string
	root := b.KeptDir(doss1, 1)
	must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(root, path)
			names = append(names, filepath.Dir(rel)+"/"+filepath.Ext(rel))
		}
		return err
	}))
	if got := strings.Join(names, " "); got != "documents/.pdf ./.dsse ./.json pages/.jpg" {
		t.Errorf("kept %s", got)
	}
	if left, _ := os.ReadDir(filepath.Join(b.cfg.Dir, folderOpening)); len(left) != 0 {
		t.Errorf("left in opening: %v", left)
	}
	b.openStored(t.Context()) // nothing more to do
	if n := strings.Count(b.kinds(), "parcel.opened"); n != 1 {
		t.Errorf("opened %d times", n)
	}
}

func TestAutoAcceptAcceptsOnlyWhatIsWhole(t *testing.T) {
	b := newBench(t)
	b.cfg.AutoAccept = true
	b.reopen()
	b.deliver(unitA, doss1, 1, nil)
	body, _ := b.parcelOf(unitA, "0193a0b2-7c1e-7d3a-9a55-000000000002", 1, nil)
	body[len(body)-200] ^= 1 // damaged before it was announced
	b.send(unitA, "0193a0b2-7c1e-7d3a-9a55-000000000002", 1, body, b.envelope(unitA, "0193a0b2-7c1e-7d3a-9a55-000000000002", 1, 1, body))
	b.openStored(t.Context())
	if r := b.receiptOf(unitA, doss1, 1); r.Level != kiosk.LevelAccepted || r.Official != "" {
		t.Errorf("receipt %+v", r)
	}
	r := b.receiptOf(unitA, "0193a0b2-7c1e-7d3a-9a55-000000000002", 1)
	if r.Level != kiosk.LevelReturned || r.Reason != ReasonBroken {
		t.Errorf("receipt of a damaged parcel %+v", r)
	}
	// A crash after opening and before accepting: the next life accepts.
	b.cfg.AutoAccept = false
	b.reopen()
	b.deliver(unitA, doss1, 2, nil)
	b.openStored(t.Context())
	b.cfg.AutoAccept = true
	b.reopen()
	b.openStored(t.Context())
	if r := b.receiptOf(unitA, doss1, 2); r.Level != kiosk.LevelAccepted {
		t.Errorf("receipt after a restart %+v", r)
	}
}

func TestParcelInAnotherEnvelopeIsReturned(t *testing.T) {
	b := newBench(t)
	body, _ := b.parcelOf(unitA, doss1, 1, nil)
	other := kiosk.DossierID("0193a0b2-7c1e-7d3a-9a55-00000000000f")
	b.send(unitA, other, 1, body, b.envelope(unitA, other, 1, 1, body))
	b.openStored(t.Context())
	if r := b.receiptOf(unitA, other, 1); r.Level != kiosk.LevelReturned || r.Reason != ReasonBroken {
		t.Errorf("receipt %+v", r)
	}
	if p := b.rowOf(other, 1); p.fault != seal.CodeEnvelopeOther {
		t.Errorf("fault %s", p.fault)
	}
}

// A parcel nobody here has the key for may be the centre's own mistake: it
// stays stored, is tried again later and opens once the key is back.
func TestMissingKeyReturnsNothing(t *testing.T) {
	b := newBench(t)
	good := b.cfg.Identities
	other, _, err := seal.NewRecipient()
	must(t, err)
	b.cfg.Identities = []string{other}
	b.reopen()
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	b.openStored(t.Context()) // at once again: left alone for a while
	p := b.rowOf(doss1, 1)
	if p.opened || p.state != stateStored || p.fault != seal.CodeWrongRecipient || b.stuck[p.seq].tries != 1 {
		t.Errorf("row %+v, %d tries", p, b.stuck[p.seq].tries)
	}
	b.cfg.Identities = append(b.cfg.Identities, good...)
	b.reopen()
	b.openStored(t.Context())
	if p := b.rowOf(doss1, 1); !p.opened || p.fault != "" {
		t.Errorf("row with the key %+v", p)
	}
}

// carrying makes revision rev carry its paper over from revision from.
func carrying(from int, sum kiosk.Digest) func(*seal.Manifest) {
	return func(m *seal.Manifest) {
		m.Supersedes = m.Revision - 1
		m.Documents[0].Requirement = "house_proof"
		m.Documents = []seal.Document{
			{Requirement: "birth_proof", Name: "Giấy chứng sinh", Carried: &seal.Carried{Revision: from, SHA256: sum}},
			m.Documents[0],
		}
	}
}

func TestSupplementIsJoinedOrRefused(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	m, err := b.manifest(kiosk.ParcelKey{Dossier: doss1, Revision: 1})
	must(t, err)
	b.deliver(unitA, doss1, 2, carrying(1, m.Documents[0].SHA256))
	b.deliver(unitA, doss1, 3, carrying(1, kiosk.Digest{9}))
	b.deliver(unitA, "0193a0b2-7c1e-7d3a-9a55-00000000000a", 2, carrying(1, m.Documents[0].SHA256))
	b.openStored(t.Context())
	if p := b.rowOf(doss1, 2); !p.opened || p.state != stateStored {
		t.Errorf("a good supplement: %+v", p)
	}
	for _, key := range []kiosk.ParcelKey{{Dossier: doss1, Revision: 3}, {Dossier: "0193a0b2-7c1e-7d3a-9a55-00000000000a", Revision: 2}} {
		if r := b.receiptOf(unitA, key.Dossier, key.Revision); r.Level != kiosk.LevelReturned || r.Reason != ReasonDangling {
			t.Errorf("%v: receipt %+v", key, r)
		}
	}
}

func TestSupplementWaitsForItsFirstRevision(t *testing.T) {
	b := newBench(t)
	body, envelope := b.parcelOf(unitA, doss1, 1, nil)
	b.want(b.announce(unitA, doss1, 1, envelope), 200, "upload")
	pdf := sha256.Sum256([]byte("%PDF-1.7 of " + string(doss1) + "1"))
	b.deliver(unitA, doss1, 2, carrying(1, pdf))
	b.openStored(t.Context())
	if p := b.rowOf(doss1, 2); p.opened || p.state != stateStored || p.fault != CodeNotOpened {
		t.Errorf("opened before what it builds on: %+v", p)
	}
	b.want(b.patch(unitA, b.create(unitA, doss1, 1, body), 0, body), 204, "")
	b.stuck = map[int64]delay{} // its minute has passed
	b.openStored(t.Context())
	b.openStored(t.Context())
	if p := b.rowOf(doss1, 2); !p.opened {
		t.Errorf("not opened after it: %+v", p)
	}
}

func TestRevokedUnitsStoredParcelsStillOpen(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	must(t, b.RevokeUnit(t.Context(), unitA))
	b.openStored(t.Context())
	if !b.rowOf(doss1, 1).opened {
		t.Error("not opened")
	}
}

func TestRunOpensWhatIsStoredMeanwhile(t *testing.T) {
	b := newBench(t)
	b.cfg.AutoAccept = true
	b.reopen()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Centre.Run(ctx) }()
	b.deliver(unitA, doss1, 1, nil)
	limit := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for b.receiptOf(unitA, doss1, 1).Level != kiosk.LevelAccepted {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("never accepted")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Nothing personal reaches the database, the log or a name of a file.
func TestNothingPersonalLeaksOut(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	b.deliver(unitA, doss1, 2, carrying(1, kiosk.Digest{9})) // an error on the way
	b.openStored(t.Context())
	must(t, b.Close())
	words := [][]byte{[]byte(canary), []byte("001099000001"), []byte("<Văn>")}
	must(t, filepath.WalkDir(b.cfg.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.Contains(path, folderKept) && !e.IsDir() {
			return nil
		}
		data := []byte(path)
		if !e.IsDir() {
			more, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data = append(data, more...)
		}
		if slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(data, w) }) {
			t.Errorf("%s holds personal data", filepath.Base(path))
		}
		return nil
	}))
	if slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(b.logged.Bytes(), w) }) {
		t.Errorf("log: %s", b.logged)
	}
	b.open()
}
