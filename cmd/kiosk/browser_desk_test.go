package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"regexp"
	"slices"
	"strings"
	"time"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/webdriver"
)

// The person at the desk, invented. None of it may be left in the browser.
const (
	handName    = "Nguyễn Thị Ước Ẩm"
	handNumber  = "001190000123"
	handAddress = "Tổ 7, Khu đô thị Đại Thanh, xã Đại Thanh, Hà Nội"
	handPhone   = "0912345678"
)

// signIn misses the PIN once and then knows it.
func (p *byHand) signIn() {
	p.t.Helper()
	p.atDesk()
	p.heads("Nhân viên đăng nhập")
	p.look("desk-01-sign-in")
	p.Click(webdriver.Choice(demoStaff[0].Name))
	p.Type(webdriver.Field("Mã PIN"), "909090")
	p.press("Đăng nhập")
	p.WaitText("#errors", "Mã PIN", soon)
	p.look("desk-02-wrong-pin")
	p.Type(webdriver.Field("Mã PIN"), demoStaff[0].PIN)
	p.press("Đăng nhập")
	p.heads("Hàng chờ")
	p.look("desk-03-line")
	p.step("clerk is signed in after one wrong PIN")
}

// callAndServe calls the next number and begins to serve it.
func (p *byHand) callAndServe() {
	p.t.Helper()
	p.press("Gọi số tiếp theo")
	p.reads("Đã gọi số")
	p.look("desk-04-called")
	p.press("Bắt đầu phục vụ")
	p.heads("Mở hồ sơ mới")
}

// openDossier chooses the procedure and reads the notice out, after forgetting
// that once.
func (p *byHand) openDossier(procedure string) (code string) {
	p.t.Helper()
	p.Click(webdriver.Choice(procedure))
	p.press("Mở hồ sơ")
	p.WaitText("#errors", "Đọc thông báo", soon)
	p.look("desk-05-notice-forgotten")
	p.Click(webdriver.Choice("Đã đọc thông báo"))
	p.press("Mở hồ sơ")
	p.heads("Tờ khai")
	code = regexp.MustCompile(`DTH01-\d{6}-\d{4}-[0-9A-Z]`).FindString(p.Text("main"))
	if code == "" {
		p.t.Fatal("the dossier's page shows no local code")
	}
	p.step("dossier " + code + " is open")
	return code
}

// answer chooses one of the answers to a question.
func (p *byHand) answer(question, words string) {
	p.t.Helper()
	p.Click(webdriver.Answer(question, words))
}

// applicant types who hands the dossier in.
func (p *byHand) applicant() {
	p.t.Helper()
	p.Type(webdriver.Field("Họ và tên"), handName)
	p.Type(webdriver.Field("Số định danh cá nhân"), handNumber)
	p.Type(webdriver.Box("Ngày sinh", "Ngày"), "2")
	p.Type(webdriver.Box("Ngày sinh", "Tháng"), "9")
	p.Type(webdriver.Box("Ngày sinh", "Năm"), "1990")
	p.answer("Giới tính", "Nữ")
	p.Type(webdriver.Field("Nơi cư trú"), handAddress)
	p.Type(webdriver.Field("Số điện thoại"), handPhone)
}

// declareBirth fills the form of a birth and forgets a required field first.
func (p *byHand) declareBirth() {
	p.t.Helper()
	p.look("desk-06-form")
	p.answer("trong vòng 60 ngày", "Có")
	p.answer("Trẻ thuộc trường hợp nào?", "Trường hợp thông thường")
	p.answer("Ai là người đi nộp hồ sơ?", "Cha hoặc mẹ")
	p.applicant()
	p.Type(webdriver.Field("Số định danh cá nhân"), "")
	p.press("Lưu tờ khai")
	p.WaitText("#errors", "Có mục cần xem lại", soon)
	p.look("desk-07-form-wrong")
	for label, want := range map[string]string{"Họ và tên": handName, "Nơi cư trú": handAddress} {
		if got := p.Value(webdriver.Field(label)); got != want {
			p.t.Errorf("after the error «%s» holds «%s», typed was «%s»", label, got, want)
		}
	}
	p.Click("#errors li a") // leads to the field
	p.Type(webdriver.Field("Số định danh cá nhân"), handNumber)
	p.press("Lưu tờ khai")
	p.heads("Chụp giấy tờ")
	p.step("declaration is filled in, one mistake corrected")
}

