package guide

import "servicepoint/kiosk/catalog"

const termShare = 0.6 // of what a query says, by the term in it

// called is one name of a term.
type called struct {
	term  int // into the catalogue's
	words []int
}

func (g *Guide) terms() {
	for i, t := range g.cat.Terms {
		for _, name := range append([]string{t.Term}, t.Also...) {
			if ids := g.learn(name); len(ids) > 0 {
				g.termNames = append(g.termNames, called{i, ids})
			}
		}
	}
}

// Term finds the word of the glossary a query asks about: «sổ đỏ là gì», «tach
// thua». A query that says more than that is none about a word.
func (g *Guide) Term(query string) (catalog.Term, bool) {
	tokens := g.read(asked(query))
	if len(tokens) == 0 {
		return catalog.Term{}, false
	}
	s := newSearch(g, tokens)
	best, bestShare := -1, 0.0
	for _, name := range g.termNames {
		for i := range tokens {
			share := 0.0
			for j, id := range name.words {
				fit := s.fit(i+j, id)
				if fit < 0.6 {
					share = 0
					break
				}
				share += fit * max(tokens[i+j].weight, lightShare*unknownWeight)
			}
			if share > bestShare {
				best, bestShare = name.term, share
			}
		}
	}
	if best < 0 || bestShare < termShare*s.total {
		return catalog.Term{}, false
	}
	return g.cat.Terms[best], true
}
