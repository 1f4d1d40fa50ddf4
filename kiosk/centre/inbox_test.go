package centre

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
)

const password = "mat-khau-thu-nghiem"

// browser is one officer's browser.
type browser struct {
	b      *bench
	cookie *http.Cookie
	csrf   string
}

func (w *browser) do(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	w.b.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if w.cookie != nil {
		r.AddCookie(w.cookie)
	}
	rec := httptest.NewRecorder()
	w.b.server.ServeHTTP(rec, r)
	if got := rec.Header().Get("Cache-Control"); got != "no-store" {
		w.b.Errorf("%s %s may be stored: %q", method, path, got)
	}
	return rec
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// get fetches a page and remembers its token.
func (w *browser) get(path string, status int, part string) string {
	w.b.Helper()
	rec := w.do("GET", path, nil)
	w.b.want(rec, status, part)
	if m := csrfField.FindStringSubmatch(rec.Body.String()); m != nil {
		w.csrf = m[1]
	}
	return rec.Body.String()
}

func (w *browser) post(path string, status int, part string, fields ...string) *httptest.ResponseRecorder {
	w.b.Helper()
	form := url.Values{"csrf": {w.csrf}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	rec := w.do("POST", path, form)
	w.b.want(rec, status, part)
	return rec
}

func (b *bench) signedIn(name, role string) *browser {
	b.Helper()
	must(b.T, b.AddAccount(b.Context(), name, password, role))
	w := &browser{b: b}
	rec := w.do("POST", "/inbox/sign-in", url.Values{"name": {name}, "password": {password}})
	b.want(rec, http.StatusSeeOther, "")
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Path != "/inbox/" {
		b.Fatalf("cookies %v", cookies)
	}
	w.cookie = cookies[0]
	w.get("/inbox/", 200, "")
	return w
}

func dossierPage(rev string) string { return "/inbox/dossiers/" + string(doss1) + "/" + rev }

func TestInboxWantsASession(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	w := &browser{b: b}
	for _, path := range []string{"/inbox/", dossierPage("1"), dossierPage("1") + "/papers/1", dossierPage("1") + "/papers/1/pages/1"} {
		rec := w.do("GET", path, nil)
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/inbox/sign-in" {
			t.Errorf("%s: %d to %s", path, rec.Code, rec.Header().Get("Location"))
		}
	}
	w.cookie = &http.Cookie{Name: cookieName, Value: "guess"}
	if rec := w.do("POST", dossierPage("1")+"/accept", url.Values{"official": {"x"}}); rec.Code != http.StatusSeeOther {
		t.Errorf("a guessed cookie: %d", rec.Code)
	}
	b.want(b.call(unitA, "GET", "/inbox/", nil, nil), http.StatusSeeOther, "") // a unit's token opens nothing
}

func TestOfficerReadsAndAccepts(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	w := b.signedIn("lan", RoleOfficer)
	w.get("/inbox/", 200, "Chưa mở")
	if page := w.get(dossierPage("1"), 200, "đang chờ được mở"); strings.Contains(page, "/accept") {
		t.Error("may be accepted before it was opened")
	}
	w.post(dossierPage("1")+"/accept", 409, "chưa được mở", "official", "H26.01-261123-0001")
	b.openStored(t.Context())
	w.get("/inbox/", 200, "DTH01-261123-0042-V")
	page := w.get(dossierPage("1"), 200, canary)
	for _, part := range []string{"Nguyễn &lt;Văn&gt; Thử", "Giấy chứng sinh", "Đăng ký khai sinh", `<iframe src="` + dossierPage("1") + `/papers/1"`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, inline := range []string{"<script", "<style", " style=", " onclick="} {
		if strings.Contains(page, inline) {
			t.Errorf("the page holds %q", inline)
		}
	}
	w.post(dossierPage("1")+"/accept", 422, "Vui lòng nhập mã", "official", "  ")
	w.post(dossierPage("1")+"/accept", 422, "có dạng lạ", "official", "la-123")
	w.post(dossierPage("1")+"/accept", 422, "có dạng lạ", "official", "la-124", "confirmed", "LA-123")
	if b.rowOf(doss1, 1).state != stateStored {
		t.Fatal("decided without a code")
	}
	w.post(dossierPage("1")+"/accept", http.StatusSeeOther, "", "official", " 000.01.02.h26-261123-0001 ")
	if r := b.receiptOf(unitA, doss1, 1); r.Level != kiosk.LevelAccepted || r.Official != "000.01.02.H26-261123-0001" {
		t.Errorf("receipt %+v", r)
	}
	w.post(dossierPage("1")+"/accept", 409, "đã được xử lý", "official", "H26.01-261123-0002")
	w.post(dossierPage("1")+"/return", 409, "đã được xử lý", "reason", string(ReasonMissing))
	if page := w.get(dossierPage("1"), 200, "000.01.02.H26-261123-0001"); strings.Contains(page, "/accept") {
		t.Error("a decided dossier may be decided again")
	}
	if got := b.kinds(); !strings.Contains(got, "dossier.viewed") || !strings.Contains(got, "dossier.accepted") {
		t.Errorf("journal %s", got)
	}
}

func TestUnusualCodeIsTakenOnceConfirmed(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	w := b.signedIn("lan", RoleOfficer)
	rec := w.post(dossierPage("1")+"/accept", 422, "có dạng lạ", "official", "la-123")
	if !strings.Contains(rec.Body.String(), `name="confirmed" value="LA-123"`) {
		t.Fatal("nothing to confirm with")
	}
	w.post(dossierPage("1")+"/accept", http.StatusSeeOther, "", "official", "LA-123", "confirmed", "LA-123")
	if r := b.receiptOf(unitA, doss1, 1); r.Official != "LA-123" {
		t.Errorf("receipt %+v", r)
	}
}

func TestOfficerReturns(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	w := b.signedIn("lan", RoleOfficer)
	w.post(dossierPage("1")+"/return", 422, "chọn lý do", "reason", "")
	w.post(dossierPage("1")+"/return", 422, "chọn lý do", "reason", string(ReasonBroken)) // the machine's own
	w.post(dossierPage("1")+"/return", http.StatusSeeOther, "", "reason", string(ReasonUnreadable))
	if r := b.receiptOf(unitA, doss1, 1); r.Level != kiosk.LevelReturned || r.Reason != ReasonUnreadable {
		t.Errorf("receipt %+v", r)
	}
	w.get(dossierPage("1"), 200, "Có trang không đọc được")
	w.get(dossierPage("9"), 404, "Không có hồ sơ này")
	w.get("/inbox/dossiers/..%2f..%2fx/1", 404, "Không có hồ sơ này")
}

func TestPapersAreShownInline(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	m, err := b.manifest(kiosk.ParcelKey{Dossier: doss1, Revision: 1})
	must(t, err)
	b.deliver(unitA, doss1, 2, carrying(1, m.Documents[0].SHA256))
	b.openStored(t.Context())
	w := b.signedIn("doc", RoleReader)
	rec := w.do("GET", dossierPage("1")+"/papers/1", nil)
	b.want(rec, 200, "%PDF-1.7 of")
	h := rec.Header()
	if h.Get("Content-Type") != "application/pdf" || h.Get("Content-Disposition") != "inline" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
	rec = w.do("GET", dossierPage("1")+"/papers/1/pages/1", nil)
	b.want(rec, 200, "page of")
	if rec.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("headers %v", rec.Header())
	}
	w.get(dossierPage("2"), 200, `href="`+dossierPage("1")+`/papers/1"`) // the carried paper, where it lies
	for _, path := range []string{"/papers/0", "/papers/2", "/papers/x", "/papers/1/pages/2", "/papers/..%2fmanifest.json"} {
		w.get(dossierPage("1")+path, 404, "")
	}
	if n := strings.Count(b.kinds(), "paper.viewed"); n != 2 {
		t.Errorf("%d looks at papers in the journal", n)
	}
	w.post(dossierPage("1")+"/return", 403, "chỉ được xem", "reason", string(ReasonMissing))
	if page := w.get(dossierPage("1"), 200, canary); strings.Contains(page, "/return") {
		t.Error("a reader is offered to decide")
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	b := newBench(t)
	b.deliver(unitA, doss1, 1, nil)
	b.openStored(t.Context())
	w := b.signedIn("lan", RoleOfficer)
	form := url.Values{"reason": {string(ReasonMissing)}}
	b.want(w.do("POST", dossierPage("1")+"/return", form), 403, "Trang đã cũ")
	form.Set("csrf", "guess")
	b.want(w.do("POST", dossierPage("1")+"/return", form), 403, "Trang đã cũ")
	form.Set("csrf", w.csrf)
	r := httptest.NewRequest("POST", dossierPage("1")+"/return", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.AddCookie(w.cookie)
	rec := httptest.NewRecorder()
	b.server.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden || b.rowOf(doss1, 1).state != stateStored {
		t.Errorf("a form of another site: %d", rec.Code)
	}
}

func TestLockoutAfterFiveWrongPasswords(t *testing.T) {
	b := newBench(t)
	must(t, b.AddAccount(t.Context(), "lan", password, RoleOfficer))
	w := &browser{b: b}
	try := func(name, pass string) *httptest.ResponseRecorder {
		return w.do("POST", "/inbox/sign-in", url.Values{"name": {name}, "password": {pass}})
	}
	b.want(try("nobody", password), 401, "không đúng")
	for range wrongTries {
		b.want(try("lan", "wrong"), 401, "không đúng")
	}
	b.want(try("lan", password), 401, "tạm khóa")
	b.reopen() // a restart forgives nothing
	b.want(try("lan", password), 401, "tạm khóa")
	b.clock = b.clock.Add(lockTime)
	b.want(try(" LAN ", password), http.StatusSeeOther, "")
	if got := b.kinds(); strings.Count(got, "account.wrong") != wrongTries-1 || !strings.Contains(got, "account.locked account.signed_in") {
		t.Errorf("journal %s", got)
	}
}

func TestSessionsEnd(t *testing.T) {
	b := newBench(t)
	ended := func(w *browser) {
		t.Helper()
		if rec := w.do("GET", "/inbox/", nil); rec.Code != http.StatusSeeOther {
			t.Errorf("the session lives: %d", rec.Code)
		}
	}
	w := b.signedIn("lan", RoleOfficer)
	b.clock = b.clock.Add(idleTime + time.Second)
	ended(w)
	w = b.signedIn("lan", RoleOfficer)
	for range 2*sessionTime/idleTime + 2 {
		b.clock = b.clock.Add(idleTime / 2)
		w.do("GET", "/inbox/", nil)
	}
	ended(w)
	w = b.signedIn("lan", RoleOfficer)
	w.post("/inbox/sign-out", http.StatusSeeOther, "")
	ended(w)
	w = b.signedIn("lan", RoleOfficer)
	must(t, b.AddAccount(t.Context(), "lan", "another password", RoleReader))
	ended(w)
}

func TestAddAccountRefuses(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, password, role string
		code                 kiosk.Code
	}{
		{"Lan", password, RoleOfficer, CodeBadAccount},
		{"", password, RoleOfficer, CodeBadAccount},
		{"lan", password, "admin", CodeBadAccount},
		{"lan", "ngắn", RoleOfficer, CodeWeakPassword},
		{"lan", strings.Repeat("x", passwordMax+1), RoleOfficer, CodeWeakPassword},
	} {
		if err := b.AddAccount(t.Context(), c.name, c.password, c.role); kiosk.CodeOf(err) != c.code {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestListGoesOnInPages(t *testing.T) {
	b := newBench(t)
	for i := range pageRows + 3 {
		b.deliver(unitA, doss1, i+1, nil)
	}
	w := b.signedIn("lan", RoleOfficer)
	first := w.get("/inbox/", 200, "Cũ hơn")
	next := regexp.MustCompile(`href="(/inbox/\?before=\d+)"`).FindStringSubmatch(first)
	if next == nil || strings.Count(first, "<tr>") != pageRows+1 {
		t.Fatalf("%d rows, next %v", strings.Count(first, "<tr>")-1, next)
	}
	second := w.get(next[1], 200, "")
	if strings.Count(second, "<tr>") != 4 || strings.Contains(second, "Cũ hơn") {
		t.Errorf("%d rows on the second page", strings.Count(second, "<tr>")-1)
	}
}

func TestStyleAndRoot(t *testing.T) {
	b := newBench(t)
	w := &browser{b: b}
	rec := w.do("GET", "/inbox/style.css", nil)
	b.want(rec, 200, "font")
	if got := rec.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("type %s", got)
	}
	b.want(b.call(unitA, "GET", "/", nil, nil), http.StatusSeeOther, "")
	if page := w.get("/inbox/sign-in", 200, "Mật khẩu"); strings.Contains(page, "http://") || strings.Contains(page, "https://") {
		t.Error("the page asks elsewhere")
	}
}

func TestEveryReasonHasASentence(t *testing.T) {
	for _, code := range append(slices.Clone(reasons), ReasonBroken, ReasonDangling) {
		if reasonText(code) == string(code) {
			t.Errorf("%s has none", code)
		}
		if !slices.Contains(Codes(), code) {
			t.Errorf("%s is not listed", code)
		}
	}
	codes := Codes()
	slices.Sort(codes)
	if len(slices.Compact(codes)) != len(Codes()) {
		t.Error("a code is listed twice")
	}
}
