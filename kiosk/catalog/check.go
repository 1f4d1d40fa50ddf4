package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
)

var (
	slugPattern    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	idPattern      = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	clockPattern   = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	communePattern = regexp.MustCompile(`^\d{5}$`)
)

// The words a file may use.
var (
	certainties  = []string{string(Verified), string(Partial), string(Unverified)}
	fields       = []string{"civil_status", "residence", "certification", "land", "social", "business"}
	capabilities = []string{"full_assist", "precheck_only", "handoff"}
	channels     = []string{"online", "direct", "postal"}
	systems      = []string{"national_portal", "city_system", "ministry_system"}
	onlineLevels = []string{"partial", "full"}
	roles        = []string{RoleSubmit, RolePresent, RoleFillForm}
	scans        = []string{"required", "optional", "never"}
	colours      = []string{"colour", "gray"}
	groups       = []string{"all_of", "one_of"}
	timeUnits    = []string{string(calendar.WorkingHour), string(calendar.WorkingDay), string(calendar.CalendarDay), string(calendar.Month)}
	feeUnits     = []string{"case", "filing", "person", "copy", "page"}
	collectors   = []string{"counter", "portal"}
	formats      = []string{"pdf", "jpg"}
	fillTargets  = []string{"applicant.name", "applicant.personal_no", "applicant.phone", "applicant.address"}
	cardParts    = []string{"number", "old_number", "name", "birth", "sex", "address", "issued"}
	kinds        = []string{"ward", "commune"}
	types        = []string{TypeText, TypeName, TypePersonalNo, TypePhone, TypeDate, TypeNumber, TypeBool, TypeChoice, TypeAddress, TypeEmail}
	factTypes    = []string{"bool", "enum"}
)

func problemCode(code string) kiosk.Code { return kiosk.Code("catalog.problem." + code) }

// checker looks through one file after the other with the whole catalogue at
// hand, and collects everything it finds. What the catalogue does not hold
// itself may stand in base.
type checker struct {
	all, base *Catalog // base may be nil
	source    *source

	usable []Procedure // those of all, and those of the base that none of them replaces
	// The ids of what there is to refer to.
	authorities, calendars, exemptions, sections, forms, procedures []string

	problems, warnings []*Error
}

func (k *checker) note(n ast.Node, code string, args []any) *Error {
	line, column := begin(n)
	return &Error{File: k.source.name, Line: line, Column: column, Code: problemCode(code), Args: args}
}

// bad records a problem at a place of the current file.
func (k *checker) bad(p *place, code string, args ...any) {
	k.tell(k.source.find(p), code, args)
}

func (k *checker) tell(n ast.Node, code string, args []any) {
	if len(k.problems) < maxTold {
		k.problems = append(k.problems, k.note(n, code, args))
	}
}

// badKey is bad where the key stands rather than its value.
func (k *checker) badKey(p *place, code string, args ...any) {
	k.tell(k.source.key(p), code, args)
}

func (k *checker) warn(p *place, code string, args ...any) {
	if len(k.warnings) < maxTold {
		k.warnings = append(k.warnings, k.note(k.source.find(p), code, args))
	}
}

// oneOf checks a word against the words allowed.
func (k *checker) oneOf(p *place, value string, allowed []string) {
	switch {
	case slices.Contains(allowed, value):
	case value == "":
		k.bad(p, "needs_one_of", "key", p.name(), "allowed", allowed)
	default:
		k.bad(p, "one_of", "key", p.name(), "text", value, "allowed", allowed)
	}
}

// maybeOneOf is oneOf for a word that need not be given.
func (k *checker) maybeOneOf(p *place, value string, allowed []string) {
	if value != "" {
		k.oneOf(p, value, allowed)
	}
}

// name is the key a value stands under.
func (p *place) name() string {
	for ; p != nil; p = p.up {
		if p.key != "" {
			return p.key
		}
	}
	return ""
}

// need checks that a text is there.
func (k *checker) need(p *place, value string) {
	if value == "" {
		k.bad(p, "empty_text", "key", p.key)
	}
}

