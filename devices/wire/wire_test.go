package wire_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// plug makes a line with its far end.
func plug(t *testing.T) *virtual.Line {
	t.Helper()
	l := &virtual.Line{Link: filepath.Join(t.TempDir(), "line")}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func open(t *testing.T, p wire.Port) wire.Link {
	t.Helper()
	l, err := wire.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func wantCause(t *testing.T, err error, want devices.Cause) {
	t.Helper()
	var f *devices.Fault
	if !errors.As(err, &f) || f.Cause != want {
		t.Fatalf("error is %v, want a fault of cause %s", err, want)
	}
}

func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestEveryByteValuePassesBothWays(t *testing.T) {
	for _, flow := range []wire.Flow{"", wire.FlowNone, wire.FlowRTSCTS} {
		far := plug(t)
		near := open(t, wire.Port{Path: far.Path(), Flow: flow})
		want := everyByte()
		if _, err := near.Write(want); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("flow %q: the device got %x, %v", flow, got, err)
		}
		if _, err := far.Write(want); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(near, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("flow %q: the host got %x, %v", flow, got, err)
		}
	}
}

func TestLargeTransferIsUnchanged(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path(), Baud: 921600})
	want := bytes.Repeat(everyByte(), 2000)
	go near.Write(want)
	sum := sha256.New()
	if _, err := io.CopyN(sum, far, int64(len(want))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sum.Sum(nil), func() []byte { s := sha256.Sum256(want); return s[:] }()) {
		t.Fatal("the bytes changed on the way")
	}
}

func TestReadEndsAtItsDeadline(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path()})
	near.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, err := near.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Read = %d, %v", n, err)
	}
	near.SetReadDeadline(time.Time{})
	far.Write([]byte("x"))
	if _, err := io.ReadFull(near, make([]byte, 1)); err != nil {
		t.Fatalf("after a deadline: %v", err)
	}
}

func TestStalledWriterEndsAtItsDeadlineAndGoesOn(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path()})
	want := bytes.Repeat(everyByte(), 1000)
	near.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := near.Write(want)
	if n == 0 || n == len(want) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Write = %d, %v; want a part and a deadline", n, err)
	}
	near.SetWriteDeadline(time.Time{})
	go near.Write(want[n:])
	got := make([]byte, len(want))
	if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("bytes were lost or doubled over the deadline (%v)", err)
	}
}

func TestUnplugIsOffline(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path()})
	failed := make(chan error, 1)
	go func() {
		_, err := near.Read(make([]byte, 1))
		failed <- err
	}()
	far.Unplug()
	wantCause(t, <-failed, devices.Offline)
	_, err := near.Write([]byte("x"))
	wantCause(t, err, devices.Offline)
	if err := near.Close(); err != nil {
		t.Errorf("closing a device that has gone: %v", err)
	}
	_, err = wire.Open(t.Context(), wire.Port{Path: far.Path()})
	wantCause(t, err, devices.Offline)

	if err := far.Plug(); err != nil {
		t.Fatal(err)
	}
	near = open(t, wire.Port{Path: far.Path()})
	if _, err := near.Write([]byte("x")); err != nil {
		t.Fatalf("after plugging in again: %v", err)
	}
}

func TestUnplugDrainsFirst(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path()})
	want := everyByte()
	far.Write(want)
	go far.Unplug()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(near, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %x, %v", got, err)
	}
}

func TestCloseFreesReadAndWrite(t *testing.T) {
	far := plug(t)
	near := open(t, wire.Port{Path: far.Path()})
	failed := make(chan error, 2)
	go func() {
		_, err := near.Read(make([]byte, 1))
		failed <- err
	}()
	go func() {
		_, err := near.Write(make([]byte, 1<<20))
		failed <- err
	}()
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-failed; !errors.Is(err, os.ErrClosed) {
			t.Errorf("freed with %v, want os.ErrClosed", err)
		}
	}
	if err := near.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := near.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close = %v", err)
	}
}

func TestSecondOpenerIsRefusedUntilTheFirstCloses(t *testing.T) {
	far := plug(t)
	first := open(t, wire.Port{Path: far.Path()})
	_, err := wire.Open(t.Context(), wire.Port{Path: far.Path()})
	wantCause(t, err, devices.Occupied)
	first.Close()
	open(t, wire.Port{Path: far.Path()})
}

func TestOldInputIsDropped(t *testing.T) {
	far := plug(t)
	first := open(t, wire.Port{Path: far.Path()})
	far.Write([]byte("late reply"))
	first.SetReadDeadline(time.Now().Add(time.Second))
	if _, err := first.Read(make([]byte, 1)); err != nil { // it has arrived
		t.Fatal(err)
	}
	first.Close()
	second := open(t, wire.Port{Path: far.Path()})
	far.Write([]byte("new"))
	got := make([]byte, 3)
	if _, err := io.ReadFull(second, got); err != nil || string(got) != "new" {
		t.Fatalf("read %q, %v", got, err)
	}
}

func TestNodesThatAreNoLine(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"vanished": filepath.Join(dir, "none"), "not a tty": os.DevNull, "a file": plain, "a folder": dir, "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.Open(t.Context(), wire.Port{Path: path})
			wantCause(t, err, devices.Offline)
		})
	}
}

func TestNoRightsIsDenied(t *testing.T) {
	far := plug(t)
	node, err := filepath.EvalSymlinks(far.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(node, 0); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		// The node itself: the folder of a link may be closed to nobody as well.
		_, err = wire.Open(t.Context(), wire.Port{Path: node})
	})
	wantCause(t, err, devices.Denied)
}

// asNobody runs do without root's rights, which pass every permission; a user
// without them simply runs it.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	const nobody = 65534
	if os.Geteuid() == 0 {
		if err := syscall.Setresuid(-1, nobody, -1); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setresuid(-1, 0, -1); err != nil {
				t.Fatal(err)
			}
		}()
	}
	do()
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	far := plug(t)
	for range 20 { // whichever comes first, nothing stays open
		if l, err := wire.Open(ctx, wire.Port{Path: far.Path()}); err == nil {
			l.Close()
		}
	}
}
