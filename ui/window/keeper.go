package window

import (
	"html"
	"net/url"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// browser is what the keeper can do to the view. All calls come on the
// window's thread and return at once.
type browser interface {
	load(address string) // show a page
	notice(page string)  // show this HTML
	kill()               // end the page's process
	clear()              // erase all website data, then call keeper.cleared
	quit()               // leave the main loop
}

// How long the keeper waits. The figures for a crash were measured: a reload
// 0.3 s after one finds a new process ready.
const (
	afterCrash   = 300 * time.Millisecond
	crashWindow  = time.Minute
	crashLimit   = 3
	crashNotice  = 5 * time.Second // how long the notice stands before the window gives up
	endLimit     = 2 * time.Second // how long the service may take to answer on the wipe path
	clearLimit   = 5 * time.Second // clearing data takes some 60 ms
	firstRetry   = 500 * time.Millisecond
	longestRetry = 5 * time.Second
)

// keeper keeps the right page on the screen. It is a plain state machine: the
// browser's events and a tick go in, calls of browser come out. It lives on
// one thread.
type keeper struct {
	opts    Options
	now     func() time.Time
	browser browser

	origin   string      // the one origin that may be shown
	watching bool        // one of our pages is shown or loading: signs of life are due
	loading  bool        // the start page has been asked for and is not there yet
	beating  bool        // pages of this service do give signs of life
	lastBeat time.Time   // the last sign of life, or the start of the last load
	endBy    time.Time   // a page leads to the wipe path: wipe by then, zero for no
	silences int         // hung pages since the last sign of life
	failures int         // loads that failed since one succeeded
	retryAt  time.Time   // when to load the start page again, zero for never
	crashes  []time.Time // within crashWindow
	quitAt   time.Time   // when to give up, zero for never
	failure  error       // why Show ends, nil when it was asked to
}

// start loads the start page.
func (k *keeper) start() {
	k.retryAt = time.Time{}
	address := k.opts.URL
	if k.opts.Reread != nil {
		fresh, err := k.opts.Reread()
		if err != nil {
			k.opts.Log.Warn("window: start page's address cannot be read", "err", err)
			k.unreachable()
			return
		}
		address = fresh
	}
	origin, err := originOf(address)
	if err != nil {
		k.opts.Log.Warn("window: start page's address is of no use", "err", err)
		k.unreachable()
		return
	}
	k.origin = origin
	k.watching, k.loading, k.lastBeat = true, true, k.now()
	k.browser.load(address)
}

// unreachable shows the notice and tries again later, less and less often.
func (k *keeper) unreachable() {
	k.watching = false
	k.retryAt = k.now().Add(min(longestRetry, firstRetry<<min(k.failures, 8)))
	k.failures++
	k.browser.notice(noticePage(k.opts.Notice))
	k.beat()
}

// beat tells the watchdog that the window knows what it does.
func (k *keeper) beat() {
	if k.opts.OnBeat != nil {
		k.opts.OnBeat()
	}
}

// decide rules on a navigation: true lets it go on.
func (k *keeper) decide(address string) bool {
	if address == "about:blank" {
		return true
	}
	if !k.ours(address) {
		k.opts.Log.Warn("window: navigation refused")
		return false
	}
	if k.ends(address) && k.endBy.IsZero() {
		k.endBy = k.now().Add(endLimit)
	}
	return true
}

// ours reports whether an address is of the service's origin.
func (k *keeper) ours(address string) bool {
	origin, err := originOf(address)
	return err == nil && origin == k.origin
}

// ends reports whether an address of ours is the wipe path.
func (k *keeper) ends(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Path == k.opts.WipePath
}

// committed notes that the service has answered and the page is about to
// change. On the wipe path the service has now ended the session.
func (k *keeper) committed(address string) {
	if !k.endBy.IsZero() && k.ours(address) && k.ends(address) {
		k.wipe()
	}
}

// wipe ends the page's process and erases what the browser remembers; the
// start page follows in cleared.
func (k *keeper) wipe() {
	k.watching, k.retryAt, k.endBy = false, time.Time{}, time.Time{}
	k.failure = kiosk.Fail(kiosk.Internal, CodeNotWiped, nil) // until cleared
	k.quitAt = k.now().Add(clearLimit)
	k.browser.kill()
	k.browser.clear()
}

// cleared follows browser.clear. When not everything could be erased the
// window gives up: the next one starts in an empty folder.
func (k *keeper) cleared(ok bool) {
	if !ok {
		k.browser.quit()
		return
	}
	k.failure, k.quitAt = nil, time.Time{}
	k.start()
}

// finished notes that a page has loaded.
func (k *keeper) finished(address string) {
	if k.ours(address) {
		k.failures, k.loading, k.lastBeat = 0, false, k.now()
	}
}

// failed notes that one of our pages did not load. If the session was to end,
// it does: with the service away as well.
func (k *keeper) failed() {
	if !k.endBy.IsZero() {
		k.wipe()
		return
	}
	k.opts.Log.Warn("window: page did not load", "failures", k.failures+1)
	k.unreachable()
}

// requested notes what the page fetches: its heartbeat is among it.
func (k *keeper) requested(address string) {
	if u, err := url.Parse(address); err != nil || u.Path != k.opts.AlivePath || !k.ours(address) {
		return
	}
	k.beating, k.lastBeat, k.silences = true, k.now(), 0
	k.beat()
}

// crashed notes that the page's process ended without being told to.
func (k *keeper) crashed() {
	if !k.quitAt.IsZero() {
		return // wiping or giving up already
	}
	now := k.now()
	k.crashes = slices.DeleteFunc(append(k.crashes, now), func(t time.Time) bool { return now.Sub(t) > crashWindow })
	k.opts.Log.Error("window: the page's process crashed", "within_a_minute", len(k.crashes))
	k.watching = false
	if len(k.crashes) < crashLimit {
		k.retryAt = now.Add(afterCrash)
		return
	}
	k.failure = kiosk.Fail(kiosk.Unavailable, CodeCrashes, nil)
	k.retryAt, k.quitAt = time.Time{}, now.Add(crashNotice)
	k.browser.notice(noticePage(k.opts.Notice))
}

// tick does what is due. It comes several times a second.
func (k *keeper) tick() {
	now := k.now()
	switch {
	case !k.quitAt.IsZero():
		if !now.Before(k.quitAt) {
			k.browser.quit()
		}
	case !k.retryAt.IsZero():
		if !now.Before(k.retryAt) {
			k.start()
		}
	case !k.endBy.IsZero():
		if !now.Before(k.endBy) {
			k.wipe()
		}
	case k.watching && (k.loading || k.beating) && now.Sub(k.lastBeat) > k.opts.Silence:
		k.silent()
	}
}

// silent replaces a page that gave no sign of life for too long.
func (k *keeper) silent() {
	k.silences++
	k.opts.Log.Error("window: no sign of life from the page", "times", k.silences)
	k.browser.kill()
	if k.silences > 1 {
		k.unreachable() // a new process did not help: the service hangs
		return
	}
	k.start()
}

// noticePage is a page that needs nothing from the network. Its colours follow
// the light theme of the pages.
func noticePage(n Notice) string {
	return `<!doctype html><html lang="vi"><meta charset="utf-8"><title>` + html.EscapeString(n.Title) + `</title><style>
html{height:100%;background:#f7f4ee;color:#1c2530;font:400 24px/1.5 "Be Vietnam Pro","Noto Sans",sans-serif;cursor:none}
body{margin:0;min-height:100%;display:grid;place-content:center;text-align:center;padding:0 10vw;box-sizing:border-box}
h1{font-size:44px;line-height:1.4;margin:0 0 16px}p{margin:0}
i{display:block;width:72px;height:72px;margin:0 auto 40px;border:8px solid #d9d2c3;border-top-color:#0b5d57;border-radius:50%;animation:t 1.2s linear infinite}
@keyframes t{to{transform:rotate(1turn)}}@media(prefers-reduced-motion:reduce){i{animation:none}}
</style><body><i></i><h1>` + html.EscapeString(n.Title) + `</h1><p>` + html.EscapeString(n.Text) + `</p></body></html>`
}
