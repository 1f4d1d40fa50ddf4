package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/scanner"
	"servicepoint/devices/scanner/a4"
	"servicepoint/devices/wire"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/provisioning"
)

// fitDevices makes the drivers that the configuration names; nothing is opened
// before Run.
func (u *unit) fitDevices(context.Context) error {
	p := u.Config.Printer
	profile, ok := printer.ProfileNamed(p.Profile)
	if !ok {
		return fmt.Errorf("%w: printer.profile %q is not known; `kiosk print --profiles` lists the models", provisioning.ErrConfig, p.Profile)
	}
	line := linePort(p.Port, p.Baud, p.Flow, p.USB)
	loose := looseSlip{filepath.Join(u.State, "printer.loose"), u.Log}
	u.printer = &printer.Printer{
		Open: line.Opener(), Appeared: line.Appeared, Profile: profile, Baud: line.Rate(), Flow: line.Flow, Log: u.Log, OnStatus: u.deviceStatus,
		Unsettled: loose.stands(), OnUnsettled: loose.set,
	}
	u.scanner = fitScanner(u.Config.Scanner, u.Log, u.deviceStatus)
	u.codes.from = []<-chan devices.Code{u.scanner.Codes()}
	if r := u.Config.Reader; r != nil {
		u.reader = fitReader(*r, u.Log, u.deviceStatus)
		u.codes.from = append(u.codes.from, u.reader.Codes())
	}
	return nil
}

// linePort is a configured line with the device that has to hang on it.
func linePort(path string, baud int, flow string, usb *provisioning.USBConfig) wire.Port {
	p := wire.Port{Path: path, Baud: baud, Flow: wire.Flow(flow)}
	if usb != nil {
		p.Vendor, p.Product, p.Serial, p.USBPath = usb.Vendor, usb.Product, usb.Serial, usb.Path
	}
	return p
}

// looseSlip remembers over a restart that part of a slip may hang out of the
// printer, so that nobody gets it together with the next one: a file that is
// there or not.
type looseSlip struct {
	file string
	log  *slog.Logger
}

func (l looseSlip) stands() bool {
	_, err := os.Lstat(l.file)
	return err == nil
}

func (l looseSlip) set(on bool) {
	var err error
	if on {
		err = os.WriteFile(l.file, nil, 0o600)
	} else {
		err = os.Remove(l.file)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(l.file)) // power may go while the printer stays on
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.log.Error("half a slip in the printer not remembered", "on", on, "err", err)
	}
}

// fitScanner makes the driver of the scanner for papers.
func fitScanner(c provisioning.ScannerConfig, log *slog.Logger, tell func(devices.Status)) devices.Scanner {
	switch c.Protocol {
	case provisioning.ScannerESCL:
		return &a4.ESCL{URL: c.URL, Log: log, OnStatus: tell}
	case provisioning.ScannerSANE:
		return &a4.SANE{Device: c.Device, Dir: memoryFolder(), Log: log, OnStatus: tell}
	case provisioning.ScannerFolder:
		return &a4.Folder{Dir: c.Folder, Log: log, OnStatus: tell}
	}
	line := linePort(c.Port, c.Baud, c.Flow, c.USB)
	return &scanner.Scanner{
		Open: line.Opener(), Appeared: line.Appeared, Protocol: c.Protocol, Line: c.Line, Baud: c.Baud, Log: log, OnStatus: tell,
	}
}

// memoryFolder is where a program may put a page for a moment without writing
// it to a disk; empty where there is no such place.
func memoryFolder() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err != nil || !info.IsDir() {
		return ""
	}
	return shared
}

// clearScans is what the clerk's button does about scans of an earlier turn;
// nil where scans do not arrive in a folder.
func (u *unit) clearScans() func(context.Context) (int, error) {
	folder, ok := u.scanner.(*a4.Folder)
	if !ok {
		return nil
	}
	return folder.Clear
}

// readerBaud is the rate that code readers are shipped with.
const readerBaud = 9600

func fitReader(c provisioning.ReaderConfig, log *slog.Logger, tell func(devices.Status)) devices.Scanner {
	line := linePort(c.Port, c.Baud, c.Flow, c.USB)
	if line.Baud == 0 {
		line.Baud = readerBaud
	}
	protocol := c.Protocol
	if protocol == "" {
		protocol = scanner.Line
	}
	return &scanner.Scanner{
		Open: line.Opener(), Appeared: line.Appeared, Device: devices.ReaderDevice, Protocol: protocol, Baud: line.Baud, Log: log, OnStatus: tell,
	}
}

// drivers are the parts of the unit that own a device.
func (u *unit) drivers() map[string]func(context.Context) error {
	parts := map[string]func(context.Context) error{devices.PrinterDevice: u.printer.Run, devices.ScannerDevice: u.scanner.Run}
	if u.reader != nil {
		parts[devices.ReaderDevice] = u.reader.Run
	}
	return parts
}

// statuses is what every device says of itself.
func (u *unit) statuses() []devices.Status {
	all := []devices.Status{u.printer.Status(), u.scanner.Status()}
	if u.reader != nil {
		all = append(all, u.reader.Status())
	}
	return all
}

// deviceConditions are the lasting states of each device, worth showing on
// every screen; what befalls one print or one sheet is told where it happens.
var deviceConditions = map[string][]devices.Cause{
	devices.PrinterDevice: append(lineConditions, devices.PaperOut, devices.PaperLow, devices.CoverOpen, devices.Cutter, devices.HeadHot, devices.Broken),
	devices.ScannerDevice: append(lineConditions, devices.NoProgram, devices.Jam, devices.CoverOpen, devices.Leftover, devices.NoSpace, devices.Refused),
	devices.ReaderDevice:  lineConditions,
}

// lineConditions can befall whatever hangs on a line.
var lineConditions = []devices.Cause{
	devices.NotFitted, devices.Offline, devices.Denied, devices.Occupied, devices.NotALine, devices.WrongDevice, devices.Silent, devices.Garbled,
}

// deviceStatus keeps the board in step with what a device says of itself.
func (u *unit) deviceStatus(s devices.Status) {
	for _, cause := range deviceConditions[s.Device] {
		code := kiosk.Code(s.Device + "." + string(cause))
		switch {
		case s.Cause == cause:
			u.board.Raise(code, health.Critical)
		case contains(s.Warnings, cause):
			u.board.Raise(code, health.Warning)
		default:
			u.board.Clear(code)
		}
	}
	u.changes.notify()
}

func contains(causes []devices.Cause, c devices.Cause) bool {
	for _, have := range causes {
		if have == c {
			return true
		}
	}
	return false
}
