package staff_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// entry is one line of a page, by its test mark.
func entry(t *testing.T, body, mark string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `data-test="`+mark+`"`)
	if !ok {
		t.Fatalf("no %s:\n%s", mark, mainOf(body))
	}
	if end := regexp.MustCompile(`</li>|</article>|</section>`).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

func certaintyIn(t *testing.T, body, mark string) string {
	t.Helper()
	if m := regexp.MustCompile(`data-certainty="(\w+)"`).FindStringSubmatch(entry(t, body, mark)); m != nil {
		return m[1]
	}
	return ""
}

// The clerk reads what the resident is not told, never without its mark.
func TestProcedureAnswersWithItsCertainty(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	page := p.wants(p.Get("/staff/procedures/birth-registration"), "/staff/procedures/birth-registration",
		"1.001193", "làm trọn hồ sơ", "từ 01/01/2026 đến 28/02/2027", "Giấy khai sinh", "Cổng Dịch vụ công quốc gia", "Cha, mẹ hoặc người thân",
		"Trẻ thuộc trường hợp nào? → Trẻ bị bỏ rơi", "NQ 06/2020/NQ-HĐND", "Kiểm tra ngày 08/10/2026", "Không cần nếu: Đã có bản điện tử ký số", `href="/staff/open"`)
	if late := entry(t, page.Body, "fee-late"); !strings.Contains(late, "5.000 đ/hồ sơ") || !strings.Contains(late, "mới kiểm chứng một phần") {
		t.Error("the fee somebody is late with:", late)
	}
	if ontime := entry(t, page.Body, "fee-ontime"); !strings.Contains(ontime, "không thu") || strings.Contains(ontime, "data-certainty") {
		t.Error("the fee in time:", ontime)
	}
	for mark, doubt := range map[string]bool{"fees": true, "times": false} {
		if got := strings.Contains(entry(t, page.Body, mark), `data-test="unconfirmed"`); got != doubt {
			t.Errorf("%s: to be confirmed %v, want %v", mark, got, doubt)
		}
	}
	if strings.Contains(page.Body, `data-test="closed"`) {
		t.Error("a procedure that can be opened is closed")
	}
	if page := p.Get("/staff/procedures/birth-registration?ticket=7"); !page.Has(`href="/staff/open?ticket=7"`) {
		t.Error("the way back loses the ticket")
	}
	if page := p.Get("/staff/procedures/nothing"); page.Status != 404 || !page.Has("Điểm này không hỗ trợ thủ tục đó.") {
		t.Error(page.Status, mainOf(page.Body))
	}
}

// What is only looked through here, or done elsewhere, has its page too, found
// from the page a dossier is opened on.
func TestProcedureNotOpenedHereIsAnswered(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	all := p.wants(p.Get("/staff/open"), "/staff/open", `href="/staff/procedures/birth-registration"`, `href="/staff/procedures/certified-copy"`)
	if all.Has(`value="certified-copy"`) {
		t.Error("a dossier could be opened for it")
	}
	p.wants(p.Post("/staff/open", url.Values{"search": {"words"}, "query": {"đăng ký thế chấp sổ đỏ"}}), "/staff/open", `href="/staff/procedures/mortgage-registration"`)
	handoff := p.wants(p.Get("/staff/procedures/mortgage-registration"), "/staff/procedures/mortgage-registration",
		"Thủ tục này không nộp tại điểm.", "80.000 đ/hồ sơ", "trong ngày hoặc ngày làm việc tiếp theo", "chưa có nguồn")
	for mark, want := range map[string]string{"fee-registration": "unverified", "times": "unverified", "paper-contract": "unverified", "paper-id_card": "", "where": "partial"} {
		if got := certaintyIn(t, handoff.Body, mark); got != want {
			t.Errorf("%s is marked %q, want %q", mark, got, want)
		}
	}
	p.wants(p.Get("/staff/procedures/certified-copy"), "/staff/procedures/certified-copy", "Thủ tục này chỉ xem trước giấy tờ tại điểm.", "không quá 200.000 đ")
}

// Every procedure that ships has its page in both languages, with no figure
// unmarked that is not verified.
func TestEveryProcedureIsAnswered(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	books := p.screens.Desk.Catalog()
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
		p.Post("/settings", url.Values{"lang": {string(lang)}})
		seen := map[kiosk.ProcedureID]bool{}
		for _, x := range books.Procedures {
			if seen[x.ID] {
				continue // a later version; the first one is found by its id
			}
			seen[x.ID] = true
			page := p.wants(p.Get("/staff/procedures/"+string(x.ID)), "/staff/procedures/.*", x.PlainName)
			for _, d := range x.Documents {
				if got := certaintyIn(t, page.Body, "paper-"+string(d.ID)); got != doubtOf(d.Certainty) {
					t.Errorf("%s: paper %s is marked %q", x.ID, d.ID, got)
				}
			}
			for _, s := range x.Sources {
				if !strings.Contains(page.Body, "Kiểm tra ngày") && !strings.Contains(page.Body, "Checked on") && s.Checked != "" {
					t.Errorf("%s: nobody learns when its sources were checked", x.ID)
				}
			}
		}
	}
}

// doubtOf is the mark of a certainty; none for what is verified.
func doubtOf(c catalog.Certainty) string {
	if c == catalog.Verified {
		return ""
	}
	return string(c)
}

// A dossier's pages mark what is not verified, and lead to the terms it keeps.
func TestDossierShowsCertainty(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	books := *p.screens.Desk.Catalog()
	books.Procedures = append([]catalog.Procedure(nil), books.Procedures...)
	for i := range books.Procedures {
		if x := &books.Procedures[i]; x.ID == "birth-registration" {
			x.Documents = append([]catalog.Document(nil), x.Documents...)
			x.Documents[1].Certainty, x.Documents[2].Certainty = catalog.Partial, catalog.Unverified
		}
	}
	p.screens.Desk.Catalog = func() *catalog.Catalog { return &books }
	base := p.begin("")
	form := p.wants(p.Get(base+"/form"), dossierPath+"/form")
	if n := strings.Count(form.Body, "chưa đối chiếu đầy đủ với mẫu chính thức"); n != 1 {
		t.Errorf("the form says %d times that it is not verified", n)
	}
	p.wants(p.Post(base+"/form", good()), dossierPath+"/papers")
	papers := p.Get(base + "/papers")
	for mark, want := range map[string]string{"paper-birth_proof": "partial", "paper-witness_statement": "unverified", "paper-id_card": ""} {
		if got := certaintyIn(t, papers.Body, mark); got != want {
			t.Errorf("%s is marked %q, want %q", mark, got, want)
		}
	}
	// The catalogue moves on; the dossier keeps its terms.
	for i := range books.Procedures {
		books.Procedures[i].Documents = nil
	}
	terms := p.wants(p.Get(base+"/terms"), dossierPath+"/terms", "Theo danh mục lúc mở hồ sơ", `href="`+base+`"`, "Giấy chứng sinh")
	if got := certaintyIn(t, terms.Body, "paper-birth_proof"); got != "partial" {
		t.Errorf("its own paper is marked %q", got)
	}
	if page := p.Get(base + "/papers"); !page.Has(`href="` + base + `/terms"`) {
		t.Error("the dossier's head does not lead to its terms")
	}
}
