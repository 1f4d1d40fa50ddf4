package resident

import (
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
)

// shownAt is the moment the exhibits were taken.
func shownAt() time.Time { return time.Date(2026, 11, 23, 9, 15, 0, 0, kiosk.Hanoi) }

// shownCatalog is a made-up catalogue: one procedure with everything, one with
// the longest words, one of which nothing is known.
func shownCatalog() *catalog.Catalog {
	poor := catalog.Exemption{Text: "Miễn cho hộ nghèo, người cao tuổi, người khuyết tật", Certainty: catalog.Verified}
	birth := catalog.Procedure{
		ID: "birth", Name: "Đăng ký khai sinh", PlainName: "Làm giấy khai sinh cho con", Keywords: []string{"khai sinh", "mới sinh", "em bé"}, Field: "civil_status",
		Receiving: "ward", Competent: "ward", Certainty: catalog.Verified, Channels: []string{"online", "direct", "postal"}, SubmitTo: "national_portal", Online: "full",
		Presence: catalog.Presence{Who: []string{"one_parent_or_relative"}}, Result: catalog.Result{Name: "Giấy khai sinh", Digital: true, Paper: true},
		Sources: []catalog.Source{{What: "thành phần hồ sơ, thời hạn", Ref: "Văn bản tưởng tượng số 1", Certainty: catalog.Verified}, {What: "lệ phí quá hạn", Ref: "Bảng lệ phí tưởng tượng", Certainty: catalog.Partial}, {What: "nơi nộp", Ref: "Chưa có nguồn", Certainty: catalog.Unverified}},
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
		Fees:      []catalog.Fee{{Label: "Đúng hạn", Amount: new(0), Certainty: catalog.Verified}, {Label: "Quá hạn", When: &catalog.When{Fact: "place", Eq: "home"}, Amount: new(5000), Unit: "case", Exempt: "poor", Exemption: poor, Certainty: catalog.Partial}},
		Durations: []catalog.Duration{{Case: "default", Value: new(1.0), Unit: "working_day", SameDayCutoff: "15:00", Certainty: catalog.Verified}},
	}
	land := catalog.Procedure{
		ID: "land", Receiving: "ward", Competent: "land", Field: "land", Certainty: catalog.Partial, Keywords: []string{"sang tên", "mua bán nhà đất", "tặng cho"},
		Name:      "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất trong các trường hợp chuyển đổi, chuyển nhượng, thừa kế, tặng cho",
		PlainName: "Sang tên sổ đỏ, sổ hồng khi mua bán, tặng cho, thừa kế nhà đất",
		Documents: []catalog.Document{
			{ID: "contract", Name: "Hợp đồng hoặc văn bản về việc chuyển quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất theo quy định của pháp luật về dân sự", Role: catalog.RoleSubmit, Original: 2, Copy: 1, Certainty: catalog.Unverified},
			{ID: "certificate", Name: "Bản gốc Giấy chứng nhận đã cấp", Role: catalog.RoleSubmit, Original: 1, Certainty: catalog.Verified},
		},
		Fees:      []catalog.Fee{{Label: "Phí thẩm định hồ sơ cấp giấy chứng nhận quyền sử dụng đất", Amount: new(1234000), Unit: "page", Exempt: "poor", Exemption: poor, Certainty: catalog.Verified}},
		Durations: []catalog.Duration{{Case: "Trường hợp thông thường", Value: new(7.5), Unit: "working_day", Certainty: catalog.Verified}, {Case: "Trường hợp phải lấy ý kiến của cơ quan khác hoặc xác minh thực địa", Certainty: catalog.Unverified}},
	}
	copied := catalog.Procedure{
		ID: "copy", Name: "Cấp bản sao trích lục hộ tịch", PlainName: "Xin bản sao trích lục", Keywords: []string{"trích lục", "bản sao khai sinh"}, Field: "certification",
		Receiving: "ward", Competent: "ward", Certainty: catalog.Verified, Channels: []string{"online", "direct"}, SubmitTo: "city_system", Online: "partial",
		Result:    catalog.Result{Name: "Bản sao trích lục hộ tịch", Paper: true},
		Documents: []catalog.Document{{ID: "form", Name: "Tờ khai cấp bản sao trích lục", Role: catalog.RoleFillForm, Certainty: catalog.Verified}},
		Fees: []catalog.Fee{
			{Label: "Lệ phí bản sao trích lục", Channel: "direct", Amount: new(8000), Unit: "copy", Exempt: "poor", Exemption: poor, To: "2027-02-28", Certainty: catalog.Verified},
			{Label: "Lệ phí bản sao trích lục", Channel: "online", Amount: new(4000), Unit: "copy", Exempt: "unknown", Certainty: catalog.Verified},
		},
		Durations: []catalog.Duration{{Case: "default", Value: new(3.0), Unit: "working_day", Certainty: catalog.Verified}},
	}
	return &catalog.Catalog{
		Calendar: calendar.Calendar{
			Timezone: "Asia/Ho_Chi_Minh", Sessions: []calendar.Session{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, Spans: []string{"08:00-11:30", "13:30-17:00"}}},
			Holidays: []calendar.Holiday{{Date: "2026-11-24", Name: "Ngày Văn hóa Việt Nam"}}, ValidThrough: "2026-12-31",
		},
		Authorities: map[string]catalog.Authority{"ward": {Calendar: calendar.Default, Name: "Trung tâm Phục vụ hành chính công phường Đông Thành"}, "land": {Calendar: calendar.Default, Name: "Chi nhánh Văn phòng đăng ký đất đai khu vực Đông Thành – Tây Thành – Nam Thành"}},
		Procedures:  []catalog.Procedure{birth, land, {ID: "none", Name: "Thủ tục chưa có thông tin", PlainName: "Việc chưa có trong danh mục", Field: "dragons", Capability: "handoff"}, copied},
		Situations:  shownSituations(),
		Terms:       shownTerms(),
	}
}

