package store

import (
	"context"
	"fmt"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

const feeColumns = `reference, dossier, n, fee, label, amount, bin, account, payee, state, staff, made_at, moved_by, moved_at, notice`

func scanFee(r row) (kiosk.FeeSlip, error) {
	var f kiosk.FeeSlip
	err := r.Scan(&f.Reference, &f.Dossier, &f.N, &f.Fee, &f.Label, &f.Amount, &f.Payee.BIN, &f.Payee.Account, &f.Payee.Name,
		&f.State, &f.Staff, instant{&f.MadeAt}, &f.MovedBy, instant{&f.MovedAt}, &f.Notice)
	return f, err
}

// MakeFeeSlip inserts a slip in state due under the next reference of its
// dossier and returns it. A second slip of one fee is a Conflict with code
// fee.exists unless the first is void; one beyond kiosk.MaxFeeSlips is a
// Conflict with code fee.too_many.
func (s *Store) MakeFeeSlip(ctx context.Context, f kiosk.FeeSlip, e kiosk.Event) (kiosk.FeeSlip, error) {
	err := s.write(ctx, "make fee slip", func(c *change) error {
		d, err := newest(ctx, c.tx, f.Dossier)
		if err != nil {
			return err
		}
		if err := c.tx.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) + 1 FROM fee_slip WHERE dossier = ?", d.ID).Scan(&f.N); err != nil {
			return err
		}
		if f.Reference, err = kiosk.NewFeeReference(d.LocalCode, f.N); err != nil {
			return err
		}
		if f.MadeAt.IsZero() {
			f.MadeAt = c.at
		}
		f.MadeAt, f.State, f.MovedBy, f.Notice = f.MadeAt.UTC(), kiosk.FeeDue, "", ""
		err = c.must(ctx, `INSERT INTO fee_slip (reference, dossier, revision, n, fee, label, amount, bin, account, payee, state, staff, made_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.Reference, d.ID, d.Revision, f.N, f.Fee, f.Label, f.Amount,
			f.Payee.BIN, f.Payee.Account, f.Payee.Name, f.State, f.Staff, f.MadeAt.UnixNano())
		if sqlitedb.IsDuplicate(err) {
			return kiosk.Fail(kiosk.Conflict, codeFeeExists, err)
		}
		if err != nil {
			return err
		}
		return c.noteFee(ctx, f, line(e, f.Dossier, "fee.due"))
	})
	if err != nil {
		return kiosk.FeeSlip{}, err
	}
	return f, nil
}

// MoveFeeSlip takes one step of kiosk.FeeSteps; a slip no longer in from is a
// Conflict with code fee.moved_on. Only a confirmation brings a notice, and it
// has to: a notice that has confirmed another slip is a Conflict with code
// fee.notice_used.
func (s *Store) MoveFeeSlip(ctx context.Context, ref kiosk.FeeReference, from, to kiosk.FeeState, notice kiosk.BankNotice, e kiosk.Event) error {
	if (to == kiosk.FeeConfirmed) != (notice != "") {
		return fmt.Errorf("move fee slip: %s with the notice %t", to, notice != "")
	}
	return s.write(ctx, "move fee slip", func(c *change) error {
		f, err := one(ctx, c.tx, codeFee, scanFee, "SELECT "+feeColumns+" FROM fee_slip WHERE reference = ?", ref)
		if err != nil {
			return err
		}
		if f.State != from || !kiosk.CanStepFee(from, to) {
			return kiosk.Fail(kiosk.Conflict, codeFeeMoved, fmt.Errorf("%s to %s, the slip is %s", from, to, f.State))
		}
		if e.At.IsZero() {
			e.At = c.at
		}
		f.State, f.Notice = to, notice
		err = c.must(ctx, "UPDATE fee_slip SET state = ?, notice = ?, moved_by = ?, moved_at = ? WHERE reference = ? AND state = ?",
			to, notice, e.Actor, e.At.UnixNano(), ref, from)
		if sqlitedb.IsDuplicate(err) {
			return kiosk.Fail(kiosk.Conflict, codeNoticeUsed, err)
		}
		if err != nil {
			return err
		}
		return c.noteFee(ctx, f, line(e, f.Dossier, kiosk.Code("fee."+string(to))))
	})
}

// noteFee journals where a slip stands now.
func (c *change) noteFee(ctx context.Context, f kiosk.FeeSlip, e kiosk.Event) error {
	n := map[string]any{"reference": f.Reference, "amount": f.Amount, "fee": f.Fee}
	if f.Notice != "" {
		n["notice"] = f.Notice
	}
	e.Note = note(n)
	return c.note(ctx, e)
}

// FeeSlips lists a dossier's slips, oldest first.
func (s *Store) FeeSlips(ctx context.Context, id kiosk.DossierID) ([]kiosk.FeeSlip, error) {
	return list(ctx, s.db.R, scanFee, "SELECT "+feeColumns+" FROM fee_slip WHERE dossier = ? ORDER BY n", id)
}
