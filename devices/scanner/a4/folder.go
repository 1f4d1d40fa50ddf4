package a4

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"servicepoint/devices"
)

// How long the folder's driver waits.
const (
	folderPoll     = 500 * time.Millisecond // between looks during a scan
	folderIdle     = 5 * time.Second        // between looks at other times
	folderPatience = 30 * time.Second       // for the first sheet
	folderQuiet    = 3 * time.Second        // after which no more is expected
	folderSettle   = 2 * time.Second        // for which a file has to stay as it is
	folderGiveUp   = 30 * time.Second       // after which a file that is not whole never will be
	folderReserve  = 64 << 20               // bytes that must be free
	maxFiles       = 1000                   // in the folder; with more it counts as full
)

// The folders that the driver makes in its folder.
const (
	takenDir    = ".taken"
	rejectedDir = "rejected"
)

// Folder takes the sheets that another machine scans into a folder, over SMB
// or FTP. Set the fields, start Run, call the rest from anywhere.
//
// Only files that appear after Scan was called belong to it: whatever lay in
// the folder before was scanned for somebody else. Such files stay where they
// are, are never handed to anyone, and stand in the status as the warning
// Leftover until the staff clears them. That holds also for sheets beyond
// Max and for a sheet whose keep failed, which is put back. What is no
// complete JPEG is moved to the subfolder "rejected" with the warning Garbled.
// A file counts as the same under another name, so renaming makes none new.
type Folder struct {
	Dir      string
	Patience time.Duration        // for the first sheet; 0 is 30 seconds
	Quiet    time.Duration        // after a sheet, until no more is expected; 0 is 3 seconds
	Settle   time.Duration        // for which a file has to stay as it is; 0 is 2 seconds
	Log      *slog.Logger         // optional
	OnStatus func(devices.Status) // optional; called on each change and must not block
	Now      func() time.Time     // optional; measures all of these times

	desk desk
	move func(from, to string) error // os.Rename but in tests
}

var _ devices.Scanner = (*Folder)(nil)

func (s *Folder) prepare() {
	s.desk.prepare(s.Log, s.OnStatus, devices.Capabilities{Model: "folder", Pages: true, Feeder: true})
}

// Run owns the folder until the context ends, and returns nil then. It runs
// once at a time. Sheets that an earlier run had taken and not given away go
// to "rejected": nobody knows any more whose they are.
func (s *Folder) Run(ctx context.Context) error {
	s.prepare()
	return s.desk.run(ctx, folderIdle, s)
}

// Scan implements devices.Scanner. Gray, DPI and Duplex are up to the machine
// that scans.
func (s *Folder) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	s.prepare()
	return s.desk.scan(&ask{ctx: ctx, request: r, keep: keep, progress: progress})
}

// Codes never sends: a folder reads no codes.
func (s *Folder) Codes() <-chan devices.Code {
	s.prepare()
	return s.desk.codes
}

// Status is what is known of the folder now.
func (s *Folder) Status() devices.Status {
	s.prepare()
	return s.desk.current()
}

// Capabilities is what a folder can do.
func (s *Folder) Capabilities() devices.Capabilities {
	s.prepare()
	return s.desk.capabilities()
}

