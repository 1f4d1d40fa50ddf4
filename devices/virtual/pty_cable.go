package virtual

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/creack/pty"
)

// drainQuiet is how long Unplug waits without the other side reading anything
// before it gives the pending bytes up: nobody is there.
const drainQuiet = 200 * time.Millisecond

// cable is one pseudo-terminal. The slave stays open here too: without it the
// master would report a hangup whenever the driver closes its port.
type cable struct {
	master *os.File
	slave  *os.File
	node   string
}

func newCable() (*cable, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	c := &cable{slave: slave, node: slave.Name()}
	if err := makeRaw(slave); err != nil {
		master.Close()
		slave.Close()
		return nil, fmt.Errorf("set raw mode: %w", err)
	}
	// pty.Open leaves the master in blocking mode, where neither Close nor a
	// deadline frees a Read. A non-blocking duplicate goes to the poller.
	fd, err := dupNonblocking(master)
	master.Close()
	if err != nil {
		slave.Close()
		return nil, fmt.Errorf("make pseudo-terminal pollable: %w", err)
	}
	c.master = os.NewFile(uintptr(fd), "ptmx")
	return c, nil
}

// drain waits until the slave's input queue is empty, or nobody empties it.
// The kernel hands bytes from master to slave a moment later, so the queue has
// to be found empty several times in a row.
func (c *cable) drain() {
	last, since, empty := -1, time.Now(), 0
	for empty < 3 {
		n, err := inputQueue(c.slave)
		if err != nil {
			return
		}
		if n == 0 {
			empty++
		} else if empty = 0; n != last {
			last, since = n, time.Now()
		} else if time.Since(since) > drainQuiet {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// awaitRead waits a moment for the driver to read all that was sent.
func (c *cable) awaitRead() {
	for range 20 {
		time.Sleep(time.Millisecond)
		if n, err := inputQueue(c.slave); err != nil || n == 0 {
			return
		}
	}
}

func (c *cable) close() {
	c.master.Close()
	c.slave.Close()
}

func dupNonblocking(f *os.File) (int, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return 0, err
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return 0, err
	}
	return fd, nil
}

// makeRaw is cfmakeraw(3): every byte passes both ways unchanged, no echo.
func makeRaw(f *os.File) error {
	var t syscall.Termios
	if err := ioctl(f, syscall.TCGETS, unsafe.Pointer(&t)); err != nil {
		return err
	}
	t.Iflag &^= syscall.IGNBRK | syscall.BRKINT | syscall.PARMRK | syscall.ISTRIP |
		syscall.INLCR | syscall.IGNCR | syscall.ICRNL | syscall.IXON
	t.Oflag &^= syscall.OPOST
	t.Lflag &^= syscall.ECHO | syscall.ECHONL | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	t.Cflag &^= syscall.CSIZE | syscall.PARENB
	t.Cflag |= syscall.CS8
	t.Cc[syscall.VMIN], t.Cc[syscall.VTIME] = 1, 0
	return ioctl(f, syscall.TCSETS, unsafe.Pointer(&t))
}

// inputQueue is the number of bytes sent to the driver and not read by it.
func inputQueue(f *os.File) (int, error) {
	var n int32
	err := ioctl(f, syscall.TIOCINQ, unsafe.Pointer(&n))
	return int(n), err
}

func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	})
	if err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}
