package staff

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/ui/kit"
)

// callsCode is the Condition that a resident asks for a person.
const callsCode kiosk.Code = "resident.calls"

type lineView struct {
	Called     []ticketCard // called or being served, mine first
	Waiting    []ticketRow
	Unfinished []unfinishedRow
	Calls      []kit.Notice // residents who ask for a person
	Stamp      string
}

// ticketCard is a number somebody attends to now.
type ticketCard struct {
	kiosk.Ticket
	Procedure string
	Mine      bool
	By        string // the clerk's name
	Dossiers  []kiosk.Dossier
}

type ticketRow struct {
	kiosk.Ticket
	Procedure string
}

type unfinishedRow struct {
	kiosk.Dossier
	Procedure string
	By        string
}

// line shows who waits, who is attended to, and what was left unfinished.
func (s *seat) line(c *fiber.Ctx) error {
	view, err := s.lineView(s.kit.Ctx(c), s.who(c))
	if err != nil {
		return err
	}
	calls, others := splitCalls(s.Board.List())
	view.Calls = s.kit.Conditions(c, calls)
	return s.show(c, "line", view.page(s.kit.Conditions(c, others)))
}

func (v lineView) page(conditions []kit.Notice) kit.Page {
	return kit.Page{Title: kit.Say("staff.line.title"), Wide: true, OwnHeading: true, Notices: conditions, Data: v}
}

func splitCalls(board []health.Condition) (calls, others []health.Condition) {
	for _, x := range board {
		if x.Code == callsCode {
			calls = append(calls, x)
		} else {
			others = append(others, x)
		}
	}
	return calls, others
}

func (s *seat) lineView(ctx context.Context, me kiosk.StaffID) (lineView, error) {
	var view lineView
	tickets, err := s.Counter.Line(ctx)
	if err != nil {
		return view, err
	}
	unfinished, err := s.Desk.Unfinished(ctx)
	if err != nil {
		return view, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return view, err
	}
	for _, t := range tickets {
		if t.State == kiosk.Waiting {
			view.Waiting = append(view.Waiting, ticketRow{t, s.plainName(t.Procedure)})
			continue
		}
		view.Called = append(view.Called, ticketCard{Ticket: t, Procedure: s.plainName(t.Procedure), Mine: t.CalledBy == me, By: names[t.CalledBy], Dossiers: ofTicket(unfinished, t)})
	}
	slices.SortStableFunc(view.Called, func(a, b ticketCard) int { return rank(b.Mine) - rank(a.Mine) })
	for _, d := range unfinished {
		view.Unfinished = append(view.Unfinished, unfinishedRow{d, s.plainName(d.Procedure), names[d.Staff]})
	}
	view.Stamp = stamp(tickets, ids(unfinished), s.Board.List())
	return view, nil
}

func rank(mine bool) int {
	if mine {
		return 1
	}
	return 0
}

// ofTicket lists the unfinished dossiers opened for a ticket on its day.
func ofTicket(all []kiosk.Dossier, t kiosk.Ticket) []kiosk.Dossier {
	var out []kiosk.Dossier
	for _, d := range all {
		if d.Ticket == t.No && d.OpenedAt.In(kiosk.Hanoi).Format(time.DateOnly) == t.Day {
			out = append(out, d)
		}
	}
	return out
}

func ids(all []kiosk.Dossier) []string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprint(d.ID, d.State))
	}
	return out
}

// names are the staff's names by id.
func (s *seat) names(ctx context.Context) (map[kiosk.StaffID]string, error) {
	all, err := s.Door.Staff(ctx)
	names := map[kiosk.StaffID]string{}
	for _, p := range all {
		names[p.ID] = p.Name
	}
	return names, err
}

// plainName is a procedure's name as people say it, empty for none.
func (s *seat) plainName(id kiosk.ProcedureID) string {
	p, _ := s.Desk.Catalog().Procedure(id)
	return p.PlainName
}

// lineEvents tells the line's page when it is no longer what it shows.
func (s *seat) lineEvents(c *fiber.Ctx) error {
	me := s.who(c)
	return s.follow(c, func(ctx context.Context) (string, error) {
		view, err := s.lineView(ctx, me)
		return view.Stamp, err
	})
}

// callNext calls the number whose turn it is.
func (s *seat) callNext(c *fiber.Ctx) error {
	t, err := s.Counter.CallNext(s.kit.Ctx(c), s.who(c))
	switch {
	case kiosk.CodeOf(err) == "line.empty":
		s.tell(c, s.kit.Notice(c, kit.Note, "staff.line.nobody"))
	case err != nil:
		return err
	default:
		s.tell(c, s.kit.Notice(c, kit.Good, "staff.line.called_now", "no", t.No))
	}
	return s.kit.See(c, "/staff")
}

// clearCall says that somebody went to the resident who asked for a person.
func (s *seat) clearCall(c *fiber.Ctx) error {
	s.Board.Clear(callsCode)
	return s.kit.See(c, "/staff")
}

// moveTicket begins or ends serving a number, or notes that nobody came.
func (s *seat) moveTicket(c *fiber.Ctx) error {
	no, err := strconv.Atoi(c.Params("no"))
	if err != nil {
		return fiber.ErrNotFound
	}
	next := "/staff"
	switch c.FormValue("do") {
	case "serve":
		next = fmt.Sprintf("/staff/open?ticket=%d", no)
		err = s.Counter.Serve(s.kit.Ctx(c), no)
	case "absent":
		err = s.Counter.Absent(s.kit.Ctx(c), no)
	case "finish":
		err = s.Counter.Finish(s.kit.Ctx(c), no)
	default:
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.kit.See(c, next)
}
