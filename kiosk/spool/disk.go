package spool

import (
	"hash"
	"io"
	"os"
	"syscall"
)

// disk is the file system calls whose order is what this package promises.
type disk interface {
	create(path string) (file, error) // must not exist yet
	rename(from, to string) error
	remove(path string) error
	syncDir(path string) error
	free(path string) (free, total int64, err error) // bytes
}

type file interface {
	io.WriteCloser
	Sync() error
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) create(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) remove(path string) error { return os.Remove(path) }

func (osDisk) syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}

func (osDisk) free(path string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	return int64(st.Bavail) * st.Bsize, int64(st.Blocks) * st.Bsize, nil
}

// summing counts and sums what it passes on. It stops when ctx has ended and
// remembers the first failure of dst, so that it can be told from a failure
// of whoever writes.
type summing struct {
	ctx  func() error
	dst  io.Writer
	sum  hash.Hash
	size int64
	err  error
}

func (w *summing) Write(p []byte) (int, error) {
	if err := w.ctx(); err != nil {
		return 0, err
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.dst.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	w.err = err
	return n, err
}
