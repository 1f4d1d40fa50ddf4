package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/webdriver"
)

// TestByHand takes two dossiers through the demo in a browser, by what a
// person reads on the screens: one handed over to the centre, one filed in the
// portal at the desk.
func TestByHand(t *testing.T) {
	webdriver.Both(t, func(t *testing.T, s *webdriver.Session) {
		t.Parallel() // two people at two demos
		p := openByHand(t, s)
		p.residentWithBooking()
		p.residentWithQR()
		p.residentWithout()

		p.signIn()
		p.callAndServe()
		first := p.openDossier("Làm giấy khai sinh cho con")
		p.declareBirth()
		p.capture()
		p.reviewAndConsent()
		p.handOver(first)

		p.callAndServe()
		second := p.openDossier("Đăng ký nơi đang ở tạm")
		p.declareResidence()
		p.reviewAndConsent()
		p.fileInPortal(second)
		p.signOut()

		p.centreInbox(first)
	})
}

// residentWithBooking has registered ahead and types the code.
func (p *byHand) residentWithBooking() {
	p.t.Helper()
	p.atWindow()
	p.heads("Xin chào")
	p.look("window-1-start")
	p.press("Tôi đã đăng ký trước")
	p.heads("Nhận số theo đăng ký trước")
	p.look("window-2-check-in")

	p.Type(webdriver.Field("Mã đăng ký trước"), "KHONGDUNG1")
	p.press("Nhận số")
	p.WaitText(".notice", "Mời ông/bà", soon) // says what to do
	if got := p.Value(webdriver.Field("Mã đăng ký trước")); got != "KHONGDUNG1" {
		p.t.Errorf("after the error the code is «%s»", got)
	}
	p.look("window-3-wrong-code")

	p.Type(webdriver.Field("Mã đăng ký trước"), strings.ToLower(string(p.demo.bookings[0].ID)))
	p.press("Nhận số")
	p.heads("Số thứ tự của ông/bà")
	p.reads("Đã đăng ký trước", "Phiếu đã in xong")
	p.look("window-4-number")
	p.ticketOnPaper(1, p.Text(".number-big"))

	p.press("Xong")
	p.heads("Đã kết thúc")
	p.look("window-5-ended")
	p.heads("Xin chào") // by itself
	p.step("resident with a booking has a number and is gone")
}

// residentWithQR holds a booking in front of the reader and touches nothing.
func (p *byHand) residentWithQR() {
	p.t.Helper()
	p.wait("the start page listens to the reader", func() bool {
		p.demo.unit.codes.mu.Lock()
		defer p.demo.unit.codes.mu.Unlock()
		return len(p.demo.unit.codes.listeners) > 0
	})
	p.demo.scanner.FeedCode(p.demo.bookings[2].Text)
	p.heads("Số thứ tự của ông/bà")
	p.reads("Đã đăng ký trước", "Phiếu đã in xong")
	p.ticketOnPaper(2, p.Text(".number-big"))
	p.press("Kết thúc")
	p.heads("Xin chào") // by itself, after a farewell
	p.step("resident with a QR has a number")
}

// ticketOnPaper checks that the n-th slip holds the number on the screen.
func (p *byHand) ticketOnPaper(n int, shown string) {
	p.t.Helper()
	var no int
	if _, err := fmt.Sscan(shown, &no); err != nil {
		p.t.Fatalf("the page shows «%s» as a number", shown)
	}
	code, err := qr.TicketCode(qr.TicketRef{Point: p.demo.unit.Config.Point.Code, Day: time.Now().In(kiosk.Hanoi).Format("2006-01-02"), No: no})
	if err != nil {
		p.t.Fatal(err)
	}
	if got := p.slip(n); len(got) != 1 || got[0] != qr.Text('T', code) {
		p.t.Errorf("slip %d reads %q, the screen says %d", n, got, no)
	}
}

// residentWithout takes a number by class, reads what to bring and asks for a
// person.
func (p *byHand) residentWithout() {
	p.t.Helper()
	p.press("Lấy số thứ tự")
	p.heads("Ông/bà lấy số nào?")
	p.look("window-6-class")
	p.press("Người cao tuổi")
	p.heads("Ông/bà đến làm thủ tục gì?")
	p.look("window-7-procedure")
	p.press("Tôi chưa rõ")
	p.heads("Số thứ tự của ông/bà")
	p.reads("Người cao tuổi", "Phiếu đã in xong")
	number := p.Text(".number-big")
	p.ticketOnPaper(3, number)

	p.press("Tìm thủ tục")
	p.heads("Ông/bà cần làm việc gì?")
	p.Type(`[name="query"]`, "dk tam tru") // without the marks, cut short
	p.press("Tìm")
	p.heads("Đăng ký nơi đang ở tạm")
	p.look("window-8-found")
	p.press("Xem giấy tờ cần mang")
	p.heads("Đăng ký nơi đang ở tạm")
	p.reads("Giấy tờ cần mang", "Giấy tờ chứng minh chỗ ở hợp pháp", "Tùy trường hợp")
	p.look("window-9-bring")
	p.press("Một người hoặc một gia đình")
	p.reads("Câu hỏi 2/2")
	p.press("Đã có")
	p.WaitGone(webdriver.Within("li", "Giấy tờ chứng minh chỗ ở hợp pháp", ""), soon)
	p.look("window-10-bring-answered")

	p.press("Gặp nhân viên")
	p.heads("Đã gọi nhân viên")
	p.look("window-11-help")
	p.press("Xem số của tôi")
	p.WaitText(".number-big", number, soon)
	p.press("Xong")
	p.heads("Đã kết thúc")
	p.Back()
	p.heads("Xin chào") // the back button leads nowhere into the visit
	p.step("resident without a booking has a number, knows what to bring, and called")
}
