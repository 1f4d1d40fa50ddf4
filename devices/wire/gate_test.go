package wire

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// madeUpBits answers the one question that a pseudo-terminal does not know.
type madeUpBits struct {
	modemPort
	mu    sync.Mutex
	high  int // how many more questions find DSR high; below 0 all
	err   error
	asked int
}

func (m *madeUpBits) GetModemStatusBits() (*serial.ModemStatusBits, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	dsr := m.high != 0
	if m.high > 0 {
		m.high--
	}
	return &serial.ModemStatusBits{DSR: dsr}, m.err
}

func (m *madeUpBits) set(high int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.high, m.err = high, err
}

// lowFor waits until DSR was found low a few times.
func (m *madeUpBits) lowFor(t *testing.T, times int) {
	t.Helper()
	seen := -1
	until(t, "DSR is found low", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.high == 0 && seen < 0 {
			seen = m.asked
		}
		return m.high == 0 && m.asked >= seen+times
	})
}

// gated opens a line whose DSR the test holds.
func gated(t *testing.T) (*cord, *fileLink, *madeUpBits) {
	t.Helper()
	c := newCord(t)
	l := mustOpen(t, c.port(t)).(*fileLink)
	bits := &madeUpBits{modemPort: l.port}
	l.port, l.gated = bits, true
	return c, l, bits
}

func TestDSRHoldsTheSenderUp(t *testing.T) {
	c, l, bits := gated(t)
	l.SetWriteDeadline(time.Now().Add(soon))
	if n, err := l.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("with DSR low %d bytes went out, %v", n, err)
	}
	bits.set(2, nil)
	l.SetWriteDeadline(time.Now().Add(soon))
	job := countdown(1000)
	sent, err := l.Write(job)
	if sent != 2*gateChunk || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("two looks at a high DSR let %d bytes out, %v", sent, err)
	}

	done := make(chan error, 1)
	l.SetWriteDeadline(time.Time{})
	bits.set(3, nil)
	go func() {
		_, err := l.Write(job[sent:])
		done <- err
	}()
	bits.lowFor(t, 3)
	wantRead(t, c.far, job[:5*gateChunk])
	select {
	case err := <-done:
		t.Fatalf("the write ended with DSR low: %v", err)
	default:
	}
	c.far.SetReadDeadline(time.Now().Add(soon))
	if n, err := c.far.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("with DSR low the device got %d bytes more, %v", n, err)
	}
	c.far.SetReadDeadline(time.Time{})
	bits.set(-1, nil)
	wantRead(t, c.far, job[5*gateChunk:])
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDSRGateSaysHowLongToWait(t *testing.T) {
	_, l, bits := gated(t)
	bits.set(-1, nil)
	if wait, err := l.gate(); wait != 0 || err != nil {
		t.Fatalf("a ready device and an empty queue: wait %s, %v", wait, err)
	}
	bits.set(0, nil)
	if wait, err := l.gate(); wait != gateShut || err != nil {
		t.Fatalf("DSR low: wait %s, %v", wait, err)
	}
}

func TestDSRGateEndsWithCloseAndHangup(t *testing.T) {
	leaks(t)
	for name, c := range map[string]struct {
		end  func(*fileLink, *madeUpBits)
		want func(error) bool
	}{
		"close":  {func(l *fileLink, _ *madeUpBits) { l.Close() }, func(err error) bool { return errors.Is(err, os.ErrClosed) }},
		"hangup": {func(_ *fileLink, b *madeUpBits) { b.set(0, unix.EIO) }, isOffline},
	} {
		t.Run(name, func(t *testing.T) {
			cord, l, bits := gated(t)
			defer cord.unplug()
			failed := make(chan error, 1)
			go func() {
				_, err := l.Write([]byte("waits"))
				failed <- err
			}()
			until(t, "DSR is asked", func() bool {
				bits.mu.Lock()
				defer bits.mu.Unlock()
				return bits.asked > 2
			})
			c.end(l, bits)
			if err := <-failed; !c.want(err) {
				t.Errorf("freed with %v", err)
			}
			l.Close()
		})
	}
}

func isOffline(err error) bool {
	f, ok := errors.AsType[*devices.Fault](err)
	return ok && f.Cause == devices.Offline
}
