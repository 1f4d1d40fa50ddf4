package kit

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/viet"
)

// FieldKind is how a field is asked.
type FieldKind string

// The kinds of field.
const (
	TextField   FieldKind = "text"
	NameField   FieldKind = "name"   // a person's name: capitals, Vietnamese keys
	NumberField FieldKind = "number" // digits only, number keys
	PhoneField  FieldKind = "phone"
	EmailField  FieldKind = "email"
	CodeField   FieldKind = "code" // capitals and digits, no Vietnamese keys
	SearchField FieldKind = "search"
	DateField   FieldKind = "date"   // three boxes <ID>.d <ID>.m <ID>.y; Value is yyyy-mm-dd
	PINField    FieldKind = "pin"    // never shown, never kept
	AreaField   FieldKind = "area"   // several lines
	ChoiceField FieldKind = "choice" // one of Choices, as large radio buttons
	CheckField  FieldKind = "check"  // yes or nothing; the value is "yes"
)

// Choice is one value of a ChoiceField.
type Choice struct {
	ID    string
	Label Text
	Hint  Text
}

// Field is one question of a form.
type Field struct {
	ID       string
	Kind     FieldKind
	Label    Text
	Hint     Text
	Optional bool
	MaxRunes int // 0: 200
	Choices  []Choice
	Value    string     // what stands in it
	Error    kiosk.Code // why it needs correction; the sentence is the phrase "<Error>.title" or "<Error>"
}

// Form is what a page asks. Templates show it with {{template "form" .}} on a
// Page whose Form is set, or field by field.
type Form struct {
	Action string // where it is posted; empty: the page's own address
	Fields []Field
	Submit Text // names the act, never "OK"
	Icon   string
}

// Fill takes what the person sent: trimmed text for every field, NFC being the
// business of the use case. PINs are left empty.
func (f *Form) Fill(c *fiber.Ctx) {
	for i := range f.Fields {
		x := &f.Fields[i]
		switch x.Kind {
		case PINField:
		case DateField:
			x.Value = dateValue(c.FormValue(x.ID+".y"), c.FormValue(x.ID+".m"), c.FormValue(x.ID+".d"))
		default:
			x.Value = strings.TrimSpace(c.FormValue(x.ID))
		}
	}
}

// MaxSought is the most characters of words to look for something by.
const MaxSought = 120

// Sought gives the words typed into a field to look for something. Sessions
// keep them, so no browser sends more than MaxSought characters of them.
func Sought(c *fiber.Ctx, id string) string {
	words := []rune(viet.Clean(c.FormValue(id)))
	return string(words[:min(MaxSought, len(words))])
}

// dateValue joins the three boxes; what is not a date is kept as it was typed
// so that it can be shown again.
func dateValue(y, m, d string) string {
	y, m, d = strings.TrimSpace(y), strings.TrimSpace(m), strings.TrimSpace(d)
	if y+m+d == "" {
		return ""
	}
	return y + "-" + pad(m) + "-" + pad(d)
}

func pad(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// Value gives what stands in a field, empty without such a field.
func (f *Form) Value(id string) string {
	for _, x := range f.Fields {
		if x.ID == id {
			return x.Value
		}
	}
	return ""
}

// Answers gives the values of all fields by id.
func (f *Form) Answers() kiosk.Answers {
	out := make(kiosk.Answers, len(f.Fields))
	for _, x := range f.Fields {
		out[x.ID] = x.Value
	}
	return out
}

// Blame puts an Invalid error at its fields. It reports false for any other
// error, which is not the form's: return that one. An error that names no
// field is put at the first.
func (f *Form) Blame(err error) bool {
	e, ok := errors.AsType[*kiosk.Error](err)
	if !ok || e.Kind != kiosk.Invalid || len(f.Fields) == 0 {
		return false
	}
	found := false
	for _, fe := range e.Fields {
		for i := range f.Fields {
			if f.Fields[i].ID == fe.Field {
				f.Fields[i].Error, found = fe.Code, true
			}
		}
	}
	if !found {
		f.Fields[0].Error = e.Code
	}
	return true
}

// Wrong lists the fields that need correction.
func (f *Form) Wrong() []Field {
	var out []Field
	for _, x := range f.Fields {
		if x.Error != "" {
			out = append(out, x)
		}
	}
	return out
}

// Anchor is the id of the element that takes the focus for a field.
func (f Field) Anchor() string {
	if f.Kind == DateField {
		return "f-" + f.ID + ".d"
	}
	return "f-" + f.ID
}

// Date splits the value of a DateField into day, month, year.
func (f Field) Date() [3]string {
	p := strings.SplitN(f.Value, "-", 3)
	if len(p) != 3 {
		return [3]string{}
	}
	return [3]string{p[2], p[1], p[0]}
}

// Ask makes the field of a catalogue question; its words are data.
func Ask(q catalog.Question, value string) Field {
	f := Field{ID: q.ID, Label: Words(q.Label), Hint: Words(q.Hint), Optional: !q.Required, MaxRunes: q.MaxRunes, Value: value, Kind: TextField}
	switch q.Type {
	case catalog.TypeName:
		f.Kind = NameField
	case catalog.TypePersonalNo:
		f.Kind, f.MaxRunes = NumberField, 12
	case catalog.TypePhone:
		f.Kind = PhoneField
	case catalog.TypeDate:
		f.Kind = DateField
	case catalog.TypeAddress:
		f.Kind = AreaField
	case catalog.TypeEmail:
		f.Kind = EmailField
	case catalog.TypeNumber:
		f.Kind, f.MaxRunes = NumberField, 20
		if q.Min < 0 {
			f.Kind = TextField // number keys have no minus
		}
		if q.Hint == "" && q.Max != 0 {
			f.Hint = Say("common.number_range", "min", q.Min, "max", q.Max)
		}
	case catalog.TypeBool:
		f.Kind = ChoiceField
		f.Choices = []Choice{{ID: "true", Label: Say("catalog.yes")}, {ID: "false", Label: Say("catalog.no")}}
	case catalog.TypeChoice:
		f.Kind = ChoiceField
		for _, v := range q.Values {
			f.Choices = append(f.Choices, Choice{ID: v.ID, Label: Words(v.Label)})
		}
	}
	return f
}
