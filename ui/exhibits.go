package ui

import (
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// Exhibits are the server's own pages for the gallery.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "ui", Seat: kit.Window, Files: pageFiles, Exhibits: exhibits}
}

func exhibits(tell kit.Tell, _ phrases.Lang) []kit.Exhibit {
	failed := func(tone kit.Tone, code kiosk.Code, status int) kit.Page {
		n := tell(tone, code)
		n.Status, n.Incident = status, "7KQ2MP"
		return errorPage(n)
	}
	return []kit.Exhibit{
		{Name: "idle", Screen: "idle", Role: kit.Resident, Page: idlePage(30 * time.Second)},
		{Name: "end", Screen: "end", Page: endPage("/")},
		{Name: "error-not-found", Screen: "error", Page: failed(kit.Careful, "ui.not_found", 404)},
		{Name: "error-role", Screen: "error", Role: kit.Resident, Page: failed(kit.Careful, "ui.role", 403)},
		{Name: "error-printer", Screen: "error", Role: kit.Resident, Page: failed(kit.Careful, "printer.paper_out", 503)},
		{Name: "error-internal", Screen: "error", Role: kit.Resident, Page: failed(kit.Bad, "internal", 500)},
	}
}
