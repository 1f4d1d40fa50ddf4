package printer_test

import (
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/kiosk"
	"servicepoint/kiosk/slip"
	"servicepoint/kiosk/vietqr"
)

// madeAt is when the slips of these tests are made.
var madeAt = time.Date(2026, 11, 23, 8, 15, 0, 0, kiosk.Hanoi)

// realSlip lays out one of the slips that the points print: the demo's for 80
// mm, which say in two places that they are trial prints.
func realSlip(t testing.TB, name string, width int) devices.Slip {
	t.Helper()
	const code, point = kiosk.LocalCode("DTH01-261123-0042-V"), "Phòng sinh hoạt cộng đồng tầng 3, Khu đô thị Đại Thanh"
	layout := slip.Layout{Width: width, Demo: true}
	var s devices.Slip
	var err error
	switch name {
	case "assist":
		s, err = slip.Assist(slip.AssistInfo{
			LocalCode: code, Point: point, Procedure: "Đăng ký biến động đất đai khi chuyển nhượng, tặng cho, thừa kế, góp vốn",
			Papers: []slip.Paper{
				{Name: "Giấy chứng nhận đã cấp (sổ đỏ)", Pages: 4, Taken: true, Returned: true},
				{Name: "Hợp đồng hoặc văn bản về việc chuyển quyền", Pages: 12, Taken: true, Returned: true},
				{Name: "Căn cước hoặc hộ chiếu"},
			},
			State: kiosk.Sealed, Way: kiosk.ByCentre, OpenedAt: madeAt, Hotline: "1022",
		}, layout)
	case "ticket":
		s, err = slip.Ticket(slip.TicketInfo{
			PointCode: "DTH01", Point: point, No: 42, Class: "Ưu tiên: người cao tuổi", Procedure: "Đăng ký khai sinh", Ahead: 5, At: madeAt,
		}, layout)
	case "fee":
		f := slip.FeeInfo{
			Point: point, LocalCode: code, Procedure: "Đăng ký khai sinh", Reference: "DTH01-261123-0042-V-01",
			Label: "Lệ phí đăng ký khai sinh quá hạn", Amount: 15000, Exempt: "Người thuộc gia đình có công với cách mạng",
			Payee: kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XÃ MẪU (DEMO)"}, Purpose: "LePhi DTH012611230042V01",
			State: kiosk.FeeDue, At: madeAt, Hotline: "1022",
		}
		f.Code, err = vietqr.Make(vietqr.Payment{BIN: f.Payee.BIN, Account: f.Payee.Account, Amount: f.Amount, Bill: string(f.Reference), Purpose: f.Purpose})
		if err == nil {
			s, err = slip.Fee(f, layout)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var realSlips = []string{"assist", "ticket", "fee"}

// TestSlipsAreShort holds the figures of docs/bench.md.
func TestSlipsAreShort(t *testing.T) {
	most := map[devices.Encoding]map[string]int{
		devices.RasterEncoding: {"assist": 40_000, "ticket": 24_000, "fee": 42_000},
		devices.GlyphEncoding:  {"assist": 9_000, "ticket": 8_000, "fee": 11_500},
	}
	pr, _ := printer.ProfileNamed("epson-tm-t20")
	for encoding, slips := range most {
		pr.Encoding, pr.GlyphCodes = encoding, 95
		for name, limit := range slips {
			s := realSlip(t, name, pr.Width)
			e, err := printer.Encode(pr, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Check(s, pr.Width); err != nil {
				t.Error(err)
			}
			t.Logf("%s as %s: %d bytes, %d parts", name, e.Encoding, len(e.Bytes), len(e.Parts))
			if e.Encoding != encoding || len(e.Bytes) > limit {
				t.Errorf("%s as %s: %d bytes as %s, at most %d", name, encoding, len(e.Bytes), e.Encoding, limit)
			}
		}
	}
}

// BenchmarkEncode says what the slips of a point take on the wire, in both
// encodings.
func BenchmarkEncode(b *testing.B) {
	for _, name := range realSlips {
		for _, encoding := range []devices.Encoding{devices.RasterEncoding, devices.GlyphEncoding} {
			b.Run(name+"/"+string(encoding), func(b *testing.B) {
				pr, _ := printer.ProfileNamed("epson-tm-t20")
				pr.Encoding = encoding
				s := realSlip(b, name, pr.Width)
				size := 0
				for b.Loop() {
					e, err := printer.Encode(pr, s)
					if err != nil {
						b.Fatal(err)
					}
					size = len(e.Bytes)
				}
				b.ReportMetric(float64(size), "bytes/slip")
			})
		}
	}
}
