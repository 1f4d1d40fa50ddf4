package centre

import "servicepoint/kiosk"

// Reasons an officer chooses from when returning a dossier. They travel in the
// receipt, so the unit's staff read a sentence for each.
const (
	ReasonUnreadable  kiosk.Code = "centre.reason.unreadable"  // a page cannot be read
	ReasonMissing     kiosk.Code = "centre.reason.missing"     // a paper is missing
	ReasonWrongPaper  kiosk.Code = "centre.reason.wrong_paper" // a paper is not the one asked for
	ReasonDeclaration kiosk.Code = "centre.reason.declaration" // the declaration must be corrected
	ReasonElsewhere   kiosk.Code = "centre.reason.elsewhere"   // another authority is competent
	ReasonWithdrawn   kiosk.Code = "centre.reason.withdrawn"   // the applicant asked for it back
	ReasonBroken      kiosk.Code = "centre.reason.broken"      // the parcel cannot be opened (given by the machine)
	ReasonDangling    kiosk.Code = "centre.reason.dangling"    // it builds on a revision that is not here (by the machine)
)

// reasons lists what an officer may choose, in the order they are offered.
var reasons = []kiosk.Code{ReasonUnreadable, ReasonMissing, ReasonWrongPaper, ReasonDeclaration, ReasonElsewhere, ReasonWithdrawn}

// Errors of the centre's own commands.
const (
	CodeNoUnit        kiosk.Code = "centre.no_unit"        // no such unit is enrolled
	CodeKeyRevoked    kiosk.Code = "centre.key_revoked"    // a unit is to be enrolled with a key that was revoked
	CodeBadUnit       kiosk.Code = "centre.bad_unit"       // the unit's name or key cannot be used
	CodeBadAccount    kiosk.Code = "centre.bad_account"    // the account's name or role cannot be used
	CodeWeakPassword  kiosk.Code = "centre.weak_password"  // shorter than 8 characters
	CodeDecided       kiosk.Code = "centre.decided"        // somebody has decided already
	CodeNotOpened     kiosk.Code = "centre.not_opened"     // not opened and verified yet
	CodeNoDossier     kiosk.Code = "centre.no_dossier"     // nothing is stored under this key
	CodeBadReason     kiosk.Code = "centre.bad_reason"     // not one of the reasons
	CodeBadCredential kiosk.Code = "centre.bad_credential" // the credential file is not 32 bytes
)

// Codes lists every code this package can produce.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		ReasonUnreadable, ReasonMissing, ReasonWrongPaper, ReasonDeclaration, ReasonElsewhere, ReasonWithdrawn,
		ReasonBroken, ReasonDangling,
		CodeNoUnit, CodeKeyRevoked, CodeBadUnit, CodeBadAccount, CodeWeakPassword, CodeDecided, CodeNotOpened, CodeNoDossier,
		CodeBadReason, CodeBadCredential,
	}
}
