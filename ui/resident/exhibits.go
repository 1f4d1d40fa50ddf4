package resident

import (
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/qr"
	"servicepoint/ui/kit"
)

// Exhibits are these screens for the gallery. All in them is invented.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "resident", Seat: kit.Window, Files: pageFiles, Exhibits: exhibits}
}

func exhibits(tell kit.Tell, lang phrases.Lang) []kit.Exhibit {
	cat := shownCatalog()
	out := []kit.Exhibit{
		{Name: "start", Screen: "start", Page: startView{Goals: goals, Reader: true}.page(nil)},
		{Name: "start-no-paper", Screen: "start", Page: startView{Goals: goals}.page([]kit.Notice{tell(kit.Careful, "resident.no_paper")})},
		{Name: "help", Screen: "help", Page: helpView{}.page()},
		{Name: "help-with-number", Screen: "help", Page: helpView{Ticket: 42}.page()},
		{Name: "class", Screen: "class", Page: classView{classChoices()}.page()},
		{Name: "procedure", Screen: "procedure", Page: procedureView{cat.Procedures}.page()},
		{Name: "procedure-none", Screen: "procedure", Page: procedureView{}.page()},
		{Name: "find", Screen: "find", Page: findView{Procedures: cat.Procedures}.page()},
		{Name: "find-some", Screen: "find", Page: findView{Query: "giấy", Procedures: cat.Procedures[:1]}.page()},
		{Name: "find-nothing", Screen: "find", Page: findView{Query: "đăng ký nuôi rồng"}.page()},
	}
	out = append(out, shownCheckIns(tell)...)
	out = append(out, shownNumbers(tell, cat)...)
	out = append(out, shownProcedures(lang, cat)...)
	for i := range out {
		if out[i].Screen != "start" {
			out[i].Role = kit.Resident
		}
	}
	return out
}

func shownCheckIns(tell kit.Tell) []kit.Exhibit {
	empty := checkInForm()
	empty.Fields[0].Error = "resident.check_in.empty"
	used := tell(kit.Careful, "booking.used")
	used.Status = 409
	return []kit.Exhibit{
		{Name: "check-in", Screen: "check-in", Page: checkInView{Reader: true}.page(checkInForm(), nil)},
		{Name: "check-in-no-reader", Screen: "check-in", Page: checkInView{}.page(checkInForm(), nil)},
		{Name: "check-in-empty", Screen: "check-in", Page: checkInView{Reader: true}.page(empty, nil)},
		{Name: "check-in-used", Screen: "check-in", Page: checkInView{Reader: true, Failed: true}.page(checkInForm(), []kit.Notice{used})},
	}
}

func shownNumbers(tell kit.Tell, cat *catalog.Catalog) []kit.Exhibit {
	noPaper := tell(kit.Careful, "printer.paper_out")
	noPaper.Incident = "7KQ2MP"
	matrix, _ := qr.Matrix(qr.Text('T', "DTH012611230042X")) // a code nobody has
	ticket := func(no int, class kiosk.Class) kiosk.Ticket {
		return kiosk.Ticket{Day: "2026-11-23", No: no, Class: class}
	}
	views := []struct {
		name string
		view ticketView
	}{
		{"number-printing", ticketView{Ticket: ticket(42, kiosk.ClassElderly), Procedure: cat.Procedures[0], Ahead: 3, Paper: printing, QR: matrix}},
		{"number-printed", ticketView{Ticket: ticket(7, kiosk.ClassWalkIn), Ahead: 0, Paper: printed, QR: matrix}},
		{"number-sent", ticketView{Ticket: ticket(108, kiosk.ClassPregnantInfant), Procedure: cat.Procedures[1], Ahead: 27, Paper: sent, QR: matrix}},
		{"number-no-paper", ticketView{Ticket: ticket(999, kiosk.ClassSupplementReturn), Procedure: cat.Procedures[1], Ahead: -1, Paper: failed, Trouble: noPaper, QR: matrix}},
	}
	var out []kit.Exhibit
	for _, v := range views {
		out = append(out, kit.Exhibit{Name: v.name, Screen: "ticket", Page: v.view.page()})
	}
	return out
}

func shownProcedures(lang phrases.Lang, cat *catalog.Catalog) []kit.Exhibit {
	full, long, empty := cat.Procedures[0], cat.Procedures[1], cat.Procedures[2]
	return []kit.Exhibit{
		{Name: "bring", Screen: "bring", Page: bring(lang, full, cat, nil).page()},
		{Name: "bring-answered", Screen: "bring", Page: bring(lang, full, cat, kiosk.Answers{"married": "true", "place": skipped}).page()},
		{Name: "bring-long", Screen: "bring", Page: bring(lang, long, cat, nil).page()},
		{Name: "bring-unknown", Screen: "bring", Page: bring(lang, empty, cat, nil).page()},
	}
}