// Clear deletes every sheet that lies in the folder and in its subfolder
// "rejected", at the wish of the staff, and gives their number. It must not be
// called while a Scan is under way.
func (s *Folder) Clear(ctx context.Context) (n int, err error) {
	s.prepare()
	for _, dir := range []string{s.Dir, filepath.Join(s.Dir, rejectedDir)} {
		files, err := list(dir)
		if err != nil && (dir == s.Dir || !errors.Is(err, os.ErrNotExist)) {
			return n, fail(fileCause(err), "the folder", bare(err))
		}
		for _, f := range files {
			if ctx.Err() != nil {
				return n, fail(devices.Cancelled, "", ctx.Err())
			}
			if f.hidden() {
				continue
			}
			if err := os.Remove(filepath.Join(dir, f.name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return n, fail(fileCause(err), "a sheet in the folder", bare(err))
			}
			n++
		}
	}
	s.desk.log.Info("the scan folder was cleared", "files", n)
	return n, nil
}

func (s *Folder) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Folder) rename(from, to string) error {
	if s.move != nil {
		return s.move(from, to)
	}
	return os.Rename(from, to)
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// look implements maker.
func (s *Folder) look(context.Context) (string, []devices.Cause, *devices.Fault) {
	if fault := s.ready(); fault != nil {
		return "", nil, fault
	}
	files, err := list(s.Dir)
	if err != nil {
		return "", nil, fail(fileCause(err), "the folder", bare(err))
	}
	var warnings []devices.Cause
	if slices.ContainsFunc(files, func(f file) bool { return !f.hidden() }) {
		warnings = append(warnings, devices.Leftover)
	}
	if bad, err := list(filepath.Join(s.Dir, rejectedDir)); err == nil && len(bad) > 0 {
		warnings = append(warnings, devices.Garbled)
	}
	return "folder", warnings, nil
}

// ready makes sure that the folder can be worked with.
func (s *Folder) ready() *devices.Fault {
	i, err := os.Stat(s.Dir)
	switch {
	case err != nil:
		return fail(fileCause(err), "the folder", bare(err))
	case !i.IsDir():
		return fail(devices.NotALine, "the folder is none", nil)
	}
	for _, sub := range []string{takenDir, rejectedDir} {
		if err := os.Mkdir(filepath.Join(s.Dir, sub), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return fail(fileCause(err), "a subfolder", bare(err))
		}
	}
	var free syscall.Statfs_t
	if err := syscall.Statfs(s.Dir, &free); err == nil && free.Bavail*uint64(free.Bsize) < folderReserve {
		return fail(devices.NoSpace, "less than 64 MB free in the folder", nil)
	}
	left, err := list(filepath.Join(s.Dir, takenDir))
	if err != nil {
		return fail(fileCause(err), "a subfolder", bare(err))
	}
	for _, f := range left {
		if err := s.put(filepath.Join(s.Dir, takenDir, f.name), rejectedDir, f.name); err != nil {
			return fail(fileCause(err), "a sheet of an earlier run", bare(err))
		}
	}
	return nil
}

// put moves a file into a subfolder, or with "" back into the folder, under
// its name or one like it: nothing is ever written over. A second name and
// then the first one gone is a move that cannot do so.
func (s *Folder) put(path, sub, name string) error {
	ext := filepath.Ext(name)
	for i := 0; ; i++ {
		to := filepath.Join(s.Dir, sub, name)
		if i > 0 {
			to = filepath.Join(s.Dir, sub, strings.TrimSuffix(name, ext)+"-"+strconv.Itoa(i)+ext)
		}
		err := os.Link(path, to)
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) { // no second names here
			if _, err = os.Lstat(to); errors.Is(err, os.ErrNotExist) {
				return s.rename(path, to)
			}
			err = cmp.Or(err, os.ErrExist)
		}
		switch {
		case err == nil:
			return os.Remove(path)
		case !errors.Is(err, os.ErrExist) || i > maxFiles:
			return err
		}
	}
}

// file is one file in the folder as it stands.
type file struct {
	name    string
	id      fileID
	size    int64
	changed time.Time
}

// fileID knows a file again under another name.
type fileID struct{ dev, ino uint64 }

// list gives the plain files of a folder, hidden ones too.
func list(dir string) ([]file, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(maxFiles + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(names) > maxFiles:
		return nil, fmt.Errorf("more than %d files: %w", maxFiles, syscall.ENOSPC)
	}
	var files []file
	for _, name := range names {
		if f, err := stat(filepath.Join(dir, name)); err == nil {
			files = append(files, f)
		}
	}
	return files, nil
}

// hidden files are none of ours: some programs write under such a name first.
func (f file) hidden() bool { return strings.HasPrefix(f.name, ".") }

// stat gives a plain file as it stands.
func stat(path string) (file, error) {
	i, err := os.Lstat(path)
	if err != nil {
		return file{}, err
	}
	sys, ok := i.Sys().(*syscall.Stat_t)
	if !ok || !i.Mode().IsRegular() {
		return file{}, os.ErrInvalid
	}
	return file{filepath.Base(path), fileID{uint64(sys.Dev), sys.Ino}, i.Size(), i.ModTime()}, nil
}
