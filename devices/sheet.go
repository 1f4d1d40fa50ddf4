package devices

import "time"

// Verify says how a transfer was checked on its way from the scanner.
type Verify string

// The checks, strongest last.
const (
	Decoded      Verify = "decoded"       // the length is right and the picture decodes
	Checksummed  Verify = "checksummed"   // every packet carried a checksum that held
	ShippedTwice Verify = "shipped_twice" // the device sent the same image twice, byte for byte
)

// Sheet is one image as it left the scanner, bit for bit.
type Sheet struct {
	N        int // from 1 within one scan
	Bytes    []byte
	MIME     string // "image/jpeg"
	DPI      int    // 0 if the device does not say
	Verified Verify
	Took     time.Duration
}

// Code is one barcode or QR code that a reader read on its own.
type Code struct {
	Symbology string // AIM identifier such as "]Q1", empty if not given
	Raw       []byte // as received, without framing
	At        time.Time
}

// Progress reports bytes received of bytes announced (0 while unknown).
type Progress func(done, total int64)
