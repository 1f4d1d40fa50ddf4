package kiosk

import (
	"encoding/hex"
	"fmt"
)

// Ids are types so that one is never taken for another. DossierIDs are UUIDs
// (version 7), made in intake; they are random and carry no personal data.
type (
	DossierID     string
	ProcedureID   string // the catalogue's slug, e.g. "birth-registration"
	RequirementID string // one paper slot of a procedure, e.g. "birth_proof"
	StaffID       string
	PointCode     string // 3 to 6 of A-Z 0-9, e.g. "DTH01"
	UnitID        string // one mini-PC, e.g. "DTH01-A"
	BookingID     string // 10 characters of base32, random
	OfficialCode  string // the authority's code: opaque, never minted here
)

// Digest is a SHA-256 sum.
type Digest [32]byte

// String gives the digest as 64 lower-case hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero reports whether the digest was never set.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText writes 64 hex digits.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 64 hex digits.
func (d *Digest) UnmarshalText(b []byte) error {
	v, err := ParseDigest(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// ParseDigest reads 64 hex digits.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != 64 {
		return d, fmt.Errorf("digest: want 64 hex digits, got %d characters", len(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return d, fmt.Errorf("digest: %w", err)
	}
	return d, nil
}
