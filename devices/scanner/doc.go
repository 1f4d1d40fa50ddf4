// Package scanner drives a serial imager: it asks for a picture, checks what
// arrives and hands it on bit for bit, and it passes on the codes the imager
// reads on its own. It speaks the protocol of Honeywell (Hand Held Products)
// imagers: Xenon, Granit, the 4850dr document reader and their kin.
//
// It promises that a Sheet is complete and well formed, that over a line
// without checksums it arrived twice the same, that it was taken after Snap
// was called, and that a device which fails is brought back to a known state
// before it is used again. It never opens a picture to look at it, never
// changes a byte of it, and never writes what a code says to the log.
package scanner
