package intake

import (
	"context"
	"io"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
)

// The interfaces below are the world as intake needs it. package store keeps
// the rows, package spool the files, the drivers the devices; cmd/kiosk puts
// them in. Every store method is one transaction and writes its journal event
// in the same transaction.

// Tickets keeps today's line and the bookings.
type Tickets interface {
	// SaveBooking records a booking; the same ID again is a Conflict.
	SaveBooking(ctx context.Context, b kiosk.Booking) error
	// Booking finds one; NotFound otherwise.
	Booking(ctx context.Context, id kiosk.BookingID) (kiosk.Booking, error)
	// TakeTicket gives the next number of the day. With a booking it also
	// marks the booking used, in the same transaction: used twice is a
	// Conflict with code booking.used.
	TakeTicket(ctx context.Context, t kiosk.Ticket) (kiosk.Ticket, error)
	// Line lists the day's tickets that are waiting, called or serving, in
	// order of number.
	Line(ctx context.Context, day string) ([]kiosk.Ticket, error)
	// MoveTicket sets a ticket's state if it still stands in from.
	MoveTicket(ctx context.Context, t kiosk.Ticket, from kiosk.TicketState) error
}

// Dossiers keeps dossiers while they are made.
type Dossiers interface {
	// OpenDossier mints the local code from the point's counter for the day
	// (persisted before it is returned) and inserts the dossier in state
	// open with its wrapped draft key and encrypted draft.
	OpenDossier(ctx context.Context, d kiosk.Dossier, draftKey, draft []byte) (kiosk.Dossier, error)
	// Dossier finds one by id, DossierByCode by local code; NotFound otherwise.
	Dossier(ctx context.Context, id kiosk.DossierID) (kiosk.Dossier, error)
	DossierByCode(ctx context.Context, code kiosk.LocalCode) (kiosk.Dossier, error)
	// Unfinished lists the dossiers still being made or filed, oldest first.
	Unfinished(ctx context.Context) ([]kiosk.Dossier, error)
	// Move takes one step of kiosk.Steps; a dossier no longer in from is a
	// Conflict. e is journaled with it.
	Move(ctx context.Context, id kiosk.DossierID, from, to kiosk.State, e kiosk.Event) error
}

// Drafts keeps the encrypted part of a dossier.
type Drafts interface {
	// Draft gives the wrapped draft key and the encrypted draft; a dropped
	// key is NotFound with code draft.gone.
	Draft(ctx context.Context, id kiosk.DossierID) (wrappedKey, draft []byte, err error)
	// SaveDraft replaces the encrypted draft, whatever stands in it, and takes
	// the step from → to (which may be the same state) with its event. Whoever
	// saves what they have read sees to it that nobody saves in between.
	SaveDraft(ctx context.Context, id kiosk.DossierID, draft []byte, from, to kiosk.State, e kiosk.Event) error
}

// Pages keeps the rows of pages; the files lie in the Spool.
type Pages interface {
	// AddPage inserts the page at the end of its requirement's pages (or in
	// place of replaces, if not 0, which is marked replaced) and returns it
	// with ID and N set. The dossier must be editable; if it was reviewed or
	// consented it goes back to declared.
	AddPage(ctx context.Context, p kiosk.Page, replaces int64) (kiosk.Page, error)
	// Pages lists a dossier's current pages in order.
	Pages(ctx context.Context, id kiosk.DossierID) ([]kiosk.Page, error)
	// RejectPage takes a page out, with a reason; its row stays in the ledger.
	RejectPage(ctx context.Context, id kiosk.DossierID, page int64, reason kiosk.Code, by kiosk.StaffID) error
	// OverrideDefects records why a page's findings are accepted.
	OverrideDefects(ctx context.Context, id kiosk.DossierID, page int64, reason string, by kiosk.StaffID) error
}

// Handovers is the moment a dossier leaves the desk.
type Handovers interface {
	// UnitSeq gives the next number of the unit's own sequence of parcels,
	// persisted before it is returned. Gaps are fine, repeats are not.
	UnitSeq(ctx context.Context) (int64, error)
	// HandOver records the sealed parcel: state sealed, the outbox row, the
	// case record and the event, and drops the draft key, in one transaction.
	HandOver(ctx context.Context, p kiosk.Parcel, c SealedCase, e kiosk.Event) error
	// Prepared takes consented → prepared and files the case record; the
	// draft key stays until File.
	Prepared(ctx context.Context, id kiosk.DossierID, c SealedCase, e kiosk.Event) error
	// File records the official code: filing → accepted, draft key dropped.
	File(ctx context.Context, id kiosk.DossierID, code kiosk.OfficialCode, c SealedCase, e kiosk.Event) error
	// PagesToWipe lists the cipher names of page files no dossier needs any
	// more (sealed, accepted by assisted filing, or abandoned), PagesWiped
	// records that they are gone (and takes assisted and abandoned dossiers
	// to wiped once their last file is gone).
	PagesToWipe(ctx context.Context) (map[kiosk.DossierID][]kiosk.Digest, error)
	PagesWiped(ctx context.Context, id kiosk.DossierID) error
}

