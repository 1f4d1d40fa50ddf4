package staff_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/vietqr"
	"servicepoint/ui/kit"
	"servicepoint/ui/uitest"
)

// charging is a point with an account for fees whose catalogue states one
// invented fee of the birth registration, changed as the test wants it.
func charging(t *testing.T, changes ...func(*catalog.Fee)) *point {
	t.Helper()
	p := newPoint(t, kit.Desk)
	amount := 15000
	fee := catalog.Fee{ID: "late", Label: "Lệ phí quá hạn", When: &catalog.When{Fact: "within_60_days", Eq: "false"}, Amount: &amount, Unit: "case", Collector: "counter",
		Exempt: "invented", Exemption: catalog.Exemption{Text: "Người thuộc hộ nghèo", Certainty: catalog.Verified}, Certainty: catalog.Verified}
	for _, change := range changes {
		change(&fee)
	}
	books, err := catalog.Embedded()
	must(t, err)
	changed := *books
	changed.Procedures = slices.Clone(books.Procedures)
	for i := range changed.Procedures {
		if changed.Procedures[i].ID == "birth-registration" {
			changed.Procedures[i].Fees = []catalog.Fee{fee}
		}
	}
	p.screens.Desk.Catalog = func() *catalog.Catalog { return &changed }
	p.screens.Desk.Payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XÃ MẪU"}
	p.signIn("lan")
	return p
}

// late begins a dossier that owes the fee.
func (p *point) late(query string) string {
	p.t.Helper()
	base := p.begin(query)
	p.wants(p.Post(base+"/form", good("within_60_days", "false")), dossierPath+"/papers", "Phí, lệ phí")
	return base
}

// wantNoQR wants a page without any code, nor what one is made of.
func (p *point) wantNoQR(page uitest.Page) {
	p.t.Helper()
	if page.Has(`class="qr"`) || page.Has(`data-test="fee-code"`) || page.Has("000201010212") {
		p.t.Errorf("%s shows a code:\n%s", page.Path, mainOf(page.Body))
	}
}

// Invariant 7 on the screen: the code there pays what the letters beside it say.
func TestInvariant7_FeeOnTheScreen(t *testing.T) {
	p := charging(t)
	base := p.late("")
	page := p.wants(p.Get(base+"/fee"), base+"/fee", "15.000 đ/hồ sơ", "Ai được miễn, giảm", "Người thuộc hộ nghèo", "Thu tại quầy", `data-test="fee-make"`, "23/11/2026")
	p.wantNoQR(page)
	page = p.wants(p.Post(base+"/fee", url.Values{"fee": {"late"}}), base+"/fee/1", "UBND XÃ MẪU", "1500201112223", "970405", "15.000 đ", "mười lăm nghìn đồng", "so tên và số tài khoản", "Cô Lan", "Người thuộc hộ nghèo")
	w, err := p.screens.Desk.Work(t.Context(), dossierID(base))
	must(t, err)
	code, err := vietqr.Make(vietqr.Payment{BIN: "970405", Account: "1500201112223", Amount: 15000, Bill: string(w.LocalCode) + "-01", Purpose: "LePhi " + strings.ReplaceAll(string(w.LocalCode), "-", "") + "01"})
	must(t, err)
	matrix, err := qr.Matrix(code)
	must(t, err)
	if !page.Has(string(kit.QR(matrix, "Mã QR chuyển khoản")), string(w.LocalCode)+"-01", "Chưa có thông tin chuyển khoản") {
		t.Errorf("another code is shown:\n%s", mainOf(page.Body))
	}
	p.wants(p.Get(base+"/fee"), base+"/fee", `data-test="fee-open"`, `data-test="slip-1"`)
	if page := p.Post(base+"/fee", url.Values{"fee": {"late"}}); page.Path != base+"/fee" {
		t.Errorf("a second touch leads to %s (%d)", page.Path, page.Status)
	}
	page = p.Post(base+"/fee/1/print", nil)
	page.Path, _, _ = strings.Cut(page.Path, "#")
	p.wants(page, base+"/fee/1", `data-test="print-state" data-state="printed"`, "In lại phiếu")
}

