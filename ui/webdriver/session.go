package webdriver

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Limit is how long the plain calls wait for what they look for.
const Limit = 10 * time.Second

// Session is one browser window under a test's control. Its methods fail the
// test when the browser or the page does not do what they ask for. It is used
// from the test's goroutine only.
type Session struct {
	Engine Engine

	t    *testing.T
	wire wire
	path string // /session/<id>
}

// elementKey is how the protocol marks an element, section 12.2.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

type element map[string]string

func (s *Session) get(path string, out any) error {
	return s.wire.call(http.MethodGet, s.path+path, nil, out)
}

func (s *Session) post(path string, body, out any) error {
	return s.wire.call(http.MethodPost, s.path+path, body, out)
}

// must fails the test with a picture of what the browser shows.
func (s *Session) must(what string, err error) {
	s.t.Helper()
	if err == nil {
		return
	}
	where := ""
	_ = s.get("/url", &where)
	file := filepath.Join(s.t.ArtifactDir(), "failed-"+string(s.Engine)+".png")
	if shot, e := s.shoot(); e == nil {
		_ = os.WriteFile(file, shot, 0o644)
	}
	s.t.Fatalf("%s: %s on %s: %v\npicture: %s", s.Engine, what, where, err, file)
}

// Navigate opens a page and waits until it has loaded.
func (s *Session) Navigate(url string) {
	s.t.Helper()
	s.must("navigate to "+url, s.post("/url", map[string]string{"url": url}, nil))
}

// URL gives the page's address.
func (s *Session) URL() (url string) {
	s.t.Helper()
	s.must("read the address", s.get("/url", &url))
	return url
}

// Back goes one page back.
func (s *Session) Back() {
	s.t.Helper()
	s.must("go back", s.post("/back", nil, nil))
}

// Refresh loads the page again.
func (s *Session) Refresh() {
	s.t.Helper()
	s.must("load again", s.post("/refresh", nil, nil))
}

// Source gives the page's present HTML.
func (s *Session) Source() (html string) {
	s.t.Helper()
	s.must("read the source", s.get("/source", &html))
	return html
}

// ForgetCookies deletes all cookies of the page's site.
func (s *Session) ForgetCookies() {
	s.t.Helper()
	s.must("delete the cookies", s.wire.call(http.MethodDelete, s.path+"/cookie", nil, nil))
}

func (s *Session) find(css string) (id string, err error) {
	var e element
	err = s.post("/element", locator(css), &e)
	return e[elementKey], err
}

// locator is what the protocol wants to look for: every selector here is CSS,
// or XPath if it begins with "//", see Button and Field.
func locator(selector string) map[string]string {
	if strings.HasPrefix(selector, "//") {
		return map[string]string{"using": "xpath", "value": selector}
	}
	return map[string]string{"using": "css selector", "value": selector}
}

// on finds an element and does something with it, again and again until both
// succeed or the limit has passed.
func (s *Session) on(limit time.Duration, css string, do func(path string) error) error {
	return poll(limit, func() error {
		id, err := s.find(css)
		if err != nil {
			return err
		}
		return do("/element/" + id)
	})
}

// Has reports whether an element is on the page right now.
func (s *Session) Has(css string) bool { return s.Count(css) > 0 }

// Count gives how many elements are on the page right now.
func (s *Session) Count(css string) int {
	s.t.Helper()
	var all []element
	s.must("count "+css, poll(Limit, func() error { return s.post("/elements", locator(css), &all) }))
	return len(all)
}

// WaitFor waits until an element is on the page.
func (s *Session) WaitFor(css string, limit time.Duration) {
	s.t.Helper()
	s.must("wait for "+css, s.on(limit, css, func(string) error { return nil }))
}

// WaitGone waits until no such element is on the page any more.
func (s *Session) WaitGone(css string, limit time.Duration) {
	s.t.Helper()
	s.must("wait until gone: "+css, poll(limit, func() error {
		if s.Has(css) {
			return notYet("still there")
		}
		return nil
	}))
}

// WaitText waits until an element's text contains a text.
func (s *Session) WaitText(css, text string, limit time.Duration) {
	s.t.Helper()
	s.must("wait for «"+text+"» in "+css, s.on(limit, css, func(path string) error {
		var got string
		if err := s.get(path+"/text", &got); err != nil {
			return err
		}
		if !strings.Contains(got, text) {
			return notYet("the text is «" + got + "»")
		}
		return nil
	}))
}

// WaitURL waits until the page's address matches a regular expression.
func (s *Session) WaitURL(pattern string, limit time.Duration) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	s.must("wait for the address "+pattern, poll(limit, func() error {
		var url string
		if err := s.get("/url", &url); err != nil || re.MatchString(url) {
			return err
		}
		return notYet("the address is " + url)
	}))
}

func notYet(what string) error { return &protocolError{Code: "no such element", Message: what} }

// Click clicks an element as a person would: it must be visible and not
// covered. What lies outside, or under a bar at the edge, is scrolled to the
// middle first.
func (s *Session) Click(css string) {
	s.t.Helper()
	s.must("click "+css, s.on(Limit, css, func(path string) error {
		err := s.post(path+"/click", nil, nil)
		if e, ok := errors.AsType[*protocolError](err); ok && (e.Code == "element click intercepted" || e.Code == "element not interactable") {
			_ = s.execute("sync", nil, `arguments[0].scrollIntoView({block: "center", behavior: "instant"})`, []any{element{elementKey: strings.TrimPrefix(path, "/element/")}})
		}
		return err
	}))
}

