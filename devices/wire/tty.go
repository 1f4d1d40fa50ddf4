package wire

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// closeGrace is how long Close lets the last bytes go out.
const closeGrace = 200 * time.Millisecond

// control runs f on the descriptor without taking it from the poller.
func control(file *os.File, f func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// lock takes the advisory lock of the node itself. TIOCEXCL, which the serial
// library sets, does not bind root and not a program that came first.
func lock(file *os.File) error {
	return control(file, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// setFlow sets flow control after the serial library, which always turns it
// off. IXOFF stays off: our own XOFF bytes would land inside pictures.
func setFlow(file *os.File, flow Flow) error {
	return control(file, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		t.Cflag &^= unix.CRTSCTS
		t.Iflag &^= unix.IXON | unix.IXOFF | unix.IXANY
		switch flow {
		case FlowRTSCTS:
			t.Cflag |= unix.CRTSCTS
		case FlowXONXOFF:
			t.Iflag |= unix.IXON
		}
		return unix.IoctlSetTermios(fd, unix.TCSETS, t)
	})
}

func discardInput(file *os.File) error {
	return control(file, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) })
}

// flushOutput waits a moment for queued output and then drops the rest. Errors
// mean that the device has gone, and its queue with it.
func flushOutput(file *os.File) {
	for end := time.Now().Add(closeGrace); ; time.Sleep(closeGrace / 10) {
		queued := 0
		err := control(file, func(fd int) error {
			var err error
			queued, err = unix.IoctlGetInt(fd, unix.TIOCOUTQ)
			return err
		})
		if err != nil || queued == 0 {
			return
		}
		if time.Now().After(end) {
			_ = control(file, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
			return
		}
	}
}
