// Package devices holds the hardware nouns: the Sheet a scanner delivers, the
// Slip a printer prints, the Code a reader reads, a device's Status and the
// Fault it can fail with.
//
// It promises that every driver speaks these nouns and nothing else, so that
// the rest of the program never meets a byte of a protocol. It never hears the
// word dossier and imports only the standard library.
package devices
