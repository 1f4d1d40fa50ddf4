package staff_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/report"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/slip"
	"servicepoint/kiosk/spool"
	"servicepoint/kiosk/store"
	"servicepoint/ui"
	"servicepoint/ui/kit"
	"servicepoint/ui/staff"
	"servicepoint/ui/uitest"
)

const (
	host  = "127.0.0.1:8081"
	token = "a-boot-token-of-some-length"
	pin   = "246810"
)

// morning is a Monday, 9:00 in Hanoi.
var morning = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// tray is the far side of the scanner: what lies on it comes off in order.
type tray struct {
	mu     sync.Mutex
	sheets [][]byte
	fault  error
	hold   chan struct{} // if set, a picture takes until it is closed
}

func (s *tray) lay(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sheets = append(s.sheets, sample(n))
}

func (s *tray) Scan(ctx context.Context, _ devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error {
	sheet, err := s.next(ctx, progress)
	if err != nil {
		return err
	}
	return keep(sheet)
}

func (s *tray) next(ctx context.Context, progress devices.Progress) (devices.Sheet, error) {
	s.mu.Lock()
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		progress(40, 100)
		select {
		case <-hold:
		case <-ctx.Done():
			return devices.Sheet{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return devices.Sheet{}, s.fault
	}
	if len(s.sheets) == 0 {
		return devices.Sheet{}, &devices.Fault{Device: devices.ScannerDevice, Cause: devices.NoSheet}
	}
	b := s.sheets[0]
	s.sheets = s.sheets[1:]
	return devices.Sheet{N: 1, Bytes: b, MIME: "image/jpeg", DPI: 200, Verified: devices.ShippedTwice}, nil
}

var samples = sync.OnceValue(func() (pages [][]byte) {
	for n := range 3 {
		pages = append(pages, virtual.SamplePage(n+1))
	}
	return pages
})

func sample(n int) []byte { return samples()[n] }

// paper is the far side of the printer.
type paper struct{ result devices.PrintResult }

// panel is the printer's far side for a clerk's hands.
type panel struct {
	status devices.Status
	asked  []string
	err    error
}

func (p *panel) Status() devices.Status { return p.status }

func (p *panel) Resume(context.Context) error {
	p.asked = append(p.asked, "resume")
	return p.err
}

func (p *panel) Discard(context.Context) error {
	p.asked = append(p.asked, "discard")
	return p.err
}

func (p *paper) PrintPlain(context.Context, []string, devices.PrintProgress) (devices.PrintResult, error) {
	return p.result, nil
}

func (p *paper) Print(context.Context, devices.Slip, devices.PrintProgress) (devices.PrintResult, error) {
	return p.result, nil
}

// way is the far side of the outbox.
type way struct {
	status outbox.Status
	pokes  int
}

func (w *way) Status() outbox.Status { return w.status }
func (w *way) TryNow()               { w.pokes++ }

// changes wakes whoever waits for the store.
type changes struct {
	mu sync.Mutex
	ch chan struct{}
}

func (c *changes) wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch == nil {
		c.ch = make(chan struct{})
	}
	return c.ch
}

func (c *changes) notify(kiosk.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch != nil {
		close(c.ch)
		c.ch = nil
	}
}

// point is a service point over a real store, spool and vault, with the
// clerk's browser at its desk.
type point struct {
	*uitest.Browser
	t       *testing.T
	screens *staff.Screens
	server  *ui.Server
	scanner *tray
	printer *paper
	outbox  *way
	board   *health.Board
	store   *store.Store
	codes   chan devices.Code
	log     *syncBuffer
	at      time.Time
	panel   *panel
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newPoint(t *testing.T, seat kit.Seat, edit ...func(*staff.Screens)) *point {
	t.Helper()
	p := &point{t: t, scanner: &tray{}, printer: &paper{devices.PrintResult{Level: devices.LevelPrinted, Sent: 9, Total: 9}}, outbox: &way{}, panel: &panel{status: devices.Status{Device: devices.PrinterDevice, Ready: true}},
		board: &health.Board{}, codes: make(chan devices.Code, 4), log: &syncBuffer{}, at: morning}
	dir := t.TempDir()
	log := slog.New(slog.NewTextHandler(p.log, nil))
	vault, err := seal.NewVault(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	signer, err := seal.NewSigner()
	must(t, err)
	_, recipient, err := seal.NewRecipient()
	must(t, err)
	files, err := spool.Open(filepath.Join(dir, "spool"))
	must(t, err)
	files.Reserve = 1
	p.store, err = store.Open(t.Context(), filepath.Join(dir, "unit.db"), p.now, nil)
	must(t, err)
	t.Cleanup(func() { p.store.Close() })
	var changed changes
	p.store.OnEvent = changed.notify
	books, err := catalog.Embedded()
	must(t, err)
	press := intake.NewPress(intake.Press{Slips: p.store, Printer: p.printer, Layout: slip.Layout{Width: slip.Wide, Lang: phrases.VI}, Log: log, Now: p.now})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); press.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	desk := &intake.Desk{
		Dossiers: p.store, Drafts: p.store, Pages: p.store, Handovers: p.store, Cases: p.store, Accounts: p.store, Journal: p.store,
		FeeSlips: p.store, Tickets: p.store, Spool: files, Scanner: p.scanner, Press: press, Lending: &intake.Lending{Now: p.now}, Vault: vault,
		Catalog: func() *catalog.Catalog { return books }, Point: "DTH01", PointName: "Điểm thử", Hotline: "1900 0000", Unit: "DTH01-A",
		Signer: signer, Recipients: []string{recipient}, AppVersion: "test", Now: p.now, Log: log,
	}
	p.screens = &staff.Screens{
		Counter: &intake.Counter{Tickets: p.store, Journal: p.store, Press: press, Catalog: desk.Catalog, Point: "DTH01", PointName: "Điểm thử",
			BookKey: signer.Key, BookKeys: []ed25519.PublicKey{signer.Public()}, Now: p.now},
		Desk: desk, Door: &intake.Door{Accounts: p.store, Journal: p.store, PIN: vault, Now: p.now}, Board: p.board, Outbox: p.outbox, Printer: p.panel,
		Guide: func() *guide.Guide { return guide.New(books) },
		Codes: func(context.Context) <-chan devices.Code { return p.codes }, Changes: changed.wait, Log: log,
		PrintDeclaration: func(to io.Writer, w intake.Work) error {
			return report.Declaration(to, report.DeclarationSheet{LocalCode: w.LocalCode, Point: "Điểm thử", Procedure: w.Terms.Procedure.Name, Form: w.Terms.Form, Answers: w.Draft.Declaration.Answers, At: p.now()})
		},
	}
	for _, e := range edit {
		e(p.screens)
	}
	for _, who := range []kiosk.Staff{{ID: "lan", Name: "Cô Lan", Role: kiosk.RoleClerk}, {ID: "minh", Name: "Anh Minh", Role: kiosk.RoleTechnician}} {
		must(t, p.store.AddStaff(t.Context(), who, vault.HashPIN(pin)))
	}
	home := "/staff"
	if seat == kit.Window {
		home = "/"
	}
	p.server, err = ui.New(ui.Config{Seat: seat, Hosts: []string{host}, Token: token, Point: "Điểm thử", Home: home, Demo: true,
		Mounts: []ui.Mount{p.screens.Mount}, Now: p.now, Log: log})
	must(t, err)
	t.Cleanup(p.server.Kit.Close)
	p.Browser = &uitest.Browser{App: p.server.App, Host: host, Fail: t.Fatal}
	p.Enter(token)
	return p
}

func (p *point) now() time.Time { return p.at }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// signIn lets a person in.
func (p *point) signIn(id string) uitest.Page {
	p.t.Helper()
	p.Get("/staff/sign-in")
	return p.Post("/staff/sign-in", url.Values{"staff": {id}, "pin": {pin}})
}

// wants fails unless the page is the one of the path and holds the texts.
func (p *point) wants(page uitest.Page, path string, texts ...string) uitest.Page {
	p.t.Helper()
	if !regexp.MustCompile("^" + path + "$").MatchString(page.Path) {
		p.t.Fatalf("at %s (%d), want %s:\n%s", page.Path, page.Status, path, mainOf(page.Body))
	}
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			p.t.Fatalf("%s does not say %q:\n%s", page.Path, text, mainOf(page.Body))
		}
	}
	if missing := page.Missing(); len(missing) > 0 {
		p.t.Errorf("%s shows %q", page.Path, missing)
	}
	return page
}

