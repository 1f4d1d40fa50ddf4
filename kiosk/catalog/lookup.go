package catalog

import (
	"slices"

	"servicepoint/kiosk"
)

// Fields lists the fields a procedure can belong to.
func Fields() []string { return slices.Clone(fields) }

// Channels lists the ways a dossier can be submitted.
func Channels() []string { return slices.Clone(channels) }

// NoProcedure is the error of an id there is no procedure of:
// catalog.no_procedure, with an *Error that lists those there are.
func (c *Catalog) NoProcedure(id kiosk.ProcedureID) error {
	e := &Error{Code: problemCode("none"), Args: []any{"what", word("procedure"), "id", id, "allowed", c.ids()}}
	if meant := near(string(id), c.ids()); meant != "" {
		e = &Error{Code: problemCode("none_like"), Args: []any{"what", word("procedure"), "id", id, "near", meant, "allowed", c.ids()}}
	}
	return kiosk.Fail(kiosk.Invalid, "catalog.no_procedure", e)
}

func (c *Catalog) ids() []string {
	var ids []string
	for _, p := range c.Procedures {
		ids = append(ids, string(p.ID))
	}
	return distinct(ids)
}
