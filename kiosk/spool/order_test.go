package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

// faulty is the real disk with a pen and a pair of pliers: it writes down
// every call in order and breaks one of them.
type faulty struct {
	osDisk
	dir    string
	calls  []string
	breakN int // the call that fails, counted from 1; 0 for none
	err    error
	dead   bool // after the broken call nothing happens any more, as in a power cut
	flip   bool // what is written is not what was meant
	synced map[string]bool
	fault  error // a promise that was broken
}

var errPowerCut = &os.PathError{Op: "any", Path: "disk", Err: syscall.EIO}

func (d *faulty) call(what string, path ...string) error {
	for _, p := range path {
		what += " " + shape(d.dir, p)
	}
	if d.dead && d.breakN > 0 && len(d.calls) >= d.breakN {
		return errPowerCut
	}
	d.calls = append(d.calls, what)
	if len(d.calls) == d.breakN {
		return d.err
	}
	return nil
}

// shape is a path without its digits: pages/*.age, tmp/*.
func shape(dir, path string) string {
	rel, _ := filepath.Rel(dir, path)
	if strings.Contains(rel, "/") {
		return filepath.Join(filepath.Dir(rel), "*"+filepath.Ext(rel))
	}
	return rel
}

func (d *faulty) create(path string) (file, error) {
	if err := d.call("create", path); err != nil {
		return nil, err
	}
	f, err := d.osDisk.create(path)
	return &faultyFile{f, d, path, false}, err
}

func (d *faulty) rename(from, to string) error {
	if err := d.call("rename", from, to); err != nil {
		return err
	}
	if !d.synced[from] {
		d.fault = fmt.Errorf("%s got its name before it was on the disk", shape(d.dir, to))
	}
	return d.osDisk.rename(from, to)
}

func (d *faulty) remove(path string) error {
	if err := d.call("remove", path); err != nil {
		return err
	}
	return d.osDisk.remove(path)
}

func (d *faulty) syncDir(path string) error {
	if err := d.call("syncdir", path); err != nil {
		return err
	}
	return d.osDisk.syncDir(path)
}

type faultyFile struct {
	file
	d      *faulty
	path   string
	failed bool
}

func (f *faultyFile) Write(p []byte) (int, error) {
	f.d.synced[f.path] = false
	if err := f.d.call("write"); err != nil {
		n, _ := f.file.Write(p[:len(p)/2]) // a torn write
		return n, err
	}
	if f.d.flip {
		torn := append([]byte(nil), p...)
		torn[0] ^= 1
		return f.file.Write(torn)
	}
	return f.file.Write(p)
}

func (f *faultyFile) Sync() error {
	if f.failed {
		f.d.fault = errors.New("a sync was tried again on the same file")
	}
	if err := f.d.call("sync"); err != nil {
		f.failed = true
		return err
	}
	f.d.synced[f.path] = true
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	err := f.d.call("close")
	if e := f.file.Close(); err == nil {
		err = e
	}
	return err
}

func faultySpool(t *testing.T) (*Spool, *faulty) {
	s := open(t)
	d := &faulty{dir: s.Dir, err: &os.PathError{Op: "x", Path: "y", Err: syscall.ENOSPC}, synced: map[string]bool{}}
	s.disk = d
	return s, d
}

var puts = map[string]struct {
	put   func(*testing.T, *Spool) error
	order []string
}{
	"page": {
		func(t *testing.T, s *Spool) error {
			_, _, err := s.PutPage(t.Context(), strings.NewReader("page"))
			return err
		},
		[]string{"create tmp/*", "write", "sync", "close", "rename tmp/* pages/*.age", "syncdir pages"},
	},
	"parcel": {
		func(t *testing.T, s *Spool) error {
			_, err := s.PutParcel(t.Context(), envelopes("env of parcel"), writes("parcel"))
			return err
		},
		[]string{
			"create tmp/*", "write", "sync", "close", // the parcel, then read back
			"create tmp/*", "write", "sync", "close", "rename tmp/* parcels/*.env", // the sidecar
			"rename tmp/* parcels/*.sealed", "syncdir parcels",
		},
	},
}

