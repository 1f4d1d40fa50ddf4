package store_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

// What every receipt does in every state; "" is a Conflict.
func TestAcknowledgeTable(t *testing.T) {
	stored, accepted, returned := kiosk.LevelStored, kiosk.LevelAccepted, kiosk.LevelReturned
	const same = "same" // nothing but the receipt is kept
	table := map[kiosk.State]map[kiosk.Level]string{
		kiosk.Sealed:    {stored: "parcel.stored", accepted: "parcel.stored parcel.accepted", returned: "parcel.stored parcel.returned"},
		kiosk.Announced: {stored: "parcel.stored", accepted: "parcel.stored parcel.accepted", returned: "parcel.stored parcel.returned"},
		kiosk.Uploading: {stored: "parcel.sent parcel.stored", accepted: "parcel.sent parcel.stored parcel.accepted",
			returned: "parcel.sent parcel.stored parcel.returned"},
		kiosk.Sent:     {stored: "parcel.stored", accepted: "parcel.stored parcel.accepted", returned: "parcel.stored parcel.returned"},
		kiosk.Stored:   {stored: same, accepted: "parcel.accepted", returned: "parcel.returned"},
		kiosk.Accepted: {stored: same, accepted: same},
		kiosk.Returned: {stored: same, returned: same},
		kiosk.Wiped:    {stored: same, accepted: same},
	}
	b, ctx := newBench(t), t.Context()
	for _, from := range allStates() {
		for _, level := range []kiosk.Level{stored, accepted, returned} {
			id := kiosk.DossierID(string(from) + "-" + string(level))
			b.sealed(id)
			b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = ?", from, id))
			ack := func() error { return b.Acknowledge(ctx, receipt(id, level)) }
			want := table[from][level]
			if want == "" {
				b.refused(kiosk.Conflict, "dossier.moved_on", ack)
				b.wantState(id, from)
				continue
			}
			end := kiosk.State(level)
			if want == same {
				want, end = "parcel.receipt", from
			}
			if got := b.kinds(ack); got != want {
				t.Errorf("%s journaled %q, want %q", id, got, want)
			}
			b.wantState(id, end)
			if got := b.kinds(ack); got != "" { // the same receipt again
				t.Errorf("%s again journaled %q", id, got)
			}
			b.wantState(id, end)
			if diff := cmp.Diff([]kiosk.Receipt{receipt(id, level)}, b.receipts(id)); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
		}
	}
}

func (b *bench) receipts(id kiosk.DossierID) []kiosk.Receipt {
	b.Helper()
	r, err := b.Receipts(b.Context(), id)
	b.ok(err)
	return r
}

func TestAcknowledgeSetsWhatBelongsToIt(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	k := b.sealed("d1")
	b.ok(b.Attempted(ctx, k, "uplink.refused"))
	b.ok(b.Acknowledge(ctx, receipt("d1", kiosk.LevelStored)))
	if i := b.item("d1"); i.Attempts != 0 || !i.AcceptedAt.IsZero() {
		t.Errorf("%+v", i)
	}
	r := receipt("d1", kiosk.LevelAccepted)
	r.Official = "H26.1-261123-0007"
	b.ok(b.Acknowledge(ctx, r))
	if i := b.item("d1"); i.AcceptedAt.IsZero() || i.State != kiosk.Accepted {
		t.Errorf("%+v", i)
	}
	accepted := b.item("d1").AcceptedAt
	if d, err := b.Dossier(ctx, "d1"); err != nil || d.Official != r.Official {
		t.Errorf("official code %q %v", d.Official, err)
	}
	r.No, r.Official = "R-later", "H26.1-261124-0008" // the authority's code came later or was corrected
	b.ok(b.Acknowledge(ctx, r))
	if d, err := b.Dossier(ctx, "d1"); err != nil || d.Official != r.Official {
		t.Errorf("official code %q %v", d.Official, err)
	}
	if i := b.item("d1"); !i.AcceptedAt.Equal(accepted) {
		t.Error("the hold began anew")
	}

	b.sealed("d2")
	r = receipt("d2", kiosk.LevelReturned)
	r.Reason = "page.unreadable"
	b.ok(b.Acknowledge(ctx, r))
	b.wantState("d2", kiosk.Returned)
	if got := b.receipts("d2")[0].Reason; got != "page.unreadable" {
		t.Errorf("reason %q", got)
	}
}

func TestAResendIsAcknowledgedAgain(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	k := b.sealed("d1")
	b.ok(b.Acknowledge(ctx, receipt("d1", kiosk.LevelStored)))
	b.ok(b.Announced(ctx, k)) // the centre lost it
	b.ok(b.UploadAt(ctx, k, "u"))
	if got := b.kinds(func() error { return b.Acknowledge(ctx, receipt("d1", kiosk.LevelStored)) }); got != "parcel.sent parcel.stored" {
		t.Errorf("journaled %q", got)
	}
	if n := len(b.receipts("d1")); n != 1 {
		t.Errorf("%d receipts of one number", n)
	}
}

func TestReceiptForOtherBytes(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.sealed("d1")
	for name, change := range map[string]func(*kiosk.Receipt){
		"hash":  func(r *kiosk.Receipt) { r.SHA256 = sum("other") },
		"size":  func(r *kiosk.Receipt) { r.Bytes++ },
		"level": func(r *kiosk.Receipt) { r.Level = "perfect" },
	} {
		r := receipt("d1", kiosk.LevelAccepted)
		change(&r)
		b.refused(kiosk.Corrupt, "receipt.mismatch", func() error { return b.Acknowledge(ctx, r) })
		b.wantState("d1", kiosk.Sealed)
		if n := len(b.receipts("d1")); n != 0 {
			t.Errorf("%s: kept", name)
		}
	}
	r := receipt("d1", kiosk.LevelStored)
	r.Revision = 2
	b.refused(kiosk.NotFound, "parcel.unknown", func() error { return b.Acknowledge(ctx, r) })
}

func TestAcknowledgeAtOnce(t *testing.T) {
	b := newBench(t)
	b.sealed("d1")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			level := []kiosk.Level{kiosk.LevelStored, kiosk.LevelAccepted}[i%2]
			if err := b.Acknowledge(t.Context(), receipt("d1", level)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	b.wantState("d1", kiosk.Accepted)
	kinds := map[kiosk.Code]int{}
	for _, e := range b.journal() {
		kinds[e.Kind]++
	}
	if kinds["parcel.stored"] != 1 || kinds["parcel.accepted"] != 1 || len(b.receipts("d1")) != 2 {
		t.Errorf("%v", kinds)
	}
}
