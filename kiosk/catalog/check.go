package catalog

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"servicepoint/kiosk"
)

var (
	slugPattern  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	idPattern    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	clockPattern = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
)

var (
	certainties  = []string{"", string(Verified), string(Partial), string(Unverified)} // empty counts as unverified
	capabilities = []string{"full_assist", "precheck_only", "handoff"}
	channels     = []string{"online", "direct", "postal"}
	roles        = []string{RoleSubmit, RolePresent, RoleFillForm}
	scans        = []string{"required", "optional", "never"}
	timeUnits    = []string{"working_hour", "working_day", "calendar_day", "month"}
	feeUnits     = []string{"case", "filing", "person", "copy", "page"}
	fillTargets  = []string{"", "applicant.name", "applicant.personal_no", "applicant.phone", "applicant.address"}
	types        = []string{TypeText, TypeName, TypePersonalNo, TypePhone, TypeDate, TypeChoice, TypeAddress, TypeEmail}
)

// checker looks through one file after the other with the whole catalogue at
// hand, and collects everything it finds.
type checker struct {
	all      *Catalog
	source   *source
	problems []error
}

// bad records a problem at a YAML path of the current file.
func (k *checker) bad(path, format string, args ...any) {
	line, column := k.source.at(path)
	k.problems = append(k.problems, &Error{File: k.source.name, Line: line, Column: column, Problem: fmt.Sprintf(format, args...)})
}

// oneOf checks a word against the words allowed.
func (k *checker) oneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		k.bad(path, "%q is not one of %q", value, allowed)
	}
}

// need checks that a text is there.
func (k *checker) need(path, value string) {
	if value == "" {
		k.bad(path, "must not be empty")
	}
}

// head checks that exactly one file carries schema, id and version.
func (k *checker) head(sources []*source) {
	first := ""
	for _, s := range sources {
		k.source = s
		if !s.isHead() {
			continue
		}
		if first != "" {
			k.bad("$.schema", "schema, id and version stand in %s already", first)
			continue
		}
		first = s.name
		if s.part.Schema != 1 {
			k.bad("$.schema", "schema %d is not known, only 1 is", s.part.Schema)
		}
		k.need("$.catalog.id", s.part.Head.ID)
		k.need("$.catalog.version", s.part.Head.Version)
	}
	if first == "" {
		k.source = sources[0]
		k.bad("$.schema", "no file carries schema, id and version")
	}
}

// unique checks that no id is given twice, within a file or across files.
func (k *checker) unique(sources []*source) {
	seen := map[string]string{}
	once := func(kind, id, path string) {
		if where, twice := seen[kind+" "+id]; twice {
			k.bad(path, "%s %q stands in %s already", kind, id, where)
			return
		}
		line, _ := k.source.at(path)
		seen[kind+" "+id] = fmt.Sprintf("%s, line %d,", k.source.name, line)
	}
	for _, s := range sources {
		k.source = s
		for key := range s.part.Authorities {
			once("authority", key, "$.authorities."+key)
		}
		for key := range s.part.Exemptions {
			once("exemption", key, "$.exemptions."+key)
		}
		for i, p := range s.part.Procedures {
			once("procedure", string(p.ID), fmt.Sprintf("$.procedures[%d].id", i))
		}
		for i, f := range s.part.Forms {
			once("form", f.ID, fmt.Sprintf("$.forms[%d].id", i))
		}
	}
}

// parts checks everything the current file holds.
func (k *checker) parts() {
	for key, a := range k.source.part.Authorities {
		k.id("$.authorities."+key, key, map[string]bool{})
		k.need("$.authorities."+key+".name", a.Name)
	}
	for key, e := range k.source.part.Exemptions {
		k.id("$.exemptions."+key, key, map[string]bool{})
		k.need("$.exemptions."+key+".text", e.Text)
		k.oneOf("$.exemptions."+key+".certainty", string(e.Certainty), certainties)
	}
	for i, p := range k.source.part.Procedures {
		k.procedure(fmt.Sprintf("$.procedures[%d]", i), p)
	}
	for i, f := range k.source.part.Forms {
		k.form(fmt.Sprintf("$.forms[%d]", i), f)
	}
}

