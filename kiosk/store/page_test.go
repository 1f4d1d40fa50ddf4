package store_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/store"
)

func (b *bench) pages(id kiosk.DossierID) []kiosk.Page {
	b.Helper()
	pages, err := b.Pages(b.Context(), id)
	b.ok(err)
	return pages
}

// order is the ids of the current pages; it fails unless N counts 1, 2, 3 ….
func (b *bench) order(id kiosk.DossierID) []int64 {
	b.Helper()
	var ids []int64
	for i, p := range b.pages(id) {
		if p.N != i+1 {
			b.Errorf("page %d has N %d at place %d", p.ID, p.N, i+1)
		}
		ids = append(ids, p.ID)
	}
	return ids
}

func TestPagesKeepTheirOrder(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.newDossier("d1")
	b.newDossier("other")
	var ids []int64
	for i := range 4 {
		p := b.addPage("d1", fmt.Sprint(i), 0)
		if p.ID == 0 || p.N != i+1 {
			t.Errorf("page %+v", p)
		}
		ids = append(ids, p.ID)
	}
	b.addPage("other", "o", 0)
	if diff := cmp.Diff(page("d1", "0"), b.pages("d1")[0], cmp.FilterPath(func(p cmp.Path) bool {
		return p.String() == "ID" || p.String() == "N"
	}, cmp.Ignore())); diff != "" {
		t.Errorf("read back (-given +read):\n%s", diff)
	}
	again := b.addPage("d1", "1 again", ids[1])
	if again.N != 2 {
		t.Errorf("the new page stands at %d", again.N)
	}
	if diff := cmp.Diff([]int64{ids[0], again.ID, ids[2], ids[3]}, b.order("d1")); diff != "" {
		t.Error(diff)
	}
	b.ok(b.RejectPage(ctx, "d1", ids[0], "page.wrong_paper", "s1"))
	if diff := cmp.Diff([]int64{again.ID, ids[2], ids[3]}, b.order("d1")); diff != "" {
		t.Error(diff)
	}
	last := b.addPage("d1", "last", 0)
	if diff := cmp.Diff([]int64{again.ID, ids[2], ids[3], last.ID}, b.order("d1")); diff != "" {
		t.Error(diff)
	}
	if n := len(b.order("other")); n != 1 {
		t.Errorf("the other dossier has %d pages", n)
	}
	for _, gone := range []int64{ids[0], ids[1], 999} { // rejected, replaced, never there
		b.refused(kiosk.NotFound, "page.unknown", func() error { _, err := b.AddPage(ctx, page("d1", "x"), gone); return err })
		b.refused(kiosk.NotFound, "page.unknown", func() error { return b.RejectPage(ctx, "d1", gone, "page.wrong_paper", "s1") })
		b.refused(kiosk.NotFound, "page.unknown", func() error { return b.OverrideDefects(ctx, "d1", gone, "legible", "s1") })
	}
	b.refused(kiosk.NotFound, "page.unknown", func() error { return b.RejectPage(ctx, "other", last.ID, "page.wrong_paper", "s1") })
}

// A field that package kiosk gives a page later must not be lost here.
func TestEveryFieldOfAPageIsKept(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	p := page("d1", "x")
	p.Override = "legible"
	added, err := b.AddPage(t.Context(), p, 0)
	b.ok(err)
	got := b.pages("d1")[0]
	if diff := cmp.Diff(added, got); diff != "" {
		t.Error(diff)
	}
	for f, v := range reflect.ValueOf(got).Fields() {
		if v.IsZero() {
			t.Errorf("%s is not kept, or not set in this test", f.Name)
		}
	}
}

func TestChangedPapersTakeTheReviewBack(t *testing.T) {
	for _, from := range []kiosk.State{kiosk.Open, kiosk.Declared, kiosk.Reviewed, kiosk.Consented} {
		b, ctx := newBench(t), t.Context()
		b.newDossier("d1")
		first := b.addPage("d1", "first", 0)
		set := func() { b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = 'd1'", from)) }
		want, back := from, ""
		if from == kiosk.Reviewed || from == kiosk.Consented {
			want, back = kiosk.Declared, " dossier.declared"
		}
		acts := []struct {
			kind string
			act  func() error
		}{
			{"page.captured", func() error { _, err := b.AddPage(ctx, page("d1", "second"), 0); return err }},
			{"page.replaced", func() error { _, err := b.AddPage(ctx, page("d1", "third"), first.ID); return err }},
			{"page.rejected", func() error { return b.RejectPage(ctx, "d1", b.pages("d1")[0].ID, "page.wrong_paper", "s1") }},
		}
		for _, a := range acts {
			set()
			if got := b.kinds(a.act); got != a.kind+back {
				t.Errorf("%s in %s journaled %q", a.kind, from, got)
			}
			b.wantState("d1", want)
		}
		set()
		id := b.pages("d1")[0].ID
		if got := b.kinds(func() error { return b.OverrideDefects(ctx, "d1", id, "mờ nhưng đọc được", "s1") }); got != "page.overridden" {
			t.Errorf("override in %s journaled %q", from, got)
		}
		b.wantState("d1", from)
		if p := b.pages("d1")[0]; p.Override != "mờ nhưng đọc được" {
			t.Errorf("override %q", p.Override)
		}
	}
}

func TestPapersAreFixedOnceHandedOver(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.newDossier("d1")
	p := b.addPage("d1", "first", 0)
	for _, s := range allStates() {
		if s.Editable() {
			continue
		}
		b.ok(b.raw("UPDATE dossier SET state = ? WHERE id = 'd1'", s))
		b.refused(kiosk.Conflict, "dossier.moved_on", func() error { _, err := b.AddPage(ctx, page("d1", "x"), 0); return err })
		b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.RejectPage(ctx, "d1", p.ID, "page.wrong_paper", "s1") })
		b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.OverrideDefects(ctx, "d1", p.ID, "x", "s1") })
		b.refused(kiosk.Conflict, "dossier.moved_on", func() error { return b.SaveDraft(ctx, "d1", nil, s, s, kiosk.Event{}) })
	}
	b.refused(kiosk.NotFound, "dossier.unknown", func() error { _, err := b.AddPage(ctx, page("none", "x"), 0); return err })
	if _, err := b.AddPage(ctx, page("d1", "first"), 0); err == nil {
		t.Error("the same file became two pages")
	}
}

