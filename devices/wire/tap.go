package wire

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Tap gives a link that writes a Transcript of all that passes to w, one call
// of w.Write for each line, and changes nothing else: when w fails the
// transcript ends and the line goes on. What is to go out is written down
// before it goes, so that no answer stands above its question. See Transcript
// for what it may hold.
func Tap(l Link, w io.Writer, now func() time.Time) Link {
	return &tap{Link: l, rec: &recorder{w: w, now: now}}
}

type tap struct {
	Link
	rec *recorder

	once   sync.Once
	closed error
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Link.Read(p)
	if n > 0 {
		t.rec.bytes(FromDevice, p[:n])
	}
	if err != nil && !errors.Is(err, os.ErrClosed) {
		t.rec.remark("read: " + reason(err))
	}
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	if len(p) > 0 {
		t.rec.bytes(ToDevice, p)
	}
	n, err := t.Link.Write(p)
	if n < len(p) && err != nil {
		t.rec.remark(fmt.Sprintf("write: %d of %d bytes taken: %s", n, len(p), reason(err)))
	}
	return n, err
}

func (t *tap) Close() error {
	t.once.Do(func() {
		t.closed = t.Link.Close()
		if t.closed != nil {
			t.rec.remark("close: " + reason(t.closed))
		} else {
			t.rec.remark("close")
		}
	})
	return t.closed
}

// Pending and Modem are the tapped link's, if it has them.
func (t *tap) Pending() (int, error) {
	if l, ok := t.Link.(interface{ Pending() (int, error) }); ok {
		return l.Pending()
	}
	return 0, fmt.Errorf("ask for pending output: %w", errors.ErrUnsupported)
}

func (t *tap) Modem() (ModemBits, error) {
	if l, ok := t.Link.(interface{ Modem() (ModemBits, error) }); ok {
		return l.Modem()
	}
	return ModemBits{}, fmt.Errorf("read modem bits: %w", errors.ErrUnsupported)
}

// reason words an error; the faults of a line name no device.
func reason(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "deadline"
	}
	return strings.TrimPrefix(err.Error(), ": ")
}

// recorder writes entries one at a time.
type recorder struct {
	w   io.Writer
	now func() time.Time

	mu   sync.Mutex
	last string // the remark just written; a driver that polls would repeat it
	dead bool   // w has failed
}

func (r *recorder) bytes(dir Direction, p []byte) { r.put(Entry{Dir: dir, Bytes: p}) }

func (r *recorder) remark(note string) { r.put(Entry{Dir: Remark, Note: note}) }

func (r *recorder) put(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead || (e.Dir == Remark && e.Note == r.last && e.Note == "read: deadline") {
		return
	}
	r.last = e.Note
	e.At = r.now()
	_, err := io.WriteString(r.w, e.String()+"\n")
	r.dead = err != nil
}
