package qr

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"servicepoint/kiosk"
)

// The payload of a booking is, in this order: the byte 1; id, point, procedure
// and class, each as a length byte and its text; slot and expiry, each as an
// unsigned varint of seconds since 1970. The Ed25519 signature over context and
// payload follows; all of it is base32 without padding.
const (
	bookingVersion = 1
	bookingContext = "SP1.B\x00" // what is signed here can never pass for something else we sign
)

var (
	bookingPattern   = regexp.MustCompile(`^[A-Z2-7]+$`)
	bookingID        = regexp.MustCompile(`^[A-Z2-7]{10}$`)
	bookingPoint     = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	bookingProcedure = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	bookingText      = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// SignBooking writes a booking as text of at most MaxText characters. The
// booking's times are kept to the second.
func SignBooking(b kiosk.Booking, key ed25519.PrivateKey) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", errors.New("sign booking: the key has the wrong size")
	}
	if err := checkBooking(b); err != nil {
		return "", fmt.Errorf("sign booking: %w", err)
	}
	payload := []byte{bookingVersion}
	for _, s := range []string{string(b.ID), string(b.Point), string(b.Procedure), string(b.Class)} {
		payload = append(payload, byte(len(s))) // checkBooking keeps all of them short
		payload = append(payload, s...)
	}
	payload = binary.AppendUvarint(payload, uint64(b.Slot.Unix()))
	payload = binary.AppendUvarint(payload, uint64(b.Expires.Unix()))
	signature := ed25519.Sign(key, append([]byte(bookingContext), payload...))
	text := Text(Booking, bookingText.EncodeToString(append(payload, signature...)))
	if len(text) > MaxText {
		return "", fmt.Errorf("sign booking: %d characters, at most %d", len(text), MaxText)
	}
	return text, nil
}

// ReadBooking reads what SignBooking wrote and checks its signature with each
// of the keys. It does not look at point, slot or expiry: those are the
// counter's rules. Errors are Invalid with booking.malformed, or Forbidden with
// booking.untrusted if none of the keys signed it.
func ReadBooking(s string, keys []ed25519.PublicKey) (kiosk.Booking, error) {
	p, err := Parse(s)
	if err != nil {
		return kiosk.Booking{}, err
	}
	if p.Kind != Booking {
		return kiosk.Booking{}, kiosk.Fail(kiosk.Invalid, "booking.malformed", errors.New("another kind of code"))
	}
	raw, err := bookingText.DecodeString(p.Code)
	if err != nil || bookingText.EncodeToString(raw) != p.Code || len(raw) <= ed25519.SignatureSize {
		return kiosk.Booking{}, kiosk.Fail(kiosk.Invalid, "booking.malformed", errors.New("not base32 of a booking"))
	}
	payload, signature := raw[:len(raw)-ed25519.SignatureSize], raw[len(raw)-ed25519.SignatureSize:]
	signed := append([]byte(bookingContext), payload...)
	trusted := slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool {
		return len(k) == ed25519.PublicKeySize && ed25519.Verify(k, signed, signature)
	})
	if !trusted {
		return kiosk.Booking{}, kiosk.Fail(kiosk.Forbidden, "booking.untrusted", nil)
	}
	b, err := readPayload(payload)
	if err != nil {
		return kiosk.Booking{}, kiosk.Fail(kiosk.Invalid, "booking.malformed", err)
	}
	return b, nil
}

func readPayload(p []byte) (kiosk.Booking, error) {
	var b kiosk.Booking
	if p[0] != bookingVersion {
		return b, fmt.Errorf("booking version %d", p[0])
	}
	p = p[1:]
	var texts [4]string
	for i := range texts {
		if len(p) == 0 || len(p) < 1+int(p[0]) {
			return b, errors.New("booking ends early")
		}
		texts[i], p = string(p[1:1+int(p[0])]), p[1+int(p[0]):]
	}
	var times [2]time.Time
	for i := range times {
		v, n := binary.Uvarint(p)
		if n <= 0 || v > maxSeconds {
			return b, errors.New("booking has no proper time")
		}
		times[i], p = time.Unix(int64(v), 0).UTC(), p[n:]
	}
	if len(p) != 0 {
		return b, errors.New("booking goes on after its end")
	}
	b = kiosk.Booking{
		ID: kiosk.BookingID(texts[0]), Point: kiosk.PointCode(texts[1]), Procedure: kiosk.ProcedureID(texts[2]),
		Class: kiosk.Class(texts[3]), Slot: times[0], Expires: times[1],
	}
	return b, checkBooking(b)
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

func checkBooking(b kiosk.Booking) error {
	switch {
	case !bookingID.MatchString(string(b.ID)):
		return errors.New("booking id is not 10 characters of base32")
	case !bookingPoint.MatchString(string(b.Point)):
		return errors.New("booking names no proper point")
	case b.Procedure != "" && (len(b.Procedure) > 48 || !bookingProcedure.MatchString(string(b.Procedure))):
		return errors.New("booking names no proper procedure")
	case !slices.Contains(kiosk.Classes, b.Class):
		return fmt.Errorf("booking has the unknown class %q", strings.ToValidUTF8(string(b.Class), "?"))
	case b.Slot.Unix() < 0 || b.Slot.Unix() > maxSeconds || b.Expires.Unix() < 0 || b.Expires.Unix() > maxSeconds:
		return errors.New("booking has no proper time")
	}
	return nil
}
