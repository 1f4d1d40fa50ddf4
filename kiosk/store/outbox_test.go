package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func receipt(id kiosk.DossierID, level kiosk.Level) kiosk.Receipt {
	p := parcel(id)
	return kiosk.Receipt{
		No: "R-" + string(level), Level: level, Unit: "DTH01-A", Dossier: id, Revision: 1, SHA256: p.SHA256, Bytes: p.Bytes,
		At: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), KeyID: "ed25519:00", Envelope: []byte("signed " + string(level)),
	}
}

func TestUnitSeqNeverRepeats(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	for want := int64(1); want <= 4; want++ {
		if want == 3 {
			b.reopen()
		}
		if got, err := b.UnitSeq(ctx); err != nil || got != want {
			t.Errorf("got %d %v, want %d", got, err, want)
		}
	}
}

func TestHandOver(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.refused(kiosk.NotFound, "dossier.unknown", func() error { return b.HandOver(ctx, parcel("d1"), sealedCase(), kiosk.Event{}) })
	d := b.consented("d1", 1)
	if got := b.kinds(func() error { return b.HandOver(ctx, parcel("d1"), sealedCase(), event("dossier.sealed")) }); got != "dossier.sealed" {
		t.Errorf("journaled %q", got)
	}
	got, err := b.Dossier(ctx, "d1")
	b.ok(err)
	p := parcel("d1")
	d.State, d.Way, d.Parcel, d.UpdatedAt = kiosk.Sealed, kiosk.ByCentre, &p, got.UpdatedAt
	if diff := cmp.Diff(d, got); diff != "" {
		t.Error(diff)
	}
	b.refused(kiosk.NotFound, "draft.gone", func() error { _, _, err := b.Draft(ctx, "d1"); return err })
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.HandOver(ctx, parcel("d1"), sealedCase(), kiosk.Event{}) })

	items, err := b.Pending(ctx)
	b.ok(err)
	want := []kiosk.OutboxItem{{
		ParcelKey: key("d1"), LocalCode: d.LocalCode, Procedure: d.Procedure, State: kiosk.Sealed, Parcel: p,
		SealedAt: got.UpdatedAt, ChangedAt: got.UpdatedAt,
	}}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Error(diff)
	}
	names, err := b.ParcelNames(ctx)
	b.ok(err)
	if names.Needed[p.SHA256] != "d1" || len(names.Leaving) != 0 {
		t.Errorf("%+v", names)
	}
}

func TestCases(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.sealed("d1")
	b.consented("d2", 0)
	b.refused(kiosk.NotFound, "case.unknown", func() error { _, err := b.Case(ctx, "d2"); return err })
	half := kiosk.SealedCase{Key: []byte("k"), Body: []byte("b"), Phone: []byte("p-sum")}
	b.ok(b.Prepared(ctx, "d2", half, kiosk.Event{}))
	for id, want := range map[kiosk.DossierID]kiosk.SealedCase{"d1": sealedCase(), "d2": half} {
		if got, err := b.Case(ctx, id); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %+v %v", id, got, err)
		}
	}
	for sum, want := range map[string][]kiosk.DossierID{
		"p-sum": {"d1", "d2"}, "n-sum": {"d1"}, "l-sum": {"d1"}, "else": nil, "": nil,
	} {
		found, err := b.FindCases(ctx, []byte(sum))
		b.ok(err)
		var ids []kiosk.DossierID
		for _, d := range found {
			ids = append(ids, d.ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("%q: %s", sum, diff)
		}
	}
}

