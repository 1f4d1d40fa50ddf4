package staff_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
	"servicepoint/ui/staff"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestSignIn(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.wants(p.Get("/staff"), "/staff/sign-in", "Cô Lan", "Anh Minh")
	if page := p.Post("/staff/sign-in", url.Values{"pin": {pin}}); page.Status != 422 || !page.Has("Chọn tên của mình") {
		t.Errorf("no name: %d", page.Status)
	}
	for range 5 {
		if page := p.Post("/staff/sign-in", url.Values{"staff": {"lan"}, "pin": {"000000"}}); page.Status != 403 || !page.Has("Mã PIN chưa đúng.", `value="lan" checked`) || page.Has("000000") {
			t.Fatalf("wrong PIN: %d %s", page.Status, mainOf(page.Body))
		}
	}
	if page := p.Post("/staff/sign-in", url.Values{"staff": {"lan"}, "pin": {pin}}); page.Status != 403 || !page.Has("tạm khóa") {
		t.Fatalf("locked: %d %s", page.Status, mainOf(page.Body))
	}
	p.at = p.at.Add(time.Minute)
	p.wants(p.signIn("lan"), "/staff", "Hàng chờ", "Cô Lan", "Chưa có ai chờ")
}

func TestRoles(t *testing.T) {
	p := newPoint(t, kit.Desk)
	for _, path := range []string{"/staff", "/staff/outbox", "/staff/find", "/staff/open", "/staff/procedures/birth-registration", "/staff/dossier/x/papers", "/staff/dossier/x/terms", "/staff/case/x"} {
		if page := p.Get(path); page.Path != "/staff/sign-in" {
			t.Errorf("nobody is shown %s: %s", path, page.Path)
		}
	}
	if page := p.signIn("minh"); page.Path != "/technician" {
		t.Errorf("a technician is led to %s", page.Path)
	}
	if page := p.Get("/staff/find"); page.Path != "/technician" {
		t.Errorf("a technician is shown %s", page.Path)
	}
}

func TestLine(t *testing.T) {
	p := newPoint(t, kit.Desk)
	for _, class := range []kiosk.Class{kiosk.ClassWalkIn, kiosk.ClassElderly} {
		_, err := p.screens.Counter.TakeTicket(t.Context(), class, "birth-registration")
		must(t, err)
	}
	p.board.Raise("resident.calls", health.Warning, "seat", "window")
	p.board.Raise("printer.paper_out", health.Critical)
	page := p.wants(p.signIn("lan"), "/staff", "Có người dân đang gọi", "Máy in đã hết giấy", `data-test="waiting-1"`, "Người cao tuổi")
	if strings.Index(page.Body, "waiting-2") > strings.Index(page.Body, "waiting-1") {
		t.Error("the priority number does not stand first")
	}
	if page := p.wants(p.Post("/staff/calls", nil), "/staff"); page.Has("Có người dân đang gọi") {
		t.Error("the call still stands")
	}
	p.wants(p.Post("/staff/next", nil), "/staff", "Đã gọi số 2.", `data-test="called-2"`)
	if page := p.Get("/staff"); page.Has("Đã gọi số 2.") {
		t.Error("a result is told twice")
	}
	p.wants(p.Post("/staff/tickets/2", url.Values{"do": {"absent"}}), "/staff", `data-test="waiting-2"`, "vắng 1 lần")
	p.wants(p.Post("/staff/next", nil), "/staff")
	p.wants(p.Post("/staff/tickets/2", url.Values{"do": {"serve"}}), `/staff/open\?ticket=2`, "Cho số 2", `value="birth-registration" checked`)
	base := p.begin("?ticket=2")
	p.wants(p.Get("/staff"), "/staff", "Đang phục vụ", `data-test="resume"`, `data-test="unfinished"`, base)
	p.wants(p.Post("/staff/tickets/2", url.Values{"do": {"finish"}}), "/staff")
	p.Post("/staff/next", nil)
	p.Post("/staff/tickets/1", url.Values{"do": {"finish"}})
	p.wants(p.Post("/staff/next", nil), "/staff", "Không còn ai đang chờ.")
}

