package a4

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
)

func TestF59_ESCLFeeder(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11} {
		want := devices.Cause("")
		if n == 0 {
			want = devices.NoSheet
		}
		farScan(t, &far{pages: pictures(n), noGlass: true}, devices.ScanRequest{}, want, pictures(n))
	}
	f := &far{pages: pictures(11)}
	farScan(t, f, devices.ScanRequest{Max: 10}, "", pictures(10))
	if len(f.pages) != 1 || f.deleted != 1 {
		t.Errorf("%d sheets are left in the feeder, %d jobs were deleted", len(f.pages), f.deleted)
	}
}

func TestESCLGlass(t *testing.T) {
	f := &far{glass: picture(3)}
	farScan(t, f, devices.ScanRequest{}, "", [][]byte{picture(3)})
	for _, want := range []string{">Platen<", "<pwg:Width>2480<", "<pwg:Height>3300<", "<scan:XResolution>240<", ">RGB24<", ">2.63<"} {
		if !strings.Contains(f.settings, want) {
			t.Errorf("the settings lack %s:\n%s", want, f.settings)
		}
	}
	farScan(t, &far{glass: picture(3)}, devices.ScanRequest{Duplex: true}, devices.NoSheet, nil)
}

func TestESCLDuplexGrayAndFine(t *testing.T) {
	f := &far{pages: pictures(4)}
	farScan(t, f, devices.ScanRequest{Duplex: true, Gray: true, DPI: 500}, "", pictures(4))
	for _, want := range []string{">Feeder<", "<pwg:Width>2400<", "<pwg:Height>3508<", "<scan:XResolution>600<", ">Grayscale8<", "Duplex>true<"} {
		if !strings.Contains(f.settings, want) {
			t.Errorf("the settings lack %s:\n%s", want, f.settings)
		}
	}
}

func TestESCLKeepFails(t *testing.T) {
	f := &far{pages: pictures(3)}
	onFar(t, f, func(t *testing.T, s *ESCL) {
		n := 0
		err := s.Scan(t.Context(), devices.ScanRequest{}, func(devices.Sheet) error { n++; return errFull }, nil)
		if err != errFull || n != 1 {
			t.Errorf("Scan gives %v after %d sheets", err, n)
		}
	})
	if len(f.pages) != 2 {
		t.Errorf("%d sheets are left in the feeder, want 2", len(f.pages))
	}
}

func TestESCLCancelled(t *testing.T) {
	for name, path := range map[string]string{
		"while it makes the job": "POST /eSCL/ScanJobs", "in a page": "GET " + farJob + "/NextDocument", "asking for its state": "GET /eSCL/ScannerStatus",
	} {
		f := &far{pages: pictures(3)}
		slow := time.Duration(0)
		f.odd = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method+" "+r.URL.Path == path {
				f.mu.Unlock()
				time.Sleep(slow) // the fake clock's
				f.mu.Lock()
			}
			return false
		}
		onFar(t, f, func(t *testing.T, s *ESCL) {
			slow = 3 * time.Second
			if name == "while it makes the job" {
				slow = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := scan(ctx, s, devices.ScanRequest{})
			wantCause(t, err, devices.Cancelled)
			if took := time.Since(began); took > 500*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: after %v: %v", name, took, err)
			}
			time.Sleep(10 * time.Second)
		})
	}
}

func TestESCLStatusFollowsTheDevice(t *testing.T) {
	f := &far{pages: pictures(1)}
	onFar(t, f, func(t *testing.T, s *ESCL) {
		for _, c := range []struct {
			adf  string
			want devices.Cause
		}{
			{"", ""}, {"ScannerAdfJam", devices.Jam}, {"ScannerAdfHatchOpen", devices.CoverOpen}, {"ScannerAdfMispick", devices.Jam}, {"", ""},
		} {
			f.mu.Lock()
			f.adf = c.adf
			f.mu.Unlock()
			time.Sleep(time.Minute)
			if st := s.Status(); st.Cause != c.want || st.Ready != (c.want == "") {
				t.Errorf("feeder %q: %+v", c.adf, st)
			}
		}
		if c := s.Capabilities(); c.Model != "Far End 1" || !c.Feeder || !c.Duplex || len(c.DPI) != 3 || c.DPI[0] != 75 {
			t.Errorf("capabilities: %+v", c)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if n := f.asked["GET /eSCL/ScannerStatus"]; n > 61 {
			t.Errorf("asked for the status %d times in five minutes", n)
		}
	})
}

func TestESCLOffline(t *testing.T) {
	s := &ESCL{URL: "http://127.0.0.1:1"}
	running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Offline)
	for _, bad := range []string{"", "ftp://x", "http://", "http://u:p@x", "http://x/?a", "x"} {
		s := &ESCL{URL: bad}
		running(t, s)
		_, err := scan(t.Context(), s, devices.ScanRequest{})
		wantCause(t, err, devices.NotALine)
	}
}

