package main

import (
	"context"
	"flag"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"servicepoint/devices/printer"
	"servicepoint/kiosk/imaging"
	"servicepoint/ui/webdriver"
)

// soon is how long a page, a slip or a sheet may take on a loaded machine.
const soon = 15 * time.Second

// byHand is a demo with one person at a browser who knows no more of it than
// the addresses it prints.
type byHand struct {
	*webdriver.Session
	t     *testing.T
	demo  *demo
	log   *logBook
	began time.Time
}

// openByHand runs a demo of its own until the end of the test. What it logs is
// shown when the test fails.
func openByHand(t *testing.T, s *webdriver.Session) *byHand {
	t.Helper()
	p := &byHand{Session: s, t: t, log: &logBook{}, began: time.Now()}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	var err error
	p.demo, err = newDemo(t.Context(), demoOptions{
		Out: t.TempDir(), Window: "127.0.0.1:0", Desk: "127.0.0.1:0", Centre: "127.0.0.1:0", Accept: true, Log: log, Profile: printer.Profiles()[0].Name,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- p.demo.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("the demo: %v", err)
		}
		if err := p.demo.Close(); err != nil {
			t.Errorf("close the demo: %v", err)
		}
		if t.Failed() {
			t.Logf("the demo's log:\n%s", p.log.String())
		}
	})
	ready, done := context.WithTimeout(ctx, soon)
	defer done()
	if _, err := (&walk{demo: p.demo}).ready(ready); err != nil {
		t.Fatalf("devices of the demo: %v", err)
	}
	p.step("demo is up")
	return p
}

// logBook is a log that can be read while it is written.
type logBook struct {
	mu sync.Mutex
	strings.Builder
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.String()
}

// step notes on the test's log how far the person has come.
func (p *byHand) step(what string) {
	p.t.Helper()
	p.t.Logf("%5.1f s  %s", time.Since(p.began).Seconds(), what)
}

// look keeps a picture of the page for people to look at, where the test's
// artefacts are kept (go test -artifacts).
func (p *byHand) look(name string) {
	p.t.Helper()
	if kept := flag.Lookup("test.artifacts"); kept != nil && kept.Value.String() == "true" {
		p.Shot(name)
	}
}

// press presses the button or the link that says the words.
func (p *byHand) press(words string) {
	p.t.Helper()
	p.Click(webdriver.Button(words))
}

// leave does something that leads to another page, even one that looks like
// this one, and waits for it.
func (p *byHand) leave(do func()) {
	p.t.Helper()
	p.Execute(nil, `document.body.dataset.now = "before"`)
	do()
	p.WaitGone("body[data-now]", soon)
}

// reads waits until the page's content says all the texts.
func (p *byHand) reads(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.WaitText("main", text, soon)
	}
}

// heads waits for the page with this heading.
func (p *byHand) heads(title string) {
	p.t.Helper()
	p.WaitText("h1", title, soon)
}

// wait waits until something holds.
func (p *byHand) wait(what string, holds func() bool) {
	p.t.Helper()
	deadline := time.NewTimer(soon)
	defer deadline.Stop()
	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-deadline.C:
			p.t.Fatalf("%s: %s: not within %v; picture: %s", p.Engine, what, soon, p.Shot("failed"))
		}
	}
}

// atWindow and atDesk enter a seat by the address the demo prints.
func (p *byHand) atWindow() { p.t.Helper(); p.Navigate(p.demo.unit.screens.WindowURL()) }
func (p *byHand) atDesk()   { p.t.Helper(); p.Navigate(p.demo.unit.screens.DeskURL()) }

// atDock does something on the demo's side panel, as in another tab, and comes
// back to the page it left.
func (p *byHand) atDock(do func()) {
	p.t.Helper()
	back := p.URL()
	desk, _, _ := strings.Cut(p.demo.unit.screens.DeskURL(), "/enter")
	p.Navigate(desk + "/dock")
	p.heads("Bàn điều khiển trình diễn")
	do()
	p.Navigate(back)
}

// lay lays sample sheets on the scanner.
func (p *byHand) lay(sheets ...int) {
	p.t.Helper()
	p.atDock(func() {
		for i, n := range sheets {
			p.press(fmt.Sprintf("Đặt tờ mẫu %d", n))
			p.reads(fmt.Sprintf("Đang có %d tờ chờ chụp", i+1))
		}
	})
}

// slips lists the slips painted so far, oldest first.
func (p *byHand) slips() []string {
	p.t.Helper()
	names, err := filepath.Glob(filepath.Join(p.demo.slipsDir(), "*.png"))
	if err != nil {
		p.t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// slip reads the codes on the n-th slip, counted from 1.
func (p *byHand) slip(n int) []string {
	p.t.Helper()
	all := p.slips()
	if len(all) < n {
		p.t.Fatalf("%d slips, want one more", len(all))
	}
	f, err := os.Open(all[n-1])
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		p.t.Fatal(err)
	}
	texts, err := imaging.ReadQR(img)
	if err != nil {
		p.t.Fatalf("slip %s: %v", filepath.Base(all[n-1]), err)
	}
	return texts
}

// fetch loads an address of the page's seat with the browser's own cookies.
func (p *byHand) fetch(address string) []byte {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.Cookies() {
		r.AddCookie(c)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: status %d, %v", address, res.StatusCode, err)
	}
	return body
}

// keptNowhere fails the test if the browser still holds one of the texts: on
// the page, in its storage or in a cookie.
func (p *byHand) keptNowhere(secrets ...string) {
	p.t.Helper()
	var stored string
	p.Execute(&stored, `return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, history.state, window.name, location.href])`)
	for _, c := range p.Cookies() {
		stored += " " + c.Name + "=" + c.Value
	}
	found := map[string]string{"page": p.Source(), "storage": stored, "log": p.log.String()}
	for where, text := range found {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				p.t.Errorf("%s: «%s» is still in the %s", p.Engine, secret, where)
			}
		}
	}
}
