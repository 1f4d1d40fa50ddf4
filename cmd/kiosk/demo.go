package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk"
	"servicepoint/kiosk/centre"
	"servicepoint/kiosk/intake"
	"servicepoint/provisioning"
)

// demo is a whole service point in a throw-away folder: a unit, a printer and
// a scanner at the far end of real ptys, and a centre on loopback. Everything
// in it is invented and marked so.
type demo struct {
	demoOptions
	dir      string // state of unit and centre
	printer  *virtual.Printer
	scanner  *virtual.Scanner
	centre   *centre.Centre
	network  *cuttable
	centreAt string // the centre's origin
	unit     *unit
	bookings []demoBooking
}

type demoOptions struct {
	Out     string // where slips are painted; empty: inside the throw-away folder
	Baud    int    // pace of the demo's lines, 0: unpaced
	Window  string // listen address of the window seat
	Desk    string // listen address of the desk seat
	Centre  string // listen address of the centre
	Accept  bool   // the centre accepts by itself
	Log     *slog.Logger
	Profile string
}

type demoBooking struct {
	kiosk.Booking
	Text string // what its QR says
}

// The demo's invented people. Their PINs are printed when it starts.
var demoStaff = []struct {
	kiosk.Staff
	PIN string
}{
	{kiosk.Staff{ID: "lan", Name: "Cô Lan (DEMO)", Role: kiosk.RoleClerk}, "2468"},
	{kiosk.Staff{ID: "minh", Name: "Anh Minh (DEMO)", Role: kiosk.RoleTechnician}, "1357"},
}

const demoOfficer, demoOfficerPassword = "demo", "dai-thanh-2026"

func newDemo(ctx context.Context, o demoOptions) (*demo, error) {
	dir, err := os.MkdirTemp("", "kiosk-demo-")
	if err != nil {
		return nil, err
	}
	d := &demo{demoOptions: o, dir: dir}
	if d.Out == "" {
		d.Out = dir
	}
	for _, step := range []func(context.Context) error{d.plugDevices, d.openCentre, d.openUnit, d.seed} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	return d, nil
}

func (d *demo) plugDevices(context.Context) (err error) {
	if err := os.MkdirAll(filepath.Join(d.dir, "dev"), 0o700); err != nil {
		return err
	}
	model, err := virtualModel(d.Profile)
	if err != nil {
		return err
	}
	d.printer, err = virtual.NewPrinter(virtual.PrinterConfig{Dir: d.slipsDir(), Profile: model, Baud: d.Baud, Link: filepath.Join(d.dir, "dev", "printer")})
	if err != nil {
		return err
	}
	d.scanner, err = virtual.NewScanner(virtual.ScannerConfig{Baud: d.Baud, Link: filepath.Join(d.dir, "dev", "scanner")})
	return err
}

func (d *demo) slipsDir() string { return filepath.Join(d.Out, "slips") }

// virtualModel finds the far end that behaves like a driver's profile.
func virtualModel(profile string) (virtual.PrinterProfile, error) {
	models := virtual.PrinterProfiles()
	i := slices.IndexFunc(models, func(m virtual.PrinterProfile) bool { return m.Name == profile })
	if i < 0 {
		return virtual.PrinterProfile{}, usageError{fmt.Errorf("no virtual printer behaves like profile %q", profile)}
	}
	return models[i], nil
}

func (d *demo) openCentre(ctx context.Context) error {
	k, err := newCentreKeys()
	if err != nil {
		return err
	}
	d.centre, err = centre.Open(ctx, centre.Config{
		Dir: filepath.Join(d.dir, "centre"), Receipt: k.receipt, Identities: []string{k.identity}, AutoAccept: d.Accept, Now: time.Now, Log: d.Log,
	})
	if err != nil {
		return err
	}
	if err := d.centre.AddAccount(ctx, demoOfficer, demoOfficerPassword, centre.RoleOfficer); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", d.Centre)
	if err != nil {
		return err
	}
	d.network = &cuttable{Listener: listener}
	d.centreAt = "http://" + listener.Addr().String()
	return d.enrol(ctx, k)
}

