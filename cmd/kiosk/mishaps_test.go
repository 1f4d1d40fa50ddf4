package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/provisioning"
)

// mishaps is a day on which everything goes wrong once, at one point, before
// the same two screens.
type mishaps struct {
	*place
	l *life
	v *visitor
}

// TestMishapsAreTold lets everything go wrong that a person can see, and reads
// on the pages what they are told: in Vietnamese, with what to do about it.
// Nothing is lost: the dossier that suffered all of it arrives whole.
func TestMishapsAreTold(t *testing.T) {
	t.Parallel()
	catalogue := filepath.Join(t.TempDir(), "catalog")
	p := newPlace(t, func(c *provisioning.Config) {
		noHold(c)
		c.Catalog = catalogue
	})
	p.must(os.CopyFS(catalogue, os.DirFS("../../kiosk/catalog/data")))
	m := &mishaps{place: p, l: p.serve(nil), v: &visitor{p: p, way: kiosk.ByCentre}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the service's log:\n%s", m.l.log())
		}
	})
	for _, x := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"printer_unplugged", m.printerUnplugged}, {"paper_ends_within_a_ticket", m.paperEndsWithin}, {"wrong_pin", m.wrongPIN},
		{"field_missing", m.fieldMissing}, {"scanner_line_breaks", m.scannerBreaks}, {"sheet_is_half_a_picture", m.halfAPicture},
		{"centre_away", m.centreAway}, {"no_paper", m.noPaper}, {"centre_refuses", m.centreRefuses}, {"catalogue_broken", m.catalogueBroken},
	} {
		t.Run(x.name, x.do)
	}
	w := &crashWalk{place: p, v: m.v, last: m.l, lives: 2}
	p.must(m.v.visit(m.l))
	m.l.stop()
	w.checkCentre()
	if left := filesIn(t, filepath.Join(p.state(), "spool")); len(left) > 0 {
		t.Errorf("left in the spool: %v", left)
	}
}

// reads fails unless the page says all these sentences.
func reads(t *testing.T, p *page, sentences ...string) {
	t.Helper()
	for _, s := range sentences {
		if s = blanks.ReplaceAllString(s, " "); !strings.Contains(p.text, s) {
			t.Errorf("%s does not say «%s» but: %s", p.path, s, p.text)
		}
	}
}

// told gives what staff are told about a trouble: what is the matter, and what
// to do.
func told(t *testing.T, code kiosk.Code, args ...any) []string {
	t.Helper()
	title, do := phrases.Explain(phrases.VI, code, args...)
	if !phrases.Has(phrases.VI, string(code)+".title") || do == "" {
		t.Errorf("there is no sentence for %s", code)
	}
	return []string{title, do}
}

func say(code string, args ...any) string { return phrases.Say(phrases.VI, code, args...) }

// refused expects a page that tells of trouble, with this status.
func refused(t *testing.T, err error, status int) {
	t.Helper()
	if page, ok := errors.AsType[*trouble](err); !ok || page.status != status {
		t.Fatalf("no page with status %d but: %v", status, err)
	}
}

// takeTicket takes a number without a booking at the window.
func (m *mishaps) takeTicket(t *testing.T) *browser {
	t.Helper()
	b, err := enter(m.l.URL)
	if err != nil {
		t.Fatal(err)
	}
	m.must(b.begin("ticket"))
	m.must(b.choose("class", string(kiosk.ClassWalkIn)))
	m.must(b.choose("procedure", procedure))
	return b
}

// choose clicks the button that stands for a value.
func (b *browser) choose(name, value string) error {
	for _, f := range b.page.forms {
		for _, c := range f.controls {
			if c.name == "button" && c.attrs["name"] == name && c.attrs["value"] == value {
				return b.submit(f, c)
			}
		}
	}
	return fmt.Errorf("no button %s=%s at %s: %s", name, value, b.page.path, b.page.text)
}

