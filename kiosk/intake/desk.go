package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/seal"
)

// Desk makes dossiers: from opening one to the moment it leaves the counter.
type Desk struct {
	Dossiers  Dossiers
	Drafts    Drafts
	Pages     Pages
	Handovers Handovers
	Cases     Cases
	Accounts  Accounts
	Journal   Journal
	FeeSlips  FeeSlips
	Tickets   Tickets
	Spool     Spool
	Scanner   Scanner
	Press     *Press
	Lending   *Lending
	Vault     *seal.Vault

	Catalog    func() *catalog.Catalog
	Point      kiosk.PointCode
	PointName  string
	Hotline    string
	Payee      kiosk.Payee // fees at the counter are paid into; the zero Payee: none
	Unit       kiosk.UnitID
	Signer     seal.Signer
	Recipients []string // age recipients: the centre's and the recovery key's
	AppVersion string

	Now      func() time.Time
	Log      *slog.Logger
	OnChange func(kiosk.DossierID) // a dossier has changed: screens may look again; it changes none itself
	OnSealed func()                // a parcel waits in the outbox; likewise

	tries tries // of finding
	turns turns // whoever changes a dossier takes one first
}

// Terms is the procedure as the catalogue stated it when a dossier was opened;
// the dossier keeps it to the end.
type Terms struct {
	Procedure catalog.Procedure `json:"procedure"`
	Form      catalog.Form      `json:"form"`
	Receiving string            `json:"receiving"` // the receiving authority's name
	Version   string            `json:"version"`
}

// NoticeVersion names the privacy notice and consent text that package phrases
// holds; it changes whenever a word of them does.
const NoticeVersion = "2026-11-23"

// OpenRequest is what a clerk chooses to begin a dossier.
type OpenRequest struct {
	Procedure kiosk.ProcedureID
	Ticket    int // 0 without one
	Staff     kiosk.StaffID
	Notice    string // version of the privacy notice the resident was told
}

// Open begins a dossier under the catalogue as it stands now. Which notice the
// resident was told is on record before there is anything to store of them.
func (d *Desk) Open(ctx context.Context, r OpenRequest) (kiosk.Dossier, error) {
	if r.Notice == "" {
		return kiosk.Dossier{}, kiosk.Fail(kiosk.Invalid, "notice.missing", nil)
	}
	terms, err := d.terms(r.Procedure)
	if err != nil {
		return kiosk.Dossier{}, err
	}
	body, err := json.Marshal(terms)
	if err != nil {
		return kiosk.Dossier{}, fmt.Errorf("open dossier: %w", err)
	}
	id := kiosk.DossierID(uuid.Must(uuid.NewV7()).String())
	key, wrapped, err := d.Vault.NewKey(seal.PurposeDraft, id)
	if err != nil {
		return kiosk.Dossier{}, fmt.Errorf("open dossier: %w", err)
	}
	draft, err := sealDraft(key, kiosk.Draft{})
	if err != nil {
		return kiosk.Dossier{}, fmt.Errorf("open dossier: %w", err)
	}
	e := d.event(id, "notice.told", r.Staff)
	e.Note = noteOf(map[string]any{"notice": r.Notice})
	if err := d.Journal.Note(ctx, e); err != nil {
		return kiosk.Dossier{}, fmt.Errorf("open dossier: %w", err)
	}
	now := d.Now().UTC()
	return d.Dossiers.OpenDossier(ctx, kiosk.Dossier{
		ID: id, Revision: 1, Point: d.Point, Procedure: r.Procedure, CatalogVersion: terms.Version, Terms: body,
		Ticket: r.Ticket, State: kiosk.Open, Staff: r.Staff, OpenedAt: now, UpdatedAt: now,
	}, wrapped, draft)
}

func (d *Desk) terms(id kiosk.ProcedureID) (Terms, error) {
	c := d.Catalog()
	p, ok := c.Procedure(id)
	if !ok {
		return Terms{}, kiosk.Fail(kiosk.Invalid, "procedure.unknown", nil)
	}
	if reason := c.Closed(p); reason != "" {
		return Terms{}, kiosk.Fail(kiosk.Invalid, reason, nil)
	}
	f, _ := c.Form(p.Form)
	return Terms{Procedure: p, Form: f, Receiving: c.Authorities[p.Receiving].Name, Version: c.Head.Version}, nil
}

