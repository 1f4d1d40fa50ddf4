package intake_test

import (
	"bytes"
	"image/jpeg"
	"slices"
	"testing"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
)

func TestCapturedPageIsTheEvidence(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	page := p.capture(id, "birth_proof", sample(0))
	if page.Plain != sumOf(sample(0)) || page.Bytes != int64(len(sample(0))) || page.Verified != string(devices.ShippedTwice) || page.DPI != 200 || page.N != 1 {
		t.Errorf("got %+v", page)
	}
	evidence, err := p.desk.PageImage(t.Context(), id, page.ID)
	must(t, err)
	if !bytes.Equal(evidence, sample(0)) {
		t.Error("the page is not what the scanner delivered")
	}
	if p.files("pages") != 1 || p.files("tmp") != 0 {
		t.Errorf("%d pages, %d temporary files", p.files("pages"), p.files("tmp"))
	}
}

func TestThumbnail(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	page := p.capture(id, "birth_proof", sample(0))
	small, err := p.desk.Thumbnail(t.Context(), id, page.ID, 320)
	must(t, err)
	img, err := jpeg.DecodeConfig(bytes.NewReader(small))
	must(t, err)
	if max(img.Width, img.Height) > 320 || img.Width >= img.Height {
		t.Errorf("%d × %d", img.Width, img.Height)
	}
	if p.files("pages") != 1 || p.files("tmp") != 0 {
		t.Error("a thumbnail lies on the disk")
	}
	_, err = p.desk.Thumbnail(t.Context(), id, 999, 320)
	wants(t, err, "page.gone", kiosk.NotFound)
}

// File, then row: whichever fails, the dossier has no page, and the next try
// succeeds.
func TestCaptureThatBreaksOffLeavesNoPage(t *testing.T) {
	for name, c := range map[string]struct {
		spool, store error
	}{"the disk": {spool: errDisk}, "the database": {store: errDisk}} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := p.begin()
			spool, pages := &brokenSpool{Spool: p.spool, put: c.spool}, &brokenPages{pageRows: p.store, fail: c.store}
			p.desk.Spool, p.desk.Pages = spool, pages
			if _, err := p.tryCapture(id, "birth_proof", sample(0)); err == nil {
				t.Fatal("a page that was not kept was reported as kept")
			}
			if w := p.work(id); len(w.Pages) != 0 {
				t.Errorf("rows: %v", w.Pages)
			}
			if c.spool != nil && p.files("pages")+p.files("tmp") != 0 {
				t.Error("a file was left")
			}
			if slices.Contains(p.kinds(id), "page.captured") {
				t.Error("the journal says a page was captured")
			}
			if loans := p.desk.Lending.Loans(); len(loans) != 0 {
				t.Errorf("the scanner was not given back: %v", loans)
			}
			spool.put, pages.fail = nil, nil
			p.capture(id, "birth_proof", sample(0))
		})
	}
}

func TestCaptureRefusals(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	_, err := p.tryCapture(id, "id_card", sample(0)) // shown, never kept
	wants(t, err, "requirement.present_only", kiosk.Invalid)
	_, err = p.tryCapture(id, "no_such", sample(0))
	wants(t, err, "requirement.unknown", kiosk.NotFound)
	_, err = p.tryCapture(id, "birth_proof", sample(0)[:len(sample(0))/2])
	wants(t, err, "page.truncated", kiosk.Corrupt)
	_, err = p.tryCapture(id, "birth_proof", []byte("%PDF-1.7 not a picture"))
	wants(t, err, "page.not_jpeg", kiosk.Corrupt)
	if len(p.work(id).Pages) != 0 || p.files("pages") != 0 {
		t.Error("something was kept")
	}
}

func TestCaptureTellsTheDeviceTrouble(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	p.scanner.fault = &devices.Fault{Device: devices.ScannerDevice, Cause: devices.Offline}
	_, err := p.desk.CapturePages(t.Context(), id, intake.Capture{Requirement: "birth_proof", Staff: clerk, Seat: "desk"}, nil)
	fault, ok := asFault(err)
	if !ok || fault.Code() != "scanner.offline" {
		t.Errorf("got %v", err)
	}
}

