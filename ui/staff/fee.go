package staff

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// mountFees hangs the pages of a dossier's fees below its own.
func (s *seat) mountFees(g fiber.Router) {
	g.Get("/", s.feesPage)
	g.Post("/", s.makeFee)
	g.Get("/:n", s.feePage)
	g.Get("/:n/events", s.feeEvents)
	g.Post("/:n/print", s.printFee)
	g.Post("/:n/claim", s.claimFee)
	g.Post("/:n/confirm", s.confirmFee)
	g.Get("/:n/void", s.voidPage)
	g.Post("/:n/void", s.voidFee)
}

// feesView is everything a dossier costs.
type feesView struct {
	head
	Fees intake.FeeTable
	Rows []feeRow
	Day  string
	Here bool // there is an account to pay into
}

// feeRow is one fee as its card shows it.
type feeRow struct {
	intake.FeeLine
	From, To string // days, empty: open
	Maybe    bool   // it depends on what is not known yet
	CanMake  bool   // a slip can be made now
}

func feesOf(h head, t intake.FeeTable) feesView {
	v := feesView{head: h, Fees: t, Day: shownDay(t.Day), Here: t.Payee != (kiosk.Payee{})}
	for _, l := range t.Lines {
		v.Rows = append(v.Rows, feeRow{
			FeeLine: l, From: shownDay(l.Fee.From), To: shownDay(l.Fee.To), Maybe: l.Applies == catalog.Maybe,
			CanMake: l.AtCounter > 0 && l.Slip == nil && v.Here && t.Visit,
		})
	}
	return v
}

// shownDay writes yyyy-mm-dd the way people do.
func shownDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.Format("02/01/2006")
}

func (v feesView) page() kit.Page {
	return kit.Page{Title: kit.Say("fee.title"), Back: v.Path, Wide: true, OwnHeading: true, Data: v}
}

// feesPage shows what a dossier costs, exemptions beside the amounts.
func (s *seat) feesPage(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	table, err := s.Desk.Fees(s.kit.Ctx(c), w, c.Query("channel"), s.kit.Session(c).Settings.Lang)
	if err != nil {
		return err
	}
	return s.show(c, "fee", feesOf(headOf(w, "fee"), table).page())
}

// makeFee makes the slip of one fee; made already, it is found among the fees.
func (s *seat) makeFee(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	f, err := s.Desk.FeeSlip(s.kit.Ctx(c), id, s.who(c), c.FormValue("fee"), c.FormValue("channel"))
	if kiosk.CodeOf(err) == "fee.exists" {
		return s.kit.See(c, base(id)+"/fee")
	}
	if err != nil {
		return err
	}
	return s.kit.See(c, feePath(id, f.N))
}

func feePath(id kiosk.DossierID, n int) string { return base(id) + "/fee/" + strconv.Itoa(n) }

// feeView is one fee slip. Its code is there only as long as money may be asked
// for.
type feeView struct {
	head
	Fee   intake.Fee
	Own   string   // the slip's own address
	QR    [][]bool // nil: none
	Words string   // the amount
	Made  string   // who made it
	Moved string   // who took the last step, empty: nobody
	Print *kiosk.PrintJob
	Typed kit.Field // the bank's reference
}

// Moves reports whether the slip can still take a step.
func (v feeView) Moves() bool { return len(kiosk.FeeSteps[v.Fee.State]) > 0 }

// feeOf lays a slip out for its page, whose address begins with the head's.
func feeOf(h head, f intake.Fee, form *kit.Form) (feeView, error) {
	v := feeView{head: h, Fee: f, Own: h.Path + "/fee/" + strconv.Itoa(f.N), Made: string(f.Staff), Moved: string(f.MovedBy), Typed: form.Fields[0]}
	v.Words, _ = viet.Dong(int64(f.Amount))
	if f.Code == "" {
		return v, nil
	}
	var err error
	v.QR, err = qr.Matrix(f.Code)
	return v, err
}

func noticeForm() *kit.Form {
	return &kit.Form{Submit: kit.Say("fee.confirm"), Icon: "check", Fields: []kit.Field{
		{ID: "notice", Kind: kit.CodeField, Label: kit.Say("fee.notice"), Hint: kit.Say("fee.notice_hint"), MaxRunes: 64},
	}}
}

func (v feeView) page(form *kit.Form, status int) kit.Page {
	return kit.Page{Title: kit.Say("fee.slip.title"), Back: v.Path + "/fee", Wide: true, OwnHeading: true, Form: form, Status: status, Data: v}
}

// slipOf opens the fee slip of the address.
func (s *seat) slipOf(c *fiber.Ctx) (intake.Work, intake.Fee, error) {
	w, err := s.work(c)
	if err != nil {
		return w, intake.Fee{}, err
	}
	f, err := s.Desk.Fee(s.kit.Ctx(c), w, slipNo(c))
	return w, f, err
}

