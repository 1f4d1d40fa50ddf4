package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// networkPrinter listens on loopback and hands out what connects.
func networkPrinter(t *testing.T) (port string, connected func() *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, func() *net.TCPConn {
		t.Helper()
		l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c.(*net.TCPConn)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7 9100", "192.0.2.7:9101": "192.0.2.7 9101", "printer.example": "printer.example 9100",
		"[2001:db8::7]": "2001:db8::7 9100", "[2001:db8::7]:515": "2001:db8::7 515", "[fe80::1%eth0]": "fe80::1%eth0 9100",
		"": "", ":9100": "", "2001:db8::7": "", "h:0": "", "h:65536": "", "h:x": "", "[::1": "", "h:": "", "//h": "", "[]": "",
	} {
		host, port, err := splitAddress(in)
		if got := host + " " + port; (want == "") != (err != nil) || err == nil && got != want {
			t.Errorf("%q is %q, %v", in, got, err)
		}
		if want == "" {
			_, err := Open(t.Context(), Port{Path: "tcp:" + in, LockDir: t.TempDir()})
			wantFault(t, err, devices.NotALine)
		}
	}
}

func TestTCPCarriesBytesBothWays(t *testing.T) {
	leaks(t)
	port, connected := networkPrinter(t)
	l := mustOpen(t, Port{Path: "tcp:127.0.0.1:" + port, LockDir: t.TempDir()})
	far := connected()
	want := countdown(256)
	wantWrite(t, l, want)
	wantRead(t, far, want)
	wantWrite(t, far, want)
	wantRead(t, l, want)
	until(t, "the device's side acknowledges", func() bool {
		n, err := l.(PendingLink).Pending()
		return n == 0 && err == nil
	})
	if _, ok := l.(ModemLink); ok {
		t.Error("an address has modem bits")
	}
	far.Close()
	_, err := l.Read(make([]byte, 1))
	wantFault(t, err, devices.Offline)
	l.Close()
}

func TestF1_NobodyAtTheAddressIsOffline(t *testing.T) {
	leaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // its port is now refused
	for _, address := range []string{l.Addr().String(), "nobody.invalid"} {
		_, err := Open(t.Context(), Port{Path: "tcp:" + address, LockDir: t.TempDir()})
		wantFault(t, err, devices.Offline)
	}
}

// A host that swallows what is sent to it: the system would try for minutes.
func TestF1_SilentAddressIsOfflineInTime(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*unix.SockaddrInet4).Port}).String()
	for range 5 { // more than it has room for
		ctx, cancel := context.WithTimeout(t.Context(), 5*soon)
		l, err := Open(ctx, Port{Path: "tcp:" + address, LockDir: t.TempDir()})
		cancel()
		if err != nil {
			wantFault(t, err, devices.Offline)
			return
		}
		defer l.Close()
	}
	t.Fatal("a listener without room answered every call")
}

func TestF3_SecondCallerIsOccupied(t *testing.T) {
	port, connected := networkPrinter(t)
	dir := t.TempDir()
	first := mustOpen(t, Port{Path: "tcp:127.0.0.1:" + port, LockDir: dir})
	connected()
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		_, err := Open(t.Context(), Port{Path: "tcp:" + host + ":" + port, LockDir: dir})
		if host == "localhost" && err != nil && strings.Contains(err.Error(), "refused") {
			continue // the name stands for ::1 alone here
		}
		wantFault(t, err, devices.Occupied)
	}
	first.Close()
	mustOpen(t, Port{Path: "tcp:127.0.0.1:" + port, LockDir: dir})
}

// What a stalled printer has not taken is not printed after we gave it up.
func TestF7_StalledConnectionIsDroppedAtClose(t *testing.T) {
	leaks(t)
	port, connected := networkPrinter(t)
	l := mustOpen(t, Port{Path: "tcp:127.0.0.1:" + port, LockDir: t.TempDir()})
	far := connected()
	l.SetWriteDeadline(time.Now().Add(soon))
	sent := 0
	for {
		n, err := l.Write(countdown(1 << 20))
		if sent += n; err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		break
	}
	begun := time.Now()
	if err := l.Close(); err != nil || time.Since(begun) > closeLimit+time.Second {
		t.Errorf("Close: %v after %s", err, time.Since(begun))
	}
	got := 0
	for buf := make([]byte, 1<<20); ; {
		n, err := far.Read(buf)
		if got += n; err != nil {
			if !errors.Is(err, unix.ECONNRESET) {
				t.Errorf("the printer sees %v, not that the job was broken off", err)
			}
			break
		}
	}
	if got >= sent {
		t.Errorf("all %d bytes still came out", got)
	}
	far.Close()
}

func TestF20_CloseDuringEverythingOnAConnection(t *testing.T) {
	leaks(t)
	port, connected := networkPrinter(t)
	p := Port{Path: "tcp:127.0.0.1:" + port, LockDir: t.TempDir()}
	for range 40 {
		l := mustOpen(t, p).(*tcpLink)
		far := connected()
		go io.Copy(io.Discard, far)
		everything(t, struct {
			*tcpLink
			noModem
		}{l, noModem{}})
		far.Close()
	}
}

type noModem struct{}

func (noModem) Modem() (ModemBits, error) { return ModemBits{}, errors.ErrUnsupported }