// A stack goes through in one go; what was kept before a jam stays kept.
func TestCaptureTakesAStack(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	order := intake.Capture{Requirement: "birth_proof", Staff: clerk, Seat: "desk"}
	p.scanner.sheets = [][]byte{sample(0), sample(1)}
	pages, err := p.desk.CapturePages(t.Context(), id, order, nil)
	if err != nil || len(pages) != 2 || pages[0].N != 1 || pages[1].N != 2 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	p.scanner.sheets = [][]byte{sample(2)}
	p.scanner.fault = &devices.Fault{Device: devices.ScannerDevice, Cause: devices.Jam}
	pages, err = p.desk.CapturePages(t.Context(), id, order, nil)
	if fault, ok := asFault(err); !ok || fault.Cause != devices.Jam || len(pages) != 1 {
		t.Errorf("%d pages, %v", len(pages), err)
	}
	if n := len(p.work(id).Pages); n != 3 || p.files("pages") != 3 {
		t.Errorf("%d pages kept", n)
	}
}

// A page taken again is one sheet, however many lie ready.
func TestARetakeTakesOneSheet(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	first, err := p.tryCapture(id, "birth_proof", sample(0))
	if err != nil {
		t.Fatal(err)
	}
	p.scanner.sheets = [][]byte{sample(1), sample(2)}
	_, err = p.desk.CapturePages(t.Context(), id, intake.Capture{Requirement: "birth_proof", Replaces: first.ID, Staff: clerk, Seat: "desk"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.work(id).Pages); n != 1 || len(p.scanner.sheets) != 1 {
		t.Errorf("%d pages, %d sheets left", n, len(p.scanner.sheets))
	}
}

func asFault(err error) (*devices.Fault, bool) {
	for ; err != nil; err = unwrap(err) {
		if f, ok := err.(*devices.Fault); ok {
			return f, true
		}
	}
	return nil, false
}

func TestScannerIsLentToOneSeat(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	back, err := p.desk.Lending.Borrow(devices.ScannerDevice, "window", "resident")
	must(t, err)
	_, err = p.tryCapture(id, "birth_proof", sample(0))
	wants(t, err, "device.busy", kiosk.Busy)
	back()
	p.capture(id, "birth_proof", sample(0))
}

func TestReplacedPageKeepsItsPlace(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	var pages []kiosk.Page
	for n := range 3 {
		pages = append(pages, p.capture(id, "birth_proof", sample(n)))
	}
	again := p.capture(id, "birth_proof", sample(3), pages[1].ID)
	if again.N != 2 || slices.Contains(again.Defects, "page.duplicate") {
		t.Errorf("got place %d, findings %v", again.N, again.Defects)
	}
	var order []int64
	for _, page := range p.work(id).Pages {
		order = append(order, page.ID)
	}
	if want := []int64{pages[0].ID, again.ID, pages[2].ID}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	// The same sheet once more in its own place is no duplicate.
	same := p.capture(id, "birth_proof", sample(3), again.ID)
	if slices.Contains(same.Defects, "page.duplicate") {
		t.Error("a page is called a duplicate of the one it replaces")
	}
	_, err := p.tryCapture(id, "birth_proof", sample(0), 999)
	wants(t, err, "page.unknown", kiosk.NotFound)
}

func TestRejectPage(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	first := p.capture(id, "birth_proof", sample(0))
	second := p.capture(id, "birth_proof", sample(1))
	must(t, p.desk.RejectPage(t.Context(), id, first.ID, "page.blur", clerk))
	if pages := p.work(id).Pages; len(pages) != 1 || pages[0].ID != second.ID || pages[0].N != 1 {
		t.Errorf("left: %+v", pages)
	}
	_, err := p.desk.PageImage(t.Context(), id, first.ID)
	wants(t, err, "page.gone")
	wants(t, p.desk.RejectPage(t.Context(), id, first.ID, "page.blur", clerk), "page.unknown", kiosk.NotFound)
	p.wantEvent(id, "page.rejected")
}

// A page whose file was changed behind our back is told from the evidence.
func TestChangedFileIsNotShownAsEvidence(t *testing.T) {
	p := newPoint(t)
	id := p.begin()
	page := p.capture(id, "birth_proof", sample(0))
	p.overwrite("pages", page.Cipher, func(b []byte) { b[len(b)/2] ^= 1 })
	_, err := p.desk.PageImage(t.Context(), id, page.ID)
	wants(t, err, "page.unreadable", kiosk.Corrupt)
}