func shownSituations() []catalog.Situation {
	return []catalog.Situation{
		{
			ID: "no-paper", Field: landField, Title: "Đất ông bà để lại, chưa có giấy tờ gì", Certainty: catalog.Partial,
			Facts: []catalog.Fact{
				{ID: "using", Type: "bool", Ask: "Gia đình có đang ở, hoặc đang trồng cấy trên thửa đất đó không?"},
				{ID: "quarrel", Type: "enum", Ask: "Có ai tranh chấp thửa đất đó không?", Values: []catalog.Choice{{ID: "no", Label: "Không ai tranh chấp"}, {ID: "family", Label: "Anh em trong nhà chưa thống nhất"}, {ID: "other", Label: "Có người ngoài tranh chấp"}}},
			},
			Outcomes: []catalog.Outcome{
				{When: []catalog.When{{Fact: "using", Eq: "true"}, {Fact: "quarrel", Eq: "no"}}, Procedures: []kiosk.ProcedureID{"copy", "land"}, Decides: "land", Note: "Mang theo mọi giấy tờ cũ của thửa đất, kể cả giấy viết tay."},
				{Note: "Nhân viên sẽ nghe chuyện của gia đình rồi chỉ nơi giải quyết."},
			},
		},
		{ID: "lost", Field: landField, Title: "Mất sổ đỏ", Outcomes: []catalog.Outcome{{Procedures: []kiosk.ProcedureID{"land"}, Decides: "land"}}, Certainty: catalog.Verified},
		{ID: "hand-written", Field: landField, Title: "Mua bán bằng giấy viết tay, người bán nay đã mất hoặc không còn liên lạc được", Outcomes: []catalog.Outcome{{}}},
		{ID: "driving", Field: catalog.Elsewhere, Title: "Bằng lái, xe cộ", Outcomes: []catalog.Outcome{{Note: "Hãy gặp nhân viên để được chỉ đúng nơi."}}},
	}
}

func shownTerms() []catalog.Term {
	return []catalog.Term{
		{Term: "Thửa đất", Also: []string{"mảnh đất"}, Plain: "Một phần đất có ranh giới rõ, có số riêng trên bản đồ."},
		{Term: "Giấy chứng nhận", Also: []string{"sổ đỏ", "sổ hồng"}, Plain: "Tờ giấy nhà nước cấp, ghi ai có quyền với thửa đất và ngôi nhà."},
		{Term: "Tách thửa", Plain: "Chia một thửa đất thành hai hay nhiều thửa nhỏ hơn."},
	}
}
