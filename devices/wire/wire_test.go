package wire

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"servicepoint/devices"
)

func TestEveryByteValuePassesBothWays(t *testing.T) {
	for _, flow := range []Flow{"", FlowNone, FlowRTSCTS} {
		c := newCord(t)
		p := c.port(t)
		p.Flow = flow
		l := mustOpen(t, p)
		want := countdown(256)
		wantWrite(t, l, want)
		wantRead(t, c.far, want)
		wantWrite(t, c.far, want)
		wantRead(t, l, want)
	}
}

func TestLargeTransferIsUnchanged(t *testing.T) {
	c := newCord(t)
	p := c.port(t)
	p.Baud = 921600
	l := mustOpen(t, p)
	want := countdown(500_000)
	done := make(chan error, 1)
	go func() {
		_, err := l.Write(want)
		done <- err
	}()
	wantRead(t, c.far, want)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOddRatesAreTaken(t *testing.T) {
	for _, baud := range []int{0, 1200, 12345, 115200, 4_000_000} {
		c := newCord(t)
		p := c.port(t)
		p.Baud = baud
		mustOpen(t, p)
	}
}

func TestReadEndsAtItsDeadline(t *testing.T) {
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	l.SetReadDeadline(time.Now().Add(soon))
	if n, err := l.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Read = %d, %v", n, err)
	}
	l.SetReadDeadline(time.Time{})
	wantWrite(t, c.far, []byte("x"))
	wantRead(t, l, []byte("x"))
}

func TestCloseFreesReadAndWrite(t *testing.T) {
	leaks(t)
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	failed := make(chan error, 2)
	go func() {
		_, err := l.Read(make([]byte, 1))
		failed <- err
	}()
	go func() {
		_, err := l.Write(make([]byte, 1<<20))
		failed <- err
	}()
	wantRead(t, c.far, make([]byte, 100)) // the write is under way
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-failed; !errors.Is(err, os.ErrClosed) {
			t.Errorf("freed with %v, want os.ErrClosed", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestOldInputIsDropped(t *testing.T) {
	c := newCord(t)
	p := c.port(t)
	first := mustOpen(t, p)
	wantWrite(t, c.far, []byte("late reply"))
	wantRead(t, first, []byte("l")) // it has arrived
	first.Close()
	second := mustOpen(t, p)
	wantWrite(t, c.far, []byte("new"))
	wantRead(t, second, []byte("new"))
}

// What a device said right before it went is still read.
func TestLastWordsAreRead(t *testing.T) {
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	want := countdown(300)
	wantWrite(t, c.far, want)
	wantRead(t, l, want[:1]) // they have arrived
	c.unplug()
	got, err := io.ReadAll(l)
	if !bytes.HasPrefix(want[1:], got) {
		t.Errorf("other bytes than were sent: % x", got)
	}
	wantFault(t, err, devices.Offline) // io.ReadAll would hide an io.EOF: a hangup is none
}

func TestDefaultLockFolderHolds(t *testing.T) {
	c := newCord(t)
	l := mustOpen(t, Port{Path: c.node})
	_, err := Open(t.Context(), Port{Path: c.node})
	wantFault(t, err, devices.Occupied)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