// paper selects something inside a paper of the checklist.
func paper(name, inner string) string {
	return "//article[.//h3[contains(normalize-space(.),'" + name + "')]]" + inner
}

// take presses a button of a paper and waits for the n-th page of it.
func (p *byHand) take(name, button string, n int) {
	p.t.Helper()
	p.Click(paper(name, "//button[contains(normalize-space(.),'"+button+"')]"))
	p.pages(name, n)
}

// pages waits until a paper shows n pages, all of them painted.
func (p *byHand) pages(name string, n int) {
	p.t.Helper()
	p.wait("the pages of "+name, func() bool { return p.Count(paper(name, "//li[@data-test='page']//img")) == n })
	p.wait("the pictures of "+name, func() bool {
		var painted bool
		p.Execute(&painted, `const all = [...document.querySelectorAll("main img")]; all.forEach(i => i.loading = "eager"); return all.every(i => i.complete && i.naturalWidth > 0)`)
		return painted
	})
}

// capture takes two pages, takes one of them again, and decides about a third
// that is nearly blank.
func (p *byHand) capture() {
	p.t.Helper()
	const name = "Giấy chứng sinh"
	p.look("desk-08-papers")
	p.lay(1, 2)
	p.take(name, "Chụp trang", 1)
	p.take(name, "Chụp thêm trang", 2)
	p.look("desk-09-two-pages")
	before := p.Attr(paper(name, "//li[@data-test='page'][2]//img"), "src")

	p.lay(3)
	p.Click(paper(name, "//li[@data-test='page'][2]//a"))
	p.reads("Ảnh rõ, không có gì phải xem lại")
	p.look("desk-10-page")
	p.press("Chụp lại")
	p.heads("Chụp giấy tờ")
	p.pages(name, 2)
	if after := p.Attr(paper(name, "//li[@data-test='page'][2]//img"), "src"); after == before {
		p.t.Error("the page taken again is the old one")
	}

	p.demo.scanner.Feed(backSide())
	p.take(name, "Chụp thêm trang", 3)
	p.look("desk-11-finding")
	p.press("Xem và quyết định")
	p.reads("Vẫn dùng trang này")
	p.look("desk-12-decide")
	p.press("Mặt này chỉ có dấu hoặc chữ ký")
	p.reads("Vẫn dùng vì:")
	p.press("Kiểm tra hồ sơ")
	p.step("three pages: one taken again, one used in spite of a finding")
}

// backSide is a sheet with nothing but a small stamp.
func backSide() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1654, 2339))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{250, 249, 245, 255}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(1200, 1900, 1260, 1904), image.NewUniform(color.RGBA{190, 30, 40, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes every byte
	}
	return b.Bytes()
}

// reviewAndConsent reads everything once more and asks for consent, forgetting
// to choose who gives it.
func (p *byHand) reviewAndConsent() {
	p.t.Helper()
	p.heads("Kiểm tra")
	p.reads(handName, handAddress)
	p.look("desk-13-review")
	p.press("Đã kiểm tra đủ")
	p.heads("Đồng ý")
	p.press("Ghi nhận đồng ý")
	p.WaitText("#errors", "Chọn chính chủ hoặc người đại diện", soon)
	p.look("desk-14-consent-wrong")
	p.Click(webdriver.Choice("Chính chủ"))
	p.Click(webdriver.Choice("Nộp hồ sơ này cho cơ quan tiếp nhận"))
	p.press("Ghi nhận đồng ý")
	p.heads("Nộp")
	p.look("desk-15-ways")
	p.step("reviewed and agreed to")
}

// handOver sends the dossier to the centre and watches it being accepted.
func (p *byHand) handOver(code string) {
	p.t.Helper()
	p.press("Gửi về trung tâm")
	p.reads("Cơ quan đã tiếp nhận") // the page follows by itself
	p.look("desk-16-accepted")
	p.printAssist(code)
	p.WaitFor(`[data-test="state"][data-state="wiped"]`, soon) // the last change: nothing moves under the pointer any more
	p.press("Kết thúc lượt")
	p.heads("Trả giấy tờ cho người dân")
	p.look("desk-18-originals")
	p.press("Đã trả đủ giấy tờ")
	p.heads("Hàng chờ")
	p.press("Hộp gửi")
	p.reads("Hộp gửi trống")
	p.look("desk-19-outbox-empty")
	p.press("Hàng chờ")
	p.step("dossier " + code + " is accepted by the centre")
}

