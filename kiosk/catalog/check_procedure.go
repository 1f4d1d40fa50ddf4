package catalog

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// newChecker gathers what there is to refer to, here and in the base.
func newChecker(all, base *Catalog) *checker {
	k := &checker{all: all, base: base}
	k.usable = slices.Clone(all.Procedures)
	from := []*Catalog{all}
	if base != nil {
		from = append(from, base)
		for _, p := range base.Procedures {
			if _, own := all.Procedure(p.ID); !own {
				k.usable = append(k.usable, p)
			}
		}
	}
	for _, c := range from {
		k.authorities = append(k.authorities, slices.Sorted(maps.Keys(c.Authorities))...)
		k.exemptions = append(k.exemptions, slices.Sorted(maps.Keys(c.Exemptions))...)
		for _, f := range c.Forms {
			k.forms = append(k.forms, f.ID)
		}
		for _, s := range c.Sections {
			k.sections = append(k.sections, s.ID)
		}
	}
	for _, p := range k.usable {
		k.procedures = append(k.procedures, string(p.ID))
	}
	for _, l := range []*[]string{&k.authorities, &k.exemptions, &k.forms, &k.sections, &k.procedures} {
		*l = distinct(*l)
	}
	c := all.Calendar
	if !hasCalendar(c) && base != nil {
		c = base.Calendar
	}
	k.calendars = c.Names()
	return k
}

