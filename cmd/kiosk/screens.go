package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"

	"golang.org/x/sync/errgroup"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/report"
	"servicepoint/kiosk/slip"
	"servicepoint/ui"
	"servicepoint/ui/kit"
	"servicepoint/ui/resident"
	"servicepoint/ui/staff"
	"servicepoint/ui/technician"
)

// screens are the seats of a unit, each with its listener. The listeners are
// open before anything is announced, so that the first page never races.
type screens struct {
	seats []*seat
}

type seat struct {
	name     kit.Seat
	server   *ui.Server
	listener net.Listener
	token    string
}

// URL is where the seat is entered in this boot.
func (s *seat) URL() string {
	return "http://" + s.listener.Addr().String() + "/enter?t=" + s.token
}

func (u *unit) fitScreens(context.Context) error {
	u.screens = &screens{}
	if err := u.openSeat(kit.Window, u.Config.Window.Listen, "/"); err != nil {
		return err
	}
	if u.Config.Desk.Listen == "" {
		return nil
	}
	return u.openSeat(kit.Desk, u.Config.Desk.Listen, "/staff")
}

func (u *unit) openSeat(name kit.Seat, address, home string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("open the %s seat: %w", name, err)
	}
	s := &seat{name: name, listener: l, token: randomToken()}
	u.screens.seats = append(u.screens.seats, s)
	s.server, err = ui.New(ui.Config{
		Seat: name, Hosts: []string{l.Addr().String()}, Token: s.token, Point: u.Config.Point.Name, Home: home,
		Demo: u.Demo, Mounts: u.mounts(name), Now: u.Now, Log: u.Log,
	})
	return err
}

// mounts lists which pages a seat has. Residents sit at the window only.
func (u *unit) mounts(name kit.Seat) []ui.Mount {
	staffPages := &staff.Screens{
		Counter: u.counter, Desk: u.desk, Door: u.door, Board: u.board, Outbox: u.outbox, Printer: printerPanel{u.printer}, ClearScans: u.clearScans(), Guide: u.guides.current, Codes: u.codes.listen, Changes: u.changes.wait, Log: u.Log,
		PrintDeclaration: u.printDeclaration,
	}
	all := []ui.Mount{staffPages.Mount, u.technicianPages().Mount}
	if name == kit.Window {
		residentPages := &resident.Screens{Counter: u.counter, Point: u.Config.Point.Code, Catalog: u.shelf.Current, Guide: u.guides.current, Conditions: u.board.List, Scans: u.codes.listen}
		all = append(all, residentPages.Mount)
	}
	if u.Dock != nil {
		all = append(all, u.Dock.Mount)
	}
	if u.Gallery != nil {
		all = append(all, u.Gallery.Mount)
	}
	return all
}

// facts are what the technician reads of the unit as it stands.
func (u *unit) facts() []technician.Fact {
	c := u.shelf.Current()
	return []technician.Fact{
		{Label: "technician.fact.unit", Value: string(u.Config.Unit)}, {Label: "technician.fact.point", Value: string(u.Config.Point.Code)},
		{Label: "technician.fact.version", Value: version}, {Label: "technician.fact.catalog", Value: c.Head.Version},
		{Label: "technician.fact.catalog_checked", Value: cmp.Or(c.Head.CheckedBy, "–")}, {Label: "technician.fact.calendar", Value: c.Calendar.ValidThrough},
		{Label: "technician.fact.centre", Value: u.Config.Centre.URL},
	}
}

// printDeclaration writes the declaration of a dossier, as far as it has come,
// for the clerk to print.
func (u *unit) printDeclaration(to io.Writer, w intake.Work) error {
	return report.Declaration(to, report.DeclarationSheet{
		LocalCode: w.LocalCode, Point: u.Config.Point.Name, Procedure: w.Terms.Procedure.Name, Form: w.Terms.Form, Answers: w.Draft.Declaration.Answers, At: u.Now(),
	})
}

func (u *unit) technicianPages() *technician.Screens {
	return &technician.Screens{
		Board:   u.board,
		Devices: u.statuses,
		Loans:   u.desk.Lending.Loans, Prints: u.desk.Prints, Outbox: u.outbox.Status, Free: u.spool.Free,
		TestPrint: func(ctx context.Context) error {
			_, err := u.press.Start(ctx, kiosk.PrintJob{Kind: "test"}, nil, func(l slip.Layout) (devices.Slip, error) { return slip.Trial(u.Config.Point.Name, u.Now(), l) })
			return err
		},
		Facts: u.facts,
	}
}

// Run serves every seat until ctx ends.
func (s *screens) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, seat := range s.seats {
		g.Go(func() error { return seat.server.Serve(ctx, seat.listener) })
	}
	return g.Wait()
}

// Close gives the listeners back that Run never served.
func (s *screens) Close() error {
	for _, seat := range s.seats {
		seat.listener.Close()
	}
	return nil
}

// WindowURL and DeskURL are how the seats are entered in this boot; the desk's
// is empty when that seat is off.
func (s *screens) WindowURL() string { return s.url(kit.Window) }
func (s *screens) DeskURL() string   { return s.url(kit.Desk) }

func (s *screens) url(name kit.Seat) string {
	for _, seat := range s.seats {
		if seat.name == name {
			return seat.URL()
		}
	}
	return ""
}
