package intake

import (
	"sync"
	"time"

	"servicepoint/kiosk"
)

// Loan says who holds a device and since when.
type Loan struct {
	Device string // devices.PrinterDevice or devices.ScannerDevice
	Seat   string // "window" or "desk"
	Holder string // staff id or "resident"
	Since  time.Time
}

// Lending lends each device to one seat at a time. The zero value is ready.
type Lending struct {
	Now func() time.Time

	mu    sync.Mutex
	loans map[string]Loan
}

// Borrow takes the device until giveBack is called. If somebody else holds it,
// the error is Busy with code device.busy; Loans tells who.
func (l *Lending) Borrow(device, seat, holder string) (giveBack func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.loans[device]; taken {
		return nil, kiosk.Fail(kiosk.Busy, "device.busy", nil)
	}
	if l.loans == nil {
		l.loans = map[string]Loan{}
	}
	l.loans[device] = Loan{Device: device, Seat: seat, Holder: holder, Since: l.Now()}
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.loans, device)
	}), nil
}

// Loans lists what is lent right now.
func (l *Lending) Loans() []Loan {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Loan
	for _, loan := range l.loans {
		all = append(all, loan)
	}
	return all
}
