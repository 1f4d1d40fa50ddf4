package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// visitor is the resident and the clerk in one, before the two screens of a
// point. They look where things stand and do the next thing: what they
// remember is little, so that a machine that starts anew cannot lead them
// astray.
type visitor struct {
	p   *place
	way kiosk.Way

	// Remembered across every restart of the machine.
	booking   string // what the booking's QR says
	checkedIn bool
	dossier   string // address of the dossier's page
	code      string // its local code
	captured  int    // pages that earlier lives have said they keep
	asked     int    // how often a slip was asked for
	filed     int    // papers downloaded for the portal, byte for byte as scanned

	window, desk *browser // of this life of the service
	stopAt       []string // pages of a dossier that end the visit
}

// The papers of the dossier and the sheets that are laid under the scanner
// for them, one each.
var (
	procedure = "temporary-residence"
	papers    = []string{"dwelling_proof", "ct01"}
	sheets    = sync.OnceValue(func() [][]byte { return [][]byte{virtual.SamplePage(1), virtual.SamplePage(2)} })
	answers   = map[string]string{
		"filing": "single", "dwelling_in_database": "not_recorded",
		"applicant_name": "Nguyễn Văn Mẫu", "applicant_no": "001090000001", "applicant_residence": "Tổ 3, Đại Thanh, Hà Nội",
		"applicant_birth.d": "15", "applicant_birth.m": "8", "applicant_birth.y": "1990",
		"applicant_phone": "0912345678",
	}
)

// visit goes on until the dossier's end, in this life of the service; errGone
// when the service is gone.
func (v *visitor) visit(l *life) error {
	v.window, v.desk = nil, nil
	deadline := time.Now().Add(2 * patience)
	for {
		_, more := l.events()
		done, wait, err := v.next(l)
		switch {
		case err != nil || done:
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("no end in sight at %s: %s", v.desk.page.path, v.desk.page.text)
		case wait:
			select {
			case <-more:
			case <-l.ended:
			case <-time.After(time.Second):
			}
		}
	}
}

// next does the next thing; wait says that there is nothing to do but wait.
func (v *visitor) next(l *life) (done, wait bool, err error) {
	switch {
	case v.desk == nil:
		v.desk, err = signIn(l.Desk, clerkName, clerkPIN)
	case v.dossier == "":
		err = v.atTheLine(l)
	default:
		if err = v.desk.open(v.dossier); err == nil {
			return v.atTheDossier()
		}
	}
	return false, false, err
}

// signIn enters a seat as one of the staff.
func signIn(entry, name, pin string) (*browser, error) {
	b, err := enter(entry)
	if err != nil {
		return b, err
	}
	if err := b.open("/staff/sign-in"); err != nil {
		return b, err
	}
	f, err := b.page.form("pin")
	if err != nil {
		return b, err
	}
	id := map[string]string{clerkName: "lan", technicianName: "minh"}[name]
	if err := errors.Join(f.fill("staff", id), f.fill("pin", pin)); err != nil {
		return b, err
	}
	return b, b.send(f)
}

// atTheLine brings the resident from home to the desk.
func (v *visitor) atTheLine(l *life) error {
	if err := v.desk.open("/staff"); err != nil {
		return err
	}
	here := v.desk.page
	if links := append(here.marks["resume"], here.marks["unfinished"]...); len(links) > 0 {
		v.dossier = links[0].attrs["href"]
		return nil
	}
	switch {
	case here.mark("serve") != nil:
		return v.desk.press("serve")
	case len(here.marksLike("open-")) > 0:
		return v.begin(here.marksLike("open-")[0].attrs["href"])
	case len(here.marksLike("waiting-")) > 0:
		return v.desk.press("call-next")
	case v.booking == "":
		return v.book()
	case !v.checkedIn:
		return v.checkIn(l)
	}
	return fmt.Errorf("nobody in the line: %s", here.text)
}

// book registers ahead, today, and reads the QR off the screen.
func (v *visitor) book() error {
	if err := v.desk.open("/staff/book"); err != nil {
		return err
	}
	f, err := v.desk.page.form("procedure")
	if err != nil {
		return err
	}
	// The last quarter of today can be chosen at any time of the day; late in
	// the evening the page proposes tomorrow.
	today := time.Now().In(kiosk.Hanoi)
	err = errors.Join(f.fill("date.d", today.Format("02")), f.fill("date.m", today.Format("01")), f.fill("date.y", today.Format("2006")),
		f.fill("time", "20:45"), f.fill("procedure", procedure))
	if err != nil {
		return err
	}
	if err := v.desk.send(f); err != nil {
		return err
	}
	v.booking, err = readScreenQR(v.desk.page.markup)
	return err
}

// checkIn shows the booking to the reader at the window. The screen's script
// would send what the stream says; a person could type it.
func (v *visitor) checkIn(l *life) (err error) {
	if v.window, err = enter(l.URL); err != nil {
		return err
	}
	if err := v.window.begin("check_in"); err != nil {
		return err
	}
	read, err := v.window.listen("/scan", "scan", func() { v.p.scanner.FeedCode(v.booking) })
	if err != nil {
		return err
	}
	f, err := v.window.page.form("code")
	if err != nil {
		return err
	}
	if err := f.fill("code", read); err != nil {
		return err
	}
	err = v.window.send(f)
	used, _ := phrases.ExplainResident(phrases.VI, "booking.used")
	if t, ok := errors.AsType[*trouble](err); ok && strings.Contains(t.text, used) {
		err = nil // the number was given, and the answer lost
	}
	v.checkedIn = err == nil
	return err
}