// known checks that what a key refers to is there.
func (k *checker) known(p *place, what word, id string, there []string) {
	if slices.Contains(there, id) {
		return
	}
	if meant := near(id, there); id != "" && meant != "" {
		k.bad(p, "none_near", "what", what, "id", id, "near", meant)
		return
	}
	k.bad(p, "none", "what", what, "id", id, "allowed", there)
}

// id checks the form of an id and that it is new among seen.
func (k *checker) id(p *place, id string, seen map[string]bool) {
	if !idPattern.MatchString(id) {
		k.bad(p, "id", "id", id)
	}
	if seen[id] {
		k.bad(p, "id_twice", "id", id)
	}
	seen[id] = true
}

func (k *checker) day(p *place, day string) bool {
	if day == "" {
		return true
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		k.bad(p, "day", "text", day)
		return false
	}
	return true
}

// period checks two days that stand beside each other under from and to.
func (k *checker) period(p *place, span Period) {
	if k.day(p.at("from"), span.From) && k.day(p.at("to"), span.To) && span.From != "" && span.To != "" && span.From > span.To {
		k.bad(p.at("to"), "period", "from", span.From, "to", span.To)
	}
}

// head checks that exactly one file carries schema and catalog; where there is
// a base, none has to.
func (k *checker) head(sources []*source) {
	first := ""
	for _, s := range sources {
		k.source = s
		var top *place
		if s.part.Schema != 1 && (s.part.Schema != 0 || s.isHead()) {
			k.bad(top.at("schema"), "schema", "n", s.part.Schema)
		}
		if !s.isHead() {
			continue
		}
		if first != "" {
			k.bad(top.at("catalog"), "head_twice", "where", first)
			continue
		}
		first = s.name
		k.need(top.at("catalog").at("id"), s.part.Head.ID)
		k.need(top.at("catalog").at("version"), s.part.Head.Version)
	}
	if first == "" && k.base == nil {
		k.source = sources[0]
		k.bad(nil, "no_head")
	}
}

// calendar checks the working time, which stands in one file as well.
func (k *checker) calendar(sources []*source) {
	first := ""
	for _, s := range sources {
		k.source = s
		if !s.hasCalendar() {
			continue
		}
		here := (*place)(nil).at("calendar")
		if first != "" {
			k.badKey(here, "calendar_twice", "where", first)
			continue
		}
		first = s.name
		s.part.Calendar.Check(func(path, problem string) {
			p := stepsOf(here, path)
			k.bad(p, calendarAdvice(p), "detail", problem)
		})
	}
	if first == "" && k.base == nil {
		k.source = sources[0]
		k.bad(nil, "no_calendar")
	}
}

var stepPattern = regexp.MustCompile(`[^.\[\]]+|\[\d+\]`)

// stepsOf reads a path such as sessions[0].spans[1].
func stepsOf(p *place, path string) *place {
	for _, step := range stepPattern.FindAllString(path, -1) {
		if number, ok := strings.CutPrefix(step, "["); ok {
			i := 0
			for _, digit := range strings.TrimSuffix(number, "]") {
				i = i*10 + int(digit-'0')
			}
			p = p.item(i)
			continue
		}
		p = p.at(step)
	}
	return p
}

// calendarAdvice is what to write at a place of the calendar.
func calendarAdvice(p *place) string {
	switch name := p.name(); {
	case slices.Contains([]string{"date", "for", "valid_through"}, name):
		return "calendar_day"
	case slices.Contains([]string{"spans", "days", "timezone", "certainty", "name"}, name):
		return "calendar_" + name
	}
	return "calendar"
}

