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
	each(shown, func(address string, from kit.Collection, _ kit.Exhibit) { all = append(all, visit{address, from.Seat}) })
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
// The two engines share the looks of every exhibit between them by turns; with
// KIOSK_DEEP=1 each sees all of them.
func TestExhibitsCanBeReadAndTouched(t *testing.T) {
	deep := os.Getenv("KIOSK_DEEP") != ""
	webdriver.Both(t, func(t *testing.T, s *webdriver.Session) {
		t.Parallel()
		origin, all := open(t, s)
		turn := func(i int) bool { return (i%2 == 0) == (s.Engine == webdriver.WebKit) }
		for i, v := range all {
			s.Navigate(origin + v.address)
			checkMeasures(t, s, v.address, v.seat == kit.Window)
			if deep || turn(i) {
				s.Shot(strings.ReplaceAll(strings.TrimPrefix(v.address, "/gallery/"), "/", "-"))
			}
			for j, l := range []look{{2, "light"}, {2, "dark"}, {4, "light"}} {
				if deep || turn(i) == (j < 2) {
					checkRules(t, s, v, l, j == 0)
				}
			}
		}
		s.SetViewport(1080, 1920)
		for i, v := range all {
			if deep || v.seat == kit.Window || turn(i) {
				s.Navigate(origin + v.address + "?seat=window")
				checkMeasures(t, s, v.address, true)
			}
		}
	})
}

// checkRules asks for every rule, or only for those that looks change.
func checkRules(t *testing.T, s *webdriver.Session, v visit, l look, every bool) {
	t.Helper()
	set(s, l)
	check := s.AxeLooks
	if every {
		check = s.Axe
	}
	for _, violation := range check() {
		t.Errorf("%s in size %d on %s ground: %v", v.address, l.size, l.ground, violation)
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
