package staff_test

import (
	"net/url"
	"strings"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/ui/kit"
)

func TestOpenFindsAProcedureInTheResidentsWords(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	all := p.Get("/staff/open")
	if !all.Has(`value="birth-registration"`, `value="temporary-residence"`) {
		t.Fatal(mainOf(all.Body))
	}
	for _, words := range []string{"làm giấy khai sinh cho con", "lam giay khai sinh cho con", "KHAI SIHN"} {
		page := p.wants(p.Post("/staff/open", url.Values{"search": {"words"}, "query": {words}}), "/staff/open", "Rất khớp", "Khớp nhất")
		first := strings.Index(page.Body, `type="radio"`)
		if first < 0 || !strings.HasPrefix(page.Body[first:], `type="radio" name="procedure" value="birth-registration"`) {
			t.Errorf("%q: the first choice is another:\n%s", words, mainOf(page.Body))
		}
		if page.Has(`value="temporary-residence"`) {
			t.Errorf("%q finds everything", words)
		}
	}
	// The page that has something to correct still shows what was found.
	if page := p.Post("/staff/open", url.Values{"notice": {"yes"}}); page.Status != 422 || !page.Has("Chọn thủ tục của người dân", "Rất khớp") {
		t.Error(page.Status, mainOf(page.Body))
	}
	page := p.wants(p.Post("/staff/open", url.Values{"search": {"words"}, "query": {"đăng ký nuôi rồng"}}), "/staff/open", "Chưa chắc, hỏi lại người dân")
	if page.Has("Khớp nhất") {
		t.Error("sure of dragons:", mainOf(page.Body))
	}
	if page = p.Post("/staff/open", url.Values{"search": {"all"}}); !page.Has(`value="temporary-residence"`) || page.Has("Chưa chắc") {
		t.Error(mainOf(page.Body))
	}
}

func TestOpenNamesWhatIsDoneElsewhere(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	page := p.wants(p.Post("/staff/open", url.Values{"search": {"words"}, "query": {"đăng ký thế chấp sổ đỏ"}}), "/staff/open", "Không mở hồ sơ ở đây")
	if page.Has(`value="mortgage-registration"`) {
		t.Error("a dossier could be opened for a hand-off:", mainOf(page.Body))
	}
}

func TestOpenForgetsTheWordsOfTheLastTicket(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.Post("/staff/open", url.Values{"search": {"words"}, "query": {"khai sinh"}})
	p.Post("/staff/open", url.Values{"procedure": {"birth-registration"}, "notice": {"yes"}})
	if page := p.Get("/staff/open"); page.Has("Rất khớp") || !page.Has(`value="temporary-residence"`) {
		t.Error("what was looked for is still there:", mainOf(page.Body))
	}
}

// No browser puts more into a session than fits the field.
func TestOpenTakesNoMoreThanTheFieldHolds(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	words := "khai sinh " + strings.Repeat("ệ", 500)
	fits := string([]rune(words)[:120])
	if page := p.Post("/staff/open", url.Values{"search": {"words"}, "query": {words}}); !page.Has(`value="` + fits + `"`) {
		t.Error(page.Path, mainOf(page.Body))
	}
}

// Whoever came for something no dossier is opened for is not a dead end.
func TestOpenSaysWhatTheTicketIsForAndEndsTheTurn(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	must1(p.screens.Counter.TakeTicket(t.Context(), kiosk.ClassWalkIn, "marriage-registration"))
	p.Post("/staff/next", nil)
	p.Post("/staff/tickets/1", url.Values{"do": {"serve"}})
	page := p.wants(p.Get("/staff/open?ticket=1"), "/staff/open.*", "chỉ xem trước giấy tờ", "/staff/procedures/marriage-registration", `data-test="came-finish"`)
	if page.Has(`value="marriage-registration"`) {
		t.Error("it can be chosen all the same")
	}
	p.wants(p.Post("/staff/tickets/1", url.Values{"do": {"finish"}}), "/staff", "Hàng chờ")
	if page := p.Get("/staff/open"); page.Has(`data-test="came-finish"`) {
		t.Error("without a ticket nobody came for anything")
	}
}
