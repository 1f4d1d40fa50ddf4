package intake

import (
	"context"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/seal"
)

// Assisted filing: resident and clerk submit in the portal themselves. The
// kiosk prepares the files and the fields to copy, in portal order, and takes
// the official code back.

// PortalField is one field to copy into the portal.
type PortalField struct {
	Section string
	Label   string
	Value   string // as the portal shows it: dates dd/mm/yyyy
}

// Prepared is what the clerk has beside the portal's window.
type Prepared struct {
	Files  []PreparedFile
	Fields []PortalField
}

// Prepare takes a consented dossier to prepared and files its case record.
func (d *Desk) Prepare(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID) (Prepared, error) {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return Prepared{}, err
	}
	if w.State != kiosk.Consented {
		return Prepared{}, kiosk.Fail(kiosk.Conflict, "dossier.moved_on", nil)
	}
	out, err := d.prepared(w, key)
	if err != nil {
		return Prepared{}, err
	}
	record, err := d.sealCase(w, "")
	if err != nil {
		return Prepared{}, err
	}
	e := d.event(id, "dossier.prepared", staff)
	e.Note = noteOf(map[string]any{"files": len(out.Files)})
	if err := d.Handovers.Prepared(ctx, id, record, e); err != nil {
		return Prepared{}, err
	}
	d.changed(id)
	return out, nil
}

// Prepared gives the files and fields of a dossier being filed.
func (d *Desk) Prepared(ctx context.Context, id kiosk.DossierID) (Prepared, error) {
	w, key, err := d.open(ctx, id)
	if err != nil {
		return Prepared{}, err
	}
	if key == nil {
		return Prepared{}, kiosk.Fail(kiosk.NotFound, "draft.gone", nil)
	}
	return d.prepared(w, key)
}

// BeginFiling records that the portal is open and the clerk is copying.
func (d *Desk) BeginFiling(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID) error {
	err := d.Dossiers.Move(ctx, id, kiosk.Prepared, kiosk.Filing, d.event(id, "dossier.filing", staff))
	if err == nil {
		d.changed(id)
	}
	return err
}

// OfficialEntry is the authority's code as it came back.
type OfficialEntry struct {
	Code    string
	Again   string // typed a second time; ignored when Scanned
	Scanned bool   // read by the scanner, which does not mistype
	Unusual bool   // the clerk confirms a code of an unusual shape
}

// File records the official code: the authority has the dossier. The draft
// key is dropped in the same transaction, then the pages are wiped. A code of
// an unusual shape is Invalid with code.official_unusual until confirmed.
func (d *Desk) File(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, entry OfficialEntry) error {
	defer d.turns.take(id)()
	code, usual, err := kiosk.ParseOfficialCode(entry.Code)
	if err != nil {
		return err
	}
	again, _, err := kiosk.ParseOfficialCode(entry.Again)
	if !entry.Scanned && (err != nil || again != code) {
		return kiosk.Fail(kiosk.Invalid, "code.official_differs", nil)
	}
	if !usual && !entry.Unusual {
		return kiosk.Fail(kiosk.Invalid, "code.official_unusual", nil)
	}
	w, key, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	if key == nil || w.State != kiosk.Filing {
		return kiosk.Fail(kiosk.Conflict, "dossier.moved_on", nil)
	}
	record, err := d.sealCase(w, code)
	if err != nil {
		return err
	}
	e := d.event(id, "dossier.accepted", staff)
	e.Note = noteOf(map[string]any{"official": code, "scanned": entry.Scanned, "usual": usual})
	if err := d.Handovers.File(ctx, id, code, record, e); err != nil {
		return err
	}
	d.changed(id)
	d.wipeSoon(ctx)
	return nil
}

// prepared lays out files and fields; both come out the same every time.
func (d *Desk) prepared(w Work, key *seal.Key) (Prepared, error) {
	files, err := d.files(w, key, w.Terms.Procedure.Limits.MaxFileBytes)
	if err != nil {
		return Prepared{}, err
	}
	return Prepared{Files: files, Fields: portalFields(w.Terms, w.Draft.Declaration.Answers)}, nil
}

// portalFields lists the declaration in portal order; unanswered fields are
// left out.
func portalFields(terms Terms, answers kiosk.Answers) []PortalField {
	var fields []PortalField
	for _, f := range terms.Procedure.Facts {
		if v := answers[f.ID]; v != "" {
			fields = append(fields, PortalField{Label: f.Ask, Value: choiceLabel(f.Choices(phrases.VI), v)})
		}
	}
	for _, s := range terms.Form.Sections {
		for _, q := range s.Questions {
			if v := answers[q.ID]; v != "" {
				fields = append(fields, PortalField{Section: s.Title, Label: q.Label, Value: terms.Form.Format(q, v)})
			}
		}
	}
	return fields
}

func choiceLabel(values []catalog.Choice, v string) string {
	for _, c := range values {
		if c.ID == v {
			return c.Label
		}
	}
	return v
}

// last4 gives the last four digits of a number, or "".
func last4(no string) string {
	if len(no) < 4 || strings.ContainsFunc(no, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return no[len(no)-4:]
}
