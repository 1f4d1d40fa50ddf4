package catalog

import (
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
)

// Certainty says how well a figure or a list of papers is known. Anything but
// Verified is shown to residents as "hỏi nhân viên", never as a fact.
type Certainty string

// The certainties.
const (
	Verified   Certainty = "verified"
	Partial    Certainty = "partial"
	Unverified Certainty = "unverified"
)

// Catalog is one version of everything the point can help with.
type Catalog struct {
	Schema      int                  `yaml:"schema" json:"schema"`
	Head        Head                 `yaml:"catalog" json:"catalog"`
	Calendar    calendar.Calendar    `yaml:"calendar" json:"calendar"`
	Communes    []Commune            `yaml:"communes" json:"communes"`
	Authorities map[string]Authority `yaml:"authorities" json:"authorities"`
	Exemptions  map[string]Exemption `yaml:"exemptions" json:"exemptions"`
	Procedures  []Procedure          `yaml:"procedures" json:"procedures"` // one entry a version, see On
	Sections    []Section            `yaml:"sections" json:"sections"`     // for forms to use, see Section.Use
	Forms       []Form               `yaml:"forms" json:"forms"`
	Synonyms    [][]string           `yaml:"synonyms" json:"synonyms"`     // each list: words that mean the same to people
	Situations  []Situation          `yaml:"situations" json:"situations"` // the land chapter of the guide
	Terms       []Term               `yaml:"terms" json:"terms"`           // a small glossary

	all *Catalog // what On was asked of
	day string
}

// Head says which catalogue this is and who answers for it.
type Head struct {
	ID        string `yaml:"id" json:"id"`
	Version   string `yaml:"version" json:"version"`
	CheckedBy string `yaml:"checked_by" json:"checked_by"` // who confirmed the figures before use; empty: nobody yet
	Note      string `yaml:"note" json:"note"`
}

// Authority receives or decides; Name is shown to residents. Calendar names
// the working time it keeps: "default" or one of the calendar's overrides.
type Authority struct {
	Name     string `yaml:"name" json:"name"`
	Calendar string `yaml:"calendar" json:"calendar"`
	Code     string `yaml:"code" json:"code"`
}

// Exemption is the verbatim text shown beside an amount.
type Exemption struct {
	Text      string    `yaml:"text" json:"text"`
	Facts     []string  `yaml:"facts" json:"facts"`
	Certainty Certainty `yaml:"certainty" json:"certainty"`
}

// Procedure is one administrative procedure as this catalogue version states it.
type Procedure struct {
	ID         kiosk.ProcedureID `yaml:"id" json:"id"`
	Code       string            `yaml:"code" json:"code"`             // national code, opaque
	LocalCode  string            `yaml:"local_code" json:"local_code"` // the city's own code, wins over Code
	Name       string            `yaml:"name" json:"name"`
	PlainName  string            `yaml:"plain_name" json:"plain_name"` // as people say it
	Keywords   []string          `yaml:"keywords" json:"keywords"`
	Field      string            `yaml:"field" json:"field"`
	Receiving  string            `yaml:"receiving" json:"receiving"` // key of Authorities
	Competent  string            `yaml:"competent" json:"competent"`
	Capability string            `yaml:"capability" json:"capability"` // full_assist | precheck_only | handoff
	Presence   Presence          `yaml:"presence" json:"presence"`
	Channels   []string          `yaml:"channels" json:"channels"`
	SubmitTo   string            `yaml:"submit_to" json:"submit_to"`       // national_portal | city_system | ministry_system; empty: not known
	Online     string            `yaml:"online_level" json:"online_level"` // partial | full; empty: not known
	Effective  Period            `yaml:"effective" json:"effective"`
	Facts      []Fact            `yaml:"facts" json:"facts"`
	Documents  []Document        `yaml:"documents" json:"documents"` // in portal order
	Durations  []Duration        `yaml:"duration" json:"duration"`
	Pauses     []string          `yaml:"pauses" json:"pauses"`
	Fees       []Fee             `yaml:"fees" json:"fees"`
	Result     Result            `yaml:"result" json:"result"`
	Limits     Limits            `yaml:"limits" json:"limits"`
	Form       string            `yaml:"form" json:"form"` // id of the Declaration's Form
	Certainty  Certainty         `yaml:"certainty" json:"certainty"`
	Sources    []Source          `yaml:"sources" json:"sources"`
}

