package window

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
)

// tape is a browser that writes down what it is told.
type tape struct{ said []string }

func (b *tape) load(address string) { b.said = append(b.said, "load "+address) }
func (b *tape) notice(page string)  { b.said = append(b.said, "notice") }
func (b *tape) kill()               { b.said = append(b.said, "kill") }
func (b *tape) clear()              { b.said = append(b.said, "clear") }
func (b *tape) quit()               { b.said = append(b.said, "quit") }

// rig is a keeper with a clock that the test moves.
type rig struct {
	t *testing.T
	*keeper
	tape  *tape
	clock time.Time
}

const home = "http://127.0.0.1:7000/enter?t=x"

func newRig(t *testing.T, opts Options) *rig {
	t.Helper()
	opts.URL = home
	opts, err := opts.complete()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, tape: &tape{}, clock: time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)}
	r.keeper = &keeper{opts: opts, now: func() time.Time { return r.clock }, browser: r.tape}
	r.start()
	r.want("load " + home)
	return r
}

// pass moves the clock on in the steps of the real tick.
func (r *rig) pass(d time.Duration) {
	for end := r.clock.Add(d); r.clock.Before(end); {
		r.clock = r.clock.Add(200 * time.Millisecond)
		r.tick()
	}
}

// wait moves the clock on until the browser is told something.
func (r *rig) wait() time.Duration {
	since := r.clock
	for len(r.tape.said) == 0 && r.clock.Sub(since) < time.Hour {
		r.pass(200 * time.Millisecond)
	}
	return r.clock.Sub(since)
}

// want compares what was said since the last call.
func (r *rig) want(said ...string) {
	r.t.Helper()
	if !slices.Equal(r.tape.said, said) {
		r.t.Fatalf("browser was told %q, want %q", r.tape.said, said)
	}
	r.tape.said = nil
}

func TestDecide(t *testing.T) {
	tests := []struct {
		address string
		want    bool
	}{
		{"http://127.0.0.1:7000/", true},
		{"http://127.0.0.1:7000/find?q=khai+sinh#top", true},
		{"about:blank", true},
		{"https://127.0.0.1:7000/", false},
		{"http://127.0.0.1:7001/", false},
		{"http://127.0.0.1/", false},
		{"http://localhost:7000/", false},
		{"http://127.0.0.1:7000@example.com/", false},
		{"http://127.0.0.1:7000.example.com/", false},
		{"http://example.com/end", false},
		{"file:///etc/passwd", false},
		{"about:config", false},
		{"data:text/html,x", false},
		{"javascript:alert(1)", false},
		{"tel:1022", false},
		{"", false},
		{"http://[::1", false},
	}
	r := newRig(t, Options{})
	for _, tt := range tests {
		if got := r.decide(tt.address); got != tt.want {
			t.Errorf("decide(%q) = %v, want %v", tt.address, got, tt.want)
		}
	}
	r.want()
}

func TestHungPageIsReplaced(t *testing.T) {
	beats := 0
	r := newRig(t, Options{OnBeat: func() { beats++ }})
	r.finished(home)
	r.pass(time.Minute)
	r.want() // these pages were never seen to beat
	for range 10 {
		r.pass(5 * time.Second)
		r.requested("http://127.0.0.1:7000/ui/alive")
		r.requested("http://127.0.0.1:7000/photo.jpg")
		r.requested("http://127.0.0.1:70001/ui/alive")
	}
	r.want()
	if beats != 10 {
		t.Fatalf("OnBeat came %d times, want 10", beats)
	}
	r.pass(19 * time.Second)
	r.want()
	r.pass(2 * time.Second)
	r.want("kill", "load "+home)
	r.wait() // and the fresh page says nothing either
	r.want("kill", "notice")
	r.wait()
	r.want("load " + home)
	r.requested("http://127.0.0.1:7000/ui/alive")
	r.pass(21 * time.Second)
	r.want("kill", "load "+home)
}

func TestServiceThatNeverAnswersIsTakenForHung(t *testing.T) {
	r := newRig(t, Options{})
	r.pass(19 * time.Second)
	r.want()
	r.wait()
	r.want("kill", "load "+home)
	r.wait()
	r.want("kill", "notice")
}

func TestUnreachableServiceIsRetriedLessOften(t *testing.T) {
	r := newRig(t, Options{})
	var waits []time.Duration
	for range 6 {
		r.failed()
		r.want("notice")
		waits = append(waits, r.wait())
		r.want("load " + home)
	}
	want := []time.Duration{600, 1000, 2000, 4000, 5000, 5000}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if !slices.Equal(waits, want) {
		t.Fatalf("waited %v, want %v", waits, want)
	}
	r.finished(home)
	r.failed()
	r.pass(time.Second)
	r.want("notice", "load "+home)
}

