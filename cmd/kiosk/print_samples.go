package main

import (
	"fmt"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/slip"
)

const (
	samplePoint     = "Điểm phục vụ Đại Thanh"
	sampleProcedure = "Đăng ký khai sinh"
)

// sampleSlip is a slip as the point prints it, for a dossier that never was.
func sampleSlip(kind string, width int) (devices.Slip, error) {
	layout := slip.Layout{Width: slip.Wide, Lang: phrases.VI, Demo: true}
	if width < slip.Wide {
		layout.Width = slip.Narrow
	}
	at := time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC)
	switch kind {
	case "ticket":
		return slip.Ticket(slip.TicketInfo{
			PointCode: "DTH01", Point: samplePoint, No: 42, Procedure: sampleProcedure, Ahead: 3, At: at,
			Class: slip.ClassName(layout.Lang, "elderly"),
		}, layout)
	case "assist":
		return slip.Assist(sampleAssist(at), layout)
	}
	return devices.Slip{}, usageError{fmt.Errorf("--sample %q must be assist or ticket", kind)}
}

func sampleAssist(at time.Time) slip.AssistInfo {
	return slip.AssistInfo{
		LocalCode: "DTH01-261123-0042-V", Procedure: sampleProcedure, Point: samplePoint, State: kiosk.Sealed, Way: kiosk.ByCentre,
		OpenedAt: at, Hotline: "1022", ReturnedOriginals: true,
		Papers: []slip.Paper{
			{Name: "Giấy chứng sinh", Pages: 1, Taken: true, Returned: true},
			{Name: "Giấy chứng nhận kết hôn", Pages: 2, Taken: true, Returned: true},
		},
	}
}
