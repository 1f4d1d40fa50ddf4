package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/viet"
)

// sealCase makes the case record of a dossier under its own key, with the
// keyed columns it can be found by.
func (d *Desk) sealCase(w Work, official kiosk.OfficialCode) (SealedCase, error) {
	key, wrapped, err := d.Vault.NewKey(seal.PurposeCase, w.ID)
	if err != nil {
		return SealedCase{}, fmt.Errorf("seal case record: %w", err)
	}
	who := w.Draft.Applicant
	plain, err := json.Marshal(kiosk.CaseRecord{
		Dossier: w.ID, LocalCode: w.LocalCode, Procedure: w.Procedure, Applicant: who, Official: official, OpenedAt: w.OpenedAt,
	})
	if err != nil {
		return SealedCase{}, fmt.Errorf("seal case record: %w", err)
	}
	body, err := key.Seal(plain)
	if err != nil {
		return SealedCase{}, fmt.Errorf("seal case record: %w", err)
	}
	return SealedCase{
		Key: wrapped, Body: body,
		Phone: d.findSum("phone", who.Phone), No: d.findSum("no", who.PersonalNo), Last4: d.findSum("last4", last4(who.PersonalNo)),
	}, nil
}

func (d *Desk) findSum(kind, value string) []byte {
	if value == "" {
		return nil
	}
	return d.Vault.FindSum(kind, value)
}

// Case opens a dossier's case record and journals that it was looked at.
func (d *Desk) Case(ctx context.Context, id kiosk.DossierID, staff kiosk.StaffID) (kiosk.CaseRecord, error) {
	sealed, err := d.Cases.Case(ctx, id)
	if err != nil {
		return kiosk.CaseRecord{}, err
	}
	key, err := d.Vault.OpenKey(seal.PurposeCase, id, sealed.Key)
	if err != nil {
		return kiosk.CaseRecord{}, err
	}
	plain, err := key.Open(sealed.Body)
	if err != nil {
		return kiosk.CaseRecord{}, kiosk.Fail(kiosk.Corrupt, "case.unreadable", err)
	}
	var record kiosk.CaseRecord
	if err := json.Unmarshal(plain, &record); err != nil {
		return kiosk.CaseRecord{}, kiosk.Fail(kiosk.Corrupt, "case.unreadable", err)
	}
	return record, d.Journal.Note(ctx, d.event(id, "case.viewed", staff))
}

// Find looks for dossiers by local code (typed or from our slip's QR), phone
// number, personal number or its last four digits. Tries that find nothing
// are limited for each person; too many are Forbidden with code find.locked.
func (d *Desk) Find(ctx context.Context, query string, staff kiosk.StaffID) ([]kiosk.Dossier, error) {
	query = strings.TrimSpace(query)
	if query == "" {
		return nil, kiosk.Fail(kiosk.Invalid, "find.empty", nil)
	}
	limit := "find:" + string(staff)
	if err := d.tries.once(ctx, d.Accounts, d.Now(), limit, "find.locked"); err != nil {
		return nil, err
	}
	found, err := d.find(ctx, query)
	if err != nil || len(found) == 0 {
		return found, err
	}
	return found, d.Accounts.Tried(ctx, limit, 0, noTime)
}

func (d *Desk) find(ctx context.Context, query string) ([]kiosk.Dossier, error) {
	code := strings.TrimPrefix(strings.ToUpper(query), "SP1.D.")
	if local, err := kiosk.ParseLocalCode(code); err == nil {
		dossier, err := d.Dossiers.DossierByCode(ctx, local)
		if kiosk.KindOf(err) == kiosk.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return []kiosk.Dossier{dossier}, nil
	}
	var found []kiosk.Dossier
	for kind, value := range findKeys(query) {
		more, err := d.Cases.FindCases(ctx, d.Vault.FindSum(kind, value))
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	slices.SortFunc(found, func(a, b kiosk.Dossier) int { return b.OpenedAt.Compare(a.OpenedAt) })
	return slices.CompactFunc(found, func(a, b kiosk.Dossier) bool { return a.ID == b.ID }), nil
}

// findKeys reads a query as whatever number it can be.
func findKeys(query string) map[string]string {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '.' || r == '-' {
			return -1
		}
		return r
	}, query)
	keys := map[string]string{}
	if phone, err := viet.ReadPhone(query); err == nil {
		keys["phone"] = phone.E164
	}
	switch len(digits) {
	case 12:
		keys["no"] = digits
	case 4:
		keys["last4"] = digits
	}
	return keys
}
