package intake_test

import (
	"slices"
	"strings"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
)

func fieldsOf(t *testing.T, err error) []kiosk.FieldError {
	t.Helper()
	for ; err != nil; err = unwrap(err) {
		if e, ok := err.(*kiosk.Error); ok {
			return e.Fields
		}
	}
	t.Fatal("no *kiosk.Error")
	return nil
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// Invariant 13: what the resident was told is on record before anything of
// theirs can be.
func TestOpeningNeedsTheNotice(t *testing.T) {
	p := newPoint(t)
	_, err := p.desk.Open(t.Context(), intake.OpenRequest{Procedure: birth, Staff: clerk})
	wants(t, err, "notice.missing", kiosk.Invalid)
	if open, err := p.desk.Unfinished(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("a dossier was begun: %v, %v", open, err)
	}
	id := p.begin()
	if kinds := p.kinds(id); len(kinds) < 2 || kinds[0] != "notice.told" || kinds[1] != "dossier.opened" {
		t.Errorf("the journal begins with %v", kinds)
	}
	events, err := p.store.Events(t.Context(), id)
	must(t, err)
	if !strings.Contains(string(events[0].Note), intake.NoticeVersion) {
		t.Errorf("the journal does not say which notice: %s", events[0].Note)
	}
}

func TestOpeningRefusesUnknownProcedures(t *testing.T) {
	p := newPoint(t)
	_, err := p.desk.Open(t.Context(), intake.OpenRequest{Procedure: "no-such", Staff: clerk, Notice: intake.NoticeVersion})
	wants(t, err, "procedure.unknown", kiosk.Invalid)
	_, err = p.desk.Work(t.Context(), "nobody")
	wants(t, err, "dossier.unknown", kiosk.NotFound)
}

func TestOpenedDossier(t *testing.T) {
	p := newPoint(t)
	d, err := p.desk.Open(t.Context(), intake.OpenRequest{Procedure: birth, Ticket: 7, Staff: clerk, Notice: intake.NoticeVersion})
	must(t, err)
	if _, err := kiosk.ParseLocalCode(string(d.LocalCode)); err != nil || !strings.HasPrefix(string(d.LocalCode), "DTH01-261123-0001-") {
		t.Errorf("local code %s: %v", d.LocalCode, err)
	}
	if d.State != kiosk.Open || d.Revision != 1 || d.Ticket != 7 || d.Staff != clerk || d.Way != "" {
		t.Errorf("got %+v", d)
	}
	if w := p.work(d.ID); w.Terms.Procedure.ID != birth || w.Terms.Form.ID == "" || w.Terms.Receiving == "" || w.Terms.Version == "" {
		t.Errorf("the terms are not kept: %+v", w.Terms)
	}
}

func TestDeclare(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.declare(id)
	w := p.work(id)
	if w.State != kiosk.Declared {
		t.Errorf("state %s", w.State)
	}
	want := kiosk.Applicant{Name: "Nguyễn Văn Mẫu", PersonalNo: "001090000001", Phone: "+84912345678", Address: "Tổ 3, Đại Thanh, Hà Nội"}
	if w.Draft.Applicant != want {
		t.Error("the applicant is not who was declared")
	}
	if a := w.Draft.Declaration.Answers; a["applicant_birth"] != "1993-08-15" || a["birth_case"] != "ordinary" {
		t.Error("answers are not kept the way they are stored")
	}
}

// A form with a mistake: every field concerned, in form order, and nothing
// that was typed is lost.
func TestDeclareNamesEveryFieldAndKeepsWhatWasTyped(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	typed := good("applicant_residence", "", "applicant_no", "12", "birth_case", "", "applicant_phone", "nope")
	err := p.desk.Declare(t.Context(), id, clerk, typed)
	wants(t, err, "declaration.incomplete", kiosk.Invalid)
	want := []kiosk.FieldError{
		{Field: "birth_case", Code: "field.required"}, {Field: "applicant_no", Code: "field.personal_no"},
		{Field: "applicant_residence", Code: "field.required"}, {Field: "applicant_phone", Code: "phone.malformed"},
	}
	if got := fieldsOf(t, err); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	p.wantState(id, kiosk.Open)
	if got := p.work(id).Draft.Declaration.Answers; !same(got, typed) {
		t.Error("what was typed is not what is kept")
	}
}

func TestReviewGaps(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	review := func() []kiosk.FieldError {
		t.Helper()
		err := p.desk.Review(t.Context(), id, clerk)
		wants(t, err, "dossier.incomplete", kiosk.Invalid)
		return fieldsOf(t, err)
	}
	if gaps := review(); gaps[0] != (kiosk.FieldError{Field: "declaration", Code: "declaration.missing"}) {
		t.Errorf("an undeclared dossier: %v", gaps)
	}
	p.declare(id, "birth_case", "abandoned", "submitter", "authorised")
	missing := func(ids ...string) (gaps []kiosk.FieldError) {
		for _, id := range ids {
			gaps = append(gaps, kiosk.FieldError{Field: id, Code: "page.missing"})
		}
		return gaps
	}
	if gaps := review(); !slices.Equal(gaps, missing("birth_proof", "abandonment_record", "authorisation")) {
		t.Errorf("nothing scanned: %v", gaps)
	}
	// One of a group of alternatives is enough.
	p.capture(id, "pledge", sample(0))
	must(t, p.desk.Waive(t.Context(), id, clerk, "authorisation", "cha mẹ đi cùng"))
	p.override(id)
	if gaps := review(); !slices.Equal(gaps, missing("abandonment_record")) {
		t.Errorf("a pledge and a waiver: %v", gaps)
	}
	must(t, p.desk.Waive(t.Context(), id, clerk, "authorisation", "  "))
	if gaps := review(); !slices.Equal(gaps, missing("abandonment_record", "authorisation")) {
		t.Errorf("the waiver taken back: %v", gaps)
	}
	p.capture(id, "authorisation", sample(1))
	p.capture(id, "abandonment_record", sample(2))
	p.override(id)
	must(t, p.desk.Review(t.Context(), id, clerk))
	p.wantState(id, kiosk.Reviewed)
}

// Findings of the gate stand until a person answers for them.
func TestReviewWantsFindingsAnswered(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.declare(id)
	p.capture(id, "birth_proof", sample(0))
	again := p.capture(id, "birth_proof", sample(0))
	if !slices.Contains(again.Defects, "page.duplicate") {
		t.Fatalf("the same sheet twice has findings %v", again.Defects)
	}
	err := p.desk.Review(t.Context(), id, clerk)
	wants(t, err, "dossier.incomplete")
	if gaps := fieldsOf(t, err); !strings.HasPrefix(gaps[0].Field, "page-") {
		t.Errorf("got %v", gaps)
	}
	for _, reason := range []string{"", " \t"} {
		wants(t, p.desk.OverrideDefects(t.Context(), id, again.ID, reason, clerk), "override.reason", kiosk.Invalid)
	}
	wants(t, p.desk.OverrideDefects(t.Context(), id, 999, "có", clerk), "page.unknown", kiosk.NotFound)
	p.override(id)
	must(t, p.desk.Review(t.Context(), id, clerk))
	p.wantEvent(id, "page.overridden")
}

// What leaves is what a Declare has checked, whatever was kept after it.
func TestReviewRefusesAnswersNobodyChecked(t *testing.T) {
	for name, spoil := range map[string]func(p *point, id kiosk.DossierID){
		"kept with a hole": func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Keep(p.t.Context(), id, clerk, good("applicant_name", "")))
		},
		"kept as another's": func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Keep(p.t.Context(), id, clerk, good("applicant_name", "Lê Mẫu")))
		},
		"kept as it was typed": func(p *point, id kiosk.DossierID) { must(p.t, p.desk.Keep(p.t.Context(), id, clerk, good())) },
		"declared anew, wrong": func(p *point, id kiosk.DossierID) {
			_ = p.desk.Declare(p.t.Context(), id, clerk, good("applicant_no", "1"))
		},
		"after review, a field": func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Review(p.t.Context(), id, clerk))
			_ = p.desk.Declare(p.t.Context(), id, clerk, good("within_60_days", ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := p.begin()
			p.declare(id)
			p.capture(id, "birth_proof", sample(0))
			p.override(id)
			spoil(p, id)
			err := p.desk.Review(t.Context(), id, clerk)
			wants(t, err, "dossier.incomplete")
			if gaps := fieldsOf(t, err); !slices.Equal(gaps, []kiosk.FieldError{{Field: "declaration", Code: "declaration.incomplete"}}) {
				t.Errorf("got %v", gaps)
			}
			p.declare(id)
			must(t, p.desk.Review(t.Context(), id, clerk))
		})
	}
}

