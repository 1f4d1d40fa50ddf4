package guide

import (
	"math"
	"slices"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

// Guide is an index over one catalogue. It does not change and can be asked
// from several goroutines.
type Guide struct {
	cat *catalog.Catalog

	known  []word           // every word as it is written somewhere
	keyOf  []int            // of known
	keys   []key            // every word without its marks
	at     map[string]int   // into keys
	heard  map[string][]int // keys by their sound
	beside map[[2]int]bool  // keys that stand side by side somewhere

	targets []target
	phrases []phrase         // those of a target stand together
	means   map[int][]member // synonyms by their first key
	rarity  []float64        // of each list of synonyms
	asks    map[int][][]int  // turns of speech by their first key, as known words

	termNames []called
}

// key is a word without its marks.
type key struct {
	text      string
	mask      uint32 // its letters, to skip what cannot be near
	weight    float64
	forms     []int // known words with these letters
	empty     []int // those of them that are weightless
	light     []int
	inCatalog bool // stands in a phrase or a synonym
}

// target is what can be found: a procedure, or a situation that leads to some.
type target struct {
	procedure kiosk.ProcedureID // empty for a situation
	name      string
	situation int // into the catalogue's
	leads     []lead
}

// lead is a procedure a situation leads to, the likeliest with share 1.
type lead struct {
	procedure kiosk.ProcedureID
	share     float64
}

// phrase is one thing a target is called.
type phrase struct {
	target int
	words  []int // into known
	weight []float64
	total  float64
	spans  []span
}

// span is where a meaning stands among words, from and up to.
type span struct {
	meaning, from, to int
	fit               float64
}

// member is one way to say a meaning.
type member struct {
	meaning int
	words   []int
}

// New builds the index. It takes a few milliseconds: keep it as long as the
// catalogue.
func New(c *catalog.Catalog) *Guide {
	g := &Guide{cat: c, at: map[string]int{}, heard: map[string][]int{}, beside: map[[2]int]bool{}, means: map[int][]member{}, asks: map[int][][]int{}}
	g.plainWords()
	g.synonyms()
	g.procedures()
	g.situations()
	g.terms()
	g.weigh()
	return g
}

// learn makes the words of a text known.
func (g *Guide) learn(text string) []int {
	var ids []int
	for _, w := range words(text) {
		k, ok := g.at[w.key]
		if !ok {
			k = len(g.keys)
			g.at[w.key] = k
			g.keys = append(g.keys, key{text: w.key, mask: mask(w.key)})
			g.heard[sound(w.key)] = append(g.heard[sound(w.key)], k)
		}
		i := slices.IndexFunc(g.keys[k].forms, func(f int) bool { return g.known[f] == w })
		if i < 0 {
			g.known, g.keyOf = append(g.known, w), append(g.keyOf, k)
			g.keys[k].forms = append(g.keys[k].forms, len(g.known)-1)
			i = len(g.keys[k].forms) - 1
		}
		ids = append(ids, g.keys[k].forms[i])
	}
	return ids
}

// learnPhrase makes words known that say something, and which stand together.
func (g *Guide) learnPhrase(text string) []int {
	ids := g.learn(text)
	for i, id := range ids {
		g.keys[g.keyOf[id]].inCatalog = true
		if i > 0 {
			g.beside[[2]int{g.keyOf[ids[i-1]], g.keyOf[id]}] = true
		}
	}
	return ids
}

func (g *Guide) plainWords() {
	for _, id := range g.learn(weightless) {
		g.keys[g.keyOf[id]].empty = append(g.keys[g.keyOf[id]].empty, id)
	}
	for _, id := range g.learn(light) {
		g.keys[g.keyOf[id]].light = append(g.keys[g.keyOf[id]].light, id)
	}
	for turn := range strings.FieldsFuncSeq(asking, func(r rune) bool { return r == '|' || r == '\n' }) {
		ids := g.learn(turn)
		first := g.keyOf[ids[0]]
		g.asks[first] = append(g.asks[first], ids)
	}
}

func (g *Guide) synonyms() {
	for meaning, list := range g.cat.Synonyms {
		g.rarity = append(g.rarity, 1)
		for _, text := range list {
			if ids := g.learnPhrase(text); len(ids) > 0 {
				first := g.keyOf[ids[0]]
				g.means[first] = append(g.means[first], member{meaning, ids})
			}
		}
	}
}

// procedures takes every name of a procedure, of all its versions; the last
// one's is shown.
func (g *Guide) procedures() {
	at := map[kiosk.ProcedureID]int{}
	var called [][]string
	for _, p := range g.cat.Procedures {
		i, seen := at[p.ID]
		if !seen {
			i = len(called)
			at[p.ID] = i
			called = append(called, nil)
			g.targets = append(g.targets, target{procedure: p.ID, situation: -1})
		}
		g.targets[i].name = p.Name
		called[i] = append(append(called[i], p.Name, p.PlainName, p.Code, p.LocalCode), p.Keywords...)
	}
	for i, texts := range called {
		g.call(i, texts)
	}
}

func (g *Guide) situations() {
	for i, s := range g.cat.Situations {
		g.targets = append(g.targets, target{name: s.Title, situation: i, leads: leads(s)})
		g.call(len(g.targets)-1, append([]string{s.Title}, s.Says...))
	}
}

// leads lists the procedures of a situation. The last outcome is the ordinary
// one, so what it begins with comes first.
func leads(s catalog.Situation) []lead {
	var all []lead
	for _, o := range slices.Backward(s.Outcomes) {
		for _, id := range o.Procedures {
			if !slices.ContainsFunc(all, func(l lead) bool { return l.procedure == id }) {
				all = append(all, lead{id, [...]float64{0.98, 0.7, 0.5}[min(len(all), 2)]})
			}
		}
	}
	return all
}

func (g *Guide) call(target int, texts []string) {
	var had [][]int
	for _, text := range texts {
		ids := g.learnPhrase(text)
		if len(ids) == 0 || slices.ContainsFunc(had, func(h []int) bool { return slices.Equal(h, ids) }) {
			continue
		}
		had = append(had, ids)
		g.phrases = append(g.phrases, phrase{target: target, words: ids, spans: g.meanings(ids)})
	}
}

// meanings finds what a phrase of the catalogue means. A word without marks is
// taken for one with.
func (g *Guide) meanings(ids []int) []span {
	var found []span
	for i, id := range ids {
		for _, m := range g.means[g.keyOf[id]] {
			if len(ids)-i < len(m.words) {
				continue
			}
			same := true
			for j, want := range m.words {
				a, b := g.known[ids[i+j]], g.known[want]
				same = same && a.key == b.key && (a == b || a.bare() || b.bare())
			}
			if same {
				found = append(found, span{m.meaning, i, i + len(m.words), 1})
			}
		}
	}
	return found
}

// weigh gives every word the weight it has by being rare: a word that stands
// with every target tells nothing.
func (g *Guide) weigh() {
	inTarget := func(of func(p phrase) []int, n int) []float64 {
		last, count := make([]int, n), make([]int, n)
		for _, p := range g.phrases {
			for _, k := range of(p) {
				if last[k] != p.target+1 {
					last[k], count[k] = p.target+1, count[k]+1
				}
			}
		}
		weights := make([]float64, n)
		all := math.Log(1 + float64(len(g.targets)))
		for k, c := range count {
			weights[k] = math.Log(1+float64(len(g.targets))/float64(max(c, 1))) / all
		}
		return weights
	}
	byKey := inTarget(func(p phrase) (ks []int) {
		for _, id := range p.words {
			ks = append(ks, g.keyOf[id])
		}
		return ks
	}, len(g.keys))
	g.rarity = inTarget(func(p phrase) (ms []int) {
		for _, s := range p.spans {
			ms = append(ms, s.meaning)
		}
		return ms
	}, len(g.rarity))
	for k := range g.keys {
		g.keys[k].weight = byKey[k]
	}
	for i := range g.phrases {
		p := &g.phrases[i]
		for _, id := range p.words {
			k := g.keyOf[id]
			w := max(g.weight(k, g.known[id]), pairedShare*g.keys[k].weight)
			p.weight = append(p.weight, w)
		}
		for _, m := range p.spans {
			for at := m.from; at < m.to; at++ {
				p.weight[at] = g.within(m, p.weight[at])
			}
		}
		for _, w := range p.weight {
			p.total += w
		}
	}
}

const (
	emptyWeight   = 0.04
	lightShare    = 0.4
	unsureShare   = 0.5 // a word typed without marks that may be an empty one
	pairedShare   = 0.3 // an empty word with a neighbour it has in the catalogue
	unknownWeight = 0.6
	numberWeight  = 0.1
)

// weight gives how much a word says, as it was typed.
func (g *Guide) weight(k int, w word) float64 {
	kk := g.keys[k]
	if isNumber(kk.text) && !kk.inCatalog {
		return numberWeight
	}
	marked := func(ids []int) (is, only bool) {
		only = len(ids) > 0
		for _, id := range kk.forms {
			in := slices.Contains(ids, id)
			is = is || in && (w.bare() || g.known[id] == w)
			only = only && in
		}
		return is, only
	}
	if is, only := marked(kk.light); kk.inCatalog && is && (only || !w.bare()) {
		return lightShare * kk.weight
	}
	is, only := marked(kk.empty)
	switch {
	case !is:
		return kk.weight
	case only || !w.bare() || !kk.inCatalog:
		return emptyWeight
	}
	return unsureShare * kk.weight
}

// within is what a word of weight w says where it is part of a meaning: its
// share of the meaning at least, the meaning at most. One short word may as
// well be another, so it gains nothing.
func (g *Guide) within(m span, w float64) float64 {
	rare := g.rarity[m.meaning]
	if m.to-m.from == 1 {
		return min(rare, w)
	}
	return min(rare, max(w, rare/float64(m.to-m.from)))
}

// mask has a bit for every letter that occurs.
func mask(key string) uint32 {
	var m uint32
	for _, r := range key {
		m |= 1 << (uint32(r) % 32)
	}
	return m
}
