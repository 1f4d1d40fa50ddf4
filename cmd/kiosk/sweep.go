package main

import (
	"context"
	"fmt"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/store"
)

// countUnknownSlips keeps the board in step with the slips somebody has to look
// for.
func (u *unit) countUnknownSlips(ctx context.Context) {
	n, err := u.store.UnknownPrints(ctx)
	switch {
	case err != nil:
		u.Log.Error("slips not counted", "err", err)
	case n > 0:
		u.board.Raise("printer.unknown_slips", health.Warning, "n", n)
	default:
		u.board.Clear("printer.unknown_slips")
	}
}

// sweep settles at start what a power cut broke off: print jobs whose end
// nobody saw, temporary files, files no row names, rows whose file is gone.
func (u *unit) sweep(ctx context.Context) error {
	boot, err := u.store.BootSweep(ctx)
	if err != nil {
		return fmt.Errorf("boot sweep: %w", err)
	}
	u.countUnknownSlips(ctx)
	pages, err := u.store.PageNames(ctx)
	if err != nil {
		return fmt.Errorf("boot sweep: %w", err)
	}
	parcels, err := u.store.ParcelNames(ctx)
	if err != nil {
		return fmt.Errorf("boot sweep: %w", err)
	}
	swept, err := u.spool.Sweep(ctx, pages.Known, parcels.Known)
	if err != nil {
		return fmt.Errorf("boot sweep: %w", err)
	}
	damaged := 0
	for _, check := range []struct {
		names store.Names
		file  func(context.Context, kiosk.Digest) error
	}{{pages, u.spool.CheckPage}, {parcels, u.spool.CheckParcel}} {
		n, err := u.damaged(ctx, check.names, check.file)
		if err != nil {
			return fmt.Errorf("boot sweep: %w", err)
		}
		damaged += n
	}
	u.Log.Info("boot sweep", "swept", swept, "prints_unknown", len(boot.Unknown), "prints_failed", len(boot.Failed),
		"wiping", len(boot.Wiping), "damaged", damaged)
	return nil
}

// damaged marks the dossiers whose file is gone or is not what its name says;
// people are shown them, nothing is removed.
func (u *unit) damaged(ctx context.Context, names store.Names, check func(context.Context, kiosk.Digest) error) (n int, err error) {
	for name, id := range names.Needed {
		if check(ctx, name) == nil {
			continue
		}
		d, err := u.store.Dossier(ctx, id)
		if err != nil {
			return n, err
		}
		if d.State == kiosk.Damaged {
			continue
		}
		e := kiosk.Event{At: u.Now().UTC(), Dossier: id, Kind: "dossier.damaged", Actor: "unit"}
		if err := u.store.Move(ctx, id, d.State, kiosk.Damaged, e); err != nil {
			return n, err
		}
		u.board.Raise("dossier.damaged", health.Critical)
		n++
	}
	return n, nil
}

// lowSpace is the share of the disk below which people are told.
const lowSpace = 0.15

// watchSpace raises a Condition while the disk is getting full.
func (u *unit) watchSpace(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		free, share, err := u.spool.Free()
		switch {
		case err != nil:
			u.Log.Error("free space not known", "err", err)
		case share < lowSpace:
			u.board.Raise("spool.low_space", health.Warning, "gb", free>>30)
		default:
			u.board.Clear("spool.low_space")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// calendarNotice is how long before the known days off run out somebody is
// told to write the next ones.
const calendarNotice = 14 * 24 * time.Hour

// watchCalendar raises a Condition while the catalogue's days off are about to
// run out, or have.
func (u *unit) watchCalendar(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if last, ends := lastKnownDay(u.shelf.Current(), u.Now()); ends {
			u.board.Raise("calendar.ends", health.Warning, "day", last)
		} else {
			u.board.Clear("calendar.ends")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// lastKnownDay is the last day whose days off the catalogue knows, as people
// write it, and whether it is near or past.
func lastKnownDay(c *catalog.Catalog, now time.Time) (day string, ends bool) {
	last := c.Calendar.ValidThrough
	if t, err := time.Parse(time.DateOnly, last); err == nil {
		day = t.Format("02/01/2006")
	}
	return day, calendar.LocalDay(now.Add(calendarNotice)) > last
}
