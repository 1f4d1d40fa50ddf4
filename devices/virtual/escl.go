package virtual

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ESCL is a document scanner on the network that speaks eSCL: a feeder with a
// pile, and a glass. It is an http.Handler; Serve plays it on a listener. The
// zero value has feeder, glass and both sides. It answers in the dialect of
// AirSane: the new job's place comes in a lower-case, relative "location", and
// a job that is done answers 404.
//
// Written from the eSCL notes: capabilities, status, jobs, NextDocument. What
// it is asked is read strictly, so that a wrong client is found.
type ESCL struct {
	Model    string // optional
	NoFeeder bool
	NoPlaten bool
	NoDuplex bool

	mu      sync.Mutex
	pile    [][][]byte // sheets in the feeder, each with its sides
	glass   []byte     // what lies on the glass
	jobs    []*esclJob
	made    int // jobs ever
	asked   int // requests ever
	last    []string
	sheets  int
	armed   map[string]string // words that wait for the next page, status or request
	stay    map[string]bool   // words that stay
	woken   chan struct{}     // closed when a word changes what stays
	onSheet func(int)
	onOrder func(int)
	closing bool // Serve ends: nothing is answered any more
	answers sync.WaitGroup
}

// esclJob is one scan job.
type esclJob struct {
	id      string
	set     scanSettings
	sides   [][]byte // of the sheet that is through the feeder, not yet fetched
	sent    int
	state   string // Processing, Completed, Aborted, Canceled
	deleted bool
	ended   int // times the end was told
}

// Where the interface lies; and how much is remembered.
const (
	esclRoot    = "/eSCL/"
	esclMaxJobs = 100 // older ones are forgotten
	esclMaxLog  = 1000
)

// Feed lays a sheet, given by the JPEGs of its one or two sides, into the
// feeder, behind those that lie there.
func (e *ESCL) Feed(sides ...[]byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pile = append(e.pile, sides)
}

// Lay puts a sheet on the glass, in the place of what lay there; nil takes it
// away. An empty glass gives a white page.
func (e *ESCL) Lay(jpeg []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.glass = jpeg
}

// Queue is the number of sheets in the feeder.
func (e *ESCL) Queue() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.pile)
}

// Jobs is how many jobs were made.
func (e *ESCL) Jobs() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made
}

// Open is how many jobs were made and not deleted.
func (e *ESCL) Open() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, j := range e.jobs {
		if !j.deleted {
			n++
		}
	}
	return n
}

// Requests gives the last requests, such as "GET /eSCL/ScannerStatus".
func (e *ESCL) Requests() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.last...)
}

// OnSheet sets what is called when sheet n (from 1) goes through the feeder or
// is taken from the glass, before it is sent.
func (e *ESCL) OnSheet(f func(n int)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onSheet = f
}

// OnCommand sets what is called when request n (from 1) has come, before it is
// answered.
func (e *ESCL) OnCommand(f func(n int)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onOrder = f
}

// Serve plays the scanner on a listener until the context ends; then it closes
// every connection and returns nil.
func (e *ESCL) Serve(ctx context.Context, l net.Listener) error {
	s := &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	e.close(false)
	defer e.answers.Wait()
	stop := context.AfterFunc(ctx, func() {
		e.close(true)
		s.Close()
	})
	defer stop()
	if err := s.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("virtual escl: %w", err)
	}
	return nil
}

// close begins or ends the time in which nothing is answered.
func (e *ESCL) close(closing bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing = closing
	e.change()
}

// enter counts a request that is being answered.
func (e *ESCL) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return false
	}
	e.answers.Add(1)
	return true
}

// ServeHTTP answers one request.
func (e *ESCL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.enter() {
		cutOff(w)
		return
	}
	defer e.answers.Done()
	if !e.open(r) {
		cutOff(w)
		return
	}
	if e.astray(w, r) {
		return
	}
	path, found := strings.CutPrefix(r.URL.Path, esclRoot)
	job, rest, _ := strings.Cut(strings.TrimPrefix(path, "ScanJobs/"), "/")
	inJob := strings.HasPrefix(path, "ScanJobs/") && job != ""
	switch {
	case !found:
		http.NotFound(w, r)
	case path == "ScannerCapabilities" && r.Method == http.MethodGet:
		e.describe(w, e.capabilities())
	case path == "ScannerStatus" && r.Method == http.MethodGet:
		e.describe(w, e.status())
	case path == "ScanJobs" && r.Method == http.MethodPost:
		e.makeJob(w, r)
	case inJob && rest == "NextDocument" && r.Method == http.MethodGet:
		e.nextDocument(w, r, job)
	case inJob && rest == "" && r.Method == http.MethodDelete:
		e.deleteJob(w, job)
	case path == "ScannerCapabilities", path == "ScannerStatus", path == "ScanJobs", inJob && (rest == "" || rest == "NextDocument"):
		http.Error(w, "not this way", http.StatusMethodNotAllowed)
	default:
		http.NotFound(w, r)
	}
}

// open counts a request and tells whether the scanner answers at all.
func (e *ESCL) open(r *http.Request) bool {
	e.mu.Lock()
	e.asked++
	n, hook := e.asked, e.onOrder
	e.last = append(e.last, r.Method+" "+r.URL.Path)
	if len(e.last) > esclMaxLog {
		e.last = e.last[1:]
	}
	e.mu.Unlock()
	if hook != nil {
		hook(n)
	}
	for {
		e.mu.Lock()
		gone, hangs, woken := e.stay["unplug"] || e.closing, e.stay["hang"], e.changed()
		e.mu.Unlock()
		if gone || !hangs {
			return !gone
		}
		select {
		case <-woken:
		case <-r.Context().Done():
			return false
		}
	}
}

// changed is closed when a staying word comes or goes; e.mu is held.
func (e *ESCL) changed() chan struct{} {
	if e.woken == nil {
		e.woken = make(chan struct{})
	}
	return e.woken
}

// change tells those who wait for it; e.mu is held.
func (e *ESCL) change() {
	if e.woken != nil {
		close(e.woken)
		e.woken = nil
	}
}

// astray answers a request whose answer is not about what was asked.
func (e *ESCL) astray(w http.ResponseWriter, r *http.Request) bool {
	to, hit := e.take("redirect")
	if hit {
		if to == "" {
			to = "192.0.2.1" // an address that is nobody's
		}
		http.Redirect(w, r, "http://"+to+r.URL.Path, http.StatusFound)
	}
	return hit
}

// busy answers 503 if a word says so.
func (e *ESCL) busy(w http.ResponseWriter) bool {
	if after, hit := e.take("retry_after"); hit {
		if after == "" {
			after = "1"
		}
		w.Header().Set("Retry-After", after)
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return true
	}
	e.mu.Lock()
	storm := e.stay["storm_503"]
	e.mu.Unlock()
	if storm || e.times("busy_503") {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return true
	}
	return false
}

// cutOff ends a connection the hard way.
func cutOff(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetLinger(0) // a reset, not an end
			}
			c.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}
