package intake

import (
	"context"
	"sync"
	"time"

	"servicepoint/kiosk"
)

// Door lets staff and technicians in by PIN, with a lockout that survives a
// restart.
type Door struct {
	Accounts Accounts
	Journal  Journal
	PIN      PINChecker
	Now      func() time.Time

	tries tries
}

// PINChecker compares a PIN with its stored verifier.
type PINChecker interface {
	CheckPIN(pin string, stored []byte) bool
}

// Five tries are free; then the account is locked for 30 s, doubling with
// every further miss up to 15 minutes.
const (
	freeTries  = 5
	firstLock  = 30 * time.Second
	longestLck = 15 * time.Minute
)

// Staff lists who may sign in.
func (d *Door) Staff(ctx context.Context) ([]kiosk.Staff, error) { return d.Accounts.Staff(ctx) }

// SignIn checks a PIN. A wrong one is Forbidden with code staff.wrong_pin, a
// locked account Forbidden with staff.locked. The try is written down before
// the PIN is looked at, so that pulling the plug gives no free tries.
func (d *Door) SignIn(ctx context.Context, id kiosk.StaffID, pin string) (kiosk.Staff, error) {
	who, stored, err := d.Accounts.StaffMember(ctx, id)
	if err != nil {
		return kiosk.Staff{}, err
	}
	key := "pin:" + string(id)
	if err := d.tries.once(ctx, d.Accounts, d.Now(), key, "staff.locked"); err != nil {
		return kiosk.Staff{}, err
	}
	if !d.PIN.CheckPIN(pin, stored) {
		_ = d.Journal.Note(ctx, kiosk.Event{Kind: "staff.wrong_pin", Actor: string(id), At: d.Now()})
		return kiosk.Staff{}, kiosk.Fail(kiosk.Forbidden, "staff.wrong_pin", nil)
	}
	if err := d.Accounts.Tried(ctx, key, 0, time.Time{}); err != nil {
		return kiosk.Staff{}, err
	}
	return who, d.Journal.Note(ctx, kiosk.Event{Kind: "staff.signed_in", Actor: string(id), At: d.Now()})
}

// tries counts tries one after another: two at the same instant are two.
type tries struct{ mu sync.Mutex }

// once counts one try against a key, or refuses while the key is locked.
func (t *tries) once(ctx context.Context, a Accounts, now time.Time, key string, locked kiosk.Code) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	failed, until, err := a.Lockout(ctx, key)
	if err != nil {
		return err
	}
	if now.Before(until) {
		return kiosk.Fail(kiosk.Forbidden, locked, nil)
	}
	failed++
	if failed < freeTries {
		return a.Tried(ctx, key, failed, time.Time{})
	}
	lock := firstLock << min(failed-freeTries, 10)
	return a.Tried(ctx, key, failed, now.Add(min(lock, longestLck)))
}
