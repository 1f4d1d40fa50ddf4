package seal

import "servicepoint/kiosk"

// What can be wrong with a parcel.
const (
	CodeNotAge         kiosk.Code = "parcel.not_age"         // no age file, or a header that does not parse
	CodeTruncated      kiosk.Code = "parcel.truncated"       // ends before its authentic last chunk
	CodeDamaged        kiosk.Code = "parcel.damaged"         // a chunk or the header fails authentication
	CodeWrongRecipient kiosk.Code = "parcel.wrong_recipient" // not for this centre, or passed on by somebody it was for
	CodeBadArchive     kiosk.Code = "parcel.bad_archive"     // not the plain tar the format asks for
	CodeBadManifest    kiosk.Code = "parcel.bad_manifest"    // the manifest does not parse or breaks a rule
	CodeUnknownVersion kiosk.Code = "parcel.unknown_version" // a format version this program does not know
	CodeWrongType      kiosk.Code = "parcel.wrong_type"      // a signature over another kind of statement
	CodeUnknownSigner  kiosk.Code = "parcel.unknown_signer"  // signed by a key that is not in the keyring
	CodeBadSignature   kiosk.Code = "parcel.bad_signature"   // the signature does not verify
	CodeBadHash        kiosk.Code = "parcel.bad_hash"        // a file's size or sum is not the listed one
	CodeUnlistedFile   kiosk.Code = "parcel.unlisted_file"   // a file the manifest does not list, or lists once
	CodeMissingFile    kiosk.Code = "parcel.missing_file"    // a listed file is not there
	CodeTooLarge       kiosk.Code = "parcel.too_large"       // over MaxPages, MaxBytes or another bound
	CodeBadName        kiosk.Code = "parcel.bad_name"        // a name outside the two folders
	CodeEnvelopeOther  kiosk.Code = "parcel.envelope_other"  // the outer envelope speaks of another parcel
)

// What can be wrong with an outer envelope, a receipt or a kept secret.
const (
	CodeEnvelopeMalformed kiosk.Code = "envelope.malformed"
	CodeEnvelopeType      kiosk.Code = "envelope.wrong_type"
	CodeEnvelopeSigner    kiosk.Code = "envelope.unknown_signer"
	CodeEnvelopeSignature kiosk.Code = "envelope.bad_signature"

	CodeReceiptMalformed kiosk.Code = "receipt.malformed"
	CodeReceiptType      kiosk.Code = "receipt.wrong_type"
	CodeReceiptSigner    kiosk.Code = "receipt.unknown_signer"
	CodeReceiptSignature kiosk.Code = "receipt.bad_signature"

	CodeKeyUnreadable kiosk.Code = "seal.key_unreadable" // a wrapped key that this unit's credential does not open
	CodeSealedDamaged kiosk.Code = "seal.damaged"        // a draft, page or case record that its key does not open
)

// Codes lists every code this package puts into an error.
func Codes() []kiosk.Code {
	return []kiosk.Code{
		CodeNotAge, CodeTruncated, CodeDamaged, CodeWrongRecipient, CodeBadArchive, CodeBadManifest,
		CodeUnknownVersion, CodeWrongType, CodeUnknownSigner, CodeBadSignature, CodeBadHash,
		CodeUnlistedFile, CodeMissingFile, CodeTooLarge, CodeBadName, CodeEnvelopeOther,
		CodeEnvelopeMalformed, CodeEnvelopeType, CodeEnvelopeSigner, CodeEnvelopeSignature,
		CodeReceiptMalformed, CodeReceiptType, CodeReceiptSigner, CodeReceiptSignature,
		CodeKeyUnreadable, CodeSealedDamaged,
	}
}

func corrupt(code kiosk.Code, err error) error { return kiosk.Fail(kiosk.Corrupt, code, err) }