// SealedCase is a case record as the store sees it.
type SealedCase = kiosk.SealedCase

// Cases finds case records.
type Cases interface {
	// Case gives the sealed record of a dossier; NotFound otherwise.
	Case(ctx context.Context, id kiosk.DossierID) (SealedCase, error)
	// FindCases lists dossiers whose keyed columns equal one of the sums.
	FindCases(ctx context.Context, sum []byte) ([]kiosk.Dossier, error)
}

// Accounts keeps the staff and their lockouts.
type Accounts interface {
	// Staff lists who may sign in; StaffMember finds one with the stored PIN
	// verifier; NotFound otherwise.
	Staff(ctx context.Context) ([]kiosk.Staff, error)
	StaffMember(ctx context.Context, id kiosk.StaffID) (kiosk.Staff, []byte, error)
	// Lockout gives the failed attempts since the last success and until
	// when the account is locked (zero if it is not). The key is an account
	// or another thing with limited tries.
	Lockout(ctx context.Context, key string) (failed int, until time.Time, err error)
	// Tried records a success (failed = 0) or the new count and lock.
	Tried(ctx context.Context, key string, failed int, until time.Time) error
}

// Journal appends events that change nothing else, and lists them.
type Journal interface {
	Note(ctx context.Context, e kiosk.Event) error
	Events(ctx context.Context, id kiosk.DossierID) ([]kiosk.Event, error)
}

// Slips keeps print jobs as rows before the first byte goes out.
type Slips interface {
	// QueuePrint inserts a job in state queued and returns it with ID and
	// Copy set (Copy counts earlier jobs of the same kind and subject).
	QueuePrint(ctx context.Context, j kiosk.PrintJob) (kiosk.PrintJob, error)
	// MovePrint records how far a job has come.
	MovePrint(ctx context.Context, id int64, s kiosk.PrintState, cause kiosk.Code) error
	// SettlePrint records what a person saw of a job whose end the printer
	// could not prove; a job settled already is a Conflict.
	SettlePrint(ctx context.Context, id int64, onPaper bool, by kiosk.StaffID) error
	// Prints lists the newest jobs first, at most n.
	Prints(ctx context.Context, n int) ([]kiosk.PrintJob, error)
}

// FeeSlips keeps what is to be paid at the counter.
type FeeSlips interface {
	// MakeFeeSlip inserts a slip in state due under the next reference of its
	// dossier and returns it; a second slip of one fee is a Conflict with
	// code fee.exists unless the first is void.
	MakeFeeSlip(ctx context.Context, f kiosk.FeeSlip, e kiosk.Event) (kiosk.FeeSlip, error)
	// MoveFeeSlip takes one step of kiosk.FeeSteps; a slip no longer in from
	// is a Conflict. Only a confirmation brings a notice, and no notice
	// confirms two slips (Conflict, fee.notice_used).
	MoveFeeSlip(ctx context.Context, ref kiosk.FeeReference, from, to kiosk.FeeState, notice kiosk.BankNotice, e kiosk.Event) error
	// FeeSlips lists a dossier's slips, oldest first.
	FeeSlips(ctx context.Context, id kiosk.DossierID) ([]kiosk.FeeSlip, error)
}

// Spool keeps files by the digest of their bytes: written to a temporary
// name, synced, renamed, folder synced.
type Spool interface {
	PutPage(ctx context.Context, r io.Reader) (kiosk.Digest, int64, error)
	OpenPage(name kiosk.Digest) (io.ReadCloser, error)
	WipePage(name kiosk.Digest) error
	// PutParcel stores what write writes and returns its digest and size
	// after reading the file back and comparing.
	PutParcel(ctx context.Context, envelope func(kiosk.Digest, int64) ([]byte, error), write func(io.Writer) error) (kiosk.Parcel, error)
}

// Scanner takes the sheets that lie ready and hands over one after the other,
// as devices.Scanner does.
type Scanner interface {
	Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, progress devices.Progress) error
}

// Printer prints one slip and says what is known of it. PrintPlain takes lines
// of bare ASCII, for when a slip cannot be drawn.
type Printer interface {
	Print(ctx context.Context, s devices.Slip, watch devices.PrintProgress) (devices.PrintResult, error)
	PrintPlain(ctx context.Context, lines []string, watch devices.PrintProgress) (devices.PrintResult, error)
}
