package qr

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"servicepoint/kiosk"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want Parsed
		code kiosk.Code
	}{
		{"SP1.D.DTH01-261123-0042-V", Parsed{Dossier, "DTH01-261123-0042-V"}, ""},
		{"  sp1.d.dth01-261123-0042-v\r\n", Parsed{Dossier, "DTH01-261123-0042-V"}, ""},
		{"SP1.T.DTH01-261123-42", Parsed{Ticket, "DTH01-261123-42"}, ""},
		{"SP1.R.AB12", Parsed{Return, "AB12"}, ""},
		{"SP1.S.AB-12", Parsed{Status, "AB-12"}, ""},
		{"SP1.E.X", Parsed{Enrolment, "X"}, ""},
		{"SP1.B.ABC234", Parsed{Booking, "ABC234"}, ""},
		{"SP1.D.DTH01-261123-0042-W", Parsed{}, "code.local_check"},
		{"SP1.D.DTH01", Parsed{}, "code.local_malformed"},
		{"SP1.T.DTH01-261332-42", Parsed{}, "code.not_ours"},
		{"SP1.T.DTH01-261123-0", Parsed{}, "code.not_ours"},
		{"SP1.B.ABC1", Parsed{}, "booking.malformed"},
		{"SP1.X.ABC", Parsed{}, "code.not_ours"},
		{"SP1.R.", Parsed{}, "code.not_ours"},
		{"SP1.R.-", Parsed{}, "code.not_ours"},
		{"SP2.D.DTH01-261123-0042-V", Parsed{}, "code.not_ours"},
		{"https://example.com", Parsed{}, "code.not_ours"},
		{"001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021", Parsed{}, "code.not_ours"},
		{"", Parsed{}, "code.not_ours"},
		{"SP1.B." + strings.Repeat("A", MaxText), Parsed{}, "code.not_ours"},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if got != tt.want || (err != nil) != (tt.code != "") || err != nil && kiosk.CodeOf(err) != tt.code {
			t.Errorf("Parse(%q) = %+v, %v; want %+v, %q", tt.in, got, err, tt.want, tt.code)
		}
	}
}

func TestTicketCode(t *testing.T) {
	ref := TicketRef{Point: "DTH01", Day: "2026-11-23", No: 42}
	code, err := TicketCode(ref)
	if err != nil || code != "DTH01-261123-42" {
		t.Fatalf("TicketCode = %q, %v", code, err)
	}
	back, err := ParseTicketCode(code)
	if err != nil || back != ref {
		t.Errorf("ParseTicketCode = %+v, %v", back, err)
	}
	for _, bad := range []TicketRef{{"DTH01", "23/11/2026", 1}, {"dth01", "2026-11-23", 1}, {"DTH01", "2026-11-23", 0}, {"DTH01", "2026-11-23", 10000}} {
		if code, err := TicketCode(bad); err == nil {
			t.Errorf("TicketCode(%+v) = %q, want an error", bad, code)
		}
	}
}

func testKeys(seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return private.Public().(ed25519.PublicKey), private
}

func booking() kiosk.Booking {
	return kiosk.Booking{
		ID: "ABCDEFGH27", Point: "DTH01", Procedure: "temporary-residence", Class: kiosk.ClassSupplementReturn,
		Slot: time.Date(2026, 11, 24, 1, 15, 0, 0, time.UTC), Expires: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	}
}

func TestBookingRoundTrip(t *testing.T) {
	public, private := testKeys(1)
	other, _ := testKeys(2)
	text, err := SignBooking(booking(), private)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > MaxText || text != strings.ToUpper(text) {
		t.Errorf("%d characters: %s", len(text), text)
	}
	got, err := ReadBooking(strings.ToLower(text)+"\r", []ed25519.PublicKey{nil, other, public})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(booking(), got); diff != "" {
		t.Errorf("booking changed (-want +got):\n%s", diff)
	}
	if _, err := ReadBooking(text, []ed25519.PublicKey{other}); kiosk.CodeOf(err) != "booking.untrusted" {
		t.Errorf("with another key: %v", err)
	}
	if _, err := ReadBooking(text, nil); kiosk.CodeOf(err) != "booking.untrusted" {
		t.Errorf("without keys: %v", err)
	}
	for i := len(prefix) + 2; i < len(text); i += 7 {
		c := byte('A')
		if text[i] == c {
			c = 'B'
		}
		if _, err := ReadBooking(text[:i]+string(c)+text[i+1:], []ed25519.PublicKey{public}); err == nil {
			t.Errorf("character %d changed and still trusted", i)
		}
	}
}

