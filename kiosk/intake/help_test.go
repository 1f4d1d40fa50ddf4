package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/slip"
	"servicepoint/kiosk/spool"
	"servicepoint/kiosk/store"
)

// morning is a Monday, 9:00 in Hanoi.
var morning = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

const clerk kiosk.StaffID = "lan"

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// tray is the far side of the scanner: what lies on it comes off in order.
type tray struct {
	sheets [][]byte
	fault  error
}

func (s *tray) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, _ devices.Progress) error {
	taken := 0
	for len(s.sheets) > 0 && (r.Max == 0 || taken < r.Max) {
		b := s.sheets[0]
		s.sheets = s.sheets[1:]
		taken++
		if err := keep(devices.Sheet{N: taken, Bytes: b, MIME: "image/jpeg", DPI: 200, Verified: devices.ShippedTwice}); err != nil {
			return err
		}
	}
	switch {
	case s.fault != nil:
		return s.fault
	case taken == 0:
		return &devices.Fault{Device: devices.ScannerDevice, Cause: devices.NoSheet}
	}
	return nil
}

// paper is the far side of the printer.
type paper struct {
	mu     sync.Mutex
	slips  []devices.Slip
	plain  []string
	result devices.PrintResult
	err    error
	wait   chan struct{} // if set, printing waits for it
}

