package wire

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// usbPrinter is a node of the USB printer class, played by a pair of sockets:
// like usblp it can be polled, has no settings, and a read may end with
// nothing (an empty packet).
func usbPrinter(t *testing.T, kind int) (l *fileLink, far *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	far = os.NewFile(uintptr(fds[1]), "usb printer")
	l = newFileLink(os.NewFile(uintptr(fds[0]), "lp"), "/dev/usb/lp0")
	l.printer = true
	t.Cleanup(func() { l.Close(); far.Close() })
	return l, far
}

func TestUSBPrinterCarriesBytes(t *testing.T) {
	l, far := usbPrinter(t, unix.SOCK_STREAM)
	want := countdown(1000)
	wantWrite(t, l, want)
	wantRead(t, far, want)
	wantWrite(t, far, want[:4])
	wantRead(t, l, want[:4])
	for what, err := range map[string]error{"pending": second(l.Pending()), "modem": second(l.Modem())} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestUSBPrinterThatHasNothingToSay(t *testing.T) {
	l, far := usbPrinter(t, unix.SOCK_SEQPACKET)
	empty := func() {
		t.Helper()
		if err := control(far, func(fd int) error { return unix.Send(fd, nil, 0) }); err != nil {
			t.Fatal(err)
		}
	}
	empty()
	l.SetReadDeadline(time.Now().Add(soon))
	if n, err := l.Read(make([]byte, 9)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("an empty packet reads as %d, %v", n, err)
	}
	l.SetReadDeadline(time.Time{})
	empty()
	empty()
	wantWrite(t, far, []byte{0x12})
	wantRead(t, l, []byte{0x12})

	far.Close()
	_, err := l.Read(make([]byte, 9))
	wantFault(t, err, devices.Offline) // an end that is one
}

func TestF20_CloseDuringEverythingOnAUSBPrinter(t *testing.T) {
	leaks(t)
	for range 60 {
		l, far := usbPrinter(t, unix.SOCK_STREAM)
		go io.Copy(io.Discard, far)
		everything(t, l)
		far.Close()
	}
}

func TestF7_USBPrinterThatTakesNothing(t *testing.T) {
	leaks(t)
	l, far := usbPrinter(t, unix.SOCK_STREAM)
	defer far.Close()
	l.SetWriteDeadline(time.Now().Add(soon))
	if _, err := l.Write(countdown(4 << 20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := l.Close(); err != nil || time.Since(begun) > closeLimit+time.Second {
		t.Errorf("Close: %v after %s", err, time.Since(begun))
	}
}