// answer makes an odd that answers the nth such request with a code.
func answer(path string, from, to, code int, header ...string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if !strings.HasSuffix(r.URL.Path, path) || r.Method == http.MethodDelete || nth < from || nth > to {
			return false
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		return true
	}
}

func TestF58_503Storm(t *testing.T) {
	f := &far{pages: pictures(3), odd: answer("NextDocument", 2, 20, 503)}
	farScan(t, f, devices.ScanRequest{}, "", pictures(3))
	f = &far{pages: pictures(2), odd: answer("ScanJobs", 1, 4, 503, "Retry-After", "10")}
	if took := farScan(t, f, devices.ScanRequest{}, "", pictures(2)); took != 40*time.Second {
		t.Errorf("waited %v, want 40 s", took)
	}
	f = &far{pages: pictures(3), odd: answer("NextDocument", 2, 1e6, 503)}
	if took := farScan(t, f, devices.ScanRequest{}, devices.Occupied, pictures(1)); took != 60*time.Second {
		t.Errorf("patience was %v", took)
	}
	f = &far{pages: pictures(3), odd: answer("ScanJobs", 1, 1e6, 503, "Retry-After", "99999")}
	farScan(t, f, devices.ScanRequest{}, devices.Occupied, nil)
	if n := f.asked["POST /eSCL/ScanJobs"]; n > 3 {
		t.Errorf("asked for a job %d times", n)
	}
}

func TestF58_409(t *testing.T) {
	// at the end, as some devices say it
	farScan(t, &far{pages: pictures(2), odd: answer("NextDocument", 3, 9, 409)}, devices.ScanRequest{}, "", pictures(2))
	// the feeder always says loaded: 409 and then 404
	farScan(t, &far{pages: pictures(2), adf: "ScannerAdfLoaded", odd: answer("NextDocument", 3, 3, 409)}, devices.ScanRequest{}, "", pictures(2))
	for _, c := range []struct {
		adf  string
		from int
		want devices.Cause
	}{
		{"ScannerAdfJam", 1, devices.Jam}, {"ScannerAdfLoaded", 1, devices.Jam}, {"ScannerAdfHatchOpen", 1, devices.CoverOpen},
		{"ScannerAdfEmpty", 1, devices.NoSheet}, {"ScannerAdfJam", 2, devices.Jam}, {"ScannerAdfLoaded", 2, devices.Jam},
	} {
		f := &far{pages: pictures(3)}
		refuse := answer("NextDocument", c.from, 1e6, 409)
		f.odd = func(w http.ResponseWriter, r *http.Request, nth int) bool {
			if !refuse(w, r, nth) {
				return false
			}
			f.adf = c.adf
			return true
		}
		farScan(t, f, devices.ScanRequest{}, c.want, pictures(c.from-1))
		if f.asked["GET "+farJob+"/NextDocument"] > c.from+pageTries {
			t.Errorf("%v: hammered", c)
		}
	}
}

func TestF58_404And410(t *testing.T) {
	for _, code := range []int{404, 410} {
		farScan(t, &far{pages: pictures(3), odd: answer("NextDocument", 1, 1e6, code)}, devices.ScanRequest{}, devices.NoSheet, nil)
		farScan(t, &far{pages: pictures(3), odd: answer("NextDocument", 4, 1e6, code)}, devices.ScanRequest{}, "", pictures(3))
	}
}

