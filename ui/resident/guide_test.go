package resident_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/uitest"
)

// ask types words into the search.
func ask(b *uitest.Browser, query string) uitest.Page {
	return b.Post("/find", url.Values{"query": {query}})
}

func begin(b *uitest.Browser) { b.Post("/begin", url.Values{"goal": {"find"}}) }

const unsure = "Máy chưa hiểu rõ việc ông/bà cần"

func TestFind(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	if page := b.Get("/procedures"); !page.Has("Nhiều người hỏi", `name="example" value="birth"`, `href="/fields/civil_status"`, `href="/fields/certification"`, `href="/land"`) {
		t.Error(page.Body)
	}
	for _, tt := range []struct{ query, best string }{
		{"khai sinh", "birth"}, {"KHAI SINH", "birth"}, {"lam giay khai sinh cho con", "birth"}, {"làm giấy khai sinh", "birth"}, {"khai sihn", "birth"},
		{"sao y", "copy"}, {"chung thuc ban sao", "copy"}, {"mat so do", "land-lost"},
	} {
		page := ask(b, tt.query)
		if page.Path != "/find" {
			t.Errorf("%q entered an address: %s", tt.query, page.Path)
		}
		if !page.Has("Có lẽ ông/bà cần", `class="button primary" href="/procedures/`+tt.best+`"`) || page.Has(unsure) {
			t.Errorf("%q: %s", tt.query, page.Body)
		}
	}
	for _, query := range []string{"đăng ký nuôi rồng", "xyz"} {
		if page := ask(b, query); !page.Has(unsure, `action="/help"`) || page.Has("Có lẽ ông/bà cần") {
			t.Errorf("%q: %s", query, page.Body)
		}
	}
	if page := ask(b, " "); page.Path != "/procedures" {
		t.Error("nothing was typed, but", page.Path)
	}
	if page := b.Post("/find", url.Values{"example": {"birth"}}); !page.Has("«Làm giấy khai sinh cho con»", `href="/procedures/birth"`) {
		t.Error(page.Body)
	}
	if page := b.Post("/find", url.Values{"example": {"none"}}); page.Path != "/procedures" {
		t.Error(page.Path)
	}
}

func TestFindInWordsPeopleUse(t *testing.T) {
	p, b := newPoint(t)
	whole, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p.cat = whole.On("2026-11-23")
	begin(b)
	for query, id := range map[string]string{"lam giay khai sinh cho con": "birth-registration", "sang ten so do": "land-transfer", "dk tam tru": "temporary-residence"} {
		if page := ask(b, query); !page.Has(`class="button primary" href="/procedures/` + id + `"`) {
			t.Errorf("%q: %s", query, page.Body)
		}
	}
}

func TestASituationIsFound(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	if page := ask(b, "sổ đỏ bị cháy"); !page.Has("Ông/bà kể:", "«Bị mất sổ đỏ»", `href="/situations/lost-paper"`) {
		t.Fatal(page.Body)
	}
	if page := b.Get("/situations/lost-paper"); !page.Has(`class="back" href="/find"`) {
		t.Error("the way back leads elsewhere:", page.Body)
	}
}

func TestAWordIsExplained(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	if page := ask(b, "thửa đất là gì"); !page.Has("Phần đất có ranh giới.", "không phải quy định của pháp luật") {
		t.Error(page.Body)
	}
	b.Get("/land")
	if page := b.Get("/land/words"); !page.Has("mảnh đất", "không phải quy định của pháp luật", `class="back" href="/land"`) {
		t.Error(page.Body)
	}
}

func TestByField(t *testing.T) {
	p, b := newPoint(t)
	p.cat.Procedures = append(p.cat.Procedures, catalog.Procedure{ID: "new", Name: "Mới", PlainName: "Việc mới", Field: "an-operators-own"})
	begin(b)
	if page := b.Get("/fields/land"); !page.Has("Cấp lại sổ đỏ bị mất", `href="/land"`) || page.Has("Làm giấy khai sinh") {
		t.Error(page.Body)
	}
	if page := b.Get("/procedures/land-lost"); !page.Has(`class="back" href="/fields/land"`) {
		t.Error(page.Body)
	}
	if page := b.Get("/fields/other"); !page.Has("Việc khác", "Việc mới") {
		t.Error(page.Body)
	}
	p.cat.Procedures = p.cat.Procedures[:3]
	if page := b.Get("/fields/other"); page.Path != "/procedures" {
		t.Error("an empty field is shown:", page.Body)
	}
}