func mainOf(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	if i := strings.Index(body, "</main>"); i >= 0 {
		body = body[:i]
	}
	return body
}

const dossierPath = `/staff/dossier/[0-9a-f-]{36}`

// good is a full declaration of a birth registration, as people type it.
func good(changes ...string) url.Values {
	v := url.Values{}
	for k, a := range map[string]string{
		"within_60_days": "true", "birth_case": "ordinary", "submitter": "parent",
		"applicant_name": "Nguyễn Văn Mẫu", "applicant_no": "001 090 000 001", "applicant_birth.d": "15", "applicant_birth.m": "8", "applicant_birth.y": "1993",
		"applicant_sex": "male", "applicant_residence": "Tổ 3, Đại Thanh, Hà Nội", "applicant_phone": "0912 345 678",
		"subject_name": "Trần Thị Mẫu", "delivery_address": "Tổ 3, Đại Thanh, Hà Nội", "do": "declare",
	} {
		v.Set(k, a)
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// begin opens a dossier and gives the beginning of its addresses.
func (p *point) begin(query string) string {
	p.t.Helper()
	p.Get("/staff/open" + query)
	page := p.wants(p.Post("/staff/open"+query, url.Values{"procedure": {"birth-registration"}, "notice": {"yes"}}), dossierPath+"/form")
	return strings.TrimSuffix(page.Path, "/form")
}

// declared begins a dossier and declares it.
func (p *point) declared(query string) string {
	p.t.Helper()
	base := p.begin(query)
	p.wants(p.Post(base+"/form", good()), dossierPath+"/papers")
	return base
}

// take takes a page of a paper.
func (p *point) take(base, requirement string, sheet int) uitest.Page {
	p.t.Helper()
	p.scanner.lay(sheet)
	page := p.Post(base+"/papers/"+requirement+"/capture", nil)
	page.Path, _, _ = strings.Cut(page.Path, "#")
	return p.wants(page, dossierPath+"/papers")
}

// consented takes a dossier to the last step before it leaves the desk.
func (p *point) consented(query string) string {
	p.t.Helper()
	base := p.declared(query)
	p.take(base, "birth_proof", 0)
	p.settle(base)
	p.wants(p.Post(base+"/review", nil), dossierPath+"/consent")
	p.wants(p.Post(base+"/consent", url.Values{"by": {"subject"}, "purpose-file": {"yes"}}), dossierPath+"/handover")
	return base
}

// settle accepts every finding.
func (p *point) settle(base string) {
	p.t.Helper()
	for _, id := range p.pages(base) {
		w, err := p.screens.Desk.Work(p.t.Context(), dossierID(base))
		must(p.t, err)
		for _, page := range w.Pages {
			if page.ID == id && len(page.Defects) > 0 {
				p.Post(base+"/pages/"+itoa(id)+"/accept", url.Values{"usual": {"readable"}})
			}
		}
	}
}

func (p *point) pages(base string) []int64 {
	p.t.Helper()
	w, err := p.screens.Desk.Work(p.t.Context(), dossierID(base))
	must(p.t, err)
	var ids []int64
	for _, page := range w.Pages {
		ids = append(ids, page.ID)
	}
	return ids
}

func dossierID(base string) kiosk.DossierID {
	return kiosk.DossierID(strings.TrimPrefix(base, "/staff/dossier/"))
}
