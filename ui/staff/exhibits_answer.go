package staff

import (
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// shownElsewhere are procedures no dossier is opened for.
func shownElsewhere() []catalog.Procedure {
	return []catalog.Procedure{
		{ID: "mortgage", Capability: "handoff", PlainName: "Đăng ký thế chấp nhà đất khi vay", Name: "Đăng ký biện pháp bảo đảm bằng quyền sử dụng đất"},
		{ID: "dispute", Capability: "precheck_only", PlainName: longName, Name: "Hòa giải tranh chấp đất đai"},
	}
}

// shownAnswers are a procedure known in part, one nobody is sure of and one of
// which nothing is known but its name.
func shownAnswers(lang phrases.Lang) []kit.Exhibit {
	amount := func(n int) *int { return &n }
	share, usual, longer := 0.5, 4.0, 6.5
	p := shownTerms().Procedure
	p.Code, p.Capability, p.Certainty, p.Receiving, p.Competent = "1.000000", "full_assist", catalog.Verified, "ward", "ward"
	p.Presence.Who = []string{"one_parent_or_relative"}
	p.Channels, p.SubmitTo, p.Online = catalog.Channels(), "national_portal", "full"
	p.Effective = catalog.Period{From: "2026-01-01", To: "2027-02-28"}
	p.Result = catalog.Result{Name: "Giấy khai sinh", Paper: true, Digital: true}
	p.Durations = []catalog.Duration{
		{Case: "default", Value: &usual, Unit: "working_day", Certainty: catalog.Verified},
		{Case: "Phải xác minh", Value: &longer, Unit: "working_day", Certainty: catalog.Partial},
	}
	p.Fees = []catalog.Fee{
		{ID: "ontime", Label: "Lệ phí đăng ký đúng hạn", Amount: amount(0), Unit: "case", Certainty: catalog.Verified},
		{ID: "late", Label: "Lệ phí đăng ký quá hạn", Amount: amount(15000), Unit: "case", Certainty: catalog.Partial, When: &catalog.When{Fact: "married", Eq: "false"},
			Exempt: "poor", Exemption: catalog.Exemption{Text: "Người thuộc hộ nghèo (ví dụ trong bộ sưu tập màn hình)", Certainty: catalog.Unverified}},
		{ID: "share", Label: "Khoản tính theo giá trị", Percent: &share, Channel: "online", From: "2026-08-15", To: "2027-02-28", Certainty: catalog.Unverified},
		{ID: "none", Label: "Khoản chưa có số", Certainty: catalog.Unverified},
	}
	p.Sources = []catalog.Source{
		{What: "mã, giấy tờ cần mang, thời hạn", Ref: "Văn bản minh họa số 1", Checked: "2026-11-23", Certainty: catalog.Verified},
		{What: "lệ phí đăng ký quá hạn", Ref: "Bảng giá minh họa, chưa đối chiếu", Checked: "2026-10-08", Certainty: catalog.Partial},
	}
	unsure := p
	unsure.Certainty, unsure.Effective, unsure.Capability = catalog.Partial, catalog.Period{From: "2026-01-01"}, "precheck_only"
	books := &catalog.Catalog{Authorities: map[string]catalog.Authority{"ward": {Name: "Trung tâm Phục vụ hành chính công phường Đông Thành"}}}
	show := func(name string, p catalog.Procedure, version string) kit.Exhibit {
		v := answerOf(lang, books, p)
		v.Back, v.Version = "/staff/open", version
		return kit.Exhibit{Name: name, Screen: "answer", Page: v.page()}
	}
	return []kit.Exhibit{
		show("answer", p, ""), show("answer-of-dossier", p, "2026-11-23"), show("answer-precheck", unsure, ""), show("answer-bare", shownElsewhere()[0], ""),
	}
}