func distinct(ids []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(ids, func(id string) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

func (k *checker) procedure(here *place, p Procedure) {
	if !slugPattern.MatchString(string(p.ID)) || len(p.ID) > 48 {
		k.bad(here.at("id"), "slug", "id", p.ID)
	}
	k.need(here.at("name"), p.Name)
	k.oneOf(here.at("field"), p.Field, fields)
	k.known(here.at("receiving"), "authority", p.Receiving, k.authorities)
	k.known(here.at("competent"), "authority", p.Competent, k.authorities)
	k.oneOf(here.at("capability"), p.Capability, capabilities)
	k.ids(here.at("presence").at("who"), p.Presence.Who)
	for i, c := range p.Channels {
		k.oneOf(here.at("channels").item(i), c, channels)
	}
	k.maybeOneOf(here.at("submit_to"), p.SubmitTo, systems)
	k.maybeOneOf(here.at("online_level"), p.Online, onlineLevels)
	k.oneOf(here.at("certainty"), string(p.Certainty), certainties)
	k.period(here.at("effective"), p.Effective)
	k.ids(here.at("pauses"), p.Pauses)
	if p.Form != "" {
		k.known(here.at("form"), "form", p.Form, k.forms)
	}
	k.facts(here.at("facts"), p.Facts)
	k.documents(here.at("documents"), p)
	for i, d := range p.Durations {
		k.duration(here.at("duration").item(i), d)
	}
	k.fees(here.at("fees"), p)
	k.limits(here.at("limits"), p.Limits)
	for i, s := range p.Sources {
		at := here.at("sources").item(i)
		k.need(at.at("what"), s.What)
		k.need(at.at("ref"), s.Ref)
		k.day(at.at("checked"), s.Checked)
		k.oneOf(at.at("certainty"), string(s.Certainty), certainties)
	}
}

// ids checks a list of words that mean something to the program or its reader.
func (k *checker) ids(here *place, ids []string) {
	seen := map[string]bool{}
	for i, id := range ids {
		k.id(here.item(i), id, seen)
	}
}

func (k *checker) limits(here *place, l Limits) {
	if l.MaxFileBytes < 0 {
		k.bad(here.at("max_file_bytes"), "negative", "key", "max_file_bytes")
	}
	for i, f := range l.Formats {
		k.oneOf(here.at("formats").item(i), f, formats)
	}
}

func (k *checker) facts(here *place, facts []Fact) {
	seen := map[string]bool{}
	for i, f := range facts {
		at := here.item(i)
		k.id(at.at("id"), f.ID, seen)
		k.need(at.at("ask"), f.Ask)
		k.oneOf(at.at("type"), f.Type, factTypes)
		switch {
		case f.Type == "bool" && len(f.Values) > 0:
			k.badKey(at.at("values"), "bool_values")
		case f.Type == "enum" && len(f.Values) < 2:
			k.bad(at.at("values"), "enum_values")
		}
		k.choices(at.at("values"), f.Values)
	}
}

func (k *checker) choices(here *place, choices []Choice) {
	seen := map[string]bool{}
	for i, c := range choices {
		at := here.item(i)
		k.id(at.at("id"), c.ID, seen)
		k.need(at.at("label"), c.Label)
		if c.ID != "" && c.Label == c.ID {
			k.warn(at, "label", "id", c.ID)
		}
	}
}

// when checks a condition over facts: its fact, exactly one operator, legal
// values.
func (k *checker) when(here *place, facts []Fact, w *When) {
	if w == nil {
		return
	}
	var ids []string
	for _, f := range facts {
		ids = append(ids, f.ID)
	}
	i := slices.IndexFunc(facts, func(f Fact) bool { return f.ID == w.Fact })
	if i < 0 {
		k.undeclared(here.at("fact"), w.Fact, ids)
	}
	k.operator(here, *w)
	if i >= 0 {
		k.values(here, *w, facts[i].legal())
	}
}

func (k *checker) undeclared(here *place, fact string, declared []string) {
	switch meant := near(fact, declared); {
	case meant != "" && fact != "":
		k.bad(here, "no_fact_near", "id", fact, "near", meant)
	case len(declared) == 0:
		k.bad(here, "no_facts", "id", fact)
	default:
		k.bad(here, "no_fact", "id", fact, "allowed", declared)
	}
}

// operator checks that a condition has exactly one; of two, the second is one
// too many.
func (k *checker) operator(here *place, w When) {
	switch eq, in := w.Eq != "", len(w.In) > 0; {
	case eq && in:
		second := here.at("in")
		if line, column := begin(k.source.key(here.at("eq"))); after(line, column)(begin(k.source.key(second))) {
			second = here.at("eq")
		}
		k.badKey(second, "operators")
	case !eq && !in:
		k.bad(here, "operator")
	}
}

// after reports whether a place comes before the one it was made of.
func after(line, column int) func(int, int) bool {
	return func(l, c int) bool { return l < line || l == line && c < column }
}

func (k *checker) values(here *place, w When, legal []string) {
	if w.Eq != "" {
		k.oneOf(here.at("eq"), w.Eq, legal)
	}
	for i, v := range w.In {
		k.oneOf(here.at("in").item(i), v, legal)
	}
}

func (k *checker) documents(here *place, p Procedure) {
	seen, alternatives, first := map[string]bool{}, map[string]int{}, map[string]*place{}
	for i, d := range p.Documents {
		at := here.item(i)
		k.id(at.at("id"), string(d.ID), seen)
		k.document(at, p, d)
		if d.Group.Type == "one_of" {
			k.need(at.at("group").at("id"), d.Group.ID)
			alternatives[d.Group.ID]++
			if first[d.Group.ID] == nil {
				first[d.Group.ID] = at.at("group")
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(alternatives)) {
		if alternatives[id] == 1 && id != "" {
			k.warn(first[id], "alone", "id", id)
		}
	}
}

func (k *checker) document(here *place, p Procedure, d Document) {
	k.need(here.at("name"), d.Name)
	k.oneOf(here.at("role"), d.Role, roles)
	k.oneOf(here.at("group").at("type"), d.Group.Type, groups)
	k.when(here.at("when"), p.Facts, d.When)
	k.maybeOneOf(here.at("scan"), d.Scan, scans)
	if d.Role == RolePresent && d.Scan != "never" {
		k.bad(here.at("scan"), "present_scan")
	}
	if d.Original < 0 {
		k.bad(here.at("original"), "negative", "key", "original")
	}
	if d.Copy < 0 {
		k.bad(here.at("copy"), "negative", "key", "copy")
	}
	if d.Sides < 0 || d.Sides > 2 {
		k.bad(here.at("sides"), "one_of", "key", "sides", "text", fmt.Sprint(d.Sides), "allowed", []string{"1", "2"})
	}
	k.maybeOneOf(here.at("colour"), d.Colour, colours)
	if d.Form != "" || d.Role == RoleFillForm {
		k.known(here.at("form"), "form", d.Form, k.forms)
	}
	k.oneOf(here.at("certainty"), string(d.Certainty), certainties)
}

func (k *checker) duration(here *place, d Duration) {
	k.oneOf(here.at("certainty"), string(d.Certainty), certainties)
	if d.Value == nil && d.Unit == "" && d.SameDayCutoff == "" {
		return // in words only, or not known at all
	}
	k.oneOf(here.at("unit"), d.Unit, timeUnits)
	if d.Value != nil && (*d.Value <= 0 || *d.Value > 1000 || math.Mod(*d.Value, 0.5) != 0) {
		k.bad(here.at("value"), "halves", "n", *d.Value)
	} else if d.Value != nil && d.Unit == "month" && math.Mod(*d.Value, 1) != 0 {
		k.bad(here.at("value"), "whole_months", "n", *d.Value)
	}
	switch {
	case d.SameDayCutoff == "":
	case !clockPattern.MatchString(d.SameDayCutoff):
		k.bad(here.at("same_day_cutoff"), "clock", "text", d.SameDayCutoff)
	case d.Unit != "working_day" && d.Unit != "calendar_day":
		k.badKey(here.at("same_day_cutoff"), "cutoff_unit")
	}
}

func (k *checker) fees(here *place, p Procedure) {
	seen := map[string][]Fee{}
	for i, f := range p.Fees {
		at := here.item(i)
		if !idPattern.MatchString(f.ID) {
			k.bad(at.at("id"), "id", "id", f.ID)
		}
		// One id may stand for the same fee in one period after the other.
		if slices.ContainsFunc(seen[f.ID], func(o Fee) bool { return (Period{f.From, f.To}).meets(Period{o.From, o.To}) }) {
			k.bad(at.at("id"), "fee_twice", "id", f.ID)
		}
		seen[f.ID] = append(seen[f.ID], f)
		k.fee(at, p, f)
		k.feeGap(at.at("from"), f, p.Fees)
	}
}

// feeGap warns of days between two periods of one fee on which none holds.
func (k *checker) feeGap(here *place, f Fee, all []Fee) {
	before := "" // the last day of the periods that end before f begins
	for _, o := range all {
		if o.ID == f.ID && o.To != "" && o.To < f.From {
			before = max(before, o.To)
		}
	}
	if last, err := time.Parse(time.DateOnly, before); err == nil && last.AddDate(0, 0, 1).Format(time.DateOnly) < f.From {
		k.warn(here, "fee_gap", "id", f.ID, "to", before, "from", f.From)
	}
}

func (k *checker) fee(here *place, p Procedure, f Fee) {
	k.oneOf(here.at("certainty"), string(f.Certainty), certainties)
	k.when(here.at("when"), p.Facts, f.When)
	k.maybeOneOf(here.at("channel"), f.Channel, channels)
	k.period(here, Period{f.From, f.To})
	k.maybeOneOf(here.at("collector"), f.Collector, collectors)
	if f.Amount != nil {
		k.oneOf(here.at("unit"), f.Unit, feeUnits)
	} else {
		k.maybeOneOf(here.at("unit"), f.Unit, feeUnits)
	}
	switch {
	case f.Amount != nil && *f.Amount < 0:
		k.bad(here.at("amount"), "negative", "key", "amount")
	case f.Amount != nil && f.Percent != nil:
		k.badKey(here.at("percent"), "amount_percent")
	case f.Percent != nil && (*f.Percent <= 0 || *f.Percent > 100):
		k.bad(here.at("percent"), "percent", "n", *f.Percent)
	}
	if f.AtMost < 0 {
		k.bad(here.at("at_most"), "negative", "key", "at_most")
	}
	if f.Exempt != "" {
		k.known(here.at("exempt"), "exemption", f.Exempt, k.exemptions)
	}
}

// versions checks that of one procedure no two versions hold on the same day.
func (k *checker) versions(sources []*source) {
	type version struct {
		Period
		where string
	}
	seen := map[kiosk.ProcedureID][]version{}
	for _, s := range sources {
		k.source = s
		for i, p := range s.part.Procedures {
			here := (*place)(nil).at("procedures").item(i)
			for _, o := range seen[p.ID] {
				if p.Effective.meets(o.Period) {
					k.bad(here.at("effective"), "versions", "id", p.ID, "where", o.where)
					break
				}
			}
			line, column := begin(s.find(here.at("effective")))
			seen[p.ID] = append(seen[p.ID], version{p.Effective, fmt.Sprintf("%s:%d:%d", s.name, line, column)})
		}
	}
}
