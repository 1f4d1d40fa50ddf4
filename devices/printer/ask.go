package printer

import (
	"context"
	"time"
)

const (
	askTimeout   = 500 * time.Millisecond // for one DLE EOT
	askTries     = 3
	recheckEvery = 5 * time.Second // how often a held-up printer that says nothing is asked again
)

// ask sends DLE EOT n and reports whether an answer came. It must be called
// between two commands only. The answer does not say what was asked: another
// number is asked for only when no answer to an earlier one can come any more.
func (s *session) ask(ctx context.Context, n byte, tries int) (bool, error) {
	if len(s.asked) > 0 && s.asked[0] != n {
		if ok, err := s.ask(ctx, s.asked[0], tries); !ok || err != nil {
			return false, err
		}
	}
	answered, sent := false, 0
	for try := 0; try < tries && !answered; try++ {
		before := len(s.asked)
		out, err := s.order(0x10, 0x04, n)
		if err != nil {
			return false, err
		}
		if out {
			s.asked, s.askedAt = append(s.asked, n), time.Now()
			sent++
			before++
		}
		answered, err = s.await(ctx, askTimeout, func() bool { return sent > 0 && len(s.asked) < before })
		if err != nil {
			return false, err
		}
	}
	return answered, s.forget(ctx, answered)
}

// forget gives answers to repeated questions a moment to come in, once the
// printer answers at all, and expects none of them afterwards.
func (s *session) forget(ctx context.Context, answered bool) error {
	if !answered || len(s.asked) == 0 {
		return nil
	}
	for more := true; more && len(s.asked) > 0; {
		var err error
		before := len(s.asked)
		if more, err = s.await(ctx, lateness, func() bool { return len(s.asked) < before }); err != nil {
			return err
		}
	}
	s.asked = s.asked[:0]
	return nil
}

// poll asks for the whole state. A printer without DLE EOT counts as answering.
// One that is held up and says nothing is not called mute for that, in a job or
// when it told of its trouble unasked: its line may be full, and the question
// waits.
func (s *session) poll(ctx context.Context, tries int) (bool, error) {
	if !s.profile.Realtime { // it never tells: what looked like a word of it was noise
		s.now = state{}
		s.see(event{kind: heard})
		return true, nil
	}
	strays := s.strays
	for n := byte(1); n <= 4; n++ {
		answered, err := s.ask(ctx, n, tries)
		if err != nil {
			return false, err
		}
		if !answered {
			if !s.m.held() || s.m.job == ready && !s.autoNow {
				s.see(event{kind: unanswered, rubbish: s.strays > strays})
			}
			return false, nil
		}
	}
	s.see(event{kind: heard, said: s.now})
	return true, nil
}

// recheck asks a printer that is held up in a job how it is by now, unless a
// question waits already: in a full line answers come late.
func (s *session) recheck(ctx context.Context) (answered bool, err error) {
	if err := s.catchUp(); err != nil {
		return false, err
	}
	if s.m.held() && len(s.asked) > 0 && time.Since(s.askedAt) < recheckEvery {
		return false, nil
	}
	return s.poll(ctx, 1)
}

// question puts a DLE EOT between two commands of a job and does not wait: the
// answer is looked at while the next command is going out.
func (s *session) question() error {
	if !s.profile.Realtime || len(s.asked) > 0 {
		return nil
	}
	out, err := s.order(0x10, 0x04, 2)
	if out {
		s.asked, s.askedAt = append(s.asked, 2), time.Now()
		if s.lineFree.After(s.askedAt) {
			s.askedAt = s.lineFree
		}
	}
	return err
}

// overdue reports whether a question of a job should have been answered, given
// that so many rows may have to be printed before the line moves on.
func (s *session) overdue(rows int) bool {
	return len(s.asked) > 0 && time.Since(s.askedAt) > askTimeout+s.printTime(rows)
}
