package guide

import (
	"cmp"
	"math"
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

// Answer is what a query finds. Where Confident is false, no result is what
// was meant for sure, if any is: offer a person. Elsewhere is then the
// situation that was meant for sure, if it is one that no point helps with.
type Answer struct {
	Confident bool
	Results   []Result // best first, at most MaxResults
	Elsewhere string   // id of a situation of the field catalog.Elsewhere, or empty
}

// Result is one procedure found. Score lies between 0 and 1. Situation is the
// situation described, if one leads there: its questions tell whether this is
// the procedure.
type Result struct {
	ID        kiosk.ProcedureID
	Name      string
	Score     float64
	Situation string
}

// MaxResults is how many procedures an Answer has at most.
const MaxResults = 10

const (
	sureScore  = 0.5  // of the first result
	sureCover  = 0.5  // of what the query says, by the first result
	sureWeight = 0.42 // of that: «đăng ký» alone is sure of nothing
	firmShare  = 0.85 // of a phrase that the query has nearly whole
	firmWeight = 0.7  // of such a phrase, for the words around it not to matter
	firmCover  = 0.2
	awayScore  = 0.85 // of what no point helps with: to be sent away wrongly is worse than to be asked again
	toldShare  = 0.9  // of a procedure's own score, for a situation to be told with it
	leastScore = 0.12 // of any result
	leastShare = 0.35 // of the first result's score, by any other
	aloneShare = 0.5  // what a word tells whose neighbours are others
	meaningFit = 0.96 // of another way to say it, against the very words
)

// Search finds procedures by what people type: at most 200 letters are read.
func (g *Guide) Search(query string) Answer {
	tokens := g.read(asked(query))
	if len(tokens) == 0 {
		return Answer{}
	}
	s := newSearch(g, tokens)
	return s.answer(s.rate())
}

// search is one query at work.
type search struct {
	g      *Guide
	tokens []token
	total  float64 // weight of all tokens

	head []int32 // by known word: 1 + its first hit
	hits []hit
	said []span // meanings among the tokens

	cover  []float64 // by token: how well the target has it
	here   []float64 // the same, of one phrase
	filled []float64 // by word of a phrase: how well the query has it
}

// hit is a token that may be a known word.
type hit struct {
	token int
	fit   float64
	next  int32
}

func newSearch(g *Guide, tokens []token) *search {
	s := &search{g: g, tokens: tokens, head: make([]int32, len(g.known))}
	for i, t := range tokens {
		for _, m := range t.may {
			s.hits = append(s.hits, hit{i, m.fit, s.head[m.id]})
			s.head[m.id] = int32(len(s.hits))
		}
	}
	s.findMeanings()
	for _, t := range tokens {
		s.total += t.weight
	}
	s.cover, s.here = make([]float64, len(tokens)), make([]float64, len(tokens))
	return s
}

// fit is how well token i fits a known word.
func (s *search) fit(i, id int) float64 {
	if i < 0 || i >= len(s.tokens) {
		return 0
	}
	for h := s.head[id]; h > 0; h = s.hits[h-1].next {
		if s.hits[h-1].token == i {
			return s.hits[h-1].fit
		}
	}
	return 0
}

// findMeanings finds what runs of tokens mean. The words of a meaning weigh
// what it does.
func (s *search) findMeanings() {
	seen := map[int]bool{}
	for i, t := range s.tokens {
		clear(seen)
		for _, may := range t.may {
			k := s.g.keyOf[may.id]
			if seen[k] {
				continue
			}
			seen[k] = true
			for _, m := range s.g.means[k] {
				fit := 1.0
				for j, id := range m.words {
					fit *= s.fit(i+j, id)
				}
				if fit >= 0.5 {
					s.said = append(s.said, span{m.meaning, i, i + len(m.words), meaningFit * fit})
				}
			}
		}
	}
	for _, m := range s.said {
		for i := m.from; i < m.to; i++ {
			s.tokens[i].weight = s.g.within(m, s.tokens[i].weight)
		}
	}
}

// rating is how well a target fits.
type rating struct {
	score float64
	cover float64 // how much of the query it has
	told  float64 // weight of what it has of the query
	firm  float64 // weight of what the query has of a phrase that it has nearly whole
}

func (r rating) sure() bool {
	return r.told >= sureWeight && (r.score >= sureScore && r.cover >= sureCover || r.firm >= firmWeight && r.cover >= firmCover)
}

// rate rates every target: by how much of the query it has at all, and by its
// phrase that fits best both ways.
func (s *search) rate() []rating {
	ratings := make([]rating, len(s.g.targets))
	for at := 0; at < len(s.g.phrases); {
		target := s.g.phrases[at].target
		clear(s.cover)
		best, firm := 0.0, 0.0
		for ; at < len(s.g.phrases) && s.g.phrases[at].target == target; at++ {
			p := &s.g.phrases[at]
			fits, has := s.phrase(p)
			best = max(best, fits)
			if has >= firmShare*p.total {
				firm = max(firm, has)
			}
		}
		covered := s.share(s.cover)
		ratings[target] = rating{0.45*covered + 0.55*best, covered, covered * s.total, firm}
	}
	return ratings
}

func (s *search) share(cover []float64) float64 {
	sum := 0.0
	for i, c := range cover {
		sum += c * s.tokens[i].weight
	}
	return sum / max(s.total, 0.01)
}

// phrase rates one phrase, gives the weight of what the query has of it, and adds
// to cover what it has of the query.
func (s *search) phrase(p *phrase) (fits, has float64) {
	clear(s.here)
	s.filled = slices.Grow(s.filled[:0], len(p.words))[:len(p.words)]
	clear(s.filled)
	any := false
	for at, id := range p.words {
		for h := s.head[id]; h > 0; h = s.hits[h-1].next {
			i, fit := s.hits[h-1].token, s.hits[h-1].fit
			if !s.inCompany(p, at, i) {
				fit *= aloneShare
			}
			s.here[i], s.filled[at] = max(s.here[i], fit), max(s.filled[at], fit)
			any = true
		}
	}
	for _, own := range p.spans {
		for _, said := range s.said {
			if own.meaning != said.meaning {
				continue
			}
			any = true
			for i := said.from; i < said.to; i++ {
				s.here[i] = max(s.here[i], said.fit)
			}
			for at := own.from; at < own.to; at++ {
				s.filled[at] = max(s.filled[at], said.fit)
			}
		}
	}
	if !any {
		return 0, 0
	}
	for at, f := range s.filled {
		has += f * p.weight[at]
	}
	for i, c := range s.here {
		s.cover[i] = max(s.cover[i], c)
	}
	return math.Sqrt(s.share(s.here) * has / max(p.total, 0.01)), has
}

// inCompany reports whether a word of a phrase stands there with the neighbour
// it has in the query: Vietnamese words are of several syllables, and a syllable
// alone is seldom the same word. A syllable that is a phrase by itself needs
// none.
func (s *search) inCompany(p *phrase, at, i int) bool {
	alone := true
	for other, id := range p.words {
		if other == at || p.weight[other] <= emptyWeight {
			continue
		}
		alone = false
		switch other - at {
		case -1:
			if s.fit(i-1, id) > 0 || s.fit(s.beyond(i, -1), id) > 0 {
				return true
			}
		case 1:
			if s.fit(i+1, id) > 0 || s.fit(s.beyond(i, 1), id) > 0 {
				return true
			}
		}
	}
	return alone
}

// beyond is the next token in a direction that says something.
func (s *search) beyond(i, step int) int {
	for i += step; i >= 0 && i < len(s.tokens); i += step {
		if s.tokens[i].weight > emptyWeight {
			return i
		}
	}
	return -1
}

// answer puts the ratings in order. A situation stands for the procedures it
// leads to; one that leads to none is what we do not do.
func (s *search) answer(ratings []rating) Answer {
	type found struct {
		Result
		sure bool
		told float64 // score of the situation
	}
	var all []found
	at := map[kiosk.ProcedureID]int{}
	for i, t := range s.g.targets {
		if t.situation < 0 {
			at[t.procedure] = len(all)
			all = append(all, found{Result{ID: t.procedure, Name: t.name, Score: ratings[i].score}, ratings[i].sure(), 0})
		}
	}
	elsewhere, away := 0.0, "" // away: what is meant, if that is it
	for i, t := range s.g.targets {
		if t.situation < 0 {
			continue
		}
		if len(t.leads) == 0 && ratings[i].score > elsewhere {
			elsewhere, away = ratings[i].score, ""
			if x := s.g.cat.Situations[t.situation]; x.Field == catalog.Elsewhere && ratings[i].sure() && elsewhere >= awayScore {
				away = x.ID
			}
		}
		for _, l := range t.leads {
			j, ok := at[l.procedure]
			score := ratings[i].score * l.share
			if !ok || score < toldShare*all[j].Score || score <= all[j].told {
				continue
			}
			all[j].told, all[j].Situation = score, s.g.cat.Situations[t.situation].ID
			all[j].Score = max(all[j].Score, score)
			all[j].sure = all[j].sure || ratings[i].sure()
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.Score, a.Score) })
	var answer Answer
	for i, f := range all[:min(len(all), MaxResults)] {
		if f.Score < max(leastScore, leastShare*all[0].Score) {
			break
		}
		answer.Results = append(answer.Results, f.Result)
		answer.Confident = answer.Confident || i == 0 && f.sure && elsewhere < f.Score
	}
	if away != "" && (len(all) == 0 || all[0].Score < elsewhere) {
		answer.Elsewhere = away
	}
	if r := answer.Results; len(r) > 1 && r[0].Score == r[1].Score {
		answer.Confident = false // the words say as much of either
	}
	return answer
}
