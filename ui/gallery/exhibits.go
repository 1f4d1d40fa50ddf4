package gallery

import (
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// Exhibits are the gallery's own page for the gallery.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "gallery", Seat: kit.Desk, Files: files, Exhibits: exhibits}
}

func exhibits(kit.Tell, phrases.Lang) []kit.Exhibit {
	some := view{Rooms: []room{{Name: "gallery", Exhibits: []kit.Exhibit{{Name: "index", Screen: "gallery", Page: view{}.page()}, {Name: "empty", Screen: "gallery", Page: view{}.page()}}}}}
	return []kit.Exhibit{{Name: "index", Screen: "gallery", Page: some.page()}, {Name: "empty", Screen: "gallery", Page: view{}.page()}}
}
