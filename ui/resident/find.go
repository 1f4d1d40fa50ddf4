package resident

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

type findView struct {
	Query      string
	Procedures []catalog.Procedure
}

func (s *Screens) findForm(query string) *kit.Form {
	return &kit.Form{Submit: kit.Say("common.search"), Icon: "search", Fields: []kit.Field{
		{ID: "query", Kind: kit.SearchField, Label: kit.Say("resident.find.label"), Hint: kit.Say("resident.find.hint"), MaxRunes: 80, Value: query},
	}}
}

// findPage lists the procedures, or those that fit what was typed.
func (s *Screens) findPage(c *fiber.Ctx) error {
	query := s.visit(c).Query
	return s.pages.Show(c, "find", kit.Page{Title: kit.Say("resident.find.title"), Back: "/", Form: s.findForm(query),
		Data: findView{Query: query, Procedures: search(s.Catalog().Procedures, query)}})
}

// find remembers what was typed for this visit; it never enters an address.
func (s *Screens) find(c *fiber.Ctx) error {
	v := s.visit(c)
	v.Query = viet.Clean(c.FormValue("query"))
	s.keep(c, v)
	return s.kit.See(c, "/procedures")
}

// search finds the procedures that have every word typed at the beginning of
// one of their own words, without regard to marks; without words, all.
func search(all []catalog.Procedure, query string) []catalog.Procedure {
	wanted := strings.Fields(viet.Fold(query))
	var out []catalog.Procedure
	for _, p := range all {
		if matches(strings.Fields(viet.Fold(strings.Join(append([]string{p.Name, p.PlainName, p.Code, p.LocalCode}, p.Keywords...), " "))), wanted) {
			out = append(out, p)
		}
	}
	return out
}

func matches(words, wanted []string) bool {
	for _, w := range wanted {
		found := false
		for _, own := range words {
			if strings.HasPrefix(own, w) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
