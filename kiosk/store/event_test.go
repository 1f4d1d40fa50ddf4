package store_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func TestEvents(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.sealed("d1")
	b.newDossier("d2")
	at := time.Date(2020, 1, 1, 7, 0, 0, 5, kiosk.Hanoi)
	b.ok(b.Note(ctx, kiosk.Event{Dossier: "d2", Kind: "case.viewed", Actor: "s1", At: at, Note: []byte(`{"n":1}`)}))
	b.ok(b.Note(ctx, kiosk.Event{Kind: "unit.started"}))
	if b.Note(ctx, kiosk.Event{}) == nil {
		t.Error("an event without a kind was kept")
	}
	var kinds []string
	of, err := b.Events(ctx, "d1")
	b.ok(err)
	for _, e := range of {
		kinds = append(kinds, string(e.Kind))
		if e.Dossier != "d1" || e.At.IsZero() || e.Actor == "" {
			t.Errorf("%+v", e)
		}
	}
	if got, want := strings.Join(kinds, " "), "dossier.opened page.captured page.captured dossier.declared dossier.reviewed dossier.consented dossier.sealed"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	of, err = b.Events(ctx, "d2")
	b.ok(err)
	want := kiosk.Event{Seq: 9, At: at.UTC(), Dossier: "d2", Kind: "case.viewed", Actor: "s1", Note: []byte(`{"n":1}`)}
	if len(of) != 2 || !cmp.Equal(want, of[1]) {
		t.Errorf("%+v", of)
	}
	if none, err := b.Events(ctx, ""); err != nil || len(none) != 0 {
		t.Errorf("%+v %v", none, err)
	}
	all := b.journal()
	if diff := cmp.Diff(all, b.events); diff != "" {
		t.Errorf("OnEvent was told otherwise (-kept +told):\n%s", diff)
	}
	page, err := b.EventsSince(ctx, 3, 4)
	b.ok(err)
	if diff := cmp.Diff(all[3:7], page); diff != "" {
		t.Error(diff)
	}
	b.ok(b.CheckJournal(ctx))
	b.reopen()
	b.newDossier("d3") // the chain goes on after a restart
	b.ok(b.CheckJournal(ctx))
}

