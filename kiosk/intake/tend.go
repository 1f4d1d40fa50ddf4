package intake

import (
	"context"
	"time"

	"servicepoint/kiosk"
)

// draftLife is how long an unfinished dossier lies untouched before it is
// abandoned and its pages are wiped.
const draftLife = 24 * time.Hour

// Run tends the desk until ctx ends: it finishes wipes that a power cut broke
// off and abandons drafts nobody came back for.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := d.tend(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("tending the desk", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (d *Desk) tend(ctx context.Context) error {
	unfinished, err := d.Dossiers.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, dossier := range unfinished {
		if d.Now().Sub(dossier.UpdatedAt) < draftLife {
			continue
		}
		e := kiosk.Event{At: d.Now().UTC(), Dossier: dossier.ID, Kind: "dossier.abandoned", Actor: "unit", Note: noteOf(map[string]any{"reason": "draft.idle"})}
		err := d.Dossiers.Move(ctx, dossier.ID, dossier.State, kiosk.Abandoned, e)
		if err != nil && kiosk.KindOf(err) != kiosk.Conflict { // somebody came back for it just now
			return err
		}
	}
	return d.WipePages(ctx)
}
