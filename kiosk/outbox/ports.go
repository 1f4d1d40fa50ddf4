package outbox

import (
	"context"
	"io"

	"servicepoint/kiosk"
)

// Ledger is what the worker needs to know and to have written down. Every
// method is one transaction; every step is checked against kiosk.Steps.
type Ledger interface {
	// Pending lists every parcel whose state is in the outbox, oldest first.
	Pending(ctx context.Context) ([]kiosk.OutboxItem, error)
	// Announced records that the centre wants the bytes (state announced).
	Announced(ctx context.Context, key kiosk.ParcelKey) error
	// UploadAt records where the bytes go, before the first of them is sent
	// (state uploading), or "" to begin again (state announced).
	UploadAt(ctx context.Context, key kiosk.ParcelKey, url string) error
	// SentAll records that the centre took every byte (state sent).
	SentAll(ctx context.Context, key kiosk.ParcelKey) error
	// Attempted records a failed attempt and why; progress resets the count.
	Attempted(ctx context.Context, key kiosk.ParcelKey, cause kiosk.Code) error
}

// Answers is how the centre's word becomes a state.
type Answers interface {
	// Acknowledge records a verified receipt: state stored, accepted or
	// returned, the receipt's envelope and the event, in one transaction.
	// A receipt already recorded is no error.
	Acknowledge(ctx context.Context, r kiosk.Receipt) error
	// Rejected records that the centre refuses this parcel for good, and why.
	Rejected(ctx context.Context, key kiosk.ParcelKey, reason kiosk.Code) error
	// Wiping marks an accepted parcel for wiping; Wiped records that its
	// files are gone (state wiped).
	Wiping(ctx context.Context, key kiosk.ParcelKey) error
	Wiped(ctx context.Context, key kiosk.ParcelKey) error
}

// Files gives a sealed parcel's bytes and takes them away in the end.
type Files interface {
	OpenParcel(name kiosk.Digest) (File, error)
	WipeParcel(name kiosk.Digest) error
}

// File is a parcel open for reading anywhere.
type File = interface {
	io.ReaderAt
	io.Closer
}

// Carrier talks to one centre. Its errors are *kiosk.Setback.
type Carrier interface {
	// Announce sends the outer envelope; the receipt is set with Exists.
	Announce(ctx context.Context, p kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error)
	// Create opens an upload and returns its address.
	Create(ctx context.Context, p kiosk.Parcel) (url string, err error)
	// Carry sends the bytes the centre lacks, from the offset it states, and
	// returns when it has them all. progress is called after every chunk.
	Carry(ctx context.Context, url string, p kiosk.Parcel, src io.ReaderAt, progress func(offset int64)) error
	// Receipt asks for the newest receipt; nil without error means the centre
	// has none yet.
	Receipt(ctx context.Context, p kiosk.Parcel) (*kiosk.Receipt, error)
	// Levels asks how far the centre has come with many parcels at once. A
	// parcel it knows but has not stored has level ""; what it does not know
	// is missing from the answer. The answer is not signed: it only tells
	// which receipts are worth asking for. Asking for no keys proves that the
	// centre answers and accepts this unit.
	Levels(ctx context.Context, keys []kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error)
}