func TestTheAnswerPage(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	page := b.Get("/procedures/land-lost")
	if !page.Has("14.000 đ/hồ sơ", "28.000 đ/hồ sơ", "(Nộp trực tuyến)", "(Nộp trực tiếp)", "Mức này áp dụng đến hết ngày 28/02/2027", "Cổng Dịch vụ công quốc gia", "hỏi nhân viên: giấy tờ chỉ cần xuất trình",
		"Hai bên cùng đến", "Giấy chứng nhận cấp lại", "Bản giấy", "Chi nhánh đất đai Đông Thành", "Nguồn thông tin", "Nghị quyết thử số 7", "Mới kiểm tra một phần") {
		t.Error(page.Body)
	}
	if page.Has("Bản điện tử", "Hỏi nhân viên") {
		t.Error(page.Body)
	}
}

func TestInvariant5_ADateOnlyWhenItIsCertain(t *testing.T) {
	hanoi := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, kiosk.Hanoi)
	}
	plain := func(*catalog.Catalog, *catalog.Procedure) {}
	tests := []struct {
		name   string
		now    time.Time
		change func(*catalog.Catalog, *catalog.Procedure)
		want   string // empty: no date
	}{
		{"accepted today, over a holiday", hanoi(11, 23, 9), plain, "Nếu được tiếp nhận hôm nay, dự kiến có kết quả vào Thứ Sáu, ngày 27/11/2026."},
		{"in the evening", hanoi(11, 23, 19), plain, "Nếu nộp bây giờ, hồ sơ được tính là tiếp nhận từ ngày 25/11/2026, dự kiến có kết quả vào Thứ Hai, ngày 30/11/2026."},
		{"past the known holidays", hanoi(12, 30, 9), plain, "Lịch nghỉ của thời gian đó chưa công bố"},
		{"not verified", hanoi(11, 23, 9), func(_ *catalog.Catalog, p *catalog.Procedure) { p.Durations[0].Certainty = catalog.Partial }, ""},
		{"no longer in force", hanoi(11, 23, 9), func(c *catalog.Catalog, p *catalog.Procedure) {
			p.Effective.To = "2026-11-20"
			*c = *c.On("2026-11-23")
		}, ""},
		{"words, not a number", hanoi(11, 23, 9), func(_ *catalog.Catalog, p *catalog.Procedure) {
			p.Durations[0].Value, p.Durations[0].Text = nil, "Theo thỏa thuận"
		}, ""},
		{"no calendar", hanoi(11, 23, 9), func(c *catalog.Catalog, _ *catalog.Procedure) { c.Calendar.Sessions = nil }, ""},
		{"a unit nobody knows", hanoi(11, 23, 9), func(_ *catalog.Catalog, p *catalog.Procedure) { p.Durations[0].Unit = "moon" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, b := newPoint(t)
			p.now = tt.now
			tt.change(p.cat, &p.cat.Procedures[2])
			begin(b)
			page := b.Get("/procedures/land-lost")
			if dated := page.Has("dự kiến có kết quả"); dated != (tt.want != "") || !page.Has(tt.want) {
				t.Error(page.Body)
			}
		})
	}
}

// Whatever an operator marks as not verified, no page tells as a fact.
func TestNothingUnverifiedIsTold(t *testing.T) {
	for _, certainty := range []catalog.Certainty{catalog.Partial, catalog.Unverified, ""} {
		p, b := newPoint(t)
		for i := range p.cat.Procedures {
			x := &p.cat.Procedures[i]
			x.Certainty = certainty
			for i := range x.Documents {
				x.Documents[i].Certainty = certainty
			}
			for i := range x.Durations {
				x.Durations[i].Certainty = certainty
			}
			for i := range x.Fees {
				x.Fees[i].Certainty = certainty
			}
			x.Sources = []catalog.Source{{What: "lệ phí 28.000 đồng", Ref: "Bảng thứ cấp", Certainty: certainty}}
		}
		begin(b)
		for _, id := range []string{"birth", "land-lost"} {
			page := b.Get("/procedures/" + id)
			for _, figure := range []string{"14.000", "28.000", "1.234.000", "không thu", "ngày làm việc", "dự kiến", "28/02/2027", "Cổng Dịch vụ công quốc gia", "Hai bên cùng", "Giấy chứng nhận cấp lại"} {
				if page.Has(figure) {
					t.Errorf("%q: %s tells %q", certainty, id, figure)
				}
			}
			if listed := id == "birth"; !page.Has("Hỏi nhân viên") || page.Has("Danh sách này để tham khảo") != listed || page.Has("hỏi nhân viên cần mang giấy tờ gì") == listed {
				t.Error(page.Body)
			}
		}
	}
}