func TestOpenNeedsTheNotice(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.wants(p.Get("/staff/open"), "/staff/open", "Quyền của ông/bà")
	page := p.Post("/staff/open", url.Values{"procedure": {"birth-registration"}})
	if page.Status != 422 || !page.Has("Đọc thông báo cho người dân nghe rồi đánh dấu", `value="birth-registration" checked`) {
		t.Errorf("%d %s", page.Status, mainOf(page.Body))
	}
	if page := p.Post("/staff/open", url.Values{"notice": {"yes"}}); page.Status != 422 || !page.Has("Chọn thủ tục của người dân") {
		t.Errorf("%d", page.Status)
	}
}

func TestRegisterAhead(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.wants(p.Get("/staff/book"), "/staff/book", `value="09:15" selected`, `value="2026"`)
	form := url.Values{"date.d": {"24"}, "date.m": {"11"}, "date.y": {"2026"}, "time": {"10:30"}, "procedure": {"land-transfer"}, "class": {"elderly"}}
	p.wants(p.Post("/staff/book", form), "/staff/book/done", "10:30, Thứ Ba 24/11/2026", "Sang tên sổ đỏ", `class="qr"`)
	form.Set("date.d", "31")
	if page := p.Post("/staff/book", form); page.Status != 422 || !page.Has(`value="31"`, `value="10:30" selected`, `value="land-transfer" selected`, `value="elderly" selected`) {
		t.Errorf("values are not kept: %d %s", page.Status, mainOf(page.Body))
	}
}

func TestDeclarationKeepsWhatWasTyped(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.begin("")
	page := p.Post(base+"/form", good("applicant_no", "12", "applicant_birth.d", "99"))
	if page.Status != 422 || !page.Has(`value="12"`, `value="99"`, "Nguyễn Văn Mẫu", `href="#f-applicant_no"`, `value="true" checked`) {
		t.Fatalf("%d %s", page.Status, mainOf(page.Body))
	}
	p.wants(p.Post(base+"/form", good("do", "keep", "applicant_no", "0010")), "/staff", "Đã lưu những gì đã điền.")
	p.wants(p.Get(base), base+"/form", `value="0010"`, "0912 345 678")
	p.wants(p.Post(base+"/form", good()), base+"/papers", "Giấy chứng sinh", "Còn thiếu", "Chỉ xuất trình, không chụp")
	p.wants(p.Get(base+"/form"), base+"/form", `value="001090000001"`, `value="0912 345 678"`, `value="15"`)
	if strings.Contains(p.log.String(), "Mẫu") {
		t.Error("a name is in the log")
	}
}

func TestPapers(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	page := p.Post(base+"/papers/birth_proof/capture", nil)
	if !page.Has("Chưa thấy giấy dưới máy quét.", "Đặt tờ giấy ngay ngắn") {
		t.Fatal(mainOf(page.Body))
	}
	if page := p.take(base, "birth_proof", 0); !page.Has("Đã có 1 trang") || page.Has("Chưa thấy giấy dưới máy quét") {
		t.Fatal(mainOf(page.Body))
	}
	id := p.pages(base)[0]
	for _, size := range []string{"small", "large"} {
		pic := p.Get(base + "/pages/" + itoa(id) + "/" + size)
		if pic.Header.Get("Cache-Control") != "no-store" || pic.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s: %v", size, pic.Header)
		}
		if _, err := jpeg.DecodeConfig(bytes.NewReader([]byte(pic.Body))); err != nil {
			t.Errorf("%s: %v", size, err)
		}
	}
	// The same sheet again is found, can be accepted, and can be taken again.
	p.scanner.lay(0)
	p.Post(base+"/papers/birth_proof/capture", nil)
	twice := p.pages(base)[1]
	p.wants(p.Get(base+"/pages/"+itoa(twice)), base+"/pages/"+itoa(twice), "Vẫn dùng trang này")
	p.wants(p.Get(base+"/review"), base+"/review", `data-test="gaps"`, base+"/pages/"+itoa(twice))
	if page := p.Post(base+"/pages/"+itoa(twice)+"/accept", url.Values{"reason": {" "}}); page.Status != 422 || !page.Has("Chưa ghi lý do") {
		t.Errorf("no reason: %d", page.Status)
	}
	if page := p.Post(base+"/pages/"+itoa(twice)+"/reject", nil); page.Status != 422 || !page.Has("Chưa chọn lý do.") {
		t.Errorf("no reason: %d", page.Status)
	}
	p.scanner.lay(1)
	p.Post(base+"/papers/birth_proof/capture", url.Values{"replaces": {itoa(twice)}})
	ids := p.pages(base)
	if len(ids) != 2 || slices.Contains(ids, twice) {
		t.Fatalf("pages %v", ids)
	}
	p.wants(p.Post(base+"/pages/"+itoa(ids[1])+"/reject", url.Values{"reason": {"page.wrong_paper"}}), base+"/papers", "Đã có 1 trang")
	if page := p.Get(base + "/pages/" + itoa(ids[1])); page.Status != 404 {
		t.Errorf("a page that is gone: %d", page.Status)
	}
}