// Invariant 7: a claim is never shown as money.
func TestInvariant7_ClaimIsShownAsAClaim(t *testing.T) {
	p := charging(t)
	base := p.late("")
	p.Post(base+"/fee", url.Values{"fee": {"late"}})
	page := p.wants(p.Post(base+"/fee/1/claim", nil), base+"/fee/1", "Người dân báo đã chuyển khoản, chưa được xác nhận", `data-state="payment_claimed"`)
	p.wantNoQR(page)
	for _, body := range []string{page.Body, p.Get(base + "/fee").Body} {
		if strings.Contains(body, `data-state="payment_confirmed"`) || strings.Contains(body, "Nhân viên đã thấy ngân hàng báo tiền về") || strings.Contains(strings.ToLower(body), "đã thanh toán") {
			t.Errorf("a claim looks paid:\n%s", mainOf(body))
		}
	}
	if page := p.Post(base+"/fee/1/claim", nil); page.Status != 409 {
		t.Errorf("claimed twice: %d", page.Status)
	}
	for typed, says := range map[string]string{"": "Đây chưa phải mã giao dịch", "da tra": "Đây chưa phải mã giao dịch", p.reference(base): "không phải mã của ngân hàng"} {
		page := p.Post(base+"/fee/1/confirm", url.Values{"notice": {typed}})
		if page.Status != 422 || !page.Has(says, `value="`+typed+`"`, `href="#f-notice"`, `data-state="payment_claimed"`) {
			t.Errorf("%q: %d %s", typed, page.Status, mainOf(page.Body))
		}
	}
	page = p.wants(p.Post(base+"/fee/1/confirm", url.Values{"notice": {"ft26327 123456"}}), base+"/fee/1", "Nhân viên đã thấy ngân hàng báo tiền về", "FT26327123456", "Người ghi", `data-state="payment_confirmed"`)
	p.wantNoQR(page)
	if page.Has(`data-test="fee-void"`) || page.Has(`data-test="fee-confirm"`) || page.Has(`data-test="fee-claim"`) {
		t.Errorf("there is something left to do:\n%s", mainOf(page.Body))
	}
	other := p.late("")
	p.Post(other+"/fee", url.Values{"fee": {"late"}})
	if page := p.Post(other+"/fee/1/confirm", url.Values{"notice": {"FT26327123456"}}); page.Status != 422 || !page.Has("đã dùng để xác nhận một phiếu khác", `data-state="due"`) {
		t.Errorf("money counts twice: %d %s", page.Status, mainOf(page.Body))
	}
	if log := p.log.String(); strings.Contains(log, "FT26327123456") {
		t.Error("the bank's reference is in the log")
	}
}

func (p *point) reference(base string) string {
	p.t.Helper()
	f, err := p.store.FeeSlips(p.t.Context(), dossierID(base))
	must(p.t, err)
	return string(f[0].Reference)
}

func TestFeeSlipIsTakenBack(t *testing.T) {
	p := charging(t)
	base := p.late("")
	p.Post(base+"/fee", url.Values{"fee": {"late"}})
	page := p.wants(p.Get(base+"/fee/1/void"), base+"/fee/1/void", "Hủy phiếu phí?", p.reference(base))
	if page.Has("đã báo chuyển khoản") {
		t.Error("nobody has said that they paid")
	}
	p.Post(base+"/fee/1/claim", nil)
	p.wants(p.Get(base+"/fee/1/void"), base+"/fee/1/void", "Người dân đã báo chuyển khoản", "Không hủy")
	for _, seen := range []string{"due", ""} { // decided before the resident said that they paid
		if page := p.Post(base+"/fee/1/void", url.Values{"seen": {seen}}); page.Status != 409 {
			t.Errorf("taken back as it was seen before: %d", page.Status)
		}
	}
	p.wants(p.Post(base+"/fee/1/void", url.Values{"seen": {"payment_claimed"}}), base+"/fee", `data-state="void"`, `data-test="fee-make"`)
	p.wantNoQR(p.wants(p.Get(base+"/fee/1"), base+"/fee/1", "Không chuyển khoản theo phiếu này nữa"))
	if page := p.Post(base+"/fee/1/print", nil); page.Status != 409 {
		t.Errorf("a void slip is printed: %d", page.Status)
	}
	p.wants(p.Post(base+"/fee", url.Values{"fee": {"late"}}), base+"/fee/2", `class="qr"`, p.reference(base)[:len(p.reference(base))-1]+"2")
	for _, none := range []string{"/fee/3", "/fee/0", "/fee/x", "/fee/3/void"} {
		if page := p.Get(base + none); page.Status != 404 {
			t.Errorf("%s: %d", none, page.Status)
		}
	}
}

// Invariant 7: no code, ever, for what is nothing or not certain.
func TestInvariant7_NoCodeForWhatIsNotCertain(t *testing.T) {
	zero := 0
	for name, c := range map[string]struct {
		change func(*catalog.Fee)
		says   string
	}{
		"nothing":      {func(f *catalog.Fee) { f.Amount = &zero }, "không thu"},
		"partial":      {func(f *catalog.Fee) { f.Certainty = catalog.Partial }, "hỏi nhân viên"},
		"unverified":   {func(f *catalog.Fee) { f.Certainty = catalog.Unverified }, "hỏi nhân viên"},
		"as announced": {func(f *catalog.Fee) { f.Amount = nil }, "theo thông báo"},
		"in portal":    {func(f *catalog.Fee) { f.Collector = "portal" }, "Nộp trên cổng"},
		"where?":       {func(f *catalog.Fee) { f.Collector = "" }, "15.000 đ"},
		"which case?":  {func(f *catalog.Fee) { f.When.Fact = "other" }, "Tùy trường hợp"},
	} {
		t.Run(name, func(t *testing.T) {
			p := charging(t, c.change)
			base := p.late("")
			page := p.wants(p.Get(base+"/fee"), base+"/fee", c.says)
			p.wantNoQR(page)
			if page.Has(`data-test="fee-make"`) {
				t.Errorf("a slip is offered:\n%s", mainOf(page.Body))
			}
			page = p.Post(base+"/fee", url.Values{"fee": {"late"}})
			p.wantNoQR(page)
			if page.Status != 409 || !page.Has("Khoản này không thu bằng mã chuyển khoản tại quầy") {
				t.Errorf("asked for all the same: %d %s", page.Status, mainOf(page.Body))
			}
		})
	}
}

