package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/health"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/slip"
	"servicepoint/kiosk/spool"
	"servicepoint/kiosk/store"
	"servicepoint/kiosk/uplink"
	"servicepoint/provisioning"
	"servicepoint/ui/dock"
	"servicepoint/ui/gallery"
)

// options is everything a unit is assembled from.
type options struct {
	Config   provisioning.Config
	Identity provisioning.Identity
	State    string           // folder of the database and the spool
	HTTP     *http.Client     // talks to the centre
	Demo     bool             // marks every screen and slip
	Dock     *dock.Dock       // the demo's faults, nil on a real unit
	Gallery  *gallery.Gallery // the demo's tour of the screens, nil on a real unit
	Log      *slog.Logger
	Now      func() time.Time
}

// unit is one assembled service: every part, and nothing running yet.
type unit struct {
	options
	lock    *os.File
	store   *store.Store
	spool   *spool.Spool
	vault   *seal.Vault
	shelf   *catalog.Shelf
	guides  guides // over the shelf
	board   *health.Board
	printer *printer.Printer
	scanner devices.Scanner
	reader  devices.Scanner // nil: the scanner reads the codes, if anything does
	press   *intake.Press
	counter *intake.Counter
	desk    *intake.Desk
	door    *intake.Door
	outbox  *outbox.Runner
	screens *screens
	changes changes
	codes   codes
}

// assemble builds a unit over its state folder. Close gives everything back.
func assemble(ctx context.Context, o options) (*unit, error) {
	u := &unit{options: o, board: &health.Board{Now: o.Now}}
	for _, step := range []func(context.Context) error{u.openState, u.openCatalog, u.fitDevices, u.fitDesk, u.fitOutbox, u.fitScreens} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, u.Close())
		}
	}
	return u, nil
}

func (u *unit) openState(ctx context.Context) (err error) {
	if u.lock, err = lockState(u.State); err != nil {
		return err
	}
	if u.vault, err = seal.NewVault(u.Identity.Credential); err != nil {
		return err
	}
	if u.spool, err = spool.Open(filepath.Join(u.State, "spool")); err != nil {
		return err
	}
	if u.store, err = store.Open(ctx, filepath.Join(u.State, "unit.db"), u.Now, u.Log); err != nil {
		return err
	}
	u.store.OnEvent = u.logEvent
	return u.sweep(ctx)
}

// logEvent says on the log that a durable step has been taken.
func (u *unit) logEvent(e kiosk.Event) {
	u.changes.notify()
	if e.Kind == "print.ended" || e.Kind == "print.settled" {
		u.countUnknownSlips(context.Background())
	}
	u.Log.Info("journal", "seq", e.Seq, "event", e.Kind, "dossier", e.Dossier, "actor", e.Actor)
}

func (u *unit) openCatalog(context.Context) (err error) {
	u.shelf = &catalog.Shelf{
		Dir: u.Config.Catalog, Kept: filepath.Join(u.State, "catalog.json"), Now: u.Now,
		OnBroken: u.catalogBroken, OnLoaded: func(*catalog.Catalog) { u.board.Clear("catalog.broken") },
	}
	u.shelf.Open()
	u.guides.catalog = u.shelf.Current
	return nil
}

func (u *unit) catalogBroken(err error) {
	u.board.Raise("catalog.broken", health.Warning, "where", err.Error())
	u.Log.Warn("catalogue not taken over, the old one stays", "err", err)
}

