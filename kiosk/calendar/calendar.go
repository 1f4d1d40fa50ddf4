package calendar

import (
	"maps"
	"slices"

	"servicepoint/kiosk"
)

// Default is the name of the calendar that has the default sessions and no
// others.
const Default = "default"

// Calendar is the working time of all authorities as an operator writes it.
type Calendar struct {
	Timezone       string               `yaml:"timezone" json:"timezone"`   // Asia/Ho_Chi_Minh
	Sessions       []Session            `yaml:"sessions" json:"sessions"`   // of every authority
	Overrides      map[string][]Session `yaml:"overrides" json:"overrides"` // by the name of a calendar, beside Sessions
	Holidays       []Holiday            `yaml:"holidays" json:"holidays"`
	MakeupWorkdays []Makeup             `yaml:"makeup_workdays" json:"makeup_workdays"`
	ValidThrough   string               `yaml:"valid_through" json:"valid_through"` // the last day whose holidays are known, yyyy-mm-dd
}

// Session is a time of the week in which a counter serves people. Two flags say
// what else it is good for: in a session that accepts, a dossier handed in is
// accepted at that moment; a session that counts is working time, in which
// terms run and results fall due.
//
// A flag that is not given means: a default session does both. A session of an
// override never counts, and accepts only on a weekday on which the default
// sessions are closed; on the other days it adds hours in which people are
// served and nothing more.
type Session struct {
	Days    []string `yaml:"days" json:"days"`   // mon tue wed thu fri sat sun
	Spans   []string `yaml:"spans" json:"spans"` // "08:00-11:30": from the first minute to just before the last
	Accepts *bool    `yaml:"accepts" json:"accepts,omitempty"`
	Counts  *bool    `yaml:"counts" json:"counts,omitempty"`
}

// Holiday is a day off, on a weekday or not. Where a holiday falls on a weekend
// the day off that stands in for it is an entry of its own.
type Holiday struct {
	Date      string `yaml:"date" json:"date"` // yyyy-mm-dd
	Name      string `yaml:"name" json:"name"`
	Source    string `yaml:"source" json:"source"`
	Certainty string `yaml:"certainty" json:"certainty"` // verified, partial, unverified or empty
}

// Makeup is a day off by the week that is worked to make up for another. It has
// all the sessions of the weekday it makes up for; without For, those of the
// first weekday from Monday on that has sessions that count. In YAML the date
// alone may stand for it.
type Makeup struct {
	Date      string `yaml:"date" json:"date"`
	For       string `yaml:"for" json:"for"` // the swapped day, which is one of the Holidays
	Source    string `yaml:"source" json:"source"`
	Certainty string `yaml:"certainty" json:"certainty"`
}

// UnmarshalYAML reads a date or a mapping.
func (m *Makeup) UnmarshalYAML(unmarshal func(any) error) error {
	var date string
	if unmarshal(&date) == nil {
		*m = Makeup{Date: date}
		return nil
	}
	type mapping Makeup // without this method
	return unmarshal((*mapping)(m))
}

// Names lists the calendars there are, Default first.
func (c *Calendar) Names() []string {
	return append([]string{Default}, slices.Sorted(maps.Keys(c.Overrides))...)
}

// Codes lists the codes of the errors of this package.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"due.calendar_broken", "due.calendar_unknown", "due.cutoff", "due.moment", "due.month_half",
		"due.pause_reversed", "due.too_far", "due.unit", "due.value",
	}
}
