package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"servicepoint/kiosk"
)

// OpenPage opens a page's file; NotFound with code spool.missing if there is
// none. Whether its bytes are still those it is named by is not looked at:
// the encryption tells on reading.
func (s *Spool) OpenPage(name kiosk.Digest) (io.ReadCloser, error) {
	f, err := os.Open(s.path(pagesDir, name, pageExt))
	if err != nil {
		return nil, fmt.Errorf("open page: %w", explain(err))
	}
	return f, nil
}

// OpenParcel opens a parcel for reading anywhere; NotFound with code
// spool.missing if there is none.
func (s *Spool) OpenParcel(name kiosk.Digest) (interface {
	io.ReaderAt
	io.Closer
}, error) {
	f, err := os.Open(s.path(parcelsDir, name, parcelExt))
	if err != nil {
		return nil, fmt.Errorf("open parcel: %w", explain(err))
	}
	return f, nil
}

// CheckPage reads a page's file and compares it with its name: spool.missing,
// spool.damaged or nil.
func (s *Spool) CheckPage(ctx context.Context, name kiosk.Digest) error {
	if err := s.compare(ctx, s.path(pagesDir, name, pageExt), name, -1); err != nil {
		return fmt.Errorf("check page: %w", err)
	}
	return nil
}

// CheckParcel does the same for a parcel.
func (s *Spool) CheckParcel(ctx context.Context, name kiosk.Digest) error {
	if err := s.compare(ctx, s.path(parcelsDir, name, parcelExt), name, -1); err != nil {
		return fmt.Errorf("check parcel: %w", err)
	}
	return nil
}

// WipePage takes a page's file away for good. A file that is gone already is
// no error.
func (s *Spool) WipePage(name kiosk.Digest) error {
	if err := s.wipe(pagesDir, s.path(pagesDir, name, pageExt)); err != nil {
		return fmt.Errorf("wipe page: %w", err)
	}
	return nil
}

// WipeParcel takes a parcel and its sidecar away for good, wherever the sweep
// may have put them. The parcel goes first: a sidecar alone is swept up.
func (s *Spool) WipeParcel(name kiosk.Digest) error {
	for _, dir := range []string{parcelsDir, quarantineDir} {
		if err := s.wipe(dir, s.path(dir, name, parcelExt), s.path(dir, name, sidecarExt)); err != nil {
			return fmt.Errorf("wipe parcel: %w", err)
		}
	}
	return nil
}

// wipe unlinks files and syncs their folder, even if they were gone: a try
// before this one may not have come to the syncing.
func (s *Spool) wipe(dir string, paths ...string) error {
	for _, path := range paths {
		if err := s.disk.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(err)
		}
	}
	return s.syncDir(dir)
}

// nameOf reads a file's name back; ok is false for a name not made here.
func nameOf(path string) (name kiosk.Digest, ext string, ok bool) {
	base := filepath.Base(path)
	ext = filepath.Ext(base)
	name, err := kiosk.ParseDigest(base[:len(base)-len(ext)])
	return name, ext, err == nil && name.String()+ext == base
}
