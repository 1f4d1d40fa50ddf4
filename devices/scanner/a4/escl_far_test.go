package a4

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

// far is a small eSCL device: the far end of the tests, in fake time.
type far struct {
	mu       sync.Mutex
	pages    [][]byte // in the feeder
	glass    []byte   // on the glass
	adf      string   // if it does not follow from pages
	open     bool     // a job is
	offers   bool     // the page that broke off is still offered
	sent     int
	jobs     int
	deleted  int
	asked    map[string]int // by method and path
	settings string
	location string // "" is a relative one
	noGlass  bool
	// odd, if set, may answer in another way; it says whether it did.
	odd func(w http.ResponseWriter, r *http.Request, nth int) bool
}

const farJob = "/eSCL/ScanJobs/7"

func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Method + " " + r.URL.Path
	if f.asked == nil {
		f.asked = map[string]int{}
	}
	f.asked[key]++
	if r.Body != nil && r.Method == http.MethodPost {
		b, _ := io.ReadAll(r.Body)
		f.settings = string(b)
	}
	if f.odd != nil && f.odd(w, r, f.asked[key]) {
		return
	}
	switch key {
	case "GET /eSCL/ScannerCapabilities":
		f.capabilities(w)
	case "GET /eSCL/ScannerStatus":
		f.status(w)
	case "POST /eSCL/ScanJobs":
		f.jobs++
		f.open = true
		if f.location == "" {
			f.location = farJob
		}
		w.Header()["location"] = []string{f.location}
		w.WriteHeader(http.StatusCreated)
	case "DELETE " + farJob:
		f.deleted++
		f.open = false
	case "GET " + farJob + "/NextDocument":
		p := f.pull()
		if p == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(p)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// pull takes the next page.
func (f *far) pull() (p []byte) {
	switch {
	case strings.Contains(f.settings, ">Platen<"):
		p, f.glass = f.glass, nil
	case len(f.pages) > 0:
		p, f.pages = f.pages[0], f.pages[1:]
	}
	if p != nil {
		f.sent++
	}
	return p
}

func (f *far) capabilities(w io.Writer) {
	glass := `<scan:Platen><scan:PlatenInputCaps><scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>3300</scan:MaxHeight></scan:PlatenInputCaps></scan:Platen>`
	if f.noGlass {
		glass = ""
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>Far End 1</pwg:MakeAndModel>
<scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>BlackAndWhite1</scan:ColorMode><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:SupportedResolutions><scan:DiscreteResolutions>
<scan:DiscreteResolution><scan:XResolution>600</scan:XResolution><scan:YResolution>600</scan:YResolution></scan:DiscreteResolution>
<scan:DiscreteResolution><scan:XResolution>75</scan:XResolution><scan:YResolution>75</scan:YResolution></scan:DiscreteResolution>
<scan:DiscreteResolution><scan:XResolution>240</scan:XResolution><scan:YResolution>240</scan:YResolution></scan:DiscreteResolution>
</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>
%s<scan:Adf><scan:AdfSimplexInputCaps><scan:MaxWidth>2400</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight></scan:AdfSimplexInputCaps>
<scan:AdfDuplexInputCaps><scan:MaxWidth>2400</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight></scan:AdfDuplexInputCaps></scan:Adf>
</scan:ScannerCapabilities>`, glass)
}

func (f *far) status(w io.Writer) {
	adf := f.adf
	switch {
	case adf != "":
	case len(f.pages) > 0:
		adf = "ScannerAdfLoaded"
	default:
		adf = "ScannerAdfEmpty"
	}
	state, job := "Idle", ""
	if f.open {
		toCome := 0
		if f.offers {
			toCome = 1
		}
		state = "Processing"
		job = fmt.Sprintf(`<scan:Jobs><scan:JobInfo><pwg:JobUri>%s</pwg:JobUri><pwg:ImagesCompleted>%d</pwg:ImagesCompleted><pwg:ImagesToTransfer>%d</pwg:ImagesToTransfer><pwg:JobState>Processing</pwg:JobState></scan:JobInfo></scan:Jobs>`, farJob, f.sent, toCome)
	}
	fmt.Fprintf(w, `<scan:ScannerStatus xmlns:scan="s" xmlns:pwg="p"><pwg:Version>2.63</pwg:Version><pwg:State>%s</pwg:State><scan:AdfState>%s</scan:AdfState>%s</scan:ScannerStatus>`, state, adf, job)
}

// pipes is a network in memory.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	hosts []string // that were called
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, host string) (net.Conn, error) {
	p.hosts = append(p.hosts, host)
	if host != "scanner.example:80" {
		return nil, fmt.Errorf("a call to %s", host)
	}
	a, b := net.Pipe()
	select {
	case p.conns <- b:
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	}
}

// onFar runs a driver against a far end in a bubble of fake time; at its end
// nothing of either may be left.
func onFar(t *testing.T, f *far, test func(t *testing.T, s *ESCL)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		srv := &http.Server{Handler: f}
		var serving sync.WaitGroup
		serving.Go(func() { srv.Serve(net) })
		s := &ESCL{URL: "http://scanner.example", HTTP: &http.Client{Transport: &http.Transport{DialContext: net.dial}}}
		stop := running(t, s)
		synctest.Wait()
		test(t, s)
		stop()
		close(net.done)
		srv.Close()
		serving.Wait()
		for _, h := range net.hosts {
			if h != "scanner.example:80" {
				t.Errorf("the driver called %s", h)
			}
		}
	})
	if f.jobs > 0 && f.open {
		t.Error("a job was left on the device")
	}
}

// farScan does one Scan and wants its outcome; it gives the fake time it took.
func farScan(t *testing.T, f *far, r devices.ScanRequest, cause devices.Cause, want [][]byte) (took time.Duration) {
	t.Helper()
	onFar(t, f, func(t *testing.T, s *ESCL) {
		began := time.Now()
		got, err := scan(t.Context(), s, r)
		took = time.Since(began)
		wantCause(t, err, cause)
		wantSheets(t, got, want)
	})
	return took
}
