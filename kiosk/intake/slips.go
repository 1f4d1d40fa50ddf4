package intake

import (
	"context"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/slip"
)

var noTime time.Time

// PrintAssist prints the resident's assist slip. It says what is true of the
// dossier at this second, so it waits until the dossier is sealed or prepared:
// before that nothing may be promised on paper.
func (d *Desk) PrintAssist(ctx context.Context, id kiosk.DossierID) (*Printing, error) {
	w, _, err := d.open(ctx, id)
	if err != nil {
		return nil, err
	}
	if w.Way == "" || w.State == kiosk.Abandoned {
		return nil, kiosk.Fail(kiosk.Conflict, "slip.too_early", nil)
	}
	info := d.assistInfo(w)
	if info.State, err = d.reached(ctx, w); err != nil {
		return nil, err
	}
	return d.Press.Start(ctx, kiosk.PrintJob{Kind: "assist", Dossier: id}, d.emergency(w), func(l slip.Layout) (devices.Slip, error) {
		return slip.Assist(info, l)
	})
}

// emergency is what a resident needs when the slip cannot be drawn.
func (d *Desk) emergency(w Work) *slip.EmergencyInfo {
	return &slip.EmergencyInfo{PointCode: d.Point, LocalCode: w.LocalCode, At: w.OpenedAt, Hotline: d.Hotline}
}

// reached is the state a slip may speak of: a dossier that was wiped after its
// acceptance stays an accepted one, which its journal remembers.
func (d *Desk) reached(ctx context.Context, w Work) (kiosk.State, error) {
	if w.State != kiosk.Wiped {
		return w.State, nil
	}
	events, err := d.Journal.Events(ctx, w.ID)
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Kind == "parcel.accepted" || e.Kind == "dossier.accepted" {
			return kiosk.Accepted, nil
		}
	}
	return w.State, nil
}

func (d *Desk) assistInfo(w Work) slip.AssistInfo {
	info := slip.AssistInfo{
		LocalCode: w.LocalCode, Procedure: w.Terms.Procedure.Name, Point: d.PointName, State: w.State, Way: w.Way,
		Official: w.Official, OpenedAt: w.OpenedAt, Hotline: d.Hotline,
	}
	for _, doc := range w.Terms.Procedure.Documents {
		pages := w.PagesOf(doc.ID)
		if doc.Role == catalog.RoleSubmit && len(pages) > 0 {
			info.Papers = append(info.Papers, slip.Paper{Name: doc.Name, Pages: len(pages), Taken: true})
		}
	}
	return info
}

// SettleSlip records that a clerk has looked: the slip lies on the paper, or it
// does not and may be printed again.
func (d *Desk) SettleSlip(ctx context.Context, job int64, onPaper bool, by kiosk.StaffID) error {
	return d.Press.Slips.SettlePrint(ctx, job, onPaper, by)
}

// Prints lists the newest print jobs.
func (d *Desk) Prints(ctx context.Context, n int) ([]kiosk.PrintJob, error) {
	return d.Press.Slips.Prints(ctx, n)
}
