package a4

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"servicepoint/devices"
)

var sequences = flag.Int("sequences", 0, "random sequences of what a device may do; 0 is 10,000 under CI=true, else 1,000")

// whims makes an odd that does something wrong now and then.
func whims(f *far, rng *rand.Rand, calm *bool) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if *calm || r.Method == http.MethodDelete || rng.IntN(3) > 0 {
			return false
		}
		next := strings.HasSuffix(r.URL.Path, "NextDocument")
		switch what := rng.IntN(12); {
		case what < 6:
			code := []int{503, 409, 404, 410, 500, 302}[what]
			w.Header().Set("Retry-After", strconv.Itoa(rng.IntN(40)))
			w.WriteHeader(code)
		case what == 6:
			f.adf = []string{"", "ScannerAdfJam", "ScannerAdfHatchOpen", "ScannerAdfLoaded", "ScannerAdfProcessing", "x"}[rng.IntN(6)]
			return false
		case what == 7 && !next:
			w.Write([]byte("<html>"))
		case what == 8:
			panic(http.ErrAbortHandler)
		case what == 9 && next && len(f.pages) > 0:
			p := f.pages[0]
			if f.offers = rng.IntN(2) > 0; !f.offers {
				f.pull()
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(p)))
			w.Write(p[:rng.IntN(len(p))])
			panic(http.ErrAbortHandler)
		case what == 10 && next && len(f.pages) > 0:
			p := f.pull()
			w.Write(p[:rng.IntN(len(p))])
		case what == 11 && next:
			w.Header().Set("Content-Type", "application/pdf")
			w.Write(f.pull())
		default:
			return false
		}
		return true
	}
}

// Whatever a device does, a Scan comes to an end, gives no page twice or out
// of order, loses none without saying so, and the next one works.
func TestESCLFindsNoDeadEnd(t *testing.T) {
	n := *sequences
	if n == 0 {
		n = 1000
		if os.Getenv("CI") == "true" {
			n = 10_000
		}
	}
	all, calm := pictures(4), false
	f := &far{noGlass: true}
	onFar(t, f, func(t *testing.T, s *ESCL) {
		for seed := range n {
			rng := rand.New(rand.NewPCG(uint64(seed), 4))
			f.mu.Lock()
			calm, f.adf, f.offers, f.open, f.sent, f.asked = false, "", false, false, 0, nil
			f.pages = slices.Clone(all)
			f.odd = whims(f, rng, &calm)
			f.mu.Unlock()
			began := time.Now()
			got, err := scan(t.Context(), s, devices.ScanRequest{Max: rng.IntN(6)})
			f.mu.Lock()
			at := 0
			for _, p := range got {
				i := slices.IndexFunc(all[at:], func(q []byte) bool { return bytes.Equal(p.Bytes, q) })
				if i < 0 {
					t.Fatalf("seed %d: a page came twice, out of order or damaged", seed)
				}
				at += i + 1
			}
			if err == nil && len(got)+len(f.pages) != len(all) {
				t.Fatalf("seed %d: %d pages kept, %d left, and no error", seed, len(got), len(f.pages))
			}
			calm, f.adf, f.open, f.sent, f.pages = true, "", false, 0, slices.Clone(all)
			f.mu.Unlock()
			if took := time.Since(began); took > 20*time.Minute {
				t.Fatalf("seed %d: took %v", seed, took)
			}
			if got, err := scan(t.Context(), s, devices.ScanRequest{}); err != nil || len(got) != len(all) {
				t.Fatalf("seed %d: afterwards %d sheets, %v", seed, len(got), err)
			}
		}
	})
}