// slipNo reads which fee slip is meant; 0 is none.
func slipNo(c *fiber.Ctx) int {
	n, _ := strconv.Atoi(c.Params("n"))
	return n
}

func (s *seat) feePage(c *fiber.Ctx) error { return s.showFee(c, noticeForm(), 0) }

func (s *seat) showFee(c *fiber.Ctx, form *kit.Form, status int) error {
	w, f, err := s.slipOf(c)
	if err != nil {
		return err
	}
	view, err := feeOf(headOf(w, "fee"), f, form)
	if err != nil {
		return err
	}
	if view.Print, err = s.lastFeePrint(s.kit.Ctx(c), f.Reference); err != nil {
		return err
	}
	names, err := s.names(s.kit.Ctx(c))
	if err != nil {
		return err
	}
	view.Made, view.Moved = cmp.Or(names[f.Staff], view.Made), cmp.Or(names[f.MovedBy], view.Moved)
	view.Stamp = stampFee(f, view.Print)
	return s.show(c, "fee-slip", view.page(form, status))
}

// lastFeePrint finds a fee slip's newest print; nil without one.
func (s *seat) lastFeePrint(ctx context.Context, ref kiosk.FeeReference) (*kiosk.PrintJob, error) {
	return s.newestPrint(ctx, func(j kiosk.PrintJob) bool { return j.Kind == "fee" && j.Fee == ref })
}

// stampFee is the mark of what a fee slip's page shows.
func stampFee(f intake.Fee, printed *kiosk.PrintJob) string {
	return stamp(f.FeeSlip, f.Code, f.NoCode, printed)
}

// feeEvents tells a fee slip's page when it is no longer what it shows: the
// code goes from the screen with the turn, not with the next touch.
func (s *seat) feeEvents(c *fiber.Ctx) error {
	id, n := kiosk.DossierID(c.Params("id")), slipNo(c)
	return s.follow(c, func(ctx context.Context) (string, error) {
		w, err := s.Desk.Work(ctx, id)
		if err != nil {
			return "", err
		}
		f, err := s.Desk.Fee(ctx, w, n)
		if err != nil {
			return "", err
		}
		printed, err := s.lastFeePrint(ctx, f.Reference)
		return stampFee(f, printed), err
	})
}

// printFee prints a fee slip and waits a little for its end.
func (s *seat) printFee(c *fiber.Ctx) error {
	id, n := kiosk.DossierID(c.Params("id")), slipNo(c)
	job, err := s.Desk.PrintFee(s.kit.Ctx(c), id, n)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.kit.Ctx(c), longestPrint)
	defer cancel()
	job.Wait(ctx)
	return s.kit.See(c, feePath(id, n)+"#slip")
}

// claimFee records what the resident says.
func (s *seat) claimFee(c *fiber.Ctx) error {
	id, n := kiosk.DossierID(c.Params("id")), slipNo(c)
	if err := s.Desk.ClaimFee(s.kit.Ctx(c), id, n, s.who(c)); err != nil {
		return err
	}
	return s.kit.See(c, feePath(id, n))
}

// confirmFee records what the bank says, by the reference of its notice.
func (s *seat) confirmFee(c *fiber.Ctx) error {
	id, n := kiosk.DossierID(c.Params("id")), slipNo(c)
	form := noticeForm()
	form.Fill(c)
	err := s.Desk.ConfirmFee(s.kit.Ctx(c), id, n, s.who(c), form.Value("notice"))
	switch code := codeOf(err); {
	case code == "fee.notice_malformed" || code == "fee.notice_number" || code == "fee.notice_own" || code == "fee.notice_used":
		form.Fields[0].Error = code
		return s.showFee(c, form, fiber.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	return s.kit.See(c, feePath(id, n))
}

// voidPage asks once more before a slip is taken back.
func (s *seat) voidPage(c *fiber.Ctx) error {
	w, f, err := s.slipOf(c)
	if err != nil {
		return err
	}
	view, err := feeOf(headOf(w, "fee"), f, noticeForm())
	if err != nil {
		return err
	}
	return s.show(c, "fee-void", view.voidPage())
}

func (v feeView) voidPage() kit.Page {
	return kit.Page{Title: kit.Say("fee.void.title"), Back: v.Own, Data: v}
}

// voidFee takes a slip back as it was seen: one that has moved on since is not.
func (s *seat) voidFee(c *fiber.Ctx) error {
	id, n := kiosk.DossierID(c.Params("id")), slipNo(c)
	if err := s.Desk.VoidFee(s.kit.Ctx(c), id, n, s.who(c), kiosk.FeeState(c.FormValue("seen"))); err != nil {
		return err
	}
	return s.kit.See(c, base(id)+"/fee")
}