// enrol makes the unit's keys and configuration and tells the centre of it,
// as a technician would.
func (d *demo) enrol(ctx context.Context, k centreKeys) error {
	state := filepath.Join(d.dir, "unit")
	keys := filepath.Join(state, "credentials")
	identity, err := provisioning.CreateIdentity(keys)
	if err != nil {
		return err
	}
	config := demoConfig(d.Profile)
	config.Printer.Port, config.Scanner.Port = d.printer.Path(), d.scanner.Path()
	config.Window.Listen, config.Desk.Listen = d.Window, d.Desk
	config.Centre.URL, config.Centre.Recipients = d.centreAt, k.recipients
	config.Centre.ReceiptKeys = []string{base64.StdEncoding.EncodeToString(k.receipt.Public())}
	token, err := d.centre.AddUnit(ctx, config.Unit, identity.Signer.Public())
	if err != nil {
		return err
	}
	return errors.Join(provisioning.StoreToken(keys, token), config.Write(filepath.Join(state, "unit.yaml")))
}

func demoConfig(profile string) provisioning.Config {
	return provisioning.Config{
		Unit:    "DTH01-A",
		Point:   provisioning.PointConfig{Code: "DTH01", Name: "Điểm phục vụ Đại Thanh", Commune: "00664"},
		Printer: provisioning.PrinterConfig{Baud: 115200, Flow: "rtscts", Profile: profile},
		Scanner: provisioning.ScannerConfig{Baud: 115200, Line: "rs232"},
	}
}

func (d *demo) openUnit(ctx context.Context) error {
	state := filepath.Join(d.dir, "unit")
	config, err := provisioning.LoadConfig(filepath.Join(state, "unit.yaml"))
	if err != nil {
		return err
	}
	config.Centre.Hold = 0
	identity, err := provisioning.LoadIdentity(filepath.Join(state, "credentials"))
	if err != nil {
		return err
	}
	d.unit, err = assemble(ctx, options{
		Config: config, Identity: identity, State: state, HTTP: &http.Client{}, Demo: true, Log: d.Log, Now: time.Now,
		Dock: d.dock(), Gallery: newGallery(),
	})
	return err
}

// seed puts in what a working day would have brought: staff, and bookings of
// people who do not exist.
func (d *demo) seed(ctx context.Context) error {
	for _, s := range demoStaff {
		if err := d.unit.store.AddStaff(ctx, s.Staff, d.unit.vault.HashPIN(s.PIN)); err != nil {
			return err
		}
	}
	for _, wish := range []struct {
		class     kiosk.Class
		procedure kiosk.ProcedureID
	}{{kiosk.ClassBooked, "birth-registration"}, {kiosk.ClassElderly, "land-transfer"}, {kiosk.ClassBooked, "temporary-residence"}} {
		b, text, err := d.unit.counter.Book(ctx, intake.BookingRequest{Procedure: wish.procedure, Slot: time.Now(), Class: wish.class})
		if err != nil {
			return err
		}
		d.bookings = append(d.bookings, demoBooking{b, text})
	}
	return nil
}

// Run runs the whole point until ctx ends.
func (d *demo) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	server := &http.Server{Handler: d.centre.Handler(), ReadHeaderTimeout: 10 * time.Second}
	g.Go(func() error { return d.printer.Run(ctx) })
	g.Go(func() error { return d.scanner.Run(ctx) })
	g.Go(func() error { return d.centre.Run(ctx) })
	g.Go(func() error { return d.unit.Run(ctx) })
	g.Go(func() error {
		if err := server.Serve(d.network); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("centre: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Close removes the throw-away folder.
func (d *demo) Close() error {
	var err error
	if d.unit != nil {
		err = d.unit.Close()
	}
	if d.centre != nil {
		err = errors.Join(err, d.centre.Close())
	}
	return errors.Join(err, os.RemoveAll(d.dir))
}

// opener opens a line as the driver asks for it.
