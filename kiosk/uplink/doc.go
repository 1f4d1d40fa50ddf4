// Package uplink speaks to one receiving centre: it announces parcels, sends
// their bytes by the tus 1.0.0 protocol (tus.io/protocols/resumable-upload,
// core and creation) and reads the centre's signed receipts.
//
// It promises that the unit's token and the parcels' bytes go to the configured
// origin only (https, or loopback for tests and the demo): redirects are never
// followed and an upload's address must lie at that origin; that an upload goes
// on from the offset the centre states; that a receipt is given out only if it
// is signed by a pinned key and every field that names the parcel agrees; and
// that an answer which the centre did not give, such as a login page of a
// network, is taken for a missing network and for nothing else.
//
// It never retries by itself beyond one upload's mismatched offset, never keeps
// state on disk, never logs and never sends personal data: a parcel is sealed,
// and its names are ids and sums.
package uplink