// begin says at the window's first page what one has come for.
func (b *browser) begin(goal string) error {
	for _, f := range b.page.forms {
		if is := f.field("goal"); len(is) == 1 && is[0].attrs["value"] == goal {
			return b.send(f)
		}
	}
	return fmt.Errorf("nothing to begin %q with: %s", goal, b.page.text)
}

// begin opens the dossier.
func (v *visitor) begin(path string) error {
	if err := v.desk.open(path); err != nil {
		return err
	}
	f, err := v.desk.page.form("procedure")
	if err != nil {
		return err
	}
	if err := errors.Join(f.fill("procedure", procedure), f.fill("notice", "yes")); err != nil {
		return err
	}
	if err := v.desk.sendOn(f); err != nil {
		return err
	}
	v.dossier = strings.TrimSuffix(v.desk.page.path, "/form")
	return nil
}

// atTheDossier does what the page that the dossier leads to asks for.
func (v *visitor) atTheDossier() (done, wait bool, err error) {
	here := v.desk.page
	v.code = here.mark("local-code").text
	if slices.Contains(v.stopAt, strings.TrimPrefix(here.path, v.dossier+"/")) {
		return true, false, nil
	}
	switch strings.TrimPrefix(here.path, v.dossier+"/") {
	case "form":
		return false, false, v.declare()
	case "papers", "review":
		return false, false, v.capture()
	case "consent":
		return false, false, v.consent()
	case "handover":
		return false, false, v.desk.press("way-" + string(v.way))
	case "filing":
		return false, false, v.file()
	}
	return v.afterwards()
}

func (v *visitor) declare() error {
	f, err := v.desk.page.form("applicant_name")
	if err != nil {
		return err
	}
	for name, value := range answers {
		if err := f.fill(name, value); err != nil {
			return err
		}
	}
	return v.desk.press("declare")
}

// capture takes the sheets, decides about what was found in them, and reviews.
func (v *visitor) capture() error {
	if err := v.desk.open(v.dossier + "/papers"); err != nil {
		return err
	}
	if kept := len(v.desk.page.marks["page"]); kept < v.captured {
		return fmt.Errorf("%d pages were kept, %d are there: %s", v.captured, kept, v.desk.page.text)
	}
	for i, id := range papers {
		if v.saved(id) {
			continue
		}
		if v.p.scanner.Queue() == 0 {
			v.p.scanner.Feed(sheets()[i])
		}
		if err := v.desk.press("capture-" + id); err != nil {
			return err
		}
		if !v.saved(id) {
			return fmt.Errorf("sheet not taken: %s", v.desk.page.text)
		}
	}
	if decide := v.desk.page.mark("decide"); decide != nil {
		if err := v.desk.open(decide.attrs["href"]); err != nil {
			return err
		}
		return v.desk.press("accept-readable")
	}
	if err := v.desk.open(v.dossier + "/review"); err != nil {
		return err
	}
	return v.desk.press("review")
}

// saved reports whether the page shown says that a paper has been taken.
func (v *visitor) saved(paper string) bool {
	p := v.desk.page.mark("paper-" + paper)
	return p != nil && p.attrs["data-state"] == "have"
}

func (v *visitor) consent() error {
	f, err := v.desk.page.form("by")
	if err != nil {
		return err
	}
	if err := errors.Join(f.fill("by", "subject"), f.fill("purpose-file", "yes")); err != nil {
		return err
	}
	return v.desk.send(f)
}

// file plays the portal's part: it gives a code of the usual shape, plainly
// not a real agency's.
func (v *visitor) file() error {
	if v.desk.page.mark("begin-filing") != nil {
		if err := v.download(); err != nil {
			return err
		}
		return v.desk.press("begin-filing")
	}
	f, err := v.desk.page.form("again")
	if err != nil {
		return err
	}
	if err := errors.Join(f.fill("code", officialCode), f.fill("again", officialCode)); err != nil {
		return err
	}
	return v.desk.press("file-code")
}

// download takes the prepared files along for the portal.
func (v *visitor) download() error {
	v.filed = 0
	for _, link := range v.desk.page.marks["download"] {
		pdf, err := v.desk.fetch(link.attrs["href"])
		if err != nil {
			return err
		}
		for _, sheet := range sheets() {
			if bytes.Contains(pdf, sheet) {
				v.filed++
			}
		}
	}
	return nil
}

const officialCode = "Z99.99-20261123-0000001"

// afterwards takes the slip, ends the turn and waits for the dossier's end.
func (v *visitor) afterwards() (done, wait bool, err error) {
	state := kiosk.State(v.desk.page.mark("state").attrs["data-state"])
	switch {
	case !v.slipOnPaper():
		v.asked++
		return false, false, v.desk.press("print")
	case v.desk.page.mark("finish") != nil:
		if err := v.desk.open(v.desk.page.mark("finish").attrs["href"]); err != nil {
			return false, false, err
		}
		return false, false, v.desk.press("finish-confirm")
	case state == kiosk.Returned || state == kiosk.Rejected || state == kiosk.Damaged || state == kiosk.Abandoned:
		return false, false, fmt.Errorf("the dossier is %s: %s", state, v.desk.page.text)
	}
	return state == kiosk.Wiped, true, nil
}
