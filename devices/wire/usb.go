package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"servicepoint/devices"
)

// usbDevice is what sysfs says of the USB device behind a node.
type usbDevice struct {
	vendor, product, serial string
	maker, model            string
	device                  string // the kernel's name of the socket: "1-3"
	iface                   string // and of the interface: "1-3:1.0"
	path                    string // udev's ID_PATH
}

func (p Port) sys() string {
	if p.Sys == "" {
		return "/sys"
	}
	return p.Sys
}

// charDevice is the folder of a character device in sysfs.
func charDevice(sys string, rdev uint64) string {
	return filepath.Join(sys, "dev", "char", fmt.Sprintf("%d:%d", unix.Major(rdev), unix.Minor(rdev)))
}

// expect compares the device behind a node with the one the port names.
func expect(p Port, rdev uint64) error {
	if p.Vendor+p.Product+p.Serial+p.USBPath == "" {
		return nil
	}
	d, ok := usbAt(charDevice(p.sys(), rdev))
	if !ok {
		return refused(p, devices.WrongDevice, "a USB device is expected, this is none")
	}
	for _, c := range []struct {
		what, want string
		have       []string
	}{
		{"vendor", p.Vendor, []string{d.vendor}},
		{"product", p.Product, []string{d.product}},
		{"serial number", p.Serial, []string{d.serial}},
		{"USB path", p.USBPath, []string{d.path, d.device, d.iface}},
	} {
		fits := c.want == ""
		for _, have := range c.have {
			fits = fits || strings.EqualFold(c.want, have)
		}
		if !fits {
			return refused(p, devices.WrongDevice, fmt.Sprintf("%s is %q, expected %q", c.what, c.have[0], c.want))
		}
	}
	return nil
}

var pciAddress = regexp.MustCompile(`^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$`)

// usbAt finds the USB device that a folder of sysfs belongs to.
func usbAt(dir string) (d usbDevice, ok bool) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return d, false
	}
	bus := "" // what the USB controller hangs on
	for ; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		name := filepath.Base(dir)
		switch {
		case !ok && d.iface == "" && attribute(dir, "bInterfaceNumber") != "":
			d.iface = name
		case !ok && attribute(dir, "idVendor") != "":
			ok = true
			d.device = name
			d.vendor, d.product, d.serial = attribute(dir, "idVendor"), attribute(dir, "idProduct"), attribute(dir, "serial")
			d.maker, d.model = attribute(dir, "manufacturer"), attribute(dir, "product")
		case ok && bus == "" && pciAddress.MatchString(name):
			bus = "pci-" + name + "-"
		case ok && strings.HasPrefix(linkTo(dir, "subsystem"), "platform"):
			bus = "platform-" + name + "-" + bus
		}
	}
	if _, port, found := strings.Cut(d.iface, "-"); ok && found {
		d.path = bus + "usb-0:" + port
	}
	return d, ok
}

// attribute reads one line of sysfs; what is not there is empty. Makers put
// anything into their texts, so only letters a terminal can show are left.
func attribute(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(printable(string(text)))
}

// linkTo is the last part of a link's target, empty without a link.
func linkTo(dir, name string) string {
	target, err := os.Readlink(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}
