package intake_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"servicepoint/kiosk"
)

// atOnce does everything at the same time.
func atOnce(all ...func()) {
	var wait sync.WaitGroup
	for _, do := range all {
		wait.Go(do)
	}
	wait.Wait()
}

// Two seats, or one clerk's two quick presses, work on one dossier: what each
// of them was told is kept, is kept.
func TestAnswersGivenAtOnceAreAllKept(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	var all []func()
	for field, answer := range good() {
		all = append(all, func() {
			if err := p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{field: answer}); err != nil {
				t.Errorf("%s: %v", field, err)
			}
		})
	}
	atOnce(all...)
	if w := p.work(id); !w.Says(good()) {
		t.Errorf("%d of %d answers are kept", len(w.Draft.Declaration.Answers), len(good()))
	}
}

func TestWaiversAndAnswersGivenAtOnceAreAllKept(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.declare(id)
	var all []func()
	for _, doc := range p.work(id).Terms.Procedure.Documents {
		all = append(all, func() {
			if err := p.desk.Waive(t.Context(), id, clerk, doc.ID, "không có"); err != nil {
				t.Errorf("%s: %v", doc.ID, err)
			}
		})
	}
	for _, answers := range []kiosk.Answers{{"subject_name": "Lê Mẫu"}, {"applicant_email": "le@example.invalid"}, {"applicant_sex": "female"}} {
		all = append(all, func() {
			if err := p.desk.Amend(t.Context(), id, clerk, answers); err != nil {
				t.Error(err)
			}
		})
	}
	atOnce(all...)
	w := p.work(id)
	if got, want := len(w.Draft.Waivers), len(w.Terms.Procedure.Documents); got != want {
		t.Errorf("%d of %d waivers are kept", got, want)
	}
	if !w.Says(good("subject_name", "Lê Mẫu", "applicant_email", "le@example.invalid", "applicant_sex", "female")) {
		t.Error("an answer is lost")
	}
}

// What was reviewed and agreed to is what stands there: whatever is changed at
// the same time comes before the look at it or takes it back.
func TestAReviewStandsOnWhatIsKept(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	for round := range 25 {
		p.declare(id)
		p.clear(id)
		p.capture(id, "birth_proof", sample(0))
		p.override(id)
		change := func() { _ = p.desk.Keep(t.Context(), id, clerk, good("applicant_name", "")) }
		if round%2 == 1 {
			change = func() { _, _ = p.tryCapture(id, "birth_proof", sample(0)) } // a second time: a finding nobody has answered
		}
		atOnce(func() { _ = p.desk.Review(t.Context(), id, clerk) }, change)
		if w := p.work(id); w.State == kiosk.Reviewed && len(w.Gaps()) > 0 {
			t.Fatalf("round %d: reviewed with %v", round, w.Gaps())
		}
	}
}

// clear takes every page out.
func (p *point) clear(id kiosk.DossierID) {
	p.t.Helper()
	for _, page := range p.work(id).Pages {
		must(p.t, p.desk.RejectPage(p.t.Context(), id, page.ID, "page.blur", clerk))
	}
}

// A fee slip is of the answers it was made under; the journal says which came
// first, and after the seal nothing else does.
func TestInvariant7_AFeeSlipStandsOnWhatIsDeclared(t *testing.T) {
	for round := range 15 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			p, id := owing(t)
			atOnce(
				func() { _, _ = p.desk.FeeSlip(t.Context(), id, clerk, "late", "") },
				func() { p.declare(id, "within_60_days", "true") },
			)
			kinds := p.kinds(id)
			slices.Reverse(kinds)
			if due := slices.Index(kinds, "fee.due"); due >= 0 && due < slices.Index(kinds, "dossier.declared") {
				t.Errorf("a slip was made after the answers that owe nothing: %v", kinds)
			}
		})
	}
}
