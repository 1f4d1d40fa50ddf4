// Package store keeps everything the unit knows in one database: dossiers,
// pages, parcels on their way, receipts, the line, the staff, fee slips, print
// jobs and the journal of it all.
//
// It promises that every method which changes something is one transaction
// that holds its journal event too; that a dossier only ever takes the steps
// of kiosk.Steps, and only from the state the caller saw; that what a method
// has reported survives a power cut; and that the journal only grows, each
// line sealing the one before it. Order comes from the database's own
// numbers, never from the clock.
//
// It never holds a page, a parcel or a key in the clear: what is personal
// arrives encrypted, and what must be found arrives as a keyed sum. It never
// touches a file of the spool; it says which ones must be there and which may
// go. A row is written after its file, and a file is taken away only after
// its row says so.
package store
