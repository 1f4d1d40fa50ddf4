package main

import (
	"testing"

	"servicepoint/kiosk/qr"
	"servicepoint/ui/webdriver"
)

// TestTroubleByHand takes a dossier through a scanner without its cable, a
// network that is cut and a printer without paper. The screens say each time
// what to do, and nothing is lost.
func TestTroubleByHand(t *testing.T) {
	t.Parallel()
	p := openByHand(t, webdriver.Open(t, webdriver.Chromium))
	p.numberWithoutPaper()
	p.signIn()
	p.press("Gọi số tiếp theo")
	p.press("Bắt đầu phục vụ")
	code := p.openDossier("Đăng ký nơi đang ở tạm")
	p.answer("Đăng ký cho gia đình hay theo danh sách", "Một người hoặc một gia đình")
	p.answer("Chỗ ở hợp pháp đã có trong cơ sở dữ liệu chưa?", "Chưa có")
	p.applicant()
	p.press("Lưu tờ khai")
	p.heads("Chụp giấy tờ")
	p.scannerUnplugged()
	p.reviewAndConsent()
	p.networkCut(code)
	p.slipWithoutPaper(code)
}

// fault orders a trouble on the dock, or ends one, as in another tab.
func (p *byHand) fault(device, word string) {
	p.t.Helper()
	p.atDock(func() {
		button := "//h2[normalize-space(.)='" + device + "']/following-sibling::div[1]//button[contains(normalize-space(.),'" + word + "')]"
		p.Click(button)
		p.WaitGone(button, soon) // the one that undoes it stands there instead
	})
}

// paper takes the paper out or puts it back, and waits until the printer has
// told the unit.
func (p *byHand) paper(word string, ready bool) {
	p.t.Helper()
	p.fault("Máy in", word)
	p.wait("the printer tells", func() bool { return p.demo.unit.printer.Status().Ready == ready })
}

// numberWithoutPaper takes a number while the printer has no paper: the number
// stands, on the screen with a code to photograph.
func (p *byHand) numberWithoutPaper() {
	p.t.Helper()
	p.atDesk()
	p.paper("Lấy hết giấy", false)
	p.atWindow()
	p.reads("Máy in tạm thời chưa in được")
	p.look("trouble-1-start")
	p.press("Lấy số thứ tự")
	p.press("Số thường")
	p.press("Đăng ký nơi đang ở tạm")
	p.heads("Số thứ tự của ông/bà")
	p.reads("Phiếu chưa in được, nhưng số của ông/bà vẫn có giá trị", "Máy in đã hết giấy", "chụp ảnh mã này")
	p.look("trouble-2-number")
	p.press("Xong")
	p.heads("Đã kết thúc")
	p.atDesk()
	p.paper("Lắp giấy lại", true)
	p.step("a number stands without paper")
}

// scannerUnplugged takes a page without a cable, without a sheet and then with
// both.
func (p *byHand) scannerUnplugged() {
	p.t.Helper()
	const name = "Giấy tờ chứng minh chỗ ở hợp pháp"
	p.fault("Máy quét", "Rút dây")
	p.Click(paper(name, "//button[contains(normalize-space(.),'Chụp trang')]"))
	p.WaitText(".notice", "Không thấy máy quét", soon)
	p.WaitText(".notice", "cắm lại", soon)
	p.look("trouble-3-unplugged")
	p.fault("Máy quét", "Cắm dây lại")
	p.wait("the scanner says that it lacks a sheet", func() bool {
		p.Click(paper(name, "//button[contains(normalize-space(.),'Chụp trang')]"))
		p.WaitGone("#taking", soon)
		return p.Has("//section[contains(@class,'notice')][contains(.,'Chưa thấy giấy dưới máy quét')]")
	})
	p.look("trouble-4-no-sheet")
	p.lay(4)
	p.take(name, "Chụp trang", 1)
	if p.Has(".notice") {
		p.t.Errorf("the trouble still stands on the page after a page was taken: «%s»", p.Text(".notice"))
	}
	p.press("Kiểm tra hồ sơ")
	p.step("a page is taken after the scanner was unplugged")
}

// networkCut hands over while the centre is out of reach.
func (p *byHand) networkCut(code string) {
	p.t.Helper()
	p.fault("Mạng", "Ngắt mạng")
	p.press("Gửi về trung tâm")
	p.heads("chưa gửi")
	p.reads("Đã lưu và niêm phong trên máy này", "Máy tự gửi khi có mạng")
	p.look("trouble-5-sealed")
	address := p.URL()
	p.press("Hộp gửi")
	p.reads(code, "Lưu trên máy này – chưa gửi", "Chưa kết nối được với trung tâm", "Gọi lại trung tâm lúc")
	p.look("trouble-6-outbox")
	p.fault("Mạng", "Nối mạng lại")
	p.press("Thử gửi ngay")
	p.reads("Hộp gửi trống", "Trung tâm trả lời bình thường")
	p.look("trouble-7-mended")
	p.Navigate(address)
	p.reads("Cơ quan đã tiếp nhận")
	p.step("accepted after the network was cut")
}

// slipWithoutPaper prints with the paper out, and again once it is back.
func (p *byHand) slipWithoutPaper(code string) {
	p.t.Helper()
	p.paper("Lấy hết giấy", false)
	p.press("In phiếu cho người dân")
	p.reads("Máy in đã hết giấy", "Lắp cuộn giấy mới")
	p.look("trouble-8-no-paper")
	p.paper("Lắp giấy lại", true)
	before := len(p.slips())
	p.press("In lại phiếu")
	p.reads("Phiếu đã in xong")
	p.look("trouble-9-paper-back")
	if got := p.slip(before + 1); len(got) != 1 || got[0] != qr.Text('D', code) {
		p.t.Errorf("the slip reads %q, want the local code %s", got, code)
	}
	p.step("the slip is printed once the paper is back")
}
