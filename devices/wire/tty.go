package wire

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Close lets the last bytes go out as long as they move: it gives up when they
// have stood still for closeGrace, or after closeLimit.
const (
	closeGrace = 200 * time.Millisecond
	closeLimit = 2 * time.Second
)

// control runs f on the descriptor without taking it from the poller.
func control(file syscall.Conn, f func(fd int) error) error {
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

func sysRdev(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Rdev)
	}
	return 0
}

// lock takes the advisory lock of the node itself. TIOCEXCL, which the serial
// library sets, does not bind root and not a program that came first.
func lock(file *os.File) error {
	return control(file, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// isTTY asks for the settings that only a serial line has.
func isTTY(file *os.File) error {
	return control(file, func(fd int) error {
		_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
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

// outputQueue is TIOCOUTQ, which sockets know as well.
func outputQueue(file syscall.Conn) (queued int, err error) {
	err = control(file, func(fd int) error {
		queued, err = unix.IoctlGetInt(fd, unix.TIOCOUTQ)
		return err
	})
	return queued, err
}

// hungUp asks whether the device has gone.
func hungUp(file *os.File) bool {
	got, err := poll(file, 0, 0)
	return err != nil || got&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

func poll(file *os.File, events int16, wait time.Duration) (got int16, err error) {
	err = control(file, func(fd int) error {
		set := []unix.PollFd{{Fd: int32(fd), Events: events}}
		_, err := unix.Poll(set, int(wait/time.Millisecond))
		got = set[0].Revents
		return err
	})
	return got, err
}

// flushOutput waits a moment for queued output and then drops the rest. Errors
// mean that the device has gone, and its queue with it. A USB printer has no
// queue but the last write, which closing the node would break off.
func flushOutput(file *os.File, printer bool) {
	if printer {
		_, _ = poll(file, unix.POLLOUT, closeGrace)
		return
	}
	drain(func() (int, error) { return outputQueue(file) }, func() {
		_ = control(file, func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
	})
}

// drain waits for a queue to become empty and has the rest dropped.
func drain(queue func() (int, error), drop func()) {
	begun := time.Now()
	for last, moved := -1, begun; ; time.Sleep(closeGrace / 20) {
		queued, err := queue()
		if err != nil || queued == 0 {
			return
		}
		now := time.Now()
		if queued != last {
			last, moved = queued, now
		}
		if now.Sub(moved) > closeGrace || now.Sub(begun) > closeLimit {
			drop()
			return
		}
	}
}
