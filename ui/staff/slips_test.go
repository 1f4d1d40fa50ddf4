package staff_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/health"
	"servicepoint/ui/kit"
	"servicepoint/ui/staff"
)

// A slip that the printer could not prove is settled by who looks at the paper,
// once, and the journal knows who it was.
func TestAClerkSettlesWhatThePrinterCouldNotProve(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.wants(p.Get("/staff/slips"), "/staff/slips", "Chưa in phiếu nào")
	var jobs []kiosk.PrintJob
	for i, state := range []kiosk.PrintState{kiosk.PrintUnknown, kiosk.PrintSent, kiosk.PrintPrinted} {
		j, err := p.store.QueuePrint(t.Context(), kiosk.PrintJob{Kind: "ticket", Ticket: 41 + i, At: p.at})
		must(t, err)
		must(t, p.store.MovePrint(t.Context(), j.ID, state, ""))
		jobs = append(jobs, j)
	}
	p.wants(p.Get("/staff/slips"), "/staff/slips", "Không rõ đã in hay chưa", "Có phiếu", "Không có")
	settle := func(i int, seen string) string {
		return p.Post(fmt.Sprintf("/staff/slips/%d", jobs[i].ID), url.Values{"seen": {seen}}).Body
	}
	if body := settle(0, "yes"); !strings.Contains(body, "Đã ghi: phiếu có trên giấy") {
		t.Error("the clerk is not told")
	}
	settle(1, "no")
	if body := settle(2, "no"); !strings.Contains(body, "Lượt in này đã kết thúc") {
		t.Error("a proven print was taken back")
	}
	now, err := p.store.Prints(t.Context(), 3)
	must(t, err)
	want := []kiosk.PrintState{kiosk.PrintPrinted, kiosk.PrintFailed, kiosk.PrintPrinted} // newest first
	for i, j := range now {
		if j.State != want[i] {
			t.Errorf("ticket %d is %s, want %s", j.Ticket, j.State, want[i])
		}
	}
	events, err := p.store.EventsSince(t.Context(), 0, 100)
	must(t, err)
	settled := slices.DeleteFunc(events, func(e kiosk.Event) bool { return e.Kind != "print.settled" })
	if len(settled) != 2 || settled[0].Actor != "lan" {
		t.Errorf("journaled %+v", settled)
	}
	if page := p.Post("/staff/slips/1", url.Values{"seen": {"perhaps"}}); page.Status != 404 {
		t.Errorf("status %d for no answer", page.Status)
	}
}

// The clerk frees the printer without a technician, and is told what still
// stands.
func TestAClerkHelpsThePrinter(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	p.panel.status = devices.Status{Device: devices.PrinterDevice, Cause: devices.Cutter}
	if page := p.wants(p.Get("/staff/slips"), "/staff/slips", "Dao cắt giấy bị kẹt", "Đã xử lý xong, in tiếp"); strings.Contains(page.Body, "Bỏ phiếu đang dở") {
		t.Error("there is no slip to throw away")
	}
	j, err := p.store.QueuePrint(t.Context(), kiosk.PrintJob{Kind: "ticket", Ticket: 41, At: p.at})
	must(t, err)
	must(t, p.store.MovePrint(t.Context(), j.ID, kiosk.PrintSending, ""))
	p.wants(p.Get("/staff/slips"), "/staff/slips", "Bỏ phiếu đang dở")
	p.panel.err = &devices.Fault{Device: devices.PrinterDevice, Cause: devices.Cutter}
	p.wants(p.Post("/staff/slips/printer", url.Values{"do": {"resume"}}), "/staff/slips", "Dao cắt giấy bị kẹt")
	p.panel.err, p.panel.status = nil, devices.Status{Device: devices.PrinterDevice, Ready: true}
	p.wants(p.Post("/staff/slips/printer", url.Values{"do": {"discard"}}), "/staff/slips", "Máy in đã nhận lệnh", "Máy in sẵn sàng")
	if !slices.Equal(p.panel.asked, []string{"resume", "discard"}) {
		t.Errorf("asked %v", p.panel.asked)
	}
}

// What an earlier turn left where scans arrive goes when a clerk says so, and
// not while sheets of this turn arrive.
func TestAClerkClearsOldScans(t *testing.T) {
	p := newPoint(t, kit.Desk)
	p.signIn("lan")
	if page := p.Post("/staff/slips/scans", nil); page.Status != 404 {
		t.Errorf("status %d where scans arrive in no folder", page.Status)
	}
	p = newPoint(t, kit.Desk, func(s *staff.Screens) {
		s.ClearScans = func(context.Context) (int, error) { return 3, nil }
	})
	p.signIn("lan")
	p.board.Raise("scanner.leftover", health.Warning)
	p.wants(p.Get("/staff/slips"), "/staff/slips", "Thư mục quét còn ảnh của lượt trước", "Xóa ảnh cũ")
	p.wants(p.Post("/staff/slips/scans", nil), "/staff/slips", "Đã xóa 3 ảnh cũ")
	giveBack, err := p.screens.Desk.Lending.Borrow(devices.ScannerDevice, "window", "quang")
	must(t, err)
	defer giveBack()
	p.wants(p.Post("/staff/slips/scans", nil), "/staff/slips", "quang")
}
