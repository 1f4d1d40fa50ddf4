package virtual

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// photo is a page of some size.
var photo = sync.OnceValue(func() []byte { return SampleImage(1, 50) })

// next asks for the next page of a fresh job.
func next(c client, e *ESCL) (int, http.Header, string, error) {
	c.t.Helper()
	e.Feed(photo())
	return c.do("GET", c.job(feederSource)+"/NextDocument", "")
}

// esclSight is a word and what is seen after it.
type esclSight struct {
	word string
	see  func(t *testing.T, c client, e *ESCL)
}

var esclAnswers = []esclSight{
	{"busy_503 2", func(t *testing.T, c client, e *ESCL) {
		c.ask(503, "POST", "/eSCL/ScanJobs", settings(""))
		c.ask(503, "POST", "/eSCL/ScanJobs", settings(""))
		c.ask(201, "POST", "/eSCL/ScanJobs", settings(""))
	}},
	{"retry_after 7", func(t *testing.T, c client, e *ESCL) {
		if h, _ := c.ask(503, "POST", "/eSCL/ScanJobs", settings("")); h.Get("Retry-After") != "7" {
			t.Error(h)
		}
		c.ask(201, "POST", "/eSCL/ScanJobs", settings(""))
	}},
	{"storm_503", func(t *testing.T, c client, e *ESCL) {
		for range 20 {
			c.ask(503, "POST", "/eSCL/ScanJobs", settings(""))
		}
		e.Fault("calm_503")
		c.ask(201, "POST", "/eSCL/ScanJobs", settings(""))
	}},
	{"conflict_409", func(t *testing.T, c client, e *ESCL) {
		e.Feed(photo())
		at := c.job(feederSource) + "/NextDocument"
		c.ask(200, "GET", at, "")
		c.ask(409, "GET", at, "")
		c.ask(404, "GET", at, "")
	}},
	{"absolute_location", func(t *testing.T, c client, e *ESCL) {
		if h, _ := c.ask(201, "POST", "/eSCL/ScanJobs", settings("")); !strings.HasPrefix(h.Get("Location"), c.url+"/eSCL/ScanJobs/") {
			t.Error(h)
		}
	}},
	{"foreign_location", func(t *testing.T, c client, e *ESCL) {
		if h, _ := c.ask(201, "POST", "/eSCL/ScanJobs", settings("")); !strings.HasPrefix(h.Get("Location"), "http://192.0.2.1/eSCL/") {
			t.Error(h)
		}
	}},
	{"redirect 127.0.0.2:9", func(t *testing.T, c client, e *ESCL) {
		if h, _ := c.ask(302, "GET", "/eSCL/ScannerStatus", ""); h.Get("Location") != "http://127.0.0.2:9/eSCL/ScannerStatus" {
			t.Error(h)
		}
		c.ask(200, "GET", "/eSCL/ScannerStatus", "")
	}},
}

var esclPages = []esclSight{
	{"xml_broken", func(t *testing.T, c client, e *ESCL) {
		if _, s := c.ask(200, "GET", "/eSCL/ScannerStatus", ""); strings.Contains(s, "</scan:ScannerStatus>") {
			t.Error(s)
		}
	}},
	{"reset_mid", func(t *testing.T, c client, e *ESCL) {
		if status, _, body, err := next(c, e); err == nil || len(body) >= len(photo()) {
			t.Errorf("%d, %d bytes, %v", status, len(body), err)
		}
	}},
	{"wrong_type", func(t *testing.T, c client, e *ESCL) {
		if status, h, _, err := next(c, e); err != nil || status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			t.Errorf("%d %v %v", status, h, err)
		}
	}},
	{"truncate 10", func(t *testing.T, c client, e *ESCL) {
		if _, _, body, err := next(c, e); err != nil || len(body) != len(photo())/10 {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	}},
	{"bomb", func(t *testing.T, c client, e *ESCL) {
		_, _, body, err := next(c, e)
		if w, h := jpegSize(t, []byte(body)); err != nil || w != bombSide || h != bombSide {
			t.Errorf("%d by %d, %v", w, h, err)
		}
	}},
	{"slow", func(t *testing.T, c client, e *ESCL) {
		if _, _, body, err := next(c, e); err != nil || body != string(photo()) {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	}},
	{"unplug", func(t *testing.T, c client, e *ESCL) {
		if _, _, _, err := c.do("GET", "/eSCL/ScannerStatus", ""); err == nil {
			t.Error("it answers")
		}
		e.Fault("plug")
		c.ask(200, "GET", "/eSCL/ScannerStatus", "")
	}},
}

func TestESCLWords(t *testing.T) {
	for _, w := range slices.Concat(esclAnswers, esclPages) {
		t.Run(w.word, func(t *testing.T) {
			e := &ESCL{}
			c := startESCL(t, e)
			if err := e.Fault(w.word); err != nil {
				t.Fatal(err)
			}
			w.see(t, c, e)
			for _, undo := range []string{"calm_503", "gone_404", "relative_location"} {
				e.Fault(undo)
			}
			if status, _, body, err := next(c, e); err != nil || status != 200 || body != string(photo()) {
				t.Errorf("afterwards: %d, %d bytes, %v", status, len(body), err)
			}
		})
	}
}
