package wire

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// Numbers that Linux has given away for good.
const (
	majorSpecial = 5   // /dev/tty, /dev/console, /dev/ptmx: terminals, but no device hangs on them
	majorUSB     = 180 // printers of the USB printer class among others
)

// node is a device file as it was found, before it is opened.
type node struct {
	path  string // without links
	rdev  uint64
	class lineClass
}

// lineClass is what kind of line a node is.
type lineClass int

const (
	noLine       lineClass = iota
	ttyLine                // a serial line, or what looks like one
	printerLine            // the USB printer class: bytes and nothing else
	unknownClass           // sysfs does not know it: only opening tells
)

// classify says what a node is without opening it: to open a node of another
// kind may set something off, a watchdog for example.
func classify(sys string, mode fs.FileMode, rdev uint64) lineClass {
	if mode.Type() != fs.ModeDevice|fs.ModeCharDevice {
		return noLine
	}
	switch unix.Major(rdev) {
	case majorSpecial:
		return noLine
	case majorUSB:
		return printerLine
	}
	subsystem, err := os.Readlink(filepath.Join(charDevice(sys, rdev), "subsystem"))
	switch {
	case err != nil:
		return unknownClass // every pseudo-terminal is one
	case filepath.Base(subsystem) == "tty":
		return ttyLine
	}
	return noLine
}

// find looks at what the path leads to now.
func find(p Port) (node, error) {
	path, err := filepath.EvalSymlinks(p.Path) // all opens must meet one device
	if err != nil {
		return node{}, fault(p, "find line", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return node{}, fault(p, "find line", err)
	}
	n := node{path: path, rdev: sysRdev(info)}
	n.class = classify(p.sys(), info.Mode(), n.rdev)
	if n.class == noLine {
		return node{}, refused(p, devices.NotALine, what(info.Mode())+", not a line to a device")
	}
	return n, expect(p, n.rdev)
}

func what(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device of another kind"
}

// openNode is the pattern the package rests on: all bytes go through file,
// which the runtime polls, so that deadlines and Close work; port only sets
// the mode and claims the line. A Write on port itself could block for ever.
func openNode(p Port) (*fileLink, error) {
	n, err := find(p)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(n.path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fault(p, "open line", err)
	}
	l := newFileLink(file, p.Path)
	if err := l.claim(p, n); err != nil {
		l.abandon()
		return nil, err
	}
	return l, nil
}

// claim takes the opened node for this program and makes it a line.
func (l *fileLink) claim(p Port, n node) (err error) {
	if err := same(l.file, n); err != nil {
		return fault(p, "open line", err)
	}
	if l.held, err = p.hold(fmt.Sprintf("kiosk-dev-%d-%d.lock", unix.Major(n.rdev), unix.Minor(n.rdev))); err != nil {
		return err
	}
	if err := lock(l.file); err != nil {
		return fault(p, "lock line", err)
	}
	if n.class == printerLine {
		if p.Flow == FlowDSR {
			return refused(p, devices.Refused, "a USB printer has no DSR to ask")
		}
		l.printer = true
		return nil
	}
	if err := isTTY(l.file); err != nil {
		return fault(p, "look at line", err)
	}
	baud := p.Baud
	if baud == 0 {
		baud = 115200
	}
	if l.port, err = serial.Open(n.path, &serial.Mode{BaudRate: baud, DataBits: 8}); err != nil {
		return fault(p, "configure line", err)
	}
	if info, err := os.Stat(n.path); err != nil || sysRdev(info) != n.rdev {
		return refused(p, devices.Offline, "the device was changed for another while it was opened")
	}
	if err := setFlow(l.file, p.Flow); err != nil {
		return fault(p, "set flow control", err)
	}
	if p.Flow == FlowDSR {
		l.gated = true
		if _, err := l.Modem(); err != nil {
			return &devices.Fault{Cause: devices.Refused, Detail: p.Path, Err: fmt.Errorf("ask for DSR: this line does not carry it: %w", err)}
		}
	}
	if err := discardInput(l.file); err != nil {
		return fault(p, "discard old input", err)
	}
	return nil
}

// abandon gives up what claim took.
func (l *fileLink) abandon() {
	if l.port != nil {
		l.port.Close()
	}
	l.file.Close()
	if l.held != nil {
		l.held.Close()
	}
}

// same makes sure that what was opened is what was looked at: a device that is
// plugged in again may have taken the name meanwhile.
func same(file *os.File, n node) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if sysRdev(info) != n.rdev {
		return unix.ENODEV
	}
	return nil
}
