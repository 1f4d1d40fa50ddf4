package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// patience bounds what must come to pass; a test that needs it has failed.
const patience = 20 * time.Second

// cord is a pseudo-terminal whose master is the device and knows no protocol.
type cord struct {
	far   *os.File // the device's end
	slave *os.File // kept open: else the far end would hang up when the host closes
	node  string
}

func newCord(t testing.TB) *cord {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	if err := control(slave, func(fd int) error {
		s, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		s.Iflag, s.Oflag, s.Lflag = 0, 0, 0
		return unix.IoctlSetTermios(fd, unix.TCSETS, s)
	}); err != nil {
		t.Fatal(err)
	}
	var fd int // the library's master blocks; a duplicate goes to the poller
	if err := control(master, func(m int) (err error) {
		fd, err = unix.FcntlInt(uintptr(m), unix.F_DUPFD_CLOEXEC, 0)
		return errors.Join(err, unix.SetNonblock(fd, true))
	}); err != nil {
		t.Fatal(err)
	}
	c := &cord{far: os.NewFile(uintptr(fd), "far end"), slave: slave, node: slave.Name()}
	t.Cleanup(c.unplug)
	return c
}

func (c *cord) unplug() {
	c.far.Close()
	c.slave.Close()
}

// port names the node, with a lock folder of the test's own.
func (c *cord) port(t testing.TB) Port { return Port{Path: c.node, LockDir: t.TempDir()} }

func (c *cord) rdev(t testing.TB) uint64 {
	t.Helper()
	info, err := c.slave.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return sysRdev(info)
}

func mustOpen(t testing.TB, p Port) Link {
	t.Helper()
	l, err := Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func wantFault(t testing.TB, err error, want devices.Cause) {
	t.Helper()
	f, ok := errors.AsType[*devices.Fault](err)
	if !ok || f.Cause != want {
		t.Fatalf("error is %v, want a fault of cause %s", err, want)
	}
	if f.Detail == "" || f.Err == nil {
		t.Fatalf("the fault %v does not say where and why", f)
	}
}

func wantRead(t testing.TB, r io.Reader, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read % x, %v; want % x", got[:n], err, want)
	}
}

func wantWrite(t testing.TB, w io.Writer, p []byte) {
	t.Helper()
	if n, err := w.Write(p); n != len(p) || err != nil {
		t.Fatalf("wrote %d of %d, %v", n, len(p), err)
	}
}

// countdown gives bytes of every value.
func countdown(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(n - i)
	}
	return b
}

// until waits for something that happens by itself.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("gave up waiting: %s", what)
		}
	}
}

// leaks remembers what is open and running, and checks that it is so again
// after the test and all that was to be cleaned up after it.
func leaks(t testing.TB) {
	t.Helper()
	files := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	wantFiles, wantRunning := files(), runtime.NumGoroutine()
	t.Cleanup(func() {
		until(t, "goroutines and descriptors go back", func() bool {
			return runtime.NumGoroutine() <= wantRunning && files() <= wantFiles
		})
	})
}

// The test binary run with childPath set is another program: it opens that
// line, says how that went, and holds it until its standard input ends.
const childPath, childLocks = "WIRE_CHILD_PATH", "WIRE_CHILD_LOCKS"

func TestMain(m *testing.M) {
	path, child := os.LookupEnv(childPath)
	if !child {
		os.Exit(m.Run())
	}
	_, err := open(context.Background(), Port{Path: path, LockDir: os.Getenv(childLocks)})
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		fmt.Println(f.Cause)
		fmt.Fprintln(os.Stderr, f)
		os.Exit(0)
	}
	fmt.Println("opened")
	io.Copy(io.Discard, os.Stdin)
}

// program is a running child.
type program struct {
	*exec.Cmd
	said  string // "opened" or a cause
	stdin io.Closer
}

// otherProgram lets another process open the line, as root's or as nobody's.
func otherProgram(t *testing.T, p Port, nobody bool) *program {
	t.Helper()
	cmd := exec.Command("/proc/self/exe") // the folder of the binary is closed to nobody
	cmd.Dir = "/"
	cmd.Env = []string{childPath + "=" + p.Path, childLocks + "=" + p.LockDir, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
	if nobody && os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	var line [64]byte
	n, _ := out.Read(line[:])
	c := &program{Cmd: cmd, said: strings.TrimSpace(string(line[:n])), stdin: in}
	if c.said == "" {
		in.Close()
		cmd.Wait()
		t.Fatalf("the other program said nothing: %s", complaint.String())
	}
	return c
}

// openFolder is a folder that every user may write to, as /run/lock is.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wire-locks-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

// aim makes link lead to target in one step, as udev does.
func aim(t testing.TB, link, target string) {
	t.Helper()
	next := filepath.Join(filepath.Dir(link), ".next")
	if err := os.Symlink(target, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, link); err != nil {
		t.Fatal(err)
	}
}