func (u *unit) fitDesk(context.Context) error {
	layout := slip.Layout{Width: u.printer.Profile.Width, Lang: phrases.VI, Demo: u.Demo}
	u.press = intake.NewPress(intake.Press{Slips: u.store, Printer: u.printer, Layout: layout, Log: u.Log, Now: u.Now})
	bookKeys, err := u.Config.BookingKeys()
	if err != nil {
		return fmt.Errorf("%w: %w", provisioning.ErrConfig, err)
	}
	own := u.Identity.Signer.Key
	u.counter = &intake.Counter{
		Tickets: u.store, Journal: u.store, Press: u.press, Catalog: u.shelf.Current,
		Point: u.Config.Point.Code, PointName: u.Config.Point.Name,
		BookKey: own, BookKeys: append(bookKeys, own.Public().(ed25519.PublicKey)), Now: u.Now,
		OnCall: func(seat string) { u.board.Raise("resident.calls", health.Warning, "seat", seat) },
	}
	u.door = &intake.Door{Accounts: u.store, Journal: u.store, PIN: u.vault, Now: u.Now}
	u.desk = &intake.Desk{
		Dossiers: u.store, Drafts: u.store, Pages: u.store, Handovers: u.store, Cases: u.store, Accounts: u.store, Journal: u.store,
		FeeSlips: u.store, Tickets: u.store, Spool: u.spool, Scanner: u.scanner, Press: u.press, Lending: &intake.Lending{Now: u.Now}, Vault: u.vault,
		Catalog: u.shelf.Current, Point: u.Config.Point.Code, PointName: u.Config.Point.Name, Hotline: u.Config.Hotline, Payee: u.Config.FeePayee(),
		Unit: u.Config.Unit, Signer: u.Identity.Signer, Recipients: u.Config.Centre.Recipients, AppVersion: version,
		Now: u.Now, Log: u.Log,
	}
	return nil
}

func (u *unit) fitOutbox(context.Context) error {
	keys, err := u.Config.ReceiptKeys()
	if err != nil {
		return fmt.Errorf("%w: %w", provisioning.ErrConfig, err)
	}
	carrier := &uplink.Client{Origin: u.Config.Centre.URL, Token: u.Identity.Token, Unit: u.Config.Unit, Receipts: keys, HTTP: u.HTTP}
	u.outbox = &outbox.Runner{Ledger: u.store, Answers: u.store, Files: parcels{u.spool}, Carrier: carrier, Hold: u.Config.Centre.Hold, Log: u.Log,
		OnChange: u.changes.notify, OnCondition: u.outboxCondition}
	u.desk.OnSealed = u.outbox.Poke
	return nil
}

// outboxCondition keeps the board in step with the way to the centre.
func (u *unit) outboxCondition(code kiosk.Code, stands bool) {
	if stands {
		u.board.Raise(code, health.Warning)
	} else {
		u.board.Clear(code)
	}
}

// parcels lends the spool's sealed files to the outbox.
type parcels struct{ *spool.Spool }

func (p parcels) OpenParcel(name kiosk.Digest) (outbox.File, error) { return p.Spool.OpenParcel(name) }

// Run serves until ctx ends or a part that may not fail has failed.
func (u *unit) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	parts := u.drivers()
	maps.Copy(parts, map[string]func(context.Context) error{
		"press": u.press.Run, "desk": u.desk.Run, "outbox": u.outbox.Run, "catalogue": u.shelf.Run, "screens": u.screens.Run,
		"codes": u.codes.Run, "space": u.watchSpace, "calendar": u.watchCalendar, "memory": giveMemoryBack,
	})
	for name, part := range parts {
		g.Go(func() error {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// Close gives the state folder back.
func (u *unit) Close() error {
	var err error
	if u.screens != nil {
		err = u.screens.Close()
	}
	if u.store != nil {
		err = errors.Join(err, u.store.Close())
	}
	if u.lock != nil {
		err = errors.Join(err, u.lock.Close())
	}
	return err
}

// randomToken gives 256 bits as hex.
func randomToken() string {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(rand.Reader, raw); err != nil {
		panic(err) // the kernel's random source does not fail
	}
	return hex.EncodeToString(raw)
}

// changes wakes whoever waits for something to have happened.
type changes struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait gives a channel that is closed at the next notify.
func (c *changes) wait() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch == nil {
		c.ch = make(chan struct{})
	}
	return c.ch
}

func (c *changes) notify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch != nil {
		close(c.ch)
		c.ch = nil
	}
}
