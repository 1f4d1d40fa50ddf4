package staff

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// rejectReasons are why a page is taken out; the ledger keeps the code.
var rejectReasons = []kiosk.Code{"page.wrong_paper", "page.unreadable_scan", "page.twice", "page.empty_side", "page.resident_wish"}

// acceptReasons are the usual reasons to use a page in spite of a finding. The
// reason travels with the dossier, so it is written in Vietnamese.
var acceptReasons = []string{"as_original", "readable", "stamp_only"}

type pageView struct {
	head
	Page    kiosk.Page
	Paper   string // the paper's name
	No, Of  int    // which page of the paper
	Prev    int64  // the page before and after among all, 0 for none
	Next    int64
	Accept  []string
	Reject  []kiosk.Code
	Changes bool // the dossier can still be changed
}

// Undecided reports whether the page has findings nobody has decided about.
func (v pageView) Undecided() bool { return undecided(v.Page) }

// thumbnail sends a picture of a page, at most side pixels long. It is made for
// this answer and kept nowhere.
func (s *seat) thumbnail(side int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		picture, err := s.Desk.Thumbnail(s.kit.Ctx(c), kiosk.DossierID(c.Params("id")), pageID(c), side)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "image/jpeg")
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Send(picture)
	}
}

// pageID reads which page of the dossier is meant; 0 is none.
func pageID(c *fiber.Ctx) int64 {
	id, _ := strconv.ParseInt(c.Params("page"), 10, 64)
	return id
}

// pagePage shows one page large, with what can be done about it.
func (s *seat) pagePage(c *fiber.Ctx) error { return s.showPage(c, nil) }

func (s *seat) showPage(c *fiber.Ctx, trouble []kit.Notice) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	view, ok := pageViewOf(w, pageID(c))
	if !ok {
		return kiosk.Fail(kiosk.NotFound, "page.gone", nil)
	}
	return s.show(c, "page", view.page(trouble))
}

func (v pageView) page(trouble []kit.Notice) kit.Page {
	page := kit.Page{Title: kit.Words(v.Paper), Back: v.Path + "/papers#paper-" + string(v.Page.Requirement), Wide: true, OwnHeading: true, Notices: trouble, Data: v}
	if len(trouble) > 0 {
		page.Status = trouble[0].Status
	}
	return page
}

func pageViewOf(w intake.Work, id int64) (pageView, bool) {
	i := slices.IndexFunc(w.Pages, func(p kiosk.Page) bool { return p.ID == id })
	if i < 0 {
		return pageView{}, false
	}
	v := pageView{head: headOf(w, "papers"), Page: w.Pages[i], Accept: acceptReasons, Reject: rejectReasons, Changes: w.State.Editable()}
	doc, _ := w.Terms.Procedure.Document(v.Page.Requirement)
	v.Paper = doc.Name
	own := w.PagesOf(v.Page.Requirement)
	v.Of = len(own)
	v.No = slices.IndexFunc(own, func(p kiosk.Page) bool { return p.ID == id }) + 1
	if i > 0 {
		v.Prev = w.Pages[i-1].ID
	}
	if i+1 < len(w.Pages) {
		v.Next = w.Pages[i+1].ID
	}
	return v, true
}

// acceptPage uses a page in spite of its findings, for a reason.
func (s *seat) acceptPage(c *fiber.Ctx) error {
	id, page := kiosk.DossierID(c.Params("id")), pageID(c)
	reason := viet.Clean(c.FormValue("reason"))
	if usual := c.FormValue("usual"); slices.Contains(acceptReasons, usual) {
		reason = phrases.Say(phrases.VI, "staff.accept."+usual)
	}
	err := s.Desk.OverrideDefects(s.kit.Ctx(c), id, page, reason, s.who(c))
	if err != nil && kiosk.KindOf(err) == kiosk.Invalid {
		return s.showPage(c, []kit.Notice{s.kit.Explain(c, err)})
	} else if err != nil {
		return err
	}
	return s.kit.See(c, base(id)+"/papers#page-"+strconv.FormatInt(page, 10))
}

// rejectPage takes a page out for one of the reasons.
func (s *seat) rejectPage(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	reason := kiosk.Code(c.FormValue("reason"))
	if !slices.Contains(rejectReasons, reason) {
		n := s.kit.Notice(c, kit.Careful, "staff.reason.missing")
		n.Status = fiber.StatusUnprocessableEntity
		return s.showPage(c, []kit.Notice{n})
	}
	if err := s.Desk.RejectPage(s.kit.Ctx(c), id, pageID(c), reason, s.who(c)); err != nil {
		return err
	}
	return s.kit.See(c, base(id)+"/papers")
}
