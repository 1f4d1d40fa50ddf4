//go:build webview && linux && cgo

package window

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// settle points everything the browser writes into dir, or into a temporary
// folder that undo removes. What the session needs of the old home, the X
// server's key, is named first.
func settle(dir string) (undo func(), err error) {
	undo = func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kiosk-window-"); err != nil {
			return undo, fmt.Errorf("make the browser's folder: %w", err)
		}
		made := dir
		undo = func() { _ = os.RemoveAll(made) }
	}
	if os.Getenv("XAUTHORITY") == "" {
		if key := filepath.Join(os.Getenv("HOME"), ".Xauthority"); fileExists(key) {
			_ = os.Setenv("XAUTHORITY", key)
		}
	}
	for name, sub := range map[string]string{
		"HOME": "", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config",
	} {
		path := filepath.Join(dir, sub)
		if err := os.MkdirAll(path, 0o700); err != nil {
			undo()
			return func() {}, fmt.Errorf("make the browser's folder: %w", err)
		}
		if err := os.Setenv(name, path); err != nil {
			undo()
			return func() {}, fmt.Errorf("set %s: %w", name, err)
		}
	}
	return undo, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sandboxError says why WebKit could not build its sandbox here, or nil.
// WebKit itself would abort the program, so the same is tried beforehand.
func sandboxError(ctx context.Context) error {
	for _, tool := range []string{"bwrap", "xdg-dbus-proxy"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "bwrap", "--unshare-pid", "--unshare-uts", "--unshare-net",
		"--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("bwrap: %w: %.200s", err, out)
	}
	return nil
}
