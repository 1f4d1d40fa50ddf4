package devices

import "context"

// ScanRequest says what is wanted of a scanner. The zero value is all sheets
// that lie ready, as the device scans papers best.
type ScanRequest struct {
	Max    int  // sheets at most, 0 for all in the feeder; an imager takes one
	DPI    int  // 0 is 300, or what comes nearest
	Gray   bool // without colour
	Duplex bool // both sides; Refused if the device cannot
}

// Capabilities is what a scanner can do, as far as it is known.
type Capabilities struct {
	Model  string
	Pages  bool  // it takes pictures of papers
	Codes  bool  // it reads codes on its own
	Feeder bool  // it takes several sheets after each other
	Duplex bool  // it scans both sides
	DPI    []int // the resolutions it offers, ascending; empty if not known
}

// Scanner is what every scanner is to the rest of the house, whatever wire it
// hangs on: a serial imager, a document scanner on the network or on SANE, a
// folder that another machine scans into.
type Scanner interface {
	// Run owns the device until ctx ends and returns nil then. The other
	// methods may be called from anywhere meanwhile.
	Run(ctx context.Context) error

	// Scan takes sheets and hands each, once it is whole and verified, to
	// keep, in order; Sheet.N counts from 1. The next sheet is not asked for
	// before keep has returned, and an error of keep ends the scan and is
	// given back as it is. progress may be nil and must not block. Every other
	// error is a *Fault: NoSheet if nothing lay ready, Cancelled with the
	// context's error. Sheets that were kept before an error stay kept.
	Scan(ctx context.Context, r ScanRequest, keep func(Sheet) error, progress Progress) error

	// Codes gives the codes the device reads on its own, as they come. The
	// channel is never closed; a device that reads none never sends.
	Codes() <-chan Code

	Status() Status
	Capabilities() Capabilities
}
