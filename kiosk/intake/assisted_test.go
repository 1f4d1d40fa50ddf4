package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
)

const portalCode = "G09.20-20261123-0092637"

// prepared makes a dossier that waits beside the portal.
func (p *point) prepared() (kiosk.DossierID, intake.Prepared) {
	p.t.Helper()
	id := p.consented()
	out, err := p.desk.Prepare(p.t.Context(), id, clerk)
	must(p.t, err)
	return id, out
}

func (p *point) pdf(id kiosk.DossierID, name string) []byte {
	p.t.Helper()
	var b bytes.Buffer
	must(p.t, p.desk.WriteFile(p.t.Context(), id, name, &b))
	return b.Bytes()
}

func TestPreparedFilesAreWhatTheyAreSaidToBe(t *testing.T) {
	p := newPoint(t)
	id, out := p.prepared()
	p.wantState(id, kiosk.Prepared)
	if len(out.Files) != 1 || out.Files[0].Pages != 2 || out.Files[0].Requirement != "birth_proof" || out.Files[0].Title != "Giấy chứng sinh" {
		t.Fatalf("files %+v", out.Files)
	}
	f := out.Files[0]
	pdf := p.pdf(id, f.Name)
	if sumOf(pdf) != f.SHA256 || int64(len(pdf)) != f.Bytes || !bytes.Contains(pdf, sample(0)) || !bytes.Contains(pdf, sample(1)) {
		t.Error("the file is not what was announced, or not the sheets")
	}
	p.clock.pass(7e9)
	if !bytes.Equal(pdf, p.pdf(id, f.Name)) {
		t.Error("the same file written twice differs")
	}
	wants(t, p.desk.WriteFile(t.Context(), id, "other.pdf", &bytes.Buffer{}), "file.unknown", kiosk.NotFound)
	if n := p.files("tmp") + p.files("parcels"); n != 0 {
		t.Errorf("%d files of the preparation lie on the disk", n)
	}
}

// limited puts a catalogue in force whose birth registration takes files of
// at most limit bytes.
func (p *point) limited(limit int64) {
	now := *p.desk.Catalog()
	now.Procedures = slices.Clone(now.Procedures)
	for i := range now.Procedures {
		now.Procedures[i].Limits.MaxFileBytes = limit
	}
	p.desk.Catalog = func() *catalog.Catalog { return &now }
}

// Invariant 4: every file is at most its limit, no page is lost or doubled,
// and papers are cut between pages, never made worse.
func TestInvariant4FilesStayWithinTheLimit(t *testing.T) {
	biggest := 0
	for n := range 4 {
		biggest = max(biggest, len(sample(n)))
	}
	for _, limit := range []int64{0, int64(biggest) + 9000, 2*int64(biggest) + 20000, 1 << 20} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			p := newPoint(t)
			p.limited(limit)
			id := p.begin()
			p.declare(id)
			for n := range 4 {
				p.capture(id, "birth_proof", sample(n))
			}
			p.capture(id, "witness_statement", sample(0))
			p.override(id)
			must(t, p.desk.Review(t.Context(), id, clerk))
			p.consent(id)
			out, err := p.desk.Prepare(t.Context(), id, clerk)
			must(t, err)
			p.checkParts(id, out, limit)
		})
	}
}

var portalName = regexp.MustCompile(`^DTH01-\d{6}-\d{4}-[0-9A-Z]_\d{2}_[a-z0-9-]+_p\d\.pdf$`)

func (p *point) checkParts(id kiosk.DossierID, out intake.Prepared, limit int64) {
	t := p.t
	t.Helper()
	var order []kiosk.RequirementID
	pages, names := map[kiosk.RequirementID]int{}, map[string]bool{}
	for _, f := range out.Files {
		pdf := p.pdf(id, f.Name)
		if limit > 0 && int64(len(pdf)) > limit || f.OverLimit {
			t.Errorf("%s has %d bytes, the portal takes %d", f.Name, len(pdf), limit)
		}
		if sumOf(pdf) != f.SHA256 {
			t.Errorf("%s is not what was announced", f.Name)
		}
		if names[f.Name] || !portalName.MatchString(f.Name) {
			t.Errorf("file name %q", f.Name)
		}
		names[f.Name] = true
		order = append(order, f.Requirement)
		for n := range f.Pages {
			if sheet := sample((pages[f.Requirement] + n) % 4); !bytes.Contains(pdf, sheet) {
				t.Errorf("%s does not hold its page %d", f.Name, n+1)
			}
		}
		pages[f.Requirement] += f.Pages
	}
	if pages["birth_proof"] != 4 || pages["witness_statement"] != 1 {
		t.Errorf("pages %v", pages)
	}
	if !slices.IsSortedFunc(order, func(a, b kiosk.RequirementID) int { return bytes.Compare([]byte(a), []byte(b)) }) {
		t.Errorf("not in portal order: %v", order)
	}
	if limit == 0 && len(out.Files) != 2 {
		t.Errorf("%d files without a limit", len(out.Files))
	}
}

// A single page that alone is more than the portal takes is said so and not
// touched.
func TestPageOverTheLimitIsMarked(t *testing.T) {
	p := newPoint(t)
	p.limited(10_000)
	_, out := p.prepared()
	if len(out.Files) != 2 || !out.Files[0].OverLimit || !out.Files[1].OverLimit {
		t.Errorf("got %+v", out.Files)
	}
}

