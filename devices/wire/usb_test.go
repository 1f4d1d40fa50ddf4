package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// plant writes a folder of sysfs: name → content, and a name that ends in @
// is a link.
func plant(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if base, ok := cutLink(name); ok {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, base)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(content, filepath.Join(dir, base)); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(filepath.Join(dir, name), []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func cutLink(name string) (string, bool) {
	if name[len(name)-1] == '@' {
		return name[:len(name)-1], true
	}
	return name, false
}

// fakeSys is a sysfs with a USB printer, a converter, an ACM device, two UARTs
// and a USB printer of the printer class. The printer's node has the number
// rdev, or the converter's own.
func fakeSys(t *testing.T, rdev uint64) string {
	t.Helper()
	sys := t.TempDir()
	pci := filepath.Join(sys, "devices/pci0000:00/0000:00:14.0")
	plant(t, pci, map[string]string{"subsystem@": "../../../bus/pci"})
	usb := filepath.Join(pci, "usb1")
	plant(t, usb, map[string]string{"idVendor": "1d6b", "idProduct": "0002"})
	device := func(socket string, about map[string]string, class, node, driver, uevent string, rdev uint64, port string) {
		plant(t, filepath.Join(usb, socket), about)
		iface := filepath.Join(usb, socket, filepath.Base(socket)+":1.0")
		plant(t, iface, map[string]string{"bInterfaceNumber": "00"})
		holder := filepath.Join(iface, port)
		plant(t, holder, map[string]string{"driver@": "/sys/bus/usb-serial/drivers/" + driver})
		at := filepath.Join(holder, class, node)
		plant(t, at, map[string]string{"uevent": uevent, "device@": holder, "subsystem@": filepath.Join(sys, "class", class)})
		plant(t, sys, map[string]string{
			"class/" + class + "/" + node + "@":                                at,
			fmt.Sprintf("dev/char/%d:%d@", unix.Major(rdev), unix.Minor(rdev)): at,
		})
	}
	device("1-3", map[string]string{
		"idVendor": "04b8", "idProduct": "0e03", "serial": "J6FY012345", "manufacturer": "EPSON", "product": "TM-T20\x1b[31m\u202e",
	}, "tty", "ttyUSB10", "ftdi_sio", "MAJOR=188\nDEVNAME=ttyUSB10", rdev, "ttyUSB10")
	device("1-4/1-4.2", map[string]string{"idVendor": "1a86", "idProduct": "7523", "product": "USB2.0-Ser!"},
		"tty", "ttyUSB2", "ch341-uart", "DEVNAME=ttyUSB2", unix.Mkdev(188, 2), "ttyUSB2")
	device("1-5", map[string]string{"idVendor": "0c2e", "idProduct": "0720", "serial": "20123B0456"},
		"tty", "ttyACM0", "cdc_acm", "DEVNAME=../../etc/passwd", unix.Mkdev(166, 0), "")
	device("1-6", map[string]string{"idVendor": "0416", "idProduct": "5011", "manufacturer": "STMicroelectronics", "product": "POS58 Printer USB"},
		"usbmisc", "lp0", "usblp", "DEVNAME=usb/lp0", unix.Mkdev(180, 0), "")
	plant(t, filepath.Join(usb, "1-6/hid"), map[string]string{"device@": ".."})
	plant(t, sys, map[string]string{"class/usbmisc/hiddev0@": filepath.Join(usb, "1-6/hid")})
	for node, kind := range map[string]string{"ttyS0": "4", "ttyS1": "0"} {
		at := filepath.Join(sys, "devices/pnp0/00:01/tty", node)
		plant(t, at, map[string]string{"type": kind, "device@": "../.."})
		plant(t, sys, map[string]string{"class/tty/" + node + "@": at})
	}
	plant(t, filepath.Join(sys, "devices/virtual/tty/tty1"), nil)
	plant(t, sys, map[string]string{"class/tty/tty1@": filepath.Join(sys, "devices/virtual/tty/tty1")})
	return sys
}

func TestPorts(t *testing.T) {
	got, err := ports(fakeSys(t, unix.Mkdev(188, 10)))
	if err != nil {
		t.Fatal(err)
	}
	want := []PortInfo{
		{Path: "/dev/ttyACM0", Kind: SerialPort, Driver: "cdc_acm", Vendor: "0c2e", Product: "0720", Serial: "20123B0456", USBPath: "pci-0000:00:14.0-usb-0:5:1.0"},
		{Path: "/dev/ttyS0", Kind: SerialPort},
		{Path: "/dev/ttyUSB2", Kind: SerialPort, Driver: "ch341-uart", Vendor: "1a86", Product: "7523", USBPath: "pci-0000:00:14.0-usb-0:4.2:1.0", Model: "USB2.0-Ser!"},
		{Path: "/dev/ttyUSB10", Kind: SerialPort, Driver: "ftdi_sio", Vendor: "04b8", Product: "0e03", Serial: "J6FY012345",
			USBPath: "pci-0000:00:14.0-usb-0:3:1.0", Maker: "EPSON", Model: "TM-T20 [31m"},
		{Path: "/dev/usb/lp0", Kind: PrinterPort, Driver: "usblp", Vendor: "0416", Product: "5011", USBPath: "pci-0000:00:14.0-usb-0:6:1.0",
			Maker: "STMicroelectronics", Model: "POS58 Printer USB"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPortsOfThisMachine(t *testing.T) {
	all, err := Ports()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Path == "" || p.Kind == "" {
			t.Errorf("%+v", p)
		}
	}
	if none, err := ports(t.TempDir()); err != nil || len(none) != 0 {
		t.Errorf("a machine without sysfs: %v, %v", none, err)
	}
}
