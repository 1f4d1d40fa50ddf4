package wire

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

func TestF1_NodeMissingIsOffline(t *testing.T) {
	leaks(t)
	dir := t.TempDir()
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "gone"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "no", "folder"), dangling} {
		_, err := Open(t.Context(), Port{Path: path, LockDir: dir})
		wantFault(t, err, devices.Offline)
	}
}

// A USB printer that was pulled out leaves a node of nobody's number.
func TestF1_NodeWithoutADeviceIsOffline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp9")
	if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(majorUSB, 9))); err != nil {
		t.Skip("making a node needs root: ", err)
	}
	_, err := Open(t.Context(), Port{Path: path, LockDir: t.TempDir()})
	wantFault(t, err, devices.Offline)
}

func TestF2_PermissionDenied(t *testing.T) {
	c := newCord(t)
	if err := os.Chmod(c.node, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("taking rights away from a user needs root")
	}
	p := Port{Path: c.node, LockDir: openFolder(t)}
	if got := otherProgram(t, p, true).said; got != string(devices.Denied) {
		t.Errorf("without rights: %s", got)
	}
	mustOpen(t, p) // the other left nothing behind that holds us up
	if got := otherProgram(t, p, true).said; got != string(devices.Denied) {
		t.Errorf("without rights, while another holds the line: %s", got)
	}
}

// A lock folder that was named and cannot be used is a fault; the line is not
// opened without it.
func TestF2_LockFolderOutOfReach(t *testing.T) {
	c := newCord(t)
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), "/proc"} {
		_, err := Open(t.Context(), Port{Path: c.node, LockDir: dir})
		wantFault(t, err, devices.Denied)
	}
}

func TestF3_SecondOpenerIsOccupied(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	p := c.port(t)
	first := mustOpen(t, p)
	link := filepath.Join(t.TempDir(), "other-name")
	aim(t, link, c.node)
	for _, path := range []string{c.node, link} {
		_, err := Open(t.Context(), Port{Path: path, LockDir: p.LockDir})
		wantFault(t, err, devices.Occupied)
		_, err = Open(t.Context(), Port{Path: path, LockDir: t.TempDir()}) // the node's own lock
		wantFault(t, err, devices.Occupied)
	}
	wantWrite(t, first, []byte("still ours"))
	wantRead(t, c.far, []byte("still ours"))
	first.Close()
	mustOpen(t, p).Close()
}

// Two nodes of one device are two files: only the lock file makes them meet.
func TestF3_LockFileStandsForTheDevice(t *testing.T) {
	c := newCord(t)
	p := c.port(t)
	first := mustOpen(t, p)
	files, err := filepath.Glob(filepath.Join(p.LockDir, "kiosk-dev-*.lock"))
	if err != nil || len(files) != 1 {
		t.Fatalf("lock files %v, %v", files, err)
	}
	name := filepath.Base(files[0])
	_, err = p.hold(name)
	wantFault(t, err, devices.Occupied)
	first.Close()
	held, err := p.hold(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), p)
	wantFault(t, err, devices.Occupied)
	held.Close()
	mustOpen(t, p)
}

func TestF3_OtherProgramIsOccupied(t *testing.T) {
	c := newCord(t)
	if err := os.Chmod(c.node, 0o666); err != nil {
		t.Fatal(err)
	}
	p := Port{Path: c.node, LockDir: openFolder(t)}
	ours := mustOpen(t, p)
	for _, nobody := range []bool{false, true} {
		if got := otherProgram(t, p, nobody).said; got != string(devices.Occupied) {
			t.Errorf("nobody %t: %s", nobody, got)
		}
	}
	ours.Close()

	other := otherProgram(t, p, true)
	if other.said != "opened" {
		t.Fatalf("after our Close: %s", other.said)
	}
	_, err := Open(t.Context(), p)
	wantFault(t, err, devices.Occupied)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	mustOpen(t, p) // its lock file is still there, and another user's
}

func TestF4_NodeThatIsNoLine(t *testing.T) {
	leaks(t)
	dir := t.TempDir()
	file, pipe, socket := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{file, dir, pipe, socket, os.DevNull, "/dev/ptmx", "/dev/tty", ""} {
		p := Port{Path: path, LockDir: dir}
		_, err := Open(t.Context(), p)
		if path == "" {
			if f, ok := err.(*devices.Fault); !ok || f.Cause != devices.NotALine {
				t.Errorf("empty path: %v", err)
			}
			continue
		}
		wantFault(t, err, devices.NotALine)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "kept" {
		t.Errorf("the file now holds %q, %v", text, err)
	}
}

func TestClassify(t *testing.T) {
	sys := t.TempDir()
	for dev, subsystem := range map[string]string{"4:64": "tty", "188:0": "tty", "10:130": "misc", "29:0": "graphics"} {
		dir := filepath.Join(sys, "dev", "char", dev)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		aim(t, filepath.Join(dir, "subsystem"), "../../../class/"+subsystem)
	}
	const char = fs.ModeDevice | fs.ModeCharDevice
	for _, c := range []struct {
		mode         fs.FileMode
		major, minor uint32
		want         lineClass
	}{
		{char, 4, 64, ttyLine},
		{char, 188, 0, ttyLine},
		{char, 180, 0, printerLine},
		{char, 10, 130, noLine}, // the watchdog: opened and closed it restarts the machine
		{char, 29, 0, noLine},
		{char, 5, 2, noLine},
		{char, 136, 7, unknownClass},
		{fs.ModeDevice, 8, 0, noLine}, // a disk
		{0, 0, 0, noLine},
		{fs.ModeDir, 0, 0, noLine},
	} {
		if got := classify(sys, c.mode, unix.Mkdev(c.major, c.minor)); got != c.want {
			t.Errorf("%v %d:%d is %d, want %d", c.mode, c.major, c.minor, got, c.want)
		}
	}
}

func TestSettingsThatALineDoesNotHave(t *testing.T) {
	c := newCord(t)
	for _, p := range []Port{
		{Path: c.node, Flow: "smoke"}, {Path: c.node, Baud: -1}, {Path: c.node, Flow: FlowDSR},
		{Path: "tcp:127.0.0.1", Flow: FlowDSR}, {Path: "tcp:127.0.0.1", Vendor: "04b8"},
	} {
		p.LockDir = t.TempDir()
		_, err := Open(t.Context(), p)
		wantFault(t, err, devices.Refused)
	}
	mustOpen(t, c.port(t)) // a refusal gives the line back
}

func TestLockFileIsNoTrap(t *testing.T) {
	dir := openFolder(t)
	for name, make := range map[string]func(string) error{
		"link.lock":   func(p string) error { return os.Symlink("/etc/passwd", p) },
		"pipe.lock":   func(p string) error { return unix.Mkfifo(p, 0o600) },
		"folder.lock": func(p string) error { return os.Mkdir(p, 0o700) },
	} {
		path := filepath.Join(dir, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if f, err := openLock(path); err == nil {
			f.Close()
			t.Errorf("%s served as a lock file", name)
		}
	}
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	f, err := openLock(filepath.Join(dir, "fine.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("other users may not open it: %v, %v", info.Mode(), err)
	}
}

// A line that does not open in time is given back when it does.
func TestOpenEndsWithItsContextAndLeavesNothing(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	p := c.port(t)
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(i)*20*time.Microsecond, cancel)
		l, err := Open(ctx, p)
		if err == nil {
			l.Close()
		}
		cancel()
	}
	until(t, "the line is free again", func() bool {
		l, err := Open(t.Context(), p)
		if err == nil {
			l.Close()
		}
		return err == nil
	})
}
