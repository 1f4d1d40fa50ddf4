package resident_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk/catalog"
)

func TestAskForAPerson(t *testing.T) {
	p, b := newPoint(t)
	if page := b.Post("/help", nil); page.Path != "/help" || !page.Has("Đã gọi nhân viên") {
		t.Error(page.Path, page.Body)
	}
	if diff := cmp.Diff([]string{"staff to window"}, p.counter.asked); diff != "" {
		t.Error(diff)
	}
	goOn := func(path string) string { return `<a class="button primary" href="` + path + `">` }
	if page := b.Get("/help"); !page.Has(goOn("/")) {
		t.Error(page.Body)
	}
	b.Get("/situations/lost-paper")
	b.Get("/procedures/none")
	b.Post("/help", nil)
	if page := b.Post("/help", nil); !page.Has(goOn("/situations/lost-paper")) {
		t.Error("not where help was asked for:", page.Body)
	}
	b.Post("/end", nil)
	if page := b.Post("/help", nil); !page.Has(goOn("/")) {
		t.Error("the next person goes on with", page.Body)
	}
}

func TestWhatIsDoneElsewhere(t *testing.T) {
	p, b := newPoint(t)
	p.cat.Situations = append(p.cat.Situations, catalog.Situation{ID: "driving", Field: catalog.Elsewhere, Title: "Bằng lái, xe cộ", Says: []string{"đổi bằng lái xe"}, Outcomes: []catalog.Outcome{{Note: "Nhân viên sẽ chỉ đúng nơi."}}})
	begin(b)
	if page := ask(b, "doi bang lai xe"); !page.Has("Việc này điểm không làm", "Bằng lái, xe cộ", "Nhân viên sẽ chỉ đúng nơi.", `action="/help"`) || page.Has(unsure) {
		t.Error(page.Body)
	}
	if page := ask(b, "khai sinh"); page.Has("Việc này điểm không làm") {
		t.Error(page.Body)
	}
	if page := b.Get("/land"); page.Has("Bằng lái") {
		t.Error(page.Body)
	}
}

// Where a question has its own way to say so, the page adds none.
func TestOneWayToSayThatOneDoesNotKnow(t *testing.T) {
	p, b := newPoint(t)
	own := func(f catalog.Fact) catalog.Fact {
		f.Values = append(slices.Clone(f.Values), catalog.Choice{ID: "unknown", Label: "Không rõ lắm"})
		return f
	}
	birth, told := &p.cat.Procedures[0], &p.cat.Situations[0]
	birth.Facts, told.Facts = []catalog.Fact{birth.Facts[0], own(birth.Facts[1])}, []catalog.Fact{told.Facts[0], own(told.Facts[1])}
	begin(b)
	if page := b.Get("/procedures/birth"); !page.Has(`value="-"`) {
		t.Error(page.Body)
	}
	if page := b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {"true"}}); !page.Has("Không rõ lắm") || page.Has(`value="-"`) {
		t.Error(page.Body)
	}
	if page := b.Get("/situations/lost-paper"); !page.Has(`value="-"`) {
		t.Error(page.Body)
	}
	if page := b.Get("/situations/lost-paper/how"); !page.Has("Không rõ lắm") || page.Has(`value="-"`) {
		t.Error(page.Body)
	}
}

func TestWhatALineHangsOn(t *testing.T) {
	p, b := newPoint(t)
	x := &p.cat.Procedures[0]
	x.Facts[1].Values = append(x.Facts[1].Values, catalog.Choice{ID: "road", Label: "Dọc đường"})
	when := func(id string, in ...string) *catalog.When { return &catalog.When{Fact: id, In: in} }
	x.Fees = []catalog.Fee{
		{Label: "Phí thử", When: when("place", "home"), Amount: ptr(1000), Unit: "case", Certainty: catalog.Unverified},
		{Label: "Phí thử", When: when("place", "clinic", "road"), Amount: ptr(2000), Unit: "case", Certainty: catalog.Verified},
		{Label: "Phí khác", When: &catalog.When{Fact: "married", Eq: "true"}, Amount: ptr(3000), Unit: "case", Certainty: catalog.Verified},
		{Label: "Lệ phí thử", When: &catalog.When{Fact: "married", Eq: "true"}, Amount: ptr(3000), Unit: "case", Certainty: catalog.Verified},
		{Label: "Lệ phí thử", When: &catalog.When{Fact: "married", Eq: "false"}, Amount: ptr(4000), Unit: "case", Certainty: catalog.Verified},
	}
	x.Documents[1].When, x.Documents[2].When = when("place", "clinic"), when("place", "home", "clinic", "road")
	begin(b)
	page := b.Get("/procedures/birth")
	if !page.Has(`(Nếu: <span lang="vi">Ở nhà</span>)`, `(Nếu: <span lang="vi">Ở bệnh viện hoặc Dọc đường</span>)`, `<small>Nếu: <span lang="vi">Ở bệnh viện</span></small>`,
		`Cha mẹ đã kết hôn chưa? Có</span>)`, `Cha mẹ đã kết hôn chưa? Không</span>)`) {
		t.Error(page.Body)
	}
	if n := strings.Count(page.Body, "Nếu: "); n != 5 {
		t.Errorf("%d conditions are told, want 5: not «Có» alone, nor a list of many", n)
	}
	b.Post("/procedures/birth", url.Values{"fact": {"married"}, "value": {"true"}})
	if page = b.Post("/procedures/birth", url.Values{"fact": {"place"}, "value": {"home"}}); page.Has("Nếu:") {
		t.Error(page.Body)
	}
}

func TestWhatAFormPromises(t *testing.T) {
	const here, general, there = "Điền tại đây", "Máy giúp ghi thông tin chung", "Tờ khai theo mẫu được hoàn thiện khi nộp"
	for _, tt := range []struct {
		capability   string
		certainty    catalog.Certainty
		form, ticket string
	}{
		{"full_assist", catalog.Verified, here, "Lấy số để làm thủ tục này"},
		{"full_assist", catalog.Partial, general, "Lấy số để làm thủ tục này"},
		{"precheck_only", catalog.Verified, there, "Lấy số để nhờ xem giấy tờ"},
		{"handoff", catalog.Unverified, there, "Lấy số để được chỉ dẫn"},
	} {
		p, b := newPoint(t)
		p.cat.Forms = []catalog.Form{{ID: "f", Certainty: tt.certainty}}
		p.cat.Procedures[0].Form, p.cat.Procedures[0].Capability = "f", tt.capability
		begin(b)
		page := b.Get("/procedures/birth")
		for _, say := range []string{here, general, there} {
			if page.Has(say) != (say == tt.form) {
				t.Errorf("%s, %s: %q", tt.capability, tt.certainty, say)
			}
		}
		if !page.Has(tt.ticket) {
			t.Errorf("%s: %s", tt.capability, page.Body)
		}
	}
}
