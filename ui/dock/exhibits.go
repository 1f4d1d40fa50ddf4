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
			{Name: "printer", Faults: []button{{Fault: Fault{Device: "printer", Word: "paper_out", Undo: "paper_back"}, Standing: true}, {Fault: Fault{Device: "printer", Word: "cover_open", Undo: "cover_closed"}}, {Fault: Fault{Device: "printer", Word: "cutter_jam", Undo: "cutter_free"}}}},
			{Name: "scanner", Faults: []button{{Fault: Fault{Device: "scanner", Word: "truncate", Undo: ""}}, {Fault: Fault{Device: "scanner", Word: "unplug", Undo: "plug"}, Standing: true}}},
			{Name: "scanner.line", Folded: true, Faults: []button{{Fault: Fault{Device: "scanner", Word: "wrong_baud", Undo: "right_baud"}}, {Fault: Fault{Device: "scanner", Word: "replug"}}}},
			{Name: "network", Faults: []button{{Fault: Fault{Device: "network", Word: "cut", Undo: "mend"}, Standing: true}}},
		},
	}
	return []kit.Exhibit{{Name: "full", Screen: "dock", Page: full.page()}, {Name: "empty", Screen: "dock", Page: view{}.page()}}
}
