package outbox_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
)

// script is a Carrier whose answers are set by the test; it counts what it is
// asked.
type script struct {
	mu        sync.Mutex
	announces []time.Time
	probes    []time.Time
	announce  func(p kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error)
	levels    func(keys []kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error)
	carry     func(p kiosk.Parcel, progress func(int64)) error
	receipt   func(p kiosk.Parcel) (*kiosk.Receipt, error)
}

func (s *script) Announce(_ context.Context, p kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.announces = append(s.announces, time.Now())
	if s.announce == nil {
		return kiosk.WantUpload, nil, nil
	}
	return s.announce(p)
}

func (s *script) Create(context.Context, kiosk.Parcel) (string, error) { return "/files/x", nil }

func (s *script) Carry(_ context.Context, _ string, p kiosk.Parcel, _ io.ReaderAt, progress func(int64)) error {
	s.mu.Lock()
	f := s.carry
	s.mu.Unlock()
	if f == nil {
		progress(p.Bytes)
		return nil
	}
	return f(p, progress)
}

func (s *script) Receipt(_ context.Context, p kiosk.Parcel) (*kiosk.Receipt, error) {
	if s.receipt == nil {
		return nil, nil
	}
	return s.receipt(p)
}

func (s *script) Levels(_ context.Context, keys []kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error) {
	s.mu.Lock()
	s.probes = append(s.probes, time.Now())
	f := s.levels
	s.mu.Unlock()
	if f == nil {
		return nil, nil
	}
	return f(keys)
}

// shelf has every parcel.
type shelf struct{}

type nothing struct{}

func (nothing) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }
func (nothing) Close() error                      { return nil }

func (shelf) OpenParcel(kiosk.Digest) (outbox.File, error) { return nothing{}, nil }
func (shelf) WipeParcel(kiosk.Digest) error                { return fs.ErrNotExist }

func waiting(id kiosk.DossierID, state kiosk.State) kiosk.OutboxItem {
	key := kiosk.ParcelKey{Dossier: id, Revision: 1}
	return kiosk.OutboxItem{ParcelKey: key, State: state, SealedAt: time.Now(),
		Parcel: kiosk.Parcel{Dossier: id, Revision: 1, SHA256: kiosk.Digest{1}, Bytes: 1000}}
}

// inBubble runs an outbox for some fake time.
func inBubble(t *testing.T, c *script, set func(*outbox.Runner), items []kiosk.OutboxItem, f func(r *outbox.Runner, l *ledger)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{wiping: map[kiosk.ParcelKey]bool{}}
		for _, it := range items {
			if !it.SealedAt.IsZero() {
				it.SealedAt = time.Now()
			}
			l.add(it)
		}
		r := &outbox.Runner{Ledger: l, Answers: l, Files: shelf{}, Carrier: c}
		if set != nil {
			set(r)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = r.Run(ctx) }()
		f(r, l)
		cancel()
		<-done
	})
}

func away(code kiosk.Code, wish time.Duration) *kiosk.Setback {
	return &kiosk.Setback{Remedy: kiosk.WaitForLink, Code: code, RetryAfter: wish}
}

func TestThirtyDaysWithoutANetworkCountNothing(t *testing.T) {
	c := &script{}
	c.announce = func(kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
		return "", nil, away("uplink.unreachable", 0)
	}
	c.levels = func([]kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error) {
		return nil, away("uplink.unreachable", 0)
	}
	var items []kiosk.OutboxItem
	for _, id := range []kiosk.DossierID{"a", "b", "c"} {
		items = append(items, waiting(id, kiosk.Sealed))
	}
	inBubble(t, c, nil, items, func(r *outbox.Runner, l *ledger) {
		time.Sleep(30 * 24 * time.Hour)
		synctest.Wait()
		c.mu.Lock()
		probes, announces := len(c.probes), len(c.announces)
		c.announce, c.levels = nil, nil // the network is back
		c.mu.Unlock()
		if s := r.Status(); s.Link != outbox.LinkDown || s.Cause != "uplink.unreachable" {
			t.Errorf("link %s, cause %s", s.Link, s.Cause)
		}
		for _, it := range items {
			if got := l.item(it.ParcelKey); got.Attempts != 0 {
				t.Errorf("%s was counted %d times", it.Dossier, got.Attempts)
			}
		}
		if announces > 2 || probes < 30*24*60 || probes > 30*24*60*4 {
			t.Errorf("%d announcements, %d probes in 30 days", announces, probes)
		}
		time.Sleep(2 * time.Minute) // at most one probe's pause
		synctest.Wait()
		for _, it := range items {
			if got := l.item(it.ParcelKey).State; got != kiosk.Sent {
				t.Errorf("%s is %s after the network came back", it.Dossier, got)
			}
		}
	})
}