// Presence is who has to come.
type Presence struct {
	Who          []string `yaml:"who" json:"who"` // ids such as one_parent_or_relative
	BothRequired bool     `yaml:"both_required" json:"both_required"`
}

// Period is a span of Hanoi days, both included, as yyyy-mm-dd; empty is open.
type Period struct {
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
}

// Fact is one thing asked about the situation; only enum or bool, so that
// papers and fees can depend on it.
type Fact struct {
	ID     string   `yaml:"id" json:"id"`
	Type   string   `yaml:"type" json:"type"` // bool | enum
	Ask    string   `yaml:"ask" json:"ask"`
	Values []Choice `yaml:"values" json:"values"` // for enum; bool has "true" and "false"
}

// Choice is one value a person can choose. A file may give the id alone; it is
// then its own label.
type Choice struct {
	ID    string `yaml:"id" json:"id"`
	Label string `yaml:"label" json:"label"`
}

// UnmarshalYAML reads both ways to write a choice.
func (c *Choice) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&c.ID) == nil {
		c.Label = c.ID
		return nil
	}
	type both Choice
	return unmarshal((*both)(c))
}

// When is a condition over one fact: exactly one of Eq and In is given.
type When struct {
	Fact string   `yaml:"fact" json:"fact"`
	Eq   string   `yaml:"eq" json:"eq"`
	In   []string `yaml:"in" json:"in"`
}

// The roles of a document.
const (
	RoleSubmit   = "submit"    // handed in: scanned
	RolePresent  = "present"   // shown only: not scanned
	RoleFillForm = "fill_form" // made here from the Declaration
)

// Document (thành phần hồ sơ) is one paper slot of a procedure.
type Document struct {
	ID            kiosk.RequirementID `yaml:"id" json:"id"`
	Name          string              `yaml:"name" json:"name"`
	Group         Group               `yaml:"group" json:"group"`
	When          *When               `yaml:"when" json:"when,omitempty"`
	Role          string              `yaml:"role" json:"role"`
	Original      int                 `yaml:"original" json:"original"`
	Copy          int                 `yaml:"copy" json:"copy"`
	Scan          string              `yaml:"scan" json:"scan"` // required | optional | never
	WaivedWhen    string              `yaml:"waived_when" json:"waived_when"`
	ComponentCode string              `yaml:"component_code" json:"component_code"`
	Sides         int                 `yaml:"sides" json:"sides"`   // 1 or 2; 0: not said
	Colour        string              `yaml:"colour" json:"colour"` // colour | gray; empty: colour
	Form          string              `yaml:"form" json:"form"`
	Certainty     Certainty           `yaml:"certainty" json:"certainty"`
}

// Group ties documents together: all_of the group, or one_of it. No group
// means all_of.
type Group struct {
	Type string `yaml:"type" json:"type"` // all_of (default) | one_of
	ID   string `yaml:"id" json:"id"`
}

// Duration is how long one case takes. Value nil means: never print a date,
// print Text.
type Duration struct {
	Case          string    `yaml:"case" json:"case"`
	Value         *float64  `yaml:"value" json:"value,omitempty"` // in steps of 0.5
	Unit          string    `yaml:"unit" json:"unit"`             // working_hour | working_day | calendar_day | month
	Text          string    `yaml:"text" json:"text"`
	SameDayCutoff string    `yaml:"same_day_cutoff" json:"same_day_cutoff"`
	Certainty     Certainty `yaml:"certainty" json:"certainty"`
}

