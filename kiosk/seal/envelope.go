package seal

import (
	"bytes"
	"encoding/json"
	"fmt"

	"servicepoint/kiosk"
)

// Envelope is the outer statement about a parcel. It stands in the clear, so
// it holds ids and sums only; by it the centre's outermost machine can refuse
// a stranger's bytes without any decryption key.
type Envelope struct {
	FormatVersion   int             `json:"format_version"`
	Unit            kiosk.UnitID    `json:"device_id"`
	KeyID           string          `json:"device_key_id"`
	Dossier         kiosk.DossierID `json:"dossier_id"`
	Revision        int             `json:"revision"`
	SHA256          kiosk.Digest    `json:"sealed_sha256"`
	Bytes           int64           `json:"sealed_size"`
	RecipientKeyIDs []string        `json:"recipient_key_ids"`
	UnitSeq         int64           `json:"device_seq"` // from the unit's database; orders parcels, the clock does not
}

// SignEnvelope signs an envelope; the format version and the key id are set
// here.
func SignEnvelope(e Envelope, s Signer) ([]byte, error) {
	e.FormatVersion, e.KeyID = FormatVersion, s.KeyID
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("sign envelope: %w", err)
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("sign envelope: %w", err)
	}
	return envelopeStatement.sign(payload, s)
}

// ReadEnvelope verifies an envelope. Its errors are Corrupt with one of the
// envelope.… codes, or parcel.unknown_version. Whether the signing key is this
// unit's is the caller's to know: pass the keys of the one unit that speaks.
func ReadEnvelope(b []byte, keys Keyring) (Envelope, error) {
	payload, keyID, err := envelopeStatement.verify(b, keys)
	if err != nil {
		return Envelope{}, err
	}
	var e Envelope
	if err := decodeOne(payload, &e); err != nil {
		return Envelope{}, corrupt(CodeEnvelopeMalformed, err)
	}
	if e.FormatVersion != FormatVersion {
		return Envelope{}, corrupt(CodeUnknownVersion, fmt.Errorf("format version %d", e.FormatVersion))
	}
	if e.KeyID != keyID {
		return Envelope{}, corrupt(CodeEnvelopeMalformed, fmt.Errorf("signed by %s, names another key", keyID))
	}
	if err := e.check(); err != nil {
		return Envelope{}, corrupt(CodeEnvelopeMalformed, err)
	}
	return e, nil
}

// Covers reports (as parcel.envelope_other) whether the envelope was made for
// the parcel the manifest was found in. The sealed bytes' sum is checked where
// the bytes are.
func (e Envelope) Covers(m Manifest) error {
	if e.Dossier != m.Dossier || e.Revision != m.Revision || e.Unit != m.Unit || e.UnitSeq != m.UnitSeq {
		return corrupt(CodeEnvelopeOther, nil)
	}
	return nil
}

func (e Envelope) check() error {
	switch {
	case !idPattern.MatchString(string(e.Dossier)):
		return fmt.Errorf("dossier id %q", e.Dossier)
	case !idPattern.MatchString(string(e.Unit)):
		return fmt.Errorf("unit id %q", e.Unit)
	case e.Revision < 1:
		return fmt.Errorf("revision %d", e.Revision)
	case e.SHA256.IsZero():
		return fmt.Errorf("no sum")
	case e.Bytes < 1 || e.Bytes > MaxSealed:
		return fmt.Errorf("%d sealed bytes", e.Bytes)
	case len(e.RecipientKeyIDs) < 1 || len(e.RecipientKeyIDs) > maxRecipients:
		return fmt.Errorf("%d recipients", len(e.RecipientKeyIDs))
	}
	return nil
}

// SignReceipt signs what the centre says about a parcel; the key id is set
// here.
func SignReceipt(r kiosk.Receipt, s Signer) ([]byte, error) {
	r.KeyID = s.KeyID
	if err := checkReceipt(r); err != nil {
		return nil, fmt.Errorf("sign receipt: %w", err)
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("sign receipt: %w", err)
	}
	return receiptStatement.sign(payload, s)
}

// ReadReceipt verifies a receipt and keeps the signed bytes in its Envelope.
// Its errors are Corrupt with one of the receipt.… codes. A verified receipt
// says that the centre spoke; whether it spoke of this unit's parcel is for the
// caller to compare, field by field.
func ReadReceipt(b []byte, keys Keyring) (kiosk.Receipt, error) {
	payload, keyID, err := receiptStatement.verify(b, keys)
	if err != nil {
		return kiosk.Receipt{}, err
	}
	var r kiosk.Receipt
	if err := decodeOne(payload, &r); err != nil {
		return kiosk.Receipt{}, corrupt(CodeReceiptMalformed, err)
	}
	if r.KeyID != keyID {
		return kiosk.Receipt{}, corrupt(CodeReceiptMalformed, fmt.Errorf("signed by %s, names another key", keyID))
	}
	if err := checkReceipt(r); err != nil {
		return kiosk.Receipt{}, corrupt(CodeReceiptMalformed, err)
	}
	r.Envelope = bytes.Clone(b)
	return r, nil
}

func checkReceipt(r kiosk.Receipt) error {
	switch {
	case r.No == "":
		return fmt.Errorf("no receipt number")
	case r.Level != kiosk.LevelStored && r.Level != kiosk.LevelAccepted && r.Level != kiosk.LevelReturned:
		return fmt.Errorf("level %q", r.Level)
	case r.Unit == "" || r.Dossier == "" || r.Revision < 1:
		return fmt.Errorf("no parcel named")
	case r.SHA256.IsZero() || r.Bytes < 1:
		return fmt.Errorf("no sum or size")
	case r.At.IsZero():
		return fmt.Errorf("no time")
	}
	return nil
}