func TestBackoffGrowsToItsCapAndIsJittered(t *testing.T) {
	c := &script{}
	c.announce = func(kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
		return "", nil, &kiosk.Setback{Remedy: kiosk.RetryLater, Code: "uplink.bad_answer"}
	}
	it := waiting("a", kiosk.Sealed)
	inBubble(t, c, nil, []kiosk.OutboxItem{it}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		pauses := pausesOf(c.announces)
		for i, p := range pauses {
			if limit := min(15*time.Minute, 2*time.Second<<min(i, 20)); p > limit+time.Millisecond {
				t.Errorf("pause %d was %v, over %v", i, p, limit)
			}
		}
		late := pauses[len(pauses)/2:]
		if slices.Max(late) < 10*time.Minute || slices.Min(late) > 5*time.Minute {
			t.Errorf("late pauses between %v and %v: no full jitter up to the cap", slices.Min(late), slices.Max(late))
		}
		got := l.item(it.ParcelKey)
		if got.Attempts != len(c.announces) || got.LastCode != "uplink.bad_answer" {
			t.Errorf("%d attempts recorded of %d, %s", got.Attempts, len(c.announces), got.LastCode)
		}
		s := r.Status().Items[0]
		if !s.Stuck || s.Cause != "uplink.bad_answer" || !s.Next.After(time.Now()) {
			t.Errorf("status %+v", s)
		}
	})
}

func pausesOf(times []time.Time) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(times); i++ {
		out = append(out, times[i].Sub(times[i-1]))
	}
	return out
}

func TestTheCentresWishIsHonouredUpToAnHour(t *testing.T) {
	for _, c := range []struct{ wish, least, most time.Duration }{
		{20 * time.Minute, 20 * time.Minute, 21 * time.Minute},
		{100 * time.Hour, time.Hour, time.Hour + time.Minute},
	} {
		s := &script{}
		s.announce = func(kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) { return "", nil, away("uplink.busy", c.wish) }
		inBubble(t, s, nil, []kiosk.OutboxItem{waiting("a", kiosk.Sealed)}, func(r *outbox.Runner, l *ledger) {
			time.Sleep(12 * time.Hour)
			synctest.Wait()
			for _, p := range pausesOf(s.announces) {
				if p < c.least || p > c.most {
					t.Errorf("asked again after %v, want %v to %v", p, c.least, c.most)
				}
			}
			if len(s.announces) < 3 {
				t.Errorf("%d announcements in 12 hours", len(s.announces))
			}
		})
	}
}

// The other lane's question was under way when the centre said "in an hour":
// its late answer must not open the link at once.
func TestAnOlderAnswerDoesNotOpenALinkThatWasJustClosed(t *testing.T) {
	s := &script{}
	s.announce = func(kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
		return "", nil, away("uplink.busy", time.Hour)
	}
	s.levels = func([]kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error) {
		time.Sleep(5 * time.Second) // fake time: the answer is on its way
		return nil, nil
	}
	inBubble(t, s, nil, []kiosk.OutboxItem{waiting("a", kiosk.Sealed)}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if st := r.Status(); st.Link != outbox.LinkDown {
			t.Errorf("the link is %s after an answer older than its closing", st.Link)
		}
		time.Sleep(30 * time.Minute)
		if n := len(s.announces); n != 1 {
			t.Errorf("announced %d times within the hour the centre asked for", n)
		}
	})
}

// A centre that answers probes and refuses work must not be called in a circle.
func TestHalfDeadCentreIsNotHammered(t *testing.T) {
	c := &script{announce: func(kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) { return "", nil, away("uplink.busy", 0) }}
	inBubble(t, c, nil, []kiosk.OutboxItem{waiting("a", kiosk.Sealed), waiting("b", kiosk.Sealed)}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(c.announces); n < 24*60/2 || n > 24*60*4 {
			t.Errorf("%d announcements in a day", n)
		}
	})
}

