package staff

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/ui/kit"
)

const (
	longestSeal  = 2 * time.Minute // many pages on a slow machine
	longestPrint = 4 * time.Second // a slip is out before; a printer in trouble is not waited for
	recentPrints = 200             // how far back a dossier's last slip is looked for
)

func (s *seat) handOverPage(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	if w.State != kiosk.Consented {
		return s.kit.See(c, base(w.ID))
	}
	return s.show(c, "handover", headOf(w, "handover").handOverPage())
}

func (h head) handOverPage() kit.Page {
	return kit.Page{Title: kit.Say("staff.step.handover"), Wide: true, OwnHeading: true, Data: h}
}

// handOver seals the dossier for the centre, or prepares it for the portal.
// Sealing may take longer than a page does.
func (s *seat) handOver(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	ctx, cancel := s.kit.Within(longestSeal)
	defer cancel()
	var err error
	switch kiosk.Way(c.FormValue("way")) {
	case kiosk.ByCentre:
		_, err = s.Desk.HandOver(ctx, id, s.who(c))
	case kiosk.ByAssisted:
		_, err = s.Desk.Prepare(ctx, id, s.who(c))
	default:
		return s.kit.See(c, base(id))
	}
	if err != nil {
		return err
	}
	return s.kit.See(c, base(id))
}

// truth is one of the things that are true of a dossier or not yet: kept here,
// sent, accepted. They are never shown as one.
type truth struct {
	ID   string
	True bool
	Bad  bool
}

type outcomeView struct {
	head
	Truths    []truth
	Print     *kiosk.PrintJob // the last slip; nil: none yet
	CanPrint  bool
	OpenTurn  bool // the resident's number is still being served
	Originals []original
}

// original is a paper that lies on the desk and goes back to the resident.
type original struct {
	Name  string
	Pages int
}

// outcome shows what has become of a dossier that left the desk.
func (s *seat) outcome(c *fiber.Ctx, w intake.Work) error {
	view, err := s.outcomeView(s.kit.Ctx(c), w)
	if err != nil {
		return err
	}
	return s.show(c, "outcome", view.page())
}

func (v outcomeView) page() kit.Page {
	return kit.Page{Title: kit.Say(kiosk.Code("staff.state." + v.Outcome())), Wide: true, OwnHeading: true, Data: v}
}

func (s *seat) outcomeView(ctx context.Context, w intake.Work) (outcomeView, error) {
	view := outcomeView{head: headOf(w, "handover"), CanPrint: outcome(w.Dossier) != "abandoned", Originals: originals(w)}
	var err error
	if view.Accepted, err = s.wasAccepted(ctx, w.Dossier); err != nil {
		return view, err
	}
	view.Truths = truths(w.Dossier, view.Accepted)
	if view.Print, err = s.lastPrint(ctx, w.ID); err != nil {
		return view, err
	}
	if view.Stamp, err = s.liveStamp(ctx, w); err != nil {
		return view, err
	}
	view.OpenTurn, err = s.inTurn(ctx, w.Dossier)
	return view, err
}

// truths says what is true of a dossier that left the desk, and never more than
// its state proves: only the centre's receipt makes "sent" true. known says that
// the journal has the acceptance; where nobody can tell there are none.
func truths(d kiosk.Dossier, known bool) []truth {
	accepted := known || d.State == kiosk.Accepted || d.State == kiosk.Wiped && d.Official != ""
	here := d.State != kiosk.Wiped
	switch {
	case !here && !accepted, d.State == kiosk.Abandoned, d.State == kiosk.Damaged:
		return nil
	case d.Way == kiosk.ByAssisted:
		return []truth{{ID: "prepared", True: here}, {ID: "filed", True: accepted}}
	case d.State == kiosk.Rejected: // perhaps before, perhaps after it was carried
		return []truth{{ID: "kept", True: true}, {ID: "accepted", Bad: true}}
	}
	sent := truth{ID: "sent", True: accepted || d.State == kiosk.Stored || d.State == kiosk.Returned}
	if d.State == kiosk.Uploading || d.State == kiosk.Sent {
		sent.ID = "sending"
	}
	return []truth{{ID: "kept", True: here}, sent, {ID: "accepted", True: accepted, Bad: d.State == kiosk.Returned}}
}

// Outcome names what has become of a dossier, as its sentences are looked up:
// its state, except where the files are gone and more is known than that.
func (h head) Outcome() string {
	if h.Accepted && h.State == kiosk.Wiped && h.Way == kiosk.ByCentre {
		return "accepted_wiped"
	}
	return outcome(h.Dossier)
}

