package guide

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// token is a word of the query with the known words it may be.
type token struct {
	word
	may    []guess
	weight float64
}

// guess is a known word a token may be, and how sure that is.
type guess struct {
	id  int
	fit float64
}

const (
	asTypedFit  = 0.95
	soundFit    = 0.8
	unlikelyFit = 0.6 // sounds alike, but what was typed is a word as well
	longestWord = 7   // letters of a Vietnamese syllable
)

// read turns the words of a query into tokens, each with what it may be.
func (g *Guide) read(ws []word) []token {
	ws = g.parted(g.joined(ws))
	marked := 0
	for _, w := range ws {
		if !w.bare() {
			marked++
		}
	}
	wholly := marked*5 >= len(ws)*2
	tokens := make([]token, 0, len(ws))
	for i, w := range ws {
		t := token{word: w}
		t.may = g.guesses(w, wholly, i == len(ws)-1)
		t.weight = g.tokenWeight(t)
		tokens = append(tokens, t)
	}
	g.company(tokens)
	g.skipTurns(tokens)
	return tokens
}

// tokenWeight takes the weight of what the token most likely is.
func (g *Guide) tokenWeight(t token) float64 {
	if len(t.may) == 0 {
		if t.key[0] >= '0' && t.key[0] <= '9' { // 200m2
			return numberWeight
		}
		if len(t.key) == 1 {
			return emptyWeight
		}
		return unknownWeight
	}
	best := slices.MaxFunc(t.may, func(a, b guess) int { return cmp.Compare(a.fit, b.fit) })
	k := g.keyOf[best.id]
	w := t.word
	if g.keys[k].text != w.key {
		w = g.known[best.id]
		if t.bare() {
			w = word{key: w.key, shape: w.key}
		}
	}
	return g.weight(k, w)
}

// company gives weight back to words that say nothing alone but stand beside
// this neighbour in the catalogue: «xã» in «trợ cấp xã hội».
func (g *Guide) company(tokens []token) {
	for i := range tokens[:max(0, len(tokens)-1)] {
		a, ok := g.at[tokens[i].key]
		b, ok2 := g.at[tokens[i+1].key]
		if ok && ok2 && g.beside[[2]int{a, b}] {
			tokens[i].weight = max(tokens[i].weight, pairedShare*g.keys[a].weight)
			tokens[i+1].weight = max(tokens[i+1].weight, pairedShare*g.keys[b].weight)
		}
	}
}

// skipTurns takes the weight from turns of speech.
func (g *Guide) skipTurns(tokens []token) {
	for i := range tokens {
		longest := 0
		k, ok := g.at[tokens[i].key]
		if !ok {
			continue
		}
		for _, turn := range g.asks[k] {
			if len(turn) > longest && len(turn) <= len(tokens)-i && g.isTurn(tokens[i:], turn) {
				longest = len(turn)
			}
		}
		for j := i; j < i+longest; j++ {
			tokens[j].weight = emptyWeight
		}
	}
}

func (g *Guide) isTurn(tokens []token, turn []int) bool {
	for j, id := range turn {
		w := g.known[id]
		if t := tokens[j]; t.key != w.key || !t.bare() && likeness(t.word, w, true) < 0.7 {
			return false
		}
	}
	return true
}

// joined puts together what was typed apart: "kh ai" is khai, if that is a word
// and one of the parts is none. Two parts that are none, such as "kyt amtru",
// stay together where parted can make words of them.
func (g *Guide) joined(ws []word) []word {
	out := make([]word, 0, len(ws))
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if i+1 < len(ws) && (!g.knows(w.key) || !g.knows(ws[i+1].key)) {
			next := ws[i+1]
			whole := word{w.key + next.key, w.shape + next.shape, max(w.tone, next.tone)}
			none := !g.knows(w.key) && !g.knows(next.key)
			if g.isWord(whole.key) || none && len(whole.key) <= 3*longestWord && g.cuts(whole.key) != nil {
				w, i = whole, i+1
			}
		}
		out = append(out, w)
	}
	return out
}

// knows reports whether a key says something as it stands; single letters are
// taken for parts of a word.
func (g *Guide) knows(key string) bool {
	_, ok := g.at[key]
	return ok && len(key) > 1
}

// isWord reports whether a key is a word of the catalogue.
func (g *Guide) isWord(key string) bool {
	k, ok := g.at[key]
	return ok && g.keys[k].inCatalog && len(key) <= longestWord && !isNumber(key)
}

// parted takes apart what was typed in one: "khaisinh" is khai sinh, and so is
// "khaisinhf".
func (g *Guide) parted(ws []word) []word {
	out := make([]word, 0, len(ws))
	for _, w := range ws {
		if _, ok := g.at[w.key]; ok || len(w.key) < 4 || isNumber(w.key) {
			out = append(out, w)
			continue
		}
		cuts := g.cuts(w.key)
		if typed := asTyped(w.key); cuts == nil && typed != w.key {
			if _, ok := g.at[typed]; !ok {
				cuts = g.cuts(typed)
				if cuts != nil {
					w = word{key: typed, shape: typed}
				}
			}
		}
		if cuts == nil {
			out = append(out, w)
			continue
		}
		for _, c := range cuts {
			out = append(out, part(w, c[0], c[1]))
		}
	}
	return out
}

