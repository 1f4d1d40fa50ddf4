// Package uitest is a browser for tests of screens: it keeps cookies, follows
// See Other, sends what a real browser sends, and finds form tokens.
//
// It promises to fail the test at once when a page cannot be asked for. It is
// for test files only and never listens on a port.
package uitest

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Browser talks to an app as one person at one seat.
type Browser struct {
	App  *fiber.App
	Host string            // as in ui.Config.Hosts
	Fail func(args ...any) // t.Fatal

	cookies map[string]string
	csrf    string
}

// Page is what came back in the end, after redirects.
type Page struct {
	Status int
	Path   string // where the redirects led
	Header http.Header
	Body   string
}

// Enter opens the seat with its boot token and gives the first page.
func (b *Browser) Enter(token string) Page { return b.Get("/enter?t=" + url.QueryEscape(token)) }

// Get asks for a page and follows redirects.
func (b *Browser) Get(path string) Page {
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		b.Fail(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Dest", "document")
	return b.follow(r, path)
}

// Post sends a form with the token of the page seen last and follows redirects.
func (b *Browser) Post(path string, form url.Values) Page {
	values := url.Values{}
	for k, v := range form {
		values[k] = v
	}
	if !values.Has("_csrf") {
		values.Set("_csrf", b.csrf)
	}
	r, err := http.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	if err != nil {
		b.Fail(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Dest", "document")
	return b.follow(r, path)
}

func (b *Browser) follow(r *http.Request, path string) Page {
	for range 6 {
		p := b.Do(r)
		p.Path = path
		if p.Status != http.StatusSeeOther {
			return p
		}
		path = p.Header.Get("Location")
		next, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			b.Fail(err)
		}
		next.Header.Set("Sec-Fetch-Site", "same-origin")
		next.Header.Set("Sec-Fetch-Dest", "document")
		r = next
	}
	b.Fail("too many redirects at " + path)
	return Page{}
}

// Do sends a request as it is, with this browser's cookies and host.
func (b *Browser) Do(r *http.Request) Page {
	if r.Host == "" {
		r.Host = b.Host
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := b.App.Test(r, -1)
	if err != nil {
		b.Fail(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fail(err)
	}
	if b.cookies == nil {
		b.cookies = map[string]string{}
	}
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	if m := tokenPattern.FindStringSubmatch(string(body)); m != nil {
		b.csrf = m[1]
	}
	return Page{Status: res.StatusCode, Header: res.Header, Body: string(body)}
}

// Cookie gives the value of the first cookie whose name ends so.
func (b *Browser) Cookie(suffix string) string {
	for name, value := range b.cookies {
		if strings.HasSuffix(name, suffix) {
			return value
		}
	}
	return ""
}

// Token is the form token of the page seen last.
func (b *Browser) Token() string { return b.csrf }

var (
	tokenPattern   = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)
	missingPattern = regexp.MustCompile(`\[[a-z0-9_]+(?:\.[a-z0-9_]+)+\]`)
	leftPattern    = regexp.MustCompile(`\{[a-z_]+(?:\|[^{}]*)?\}`)
)

// Missing lists what a person should never read: codes without a sentence and
// placeholders that nobody filled.
func (p Page) Missing() []string {
	return slices.Concat(missingPattern.FindAllString(p.Body, -1), leftPattern.FindAllString(p.Body, -1))
}

// Has reports whether the page holds all the texts.
func (p Page) Has(texts ...string) bool {
	for _, t := range texts {
		if !strings.Contains(p.Body, t) {
			return false
		}
	}
	return true
}
