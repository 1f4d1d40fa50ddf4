package intake_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"servicepoint/kiosk"
)

// doorman compares PINs at once and counts how often it was asked.
type doorman struct{ asked atomic.Int32 }

func (d *doorman) CheckPIN(pin string, stored []byte) bool {
	d.asked.Add(1)
	return pin == string(stored)
}

func withDoor(t *testing.T) (*point, *doorman) {
	p := newPoint(t)
	must(t, p.store.AddStaff(t.Context(), kiosk.Staff{ID: clerk, Name: "Cô Lan", Role: kiosk.RoleClerk}, []byte("2468")))
	must(t, p.store.AddStaff(t.Context(), kiosk.Staff{ID: "minh", Name: "Anh Minh", Role: kiosk.RoleTechnician}, []byte("1357")))
	man := &doorman{}
	p.door.PIN = man
	return p, man
}

func (p *point) signIn(pin string) error {
	_, err := p.door.SignIn(p.t.Context(), clerk, pin)
	return err
}

func TestSignIn(t *testing.T) {
	p, _ := withDoor(t)
	who, err := p.door.SignIn(t.Context(), clerk, "2468")
	if err != nil || who.Name != "Cô Lan" || who.Role != kiosk.RoleClerk {
		t.Errorf("got %+v, %v", who, err)
	}
	wants(t, p.signIn("0000"), "staff.wrong_pin", kiosk.Forbidden)
	wants(t, p.signIn("1357"), "staff.wrong_pin")
	_, err = p.door.SignIn(t.Context(), "nobody", "2468")
	wants(t, err, "staff.unknown", kiosk.NotFound)
	if staff, err := p.door.Staff(t.Context()); err != nil || len(staff) != 2 {
		t.Errorf("%v, %v", staff, err)
	}
}

// The real verifier takes the right PIN and no other.
func TestSignInWithTheVault(t *testing.T) {
	p := newPoint(t)
	must(t, p.store.AddStaff(t.Context(), kiosk.Staff{ID: clerk, Name: "Cô Lan", Role: kiosk.RoleClerk}, p.vault.HashPIN("2468")))
	must(t, p.signIn("2468"))
	wants(t, p.signIn("2469"), "staff.wrong_pin")
}

// Five misses lock for 30 s, every further one for twice as long, up to a
// quarter of an hour; a locked door does not look at the PIN.
func TestLockoutTiming(t *testing.T) {
	p, man := withDoor(t)
	for range 5 {
		wants(t, p.signIn("0000"), "staff.wrong_pin")
	}
	for _, lock := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		asked := man.asked.Load()
		wants(t, p.signIn("2468"), "staff.locked", kiosk.Forbidden)
		p.clock.pass(lock - time.Millisecond)
		wants(t, p.signIn("2468"), "staff.locked")
		if man.asked.Load() != asked {
			t.Error("a locked door looked at the PIN")
		}
		p.clock.pass(time.Millisecond)
		wants(t, p.signIn("0000"), "staff.wrong_pin")
	}
	if _, err := p.door.SignIn(t.Context(), "minh", "1357"); err != nil {
		t.Errorf("a colleague is locked as well: %v", err)
	}
	p.clock.pass(15 * time.Minute)
	must(t, p.signIn("2468"))
	for range 4 {
		wants(t, p.signIn("0000"), "staff.wrong_pin")
	}
	must(t, p.signIn("2468")) // the right one has started the count anew
}

func TestLockoutSurvivesARestart(t *testing.T) {
	p, _ := withDoor(t)
	for range 5 {
		wants(t, p.signIn("0000"), "staff.wrong_pin")
	}
	must(t, p.store.Close())
	p.open()
	p.door.Accounts, p.door.Journal = p.store, p.store
	wants(t, p.signIn("2468"), "staff.locked")
}

// The try is written down before the PIN is looked at: pulling the plug while
// it is checked gives none back.
func TestTryIsCountedBeforeThePIN(t *testing.T) {
	p, man := withDoor(t)
	p.door.PIN = pinFunc(func() bool {
		failed, _, err := p.store.Lockout(t.Context(), "pin:lan")
		if err != nil || failed != 1 {
			t.Errorf("%d tries on record while the PIN is checked: %v", failed, err)
		}
		return man.CheckPIN("", nil)
	})
	must(t, p.signIn("whatever"))
}

type pinFunc func() bool

func (f pinFunc) CheckPIN(string, []byte) bool { return f() }

// Many tries at one instant are many tries.
func TestParallelTriesAreCountedOneByOne(t *testing.T) {
	p, man := withDoor(t)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() { _ = p.signIn("0000") })
	}
	all.Wait()
	if n := man.asked.Load(); n > 5 {
		t.Errorf("%d PINs were looked at before the lock", n)
	}
}

func TestWrongPINIsOnRecord(t *testing.T) {
	p, _ := withDoor(t)
	wants(t, p.signIn("0000"), "staff.wrong_pin")
	must(t, p.signIn("2468"))
	events, err := p.store.EventsSince(t.Context(), 0, 100)
	must(t, err)
	seen := map[kiosk.Code]string{}
	for _, e := range events {
		seen[e.Kind] = e.Actor
	}
	if seen["staff.wrong_pin"] != "lan" || seen["staff.signed_in"] != "lan" {
		t.Errorf("journal %v", seen)
	}
}
