package wire

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestF17_XOFFWithNoXON(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	p := c.port(t)
	p.Flow = FlowXONXOFF
	l := mustOpen(t, p)
	wantWrite(t, l, []byte("before"))
	wantRead(t, c.far, []byte("before"))
	wantWrite(t, c.far, []byte{0x13, 'x'}) // XOFF, and a byte to see that it has arrived
	wantRead(t, l, []byte("x"))            // the kernel keeps the XOFF to itself
	l.SetWriteDeadline(time.Now().Add(soon))
	if n, err := l.Write([]byte("held up")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("after XOFF %d bytes went out, %v", n, err)
	}
	wantWrite(t, c.far, []byte{0x11, 'y'})
	wantRead(t, l, []byte("y"))
	l.SetWriteDeadline(time.Time{})
	wantWrite(t, l, []byte("after"))
	wantRead(t, c.far, []byte("after"))

	wantWrite(t, c.far, []byte{0x13, 'z'})
	wantRead(t, l, []byte("z"))
	stuck := make(chan error, 1)
	go func() {
		_, err := l.Write(countdown(1 << 20))
		stuck <- err
	}()
	begun := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > closeLimit+time.Second {
		t.Errorf("Close took %s", took)
	}
	if err := <-stuck; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the write was freed with %v", err)
	}
	l = mustOpen(t, p) // the next opener is not held up by an XOFF of old
	wantWrite(t, l, []byte("anew"))
	wantRead(t, c.far, []byte("anew"))
	l.Close()
}

// What a pseudo-terminal cannot show: it has no CTS, so the kernel's own wait
// for it is not tested here, nor what a UART still holds in its queue at Close
// (TestDrainOfAQueue stands for that). A far end that takes nothing is the
// same to the caller: the line is full and stays full.
func TestF18_CTSLowForEver(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	p := c.port(t)
	p.Flow = FlowRTSCTS
	l := mustOpen(t, p)
	if on := hardwareFlow(t, l.(*fileLink)); !on {
		t.Fatal("the kernel was not told to heed CTS")
	}
	l.SetWriteDeadline(time.Now().Add(soon))
	if n, err := l.Write(countdown(1 << 20)); n == 1<<20 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d bytes went out, %v", n, err)
	}
	begun := time.Now()
	if err := l.Close(); err != nil || time.Since(begun) > closeLimit+time.Second {
		t.Errorf("Close: %v after %s", err, time.Since(begun))
	}
}

func hardwareFlow(t *testing.T, l *fileLink) (on bool) {
	t.Helper()
	if err := control(l.file, func(fd int) error {
		s, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		on = err == nil && s.Cflag&unix.CRTSCTS != 0
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return on
}

func TestDrainOfAQueue(t *testing.T) {
	for name, c := range map[string]struct {
		queue   func(asked int) (int, error)
		dropped bool
	}{
		"empty":       {func(int) (int, error) { return 0, nil }, false},
		"moving":      {func(n int) (int, error) { return max(0, 5-n), nil }, false},
		"stuck":       {func(int) (int, error) { return 9, nil }, true},
		"gone":        {func(int) (int, error) { return 0, unix.EIO }, false},
		"never empty": {func(n int) (int, error) { return 1000 - n, nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, dropped := 0, false
			drain(func() (int, error) { asked++; return c.queue(asked) }, func() { dropped = true })
			if dropped != c.dropped {
				t.Errorf("dropped %t", dropped)
			}
		})
	}
}

// TestF20_CloseDuringEverything: whatever runs is freed with os.ErrClosed.
func TestF20_CloseDuringEverything(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	p := c.port(t)
	stop := make(chan struct{})
	var device sync.WaitGroup
	device.Go(func() { // takes and talks now and then
		for buf := make([]byte, 300); ; {
			select {
			case <-stop:
				return
			default:
			}
			c.far.SetDeadline(time.Now().Add(time.Millisecond))
			c.far.Read(buf)
			c.far.Write(buf[:7])
		}
	})
	for round := range 100 {
		l := mustOpen(t, p).(*fileLink)
		if l.gated = round%3 == 2; l.gated {
			l.port = &madeUpBits{modemPort: l.port, high: round%2 - 1}
		}
		everything(t, l)
	}
	close(stop)
	device.Wait()
}

// everything uses a link from all sides until it is closed amid.
func everything(t *testing.T, l interface {
	PendingLink
	ModemLink
}) {
	t.Helper()
	var users sync.WaitGroup
	use := func(what string, f func() error) {
		users.Go(func() {
			for {
				switch err := f(); {
				case err == nil, errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, errors.ErrUnsupported):
					if errors.Is(err, errors.ErrUnsupported) {
						return
					}
				case errors.Is(err, os.ErrClosed):
					return
				default:
					t.Errorf("%s: %v", what, err)
					return
				}
			}
		})
	}
	use("read", func() error { _, err := l.Read(make([]byte, 100)); return err })
	use("write", func() error { _, err := l.Write(countdown(500)); return err })
	use("second write", func() error { _, err := l.Write([]byte{1}); return err })
	use("pending", func() error { _, err := l.Pending(); return err })
	use("modem", func() error { _, err := l.Modem(); return err })
	use("deadlines", func() error {
		return errors.Join(l.SetReadDeadline(time.Now().Add(soon)), l.SetWriteDeadline(time.Time{}))
	})
	time.Sleep(time.Duration(rand.IntN(1500)) * time.Microsecond) // closes at another moment each round
	users.Go(func() { l.Close() })
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	users.Wait()
}

// A number of a descriptor that is given away again must not be written to.
func TestF20_NothingReachesAReusedDescriptor(t *testing.T) {
	c := newCord(t)
	l := mustOpen(t, c.port(t)).(*fileLink)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var others []*os.File
	for range 10 {
		f, err := os.Create(filepath.Join(t.TempDir(), "other"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		others = append(others, f)
	}
	for what, err := range map[string]error{
		"write":          second(l.Write([]byte("late"))),
		"read":           second(l.Read(make([]byte, 4))),
		"pending":        second(l.Pending()),
		"modem":          second(l.Modem()),
		"read deadline":  l.SetReadDeadline(time.Now()),
		"write deadline": l.SetWriteDeadline(time.Now()),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	for _, f := range others {
		if info, err := f.Stat(); err != nil || info.Size() != 0 {
			t.Errorf("somebody else's file now has %d bytes, %v", info.Size(), err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
