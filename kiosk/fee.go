package kiosk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// FeeState is where a fee slip stands. It is stored as text.
type FeeState string

// The states of a fee slip. Nobody at the counter sees the bank's books: what a
// person says is a claim, and only a notice of the bank confirms it.
const (
	FeeDue       FeeState = "due"
	FeeClaimed   FeeState = "payment_claimed"   // the resident says they have paid
	FeeConfirmed FeeState = "payment_confirmed" // staff have typed the reference of the bank's notice
	FeeVoid      FeeState = "void"              // made by mistake, or not wanted any more
)

// FeeSteps is the one table of allowed steps; the store enforces it. A
// confirmed slip stays confirmed: money that has come in has come in.
var FeeSteps = map[FeeState][]FeeState{
	FeeDue:     {FeeClaimed, FeeConfirmed, FeeVoid},
	FeeClaimed: {FeeConfirmed, FeeVoid},
}

// CanStepFee reports whether a fee slip may go from one state to another.
func CanStepFee(from, to FeeState) bool { return slices.Contains(FeeSteps[from], to) }

// Payee is the account a point's fees are paid into. It belongs to an
// authority or organisation, never to a person at the counter.
type Payee struct {
	BIN     string // the bank: six digits
	Account string
	Name    string // the owner, as the payer's bank will show it
}

// FeeSlip is one fee of one dossier to be paid at the counter. It names nobody:
// dossier, amount and reference are all it knows.
type FeeSlip struct {
	Reference FeeReference
	Dossier   DossierID
	N         int    // which slip of its dossier, from 1
	Fee       string // the fee's id in the dossier's terms
	Label     string // the fee as the terms call it
	Amount    int    // đồng
	Payee     Payee  // as it stood when the slip was made
	State     FeeState
	Staff     StaffID // who made it
	MadeAt    time.Time
	MovedBy   StaffID // who took the last step, empty before
	MovedAt   time.Time
	Notice    BankNotice // set once confirmed
}

// FeeReference is what a transfer is found by in a statement: the dossier's
// local code and the slip's number, DTH01-261123-0042-V-01. It is unique on the
// unit, and with its point in the city.
type FeeReference string

// MaxFeeSlips is how many fee slips one dossier can have: the reference has
// room for two digits.
const MaxFeeSlips = 99

// NewFeeReference makes the reference of the n-th fee slip of a dossier. One
// beyond MaxFeeSlips is a Conflict with code fee.too_many.
func NewFeeReference(code LocalCode, n int) (FeeReference, error) {
	if code == "" || n < 1 {
		return "", fmt.Errorf("fee reference: slip %d of %q", n, code)
	}
	if n > MaxFeeSlips {
		return "", Fail(Conflict, "fee.too_many", nil)
	}
	return FeeReference(fmt.Sprintf("%s-%02d", code, n)), nil
}

// Compact gives the reference without hyphens, as it stands in the text of a
// transfer: banks drop what is neither letter nor digit.
func (r FeeReference) Compact() string { return strings.ReplaceAll(string(r), "-", "") }

// BankNotice is the bank's own reference of money that has come in, copied from
// its notice or its statement.
type BankNotice string

// The limits of a bank's reference, in characters.
const (
	minNotice = 4
	maxNotice = 35
)

// ParseBankNotice reads a bank's reference as people type it: upper case, dashes
// as hyphens, no blanks. References have letters, digits and . - / behind the
// first character and always some digit, so that a word, a name or «paid» is
// none: Invalid with code fee.notice_malformed.
func ParseBankNotice(s string) (BankNotice, error) {
	s = strings.ReplaceAll(tidyCode(s), " ", "")
	known := func(r rune) bool { return isAlphanumeric(r) || strings.ContainsRune(".-/", r) }
	if len(s) < minNotice || len(s) > maxNotice || strings.ContainsFunc(s, func(r rune) bool { return !known(r) }) ||
		!isAlphanumeric(rune(s[0])) || !strings.ContainsAny(s, "0123456789") {
		return "", Fail(Invalid, "fee.notice_malformed", nil)
	}
	return BankNotice(s), nil
}

// Repeats reports whether what was typed as the bank's reference is the fee
// slip's own, or that of its dossier: whoever copies ours has not seen the
// bank's.
func (n BankNotice) Repeats(r FeeReference) bool {
	own := r.Compact()
	return len(own) > 2 && strings.Contains(strings.ReplaceAll(string(n), "-", ""), own[:len(own)-2])
}
