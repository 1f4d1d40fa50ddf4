package virtual

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// client talks to a scanner on a listener of its own.
type client struct {
	t    *testing.T
	url  string
	http *http.Client
}

func startESCL(t *testing.T, e *ESCL) client {
	t.Helper()
	s := httptest.NewServer(e)
	c := s.Client()
	c.Timeout = 10 * time.Second
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() { e.Fault("let_go"); s.CloseClientConnections(); s.Close() })
	return client{t, s.URL, c}
}

func (c client) do(method, path, body string) (status int, header http.Header, answer string, err error) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "text/xml")
	}
	res, err := c.http.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 100<<20))
	return res.StatusCode, res.Header, string(b), err
}

// ask is do where nothing may go wrong on the wire.
func (c client) ask(want int, method, path, body string) (http.Header, string) {
	c.t.Helper()
	status, header, answer, err := c.do(method, path, body)
	if err != nil || status != want {
		c.t.Fatalf("%s %s: %d (%v), want %d: %.200s", method, path, status, err, want, answer)
	}
	return header, answer
}

// settings is what a right client asks for.
func settings(more string) string {
	return `<?xml version="1.0"?><s:ScanSettings xmlns:s="` + nsScan + `" xmlns:p="` + nsPWG + `">` +
		`<p:Version>2.0</p:Version>` + more + `</s:ScanSettings>`
}

const feederSource = "<p:InputSource>Feeder</p:InputSource>"

// job makes a job and gives its path.
func (c client) job(more string) string {
	c.t.Helper()
	h, _ := c.ask(201, "POST", "/eSCL/ScanJobs", settings(more))
	at := h.Get("Location")
	if !strings.HasPrefix(at, "/eSCL/ScanJobs/") {
		c.t.Fatalf("location %q", at)
	}
	return at
}

func TestESCLFeeder(t *testing.T) {
	e := &ESCL{}
	c := startESCL(t, e)
	for n := range 3 {
		e.Feed(fmt.Appendf(nil, "page %d", n))
	}
	if _, s := c.ask(200, "GET", "/eSCL/ScannerStatus", ""); !strings.Contains(s, "<pwg:State>Idle<") || !strings.Contains(s, "ScannerAdfLoaded") {
		t.Errorf("%s", s)
	}
	at := c.job(feederSource)
	for n := range 3 {
		h, body := c.ask(200, "GET", at+"/NextDocument", "")
		if body != fmt.Sprintf("page %d", n) || h.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%q, %q", h.Get("Content-Type"), body)
		}
	}
	c.ask(404, "GET", at+"/NextDocument", "")
	if _, s := c.ask(200, "GET", "/eSCL/ScannerStatus", ""); !strings.Contains(s, "ScannerAdfEmpty") || !strings.Contains(s, ">3</pwg:ImagesCompleted><pwg:JobState>Completed<") {
		t.Errorf("%s", s)
	}
	if e.Jobs() != 1 || e.Open() != 1 || e.Queue() != 0 {
		t.Errorf("%d jobs, %d open, %d sheets", e.Jobs(), e.Open(), e.Queue())
	}
	c.ask(200, "DELETE", at, "")
	c.ask(404, "DELETE", at, "")
	c.ask(404, "GET", at+"/NextDocument", "")
	if e.Open() != 0 {
		t.Errorf("%d jobs open", e.Open())
	}
	c.ask(409, "POST", "/eSCL/ScanJobs", settings(feederSource)) // nothing in the feeder
	c.ask(405, "GET", "/eSCL/ScanJobs", "")
	c.ask(404, "GET", "/other", "")
	if r := e.Requests(); len(r) != 13 || r[1] != "POST /eSCL/ScanJobs" {
		t.Errorf("%q", r)
	}
}

func TestESCLSides(t *testing.T) {
	e := &ESCL{}
	c := startESCL(t, e)
	at := c.job("") // the glass, with nothing on it
	if _, body := c.ask(200, "GET", at+"/NextDocument", ""); !strings.HasPrefix(body, "\xFF\xD8") {
		t.Error("no white page")
	}
	c.ask(404, "GET", at+"/NextDocument", "")
	e.Lay([]byte("card"))
	at = c.job("<p:InputSource>Platen</p:InputSource><s:XResolution>300</s:XResolution><s:YResolution>300</s:YResolution>")
	if _, body := c.ask(200, "GET", at+"/NextDocument", ""); body != "card" {
		t.Errorf("%q", body)
	}
	e.Feed([]byte("1a"), []byte("1b"))
	e.Feed([]byte("2a"))
	at = c.job(feederSource + "<s:Duplex>true</s:Duplex>")
	var got []string
	for range 4 {
		_, body := c.ask(200, "GET", at+"/NextDocument", "")
		got = append(got, body[:2])
	}
	if !slices.Equal(got, []string{"1a", "1b", "2a", "\xFF\xD8"}) {
		t.Errorf("%q", got)
	}
	e.Feed([]byte("3a"), []byte("3b"))
	at = c.job(feederSource)
	c.ask(200, "GET", at+"/NextDocument", "")
	c.ask(404, "GET", at+"/NextDocument", "")
}

