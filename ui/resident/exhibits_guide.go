package resident

import (
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

func shownFinds(cat *catalog.Catalog) []kit.Exhibit {
	result := func(ids ...kiosk.ProcedureID) (out []guide.Result) {
		for _, id := range ids {
			out = append(out, guide.Result{ID: id, Score: 0.9})
		}
		return out
	}
	told := result("land", "copy", "birth")
	told[0].Situation, told[1].Situation, told[2].Situation = "lost", "hand-written", "no-paper"
	find := func(name, query string, found guide.Answer) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: "found", Page: answer(cat, query, found).page()}
	}
	word := answer(cat, "sổ đỏ là gì", guide.Answer{Results: told[:1]})
	word.Term = cat.Terms[1]
	return []kit.Exhibit{
		{Name: "found-word", Screen: "found", Page: word.page()},
		{Name: "find", Screen: "find", Page: findView{Examples: examples, Fields: fields(cat), Land: true}.page()},
		{Name: "find-small", Screen: "find", Page: findView{Examples: examples}.page()},
		{Name: "field", Screen: "field", Page: fieldView{Field: fieldOf(landField), Procedures: cat.Procedures[1:3], Land: true}.page()},
		find("found", "lam giay khai sinh cho con", guide.Answer{Confident: true, Results: result("birth", "copy", "land")}),
		find("found-only", "khai sinh", guide.Answer{Confident: true, Results: result("birth")}),
		find("found-told", "bị mất sổ đỏ thì làm thế nào", guide.Answer{Confident: true, Results: told}),
		find("found-unsure", "giấy tờ nhà", guide.Answer{Results: told}),
		find("found-elsewhere", "doi bang lai xe", guide.Answer{Results: told[:1], Elsewhere: "driving"}),
		find("found-nothing", "đăng ký nuôi rồng", guide.Answer{}),
	}
}

func shownLand(lang phrases.Lang, cat *catalog.Catalog) []kit.Exhibit {
	tell := func(name, screen string, no int, given kiosk.Answers, again string) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: screen, Page: tale(lang, cat, cat.Situations[no], given, again).page()}
	}
	return []kit.Exhibit{
		{Name: "land", Screen: "land", Page: landView{situations(cat), true}.page()},
		tell("question", "question", 0, nil, ""),
		tell("question-last", "question", 0, kiosk.Answers{"using": "true"}, ""),
		tell("question-again", "question", 0, kiosk.Answers{"using": "true", "quarrel": "family"}, "quarrel"),
		tell("outcome", "outcome", 0, kiosk.Answers{"using": "true", "quarrel": "no"}, ""),
		tell("outcome-one", "outcome", 1, nil, ""),
		tell("outcome-person", "outcome", 0, kiosk.Answers{"using": "true", "quarrel": "family"}, ""),
		tell("outcome-unsure", "outcome", 0, kiosk.Answers{"using": "true", "quarrel": skipped}, ""),
		{Name: "words", Screen: "words", Page: wordsView{Terms: cat.Terms}.page()},
		{Name: "words-none", Screen: "words", Page: wordsView{}.page()},
	}
}
