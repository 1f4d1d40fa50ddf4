package staff

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// answerView is everything the catalogue states of one procedure, each
// statement with how certain it is. A resident is told only what is verified
// and sent to a clerk for the rest: this page is what the clerk looks at.
type answerView struct {
	Procedure catalog.Procedure
	Back      string
	Closed    kiosk.Code // why no dossier is opened for it; empty: one can be
	Version   string     // of the catalogue the dossier keeps; empty: today's catalogue
	From, To  string     // days it holds, empty: open

	Groups []answerGroup
	Fees   []answerFee
	Times  []answerTime
	Facts  []answerFact

	Receiving string
	Competent string // empty: not said
	Who       []kit.Text
	Forms     []kit.Text // the result on paper, electronic
}

// answerGroup is papers that belong together: one of them is enough, or all.
type answerGroup struct {
	OneOf bool
	Items []answerPaper
}

// answerPaper is one paper. When says under which answer it is asked for.
type answerPaper struct {
	catalog.Document
	Copies string
	When   string // empty: always
}

// answerFee is one amount of today, the unconfirmed ones too.
type answerFee struct {
	catalog.Fee
	Text            string // empty: the catalogue has no figure
	When            string
	From, To        string // days, empty: open
	Exempt          string // who does not pay, as it is written
	ExemptCertainty catalog.Certainty
}

// answerTime is how long one case takes.
type answerTime struct {
	Case      string // empty: the usual case
	Text      string // empty: the catalogue does not say
	Certainty catalog.Certainty
}

// answerFact is something about the situation that changes papers or fees.
type answerFact struct {
	Ask    string
	Values []string
}

// Doubt reports whether a figure among the fees is not confirmed.
func (v answerView) Doubt() bool {
	return slices.ContainsFunc(v.Fees, func(f answerFee) bool { return f.Certainty != catalog.Verified })
}

// TimeDoubt reports whether a time is not confirmed.
func (v answerView) TimeDoubt() bool {
	return slices.ContainsFunc(v.Times, func(t answerTime) bool { return t.Certainty != catalog.Verified })
}

// CheckedOn is the day a source was looked at.
func (answerView) CheckedOn(s catalog.Source) string { return shownDay(s.Checked) }

func (v answerView) page() kit.Page {
	return kit.Page{Title: kit.Words(v.Procedure.PlainName), Back: v.Back, Wide: true, OwnHeading: true, Data: v}
}

// about is the address of a procedure's page, which leads back to the page a
// dossier is opened on, for the same ticket.
func about(id kiosk.ProcedureID, ticket int) string {
	path := "/staff/procedures/" + url.PathEscape(string(id))
	if ticket > 0 {
		path += "?ticket=" + strconv.Itoa(ticket)
	}
	return path
}

// procedurePage answers what a resident asks about a procedure, also about one
// no dossier is opened for here.
func (s *seat) procedurePage(c *fiber.Ctx) error {
	books := s.Desk.Catalog()
	p, ok := books.Procedure(kiosk.ProcedureID(c.Params("id")))
	if !ok {
		return kiosk.Fail(kiosk.NotFound, "procedure.unknown", nil)
	}
	v := answerOf(s.kit.Session(c).Settings.Lang, books, p)
	v.Back = "/staff/open"
	if no := ticketNo(c); no > 0 {
		v.Back += "?ticket=" + strconv.Itoa(no)
	}
	return s.show(c, "answer", v.page())
}

// termsPage answers the same for a dossier, from the terms it keeps to its end.
func (s *seat) termsPage(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	v := answerOf(s.kit.Session(c).Settings.Lang, s.Desk.Catalog(), w.Terms.Procedure)
	v.Back, v.Version, v.Receiving = base(w.ID), w.Terms.Version, w.Terms.Receiving
	v.Closed = "" // it is open already
	return s.show(c, "answer", v.page())
}

