package ui_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/ui"
	"servicepoint/ui/kit"
	"servicepoint/ui/uitest"
	"servicepoint/ui/webdriver"
)

// aliveNow reports whether the page has asked for /ui/alive.
const aliveNow = `return performance.getEntriesByType("resource").some((e) => new URL(e.name).pathname === "/ui/alive")`

// TestTheFrameInABrowser: a page gives its sign of life, and one that goes on
// to itself is filled anew without being loaded.
func TestTheFrameInABrowser(t *testing.T) {
	webdriver.Both(t, func(t *testing.T, b *webdriver.Session) {
		var shown, background atomic.Int64
		mount := func(r fiber.Router, k *kit.Kit) error {
			pages, err := k.Pages(fstest.MapFS{"count.html": {Data: []byte(`{{define "main"}}<p id="count">{{.Data}}</p>{{end}}`)}})
			if err != nil {
				return err
			}
			r.Get("/", func(c *fiber.Ctx) error {
				if c.Get("X-Background") == "1" {
					background.Add(1)
				}
				return pages.Show(c, "count", kit.Page{Title: kit.Words("Đếm"), Data: strconv.FormatInt(shown.Add(1), 10), Then: "/", ThenIn: time.Second})
			})
			return nil
		}
		b.Navigate(serve(t, mount) + "/enter?t=" + token)
		b.Execute(nil, "document.title = 'the same page'")
		b.WaitText("#count", "3", webdriver.Limit)
		var title string
		b.Execute(&title, "return document.title")
		if title != "the same page" || background.Load() < 2 {
			t.Errorf("the page was loaded anew (%q), %d requests did not count as activity", title, background.Load())
		}
		var alive bool
		if b.Execute(&alive, aliveNow); !alive {
			t.Error("no sign of life")
		}
	})
}

// serve runs a seat on loopback until the test ends.
func serve(t *testing.T, mount ui.Mount) (origin string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ui.New(ui.Config{Seat: kit.Window, Hosts: []string{l.Addr().String()}, Token: token, Point: "Điểm phục vụ Đông Thành", Mounts: []ui.Mount{mount}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-served })
	return "http://" + l.Addr().String()
}

func TestSignsOfLifeAreNobodysDoing(t *testing.T) {
	s := newSeat(t)
	outside := &uitest.Browser{App: s.App, Host: host, Fail: t.Fatal}
	p := outside.Get("/ui/alive")
	if p.Status != fiber.StatusNoContent || p.Header.Get("Cache-Control") != "no-store" || len(p.Header.Values("Set-Cookie")) > 0 || s.Kit.Sessions.Count() > 0 {
		t.Errorf("without a seat: %d %v, %d sessions", p.Status, p.Header, s.Kit.Sessions.Count())
	}
	b := s.browser(t)
	b.Post("/begin", nil)
	id := b.Cookie("_session")
	for range 8 { // four minutes, one more than a resident may be quiet
		s.clock.pass(30 * time.Second)
		b.Get("/ui/alive")
	}
	if _, alive := s.Kit.Sessions.Find(id, false); alive {
		t.Error("the page's signs of life kept the visit open")
	}
}

// A refresh in the head would move people on who have scripts and are reading.
func TestOnlyBrowsersWithoutScriptsRefresh(t *testing.T) {
	b := newSeat(t).browser(t)
	b.Post("/begin", nil)
	page := b.Get("/idle")
	if !page.Has(`<noscript><meta http-equiv="refresh" content="30;url=/end"></noscript>`, `data-then="/end" data-then-in="30"`) || strings.Count(page.Body, "http-equiv") != 1 {
		t.Error(page.Body)
	}
}
