package staff

import (
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

const (
	shownCode = "DTH01-261123-0007-K"
	longName  = "Sang tên sổ đỏ, sổ hồng khi mua bán, tặng cho, thừa kế nhà đất"
)

func shownApplicant() kiosk.Applicant {
	return kiosk.Applicant{Name: "Nguyễn Thị Ước Ẩm", PersonalNo: "001190000123", Phone: "+84912345678", Address: "Tổ 7, khu đô thị Đông Thành, xã Đông Thành, Hà Nội"}
}

// shownTerms are those of a made-up procedure with every kind of question and
// every kind of paper.
func shownTerms() intake.Terms {
	question := func(id, kind, label, hint string) catalog.Question {
		return catalog.Question{ID: id, Type: kind, Label: label, Hint: hint, Required: hint == ""}
	}
	carded := func(card string, q catalog.Question) catalog.Question { q.Card = card; return q }
	sex := carded("sex", question("sex", catalog.TypeChoice, "Giới tính", ""))
	sex.Values = []catalog.Choice{{ID: "f", Label: "Nữ"}, {ID: "m", Label: "Nam"}}
	twin, order := question("twin", catalog.TypeBool, "Sinh đôi hoặc sinh nhiều hơn?", "Chỉ hỏi khi giấy chứng sinh có ghi"), question("order", catalog.TypeNumber, "Là người thứ mấy trong lần sinh?", "")
	order.Min, order.Max, order.VisibleWhen = 1, 9, &catalog.When{Fact: "twin", Eq: "true"}
	submit := func(id kiosk.RequirementID, name string, group catalog.Group) catalog.Document {
		return catalog.Document{ID: id, Name: name, Role: catalog.RoleSubmit, Scan: "required", Original: 1, Group: group}
	}
	proof := catalog.Group{Type: "one_of", ID: "proof"}
	certain := func(c catalog.Certainty, d catalog.Document) catalog.Document { d.Certainty = c; return d }
	return intake.Terms{
		Receiving: "Trung tâm Phục vụ hành chính công phường Đông Thành",
		Procedure: catalog.Procedure{
			ID: "birth", Name: "Đăng ký khai sinh", PlainName: "Làm giấy khai sinh cho con",
			Facts: []catalog.Fact{{ID: "married", Type: "bool", Ask: "Cha mẹ của trẻ đã đăng ký kết hôn chưa?"}},
			Documents: []catalog.Document{
				{ID: "form", Name: "Tờ khai đăng ký khai sinh", Role: catalog.RoleFillForm, Scan: "optional", Certainty: catalog.Verified},
				certain(catalog.Verified, submit("proof", "Giấy chứng sinh", proof)),
				certain(catalog.Partial, submit("witness", "Văn bản của người làm chứng về việc sinh, trong trường hợp không có giấy chứng sinh do cơ sở y tế cấp", proof)),
				certain(catalog.Unverified, submit("residence", "Giấy tờ chứng minh nơi cư trú", catalog.Group{})),
				{ID: "marriage", Name: "Giấy chứng nhận kết hôn", Role: catalog.RoleSubmit, Scan: "required", When: &catalog.When{Fact: "married", Eq: "true"}, Certainty: catalog.Verified},
				{ID: "card", Name: "Căn cước hoặc hộ chiếu", Role: catalog.RolePresent, Scan: "never", Certainty: catalog.Verified},
			},
		},
		Form: catalog.Form{ID: "birth", Name: "Tờ khai đăng ký khai sinh", Certainty: catalog.Unverified, Sections: []catalog.Section{
			{ID: "applicant", Title: "Người yêu cầu", Questions: []catalog.Question{
				carded("name", question("name", catalog.TypeName, "Họ và tên", "")), carded("number", question("no", catalog.TypePersonalNo, "Số định danh cá nhân", "")),
				carded("birth", question("born", catalog.TypeDate, "Ngày sinh", "")), sex,
				question("phone", catalog.TypePhone, "Số điện thoại", "Để nhắn kết quả"), question("mail", catalog.TypeEmail, "Thư điện tử", "Không có thì để trống"), carded("address", question("home", catalog.TypeAddress, "Nơi cư trú", "")),
			}},
			{ID: "child", Title: "Người được khai sinh", Questions: []catalog.Question{question("child", catalog.TypeText, "Quan hệ của người yêu cầu với người được khai sinh", ""), twin, order}},
		}},
	}
}

func shownProcedures() []catalog.Procedure {
	return []catalog.Procedure{shownTerms().Procedure, {ID: "land", PlainName: longName, Name: "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất"}}
}

// shownWork is an invented dossier in a state; from Declared on it has pages:
// one that is fine, one nobody decided about, one used in spite of a finding.
func shownWork(state kiosk.State) intake.Work {
	w := intake.Work{Terms: shownTerms(), Dossier: kiosk.Dossier{ID: "shown", Revision: 1, LocalCode: shownCode, Ticket: 7, State: state, OpenedAt: shownAt()}}
	if state == kiosk.Open {
		return w
	}
	who := shownApplicant()
	w.Draft = kiosk.Draft{Applicant: who, Declaration: kiosk.Declaration{Form: "birth", Answers: kiosk.Answers{
		"married": "true", "name": who.Name, "no": who.PersonalNo, "born": "1990-09-02", "sex": "f", "phone": who.Phone, "home": who.Address, "child": "Mẹ đẻ",
	}}}
	w.Draft.Waivers = []kiosk.Waiver{{Requirement: "marriage", Reason: "Đã có trong cơ sở dữ liệu"}}
	page := func(n int, req kiosk.RequirementID, override string, defects ...kiosk.Code) kiosk.Page {
		return kiosk.Page{ID: int64(n), N: n, Requirement: req, Width: 1654, Height: 2339, DPI: 200, Defects: defects, Override: override, CapturedAt: shownAt()}
	}
	w.Pages = []kiosk.Page{page(1, "proof", ""), page(2, "proof", "Mặt này chỉ có dấu hoặc chữ ký", "page.faint_or_blank"), page(3, "proof", "", "page.blur", "page.cut")}
	switch state {
	case kiosk.Accepted:
		w.Official, w.Way = "G09.20-20261123-0092637", kiosk.ByCentre
	case kiosk.Prepared, kiosk.Filing:
		w.Way = kiosk.ByAssisted
	case kiosk.Declared, kiosk.Reviewed, kiosk.Consented, kiosk.Abandoned:
	default:
		w.Way = kiosk.ByCentre
	}
	return w
}

// shownHead is the head of an invented dossier: its pictures are the specimen.
func shownHead(w intake.Work, at string) head {
	h := headOf(w, at)
	h.Path = kit.Specimen
	return h
}

func shownPapers(tell kit.Tell) []kit.Exhibit {
	show := func(name string, w intake.Work, taking *capture, trouble ...kit.Notice) kit.Exhibit {
		v := papersView{head: shownHead(w, "papers"), Groups: papersOf(w), Taking: taking}
		if taking != nil {
			mark(v.Groups, taking.Requirement)
		}
		return kit.Exhibit{Name: name, Screen: "papers", Page: v.page(trouble)}
	}
	empty := shownWork(kiosk.Declared)
	empty.Pages, empty.Draft.Waivers = nil, nil
	unasked := shownWork(kiosk.Declared)
	unasked.Terms.Procedure.Documents = nil
	surplus := shownWork(kiosk.Declared)
	surplus.Draft.Declaration.Answers["married"] = "false"
	surplus.Pages = append(surplus.Pages, kiosk.Page{ID: 4, N: 4, Requirement: "marriage", CapturedAt: shownAt()})
	page := func(name string, w intake.Work, id int64, trouble ...kit.Notice) kit.Exhibit {
		v, _ := pageViewOf(w, id)
		v.Path = kit.Specimen
		return kit.Exhibit{Name: name, Screen: "page", Page: v.page(trouble)}
	}
	unsaid := tell(kit.Careful, "staff.reason.missing")
	unsaid.Status = 422
	return []kit.Exhibit{
		show("papers-before-form", shownWork(kiosk.Open), nil),
		show("papers-empty", empty, nil),
		show("papers-none", unasked, nil),
		show("papers", shownWork(kiosk.Declared), nil),
		show("papers-taking", shownWork(kiosk.Declared), &capture{Requirement: "proof", Running: true, done: 3, total: 7}),
		show("papers-waiting", empty, &capture{Requirement: "residence", Running: true}),
		show("papers-surplus", surplus, nil),
		shownTrouble("papers-scanner-off", "proof", tell(kit.Careful, "scanner.offline")),
		shownTrouble("papers-busy", "residence", tell(kit.Careful, "staff.busy", "who", "Anh Quang", "time", "09:15")),
		page("page", shownWork(kiosk.Declared), 1),
		page("page-overridden", shownWork(kiosk.Declared), 2),
		page("page-undecided", shownWork(kiosk.Declared), 3),
		page("page-no-reason", shownWork(kiosk.Declared), 3, unsaid),
		page("page-sealed", shownWork(kiosk.Reviewed), 1),
	}
}

// shownTrouble is a paper that could not be taken.
func shownTrouble(name string, req kiosk.RequirementID, trouble kit.Notice) kit.Exhibit {
	v := papersView{head: shownHead(shownWork(kiosk.Declared), "papers"), Groups: papersOf(shownWork(kiosk.Declared))}
	blame(v.Groups, req, &trouble)
	return kit.Exhibit{Name: name, Screen: "papers", Page: v.page(nil)}
}

func shownReviews(lang phrases.Lang) []kit.Exhibit {
	review := func(name string, w intake.Work, gaps []gap) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: "review", Page: reviewView{shownHead(w, "review"), declaration(w, lang), papersOf(w), gaps}.page(0)}
	}
	missing := shownWork(kiosk.Declared)
	consent := func(name string, w intake.Work, form *kit.Form, status int) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: "consent", Page: consentViewOf(shownHead(w, "consent"), form).page(form, status)}
	}
	wrong := consentForm()
	wrong.Fields[0].Error, wrong.Fields[1].Error = "consent.no_by", "consent.no_file"
	given := shownWork(kiosk.Consented)
	given.Draft.Consent = &kiosk.Consent{By: "representative", Purposes: purposes, At: shownAt()}
	return []kit.Exhibit{
		review("review-gaps", missing, gaps(missing)),
		review("review-ready", shownWork(kiosk.Declared), nil),
		review("review-done", shownWork(kiosk.Reviewed), nil),
		consent("consent", shownWork(kiosk.Reviewed), consentForm(), 0),
		consent("consent-wrong", shownWork(kiosk.Reviewed), wrong, 422),
		consent("consent-given", given, consentForm(), 0),
		{Name: "handover", Screen: "handover", Page: shownHead(given, "handover").handOverPage()},
	}
}

