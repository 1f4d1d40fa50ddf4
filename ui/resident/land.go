package resident

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// landField is the field whose situations make the land chapter.
const landField = "land"

// landView is the land chapter: what people tell, in their words.
type landView struct {
	Situations []catalog.Situation
	Words      bool // there is a glossary
}

// situations are those of the land chapter.
func situations(cat *catalog.Catalog) []catalog.Situation {
	return slices.DeleteFunc(slices.Clone(cat.Situations), func(x catalog.Situation) bool { return x.Field != landField })
}

func situation(cat *catalog.Catalog, id string) (catalog.Situation, bool) {
	i := slices.IndexFunc(cat.Situations, func(x catalog.Situation) bool { return x.ID == id })
	if i < 0 {
		return catalog.Situation{}, false
	}
	return cat.Situations[i], true
}

func (s *Screens) landPage(c *fiber.Ctx) error {
	cat := s.Catalog()
	v := landView{situations(cat), len(cat.Terms) > 0}
	if len(v.Situations) == 0 {
		return s.kit.See(c, "/procedures")
	}
	s.listed(c, "/land")
	return s.pages.Show(c, "land", v.page())
}

func (v landView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.land.title"), Lead: kit.Say("resident.land.lead"), Back: "/procedures", Wide: true, Data: v}
}

// wordsView is the glossary. It explains; it is no law.
type wordsView struct {
	Terms []catalog.Term
	Back  string
}

func (s *Screens) wordsPage(c *fiber.Ctx) error {
	v := wordsView{Terms: s.Catalog().Terms, Back: s.visit(c).Last}
	if v.Back == "" {
		v.Back = "/procedures"
	}
	return s.pages.Show(c, "words", v.page())
}

func (v wordsView) page() kit.Page {
	return kit.Page{Title: kit.Say("resident.words.title"), Lead: kit.Say("resident.words.lead"), Back: v.Back, Data: v}
}

// termLink leads to the No-th term of the glossary.
type termLink struct {
	No   int
	Term string
}

// termsIn finds the words of the glossary in what a page says.
func termsIn(terms []catalog.Term, texts ...string) []termLink {
	said := spaced(strings.Join(texts, " . "))
	var out []termLink
	for i, t := range terms {
		for _, name := range append([]string{t.Term}, t.Also...) {
			if strings.Contains(said, spaced(name)) {
				out = append(out, termLink{i, t.Term})
				break
			}
		}
	}
	return out
}

// spaced gives the words of a text in small letters with their accents, a space
// around each.
func spaced(text string) string {
	apart := strings.FieldsFunc(strings.ToLower(viet.Clean(text)), func(r rune) bool { return strings.ContainsRune(" .,;:?!()«»\"/–-", r) })
	return " " + strings.Join(apart, " ") + " "
}
