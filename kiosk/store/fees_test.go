package store_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
	"servicepoint/kiosk/store"
)

var payee = kiosk.Payee{BIN: "970405", Account: "1500201112223", Name: "UBND XA MAU"}

func (b *bench) newFeeSlip(id kiosk.DossierID, fee string) kiosk.FeeSlip {
	b.Helper()
	f, err := b.MakeFeeSlip(b.Context(), kiosk.FeeSlip{Dossier: id, Fee: fee, Label: "Lệ phí", Amount: 15000, Payee: payee, Staff: "s1"}, kiosk.Event{Actor: "s1"})
	b.ok(err)
	return f
}

func (b *bench) moveFee(f kiosk.FeeSlip, from, to kiosk.FeeState, notice kiosk.BankNotice) func() error {
	return func() error {
		return b.MoveFeeSlip(b.Context(), f.Reference, from, to, notice, kiosk.Event{Actor: "s2"})
	}
}

func (b *bench) feeState(f kiosk.FeeSlip) kiosk.FeeSlip {
	b.Helper()
	all, err := b.FeeSlips(b.Context(), f.Dossier)
	b.ok(err)
	return all[f.N-1]
}

func TestFeeSlip(t *testing.T) {
	b := newBench(t)
	d := b.newDossier("d1")
	f := b.newFeeSlip("d1", "late")
	if f.Reference != kiosk.FeeReference(d.LocalCode)+"-01" || f.N != 1 || f.State != kiosk.FeeDue || f.MadeAt.IsZero() {
		t.Errorf("made %+v", f)
	}
	b.reopen()
	if diff := cmp.Diff(f, b.feeState(f)); diff != "" {
		t.Errorf("read back (-returned +read):\n%s", diff)
	}
	if got := b.kinds(b.moveFee(f, kiosk.FeeDue, kiosk.FeeClaimed, "")); got != "fee.payment_claimed" {
		t.Errorf("a claim is journaled as %s", got)
	}
	if got := b.kinds(b.moveFee(f, kiosk.FeeClaimed, kiosk.FeeConfirmed, "FT26327123")); got != "fee.payment_confirmed" {
		t.Errorf("a confirmation is journaled as %s", got)
	}
	want := f
	want.State, want.Notice, want.MovedBy = kiosk.FeeConfirmed, "FT26327123", "s2"
	got := b.feeState(f)
	if want.MovedAt = got.MovedAt; got.MovedAt.IsZero() {
		t.Error("nobody knows when")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	events := b.journal()
	last := events[len(events)-1]
	var note map[string]any
	b.ok(json.Unmarshal(last.Note, &note))
	if diff := cmp.Diff(map[string]any{"reference": string(f.Reference), "amount": 15000.0, "fee": "late", "notice": "FT26327123"}, note); diff != "" || last.Actor != "s2" || last.Dossier != "d1" {
		t.Errorf("%+v %s", last, diff)
	}
	b.ok(b.CheckJournal(t.Context()))
}

// Invariant 7: every step that is not in the table is refused, and nothing but
// the bank's notice confirms.
func TestInvariant7_FeeStepsAreEnforced(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	ways := map[kiosk.FeeState][]kiosk.FeeState{kiosk.FeeDue: nil, kiosk.FeeClaimed: {kiosk.FeeClaimed}, kiosk.FeeConfirmed: {kiosk.FeeConfirmed}, kiosk.FeeVoid: {kiosk.FeeVoid}}
	notices := 0
	notice := func(to kiosk.FeeState) kiosk.BankNotice {
		if to != kiosk.FeeConfirmed {
			return ""
		}
		notices++
		return kiosk.BankNotice("N" + strings.Repeat("1", notices))
	}
	for from, way := range ways {
		for to := range ways {
			f := b.newFeeSlip("d1", string(from+"-"+to))
			at := kiosk.FeeDue
			for _, s := range way {
				b.ok(b.moveFee(f, at, s, notice(s))())
				at = s
			}
			if kiosk.CanStepFee(from, to) {
				b.ok(b.moveFee(f, from, to, notice(to))())
				continue
			}
			b.refused(kiosk.Conflict, "fee.moved_on", b.moveFee(f, from, to, notice(to)))
			if got := b.feeState(f).State; got != from {
				t.Errorf("a refused step from %s to %s left %s", from, to, got)
			}
		}
	}
	f := b.newFeeSlip("d1", "stale")
	b.ok(b.moveFee(f, kiosk.FeeDue, kiosk.FeeVoid, "")())
	b.refused(kiosk.Conflict, "fee.moved_on", b.moveFee(f, kiosk.FeeDue, kiosk.FeeClaimed, ""))
	g := b.newFeeSlip("d1", "bare")
	for to, n := range map[kiosk.FeeState]kiosk.BankNotice{kiosk.FeeConfirmed: "", kiosk.FeeClaimed: "FT26327999", kiosk.FeeVoid: "FT26327999"} {
		if err := b.moveFee(g, kiosk.FeeDue, to, n)(); err == nil {
			t.Errorf("%s with the notice %q", to, n)
		}
	}
	if err := b.raw("UPDATE fee_slip SET state = 'payment_confirmed' WHERE reference = ?", g.Reference); err == nil {
		t.Error("the database itself takes a confirmation without a notice")
	}
	b.refused(kiosk.NotFound, "fee.unknown", func() error {
		return b.MoveFeeSlip(t.Context(), "none", kiosk.FeeDue, kiosk.FeeVoid, "", kiosk.Event{})
	})
}

func TestFeesAreAskedForOnceAndMoneyCountsOnce(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	b.newDossier("d2")
	f := b.newFeeSlip("d1", "late")
	make := func(id kiosk.DossierID, fee string, amount int) func() error {
		return func() error {
			_, err := b.MakeFeeSlip(t.Context(), kiosk.FeeSlip{Dossier: id, Fee: fee, Amount: amount, Payee: payee, Staff: "s1"}, kiosk.Event{})
			return err
		}
	}
	b.refused(kiosk.Conflict, "fee.exists", make("d1", "late", 15000))
	b.refused(kiosk.NotFound, "dossier.unknown", make("none", "late", 15000))
	for _, wrong := range []func() error{make("d1", "free", 0), make("d1", "back", -1), make("d1", "", 1)} {
		if err := wrong(); err == nil {
			t.Error("a slip of nothing")
		}
	}
	b.ok(b.moveFee(f, kiosk.FeeDue, kiosk.FeeVoid, "")())
	again := b.newFeeSlip("d1", "late")
	if again.N != 2 || again.Reference == f.Reference {
		t.Errorf("after a void one comes %s", again.Reference)
	}
	b.ok(b.moveFee(again, kiosk.FeeDue, kiosk.FeeConfirmed, "FT26327123")())
	b.refused(kiosk.Conflict, "fee.exists", make("d1", "late", 15000))
	other := b.newFeeSlip("d2", "late")
	b.refused(kiosk.Conflict, "fee.notice_used", b.moveFee(other, kiosk.FeeDue, kiosk.FeeConfirmed, "FT26327123"))
	if got := b.feeState(other); got.State != kiosk.FeeDue || got.Notice != "" {
		t.Errorf("%+v", got)
	}
	if all, err := b.FeeSlips(t.Context(), "none"); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
	for _, query := range []string{
		"UPDATE fee_slip SET amount = 1", "UPDATE fee_slip SET account = '666'", "UPDATE fee_slip SET reference = 'x' WHERE n = 2", "DELETE FROM fee_slip",
	} {
		if b.raw(query) == nil {
			t.Errorf("%s: taken", query)
		}
	}
}

func TestFeeSlipsOfADossierEnd(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	b.newFeeSlip("d1", "late")
	b.ok(b.raw("INSERT INTO fee_slip SELECT NULL, 'last', dossier, revision, ?, 'other', label, amount, bin, account, payee, state, staff, made_at, '', NULL, '' FROM fee_slip", kiosk.MaxFeeSlips))
	b.refused(kiosk.Conflict, "fee.too_many", func() error {
		_, err := b.MakeFeeSlip(t.Context(), kiosk.FeeSlip{Dossier: "d1", Fee: "more", Amount: 1}, kiosk.Event{})
		return err
	})
}

// A slip or a step whose journal line cannot be written has not happened, also
// for a store that opens the file anew.
func TestFeesAreOneTransaction(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	f := b.newFeeSlip("d1", "late")
	b.ok(b.raw("CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind LIKE 'fee.%' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"))
	if err := b.moveFee(f, kiosk.FeeDue, kiosk.FeeClaimed, "")(); err == nil {
		t.Error("a step without its journal line")
	}
	if _, err := b.MakeFeeSlip(t.Context(), kiosk.FeeSlip{Dossier: "d1", Fee: "more", Amount: 1}, kiosk.Event{}); err == nil {
		t.Error("a slip without its journal line")
	}
	b.reopen()
	all, err := b.FeeSlips(t.Context(), "d1")
	if err != nil || len(all) != 1 || all[0].State != kiosk.FeeDue {
		t.Errorf("%+v %v", all, err)
	}
}

// Two clerks press at once: one step is taken, and the other hears of it.
func TestOneOfTwoStepsWins(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	f := b.newFeeSlip("d1", "late")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			to, notice := kiosk.FeeVoid, kiosk.BankNotice("")
			if i%2 == 0 {
				to, notice = kiosk.FeeConfirmed, "FT26327123"
			}
			errs[i] = b.moveFee(f, kiosk.FeeDue, to, notice)()
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if kiosk.CodeOf(err) != "fee.moved_on" {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d steps were taken", won)
	}
}

// Each slip of a dossier has its own first print.
func TestFeePrintsAreCountedBySlip(t *testing.T) {
	b := newBench(t)
	b.newDossier("d1")
	one, two := b.newFeeSlip("d1", "late"), b.newFeeSlip("d1", "other")
	var copies []int
	for _, ref := range []kiosk.FeeReference{one.Reference, two.Reference, one.Reference, ""} {
		j, err := b.QueuePrint(t.Context(), kiosk.PrintJob{Kind: "fee", Dossier: "d1", Fee: ref})
		b.ok(err)
		copies = append(copies, j.Copy)
	}
	if diff := cmp.Diff([]int{1, 1, 2, 1}, copies); diff != "" {
		t.Error(diff)
	}
	jobs, err := b.Prints(t.Context(), 2)
	if err != nil || jobs[1].Fee != one.Reference || jobs[1].Copy != 2 {
		t.Errorf("%+v %v", jobs, err)
	}
}

// A unit that was in use before there were fee slips goes on with its rows.
func TestFeeSlipsCameLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unit.db")
	text, err := os.ReadFile("migrations/0001_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	first := t.TempDir()
	if err := os.WriteFile(filepath.Join(first, "0001_init.sql"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := sqlitedb.Open(t.Context(), path, os.DirFS(first))
	if err != nil {
		t.Fatal(err)
	}
	_, err = old.W.ExecContext(t.Context(), "INSERT INTO print_job (kind, dossier, day, ticket, copy, state, cause, at) VALUES ('ticket', '', '2026-11-22', 7, 1, 'printed', '', 1)")
	if err := errors.Join(err, old.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if jobs, err := s.Prints(t.Context(), 9); err != nil || len(jobs) != 1 || jobs[0].Ticket != 7 || jobs[0].Fee != "" {
		t.Errorf("%+v %v", jobs, err)
	}
}