func TestFeesWithoutAnAccount(t *testing.T) {
	p := charging(t)
	p.screens.Desk.Payee = kiosk.Payee{}
	base := p.late("")
	page := p.wants(p.Get(base+"/fee"), base+"/fee", "15.000 đ/hồ sơ", "Điểm này không thu phí tại quầy", "nơi tiếp nhận hồ sơ hoặc trên cổng")
	if p.wantNoQR(page); page.Has(`data-test="fee-make"`) {
		t.Error("a slip is offered")
	}
	if page := p.Post(base+"/fee", url.Values{"fee": {"late"}}); page.Status != 409 {
		t.Errorf("%d", page.Status)
	}
}

func TestFeesByChannel(t *testing.T) {
	p := charging(t, func(f *catalog.Fee) { f.Channel = "direct" })
	base := p.late("")
	page := p.wants(p.Get(base+"/fee"), base+"/fee", "Nộp hồ sơ bằng cách nào?", `data-test="channel-direct"`)
	if page.Has(`data-test="fee-make"`) {
		t.Error("a slip is offered before anybody said how the dossier is filed")
	}
	p.wants(p.Get(base+"/fee?channel=direct"), `.*`, `data-test="fee-make"`)
	p.wants(p.Get(base+"/fee?channel=online"), `.*`, "Không có khoản nào")
	p.wants(p.Post(base+"/fee", url.Values{"fee": {"late"}, "channel": {"direct"}}), base+"/fee/1", `class="qr"`)
}

// Invariant 7: the code goes with the visit.
func TestInvariant7_CodeGoesWithTheVisit(t *testing.T) {
	p := charging(t)
	_, err := p.screens.Counter.TakeTicket(t.Context(), kiosk.ClassWalkIn, "birth-registration")
	must(t, err)
	p.Get("/staff")
	p.Post("/staff/next", nil)
	p.Post("/staff/tickets/1", url.Values{"do": {"serve"}})
	base := p.late("?ticket=1")
	p.wants(p.Post(base+"/fee", url.Values{"fee": {"late"}}), base+"/fee/1", `class="qr"`)
	must(t, p.screens.Counter.Finish(t.Context(), 1))
	p.wantNoQR(p.wants(p.Get(base+"/fee/1"), base+"/fee/1", "Lượt làm việc đã kết thúc"))

	again := p.late("")
	p.Post(again+"/fee", url.Values{"fee": {"late"}})
	p.wants(p.Post(again+"/abandon", url.Values{"reason": {"abandon.mistake"}}), again)
	p.wantNoQR(p.wants(p.Get(again+"/fee/1"), again+"/fee/1", "Lượt làm việc đã kết thúc"))

	last := p.late("")
	p.wants(p.Post(last+"/fee", url.Values{"fee": {"late"}}), last+"/fee/1", `class="qr"`)
	p.at = p.at.Add(15 * time.Hour) // after midnight in Hanoi
	p.signIn("lan")
	p.wantNoQR(p.wants(p.Get(last+"/fee/1"), last+"/fee/1", "sang ngày khác"))
}

func TestFeesAreForClerks(t *testing.T) {
	p := newPoint(t, kit.Desk)
	for _, path := range []string{"/staff/dossier/x/fee", "/staff/dossier/x/fee/1", "/staff/dossier/x/fee/1/void"} {
		if page := p.Get(path); page.Path != "/staff/sign-in" {
			t.Errorf("nobody is shown %s: %s", path, page.Path)
		}
	}
}

// A dossier's other pages lead to its fees, whatever became of it.
func TestFeesAreFoundFromEveryPage(t *testing.T) {
	p := charging(t)
	base := p.consented("")
	p.wants(p.Get(base+"/handover"), base+"/handover", `href="`+base+`/fee"`)
	_, err := p.screens.Desk.HandOver(t.Context(), dossierID(base), "lan")
	must(t, err)
	p.wants(p.Get(base), base, `href="`+base+`/fee"`)
	p.wants(p.Get(base+"/fee"), base+"/fee", "Phí, lệ phí")
}
