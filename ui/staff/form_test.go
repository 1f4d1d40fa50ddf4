package staff_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/ui/kit"
)

// twinPoint has a birth registration whose form asks for the order among twins
// only if there are any, and for a date and a number with their rules.
func twinPoint(t *testing.T) *point {
	p := newPoint(t, kit.Desk)
	books := *p.screens.Desk.Catalog()
	books.Forms = slices.Clone(books.Forms)
	i := slices.IndexFunc(books.Forms, func(f catalog.Form) bool { return f.ID == "birth-registration" })
	books.Forms[i].Sections = []catalog.Section{
		{ID: "applicant", Title: "Người yêu cầu", Questions: []catalog.Question{
			{ID: "applicant_name", Label: "Họ và tên", Type: catalog.TypeName, Required: true, Fills: "applicant.name", Card: "name"},
			{ID: "applicant_no", Label: "Số định danh", Type: catalog.TypePersonalNo, Required: true, Fills: "applicant.personal_no", Card: "number"},
			{ID: "applicant_birth", Label: "Ngày sinh", Type: catalog.TypeDate, NotAfter: "today", Card: "birth"},
			{ID: "applicant_sex", Label: "Giới tính", Type: catalog.TypeChoice, Card: "sex", Values: []catalog.Choice{{ID: "male", Label: "Nam"}, {ID: "female", Label: "Nữ"}}},
		}},
		{ID: "child", Title: "Người được khai sinh", Questions: []catalog.Question{
			{ID: "twin", Label: "Sinh đôi trở lên?", Type: catalog.TypeBool, Required: true},
			{ID: "order", Label: "Thứ tự trong lần sinh", Type: catalog.TypeNumber, Required: true, Min: 1, Max: 9, VisibleWhen: &catalog.When{Fact: "twin", Eq: "true"}},
		}},
	}
	p.screens.Desk.Catalog = func() *catalog.Catalog { return &books }
	p.signIn("lan")
	return p
}

