package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/age"
)

// NewRecipient makes the key pair of somebody parcels are sealed for: a hybrid
// (ML-KEM-768 with X25519) age identity, which stays at the centre or in the
// safe, and the recipient, which every unit gets. Both are text.
func NewRecipient() (identity, recipient string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("new recipient: %w", err)
	}
	return id.String(), id.Recipient().String(), nil
}

// RecipientOf gives the recipient of an identity.
func RecipientOf(identity string) (string, error) {
	id, err := age.ParseHybridIdentity(identity)
	if err != nil {
		return "", errors.New("not a hybrid age identity") // age's own error would quote the secret
	}
	return id.Recipient().String(), nil
}

// RecipientKeyID names a recipient: "age:" and the first 16 hex digits of the
// SHA-256 of its text.
func RecipientKeyID(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return "age:" + hex.EncodeToString(sum[:8])
}

// RecipientKeyIDs names several, as an Envelope lists them.
func RecipientKeyIDs(recipients []string) []string {
	ids := make([]string, len(recipients))
	for i, r := range recipients {
		ids[i] = RecipientKeyID(r)
	}
	return ids
}

// CheckRecipients reports why no parcel could be sealed for these recipients.
func CheckRecipients(recipients []string) error {
	_, err := parseRecipients(recipients)
	return err
}

// parseRecipients reads hybrid recipients only: a classic one would make the
// parcel readable to whoever breaks X25519 in the decades it is kept.
func parseRecipients(texts []string) ([]age.Recipient, error) {
	if len(texts) < 1 || len(texts) > maxRecipients {
		return nil, fmt.Errorf("%d recipients, want 1 to %d", len(texts), maxRecipients)
	}
	out := make([]age.Recipient, len(texts))
	for i, t := range texts {
		r, err := age.ParseHybridRecipient(t)
		if err != nil {
			return nil, fmt.Errorf("recipient %d is not a hybrid age recipient", i+1)
		}
		out[i] = r
	}
	return out, nil
}

// opener is an identity that remembers whether it was the one that fitted.
type opener struct {
	*age.HybridIdentity
	fitted bool
}

func (o *opener) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	key, err := o.HybridIdentity.Unwrap(stanzas)
	o.fitted = err == nil
	return key, err
}

func parseIdentities(texts []string) ([]*opener, error) {
	if len(texts) == 0 {
		return nil, errors.New("no identities")
	}
	out := make([]*opener, len(texts))
	for i, t := range texts {
		id, err := age.ParseHybridIdentity(t)
		if err != nil {
			return nil, fmt.Errorf("identity %d is not a hybrid age identity", i+1)
		}
		out[i] = &opener{HybridIdentity: id}
	}
	return out, nil
}
