package main

import (
	"fmt"
	"slices"
	"sync"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/ui/dock"
)

// networkDevice is the dock's name for the way to the centre.
const networkDevice = "network"

// dock is the side panel's hold on the demo's far ends.
func (d *demo) dock() *dock.Dock {
	standing := &standing{}
	panel := &dock.Dock{
		Faults: append(dockFaults(devices.PrinterDevice, d.printer.Words()), dockFaults(devices.ScannerDevice, d.scanner.Words())...),
		Sheets: 4, Feed: func(n int) error { d.scanner.Feed(virtual.SamplePage(n)); return nil }, Waiting: d.scanner.Queue,
		Show:     func(text string) error { d.scanner.FeedCode(text); return nil },
		Bookings: d.shownBookings, Slips: d.slipsDir(), Trace: standing.list,
	}
	panel.Faults = append(panel.Faults, dock.Fault{Device: networkDevice, Word: "cut", Undo: "mend"})
	panel.Do = func(device, word string) error {
		if err := d.fault(device, word); err != nil {
			return err
		}
		standing.note(panel.Faults, device, word)
		return nil
	}
	return panel
}

func (d *demo) fault(device, word string) error {
	switch device {
	case devices.PrinterDevice:
		return d.printer.Fault(word)
	case devices.ScannerDevice:
		return d.scanner.Fault(word)
	case networkDevice:
		d.network.SetCut(word == "cut")
		return nil
	}
	return fmt.Errorf("no far end called %q", device)
}

// dockFaults are the faults of one far end, those of its line in a group of their
// own, but for the cable, which anybody can pull.
func dockFaults(device string, words []virtual.Word) []dock.Fault {
	line := virtual.LineWords(device)
	var own, ofLine []dock.Fault
	for _, w := range virtual.Troubles(words) {
		f := dock.Fault{Device: device, Word: w.Word, Undo: w.Undo}
		if w.Word != "unplug" && slices.ContainsFunc(line, func(l virtual.Word) bool { return l.Word == w.Word }) {
			f.Group = device + ".line"
			ofLine = append(ofLine, f)
			continue
		}
		own = append(own, f)
	}
	return append(own, ofLine...)
}

func (d *demo) shownBookings() []dock.Booking {
	var shown []dock.Booking
	for _, b := range d.bookings {
		p, _ := d.unit.shelf.Current().Procedure(b.Procedure)
		shown = append(shown, dock.Booking{Code: string(b.ID), Text: b.Text, Procedure: p.PlainName})
	}
	return shown
}

// standing remembers which faults were ordered and not yet ended.
type standing struct {
	mu    sync.Mutex
	codes []kiosk.Code
}

func (s *standing) list() []kiosk.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.codes)
}

func (s *standing) note(faults []dock.Fault, device, word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes = slices.DeleteFunc(s.codes, func(c kiosk.Code) bool {
		return slices.ContainsFunc(faults, func(f dock.Fault) bool { return f.Undo == word && c == kiosk.Code(device+"."+f.Word) })
	})
	if slices.ContainsFunc(faults, func(f dock.Fault) bool { return f.Device == device && f.Word == word && f.Undo != "" }) {
		s.codes = append(s.codes, kiosk.Code(device+"."+word))
	}
}