func TestRereadFollowsARestartedService(t *testing.T) {
	address, trouble := "http://127.0.0.1:7000/enter?t=1", error(nil)
	opts := Options{Reread: func() (string, error) { return address, trouble }, URL: home}
	opts, err := opts.complete()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, tape: &tape{}}
	r.keeper = &keeper{opts: opts, now: func() time.Time { return r.clock }, browser: r.tape}
	r.start()
	r.want("load " + address)

	trouble = errors.New("no file")
	r.start()
	r.want("notice")
	trouble, address = nil, "http://127.0.0.1:7001/enter?t=2"
	r.pass(time.Second)
	r.want("load " + address)
	if !r.decide("http://127.0.0.1:7001/") || r.decide("http://127.0.0.1:7000/") {
		t.Fatal("the allowed origin did not follow the service")
	}
	address = "nonsense"
	r.start()
	r.want("notice")
}

func TestCrashes(t *testing.T) {
	r := newRig(t, Options{})
	r.crashed()
	r.want()
	r.pass(400 * time.Millisecond)
	r.want("load " + home)
	r.pass(10 * time.Second)
	r.crashed()
	r.pass(400 * time.Millisecond)
	r.want("load " + home)
	r.requested("http://127.0.0.1:7000/ui/alive")

	r.pass(15 * time.Second)
	r.crashed() // the third within a minute
	r.want("notice")
	r.pass(4 * time.Second)
	r.want()
	r.pass(1200 * time.Millisecond)
	if !slices.Contains(r.tape.said, "quit") || kiosk.CodeOf(r.failure) != CodeCrashes {
		t.Fatalf("after three crashes: told %q, failure %v", r.tape.said, r.failure)
	}
}

func TestSeldomCrashesAreForgiven(t *testing.T) {
	r := newRig(t, Options{})
	for range 5 {
		r.crashed()
		r.pass(400 * time.Millisecond)
		r.want("load " + home)
		for range 4 {
			r.pass(10 * time.Second)
			r.requested("http://127.0.0.1:7000/ui/alive")
		}
	}
}

func TestWipe(t *testing.T) {
	tests := []struct {
		name string
		then func(r *rig) // what follows the navigation to the wipe path
	}{
		{"the service answers", func(r *rig) { r.committed("http://127.0.0.1:7000/end?why=idle") }},
		{"the service is away", func(r *rig) { r.failed() }},
		{"the service hangs", func(r *rig) { r.pass(2200 * time.Millisecond) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Options{})
			r.committed("http://127.0.0.1:7000/")
			r.finished("http://127.0.0.1:7000/")
			if !r.decide("http://127.0.0.1:7000/end?why=idle") {
				t.Fatal("the way to the wipe path is barred")
			}
			r.want()
			tt.then(r)
			r.want("kill", "clear")
			r.committed("http://127.0.0.1:7000/end") // a late word of the old page
			r.pass(time.Second)
			r.want()
			r.cleared(true)
			r.want("load " + home)
			if r.failure != nil {
				t.Fatal(r.failure)
			}
			r.pass(10 * time.Second)
			r.want()
		})
	}
}

func TestPagesLikeTheWipePathDoNotWipe(t *testing.T) {
	r := newRig(t, Options{})
	for _, address := range []string{"http://127.0.0.1:7000/ending", "http://127.0.0.1:7000/end/more", "http://127.0.0.1:7000/?next=/end"} {
		r.decide(address)
		r.committed(address)
	}
	r.pass(5 * time.Second)
	r.want()
}

func TestFailedWipeNeverShowsAPageAgain(t *testing.T) {
	r := newRig(t, Options{})
	r.wipe()
	r.cleared(false)
	r.want("kill", "clear", "quit")
	if kiosk.CodeOf(r.failure) != CodeNotWiped {
		t.Fatalf("failure %v", r.failure)
	}

	r = newRig(t, Options{})
	r.wipe() // and cleared never comes
	r.pass(6 * time.Second)
	if !slices.Contains(r.tape.said, "quit") || kiosk.CodeOf(r.failure) != CodeNotWiped {
		t.Fatalf("told %q, failure %v", r.tape.said, r.failure)
	}
}

func TestOptions(t *testing.T) {
	for _, bad := range []string{"", "kiosk", "file:///x", "http://", "http://[::1"} {
		if _, err := (Options{URL: bad}).complete(); kiosk.CodeOf(err) != CodeBadURL {
			t.Errorf("URL %q: %v", bad, err)
		}
	}
	opts, err := Options{URL: home}.complete()
	if err != nil || opts.WipePath != "/end" || opts.AlivePath != "/ui/alive" || opts.Silence != 20*time.Second {
		t.Errorf("defaults: %+v, %v", opts, err)
	}
}

func TestNoticeEscapesItsWords(t *testing.T) {
	page := noticePage(Notice{Title: "Máy đang <khởi động>", Text: `"lại"`})
	if !strings.Contains(page, "Máy đang &lt;khởi động&gt;") || !strings.Contains(page, "&#34;lại&#34;") {
		t.Fatal(page)
	}
}
