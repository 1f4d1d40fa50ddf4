package uplink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"servicepoint/kiosk"
)

// shelf is a small tus server whose answers can be bent.
type shelf struct {
	mu      sync.Mutex
	size    int64
	got     []byte
	patches int
	head    func(w http.ResponseWriter) bool                         // answers instead, if true
	patch   func(w http.ResponseWriter, r *http.Request, n int) bool // n counts from 1
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := w.Header()
	h.Set("Tus-Resumable", "1.0.0")
	if r.Header.Get("Authorization") != "Bearer token" || r.Header.Get("Tus-Resumable") != "1.0.0" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodHead {
		if s.head != nil && s.head(w) {
			return
		}
		h.Set("Upload-Length", strconv.FormatInt(s.size, 10))
		h.Set("Upload-Offset", strconv.Itoa(len(s.got)))
		return
	}
	s.patches++
	if s.patch != nil && s.patch(w, r, s.patches) {
		return
	}
	if r.Header.Get("Upload-Offset") != strconv.Itoa(len(s.got)) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	b, _ := io.ReadAll(r.Body)
	s.got = append(s.got, b...)
	h.Set("Upload-Offset", strconv.Itoa(len(s.got)))
	w.WriteHeader(http.StatusNoContent)
}

func (s *shelf) client(t *testing.T) (*Client, string) {
	t.Helper()
	c := client(t, s.ServeHTTP)
	c.pace.size = chunkMin
	return c, c.Origin + "/files/abc"
}

func TestCarrySendsWhatIsMissing(t *testing.T) {
	p, b := parcelOf(3*chunkMin + 17)
	for _, have := range []int{0, 1, chunkMin, 3 * chunkMin, len(b)} {
		s := &shelf{size: p.Bytes, got: bytes.Clone(b[:have])}
		c, u := s.client(t)
		var seen []int64
		if err := c.Carry(t.Context(), u, p, bytes.NewReader(b), func(n int64) { seen = append(seen, n) }); err != nil {
			t.Fatalf("from %d: %v", have, err)
		}
		if !bytes.Equal(s.got, b) || seen[0] != int64(have) || seen[len(seen)-1] != p.Bytes {
			t.Errorf("from %d: %d of %d bytes, progress %v", have, len(s.got), len(b), seen)
		}
	}
}

func TestCarryDistrustsTheCentresOffsets(t *testing.T) {
	p, b := parcelOf(3 * chunkMin)
	bend := func(offset string) func(w http.ResponseWriter, r *http.Request, n int) bool {
		return func(w http.ResponseWriter, r *http.Request, n int) bool {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Upload-Offset", offset)
			w.WriteHeader(http.StatusNoContent)
			return true
		}
	}
	for _, offset := range []string{"", "-1", "+1", "1e3", "0", strconv.Itoa(chunkMin + 1), "99999999999999999999", strconv.Itoa(3 * chunkMin)} {
		s := &shelf{size: p.Bytes, patch: bend(offset)}
		c, u := s.client(t)
		err := c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {})
		wantSetback(t, err, kiosk.RetryLater, CodeBadAnswer)
		if s.patches != 1 {
			t.Errorf("offset %q: %d patches", offset, s.patches)
		}
	}
	for _, length := range []string{"", "5", "-1", strconv.FormatInt(p.Bytes-1, 10)} {
		s := &shelf{head: func(w http.ResponseWriter) bool {
			w.Header().Set("Upload-Offset", "0")
			w.Header().Set("Upload-Length", length)
			return true
		}}
		c, u := s.client(t)
		wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), kiosk.StartOver, CodeUploadGone)
	}
}

func TestCarryAsksAgainAfterAMismatch(t *testing.T) {
	p, b := parcelOf(2 * chunkMin)
	s := &shelf{size: p.Bytes}
	s.patch = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 { // a delayed request of an earlier life arrives first
			s.got = append(s.got, b[:100]...)
		}
		return false
	}
	c, u := s.client(t)
	if err := c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}); err != nil || !bytes.Equal(s.got, b) {
		t.Errorf("after one mismatch: %v", err)
	}
	s = &shelf{size: p.Bytes, patch: func(w http.ResponseWriter, r *http.Request, n int) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusConflict)
		return true
	}}
	c, u = s.client(t)
	wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), kiosk.RetryLater, CodeBadAnswer)
	if s.patches != resyncs+1 {
		t.Errorf("%d patches against a centre that never agrees", s.patches)
	}
}

