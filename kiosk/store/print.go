package store

import (
	"context"
	"time"

	"servicepoint/kiosk"
)

const printColumns = "id, kind, dossier, ticket, fee, copy, state, cause, at"

func scanPrint(r row) (kiosk.PrintJob, error) {
	var j kiosk.PrintJob
	err := r.Scan(&j.ID, &j.Kind, &j.Dossier, &j.Ticket, &j.Fee, &j.Copy, &j.State, &j.Cause, instant{&j.At})
	return j, err
}

// QueuePrint inserts a job in state queued and returns it with ID and Copy
// set: 1 for the first job of this kind for this dossier, for this fee slip or
// for this ticket of the Hanoi day of At, 2 for the next. Jobs that failed never reached the
// paper and do not count; one whose end is unknown does.
func (s *Store) QueuePrint(ctx context.Context, j kiosk.PrintJob) (kiosk.PrintJob, error) {
	err := s.write(ctx, "queue print", func(c *change) error {
		if j.At.IsZero() {
			j.At = c.at
		}
		j.At, j.State, j.Cause = j.At.UTC(), kiosk.PrintQueued, ""
		day := ""
		if j.Dossier == "" {
			day = j.At.In(kiosk.Hanoi).Format(time.DateOnly)
		}
		err := c.tx.QueryRowContext(ctx, "SELECT count(*) + 1 FROM print_job WHERE kind = ? AND dossier = ? AND day = ? AND ticket = ? AND fee = ? AND state <> ?",
			j.Kind, j.Dossier, day, j.Ticket, j.Fee, kiosk.PrintFailed).Scan(&j.Copy)
		if err != nil {
			return err
		}
		err = c.tx.QueryRowContext(ctx, `INSERT INTO print_job (kind, dossier, day, ticket, fee, copy, state, cause, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', ?) RETURNING id`, j.Kind, j.Dossier, day, j.Ticket, j.Fee, j.Copy, j.State, j.At.UnixNano()).Scan(&j.ID)
		if err != nil {
			return err
		}
		return c.notePrint(ctx, j, "print.queued")
	})
	if err != nil {
		return kiosk.PrintJob{}, err
	}
	return j, nil
}

// MovePrint records how far a job has come. A job that has ended stays as it
// ended, a Conflict otherwise; only unknown may still become something else,
// when a person has looked.
func (s *Store) MovePrint(ctx context.Context, id int64, state kiosk.PrintState, cause kiosk.Code) error {
	return s.write(ctx, "move print", func(c *change) error {
		j, err := one(ctx, c.tx, codePrint, scanPrint, "SELECT "+printColumns+" FROM print_job WHERE id = ?", id)
		if err != nil {
			return err
		}
		if j.State == state && j.Cause == cause {
			return nil
		}
		if printEnded(j.State) && j.State != kiosk.PrintUnknown {
			return kiosk.Fail(kiosk.Conflict, codePrintEnded, nil)
		}
		j.State, j.Cause = state, cause
		return c.savePrint(ctx, j)
	})
}

// SettlePrint records what a person saw of a job whose end the printer could
// not prove: printed, or failed with cause printer.not_on_paper. A job that is
// settled already is a Conflict.
func (s *Store) SettlePrint(ctx context.Context, id int64, onPaper bool, by kiosk.StaffID) error {
	return s.write(ctx, "settle print", func(c *change) error {
		j, err := one(ctx, c.tx, codePrint, scanPrint, "SELECT "+printColumns+" FROM print_job WHERE id = ?", id)
		if err != nil {
			return err
		}
		if !j.State.Unsettled() {
			return kiosk.Fail(kiosk.Conflict, codePrintEnded, nil)
		}
		was := j.State
		j.State, j.Cause = kiosk.PrintPrinted, ""
		if !onPaper {
			j.State, j.Cause = kiosk.PrintFailed, codeNotOnPaper
		}
		if err := c.must(ctx, "UPDATE print_job SET state = ?, cause = ? WHERE id = ?", j.State, j.Cause, j.ID); err != nil {
			return err
		}
		n := map[string]any{"job": j.ID, "kind": j.Kind, "was": was, "state": j.State}
		return c.note(ctx, kiosk.Event{Dossier: j.Dossier, Actor: string(by), Kind: "print.settled", Note: note(n)})
	})
}

// UnknownPrints counts the jobs of which it is not known whether they came out.
func (s *Store) UnknownPrints(ctx context.Context) (n int, err error) {
	err = s.db.R.QueryRowContext(ctx, "SELECT count(*) FROM print_job WHERE state = ?", kiosk.PrintUnknown).Scan(&n)
	return n, err
}

func printEnded(s kiosk.PrintState) bool {
	return s != kiosk.PrintQueued && s != kiosk.PrintSending && s != kiosk.PrintConfirming
}

func (c *change) savePrint(ctx context.Context, j kiosk.PrintJob) error {
	if err := c.must(ctx, "UPDATE print_job SET state = ?, cause = ? WHERE id = ?", j.State, j.Cause, j.ID); err != nil {
		return err
	}
	kind := kiosk.Code("print.moved")
	if printEnded(j.State) {
		kind = "print.ended"
	}
	return c.notePrint(ctx, j, kind)
}

func (c *change) notePrint(ctx context.Context, j kiosk.PrintJob, kind kiosk.Code) error {
	n := map[string]any{"job": j.ID, "kind": j.Kind, "state": j.State, "copy": j.Copy}
	if j.Ticket != 0 {
		n["ticket"] = j.Ticket
	}
	if j.Fee != "" {
		n["fee"] = j.Fee
	}
	if j.Cause != "" {
		n["cause"] = j.Cause
	}
	return c.note(ctx, kiosk.Event{Dossier: j.Dossier, Kind: kind, Note: note(n)})
}

// Prints lists the newest jobs first, at most n.
func (s *Store) Prints(ctx context.Context, n int) ([]kiosk.PrintJob, error) {
	return list(ctx, s.db.R, scanPrint, "SELECT "+printColumns+" FROM print_job ORDER BY id DESC LIMIT ?", n)
}
