// Package kiosk holds the nouns of a service point and their rules: the
// Dossier and its states, the Page as evidence, the Parcel that is carried to
// the Centre, the Receipt that answers it, Tickets, Bookings and Declarations.
//
// It promises that a rule stated here is the only statement of that rule: the
// steps a Dossier may take stand in one table, local codes are made and checked
// in one place, and an error names a code, never a sentence.
//
// It never does I/O, never reads the clock and never imports anything but the
// standard library.
package kiosk