func TestCarryRemedies(t *testing.T) {
	p, b := parcelOf(chunkMin)
	for _, c := range []struct {
		status int
		strip  bool // without Tus-Resumable
		remedy kiosk.Remedy
		code   kiosk.Code
	}{
		{400, false, kiosk.RetryLater, CodeBadAnswer},
		{401, false, kiosk.PauseAll, CodeRefused},
		{403, false, kiosk.PauseAll, CodeRefused},
		{404, false, kiosk.StartOver, CodeUploadGone},
		{410, false, kiosk.StartOver, CodeUploadGone},
		{413, false, kiosk.GiveUp, CodeRejected},
		{415, false, kiosk.GiveUp, CodeRejected},
		{422, false, kiosk.GiveUp, CodeRejected},
		{423, false, kiosk.RetryLater, CodeBusy},
		{429, false, kiosk.WaitForLink, CodeBusy},
		{500, false, kiosk.RetryLater, CodeBadAnswer},
		{503, false, kiosk.WaitForLink, CodeBusy},
		{507, false, kiosk.RetryLater, CodeBusy},
		{200, true, kiosk.WaitForLink, CodeCaptive},
		{204, true, kiosk.WaitForLink, CodeCaptive},
		{404, true, kiosk.WaitForLink, CodeCaptive},
		{413, true, kiosk.RetryLater, CodeBadAnswer},
	} {
		for _, step := range []string{"head", "patch"} {
			if step == "head" && c.status == 204 {
				continue
			}
			bend := func(w http.ResponseWriter) bool {
				if c.strip {
					w.Header().Del("Tus-Resumable")
				}
				w.WriteHeader(c.status)
				return true
			}
			s := &shelf{size: p.Bytes}
			if step == "head" {
				s.head = bend
			} else {
				s.patch = func(w http.ResponseWriter, r *http.Request, _ int) bool {
					_, _ = io.Copy(io.Discard, r.Body)
					return bend(w)
				}
			}
			t.Run(fmt.Sprint(step, " ", c.status, " ", c.strip), func(t *testing.T) {
				cl, u := s.client(t)
				wantSetback(t, cl.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), c.remedy, c.code)
			})
		}
	}
}

func TestCarryTellsASpoiltUploadFromASpoiltFile(t *testing.T) {
	p, b := parcelOf(chunkMin)
	spoiltSums := func(w http.ResponseWriter, r *http.Request, _ int) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(statusSpoilt)
		return true
	}
	c, u := (&shelf{size: p.Bytes, patch: spoiltSums}).client(t)
	wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), kiosk.StartOver, CodeUploadGone)
	bent := bytes.Clone(b)
	bent[7] ^= 1
	c, u = (&shelf{size: p.Bytes, patch: spoiltSums}).client(t)
	wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(bent), func(int64) {}), kiosk.GiveUp, CodeDamaged)
}

type failingFile struct{ at int64 }

var errDisk = errors.New("disk says no")

func (f failingFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.at {
		return 0, errDisk
	}
	return len(p), nil
}

func TestCarryBlamesTheDisk(t *testing.T) {
	p, _ := parcelOf(chunkMin)
	c, u := (&shelf{size: p.Bytes}).client(t)
	err := c.Carry(t.Context(), u, p, failingFile{at: 100_000}, func(int64) {})
	if s := wantSetback(t, err, kiosk.RetryLater, CodeLocalRead); !errors.Is(s, errDisk) {
		t.Errorf("lost the cause: %v", err)
	}
}

// A line that breaks under a chunk is the parcel's trouble; one that does not
// even answer the first question is the network's.
func TestCarryBlamesTheLineOrTheParcel(t *testing.T) {
	p, b := parcelOf(chunkMin)
	abort := func(http.ResponseWriter, *http.Request, int) bool { panic(http.ErrAbortHandler) }
	c, u := (&shelf{size: p.Bytes, patch: abort}).client(t)
	wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), kiosk.RetryLater, CodeUnreachable)
	c, u = (&shelf{size: p.Bytes, head: func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }}).client(t)
	wantSetback(t, c.Carry(t.Context(), u, p, bytes.NewReader(b), func(int64) {}), kiosk.WaitForLink, CodeUnreachable)
}

func TestStalledLineIsGivenUp(t *testing.T) {
	p, b := parcelOf(chunkMin)
	hang := make(chan struct{})
	s := &shelf{size: p.Bytes}
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			_, _ = io.Copy(io.Discard, r.Body)
			<-hang // the bytes are taken, the answer never comes
			return
		}
		s.ServeHTTP(w, r)
	})
	t.Cleanup(func() { close(hang) }) // runs before the server waits for its handlers
	c.Stall = 50 * time.Millisecond
	err := c.Carry(t.Context(), c.Origin+"/files/abc", p, bytes.NewReader(b), func(int64) {})
	if s := wantSetback(t, err, kiosk.RetryLater, CodeUnreachable); !errors.Is(s, errStalled) {
		t.Errorf("cause %v", s.Err)
	}
}

func TestCarryEndsWithItsContext(t *testing.T) {
	p, b := parcelOf(4 * chunkMin)
	ctx, cancel := context.WithCancel(t.Context())
	c, u := (&shelf{size: p.Bytes}).client(t)
	err := c.Carry(ctx, u, p, bytes.NewReader(b), func(n int64) {
		if n >= chunkMin {
			cancel()
		}
	})
	if s := wantSetback(t, err, kiosk.WaitForLink, CodeUnreachable); !errors.Is(s, context.Canceled) {
		t.Errorf("cause %v", s.Err)
	}
}
