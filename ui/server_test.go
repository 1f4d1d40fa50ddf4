package ui_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"context"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui"
	"servicepoint/ui/kit"
	"servicepoint/ui/uitest"
)

const (
	host  = "127.0.0.1:8080"
	token = "a-boot-token-of-some-length"
)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// seat is a server with a few screens of the test's own.
type seat struct {
	*ui.Server
	clock *clock
	log   *bytes.Buffer
	seen  []string // what a handler kept past its request
}

func newSeat(t *testing.T) *seat {
	t.Helper()
	s := &seat{clock: newClock(), log: &bytes.Buffer{}}
	mount := func(r fiber.Router, k *kit.Kit) error {
		pages, err := k.Pages(fstest.MapFS{
			"plain.html": {Data: []byte(`{{define "main"}}<p>role {{.Session.Role}}, kept {{.Data}}</p>{{end}}`)},
			"torn.html":  {Data: []byte(`{{define "main"}}<p>before {{.Data.Nothing}}</p>{{end}}`)},
		})
		if err != nil {
			return err
		}
		r.Get("/", func(c *fiber.Ctx) error {
			kept, _ := kit.Kept[string](k, c)
			return pages.Show(c, "plain", kit.Page{Title: kit.Words("Trang đầu"), Data: kept})
		})
		r.Post("/begin", func(c *fiber.Ctx) error { k.Begin(c); return k.See(c, "/") })
		r.Post("/keep", func(c *fiber.Ctx) error { kit.Keep(k, c, c.FormValue("value")); return k.See(c, "/") })
		r.Post("/sign-in", func(c *fiber.Ctx) error {
			k.SignIn(c, kiosk.Staff{ID: "st1", Name: "Trần Thị Bưởi", Role: kiosk.RoleClerk})
			return k.See(c, "/")
		})
		r.Get("/staff", k.Only(kit.Clerk), func(c *fiber.Ctx) error { return pages.Show(c, "plain", kit.Page{Title: kit.Words("Quầy")}) })
		r.Get("/see/:a/:b", func(c *fiber.Ctx) error {
			s.seen = append(s.seen, c.Params("a"), c.Params("b"))
			return c.SendStatus(204)
		})
		r.Get("/boom", func(*fiber.Ctx) error { panic("a secret inside") })
		r.Get("/torn", func(c *fiber.Ctx) error {
			return pages.Show(c, "torn", kit.Page{Title: kit.Words("x"), Data: map[string]int{}})
		})
		r.Get("/fail", func(*fiber.Ctx) error { return errors.New("sqlite: a secret inside") })
		r.Get("/paper", func(*fiber.Ctx) error { return &devices.Fault{Device: "printer", Cause: devices.PaperOut} })
		r.Get("/slow", func(c *fiber.Ctx) error { _, ok := k.Ctx(c).Deadline(); return c.JSON(ok) })
		r.Get("/events", func(c *fiber.Ctx) error {
			return k.Stream(c, func(ctx context.Context) <-chan kit.Event {
				ch := make(chan kit.Event, 1)
				ch <- kit.Event{Name: "line", Data: "a\nb"}
				return ch
			})
		})
		return nil
	}
	srv, err := ui.New(ui.Config{Seat: kit.Window, Hosts: []string{host}, Token: token, Point: "Điểm phục vụ Đông Thành", Demo: true,
		Mounts: []ui.Mount{mount}, Now: s.clock.now, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = srv
	return s
}

func (s *seat) browser(t *testing.T) *uitest.Browser {
	b := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	if p := b.Enter(token); p.Status != 200 || p.Path != "/" {
		t.Fatalf("enter: %d at %s: %s", p.Status, p.Path, p.Body)
	}
	return b
}

func TestGuardsRefuse(t *testing.T) {
	s := newSeat(t)
	in := s.browser(t)
	in.Post("/begin", nil)
	form := url.Values{"_csrf": {in.Token()}}.Encode()
	post := func(change func(*http.Request)) *http.Request {
		r, _ := http.NewRequest("POST", "/keep", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		change(r)
		return r
	}
	get := func(path string, change func(*http.Request)) *http.Request {
		r, _ := http.NewRequest("GET", path, nil)
		change(r)
		return r
	}
	as := func(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	none := func(*http.Request) {}
	stranger := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	tests := []struct {
		name    string
		by      *uitest.Browser
		request *http.Request
		status  int
	}{
		{"a form as it should be", in, post(none), 303},
		{"another host name", in, get("/", as("evil.example")), 403},
		{"another port", in, get("/", as("127.0.0.1:9")), 403},
		{"another host for static files", in, get("/static/x.css", as("evil.example")), 403},
		{"a browser that did not enter", stranger, get("/", none), 403},
		{"a wrong boot token", stranger, get("/enter?t=guess", none), 403},
		{"no boot token", stranger, get("/enter", none), 403},
		{"a form from another site", in, post(set("Sec-Fetch-Site", "cross-site")), 403},
		{"a form from a sibling", in, post(set("Sec-Fetch-Site", "same-site")), 403},
		{"a form nobody vouches for", in, post(func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "http://"+host) }), 403},
		{"a form without a token", in, post(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("")); r.ContentLength = 0 }), 403},
		{"a form with another token", in, post(set("X-CSRF-Token", "guess")), 403},
		{"a page for staff", in, get("/staff", none), 403},
		{"no such page", in, get("/nowhere", none), 404},
		{"no such static file", in, get("/static/kiosk.css", none), 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.by.Do(tt.request)
			if p.Status != tt.status {
				t.Errorf("status %d, want %d: %s", p.Status, tt.status, p.Body)
			}
			if missing := p.Missing(); p.Status >= 400 && len(missing) > 0 {
				t.Error("unsaid:", missing)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	s := newSeat(t)
	p := s.browser(t).Get("/")
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "same-origin",
		"X-Content-Type-Options":  "nosniff",
		"Content-Type":            "text/html; charset=utf-8",
	}
	for name, value := range want {
		if diff := cmp.Diff(value, p.Header.Get(name)); diff != "" {
			t.Error(name, diff)
		}
	}
	// What the policy forbids must not be there in the first place.
	for _, bad := range []string{" style=", "<style", "javascript:", "onclick=", "http://", "https://"} {
		if strings.Contains(p.Body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestCookiesAreStrict(t *testing.T) {
	s := newSeat(t)
	r, _ := http.NewRequest("GET", "/enter?t="+token, nil)
	b := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	cookies := append(b.Do(r).Header["Set-Cookie"], b.Do(func() *http.Request { r, _ := http.NewRequest("GET", "/", nil); return r }()).Header["Set-Cookie"]...)
	if len(cookies) != 2 {
		t.Fatal(cookies)
	}
	for _, c := range cookies {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || strings.Contains(c, "ecure") || strings.Contains(c, token) || strings.Contains(c, "xpires") {
			t.Error(c)
		}
	}
}

// Without Immutable, what a handler keeps becomes the next request's.
func TestKeptStringsStay(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	b.Get("/see/AAAAAAAA/bbbbbbbb")
	b.Get("/see/CCCCCCCC/dddddddd")
	if diff := cmp.Diff([]string{"AAAAAAAA", "bbbbbbbb", "CCCCCCCC", "dddddddd"}, s.seen); diff != "" {
		t.Error(diff)
	}
}

func TestTroubleIsToldToPeople(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	number := regexp.MustCompile(`Số sự cố: ([0-9A-Z]{6})`)
	for _, tt := range []struct {
		path   string
		status int
		say    string
	}{
		{"/fail", 500, phrases.Say(phrases.VI, "internal.title")},
		{"/boom", 500, phrases.Say(phrases.VI, "internal.title")},
		{"/torn", 500, phrases.Say(phrases.VI, "internal.title")},
		{"/paper", 503, phrases.Say(phrases.VI, "printer.paper_out.title")},
		{"/nowhere", 404, phrases.Say(phrases.VI, "ui.not_found.title")},
	} {
		p := b.Get(tt.path)
		if p.Status != tt.status || !p.Has(tt.say, "Về trang đầu") {
			t.Errorf("%s: %d %s", tt.path, p.Status, p.Body)
		}
		for _, inside := range []string{"secret", "sqlite", "panic", "before", "Nothing"} {
			if strings.Contains(p.Body, inside) {
				t.Errorf("%s tells %q", tt.path, inside)
			}
		}
		m := number.FindStringSubmatch(p.Body)
		if m == nil || strings.Count(s.log.String(), "incident="+m[1]) != 1 {
			t.Errorf("%s: incident %v not in the log exactly once", tt.path, m)
		}
	}
}

func TestSettingsStayOnThisServer(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	for back, want := range map[string]string{"/staff?x=1": "/staff?x=1", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "": "/", "/a\nb": "/"} {
		r, _ := http.NewRequest("POST", "/settings", strings.NewReader(url.Values{"_csrf": {b.Token()}, "back": {back}, "size": {"9"}, "lang": {"de"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if p := b.Do(r); p.Header.Get("Location") != want {
			t.Errorf("back %q leads to %q", back, p.Header.Get("Location"))
		}
	}
	if p := b.Get("/"); !p.Has(`data-size="2"`, `lang="vi"`) {
		t.Error("a setting that does not exist was taken")
	}
}

func TestStaticFilesHaveTheirHashInTheName(t *testing.T) {
	s := newSeat(t)
	b := s.browser(t)
	p := b.Get("/")
	names := regexp.MustCompile(`/static/[^"]+`).FindAllString(p.Body, -1)
	if len(names) < 2 {
		t.Fatal(names)
	}
	for _, n := range names {
		if !regexp.MustCompile(`^/static/[a-z0-9/_-]+\.[0-9a-f]{12}\.(css|js|woff2)$`).MatchString(n) {
			t.Error("no hash in", n)
		}
		stranger := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
		f := stranger.Get(n)
		if f.Status != 200 || f.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || strings.Contains(f.Header.Get("Content-Type"), "octet") {
			t.Error(n, f.Status, f.Header)
		}
	}
	if p := b.Get("/seat.css"); p.Body != ":root{--mm:4.000px}\n" {
		t.Error(p.Body)
	}
	if p := b.Get("/slow"); p.Body != "true" {
		t.Error("a page has no deadline")
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	s := newSeat(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	b := s.browser(t)
	r, _ := http.NewRequest("GET", "http://"+l.Addr().String()+"/events", nil)
	r.Host = host
	for _, suffix := range []string{"_seat", "_session"} {
		r.AddCookie(&http.Cookie{Name: "window_" + cookieTag(t, s) + suffix, Value: b.Cookie(suffix)})
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want := "retry: 2000\n\nevent: line\ndata: a\ndata: b\n\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != want {
		t.Fatalf("%v: %q", err, got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error("stop:", err)
	}
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

// cookieTag finds the part of the cookies' names that tells servers apart.
func cookieTag(t *testing.T, s *seat) string {
	t.Helper()
	b := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	r, _ := http.NewRequest("GET", "/enter?t="+token, nil)
	m := regexp.MustCompile(`window_([0-9a-f]+)_seat=`).FindStringSubmatch(strings.Join(b.Do(r).Header["Set-Cookie"], " "))
	if m == nil {
		t.Fatal("no seat cookie")
	}
	return m[1]
}

func TestEveryCodeIsSaid(t *testing.T) {
	for _, code := range ui.Codes() {
		for _, part := range []string{".title", ".do"} {
			if !phrases.Has(phrases.VI, string(code)+part) || !phrases.Has(phrases.EN, string(code)+part) {
				t.Errorf("no phrase %s%s", code, part)
			}
		}
	}
}

func TestASeatNeedsItsToken(t *testing.T) {
	for _, cfg := range []ui.Config{{}, {Hosts: []string{host}, Token: "short"}, {Token: token}} {
		if _, err := ui.New(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
