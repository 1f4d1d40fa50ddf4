package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func TestOpenDossier(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	d := b.newDossier("d1")
	want := d
	want.State = kiosk.Open
	got, err := b.Dossier(ctx, "d1")
	b.ok(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-returned +read):\n%s", diff)
	}
	if got, err = b.DossierByCode(ctx, d.LocalCode); err != nil || got.ID != "d1" {
		t.Errorf("by code: %v %v", got.ID, err)
	}
	if _, err := kiosk.ParseLocalCode(string(d.LocalCode)); err != nil {
		t.Errorf("local code %q: %v", d.LocalCode, err)
	}
	b.refused(kiosk.Conflict, "dossier.exists", func() error {
		_, err := b.OpenDossier(ctx, kiosk.Dossier{ID: "d1", Point: "DTH01"}, nil, nil)
		return err
	})
	for _, find := range []func() error{
		func() error { _, err := b.Dossier(ctx, "none"); return err },
		func() error { _, err := b.DossierByCode(ctx, "none"); return err },
		func() error { _, _, err := b.Draft(ctx, "none"); return err },
		func() error { return b.Move(ctx, "none", kiosk.Open, kiosk.Declared, kiosk.Event{}) },
		func() error { return b.SaveDraft(ctx, "none", nil, kiosk.Open, kiosk.Declared, kiosk.Event{}) },
	} {
		b.refused(kiosk.NotFound, "dossier.unknown", find)
	}
}

func TestLocalCodesCountByPointAndHanoiDay(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	late := time.Date(2026, 11, 23, 16, 59, 0, 0, time.UTC) // 23:59 in Hanoi
	next := func(point kiosk.PointCode, at time.Time) string {
		id := kiosk.DossierID(fmt.Sprint(b.clock().UnixNano()))
		d, err := b.OpenDossier(ctx, kiosk.Dossier{ID: id, Point: point, OpenedAt: at}, nil, nil)
		b.ok(err)
		return string(d.LocalCode[:len(d.LocalCode)-2])
	}
	var got []string
	for range 3 {
		got = append(got, next("DTH01", late))
	}
	b.reopen()
	got = append(got, next("DTH01", late), next("DTH01", late.Add(time.Minute)), next("ABC", late), next("DTH01", late))
	var want []string
	count := map[string]int{}
	for _, prefix := range []string{"DTH01-261123", "DTH01-261123", "DTH01-261123", "DTH01-261123", "DTH01-261124", "ABC-261123", "DTH01-261123"} {
		for {
			count[prefix]++
			at := late
			if prefix == "DTH01-261124" {
				at = late.Add(time.Minute)
			}
			point, _, _ := cutPoint(prefix)
			if _, err := kiosk.NewLocalCode(point, at, count[prefix]); err != kiosk.ErrSkipCounter {
				break
			}
		}
		want = append(want, fmt.Sprintf("%s-%04d", prefix, count[prefix]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func cutPoint(prefix string) (kiosk.PointCode, string, bool) {
	for i := range prefix {
		if prefix[i] == '-' {
			return kiosk.PointCode(prefix[:i]), prefix[i+1:], true
		}
	}
	return "", "", false
}

func TestLocalCodeCounterSkipsAndEnds(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	skip := 0
	for n := 1; n < 9999 && skip == 0; n++ {
		if _, err := kiosk.NewLocalCode("DTH01", b.now, n); err == kiosk.ErrSkipCounter {
			skip = n
		}
	}
	set := func(n int) {
		b.ok(b.raw(`INSERT INTO code_counter VALUES ('DTH01', '2026-11-23', ?1) ON CONFLICT DO UPDATE SET n = ?1`, n))
	}
	set(skip - 1)
	d := b.newDossier("d1")
	if want := fmt.Sprintf("DTH01-261123-%04d-", skip+1); string(d.LocalCode[:len(want)]) != want {
		t.Errorf("after %d came %s", skip-1, d.LocalCode)
	}
	set(9999)
	b.refused(kiosk.Unavailable, "code.exhausted", func() error {
		_, err := b.OpenDossier(ctx, kiosk.Dossier{ID: "d2", Point: "DTH01", OpenedAt: b.now}, nil, nil)
		return err
	})
	if _, err := b.OpenDossier(ctx, kiosk.Dossier{ID: "d3", Point: "not a point"}, nil, nil); err == nil {
		t.Error("a bad point got a code")
	}
}

func TestOpenDossiersAtOnce(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	seen := map[kiosk.LocalCode]bool{}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			d, err := b.OpenDossier(t.Context(), kiosk.Dossier{ID: kiosk.DossierID(fmt.Sprint("d", i)), Point: "DTH01"}, nil, nil)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[d.LocalCode] {
				t.Errorf("%s again, or %v", d.LocalCode, err)
			}
			seen[d.LocalCode] = true
		})
	}
	wg.Wait()
	if err := b.CheckJournal(t.Context()); err != nil {
		t.Error(err)
	}
}

// Move takes exactly the steps of kiosk.Steps that need nothing else.
func TestMoveTakesOnlyAllowedSteps(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.newDossier("d1")
	others := map[kiosk.State]bool{ // reached by methods of their own
		kiosk.Sealed: true, kiosk.Announced: true, kiosk.Uploading: true, kiosk.Sent: true, kiosk.Stored: true,
		kiosk.Accepted: true, kiosk.Returned: true, kiosk.Rejected: true, kiosk.Wiped: true,
	}
	for _, from := range allStates() {
		b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = 'd1'", from))
		for _, to := range allStates() {
			allowed := kiosk.CanStep(from, to) && !others[to] && (to != kiosk.Prepared || from == kiosk.Filing)
			if !allowed {
				b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.Move(ctx, "d1", from, to, kiosk.Event{}) })
				b.wantState("d1", from)
				continue
			}
			if got := b.kinds(func() error { return b.Move(ctx, "d1", from, to, kiosk.Event{}) }); got != "dossier."+string(to) {
				t.Errorf("%s → %s journaled %q", from, to, got)
			}
			b.wantState("d1", to)
			b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = 'd1'", from))
		}
	}
}