// shownCatalog is a made-up catalogue: one procedure with everything, one with
// the longest words, one of which nothing is known.
func shownCatalog() *catalog.Catalog {
	birth := catalog.Procedure{
		ID: "birth", Name: "Đăng ký khai sinh", PlainName: "Làm giấy khai sinh cho con", Receiving: "ward", Certainty: catalog.Verified,
		Facts: []catalog.Fact{
			{ID: "married", Type: "bool", Ask: "Cha mẹ của trẻ đã đăng ký kết hôn chưa?"},
			{ID: "place", Type: "enum", Ask: "Trẻ sinh ở đâu?", Values: []catalog.Choice{{ID: "clinic", Label: "Ở bệnh viện, nhà hộ sinh"}, {ID: "home", Label: "Ở nhà"}}},
		},
		Documents: []catalog.Document{
			{ID: "form", Name: "Tờ khai đăng ký khai sinh", Role: catalog.RoleFillForm, Certainty: catalog.Verified},
			{ID: "proof", Name: "Giấy chứng sinh", Role: catalog.RoleSubmit, Original: 1, Certainty: catalog.Verified, Group: catalog.Group{Type: "one_of", ID: "proof"}},
			{ID: "witness", Name: "Văn bản của người làm chứng về việc sinh", Role: catalog.RoleSubmit, Original: 1, Copy: 2, Certainty: catalog.Unverified, Group: catalog.Group{Type: "one_of", ID: "proof"}},
			{ID: "marriage", Name: "Giấy chứng nhận kết hôn", Role: catalog.RolePresent, Certainty: catalog.Verified, When: &catalog.When{Fact: "married", Eq: "true"}},
		},
		Fees:      []catalog.Fee{{Label: "Đúng hạn", Amount: new(0), Certainty: catalog.Verified}, {Label: "Quá hạn", Amount: new(5000), Unit: "case", Exempt: "poor", Certainty: catalog.Partial}},
		Durations: []catalog.Duration{{Case: "default", Value: new(1.0), Unit: "working_day", SameDayCutoff: "15:00", Certainty: catalog.Verified}},
	}
	land := catalog.Procedure{
		ID: "land", Receiving: "land", Certainty: catalog.Partial,
		Name:      "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất trong các trường hợp chuyển đổi, chuyển nhượng, thừa kế, tặng cho",
		PlainName: "Sang tên sổ đỏ, sổ hồng khi mua bán, tặng cho, thừa kế nhà đất",
		Documents: []catalog.Document{
			{ID: "contract", Name: "Hợp đồng hoặc văn bản về việc chuyển quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất theo quy định của pháp luật về dân sự", Role: catalog.RoleSubmit, Original: 2, Copy: 1, Certainty: catalog.Unverified},
			{ID: "certificate", Name: "Bản gốc Giấy chứng nhận đã cấp", Role: catalog.RoleSubmit, Original: 1, Certainty: catalog.Verified},
		},
		Fees:      []catalog.Fee{{Label: "Phí thẩm định hồ sơ cấp giấy chứng nhận quyền sử dụng đất", Amount: new(1234000), Unit: "page", Exempt: "poor", Certainty: catalog.Verified}},
		Durations: []catalog.Duration{{Case: "Trường hợp thông thường", Value: new(7.5), Unit: "working_day", Certainty: catalog.Verified}, {Case: "Trường hợp phải lấy ý kiến của cơ quan khác hoặc xác minh thực địa", Certainty: catalog.Unverified}},
	}
	return &catalog.Catalog{
		Authorities: map[string]catalog.Authority{"ward": {Name: "Trung tâm Phục vụ hành chính công phường Đông Thành"}, "land": {Name: "Chi nhánh Văn phòng đăng ký đất đai khu vực Đông Thành – Tây Thành – Nam Thành"}},
		Exemptions:  map[string]catalog.Exemption{"poor": {Text: "Miễn cho hộ nghèo, người cao tuổi, người khuyết tật", Certainty: catalog.Verified}},
		Procedures:  []catalog.Procedure{birth, land, {ID: "none", Name: "Thủ tục chưa có thông tin", PlainName: "Việc chưa có trong danh mục"}},
	}
}
