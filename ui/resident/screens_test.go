package resident_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/ui"
	"servicepoint/ui/resident"
	"servicepoint/ui/uitest"
)

const (
	host  = "127.0.0.1:8080"
	token = "a-boot-token-of-some-length"
)

// counter stands for intake.Counter; it keeps what it was asked.
type counter struct {
	asked   []string
	next    int
	refuse  error
	print   *intake.Printing
	noPrint error
}

func (c *counter) CheckIn(_ context.Context, scanned string) (kiosk.Ticket, error) {
	c.asked = append(c.asked, "check in "+scanned)
	if c.refuse != nil {
		return kiosk.Ticket{}, c.refuse
	}
	c.next++
	return kiosk.Ticket{Day: "2026-11-23", No: c.next, Class: kiosk.ClassBooked, Procedure: "birth", Booking: "ABCDEFGHIJ"}, nil
}

func (c *counter) TakeTicket(_ context.Context, class kiosk.Class, p kiosk.ProcedureID) (kiosk.Ticket, error) {
	c.asked = append(c.asked, "ticket "+string(class)+" "+string(p))
	if c.refuse != nil {
		return kiosk.Ticket{}, c.refuse
	}
	c.next++
	return kiosk.Ticket{Day: "2026-11-23", No: c.next, Class: class, Procedure: p}, nil
}

func (c *counter) Ahead(context.Context, int) (int, error) { return 3, nil }

func (c *counter) CallStaff(_ context.Context, seat string) error {
	c.asked = append(c.asked, "staff to "+seat)
	return nil
}

func (c *counter) PrintTicket(context.Context, kiosk.Ticket) (*intake.Printing, error) {
	return c.print, c.noPrint
}

// ended is a print that has ended.
func ended(level devices.PrintLevel, err error) *intake.Printing {
	p := &intake.Printing{Done: make(chan struct{}), Result: devices.PrintResult{Level: level}, Err: err}
	close(p.Done)
	return p
}

func ptr[T any](v T) *T { return &v }

