package intake

import (
	"context"
	"maps"
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// Keep stores answers as they stand, checked or not, so that a clerk can
// leave at any page. It takes no step forward.
func (d *Desk) Keep(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, answers kiosk.Answers) error {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	return d.keep(ctx, w, key, staff, answers)
}

// keep is Keep for those who have the turn.
func (d *Desk) keep(ctx context.Context, w Work, key *seal.Key, staff kiosk.StaffID, answers kiosk.Answers) error {
	w.Draft.Declaration = kiosk.Declaration{Form: w.Terms.Form.ID, Answers: answers}
	to := w.State
	if to == kiosk.Reviewed || to == kiosk.Consented {
		to = kiosk.Declared
	}
	return d.save(ctx, w, key, to, kiosk.Event{Kind: "declaration.kept", Actor: string(staff)})
}

// Amend puts a few answers in place of the draft's and leaves the others as
// they are, so that a form can be filled one question at a time; an empty answer
// takes the old one back. Like Keep it takes no step forward. Answers that need
// correction are kept all the same and come back as Invalid with code
// declaration.incomplete and those fields; what the changes do not touch is not
// looked at.
func (d *Desk) Amend(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, changes kiosk.Answers) error {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	answers := kiosk.Answers{}
	maps.Copy(answers, w.Draft.Declaration.Answers)
	maps.Copy(answers, changes)
	clean, wrong := w.check(answers)
	for id := range changes {
		if v, fine := clean[id]; fine {
			answers[id] = v
		}
	}
	if !maps.Equal(answers, w.Draft.Declaration.Answers) { // what changes nothing takes no review and no consent back
		if err := d.keep(ctx, w, key, staff, answers); err != nil {
			return err
		}
	}
	wrong = slices.DeleteFunc(wrong, func(f kiosk.FieldError) bool { _, touched := changes[f.Field]; return !touched })
	if len(wrong) > 0 {
		return &kiosk.Error{Kind: kiosk.Invalid, Code: "declaration.incomplete", Fields: wrong}
	}
	return nil
}

// Declare checks the answers and takes the dossier to declared. Answers that
// need correction are kept all the same and come back as Invalid with code
// declaration.incomplete and every field concerned.
func (d *Desk) Declare(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, answers kiosk.Answers) error {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	clean, wrong := w.check(answers)
	if len(wrong) > 0 {
		if err := d.keep(ctx, w, key, staff, answers); err != nil {
			return err
		}
		return &kiosk.Error{Kind: kiosk.Invalid, Code: "declaration.incomplete", Fields: wrong}
	}
	w.Draft.Declaration = kiosk.Declaration{Form: w.Terms.Form.ID, Answers: clean}
	w.Draft.Applicant = w.Terms.Form.Applicant(clean)
	return d.save(ctx, w, key, kiosk.Declared, kiosk.Event{Kind: "dossier.declared", Actor: string(staff)})
}

// Says reports whether answers, as people typed them, say what the draft has
// been keeping anyway.
func (w Work) Says(answers kiosk.Answers) bool {
	clean, wrong := w.check(answers)
	return len(wrong) == 0 && maps.Equal(clean, w.Draft.Declaration.Answers)
}

// check gives the facts and the answers to what is asked, fit to be declared,
// and every field that needs correction, facts first.
func (w Work) check(answers kiosk.Answers) (kiosk.Answers, []kiosk.FieldError) {
	facts, wrongFacts := w.Terms.Procedure.CheckFacts(answers)
	clean, wrong := w.Terms.Form.Check(answers, w.today)
	maps.Copy(clean, facts)
	return clean, append(wrongFacts, wrong...)
}

// declared reports whether the answers as they stand are those a Declare has
// checked: Keep may have put others in their place since.
func (w Work) declared() bool {
	answers := w.Draft.Declaration.Answers
	return w.Says(answers) && w.Terms.Form.Applicant(answers) == w.Draft.Applicant
}
