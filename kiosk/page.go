package kiosk

import "time"

// Page is one image of one side of a paper, kept bit for bit as it left the
// scanner. The row holds only sums and measures; the image lies encrypted in
// the spool under Cipher.
type Page struct {
	ID          int64 // the store's number, unique on the unit
	Dossier     DossierID
	Revision    int
	N           int // order within the dossier, from 1
	Requirement RequirementID
	Plain       Digest // SHA-256 of the evidence bytes
	Cipher      Digest // SHA-256 of the encrypted file, and its name
	Bytes       int64  // size of the evidence
	MIME        string // "image/jpeg"
	Width       int    // pixels
	Height      int    // pixels
	DPI         int    // dots an inch as the scanner stated, 0 if it did not
	Gray        bool   // the image has one component only
	Verified    string // how the transfer was checked: see devices.Verify
	Defects     []Code // what the gate found ("page.blur", …)
	Override    string // why a finding was accepted; empty if there was none
	CapturedAt  time.Time
}

// Parcel is a sealed revision of a dossier: one immutable file.
type Parcel struct {
	Dossier  DossierID
	Revision int
	SHA256   Digest
	Bytes    int64
	Envelope []byte // the outer DSSE envelope, as JSON
}

// ParcelKey names one parcel.
type ParcelKey struct {
	Dossier  DossierID
	Revision int
}

// OutboxItem is one parcel on its way, with what a person wants to know of it.
type OutboxItem struct {
	ParcelKey
	LocalCode  LocalCode
	Procedure  ProcedureID
	State      State
	Parcel     Parcel
	UploadURL  string    // where the centre keeps the unfinished upload, empty before
	Offset     int64     // bytes the centre confirmed last; advisory
	Attempts   int       // failed attempts since the last progress
	LastCode   Code      // why the last attempt failed, empty if it did not
	SealedAt   time.Time // when it was sealed
	ChangedAt  time.Time // when it last moved
	AcceptedAt time.Time // zero before acceptance
}

// Level is how far the centre has come with a parcel.
type Level string

// The levels of a receipt.
const (
	LevelStored   Level = "stored"   // complete, verified, durable at the centre
	LevelAccepted Level = "accepted" // opened, every page verified, in the case system
	LevelReturned Level = "returned" // cannot be used, with a reason
)

// Receipt is what the centre signs about one parcel. Every field must match
// what the unit knows before it counts.
type Receipt struct {
	No       string       `json:"receipt_no"`
	Level    Level        `json:"level"`
	Unit     UnitID       `json:"device_id"`
	Dossier  DossierID    `json:"dossier_id"`
	Revision int          `json:"revision"`
	SHA256   Digest       `json:"sealed_sha256"`
	Bytes    int64        `json:"sealed_size"`
	At       time.Time    `json:"centre_time"`
	KeyID    string       `json:"key_id"`
	Reason   Code         `json:"reason,omitempty"`
	Official OfficialCode `json:"official_code,omitempty"`
	Envelope []byte       `json:"-"` // the signed bytes as received
}
