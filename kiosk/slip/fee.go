package slip

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/viet"
	"servicepoint/kiosk/vietqr"
)

// FeeInfo is what stands on a fee slip. Nothing of it names the person who pays.
type FeeInfo struct {
	Point     string // the point's name
	LocalCode kiosk.LocalCode
	Procedure string // its name
	Reference kiosk.FeeReference
	Label     string // the fee as the terms call it
	Amount    int    // đồng
	Exempt    string // who does not pay, verbatim; empty: the terms name nobody
	Payee     kiosk.Payee
	Purpose   string // of the transfer, as it stands in the code
	State     kiosk.FeeState
	At        time.Time // when the slip was made
	Code      string    // the text of the VietQR; empty: the slip has none
	Hotline   string    // empty: none is printed
}

// check refuses what would lead money astray: a code that pays something else
// than the slip says, or one for a fee nobody should pay (any more).
func (f FeeInfo) check() error {
	if _, err := kiosk.ParseLocalCode(string(f.LocalCode)); err != nil {
		return err
	}
	if f.Reference == "" || f.Amount <= 0 {
		return errors.New("without reference or amount")
	}
	if f.Code == "" {
		return nil
	}
	if f.State != kiosk.FeeDue {
		return fmt.Errorf("a code on a slip that is %s", f.State)
	}
	code, err := vietqr.Parse(f.Code)
	if err != nil {
		return err
	}
	same := code.BIN == f.Payee.BIN && code.Account == f.Payee.Account && code.Amount == f.Amount && code.Bill == string(f.Reference) && code.Purpose == f.Purpose
	if !same || !code.Once {
		return errors.New("the code and the slip say different things")
	}
	return nil
}

// Fee lays out a fee slip: what is to be paid into whose account, in letters
// people can compare and as a code for their bank's application. It is no
// receipt and says so, and never says more of the money than its state does.
func Fee(f FeeInfo, l Layout) (devices.Slip, error) {
	if err := f.check(); err != nil {
		return devices.Slip{}, fmt.Errorf("fee slip: %w", err)
	}
	p, say, err := begin(l)
	if err != nil {
		return devices.Slip{}, fmt.Errorf("fee slip: %w", err)
	}
	p.head(say, f.Point)
	p.big(say("slip.fee.title"), 24)
	p.space(8)
	p.text(style{align: centre}, say("slip.assist.code"))
	p.text(style{bold: true, align: centre}, string(f.LocalCode))
	p.text(style{align: centre}, when(say, "slip.fee.made", f.At))
	p.section(f.Procedure)
	p.text(style{}, f.Label)
	p.amount(say, f)
	if f.Exempt != "" {
		p.section(say("slip.fee.exempt"))
		p.text(style{}, f.Exempt)
	}
	p.section(say("slip.fee.state"))
	p.text(style{bold: true}, say("slip.fee.state."+string(f.State)))
	p.transfer(say, f)
	if f.Hotline != "" {
		p.space(6)
		p.text(style{bold: true}, say("slip.hotline")+" "+f.Hotline)
	}
	p.space(6)
	p.boxed(say("slip.fee.not_receipt"))
	p.foot(say, l)
	return p.out, p.err
}

// amount adds how much it is, in figures and in words.
func (p *page) amount(say sayer, f FeeInfo) {
	figures := dong(f.Amount)
	p.space(8)
	p.big(figures, 30)
	p.space(4)
	if words, ok := viet.Dong(int64(f.Amount)); ok {
		p.text(style{align: centre}, say("slip.fee.words", "words", words))
	}
}

// dong writes an amount the way it is written on money matters here: 15.000 đ.
func dong(amount int) string {
	s := strconv.Itoa(amount)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s + " đ"
}

// transfer adds whom to pay, in letters and as a code. A slip without a code
// names the account too: it is what was or would have been paid into.
func (p *page) transfer(say sayer, f FeeInfo) {
	p.section(say("slip.fee.payee"))
	p.text(style{bold: true}, f.Payee.Name)
	p.fact(style{bold: true}, say("slip.fee.account"), f.Payee.Account)
	p.fact(style{}, say("slip.fee.bank"), f.Payee.BIN)
	p.fact(style{}, say("slip.fee.reference"), string(f.Reference))
	p.fact(style{}, say("slip.fee.purpose"), f.Purpose)
	if f.Code == "" {
		return
	}
	p.space(6)
	p.text(style{bold: true}, say("slip.fee.compare"))
	p.payCode(f.Code)
	p.text(style{}, when(say, "slip.fee.expires", f.At))
}

// fact adds a value with its name: on one line, or below it where the paper is
// too narrow for both.
func (p *page) fact(st style, name, value string) {
	if len(p.letters(name))+1+len(p.letters(value)) <= p.columns() {
		p.pair(st, name, value)
		return
	}
	p.text(st, name)
	st.indent = 2
	p.text(st, value)
}

// payCode adds the code of a transfer. It holds more than our own codes do and
// so may need all of the paper.
func (p *page) payCode(text string) {
	if p.err != nil {
		return
	}
	m, err := qr.Matrix(text)
	if err != nil {
		p.err = fmt.Errorf("slip: %w", err)
		return
	}
	if modules := len(m) + 2*qr.QuietZone; modules*minModule > p.out.Width {
		p.err = fmt.Errorf("slip: a QR code of %d modules does not fit the paper", len(m))
		return
	}
	p.qr(m, p.out.Width*2/3)
}
