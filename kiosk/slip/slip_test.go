package slip

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/text/unicode/norm"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

var update = flag.Bool("update", false, "write the goldens anew")

var at = time.Date(2026, 11, 23, 1, 15, 0, 0, time.UTC)

const point = "Phòng sinh hoạt cộng đồng tầng 3, Khu đô thị Đại Thanh"

func ticket() TicketInfo {
	return TicketInfo{
		PointCode: "DTH01", Point: point, No: 42, Class: ClassName(phrases.VI, kiosk.ClassElderly),
		Procedure: "Đăng ký khai sinh", Ahead: 5, At: at,
	}
}

func assist() AssistInfo {
	return AssistInfo{
		LocalCode: "DTH01-261123-0042-V", Point: point,
		Procedure: "Đăng ký biến động đất đai khi chuyển nhượng, tặng cho, thừa kế, góp vốn",
		Papers: []Paper{
			{Name: "Giấy chứng nhận đã cấp (sổ đỏ)", Pages: 4, Taken: true, Returned: true},
			{Name: "Hợp đồng hoặc văn bản về việc chuyển quyền", Pages: 12, Taken: true, Returned: true},
			{Name: "Căn cước hoặc hộ chiếu"},
		},
		State: kiosk.Sealed, Way: kiosk.ByCentre, OpenedAt: at, Hotline: "1022",
	}
}

// sample is one slip of the goldens.
type sample struct {
	name, code string // code: what its QR reads back as
	slip       devices.Slip
}

func samples(t testing.TB) []sample {
	t.Helper()
	var all []sample
	add := func(name, code string, s devices.Slip, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, sample{name, code, s})
	}
	accepted := assist()
	accepted.State, accepted.Way, accepted.Official, accepted.ReturnedOriginals = kiosk.Accepted, kiosk.ByAssisted, "G09.20-20260609-0092637", true
	for _, width := range []int{Wide, Narrow} {
		s, err := Ticket(ticket(), Layout{Width: width, Demo: true})
		add(fmt.Sprintf("ticket-%d-demo", width), "SP1.T.DTH01-261123-42", s, err)
		s, err = Ticket(TicketInfo{PointCode: "DTH01", Point: point, No: 1, At: at}, Layout{Width: width, Lang: phrases.EN})
		add(fmt.Sprintf("ticket-%d-en", width), "SP1.T.DTH01-261123-1", s, err)
		s, err = Assist(assist(), Layout{Width: width})
		add(fmt.Sprintf("assist-%d-sealed", width), "SP1.D.DTH01-261123-0042-V", s, err)
		s, err = Assist(accepted, Layout{Width: width, Demo: true, Reprint: 2})
		add(fmt.Sprintf("assist-%d-accepted", width), "SP1.D.DTH01-261123-0042-V", s, err)
		s, err = Assist(assist(), Layout{Width: width, Lang: phrases.EN})
		add(fmt.Sprintf("assist-%d-en", width), "SP1.D.DTH01-261123-0042-V", s, err)
	}
	return all
}

func TestGoldens(t *testing.T) {
	read := reader(t)
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			compareText(t, filepath.Join("testdata", s.name+".txt"), read(s.slip))
			comparePicture(t, filepath.Join("testdata", s.name+".png"), Picture(s.slip))
		})
	}
}