// Work is a dossier with everything a person at the desk sees of it.
type Work struct {
	kiosk.Dossier
	Terms Terms
	Draft kiosk.Draft // empty once the draft key is gone
	Pages []kiosk.Page

	today string // the Hanoi day this was read, yyyy-mm-dd: no date answered may lie after it
}

// Have tells which papers have at least one page or a waiver.
func (w Work) Have() map[kiosk.RequirementID]bool {
	have := map[kiosk.RequirementID]bool{}
	for _, p := range w.Pages {
		have[p.Requirement] = true
	}
	for _, wv := range w.Draft.Waivers {
		have[wv.Requirement] = true
	}
	return have
}

// PagesOf lists the pages of one paper in order.
func (w Work) PagesOf(r kiosk.RequirementID) []kiosk.Page {
	var pages []kiosk.Page
	for _, p := range w.Pages {
		if p.Requirement == r {
			pages = append(pages, p)
		}
	}
	return pages
}

// Work opens a dossier for a person at the desk.
func (d *Desk) Work(ctx context.Context, id kiosk.DossierID) (Work, error) {
	w, _, err := d.open(ctx, id)
	return w, err
}

// open reads a dossier with its draft; key is nil once it has been dropped.
func (d *Desk) open(ctx context.Context, id kiosk.DossierID) (Work, *seal.Key, error) {
	dossier, err := d.Dossiers.Dossier(ctx, id)
	if err != nil {
		return Work{}, nil, err
	}
	w := Work{Dossier: dossier, today: d.Now().In(kiosk.Hanoi).Format(time.DateOnly)}
	if err := json.Unmarshal(dossier.Terms, &w.Terms); err != nil {
		return Work{}, nil, kiosk.Fail(kiosk.Corrupt, "dossier.terms", err)
	}
	if w.Pages, err = d.Pages.Pages(ctx, id); err != nil {
		return Work{}, nil, err
	}
	wrapped, sealed, err := d.Drafts.Draft(ctx, id)
	if kiosk.CodeOf(err) == "draft.gone" {
		return w, nil, nil
	}
	if err != nil {
		return Work{}, nil, err
	}
	key, err := d.Vault.OpenKey(seal.PurposeDraft, id, wrapped)
	if err != nil {
		return Work{}, nil, err
	}
	plain, err := key.Open(sealed)
	if err != nil {
		return Work{}, nil, kiosk.Fail(kiosk.Corrupt, "draft.unreadable", err)
	}
	if err := json.Unmarshal(plain, &w.Draft); err != nil {
		return Work{}, nil, kiosk.Fail(kiosk.Corrupt, "draft.unreadable", err)
	}
	if w.State.Editable() && w.State != kiosk.Consented {
		w.Draft.Consent = nil // to other papers: a page that comes or goes leaves the draft as it was
	}
	return w, key, nil
}

// editable opens a dossier whose papers may still be changed.
func (d *Desk) editable(ctx context.Context, id kiosk.DossierID) (Work, *seal.Key, error) {
	w, key, err := d.open(ctx, id)
	if err == nil && (key == nil || !w.State.Editable()) {
		err = kiosk.Fail(kiosk.Conflict, "dossier.moved_on", nil)
	}
	return w, key, err
}

func sealDraft(key *seal.Key, draft kiosk.Draft) ([]byte, error) {
	plain, err := json.Marshal(draft)
	if err != nil {
		return nil, err
	}
	return key.Seal(plain)
}

// save stores the draft and takes the dossier's step with its event. Whoever
// calls it has had the turn since before w was read. A dossier that is not
// consented any more keeps no consent.
func (d *Desk) save(ctx context.Context, w Work, key *seal.Key, to kiosk.State, e kiosk.Event) error {
	if to != kiosk.Consented {
		w.Draft.Consent = nil
	}
	sealed, err := sealDraft(key, w.Draft)
	if err != nil {
		return fmt.Errorf("save draft: %w", err)
	}
	e.At, e.Dossier = d.Now().UTC(), w.ID
	if err := d.Drafts.SaveDraft(ctx, w.ID, sealed, w.State, to, e); err != nil {
		return err
	}
	d.changed(w.ID)
	return nil
}

func (d *Desk) changed(id kiosk.DossierID) {
	if d.OnChange != nil {
		d.OnChange(id)
	}
}

// Unfinished lists the dossiers somebody still has to work on.
func (d *Desk) Unfinished(ctx context.Context) ([]kiosk.Dossier, error) {
	return d.Dossiers.Unfinished(ctx)
}

