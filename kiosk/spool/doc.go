// Package spool keeps the unit's files: the encrypted image of every page
// while a dossier is made, and the sealed parcels until the centre has
// accepted them. A file is named by the SHA-256 of its bytes.
//
// It promises that a file with its name is whole and on the disk: written
// under a temporary name, synced, closed, renamed, and the folder synced,
// before the name is told to anybody; that a parcel was read back and compared
// before it got its name, and has its clear sidecar beside it by then; and
// that wiping may be broken off and repeated.
//
// It never sees a key or anything in the clear, never knows what a file is
// for, never tries again to sync a file whose sync has failed, and never
// deletes a parcel unless told to by name: one that nobody knows is set aside.
// That bytes are unlinked does not mean that a flash drive has forgotten
// them; what makes a wiped page unreadable is that its key is gone.
package spool
