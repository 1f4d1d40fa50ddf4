package wire

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// PortInfo is a line this machine has. What does not hang on USB has only a
// Path, a Kind and a Driver.
type PortInfo struct {
	Path    string   // what Port.Path takes
	Kind    PortKind // how bytes get to it
	Driver  string   // the kernel's
	Vendor  string   // four hexadecimal digits
	Product string   // four hexadecimal digits
	Serial  string   // empty: the device has none, tell it by its USBPath
	USBPath string   // the socket, as udev's ID_PATH has it
	Maker   string   // in the device's own words
	Model   string   // in the device's own words
}

// PortKind is a kind of line.
type PortKind string

// The kinds of line a machine can list; addresses cannot be listed.
const (
	SerialPort  PortKind = "serial"
	PrinterPort PortKind = "usb_printer"
)

// Ports lists the serial lines and USB printers of this machine, read from
// sysfs alone: no line is opened, so none is disturbed. Pseudo-terminals and
// links are not listed.
func Ports() ([]PortInfo, error) { return ports("/sys") }

func ports(sys string) ([]PortInfo, error) {
	var all []PortInfo
	for _, c := range []struct {
		class string
		kind  PortKind
	}{{"tty", SerialPort}, {"usbmisc", PrinterPort}, {"usb", PrinterPort}} {
		dir := filepath.Join(sys, "class", c.class)
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list ports: %w", err)
		}
		for _, e := range entries {
			if info, ok := portAt(filepath.Join(dir, e.Name()), c.kind); ok {
				all = append(all, info)
			}
		}
	}
	slices.SortFunc(all, func(a, b PortInfo) int {
		return cmp.Or(cmp.Compare(stem(a.Path), stem(b.Path)), cmp.Compare(number(a.Path), number(b.Path)))
	})
	return slices.CompactFunc(all, func(a, b PortInfo) bool { return a.Path == b.Path }), nil
}

// portAt looks at one entry of a class. Consoles and pseudo-terminals have no
// device behind them, and a UART that was never found has the type 0.
func portAt(dir string, kind PortKind) (PortInfo, bool) {
	if _, err := os.Stat(filepath.Join(dir, "device")); err != nil || attribute(dir, "type") == "0" {
		return PortInfo{}, false
	}
	name := filepath.Base(dir)
	if kind == PrinterPort && !strings.HasPrefix(name, "lp") {
		return PortInfo{}, false
	}
	p := PortInfo{Path: "/dev/" + devName(dir, name), Kind: kind, Driver: linkTo(filepath.Join(dir, "device"), "driver")}
	if d, ok := usbAt(dir); ok {
		p.Vendor, p.Product, p.Serial, p.USBPath, p.Maker, p.Model = d.vendor, d.product, d.serial, d.path, d.maker, d.model
	}
	return p, true
}

// devName is the node's name under /dev.
func devName(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "uevent"))
	for line := range strings.Lines(string(text)) {
		if dev, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVNAME="); ok && filepath.IsLocal(dev) {
			return dev
		}
	}
	return name
}

func stem(path string) string { return strings.TrimRight(path, "0123456789") }

func number(path string) int {
	n, _ := strconv.Atoi(path[len(stem(path)):])
	return n
}
