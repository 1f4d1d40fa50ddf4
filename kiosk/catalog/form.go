package catalog

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"servicepoint/kiosk"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

// defaultMaxRunes is how long an answer may be where the form does not say.
const defaultMaxRunes = 200

var (
	namePattern       = regexp.MustCompile(`^[\p{L}\p{M}][\p{L}\p{M}' .’-]*$`)
	personalNoPattern = regexp.MustCompile(`^0\d{11}$`)
	emailPattern      = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	letterPattern     = regexp.MustCompile(`\p{L}`)
	numberPattern     = regexp.MustCompile(`^-?\d+$`)
	groupedPattern    = regexp.MustCompile(`^-?\d{1,3}([. ]\d{3})+$`)
	dayMonthYear      = regexp.MustCompile(`^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$`)
	digitNoise        = strings.NewReplacer(" ", "", ".", "")
)

// Question finds one of the form's questions.
func (f Form) Question(id string) (Question, bool) {
	for _, s := range f.Sections {
		for _, q := range s.Questions {
			if q.ID == id {
				return q, true
			}
		}
	}
	return Question{}, false
}

// Check keeps the answers to the questions asked and drops everything else,
// also facts (see CheckFacts) and answers to questions that are not asked; the
// conditions of questions are read over the facts among the answers and over
// earlier answers that need no correction. What it gives is fit to be stored:
// NFC, phones as E.164, dates as yyyy-mm-dd, no empty answers. Every field that
// needs correction is reported, in form order, and is not among the answers.
// Checking what it gave, with the same facts, once more changes nothing.
//
// today is the day in Hanoi, yyyy-mm-dd; empty leaves dates uncompared.
func (f Form) Check(answers kiosk.Answers, today string) (kiosk.Answers, []kiosk.FieldError) {
	clean := kiosk.Answers{}
	var wrong []kiosk.FieldError
	f.walk(answers, today, func(q Question, v string, code kiosk.Code) {
		switch {
		case code != "":
			wrong = append(wrong, kiosk.FieldError{Field: q.ID, Code: code})
		case v != "":
			clean[q.ID] = v
		}
	})
	return clean, wrong
}

// Asked lists the questions that are asked under the facts and answers given,
// in form order, whether they have an answer or not.
func (f Form) Asked(answers kiosk.Answers) []Question {
	var asked []Question
	f.walk(answers, "", func(q Question, _ string, _ kiosk.Code) { asked = append(asked, q) })
	return asked
}

// walk goes through the questions that are asked. A condition over something
// that is not known, be it unanswered, wrong or not asked itself, does not hold.
func (f Form) walk(answers kiosk.Answers, today string, visit func(q Question, v string, code kiosk.Code)) {
	known := kiosk.Answers{}
	for id, v := range answers {
		if _, own := f.Question(id); !own {
			known[id] = viet.Clean(v)
		}
	}
	for _, s := range f.Sections {
		for _, q := range s.Questions {
			if q.VisibleWhen.Holds(known) != Yes {
				continue
			}
			v, code := q.check(viet.Clean(answers[q.ID]), today)
			if code == "" {
				known[q.ID] = v
			}
			visit(q, v, code)
		}
	}
}

// check tidies one cleaned answer, or gives the code of what is wrong with it.
func (q Question) check(v, today string) (string, kiosk.Code) {
	if v == "" {
		if q.Required {
			return "", "field.required"
		}
		return "", ""
	}
	limit := q.MaxRunes
	if limit == 0 {
		limit = defaultMaxRunes
	}
	if utf8.RuneCountInString(v) > limit {
		return "", "field.too_long"
	}
	ok := true
	switch q.Type {
	case TypeName:
		ok = namePattern.MatchString(v)
	case TypePersonalNo:
		v = digitNoise.Replace(v)
		ok = personalNoPattern.MatchString(v)
	case TypePhone:
		phone, err := viet.ReadPhone(v)
		if err != nil {
			return "", kiosk.CodeOf(err)
		}
		v = phone.E164
	case TypeDate:
		v, ok = date(v)
		if ok && q.NotAfter == "today" && today != "" && v > today {
			return "", "field.future"
		}
	case TypeNumber:
		return q.number(v)
	case TypeBool:
		if v != "true" && v != "false" {
			return "", "field.choice"
		}
	case TypeChoice:
		ok = slices.ContainsFunc(q.Values, func(c Choice) bool { return c.ID == v })
	case TypeAddress:
		ok = letterPattern.MatchString(v) && !viet.Damaged(v)
	case TypeEmail:
		ok = emailPattern.MatchString(v)
	case TypeText:
		if !q.matches(v) {
			return "", "field.pattern"
		}
	}
	if !ok {
		return "", kiosk.Code("field." + q.Type)
	}
	return v, ""
}

