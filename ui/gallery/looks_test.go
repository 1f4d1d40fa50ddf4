package gallery_test

import (
	"context"
	_ "embed"
	"net"
	"os"
	"strings"
	"testing"

	"servicepoint/ui/kit"
	"servicepoint/ui/webdriver"
)

// measure is a script that says which parts of the page are too small for a
// finger, too near to one another, or beyond the edge.
//
//go:embed testdata/measure.js
var measure string

// visit is one exhibit as the browsers go through them.
type visit struct {
	address string
	seat    kit.Seat
	first   bool // no other exhibit of this screen comes before
}

// open serves the gallery and has a browser enter it.
func open(t *testing.T, s *webdriver.Session) (origin string, all []visit) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, shown := newServer(t, l.Addr().String())
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-served })
	origin = "http://" + l.Addr().String()
	s.Navigate(origin + "/enter?t=" + token)
	seen := map[string]bool{}
	each(shown, func(address string, from kit.Collection, e kit.Exhibit) {
		screen := from.Name + "/" + e.Screen
		all = append(all, visit{address, from.Seat, !seen[screen]})
		seen[screen] = true
	})
	return origin, all
}

// look is a way the screen can be set.
type look struct {
	size   int
	ground string
}

func set(s *webdriver.Session, l look) {
	s.Execute(nil, "const d = document.documentElement.dataset; d.size = arguments[0]; d.ground = arguments[1]", l.size, l.ground)
}

// TestExhibitsCanBeReadAndTouched goes through the gallery in both engines:
// no rule of WCAG 2.2 A and AA broken in any size and on any ground, nothing
// smaller or nearer than a finger needs wherever the touch screen shows it,
// nothing beyond the edge of a lying or a standing panel, and something on
// every picture.
//
// Each engine goes to every exhibit. One of the two, by turns, asks it for
// every rule, the other for what another look changes; with KIOSK_DEEP=1 both
// ask for every look, keep every picture and stand every panel up.
func TestExhibitsCanBeReadAndTouched(t *testing.T) {
	deep := os.Getenv("KIOSK_DEEP") != ""
	webdriver.Both(t, func(t *testing.T, s *webdriver.Session) {
		t.Parallel()
		origin, all := open(t, s)
		checkTheCheck(t, s, origin+all[0].address)
		turn := func(i int) bool { return (i%2 == 0) == (s.Engine == webdriver.WebKit) }
		for i, v := range all {
			s.Navigate(origin + v.address)
			checkMeasures(t, s, v.address, v.seat == kit.Window)
			if deep || v.first {
				s.Shot(strings.ReplaceAll(strings.TrimPrefix(v.address, "/gallery/"), "/", "-"))
			}
			switch {
			case deep:
				checkRules(t, s, v, look{2, "light"}, s.Axe)
				checkRules(t, s, v, look{2, "dark"}, s.AxeLooks)
				checkRules(t, s, v, look{4, "light"}, s.AxeLooks)
			case turn(i):
				checkRules(t, s, v, look{2, "light"}, s.Axe)
			case i/2%2 == 0:
				checkRules(t, s, v, look{2, "dark"}, s.AxeLooks)
			default:
				checkRules(t, s, v, look{4, "light"}, s.AxeLooks)
			}
		}
		s.SetViewport(1080, 1920)
		for i, v := range all {
			if deep || v.first || v.seat == kit.Window && turn(i) {
				s.Navigate(origin + v.address + "?seat=window")
				checkMeasures(t, s, v.address, true)
			}
		}
	})
}

// checkRules asks axe-core, in one of the ways the session has.
func checkRules(t *testing.T, s *webdriver.Session, v visit, l look, ask func() []webdriver.Violation) {
	t.Helper()
	set(s, l)
	for _, violation := range ask() {
		t.Errorf("%s in size %d on %s ground: %v", v.address, l.size, l.ground, violation)
	}
}

// checkTheCheck spoils a page and wants to hear of it.
func checkTheCheck(t *testing.T, s *webdriver.Session, address string) {
	t.Helper()
	s.Navigate(address)
	s.Execute(nil, `for (const [name, width] of [["left", "9mm"], ["right", "200vw"]]) {
		const b = document.getElementById("main").appendChild(document.createElement("button"));
		b.className = name;
		Object.assign(b.style, {position: "absolute", left: "0", top: "0", height: "9mm", width});
	}`)
	var found []string
	s.Execute(&found, measure, true)
	all := strings.Join(found, "\n")
	for _, want := range []string{"beyond the right edge", "want 12.7 mm: <button class=\"left\">", "want 2.54 mm between <button class=\"left\"> «» and <button class=\"right\">"} {
		if !strings.Contains(all, want) {
			t.Errorf("the measures of a spoilt page do not say %q but:\n%s", want, all)
		}
	}
}

func checkMeasures(t *testing.T, s *webdriver.Session, address string, touched bool) {
	t.Helper()
	for _, l := range []look{{4, "light"}, {2, "light"}} {
		set(s, l)
		var found []string
		s.Execute(&found, measure, touched)
		for _, f := range found {
			t.Errorf("%s in size %d: %s", address, l.size, f)
		}
	}
}
