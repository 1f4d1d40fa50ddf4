package idcard

import (
	"log/slog"

	"servicepoint/kiosk"
)

// The sex as the card writes it.
const (
	Male   = "Nam"
	Female = "Nữ"
)

// Card is what the code of an identity card says. Text is NFC, dates are
// yyyy-mm-dd. It is personal data.
type Card struct {
	Number    string // personal number: 0 and 11 digits
	OldNumber string // the number of nine digits before it, or empty
	Name      string
	Birth     string
	Sex       string // Male, Female, or empty where the code could not be read
	Address   string // residence, free text
	Issued    string // or empty: the first codes do not say

	// Warnings say what to compare with the card in hand. They never keep
	// anybody from using what was read.
	Warnings []kiosk.Code
}

const redacted = "[card]"

// LogValue keeps the card out of every log.
func (Card) LogValue() slog.Value { return slog.StringValue(redacted) }

// String keeps the card out of every message.
func (Card) String() string { return redacted }

// GoString keeps the card out of every dump.
func (Card) GoString() string { return redacted }

// Mask gives a personal number as it is shown where others may look on:
// 0010*****345. Anything that is no such number is hidden whole.
func Mask(number string) string {
	if !numberPattern.MatchString(number) {
		return "************"
	}
	return number[:4] + "*****" + number[9:]
}

// Codes lists every code this package gives, refusals first.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		"idcard.birth", "idcard.issued", "idcard.malformed", "idcard.name", "idcard.number", "idcard.too_long",

		"idcard.birth_future", "idcard.damaged", "idcard.issued_before_birth", "idcard.issued_future", "idcard.issued_missing",
		"idcard.number_birth", "idcard.number_province", "idcard.number_sex", "idcard.old_number", "idcard.sex_unknown",
	}
}