func TestJournalOnlyGrows(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	b.newDossier("d2")
	for _, q := range []string{
		"UPDATE event SET kind = 'x.y' WHERE seq = 1",
		"DELETE FROM event WHERE seq = 2",
		"DELETE FROM event",
		"INSERT OR REPLACE INTO event SELECT seq, at, dossier, 'x.y', actor, note, prev_hash, hash FROM event WHERE seq = 1",
	} {
		if err := b.raw(q); err == nil || !strings.Contains(err.Error(), "only grows") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if err := b.CheckJournal(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestJournalShowsAnEdit(t *testing.T) {
	const insert = "INSERT INTO event (seq, at, dossier, kind, actor, note, prev_hash, hash) "
	for name, edit := range map[string]string{
		"kind":       "UPDATE event SET kind = 'x.y' WHERE seq = 2",
		"actor":      "UPDATE event SET actor = 's2' WHERE seq = 2",
		"note":       "UPDATE event SET note = replace(note, '7', '8') WHERE seq = 2",
		"time":       "UPDATE event SET at = at + 1 WHERE seq = 2",
		"dossier":    "UPDATE event SET dossier = 'd1' WHERE seq = 2",
		"moved text": "UPDATE event SET actor = actor || 'x', kind = substr(kind, 2) WHERE seq = 2",
		"hash":       "UPDATE event SET hash = zeroblob(32) WHERE seq = 2",
		"middle":     "DELETE FROM event WHERE seq = 2",
		"tail":       "DELETE FROM event WHERE seq = 3",
		"all":        "DELETE FROM event",
		"forged":     insert + "SELECT 4, at, dossier, kind, actor, note, prev_hash, hash FROM event WHERE seq = 3",
	} {
		b := newBench(t)
		for _, id := range []kiosk.DossierID{"d1", "d2", "d3"} {
			b.newDossier(id)
		}
		for _, trigger := range []string{"event_keeps_lines", "event_loses_nothing", "event_replaces_nothing"} {
			b.ok(b.raw("DROP TRIGGER " + trigger))
		}
		b.ok(b.CheckJournal(t.Context()))
		b.ok(b.raw(edit))
		err := b.CheckJournal(t.Context())
		if kiosk.KindOf(err) != kiosk.Corrupt || kiosk.CodeOf(err) != "journal.broken" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A failing journal line undoes the step it belongs to.
func TestNoStepWithoutItsEvent(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.consented("d1", 1)
	told := len(b.events)
	b.ok(b.raw("CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no room'); END"))
	for name, act := range map[string]func() error{
		"open": func() error {
			_, err := b.OpenDossier(ctx, kiosk.Dossier{ID: "d2", Point: "DTH01"}, nil, nil)
			return err
		},
		"move": func() error { return b.Move(ctx, "d1", kiosk.Consented, kiosk.Abandoned, kiosk.Event{}) },
		"draft": func() error {
			return b.SaveDraft(ctx, "d1", []byte("x"), kiosk.Consented, kiosk.Declared, kiosk.Event{})
		},
		"page":     func() error { _, err := b.AddPage(ctx, page("d1", "x"), 0); return err },
		"handover": func() error { return b.HandOver(ctx, parcel("d1"), sealedCase(), kiosk.Event{}) },
		"ticket":   func() error { _, err := b.TakeTicket(ctx, kiosk.Ticket{Class: kiosk.ClassWalkIn}); return err },
		"booking":  func() error { return b.SaveBooking(ctx, booking("AAAAAAAAAA")) },
		"print":    func() error { _, err := b.QueuePrint(ctx, kiosk.PrintJob{Kind: "ticket", Ticket: 1}); return err },
		"staff":    func() error { return b.AddStaff(ctx, kiosk.Staff{ID: "s9"}, nil) },
		"tried":    func() error { return b.Tried(ctx, "pin:s9", 1, time.Time{}) },
	} {
		if err := act(); err == nil {
			t.Errorf("%s went through without its event", name)
		}
	}
	b.ok(b.raw("DROP TRIGGER broken"))
	b.wantState("d1", kiosk.Consented)
	if _, draft, err := b.Draft(ctx, "d1"); err != nil || string(draft) != "consented" {
		t.Errorf("%q %v", draft, err)
	}
	if len(b.pages("d1")) != 1 || len(b.events) != told {
		t.Error("something of a failed step stayed")
	}
	if tk, err := b.TakeTicket(ctx, kiosk.Ticket{Class: kiosk.ClassWalkIn}); err != nil || tk.No != 1 {
		t.Errorf("%+v %v", tk, err)
	}
	want, err := kiosk.NewLocalCode("DTH01", b.now, 2)
	b.ok(err)
	if d := b.newDossier("d2"); d.LocalCode != want {
		t.Errorf("the counter moved with a failed dossier: %s, want %s", d.LocalCode, want)
	}
	if _, err := b.Case(ctx, "d1"); kiosk.CodeOf(err) != "case.unknown" {
		t.Error(err)
	}
}

// What is personal reaches the file only as ciphertext or keyed sums: this
// package is handed nothing else, and the journal repeats none of what is
// free text.
func TestNothingPersonalInTheFile(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.newDossier("d1")
	p := b.addPage("d1", "x", 0)
	const canary = "CANARY-001200000001"
	b.ok(b.OverrideDefects(ctx, "d1", p.ID, canary, "s1"))
	for _, e := range b.journal() {
		if strings.Contains(string(e.Note), canary) {
			t.Errorf("free text in the journal: %s", e.Note)
		}
	}
	// What is dropped is overwritten, not only unlinked.
	b.ok(b.SaveDraft(ctx, "d1", []byte("DRAFT-CANARY"), kiosk.Open, kiosk.Declared, kiosk.Event{}))
	b.ok(b.Move(ctx, "d1", kiosk.Declared, kiosk.Abandoned, kiosk.Event{}))
	b.ok(b.Close())
	raw, err := os.ReadFile(b.path)
	b.ok(err)
	if strings.Contains(string(raw), "DRAFT-CANARY") {
		t.Error("a dropped draft is still in the file")
	}
}
