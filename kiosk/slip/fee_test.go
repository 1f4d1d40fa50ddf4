package slip

import (
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/vietqr"
)

// fee is an invented fee into an invented account, with its code.
func fee(t testing.TB) FeeInfo {
	t.Helper()
	f := FeeInfo{
		Point: point, LocalCode: "DTH01-261123-0042-V", Procedure: "Đăng ký khai sinh", Reference: "DTH01-261123-0042-V-01",
		Label: "Lệ phí đăng ký khai sinh quá hạn", Amount: 15000, Exempt: "Người thuộc gia đình có công với cách mạng; người thuộc hộ nghèo; người khuyết tật",
		Payee:   kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XÃ MẪU (DEMO)"},
		Purpose: "LePhi DTH012611230042V01", State: kiosk.FeeDue, At: at, Hotline: "1022",
	}
	f.Code = codeOf(t, f)
	return f
}

func codeOf(t testing.TB, f FeeInfo) string {
	t.Helper()
	code, err := vietqr.Make(vietqr.Payment{BIN: f.Payee.BIN, Account: f.Payee.Account, Amount: f.Amount, Bill: string(f.Reference), Purpose: f.Purpose})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// feeSamples are the fee slips of the goldens.
func feeSamples(t testing.TB) []sample {
	t.Helper()
	var all []sample
	for _, s := range []struct {
		name   string
		layout Layout
		change func(*FeeInfo)
	}{
		{"fee-576-due", Layout{Width: Wide, Demo: true}, func(*FeeInfo) {}},
		{"fee-384-due", Layout{Width: Narrow}, func(f *FeeInfo) { f.Exempt = "" }},
		{"fee-576-en", Layout{Width: Wide, Lang: phrases.EN}, func(*FeeInfo) {}},
		{"fee-576-claimed", Layout{Width: Wide, Reprint: 1}, func(f *FeeInfo) { f.State, f.Code = kiosk.FeeClaimed, "" }},
		{"fee-384-confirmed", Layout{Width: Narrow}, func(f *FeeInfo) { f.State, f.Code = kiosk.FeeConfirmed, "" }},
	} {
		f := fee(t)
		s.change(&f)
		out, err := Fee(f, s.layout)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		all = append(all, sample{s.name, f.Code, out})
	}
	return all
}

func TestFeeGoldens(t *testing.T) {
	read := reader(t)
	for _, s := range feeSamples(t) {
		t.Run(s.name, func(t *testing.T) {
			checkFits(t, s.name, s.slip)
			compareText(t, "testdata/"+s.name+".txt", read(s.slip))
			comparePicture(t, "testdata/"+s.name+".png", Picture(s.slip))
		})
	}
}

// readCode reads the one QR code of a picture, empty if there is none.
func readCode(t *testing.T, img image.Image) string {
	t.Helper()
	source, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(source, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return ""
	}
	return result.GetText()
}

// Invariant 7: what is on the paper, read off its dots, parses back to the
// fields that stand beside it in letters.
func TestInvariant7_FeeSlipReadsBack(t *testing.T) {
	for _, s := range feeSamples(t) {
		text := readCode(t, Picture(s.slip))
		if text != s.code {
			t.Errorf("%s: reads %q, want %q", s.name, text, s.code)
		}
		if s.code == "" {
			continue
		}
		got, err := vietqr.Parse(text)
		want := vietqr.Payment{BIN: "970405", Account: "1500201112223", Amount: 15000, Bill: "DTH01-261123-0042-V-01", Purpose: "LePhi DTH012611230042V01"}
		if err != nil || !got.Once || len(got.Extra) > 0 {
			t.Errorf("%s: %+v, %v", s.name, got, err)
		}
		if diff := cmp.Diff(want, got.Payment); diff != "" {
			t.Errorf("%s: %s", s.name, diff)
		}
	}
}

// The longest code there can be still fits both papers with modules that thermal
// paper holds.
func TestInvariant7_LongestCodeFitsThePaper(t *testing.T) {
	f := fee(t)
	f.LocalCode, f.Reference = longestCode(t)
	f.Purpose = "LePhi " + f.Reference.Compact()
	f.Payee.Account, f.Amount = strings.Repeat("W", vietqr.MaxAccount), 9_999_999_999_999
	f.Code = codeOf(t, f)
	for _, width := range []int{Wide, Narrow} {
		out, err := Fee(f, Layout{Width: width, Demo: true, Reprint: 12})
		if err != nil {
			t.Fatal(err)
		}
		checkFits(t, "longest", out)
		if got := readCode(t, Picture(out)); got != f.Code {
			t.Errorf("on %d dots the longest code reads %q", width, got)
		}
	}
}

func longestCode(t *testing.T) (kiosk.LocalCode, kiosk.FeeReference) {
	t.Helper()
	for n := 9999; ; n-- {
		code, err := kiosk.NewLocalCode("WWWWWW", at, n)
		if err != nil {
			continue
		}
		ref, err := kiosk.NewFeeReference(code, kiosk.MaxFeeSlips)
		if err != nil {
			t.Fatal(err)
		}
		return code, ref
	}
}

// Invariant 7: money is never asked for by a slip that is not due, nor into
// another account, of another amount or under another reference than the slip's.
func TestInvariant7_FeeSlipRefuses(t *testing.T) {
	for name, change := range map[string]func(*FeeInfo){
		"claimed":        func(f *FeeInfo) { f.State = kiosk.FeeClaimed },
		"confirmed":      func(f *FeeInfo) { f.State = kiosk.FeeConfirmed },
		"void":           func(f *FeeInfo) { f.State = kiosk.FeeVoid },
		"no state":       func(f *FeeInfo) { f.State = "" },
		"other account":  func(f *FeeInfo) { f.Payee.Account = "666" },
		"other bank":     func(f *FeeInfo) { f.Payee.BIN = "970436" },
		"other amount":   func(f *FeeInfo) { f.Amount++ },
		"other fee":      func(f *FeeInfo) { f.Reference = "DTH01-261123-0042-V-02" },
		"other purpose":  func(f *FeeInfo) { f.Purpose = "LePhi" },
		"nothing to pay": func(f *FeeInfo) { f.Amount, f.Code = 0, "" },
		"no reference":   func(f *FeeInfo) { f.Reference, f.Code = "", "" },
		"a damaged code": func(f *FeeInfo) { f.Code = f.Code[:len(f.Code)-1] + "!" },
		"an open code": func(f *FeeInfo) {
			f.Code = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
		},
		"a wrong local code": func(f *FeeInfo) { f.LocalCode = "DTH01-261123-0042-W" },
	} {
		f := fee(t)
		change(&f)
		if out, err := Fee(f, Layout{Width: Wide}); err == nil || len(out.Rows) > 0 {
			t.Errorf("%s: laid out, %v", name, err)
		}
	}
	if _, err := Fee(fee(t), Layout{Width: 501}); err == nil {
		t.Error("a fee slip on unknown paper")
	}
}

// A claim is never shown as money that has come in, and every slip says that it
// is no receipt.
func TestInvariant7_FeeSlipSaysNoMoreThanItsState(t *testing.T) {
	read := reader(t)
	flat := func(s devices.Slip) string { return strings.Join(strings.Fields(read(s)), " ") }
	for state, says := range map[kiosk.FeeState]string{
		kiosk.FeeDue: "Chưa có thông tin chuyển khoản", kiosk.FeeClaimed: "Người dân báo đã chuyển khoản, chưa được xác nhận",
		kiosk.FeeConfirmed: "Nhân viên đã thấy ngân hàng báo tiền về", kiosk.FeeVoid: "Phiếu đã hủy",
	} {
		f := fee(t)
		if f.State = state; state != kiosk.FeeDue {
			f.Code = ""
		}
		out, err := Fee(f, Layout{Width: Wide})
		if err != nil {
			t.Fatal(err)
		}
		text := flat(out)
		if !strings.Contains(text, says) {
			t.Errorf("%s does not say %q:\n%s", state, says, text)
		}
		if state != kiosk.FeeConfirmed && (strings.Contains(text, "có tiền về") || strings.Contains(text, "đã thanh toán") || strings.Contains(text, "Đã nộp")) {
			t.Errorf("%s sounds paid:\n%s", state, text)
		}
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
			if !phrases.Has(lang, "slip.fee.state."+string(state)) {
				t.Errorf("%s has no sentence in %s", state, lang)
			}
		}
		for _, fact := range []string{f.Payee.Name, f.Payee.Account, string(f.Reference), f.Purpose, "mười lăm nghìn đồng", f.Exempt} {
			if !strings.Contains(text, fact) {
				t.Errorf("%s does not say %q:\n%s", state, fact, text)
			}
		}
	}
}

func TestDong(t *testing.T) {
	for n, want := range map[int]string{1: "1 đ", 999: "999 đ", 1000: "1.000 đ", 15000: "15.000 đ", 123456789: "123.456.789 đ"} {
		if got := dong(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}
