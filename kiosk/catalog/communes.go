package catalog

import (
	"slices"
	"strings"

	"servicepoint/kiosk/viet"
)

// Commune finds one by its official number. Of a number that has had several
// names the one of the catalogue's day is given; without a day, or where none
// stands on it, the last.
func (c *Catalog) Commune(code string) (Commune, bool) {
	var last Commune
	found := false
	for _, u := range c.Communes {
		if u.Code != code {
			continue
		}
		if c.day != "" && (Period{u.From, u.To}).Holds(c.day) {
			return u, true
		}
		if !found || u.From > last.From {
			last, found = u, true
		}
	}
	return last, found
}

// prefixes are the words people put before a commune's name, folded.
var prefixes = []string{"phuong", "xa", "p", "x"}

// FindCommunes finds communes by their whole name, with or without accents and
// in either way to put the tone marks, with or without «phường» and «xã», or by
// what they were called before. Those whose present name it is come first, and
// of them those written exactly like it. None is found for an empty name.
func (c *Catalog) FindCommunes(name string) []Commune {
	words := viet.Words(name)
	found := c.communesCalled(words, name)
	// «Phương Liệt» begins like «phường»: the whole name is looked for first.
	if len(found) == 0 && len(words) > 1 && slices.Contains(prefixes, words[0]) {
		found = c.communesCalled(words[1:], name)
	}
	return found
}

func (c *Catalog) communesCalled(words []string, typed string) []Commune {
	if len(words) == 0 {
		return nil
	}
	typed = strings.ToLower(viet.Clean(typed))
	var exact, now, before []Commune
	for _, u := range c.Communes {
		called := func(name string) bool { return slices.Equal(viet.Words(name), words) }
		switch {
		case called(u.Name) && strings.HasSuffix(typed, strings.ToLower(u.Name)):
			exact = append(exact, u)
		case called(u.Name):
			now = append(now, u)
		case slices.ContainsFunc(u.Formerly, called):
			before = append(before, u)
		}
	}
	return slices.Concat(exact, now, before)
}
