package outbox_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/uplink"
)

func TestParcelTravelsToTheEnd(t *testing.T) {
	w := newWorld(t, true)
	key := w.seal(3 << 20)
	w.run()
	w.untilState(key, kiosk.Wiped)
	w.keptOnce(key)
	want := "sealed>announced announced>uploading uploading>sent sent>stored stored>accepted accepted>wiped"
	if got := strings.Join(w.ledger.taken(), " "); got != want {
		t.Errorf("steps %s\nwant  %s", got, want)
	}
	if !w.wiped(key) {
		t.Error("the file is still there")
	}
	kept, err := os.ReadDir(filepath.Join(w.centre.KeptDir(key.Dossier, 1), "pages"))
	if err != nil || len(kept) != 1 {
		t.Errorf("pages at the centre: %v, %v", kept, err)
	}
	if s := w.runner.Status(); s.Link != outbox.LinkUp {
		t.Errorf("link %s", s.Link)
	}
	w.until("the wiped parcel is no longer shown", func() bool { return len(w.runner.Status().Items) == 0 })
}

func TestHoldKeepsTheFile(t *testing.T) {
	w := newWorld(t, true)
	w.hold = 72 * time.Hour
	key := w.seal(1000)
	w.run()
	w.untilState(key, kiosk.Accepted)
	w.stopRunner()
	if w.wiped(key) {
		t.Error("the file went before its hold passed")
	}
}

func TestNetworkCutAtByteN(t *testing.T) {
	const size = 2 << 20
	for name, cuts := range map[string][]int64{
		"0":           {0, 0, 0},
		"1":           {1},
		"in headers":  {150, 700},
		"mid chunk":   {300_000, 700_000, 1_000_000},
		"near end":    {size - 1000, size + 100},
		"every 200 k": {200_000, 400_000, 600_000, 200_000, 200_000, 200_000, 200_000, 200_000},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, false)
			w.wire.cut(cuts...)
			key := w.seal(size)
			w.run()
			w.untilState(key, kiosk.Stored)
			w.keptOnce(key)
		})
	}
}

// loses breaks the connection after the centre has done its work and before
// the unit hears of it, for the first n matching answers.
func loses(n int, match func(r *http.Request) bool) func(http.Handler) http.Handler {
	var lost atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !match(r) || lost.Add(1) > int64(n) {
				next.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		})
	}
}

func TestAnswersGetLost(t *testing.T) {
	for name, match := range map[string]func(*http.Request) bool{
		"announcement": func(r *http.Request) bool { return r.Method == http.MethodPut },
		"creation":     func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/files/" },
		"last chunk":   func(r *http.Request) bool { return r.Method == http.MethodPatch },
		"receipt":      func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/receipt") },
		"status":       func(r *http.Request) bool { return r.URL.Path == "/v1/status" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, true)
			w.between(loses(2, match))
			key := w.seal(100_000)
			w.run()
			w.untilState(key, kiosk.Wiped)
			if levels := w.ledger.levels(); !slices.Contains(levels, kiosk.LevelAccepted) {
				t.Errorf("receipts %v", levels)
			}
		})
	}
}

func levelsOf(receipts []kiosk.Receipt) []kiosk.Level {
	var out []kiosk.Level
	for _, r := range receipts {
		out = append(out, r.Level)
	}
	return out
}

func TestCentreRestartsInMidUpload(t *testing.T) {
	w := newWorld(t, false)
	var patches, resumedAt atomic.Int64
	w.between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch && patches.Add(1) > 1 {
				panic(http.ErrAbortHandler) // one chunk gets through
			}
			next.ServeHTTP(rw, r)
		})
	})
	key := w.seal(3 << 20)
	w.run()
	w.until("one chunk", func() bool { s := w.runner.Status(); return len(s.Items) == 1 && s.Items[0].Sent >= 1<<20 })
	w.stopRunner()
	w.restartCentre()
	w.between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if n, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64); err == nil {
				resumedAt.CompareAndSwap(0, n)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.run()
	w.untilState(key, kiosk.Stored)
	w.keptOnce(key)
	if resumedAt.Load() != 1<<20 {
		t.Errorf("the upload went on at %d", resumedAt.Load())
	}
}

func TestCentreDownThenUp(t *testing.T) {
	w := newWorld(t, true)
	address := w.server.Listener.Addr().String()
	w.closeCentre()
	key := w.seal(1000)
	w.run()
	w.until("link down", func() bool { return w.runner.Status().Link == outbox.LinkDown })
	w.until("condition", func() bool { on, _ := w.raised.Load(uplink.CodeUnreachable); return on == true })
	if it := w.ledger.item(key); it.Attempts != 0 || it.State != kiosk.Sealed {
		t.Errorf("a missing centre was counted: %+v", it)
	}
	w.openCentre(address)
	w.untilState(key, kiosk.Wiped)
	w.until("condition over", func() bool { on, _ := w.raised.Load(uplink.CodeUnreachable); return on == false })
}

func TestRevokedUnitPausesEverything(t *testing.T) {
	w := newWorld(t, false)
	key := w.seal(1000)
	if err := w.centre.RevokeUnit(t.Context(), unitName); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.until("paused", func() bool { return w.runner.Status().Link == outbox.LinkPaused })
	if s := w.runner.Status(); s.Cause != uplink.CodeRefused || w.ledger.item(key).State != kiosk.Sealed {
		t.Errorf("cause %s, state %s", s.Cause, w.ledger.item(key).State)
	}
	w.stopRunner()
	token, err := w.centre.AddUnit(t.Context(), unitName, newKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	w.client.Token = token // enrolled again, but sealed with a key that stays revoked
	w.run()
	w.until("paused again", func() bool {
		s := w.runner.Status()
		return len(s.Items) == 1 && s.Items[0].Cause == uplink.CodeRefused
	})
	if w.ledger.item(key).State != kiosk.Sealed {
		t.Errorf("state %s", w.ledger.item(key).State)
	}
}

func newKey(t *testing.T) seal.Signer {
	t.Helper()
	s, err := seal.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCaptivePortalLosesNothing(t *testing.T) {
	w := newWorld(t, true)
	w.between(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write([]byte("<html>Sign in</html>"))
		})
	})
	key := w.seal(1000)
	w.run()
	w.until("captive", func() bool { return w.runner.Status().Cause == uplink.CodeCaptive })
	if it := w.ledger.item(key); it.Attempts != 0 || it.State != kiosk.Sealed {
		t.Errorf("a login page was counted: %+v", it)
	}
	w.between(nil)
	w.untilState(key, kiosk.Wiped)
}
