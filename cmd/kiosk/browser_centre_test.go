package main

import "servicepoint/ui/webdriver"

// centreInbox signs in at the centre and opens what arrived.
func (p *byHand) centreInbox(code string) {
	p.t.Helper()
	p.Navigate(p.demo.centreAt + "/inbox")
	p.heads("Đăng nhập")
	p.Type(webdriver.Field("Tên đăng nhập"), demoOfficer)
	p.Type(webdriver.Field("Mật khẩu"), demoOfficerPassword)
	p.press("Đăng nhập")
	p.heads("Hộp tiếp nhận")
	p.look("centre-1-inbox")
	p.press(code)
	p.heads("Hồ sơ " + code)
	p.reads(handName, handNumber, "Giấy chứng sinh")
	p.look("centre-2-dossier")
	p.step("the centre shows the dossier")
}
