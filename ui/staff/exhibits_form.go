package staff

import (
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

func shownForms(lang phrases.Lang) []kit.Exhibit {
	terms := shownTerms()
	of := func(w intake.Work, name string, form *kit.Form, status int) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: "form", Page: formViewOf(shownHead(w, "form"), form).page(form, status)}
	}
	show := func(name string, form *kit.Form, status int) kit.Exhibit {
		return of(shownWork(kiosk.Open), name, form, status)
	}
	checked := shownWork(kiosk.Open)
	checked.Terms.Form.Certainty = catalog.Verified
	filled := shownWork(kiosk.Declared).Draft.Declaration.Answers
	wrong := declarationForm(terms, filled, lang)
	for i, code := range map[int]kiosk.Code{0: "field.required", 1: "field.name", 2: "field.personal_no", 3: "field.future", 4: "field.choice", 5: "phone.malformed", 6: "field.email", 7: "field.address"} {
		wrong.Fields[i].Error = code
	}
	twins := shownWork(kiosk.Declared).Draft.Declaration.Answers
	twins["twin"] = "true"
	return []kit.Exhibit{
		show("form", declarationForm(terms, nil, lang), 0),
		of(checked, "form-filled", declarationForm(terms, filled, lang), 0),
		show("form-more", declarationForm(terms, twins, lang), 0),
		show("form-wrong", wrong, 422),
		{Name: "abandon", Screen: "abandon", Page: shownHead(shownWork(kiosk.Declared), "abandon").abandonPage(abandonForm(), 0)},
	}
}

// shownQuestions are pages that ask one thing, one of every kind of field.
func shownQuestions(lang phrases.Lang) []kit.Exhibit {
	ask := func(name, id string, code kiosk.Code) kit.Exhibit {
		w := shownWork(kiosk.Declared)
		w.Draft.Declaration.Answers["twin"] = "true"
		all := askings(w, lang)
		i := placeOf(all, id)
		status := 0
		if all[i].Field.Error = code; code != "" {
			status = 422
		}
		return kit.Exhibit{Name: name, Screen: "question", Page: questionViewOf(shownHead(w, "form"), all, i).page(status)}
	}
	return []kit.Exhibit{
		ask("question", "name", ""), ask("question-fact", "married", ""), ask("question-choice", "sex", ""), ask("question-date", "born", ""),
		ask("question-optional", "mail", ""), ask("question-address", "home", ""), ask("question-last", "order", ""),
		ask("question-wrong", "no", "field.personal_no"), ask("question-date-wrong", "born", "field.future"), ask("question-choice-wrong", "sex", "field.required"),
	}
}

func shownCards(tell kit.Tell) []kit.Exhibit {
	card := &idcard.Card{Number: "001190000123", OldNumber: "012345678", Name: "Nguyễn Thị Ước Ẩm", Birth: "1991-09-02", Sex: idcard.Female, Address: "Thôn Nhân Hòa, xã Tả Thanh Oai, Hà Nội"}
	show := func(name, of string, state kiosk.State, card *idcard.Card, trouble ...kit.Notice) kit.Exhibit {
		v := cardViewOf(shownHead(shownWork(state), "form"), of, card)
		return kit.Exhibit{Name: name, Screen: "card", Page: v.page(0, trouble)}
	}
	wrong := show("card-wrong", "", kiosk.Open, nil)
	view := wrong.Page.Data.(cardView)
	view.Payload.Error = "idcard.malformed"
	wrong.Page.Data, wrong.Page.Status = view, 422
	whose := show("card-whose", "", kiosk.Declared, card)
	view = whose.Page.Data.(cardView)
	view.Holders, view.Of, view.Rows = []cardHolder{{"applicant", "Người yêu cầu"}, {"child", "Người được khai sinh"}}, cardHolder{}, nil
	whose.Page.Data = view
	return []kit.Exhibit{
		show("card", "", kiosk.Open, nil), wrong, whose,
		show("card-read", "applicant", kiosk.Open, card, tell(kit.Careful, "idcard.number_birth")),
		show("card-differs", "applicant", kiosk.Declared, card, tell(kit.Careful, "idcard.number_birth"), tell(kit.Careful, "idcard.issued_missing")),
	}
}
