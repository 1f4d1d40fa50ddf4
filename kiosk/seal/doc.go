// Package seal owns the unit's keys and the sealed parcel: it wraps the keys
// of drafts and case records, makes the sums people are found by, checks PINs,
// signs and verifies, and turns pages and a manifest into one encrypted file.
// The bytes are described in docs/parcel.md.
//
// It promises that a parcel it writes is opened only by the recipients named
// inside it, that every byte of it is under the unit's signature, that writing
// and opening hold no more than one chunk of a file in memory, and that what
// is wrong with a foreign parcel has a code of its own (Codes).
//
// It never keeps a recipient's identity on the unit (only the centre calls
// Open), never writes outside the folder Open was given, never invents a name
// and never logs.
package seal
