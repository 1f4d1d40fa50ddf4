package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/seal"
)

// walkOptions is one dossier taken from booking to the end without a screen.
type walkOptions struct {
	Way       kiosk.Way
	Procedure kiosk.ProcedureID
	Feed      []string // JPEG files laid on the scanner; empty: two sample pages
	Out       string   // folder the files are left in
}

// walked is what one walk did. Paths are relative to the out folder.
type walked struct {
	LocalCode kiosk.LocalCode    `json:"local_code"`
	Way       kiosk.Way          `json:"way"`
	Procedure kiosk.ProcedureID  `json:"procedure"`
	Ticket    int                `json:"ticket"`
	Pages     []walkedPage       `json:"pages"`
	Documents []walkedFile       `json:"documents"`
	Parcel    *walkedFile        `json:"parcel"` // none when filed in the portal
	Receipt   walkedReceipt      `json:"receipt"`
	Official  kiosk.OfficialCode `json:"official_code,omitempty"`
	Slip      walkedSlip         `json:"slip"`
	Wiped     bool               `json:"wiped"`
	MS        map[string]int64   `json:"ms"`
}

type walkedPage struct {
	SHA256  kiosk.Digest `json:"sha256"`
	Bytes   int64        `json:"bytes"`
	Defects []kiosk.Code `json:"defects"`
}

type walkedFile struct {
	File   string       `json:"file"`
	SHA256 kiosk.Digest `json:"sha256"`
	Bytes  int64        `json:"bytes"`
	Pages  int          `json:"pages,omitempty"`
}

type walkedReceipt struct {
	Level kiosk.Level `json:"level"`
	No    string      `json:"no"`
}

type walkedSlip struct {
	Level devices.PrintLevel `json:"level"`
	Bytes int64              `json:"bytes"`
	PNG   string             `json:"png"`
}

// walk is one walk under way.
type walk struct {
	walkOptions
	*demo
	did     walked
	ticket  kiosk.Ticket
	dossier kiosk.Dossier
	staff   kiosk.StaffID
	say     func(step string, took time.Duration, note string)
}

type walkStep struct {
	name string
	do   func(context.Context) (note string, err error)
}

// run takes every step; the first that did not really happen is the error.
func (w *walk) run(ctx context.Context) error {
	w.staff = demoStaff[0].ID
	w.did = walked{Way: w.Way, Procedure: w.Procedure, Pages: []walkedPage{}, Documents: []walkedFile{}, MS: map[string]int64{}}
	steps := []walkStep{
		{"ready", w.ready}, {"book", w.book}, {"check_in", w.checkIn}, {"ticket", w.printTicket}, {"call", w.call},
		{"declare", w.declare}, {"capture", w.capture}, {"review", w.review}, {"consent", w.consent},
	}
	if w.Way == kiosk.ByCentre {
		steps = append(steps, walkStep{"seal", w.seal}, walkStep{"carry", w.carry}, walkStep{"documents", w.fetch})
	} else {
		steps = append(steps, walkStep{"prepare", w.prepare}, walkStep{"file", w.file})
	}
	steps = append(steps, walkStep{"slip", w.slip}, walkStep{"wipe", w.wipe})
	began := time.Now()
	for _, s := range steps {
		from := time.Now()
		note, err := s.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		took := time.Since(from)
		w.did.MS[s.name] = took.Milliseconds()
		w.say(s.name, took, note)
	}
	w.did.MS["total"] = time.Since(began).Milliseconds()
	return nil
}

// ready waits until both devices have answered.
func (w *walk) ready(ctx context.Context) (string, error) {
	for {
		changed := w.unit.changes.wait()
		printer, scanner := w.unit.printer.Status(), w.unit.scanner.Status()
		if printer.Ready && scanner.Ready {
			return printer.Detail, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("printer %s, scanner %s: %w", printer.Cause, scanner.Cause, ctx.Err())
		}
	}
}

func (w *walk) book(ctx context.Context) (string, error) {
	b, text, err := w.unit.counter.Book(ctx, intake.BookingRequest{Procedure: w.Procedure, Slot: time.Now(), Class: kiosk.ClassBooked})
	if err != nil {
		return "", err
	}
	w.bookings = append(w.bookings, demoBooking{b, text})
	return string(b.ID), nil
}

