package main

import (
	"os"
	"path/filepath"
	"syscall"

	"servicepoint/kiosk"
)

// lockState makes this process the only one that works on a state folder. The
// lock is the kernel's and goes with the process, however it ends.
func lockState(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "unit.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, kiosk.Fail(kiosk.Busy, "unit.locked", err)
	}
	return f, nil
}
