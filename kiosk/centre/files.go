package centre

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"servicepoint/kiosk"
)

// writeSynced writes a small file so that it is either whole or not there.
func writeSynced(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sumSynced reads a whole file, syncs it and gives its sum and size: what it
// says is true of the bytes on the disk.
func sumSynced(path string) (sum kiosk.Digest, n int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return sum, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return sum, 0, fmt.Errorf("sync: %w", err)
	}
	h := sha256.New()
	if n, err = io.Copy(h, f); err != nil {
		return sum, n, fmt.Errorf("hash: %w", err)
	}
	return kiosk.Digest(h.Sum(nil)), n, nil
}

// moveSynced renames a file into another folder; afterwards it is durable
// there under its new name.
func moveSynced(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(to)), syncFolder(filepath.Dir(from)))
}
