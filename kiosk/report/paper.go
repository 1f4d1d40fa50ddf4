package report

import (
	_ "embed"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// Noto Sans under the SIL Open Font License: see font/LICENSE.txt. It has the
// letters of every people of the country, ŏ and ĭ too.
var (
	//go:embed font/NotoSans-Regular.ttf
	regularFile []byte
	//go:embed font/NotoSans-Bold.ttf
	boldFile []byte
)

const family = "NotoSans"

// Measures of the page, in millimetres.
const (
	left, right = 20.0, 195.0
	top, bottom = 27.0, 277.0
	bodyWidth   = right - left

	labelWidth  = 64.0
	columnGap   = 5.0
	answerWidth = bodyWidth - labelWidth

	handHeight = 8.0 // a line to write on by hand
	boxSide    = 3.6
	boxText    = 5.8 // from the left of a box to its words
	boxGap     = 7.0 // between the words of one and the box of the next
	rowGap     = 1.8
	labelDrop  = 1.6 // how much lower a label begins beside a line to write on
	headGap    = 2.6
	sectionGap = 3.4
)

// font is one way to set text: points and weight.
type font struct {
	points float64
	style  string // fpdf's: "" or "B"
	grey   int
}

var (
	titleFont  = font{16, "B", 0}
	nameFont   = font{12, "", 0}
	headFont   = font{11.5, "B", 0}
	labelFont  = font{9.5, "", 70}
	answerFont = font{10.5, "B", 0}
	optionFont = font{10.5, "", 0}
	small      = font{9, "", 70}
	strip      = font{9, "B", 0}
)

// height is one line in millimetres: stacked marks need more than most fonts
// leave.
func (f font) height() float64 { return f.points * 25.4 / 72 * 1.42 }

// letters are what the fonts can draw.
var letters = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x20, Hi: 0x7e, Stride: 1}, {Lo: 0xa0, Hi: 0xac, Stride: 1}, {Lo: 0xae, Hi: 0x24f, Stride: 1}, {Lo: 0x1e00, Hi: 0x1eff, Stride: 1},
	{Lo: 0x2010, Hi: 0x2015, Stride: 1}, {Lo: 0x2018, Hi: 0x201e, Stride: 1}, {Lo: 0x2022, Hi: 0x2026, Stride: 4}, {Lo: 0x20ab, Hi: 0x20ac, Stride: 1},
}, LatinOffset: 2}

// printable gives the text as the fonts can draw it; a letter they have not
// becomes a question mark, which a reader sees and corrects.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(letters, r) {
			return r
		}
		return '?'
	}, viet.Clean(s))
}

// paper is a sheet being set: y is where the next line begins.
type paper struct {
	pdf   *fpdf.Fpdf
	sheet DeclarationSheet
	clean kiosk.Answers // the answers that need no correction
	pages int           // of the whole sheet; 0 while nobody knows
	y     float64
}

func newPaper(d DeclarationSheet, pages int) *paper {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes(family, "", regularFile)
	pdf.AddUTF8FontFromBytes(family, "B", boldFile)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(d.At.UTC())
	pdf.SetModificationDate(d.At.UTC())
	pdf.SetProducer("servicepoint", true)
	pdf.SetTitle(printable(d.Procedure)+" – "+string(d.LocalCode), true)
	pdf.SetLang("vi")
	return &paper{pdf: pdf, sheet: d, pages: pages}
}

// turn begins a page with what every page says.
func (p *paper) turn() {
	p.pdf.AddPage()
	p.pdf.SetFillColor(235, 235, 235)
	p.pdf.Rect(left, 11, bodyWidth, 8.4, "F")
	p.text(left+3, 16.6, say("report.draft"), strip)
	p.textRight(right-3, 16.6, string(p.sheet.LocalCode), strip)
	p.rule(left, right, 281, 0.2)
	p.text(left, 286, p.sheet.Point, small)
	p.textRight(right, 286, say("report.page", "n", p.pdf.PageNo(), "of", p.pages), small)
	p.text(left, 290.6, say("report.made", "code", p.sheet.LocalCode, "time", p.sheet.At.In(kiosk.Hanoi).Format("15:04 02/01/2006")), small)
	p.y = top
}

// room turns the page unless so many millimetres are left on it.
func (p *paper) room(height float64) {
	if p.y+height > bottom && p.y > top {
		p.turn()
	}
}

// gap leaves millimetres free.
func (p *paper) gap(height float64) { p.y += height }

func (p *paper) heading(text []string) {
	p.lines(text, left, headFont)
	p.rule(left, right, p.y+0.6, 0.3)
	p.gap(headGap)
}

// lines sets lines one below the other, over as many pages as they take.
func (p *paper) lines(text []string, x float64, f font) {
	for _, line := range text {
		p.room(f.height())
		p.text(x, p.y+f.height()*0.72, line, f)
		p.y += f.height()
	}
}

func (p *paper) set(f font) {
	p.pdf.SetFont(family, f.style, f.points)
	p.pdf.SetTextColor(f.grey, f.grey, f.grey)
}

// text sets one line with its baseline at y.
func (p *paper) text(x, y float64, s string, f font) {
	p.set(f)
	p.pdf.Text(x, y, printable(s))
}

func (p *paper) textRight(x, y float64, s string, f font) { p.text(x-p.width(s, f), y, s, f) }

func (p *paper) width(s string, f font) float64 {
	p.set(f)
	return p.pdf.GetStringWidth(printable(s))
}

// wrap cuts a text into lines of a width. A word that is wider than a line is
// cut wherever it has to be.
func (p *paper) wrap(s string, f font, width float64) []string {
	p.set(f)
	var out []string
	line := ""
	for _, word := range strings.Fields(printable(s)) {
		if next := strings.TrimPrefix(line+" "+word, " "); p.pdf.GetStringWidth(next) <= width {
			line = next
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		line = ""
		for _, r := range word {
			if line != "" && p.pdf.GetStringWidth(line+string(r)) > width {
				out = append(out, line)
				line = ""
			}
			line += string(r)
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

func (p *paper) rule(from, to, y, thick float64) {
	p.pdf.SetDrawColor(120, 120, 120)
	p.pdf.SetLineWidth(thick)
	p.pdf.Line(from, y, to, y)
}

// dotted draws a line to write on, in the row that begins at y.
func (p *paper) dotted(x, width float64) {
	p.pdf.SetDrawColor(90, 90, 90)
	p.pdf.SetLineWidth(0.35)
	p.pdf.SetLineCapStyle("round")
	p.pdf.SetDashPattern([]float64{0, 1.3}, 0)
	p.pdf.Line(x, p.y+handHeight-1.6, x+width, p.y+handHeight-1.6)
	p.pdf.SetDashPattern(nil, 0)
	p.pdf.SetLineCapStyle("butt")
}

func (p *paper) slash(x float64) { p.text(x, p.y+handHeight-1.8, "/", answerFont) }

// box draws a box to tick, with its middle at y.
func (p *paper) box(x, y float64) {
	p.pdf.SetDrawColor(60, 60, 60)
	p.pdf.SetLineWidth(0.3)
	p.pdf.Rect(x, y-boxSide/2, boxSide, boxSide, "D")
}