func TestWaiver(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	if page := p.Post(base+"/papers/birth_proof/waive", url.Values{"reason": {""}, "do": {"waive"}}); page.Status != 422 || !page.Has("Chưa ghi lý do miễn") {
		t.Errorf("%d", page.Status)
	}
	if page := p.Post(base+"/papers/birth_proof/waive", url.Values{"reason": {"Đã có bản điện tử"}, "do": {"waive"}}); !page.Has("Không cần chụp, đã ghi lý do", "Đã có bản điện tử", `data-test="unwaive-birth_proof"`) {
		t.Errorf("%s", mainOf(page.Body))
	}
	if page := p.Post(base+"/papers/birth_proof/waive", url.Values{"do": {"back"}}); !page.Has("Còn thiếu") {
		t.Errorf("%s", mainOf(page.Body))
	}
}

func TestScannerLentOut(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	giveBack, err := p.screens.Desk.Lending.Borrow(devices.ScannerDevice, "window", "minh")
	must(t, err)
	page := p.Post(base+"/papers/birth_proof/capture", nil)
	if !page.Has("Anh Minh đang dùng máy quét từ 09:00.") {
		t.Errorf("%s", mainOf(page.Body))
	}
	giveBack()
	if page := p.Get(base + "/papers"); !page.Has("bây giờ đã rảnh") {
		t.Errorf("%s", mainOf(page.Body))
	}
}

// With scripts the page comes back at once, shows the progress, and the scan
// can be stopped.
func TestCaptureUnderWay(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	hold := make(chan struct{})
	p.scanner.hold = hold
	page := p.Post(base+"/papers/birth_proof/capture", url.Values{"live": {"1"}})
	if !page.Has(`id="progress"`, "Đang chụp", `data-test="stop"`, "disabled") {
		t.Fatal(mainOf(page.Body))
	}
	p.Post(base+"/papers/stop", nil)
	eventually(t, func() bool { return p.Get(base + "/papers").Has("Đã dừng quét theo yêu cầu.") })
	p.scanner.mu.Lock()
	p.scanner.hold = nil
	p.scanner.mu.Unlock()
	p.take(base, "birth_proof", 1)
	if n := len(p.pages(base)); n != 1 {
		t.Errorf("%d pages", n)
	}
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if ok() {
			return
		}
	}
	t.Fatal("it never happened")
}

func TestReviewAndConsent(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	page := p.Post(base+"/review", nil)
	if page.Status != 422 || !page.Has(base+"/papers#paper-birth_proof", "Nguyễn Văn Mẫu", "15/08/1993", base+"/form#f-applicant_birth.d") {
		t.Fatalf("%d %s", page.Status, mainOf(page.Body))
	}
	p.take(base, "birth_proof", 0)
	p.settle(base)
	p.wants(p.Get(base), base+"/review")
	p.wants(p.Post(base+"/review", nil), base+"/consent", "Quyền của ông/bà")
	page = p.Post(base+"/consent", url.Values{"purpose-contact": {"yes"}})
	if page.Status != 422 || !page.Has("Chọn chính chủ hoặc người đại diện", "Muốn nộp hồ sơ thì cần đồng ý") {
		t.Errorf("%d", page.Status)
	}
	if page := p.Get(base + "/consent"); page.Has("checked") {
		t.Error("something is ticked already")
	}
	p.wants(p.Post(base+"/consent", url.Values{"by": {"representative"}, "purpose-file": {"yes"}}), base+"/handover", "Gửi về trung tâm", "Nộp cùng người dân trên Cổng")
	p.wants(p.Get(base+"/consent"), base+"/consent", "Người dân đã đồng ý", "Người đại diện")
	// A change takes the dossier back before its review.
	p.wants(p.Post(base+"/form", good("applicant_name", "Lê Văn Mẫu")), base+"/papers")
	p.wants(p.Get(base+"/handover"), base+"/review")
}