func TestMoveFromAStateItHasLeft(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.consented("d1", 0)
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error {
		return b.Move(ctx, "d1", kiosk.Declared, kiosk.Reviewed, event("dossier.reviewed"))
	})
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error {
		return b.SaveDraft(ctx, "d1", []byte("late"), kiosk.Declared, kiosk.Declared, event("draft.saved"))
	})
	if _, draft, err := b.Draft(ctx, "d1"); err != nil || string(draft) != "consented" {
		t.Errorf("a refused save changed the draft: %q %v", draft, err)
	}
}

func TestMoveOnceOfMany(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	b.ok(b.SaveDraft(t.Context(), "d1", nil, kiosk.Open, kiosk.Declared, kiosk.Event{}))
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := b.Move(t.Context(), "d1", kiosk.Declared, kiosk.Reviewed, event("dossier.reviewed"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if kiosk.CodeOf(err) != "dossier.moved_on" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 8 took the same step", won)
	}
}

func TestDraft(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	opened := b.newDossier("d1")
	k, draft, err := b.Draft(ctx, "d1")
	if err != nil || string(k) != "wrapped" || string(draft) != "draft" {
		t.Errorf("%q %q %v", k, draft, err)
	}
	if got := b.kinds(func() error { return b.SaveDraft(ctx, "d1", []byte("more"), kiosk.Open, kiosk.Open, kiosk.Event{}) }); got != "draft.saved" {
		t.Errorf("journaled %q", got)
	}
	if d, _ := b.Dossier(ctx, "d1"); !d.UpdatedAt.After(opened.UpdatedAt) {
		t.Error("a saved draft does not count as work on the dossier")
	}
	if _, draft, _ := b.Draft(ctx, "d1"); string(draft) != "more" {
		t.Errorf("draft %q", draft)
	}
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { // open → consented is no step
		return b.SaveDraft(ctx, "d1", nil, kiosk.Open, kiosk.Consented, kiosk.Event{})
	})
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error {
		return b.SaveDraft(ctx, "d1", nil, kiosk.Open, kiosk.Abandoned, kiosk.Event{})
	})
	b.ok(b.Move(ctx, "d1", kiosk.Open, kiosk.Abandoned, event("dossier.abandoned")))
	b.refused(kiosk.NotFound, "draft.gone", func() error { _, _, err := b.Draft(ctx, "d1"); return err })
}

func TestUnfinishedAndCounts(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	want := map[kiosk.State]int{}
	var unfinished []kiosk.DossierID
	for _, s := range allStates() {
		id := kiosk.DossierID("in-" + s)
		b.newDossier(id)
		b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = ?", s, id))
		want[s]++
		if s.Editable() || s == kiosk.Prepared || s == kiosk.Filing {
			unfinished = append(unfinished, id)
		}
	}
	b.newDossier("one more")
	want[kiosk.Open]++
	unfinished = append(unfinished, "one more")
	got, err := b.Counts(ctx)
	b.ok(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	list, err := b.Unfinished(ctx)
	b.ok(err)
	var ids []kiosk.DossierID
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	if diff := cmp.Diff(unfinished, ids); diff != "" {
		t.Error(diff)
	}
}

func TestSupplementKeepsTheLocalCode(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.sealed("d1")
	second := kiosk.Dossier{ID: "d1", Revision: 2, Point: "DTH01", Procedure: "birth-registration"}
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { // nothing was sent yet
		_, err := b.OpenDossier(ctx, second, nil, nil)
		return err
	})
	b.ok(b.Acknowledge(ctx, receipt("d1", kiosk.LevelReturned)))
	first, err := b.Dossier(ctx, "d1")
	b.ok(err)
	d, err := b.OpenDossier(ctx, second, []byte("k2"), []byte("b2"))
	b.ok(err)
	if d.LocalCode != first.LocalCode || d.State != kiosk.Open {
		t.Errorf("%s %s, want %s", d.LocalCode, d.State, first.LocalCode)
	}
	p := page("d1", "second")
	p.Revision = 2
	if _, err := b.AddPage(ctx, p, 0); err != nil {
		t.Error(err)
	}
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { _, err := b.AddPage(ctx, page("d1", "first"), 0); return err })
	if pages, err := b.Pages(ctx, "d1"); err != nil || len(pages) != 1 || pages[0].Plain != sum("second") {
		t.Errorf("pages of the newest revision: %v %v", pages, err)
	}
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error {
		second.Revision = 4
		_, err := b.OpenDossier(ctx, second, nil, nil)
		return err
	})
	if got, err := b.DossierByCode(ctx, d.LocalCode); err != nil || got.Revision != 2 {
		t.Errorf("by code: revision %d %v", got.Revision, err)
	}
	b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.HandOver(ctx, parcel("d1"), sealedCase(), kiosk.Event{}) })
}
