package kiosk

import "time"

// Answer is what the centre says to an announcement.
type Answer string

// The answers: upload the bytes, or they are there already (with a receipt).
const (
	WantUpload Answer = "upload"
	Exists     Answer = "exists"
)

// Remedy says what to do about a Setback.
type Remedy string

// The remedies.
const (
	RetryLater  Remedy = "retry"    // this item again later, with back-off
	WaitForLink Remedy = "away"     // network or centre is down: everybody waits, nobody's attempt counts
	PauseAll    Remedy = "pause"    // the centre refuses this unit: stop and call a technician
	StartOver   Remedy = "restart"  // the upload is gone or spoilt: announce again
	GiveUp      Remedy = "refused"  // the centre refuses this parcel for good
	Alarm       Remedy = "conflict" // the centre has other bytes under this key: never overwrite
)

// Setback is a failed talk with the centre and what to do about it.
type Setback struct {
	Remedy     Remedy
	Code       Code          // "uplink.unreachable", "uplink.refused", …
	RetryAfter time.Duration // the centre's wish, 0 without one
	Err        error
}

func (s *Setback) Error() string {
	if s.Err != nil {
		return string(s.Code) + ": " + s.Err.Error()
	}
	return string(s.Code)
}

func (s *Setback) Unwrap() error { return s.Err }