func TestHandOverToTheCentre(t *testing.T) {
	p := newPoint(t, kit.Desk)
	_, err := p.screens.Counter.TakeTicket(t.Context(), kiosk.ClassWalkIn, "")
	must(t, err)
	p.signIn("lan")
	p.Post("/staff/next", nil)
	p.Post("/staff/tickets/1", url.Values{"do": {"serve"}})
	base := p.consented("?ticket=1")
	page := p.wants(p.Post(base+"/handover", url.Values{"way": {"centre"}}), base, "Đã lưu và niêm phong trên máy này – chưa gửi", `data-test="truth-sent" data-true="false"`, "Chưa gửi", "Kết thúc lượt")
	if page.Has("Đã gửi đến trung tâm") {
		t.Error("it says sent")
	}
	p.printer.result.Level = devices.LevelSent
	page = p.Post(base+"/print", nil)
	if !page.Has(`data-test="print-state" data-state="sent"`, "nhìn khay giấy", "In lại phiếu") {
		t.Errorf("%s", mainOf(page.Body))
	}
	p.printer.result.Level = devices.LevelPrinted
	if page := p.Post(base+"/print", nil); !page.Has(`data-state="printed"`, "Bản in thứ 2") {
		t.Errorf("%s", mainOf(page.Body))
	}
	p.wants(p.Get(base+"/finish"), base+"/finish", "Giấy chứng sinh", "Trả lại đủ bản chính")
	p.wants(p.Post(base+"/finish", nil), "/staff", "Đã kết thúc lượt.", "Chưa có ai chờ")
	for _, gone := range []string{"/form", "/papers", "/review", "/consent", "/handover", "/filing"} {
		p.wants(p.Get(base+gone), base)
	}
	// It is found again by what the resident can say.
	for _, query := range []string{"0912345678", "001090000001", "0001"} {
		page := p.wants(p.Post("/staff/find", url.Values{"query": {query}}), "/staff/find", "Tìm thấy 1 hồ sơ")
		if len(query) > 4 && page.Has(query) {
			t.Errorf("the page repeats %q", query)
		}
	}
	page = p.wants(p.Get(strings.Replace(base, "dossier", "case", 1)), "/staff/case/.*", "Nguyễn Văn Mẫu", "0010*****001", "0912 345 678", "Lần xem này được ghi vào nhật ký")
	if page.Has("001090000001") {
		t.Error("the whole number is shown")
	}
}

func TestFilingTogether(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.consented("")
	page := p.wants(p.Post(base+"/handover", url.Values{"way": {"assisted"}}), base+"/filing", "Giấy chứng sinh", `data-test="download"`, "0912 345 678", "15/08/1993", `data-test="begin-filing"`)
	if page.Has(`name="code"`) {
		t.Error("codes are taken before the portal is open")
	}
	name := strings.SplitN(page.Body, base+"/filing/files/", 2)[1]
	name, _, _ = strings.Cut(name, `"`)
	pdf := p.Get(base + "/filing/files/" + name)
	if !strings.HasPrefix(pdf.Body, "%PDF-") || !strings.Contains(pdf.Header.Get("Content-Disposition"), name) {
		t.Errorf("the file: %d %v", pdf.Status, pdf.Header)
	}
	if bad := p.Get(base + "/filing/files/other.pdf"); bad.Status != 404 {
		t.Errorf("an unknown file: %d", bad.Status)
	}
	p.wants(p.Post(base+"/filing/begin", nil), base+"/filing", `name="code"`, `name="again"`)
	const code = "G09.20-20260609-0092637"
	for _, c := range []struct {
		code, again, unusual string
		want                 string
	}{
		{"", "", "", "code.official_malformed"},
		{code, "G09.20-20260609-0092638", "", "code.official_differs"},
		{code, "", "", "code.official_differs"},
		{"HS-1", "HS-1", "", "code.official_unusual"},
	} {
		page := p.Post(base+"/filing", url.Values{"code": {c.code}, "again": {c.again}, "unusual": {c.unusual}})
		if page.Status != 422 || !page.Has(phrases.Say(phrases.VI, c.want+".title"), `value="`+c.code+`"`) {
			t.Errorf("%+v: %d %s", c, page.Status, mainOf(page.Body))
		}
		if asks := page.Has(`name="unusual"`); asks != (c.want == "code.official_unusual") {
			t.Errorf("%+v: asks about the shape: %v", c, asks)
		}
	}
	// A browser that says it scanned is not believed.
	if page := p.Post(base+"/filing", url.Values{"code": {code}, "scanned": {"yes"}}); page.Status != 422 {
		t.Errorf("believed: %d", page.Status)
	}
	p.wants(p.Post(base+"/filing", url.Values{"code": {strings.ToLower(code)}, "again": {" " + code}}), base, code, "Đã nộp trên Cổng, có mã tiếp nhận", `data-test="print"`)
}