func TestASituationLeadsToProcedures(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	if page := b.Get("/land"); !page.Has("«Bị mất sổ đỏ»", `action="/help"`) {
		t.Fatal(page.Body)
	}
	page := b.Get("/situations/lost-paper")
	if !page.Has("Sổ đỏ đứng tên ông/bà phải không?", "Câu hỏi 1", `class="back" href="/land"`, "Sổ đỏ</a>") || page.Has("Sổ mất thế nào?") {
		t.Fatal(page.Body)
	}
	page = b.Post("/situations/lost-paper", url.Values{"fact": {"mine"}, "value": {"true"}})
	if page.Path != "/situations/lost-paper" || !page.Has("Sổ mất thế nào?", "Đánh rơi", `class="back" href="/situations/lost-paper/mine"`) {
		t.Fatal(page.Path, page.Body)
	}
	if back := b.Get("/situations/lost-paper/mine"); !back.Has("Ông/bà đã chọn câu này", `class="back" href="/land"`) {
		t.Error(back.Body)
	}
	page = b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"lost"}})
	first, second := strings.Index(page.Body, `href="/procedures/land-lost"`), strings.Index(page.Body, `href="/procedures/copy"`)
	if first < 0 || second < first || !page.Has("theo thứ tự", "Chi nhánh đất đai Đông Thành", "Tìm lại giấy tờ cũ", `href="/land/words#t0"`) || page.Has("để tham khảo") {
		t.Error(page.Body)
	}
	if !page.Has(`class="back" href="/situations/lost-paper/how"`) {
		t.Error("the way back does not lead to the last question:", page.Body)
	}
	if page = b.Get("/procedures/land-lost"); !page.Has(`class="back" href="/situations/lost-paper"`) {
		t.Error(page.Body)
	}
	// An answer that is not offered, and a question nobody asked, change nothing.
	b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"eaten"}})
	if page = b.Post("/situations/lost-paper", url.Values{"fact": {"name"}, "value": {"Lan"}}); !page.Has("theo thứ tự") {
		t.Error(page.Body)
	}
	if page = b.Post("/situations/lost-paper", nil); !page.Has("Sổ đỏ đứng tên ông/bà phải không?", "Câu hỏi 1") {
		t.Error("not asked anew:", page.Body)
	}
}

func TestWhereAPersonHasToLook(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"lent"}})
	page := b.Post("/situations/lost-paper", url.Values{"fact": {"mine"}, "value": {"true"}})
	if !page.Has("Việc này cần người xem trực tiếp", "Cần nghe hai bên.", `action="/help"`) || page.Has(`href="/procedures/`) {
		t.Error(page.Body)
	}
	page = b.Post("/situations/lost-paper", url.Values{"fact": {"how"}, "value": {"-"}})
	if !page.Has("Chưa rõ cũng không sao", "Có thể là", `href="/procedures/land-lost"`) || page.Has("Ai quyết định", "Tìm lại giấy tờ") {
		t.Error("an open question is taken for an answer:", page.Body)
	}
	if page = b.Get("/situations/none"); page.Path != "/land" {
		t.Error(page.Path)
	}
}

func TestTheEndForgetsWhatWasToldAndAsked(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	ask(b, "mất sổ đỏ của mẹ tôi")
	b.Post("/situations/lost-paper", url.Values{"fact": {"mine"}, "value": {"true"}})
	b.Post("/end", nil)
	begin(b)
	if page := b.Get("/find"); page.Path != "/procedures" || page.Has("của mẹ tôi") {
		t.Error("the next person sees", page.Path, page.Body)
	}
	if page := b.Get("/situations/lost-paper"); !page.Has("Câu hỏi 1", "đứng tên ông/bà") {
		t.Error("the next person sees", page.Body)
	}
}

func TestLegalNamesAreMarkedInEnglish(t *testing.T) {
	_, b := newPoint(t)
	b.Post("/settings", url.Values{"lang": {"en"}, "back": {"/"}})
	begin(b)
	for _, path := range []string{"/fields/land", "/land", "/procedures/land-lost"} {
		if page := b.Get(path); !page.Has(`<html lang="en"`, `lang="vi"`, "stay in Vietnamese") {
			t.Errorf("%s: %s", path, page.Body)
		}
	}
}

func TestTheCataloguesWordsHaveSentences(t *testing.T) {
	for prefix, words := range map[string][]string{"resident.field.": catalog.Fields(), "resident.channel.": catalog.Channels()} {
		for _, word := range words {
			if !phrases.Has(phrases.VI, prefix+word) || !phrases.Has(phrases.EN, prefix+word) {
				t.Errorf("nothing says %s%s", prefix, word)
			}
		}
	}
	whole, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range whole.Procedures {
		for _, who := range p.Presence.Who {
			if !phrases.Has(phrases.VI, "resident.who."+who) {
				t.Errorf("%s: nothing says who %q is", p.ID, who)
			}
		}
	}
}

// No browser puts more into a visit than fits the field.
func TestFindTakesNoMoreThanTheFieldHolds(t *testing.T) {
	_, b := newPoint(t)
	begin(b)
	words := "khai sinh " + strings.Repeat("ệ", 500)
	fits := string([]rune(words)[:120])
	if page := ask(b, words); !page.Has("«" + fits + "»") {
		t.Error(page.Path, page.Body)
	}
}