func (p *paper) Print(ctx context.Context, s devices.Slip, watch devices.PrintProgress) (devices.PrintResult, error) {
	if p.wait != nil {
		select {
		case <-p.wait:
		case <-ctx.Done():
			return devices.PrintResult{Level: devices.LevelUnknown}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	watch(devices.PhaseConfirming, "", p.result.Total, p.result.Total)
	p.slips = append(p.slips, s)
	return p.result, p.err
}

func (p *paper) PrintPlain(_ context.Context, lines []string, watch devices.PrintProgress) (devices.PrintResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plain = append(p.plain, lines...)
	return p.result, p.err
}

// point is a whole service point over a real store, spool and vault.
type point struct {
	t       testing.TB
	dir     string
	clock   *clock
	log     *bytes.Buffer
	store   *store.Store
	spool   *spool.Spool
	vault   *seal.Vault
	signer  seal.Signer
	centre  string // the centre's age identity
	scanner *tray
	printer *paper
	desk    *intake.Desk
	counter *intake.Counter
	door    *intake.Door
}

func newPoint(t testing.TB) *point {
	t.Helper()
	p := &point{t: t, dir: t.TempDir(), clock: &clock{at: morning}, log: &bytes.Buffer{}, scanner: &tray{},
		printer: &paper{result: devices.PrintResult{Level: devices.LevelPrinted, Sent: 100, Total: 100}}}
	var err error
	p.vault, err = seal.NewVault(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	p.signer, err = seal.NewSigner()
	must(t, err)
	identity, recipient, err := seal.NewRecipient()
	must(t, err)
	_, recovery, err := seal.NewRecipient()
	must(t, err)
	p.centre = identity
	p.spool, err = spool.Open(filepath.Join(p.dir, "spool"))
	must(t, err)
	p.spool.Reserve = 1
	p.open()
	log := slog.New(slog.NewJSONHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	books, err := catalog.Embedded()
	must(t, err)
	press := intake.NewPress(intake.Press{Slips: p.store, Printer: p.printer, Layout: slip.Layout{Width: slip.Wide, Lang: phrases.VI}, Log: log, Now: p.clock.now})
	p.desk = &intake.Desk{
		Dossiers: p.store, Drafts: p.store, Pages: p.store, Handovers: p.store, Cases: p.store, Accounts: p.store, Journal: p.store,
		FeeSlips: p.store, Tickets: p.store, Spool: p.spool, Scanner: p.scanner, Press: press, Lending: &intake.Lending{Now: p.clock.now}, Vault: p.vault,
		Catalog: func() *catalog.Catalog { return books }, Point: "DTH01", PointName: "Điểm thử", Hotline: "1900 0000", Unit: "DTH01-A",
		Signer: p.signer, Recipients: []string{recipient, recovery}, AppVersion: "test", Now: p.clock.now, Log: log,
	}
	p.counter = &intake.Counter{Tickets: p.store, Journal: p.store, Press: press, Catalog: p.desk.Catalog, Point: "DTH01", PointName: "Điểm thử",
		BookKey: p.signer.Key, BookKeys: keysOf(p.signer), Now: p.clock.now}
	p.door = &intake.Door{Accounts: p.store, Journal: p.store, PIN: p.vault, Now: p.clock.now}
	return p
}

// open opens the store; a store that was closed before comes back as after a
// restart.
func (p *point) open() {
	p.t.Helper()
	s, err := store.Open(p.t.Context(), filepath.Join(p.dir, "unit.db"), p.clock.now, nil)
	must(p.t, err)
	p.t.Cleanup(func() { s.Close() })
	p.store = s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails unless err carries the code, and the kind if one is given.
func wants(t testing.TB, err error, code kiosk.Code, kind ...kiosk.Kind) {
	t.Helper()
	if err == nil || kiosk.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	if len(kind) > 0 && kiosk.KindOf(err) != kind[0] {
		t.Fatalf("%s is %s, want %s", code, kiosk.KindOf(err), kind[0])
	}
}

var samples = sync.OnceValue(func() (pages [][]byte) {
	for n := range 4 {
		pages = append(pages, sheet(uint64(n)))
	}
	return pages
})

// sheet draws paper with lines of dark words. To these tests a sheet is bytes
// that decode to a picture; the gate is tried on real ones elsewhere.
func sheet(n uint64) []byte {
	chance := rand.New(rand.NewPCG(n, 1))
	img := image.NewGray(image.Rect(0, 0, 551, 780))
	draw.Draw(img, img.Rect, image.NewUniform(color.Gray{245}), image.Point{}, draw.Src)
	for y := 60; y < 700; y += 22 {
		for x := 50; x < 470; {
			word := image.Rect(x, y, x+8+chance.IntN(40), y+10)
			draw.Draw(img, word, image.NewUniform(color.Gray{30}), image.Point{}, draw.Src)
			x = word.Max.X + 7
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// sample is the n-th invented sheet, from 0.
func sample(n int) []byte { return samples()[n] }

// good is a full declaration of a birth registration, as people type it.
func good(changes ...string) kiosk.Answers {
	a := kiosk.Answers{
		"within_60_days": "true", "birth_case": "ordinary", "submitter": "parent",
		"applicant_name": "Nguyễn Văn Mẫu", "applicant_no": "001 090 000 001", "applicant_birth": "15/08/1993", "applicant_sex": "male",
		"applicant_residence": "Tổ 3, Đại Thanh, Hà Nội", "applicant_phone": "0912 345 678", "applicant_email": "mau@example.invalid",
		"subject_name": "Trần Thị Mẫu", "delivery_address": "Tổ 3, Đại Thanh, Hà Nội",
	}
	for i := 0; i+1 < len(changes); i += 2 {
		a[changes[i]] = changes[i+1]
	}
	return a
}

const birth kiosk.ProcedureID = "birth-registration"

func (p *point) begin() kiosk.DossierID {
	p.t.Helper()
	d, err := p.desk.Open(p.t.Context(), intake.OpenRequest{Procedure: birth, Staff: clerk, Notice: intake.NoticeVersion})
	must(p.t, err)
	return d.ID
}

func (p *point) declare(id kiosk.DossierID, changes ...string) {
	p.t.Helper()
	must(p.t, p.desk.Declare(p.t.Context(), id, clerk, good(changes...)))
}

func (p *point) capture(id kiosk.DossierID, r kiosk.RequirementID, sheet []byte, replaces ...int64) kiosk.Page {
	p.t.Helper()
	page, err := p.tryCapture(id, r, sheet, replaces...)
	must(p.t, err)
	return page
}

func (p *point) tryCapture(id kiosk.DossierID, r kiosk.RequirementID, sheet []byte, replaces ...int64) (kiosk.Page, error) {
	p.scanner.sheets = [][]byte{sheet}
	c := intake.Capture{Requirement: r, Staff: clerk, Seat: "desk"}
	if len(replaces) > 0 {
		c.Replaces = replaces[0]
	}
	pages, err := p.desk.CapturePages(p.t.Context(), id, c, nil)
	if len(pages) == 0 {
		return kiosk.Page{}, err
	}
	return pages[0], err
}

// override accepts every finding of the gate.
func (p *point) override(id kiosk.DossierID) {
	p.t.Helper()
	for _, page := range p.work(id).Pages {
		if len(page.Defects) > 0 && page.Override == "" {
			must(p.t, p.desk.OverrideDefects(p.t.Context(), id, page.ID, "thử", clerk))
		}
	}
}

func (p *point) consent(id kiosk.DossierID) {
	p.t.Helper()
	must(p.t, p.desk.Consent(p.t.Context(), id, kiosk.Consent{Notice: intake.NoticeVersion, By: "subject", Purposes: []string{"file", "contact"}, Staff: clerk}))
}

// consented makes a dossier with two pages of proof that may leave the desk.
func (p *point) consented() kiosk.DossierID {
	p.t.Helper()
	id := p.begin()
	p.declare(id)
	p.capture(id, "birth_proof", sample(0))
	p.capture(id, "birth_proof", sample(1))
	p.override(id)
	must(p.t, p.desk.Review(p.t.Context(), id, clerk))
	p.consent(id)
	return id
}

func (p *point) work(id kiosk.DossierID) intake.Work {
	p.t.Helper()
	w, err := p.desk.Work(p.t.Context(), id)
	must(p.t, err)
	return w
}

func (p *point) state(id kiosk.DossierID) kiosk.State {
	p.t.Helper()
	return p.work(id).State
}

func (p *point) wantState(id kiosk.DossierID, want kiosk.State) {
	p.t.Helper()
	if got := p.state(id); got != want {
		p.t.Fatalf("the dossier is %s, want %s", got, want)
	}
}

// kinds lists what the journal says of a dossier, in order.
func (p *point) kinds(id kiosk.DossierID) []kiosk.Code {
	p.t.Helper()
	events, err := p.store.Events(p.t.Context(), id)
	must(p.t, err)
	var kinds []kiosk.Code
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (p *point) wantEvent(id kiosk.DossierID, kind kiosk.Code) {
	p.t.Helper()
	if kinds := p.kinds(id); !slices.Contains(kinds, kind) {
		p.t.Errorf("the journal has no %s: %v", kind, kinds)
	}
}

// files counts the files in a folder of the spool.
func (p *point) files(folder string) int {
	p.t.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "spool", folder, "*"))
	must(p.t, err)
	return len(names)
}

// same reports whether two sets of answers are equal.
func same(a, b kiosk.Answers) bool { return maps.Equal(a, b) }

func sumOf(b []byte) kiosk.Digest { return sha256.Sum256(b) }

// overwrite changes a file of the spool behind everybody's back.
func (p *point) overwrite(folder string, name kiosk.Digest, change func([]byte)) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "spool", folder, name.String()+"*"))
	must(p.t, err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		must(p.t, err)
		change(b)
		must(p.t, os.WriteFile(file, b, 0o600))
	}
}

// tend lets Run go round once.
func tend(p *point) {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	defer stop()
	kept := p.desk.Handovers
	p.desk.Handovers = &lastRound{Handovers: kept, stop: stop}
	if err := p.desk.Run(ctx); !errors.Is(err, context.Canceled) {
		p.t.Fatal(err)
	}
	p.desk.Handovers = kept
}

// lastRound ends Run once it has come to wiping, and lets it finish that.
type lastRound struct {
	intake.Handovers
	stop func()
}

func (l *lastRound) PagesToWipe(ctx context.Context) (map[kiosk.DossierID][]kiosk.Digest, error) {
	l.stop()
	return l.Handovers.PagesToWipe(context.WithoutCancel(ctx))
}

func (l *lastRound) PagesWiped(ctx context.Context, id kiosk.DossierID) error {
	return l.Handovers.PagesWiped(context.WithoutCancel(ctx), id)
}