// A code that the scanner itself read is typed no second time.
func TestFilingTakesAScannedCode(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.consented("")
	p.Post(base+"/handover", url.Values{"way": {"assisted"}})
	p.Post(base+"/filing/begin", nil)
	const code = "G09.20-20260609-0092637"
	for _, read := range []string{"a line that is no code", code} {
		p.codes <- devices.Code{Raw: []byte(read)}
	}
	close(p.codes)
	r, err := http.NewRequest(http.MethodGet, base+"/filing/scan", nil)
	must(t, err)
	r.Header.Set("Accept", "text/event-stream")
	if page := p.Do(r); !page.Has("event: scan\ndata: "+code) || strings.Count(page.Body, "event:") != 1 {
		t.Fatalf("the stream says %q", page.Body)
	}
	if page := p.Post(base+"/filing", url.Values{"code": {"G09.20-20260609-0092638"}}); page.Status != 422 {
		t.Errorf("another code is taken for scanned: %d", page.Status)
	}
	p.wants(p.Post(base+"/filing", url.Values{"code": {code}}), base, code)
}

func TestOutbox(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.wants(p.Get("/staff/outbox"), "/staff/outbox", "Hộp gửi trống")
	item := func(state kiosk.State, code string, change func(*outbox.ItemStatus)) outbox.ItemStatus {
		it := outbox.ItemStatus{OutboxItem: kiosk.OutboxItem{ParcelKey: kiosk.ParcelKey{Dossier: kiosk.DossierID(code), Revision: 1}, LocalCode: kiosk.LocalCode(code), Procedure: "birth-registration",
			State: state, Parcel: kiosk.Parcel{Bytes: 1000}, SealedAt: p.at.Add(-3 * time.Hour)}}
		change(&it)
		return it
	}
	p.outbox.status = outbox.Status{Link: outbox.LinkDown, Since: p.at.Add(-time.Hour), Cause: "uplink.unreachable", Probe: p.at.Add(time.Minute), Items: []outbox.ItemStatus{
		item(kiosk.Sealed, "A", func(it *outbox.ItemStatus) { it.Cause, it.Fails, it.Next = "uplink.busy", 3, p.at.Add(time.Minute) }),
		item(kiosk.Uploading, "B", func(it *outbox.ItemStatus) { it.Sent = 420 }),
		item(kiosk.Announced, "C", func(it *outbox.ItemStatus) { it.Stuck = true }),
		item(kiosk.Stored, "D", func(*outbox.ItemStatus) {}),
		item(kiosk.Accepted, "E", func(it *outbox.ItemStatus) { it.AcceptedAt = p.at }),
	}}
	page := p.wants(p.Get("/staff/outbox"), "/staff/outbox", "Lưu trên máy này – chưa gửi", "Đang gửi – chưa xong", "42 %", "Cần người xử lý", "Trung tâm đã lưu – chờ tiếp nhận", "Trung tâm đã tiếp nhận",
		"Đã thử 3 lần chưa được", "Thử lại lúc 09:01", "3 giờ", "Chưa kết nối được")
	if page.Has("Đã gửi") {
		t.Error("something is called sent that is not")
	}
	p.wants(p.Post("/staff/outbox", nil), "/staff/outbox", "Đang thử gửi lại.")
	if p.outbox.pokes != 1 {
		t.Errorf("%d pokes", p.outbox.pokes)
	}
}

