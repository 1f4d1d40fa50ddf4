package printer

import (
	"math/rand/v2"
	"testing"
	"time"
)

// randomState is what a printer may say of itself, mostly one thing at a time.
func randomState(rng *rand.Rand) state {
	s := state{offline: rng.IntN(3) == 0, near: rng.IntN(8) == 0}
	for _, b := range []*bool{&s.cover, &s.stopped, &s.trouble, &s.mech, &s.cutter, &s.fatal, &s.hot, &s.out} {
		*b = rng.IntN(8) == 0
	}
	return s
}

// TestNoEventLeadsToADeadEnd throws 10,000 random sequences of events at the
// state machine. From wherever they lead, a printer that is switched on, opened
// and found well takes a job and finishes it.
func TestNoEventLeadsToADeadEnd(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	reached := map[phase]bool{}
	for range 10_000 {
		var m machine
		var path []event
		for range rng.IntN(60) {
			e := event{kind: eventKind(rng.IntN(int(eventKinds))), said: randomState(rng), rubbish: rng.IntN(2) == 0}
			if rng.IntN(3) == 0 { // else most of the time is spent without a line
				e = event{kind: heard}
			}
			before := m
			m = m.next(e)
			path = append(path, e)
			reached[m.at] = true
			checkStep(t, seed, before, e, m)
		}
		for _, heal := range [][]event{
			{{kind: ends}, {kind: heard}}, // the line is there: the job ends, the state is clean
			{{kind: gone}, {kind: seeks}, {kind: opened}, {kind: heard}},
		} {
			h := m
			if heal[0].kind == ends && (h.at == absent || h.at == opening) {
				continue
			}
			for _, e := range append(heal, event{kind: begins}) {
				h = h.next(e)
			}
			if h.at != printing {
				t.Fatalf("seed %d: a dead end in %v after %+v", seed, h, path)
			}
			if h = h.next(event{kind: allOut}); h.at != confirming {
				t.Fatalf("seed %d: all out, and %v", seed, h)
			}
			if h = h.next(event{kind: ends}); h.at != ready || h.cause() != "" || h.held() {
				t.Fatalf("seed %d: the job is over, and %v", seed, h)
			}
		}
	}
	for p := absent; p <= mute; p++ {
		if !reached[p] {
			t.Errorf("seed %d: no sequence reached %s", seed, p)
		}
	}
}

// checkStep checks what holds for every single step.
func checkStep(t *testing.T, seed uint64, before machine, e event, m machine) {
	t.Helper()
	fail := func(why string) { t.Fatalf("seed %d: %s: %+v + %+v = %+v", seed, why, before, e, m) }
	clean := m.said == (state{near: m.said.near, realtime: m.said.realtime})
	switch {
	case (m.at == ready || m.at == printing || m.at == confirming) && (!clean || m.deaf):
		fail("well, with trouble")
	case m.at == ready && before.at != ready && e.kind != heard && e.kind != ends:
		fail("ready without having been heard")
	case before.job != printing && m.job == printing && !before.mayBegin():
		fail("a job on a printer that was not ready")
	case m.job == confirming && before.job != printing && before.job != confirming:
		fail("a proof for a job that was not sent")
	case e.kind == gone && m != machine{}:
		fail("something survived the line")
	case m.held() && m.waits() == "":
		fail("held up for no reason")
	case m.at != headHot && m.held() != (m.cause() != "") && m.at != mute && m.at > identify:
		fail("people are told something else")
	}
}

func TestMachineStepByStep(t *testing.T) {
	var m machine
	for i, c := range []struct {
		e    event
		want phase
	}{
		{event{kind: begins}, absent},
		{event{kind: heard}, absent},
		{event{kind: seeks}, opening},
		{event{kind: opened}, identify},
		{event{kind: begins}, identify},
		{event{kind: unanswered}, mute},
		{event{kind: begins}, mute},
		{event{kind: heard}, ready},
		{event{kind: allOut}, ready},
		{event{kind: begins}, printing},
		{event{kind: begins}, printing},
		{event{kind: heard, said: state{offline: true, out: true}}, needsPaper},
		{event{kind: heard, said: state{offline: true, cover: true, out: true}}, coverOpen},
		{event{kind: allOut}, coverOpen},
		{event{kind: heard, said: state{near: true}}, confirming},
		{event{kind: heard, said: state{offline: true, cutter: true}}, cutterJam},
		{event{kind: heard, said: state{offline: true, hot: true}}, headHot},
		{event{kind: heard, said: state{offline: true, fatal: true}}, fatal},
		{event{kind: heard, said: state{offline: true}}, stopped},
		{event{kind: unanswered}, mute},
		{event{kind: ends}, mute},
		{event{kind: heard}, ready},
		{event{kind: heard, said: state{hot: true}}, headHot},
		{event{kind: begins}, headHot},
		{event{kind: heard}, printing},
		{event{kind: gone}, absent},
	} {
		if m = m.next(c.e); m.at != c.want {
			t.Fatalf("step %d: %+v leads to %s, want %s", i, c.e, m.at, c.want)
		}
	}
}