// Type clears a field and types a text into it.
func (s *Session) Type(css, text string) {
	s.t.Helper()
	s.must("type into "+css, s.on(Limit, css, func(path string) error {
		if err := s.post(path+"/clear", nil, nil); err != nil || text == "" {
			return err
		}
		return s.post(path+"/value", map[string]string{"text": text}, nil)
	}))
}

// Press sends keys to an element without clearing it; see Keys for those
// without a character.
func (s *Session) Press(css, keys string) {
	s.t.Helper()
	s.must("press keys in "+css, s.on(Limit, css, func(path string) error {
		return s.post(path+"/value", map[string]string{"text": keys}, nil)
	}))
}

// Keys for Press, section 17.4.2 of the protocol.
const (
	KeyEnter  = "\ue007"
	KeyTab    = "\ue004"
	KeyEscape = "\ue00c"
	KeySpace  = "\ue00d"
)

// Text gives an element's visible text.
func (s *Session) Text(css string) (text string) {
	s.t.Helper()
	s.must("read "+css, s.on(Limit, css, func(path string) error { return s.get(path+"/text", &text) }))
	return text
}

// Attr gives an attribute, "" if it is not set.
func (s *Session) Attr(css, name string) string {
	s.t.Helper()
	var v *string
	s.must("read "+name+" of "+css, s.on(Limit, css, func(path string) error { return s.get(path+"/attribute/"+name, &v) }))
	if v == nil {
		return ""
	}
	return *v
}

// Value gives what stands in a field.
func (s *Session) Value(css string) (v string) {
	s.t.Helper()
	s.must("read the value of "+css, s.on(Limit, css, func(path string) error { return s.get(path+"/property/value", &v) }))
	return v
}

// Execute runs the body of a JavaScript function with the arguments and
// decodes what it returns into out, which may be nil. A script that fails is
// run again, since its page may just be changing.
func (s *Session) Execute(out any, script string, args ...any) {
	s.t.Helper()
	s.must("run a script", poll(Limit, func() error { return s.execute("sync", out, script, args) }))
}

func (s *Session) execute(kind string, out any, script string, args []any) error {
	if args == nil {
		args = []any{}
	}
	return s.post("/execute/"+kind, map[string]any{"script": script, "args": args}, out)
}

// SetViewport gives the page this room in CSS pixels, as a panel of that size
// does; the browser's own bars come on top.
func (s *Session) SetViewport(width, height int) {
	s.t.Helper()
	bars := [2]int{}
	s.must(fmt.Sprintf("give the page %d by %d pixels", width, height), poll(Limit, func() error {
		if err := s.post("/window/rect", map[string]int{"width": width + bars[0], "height": height + bars[1]}, nil); err != nil {
			return err
		}
		var has [4]int
		err := s.execute("sync", &has, "return [innerWidth, innerHeight, outerWidth - innerWidth, outerHeight - innerHeight]", nil)
		if err != nil || has[0] == width && has[1] == height {
			return err
		}
		bars = [2]int{has[2], has[3]}
		return notYet(fmt.Sprint("the page has ", has[:2]))
	}))
}

func (s *Session) shoot() ([]byte, error) {
	var text string
	if err := s.get("/screenshot", &text); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// Screenshot gives the visible part of the page and fails the test if it is
// all one colour.
func (s *Session) Screenshot() image.Image {
	s.t.Helper()
	_, img := s.look()
	return img
}

// look takes a screenshot, as a PNG file and as an image. A busy machine paints
// later than it lays out, so a page of one colour is looked at again.
func (s *Session) look() (shot []byte, img image.Image) {
	s.t.Helper()
	s.must("take a screenshot", poll(Limit, func() (err error) {
		// What was changed just now is painted with the next frame but one.
		_ = s.execute("async", nil, `
			const done = arguments[arguments.length - 1];
			requestAnimationFrame(() => requestAnimationFrame(() => done()));
			setTimeout(done, 1000);`, nil)
		if shot, err = s.shoot(); err != nil {
			return err
		}
		if img, err = png.Decode(bytes.NewReader(shot)); err == nil && Blank(img) {
			s.nudge()
			return notYet(fmt.Sprintf("all of its %v is one colour", img.Bounds().Size()))
		}
		return err
	}))
	return shot, img
}

// nudge makes the window a pixel smaller and as large as before. On a machine
// without a graphics card WebKit now and then loses the first frame of a view
// and paints no other until its size changes.
func (s *Session) nudge() {
	var has struct{ Width, Height int }
	if s.Engine != WebKit || s.get("/window/rect", &has) != nil {
		return
	}
	for _, height := range []int{has.Height - 1, has.Height} {
		_ = s.post("/window/rect", map[string]int{"width": has.Width, "height": height}, nil)
	}
}

// Shot keeps a screenshot as <name>-<engine>.png among the test's artefacts
// (go test -artifacts) and gives its path.
func (s *Session) Shot(name string) string {
	s.t.Helper()
	shot, _ := s.look()
	file := filepath.Join(s.t.ArtifactDir(), name+"-"+string(s.Engine)+".png")
	s.must("keep the screenshot", os.WriteFile(file, shot, 0o644))
	return file
}