// printAssist prints the resident's slip and reads it.
func (p *byHand) printAssist(code string) {
	p.t.Helper()
	before := len(p.slips())
	p.press("In phiếu cho người dân")
	p.reads("Phiếu đã in xong")
	p.look("desk-17-printed")
	if got := p.slip(before + 1); !slices.Equal(got, []string{qr.Text('D', code)}) {
		p.t.Errorf("the slip reads %q, want the local code %s", got, code)
	}
}

// declareResidence fills the form of a temporary residence.
func (p *byHand) declareResidence() {
	p.t.Helper()
	p.answer("Đăng ký cho gia đình hay theo danh sách", "Một người hoặc một gia đình")
	p.answer("Chỗ ở hợp pháp đã có trong cơ sở dữ liệu chưa?", "Chưa có")
	p.applicant()
	p.press("Lưu tờ khai")
	p.heads("Chụp giấy tờ")
	p.lay(4)
	p.take("Giấy tờ chứng minh chỗ ở hợp pháp", "Chụp trang", 1)
	p.press("Kiểm tra hồ sơ")
}

// fileInPortal prepares the files, checks them and brings the official code
// back.
func (p *byHand) fileInPortal(code string) {
	p.t.Helper()
	p.press("Nộp cùng người dân trên Cổng")
	p.heads("Nộp cùng người dân trên Cổng")
	p.reads("Tệp đính kèm")
	p.look("desk-20-filing")
	p.preparedFiles()
	p.fieldsInOrder("Đăng ký cho gia đình", "Chỗ ở hợp pháp", "Họ và tên", "Số định danh", "Nơi cư trú", "Số điện thoại")
	p.press("Bắt đầu nộp trên Cổng")

	official := "G09.20-" + time.Now().Format("20060102") + "-0092637"
	for _, again := range []string{official[:len(official)-1], strings.Replace(official, "G09", "G90", 1)} {
		p.Type(webdriver.Field("Mã tiếp nhận trên Cổng"), official)
		p.Type(webdriver.Field("Nhập lại mã tiếp nhận"), again)
		p.leave(func() { p.press("Ghi mã và hoàn tất") })
		p.WaitText("#errors", "Hai lần nhập mã tiếp nhận không giống nhau", soon)
	}
	p.look("desk-21-code-differs")
	p.Type(webdriver.Field("Mã tiếp nhận trên Cổng"), official)
	p.Type(webdriver.Field("Nhập lại mã tiếp nhận"), strings.ToLower(official))
	p.press("Ghi mã và hoàn tất")
	p.reads("Đã nộp trên Cổng, có mã tiếp nhận", official)
	p.look("desk-22-filed")
	p.printAssist(code)
	p.step("dossier " + code + " is filed in the portal")
}

// preparedFiles downloads what is offered and looks for the sheet in it.
func (p *byHand) preparedFiles() {
	p.t.Helper()
	var links []string
	p.Execute(&links, `return [...document.querySelectorAll("a[download]")].map(a => a.href)`)
	if len(links) != 1 {
		p.t.Fatalf("%d files to attach, want the one paper: %q", len(links), links)
	}
	pdf := p.fetch(links[0])
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, virtual.SamplePage(4)) {
		p.t.Errorf("%s: %d bytes, not a PDF around the sheet's own JPEG", links[0], len(pdf))
	}
}

// fieldsInOrder checks that the labels stand in this order on the page.
func (p *byHand) fieldsInOrder(labels ...string) {
	p.t.Helper()
	var shown []string
	p.Execute(&shown, `return [...document.querySelectorAll(".copies dt")].map(e => e.textContent)`)
	rest := shown
	for _, label := range labels {
		i := slices.IndexFunc(rest, func(s string) bool { return strings.Contains(s, label) })
		if i < 0 {
			p.t.Errorf("«%s» is not where it belongs among the fields %q", label, shown)
			return
		}
		rest = rest[i+1:]
	}
}

// signOut leaves, and nobody who comes after finds anything.
func (p *byHand) signOut() {
	p.t.Helper()
	p.press("Kết thúc")
	p.heads("Đã kết thúc")
	p.heads("Nhân viên đăng nhập") // by itself
	p.keptNowhere(handName, handNumber, handAddress, handPhone)
	p.leave(p.Back)
	p.heads("Nhân viên đăng nhập") // not the dossier
	p.keptNowhere(handName, handNumber, handAddress, handPhone)
	p.step("clerk is signed out, nothing is left")
}
