package staff

import (
	"context"
	"slices"
	"sync"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/ui/kit"
)

// base is the address every page of a dossier begins with.
func base(id kiosk.DossierID) string { return "/staff/dossier/" + string(id) }

// head is what every page of a dossier shows on top.
type head struct {
	intake.Work
	Path  string // base address
	Steps []step
	At    string // the step this page is
	Stamp string // mark of what the page shows, see stamp

	Accepted bool // the journal has the centre's acceptance
}

// step is one of the stations of a dossier.
type step struct {
	ID   string
	Href string // empty: not yet, or no more
	Done bool
}

// The stations of a dossier, in order. "handover" stands for both ways out.
var stations = []string{"form", "papers", "review", "consent", "handover"}

// headOf says where a dossier stands, seen from the page at.
func headOf(w intake.Work, at string) head {
	h := head{Work: w, Path: base(w.ID), At: at, Stamp: stampOf(w)}
	reached := slices.Index(stations, station(w))
	for i, id := range stations {
		st := step{ID: id, Done: i < reached || !w.State.Editable() && !stillFiling(w.State)}
		open := i <= reached || id == "papers" || id == "review" && w.State != kiosk.Open
		if w.State.Editable() && open {
			st.Href = h.Path + "/" + id
		}
		h.Steps = append(h.Steps, st)
	}
	return h
}

// stillFiling reports that a person is still filing in the portal.
func stillFiling(s kiosk.State) bool { return s == kiosk.Prepared || s == kiosk.Filing }

// station is where the work on a dossier goes on.
func station(w intake.Work) string {
	switch w.State {
	case kiosk.Open:
		return "form"
	case kiosk.Declared:
		if len(w.Gaps()) > 0 {
			return "papers"
		}
		return "review"
	case kiosk.Reviewed:
		return "consent"
	}
	return "handover"
}

// stampOf is the mark of what a dossier's pages show of it.
func stampOf(w intake.Work) string {
	type page struct {
		ID       int64
		Override string
	}
	var pages []page
	for _, p := range w.Pages {
		pages = append(pages, page{p.ID, p.Override})
	}
	return stamp(w.ID, w.State, w.Official, pages, w.Draft.Waivers)
}

// CanAbandon reports whether the dossier can still be given up.
func (h head) CanAbandon() bool { return kiosk.CanStep(h.State, kiosk.Abandoned) }

// work opens the dossier of the address.
func (s *seat) work(c *fiber.Ctx) (intake.Work, error) {
	return s.Desk.Work(s.kit.Ctx(c), kiosk.DossierID(c.Params("id")))
}

// editing opens the dossier of the address for a page that changes it; one
// that cannot be changed any more is shown as it stands instead.
func (s *seat) editing(c *fiber.Ctx) (w intake.Work, ok bool, err error) {
	w, err = s.work(c)
	if err == nil && !w.State.Editable() {
		return w, false, s.kit.See(c, base(w.ID))
	}
	return w, err == nil, err
}

// dossier leads to where the work goes on, or shows what has become of it.
func (s *seat) dossier(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	switch {
	case w.State.Editable():
		return s.kit.See(c, base(w.ID)+"/"+station(w))
	case stillFiling(w.State):
		return s.kit.See(c, base(w.ID)+"/filing")
	}
	return s.outcome(c, w)
}

// dossierEvents tells a dossier's page when it is no longer what it shows, and
// how far the paper being taken has come.
func (s *seat) dossierEvents(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	seen := c.Query("seen")
	look := func(ctx context.Context) (string, error) { return s.dossierStamp(ctx, id) }
	return s.kit.Stream(c, func(ctx context.Context) <-chan kit.Event {
		out := make(chan kit.Event)
		ctx, cancel := context.WithCancel(ctx)
		var both sync.WaitGroup
		both.Go(func() { s.captures.report(ctx, id, out) })
		both.Go(func() { defer cancel(); s.watch(ctx, seen, look, out) })
		go func() { both.Wait(); close(out) }()
		return out
	})
}

// dossierStamp is the mark of a dossier with its last slip and its capture.
func (s *seat) dossierStamp(ctx context.Context, id kiosk.DossierID) (string, error) {
	w, err := s.Desk.Work(ctx, id)
	if err != nil {
		return "", err
	}
	return s.liveStamp(ctx, w)
}

func (s *seat) liveStamp(ctx context.Context, w intake.Work) (string, error) {
	slip, err := s.lastPrint(ctx, w.ID)
	return stamp(stampOf(w), slip, s.captures.mark(w.ID)), err
}

// abandonReasons are why a dossier is given up; the journal keeps the code.
var abandonReasons = []kiosk.Code{"abandon.resident_left", "abandon.papers_missing", "abandon.no_consent", "abandon.elsewhere", "abandon.mistake"}

func abandonForm() *kit.Form {
	return &kit.Form{Submit: kit.Say("staff.abandon.submit"), Icon: "trash-2", Fields: []kit.Field{reasonField(kit.Say("staff.abandon.reason"), abandonReasons)}}
}

// reasonField asks for one of the reasons.
func reasonField(label kit.Text, reasons []kiosk.Code) kit.Field {
	f := kit.Field{ID: "reason", Kind: kit.ChoiceField, Label: label}
	for _, r := range reasons {
		f.Choices = append(f.Choices, kit.Choice{ID: string(r), Label: kit.Say("staff.reason." + r)})
	}
	return f
}

func (s *seat) abandonPage(c *fiber.Ctx) error { return s.showAbandon(c, abandonForm(), 0) }

func (s *seat) showAbandon(c *fiber.Ctx, form *kit.Form, status int) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	return s.show(c, "abandon", headOf(w, "abandon").abandonPage(form, status))
}

func (h head) abandonPage(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("staff.abandon.title"), Back: h.Path, Form: form, Status: status, Data: h}
}

// abandon gives the dossier up for one of the reasons.
func (s *seat) abandon(c *fiber.Ctx) error {
	form := abandonForm()
	form.Fill(c)
	reason := kiosk.Code(form.Value("reason"))
	if !slices.Contains(abandonReasons, reason) {
		form.Fields[0].Error = "staff.reason.missing"
		return s.showAbandon(c, form, fiber.StatusUnprocessableEntity)
	}
	id := kiosk.DossierID(c.Params("id"))
	if err := s.Desk.Abandon(s.kit.Ctx(c), id, s.who(c), reason); err != nil {
		return err
	}
	return s.kit.See(c, base(id))
}