func shownHandOvers() []kit.Exhibit {
	outcomeOf := func(w intake.Work, print *kiosk.PrintJob) outcomeView {
		return outcomeView{head: shownHead(w, "handover"), Truths: truths(w.Dossier, false), Print: print, CanPrint: outcome(w.Dossier) != "abandoned", OpenTurn: w.State == kiosk.Stored, Originals: originals(w)}
	}
	var out []kit.Exhibit
	prints := []*kiosk.PrintJob{nil, {State: kiosk.PrintPrinted, Copy: 1}, {State: kiosk.PrintFailed, Cause: "printer.paper_out", Copy: 2}, {State: kiosk.PrintUnknown, Copy: 3}}
	for i, state := range []kiosk.State{kiosk.Sealed, kiosk.Announced, kiosk.Uploading, kiosk.Sent, kiosk.Stored, kiosk.Accepted, kiosk.Wiped, kiosk.Returned, kiosk.Rejected, kiosk.Abandoned, kiosk.Damaged} {
		out = append(out, kit.Exhibit{Name: "outcome-" + string(state), Screen: "outcome", Page: outcomeOf(shownWork(state), prints[i%len(prints)]).page()})
	}
	finished := outcomeOf(shownWork(kiosk.Stored), nil)
	return append(out, append(shownFilings(),
		kit.Exhibit{Name: "finish", Screen: "finish", Page: finished.finishPage()},
		kit.Exhibit{Name: "finish-no-papers", Screen: "finish", Page: outcomeView{head: finished.head}.finishPage()})...)
}

