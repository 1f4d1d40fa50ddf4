package technician

import (
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// Exhibits are these screens for the gallery. All in them is invented.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "technician", Seat: kit.Desk, Files: files, Exhibits: exhibits}
}

func exhibits(tell kit.Tell, _ phrases.Lang) []kit.Exhibit {
	morning := time.Date(2026, 11, 23, 1, 4, 0, 0, time.UTC)
	facts := []Fact{
		{"technician.fact.unit", "DTH01-A"}, {"technician.fact.point", "DTH01"}, {"technician.fact.version", "v0.2.0-14-g1a2b3c4"},
		{"technician.fact.catalog", "2026-11-23"}, {"technician.fact.centre", "https://centre.example"},
	}
	well := view{
		Devices: []devices.Status{{Device: devices.PrinterDevice, Ready: true, Detail: "80 mm, /dev/printer"}, {Device: devices.ScannerDevice, Ready: true}},
		Outbox:  outbox.Status{Link: outbox.LinkUp, Since: morning}, FreeGB: 180, FreePct: 77, Facts: facts,
	}
	ill := well
	ill.Devices = []devices.Status{
		{Device: devices.PrinterDevice, Cause: devices.PaperOut, Warnings: []devices.Cause{devices.HeadHot}, Detail: "80 mm, /dev/printer, DLE EOT 4 = 72"},
		{Device: devices.ScannerDevice, Cause: devices.Offline, Detail: "open /dev/scanner: no such file or directory"},
	}
	ill.Loans = []intake.Loan{{Device: devices.ScannerDevice, Seat: string(kit.Desk), Holder: "lan", Since: morning}}
	ill.Outbox = outbox.Status{Link: outbox.LinkDown, Since: morning, Cause: "uplink.unreachable", Items: make([]outbox.ItemStatus, 12)}
	ill.FreeGB, ill.FreePct = 1, 2
	for i, state := range []kiosk.PrintState{
		kiosk.PrintQueued, kiosk.PrintSending, kiosk.PrintConfirming, kiosk.PrintPrinted, kiosk.PrintBody, kiosk.PrintProcessed, kiosk.PrintSent, kiosk.PrintUnknown,
	} {
		ill.Prints = append(ill.Prints, kiosk.PrintJob{Kind: []string{"ticket", "assist", "test"}[i%3], State: state, At: morning.Add(time.Duration(-i) * time.Minute)})
	}
	ill.Prints = append(ill.Prints, kiosk.PrintJob{Kind: "ticket", State: kiosk.PrintFailed, Cause: "printer.paper_out", At: morning})
	trouble := []kit.Notice{tell(kit.Bad, "printer.paper_out"), tell(kit.Bad, "scanner.offline"), tell(kit.Careful, "uplink.unreachable"), tell(kit.Careful, "catalog.broken", "where", "land.yaml, dòng 12")}
	for i := range trouble {
		trouble[i].Since = morning
	}
	as := func(name string, page kit.Page) kit.Exhibit {
		return kit.Exhibit{Name: name, Screen: "technician", Role: kit.Technician, Who: "Anh Minh", Page: page}
	}
	return []kit.Exhibit{as("well", well.page(nil)), as("ill", ill.page(trouble)), as("first-start", view{Outbox: outbox.Status{Link: outbox.LinkUnknown}}.page(nil))}
}
