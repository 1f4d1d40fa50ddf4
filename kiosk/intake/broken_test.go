package intake_test

import (
	"context"
	"errors"
	"io"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
)

var errDisk = errors.New("the disk does not answer")

// brokenSpool is a spool whose disk fails where an error is set.
type brokenSpool struct {
	intake.Spool
	put, parcel, wipe error
}

func (s *brokenSpool) PutPage(ctx context.Context, r io.Reader) (kiosk.Digest, int64, error) {
	if s.put != nil {
		return kiosk.Digest{}, 0, s.put
	}
	return s.Spool.PutPage(ctx, r)
}

func (s *brokenSpool) PutParcel(ctx context.Context, envelope func(kiosk.Digest, int64) ([]byte, error), write func(io.Writer) error) (kiosk.Parcel, error) {
	if s.parcel != nil {
		_ = write(io.Discard) // the disk fails after the last byte
		return kiosk.Parcel{}, s.parcel
	}
	return s.Spool.PutParcel(ctx, envelope, write)
}

func (s *brokenSpool) WipePage(name kiosk.Digest) error {
	if s.wipe != nil {
		return s.wipe
	}
	return s.Spool.WipePage(name)
}

type pageRows = intake.Pages // embedded as Pages it would hide the method of that name

// brokenPages is a store whose page rows cannot be written.
type brokenPages struct {
	pageRows
	fail error
}

func (s *brokenPages) AddPage(ctx context.Context, p kiosk.Page, replaces int64) (kiosk.Page, error) {
	if s.fail != nil {
		return kiosk.Page{}, s.fail
	}
	return s.pageRows.AddPage(ctx, p, replaces)
}

// brokenHandovers is a store that fails at the moment of the hand-over.
type brokenHandovers struct {
	intake.Handovers
	fail error
}

func (s *brokenHandovers) HandOver(ctx context.Context, p kiosk.Parcel, c intake.SealedCase, e kiosk.Event) error {
	if s.fail != nil {
		return s.fail
	}
	return s.Handovers.HandOver(ctx, p, c, e)
}

func (s *brokenHandovers) File(ctx context.Context, id kiosk.DossierID, code kiosk.OfficialCode, c intake.SealedCase, e kiosk.Event) error {
	if s.fail != nil {
		return s.fail
	}
	return s.Handovers.File(ctx, id, code, c, e)
}
