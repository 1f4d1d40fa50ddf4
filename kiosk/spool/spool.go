package spool

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"servicepoint/kiosk"
)

// The folders of a spool, all in one file system.
const (
	tmpDir        = "tmp"
	pagesDir      = "pages"
	parcelsDir    = "parcels"
	quarantineDir = "quarantine"
)

// How files end, after the 64 hex digits of their sum.
const (
	pageExt    = ".age"    // a page, encrypted to its dossier's draft key
	parcelExt  = ".sealed" // a parcel
	sidecarExt = ".env"    // the parcel's signed outer envelope, in the clear
)

// defaultReserve is what stays free for the database and the log.
const defaultReserve = 64 << 20

// Spool is the folder the files lie in. Its methods may be called from any
// goroutine, except Sweep, see there.
type Spool struct {
	Dir     string
	Reserve int64            // bytes that must stay free for anything to be put; Open sets 64 MiB
	Now     func() time.Time // nil means time.Now

	disk disk
}

// Open makes the folders that are missing, for this user only (0700).
func Open(dir string) (*Spool, error) {
	s := &Spool{Dir: dir, Reserve: defaultReserve, disk: osDisk{}}
	for _, sub := range []string{tmpDir, pagesDir, parcelsDir, quarantineDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("open spool: %w", explain(err))
		}
	}
	if err := s.disk.syncDir(dir); err != nil {
		return nil, fmt.Errorf("open spool: %w", explain(err))
	}
	return s, nil
}

const (
	codeFull    kiosk.Code = "spool.full"    // no room: nothing was kept
	codeFailed  kiosk.Code = "spool.failed"  // the disk refused or reported an error: nothing was kept
	codeMissing kiosk.Code = "spool.missing" // no such file
	codeDamaged kiosk.Code = "spool.damaged" // the file's bytes are not those it is named by
)

// Codes lists every code this package's errors carry.
func Codes() []kiosk.Code { return []kiosk.Code{codeFull, codeFailed, codeMissing, codeDamaged} }

// explain turns an error of the file system into a *kiosk.Error; others pass.
func explain(err error) error {
	if _, ok := errors.AsType[*kiosk.Error](err); ok {
		return err
	}
	errno, ok := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return kiosk.Fail(kiosk.NotFound, codeMissing, err)
	case ok && (errno == syscall.ENOSPC || errno == syscall.EDQUOT):
		return kiosk.Fail(kiosk.Unavailable, codeFull, err)
	case ok || errors.Is(err, io.ErrShortWrite):
		return kiosk.Fail(kiosk.Unavailable, codeFailed, err)
	}
	return err
}

func (s *Spool) path(dir string, name kiosk.Digest, ext string) string {
	return filepath.Join(s.Dir, dir, name.String()+ext)
}

func (s *Spool) syncDir(dir string) error {
	return explain(s.disk.syncDir(filepath.Join(s.Dir, dir)))
}

func (s *Spool) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// Free tells how many bytes may still be written, and what share of the file
// system that is (0 to 1).
func (s *Spool) Free() (bytes int64, share float64, err error) {
	free, total, err := s.disk.free(s.Dir)
	if err != nil {
		return 0, 0, fmt.Errorf("free space: %w", explain(err))
	}
	if total > 0 {
		share = float64(free) / float64(total)
	}
	return free, share, nil
}

