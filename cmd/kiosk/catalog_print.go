package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// pageWidth is how wide text for a person is printed, in characters.
const pageWidth = 100

// leaflet prints names on the left and their text on the right, wrapped.
type leaflet struct {
	out  io.Writer
	left int // characters of the widest name
	err  error
}

func (s *leaflet) line(indent int, name, text string) {
	if text == "" || s.err != nil {
		return
	}
	pad := strings.Repeat(" ", indent)
	gap := strings.Repeat(" ", max(0, s.left-indent-utf8.RuneCountInString(name)))
	for i, line := range wrap(text, pageWidth-s.left-2) {
		if i > 0 {
			name, gap = "", strings.Repeat(" ", s.left-indent)
		}
		if _, s.err = fmt.Fprintf(s.out, "%s%s%s  %s\n", pad, name, gap, line); s.err != nil {
			return
		}
	}
}

// head begins a part of it.
func (s *leaflet) head(code string) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.out, "\n%s\n", tell(code))
	}
}

func tell(code string, args ...any) string {
	return phrases.Say(phrases.VI, "cli.catalog."+code, args...)
}

// joined puts the parts that are not empty behind each other.
func joined(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, "; ")
}

// doubt marks what is not verified.
func doubt(c catalog.Certainty) string {
	if c == catalog.Verified {
		return ""
	}
	return tell("certainty." + string(c))
}

func maybe(a catalog.Applies) string {
	if a == catalog.Maybe {
		return phrases.Say(phrases.VI, "catalog.depends")
	}
	return ""
}

func printShown(out io.Writer, p shown) error {
	s := &leaflet{out: out, left: 26}
	s.line(0, string(p.ID), p.Name)
	s.line(0, "", "«"+p.PlainName+"»")
	s.line(0, tell("code"), p.Code)
	s.line(0, tell("field"), tell("field."+p.Field))
	s.line(0, tell("certainty"), tell("certainty."+string(p.Certainty)))
	s.line(0, tell("effective"), periodText(p.Effective))
	if !p.InForce {
		s.line(0, "", tell("not_in_force", "day", p.On))
	}
	s.line(0, tell("capability"), tell("capability."+p.Capability))
	s.line(0, tell("receiving"), p.Receiving.Name)
	s.line(0, tell("competent"), p.Competent.Name)
	if p.Presence.BothRequired {
		s.line(0, tell("presence"), tell("both"))
	}
	s.line(0, tell("channels"), said("channel.", p.Channels))
	if p.SubmitTo != "" {
		s.line(0, tell("submit_to"), tell("submit_to."+p.SubmitTo))
	}
	if p.OnlineLevel != "" {
		s.line(0, tell("online_level"), tell("online_level."+p.OnlineLevel))
	}
	printFacts(s, p.Facts)
	printPapers(s, p.Checklist)
	printFees(s, p.Fees)
	printRest(s, p)
	return s.err
}

func said(prefix string, words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, tell(prefix+w))
	}
	return strings.Join(all, ", ")
}

func printFacts(s *leaflet, facts []shownFact) {
	if len(facts) == 0 {
		return
	}
	s.head("facts")
	for _, f := range facts {
		var values []string
		for _, v := range f.Values {
			value := v.ID + " (" + v.Label + ")"
			if v.ID == f.Answer {
				value = "→ " + value
			}
			values = append(values, value)
		}
		s.line(2, f.ID, f.Ask)
		s.line(2, "", strings.Join(values, ", "))
	}
}

func printPapers(s *leaflet, papers []shownDocument) {
	s.head("papers")
	group := ""
	for _, d := range papers {
		indent := 2
		if d.Group.Type == "one_of" {
			if d.Group.ID != group {
				s.line(2, "", phrases.Say(phrases.VI, "catalog.one_of")+":")
			}
			group, indent = d.Group.ID, 4
		} else {
			group = ""
		}
		s.line(indent, string(d.ID), d.Name)
		waived := ""
		if d.WaivedWhen != "" {
			waived = phrases.Say(phrases.VI, "catalog.waived", "reason", d.WaivedWhen)
		}
		s.line(indent, "", joined(maybe(d.Applies), tell("role."+d.Role), d.Copies, tell("scan."+d.Scan), waived, doubt(d.Certainty)))
	}
}

func printFees(s *leaflet, fees []shownFee) {
	s.head("fees")
	if len(fees) == 0 {
		s.line(2, "", phrases.Say(phrases.VI, "catalog.ask_staff"))
	}
	for _, f := range fees {
		s.line(2, f.ID, joined(f.Label, f.Text))
		channel := ""
		if f.Channel != "" {
			channel = tell("channel." + f.Channel)
		}
		s.line(2, "", joined(maybe(f.Applies), channel, periodText(catalog.Period{From: f.From, To: f.To}), f.Exempt, doubt(f.Certainty)))
	}
}

func printRest(s *leaflet, p shown) {
	s.head("time")
	for _, d := range p.Duration.Cases {
		name := d.Case
		if name == "default" {
			name = ""
		}
		s.line(2, "", joined(name, d.Text, doubt(d.Certainty)))
	}
	if len(p.Duration.Cases) == 0 {
		s.line(2, "", p.Duration.Text)
	}
	s.head("result")
	s.line(2, "", p.Result.Name)
	if p.Limits.MaxFileBytes > 0 {
		s.head("limits")
		s.line(2, "", tell("limit", "bytes", p.Limits.MaxFileBytes, "formats", strings.Join(p.Limits.Formats, ", ")))
	}
	s.head("sources")
	for _, src := range p.Sources {
		s.line(2, "", joined(src.What, src.Ref, src.Checked, doubt(src.Certainty)))
	}
}
