package resident

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// examples are things people come for, "resident.find.example.<name>"; touched,
// they are looked for in Vietnamese like anything typed.
var examples = []string{"birth", "copy", "residence", "single", "land", "death", "pension", "business"}

// fieldOrder are the fields people know, and the one for all others.
var fieldOrder = []string{"civil_status", "residence", "certification", landField, "social", "business", otherField}

const otherField = "other"

// fieldIcons are the signs of the fields people know.
var fieldIcons = map[string]string{
	"civil_status": "users", "residence": "house", "certification": "copy", landField: "map-pin", "social": "heart-handshake", "business": "banknote",
}

// What is worth showing beside the best result, by its share of the best one's
// score; where nothing is sure, by the score itself.
const (
	otherShare     = 0.5
	situationShare = 0.8
	possibleScore  = 0.3
	maxOthers      = 4
	maxSituations  = 3
)

// field is procedures that belong together; its name is "resident.field.<ID>".
type field struct{ ID, Icon string }

type findView struct {
	Examples []string
	Fields   []field
	Land     bool // there are situations about land to choose from
}

func findForm() *kit.Form {
	return &kit.Form{Action: "/find", Submit: kit.Say("common.search"), Icon: "search", Fields: []kit.Field{
		{ID: "query", Kind: kit.SearchField, Label: kit.Say("resident.find.hint"), MaxRunes: kit.MaxSought},
	}}
}

// findPage asks what the person needs, and gives a hand where words are missing.
func (s *Screens) findPage(c *fiber.Ctx) error {
	s.listed(c, "/procedures")
	cat := s.Catalog()
	return s.pages.Show(c, "find", findView{Examples: examples, Fields: fields(cat), Land: len(situations(cat)) > 0}.page())
}

func (v findView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.find.label"), Back: "/", Form: findForm(), Wide: true, OwnHeading: true, Data: v}
}

// fields lists the fields of the catalogue, the one most people come for first.
func fields(cat *catalog.Catalog) []field {
	var out []field
	for _, id := range fieldOrder {
		if slices.ContainsFunc(cat.Procedures, func(p catalog.Procedure) bool { return fieldOf(p.Field).ID == id }) {
			out = append(out, fieldOf(id))
		}
	}
	return out
}

// fieldOf names a field; one an operator has added is among the others.
func fieldOf(id string) field {
	if !slices.Contains(fieldOrder, id) {
		id = otherField
	}
	f := field{ID: id, Icon: fieldIcons[id]}
	if f.Icon == "" {
		f.Icon = "file-text"
	}
	return f
}

// fieldView is everything in one field.
type fieldView struct {
	Field      field
	Procedures []catalog.Procedure
	Land       bool
}

func (s *Screens) fieldPage(c *fiber.Ctx) error {
	cat := s.Catalog()
	v := fieldView{Field: fieldOf(c.Params("field"))}
	for _, p := range cat.Procedures {
		if fieldOf(p.Field) == v.Field {
			v.Procedures = append(v.Procedures, p)
		}
	}
	if len(v.Procedures) == 0 {
		return s.kit.See(c, "/procedures")
	}
	v.Land = v.Field.ID == landField && len(situations(cat)) > 0
	s.listed(c, "/fields/"+v.Field.ID)
	return s.pages.Show(c, "field", v.page())
}

func (v fieldView) page() kit.Page {
	return kit.Page{Title: kit.Say(kiosk.Code("resident.field." + v.Field.ID)), Back: "/procedures", Data: v}
}

// foundView is the answer to what was asked. Unless it is Confident, Best is
// empty and what stands in Others are mere possibilities.
type foundView struct {
	Query      string
	Confident  bool
	Best       catalog.Procedure
	Also       []string // what else people call the best one, nearest to the words typed first
	Situations []catalog.Situation
	Others     []catalog.Procedure
	Elsewhere  catalog.Situation // what was asked about, if no point helps with it
	Note       string            // where to go with that
	Term       catalog.Term      // the word of the glossary that was asked about: it comes first
}

// find remembers what was typed for this visit; it never enters an address.
func (s *Screens) find(c *fiber.Ctx) error {
	v := s.visit(c)
	v.Query = kit.Sought(c, "query")
	if name := c.FormValue("example"); slices.Contains(examples, name) {
		v.Query = phrases.Say(phrases.VI, "resident.find.example."+name)
	}
	s.keep(c, v)
	if v.Query == "" {
		return s.kit.See(c, "/procedures")
	}
	return s.kit.See(c, "/find")
}

// foundPage answers what was typed last.
func (s *Screens) foundPage(c *fiber.Ctx) error {
	query := s.visit(c).Query
	if query == "" {
		return s.kit.See(c, "/procedures")
	}
	s.listed(c, "/find")
	g := s.Guide()
	found := g.Search(query)
	var term catalog.Term
	if asksForMeaning(query) {
		term, _ = g.Term(query)
		found.Confident = found.Confident && term.Term == ""
	}
	v := answer(s.Catalog(), query, found)
	v.Term = term
	return s.pages.Show(c, "found", v.page())
}

// asksForMeaning reports whether somebody wants a word explained.
func asksForMeaning(query string) bool {
	said := " " + strings.Join(viet.Words(query), " ") + " "
	return strings.Contains(said, " la gi ") || strings.Contains(said, " nghia ")
}

func (v foundView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.found.title"), Back: "/procedures", Wide: true, OwnHeading: true, Data: v}
}

// answer sorts what the guide has found. The guide may be of another catalogue
// than cat for a moment: what cat does not know is left out.
func answer(cat *catalog.Catalog, query string, found guide.Answer) foundView {
	v := foundView{Query: query}
	if x, ok := situation(cat, found.Elsewhere); ok {
		v.Elsewhere = x
		if _, end := (guide.Situation{Situation: x}).Next(nil); end != nil {
			v.Note = end.Note
		}
	}
	for _, r := range found.Results {
		other, tale := possibleScore, possibleScore
		if found.Confident {
			other, tale = otherShare*found.Results[0].Score, situationShare*found.Results[0].Score
		}
		if x, ok := situation(cat, r.Situation); ok && r.Score >= tale && len(v.Situations) < maxSituations && !slices.ContainsFunc(v.Situations, func(y catalog.Situation) bool { return x.ID == y.ID }) {
			v.Situations = append(v.Situations, x)
		}
		p, ok := cat.Procedure(r.ID)
		switch {
		case !ok:
		case found.Confident && v.Best.ID == "":
			v.Confident, v.Best, v.Also = true, p, alsoCalled(p, query)
		case r.Score >= other && len(v.Others) < maxOthers:
			v.Others = append(v.Others, p)
		}
	}
	if v.Elsewhere.ID != "" {
		v.Situations = nil // they told something else
	}
	return v
}

// alsoCalled gives up to three other names of a procedure, first those that
// share most words with what was typed: by them people see that it fits.
func alsoCalled(p catalog.Procedure, query string) []string {
	asked := viet.Words(query)
	shared := func(name string) (n int) {
		for _, w := range viet.Words(name) {
			if slices.Contains(asked, w) {
				n++
			}
		}
		return n
	}
	names := slices.DeleteFunc(slices.Clone(p.Keywords), func(name string) bool { return viet.Fold(name) == viet.Fold(p.PlainName) })
	slices.SortStableFunc(names, func(a, b string) int { return shared(b) - shared(a) })
	return names[:min(3, len(names))]
}

// listed remembers the list that stands here, for the ways back to it.
func (s *Screens) listed(c *fiber.Ctx, path string) {
	v := s.visit(c)
	v.List, v.From, v.Last = path, path, path
	s.keep(c, v)
}