// checkIn shows the booking's QR to the reader and takes what it reads.
func (w *walk) checkIn(ctx context.Context) (string, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	read := w.unit.codes.listen(ctx)
	w.scanner.FeedCode(w.bookings[len(w.bookings)-1].Text)
	select {
	case code := <-read:
		var err error
		w.ticket, err = w.unit.counter.CheckIn(ctx, string(code.Raw))
		w.did.Ticket = w.ticket.No
		return fmt.Sprintf("%03d", w.ticket.No), err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (w *walk) printTicket(ctx context.Context) (string, error) {
	job, err := w.unit.counter.PrintTicket(ctx, w.ticket)
	if err != nil {
		return "", err
	}
	return w.waitPrinted(ctx, job)
}

// waitPrinted waits for a print and insists on the paper.
func (w *walk) waitPrinted(ctx context.Context, job *intake.Printing) (string, error) {
	if !job.Wait(ctx) {
		return "", ctx.Err()
	}
	if job.Err != nil {
		return "", job.Err
	}
	if job.Result.Level != devices.LevelPrinted {
		return "", fmt.Errorf("slip is %s, not printed", job.Result.Level)
	}
	return string(job.Result.Level), nil
}

func (w *walk) call(ctx context.Context) (string, error) {
	for {
		t, err := w.unit.counter.CallNext(ctx, w.staff)
		if err != nil {
			return "", err
		}
		if t.No == w.ticket.No {
			return fmt.Sprintf("%03d", t.No), w.unit.counter.Serve(ctx, t.No)
		}
	}
}

func (w *walk) declare(ctx context.Context) (string, error) {
	d, err := w.unit.desk.Open(ctx, intake.OpenRequest{Procedure: w.Procedure, Ticket: w.ticket.No, Staff: w.staff, Notice: intake.NoticeVersion})
	if err != nil {
		return "", err
	}
	w.dossier, w.did.LocalCode = d, d.LocalCode
	work, err := w.unit.desk.Work(ctx, d.ID)
	if err != nil {
		return "", err
	}
	return string(d.LocalCode), w.unit.desk.Declare(ctx, d.ID, w.staff, inventedAnswers(work.Terms))
}

// inventedAnswers fills a form with a person who does not exist.
func inventedAnswers(t intake.Terms) kiosk.Answers {
	a := kiosk.Answers{}
	for _, f := range t.Procedure.Facts {
		a[f.ID] = "true"
		if len(f.Values) > 0 {
			a[f.ID] = f.Values[0].ID
		}
	}
	for _, s := range t.Form.Sections {
		for _, q := range s.Questions {
			a[q.ID] = inventedAnswer(q)
		}
	}
	return a
}

func inventedAnswer(q catalog.Question) string {
	switch q.Type {
	case catalog.TypeName:
		return "Nguyễn Văn Mẫu"
	case catalog.TypePersonalNo:
		return "001090000001"
	case catalog.TypePhone:
		return "0912345678"
	case catalog.TypeDate:
		return "15/08/1990"
	case catalog.TypeChoice:
		return q.Values[0].ID
	case catalog.TypeEmail:
		return "mau@example.invalid"
	case catalog.TypeAddress:
		return "Tổ 3, Đại Thanh, Hà Nội"
	}
	return "12"
}

func (w *walk) capture(ctx context.Context) (string, error) {
	work, err := w.unit.desk.Work(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	slots := scanned(work)
	if len(slots) == 0 {
		return "", errors.New("the procedure asks for no paper to scan")
	}
	for i, sheet := range w.sheets() {
		jpeg, err := sheet()
		if err != nil {
			return "", err
		}
		w.scanner.Feed(jpeg)
		page, err := w.unit.desk.CapturePage(ctx, w.dossier.ID, intake.Capture{Requirement: slots[min(i, len(slots)-1)], Staff: w.staff, Seat: "walk"}, nil)
		if err != nil {
			return "", fmt.Errorf("sheet %d: %w", i+1, err)
		}
		w.did.Pages = append(w.did.Pages, walkedPage{SHA256: page.Plain, Bytes: page.Bytes, Defects: append([]kiosk.Code{}, page.Defects...)})
	}
	return fmt.Sprintf("%d", len(w.did.Pages)), nil
}

// sheets gives what will lie on the scanner, one at a time.
func (w *walk) sheets() []func() ([]byte, error) {
	var sheets []func() ([]byte, error)
	for _, file := range w.Feed {
		sheets = append(sheets, func() ([]byte, error) { return os.ReadFile(file) })
	}
	if len(sheets) == 0 {
		for n := range 2 {
			sheets = append(sheets, func() ([]byte, error) { return virtual.SamplePage(n + 1), nil })
		}
	}
	return sheets
}

// scanned lists the papers that have to be scanned, in order; if none has to,
// those that may be.
func scanned(work intake.Work) []kiosk.RequirementID {
	facts := work.Draft.Declaration.Answers
	var must, may []kiosk.RequirementID
	for _, doc := range work.Terms.Procedure.Missing(facts, nil) {
		must = append(must, doc.ID)
	}
	for _, item := range work.Terms.Procedure.Checklist(facts) {
		if item.Role == catalog.RoleSubmit && item.Scan != "never" {
			may = append(may, item.ID)
		}
	}
	if len(must) > 0 {
		return must
	}
	return may
}

// review answers every finding and every missing paper the way a clerk would
// have to: with a reason, in the open.
func (w *walk) review(ctx context.Context) (string, error) {
	work, err := w.unit.desk.Work(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	overridden := 0
	for _, p := range work.Pages {
		if len(p.Defects) == 0 {
			continue
		}
		overridden++
		if err := w.unit.desk.OverrideDefects(ctx, w.dossier.ID, p.ID, "demo walk", w.staff); err != nil {
			return "", err
		}
	}
	missing := work.Terms.Procedure.Missing(work.Draft.Declaration.Answers, work.Have())
	for _, doc := range missing {
		if err := w.unit.desk.Waive(ctx, w.dossier.ID, w.staff, doc.ID, "demo walk"); err != nil {
			return "", err
		}
	}
	note := fmt.Sprintf("%d findings overridden, %d papers waived", overridden, len(missing))
	return note, w.unit.desk.Review(ctx, w.dossier.ID, w.staff)
}

func (w *walk) consent(ctx context.Context) (string, error) {
	return "", w.unit.desk.Consent(ctx, w.dossier.ID, kiosk.Consent{Notice: intake.NoticeVersion, By: "subject", Purposes: []string{"file"}, Staff: w.staff})
}

func (w *walk) seal(ctx context.Context) (string, error) {
	parcel, err := w.unit.desk.HandOver(ctx, w.dossier.ID, w.staff)
	if err != nil {
		return "", err
	}
	w.did.Parcel = &walkedFile{SHA256: parcel.SHA256, Bytes: parcel.Bytes}
	return parcel.SHA256.String()[:12], nil
}

// carry waits for the outbox to bring the parcel home.
func (w *walk) carry(ctx context.Context) (string, error) {
	d, err := w.await(ctx, kiosk.Accepted, kiosk.Wiped, kiosk.Returned, kiosk.Rejected, kiosk.Damaged)
	if err != nil {
		return "", err
	}
	if d.State != kiosk.Accepted && d.State != kiosk.Wiped {
		return "", fmt.Errorf("the dossier is %s", d.State)
	}
	receipts, err := w.unit.store.Receipts(ctx, d.ID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(receipts, func(r kiosk.Receipt) bool {
		return r.Level == kiosk.LevelAccepted && r.SHA256 == w.did.Parcel.SHA256
	})
	if i < 0 {
		return "", errors.New("no receipt says that this parcel was accepted")
	}
	receipt := receipts[i]
	w.did.Receipt = walkedReceipt{Level: receipt.Level, No: receipt.No}
	w.did.Official = receipt.Official
	return receipt.No, nil
}

// await waits until the dossier stands in one of the states.
func (w *walk) await(ctx context.Context, states ...kiosk.State) (kiosk.Dossier, error) {
	for {
		changed := w.unit.changes.wait()
		d, err := w.unit.store.Dossier(ctx, w.dossier.ID)
		if err != nil || slices.Contains(states, d.State) {
			return d, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return d, fmt.Errorf("still %s: %w", d.State, ctx.Err())
		}
	}
}

// fetch copies what the centre keeps: what really arrived.
func (w *walk) fetch(context.Context) (string, error) {
	parcel := filepath.Join(w.dir, "centre", "parcels", w.did.Parcel.SHA256.String()+".sealed")
	w.did.Parcel.File = string(w.did.LocalCode) + ".sealed"
	if err := w.keep(w.did.Parcel, func(dst io.Writer) error { return copyFile(dst, parcel) }); err != nil {
		return "", err
	}
	dir := w.centre.KeptDir(w.dossier.ID, w.dossier.Revision)
	var manifest seal.Manifest
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("the manifest the centre keeps: %w", err)
	}
	for _, doc := range manifest.Documents {
		f := walkedFile{File: filepath.Join("documents", filepath.Base(doc.File)), SHA256: doc.SHA256, Bytes: doc.Bytes, Pages: len(doc.Pages)}
		if err := w.keep(&f, func(dst io.Writer) error { return copyFile(dst, filepath.Join(dir, doc.File)) }); err != nil {
			return "", err
		}
		w.did.Documents = append(w.did.Documents, f)
	}
	return fmt.Sprintf("%d", len(w.did.Documents)), nil
}

func (w *walk) prepare(ctx context.Context) (string, error) {
	out, err := w.unit.desk.Prepare(ctx, w.dossier.ID, w.staff)
	if err != nil {
		return "", err
	}
	for _, file := range out.Files {
		f := walkedFile{File: filepath.Join("documents", file.Name), SHA256: file.SHA256, Bytes: file.Bytes, Pages: file.Pages}
		if err := w.keep(&f, func(dst io.Writer) error { return w.unit.desk.WriteFile(ctx, w.dossier.ID, file.Name, dst) }); err != nil {
			return "", err
		}
		w.did.Documents = append(w.did.Documents, f)
	}
	return fmt.Sprintf("%d files, %d fields", len(out.Files), len(out.Fields)), nil
}

// file plays the portal's part: it gives a code of the usual shape, plainly
// not a real agency's.
func (w *walk) file(ctx context.Context) (string, error) {
	if err := w.unit.desk.BeginFiling(ctx, w.dossier.ID, w.staff); err != nil {
		return "", err
	}
	code := fmt.Sprintf("Z99.99-%s-%07d", time.Now().In(kiosk.Hanoi).Format("20060102"), w.did.Ticket)
	err := w.unit.desk.File(ctx, w.dossier.ID, w.staff, intake.OfficialEntry{Code: code, Again: code})
	w.did.Official = kiosk.OfficialCode(code)
	w.did.Receipt = walkedReceipt{Level: kiosk.LevelAccepted, No: code}
	return code, err
}

// slip prints the assist slip and reads its QR back from the paper.
func (w *walk) slip(ctx context.Context) (string, error) {
	job, err := w.unit.desk.PrintAssist(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	level, err := w.waitPrinted(ctx, job)
	if err != nil {
		return "", err
	}
	paper := w.printer.Last()
	if w.did.Slip.PNG, err = filepath.Rel(w.Out, paper); err != nil {
		return "", err
	}
	w.did.Slip.Level, w.did.Slip.Bytes = job.Result.Level, job.Result.Total
	return level, checkSlip(paper, qr.Text('D', string(w.did.LocalCode)))
}

func checkSlip(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return err
	}
	texts, err := imaging.ReadQR(img)
	if err != nil || !slices.Contains(texts, want) {
		return fmt.Errorf("the paper's QR does not read back as the local code: %w", err)
	}
	return nil
}

// wipe waits until nothing of the dossier is left but its ledger.
func (w *walk) wipe(ctx context.Context) (string, error) {
	if _, err := w.await(ctx, kiosk.Wiped); err != nil {
		return "", err
	}
	left, err := filesUnder(filepath.Join(w.unit.State, "spool"))
	if err != nil || left > 0 {
		return "", fmt.Errorf("%d files left in the spool: %w", left, err)
	}
	w.did.Wiped = true
	return "", nil
}

func filesUnder(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	return n, err
}

// keep writes one file of the walk and checks its sum.
func (w *walk) keep(f *walkedFile, write func(io.Writer) error) error {
	path := filepath.Join(w.Out, f.File)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeChecked(path, f.SHA256, write)
}

func writeChecked(path string, want kiosk.Digest, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := errors.Join(write(io.MultiWriter(f, sum)), f.Close()); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want[:]) {
		return fmt.Errorf("%s is not the file that was announced", filepath.Base(path))
	}
	return nil
}

func copyFile(dst io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(dst, f)
	return err
}