// PutPage keeps what r gives, up to its end, and returns its name and size.
// When it returns without error the file survives a power cut. Otherwise
// nothing was kept; spool.full and spool.failed say that it was the disk's
// doing, and r's own errors come back as they are.
func (s *Spool) PutPage(ctx context.Context, r io.Reader) (kiosk.Digest, int64, error) {
	tmp, sum, size, err := s.write(ctx, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	if err != nil {
		return kiosk.Digest{}, 0, fmt.Errorf("put page: %w", err)
	}
	if err := s.name(tmp, s.path(pagesDir, sum, pageExt)); err != nil {
		return kiosk.Digest{}, 0, fmt.Errorf("put page: %w", err)
	}
	if err := s.syncDir(pagesDir); err != nil {
		return kiosk.Digest{}, 0, fmt.Errorf("put page: %w", err)
	}
	return sum, size, nil
}

// PutParcel keeps what write writes. The file is read back and compared; then
// envelope is asked for the signed outer envelope of these bytes, which is
// kept beside it in the clear, so that the parcel can be sent even if the
// database is lost. The Parcel returned has no dossier and revision: they are
// the caller's to set.
//
// When it returns without error both files survive a power cut. Otherwise the
// parcel has not got its name. Bytes that read back differently are Corrupt
// with code spool.damaged.
func (s *Spool) PutParcel(ctx context.Context, envelope func(kiosk.Digest, int64) ([]byte, error), write func(io.Writer) error) (kiosk.Parcel, error) {
	p, err := s.putParcel(ctx, envelope, write)
	if err != nil {
		return kiosk.Parcel{}, fmt.Errorf("put parcel: %w", err)
	}
	return p, nil
}

func (s *Spool) putParcel(ctx context.Context, envelope func(kiosk.Digest, int64) ([]byte, error), write func(io.Writer) error) (kiosk.Parcel, error) {
	tmp, sum, size, err := s.write(ctx, write)
	if err != nil {
		return kiosk.Parcel{}, err
	}
	p := kiosk.Parcel{SHA256: sum, Bytes: size}
	if p.Envelope, err = s.sidecar(ctx, tmp, sum, size, envelope); err != nil {
		s.disk.remove(tmp)
		return kiosk.Parcel{}, err
	}
	if err := s.name(tmp, s.path(parcelsDir, sum, parcelExt)); err != nil {
		return kiosk.Parcel{}, err
	}
	return p, s.syncDir(parcelsDir)
}

// sidecar compares the parcel lying at tmp with what was written, and keeps
// its envelope under its final name.
func (s *Spool) sidecar(ctx context.Context, tmp string, sum kiosk.Digest, size int64, envelope func(kiosk.Digest, int64) ([]byte, error)) ([]byte, error) {
	if err := s.compare(ctx, tmp, sum, size); err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	env, err := envelope(sum, size)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	envTmp, _, _, err := s.write(ctx, func(w io.Writer) error {
		_, err := w.Write(env)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sidecar: %w", err)
	}
	return env, s.name(envTmp, s.path(parcelsDir, sum, sidecarExt))
}

// name gives a finished file its name; if that fails the file is dropped.
func (s *Spool) name(tmp, name string) error {
	err := s.disk.rename(tmp, name)
	if err != nil {
		s.disk.remove(tmp)
	}
	return explain(err)
}

// write puts what fill writes into a new temporary file, synced and closed.
// If anything fails the file is dropped: after a failed sync the kernel may
// have thrown the bytes away and still report the next sync as good, so the
// same file is never given a second try.
func (s *Spool) write(ctx context.Context, fill func(io.Writer) error) (tmp string, sum kiosk.Digest, size int64, err error) {
	free, _, err := s.disk.free(s.Dir)
	if err != nil {
		return "", sum, 0, explain(err)
	}
	if free < s.Reserve {
		return "", sum, 0, kiosk.Fail(kiosk.Unavailable, codeFull, fmt.Errorf("%d bytes free, %d in reserve", free, s.Reserve))
	}
	tmp = filepath.Join(s.Dir, tmpDir, randomName())
	f, err := s.disk.create(tmp)
	if err != nil {
		return "", sum, 0, explain(err)
	}
	w := &summing{ctx: ctx.Err, dst: f, sum: sha256.New()}
	err = fill(w)
	if w.err != nil {
		err = explain(w.err) // whatever fill made of it
	}
	if err == nil {
		err = explain(f.Sync())
	}
	if e := f.Close(); err == nil {
		err = explain(e)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.disk.remove(tmp)
		return "", sum, 0, err
	}
	w.sum.Sum(sum[:0])
	return tmp, sum, w.size, nil
}

func randomName() string {
	var raw [16]byte
	rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// compare reads a file to its end and checks that it holds these bytes.
func (s *Spool) compare(ctx context.Context, path string, sum kiosk.Digest, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return explain(err)
	}
	defer f.Close()
	w := &summing{ctx: ctx.Err, dst: io.Discard, sum: sha256.New()}
	if _, err := io.Copy(w, f); err != nil {
		return explain(err)
	}
	var got kiosk.Digest
	w.sum.Sum(got[:0])
	if got != sum || (size >= 0 && w.size != size) {
		return kiosk.Fail(kiosk.Corrupt, codeDamaged, fmt.Errorf("%d bytes with sum %s", w.size, got))
	}
	return nil
}