func testCatalog() *catalog.Catalog {
	return &catalog.Catalog{
		Authorities: map[string]catalog.Authority{"ward": {Name: "Ủy ban nhân dân phường Đông Thành", Calendar: calendar.Default}, "land": {Name: "Chi nhánh đất đai Đông Thành", Calendar: calendar.Default}},
		Calendar: calendar.Calendar{
			Timezone: "Asia/Ho_Chi_Minh", Sessions: []calendar.Session{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, Spans: []string{"08:00-11:30", "13:30-17:00"}}},
			Holidays: []calendar.Holiday{{Date: "2026-11-24", Name: "Ngày Văn hóa Việt Nam"}}, ValidThrough: "2026-12-31",
		},
		Situations: []catalog.Situation{{
			ID: "lost-paper", Field: "land", Title: "Bị mất sổ đỏ", Says: []string{"sổ đỏ bị cháy"}, Certainty: catalog.Verified,
			Facts: []catalog.Fact{
				{ID: "mine", Type: "bool", Ask: "Sổ đỏ đứng tên ông/bà phải không?"},
				{ID: "how", Type: "enum", Ask: "Sổ mất thế nào?", Values: []catalog.Choice{{ID: "lost", Label: "Đánh rơi"}, {ID: "lent", Label: "Cho mượn, người mượn không trả"}}},
			},
			Outcomes: []catalog.Outcome{
				{When: []catalog.When{{Fact: "mine", Eq: "true"}, {Fact: "how", Eq: "lost"}}, Procedures: []kiosk.ProcedureID{"land-lost", "copy"}, Decides: "land", Note: "Tìm lại giấy tờ cũ của thửa đất."},
				{When: []catalog.When{{Fact: "how", Eq: "lent"}}, Note: "Cần nghe hai bên."},
				{},
			},
		}},
		Terms: []catalog.Term{{Term: "Thửa đất", Also: []string{"mảnh đất"}, Plain: "Phần đất có ranh giới."}, {Term: "Sổ đỏ", Plain: "Tờ giấy nhà nước cấp."}},
		Procedures: []catalog.Procedure{
			{
				ID: "birth", Name: "Đăng ký khai sinh", PlainName: "Làm giấy khai sinh", Keywords: []string{"trẻ em"}, Field: "civil_status", Receiving: "ward", Certainty: catalog.Partial,
				Facts: []catalog.Fact{
					{ID: "married", Type: "bool", Ask: "Cha mẹ đã kết hôn chưa?"},
					{ID: "place", Type: "enum", Ask: "Trẻ sinh ở đâu?", Values: []catalog.Choice{{ID: "clinic", Label: "Ở bệnh viện"}, {ID: "home", Label: "Ở nhà"}}},
				},
				Documents: []catalog.Document{
					{ID: "form", Name: "Tờ khai", Role: catalog.RoleFillForm, Certainty: catalog.Verified},
					{ID: "proof", Name: "Giấy chứng sinh", Role: catalog.RoleSubmit, Original: 1, Certainty: catalog.Verified, Group: catalog.Group{Type: "one_of", ID: "g"}},
					{ID: "witness", Name: "Giấy người làm chứng", Role: catalog.RoleSubmit, Original: 1, Certainty: catalog.Unverified, Group: catalog.Group{Type: "one_of", ID: "g"}},
					{ID: "marriage", Name: "Giấy kết hôn", Role: catalog.RolePresent, Certainty: catalog.Verified, When: &catalog.When{Fact: "married", Eq: "true"}},
				},
				Fees: []catalog.Fee{
					{Label: "Bản sao trích lục", Amount: ptr(1234000), Unit: "copy", Exempt: "poor", Exemption: catalog.Exemption{Text: "Miễn cho hộ nghèo", Certainty: catalog.Verified}, Certainty: catalog.Verified},
					{Label: "Đúng hạn", Amount: ptr(0), Certainty: catalog.Verified},
					{Label: "Quá hạn", Amount: ptr(99999), Exempt: "rumour", Exemption: catalog.Exemption{Text: "Nghe nói được miễn", Certainty: catalog.Unverified}, Certainty: catalog.Unverified},
				},
				Durations: []catalog.Duration{
					{Case: "Thường", Value: ptr(1.5), Unit: "working_day", Certainty: catalog.Verified},
					{Case: "Cần xác minh", Value: ptr(77.0), Unit: "working_day", Certainty: catalog.Partial},
				},
			},
			{ID: "copy", Name: "Chứng thực bản sao từ bản chính", PlainName: "Sao y giấy tờ", Field: "certification", Certainty: catalog.Verified},
			{
				ID: "land-lost", Name: "Cấp lại Giấy chứng nhận do bị mất", PlainName: "Cấp lại sổ đỏ bị mất", Keywords: []string{"mất sổ đỏ"}, Field: "land", Receiving: "ward", Competent: "land",
				Certainty: catalog.Verified, Channels: []string{"online", "direct", "postal"}, SubmitTo: "national_portal", Presence: catalog.Presence{BothRequired: true},
				Result: catalog.Result{Name: "Giấy chứng nhận cấp lại", Paper: true}, Fees: []catalog.Fee{
					{Label: "Lệ phí cấp lại", Channel: "online", Amount: ptr(14000), Unit: "case", To: "2027-02-28", Certainty: catalog.Verified},
					{Label: "Lệ phí cấp lại", Channel: "direct", Amount: ptr(28000), Unit: "case", Certainty: catalog.Verified},
				},
				Durations: []catalog.Duration{{Case: "default", Value: ptr(3.0), Unit: "working_day", Certainty: catalog.Verified}},
				Sources:   []catalog.Source{{What: "thời hạn", Ref: "Nghị quyết thử số 7", Certainty: catalog.Partial}},
			},
		},
	}
}

type point struct {
	*resident.Screens
	counter *counter
	cat     *catalog.Catalog
	now     time.Time
	board   health.Board
	log     bytes.Buffer
}