func (k *checker) procedure(at string, p Procedure) {
	if !slugPattern.MatchString(string(p.ID)) || len(p.ID) > 48 {
		k.bad(at+".id", "%q is not a slug such as birth-registration of at most 48 characters", p.ID)
	}
	k.need(at+".name", p.Name)
	k.need(at+".plain_name", p.PlainName)
	k.need(at+".field", p.Field)
	k.oneOf(at+".capability", p.Capability, capabilities)
	k.oneOf(at+".certainty", string(p.Certainty), certainties)
	for i, c := range p.Channels {
		k.oneOf(fmt.Sprintf("%s.channels[%d]", at, i), c, channels)
	}
	if _, ok := k.all.Authorities[p.Receiving]; !ok {
		k.bad(at+".receiving", "there is no authority %q", p.Receiving)
	}
	if _, ok := k.all.Authorities[p.Competent]; !ok {
		k.bad(at+".competent", "there is no authority %q", p.Competent)
	}
	if _, ok := k.all.Form(p.Form); p.Form != "" && !ok {
		k.bad(at+".form", "there is no form %q", p.Form)
	}
	k.period(at+".effective", p.Effective)
	k.facts(at, p)
	k.documents(at, p)
	for i, d := range p.Durations {
		k.duration(fmt.Sprintf("%s.duration[%d]", at, i), d)
	}
	k.fees(at, p)
	if p.Limits.MaxFileBytes < 0 {
		k.bad(at+".limits.max_file_bytes", "must not be negative")
	}
	for i, s := range p.Sources {
		k.need(fmt.Sprintf("%s.sources[%d].what", at, i), s.What)
		k.need(fmt.Sprintf("%s.sources[%d].ref", at, i), s.Ref)
		k.oneOf(fmt.Sprintf("%s.sources[%d].certainty", at, i), string(s.Certainty), certainties)
	}
}

func (k *checker) period(at string, p Period) {
	for name, day := range map[string]string{"from": p.From, "to": p.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			k.bad(at+"."+name, "%q is not a day such as 2026-11-23", day)
		}
	}
	if p.From != "" && p.To != "" && p.From > p.To {
		k.bad(at+".to", "the period ends before it begins")
	}
}

func (k *checker) facts(at string, p Procedure) {
	seen := map[string]bool{}
	for i, f := range p.Facts {
		here := fmt.Sprintf("%s.facts[%d]", at, i)
		k.id(here+".id", f.ID, seen)
		k.need(here+".ask", f.Ask)
		switch {
		case f.Type == "bool" && len(f.Values) > 0:
			k.bad(here+".values", "a bool has no values of its own")
		case f.Type == "enum" && len(f.Values) < 2:
			k.bad(here+".values", "an enum has two values or more")
		case f.Type != "bool" && f.Type != "enum":
			k.bad(here+".type", "%q is neither bool nor enum", f.Type)
		}
		k.choices(here+".values", f.Values)
	}
}

// id checks the form of an id and that it is new among seen.
func (k *checker) id(path, id string, seen map[string]bool) {
	if !idPattern.MatchString(id) {
		k.bad(path, "%q is not an id such as birth_proof", id)
	}
	if seen[id] {
		k.bad(path, "%q occurs twice here", id)
	}
	seen[id] = true
}

func (k *checker) choices(at string, choices []Choice) {
	seen := map[string]bool{}
	for i, c := range choices {
		k.id(fmt.Sprintf("%s[%d].id", at, i), c.ID, seen)
		k.need(fmt.Sprintf("%s[%d].label", at, i), c.Label)
	}
}

// when checks a condition: its fact, exactly one operator, legal values.
func (k *checker) when(at string, p Procedure, w *When) {
	if w == nil {
		return
	}
	if (w.Eq == "") == (len(w.In) == 0) {
		k.bad(at, "a condition has exactly one of eq and in")
	}
	f, ok := p.Fact(w.Fact)
	if !ok {
		k.bad(at+".fact", "the procedure has no fact %q", w.Fact)
		return
	}
	legal := f.legal()
	if w.Eq != "" {
		k.oneOf(at+".eq", w.Eq, legal)
	}
	for i, v := range w.In {
		k.oneOf(fmt.Sprintf("%s.in[%d]", at, i), v, legal)
	}
}