// breaks makes an odd that breaks off the transfer of the nth page.
func breaks(f *far, from, to int, taken bool) {
	f.odd = func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if !strings.HasSuffix(r.URL.Path, "NextDocument") || nth < from || nth > to {
			return false
		}
		p := f.pages[0]
		if taken {
			f.pull()
		}
		f.offers = !taken
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Content-Length", strconv.Itoa(len(p)))
		w.Write(p[:len(p)/2])
		panic(http.ErrAbortHandler)
	}
}

func TestF58_ConnectionResetInAPage(t *testing.T) {
	f := &far{pages: pictures(3)} // still offered: asked for again
	breaks(f, 2, 3, false)
	farScan(t, f, devices.ScanRequest{}, "", pictures(3))
	f = &far{pages: pictures(3)} // gone: the next page must not take its place
	breaks(f, 2, 2, true)
	farScan(t, f, devices.ScanRequest{}, devices.Truncated, pictures(1))
	if len(f.pages) != 1 {
		t.Errorf("%d sheets are left in the feeder, want 1", len(f.pages))
	}
	f = &far{pages: pictures(3)} // again and again
	breaks(f, 2, 1e6, false)
	farScan(t, f, devices.ScanRequest{}, devices.Truncated, pictures(1))
	if n := f.asked["GET "+farJob+"/NextDocument"]; n != 1+pageTries {
		t.Errorf("asked %d times", n)
	}
}

func TestF58_PageThatStalls(t *testing.T) {
	f := &far{pages: pictures(2)}
	f.odd = func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if !strings.HasSuffix(r.URL.Path, "NextDocument") || nth > 1 {
			return false
		}
		p := f.pull()
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Content-Length", strconv.Itoa(len(p)))
		w.Write(p[:100])
		w.(http.Flusher).Flush()
		f.mu.Unlock()
		<-r.Context().Done()
		f.mu.Lock()
		return true
	}
	if took := farScan(t, f, devices.ScanRequest{}, devices.Truncated, nil); took != stallLimit {
		t.Errorf("waited %v", took)
	}
}

// gives makes an odd that gives this instead of a page.
func gives(kind string, b []byte) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if !strings.HasSuffix(r.URL.Path, "NextDocument") {
			return false
		}
		w.Header().Set("Content-Type", kind)
		w.Write(b)
		return true
	}
}

func TestF58_WrongContentType(t *testing.T) {
	for _, kind := range []string{"application/pdf", "text/html; charset=utf-8", "image/jpeg-not", "x;;"} {
		farScan(t, &far{pages: pictures(2), odd: gives(kind, picture(1))}, devices.ScanRequest{}, devices.Garbled, nil)
	}
	farScan(t, &far{pages: pictures(2), odd: gives("image/jpeg", []byte("<html>sign in</html>"))}, devices.ScanRequest{}, devices.Garbled, nil)
}

func TestF58_TruncatedJPEG(t *testing.T) {
	p := picture(1)
	flat := bytes.Clone(p) // whole by its markers, but half of its data is gone
	flat = append(flat[:len(flat)*2/3], 0xFF, 0xD9)
	for _, b := range [][]byte{p[:len(p)/2], p[:len(p)-2], p[:len(p)-1], flat, p[:4]} {
		farScan(t, &far{pages: pictures(2), odd: gives("image/jpeg", b)}, devices.ScanRequest{}, devices.Truncated, nil)
	}
}

func TestF58_PageTooLarge(t *testing.T) {
	bomb := picture(1)
	at := bytes.Index(bomb, []byte{0xFF, 0xC0})
	copy(bomb[at+5:], []byte{0x4E, 0x20, 0x4E, 0x20}) // 20000 x 20000
	farScan(t, &far{pages: pictures(2), odd: gives("image/jpeg", bomb)}, devices.ScanRequest{}, devices.TooLarge, nil)
	f := &far{pages: pictures(2)}
	f.odd = func(w http.ResponseWriter, r *http.Request, nth int) bool {
		if strings.HasSuffix(r.URL.Path, "NextDocument") {
			w.Header().Set("Content-Length", strconv.Itoa(maxPage+1))
			w.Header().Set("Content-Type", "image/jpeg")
			w.WriteHeader(200)
			return true
		}
		return false
	}
	farScan(t, f, devices.ScanRequest{}, devices.TooLarge, nil)
}