func TestAssistedWay(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.consented("d1", 1)
	file := func() error {
		return b.File(ctx, "d1", "H26.1-261123-0001", sealedCase(), event("dossier.accepted"))
	}
	b.refused(kiosk.Conflict, "dossier.moved_on", file)
	b.ok(b.Prepared(ctx, "d1", sealedCase(), event("dossier.prepared")))
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Prepared(ctx, "d1", sealedCase(), kiosk.Event{}) })
	if _, _, err := b.Draft(ctx, "d1"); err != nil {
		t.Errorf("the draft went too early: %v", err)
	}
	b.ok(b.Move(ctx, "d1", kiosk.Prepared, kiosk.Filing, event("dossier.filing")))
	b.ok(b.Move(ctx, "d1", kiosk.Filing, kiosk.Prepared, event("dossier.prepared")))
	b.ok(b.Move(ctx, "d1", kiosk.Prepared, kiosk.Filing, event("dossier.filing")))
	b.ok(file())
	b.refused(kiosk.Conflict, "dossier.moved_on", file)
	d, err := b.Dossier(ctx, "d1")
	b.ok(err)
	if d.State != kiosk.Accepted || d.Way != kiosk.ByAssisted || d.Official != "H26.1-261123-0001" || d.Parcel != nil {
		t.Errorf("%+v", d)
	}
	b.refused(kiosk.NotFound, "draft.gone", func() error { _, _, err := b.Draft(ctx, "d1"); return err })
	if items, err := b.Pending(ctx); err != nil || len(items) != 0 {
		t.Errorf("an assisted dossier lies in the outbox: %v %v", items, err)
	}

	b.consented("d2", 0)
	b.ok(b.Prepared(ctx, "d2", sealedCase(), kiosk.Event{}))
	b.ok(b.Move(ctx, "d2", kiosk.Prepared, kiosk.Abandoned, kiosk.Event{}))
	b.refused(kiosk.NotFound, "case.unknown", func() error { _, err := b.Case(ctx, "d2"); return err })
	for _, act := range []func() error{
		func() error { return b.Prepared(ctx, "none", sealedCase(), kiosk.Event{}) },
		func() error { return b.File(ctx, "none", "x", sealedCase(), kiosk.Event{}) },
	} {
		b.refused(kiosk.NotFound, "dossier.unknown", act)
	}
}

func (b *bench) item(id kiosk.DossierID) kiosk.OutboxItem {
	b.Helper()
	items, err := b.Pending(b.Context())
	b.ok(err)
	for _, i := range items {
		if i.Dossier == id {
			return i
		}
	}
	b.Fatalf("%s is not in the outbox", id)
	return kiosk.OutboxItem{}
}

func TestCarriage(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	k := b.sealed("d1")
	step := func(want string, state kiosk.State, act func() error) {
		t.Helper()
		if got := b.kinds(act); got != want {
			t.Errorf("journaled %q, want %q", got, want)
		}
		b.wantState("d1", state)
	}
	fail := func(cause kiosk.Code) { t.Helper(); b.ok(b.Attempted(ctx, k, cause)) }
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.UploadAt(ctx, k, "u1") }) // not announced
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.SentAll(ctx, k) })
	fail("uplink.refused")
	fail("uplink.refused")
	if i := b.item("d1"); i.Attempts != 2 || i.LastCode != "uplink.refused" {
		t.Errorf("%+v", i)
	}
	step("parcel.announced", kiosk.Announced, func() error { return b.Announced(ctx, k) })
	if i := b.item("d1"); i.Attempts != 0 || i.LastCode != "" {
		t.Errorf("progress did not reset: %+v", i)
	}
	step("", kiosk.Announced, func() error { return b.Announced(ctx, k) })
	step("parcel.uploading", kiosk.Uploading, func() error { return b.UploadAt(ctx, k, "u1") })
	step("", kiosk.Uploading, func() error { return b.UploadAt(ctx, k, "u1") })
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.UploadAt(ctx, k, "u2") })
	if i := b.item("d1"); i.UploadURL != "u1" {
		t.Errorf("%+v", i)
	}
	step("parcel.announced", kiosk.Announced, func() error { return b.UploadAt(ctx, k, "") })
	if i := b.item("d1"); i.UploadURL != "" {
		t.Errorf("the old upload is still there: %+v", i)
	}
	step("parcel.uploading", kiosk.Uploading, func() error { return b.UploadAt(ctx, k, "u3") })
	step("parcel.sent", kiosk.Sent, func() error { return b.SentAll(ctx, k) })
	step("", kiosk.Sent, func() error { return b.SentAll(ctx, k) })
	step("parcel.announced", kiosk.Announced, func() error { return b.Announced(ctx, k) }) // the centre does not know it
	step("parcel.rejected", kiosk.Rejected, func() error { return b.Rejected(ctx, k, "parcel.too_big") })
	step("", kiosk.Rejected, func() error { return b.Rejected(ctx, k, "parcel.too_big") })
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Attempted(ctx, k, "x.y") })
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Acknowledge(ctx, receipt("d1", kiosk.LevelStored)) })
	for _, act := range []func(kiosk.ParcelKey) error{
		func(k kiosk.ParcelKey) error { return b.Announced(ctx, k) },
		func(k kiosk.ParcelKey) error { return b.UploadAt(ctx, k, "u") },
		func(k kiosk.ParcelKey) error { return b.UploadAt(ctx, k, "") },
		func(k kiosk.ParcelKey) error { return b.SentAll(ctx, k) },
		func(k kiosk.ParcelKey) error { return b.Attempted(ctx, k, "x.y") },
		func(k kiosk.ParcelKey) error { return b.Rejected(ctx, k, "x.y") },
		func(k kiosk.ParcelKey) error { return b.Wiping(ctx, k) },
		func(k kiosk.ParcelKey) error { return b.Wiped(ctx, k) },
	} {
		b.refused(kiosk.NotFound, "parcel.unknown", func() error { return act(kiosk.ParcelKey{Dossier: "d1", Revision: 2}) })
	}
}

