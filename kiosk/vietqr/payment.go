package vietqr

import (
	"fmt"
	"strconv"
	"strings"

	"servicepoint/kiosk"
)

// Limits of the values, in characters. NAPAS, "Định dạng mã VietQR" 1.0.
const (
	MaxAccount  = 19
	MaxText     = 25 // bill, purpose and name each
	MaxCity     = 15
	MaxPostcode = 10

	maxAmount = 13  // digits
	maxCode   = 512 // EMVCo, Merchant-Presented Mode
)

// What can be wrong with a payment or with a code.
const (
	CodeMalformed kiosk.Code = "vietqr.malformed" // no EMVCo code, or a damaged one
	CodeChecksum  kiosk.Code = "vietqr.checksum"  // the checksum does not match
	CodeForeign   kiosk.Code = "vietqr.foreign"   // no transfer in đồng to a bank in Viet Nam
	CodeBank      kiosk.Code = "vietqr.bank"      // the bank's number is not six digits
	CodeAccount   kiosk.Code = "vietqr.account"   // not an account or card number
	CodeAmount    kiosk.Code = "vietqr.amount"    // none, below one đồng, or more than 13 digits
	CodeText      kiosk.Code = "vietqr.text"      // a text too long or with characters no bank takes
	CodeOpen      kiosk.Code = "vietqr.open"      // doubted: a code that was read leaves the amount to the payer
)

// Codes lists the codes of the errors and doubts of this package.
func Codes() []kiosk.Code {
	return []kiosk.Code{CodeMalformed, CodeChecksum, CodeForeign, CodeBank, CodeAccount, CodeAmount, CodeText, CodeOpen}
}

// Payment is one transfer. The texts are printable ASCII; Text makes them so.
type Payment struct {
	BIN      string // the bank: six digits
	Account  string // of the payee; with Card the number of a card: digits only
	Card     bool
	Amount   int    // đồng; 0, in a code that was read: the payer says how much
	Bill     string // the reference by which the fee is found in a statement
	Purpose  string // what the payer's bank shows and passes on
	Name     string // of the payee
	City     string
	Postcode string
}

// check gives the first thing that keeps p from being written: Invalid, with
// the field.
func (p Payment) check() error {
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if len(p.BIN) != 6 || !digits(p.BIN) {
		return refuse("bin", CodeBank)
	}
	if p.Account == "" || len(p.Account) > MaxAccount || strings.ContainsFunc(p.Account, notAlphanumeric) || p.Card && !digits(p.Account) {
		return refuse("account", CodeAccount)
	}
	if p.Amount < 0 || len(strconv.Itoa(p.Amount)) > maxAmount {
		return refuse("amount", CodeAmount)
	}
	for _, text := range []struct {
		field, value string
		limit        int
	}{
		{"bill", p.Bill, MaxText}, {"purpose", p.Purpose, MaxText}, {"name", p.Name, MaxText},
		{"city", p.City, MaxCity}, {"postcode", p.Postcode, MaxPostcode},
	} {
		if len(text.value) > text.limit || !printable(text.value) {
			return refuse(text.field, CodeText)
		}
	}
	return nil
}

func refuse(field string, code kiosk.Code) error {
	return &kiosk.Error{Kind: kiosk.Invalid, Code: code, Fields: []kiosk.FieldError{{Field: field, Code: code}}}
}

func notAlphanumeric(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Make writes the code of one transfer of an amount that the payer cannot
// change. A payment of nothing has no code. Errors are Invalid, with the field.
func Make(p Payment) (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	if p.Amount == 0 {
		return "", refuse("amount", CodeAmount)
	}
	service := serviceAccount
	if p.Card {
		service = serviceCard
	}
	code := field("00", "01") + field("01", once) +
		field("38", field("00", napas)+field("01", field("00", p.BIN)+field("01", p.Account))+field("02", service)) +
		field("53", dong) + field("54", strconv.Itoa(p.Amount)) + field("58", country) +
		field("59", p.Name) + field("60", p.City) + field("61", p.Postcode) +
		field("62", field("01", p.Bill)+field("08", p.Purpose)) +
		checksumField
	return code + checksum(code), nil
}

// field writes one data object: identifier, length in two digits, value. What
// is empty is left out, for a length begins at 01.
func field(id, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%s%02d%s", id, len(value), value)
}

// The values NAPAS and EMVCo fix.
const (
	napas          = "A000000727"
	serviceAccount = "QRIBFTTA"
	serviceCard    = "QRIBFTTC"
	once           = "12" // point of initiation: for one payment
	often          = "11" // for many
	dong           = "704"
	country        = "VN"
	checksumField  = "6304" // identifier and length: they are part of what is checked
)

// checksum is the CRC-16 of EMVCo, Merchant-Presented Mode:
// polynomial 0x1021, begun with 0xFFFF, in upper-case hexadecimal.
func checksum(s string) string {
	sum := uint16(0xFFFF)
	for i := range len(s) {
		sum ^= uint16(s[i]) << 8
		for range 8 {
			carry := sum&0x8000 != 0
			sum <<= 1
			if carry {
				sum ^= 0x1021
			}
		}
	}
	return fmt.Sprintf("%04X", sum)
}
