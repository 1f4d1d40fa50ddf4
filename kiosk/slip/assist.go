package slip

import (
	"fmt"
	"strconv"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/qr"
)

// AssistInfo is what stands on an assist slip. Nothing of it names a person.
type AssistInfo struct {
	LocalCode kiosk.LocalCode
	Procedure string // its name
	Point     string // the point's name
	Papers    []Paper
	State     kiosk.State // the truths follow from it
	Way       kiosk.Way   // empty before the hand-over
	Official  kiosk.OfficialCode
	OpenedAt  time.Time
	Hotline   string // empty: none is printed
	// ReturnedOriginals says that staff have given every original back;
	// otherwise the slip asks the resident to check.
	ReturnedOriginals bool
}

// Paper is one paper of the dossier.
type Paper struct {
	Name     string
	Pages    int  // how many were scanned
	Taken    bool // it was scanned
	Returned bool // the paper itself was given back
}

// Assist lays out the assist slip.
func Assist(a AssistInfo, l Layout) (devices.Slip, error) {
	if _, err := kiosk.ParseLocalCode(string(a.LocalCode)); err != nil {
		return devices.Slip{}, fmt.Errorf("assist slip: %w", err)
	}
	p, say, err := begin(l)
	if err != nil {
		return devices.Slip{}, fmt.Errorf("assist slip: %w", err)
	}
	p.head(say, a.Point)
	p.big(say("slip.assist.title"), 24)
	p.space(12)
	p.text(style{align: centre}, say("slip.assist.code"))
	p.big(string(a.LocalCode), 27)
	p.space(8)
	p.rule(true)
	p.space(10)
	p.text(style{bold: true}, a.Procedure)
	p.text(style{}, when(say, "slip.assist.opened", a.OpenedAt))
	p.papers(say, a)
	p.truths(say, a)
	p.section(say("slip.next.title"))
	p.text(style{}, say(next(a)))
	p.text(style{}, say(originals(a)))
	if a.Hotline != "" {
		p.space(6)
		p.text(style{bold: true}, say("slip.hotline")+" "+a.Hotline)
	}
	p.code(qr.Text(qr.Dossier, string(a.LocalCode)), say("slip.qr.dossier"))
	p.foot(say, l)
	return p.out, p.err
}

// fitWidth is how wide a letter can be for the text to fit on one line of the
// paper, at most most.
func fitWidth(width int, text string, most int) int {
	return min(most, (width-8)/max(1, len([]rune(text))))
}

// section adds a heading.
func (p *page) section(title string) {
	p.space(10)
	p.rule(true)
	p.space(10)
	p.text(style{bold: true}, title)
	p.space(4)
}

// papers lists what belongs to the dossier: each paper with its pages, and what
// became of it.
func (p *page) papers(say sayer, a AssistInfo) {
	if len(a.Papers) == 0 {
		return
	}
	p.section(say("slip.assist.papers"))
	total := 0
	for i, paper := range a.Papers {
		number := strconv.Itoa(i+1) + ". "
		count, fate := say("slip.assist.unscanned"), ""
		if paper.Taken {
			total += paper.Pages
			count = say("slip.assist.pages", "n", paper.Pages)
		}
		if paper.Returned {
			fate = say("slip.assist.paper_back")
		}
		p.pair(style{hang: len(number)}, number+paper.Name, count)
		p.text(style{indent: len(number)}, fate)
	}
	p.space(4)
	p.pair(style{bold: true}, say("slip.assist.total"), say("slip.assist.pages", "n", total))
}

// truth is one of the three things that are told apart.
type truth struct {
	holds bool
	code  string
}

// truths adds where the dossier stands: kept, sent or filed, accepted.
func (p *page) truths(say sayer, a AssistInfo) {
	p.section(say("slip.truth.title"))
	for _, t := range truthsOf(a) {
		p.truth(say, t)
	}
	if a.accepted() && a.Official != "" {
		p.space(6)
		p.text(style{align: centre}, say("slip.assist.official"))
		code := string(a.Official)
		if fitWidth(p.out.Width, code, 22) >= devices.CellWidth {
			p.big(code, 22)
		} else {
			p.text(style{bold: true, align: centre}, code)
		}
	}
}

// truth adds one line with its mark: ticked and bold if it holds.
func (p *page) truth(say sayer, t truth) {
	mark := "□ "
	if t.holds {
		mark = "✓ "
	}
	p.text(style{bold: t.holds, hang: 2}, mark+say(t.code))
}

func (a AssistInfo) accepted() bool {
	return a.State == kiosk.Accepted || a.State == kiosk.Wiped && a.Official != ""
}

// truthsOf tells the three truths, and never more than the state proves: only
// the centre's signed receipt (stored) makes "sent" true.
func truthsOf(a AssistInfo) []truth {
	kept := truth{true, "slip.truth.kept"}
	accepted := truth{false, "slip.truth.not_accepted"}
	switch {
	case a.State == kiosk.Wiped && a.Official == "": // it may have been accepted, returned or given up
		return []truth{{false, "slip.truth.not_kept"}}
	case a.State == kiosk.Wiped:
		kept = truth{false, "slip.truth.not_kept"}
	case a.State == kiosk.Damaged:
		return []truth{accepted}
	case a.State == kiosk.Rejected: // it may have been refused before or after it was carried
		return []truth{kept, accepted}
	}
	if a.accepted() {
		accepted = truth{true, "slip.truth.accepted"}
		if a.Official == "" {
			accepted.code = "slip.truth.accepted_no_code"
		}
	}
	if a.Way == kiosk.ByAssisted {
		if a.accepted() {
			return []truth{kept, {true, "slip.truth.filed"}, accepted}
		}
		return []truth{kept, {false, "slip.truth.not_filed"}, accepted}
	}
	sent := truth{false, "slip.truth.not_sent"}
	switch a.State {
	case kiosk.Uploading, kiosk.Sent:
		sent.code = "slip.truth.sending"
	case kiosk.Stored, kiosk.Accepted, kiosk.Wiped, kiosk.Returned:
		sent = truth{true, "slip.truth.sent"}
	}
	return []truth{kept, sent, accepted}
}

// next is the code of what happens next.
func next(a AssistInfo) string {
	switch a.State {
	case kiosk.Sealed, kiosk.Announced, kiosk.Uploading, kiosk.Sent:
		return "slip.next.centre"
	case kiosk.Stored:
		return "slip.next.checking"
	case kiosk.Prepared, kiosk.Filing:
		return "slip.next.assisted"
	case kiosk.Accepted:
		return "slip.next.accepted"
	case kiosk.Returned, kiosk.Rejected:
		return "slip.next.returned"
	case kiosk.Abandoned:
		return "slip.next.abandoned"
	case kiosk.Damaged:
		return "slip.next.damaged"
	case kiosk.Wiped:
		return "slip.next.closed"
	}
	return "slip.next.draft"
}

// originals is the code of what is said about the papers themselves.
func originals(a AssistInfo) string {
	if a.ReturnedOriginals {
		return "slip.assist.originals_back"
	}
	return "slip.assist.originals_check"
}
