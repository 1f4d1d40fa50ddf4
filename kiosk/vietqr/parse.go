package vietqr

import (
	"strconv"
	"strings"

	"servicepoint/kiosk"
)

// Parsed is what a code says.
type Parsed struct {
	Payment
	Once  bool    // for one payment; otherwise the code may be paid again and again
	Extra []Field // what else stands in it, in its order
}

// Doubts gives what is odd about a code that is right in itself.
func (p Parsed) Doubts() []kiosk.Code {
	if p.Amount == 0 {
		return []kiosk.Code{CodeOpen}
	}
	return nil
}

// Field is one data object this package has no name for. ID is the path to it:
// "52", or "62.07" within the additional data.
type Field struct{ ID, Value string }

// Parse reads a code as a scanner delivers it: the data objects may come in any
// order but for the first and the last, and blanks and line ends around it do
// not count. The checksum has to match to the letter. Errors are Invalid.
func Parse(text string) (Parsed, error) {
	text = strings.Trim(text, " \t\r\n")
	body := len(text) - 4 // without the checksum
	if len(text) > maxCode || !printable(text) || !strings.HasSuffix(text[:max(0, body)], checksumField) {
		return Parsed{}, malformed()
	}
	if checksum(text[:body]) != text[body:] {
		return Parsed{}, kiosk.Fail(kiosk.Invalid, CodeChecksum, nil)
	}
	all, err := split(text)
	if err != nil {
		return Parsed{}, err
	}
	if first, last := all[0], all[len(all)-1]; first != (Field{"00", "01"}) || last.ID != "63" {
		return Parsed{}, malformed()
	}
	var p Parsed
	known := map[string]bool{}
	for _, f := range all[1 : len(all)-1] {
		known[f.ID] = true
		if err := p.take(f); err != nil {
			return Parsed{}, err
		}
	}
	if !known["38"] || !known["53"] || !known["58"] {
		return Parsed{}, foreign()
	}
	if err := p.check(); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

func malformed() error { return kiosk.Fail(kiosk.Invalid, CodeMalformed, nil) }
func foreign() error   { return kiosk.Fail(kiosk.Invalid, CodeForeign, nil) }

// take puts one data object of the code where it belongs.
func (p *Parsed) take(f Field) error {
	switch f.ID {
	case "01":
		if f.Value != once && f.Value != often {
			return malformed()
		}
		p.Once = f.Value == once
	case "38":
		return p.takePayee(f.Value)
	case "53":
		if f.Value != dong {
			return foreign()
		}
	case "54":
		return p.takeAmount(f.Value)
	case "58":
		if f.Value != country {
			return foreign()
		}
	case "59":
		p.Name = f.Value
	case "60":
		p.City = f.Value
	case "61":
		p.Postcode = f.Value
	case "62":
		return p.takeReferences(f.Value)
	default:
		p.Extra = append(p.Extra, f)
	}
	return nil
}

// takePayee reads the account and the scheme it is an account of.
func (p *Parsed) takePayee(value string) error {
	parts, err := split(value)
	if err != nil {
		return err
	}
	scheme := ""
	for _, f := range parts {
		switch f.ID {
		case "00":
			scheme = f.Value
		case "01":
			err = p.takeAccount(f.Value)
		case "02":
			if f.Value != serviceAccount && f.Value != serviceCard {
				return foreign() // a payment to a shop, not a transfer
			}
			p.Card = f.Value == serviceCard
		default:
			p.Extra = append(p.Extra, Field{"38." + f.ID, f.Value})
		}
	}
	if scheme != napas {
		return foreign()
	}
	return err
}

func (p *Parsed) takeAccount(value string) error {
	parts, err := split(value)
	for _, f := range parts {
		switch f.ID {
		case "00":
			p.BIN = f.Value
		case "01":
			p.Account = f.Value
		default:
			p.Extra = append(p.Extra, Field{"38.01." + f.ID, f.Value})
		}
	}
	return err
}

// takeAmount reads đồng. They have no parts: what follows a point is zero.
func (p *Parsed) takeAmount(value string) error {
	whole, parts, point := strings.Cut(value, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || n <= 0 || strings.Trim(whole, "0123456789") != "" || len(value) > maxAmount || strings.Trim(parts, "0") != "" || point && parts == "" {
		return refuse("amount", CodeAmount)
	}
	p.Amount = n
	return nil
}

func (p *Parsed) takeReferences(value string) error {
	parts, err := split(value)
	if err != nil {
		return err
	}
	for _, f := range parts {
		switch f.ID {
		case "01":
			p.Bill = f.Value
		case "08":
			p.Purpose = f.Value
		default:
			p.Extra = append(p.Extra, Field{"62." + f.ID, f.Value})
		}
	}
	return nil
}

// split takes a text apart into at least one data object. Lengths count bytes,
// from 01 to 99; no identifier comes twice.
func split(s string) ([]Field, error) {
	var all []Field
	seen := map[string]bool{}
	for s != "" {
		if len(s) < 5 || strings.Trim(s[:4], "0123456789") != "" {
			return nil, malformed()
		}
		id, n := s[:2], int(s[2]-'0')*10+int(s[3]-'0')
		if s = s[4:]; n == 0 || n > len(s) || seen[id] {
			return nil, malformed()
		}
		seen[id] = true
		all = append(all, Field{id, s[:n]})
		s = s[n:]
	}
	if all == nil {
		return nil, malformed()
	}
	return all, nil
}
