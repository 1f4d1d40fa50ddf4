package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"syscall"

	"modernc.org/sqlite"

	"servicepoint/kiosk"
)

const (
	codeNewer   kiosk.Code = "store.newer_schema" // a newer program has written this file
	codeDamaged kiosk.Code = "store.damaged"      // the file is not what was written
	codeFull    kiosk.Code = "store.full"         // no room left on the disk
	codeBusy    kiosk.Code = "store.busy"         // somebody else held the lock for too long
	codeFailed  kiosk.Code = "store.failed"       // the disk reported an error or refused
	codeUnsafe  kiosk.Code = "store.unsafe"       // a setting durability stands on did not take
)

// Codes lists every code this package's errors carry.
func Codes() []kiosk.Code {
	return []kiosk.Code{codeNewer, codeDamaged, codeFull, codeBusy, codeFailed, codeUnsafe}
}

// The primary result codes that people are told about, by SQLite's numbers
// (sqlite.org/rescode.html); the extended code carries the primary one in its
// lowest byte.
const (
	resultPerm     = 3
	resultBusy     = 5
	resultLocked   = 6
	resultReadOnly = 8
	resultIOErr    = 10
	resultCorrupt  = 11
	resultFull     = 13
	resultCantOpen = 14
	resultNotADB   = 26
)

func damaged(err error) error { return kiosk.Fail(kiosk.Corrupt, codeDamaged, err) }

// Explain turns an error of SQLite or of the file system into a *kiosk.Error
// with one of Codes. Errors that already are one, sql.ErrNoRows, those of a
// context and broken constraints pass as they are.
func Explain(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*kiosk.Error](err); ok {
		return err
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return explainFile(err)
	}
	switch e.Code() & 0xff {
	case resultCorrupt, resultNotADB:
		return damaged(err)
	case resultFull:
		return kiosk.Fail(kiosk.Unavailable, codeFull, err)
	case resultBusy, resultLocked:
		return kiosk.Fail(kiosk.Busy, codeBusy, err)
	case resultPerm, resultReadOnly, resultIOErr, resultCantOpen:
		return kiosk.Fail(kiosk.Unavailable, codeFailed, err)
	}
	return err
}

func explainFile(err error) error {
	errno, ok := errors.AsType[syscall.Errno](err)
	switch {
	case !ok:
		return err
	case errno == syscall.ENOSPC || errno == syscall.EDQUOT:
		return kiosk.Fail(kiosk.Unavailable, codeFull, err)
	}
	return kiosk.Fail(kiosk.Unavailable, codeFailed, err)
}

// extended result codes of a broken UNIQUE or PRIMARY KEY constraint
const (
	resultPrimaryKey = 19 | 6<<8
	resultUnique     = 19 | 8<<8
)

// IsDuplicate reports whether err is SQLite's refusal of a second row with
// the same key.
func IsDuplicate(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == resultPrimaryKey || e.Code() == resultUnique)
}