func TestConsentRules(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.declare(id)
	p.capture(id, "birth_proof", sample(0))
	p.override(id)
	whole := kiosk.Consent{Notice: intake.NoticeVersion, By: "representative", Purposes: []string{"contact", "file"}, Staff: clerk}
	wants(t, p.desk.Consent(t.Context(), id, whole), "dossier.moved_on", kiosk.Conflict) // nobody has reviewed it
	must(t, p.desk.Review(t.Context(), id, clerk))
	for name, spoil := range map[string]func(*kiosk.Consent){
		"no purpose":       func(c *kiosk.Consent) { c.Purposes = nil },
		"not the filing":   func(c *kiosk.Consent) { c.Purposes = []string{"contact"} },
		"no notice":        func(c *kiosk.Consent) { c.Notice = "" },
		"nobody":           func(c *kiosk.Consent) { c.By = "" },
		"somebody passing": func(c *kiosk.Consent) { c.By = "neighbour" },
	} {
		c := whole
		spoil(&c)
		if err := p.desk.Consent(t.Context(), id, c); kiosk.CodeOf(err) != "consent.missing" {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, p.desk.Consent(t.Context(), id, whole))
	w := p.work(id)
	if w.State != kiosk.Consented || w.Draft.Consent == nil || !w.Draft.Consent.At.Equal(morning) || w.Draft.Consent.By != "representative" {
		t.Errorf("%s, consent %+v", w.State, w.Draft.Consent)
	}
}

// Whoever changes what was agreed to has to ask again.
func TestAnyChangeTakesTheConsentBack(t *testing.T) {
	for name, change := range map[string]func(p *point, id kiosk.DossierID) error{
		"a page more": func(p *point, id kiosk.DossierID) error {
			_, err := p.tryCapture(id, "birth_proof", sample(2))
			return err
		},
		"a page less": func(p *point, id kiosk.DossierID) error {
			return p.desk.RejectPage(p.t.Context(), id, p.work(id).Pages[0].ID, "page.blur", clerk)
		},
		"declared": func(p *point, id kiosk.DossierID) error {
			return p.desk.Declare(p.t.Context(), id, clerk, good("delivery_address", ""))
		},
		"kept answers": func(p *point, id kiosk.DossierID) error { return p.desk.Keep(p.t.Context(), id, clerk, good()) },
		"waived": func(p *point, id kiosk.DossierID) error {
			return p.desk.Waive(p.t.Context(), id, clerk, "witness_statement", "không có")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := p.consented()
			must(t, change(p, id))
			p.wantState(id, kiosk.Declared)
			if c := p.work(id).Draft.Consent; c != nil {
				t.Errorf("a consent is still there: %+v", c)
			}
			_, err := p.desk.HandOver(t.Context(), id, clerk)
			wants(t, err, "dossier.moved_on", kiosk.Conflict)
			_, err = p.desk.Prepare(t.Context(), id, clerk)
			wants(t, err, "dossier.moved_on", kiosk.Conflict)
		})
	}
}

func TestWaiveKnowsItsPapers(t *testing.T) {
	p := newPoint(t)
	wants(t, p.desk.Waive(t.Context(), p.begin(), clerk, "no_such", "vì"), "requirement.unknown", kiosk.NotFound)
}
