package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"servicepoint/kiosk"
)

const (
	// youth protects a file whose row is about to be written.
	youth = time.Hour
	// quarantineLife is how long a page that no row knows is still kept.
	quarantineLife = 7 * 24 * time.Hour
)

// Swept counts what a sweep did.
type Swept struct {
	Tmp      int // unfinished files deleted
	Pages    int // unknown files set aside from among the pages
	Parcels  int // unknown parcels set aside: somebody should look at them
	Orphans  int // sidecars without a parcel deleted
	Restored int // files set aside earlier that a row knows after all, put back
	Expired  int // pages set aside long ago deleted
}

// Sweep clears up after a run that was cut off. It must run before anything
// is put. keepPages and keepParcels say whether a row knows the file; when in
// doubt they must say yes.
//
// Unfinished files are deleted. A named file that no row knows and that is
// older than an hour goes to quarantine; pages are deleted from there after
// seven days, parcels never: a row may have been lost, and the parcel with its
// sidecar is then all there is.
func (s *Spool) Sweep(ctx context.Context, keepPages, keepParcels func(kiosk.Digest) bool) (Swept, error) {
	var swept Swept
	steps := []struct {
		dir  string
		file func(path string, info fs.FileInfo) error
	}{
		{tmpDir, func(path string, _ fs.FileInfo) error { swept.Tmp++; return s.disk.remove(path) }},
		{pagesDir, func(path string, info fs.FileInfo) error { return s.sweepPage(&swept, path, info, keepPages) }},
		{parcelsDir, func(path string, info fs.FileInfo) error { return s.sweepParcel(&swept, path, info, keepParcels) }},
		{quarantineDir, func(path string, info fs.FileInfo) error {
			return s.sweepQuarantine(&swept, path, info, keepPages, keepParcels)
		}},
	}
	for _, step := range steps {
		if err := s.sweepDir(ctx, step.dir, step.file); err != nil {
			return swept, fmt.Errorf("sweep %s: %w", step.dir, explain(err))
		}
	}
	// A file set aside is in quarantine before its old folder forgets it.
	for _, dir := range []string{quarantineDir, pagesDir, parcelsDir, tmpDir} {
		if err := s.syncDir(dir); err != nil {
			return swept, fmt.Errorf("sweep %s: %w", dir, err)
		}
	}
	return swept, nil
}

func (s *Spool) sweepDir(ctx context.Context, dir string, file func(string, fs.FileInfo) error) error {
	entries, err := os.ReadDir(filepath.Join(s.Dir, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // moved together with another one
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			continue // not made here
		}
		if err := file(filepath.Join(s.Dir, dir, e.Name()), info); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spool) older(info fs.FileInfo, than time.Duration) bool {
	return s.now().Sub(info.ModTime()) > than
}

func (s *Spool) sweepPage(swept *Swept, path string, info fs.FileInfo, keep func(kiosk.Digest) bool) error {
	name, ext, ok := nameOf(path)
	if ok && ext == pageExt && keep(name) || !s.older(info, youth) {
		return nil
	}
	swept.Pages++
	return s.setAside(path)
}

func (s *Spool) sweepParcel(swept *Swept, path string, info fs.FileInfo, keep func(kiosk.Digest) bool) error {
	name, ext, ok := nameOf(path)
	if ok && keep(name) || !s.older(info, youth) {
		return nil
	}
	if !ok || ext != sidecarExt {
		swept.Parcels++
		if err := s.setAside(path); err != nil || !ok {
			return err
		}
		err := s.setAside(s.path(parcelsDir, name, sidecarExt))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	}
	if _, err := os.Lstat(s.path(parcelsDir, name, parcelExt)); !errors.Is(err, fs.ErrNotExist) {
		return err // its parcel takes it along
	}
	if _, err := os.Lstat(s.path(quarantineDir, name, parcelExt)); err == nil {
		return s.setAside(path) // a sweep was cut off between the two
	}
	swept.Orphans++
	return s.disk.remove(path)
}

func (s *Spool) sweepQuarantine(swept *Swept, path string, info fs.FileInfo, keepPages, keepParcels func(kiosk.Digest) bool) error {
	name, ext, ok := nameOf(path)
	switch {
	case ok && ext == pageExt && keepPages(name):
		swept.Restored++
		return s.disk.rename(path, s.path(pagesDir, name, ext))
	case ok && (ext == parcelExt || ext == sidecarExt) && keepParcels(name):
		swept.Restored++
		return s.disk.rename(path, s.path(parcelsDir, name, ext))
	case ok && ext == pageExt && s.older(info, quarantineLife):
		swept.Expired++
		return s.disk.remove(path)
	}
	return nil
}

// setAside moves a file to quarantine; its time from then on says since when.
func (s *Spool) setAside(path string) error {
	now := s.now()
	if err := os.Chtimes(path, now, now); err != nil {
		return err
	}
	return s.disk.rename(path, filepath.Join(s.Dir, quarantineDir, filepath.Base(path)))
}
