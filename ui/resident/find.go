package resident

import (
	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

type findView struct {
	Query      string
	Procedures []catalog.Procedure
}

func findForm(query string) *kit.Form {
	return &kit.Form{Submit: kit.Say("common.search"), Icon: "search", Fields: []kit.Field{
		{ID: "query", Kind: kit.SearchField, Label: kit.Say("resident.find.label"), Hint: kit.Say("resident.find.hint"), MaxRunes: 80, Value: query},
	}}
}

// findPage lists the procedures, or those that fit what was typed.
func (s *Screens) findPage(c *fiber.Ctx) error {
	query := s.visit(c).Query
	return s.pages.Show(c, "find", findView{Query: query, Procedures: s.Catalog().Find(query)}.page())
}

func (v findView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.find.title"), Back: "/", Form: findForm(v.Query), Data: v}
}

// find remembers what was typed for this visit; it never enters an address.
func (s *Screens) find(c *fiber.Ctx) error {
	v := s.visit(c)
	v.Query = viet.Clean(c.FormValue("query"))
	s.keep(c, v)
	return s.kit.See(c, "/procedures")
}
