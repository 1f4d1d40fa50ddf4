// Package outbox carries sealed parcels to the centre: it announces them,
// sends the bytes the centre lacks, waits for the centre's signed word, keeps
// the file for the hold and takes it away at the end.
//
// It promises that a parcel's file is never taken away before an accepted
// receipt is in the ledger and the hold has passed; that every step is in the
// ledger before the next one begins, so that a power cut costs at most one
// repeated request; that the centre's offset and not a local one decides where
// an upload goes on; and that one parcel that cannot be carried never stops the
// others.
//
// It never opens a parcel, never speaks HTTP (package uplink does) and never
// counts a missing network as a parcel's failed attempt.
package outbox