// Fee is one amount in đồng under one condition, on one channel (empty: all)
// and for dossiers submitted on the days From to To, both included, as
// yyyy-mm-dd; an empty end is open. Without Amount and Percent the amount is as
// announced.
type Fee struct {
	ID        string    `yaml:"id" json:"id"`
	Label     string    `yaml:"label" json:"label"`
	When      *When     `yaml:"when" json:"when,omitempty"`
	Channel   string    `yaml:"channel" json:"channel"`
	From      string    `yaml:"from" json:"from"`
	To        string    `yaml:"to" json:"to"`
	Amount    *int      `yaml:"amount" json:"amount,omitempty"`
	Percent   *float64  `yaml:"percent" json:"percent,omitempty"` // of the value the authority determines
	AtMost    int       `yaml:"at_most" json:"at_most"`           // cap in đồng; 0: none
	Unit      string    `yaml:"unit" json:"unit"`
	Payer     string    `yaml:"payer" json:"payer"`          // who pays, where it is not the applicant
	Collector string    `yaml:"collector" json:"collector"`  // counter | portal; empty: not known
	Exempt    string    `yaml:"exempt" json:"exempt"`        // key of Exemptions
	Exemption Exemption `yaml:"-" json:"exemption,omitzero"` // what Exempt stands for, filled in when loading: a dossier keeps it
	Certainty Certainty `yaml:"certainty" json:"certainty"`
}

// Result is what the authority gives in the end.
type Result struct {
	Name     string `yaml:"name" json:"name"`
	TypeCode string `yaml:"type_code" json:"type_code"`
	Digital  bool   `yaml:"digital" json:"digital"`
	Paper    bool   `yaml:"paper" json:"paper"`
}

// Limits are what the receiving system takes.
type Limits struct {
	MaxFileBytes int64    `yaml:"max_file_bytes" json:"max_file_bytes"`
	Formats      []string `yaml:"formats" json:"formats"`
}

// Source names where a statement comes from.
type Source struct {
	What      string    `yaml:"what" json:"what"`
	Ref       string    `yaml:"ref" json:"ref"`
	Checked   string    `yaml:"checked" json:"checked"`
	Certainty Certainty `yaml:"certainty" json:"certainty"`
}

// Form is a Declaration as data, in portal order.
type Form struct {
	ID        string    `yaml:"id" json:"id"`
	Name      string    `yaml:"name" json:"name"`
	Certainty Certainty `yaml:"certainty" json:"certainty"`
	Sections  []Section `yaml:"sections" json:"sections"`
}

// Section is a group of questions under one heading. A form may Use one of the
// catalogue's own sections by its id instead of repeating it; once loaded, every
// section has its questions in it.
type Section struct {
	Use       string     `yaml:"use" json:"-"`
	ID        string     `yaml:"id" json:"id"`
	Title     string     `yaml:"title" json:"title"`
	Questions []Question `yaml:"questions" json:"questions"`
}

// The types of a question.
const (
	TypeText       = "text"
	TypeName       = "name"        // a person's name
	TypePersonalNo = "personal_no" // 12 digits
	TypePhone      = "phone"       // Vietnamese number, stored E.164
	TypeDate       = "date"        // dd/mm/yyyy, kept as yyyy-mm-dd
	TypeNumber     = "number"      // a whole number from Min to Max
	TypeBool       = "bool"        // "true" or "false"
	TypeChoice     = "choice"
	TypeAddress    = "address"
	TypeEmail      = "email"
)