func newPoint(t *testing.T) (*point, *uitest.Browser) {
	t.Helper()
	p := &point{counter: &counter{next: 41, print: ended(devices.LevelPrinted, nil)}}
	p.cat, p.now = testCatalog(), time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	p.Screens = &resident.Screens{Counter: p.counter, Point: "DTH01", Catalog: func() *catalog.Catalog { return p.cat }, Conditions: p.board.List,
		Guide: func() *guide.Guide { return guide.New(p.cat) }, Scans: func(context.Context) <-chan devices.Code { return nil }}
	s, err := ui.New(ui.Config{Hosts: []string{host}, Token: token, Point: "Điểm phục vụ Đông Thành", Demo: true, Mounts: []ui.Mount{p.Mount},
		Now: func() time.Time { return p.now }, Log: slog.New(slog.NewTextHandler(&p.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	b := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	b.Enter(token)
	return p, b
}

func TestTakeANumber(t *testing.T) {
	p, b := newPoint(t)
	if page := b.Post("/begin", url.Values{"goal": {"ticket"}}); page.Path != "/ticket" || !page.Has("Ông/bà lấy số nào?", `value="elderly"`) || page.Has(`value="booked"`) {
		t.Fatal(page.Path, page.Body)
	}
	if page := b.Post("/ticket", url.Values{"class": {"elderly"}}); page.Path != "/ticket/procedure" || !page.Has("Làm giấy khai sinh", "Tôi chưa rõ") {
		t.Fatal(page.Path, page.Body)
	}
	page := b.Post("/ticket/procedure", url.Values{"procedure": {"birth"}})
	if page.Path != "/ticket/mine" || !page.Has(`<p class="number-big">42</p>`, "Người cao tuổi", "Làm giấy khai sinh", "Còn 3 người", "Phiếu đã in xong") || page.Has(`http-equiv="refresh" content="1;`) {
		t.Fatal(page.Path, page.Body)
	}
	// Sending again, going back and starting over in one visit gives no second number.
	for _, again := range []string{"/ticket/procedure", "/ticket", "/check-in"} {
		if page := b.Post(again, url.Values{"procedure": {"birth"}, "class": {"walk_in"}, "code": {"X"}}); !page.Has(">42<") {
			t.Errorf("%s: %s", again, page.Body)
		}
	}
	if diff := cmp.Diff([]string{"ticket elderly birth"}, p.counter.asked); diff != "" {
		t.Error(diff)
	}
	b.Post("/end", nil)
	if page := b.Get("/ticket/mine"); page.Path != "/" || page.Has(">42<") || page.Has("number-big") {
		t.Error("the next person sees", page.Path, page.Body)
	}
}

func TestNumberWithoutProcedure(t *testing.T) {
	p, b := newPoint(t)
	b.Post("/begin", url.Values{"goal": {"ticket"}})
	if page := b.Post("/ticket", url.Values{"class": {"booked"}}); page.Path != "/ticket" {
		t.Error("a booking without a booking:", page.Path)
	}
	if page := b.Get("/ticket/procedure"); page.Path != "/ticket" {
		t.Error("second question before the first:", page.Path)
	}
	b.Post("/ticket", url.Values{"class": {"walk_in"}})
	b.Post("/ticket/procedure", url.Values{"procedure": {"no-such"}})
	if diff := cmp.Diff([]string{"ticket walk_in "}, p.counter.asked); diff != "" {
		t.Error(diff)
	}
}

func TestTheNumberStandsWithoutPaper(t *testing.T) {
	fault := &devices.Fault{Device: devices.PrinterDevice, Cause: devices.PaperOut}
	tests := []struct {
		name    string
		print   *intake.Printing
		noPrint error
		say     []string
		never   string
	}{
		{"on its way", &intake.Printing{Done: make(chan struct{})}, nil, []string{"Đang in phiếu", `http-equiv="refresh" content="1;url=/ticket/mine"`}, "Số sự cố"},
		{"taken by the printer", ended(devices.LevelSent, nil), nil, []string{"Phiếu đang ra", `class="qr"`}, "đã in xong"},
		{"paper ran out", ended(devices.LevelUnknown, fault), nil, []string{"Phiếu chưa in được", "vẫn có giá trị", `class="qr"`, "Số sự cố"}, "đã in xong"},
		{"queue full", nil, kiosk.Fail(kiosk.Busy, "printer.queue_full", nil), []string{"Phiếu chưa in được", `class="qr"`}, "đã in xong"},
		{"nobody knows", ended(devices.LevelUnknown, nil), nil, []string{"Phiếu chưa in được"}, "đã in xong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, b := newPoint(t)
			p.counter.print, p.counter.noPrint = tt.print, tt.noPrint
			b.Post("/begin", url.Values{"goal": {"ticket"}})
			b.Post("/ticket", url.Values{"class": {"walk_in"}})
			page := b.Post("/ticket/procedure", nil)
			if page.Status != 200 || !page.Has(`<p class="number-big">42</p>`) || !page.Has(tt.say...) || page.Has(tt.never) {
				t.Error(page.Status, page.Body)
			}
			b.Get("/ticket/mine")
			if n := strings.Count(p.log.String(), "page failed"); n > 1 {
				t.Errorf("the trouble is in the log %d times", n)
			}
		})
	}
}

func TestCheckIn(t *testing.T) {
	p, b := newPoint(t)
	b.Post("/begin", url.Values{"goal": {"check_in"}})
	if page := b.Post("/check-in", nil); page.Status != 422 || !page.Has("Nhập mã in dưới mã QR") {
		t.Error(page.Status, page.Body)
	}
	p.counter.refuse = kiosk.Fail(kiosk.Conflict, "booking.used", nil)
	if page := b.Post("/check-in", url.Values{"code": {"ABCDEFGHIJ"}}); page.Status != 409 || !page.Has("đã dùng rồi", `href="/ticket"`) {
		t.Error(page.Status, page.Body)
	}
	p.counter.refuse = errors.New("disk full")
	if page := b.Post("/check-in", url.Values{"code": {"ABCDEFGHIJ"}}); page.Status != 500 || page.Has("disk") {
		t.Error(page.Status, page.Body)
	}
	p.counter.refuse = nil
	if page := b.Post("/check-in", url.Values{"code": {"ABCDEFGHIJ"}}); page.Path != "/ticket/mine" || !page.Has(">42<", "Đã đăng ký trước") {
		t.Error(page.Path, page.Body)
	}
}

func TestACodeReadOnTheStartPageBeginsAVisit(t *testing.T) {
	p, b := newPoint(t)
	if page := b.Post("/begin", url.Values{"code": {"SP1.B.XYZ"}}); page.Path != "/ticket/mine" || !page.Has(">42<") {
		t.Error(page.Path, page.Body)
	}
	if diff := cmp.Diff([]string{"check in SP1.B.XYZ"}, p.counter.asked); diff != "" {
		t.Error(diff)
	}
}

func TestWhatToBring(t *testing.T) {
	p, b := newPoint(t)
	b.Post("/begin", url.Values{"goal": {"find"}})
	page := b.Get("/procedures/birth")
	if !page.Has("Cha mẹ đã kết hôn chưa?", "Giấy kết hôn", "Tùy trường hợp", "Chỉ cần một trong", "1.234.000 đ/bản", "không thu", "Miễn cho hộ nghèo", "1,5 ngày làm việc", "Ủy ban nhân dân phường Đông Thành") {
		t.Error(page.Body)
	}
	for _, uncertain := range []string{"99999", "99.999", "77", "Nghe nói"} {
		if page.Has(uncertain) {
			t.Errorf("%q is shown as a fact", uncertain)
		}
	}
	if n := strings.Count(page.Body, "Hỏi nhân viên"); n != 7 {
		t.Errorf("ask staff is shown %d times, want 7: the witness paper, the late fee, the long time, where, how, who, the result", n)
	}
	page = b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {"false"}})
	if page.Has("Giấy kết hôn") || !page.Has("Trẻ sinh ở đâu?", "Ở bệnh viện") {
		t.Error(page.Body)
	}
	page = b.Post("/procedures/birth", url.Values{"fact": {"place"}, "value": {"-"}})
	if page.Has(`class="card ask"`) || !page.Has("Chưa rõ") {
		t.Error(page.Body)
	}
	page = b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {""}})
	if !page.Has("Giấy kết hôn", "Cha mẹ đã kết hôn chưa?") {
		t.Error(page.Body)
	}
	page = b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {"perhaps"}})
	if !page.Has("Tùy trường hợp") {
		t.Error("an answer that does not exist was taken")
	}
	b.Post("/procedures/birth/ticket", nil)
	if page = b.Post("/ticket", url.Values{"class": {"walk_in"}}); page.Path != "/ticket/mine" {
		t.Error("asked for the procedure again:", page.Path)
	}
	if diff := cmp.Diff([]string{"ticket walk_in birth"}, p.counter.asked); diff != "" {
		t.Error(diff)
	}
	if page = b.Get("/procedures/none"); page.Status != 404 {
		t.Error(page.Status)
	}
}

