package devices

import "fmt"

// Cause says why a device could not do its work, or what it wants from people.
type Cause string

// The causes. A driver's package lists the ones it can report in Causes().
const (
	NotFitted   Cause = "not_fitted"   // no such device is configured
	Offline     Cause = "offline"      // unplugged, or its line cannot be opened
	Denied      Cause = "denied"       // the line may not be opened by this user
	Occupied    Cause = "occupied"     // another program holds the line, or another computer the device
	NotALine    Cause = "not_a_line"   // what is configured is no device that bytes can be sent to
	WrongDevice Cause = "wrong_device" // another device than the configured one hangs on the line
	NoProgram   Cause = "no_program"   // a program that drives the device is not installed
	Silent      Cause = "silent"       // it does not answer
	Garbled     Cause = "garbled"      // it answers what is not in its manual
	Truncated   Cause = "truncated"    // a transfer ended early
	Mismatch    Cause = "mismatch"     // two shipments of one image differ
	TooLarge    Cause = "too_large"    // a picture beyond what the unit can take
	TooSlow     Cause = "too_slow"     // the line is too slow for pictures
	Refused     Cause = "refused"      // the device will not do it, as set up
	Overrun     Cause = "overrun"      // the device lost bytes: its buffer ran over
	TooWide     Cause = "too_wide"     // the slip is wider than the printer's head
	PaperOut    Cause = "paper_out"    // no paper
	PaperLow    Cause = "paper_low"    // paper soon gone; a warning
	CoverOpen   Cause = "cover_open"   // the cover is open
	Cutter      Cause = "cutter"       // the cutter is stuck
	HeadHot     Cause = "head_hot"     // the head must cool; recovers by itself
	Broken      Cause = "broken"       // unrecoverable: switch it off, call a technician
	NoSheet     Cause = "no_sheet"     // nothing lies on the scanner
	Jam         Cause = "jam"          // a sheet is stuck in the feeder
	Leftover    Cause = "leftover"     // sheets of an earlier scan lie where new ones arrive; a warning
	NoSpace     Cause = "no_space"     // the folder the sheets arrive in is full
	Unconfirmed Cause = "unconfirmed"  // it is not known whether the print came out
	Cancelled   Cause = "cancelled"    // a person stopped it
)

// The devices a Fault can name.
const (
	PrinterDevice = "printer"
	ScannerDevice = "scanner"
	ReaderDevice  = "reader" // a code reader beside a scanner that reads no codes
)

// Fault is one device's failure. Detail is for the log and the technician.
type Fault struct {
	Device string // PrinterDevice, ScannerDevice or ReaderDevice
	Cause  Cause
	Detail string
	Err    error
}

func (f *Fault) Error() string {
	s := f.Device + ": " + string(f.Cause)
	if f.Detail != "" {
		s += " (" + f.Detail + ")"
	}
	if f.Err != nil {
		s = fmt.Sprintf("%s: %v", s, f.Err)
	}
	return s
}

func (f *Fault) Unwrap() error { return f.Err }

// Code names the fault the way sentences are looked up: "printer.paper_out".
func (f *Fault) Code() string { return f.Device + "." + string(f.Cause) }

// Status is what a device last said of itself. A device is ready when it
// stands without a Cause; PaperLow and HeadHot come as Warnings.
type Status struct {
	Device   string
	Ready    bool
	Cause    Cause   // why it is not ready
	Warnings []Cause // what to see to soon
	Detail   string  // model, port, raw bytes: for the technician
}