// part cuts a word out of a longer one. Which of the parts had the tone is not
// known, so the hats alone are kept.
func part(w word, from, to int) word {
	shape := []rune(w.shape)
	if len(shape) != len(w.key) {
		return newWord([]rune(w.key[from:to]), []rune(w.key[from:to]), level)
	}
	return newWord([]rune(w.key[from:to]), slices.Clone(shape[from:to]), level)
}

// cuts finds the fewest known words a key is made of; words that are known to
// stand side by side count less. Nothing short of a pair known, or a long key,
// is convincing: anything can be made of syllables.
func (g *Guide) cuts(key string) [][2]int {
	type step struct {
		cost     int // 0: not reached
		pairs    int
		previous int // letters of the word before
	}
	n := len(key)
	// best[to][length] is the best way to reach to with a last word that long.
	best := make([][longestWord + 1]step, n+1)
	for to := 2; to <= n; to++ {
		for length := 2; length <= min(longestWord, to); length++ {
			from := to - length
			k, ok := g.piece(key[from:to])
			if !ok {
				continue
			}
			if from == 0 {
				best[to][length] = step{cost: 3}
				continue
			}
			for before := 2; before <= longestWord; before++ {
				b := best[from][before]
				if b.cost == 0 {
					continue
				}
				s := step{cost: b.cost + 3, pairs: b.pairs, previous: before}
				if g.beside[[2]int{g.at[key[from-before:from]], k}] {
					s.cost, s.pairs = b.cost+1, b.pairs+1
				}
				if old := best[to][length].cost; old == 0 || s.cost < old {
					best[to][length] = s
				}
			}
		}
	}
	last := 0
	for length := range best[n] {
		if c := best[n][length].cost; c > 0 && (last == 0 || c < best[n][last].cost) {
			last = length
		}
	}
	if last == 0 || last == n || best[n][last].pairs == 0 && n < 7 {
		return nil
	}
	var out [][2]int
	for to := n; to > 0; {
		s := best[to][last]
		out = append(out, [2]int{to - last, to})
		to, last = to-last, s.previous
	}
	slices.Reverse(out)
	return out
}

// piece finds a key cut out of a longer one.
func (g *Guide) piece(text string) (int, bool) {
	if k, ok := g.at[text]; ok || text[len(text)-1] != 'y' {
		return k, ok
	}
	k, ok := g.at[newWord([]rune(text), []rune(text), level).key]
	return k, ok
}

// guesses lists the known words a word may be.
func (g *Guide) guesses(w word, wholly, last bool) []guess {
	var all []guess
	add := func(k int, fit float64) {
		for _, id := range g.keys[k].forms {
			f := fit
			if g.keys[k].text == w.key {
				f *= likeness(w, g.known[id], wholly)
			} else if !w.bare() && w.tone != g.known[id].tone {
				f *= 0.9
			}
			if i := slices.IndexFunc(all, func(x guess) bool { return x.id == id }); i >= 0 {
				all[i].fit = max(all[i].fit, f)
			} else {
				all = append(all, guess{id, f})
			}
		}
	}
	if k, ok := g.at[w.key]; ok {
		add(k, 1)
		if g.keys[k].inCatalog || isNumber(w.key) || len(w.key) < 3 {
			return all
		}
	}
	exact := len(all) > 0
	if typed := asTyped(w.key); typed != w.key && !exact {
		if k, ok := g.at[typed]; ok {
			add(k, asTypedFit)
			return all
		}
	}
	for _, k := range g.heard[sound(w.key)] {
		fit := soundFit
		if exact {
			fit = unlikelyFit
		}
		add(k, fit)
	}
	if !exact && !isNumber(w.key) {
		g.near(w.key, last, add)
	}
	return all
}

// near finds keys a few slips away, and keys the last word is the beginning of.
func (g *Guide) near(key string, last bool, add func(k int, fit float64)) {
	if len(key) < 3 || len(key) > longestWord+4 {
		return
	}
	m := mask(key)
	for k := range g.keys {
		other := &g.keys[k]
		n := max(len(key), len(other.text))
		slips := allowed(n)
		if last && len(other.text) > len(key) && strings.HasPrefix(other.text, key) {
			add(k, 0.5+0.4*float64(len(key))/float64(n))
		}
		if len(other.text) < 2 || n-min(len(key), len(other.text)) > slips || bits.OnesCount32(m^other.mask) > 2*slips {
			continue
		}
		if d := slipsBetween(key, other.text, slips); d <= slips {
			add(k, nearFit(key, other.text, d))
		}
	}
}

// allowed is how many slips a word of n letters may hold.
func allowed(n int) int {
	if n >= 6 {
		return 2
	}
	return 1
}

// nearFit rates a slip: in a short word it may as well be another word, and
// people seldom get the first letter wrong.
func nearFit(a, b string, slips int) float64 {
	n := max(len(a), len(b))
	fit := 1 - 1.5*float64(slips)/float64(n+1)
	if a[0] != b[0] {
		fit -= 0.15
	}
	if mask(a) == mask(b) { // swapped or doubled
		fit += 0.1
	}
	if n <= 3 {
		fit -= 0.15
	}
	return max(0.2, min(fit, 0.9))
}

// slipsBetween counts letters wrong, missing, too many or swapped with the
// next, up to limit; what is more is limit+1.
func slipsBetween(a, b string, limit int) int {
	const most = 2*longestWord + 8
	if len(a) >= most || len(b) >= most {
		return limit + 1
	}
	var rows [3][most]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