// wasAccepted looks into the journal whether the centre accepted a dossier
// whose files are gone: its row no longer tells.
func (s *seat) wasAccepted(ctx context.Context, d kiosk.Dossier) (bool, error) {
	if d.State != kiosk.Wiped || d.Way != kiosk.ByCentre {
		return false, nil
	}
	events, err := s.Desk.Journal.Events(ctx, d.ID)
	return slices.ContainsFunc(events, func(e kiosk.Event) bool { return e.Kind == "parcel.accepted" }), err
}

func outcome(d kiosk.Dossier) string {
	switch {
	case d.Way == kiosk.ByAssisted && d.Official != "":
		return "filed"
	case d.State == kiosk.Wiped && d.Official != "":
		return "accepted_wiped"
	case d.State == kiosk.Wiped && d.Way == "":
		return "abandoned"
	}
	return string(d.State)
}

// originals lists the papers that were on the desk: those taken and those only
// shown.
func originals(w intake.Work) []original {
	var out []original
	for _, d := range w.Terms.Procedure.Documents {
		n := len(w.PagesOf(d.ID))
		if n > 0 || d.Scan == "never" && d.When.Holds(nil) != catalog.No {
			out = append(out, original{d.Name, n})
		}
	}
	return out
}

// lastPrint finds the dossier's newest slip; nil without one.
func (s *seat) lastPrint(ctx context.Context, id kiosk.DossierID) (*kiosk.PrintJob, error) {
	return s.newestPrint(ctx, func(j kiosk.PrintJob) bool { return j.Dossier == id && j.Kind == "assist" })
}

// newestPrint finds the newest slip of its kind among the newest print jobs;
// nil without one. One under way has as its cause what it waits for.
func (s *seat) newestPrint(ctx context.Context, is func(kiosk.PrintJob) bool) (*kiosk.PrintJob, error) {
	jobs, err := s.Desk.Prints(ctx, recentPrints)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(jobs, is)
	if i < 0 {
		return nil, nil
	}
	job := &jobs[i]
	if job.State == kiosk.PrintSending || job.State == kiosk.PrintConfirming {
		job.Cause = s.printerTrouble()
	}
	return job, nil
}

// printerTrouble is what a slip under way waits for: the printer goes on with
// it by itself once people have seen to that. Empty: for nothing.
func (s *seat) printerTrouble() kiosk.Code {
	for _, x := range s.Board.List() {
		if x.Severity == health.Critical && strings.HasPrefix(string(x.Code), devices.PrinterDevice+".") {
			return x.Code
		}
	}
	return ""
}

// inTurn reports whether the dossier's number is still in today's line.
func (s *seat) inTurn(ctx context.Context, d kiosk.Dossier) (bool, error) {
	if d.Ticket == 0 || d.OpenedAt.In(kiosk.Hanoi).Format(time.DateOnly) != s.kit.Now().In(kiosk.Hanoi).Format(time.DateOnly) {
		return false, nil
	}
	_, err := s.Counter.Ticket(ctx, d.Ticket)
	if err != nil && kiosk.KindOf(err) == kiosk.NotFound {
		return false, nil
	}
	return err == nil, err
}

// printAssist prints the resident's slip and waits a little for its end.
func (s *seat) printAssist(c *fiber.Ctx) error {
	id := kiosk.DossierID(c.Params("id"))
	job, err := s.Desk.PrintAssist(s.kit.Ctx(c), id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.kit.Ctx(c), longestPrint)
	defer cancel()
	job.Wait(ctx)
	return s.kit.See(c, base(id)+"#slip")
}

// finishPage reminds of the originals before the turn ends.
func (s *seat) finishPage(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	view, err := s.outcomeView(s.kit.Ctx(c), w)
	if err != nil {
		return err
	}
	return s.show(c, "finish", view.finishPage())
}

func (v outcomeView) finishPage() kit.Page {
	return kit.Page{Title: kit.Say("staff.finish.title"), Lead: kit.Say("staff.finish.lead"), Back: v.Path, Data: v}
}

// finish ends the resident's turn. A number that has ended already is fine.
func (s *seat) finish(c *fiber.Ctx) error {
	w, err := s.work(c)
	if err != nil {
		return err
	}
	in, err := s.inTurn(s.kit.Ctx(c), w.Dossier)
	if err == nil && in {
		err = s.Counter.Finish(s.kit.Ctx(c), w.Ticket)
	}
	if err != nil {
		return err
	}
	s.tell(c, s.kit.Notice(c, kit.Good, "staff.finish.done", "code", w.LocalCode))
	return s.kit.See(c, "/staff")
}