func TestFind(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	if page := p.Post("/staff/find", url.Values{"query": {" "}}); page.Status != 422 {
		t.Errorf("empty: %d", page.Status)
	}
	p.wants(p.Post("/staff/find", url.Values{"query": {"0987654321"}}), "/staff/find", "Không có hồ sơ nào như vậy")
	var last int
	for range 8 {
		last = p.Post("/staff/find", url.Values{"query": {"1234"}}).Status
	}
	if last != 403 {
		t.Errorf("tries without end: %d", last)
	}
}

func TestAbandon(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	base := p.declared("")
	p.take(base, "birth_proof", 0)
	p.wants(p.Get(base+"/abandon"), base+"/abandon", "sẽ bị xóa")
	if page := p.Post(base+"/abandon", nil); page.Status != 422 || !page.Has("Chưa chọn lý do.") {
		t.Errorf("no reason: %d", page.Status)
	}
	p.wants(p.Post(base+"/abandon", url.Values{"reason": {"abandon.resident_left"}}), base, "đã được xóa khỏi máy")
}

// Every page can be read in every language, at the desk and at the touch
// screen, and shows no code, no {name} left open and no text of its own.
func TestEveryPageInEveryLanguage(t *testing.T) {
	p := newPoint(t, kit.Window)
	sealed := func() string {
		base := p.consented("")
		p.Post(base+"/handover", url.Values{"way": {"centre"}})
		return base
	}
	if page := p.signIn("lan"); page.Path != "/staff" {
		t.Fatal(page.Path)
	}
	must1(p.screens.Counter.TakeTicket(t.Context(), kiosk.ClassWalkIn, ""))
	must1(p.screens.Counter.TakeTicket(t.Context(), kiosk.ClassElderly, ""))
	p.Post("/staff/next", nil)
	p.Post("/staff/book", url.Values{"date.d": {"24"}, "date.m": {"11"}, "date.y": {"2026"}, "time": {"10:30"}, "procedure": {"land-transfer"}, "class": {"elderly"}})
	open, papers, done, filing := p.begin(""), p.declared(""), sealed(), p.consented("")
	p.take(papers, "birth_proof", 0)
	p.take(papers, "birth_proof", 0)
	p.Post(filing+"/handover", url.Values{"way": {"assisted"}})
	p.Post(filing+"/filing/begin", nil)
	waits := p.consented("")
	paths := []string{"/staff/sign-in", "/staff", "/staff/open", "/staff/open?ticket=1", "/staff/book", "/staff/book/done", "/staff/outbox", "/staff/find", "/staff/case/" + strings.TrimPrefix(done, "/staff/dossier/"),
		open + "/form", open + "/papers", open + "/review", papers + "/papers", papers + "/review", papers + "/abandon", papers + fmt.Sprintf("/pages/%d", p.pages(papers)[1]),
		waits + "/consent", waits + "/handover", done, done + "/finish", filing + "/filing"}
	for _, lang := range []string{"vi", "en", "xx"} {
		p.Post("/settings", url.Values{"lang": {lang}, "back": {"/staff"}})
		for _, path := range paths {
			page := p.Get(path)
			if page.Status != 200 || page.Path != path {
				t.Errorf("%s %s: %d at %s", lang, path, page.Status, page.Path)
			}
			if missing := page.Missing(); len(missing) > 0 {
				t.Errorf("%s %s shows %q", lang, path, missing)
			}
			if lang == "en" && page.Has("[vi] ") {
				t.Errorf("%s has sentences without English", path)
			}
		}
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestReasonsHaveSentences(t *testing.T) {
	for _, code := range staff.Codes() {
		if !phrases.Has(phrases.VI, "staff.reason."+string(code)) {
			t.Errorf("no sentence for %s", code)
		}
	}
	for state := range kiosk.Steps {
		if !phrases.Has(phrases.VI, "staff.state."+string(state)) {
			t.Errorf("no sentence for %s", state)
		}
	}
}