// reload loads the page again until it says the sentence.
func reload(t *testing.T, b *browser, path, sentence string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		if err := b.open(path); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.page.text, blanks.ReplaceAllString(sentence, " ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never says «%s» but: %s", path, sentence, b.page.text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// awaitNew waits for a log line that is not there yet when cause is called.
func (m *mishaps) awaitNew(t *testing.T, what string, cause func() error, is func(logLine) bool) {
	t.Helper()
	m.l.mu.Lock()
	old := len(m.l.lines)
	m.l.mu.Unlock()
	if err := cause(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	m.l.awaitLine(what, func(x logLine) bool { seen++; return seen > old && is(x) })
}

func (m *mishaps) printerUnplugged(t *testing.T) {
	m.awaitNew(t, "the printer gone", func() error { return m.printer.Fault("unplug") },
		func(x logLine) bool { return x.Msg == "printer status" && !x.Ready })
	b := m.takeTicket(t)
	title, do := phrases.ExplainResident(phrases.VI, "printer.offline")
	reload(t, b, "/ticket/mine", say("resident.paper.failed"))
	reads(t, b.page, title, do)
	if m.v.desk == nil {
		if _, _, err := m.v.next(m.l); err != nil { // sign in
			t.Fatal(err)
		}
	}
	m.must(m.v.desk.open("/staff"))
	reads(t, m.v.desk.page, told(t, "printer.offline")...)
	m.awaitNew(t, "the printer back", func() error { return m.printer.Fault("plug") },
		func(x logLine) bool { return x.Msg == "printer status" && x.Ready })
	reload(t, m.v.desk, "/staff", say("staff.line.title"))
	if title, _ := phrases.Explain(phrases.VI, "printer.offline"); strings.Contains(m.v.desk.page.text, title) {
		t.Errorf("the trouble is over and still told: %s", m.v.desk.page.text)
	}
}

// paperEndsWithin lets the roll end in the middle of a ticket: the print waits
// and goes on.
func (m *mishaps) paperEndsWithin(t *testing.T) {
	before := len(m.paper())
	m.must(m.printer.FaultAfter(20, "paper_out"))
	b := m.takeTicket(t)
	reload(t, m.v.desk, "/staff", told(t, "printer.paper_out")[0])
	reads(t, m.v.desk.page, told(t, "printer.paper_out")...)
	m.must(b.open("/ticket/mine"))
	for _, s := range []string{say("resident.paper.printed"), say("resident.paper.failed")} {
		if strings.Contains(b.page.text, s) {
			t.Errorf("half a ticket is on paper, and the screen says «%s»", s)
		}
	}
	m.must(m.printer.Fault("paper_back"))
	reload(t, b, "/ticket/mine", say("resident.paper.printed"))
	if n := len(m.paper()); n != before+1 {
		t.Errorf("%d slips came out instead of one", n-before)
	}
}

func (m *mishaps) wrongPIN(t *testing.T) {
	b, err := signIn(m.l.Desk, clerkName, "9999")
	refused(t, err, 403)
	reads(t, b.page, told(t, "staff.wrong_pin")...)
	if strings.Contains(b.page.markup, "9999") {
		t.Error("the PIN is shown")
	}
}

// goOn does one thing after the other until the dossier leads to this page.
func (m *mishaps) goOn(t *testing.T, stations ...string) {
	t.Helper()
	m.v.stopAt = stations
	defer func() { m.v.stopAt = nil }()
	if m.v.desk == nil {
		t.Fatal("nobody signed in")
	}
	for done := false; !done; {
		var err error
		if done, _, err = m.v.next(m.l); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *mishaps) fieldMissing(t *testing.T) {
	m.goOn(t, "form")
	f, err := m.v.desk.page.form("applicant_name")
	m.must(err)
	for name, value := range answers {
		m.must(f.fill(name, value))
	}
	m.must(f.fill("applicant_name", ""))
	refused(t, m.v.desk.press("declare"), 422)
	wrong := say("field.required.title")
	if !phrases.Has(phrases.VI, "field.required.title") {
		wrong = say("field.required")
	}
	reads(t, m.v.desk.page, wrong, say("common.errors.title"))
	f, err = m.v.desk.page.form("applicant_name")
	m.must(err)
	if kept := f.field("applicant_no")[0].attrs["value"]; kept != answers["applicant_no"] {
		t.Errorf("the number typed in has become %q", kept)
	}
	for _, c := range f.field("dwelling_in_database") {
		if c.has("checked") != (c.attrs["value"] == answers["dwelling_in_database"]) {
			t.Errorf("the choice made is gone: %v", c.attrs)
		}
	}
	m.must(m.v.desk.open(m.v.dossier))
	if !strings.HasSuffix(m.v.desk.page.path, "/form") {
		t.Errorf("the dossier leads to %s with a field missing", m.v.desk.page.path)
	}
}

// scannerBreaks breaks every shipment of a picture off: more often than the
// driver tries.
func (m *mishaps) scannerBreaks(t *testing.T) {
	m.goOn(t, "papers")
	ctx, stop := context.WithCancel(context.Background())
	broken := make(chan struct{})
	go func() {
		defer close(broken)
		for ctx.Err() == nil {
			if err := m.scanner.Fault("truncate"); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Millisecond) // a fault holds for one shipment
		}
	}()
	m.scanner.Feed(sheets()[0])
	m.must(m.v.desk.press("capture-" + papers[0]))
	reload(t, m.v.desk, m.v.dossier+"/papers", told(t, "scanner.truncated")[0])
	stop()
	<-broken
	reads(t, m.v.desk.page, told(t, "scanner.truncated")...)
	if m.v.saved(papers[0]) {
		t.Error("half a picture is said to be saved")
	}
	m.l.awaitLine("the scanner to come back", func(x logLine) bool { return x.Msg == "scanner ready" })
}

// halfAPicture lays a sheet that the scanner itself cannot make a whole
// picture of.
func (m *mishaps) halfAPicture(t *testing.T) {
	whole := virtual.SamplePage(3)
	m.scanner.Feed(whole[:len(whole)/2])
	m.must(m.v.desk.press("capture-" + papers[0]))
	reload(t, m.v.desk, m.v.dossier+"/papers", told(t, "scanner.truncated")[0])
	reads(t, m.v.desk.page, told(t, "scanner.truncated")...)
	if m.v.saved(papers[0]) {
		t.Error("half a picture is said to be saved")
	}
}

func (m *mishaps) centreAway(t *testing.T) {
	m.goOn(t, "handover")
	m.network.SetCut(true)
	m.must(m.v.desk.press("way-centre"))
	reload(t, m.v.desk, "/staff/outbox", told(t, "uplink.unreachable")[0])
	here := m.v.desk.page
	next, _, _ := strings.Cut(say("staff.outbox.probe", "time", "|"), "|")
	reads(t, here, say("staff.link.down"), next, say("staff.outbox.is.sealed"))
	m.must(m.v.desk.open(m.v.dossier))
	if sent := m.v.desk.page.mark("truth-sent"); sent == nil || sent.attrs["data-true"] != "false" {
		t.Errorf("the page does not say that nothing was sent: %s", m.v.desk.page.text)
	}
}

// noPaper asks for the slip when the roll is empty: it fails at once and can
// be asked for again; then the roll ends in the middle of it.
func (m *mishaps) noPaper(t *testing.T) {
	m.awaitNew(t, "the printer without paper", func() error { return m.printer.Fault("paper_out") },
		func(x logLine) bool { return x.Msg == "printer status" && !x.Ready })
	m.must(m.v.desk.press("print"))
	m.printState(t, kiosk.PrintFailed)
	reads(t, m.v.desk.page, append(told(t, "printer.paper_out"), say("staff.print.failed"))...)
	m.awaitNew(t, "the printer with paper", func() error { return m.printer.Fault("paper_back") },
		func(x logLine) bool { return x.Msg == "printer status" && x.Ready })
	m.must(m.printer.FaultAfter(100, "paper_out"))
	m.must(m.v.desk.press("print"))
	m.printState(t, kiosk.PrintConfirming) // all of it fits the buffers: only the proof is due
	reads(t, m.v.desk.page, told(t, "printer.paper_out")[0], say("staff.print.held"))
	if m.v.slipOnPaper() {
		t.Error("the slip came out without paper")
	}
	m.must(m.printer.Fault("paper_back"))
	reload(t, m.v.desk, m.v.dossier, say("staff.print.printed"))
	m.printState(t, kiosk.PrintPrinted)
	if !m.v.slipOnPaper() {
		t.Error("the slip is said to be printed and is not there")
	}
}

func (m *mishaps) printState(t *testing.T, want kiosk.PrintState) {
	t.Helper()
	if s := m.v.desk.page.mark("print-state"); s == nil || s.attrs["data-state"] != string(want) {
		t.Errorf("the slip is not said to be %s: %s", want, m.v.desk.page.text)
	}
}

// centreRefuses mends the network, but the centre has given the unit a new
// token. Once a technician has put it in, all goes on.
func (m *mishaps) centreRefuses(t *testing.T) {
	keys := filepath.Join(m.state(), "credentials")
	id, err := provisioning.LoadIdentity(keys)
	m.must(err)
	public, err := base64.StdEncoding.DecodeString(id.PublicKey())
	m.must(err)
	token, err := m.centre.AddUnit(context.Background(), m.config.Unit, public)
	m.must(err)
	m.network.SetCut(false)
	m.must(m.v.desk.open("/staff/outbox"))
	m.must(m.v.desk.press("poke"))
	reload(t, m.v.desk, "/staff/outbox", told(t, "uplink.refused")[0])
	reads(t, m.v.desk.page, append(told(t, "uplink.refused"), say("staff.link.paused"))...)
	m.l.stop()
	m.must(provisioning.StoreToken(keys, token))
	m.l = m.serve(nil)
}

// catalogueBroken spoils a file of the catalogue under the running service.
func (m *mishaps) catalogueBroken(t *testing.T) {
	file := filepath.Join(m.config.Catalog, "residence.yaml")
	text, err := os.ReadFile(file)
	m.must(err)
	spoilt := strings.Replace(string(text), "capability: full_assist", "capability: anything", 1)
	before, _, _ := strings.Cut(spoilt, "anything")
	where := fmt.Sprintf("residence.yaml:%d:%d", strings.Count(before, "\n")+1, len(before)-strings.LastIndex(before, "\n"))
	m.must(os.WriteFile(file, []byte(spoilt), 0o600))
	found := m.l.awaitLine("the catalogue refused", func(x logLine) bool { return strings.Contains(x.raw, where) })
	if !strings.Contains(found.raw, where) {
		t.Fatalf("the log does not name %s:\n%s", where, m.l.log())
	}
	b, err := signIn(m.l.Desk, technicianName, technicianPIN)
	m.must(err)
	reload(t, b, "/technician", told(t, "catalog.broken")[0])
	reads(t, b.page, where)
	window, err := enter(m.l.URL)
	m.must(err)
	m.must(window.begin("find"))
	m.must(window.open("/fields/residence"))
	reads(t, window.page, "Đăng ký nơi đang ở tạm")
	m.must(os.WriteFile(file, text, 0o600))
	title := told(t, "catalog.broken")[0]
	until(t, "the catalogue mended", func() bool {
		m.must(b.open("/technician"))
		return !strings.Contains(b.page.text, title)
	})
}