// Waive records why a required paper is missing; an empty reason takes the
// waiver back.
func (d *Desk) Waive(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, r kiosk.RequirementID, reason string) error {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	if _, ok := w.Terms.Procedure.Document(r); !ok {
		return kiosk.Fail(kiosk.NotFound, "requirement.unknown", nil)
	}
	var kept []kiosk.Waiver
	for _, old := range w.Draft.Waivers {
		if old.Requirement != r {
			kept = append(kept, old)
		}
	}
	if reason = strings.TrimSpace(reason); reason != "" {
		kept = append(kept, kiosk.Waiver{Requirement: r, Reason: reason})
	}
	w.Draft.Waivers = kept
	to := w.State
	if to == kiosk.Reviewed || to == kiosk.Consented {
		to = kiosk.Declared
	}
	note, _ := json.Marshal(map[string]any{"requirement": r, "waived": reason != ""})
	return d.save(ctx, w, key, to, kiosk.Event{Kind: "paper.waived", Actor: string(staff), Note: note})
}

// Review confirms that a person has looked at every paper. What is still
// missing comes back as Invalid with code dossier.incomplete; Fields name the
// papers ("page.missing") and the pages with unanswered findings
// ("page-<id>" with the finding).
func (d *Desk) Review(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID) error {
	defer d.turns.take(id)()
	w, _, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	if open := w.Gaps(); len(open) > 0 {
		return &kiosk.Error{Kind: kiosk.Invalid, Code: "dossier.incomplete", Fields: open}
	}
	err = d.Dossiers.Move(ctx, id, kiosk.Declared, kiosk.Reviewed, d.event(id, "dossier.reviewed", staff))
	if err == nil {
		d.changed(id)
	}
	return err
}

// Gaps lists everything that stands between the dossier and its review.
func (w Work) Gaps() []kiosk.FieldError {
	var gaps []kiosk.FieldError
	switch {
	case w.State == kiosk.Open:
		gaps = append(gaps, kiosk.FieldError{Field: "declaration", Code: "declaration.missing"})
	case !w.declared():
		gaps = append(gaps, kiosk.FieldError{Field: "declaration", Code: "declaration.incomplete"})
	}
	for _, doc := range w.Terms.Procedure.Missing(w.Draft.Declaration.Answers, w.Have()) {
		gaps = append(gaps, kiosk.FieldError{Field: string(doc.ID), Code: "page.missing"})
	}
	for _, p := range w.Pages {
		if len(p.Defects) > 0 && p.Override == "" {
			gaps = append(gaps, kiosk.FieldError{Field: fmt.Sprintf("page-%d", p.ID), Code: p.Defects[0]})
		}
	}
	return gaps
}

// Consent records what the resident agreed to. The purpose "file" is what the
// hand-over stands on; the others are free.
func (d *Desk) Consent(ctx context.Context, id kiosk.DossierID, c kiosk.Consent) error {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return err
	}
	filing := false
	for _, p := range c.Purposes {
		filing = filing || p == "file"
	}
	if !filing || c.Notice == "" || (c.By != "subject" && c.By != "representative") {
		return kiosk.Fail(kiosk.Invalid, "consent.missing", nil)
	}
	if w.State != kiosk.Reviewed {
		return kiosk.Fail(kiosk.Conflict, "dossier.moved_on", nil)
	}
	c.At = d.Now().UTC()
	w.Draft.Consent = &c
	return d.save(ctx, w, key, kiosk.Consented, kiosk.Event{Kind: "dossier.consented", Actor: string(c.Staff)})
}

// Abandon gives a dossier up before it has left the counter; its draft key is
// dropped and its pages are wiped.
func (d *Desk) Abandon(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID, reason kiosk.Code) error {
	defer d.turns.take(id)()
	dossier, err := d.Dossiers.Dossier(ctx, id)
	if err != nil {
		return err
	}
	e := d.event(id, "dossier.abandoned", staff)
	e.Note, _ = json.Marshal(map[string]any{"reason": reason})
	if err := d.Dossiers.Move(ctx, id, dossier.State, kiosk.Abandoned, e); err != nil {
		return err
	}
	d.changed(id)
	d.wipeSoon(ctx)
	return nil
}

func (d *Desk) event(id kiosk.DossierID, kind kiosk.Code, staff kiosk.StaffID) kiosk.Event {
	return kiosk.Event{At: d.Now().UTC(), Dossier: id, Kind: kind, Actor: string(staff)}
}