func answerOf(lang phrases.Lang, books *catalog.Catalog, p catalog.Procedure) answerView {
	v := answerView{
		Procedure: p, Closed: books.Closed(p), From: shownDay(p.Effective.From), To: shownDay(p.Effective.To),
		Groups: answerGroups(lang, p), Fees: answerFees(lang, books, p),
		Receiving: books.Authorities[p.Receiving].Name, Competent: books.Authorities[p.Competent].Name,
	}
	for _, d := range p.Durations {
		v.Times = append(v.Times, timeOf(lang, d))
	}
	for _, f := range p.Facts {
		fact := answerFact{Ask: f.Ask}
		for _, x := range f.Choices(lang) {
			fact.Values = append(fact.Values, x.Label)
		}
		v.Facts = append(v.Facts, fact)
	}
	for _, who := range p.Presence.Who {
		v.Who = append(v.Who, named("resident.who.", who))
	}
	if p.Presence.BothRequired {
		v.Who = []kit.Text{kit.Say("cli.catalog.both")}
	}
	v.Forms = kit.ResultForms(p.Result)
	return v
}

// named gives the sentence of a word of the catalogue, or the word as the
// operator wrote it.
func named(prefix, word string) kit.Text {
	if !phrases.Has(phrases.VI, prefix+word) {
		return kit.Words(word)
	}
	return kit.Say(kiosk.Code(prefix + word))
}

// answerGroups keeps the portal's order and puts the papers of a one_of group
// together where the first of them stands.
func answerGroups(lang phrases.Lang, p catalog.Procedure) []answerGroup {
	var groups []answerGroup
	at := map[string]int{}
	for _, d := range p.Documents {
		item := answerPaper{Document: d, Copies: d.CopiesText(lang), When: condition(lang, p, d.When)}
		i, seen := at[d.Group.ID]
		if d.Group.Type != "one_of" || !seen {
			i = len(groups)
			groups = append(groups, answerGroup{})
		}
		if d.Group.Type == "one_of" {
			at[d.Group.ID] = i
		}
		groups[i].Items = append(groups[i].Items, item)
		groups[i].OneOf = len(groups[i].Items) > 1
	}
	return groups
}

// condition writes the question a statement depends on with the answers under
// which it holds; empty if it always does.
func condition(lang phrases.Lang, p catalog.Procedure, w *catalog.When) string {
	if w == nil {
		return ""
	}
	f, _ := p.Fact(w.Fact)
	var values []string
	for _, x := range f.Choices(lang) {
		if x.ID == w.Eq || slices.Contains(w.In, x.ID) {
			values = append(values, x.Label)
		}
	}
	return f.Ask + " → " + strings.Join(values, " / ")
}

// answerFees lists the amounts of the catalogue's day as they are written. The
// catalogue tells no amount that is not verified, so it is asked a second time
// with every amount taken as verified; what is, stays with the fee.
func answerFees(lang phrases.Lang, books *catalog.Catalog, p catalog.Procedure) []answerFee {
	written := p
	written.Fees = slices.Clone(p.Fees)
	for i := range written.Fees {
		written.Fees[i].Certainty, written.Fees[i].Exemption.Certainty = catalog.Verified, catalog.Verified
	}
	texts := books.FeeLines(lang, written, nil, "")
	var fees []answerFee
	for i, l := range books.FeeLines(lang, p, nil, "") {
		f := answerFee{Fee: l.Fee, Text: l.Text, When: condition(lang, p, l.Fee.When), From: shownDay(l.Fee.From), To: shownDay(l.Fee.To),
			Exempt: texts[i].Exempt, ExemptCertainty: l.Fee.Exemption.Certainty}
		if !l.Known {
			f.Text = ""
			if f.Amount != nil || f.Percent != nil {
				f.Text = texts[i].Text
			}
		}
		fees = append(fees, f)
	}
	return fees
}

// timeOf says how long a case takes as it is written, however certain it is.
func timeOf(lang phrases.Lang, d catalog.Duration) answerTime {
	t := answerTime{Case: d.Case, Certainty: d.Certainty}
	if d.Case == "default" {
		t.Case = ""
	}
	if d.Certainty = catalog.Verified; d.Known() {
		t.Text = d.Say(lang)
	}
	return t
}