func TestTheStartPageTellsAboutThePrinter(t *testing.T) {
	p, b := newPoint(t)
	p.board.Raise("uplink.away", health.Critical)
	p.board.Raise("printer.paper_low", health.Warning)
	if page := b.Get("/"); page.Has(`class="notice`) {
		t.Error(page.Body)
	}
	p.board.Raise("printer.paper_out", health.Critical)
	if page := b.Get("/"); !page.Has("Máy in tạm thời chưa in được", "vẫn lấy số được") {
		t.Error(page.Body)
	}
}

// Every page in every language: nothing unsaid, and in the pseudo language
// nothing that does not come from phrases or data.
func TestEveryPageIsSaidInEveryLanguage(t *testing.T) {
	for _, lang := range []string{"vi", "en", "xx"} {
		for _, size := range []string{"1", "4"} {
			p, b := newPoint(t)
			p.board.Raise("printer.paper_out", health.Critical)
			b.Post("/settings", url.Values{"lang": {lang}, "size": {size}, "back": {"/"}})
			check := func(page uitest.Page) {
				t.Helper()
				if missing := page.Missing(); len(missing) > 0 || page.Status >= 500 {
					t.Errorf("%s %s: %d, unsaid %v", lang, page.Path, page.Status, missing)
				}
				if lang == "xx" && !strings.Contains(page.Body, "<h1 tabindex=\"-1\">[") && !strings.Contains(page.Body, `tabindex="-1" lang="vi"`) && page.Status == 200 {
					t.Errorf("the heading of %s is not a phrase", page.Path)
				}
			}
			check(b.Get("/"))
			check(b.Post("/begin", url.Values{"goal": {"check_in"}}))
			check(b.Post("/check-in", nil))
			check(b.Get("/procedures"))
			for _, query := range []string{"zzz", "khai sinh", "mat so do", "sổ đỏ là gì"} {
				check(b.Post("/find", url.Values{"query": {query}}))
			}
			check(b.Get("/fields/land"))
			check(b.Get("/land"))
			check(b.Get("/land/words"))
			check(b.Get("/procedures/land-lost"))
			check(b.Get("/situations/lost-paper"))
			check(b.Post("/situations/lost-paper", url.Values{"fact": {"mine"}, "value": {"true"}}))
			check(b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"lost"}}))
			check(b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"lent"}}))
			check(b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"-"}}))
			check(b.Get("/procedures/birth"))
			b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {"true"}})
			check(b.Post("/procedures/birth", url.Values{"fact": {"place"}, "value": {"-"}}))
			check(b.Get("/procedures/copy"))
			check(b.Get("/ticket"))
			check(b.Post("/ticket", url.Values{"class": {string(kiosk.ClassMerit)}}))
			p.counter.print = ended(devices.LevelUnknown, &devices.Fault{Device: "printer", Cause: devices.CoverOpen})
			check(b.Post("/ticket/procedure", nil))
			check(b.Post("/help", nil))
			check(b.Get("/idle"))
			check(b.Get("/nowhere"))
			check(b.Post("/end", nil))
		}
	}
}

func TestPagesOfAVisitNeedAVisit(t *testing.T) {
	_, b := newPoint(t)
	for _, path := range []string{"/help", "/check-in", "/ticket", "/ticket/procedure", "/ticket/mine", "/procedures", "/procedures/birth", "/find", "/fields/land", "/land", "/land/words", "/situations/lost-paper", "/situations/lost-paper/mine"} {
		if page := b.Get(path); page.Path != "/" || page.Status != 200 {
			t.Errorf("%s leads to %s (%d)", path, page.Path, page.Status)
		}
	}
}
