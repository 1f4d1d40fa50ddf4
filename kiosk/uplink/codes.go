package uplink

import "servicepoint/kiosk"

// What can go wrong on the way, with the remedy it comes with.
const (
	CodeUnreachable kiosk.Code = "uplink.unreachable" // away: no network, no centre, or the line broke
	CodeCaptive     kiosk.Code = "uplink.captive"     // away: somebody else answered, such as a login page
	CodeUntrusted   kiosk.Code = "uplink.untrusted"   // away: the certificate does not hold
	CodeBusy        kiosk.Code = "uplink.busy"        // away or retry: the centre asks to wait
	CodeRefused     kiosk.Code = "uplink.refused"     // pause: the centre refuses this unit
	CodeInsecure    kiosk.Code = "uplink.insecure"    // pause: the configured origin is not https
	CodeUploadGone  kiosk.Code = "uplink.upload_gone" // restart: the upload is gone or spoilt
	CodeBadAnswer   kiosk.Code = "uplink.bad_answer"  // retry: the centre failed or broke the protocol
	CodeBadReceipt  kiosk.Code = "uplink.bad_receipt" // conflict: a receipt that must not be believed
	CodeLocalRead   kiosk.Code = "uplink.local_read"  // retry: the parcel's own bytes cannot be read
	CodeDamaged     kiosk.Code = "parcel.damaged"     // refused: the parcel's own bytes are not the sealed ones
	CodeRejected    kiosk.Code = "centre.refused"     // refused: the centre does not take this parcel
	CodeConflict    kiosk.Code = "centre.conflict"    // conflict: the centre holds other bytes under this key
)

// Codes lists every code this package puts into a Setback.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		CodeUnreachable, CodeCaptive, CodeUntrusted, CodeBusy, CodeRefused, CodeInsecure, CodeUploadGone,
		CodeBadAnswer, CodeBadReceipt, CodeLocalRead, CodeDamaged, CodeRejected, CodeConflict,
	}
}