func TestAttemptsAreJournaledWhenTheCauseChanges(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	k := b.sealed("d1")
	for i, want := range []string{"parcel.attempted", "", "", "parcel.attempted", "", "parcel.attempted", ""} {
		cause := []kiosk.Code{"a.a", "a.a", "a.a", "b.b", "b.b", "", ""}[i]
		if got := b.kinds(func() error { return b.Attempted(ctx, k, cause) }); got != want {
			t.Errorf("attempt %d journaled %q", i, got)
		}
	}
	if i := b.item("d1"); i.Attempts != 0 || i.LastCode != "" {
		t.Errorf("after progress: %+v", i)
	}
}

func TestPendingIsOldestFirst(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.consented("d1", 0)
	b.sealed("d2")
	b.ok(b.HandOver(ctx, parcel("d1"), sealedCase(), kiosk.Event{}))
	items, err := b.Pending(ctx)
	b.ok(err)
	if len(items) != 2 || items[0].Dossier != "d2" {
		t.Errorf("%+v", items)
	}
	for _, s := range allStates() {
		b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = 'd1'", s))
		items, err := b.Pending(ctx)
		b.ok(err)
		if got := len(items) == 2; got != s.InOutbox() {
			t.Errorf("%s in the outbox: %v", s, got)
		}
	}
}

func TestWipe(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	k := b.sealed("d1")
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Wiping(ctx, k) })
	b.ok(b.Acknowledge(ctx, receipt("d1", kiosk.LevelStored)))
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Wiping(ctx, k) })
	b.ok(b.Acknowledge(ctx, receipt("d1", kiosk.LevelAccepted)))
	b.refused(kiosk.Conflict, "parcel.not_marked", func() error { return b.Wiped(ctx, k) })
	for _, want := range []string{"parcel.wiping", ""} {
		if got := b.kinds(func() error { return b.Wiping(ctx, k) }); got != want {
			t.Errorf("journaled %q, want %q", got, want)
		}
	}
	names, err := b.ParcelNames(ctx)
	b.ok(err)
	if len(names.Needed) != 0 || names.Leaving[parcel("d1").SHA256] != "d1" {
		t.Errorf("%+v", names)
	}
	boot, err := b.BootSweep(ctx)
	b.ok(err)
	if diff := cmp.Diff([]kiosk.ParcelKey{k}, boot.Wiping); diff != "" {
		t.Error(diff)
	}
	b.item("d1") // still in the worker's sight after a power cut here
	for _, want := range []string{"dossier.wiped", ""} {
		if got := b.kinds(func() error { return b.Wiped(ctx, k) }); got != want {
			t.Errorf("journaled %q, want %q", got, want)
		}
	}
	b.wantState("d1", kiosk.Wiped)
	b.ok(b.Wiping(ctx, k))
	if items, err := b.Pending(ctx); err != nil || len(items) != 0 {
		t.Errorf("%v %v", items, err)
	}
	if r, err := b.Receipts(ctx, "d1"); err != nil || len(r) != 2 {
		t.Errorf("receipts went with the files: %v %v", r, err)
	}
	if _, err := b.Case(ctx, "d1"); err != nil {
		t.Errorf("the case record went with the files: %v", err)
	}
}
