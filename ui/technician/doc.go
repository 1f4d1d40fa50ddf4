// Package technician holds the technician's screens: what every device says of
// itself, the Conditions that stand, the outbox's link, the versions, and the
// last print jobs.
//
// It promises to show states as they are, in plain words first and raw second.
// It never shows a dossier's content and changes nothing but what a test of a
// device needs.
package technician