func TestPortalFieldsInPortalOrder(t *testing.T) {
	p := newPoint(t)
	_, out := p.prepared()
	var got []string
	for _, f := range out.Fields {
		got = append(got, f.Section+"|"+f.Label+"|"+f.Value)
	}
	want := []string{
		"|Trẻ được đăng ký trong vòng 60 ngày kể từ ngày sinh?|Có", "|Trẻ thuộc trường hợp nào?|Trường hợp thông thường", "|Ai là người đi nộp hồ sơ?|Cha hoặc mẹ",
		"Người nộp hồ sơ|Họ và tên|Nguyễn Văn Mẫu", "Người nộp hồ sơ|Số định danh cá nhân|001090000001", "Người nộp hồ sơ|Ngày sinh|15/08/1993",
		"Người nộp hồ sơ|Giới tính|Nam", "Người nộp hồ sơ|Nơi cư trú|Tổ 3, Đại Thanh, Hà Nội", "Người nộp hồ sơ|Số điện thoại|0912 345 678",
		"Người nộp hồ sơ|Thư điện tử|mau@example.invalid", "Chủ hồ sơ|Họ và tên chủ hồ sơ|Trần Thị Mẫu",
		"Nhận kết quả|Địa chỉ nhận kết quả tại nhà|Tổ 3, Đại Thanh, Hà Nội",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestFileWantsTheOfficialCode(t *testing.T) {
	p := newPoint(t)
	id, _ := p.prepared()
	once := intake.OfficialEntry{Code: portalCode, Again: portalCode}
	wants(t, p.desk.File(t.Context(), id, clerk, once), "dossier.moved_on", kiosk.Conflict) // the portal was not opened
	must(t, p.desk.BeginFiling(t.Context(), id, clerk))
	for _, c := range []struct {
		entry intake.OfficialEntry
		want  kiosk.Code
	}{
		{intake.OfficialEntry{}, "code.official_malformed"},
		{intake.OfficialEntry{Code: "A B", Again: "A B"}, "code.official_malformed"},
		{intake.OfficialEntry{Code: portalCode}, "code.official_differs"},
		{intake.OfficialEntry{Code: portalCode, Again: "G09.20-20261123-0092638"}, "code.official_differs"},
		{intake.OfficialEntry{Code: "HS-2026/17", Again: "HS-2026/17"}, "code.official_unusual"},
		{intake.OfficialEntry{Code: "HS-2026/17", Scanned: true}, "code.official_unusual"},
	} {
		wants(t, p.desk.File(t.Context(), id, clerk, c.entry), c.want, kiosk.Invalid)
		p.wantState(id, kiosk.Filing)
	}
	must(t, p.desk.File(t.Context(), id, clerk, intake.OfficialEntry{Code: " g09.20-20261123-0092637 ", Again: portalCode}))
	if w := p.work(id); w.Official != portalCode || w.State != kiosk.Wiped || w.Way != kiosk.ByAssisted {
		t.Errorf("%s, %s by %s", w.Official, w.State, w.Way)
	}
	if p.files("pages") != 0 {
		t.Error("pages are left")
	}
	_, err := p.desk.Prepared(t.Context(), id)
	wants(t, err, "draft.gone", kiosk.NotFound)
	wants(t, p.desk.File(t.Context(), id, clerk, once), "dossier.moved_on", kiosk.Conflict)
	record, err := p.desk.Case(t.Context(), id, clerk)
	if err != nil || record.Official != portalCode || record.Applicant.Name != "Nguyễn Văn Mẫu" {
		t.Errorf("the case record: %v, %v", record.Official, err)
	}
}

func TestFileTakesScannedAndConfirmedCodes(t *testing.T) {
	for name, entry := range map[string]intake.OfficialEntry{
		"scanned":              {Code: portalCode, Scanned: true},
		"unusual, confirmed":   {Code: "HS-2026/17", Again: "hs-2026/17", Unusual: true},
		"unusual and scanned":  {Code: "HS-2026/17", Scanned: true, Unusual: true},
		"typed in lower cases": {Code: "g09.20-20261123-0092637", Again: portalCode},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id, _ := p.prepared()
			must(t, p.desk.BeginFiling(t.Context(), id, clerk))
			must(t, p.desk.File(t.Context(), id, clerk, entry))
			p.wantEvent(id, "dossier.accepted")
		})
	}
}

func TestFileBrokenOffCanBeRepeated(t *testing.T) {
	p := newPoint(t)
	id, _ := p.prepared()
	must(t, p.desk.BeginFiling(t.Context(), id, clerk))
	handovers := &brokenHandovers{Handovers: p.store, fail: errDisk}
	p.desk.Handovers = handovers
	entry := intake.OfficialEntry{Code: portalCode, Again: portalCode}
	if err := p.desk.File(t.Context(), id, clerk, entry); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	p.wantState(id, kiosk.Filing)
	if _, err := p.desk.Prepared(t.Context(), id); err != nil {
		t.Errorf("the files are gone: %v", err)
	}
	handovers.fail = nil
	must(t, p.desk.File(t.Context(), id, clerk, entry))
}

// The files stay at hand while the portal is open, and the papers as they are.
func TestPreparedDossierIsFixed(t *testing.T) {
	p := newPoint(t)
	id, out := p.prepared()
	_, err := p.tryCapture(id, "birth_proof", sample(2))
	wants(t, err, "dossier.moved_on")
	wants(t, p.desk.Declare(t.Context(), id, clerk, good()), "dossier.moved_on")
	must(t, p.desk.BeginFiling(t.Context(), id, clerk))
	wants(t, p.desk.BeginFiling(t.Context(), id, clerk), "dossier.moved_on")
	again, err := p.desk.Prepared(t.Context(), id)
	must(t, err)
	if len(again.Files) != len(out.Files) || again.Files[0].SHA256 != out.Files[0].SHA256 {
		t.Error("the files differ from those prepared")
	}
}
