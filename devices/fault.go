package devices

import "fmt"

// Cause says why a device could not do its work, or what it wants from people.
type Cause string

// The causes. A driver's package lists the ones it can report in Causes().
const (
	NotFitted   Cause = "not_fitted"  // no such device is configured
	Offline     Cause = "offline"     // unplugged, or its line cannot be opened
	Denied      Cause = "denied"      // the line may not be opened by this user
	Occupied    Cause = "occupied"    // another program holds the line
	Silent      Cause = "silent"      // it does not answer
	Garbled     Cause = "garbled"     // it answers what is not in its manual
	Truncated   Cause = "truncated"   // a transfer ended early
	Mismatch    Cause = "mismatch"    // two shipments of one image differ
	PaperOut    Cause = "paper_out"   // no paper
	PaperLow    Cause = "paper_low"   // paper soon gone; a warning
	CoverOpen   Cause = "cover_open"  // the cover is open
	Cutter      Cause = "cutter"      // the cutter is stuck
	HeadHot     Cause = "head_hot"    // the head must cool; recovers by itself
	Broken      Cause = "broken"      // unrecoverable: switch it off, call a technician
	NoSheet     Cause = "no_sheet"    // nothing lies on the scanner
	Unconfirmed Cause = "unconfirmed" // it is not known whether the print came out
	Cancelled   Cause = "cancelled"   // a person stopped it
)

// The devices a Fault can name.
const (
	PrinterDevice = "printer"
	ScannerDevice = "scanner"
)

// Fault is one device's failure. Detail is for the log and the technician.
type Fault struct {
	Device string // PrinterDevice or ScannerDevice
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