// number reads a whole number, with or without marks between its thousands.
func (q Question) number(v string) (string, kiosk.Code) {
	if groupedPattern.MatchString(v) {
		v = digitNoise.Replace(v)
	}
	n, err := strconv.Atoi(v)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return "", "field.range"
	case err != nil || !numberPattern.MatchString(v):
		return "", "field.number"
	case n < q.Min || q.Max != 0 && n > q.Max:
		return "", "field.range"
	}
	return strconv.Itoa(n), ""
}

// matches reports whether the whole answer has the question's pattern. A
// pattern nobody can read refuses nothing: a catalogue with one is not loaded,
// and a dossier must not get stuck on it.
func (q Question) matches(v string) bool {
	if q.Pattern == "" {
		return true
	}
	whole, err := regexp.Compile("^(?:" + q.Pattern + ")$")
	return err != nil || whole.MatchString(v)
}

// FromCard answers what an identity card answers, by the questions' Card. What
// the card does not say or what the question would not take is left out. A form
// that asks for the cards of several people has them in sections of their own,
// see Section.FromCard.
func (f Form) FromCard(card idcard.Card) kiosk.Answers {
	answers := kiosk.Answers{}
	for _, s := range f.Sections {
		maps.Copy(answers, s.FromCard(card))
	}
	return answers
}

// FromCard answers the section's questions only.
func (s Section) FromCard(card idcard.Card) kiosk.Answers {
	answers := kiosk.Answers{}
	for _, q := range s.Questions {
		v := said(card, q.Card)
		if i := slices.IndexFunc(q.Values, func(c Choice) bool { return strings.EqualFold(c.Label, v) }); q.Type == TypeChoice && i >= 0 {
			v = q.Values[i].ID
		}
		if v, code := q.check(viet.Clean(v), ""); v != "" && code == "" {
			answers[q.ID] = v
		}
	}
	return answers
}

// said is one field of a card, by the name that Question.Card has for it.
func said(card idcard.Card, field string) string {
	switch field {
	case "number":
		return card.Number
	case "old_number":
		return card.OldNumber
	case "name":
		return card.Name
	case "birth":
		return card.Birth
	case "sex":
		return card.Sex
	case "address":
		return card.Address
	case "issued":
		return card.Issued
	}
	return ""
}

// Choices lists what a person can choose, in order; nothing for a question that
// is answered in words.
func (q Question) Choices(lang phrases.Lang) []Choice {
	if q.Type == TypeBool {
		return yesNo(lang)
	}
	return q.Values
}

// date reads a day as people write it, as an ID card's code has it (ddmmyyyy)
// or as it is stored, and gives it as yyyy-mm-dd.
func date(s string) (string, bool) {
	if m := dayMonthYear.FindStringSubmatch(s); m != nil {
		s = m[3] + "-" + pad(m[2]) + "-" + pad(m[1])
	} else if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		s = s[4:] + "-" + s[2:4] + "-" + s[:2]
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil || day.Year() < 1900 || day.Year() > 2100 {
		return "", false
	}
	return s, true
}

func pad(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// Format shows a stored answer to a person: dates as dd/mm/yyyy, phones as
// 0912 345 678, choices by their label, a bool as «Có» or «Không»: forms are
// Vietnamese.
func (f Form) Format(q Question, value string) string {
	switch q.Type {
	case TypeDate:
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			return day.Format("02/01/2006")
		}
	case TypePhone:
		return viet.ShowPhone(value)
	case TypeChoice, TypeBool:
		choices := q.Choices(phrases.VI)
		if i := slices.IndexFunc(choices, func(c Choice) bool { return c.ID == value }); i >= 0 {
			return choices[i].Label
		}
	}
	return value
}

// Applicant gathers what the form's questions say of the applicant. The answers
// are those that Check gave.
func (f Form) Applicant(answers kiosk.Answers) kiosk.Applicant {
	var a kiosk.Applicant
	for _, s := range f.Sections {
		for _, q := range s.Questions {
			v := answers[q.ID]
			switch q.Fills {
			case "applicant.name":
				a.Name = v
			case "applicant.personal_no":
				a.PersonalNo = v
			case "applicant.phone":
				a.Phone = v
			case "applicant.address":
				a.Address = v
			}
		}
	}
	return a
}
