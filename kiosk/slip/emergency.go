package slip

import (
	"strconv"
	"strings"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/kiosk/vietqr"
)

// EmergencyInfo is what stands on an emergency slip. Nothing of it names a
// person.
type EmergencyInfo struct {
	PointCode kiosk.PointCode
	LocalCode kiosk.LocalCode // of the dossier; empty on a ticket
	No        int             // of the queue ticket; 0 if it is none
	At        time.Time
	Hotline   string // empty: none is printed
}

// Emergency gives the few lines that a resident needs when the drawn slip
// cannot be made or printed: bare ASCII, which every printer has letters for.
// Of the layout, language and marks count; who prints the lines wraps them.
func Emergency(e EmergencyInfo, l Layout) []string {
	lang := l.Lang
	if lang == "" {
		lang = phrases.VI
	}
	say := func(code string, args ...any) string { return bare(phrases.Say(lang, code, args...)) }
	var lines []string
	if l.Demo {
		lines = append(lines, say("slip.demo"))
	}
	if l.Reprint > 0 {
		lines = append(lines, say("slip.reprint", "n", l.Reprint))
	}
	lines = append(lines, say("slip.place"), bare(string(e.PointCode)), "")
	if e.LocalCode != "" {
		lines = append(lines, say("slip.assist.code"), strings.ReplaceAll(bare(string(e.LocalCode)), "-", " "))
	}
	if e.No > 0 {
		lines = append(lines, say("slip.ticket.title")+" "+strconv.Itoa(e.No))
	}
	lines = append(lines, e.At.In(kiosk.Hanoi).Format("15:04 02/01/2006"))
	if e.Hotline != "" {
		lines = append(lines, say("slip.hotline")+" "+bare(e.Hotline))
	}
	return append(lines, "", strings.ToUpper(say("slip.not_receipt")), "")
}

// mostBare bounds one line before it is wrapped.
const mostBare = 200

// bare takes the marks off letters, in whichever form they came.
func bare(s string) string { return vietqr.Text(viet.Clean(s), mostBare) }
