package printer

import (
	"context"
	"slices"
	"strings"
	"time"
)

// probeTimeout is how long each question of Probe waits for its answer.
const probeTimeout = time.Second

// Probe is what a printer told of itself when it was asked everything.
type Probe struct {
	Firmware string // GS I 65; empty if it did not say, as the next three
	Maker    string // GS I 66
	Model    string // GS I 67
	Serial   string // GS I 68

	Realtime   bool // it answers DLE EOT
	AutoStatus bool // it knows GS a
	Queued     bool // it answers GS r
	ProcessID  bool // it knows GS ( H

	Fits []string // the names of the profiles that promise no more, best first
}

// Probe asks the printer what it can do. It is for the technician who sets it
// up, not for service: a printer that does not know one of the questions may
// print its letters. It takes some seconds and prints nothing otherwise.
func (p *Printer) Probe(ctx context.Context) (found Probe, err error) {
	asked := p.request(ctx, func(ctx context.Context, s *session, fault error) {
		if s == nil {
			err = fault
			return
		}
		found, err = p.probe(ctx, s)
	})
	if asked != nil {
		return Probe{}, asked
	}
	return found, err
}

func (p *Printer) probe(ctx context.Context, s *session) (found Probe, err error) {
	if found.Realtime, err = s.ask(ctx, 1, askTries); err != nil {
		return found, err
	}
	s.asked = s.asked[:0]
	if _, err := s.order(startJob...); err != nil {
		return found, err
	}
	for _, t := range []struct {
		n    byte
		text *string
	}{{65, &found.Firmware}, {66, &found.Maker}, {67, &found.Model}, {68, &found.Serial}} {
		s.texts = nil
		if _, err = s.tryAsk(ctx, func() bool { return len(s.texts) > 0 }, 0x1d, 'I', t.n); err != nil {
			return found, err
		}
		if len(s.texts) > 0 {
			*t.text = strings.TrimSpace(s.texts[0])
		}
	}
	s.owed, s.answers = 1, 0
	if found.Queued, err = s.tryAsk(ctx, func() bool { return s.answers > 0 }, queuedRequest...); err != nil {
		return found, err
	}
	s.owed = 0
	s.auto = false
	if found.AutoStatus, err = s.tryAsk(ctx, func() bool { return s.auto }, autoStatusOn...); err != nil {
		return found, err
	}
	id, _ := p.ids()
	s.ids = nil
	if found.ProcessID, err = s.tryAsk(ctx, func() bool { return slices.Contains(s.ids, id) }, processID(id)...); err != nil {
		return found, err
	}
	if _, err = s.order(startJob...); err == nil && p.Profile.AutoStatus {
		_, err = s.order(autoStatusOn...)
	}
	found.Fits = found.fits()
	return found, err
}

// tryAsk asks something that a printer may not know.
func (s *session) tryAsk(ctx context.Context, answered func() bool, ask ...byte) (bool, error) {
	if sent, err := s.order(ask...); !sent || err != nil {
		return false, err
	}
	return s.await(ctx, probeTimeout, answered)
}

// fits lists the profiles that promise no more than was found: those of the
// model first, then the strongest proof, then as in Profiles.
func (f Probe) fits() (names []string) {
	all := slices.DeleteFunc(Profiles(), func(pr Profile) bool {
		return pr.Realtime && !f.Realtime || pr.AutoStatus && !f.AutoStatus || pr.Queued && !f.Queued || pr.ProcessID && !f.ProcessID
	})
	score := func(pr Profile) int {
		n := 0
		for i, has := range []bool{pr.Realtime, pr.AutoStatus, pr.Queued, pr.ProcessID} {
			if has {
				n += 1 << i
			}
		}
		if f.Model != "" && slices.ContainsFunc(pr.Models, func(m string) bool { return sameModel(m, f.Model) }) {
			n += 1 << 8
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b Profile) int { return score(b) - score(a) })
	for _, pr := range all {
		names = append(names, pr.Name)
	}
	return names
}

// sameModel reports whether the name we know ends with the one the printer
// gives: it leaves the maker out.
func sameModel(ours, theirs string) bool {
	ours, theirs = strings.ToLower(ours), strings.ToLower(theirs)
	return ours == theirs || strings.HasSuffix(ours, " "+theirs)
}
