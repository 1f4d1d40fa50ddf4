package outbox

import "servicepoint/kiosk"

// Why an item waits, beside what the Carrier says of it.
const (
	// CodeUnreadable: the parcel's file cannot be opened or read.
	CodeUnreadable kiosk.Code = "outbox.parcel_unreadable"
	// CodeLedger: the ledger did not take a step.
	CodeLedger kiosk.Code = "outbox.ledger"
	// CodeLost: the centre took every byte and knows nothing of them now.
	CodeLost kiosk.Code = "outbox.lost_at_centre"
	// CodeNoReceipt: the centre says it has the parcel but gives no receipt.
	CodeNoReceipt kiosk.Code = "outbox.no_receipt"
	// CodeWipe: an accepted parcel's file could not be taken away.
	CodeWipe kiosk.Code = "outbox.wipe"
	// CodeInternal: an error that nothing here has a name for.
	CodeInternal kiosk.Code = "outbox.internal"
)

// ConditionStale: a parcel has waited for long, or needs a person to look at
// it. The other conditions are the Carrier's own codes for a link that is down
// or a unit that is refused.
const ConditionStale kiosk.Code = "outbox.stale"

// Codes lists every code this package can produce.
func Codes() []kiosk.Code {
	return []kiosk.Code{CodeUnreadable, CodeLedger, CodeLost, CodeNoReceipt, CodeWipe, CodeInternal, ConditionStale}
}
