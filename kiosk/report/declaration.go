package report

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

// DeclarationSheet is a declaration as it stands: filled, half filled or not
// begun.
type DeclarationSheet struct {
	LocalCode kiosk.LocalCode
	Point     string // name of the service point
	Procedure string // name of the procedure
	Form      catalog.Form
	Answers   kiosk.Answers // also the facts, which decide what is asked; checked or not
	At        time.Time     // when it was made: it is printed, and the file is dated with it
}

// LogValue keeps what was declared out of every log.
func (DeclarationSheet) LogValue() slog.Value { return slog.StringValue("[declaration]") }

// Declaration writes the sheet as a PDF of A4 pages: every question that is
// asked under the answers given, in form order, with its answer, or with room to
// write one by hand. The same sheet gives the same bytes.
func Declaration(w io.Writer, d DeclarationSheet) error {
	draft := newPaper(d, 0)
	draft.fill()
	final := newPaper(d, draft.pdf.PageNo()) // now the number of pages is known
	final.fill()
	if err := final.pdf.Output(w); err != nil {
		return fmt.Errorf("declaration as PDF: %w", err)
	}
	return nil
}

// fill lays everything out, from the first page to the last.
func (p *paper) fill() {
	p.turn()
	p.title()
	p.clean, _ = p.sheet.Form.Check(p.sheet.Answers, "")
	asked := map[string]bool{}
	for _, q := range p.sheet.Form.Asked(p.sheet.Answers) {
		asked[q.ID] = true
	}
	for _, s := range p.sheet.Form.Sections {
		p.section(s, asked)
	}
}

func (p *paper) title() {
	p.lines(p.wrap(say("report.declaration"), small, bodyWidth), left, small)
	p.gap(1)
	p.lines(p.wrap(p.sheet.Procedure, titleFont, bodyWidth), left, titleFont)
	p.gap(0.5)
	if p.sheet.Form.Name != "" && p.sheet.Form.Name != p.sheet.Procedure {
		p.lines(p.wrap(p.sheet.Form.Name, nameFont, bodyWidth), left, nameFont)
	}
	p.gap(1)
	p.lines(p.wrap(say("report.use"), small, bodyWidth), left, small)
	p.gap(3)
}

// section sets a heading and its rows; a heading never stands alone at the foot
// of a page, and a section nobody is asked about has none.
func (p *paper) section(s catalog.Section, asked map[string]bool) {
	begun := false
	for _, q := range s.Questions {
		if !asked[q.ID] {
			continue
		}
		r := p.row(q)
		if begun {
			p.room(r.height())
		} else {
			head := p.wrap(s.Title, headFont, bodyWidth)
			p.room(float64(len(head))*headFont.height() + headGap + r.height())
			p.heading(head)
			begun = true
		}
		p.draw(r)
	}
	if begun {
		p.gap(sectionGap)
	}
}

// row is one question with what is written beside it.
type row struct {
	label  []string
	answer []string         // nothing: room to write
	boxes  []catalog.Choice // to tick by hand, where there is no answer
	date   bool             // day, month and year have their own room
	lines  int              // dotted lines
	hand   float64          // room to write by hand, in millimetres
}

func (p *paper) row(q catalog.Question) row {
	r := row{label: p.wrap(q.Label, labelFont, labelWidth-columnGap)}
	if answer := p.answer(q); answer != "" {
		r.answer = p.wrap(answer, answerFont, answerWidth)
		return r
	}
	switch q.Type {
	case catalog.TypeChoice, catalog.TypeBool:
		r.boxes = q.Choices(phrases.VI)
		r.hand = p.boxes(r.boxes, false)
		return r
	case catalog.TypeDate:
		r.date, r.lines = true, 1
	case catalog.TypeAddress:
		r.lines = 2
	default:
		r.lines = 1
	}
	r.hand = float64(r.lines) * handHeight
	return r
}

// answer is what was answered, as people write it. What needs correction is
// shown as it was typed, and says so.
func (p *paper) answer(q catalog.Question) string {
	if v := p.clean[q.ID]; v != "" {
		return p.sheet.Form.Format(q, v)
	}
	if v := viet.Clean(p.sheet.Answers[q.ID]); v != "" {
		return say("report.doubtful", "answer", v)
	}
	return ""
}

func (r row) height() float64 {
	left := float64(len(r.label)) * labelFont.height()
	right := float64(len(r.answer)) * answerFont.height()
	if len(r.answer) == 0 {
		left += labelDrop
		right = r.hand
	}
	return max(left, right) + rowGap
}

func (p *paper) draw(r row) {
	if r.height() > bottom-top { // taller than any page: it goes on overleaf
		p.lines(r.label, left, labelFont)
		p.lines(r.answer, left+labelWidth, answerFont)
		p.gap(rowGap)
		return
	}
	start := p.y
	if len(r.answer) == 0 {
		p.gap(labelDrop)
	}
	p.lines(r.label, left, labelFont)
	below := p.y
	p.y = start
	switch {
	case len(r.answer) > 0:
		p.lines(r.answer, left+labelWidth, answerFont)
	case r.boxes != nil:
		p.gap(p.boxes(r.boxes, true))
	case r.date:
		p.dotted(left+labelWidth, 14)
		p.slash(left + labelWidth + 15.5)
		p.dotted(left+labelWidth+19, 14)
		p.slash(left + labelWidth + 34.5)
		p.dotted(left+labelWidth+38, 24)
		p.y += handHeight
	default:
		for range r.lines {
			p.dotted(left+labelWidth, answerWidth)
			p.y += handHeight
		}
	}
	p.y = max(p.y, below)
	p.gap(rowGap)
}

// boxes sets the choices, as many side by side as fit, and gives the height
// they take; only measured, nothing is drawn.
func (p *paper) boxes(choices []catalog.Choice, draw bool) float64 {
	x, y, low := 0.0, 0.0, 0.0
	for _, c := range choices {
		text := p.wrap(c.Label, optionFont, answerWidth-boxText)
		width := boxText
		for _, line := range text {
			width = max(width, boxText+p.width(line, optionFont))
		}
		if x > 0 && x+width > answerWidth {
			x, y = 0, low
		}
		if draw {
			p.box(left+labelWidth+x, p.y+y+handHeight/2)
			for i, line := range text {
				p.text(left+labelWidth+x+boxText, p.y+y+handHeight*0.66+float64(i)*optionFont.height(), line, optionFont)
			}
		}
		low = max(low, y+handHeight+float64(max(1, len(text))-1)*optionFont.height())
		x += width + boxGap
	}
	return low
}

func say(code string, args ...any) string { return phrases.Say(phrases.VI, code, args...) }