func TestOneRefusedParcelDoesNotPauseTheOthersForGood(t *testing.T) {
	c := &script{announce: func(p kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
		if p.Dossier == "a" {
			return "", nil, &kiosk.Setback{Remedy: kiosk.PauseAll, Code: "uplink.refused"}
		}
		return kiosk.WantUpload, nil, nil
	}}
	a, b := waiting("a", kiosk.Sealed), waiting("b", kiosk.Sealed)
	inBubble(t, c, nil, []kiosk.OutboxItem{a, b}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := l.item(b.ParcelKey).State; s != kiosk.Sent {
			t.Errorf("b is %s", s)
		}
		if it := l.item(a.ParcelKey); it.State != kiosk.Sealed || it.Attempts != 0 {
			t.Errorf("a is %s after %d attempts", it.State, it.Attempts)
		}
	})
}

func TestUploadThatAlwaysSpoilsSlowsDown(t *testing.T) {
	c := &script{}
	var tries []time.Time
	c.carry = func(p kiosk.Parcel, progress func(int64)) error {
		tries = append(tries, time.Now())
		progress(p.Bytes / 2)
		return &kiosk.Setback{Remedy: kiosk.StartOver, Code: "uplink.upload_gone"}
	}
	inBubble(t, c, nil, []kiosk.OutboxItem{waiting("a", kiosk.Sealed)}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if len(tries) > 24*60/7*3 {
			t.Errorf("%d uploads of the same parcel in a day", len(tries))
		}
		if !r.Status().Items[0].Stuck {
			t.Error("nobody is told")
		}
	})
}

func TestSilenceAboutASentParcelEndsInSendingAgain(t *testing.T) {
	c := &script{}
	it := waiting("a", kiosk.Sent)
	inBubble(t, c, nil, []kiosk.OutboxItem{it}, func(r *outbox.Runner, l *ledger) {
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if s := l.item(it.ParcelKey).State; s != kiosk.Sent {
			t.Errorf("after 9 minutes %s", s)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if !slices.Contains(l.taken(), "sent>announced") {
			t.Errorf("steps %v", l.taken())
		}
	})
}

func TestHoldPassesOnTheClock(t *testing.T) {
	it := waiting("a", kiosk.Accepted)
	set := func(r *outbox.Runner) { r.Hold = 72 * time.Hour }
	inBubble(t, &script{}, set, []kiosk.OutboxItem{it}, func(r *outbox.Runner, l *ledger) {
		_ = l.change(it.ParcelKey, "", func(i *kiosk.OutboxItem) { i.AcceptedAt = time.Now() })
		r.Poke()
		time.Sleep(72*time.Hour - time.Minute)
		synctest.Wait()
		if s := l.item(it.ParcelKey).State; s != kiosk.Accepted {
			t.Errorf("before the hold passed: %s", s)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s := l.item(it.ParcelKey).State; s != kiosk.Wiped {
			t.Errorf("after the hold: %s", s)
		}
	})
}

func TestBootIsSpread(t *testing.T) {
	c := &script{}
	var items []kiosk.OutboxItem
	for i := range 60 {
		items = append(items, waiting(kiosk.DossierID(rune('a'+i)), kiosk.Sealed))
	}
	inBubble(t, c, func(r *outbox.Runner) { r.BootSpread = time.Minute }, items, func(r *outbox.Runner, l *ledger) {
		start := time.Now()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if n := len(c.announces); n != len(items) {
			t.Fatalf("%d of %d announced in the first minute", n, len(items))
		}
		if last := c.announces[len(items)-1].Sub(start); last < 30*time.Second {
			t.Errorf("all announced within %v", last)
		}
	})
}

func TestLedgerOutageIsSurvived(t *testing.T) {
	c := &script{}
	it := waiting("a", kiosk.Sealed)
	inBubble(t, c, nil, []kiosk.OutboxItem{it}, func(r *outbox.Runner, l *ledger) {
		l.mu.Lock()
		l.fail = errors.New("disk says no")
		l.mu.Unlock()
		time.Sleep(time.Hour)
		l.mu.Lock()
		l.fail = nil
		l.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := l.item(it.ParcelKey).State; s != kiosk.Sent {
			t.Errorf("state %s", s)
		}
	})
}

func TestCodesAreListedOnce(t *testing.T) {
	codes := outbox.Codes()
	slices.Sort(codes)
	if len(slices.Compact(codes)) != len(outbox.Codes()) {
		t.Errorf("twice: %v", codes)
	}
}
