package dock

import (
	"servicepoint/kiosk/phrases"
	"servicepoint/ui/kit"
)

// Exhibits are this screen for the gallery.
func Exhibits() kit.Collection {
	return kit.Collection{Name: "dock", Seat: kit.Desk, Files: files, Exhibits: exhibits}
}

func exhibits(kit.Tell, phrases.Lang) []kit.Exhibit {
	full := view{
		Sheets: []int{1, 2, 3, 4}, Waiting: 2,
		Bookings: []Booking{{Code: "A2B3C4D5E6", Procedure: "Làm giấy khai sinh cho con"}, {Code: "F7G8H9J2K3", Procedure: "Sang tên sổ đỏ, sổ hồng khi mua bán, tặng cho, thừa kế nhà đất"}},
		Slips:    []picture{{Name: "0001.png", Address: kit.Specimen}, {Name: "0002.png", Address: kit.Specimen}},
		Groups: []group{
			{Device: "printer", Faults: []button{{Fault{"printer", "paper_out", "paper_back"}, true}, {Fault: Fault{"printer", "cover_open", "cover_closed"}}, {Fault: Fault{"printer", "cutter_jam", "cutter_free"}}}},
			{Device: "scanner", Faults: []button{{Fault: Fault{"scanner", "truncate", ""}}, {Fault{"scanner", "unplug", "plug"}, true}}},
			{Device: "network", Faults: []button{{Fault{"network", "cut", "mend"}, true}}},
		},
	}
	return []kit.Exhibit{{Name: "full", Screen: "dock", Page: full.page()}, {Name: "empty", Screen: "dock", Page: view{}.page()}}
}
