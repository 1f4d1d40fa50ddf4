package window

import (
	"log/slog"
	"net/url"
	"time"

	"servicepoint/kiosk"
)

// What Show can fail with.
const (
	CodeNotBuilt  kiosk.Code = "window.not_built"  // compiled without the tag webview
	CodeNoDisplay kiosk.Code = "window.no_display" // neither X nor Wayland answers
	CodeBadURL    kiosk.Code = "window.bad_url"    // the start page's address is not http(s)
	CodeDataDir   kiosk.Code = "window.data_dir"   // the browser's folder cannot be used
	CodeNoSandbox kiosk.Code = "window.no_sandbox" // the sandbox is required and not to be had
	CodeCrashes   kiosk.Code = "window.crashes"    // the browser keeps crashing
	CodeNotWiped  kiosk.Code = "window.not_wiped"  // a session's data could not be erased from the browser
)

// Codes lists every code this package can produce.
func Codes() []kiosk.Code {
	return []kiosk.Code{CodeNotBuilt, CodeNoDisplay, CodeBadURL, CodeDataDir, CodeNoSandbox, CodeCrashes, CodeNotWiped}
}

// Options say what the window shows and how. Only URL is required.
type Options struct {
	// URL is the start page with whatever lets the window in (the boot token).
	// Its scheme, host and port are the only origin that may be shown.
	URL string

	// Reread, if set, gives the start page's address anew each time the window
	// returns there: a service that was restarted has another token. It runs on
	// the window's thread and must be quick.
	Reread func() (string, error)

	// DataDir is where the browser may write; a folder in memory that goes with
	// the boot. Empty means a temporary folder, removed at the end.
	DataDir string

	// Fullscreen covers the whole monitor, cannot be closed and locks the keys.
	// Without it an ordinary window of 1280 by 800 shows the same pages.
	Fullscreen bool

	// SandboxRequired refuses to start where the browser's sandbox (user
	// namespaces) is not to be had; otherwise that is logged and gone without.
	SandboxRequired bool

	// WipePath is the path that ends a session, by default "/end". As soon as
	// the service has answered there (or could not) the window wipes itself;
	// the answer is not shown.
	WipePath string

	// AlivePath is what every page fetches every few seconds, by default
	// "/ui/alive"; only the request counts, not the answer. A page that has not
	// for Silence (default 20 s) is taken for hung and replaced by the start
	// page, provided that the service's pages were ever seen to do it.
	AlivePath string
	Silence   time.Duration

	// Notice is what the screen says while the service cannot be reached.
	Notice Notice

	// OnBeat, if set, is called on the window's thread for every sign of life
	// of the page, and whenever the notice is shown because the service is
	// away: the window itself is well then. It feeds the watchdog and must be
	// quick.
	OnBeat func()

	// Log may be nil.
	Log *slog.Logger
}

// Notice is a heading and a sentence, in the resident's language.
type Notice struct{ Title, Text string }

// Defaults for Options.
const (
	defaultWipePath  = "/end"
	defaultAlivePath = "/ui/alive"
	defaultSilence   = 20 * time.Second
)

// complete fills in the defaults and checks the address.
func (o Options) complete() (Options, error) {
	if o.WipePath == "" {
		o.WipePath = defaultWipePath
	}
	if o.AlivePath == "" {
		o.AlivePath = defaultAlivePath
	}
	if o.Silence <= 0 {
		o.Silence = defaultSilence
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if _, err := originOf(o.URL); err != nil {
		return o, err
	}
	return o, nil
}

// originOf gives scheme, host and port of an http or https address.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		// The address may hold a token: it is not repeated in the error.
		return "", kiosk.Fail(kiosk.Invalid, CodeBadURL, nil)
	}
	return u.Scheme + "://" + u.Host, nil
}
