package wire

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// hold takes the lock file that stands for one device, whatever name it is
// opened by. The lock is the kernel's and goes with the process, so a file
// that was left behind holds nobody up. Beside the lock on the node itself it
// keeps apart those who open a device by two nodes, and whoever opens an
// address. A machine without a folder for it goes without, as long as nobody
// has named one.
func (p Port) hold(name string) (io.Closer, error) {
	dirs := []string{p.LockDir}
	if p.LockDir == "" {
		dirs = []string{"/run/lock", os.TempDir()}
	}
	var last error
	for _, dir := range dirs {
		file, err := openLock(filepath.Join(dir, name))
		if err != nil {
			last = err
			continue
		}
		if err := lock(file); err != nil {
			file.Close()
			return nil, fault(p, "take lock file", err)
		}
		return file, nil
	}
	if p.LockDir == "" {
		return nil, nil
	}
	f := fault(p, "open lock file", last)
	f.Cause = devices.Denied // whatever is wrong with the folder, the line is there
	return nil, f
}

// openLock opens a lock file that any user may open, and makes it if it is not
// there. The folder is open to all: a link is not followed, and nothing but a
// file will do.
func openLock(path string) (*os.File, error) {
	const how = unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK
	for range 10 { // another process may make or remove it between two steps
		fd, err := unix.Open(path, unix.O_RDONLY|how, 0)
		if errors.Is(err, unix.ENOENT) {
			if fd, err = unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|how, 0o644); errors.Is(err, unix.EEXIST) {
				continue
			}
			if err == nil {
				_ = unix.Fchmod(fd, 0o644) // our umask may close it to others
			}
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			unix.Close(fd)
			return nil, &os.PathError{Op: "open", Path: path, Err: unix.EPERM}
		}
		return os.NewFile(uintptr(fd), path), nil
	}
	return nil, &os.PathError{Op: "open", Path: path, Err: unix.EBUSY}
}
