package staff

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/ui/kit"
)

type filingView struct {
	head
	Files   []fileRow
	Fields  []intake.PortalField
	Begun   bool // the portal is open and codes are taken
	Code    kit.Field
	Again   kit.Field
	Unusual *kit.Field // nil: not asked
	Print   *kiosk.PrintJob
}

// fileRow is one prepared file with its size as people say it.
type fileRow struct {
	intake.PreparedFile
	Size kit.Text
}

func fileRows(files []intake.PreparedFile) []fileRow {
	var out []fileRow
	for _, f := range files {
		size := kit.Say("staff.size.kb", "n", (f.Bytes+1023)/1024)
		if f.Bytes >= 1<<20 {
			size = kit.Say("staff.size.mb", "n", strings.Replace(strconv.FormatFloat(float64(f.Bytes)/(1<<20), 'f', 1, 64), ".", ",", 1))
		}
		out = append(out, fileRow{f, size})
	}
	return out
}

// Fields of the form for the official code.
const (
	fileCode = iota
	fileAgain
	fileUnusual
)

func filingForm() *kit.Form {
	return &kit.Form{Submit: kit.Say("staff.filing.submit"), Icon: "check", Fields: []kit.Field{
		fileCode:    {ID: "code", Kind: kit.CodeField, Label: kit.Say("staff.filing.code"), Hint: kit.Say("staff.filing.code_hint"), MaxRunes: 64},
		fileAgain:   {ID: "again", Kind: kit.CodeField, Label: kit.Say("staff.filing.again"), Hint: kit.Say("staff.filing.again_hint"), MaxRunes: 64},
		fileUnusual: {ID: "unusual", Kind: kit.CheckField, Label: kit.Say("staff.filing.unusual")},
	}}
}

// filingPage shows the files and the fields to copy, in the portal's order,
// and takes the official code back.
func (s *seat) filingPage(c *fiber.Ctx) error { return s.showFiling(c, filingForm(), 0) }

func (s *seat) showFiling(c *fiber.Ctx, form *kit.Form, status int) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	if !stillFiling(w.State) {
		return s.kit.See(c, base(w.ID))
	}
	view := filingView{head: headOf(w, "handover"), Begun: w.State == kiosk.Filing, Code: form.Fields[fileCode], Again: form.Fields[fileAgain]}
	if f := form.Fields[fileUnusual]; f.Error != "" || f.Value != "" {
		view.Unusual = &f
	}
	prepared, err := s.Desk.Prepared(s.kit.Ctx(c), w.ID)
	if err != nil {
		return err
	}
	view.Files, view.Fields = fileRows(prepared.Files), prepared.Fields
	if view.Print, err = s.lastPrint(s.kit.Ctx(c), w.ID); err != nil {
		return err
	}
	return s.show(c, "filing", view.page(form, status))
}

func (v filingView) page(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.filing.title"), Wide: true, OwnHeading: true, Form: form, Status: status, Data: v}
}

// beginFiling records that the portal is open.
func (s *seat) beginFiling(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	if err := s.Desk.BeginFiling(s.kit.Ctx(c), id, s.who(c)); err != nil {
		return err
	}
	return s.kit.See(c, base(id)+"/filing")
}

// filingFile sends one prepared PDF.
func (s *seat) filingFile(c *fiber.Ctx) error {
	name, err := url.PathUnescape(c.Params("name"))
	if err != nil {
		return fiber.ErrNotFound
	}
	var pdf bytes.Buffer
	if err := s.Desk.WriteFile(s.kit.Ctx(c), kiosk.DossierID(c.Params("id")), name, &pdf); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/pdf")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Send(pdf.Bytes())
}

// file records the official code: typed twice, or read by the scanner.
func (s *seat) file(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	form := filingForm()
	form.Fill(c)
	entry := intake.OfficialEntry{Code: form.Value("code"), Again: form.Value("again"), Unusual: form.Value("unusual") == "yes"}
	if read, ok := kit.Kept[*readCodes](s.kit, c); ok {
		entry.Scanned = read.has(id, entry.Code)
	}
	err := s.Desk.File(s.kit.Ctx(c), id, s.who(c), entry)
	switch code := codeOf(err); {
	case code == "code.official_malformed":
		form.Fields[fileCode].Error = code
	case code == "code.official_differs":
		form.Fields[fileAgain].Error = code
	case code == "code.official_unusual":
		form.Fields[fileUnusual].Error = code
	case err != nil:
		return err
	default:
		return s.kit.See(c, base(id))
	}
	return s.showFiling(c, form, fiber.StatusUnprocessableEntity)
}

// readCodes are the codes the scanner itself read for a dossier in this visit.
// What a browser says of a code is no proof that it was scanned.
type readCodes struct {
	mu  sync.Mutex
	all map[kiosk.DossierID][]kiosk.OfficialCode
}

func (r *readCodes) add(id kiosk.DossierID, code kiosk.OfficialCode) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[id] = append(r.all[id], code)
}

func (r *readCodes) has(id kiosk.DossierID, typed string) bool {
	code, _, err := kiosk.ParseOfficialCode(typed)
	r.mu.Lock()
	defer r.mu.Unlock()
	return err == nil && slices.Contains(r.all[id], code)
}

// filingScan streams what the scanner reads to the page that waits for the
// official code, and remembers that it was read.
func (s *seat) filingScan(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	read, ok := kit.Kept[*readCodes](s.kit, c)
	if !ok {
		read = &readCodes{all: map[kiosk.DossierID][]kiosk.OfficialCode{}}
		kit.Keep(s.kit, c, read)
	}
	return s.kit.Stream(c, func(ctx context.Context) <-chan kit.Event {
		out := make(chan kit.Event)
		in := s.Codes(ctx)
		go func() {
			defer close(out)
			pass(ctx, in, out, func(code kiosk.OfficialCode) { read.add(id, code) })
		}()
		return out
	})
}

// pass hands on every code that can be an official one.
func pass(ctx context.Context, in <-chan devices.Code, out chan<- kit.Event, keep func(kiosk.OfficialCode)) {
	for {
		select {
		case <-ctx.Done():
			return
		case raw, open := <-in:
			if !open {
				return
			}
			code, _, err := kiosk.ParseOfficialCode(string(raw.Raw))
			if err != nil {
				continue
			}
			keep(code)
			if !send(ctx, out, kit.Event{Name: "scan", Data: string(code)}) {
				return
			}
		}
	}
}
