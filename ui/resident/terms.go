package resident

import (
	"slices"
	"strings"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// feeLine is one amount, the channel it is for unless its own words say that,
// and the last day it holds, if that is known.
type feeLine struct {
	catalog.FeeLine
	Channel kit.Text
	If      string // what it hangs on while that is not known
	Until   string // dd/mm/yyyy
}

// fees lists the amounts of today, each under its channel. Where two that are
// not decided have one label, the question tells them apart.
func fees(lang phrases.Lang, cat *catalog.Catalog, p catalog.Procedure, facts kiosk.Answers) []feeLine {
	var out []feeLine
	for _, f := range cat.FeeLines(lang, p, facts, "") {
		line := feeLine{FeeLine: f, Channel: said("resident.channel.", f.Fee.Channel), If: condition(lang, p, f.Fee.When, facts)}
		if strings.Contains(viet.Fold(f.Fee.Label), viet.Fold(line.Channel.In(phrases.VI))) {
			line.Channel = kit.Text{}
		}
		if day, err := time.Parse(time.DateOnly, f.Fee.To); err == nil && f.Known {
			line.Until = day.Format("02/01/2006")
		}
		out = append(out, line)
	}
	for i := range out {
		again := slices.ContainsFunc(out, func(x feeLine) bool { return x.Fee.Label == out[i].Fee.Label && x.Fee.When != out[i].Fee.When })
		if w := out[i].Fee.When; again && out[i].If == "" && w.Holds(facts) == catalog.Maybe {
			f, _ := p.Fact(w.Fact)
			if a, ok := reply(lang, f, w.Eq); ok {
				out[i].If = f.Ask + " " + a.Value.In(lang)
			}
		}
	}
	return out
}

// timeLine is how long one case takes.
type timeLine struct {
	Case kit.Text
	Text string // empty: ask staff
	Due  *dueLine
}

// dueLine is when the result can be expected of a dossier handed in now.
type dueLine struct {
	At          time.Time
	Accepted    time.Time // the day it would count as accepted
	Today       bool      // and that is today
	Provisional bool      // the holidays up to then are not all known
}

// times says how long each case takes and, where that is certain and a number,
// which day it comes to by the working time of who receives it.
func times(lang phrases.Lang, cat *catalog.Catalog, p catalog.Procedure, now time.Time) []timeLine {
	hours, err := cat.Calendar.For(cat.Authorities[p.Receiving].Calendar)
	if err != nil {
		hours = nil // no date without a calendar
	}
	var out []timeLine
	for _, d := range p.Durations {
		var line timeLine
		switch {
		case d.Case != "" && d.Case != "default":
			line.Case = kit.Words(d.Case)
		case len(p.Durations) > 1:
			line.Case = kit.Say("resident.bring.usual_case")
		}
		if d.Known() {
			line.Text, line.Due = d.Say(lang), due(hours, d, now)
		}
		out = append(out, line)
	}
	return out
}

// due reckons the day of a certain duration; nil where there is none to tell.
func due(hours *calendar.Hours, d catalog.Duration, now time.Time) *dueLine {
	if hours == nil {
		return nil
	}
	at, err := hours.Due(now, d.Term(), nil)
	if err != nil || at.At.IsZero() {
		return nil // a term without a reading has no day; its words stand
	}
	return &dueLine{At: at.At, Accepted: at.Accepted, Today: calendar.LocalDay(at.Accepted) == calendar.LocalDay(now), Provisional: at.Provisional}
}

// filing is where and how a dossier is handed in and what comes of it. Told
// says whether the rest may be told as it stands.
type filing struct {
	Told      bool
	Receiving string
	Competent string // empty: who receives it decides
	Channels  []kit.Text
	Postal    bool
	SubmitTo  kit.Text // where it is handed in online
	Online    kit.Text
	Who       []kit.Text
	Result    string
	Forms     []kit.Text // on paper, electronic
}

func filingOf(cat *catalog.Catalog, p catalog.Procedure) filing {
	f := filing{Told: p.Certainty == catalog.Verified, Receiving: cat.Authorities[p.Receiving].Name, Result: p.Result.Name}
	if p.Competent != p.Receiving {
		f.Competent = cat.Authorities[p.Competent].Name
	}
	for _, channel := range p.Channels {
		f.Channels = append(f.Channels, said("resident.channel.", channel))
		f.Postal = f.Postal || channel == "postal"
	}
	f.SubmitTo, f.Online = said("resident.submit_to.", p.SubmitTo), said("resident.online.", p.Online)
	for _, who := range p.Presence.Who {
		f.Who = append(f.Who, said("resident.who.", who))
	}
	if p.Presence.BothRequired {
		f.Who = []kit.Text{kit.Say("resident.who.both_parties")}
	}
	f.Forms = kit.ResultForms(p.Result)
	return f
}

// said names a word of the catalogue by its sentence. Nothing is said for a
// word there is no sentence for: an operator may have added it.
func said(prefix, word string) kit.Text {
	if !phrases.Has(phrases.VI, prefix+word) {
		return kit.Text{}
	}
	return kit.Say(kiosk.Code(prefix + word))
}

// sources are where the statements come from. A statement that is not verified
// is not told here either: where its name holds a figure, only its source
// stands.
func sources(p catalog.Procedure) []catalog.Source {
	out := slices.Clone(p.Sources)
	for i, x := range out {
		if x.Certainty != catalog.Verified && strings.ContainsAny(x.What, "0123456789") {
			out[i].What = ""
		}
	}
	return out
}
