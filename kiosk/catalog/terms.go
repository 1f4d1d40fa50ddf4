package catalog

import (
	"slices"
	"strconv"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/phrases"
)

// Money writes an amount in đồng: 15.000 đ.
func Money(amount int) string {
	digits := strconv.Itoa(amount)
	sign := ""
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "." + digits[i:]
	}
	return sign + digits + " đ"
}

// FeeLine is one amount as a person reads it.
type FeeLine struct {
	Fee     Fee
	Text    string  // "15.000 đ/lần nộp", «hỏi nhân viên» …
	Known   bool    // the text is a fact, not a reason to ask
	Exempt  string  // who does not pay, verbatim; empty if nobody is named
	Applies Applies // Maybe while a fact it depends on is not known
}

// FeeLines lists what a procedure costs under the facts, on a channel (all
// channels if it is empty), for a dossier submitted on the catalogue's day. An
// amount that is not Verified is never told.
func (c *Catalog) FeeLines(lang phrases.Lang, p Procedure, facts kiosk.Answers, channel string) []FeeLine {
	var lines []FeeLine
	for _, f := range p.Fees {
		applies := f.When.Holds(facts)
		if applies == No || f.Channel != "" && channel != "" && f.Channel != channel || !(Period{f.From, f.To}).Holds(c.day) {
			continue
		}
		if slices.ContainsFunc(f.Exemption.Facts, func(id string) bool { return facts[id] == "true" }) {
			applies = Maybe // this person may pay less
		}
		line := FeeLine{Fee: f, Text: f.text(lang), Known: f.Certainty == Verified, Applies: applies}
		switch {
		case f.Exempt == "":
		case f.Exemption.Certainty == Verified:
			line.Exempt = f.Exemption.Text
		default:
			line.Exempt = phrases.Say(lang, "catalog.exempt_ask")
		}
		lines = append(lines, line)
	}
	return lines
}

func (f Fee) text(lang phrases.Lang) string {
	switch {
	case f.Certainty != Verified:
		return phrases.Say(lang, "catalog.ask_staff")
	case f.Percent != nil && f.AtMost > 0:
		return phrases.Say(lang, "catalog.percent_at_most", "percent", decimal(lang, *f.Percent), "amount", Money(f.AtMost))
	case f.Percent != nil:
		return phrases.Say(lang, "catalog.percent", "percent", decimal(lang, *f.Percent))
	case f.Amount == nil:
		return phrases.Say(lang, "catalog.as_announced")
	case *f.Amount == 0:
		return phrases.Say(lang, "catalog.free")
	case f.AtMost > 0:
		return phrases.Say(lang, "catalog.amount_at_most", "amount", Money(*f.Amount), "unit", phrases.Say(lang, "catalog.per."+f.Unit), "most", Money(f.AtMost))
	}
	return Money(*f.Amount) + "/" + phrases.Say(lang, "catalog.per."+f.Unit)
}

// AtCounter gives the amount to pay at the counter in đồng. It is there only
// if it is certain, applies for sure, is not nothing, is for the whole filing
// and the counter is where it is paid: only then may a payment code be made.
func (l FeeLine) AtCounter() (amount int, certain bool) {
	f := l.Fee
	if f.Exempt != "" && f.Exemption.Certainty != Verified { // who pays less is not known
		return 0, false
	}
	if !l.Known || l.Applies != Yes || f.Collector != "counter" || f.Amount == nil || *f.Amount <= 0 || f.Unit != "case" && f.Unit != "filing" {
		return 0, false
	}
	return *f.Amount, true
}

// DurationText says how long the procedure takes, case by case. A time that is
// not Verified is never told: «hỏi nhân viên».
func (p Procedure) DurationText(lang phrases.Lang) string {
	var cases []string
	for _, d := range p.Durations {
		text := d.Say(lang)
		if d.Case != "" && d.Case != "default" {
			text = d.Case + ": " + text
		}
		cases = append(cases, text)
	}
	if len(cases) == 0 {
		return phrases.Say(lang, "catalog.ask_staff")
	}
	return strings.Join(cases, "; ")
}

// Term is what a due date is reckoned from. A time that is not Verified, or
// that is told in words only, is a term nobody knows: it gives no date.
func (d Duration) Term() calendar.Term {
	if d.Certainty != Verified || d.Value == nil {
		return calendar.Term{}
	}
	return calendar.Term{Value: *d.Value, Unit: calendar.Unit(d.Unit), Cutoff: d.SameDayCutoff}
}

// Known reports whether Say gives a fact rather than a reason to ask.
func (d Duration) Known() bool { return d.Certainty == Verified && (d.Value != nil || d.Text != "") }

// Say says how long this case takes; «hỏi nhân viên» where that is not Known.
func (d Duration) Say(lang phrases.Lang) string {
	switch {
	case !d.Known():
		return phrases.Say(lang, "catalog.ask_staff")
	case d.Value == nil:
		return d.Text
	case d.SameDayCutoff != "" && *d.Value == 1:
		return phrases.Say(lang, "catalog.same_day", "time", d.SameDayCutoff)
	}
	return phrases.Say(lang, "catalog.time."+d.Unit, "n", decimal(lang, *d.Value))
}

// decimal writes a number the way the language does: 6,5 and 6.5.
func decimal(lang phrases.Lang, v float64) string {
	n := strconv.FormatFloat(v, 'f', -1, 64)
	if lang != phrases.EN {
		n = strings.Replace(n, ".", ",", 1)
	}
	return n
}

// CopiesText says how many papers are asked for, "1 bản chính, 1 bản sao";
// empty where the source does not say (0 and 0).
func (d Document) CopiesText(lang phrases.Lang) string {
	var parts []string
	if d.Original > 0 {
		parts = append(parts, phrases.Say(lang, "catalog.originals", "n", d.Original))
	}
	if d.Copy > 0 {
		parts = append(parts, phrases.Say(lang, "catalog.copies", "n", d.Copy))
	}
	return strings.Join(parts, ", ")
}
