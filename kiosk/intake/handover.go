package intake

import (
	"context"
	"fmt"
	"io"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// HandOver seals a consented dossier for the centre: a PDF of each paper, the
// manifest, one encrypted and signed file that is read back and compared, then
// one transaction in which the dossier becomes sealed, the parcel enters the
// outbox and the draft key is dropped. Broken off anywhere before that
// transaction it has changed nothing and can be done again.
func (d *Desk) HandOver(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID) (kiosk.Parcel, error) {
	defer d.turns.take(id)()
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return kiosk.Parcel{}, err
	}
	if w.State != kiosk.Consented || w.Draft.Consent == nil {
		return kiosk.Parcel{}, kiosk.Fail(kiosk.Conflict, "dossier.moved_on", nil)
	}
	parcel, err := d.sealParcel(ctx, w, key, staff)
	if err != nil {
		return kiosk.Parcel{}, fmt.Errorf("seal dossier %s: %w", id, err)
	}
	record, err := d.sealCase(w, "")
	if err != nil {
		return kiosk.Parcel{}, err
	}
	e := d.event(id, "dossier.sealed", staff)
	e.Note = noteOf(map[string]any{"sha256": parcel.SHA256, "bytes": parcel.Bytes, "pages": len(w.Pages)})
	if err := d.Handovers.HandOver(ctx, parcel, record, e); err != nil {
		return kiosk.Parcel{}, err
	}
	d.changed(id)
	if d.OnSealed != nil {
		d.OnSealed()
	}
	d.wipeSoon(ctx)
	return parcel, nil
}

// sealParcel puts the sealed file in the spool.
func (d *Desk) sealParcel(ctx context.Context, w Work, key *seal.Key, staff kiosk.StaffID) (kiosk.Parcel, error) {
	seq, err := d.Handovers.UnitSeq(ctx)
	if err != nil {
		return kiosk.Parcel{}, err
	}
	m, contents, err := d.contents(w, key)
	if err != nil {
		return kiosk.Parcel{}, err
	}
	m.UnitSeq, m.Staff = seq, staff
	envelope := func(sum kiosk.Digest, size int64) ([]byte, error) {
		return seal.SignEnvelope(seal.Envelope{
			Unit: d.Unit, Dossier: w.ID, Revision: w.Revision, SHA256: sum, Bytes: size,
			RecipientKeyIDs: seal.RecipientKeyIDs(d.Recipients), UnitSeq: seq,
		}, d.Signer)
	}
	parcel, err := d.Spool.PutParcel(ctx, envelope, func(dst io.Writer) error {
		return seal.Write(dst, m, contents, d.Signer, d.Recipients)
	})
	parcel.Dossier, parcel.Revision = w.ID, w.Revision
	return parcel, err
}

// contents lists what goes into the parcel: the manifest and every file with
// its size and sum.
func (d *Desk) contents(w Work, key *seal.Key) (seal.Manifest, []seal.Content, error) {
	p := w.Terms.Procedure
	m := seal.Manifest{
		Dossier: w.ID, Revision: w.Revision, LocalCode: w.LocalCode, Unit: d.Unit, Point: d.Point,
		Procedure: seal.Procedure{ID: p.ID, Code: p.OfficialName(), Name: p.Name, CatalogVersion: w.CatalogVersion},
		OpenedAt:  w.OpenedAt, SealedAt: d.Now().UTC(), ClockState: seal.ClockUnknown,
		Applicant: w.Draft.Applicant, Declaration: w.Draft.Declaration, Consent: *w.Draft.Consent, Waivers: w.Draft.Waivers,
		AppVersion: d.AppVersion,
	}
	files, err := d.files(w, key, 0)
	if err != nil {
		return m, nil, err
	}
	var contents []seal.Content
	number := 0
	for i, f := range files {
		doc := seal.Document{
			Requirement: f.Requirement, ComponentCode: f.Component, Name: f.Title,
			File: seal.DocumentName(i+1, f.Requirement), SHA256: f.SHA256, Bytes: f.Bytes,
		}
		for _, page := range f.pages {
			number++
			doc.Pages = append(doc.Pages, sealedPage(number, page))
			contents = append(contents, seal.Content{
				Name: seal.PageName(number, page.Plain), Size: page.Bytes, SHA256: page.Plain,
				Open: func() (io.ReadCloser, error) { return d.openPage(key, page) },
			})
		}
		m.Documents = append(m.Documents, doc)
		contents = append(contents, seal.Content{
			Name: doc.File, Size: f.Bytes, SHA256: f.SHA256,
			Open: func() (io.ReadCloser, error) {
				return piped(func(dst io.Writer) error { return d.writePDF(dst, w, key, f) }), nil
			},
		})
	}
	return m, contents, nil
}

func sealedPage(n int, p kiosk.Page) seal.Page {
	return seal.Page{
		N: n, SHA256: p.Plain, Size: p.Bytes, MIME: p.MIME, DPI: p.DPI, Width: p.Width, Height: p.Height,
		Verified: p.Verified, Defects: p.Defects, Override: p.Override, CapturedAt: p.CapturedAt,
	}
}

// piped gives what write writes as a reader; closing it early ends write.
func piped(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	return r
}

// Codes lists every code this package puts into an error, a finding or a
// journal entry people can read.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"booking.expired", "booking.other_day", "booking.other_point", "booking.slot_past",
		"case.unreadable", "code.local_check", "code.local_malformed", "code.official_differs", "code.official_malformed", "code.official_unusual",
		"consent.missing", "declaration.incomplete", "declaration.missing", "device.busy", "dossier.incomplete", "dossier.moved_on", "dossier.terms",
		"draft.gone", "draft.unreadable", "fee.moved_on", "fee.no_payee", "fee.not_here", "fee.notice_number", "fee.notice_own", "fee.unknown", "fee.visit_over",
		"file.unknown", "find.empty", "find.locked", "line.empty", "notice.missing", "override.reason",
		"page.duplicate", "page.gone", "page.missing", "page.unreadable", "printer.queue_full", "procedure.handoff", "procedure.not_in_force", "procedure.precheck", "procedure.unknown",
		"requirement.present_only", "requirement.unknown", "slip.layout", "slip.too_early", "staff.locked", "staff.wrong_pin",
		"ticket.class", "ticket.unknown",
	}
}