// What a wrong client says is refused.
func TestESCLIsStrict(t *testing.T) {
	e := &ESCL{NoDuplex: true}
	e.Feed([]byte("x"))
	c := startESCL(t, e)
	for body, want := range map[string]int{
		"<ScanSettings/>": 400, "no XML": 400, settings("<open>"): 400,
		strings.Replace(settings(""), nsScan, "urn:other", 1):                                        400,
		settings(feederSource + "<s:Duplex>true</s:Duplex>"):                                         409,
		settings("<p:InputSource>Camera</p:InputSource>"):                                            409,
		settings("<s:ColorMode>CMYK</s:ColorMode>"):                                                  409,
		settings("<s:XResolution>300</s:XResolution>"):                                               409,
		settings("<s:XResolution>1</s:XResolution><s:YResolution>1</s:YResolution>"):                 409,
		settings("<p:DocumentFormat>application/pdf</p:DocumentFormat>"):                             409,
		strings.Replace(settings(""), "<p:Version>2.0</p:Version>", "", 1):                           409,
		settings("<p:ScanRegions><p:ScanRegion><p:Width>9</p:Width></p:ScanRegion></p:ScanRegions>"): 409,
		settings(strings.Repeat(" ", maxSettings)):                                                   400,
	} {
		if status, _, _, err := c.do("POST", "/eSCL/ScanJobs", body); err != nil || status != want {
			t.Errorf("%.300s: %d, %v, want %d", body, status, err, want)
		}
	}
	if e.Jobs() != 0 || e.Queue() != 1 {
		t.Errorf("%d jobs, %d sheets", e.Jobs(), e.Queue())
	}
	_, caps := c.ask(200, "GET", "/eSCL/ScannerCapabilities", "")
	if strings.Contains(caps, "Duplex") || !strings.Contains(caps, "AdfSimplexInputCaps") {
		t.Error("the capabilities lie")
	}
}

// The header goes out in lower case, and a reset is a reset.
func TestESCLOnTheWire(t *testing.T) {
	e := &ESCL{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := e.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := settings("")
	fmt.Fprintf(conn, "POST /eSCL/ScanJobs HTTP/1.1\r\nHost: scanner\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal("no location")
		}
		if strings.HasPrefix(line, "location: /eSCL/ScanJobs/") {
			break
		}
	}
	e.Fault("hang") // a request that is never answered does not hold the end up
	fmt.Fprintf(conn, "GET /eSCL/ScannerStatus HTTP/1.1\r\nHost: scanner\r\n\r\n")
	for len(e.Requests()) < 2 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	wg.Wait()
}

// A feeder in trouble says so in its state, keeps its sheets and goes on.
func TestESCLTrouble(t *testing.T) {
	for word, want := range map[string][2]string{
		"jam": {"ScannerAdfJam", "jam_cleared"}, "cover_open": {"ScannerAdfDoorOpen", "cover_closed"}, "empty": {"ScannerAdfEmpty", "loaded"},
	} {
		e := &ESCL{}
		c := startESCL(t, e)
		e.Feed([]byte("1"))
		e.Feed([]byte("2"))
		e.OnSheet(func(n int) {
			if n == 2 {
				e.OnSheet(nil)
				e.Fault(word)
			}
		})
		at := c.job(feederSource)
		c.ask(200, "GET", at+"/NextDocument", "")
		c.ask(409, "GET", at+"/NextDocument", "")
		if _, s := c.ask(200, "GET", "/eSCL/ScannerStatus", ""); !strings.Contains(s, want[0]) {
			t.Errorf("%s: %s", word, s)
		}
		c.ask(409, "POST", "/eSCL/ScanJobs", settings(feederSource))
		c.ask(201, "POST", "/eSCL/ScanJobs", settings("")) // the glass works
		e.Fault(want[1])
		if _, body := c.ask(200, "GET", c.job(feederSource)+"/NextDocument", ""); body != "2" || e.Queue() != 0 {
			t.Errorf("%s: %q, %d left", word, body, e.Queue())
		}
	}
}

func TestESCLHangs(t *testing.T) {
	e := &ESCL{}
	c := startESCL(t, e)
	commands := 0
	e.OnCommand(func(n int) { commands = n })
	e.Fault("hang")
	done := make(chan error)
	go func() {
		_, _, _, err := c.do("GET", "/eSCL/ScannerStatus", "")
		done <- err
	}()
	select {
	case <-done:
		t.Error("answered")
	case <-time.After(30 * time.Millisecond):
	}
	e.Fault("let_go")
	if err := <-done; err != nil || commands != 1 {
		t.Errorf("%v, %d commands", err, commands)
	}
	for _, word := range []string{"earthquake", "truncate 101", "truncate x", "busy_503 0", "jam 2", ""} {
		if e.Fault(word) == nil {
			t.Errorf("%q was taken", word)
		}
	}
	var b bytes.Buffer
	xmlBomb(&b)
	if b.Len() < 60<<20 || !bytes.Contains(b.Bytes()[:2000], []byte("<!ENTITY a9 ")) {
		t.Errorf("a bomb of %d bytes", b.Len())
	}
}

func FuzzESCLSettings(f *testing.F) {
	f.Add(settings(feederSource))
	f.Add("<s:ScanSettings")
	f.Fuzz(func(t *testing.T, body string) {
		e := &ESCL{}
		e.Feed([]byte("x"))
		r := httptest.NewRequest("POST", "/eSCL/ScanJobs", strings.NewReader(body))
		r.Header.Set("Content-Type", "text/xml")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != 201 && w.Code != 400 && w.Code != 409 || (w.Code == 201) != (e.Jobs() == 1) {
			t.Fatalf("%d, %d jobs", w.Code, e.Jobs())
		}
	})
}
