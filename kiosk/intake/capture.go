package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/seal"
)

// Capture says which paper lies under the scanner.
type Capture struct {
	Requirement kiosk.RequirementID
	Replaces    int64 // the page taken again, 0 for a further page
	Staff       kiosk.StaffID
	Seat        string
}

// CapturePages takes the sheets that lie ready and keeps each before the next
// is asked for: scanned, judged, encrypted to the draft key, file synced, row
// committed. An imager gives one sheet, a feeder all it holds, a page taken
// again one. The pages it returns survive a power cut, also when it fails at a
// later sheet. progress may be nil.
func (d *Desk) CapturePages(ctx context.Context, id kiosk.DossierID, c Capture, progress devices.Progress) ([]kiosk.Page, error) {
	w, key, err := d.editable(ctx, id)
	if err != nil {
		return nil, err
	}
	doc, ok := w.Terms.Procedure.Document(c.Requirement)
	if !ok {
		return nil, kiosk.Fail(kiosk.NotFound, "requirement.unknown", nil)
	}
	if doc.Scan == "never" {
		return nil, kiosk.Fail(kiosk.Invalid, "requirement.present_only", nil)
	}
	giveBack, err := d.Lending.Borrow(devices.ScannerDevice, c.Seat, string(c.Staff))
	if err != nil {
		return nil, err
	}
	defer giveBack()
	want := devices.ScanRequest{}
	if c.Replaces != 0 {
		want.Max = 1
	}
	var kept []kiosk.Page
	err = d.Scanner.Scan(ctx, want, func(sheet devices.Sheet) error {
		page, err := d.keepSheet(ctx, w, key, c, sheet)
		if err == nil {
			kept, w.Pages = append(kept, page), append(w.Pages, page)
		}
		return err
	}, progress)
	if err != nil {
		return kept, fmt.Errorf("capture page %d: %w", len(kept)+1, err)
	}
	return kept, nil
}

// keepSheet judges a sheet and makes it a page: file, then row.
func (d *Desk) keepSheet(ctx context.Context, w Work, key *seal.Key, c Capture, sheet devices.Sheet) (kiosk.Page, error) {
	view, err := imaging.Analyse(ctx, sheet.Bytes, imaging.Limits{})
	if err != nil {
		return kiosk.Page{}, fmt.Errorf("judge page: %w", err)
	}
	plain := sha256.Sum256(sheet.Bytes)
	if i := slices.IndexFunc(w.Pages, func(p kiosk.Page) bool { return p.Plain == plain && p.ID != c.Replaces }); i >= 0 {
		view.Defects = append(view.Defects, "page.duplicate")
	}
	cipher, err := d.putPage(ctx, key, sheet.Bytes)
	if err != nil {
		return kiosk.Page{}, err
	}
	dpi := sheet.DPI
	if dpi == 0 {
		dpi = view.DPI
	}
	defer d.turns.take(w.ID)() // now and not earlier: the scanner took its time
	page, err := d.Pages.AddPage(ctx, kiosk.Page{
		Dossier: w.ID, Revision: w.Revision, Requirement: c.Requirement, Plain: plain, Cipher: cipher,
		Bytes: int64(len(sheet.Bytes)), MIME: view.MIME, Width: view.Width, Height: view.Height, DPI: dpi, Gray: view.Gray,
		Verified: string(sheet.Verified), Defects: view.Defects, CapturedAt: d.Now().UTC(),
	}, c.Replaces)
	if err != nil {
		return kiosk.Page{}, err
	}
	d.Log.Info("page kept", "dossier", w.ID, "page", page.ID, "bytes", page.Bytes, "verified", page.Verified,
		"defects", page.Defects, "metrics", view.Metrics)
	d.changed(w.ID)
	return page, nil
}

// putPage encrypts the evidence to the draft key and puts it in the spool.
func (d *Desk) putPage(ctx context.Context, key *seal.Key, evidence []byte) (kiosk.Digest, error) {
	var sealed bytes.Buffer
	enc, err := key.Encrypt(&sealed)
	if err != nil {
		return kiosk.Digest{}, fmt.Errorf("encrypt page: %w", err)
	}
	if _, err := enc.Write(evidence); err != nil {
		return kiosk.Digest{}, fmt.Errorf("encrypt page: %w", err)
	}
	if err := enc.Close(); err != nil {
		return kiosk.Digest{}, fmt.Errorf("encrypt page: %w", err)
	}
	cipher, _, err := d.Spool.PutPage(ctx, &sealed)
	return cipher, err
}

