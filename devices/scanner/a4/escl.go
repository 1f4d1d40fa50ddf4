package a4

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"servicepoint/devices"
)

// How long the eSCL driver waits. Devices on a desk need a fraction.
const (
	esclPoll     = 5 * time.Second
	dialLimit    = 5 * time.Second
	answerLimit  = 10 * time.Second // to a small question
	createLimit  = 30 * time.Second // until a job is taken: the lamp warms up
	pageLimit    = 60 * time.Second // until the first byte of a page
	stallLimit   = 15 * time.Second // between two bytes of a page
	longestPage  = 5 * time.Minute
	deleteLimit  = 5 * time.Second
	goneLimit    = 2 * time.Second  // for the same if nobody waits any more
	patience     = 60 * time.Second // with a device that says it is busy
	longestPause = 30 * time.Second // that a device may ask for
	pageTries    = 3                // for one page
)

// ESCL is the driver of a document scanner on the network, or on USB through
// the ipp-usb service. Set the fields, start Run, call the rest from anywhere.
//
// The sheets come from the feeder if it says that something lies in it, else
// from the glass, which gives one sheet. Both sides of a sheet count as two:
// front, then back. A job that is ended early leaves the paper that was not
// drawn in yet in the feeder.
type ESCL struct {
	URL      string               // http://host[:port], or the full address of its eSCL folder
	HTTP     *http.Client         // optional; of its settings only Transport is used
	Poll     time.Duration        // between looks at an idle device; 0 is five seconds
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called on each change and must not block
	Now      func() time.Time     // optional; measures what a sheet took

	desk   desk
	base   *url.URL // without a slash at its end
	broken error    // what is wrong with URL
	client *http.Client
	caps   *caps // nil until read
}

var _ devices.Scanner = (*ESCL)(nil)

func (s *ESCL) prepare() {
	s.desk.prepare(s.Log, s.OnStatus, devices.Capabilities{Pages: true})
}

// Run owns the scanner until the context ends, and returns nil then. It runs
// once at a time.
func (s *ESCL) Run(ctx context.Context) error {
	s.prepare()
	poll := s.Poll
	if poll <= 0 {
		poll = esclPoll
	}
	return s.desk.run(ctx, poll, s)
}

// Scan implements devices.Scanner.
func (s *ESCL) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	s.prepare()
	return s.desk.scan(&ask{ctx: ctx, request: r, keep: keep, progress: progress})
}

// Codes never sends: a document scanner reads no codes.
func (s *ESCL) Codes() <-chan devices.Code {
	s.prepare()
	return s.desk.codes
}

// Status is what is known of the scanner now.
func (s *ESCL) Status() devices.Status {
	s.prepare()
	return s.desk.current()
}

// Capabilities is what the scanner said it can do; little before it answered.
func (s *ESCL) Capabilities() devices.Capabilities {
	s.prepare()
	return s.desk.capabilities()
}

func (s *ESCL) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// connect reads the address and sets up the client, once. Every request gets
// a connection of its own: net/http repeats a GET by itself when a connection
// that was used before breaks, and a repeated NextDocument would lose a page.
func (s *ESCL) connect() error {
	if s.client != nil || s.broken != nil {
		return s.broken
	}
	s.base, s.broken = baseURL(s.URL)
	if s.broken != nil {
		return s.broken
	}
	t := http.RoundTripper(&http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialLimit}).DialContext,
		TLSHandshakeTimeout: dialLimit,
	})
	if s.HTTP != nil && s.HTTP.Transport != nil {
		t = s.HTTP.Transport
	}
	if own, ok := t.(*http.Transport); ok {
		own = own.Clone()
		own.DisableKeepAlives, own.DisableCompression = true, true
		own.MaxResponseHeaderBytes = 64 << 10
		t = own
	}
	s.client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return nil
}

// baseURL reads the configured address.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("an eSCL address begins with http:// or https:// and a host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("an eSCL address has neither a user nor a question mark")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if u.Path == "" {
		u.Path = "/eSCL"
	}
	return u, nil
}

// jobURL is the rule for a job's Location: it may be relative, but it must lie
// on the configured host, port and scheme.
func jobURL(base *url.URL, location string) (*url.URL, error) {
	if location == "" || len(location) > 1024 {
		return nil, errors.New("a job without a usable Location")
	}
	ref, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("a Location that is no address")
	}
	u := base.JoinPath("ScanJobs").ResolveReference(ref)
	switch {
	case !strings.EqualFold(u.Scheme, base.Scheme) || !strings.EqualFold(u.Hostname(), base.Hostname()) || port(u) != port(base):
		return nil, errors.New("a Location on another host")
	case u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("a Location of an unusual form")
	case strings.Trim(u.Path, "/") == "" || strings.Trim(u.Path, "/") == strings.Trim(base.Path, "/"):
		return nil, errors.New("a Location that names no job")
	}
	u.Scheme, u.Host = base.Scheme, base.Host
	return u, nil
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// look implements maker.
func (s *ESCL) look(ctx context.Context) (string, []devices.Cause, *devices.Fault) {
	c, err := s.readCaps(ctx)
	if err != nil {
		return "", nil, asFault(err)
	}
	st, err := s.readStatus(ctx)
	if err != nil {
		s.caps = nil // perhaps another device comes back
		return "", nil, asFault(err)
	}
	return c.model, nil, st.fault(c.simplex != nil || c.duplex != nil)
}

// readCaps asks for the capabilities unless they are known.
func (s *ESCL) readCaps(ctx context.Context) (*caps, error) {
	if s.caps != nil {
		return s.caps, nil
	}
	b, err := s.get(ctx, "ScannerCapabilities")
	if err != nil {
		return nil, err
	}
	c, err := readCaps(b)
	if err != nil {
		return nil, fail(devices.Garbled, "its capabilities", err)
	}
	s.caps = c
	can := devices.Capabilities{Model: c.model, Pages: true, Feeder: c.simplex != nil || c.duplex != nil, Duplex: c.duplex != nil}
	for _, from := range []*source{c.platen, c.simplex, c.duplex} {
		if from != nil {
			can.DPI = append(can.DPI, from.dpi...)
		}
	}
	slices.Sort(can.DPI)
	can.DPI = slices.Compact(can.DPI)
	s.desk.learn(can)
	return c, nil
}

func (s *ESCL) readStatus(ctx context.Context) (*status, error) {
	b, err := s.get(ctx, "ScannerStatus")
	if err != nil {
		return nil, err
	}
	st, err := readStatus(b)
	if err != nil {
		return nil, fail(devices.Garbled, "its status", err)
	}
	return st, nil
}

// asFault names an error for whoever asked.
func asFault(err error) *devices.Fault {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return f
	}
	return fail(devices.Cancelled, "", err)
}