func (k *checker) documents(at string, p Procedure) {
	seen, alternatives, first := map[string]bool{}, map[string]int{}, map[string]string{}
	for i, d := range p.Documents {
		here := fmt.Sprintf("%s.documents[%d]", at, i)
		k.id(here+".id", string(d.ID), seen)
		k.need(here+".name", d.Name)
		k.oneOf(here+".role", d.Role, roles)
		k.oneOf(here+".scan", d.Scan, scans)
		k.oneOf(here+".certainty", string(d.Certainty), certainties)
		k.oneOf(here+".group.type", d.Group.Type, []string{"", "all_of", "one_of"})
		k.when(here+".when", p, d.When)
		if d.Original < 0 || d.Copy < 0 {
			k.bad(here, "a number of papers must not be negative")
		}
		if d.Role == RolePresent && d.Scan != "never" {
			k.bad(here+".scan", "a paper that is only shown is never scanned")
		}
		if _, ok := k.all.Form(d.Form); d.Role == RoleFillForm && !ok {
			k.bad(here+".form", "there is no form %q to fill", d.Form)
		}
		if d.Group.Type == "one_of" {
			k.need(here+".group.id", d.Group.ID)
			alternatives[d.Group.ID]++
			if first[d.Group.ID] == "" {
				first[d.Group.ID] = here
			}
		}
	}
	for id, n := range alternatives {
		if n < 2 {
			k.bad(first[id]+".group", "the one_of group %q has only one paper", id)
		}
	}
}

func (k *checker) duration(at string, d Duration) {
	k.oneOf(at+".unit", d.Unit, timeUnits)
	k.oneOf(at+".certainty", string(d.Certainty), certainties)
	if d.Value != nil && (*d.Value <= 0 || *d.Value > 1000 || math.Mod(*d.Value, 0.5) != 0) {
		k.bad(at+".value", "%v is not a time in steps of 0.5", *d.Value)
	}
	if d.SameDayCutoff != "" && !clockPattern.MatchString(d.SameDayCutoff) {
		k.bad(at+".same_day_cutoff", "%q is not a time of day such as \"15:00\"", d.SameDayCutoff)
	}
}

func (k *checker) fees(at string, p Procedure) {
	seen := map[string]bool{}
	for i, f := range p.Fees {
		here := fmt.Sprintf("%s.fees[%d]", at, i)
		k.id(here+".id", f.ID, seen)
		k.need(here+".label", f.Label)
		k.oneOf(here+".unit", f.Unit, feeUnits)
		k.oneOf(here+".channel", f.Channel, append([]string{""}, channels...))
		k.oneOf(here+".certainty", string(f.Certainty), certainties)
		k.when(here+".when", p, f.When)
		if f.Amount != nil && *f.Amount < 0 {
			k.bad(here+".amount", "must not be negative")
		}
		if _, ok := k.all.Exemptions[f.Exempt]; f.Exempt != "" && !ok {
			k.bad(here+".exempt", "there is no exemption %q", f.Exempt)
		}
	}
}

func (k *checker) form(at string, f Form) {
	if !slugPattern.MatchString(f.ID) {
		k.bad(at+".id", "%q is not a slug such as birth-registration", f.ID)
	}
	k.need(at+".name", f.Name)
	k.oneOf(at+".certainty", string(f.Certainty), certainties)
	sections, questions, filled := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, s := range f.Sections {
		here := fmt.Sprintf("%s.sections[%d]", at, i)
		k.id(here+".id", s.ID, sections)
		k.need(here+".title", s.Title)
		for j, q := range s.Questions {
			k.question(fmt.Sprintf("%s.questions[%d]", here, j), q, questions, filled)
		}
	}
	if !filled["applicant.name"] || !filled["applicant.personal_no"] {
		k.bad(at+".sections", "no question fills applicant.name or applicant.personal_no")
	}
	// Facts and answers share one set, so one must not hide the other.
	for _, p := range k.all.Procedures {
		for _, fact := range p.Facts {
			if p.Form == f.ID && questions[fact.ID] {
				k.bad(at+".sections", "the question %q has the same id as a fact of %s", fact.ID, p.ID)
			}
		}
	}
}

func (k *checker) question(at string, q Question, questions, filled map[string]bool) {
	k.id(at+".id", q.ID, questions)
	k.need(at+".label", q.Label)
	k.oneOf(at+".type", q.Type, types)
	k.oneOf(at+".fills", q.Fills, fillTargets)
	if q.Fills != "" && filled[q.Fills] {
		k.bad(at+".fills", "%s is filled twice", q.Fills)
	}
	filled[q.Fills] = true
	if q.MaxRunes < 0 {
		k.bad(at+".max_runes", "must not be negative")
	}
	if (q.Type == TypeChoice) != (len(q.Values) > 0) {
		k.bad(at+".values", "a choice, and only a choice, has values")
	}
	k.choices(at+".values", q.Values)
}

// Codes lists the codes of the errors that reach a person from here.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"catalog.broken", "field.required", "field.name", "field.personal_no", "field.phone",
		"field.date", "field.choice", "field.too_long", "field.email",
	}
}
