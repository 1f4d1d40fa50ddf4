package staff_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/ui"
	"servicepoint/ui/kit"
	"servicepoint/ui/webdriver"
)

const soon = 10 * time.Second

// open serves the point's pages to a real browser and signs in there.
func (p *point) open(s *webdriver.Session) (origin string) {
	p.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(p.t, err)
	server, err := ui.New(ui.Config{Seat: kit.Desk, Hosts: []string{l.Addr().String()}, Token: token, Point: "Điểm thử", Home: "/staff", Mounts: []ui.Mount{p.screens.Mount}, Now: p.now})
	must(p.t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	p.t.Cleanup(func() { stop(); <-served })
	origin = "http://" + l.Addr().String()
	s.Navigate(origin + "/enter?t=" + token)
	s.Click(webdriver.Choice("Cô Lan"))
	s.Type(webdriver.Field("Mã PIN"), pin)
	s.Press(webdriver.Field("Mã PIN"), webdriver.KeyEnter)
	s.WaitURL(`/staff$`, soon)
	return origin
}

// In a real browser a question that hangs on another comes and goes at once,
// whoever reads the questions out never leaves the keyboard, and a card that the
// reader reads shows by itself.
func TestDeclarationInABrowser(t *testing.T) {
	webdriver.Both(t, func(t *testing.T, s *webdriver.Session) {
		p := twinPoint(t)
		base := p.begin("")
		origin := p.open(s)
		s.Navigate(origin + base + "/form")
		order := "#asked-order"
		if s.Attr(order, "hidden") == "" {
			t.Error("the order of one child is asked")
		}
		s.Click(webdriver.Answer("Sinh đôi trở lên?", "Có"))
		s.Type(webdriver.Field("Thứ tự trong lần sinh"), "2")
		s.Click(webdriver.Answer("Sinh đôi trở lên?", "Không"))
		if s.Attr(order, "hidden") == "" || s.Attr(order, "disabled") == "" {
			t.Error("it is asked still")
		}
		s.Click(webdriver.Answer("Trẻ được đăng ký trong vòng 60 ngày", "Có"))
		s.Click(webdriver.Answer("Trẻ thuộc trường hợp nào?", "Trường hợp thông thường"))
		s.Click(webdriver.Answer("Ai là người đi nộp hồ sơ?", "Cha hoặc mẹ"))
		s.Click(`[data-test="ask"]`)
		s.WaitURL(`/form/applicant_name$`, soon)
		if _, kept := p.answers(base)["order"]; kept && p.answers(base)["order"] != "" {
			t.Error("what is not asked was sent")
		}
		var focus string
		s.Execute(&focus, "return document.activeElement.name")
		if focus != "applicant_name" {
			t.Errorf("the focus is on %q", focus)
		}
		s.Press("#f-applicant_name", "Nguyễn Văn Ánh"+webdriver.KeyEnter)
		s.WaitURL(`/form/applicant_no$`, soon)
		s.Click(`[data-test="back"]`)
		s.WaitURL(`/form/applicant_name$`, soon)
		if got := s.Value("#f-applicant_name"); got != "Nguyễn Văn Ánh" {
			t.Errorf("kept %q", got)
		}
		s.Navigate(origin + base + "/card")
		s.WaitFor(`[data-test="refused"]`, soon)
		p.codes <- devices.Code{Raw: []byte(cardOfAnh)}
		s.WaitFor(`[data-test="card-applicant_no"]`, soon)
		s.Click(`[data-test="fill"]`)
		s.WaitURL(`/form$`, soon)
		if got := s.Value("#f-applicant_no"); got != strings.SplitN(cardOfAnh, "|", 2)[0] {
			t.Errorf("filled %q", got)
		}
	})
}
