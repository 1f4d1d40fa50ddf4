package intake_test

import (
	"slices"
	"testing"

	"servicepoint/kiosk"
)

// One answer after the other makes the same declaration as all at once, and
// takes no step by itself.
func TestAmendOneAnswerAtATime(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	for field, answer := range good() {
		if err := p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{field: answer}); err != nil {
			t.Fatalf("%s: %v", field, err)
		}
	}
	p.wantState(id, kiosk.Open)
	got := p.work(id).Draft.Declaration.Answers
	if got["applicant_birth"] != "1993-08-15" || got["applicant_phone"] != "+84912345678" {
		t.Error("answers that need no correction are not kept the way they are stored")
	}
	must(t, p.desk.Declare(t.Context(), id, clerk, got))
	p.wantState(id, kiosk.Declared)
	p.wantEvent(id, "declaration.kept")
}

func TestAmendBlamesOnlyWhatItChanges(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	err := p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{"applicant_no": "12", "applicant_name": "Lê Mẫu"})
	wants(t, err, "declaration.incomplete", kiosk.Invalid)
	if got := fieldsOf(t, err); !slices.Equal(got, []kiosk.FieldError{{Field: "applicant_no", Code: "field.personal_no"}}) {
		t.Errorf("got %v", got)
	}
	if got := p.work(id).Draft.Declaration.Answers; got["applicant_no"] != "12" || got["applicant_name"] != "Lê Mẫu" {
		t.Error("what was typed is not kept")
	}
	must(t, p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{"applicant_email": ""}))
}

// An answer changed after the review takes the dossier back before it, and the
// declaration has to be made again.
func TestAmendAfterTheReview(t *testing.T) {
	p := newPoint(t)
	id := p.consented()
	must(t, p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{"applicant_phone": "0912 345 678"}))
	p.wantState(id, kiosk.Consented) // it says what stood there
	if w := p.work(id); !w.Says(good()) || w.Says(good("applicant_name", "Lê Mẫu")) || w.Says(good("applicant_no", "12")) {
		t.Error("what was typed is not what is kept, or the other way round")
	}
	must(t, p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{"applicant_name": "Lê Mẫu"}))
	p.wantState(id, kiosk.Declared)
	err := p.desk.Review(t.Context(), id, clerk)
	wants(t, err, "dossier.incomplete")
	must(t, p.desk.Declare(t.Context(), id, clerk, p.work(id).Draft.Declaration.Answers))
	must(t, p.desk.Review(t.Context(), id, clerk))
	must(t, p.desk.Abandon(t.Context(), id, clerk, "abandon.mistake"))
	wants(t, p.desk.Amend(t.Context(), id, clerk, kiosk.Answers{"applicant_name": "Lê"}), "dossier.moved_on", kiosk.Conflict)
}