// known answers the facts.
func known(changes ...string) url.Values {
	v := url.Values{"within_60_days": {"true"}, "birth_case": {"ordinary"}, "submitter": {"parent"}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func (p *point) answers(base string) kiosk.Answers {
	p.t.Helper()
	w, err := p.screens.Desk.Work(p.t.Context(), dossierID(base))
	must(p.t, err)
	return w.Draft.Declaration.Answers
}

func TestOneQuestionAPage(t *testing.T) {
	p := twinPoint(t)
	base := p.begin("")
	page := p.wants(p.Post(base+"/form", known("do", "ask")), base+"/form/applicant_name", "Câu 4/8", "Người yêu cầu", `<h1 tabindex="-1">Họ và tên</h1>`)
	if strings.Contains(mainOf(page.Body), `data-test="skip"`) {
		t.Error("a required question can be skipped")
	}
	say := func(id, value, do string) url.Values { return url.Values{id: {value}, "do": {do}} }
	if page := p.Post(base+"/form/applicant_name", say("applicant_name", "An 2", "next")); page.Status != 422 || !page.Has("Họ tên có ký tự không đọc được.", `value="An 2"`, "Câu 4/8") {
		t.Errorf("wrong: %d %s", page.Status, mainOf(page.Body))
	}
	if got := p.answers(base)["applicant_name"]; got != "An 2" {
		t.Errorf("what was typed is lost: %q", got)
	}
	p.wants(p.Post(base+"/form/applicant_name", say("applicant_name", " Nguyễn  An ", "next")), base+"/form/applicant_no")
	if got := p.answers(base)["applicant_name"]; got != "Nguyễn An" {
		t.Errorf("kept %q", got)
	}
	p.wants(p.Post(base+"/form/applicant_no", say("applicant_no", "12", "back")), base+"/form/applicant_name", `value="Nguyễn An"`)
	p.wants(p.Get(base+"/form/applicant_no"), base+"/form/applicant_no", `value="12"`)
	p.wants(p.Post(base+"/form/applicant_no", say("applicant_no", "001 090 000 001", "next")), base+"/form/applicant_birth", `data-test="skip"`)
	future := url.Values{"applicant_birth.d": {"24"}, "applicant_birth.m": {"11"}, "applicant_birth.y": {"2026"}, "do": {"next"}}
	if page := p.Post(base+"/form/applicant_birth", future); page.Status != 422 || !page.Has("Ngày này chưa tới.") {
		t.Errorf("a day to come: %d", page.Status)
	}
	future.Set("do", "skip")
	p.wants(p.Post(base+"/form/applicant_birth", future), base+"/form/applicant_sex")
	p.wants(p.Post(base+"/form/applicant_sex", say("applicant_sex", "female", "next")), base+"/form/twin", "Câu 8/8", "Xong, xem cả tờ khai")
	// Nobody asks for the order of an only child.
	p.wants(p.Get(base+"/form/order"), base+"/form")
	p.wants(p.Post(base+"/form/twin", say("twin", "true", "next")), base+"/form/order", "Câu 9/9", "Số từ 1 đến 9")
	if page := p.Post(base+"/form/order", say("order", "12", "next")); page.Status != 422 || !page.Has("Số này nằm ngoài khoảng cho phép.") {
		t.Errorf("out of range: %d", page.Status)
	}
	page = p.wants(p.Post(base+"/form/order", say("order", "2", "next")), base+"/form", "Nguyễn An", `value="2"`, base+"/form/order")
	if strings.Contains(page.Body, `id="asked-order" data-when="twin" data-is="true" hidden`) {
		t.Error("the form hides what is asked")
	}
	if page := p.Get(base + "/form/no_such"); page.Status != 404 {
		t.Errorf("an unknown question: %d", page.Status)
	}
	w, err := p.screens.Desk.Work(t.Context(), dossierID(base))
	must(t, err)
	if w.State != kiosk.Open {
		t.Errorf("answering took a step: %s", w.State)
	}
}

// Without the script the whole form shows what an answer asks for after it was
// sent, and loses nothing.
func TestWholeFormAsksForMore(t *testing.T) {
	p := twinPoint(t)
	base := p.begin("")
	p.wants(p.Get(base+"/form"), base+"/form", `id="asked-order" data-when="twin" data-is="true" hidden disabled`, `data-test="card"`, `data-test="print-form"`, `formtarget="_blank"`)
	v := known("applicant_name", "Nguyễn An", "applicant_no", "001090000001", "twin", "true", "do", "declare")
	page := p.Post(base+"/form", v)
	if page.Status != 422 || !page.Has("Có thêm câu hỏi theo điều vừa trả lời.", `value="Nguyễn An"`) || page.Has(`data-is="true" hidden`) {
		t.Fatalf("%d %s", page.Status, mainOf(page.Body))
	}
	v.Set("asked", "order")
	if page := p.Post(base+"/form", v); page.Status != 422 || !page.Has("Mục này chưa được điền.", `href="#f-order"`) {
		t.Errorf("%d %s", page.Status, mainOf(page.Body))
	}
	v.Set("order", "1")
	p.wants(p.Post(base+"/form", v), base+"/papers")
	p.wants(p.Get(base+"/review"), base+"/review", "Thứ tự trong lần sinh", ">Có<")
	// An only child after all: the order is neither asked nor kept.
	v.Set("twin", "false")
	p.wants(p.Post(base+"/form", v), base+"/papers")
	if _, kept := p.answers(base)["order"]; kept {
		t.Error("an answer nobody asks for is kept")
	}
	if page := p.Get(base + "/review"); page.Has("Thứ tự trong lần sinh") {
		t.Error("the review shows what is not asked")
	}
	// Answering again after the declaration wants it declared again.
	p.Post(base+"/form/applicant_name", url.Values{"applicant_name": {"Lê An"}, "do": {"next"}})
	p.wants(p.Get(base+"/review"), base+"/review", "Tờ khai")
	if w, _ := p.screens.Desk.Work(t.Context(), dossierID(base)); w.State != kiosk.Declared || len(w.Gaps()) == 0 {
		t.Errorf("%s with gaps %v", w.State, w.Gaps())
	}
}

// Invented people.
const (
	cardOfAnh = "001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021"
	badCode   = "SP1.D.DTH01-261123-0001-A"
)

func (p *point) scan(base string, codes ...string) string {
	p.t.Helper()
	ch := make(chan devices.Code, len(codes))
	for _, c := range codes {
		ch <- devices.Code{Raw: []byte(c)}
	}
	close(ch)
	p.codes = ch
	r, err := http.NewRequest(http.MethodGet, base+"/card/scan", nil)
	must(p.t, err)
	r.Header.Set("Accept", "text/event-stream")
	return p.Do(r).Body
}

func TestFillFromTheCard(t *testing.T) {
	p := twinPoint(t)
	base := p.begin("")
	p.wants(p.Post(base+"/form", known("applicant_name", "Nguyễn An", "do", "card")), base+"/card", "mặt trước, góc trên bên phải", `data-listen="`+base+`/card/scan"`)
	stream := p.scan(base, badCode, cardOfAnh)
	if !strings.Contains(stream, "event: refused\ndata: Mã này không phải mã QR của thẻ căn cước.") || !strings.Contains(stream, "event: card\n") || strings.Contains(stream, "Ánh") || strings.Contains(stream, "0010") {
		t.Fatalf("the stream says %q", stream)
	}
	page := p.wants(p.Get(base+"/card"), base+"/card", "Người yêu cầu", "0010*****345", "Nguyễn Văn Ánh", "15/08/1993", "Đang ghi: Nguyễn An", `name="replace-applicant_name"`, "Nam")
	if page.Has("001093012345") || page.Has("Đại Thanh") {
		t.Error("the page shows more than it should")
	}
	p.wants(p.Post(base+"/card", url.Values{"do": {"fill"}, "of": {"applicant"}}), base+"/form", "Đã điền 3 mục từ thẻ căn cước.", `value="001093012345"`, `value="Nguyễn An"`)
	if got := p.answers(base); got["applicant_birth"] != "1993-08-15" || got["applicant_sex"] != "male" || got["applicant_name"] != "Nguyễn An" {
		t.Errorf("filled %v", got)
	}
	// The card is used once.
	if page := p.Get(base + "/card"); page.Has("Ánh") {
		t.Error("the card is still there")
	}
	// Another name only when it is said so; pasted where there is no reader.
	p.wants(p.Post(base+"/card", url.Values{"do": {"read"}, "payload": {cardOfAnh}}), base+"/card", "Đã ghi đúng như vậy")
	p.wants(p.Post(base+"/card", url.Values{"do": {"fill"}, "of": {"applicant"}, "replace-applicant_name": {"yes"}}), base+"/form", "Đã điền 1 mục")
	if got := p.answers(base)["applicant_name"]; got != "Nguyễn Văn Ánh" {
		t.Errorf("the name is %q", got)
	}
	if page := p.Post(base+"/card", url.Values{"do": {"read"}, "payload": {"x|y"}}); page.Status != 422 || !page.Has("Mã này không phải mã QR") || page.Has("x|y") {
		t.Errorf("no card: %d %s", page.Status, mainOf(page.Body))
	}
	p.Post(base+"/card", url.Values{"do": {"read"}, "payload": {cardOfAnh}})
	p.wants(p.Post(base+"/card", url.Values{"do": {"drop"}}), base+"/form")
	p.wants(p.Post(base+"/card", url.Values{"do": {"fill"}, "of": {"applicant"}}), base+"/card", "Đưa mã QR")
	for _, secret := range []string{"001093012345", "Ánh", "15081993", "|"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// A card that waits too long, or was read for another dossier, is not used.
func TestCardIsForgotten(t *testing.T) {
	p := twinPoint(t)
	base, other := p.begin(""), p.begin("")
	p.scan(base, cardOfAnh)
	if page := p.Get(other + "/card"); page.Has("Ánh") {
		t.Error("another dossier is offered the card")
	}
	p.scan(base, strings.Replace(cardOfAnh, "Nam", "Nữ", 1))
	p.wants(p.Get(base+"/card"), base+"/card", "Số định danh không khớp với giới tính.")
	p.at = p.at.Add(4 * 60e9)
	if page := p.Get(base + "/card"); page.Has("Ánh") {
		t.Error("the card waits for ever")
	}
}

func TestPrintTheDeclaration(t *testing.T) {
	p := twinPoint(t)
	base := p.begin("")
	page := p.wants(p.Post(base+"/form", known("applicant_name", "Nguyễn An", "twin", "true", "do", "print")), base+"/declaration.pdf")
	w, err := p.screens.Desk.Work(t.Context(), dossierID(base))
	must(t, err)
	if !strings.HasPrefix(page.Body, "%PDF-") || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Content-Type") != "application/pdf" ||
		page.Header.Get("Content-Disposition") != `inline; filename="`+string(w.LocalCode)+`.pdf"` {
		t.Fatalf("%d %v", page.Status, page.Header)
	}
	if _, err := exec.LookPath("pdftotext"); err == nil {
		file := filepath.Join(t.TempDir(), "sheet.pdf")
		must(t, os.WriteFile(file, []byte(page.Body), 0o600))
		text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
		must(t, err)
		for _, want := range []string{"Nguyễn An", "Thứ tự trong lần sinh", string(w.LocalCode), "BẢN NHÁP HỖ TRỢ"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the sheet does not say %q", want)
			}
		}
	}
	// Printing what has been consented to takes nothing back.
	other := newPoint(t, kit.Desk)
	other.signIn("lan")
	done := other.consented("")
	other.wants(other.Post(done+"/form", good("do", "print")), done+"/declaration.pdf")
	other.wants(other.Get(done), done+"/handover")
	p.Post("/end", nil)
	if page := p.Get(base + "/declaration.pdf"); strings.HasPrefix(page.Body, "%PDF-") || page.Path != "/staff/sign-in" {
		t.Errorf("nobody is given the sheet: %s", page.Path)
	}
}
