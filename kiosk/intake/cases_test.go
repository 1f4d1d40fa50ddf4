package intake_test

import (
	"slices"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/qr"
)

func TestCaseRecordOutlivesTheSeal(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	w := p.work(id)
	_, err := p.desk.Case(t.Context(), id, clerk)
	wants(t, err, "case.unknown", kiosk.NotFound)
	_, err = p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	record, err := p.desk.Case(t.Context(), id, clerk)
	must(t, err)
	if record.Applicant != w.Draft.Applicant || record.LocalCode != w.LocalCode || record.Procedure != birth || record.Dossier != id || !record.OpenedAt.Equal(w.OpenedAt) {
		t.Error("the record is not the dossier's")
	}
	// Whoever looks is on record.
	events, err := p.store.Events(t.Context(), id)
	must(t, err)
	if last := events[len(events)-1]; last.Kind != "case.viewed" || last.Actor != string(clerk) {
		t.Errorf("the journal ends with %s by %s", last.Kind, last.Actor)
	}
}

func TestFind(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	code := p.work(id).LocalCode
	find := func(query string) []kiosk.Dossier {
		t.Helper()
		found, err := p.desk.Find(t.Context(), query, clerk)
		must(t, err)
		return found
	}
	if found := find("0912345678"); len(found) != 0 {
		t.Error("a draft is found by its applicant before it left the desk")
	}
	_, err := p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	for _, query := range []string{
		string(code), " " + string(code) + " ", qr.Text('D', string(code)), "sp1.d." + string(code),
		"0912345678", "0912 345 678", "+84 912 345 678", "0912.345.678", "001090000001", "001 090 000 001", "0001",
	} {
		if found := find(query); len(found) != 1 || found[0].ID != id {
			t.Errorf("%q finds %d dossiers", query, len(found))
		}
	}
	for _, query := range []string{"0912345679", "001090000002", "0002", "Nguyễn Văn Mẫu", "DTH01-261123-0099-0"} {
		if found := find(query); len(found) != 0 {
			t.Errorf("%q finds %d dossiers", query, len(found))
		}
	}
	_, err = p.desk.Find(t.Context(), "  ", clerk)
	wants(t, err, "find.empty", kiosk.Invalid)
}

// One person's dossiers, newest first, each once though phone and number both
// fit.
func TestFindListsNewestFirst(t *testing.T) {
	p := newPoint(t)
	var want []kiosk.DossierID
	for range 3 {
		id := p.consented()
		_, err := p.desk.HandOver(t.Context(), id, clerk)
		must(t, err)
		want = slices.Insert(want, 0, id)
		p.clock.pass(time.Minute)
	}
	found, err := p.desk.Find(t.Context(), "0912345678", clerk)
	must(t, err)
	var got []kiosk.DossierID
	for _, d := range found {
		got = append(got, d.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Nobody can try numbers until one fits.
func TestFindLocksAfterMisses(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	_, err := p.desk.HandOver(t.Context(), id, clerk)
	must(t, err)
	for range 5 {
		_, err := p.desk.Find(t.Context(), "9999", clerk)
		must(t, err)
	}
	_, err = p.desk.Find(t.Context(), "0001", clerk)
	wants(t, err, "find.locked", kiosk.Forbidden)
	if found, err := p.desk.Find(t.Context(), "0001", "hoa"); err != nil || len(found) != 1 {
		t.Errorf("a colleague is locked as well: %v", err)
	}
	p.clock.pass(30 * time.Second)
	if found, err := p.desk.Find(t.Context(), "0001", clerk); err != nil || len(found) != 1 {
		t.Errorf("after the lock: %v, %v", found, err)
	}
	for range 4 {
		_, err := p.desk.Find(t.Context(), "9999", clerk)
		must(t, err)
	}
	if _, err := p.desk.Find(t.Context(), "0001", clerk); err != nil {
		t.Errorf("what was found did not start the count anew: %v", err)
	}
}

func TestAbandon(t *testing.T) {
	for name, reach := range map[string]func(*point) kiosk.DossierID{
		"while it is made": func(p *point) kiosk.DossierID {
			id := p.begin()
			p.declare(id)
			p.capture(id, "birth_proof", sample(0))
			return id
		},
		"consented": (*point).consented,
		"prepared":  func(p *point) kiosk.DossierID { id, _ := p.prepared(); return id },
		"empty":     (*point).begin,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := reach(p)
			must(t, p.desk.Abandon(t.Context(), id, clerk, "resident.left"))
			p.wantState(id, kiosk.Wiped)
			if p.files("pages") != 0 {
				t.Error("pages are left")
			}
			if _, _, err := p.store.Draft(t.Context(), id); kiosk.CodeOf(err) != "draft.gone" {
				t.Errorf("the draft: %v", err)
			}
			if _, err := p.store.Case(t.Context(), id); kiosk.CodeOf(err) != "case.unknown" {
				t.Errorf("the case record: %v", err)
			}
			p.wantEvent(id, "dossier.abandoned")
			wants(t, p.desk.Abandon(t.Context(), id, clerk, "resident.left"), "dossier.moved_on", kiosk.Conflict)
		})
	}
}

// A dossier nobody touched for a day is given up; one that somebody worked on
// is not.
func TestIdleDraftsAreGivenUpAfterADay(t *testing.T) {
	p := newPoint(t)
	idle, filing := p.begin(), kiosk.DossierID("")
	p.declare(idle)
	p.capture(idle, "birth_proof", sample(0))
	filing, _ = p.prepared()
	must(t, p.desk.BeginFiling(t.Context(), filing, clerk))
	p.clock.pass(23*time.Hour + 59*time.Minute)
	busy := p.begin()
	tend(p)
	if p.state(idle) != kiosk.Declared || p.state(filing) != kiosk.Filing {
		t.Fatalf("given up early: %s, %s", p.state(idle), p.state(filing))
	}
	p.clock.pass(time.Minute)
	tend(p)
	if p.state(idle) != kiosk.Wiped || p.state(filing) != kiosk.Wiped || p.state(busy) != kiosk.Open {
		t.Errorf("after a day: %s, %s; begun just now: %s", p.state(idle), p.state(filing), p.state(busy))
	}
	if p.files("pages") != 0 {
		t.Error("pages are left")
	}
	events, err := p.store.Events(t.Context(), idle)
	must(t, err)
	i := slices.IndexFunc(events, func(e kiosk.Event) bool { return e.Kind == "dossier.abandoned" })
	if i < 0 || events[i].Actor != "unit" {
		t.Error("the journal does not say that the unit gave it up")
	}
	// A touch starts the day anew.
	p.clock.pass(23 * time.Hour)
	must(t, p.desk.Keep(t.Context(), busy, clerk, good()))
	p.clock.pass(2 * time.Hour)
	tend(p)
	p.wantState(busy, kiosk.Open)
}
