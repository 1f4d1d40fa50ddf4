package wire

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"time"
)

// Replay is a Link that plays the device's side of a transcript and compares
// the host's: what a driver did once it must do again, byte for byte. What the
// device said is given to Read, one entry at a time, as soon as the host has
// written all that stood before it; the times between are not kept. A Write
// that differs fails, and so does everything after it.
type Replay struct {
	mu      sync.Mutex
	host    []byte // what is to be written
	written int
	device  []said // what is left to read
	failed  error
	closed  bool
	readBy  time.Time
	changed chan struct{} // closed and made anew at each change
}

// said is one entry of the device's, due once the host has written so much.
type said struct {
	after int
	bytes []byte
}

// A Difference is the first Write of a replay that is not the transcript's.
type Difference struct {
	At        int    // bytes of the host's that agreed
	Want, Got []byte // from there on, at most 32 bytes
}

func (d *Difference) Error() string {
	return fmt.Sprintf("replay: after %d bytes the host writes % x, the transcript has % x", d.At, d.Got, d.Want)
}

// Replay makes a link that plays the transcript once. A driver that opens the
// line several times needs as many transcripts.
func (t Transcript) Replay() *Replay {
	r := &Replay{changed: make(chan struct{})}
	for _, e := range t {
		switch e.Dir {
		case ToDevice:
			r.host = append(r.host, e.Bytes...)
		case FromDevice:
			if len(e.Bytes) > 0 {
				r.device = append(r.device, said{len(r.host), bytes.Clone(e.Bytes)})
			}
		}
	}
	return r
}

// Left gives the bytes that neither side has had yet: to be written by the
// host, and to be read by it.
func (r *Replay) Left() (host, device int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.device {
		device += len(s.bytes)
	}
	return len(r.host) - r.written, device
}

// Err is the first difference, nil while there is none.
func (r *Replay) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *Replay) Read(p []byte) (int, error) {
	for {
		r.mu.Lock()
		n, err := r.take(p)
		by, changed := r.readBy, r.changed
		r.mu.Unlock()
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		var late <-chan time.Time
		if !by.IsZero() {
			late = time.After(time.Until(by))
		}
		select {
		case <-changed:
		case <-late:
		}
	}
}

// take gives what is due; r.mu is held.
func (r *Replay) take(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, os.ErrClosed
	case r.failed != nil:
		return 0, r.failed
	case !r.readBy.IsZero() && !time.Now().Before(r.readBy):
		return 0, os.ErrDeadlineExceeded
	case len(r.device) == 0 || r.device[0].after > r.written:
		return 0, nil
	}
	n := copy(p, r.device[0].bytes)
	if r.device[0].bytes = r.device[0].bytes[n:]; len(r.device[0].bytes) == 0 {
		r.device = r.device[1:]
	}
	return n, nil
}

func (r *Replay) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, os.ErrClosed
	}
	if r.failed != nil {
		return 0, r.failed
	}
	want := r.host[r.written:]
	n := 0
	for n < len(p) && n < len(want) && p[n] == want[n] {
		n++
	}
	r.written += n
	if n < len(p) {
		r.failed = &Difference{At: r.written, Want: bytes.Clone(want[n:min(len(want), n+32)]), Got: bytes.Clone(p[n:min(len(p), n+32)])}
	}
	r.change()
	return n, r.failed
}

// SetReadDeadline bounds Read.
func (r *Replay) SetReadDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readBy = t
	r.change()
	return nil
}

// SetWriteDeadline does nothing: a Write never waits.
func (r *Replay) SetWriteDeadline(time.Time) error { return nil }

// Close frees a Read that waits.
func (r *Replay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.change()
	return nil
}

// change wakes whoever waits; r.mu is held.
func (r *Replay) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}
