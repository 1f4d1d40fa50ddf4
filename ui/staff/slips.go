package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/ui/kit"
)

// Printer is what a clerk can do about the printer without a technician.
type Printer interface {
	Status() devices.Status
	Resume(ctx context.Context) error  // go on, after people have cleared it
	Discard(ctx context.Context) error // throw away what it holds; that slip is not known to be printed
}

const (
	shownSlips   = 20               // newest print jobs on the page
	longestHelp  = 15 * time.Second // for the printer to answer to Resume or Discard
	slipsAddress = "/staff/slips"
)

type slipsView struct {
	Printer  devices.Status
	Trouble  kit.Notice // what is the matter with the printer; no Title: nothing
	Underway bool       // a slip has begun and not ended
	ByHand   bool       // what is the matter is for hands: paper, cover, cutter
	OldScans kit.Notice // scans of an earlier turn lie about; no Title: none do
	Rows     []slipRow
	Stamp    string
}

type slipRow struct {
	kiosk.PrintJob
	Subject string // local code, or the ticket's number
	Path    string // of the dossier, empty for tickets and tests
	Tone    kit.Tone
	Why     kit.Notice // what kept it from the paper; no Title: nothing
}

// slipsPage shows the newest slips as what is known of them, and lets the clerk
// say what lies on the paper where the printer could not.
func (s *seat) slipsPage(c *fiber.Ctx) error {
	jobs, err := s.Desk.Prints(s.kit.Ctx(c), shownSlips)
	if err != nil {
		return err
	}
	v := slipsView{Printer: s.Printer.Status(), Stamp: stampSlips(s.Printer.Status(), jobs)}
	if v.Printer.Cause != "" {
		v.Trouble = s.kit.Notice(c, kit.Bad, kiosk.Code(devices.PrinterDevice+"."+string(v.Printer.Cause)))
	}
	v.Underway = slices.ContainsFunc(jobs, func(j kiosk.PrintJob) bool {
		return j.State == kiosk.PrintSending || j.State == kiosk.PrintConfirming
	})
	v.ByHand = slices.Contains([]devices.Cause{devices.PaperOut, devices.CoverOpen, devices.Cutter}, v.Printer.Cause)
	if s.ClearScans != nil && s.leftover() {
		v.OldScans = s.kit.Notice(c, kit.Careful, leftoverCode)
	}
	for _, j := range jobs {
		row, err := s.slipRow(c, j)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
	}
	return s.show(c, "slips", v.page())
}

func (s *seat) slipRow(c *fiber.Ctx, j kiosk.PrintJob) (slipRow, error) {
	row := slipRow{PrintJob: j, Tone: toneOfPrint(j.State)}
	if j.Ticket != 0 {
		row.Subject = strconv.Itoa(j.Ticket)
	}
	if j.Dossier != "" {
		d, err := s.Desk.Dossiers.Dossier(s.kit.Ctx(c), j.Dossier)
		if err != nil {
			return slipRow{}, err
		}
		row.Subject, row.Path = string(d.LocalCode), base(j.Dossier)
	}
	if j.Cause != "" {
		row.Why = s.kit.Notice(c, kit.Careful, j.Cause)
	}
	return row, nil
}

func (v slipsView) page() kit.Page {
	return kit.Page{Title: kit.Say("staff.slips.title"), Lead: kit.Say("staff.slips.lead"), Wide: true, Data: v}
}

func toneOfPrint(state kiosk.PrintState) kit.Tone {
	switch {
	case state == kiosk.PrintPrinted:
		return kit.Good
	case state == kiosk.PrintFailed:
		return kit.Bad
	case state.Unsettled():
		return kit.Careful
	}
	return kit.Note
}

func stampSlips(printer devices.Status, jobs []kiosk.PrintJob) string {
	var rows []string
	for _, j := range jobs {
		rows = append(rows, fmt.Sprint(j.ID, j.State, j.Cause))
	}
	return stamp(printer.Ready, printer.Cause, rows)
}

func (s *seat) slipsEvents(c *fiber.Ctx) error {
	return s.follow(c, func(ctx context.Context) (string, error) {
		jobs, err := s.Desk.Prints(ctx, shownSlips)
		return stampSlips(s.Printer.Status(), jobs), err
	})
}

// settled is what the clerk is told after saying what lies on the paper.
var settled = map[string]kiosk.Code{"yes": "staff.slips.settled_yes", "no": "staff.slips.settled_no"}

const leftoverCode kiosk.Code = "scanner.leftover"

func (s *seat) leftover() bool {
	return slices.ContainsFunc(s.Board.List(), func(x health.Condition) bool { return x.Code == leftoverCode })
}

// clearScans deletes the scans of an earlier turn, never while sheets of this
// one arrive.
func (s *seat) clearScans(c *fiber.Ctx) error {
	if s.ClearScans == nil {
		return fiber.ErrNotFound
	}
	giveBack, err := s.Desk.Lending.Borrow(devices.ScannerDevice, string(s.kit.Seat), string(s.who(c)))
	if err != nil {
		s.tell(c, s.busy(c, devices.ScannerDevice))
		return s.kit.See(c, slipsAddress)
	}
	defer giveBack()
	n, err := s.ClearScans(s.kit.Ctx(c))
	if err != nil {
		return err
	}
	s.tell(c, s.kit.Notice(c, kit.Good, "staff.slips.cleared", "n", n))
	return s.kit.See(c, slipsAddress)
}

// settleSlip records what the clerk saw in the printer's tray.
func (s *seat) settleSlip(c *fiber.Ctx) error {
	job, err := strconv.ParseInt(c.Params("job"), 10, 64)
	if err != nil {
		return fiber.ErrNotFound
	}
	seen := c.FormValue("seen")
	if settled[seen] == "" {
		return fiber.ErrNotFound
	}
	err = s.Desk.SettleSlip(s.kit.Ctx(c), job, seen == "yes", s.who(c))
	switch {
	case err == nil:
		s.tell(c, s.kit.Notice(c, kit.Good, settled[seen]))
	case kiosk.KindOf(err) == kiosk.Conflict: // somebody else was quicker
		s.tell(c, s.kit.Notice(c, kit.Note, codeOf(err)))
	default:
		return err
	}
	return s.kit.See(c, slipsAddress)
}

// helpPrinter has the printer go on after people have cleared it, or throw away
// the slip it stands in.
func (s *seat) helpPrinter(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.kit.Ctx(c), longestHelp)
	defer cancel()
	var err error
	switch c.FormValue("do") {
	case "resume":
		err = s.Printer.Resume(ctx)
	case "discard":
		err = s.Printer.Discard(ctx)
	default:
		return fiber.ErrNotFound
	}
	fault, isFault := errors.AsType[*devices.Fault](err)
	switch {
	case err == nil:
		s.tell(c, s.kit.Notice(c, kit.Good, "staff.slips.helped"))
	case isFault:
		s.tell(c, s.kit.Notice(c, kit.Careful, kiosk.Code(fault.Code())))
	default:
		return err
	}
	return s.kit.See(c, slipsAddress)
}
