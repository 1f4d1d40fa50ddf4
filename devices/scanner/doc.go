// Package scanner drives a serial imager or code reader: it asks for a picture,
// checks what arrives and hands it on bit for bit, and it passes on the codes
// the device reads on its own. It speaks the protocol of Honeywell (Hand Held
// Products) imagers, Zebra's SSI, the picture command of Datalogic's Magellan
// imagers, and plain lines.
//
// It promises that a Sheet is complete and well formed down to its last code,
// that what its Verified says has been done, that over a line without
// checksums a Honeywell picture arrived twice the same, that it was taken after
// Scan was called, and that a device which fails is brought back to a known
// state before it is used again. It never makes a picture's dots, never changes
// a byte of it, and never writes what a code says to the log.
package scanner