// openPage decrypts one page of a dossier that still has its draft key.
func (d *Desk) openPage(key *seal.Key, p kiosk.Page) (io.ReadCloser, error) {
	f, err := d.Spool.OpenPage(p.Cipher)
	if err != nil {
		return nil, err
	}
	r, err := key.Decrypt(f)
	if err != nil {
		f.Close()
		return nil, kiosk.Fail(kiosk.Corrupt, "page.unreadable", err)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// PageImage gives a page's evidence bytes while the draft key lives.
func (d *Desk) PageImage(ctx context.Context, id kiosk.DossierID, page int64) ([]byte, error) {
	w, key, err := d.open(ctx, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(w.Pages, func(p kiosk.Page) bool { return p.ID == page })
	if i < 0 || key == nil {
		return nil, kiosk.Fail(kiosk.NotFound, "page.gone", nil)
	}
	r, err := d.openPage(key, w.Pages[i])
	if err != nil {
		return nil, err
	}
	defer r.Close()
	evidence, err := io.ReadAll(r)
	if err != nil || sha256.Sum256(evidence) != w.Pages[i].Plain {
		return nil, kiosk.Fail(kiosk.Corrupt, "page.unreadable", err)
	}
	return evidence, nil
}

// Thumbnail gives a small JPEG of a page, its longer side at most maxSide
// pixels. It is made anew each time and lies nowhere.
func (d *Desk) Thumbnail(ctx context.Context, id kiosk.DossierID, page int64, maxSide int) ([]byte, error) {
	evidence, err := d.PageImage(ctx, id, page)
	if err != nil {
		return nil, err
	}
	return imaging.Thumbnail(evidence, maxSide)
}

// RejectPage takes a page out of the dossier; the ledger keeps that it was
// there and why it went.
func (d *Desk) RejectPage(ctx context.Context, id kiosk.DossierID, page int64, reason kiosk.Code, staff kiosk.StaffID) error {
	defer d.turns.take(id)()
	if err := d.Pages.RejectPage(ctx, id, page, reason, staff); err != nil {
		return err
	}
	d.changed(id)
	return nil
}

// OverrideDefects accepts a page in spite of its findings, for a reason.
func (d *Desk) OverrideDefects(ctx context.Context, id kiosk.DossierID, page int64, reason string, staff kiosk.StaffID) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return kiosk.Fail(kiosk.Invalid, "override.reason", nil)
	}
	if err := d.Pages.OverrideDefects(ctx, id, page, reason, staff); err != nil {
		return err
	}
	d.changed(id)
	return nil
}

// WipePages removes the page files no dossier needs any more. It may be
// stopped at any point and begun again; a file that resists holds nobody else
// up.
func (d *Desk) WipePages(ctx context.Context) error {
	todo, err := d.Handovers.PagesToWipe(ctx)
	if err != nil {
		return err
	}
	var failed error
	for id, names := range todo {
		failed = errors.Join(failed, d.wipeDossier(ctx, id, names))
	}
	return failed
}

func (d *Desk) wipeDossier(ctx context.Context, id kiosk.DossierID, names []kiosk.Digest) error {
	for _, name := range names {
		if err := d.Spool.WipePage(name); err != nil {
			return fmt.Errorf("wipe pages: %w", err)
		}
	}
	if err := d.Handovers.PagesWiped(ctx, id); err != nil {
		return err
	}
	d.changed(id)
	return nil
}

// wipeSoon wipes what a step has just set free. The step has happened whatever
// becomes of the files: their key is gone, and Run tries again.
func (d *Desk) wipeSoon(ctx context.Context) {
	if err := d.WipePages(context.WithoutCancel(ctx)); err != nil {
		d.Log.Warn("pages left to be wiped later", "err", err)
	}
}

// noteOf packs codes and numbers for a journal event.
func noteOf(v map[string]any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
