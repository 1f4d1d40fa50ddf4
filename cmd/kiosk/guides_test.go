package main

import (
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

func TestEveryCatalogueHasOneGuide(t *testing.T) {
	of := func(id kiosk.ProcedureID, name string) *catalog.Catalog {
		return &catalog.Catalog{Procedures: []catalog.Procedure{{ID: id, Name: name, PlainName: name}}}
	}
	now := of("birth", "Đăng ký khai sinh")
	g := guides{catalog: func() *catalog.Catalog { return now }}
	first := g.current()
	if g.current() != first {
		t.Error("the same catalogue was indexed twice")
	}
	now = of("copy", "Sao y giấy tờ")
	if g.current() == first || len(g.current().Search("sao y").Results) != 1 {
		t.Error("another catalogue is searched by the old index")
	}
}