func TestOrderOfWriting(t *testing.T) {
	for name, p := range puts {
		s, d := faultySpool(t)
		if err := p.put(t, s); err != nil || d.fault != nil {
			t.Fatalf("%s: %v %v", name, err, d.fault)
		}
		if diff := cmp.Diff(p.order, d.calls); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// sound checks that every named file is whole and every parcel has its
// sidecar, whatever has happened before.
func sound(t *testing.T, s *Spool) {
	t.Helper()
	files := tree(t, s)
	for path, content := range files {
		switch filepath.Ext(path) {
		case pageExt, parcelExt:
			if name, _, ok := nameOf(path); !ok || name != digestOf(content) {
				t.Errorf("%s holds %q", path, content)
			}
		}
		if base, ok := strings.CutSuffix(path, parcelExt); ok && files[base+sidecarExt] == "" {
			t.Errorf("%s has no sidecar", path)
		}
	}
}

func always(keep bool) func(kiosk.Digest) bool { return func(kiosk.Digest) bool { return keep } }

// Every call fails once, with the program going on: the caller learns of it,
// nothing unfinished stays, and a second try succeeds.
func TestEveryCallFailsOnce(t *testing.T) {
	for name, p := range puts {
		for n := 1; n <= len(p.order); n++ {
			s, d := faultySpool(t)
			d.breakN = n
			err := p.put(t, s)
			wantCode(t, err, kiosk.Unavailable, "spool.full")
			if d.fault != nil {
				t.Errorf("%s, call %d: %v", name, n, d.fault)
			}
			sound(t, s)
			for path := range tree(t, s) {
				if strings.HasPrefix(path, tmpDir) {
					t.Errorf("%s, call %d (%s): left %s", name, n, p.order[n-1], path)
				}
			}
			if err := p.put(t, s); err != nil {
				t.Errorf("%s, call %d: second try: %v", name, n, err)
			}
			sound(t, s)
		}
	}
}

// The power goes at every call: what the next boot finds is sound, and its
// sweep leaves no unfinished file.
func TestPowerCutAtEveryCall(t *testing.T) {
	for name, p := range puts {
		for n := 1; n <= len(p.order); n++ {
			s, d := faultySpool(t)
			d.breakN, d.dead, d.err = n, true, errPowerCut
			if err := p.put(t, s); kiosk.CodeOf(err) != "spool.failed" {
				t.Errorf("%s, call %d: %v", name, n, err)
			}
			again, err := Open(s.Dir)
			if err != nil {
				t.Fatal(err)
			}
			again.Reserve = 0
			sound(t, again)
			if _, err := again.Sweep(t.Context(), always(false), always(false)); err != nil {
				t.Fatal(err)
			}
			for path := range tree(t, again) {
				if strings.HasPrefix(path, tmpDir) {
					t.Errorf("%s, call %d: swept, but left %s", name, n, path)
				}
			}
			sound(t, again)
			if err := p.put(t, again); err != nil {
				t.Errorf("%s, call %d: next boot: %v", name, n, err)
			}
		}
	}
}

func TestParcelThatReadsBackDifferently(t *testing.T) {
	s, d := faultySpool(t)
	d.flip = true
	_, err := s.PutParcel(t.Context(), func(kiosk.Digest, int64) ([]byte, error) {
		t.Error("an envelope was signed for bytes that are not on the disk")
		return nil, nil
	}, writes("parcel"))
	wantCode(t, err, kiosk.Corrupt, "spool.damaged")
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// The disk's own failure is named even if the writer hides it.
func TestWriterThatHidesTheFailure(t *testing.T) {
	s, d := faultySpool(t)
	d.breakN = 2
	_, err := s.PutParcel(t.Context(), envelopes("env"), func(w io.Writer) error {
		io.WriteString(w, "first")
		io.WriteString(w, "second")
		return nil
	})
	wantCode(t, err, kiosk.Unavailable, "spool.full")
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWipeBrokenOff(t *testing.T) {
	for n := 1; n <= 6; n++ {
		s := open(t)
		page, parcel := putPage(t, s, "page"), putParcel(t, s, "parcel")
		d := &faulty{dir: s.Dir, breakN: n, err: errPowerCut, dead: true, synced: map[string]bool{}}
		s.disk = d
		err := errors.Join(s.WipeParcel(parcel), s.WipePage(page))
		wantCode(t, err, kiosk.Unavailable, "spool.failed")
		s.disk = osDisk{}
		if err := errors.Join(s.WipeParcel(parcel), s.WipePage(page)); err != nil {
			t.Errorf("call %d: %v", n, err)
		}
		if left := tree(t, s); len(left) != 0 {
			t.Errorf("call %d: left %v", n, left)
		}
	}
}
