package staff

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

const (
	longestCapture = 10 * time.Minute // a full feeder, or a large picture over a slow line
	longestWait    = 12 * time.Second // of a browser without scripts
)

// paperState is how one paper of the checklist stands.
type paperState string

const (
	paperHave     paperState = "have"     // pages are there
	paperWaived   paperState = "waived"   // missing for a reason
	paperMissing  paperState = "missing"  // must be there and is not
	paperOptional paperState = "optional" // may be taken
	paperInstead  paperState = "instead"  // may be given in place of another
	paperMaybe    paperState = "maybe"    // depends on what is not known yet
	paperPresent  paperState = "present"  // shown only, never taken
	paperSurplus  paperState = "surplus"  // has pages, but is not asked for any more
)

// paper is one line of the checklist with its pages.
type paper struct {
	catalog.Document
	State  paperState
	Pages  []kiosk.Page
	Waiver string
	Taking bool // is being taken right now

	Trouble *kit.Notice // why the last try to take it failed; nil: it did not
}

// CanCapture reports whether pages of this paper are kept.
func (p paper) CanCapture() bool { return p.State != paperPresent && p.State != paperSurplus }

// paperGroup is papers that belong together: one of them is enough, or all.
type paperGroup struct {
	OneOf bool
	Items []paper
}

type papersView struct {
	head
	Groups []paperGroup
	Taking *capture // nil: nothing is being taken
}

// Undecided reports whether a page has findings nobody has decided about.
func (papersView) Undecided(p kiosk.Page) bool { return undecided(p) }

func undecided(p kiosk.Page) bool { return len(p.Defects) > 0 && p.Override == "" }

// papersOf lays the checklist out with what is there.
func papersOf(w intake.Work) []paperGroup {
	answers := w.Draft.Declaration.Answers
	missing := map[kiosk.RequirementID]bool{}
	for _, d := range w.Terms.Procedure.Missing(answers, w.Have()) {
		missing[d.ID] = true
	}
	var groups []paperGroup
	at := map[string]int{}
	for _, d := range w.Terms.Procedure.Documents {
		p, show := paperOf(w, d, missing[d.ID])
		if !show {
			continue
		}
		if d.Group.Type != "one_of" {
			groups = append(groups, paperGroup{Items: []paper{p}})
			continue
		}
		i, seen := at[d.Group.ID]
		if !seen {
			i = len(groups)
			at[d.Group.ID] = i
			groups = append(groups, paperGroup{})
		}
		if seen && p.State == paperOptional {
			p.State = paperInstead
		}
		groups[i].Items = append(groups[i].Items, p)
		groups[i].OneOf = len(groups[i].Items) > 1
	}
	return groups
}

// paperOf says how one paper stands; what is neither asked for nor there is
// not shown.
func paperOf(w intake.Work, d catalog.Document, missing bool) (p paper, show bool) {
	p = paper{Document: d, Pages: w.PagesOf(d.ID)}
	applies := d.When.Holds(w.Draft.Declaration.Answers)
	if i := slices.IndexFunc(w.Draft.Waivers, func(x kiosk.Waiver) bool { return x.Requirement == d.ID }); i >= 0 {
		p.Waiver = w.Draft.Waivers[i].Reason
	}
	switch {
	case applies == catalog.No:
		p.State = paperSurplus
		return p, len(p.Pages) > 0
	case d.Scan == "never":
		p.State = paperPresent
	case len(p.Pages) > 0:
		p.State = paperHave
	case p.Waiver != "":
		p.State = paperWaived
	case applies == catalog.Maybe:
		p.State = paperMaybe
	case missing:
		p.State = paperMissing
	default:
		p.State = paperOptional
	}
	return p, true
}

// papers shows the checklist with every page taken so far.
func (s *seat) papers(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	return s.showPapers(c, w, nil)
}

func (s *seat) showPapers(c *fiber.Ctx, w intake.Work, trouble []kit.Notice) error {
	view := papersView{head: headOf(w, "papers"), Groups: papersOf(w)}
	notices := trouble
	if last, ok := s.captures.of(w.ID); ok && last.Running {
		view.Taking = &last
		mark(view.Groups, last.Requirement)
	} else if ok {
		n := s.captureTrouble(c, last.Err)
		if !blame(view.Groups, last.Requirement, &n) {
			notices = append(notices, n)
		}
	}
	var err error
	if view.Stamp, err = s.liveStamp(s.kit.Ctx(c), w); err != nil {
		return err
	}
	return s.show(c, "papers", view.page(notices))
}

