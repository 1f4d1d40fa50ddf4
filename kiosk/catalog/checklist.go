package catalog

import (
	"slices"

	"servicepoint/kiosk"
)

// Applies says whether a paper is needed under the facts given so far.
type Applies string

// A condition over a fact nobody has given yet is Maybe: the paper is shown
// with "tùy trường hợp", never hidden.
const (
	Yes   Applies = "yes"
	No    Applies = "no"
	Maybe Applies = "maybe"
)

// Holds evaluates the condition over the facts among the answers; a nil
// condition always holds.
func (w *When) Holds(facts kiosk.Answers) Applies {
	if w == nil {
		return Yes
	}
	v, given := facts[w.Fact]
	if !given || v == "" {
		return Maybe
	}
	if v == w.Eq || slices.Contains(w.In, v) {
		return Yes
	}
	return No
}

// Item is one line of a checklist.
type Item struct {
	Document
	Applies Applies
}

// Checklist lists the papers that apply or may apply, in portal order.
func (p Procedure) Checklist(facts kiosk.Answers) []Item {
	var items []Item
	for _, d := range p.Documents {
		if a := d.When.Holds(facts); a != No {
			items = append(items, Item{Document: d, Applies: a})
		}
	}
	return items
}

// Missing lists the documents that must be scanned under the facts and have
// neither a page nor a waiver. Of a one_of group one document is enough; the
// group is reported by its first document.
func (p Procedure) Missing(facts kiosk.Answers, have map[kiosk.RequirementID]bool) []Document {
	var missing []Document
	for i, d := range p.Documents {
		if d.Role != RoleSubmit || d.Scan != "required" || d.When.Holds(facts) != Yes {
			continue
		}
		if d.Group.Type != "one_of" {
			if !have[d.ID] {
				missing = append(missing, d)
			}
			continue
		}
		first := slices.IndexFunc(p.Documents, func(o Document) bool { return o.Group == d.Group && o.When.Holds(facts) == Yes })
		met := slices.ContainsFunc(p.Documents, func(o Document) bool { return o.Group == d.Group && have[o.ID] })
		if first == i && !met {
			missing = append(missing, d)
		}
	}
	return missing
}
