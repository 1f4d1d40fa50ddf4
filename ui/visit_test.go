package ui_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestEveryVisitIsNew(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	ids := map[string]bool{b.Cookie("_session"): true}
	step := func(name string) {
		t.Helper()
		id := b.Cookie("_session")
		if ids[id] || len(id) != 43 {
			t.Errorf("after %s the session id is %q, seen before: %v", name, id, ids[id])
		}
		ids[id] = true
	}
	before := b.Token()
	if p := b.Post("/begin", nil); !p.Has("role resident") {
		t.Error(p.Body)
	}
	step("begin")
	if b.Token() == before {
		t.Error("the form token outlived the session")
	}
	if p := b.Post("/keep", url.Values{"value": {"Nguyễn Văn Ấm"}}); !p.Has("Nguyễn Văn Ấm") {
		t.Error(p.Body)
	}
	b.Post("/settings", url.Values{"size": {"4"}, "ground": {"dark"}, "lang": {"en"}, "back": {"/"}})
	if p := b.Post("/sign-in", nil); !p.Has("role clerk", "Trần Thị Bưởi", `data-size="4"`) || p.Has("Nguyễn") {
		t.Error(p.Body)
	}
	step("sign-in")
	if p := b.Post("/end", nil); p.Path != "/end" || p.Has("Bưởi") {
		t.Error(p.Path, p.Body)
	}
	step("end")
	if p := b.Get("/staff"); p.Path != "/" || !p.Has("role ,", `data-size="2"`, `data-ground="light"`, `lang="vi"`) {
		t.Error("back leads to", p.Path, p.Body)
	}
}

func TestTheServersClockEndsVisits(t *testing.T) {
	tests := []struct {
		name  string
		begin string
		act   time.Duration // something happens every so often
		total time.Duration
		alive bool
	}{
		{"a resident who acts", "/begin", 2 * time.Minute, 20 * time.Minute, true},
		{"a resident who has gone", "/begin", 4 * time.Minute, 4 * time.Minute, false},
		{"staff who read", "/sign-in", 9 * time.Minute, 45 * time.Minute, true},
		{"staff who have gone", "/sign-in", 11 * time.Minute, 11 * time.Minute, false},
		{"an hour is the end", "/sign-in", 5 * time.Minute, 61 * time.Minute, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSeat(t)
			b := s.browser(t)
			b.Post(tt.begin, nil)
			id := b.Cookie("_session")
			for passed := time.Duration(0); passed < tt.total; passed += tt.act {
				s.clock.pass(tt.act)
				b.Get("/")
			}
			if got := b.Cookie("_session") == id; got != tt.alive {
				t.Errorf("alive: %v, want %v", got, tt.alive)
			}
		})
	}
}

func TestLookingAtTheClockIsNoActivity(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	if p := b.Get("/session/left"); p.Body != `{"left":-1}` {
		t.Error("nobody's session:", p.Body)
	}
	b.Post("/begin", nil)
	s.clock.pass(time.Minute)
	if p := b.Get("/session/left"); p.Body != `{"left":150}` {
		t.Error(p.Body)
	}
	background, _ := http.NewRequest("GET", "/", nil)
	background.Header.Set("X-Background", "1")
	b.Do(background)
	s.clock.pass(time.Minute)
	if p := b.Get("/session/left"); p.Body != `{"left":90}` {
		t.Error(p.Body)
	}
	if p := b.Post("/session/alive", nil); p.Body != `{"left":210}` {
		t.Error(p.Body)
	}
	s.clock.pass(4 * time.Minute)
	if p := b.Get("/session/left"); p.Body != `{"left":0}` {
		t.Error(p.Body)
	}
	if p := b.Post("/keep", url.Values{"value": {"x"}}); p.Path != "/end" || p.Status != 200 {
		t.Error("a form of a visit that is over leads to", p.Path, p.Status)
	}
}

func TestIdleWithoutScripts(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	b.Post("/begin", nil)
	p := b.Post("/keep", url.Values{"value": {"Nguyễn Văn Ấm"}})
	if !p.Has(`<noscript><meta http-equiv="refresh" content="180;url=/idle"></noscript>`) {
		t.Error(p.Body)
	}
	s.clock.pass(3 * time.Minute)
	p = b.Get("/idle")
	if !p.Has("Ông/bà vẫn đang dùng máy chứ?", `content="30;url=/end"`) || p.Has("Nguyễn") {
		t.Error(p.Body)
	}
	if p = b.Post("/idle", nil); p.Path != "/" || !p.Has("Nguyễn Văn Ấm") {
		t.Error(p.Path, p.Body)
	}
	if p = b.Get("/end"); p.Has("Nguyễn") || !p.Has(`content="2;url=/"`) {
		t.Error(p.Body)
	}
	if p = b.Get("/idle"); p.Path != "/end" || p.Has("Nguyễn") {
		t.Error(p.Path, p.Body)
	}
}