func compareText(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func comparePicture(t *testing.T, path string, got *image.Gray) {
	t.Helper()
	if *update {
		var out bytes.Buffer
		if err := png.Encode(&out, got); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	gray, ok := want.(*image.Gray)
	if !ok || gray.Rect != got.Rect || !bytes.Equal(gray.Pix, got.Pix) {
		t.Errorf("%s: the picture has changed; look at it and run with -update", path)
	}
}

// reader gives a function that reads a slip's cells back as text, and names
// each picture that is not only white by its size.
func reader(t *testing.T) func(devices.Slip) string {
	t.Helper()
	p := newPage(Wide)
	runes, known := map[devices.Glyph]rune{black: '█'}, map[rune]bool{}
	for _, text := range everyText(t) {
		for _, r := range p.letters(text) {
			if known[r] {
				continue
			}
			known[r] = true
			for _, bold := range []bool{false, true} {
				runes[mustGlyph(t, p, bold, r)] = r
			}
		}
	}
	return func(s devices.Slip) string {
		var out strings.Builder
		for _, row := range s.Rows {
			if row.Raster != nil {
				if bytes.Trim(row.Raster.Bits, "\x00") != nil {
					fmt.Fprintf(&out, "[%d×%d]\n", row.Raster.Width, row.Raster.Height)
				}
				continue
			}
			out.WriteString(strings.Repeat(" ", row.Indent/devices.CellWidth))
			for _, c := range row.Cells {
				out.WriteRune(runes[s.Glyphs[c]])
			}
			out.WriteByte('\n')
		}
		return out.String()
	}
}

func mustGlyph(t *testing.T, p *page, bold bool, r rune) devices.Glyph {
	t.Helper()
	g, err := p.pen.glyph(bold, r)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestCodeReadsBack reads the whole picture, as a reader sees the whole slip.
func TestCodeReadsBack(t *testing.T) {
	for _, s := range samples(t) {
		source, err := gozxing.NewBinaryBitmapFromImage(Picture(s.slip))
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(source, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil || result.GetText() != s.code {
			t.Errorf("%s: the code reads %v, %v; want %s", s.name, result, err, s.code)
		}
	}
}

// checkFits proves that no row leaves the paper.
func checkFits(t *testing.T, name string, s devices.Slip) {
	t.Helper()
	for i, row := range s.Rows {
		width := len(row.Cells) * devices.CellWidth * max(1, row.Scale)
		if row.Raster != nil {
			width = row.Raster.Width
		}
		if row.Indent < 0 || row.Indent+width > s.Width || row.Raster == nil && len(row.Cells) == 0 {
			t.Errorf("%s: row %d: %d dots from %d on paper of %d", name, i, width, row.Indent, s.Width)
		}
		for _, c := range row.Cells {
			if int(c) >= len(s.Glyphs) {
				t.Errorf("%s: row %d names glyph %d of %d", name, i, c, len(s.Glyphs))
			}
		}
	}
}

func TestNothingIsWiderThanThePaper(t *testing.T) {
	for _, s := range samples(t) {
		checkFits(t, s.name, s.slip)
	}
	long := strings.Repeat("Nghiêng ", 40) + strings.Repeat("ử", 200) + " \u200b\x00→\u65e5 e\u0302\u0323"
	for _, width := range []int{Wide, Narrow, 416, 432, 512, 546, 640} {
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN, phrases.Pseudo} {
			l := Layout{Width: width, Lang: lang, Demo: true, Reprint: 12}
			s, err := Ticket(TicketInfo{PointCode: "ABCDEF", Point: long, No: 9999, Class: long, Procedure: long, Ahead: 1 << 40, At: at}, l)
			if err != nil {
				t.Fatal(err)
			}
			checkFits(t, "ticket", s)
			if lang != phrases.VI {
				continue
			}
			for state := range kiosk.Steps {
				a := assist()
				a.Point, a.Procedure, a.Hotline, a.State = long, long, long, state
				a.Official = kiosk.OfficialCode(strings.Repeat("W", 64))
				a.Papers = append(a.Papers, Paper{Name: long, Pages: 1 << 40, Taken: true}, Paper{})
				if s, err = Assist(a, l); err != nil {
					t.Fatal(err)
				}
				checkFits(t, "assist "+string(state), s)
			}
		}
	}
}

func TestComposedAndDecomposedPrintTheSame(t *testing.T) {
	a, b := ticket(), ticket()
	b.Point, b.Procedure, b.Class = norm.NFD.String(b.Point), norm.NFD.String(b.Procedure), norm.NFD.String(b.Class)
	one, err := Ticket(a, Layout{Width: Wide})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Ticket(b, Layout{Width: Wide})
	if diff := cmp.Diff(one, two); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestRefuses(t *testing.T) {
	for _, width := range []int{0, 382, 501, 840} {
		if _, err := Ticket(ticket(), Layout{Width: width}); err == nil {
			t.Errorf("a ticket on paper of %d dots", width)
		}
	}
	if _, err := Ticket(ticket(), Layout{Width: Wide, Reprint: -1}); err == nil {
		t.Error("a negative reprint")
	}
	for _, change := range []func(*TicketInfo){func(i *TicketInfo) { i.PointCode = "" }, func(i *TicketInfo) { i.No = 0 }} {
		i := ticket()
		change(&i)
		if _, err := Ticket(i, Layout{Width: Wide}); err == nil {
			t.Errorf("a ticket of %+v", i)
		}
	}
	a := assist()
	a.LocalCode = "DTH01-261123-0042-W"
	if _, err := Assist(a, Layout{Width: Wide}); kiosk.CodeOf(err) != "code.local_check" {
		t.Errorf("a local code with a mistake: %v", err)
	}
}

func BenchmarkAssist(b *testing.B) {
	for b.Loop() {
		if _, err := Assist(assist(), Layout{Width: Wide}); err != nil {
			b.Fatal(err)
		}
	}
}