// Question is one field of a form.
type Question struct {
	ID          string   `yaml:"id" json:"id"`
	Label       string   `yaml:"label" json:"label"`
	Hint        string   `yaml:"hint" json:"hint"`
	Type        string   `yaml:"type" json:"type"`
	Required    bool     `yaml:"required" json:"required"`
	VisibleWhen *When    `yaml:"visible_when" json:"visible_when,omitempty"` // over an earlier question or a fact of the procedure
	Values      []Choice `yaml:"values" json:"values"`                       // for choice
	Fills       string   `yaml:"fills" json:"fills"`                         // "applicant.name", "applicant.personal_no", "applicant.phone", "applicant.address"
	Card        string   `yaml:"card" json:"card"`                           // what of the ID card answers it: number, old_number, name, birth, sex, address, issued
	MaxRunes    int      `yaml:"max_runes" json:"max_runes"`                 // 0: 200
	Min         int      `yaml:"min" json:"min"`                             // for number
	Max         int      `yaml:"max" json:"max"`                             // for number; 0: no end
	Pattern     string   `yaml:"pattern" json:"pattern"`                     // RE2, over the whole answer of a text
	NotAfter    string   `yaml:"not_after" json:"not_after"`                 // for date: "today"
}

// Commune is a ward (phường) or a commune (xã) with its official number, a
// text of five digits. Units come, go and are renamed: From and To are the days
// it stands, Formerly the names people still say.
type Commune struct {
	Code     string   `yaml:"code" json:"code"`
	Name     string   `yaml:"name" json:"name"`
	Kind     string   `yaml:"kind" json:"kind"` // ward | commune
	From     string   `yaml:"from" json:"from"`
	To       string   `yaml:"to" json:"to"`
	Formerly []string `yaml:"formerly" json:"formerly"`
	Pilot    bool     `yaml:"pilot" json:"pilot"`
}

// Elsewhere is the field of a situation no point helps with: it is there so
// that people are told so, and sent to a person.
const Elsewhere = "elsewhere"

// Situation is something people describe in their own words, with the
// questions that lead from it to procedures. Outcomes are read in order; the
// first whose conditions all hold is the answer.
type Situation struct {
	ID        string    `yaml:"id" json:"id"`
	Field     string    `yaml:"field" json:"field"`
	Title     string    `yaml:"title" json:"title"` // as a resident would put it
	Says      []string  `yaml:"says" json:"says"`   // other ways people say it
	Facts     []Fact    `yaml:"facts" json:"facts"` // the questions, one a screen
	Outcomes  []Outcome `yaml:"outcomes" json:"outcomes"`
	Certainty Certainty `yaml:"certainty" json:"certainty"`
}

// Outcome is where a situation leads: procedures in the order to do them, and
// who decides. None of them means a person has to look at it.
type Outcome struct {
	When       []When              `yaml:"when" json:"when,omitempty"` // all must hold; none: always
	Procedures []kiosk.ProcedureID `yaml:"procedures" json:"procedures"`
	Decides    string              `yaml:"decides" json:"decides"` // key of Authorities; empty: not known
	Note       string              `yaml:"note" json:"note"`       // what to keep in mind, in plain words; no legal statement
}

// Term is a word of the land office in plain words. It explains, it defines
// nothing.
type Term struct {
	Term  string   `yaml:"term" json:"term"`
	Also  []string `yaml:"also" json:"also"` // other names of it
	Plain string   `yaml:"plain" json:"plain"`
}

// Procedure finds one by id.
func (c *Catalog) Procedure(id kiosk.ProcedureID) (Procedure, bool) {
	i := slices.IndexFunc(c.Procedures, func(p Procedure) bool { return p.ID == id })
	if i < 0 {
		return Procedure{}, false
	}
	return c.Procedures[i], true
}

// Form finds one by id.
func (c *Catalog) Form(id string) (Form, bool) {
	i := slices.IndexFunc(c.Forms, func(f Form) bool { return f.ID == id })
	if i < 0 {
		return Form{}, false
	}
	return c.Forms[i], true
}

// Document finds one of the procedure's documents.
func (p Procedure) Document(id kiosk.RequirementID) (Document, bool) {
	i := slices.IndexFunc(p.Documents, func(d Document) bool { return d.ID == id })
	if i < 0 {
		return Document{}, false
	}
	return p.Documents[i], true
}

// OfficialName is the code to show: the city's if there is one.
func (p Procedure) OfficialName() string {
	if p.LocalCode != "" {
		return p.LocalCode
	}
	return p.Code
}