func TestF58_RedirectToAnotherHost(t *testing.T) {
	for _, path := range []string{"NextDocument", "ScanJobs", "ScannerStatus", "ScannerCapabilities"} {
		for _, to := range []string{"http://evil.example/eSCL/x", "https://scanner.example/eSCL/ScannerStatus", "/elsewhere"} {
			f := &far{pages: pictures(2), odd: answer(path, 1, 1e6, 302, "Location", to)}
			farScan(t, f, devices.ScanRequest{}, devices.Garbled, nil)
		}
	}
	for _, to := range []string{"http://evil.example" + farJob, "//evil.example/x", "http://scanner.example:81" + farJob, "https://scanner.example" + farJob, "http://scanner.example@evil.example/x"} {
		f := &far{pages: pictures(2), location: to}
		onFar(t, f, func(t *testing.T, s *ESCL) {
			_, err := scan(t.Context(), s, devices.ScanRequest{})
			wantCause(t, err, devices.Garbled)
			f.open = false // nobody can tell where that job is
		})
	}
	for _, to := range []string{farJob, "http://scanner.example" + farJob, "HTTP://Scanner.Example:80" + farJob, "ScanJobs/7"} {
		farScan(t, &far{pages: pictures(2), location: to}, devices.ScanRequest{}, "", pictures(2))
	}
}

func TestF58_XMLBomb(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ScannerStatus>&b;</ScannerStatus>`
	for _, b := range []string{
		laughs, strings.Repeat("<a>", 1000), "<ScannerStatus>" + strings.Repeat("<a/>", maxTokens) + "</ScannerStatus>",
		"<ScannerStatus>" + strings.Repeat("x", maxXML) + "</ScannerStatus>", "<ScannerStatus>&b;</ScannerStatus>", "", "<a/>", "</a>", "{}",
	} {
		for _, path := range []string{"ScannerStatus", "ScannerCapabilities"} {
			f := &far{pages: pictures(1)}
			f.odd = func(w http.ResponseWriter, r *http.Request, nth int) bool {
				if strings.HasSuffix(r.URL.Path, path) {
					w.Write([]byte(b))
					return true
				}
				return false
			}
			farScan(t, f, devices.ScanRequest{}, devices.Garbled, nil)
		}
	}
}

func FuzzESCLXML(f *testing.F) {
	var b bytes.Buffer
	(&far{pages: pictures(1)}).capabilities(&b)
	f.Add(bytes.Clone(b.Bytes()))
	b.Reset()
	(&far{open: true}).status(&b)
	f.Add(bytes.Clone(b.Bytes()))
	f.Add([]byte(`<ScannerStatus><State>Down</State><AdfState>x</AdfState></ScannerStatus>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if st, err := readStatus(b); err == nil {
			st.fault(true)
		}
		c, err := readCaps(b)
		if err != nil {
			return
		}
		for _, from := range []*source{c.platen, c.simplex, c.duplex} {
			if from == nil {
				continue
			}
			text := c.settings(from, true, devices.ScanRequest{})
			if err := walk(text, func([]string) {}, func([]string, string) {}); err != nil {
				t.Errorf("settings that are no XML: %v\n%s", err, text)
			}
		}
	})
}

func FuzzESCLLocation(f *testing.F) {
	for _, s := range []string{farJob, "ScanJobs/7", "http://scanner.example/eSCL/ScanJobs/7/", "//evil", "http:\\\\evil", "?x", "../..", "http://scanner.example:80@evil/"} {
		f.Add(s)
	}
	base, err := baseURL("http://scanner.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, location string) {
		u, err := jobURL(base, location)
		if err != nil {
			return
		}
		for _, to := range []*url.URL{u, u.JoinPath("NextDocument")} {
			back, err := url.Parse(to.String())
			if err != nil || !strings.EqualFold(back.Hostname(), "scanner.example") || port(back) != "80" || back.User != nil {
				t.Errorf("%q leads to %q", location, to)
			}
		}
	})
}