func (v papersView) page(trouble []kit.Notice) kit.Page {
	page := kit.Page{Title: kit.Say("staff.step.papers"), Wide: true, OwnHeading: true, Notices: trouble, Data: v}
	if len(trouble) > 0 {
		page.Status = trouble[0].Status
	}
	return page
}

func mark(groups []paperGroup, taking kiosk.RequirementID) {
	for _, g := range groups {
		for i := range g.Items {
			g.Items[i].Taking = g.Items[i].ID == taking
		}
	}
}

// blame puts a trouble where the clerk is looking: at the paper they tried to
// take. It reports false if that paper is not shown.
func blame(groups []paperGroup, tried kiosk.RequirementID, n *kit.Notice) bool {
	for _, g := range groups {
		for i := range g.Items {
			if g.Items[i].ID == tried {
				g.Items[i].Trouble = n
				return true
			}
		}
	}
	return false
}

// captureTrouble says why the last paper could not be taken. A device that
// somebody holds is shown with who that is.
func (s *seat) captureTrouble(c *fiber.Ctx, err error) kit.Notice {
	code := codeOf(err)
	if errors.Is(err, context.Canceled) {
		code = "scanner.cancelled"
	}
	if code != "device.busy" {
		return s.kit.Notice(c, kit.Careful, code)
	}
	return s.busy(c, devices.ScannerDevice)
}

// busy says who holds a device and since when.
func (s *seat) busy(c *fiber.Ctx, device string) kit.Notice {
	for _, loan := range s.Desk.Lending.Loans() {
		if loan.Device != device {
			continue
		}
		who := loan.Holder
		if names, err := s.names(s.kit.Ctx(c)); err == nil && names[kiosk.StaffID(who)] != "" {
			who = names[kiosk.StaffID(who)]
		}
		return s.kit.Notice(c, kit.Careful, "staff.busy", "who", who, "time", loan.Since.In(kiosk.Hanoi).Format("15:04"))
	}
	return s.kit.Notice(c, kit.Note, "staff.free_again")
}

// capture takes one page of a paper. Browsers with scripts come back at once
// and follow the progress; others wait a while for the end.
func (s *seat) capture(c *fiber.Ctx) error {
	id, staff := kiosk.DossierID(c.Params("id")), s.who(c)
	replaces, _ := strconv.ParseInt(c.FormValue("replaces"), 10, 64) // 0: a further page
	order := intake.Capture{Requirement: kiosk.RequirementID(c.Params("req")), Replaces: replaces, Staff: staff, Seat: string(s.kit.Seat)}
	ended := s.captures.start(id, capture{Requirement: order.Requirement, Replaces: replaces, Began: s.kit.Now()}, s.taking(id, order))
	if c.FormValue("live") == "" {
		select {
		case <-ended:
		case <-time.After(longestWait):
		case <-s.kit.Ctx(c).Done():
		}
	}
	return s.kit.See(c, base(id)+"/papers#paper-"+string(order.Requirement))
}

// taking takes the page under a context of its own: the request is answered
// long before. It logs a trouble, since nobody else will.
func (s *seat) taking(id kiosk.DossierID, order intake.Capture) func(context.Context, devices.Progress) error {
	return func(stop context.Context, progress devices.Progress) error {
		ctx, cancel := s.kit.Within(longestCapture)
		defer cancel()
		defer context.AfterFunc(stop, cancel)()
		_, err := s.Desk.CapturePages(ctx, id, order, progress)
		if err != nil {
			s.Log.Warn("paper not taken", "dossier", id, "requirement", order.Requirement, "code", codeOf(err), "err", err)
		}
		if err != nil && stop.Err() != nil {
			return context.Canceled
		}
		return err
	}
}

// stopCapture stops the paper being taken.
func (s *seat) stopCapture(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	s.captures.cancel(id)
	return s.kit.See(c, base(id)+"/papers")
}

// waive records why a paper is missing, or takes that back.
func (s *seat) waive(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	reason := viet.Clean(c.FormValue("reason"))
	if reason == "" && c.FormValue("do") != "back" {
		n := s.kit.Notice(c, kit.Careful, "waiver.reason")
		n.Status = fiber.StatusUnprocessableEntity
		return s.showPapers(c, w, []kit.Notice{n})
	}
	if c.FormValue("do") == "back" {
		reason = ""
	}
	req := kiosk.RequirementID(c.Params("req"))
	if err := s.Desk.Waive(s.kit.Ctx(c), w.ID, s.who(c), req, reason); err != nil {
		return err
	}
	return s.kit.See(c, base(w.ID)+"/papers#paper-"+string(req))
}