// unique checks that no id is given twice, within a file or across files.
func (k *checker) unique(sources []*source) {
	seen := map[string]string{}
	once := func(what word, id string, n ast.Node) {
		if where, twice := seen[string(what)+" "+id]; twice {
			k.tell(n, "twice", []any{"what", what, "id", id, "where", where})
			return
		}
		line, column := begin(n)
		seen[string(what)+" "+id] = fmt.Sprintf("%s:%d:%d", k.source.name, line, column)
	}
	var top *place
	communes := map[string][]Commune{}
	for _, s := range sources {
		k.source = s
		for _, key := range slices.Sorted(maps.Keys(s.part.Authorities)) {
			once("authority", key, s.key(top.at("authorities").at(key)))
		}
		for _, key := range slices.Sorted(maps.Keys(s.part.Exemptions)) {
			once("exemption", key, s.key(top.at("exemptions").at(key)))
		}
		for i, v := range s.part.Sections {
			once("section", v.ID, s.find(top.at("sections").item(i).at("id")))
		}
		for i, v := range s.part.Forms {
			once("form", v.ID, s.find(top.at("forms").item(i).at("id")))
		}
		for i, v := range s.part.Situations {
			once("situation", v.ID, s.find(top.at("situations").item(i).at("id")))
		}
		for i, v := range s.part.Communes {
			// A renamed commune keeps its number, from one day to the next.
			if slices.ContainsFunc(communes[v.Code], func(o Commune) bool { return (Period{v.From, v.To}).meets(Period{o.From, o.To}) }) {
				k.bad(top.at("communes").item(i).at("code"), "commune_twice", "text", v.Code)
			}
			communes[v.Code] = append(communes[v.Code], v)
		}
	}
}

// parts checks everything the current file holds.
func (k *checker) parts() {
	part, top := &k.source.part, (*place)(nil)
	for _, key := range slices.Sorted(maps.Keys(part.Authorities)) {
		here := top.at("authorities").at(key)
		k.mapKey(here)
		k.need(here.at("name"), part.Authorities[key].Name)
		k.known(here.at("calendar"), "calendar", part.Authorities[key].Calendar, k.calendars)
	}
	for _, key := range slices.Sorted(maps.Keys(part.Exemptions)) {
		k.exemption(top.at("exemptions").at(key), part.Exemptions[key])
	}
	for i, p := range part.Procedures {
		k.procedure(top.at("procedures").item(i), p)
	}
	for i, s := range part.Sections {
		k.section(top.at("sections").item(i), s)
	}
	for i, f := range part.Forms {
		k.form(top.at("forms").item(i), f)
	}
	for i, c := range part.Communes {
		k.commune(top.at("communes").item(i), c)
	}
	for i, s := range part.Situations {
		k.situation(top.at("situations").item(i), s)
	}
	for i, words := range part.Synonyms {
		k.synonyms(top.at("synonyms").item(i), words)
	}
	for i, t := range part.Terms {
		here := top.at("terms").item(i)
		k.need(here.at("term"), t.Term)
		k.need(here.at("plain"), t.Plain)
	}
}

// mapKey checks an id that is a key of the file.
func (k *checker) mapKey(p *place) {
	if !idPattern.MatchString(p.key) {
		k.badKey(p, "id", "id", p.key)
	}
}

func (k *checker) exemption(here *place, e Exemption) {
	k.mapKey(here)
	if e.Certainty == Verified {
		k.need(here.at("text"), e.Text) // shown word for word, so it has to be there
	}
	for i, f := range e.Facts {
		k.id(here.at("facts").item(i), f, map[string]bool{})
	}
	k.oneOf(here.at("certainty"), string(e.Certainty), certainties)
}

func (k *checker) synonyms(here *place, words []string) {
	if len(words) < 2 {
		k.bad(here, "synonyms")
	}
	for i, w := range words {
		if strings.TrimSpace(w) == "" {
			k.bad(here.item(i), "empty_text", "key", "synonyms")
		}
	}
}

func (k *checker) commune(here *place, c Commune) {
	if !communePattern.MatchString(c.Code) {
		k.bad(here.at("code"), "commune_code", "text", c.Code)
	}
	k.need(here.at("name"), c.Name)
	k.oneOf(here.at("kind"), c.Kind, kinds)
	k.period(here, Period{c.From, c.To})
	for i, name := range c.Formerly {
		if name == "" {
			k.bad(here.at("formerly").item(i), "empty_text", "key", "formerly")
		}
	}
}

// Codes lists the codes of the errors that reach a person from here. Those of
// an Error's sentence are not among them: they are said in place.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"catalog.broken", "catalog.no_procedure", "catalog.no_fact", "catalog.fact_value", "field.required", "field.name", "field.personal_no", "field.date", "field.future",
		"field.choice", "field.too_long", "field.email", "field.address", "field.number", "field.range", "field.pattern",
	}
}