func shownFilings() []kit.Exhibit {
	files := fileRows([]intake.PreparedFile{
		{Name: shownCode + "_01_proof_p1.pdf", Title: "Giấy chứng sinh", Part: 1, Parts: 2, Pages: 2, Bytes: 1_870_000},
		{Name: shownCode + "_01_proof_p2.pdf", Title: "Giấy chứng sinh", Part: 2, Parts: 2, Pages: 1, Bytes: 2_900_000, OverLimit: true},
		{Name: shownCode + "_02_residence_p1.pdf", Title: "Giấy tờ chứng minh nơi cư trú", Part: 1, Parts: 1, Pages: 1, Bytes: 340_000},
	})
	fields := []intake.PortalField{{Section: "Người yêu cầu", Label: "Họ và tên", Value: shownApplicant().Name}, {Label: "Ngày sinh", Value: "02/09/1990"}, {Label: "Nơi cư trú", Value: shownApplicant().Address}}
	show := func(name string, state kiosk.State, form *kit.Form, files []fileRow, status int) kit.Exhibit {
		v := filingView{head: shownHead(shownWork(state), "handover"), Begun: state == kiosk.Filing, Files: files, Fields: fields, Code: form.Fields[fileCode], Again: form.Fields[fileAgain]}
		if form.Fields[fileUnusual].Error != "" {
			v.Unusual = &form.Fields[fileUnusual]
			v.Print = &kiosk.PrintJob{State: kiosk.PrintSending, Copy: 1, At: shownAt().Add(time.Minute)}
		}
		return kit.Exhibit{Name: name, Screen: "filing", Page: v.page(form, status)}
	}
	differs, unusual := filingForm(), filingForm()
	differs.Fields[fileCode].Value, differs.Fields[fileAgain].Error = "G09.20-20261123-0092637", "code.official_differs"
	unusual.Fields[fileCode].Value, unusual.Fields[fileUnusual].Error = "0092637", "code.official_unusual"
	return []kit.Exhibit{
		show("filing", kiosk.Prepared, filingForm(), files, 0),
		show("filing-no-files", kiosk.Prepared, filingForm(), nil, 0),
		show("filing-begun", kiosk.Filing, filingForm(), files, 0),
		show("filing-differs", kiosk.Filing, differs, files, 422),
		show("filing-unusual", kiosk.Filing, unusual, files, 422),
	}
}
