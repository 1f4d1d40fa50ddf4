package wire

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Appeared tells each time the node may have come: its name or a link on the
// way to it was made, or its rights changed, as udev does right after. Nothing
// is told of a node that is there at the call. The channel holds one word and
// is never closed; a port that is an address, and a system that cannot watch
// folders, never speak. The watch ends with ctx.
func (p Port) Appeared(ctx context.Context) <-chan struct{} {
	told := make(chan struct{}, 1)
	if p.Path == "" || strings.HasPrefix(p.Path, tcpPrefix) || ctx.Err() != nil {
		return told
	}
	path, err := filepath.Abs(p.Path)
	if err != nil {
		return told
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return told
	}
	w := &watch{path: path, file: os.NewFile(uintptr(fd), "inotify"), dirs: map[int32]string{}}
	there := w.follow()
	stop := context.AfterFunc(ctx, func() { w.file.Close() })
	go func() {
		defer w.file.Close()
		defer stop()
		w.run(there, func() {
			select {
			case told <- struct{}{}:
			default: // the word before has not been heard yet
			}
		})
	}()
	return told
}

// watch follows the folders on the way to a node.
type watch struct {
	path  string
	file  *os.File         // inotify
	dirs  map[int32]string // by watch descriptor
	names map[string]map[string]bool
}

const (
	cameMask  = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_ATTRIB
	lostMask  = unix.IN_DELETE | unix.IN_MOVED_FROM
	selfMask  = unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
	loneMask  = unix.IN_IGNORED | unix.IN_Q_OVERFLOW | unix.IN_UNMOUNT // the kernel tells unasked
	watchMask = cameMask | lostMask | selfMask | unix.IN_ONLYDIR
)

// steps gives the folders to watch for a path, and in each the names that
// matter: the folder of the node and of every link on the way, or where one
// does not exist yet its nearest parent.
func steps(path string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for range 16 { // more links than that is a circle
		dir, name := filepath.Dir(path), filepath.Base(path)
		for dir != filepath.Dir(dir) {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				break
			}
			dir, name = filepath.Dir(dir), filepath.Base(dir)
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real // one folder by one name: the kernel counts folders, not names
		}
		if all[dir] == nil {
			all[dir] = map[string]bool{}
		}
		all[dir][name] = true
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(dir, target)
		}
		path = target
	}
	return all
}

// follow brings the watches in step with the folders that exist now, and says
// whether the node is there.
func (w *watch) follow() bool {
	for range 16 { // a folder may come while its parent's watch is set
		w.names = steps(w.path)
		if !w.adjust() {
			break
		}
	}
	_, err := os.Stat(w.path)
	return err == nil
}

// adjust reports whether it added a watch.
func (w *watch) adjust() (added bool) {
	_ = control(w.file, func(fd int) error {
		have := map[string]bool{}
		for wd, dir := range w.dirs {
			if have[dir] = w.names[dir] != nil; !have[dir] {
				_, _ = unix.InotifyRmWatch(fd, uint32(wd))
				delete(w.dirs, wd)
			}
		}
		for dir := range w.names {
			if have[dir] {
				continue
			}
			if wd, err := unix.InotifyAddWatch(fd, dir, watchMask); err == nil {
				w.dirs[int32(wd)] = dir
				added = true
			}
		}
		return nil
	})
	return added
}

// run reads events until the file is closed.
func (w *watch) run(there bool, tell func()) {
	buf := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(buf)
		if err != nil {
			return
		}
		came, changed := w.sort(buf[:n])
		if !changed {
			continue
		}
		was := there
		if there = w.follow(); there && (came || !was) {
			tell()
		}
	}
}

// sort finds out whether any of the events matter.
func (w *watch) sort(events []byte) (came, changed bool) {
	for len(events) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(events))
		mask := binary.NativeEndian.Uint32(events[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		name := strings.TrimRight(string(events[unix.SizeofInotifyEvent:end]), "\x00")
		events = events[end:]

		dir, known := w.dirs[wd]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0:
			came, changed = true, true
		case !known: // a watch that was given up
		case mask&(selfMask|loneMask) != 0:
			changed = true
			delete(w.dirs, wd)
			if mask&unix.IN_IGNORED == 0 { // a folder that moved is still watched
				_ = control(w.file, func(fd int) error {
					_, err := unix.InotifyRmWatch(fd, uint32(wd))
					return err
				})
			}
		case w.names[dir][name]:
			changed = true
			came = came || mask&cameMask != 0
		}
	}
	return came, changed
}