// In which states the files of a dossier's pages may go.
func TestPagesToWipeByState(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	for _, s := range allStates() {
		id := kiosk.DossierID(s)
		b.newDossier(id)
		b.addPage(id, string(s), 0)
		b.ok(b.raw("UPDATE dossier SET state = ?1, way = 'centre' WHERE id = ?1", s))
	}
	todo, err := b.PagesToWipe(ctx)
	b.ok(err)
	names, err := b.PageNames(ctx)
	b.ok(err)
	for _, s := range allStates() {
		name := sum("cipher " + string(s))
		stay := s.Editable() || s == kiosk.Prepared || s == kiosk.Filing || s == kiosk.Damaged
		if got := len(todo[kiosk.DossierID(s)]) == 0; got != stay {
			t.Errorf("%s: pages stay is %v, want %v", s, got, stay)
		}
		if _, needed := names.Needed[name]; needed != (stay && s != kiosk.Damaged) || !names.Known(name) {
			t.Errorf("%s: needed %v, known %v", s, needed, names.Known(name))
		}
	}
	if names.Known(sum("a stranger")) {
		t.Error("an unknown file is known")
	}
}

func TestPagesWiped(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.sealed("carried")
	b.consented("assisted", 2)
	taken := b.addPage("assisted", "taken out", 0)
	b.ok(b.RejectPage(ctx, "assisted", taken.ID, "page.wrong_paper", "s1"))
	b.ok(b.raw("UPDATE dossier SET state = 'filing', way = 'assisted' WHERE id = 'assisted'"))
	b.ok(b.File(ctx, "assisted", "H26.1-261123-0001", sealedCase(), kiosk.Event{}))
	b.newDossier("empty")
	b.ok(b.Move(ctx, "empty", kiosk.Open, kiosk.Abandoned, kiosk.Event{}))
	b.newDossier("kept")
	b.addPage("kept", "kept", 0)

	todo, err := b.PagesToWipe(ctx)
	b.ok(err)
	counts := map[kiosk.DossierID]int{}
	for id, names := range todo {
		counts[id] = len(names)
	}
	if diff := cmp.Diff(map[kiosk.DossierID]int{"carried": 2, "assisted": 3, "empty": 0}, counts); diff != "" {
		t.Fatal(diff)
	}
	for id, want := range map[kiosk.DossierID]string{
		"carried": "page.wiped", "assisted": "page.wiped dossier.wiped", "empty": "dossier.wiped", "kept": "", "none": "",
	} {
		if got := b.kinds(func() error { return b.PagesWiped(ctx, id) }); got != want {
			t.Errorf("%s journaled %q, want %q", id, got, want)
		}
		if got := b.kinds(func() error { return b.PagesWiped(ctx, id) }); got != "" {
			t.Errorf("%s a second time journaled %q", id, got)
		}
	}
	b.wantState("carried", kiosk.Sealed)
	b.wantState("assisted", kiosk.Wiped)
	b.wantState("empty", kiosk.Wiped)
	b.wantState("kept", kiosk.Open)
	if todo, err = b.PagesToWipe(ctx); err != nil || len(todo) != 0 {
		t.Errorf("still to wipe: %v %v", todo, err)
	}
	names, err := b.PageNames(ctx)
	b.ok(err)
	if diff := cmp.Diff(store.Names{
		Needed:  map[kiosk.Digest]kiosk.DossierID{sum("cipher kept"): "kept"},
		Leaving: map[kiosk.Digest]kiosk.DossierID{},
	}, names); diff != "" {
		t.Error(diff)
	}
	if len(b.pages("carried")) != 2 {
		t.Error("the rows of wiped pages are gone")
	}
}

func BenchmarkAddPage(b *testing.B) {
	s := newBench(b)
	s.newDossier("d1")
	i := 0
	for b.Loop() {
		i++
		s.addPage("d1", fmt.Sprint(i), 0)
	}
}