// TestBookingWorstCase proves the promise of 300 characters.
func TestBookingWorstCase(t *testing.T) {
	_, private := testKeys(1)
	b := booking()
	b.Point, b.Procedure = "ABCDEF", kiosk.ProcedureID(strings.Repeat("a", 48))
	b.Slot, b.Expires = time.Unix(maxSeconds, 0), time.Unix(maxSeconds, 0)
	text, err := SignBooking(b, private)
	if err != nil || len(text) > MaxText {
		t.Errorf("%d characters, %v", len(text), err)
	}
}

func TestSignBookingRefuses(t *testing.T) {
	_, private := testKeys(1)
	for name, change := range map[string]func(*kiosk.Booking){
		"id":        func(b *kiosk.Booking) { b.ID = "abc" },
		"point":     func(b *kiosk.Booking) { b.Point = "x" },
		"procedure": func(b *kiosk.Booking) { b.Procedure = "Khai sinh" },
		"class":     func(b *kiosk.Booking) { b.Class = "vip" },
		"slot":      func(b *kiosk.Booking) { b.Slot = time.Time{} },
	} {
		b := booking()
		change(&b)
		if text, err := SignBooking(b, private); err == nil {
			t.Errorf("%s: signed as %s", name, text)
		}
	}
	if _, err := SignBooking(booking(), private[:10]); err == nil {
		t.Error("signed with a cut key")
	}
}

// TestReadPayloadRefuses gives payloads that a trusted signer would have signed
// by mistake.
func TestReadPayloadRefuses(t *testing.T) {
	public, private := testKeys(1)
	good := []byte{1}
	for _, s := range []string{"ABCDEFGH27", "DTH01", "birth-registration", "booked"} {
		good = append(append(good, byte(len(s))), s...)
	}
	good = binary.AppendUvarint(binary.AppendUvarint(good, 1795000000), 1795003600)
	sign := func(p []byte) string {
		return Text(Booking, bookingText.EncodeToString(append(p[:len(p):len(p)], ed25519.Sign(private, append([]byte(bookingContext), p...))...)))
	}
	if _, err := ReadBooking(sign(good), []ed25519.PublicKey{public}); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, p := range map[string][]byte{
		"another version": append([]byte{2}, good[1:]...),
		"cut":             good[:len(good)-1],
		"only a version":  good[:1],
		"too long":        append(good[:len(good):len(good)], 0),
	} {
		if _, err := ReadBooking(sign(p), []ed25519.PublicKey{public}); kiosk.CodeOf(err) != "booking.malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPictureReadsBack(t *testing.T) {
	_, private := testKeys(1)
	signed, err := SignBooking(booking(), private)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{Text(Dossier, "DTH01-261123-0042-V"), Text(Ticket, "ABCDEF-261123-9999"), signed} {
		raw, err := PNG(text, 4)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		source, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(source, nil)
		if err != nil || result.GetText() != text {
			t.Errorf("%s reads back as %v, %v", text, result, err)
		}
	}
	longest := Text(Dossier, "ABCDEF-261123-0042-V")
	if m, err := Matrix(longest); err != nil || len(m) > MaxSlipSide {
		t.Errorf("%s: %d modules, %v", longest, len(m), err)
	}
	if _, err := Matrix(strings.Repeat("A", 5000)); err == nil {
		t.Error("5000 characters drawn")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"SP1.D.DTH01-261123-0042-V", "SP1.T.DTH01-261123-42", "SP1.B.ABC234", "sp1.e.x ", "SP1.", "SP1.D", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(Text(p.Kind, p.Code))
		if err != nil || again != p {
			t.Errorf("Parse(%q) = %+v, written and read again %+v, %v", s, p, again, err)
		}
	})
}

// FuzzReadBooking signs what the fuzzer makes up, so that it gets behind the
// signature.
func FuzzReadBooking(f *testing.F) {
	public, private := testKeys(1)
	text, err := SignBooking(booking(), private)
	if err != nil {
		f.Fatal(err)
	}
	raw, _ := bookingText.DecodeString(strings.TrimPrefix(text, "SP1.B."))
	f.Add(raw[:len(raw)-ed25519.SignatureSize])
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, payload []byte) {
		signature := ed25519.Sign(private, append([]byte(bookingContext), payload...))
		b, err := ReadBooking(Text(Booking, bookingText.EncodeToString(append(payload[:len(payload):len(payload)], signature...))), []ed25519.PublicKey{public})
		if err != nil {
			return
		}
		text, err := SignBooking(b, private)
		if err != nil {
			t.Fatalf("read but cannot be signed: %+v: %v", b, err)
		}
		back, err := ReadBooking(text, []ed25519.PublicKey{public})
		if diff := cmp.Diff(b, back); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}
