package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/sqlitedb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the unit's database. Its methods may be called from any goroutine.
type Store struct {
	// OnEvent, if set before the first use, is called for every journal line
	// right after its transaction is on the disk, in the goroutine that made
	// it. Two goroutines may report out of order; Seq tells the order. It may
	// be called while the next transaction runs and should not take long.
	OnEvent func(kiosk.Event)

	db     *sqlitedb.DB
	now    func() time.Time
	log    *slog.Logger
	traces atomic.Bool // the database's log may still hold a dropped key
}

// Open opens the database at path, making or migrating it as needed. now
// gives the time of journal lines that bring none. Errors are those of
// package sqlitedb.
func Open(ctx context.Context, path string, now func() time.Time, log *slog.Logger) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db, err := sqlitedb.Open(ctx, path, files)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{db: db, now: now, log: log}
	s.traces.Store(true) // the last run may have been cut off right after a drop
	log.Debug("store open")
	return s, nil
}

// Close ends the store; every connection is closed and the log folded back
// into the file.
func (s *Store) Close() error { return s.db.Close() }

// Backup writes a checked copy of the database to path.
func (s *Store) Backup(ctx context.Context, path string) error { return s.db.Backup(ctx, path) }

const (
	codeDossier    kiosk.Code = "dossier.unknown"
	codeMovedOn    kiosk.Code = "dossier.moved_on"
	codeExists     kiosk.Code = "dossier.exists"
	codeNoCodes    kiosk.Code = "code.exhausted" // 9999 dossiers were opened today
	codeDraftGone  kiosk.Code = "draft.gone"
	codePage       kiosk.Code = "page.unknown"
	codeParcel     kiosk.Code = "parcel.unknown"
	codeNotMarked  kiosk.Code = "parcel.not_marked" // its files may not go yet
	codeMismatch   kiosk.Code = "receipt.mismatch"  // a receipt for other bytes
	codeCase       kiosk.Code = "case.unknown"
	codeBooking    kiosk.Code = "booking.unknown"
	codeBooked     kiosk.Code = "booking.exists"
	codeUsed       kiosk.Code = "booking.used"
	codeTicket     kiosk.Code = "ticket.unknown"
	codeTicketGone kiosk.Code = "ticket.moved_on"
	codeStaff      kiosk.Code = "staff.unknown"
	codePrint      kiosk.Code = "print.unknown"
	codePrintEnded kiosk.Code = "print.ended"
	codeNotOnPaper kiosk.Code = "printer.not_on_paper"
	codeJournal    kiosk.Code = "journal.broken" // a line was changed or taken out
	codeCutOff     kiosk.Code = "print.interrupted"
	codeFee        kiosk.Code = "fee.unknown"
	codeFeeExists  kiosk.Code = "fee.exists" // this fee has a slip that is not void
	codeFeeMoved   kiosk.Code = "fee.moved_on"
	codeNoticeUsed kiosk.Code = "fee.notice_used" // the bank's notice has confirmed another slip
)

// Codes lists every code this package's errors and rows carry of its own;
// those of package sqlitedb come on top.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		codeDossier, codeMovedOn, codeExists, codeNoCodes, codeDraftGone, codePage, codeParcel, codeNotMarked,
		codeMismatch, codeCase, codeBooking, codeBooked, codeUsed, codeTicket, codeTicketGone, codeStaff,
		codePrint, codePrintEnded, codeNotOnPaper, codeJournal, codeCutOff, codeFee, codeFeeExists, codeFeeMoved, codeNoticeUsed,
	}
}

// change is one transaction under way with the journal lines it has written.
type change struct {
	tx      *sql.Tx
	at      time.Time
	events  []kiosk.Event
	dropped bool // a key was dropped
}

// write runs fn in one transaction and tells OnEvent of its journal lines
// once they are on the disk. Inside it, fn must read through tx only.
func (s *Store) write(ctx context.Context, step string, fn func(*change) error) error {
	c := &change{at: s.now().UTC()}
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		c.tx = tx
		return fn(c)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	if c.dropped {
		s.traces.Store(true)
	}
	s.fold(ctx)
	if s.OnEvent != nil {
		for _, e := range c.events {
			s.OnEvent(e)
		}
	}
	return nil
}

// fold empties the database's log after a key was dropped: a key that lies in
// the log is not dropped yet. If a query holds it, the next write tries again.
func (s *Store) fold(ctx context.Context) {
	if !s.traces.Swap(false) {
		return
	}
	done, err := s.db.Fold(context.WithoutCancel(ctx))
	if !done {
		s.traces.Store(true)
	}
	if err != nil {
		s.log.Warn("the database's log was not folded", "err", err)
	}
}

// exec runs one statement and tells how many rows it changed.
func (c *change) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := c.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// must runs one statement that has to change exactly one row.
func (c *change) must(ctx context.Context, query string, args ...any) error {
	n, err := c.exec(ctx, query, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows changed instead of 1", n)
	}
	return err
}

// queryer is what a transaction and the readers have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// list reads all rows of a query.
func list[T any](ctx context.Context, q queryer, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlitedb.Explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, sqlitedb.Explain(err)
		}
		all = append(all, v)
	}
	return all, sqlitedb.Explain(rows.Err())
}

// one reads the single row of a query; none is NotFound with code missing.
func one[T any](ctx context.Context, q queryer, missing kiosk.Code, scan func(row) (T, error), query string, args ...any) (T, error) {
	v, err := scan(q.QueryRowContext(ctx, query, args...))
	if isNone(err) {
		return v, kiosk.Fail(kiosk.NotFound, missing, nil)
	}
	return v, sqlitedb.Explain(err)
}
