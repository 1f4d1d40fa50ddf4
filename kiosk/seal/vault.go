package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"filippo.io/age"

	"servicepoint/kiosk"
)

// The purposes of a wrapped key.
const (
	PurposeDraft = "draft" // pages and answers while a dossier is made
	PurposeCase  = "case"  // the case record that outlives the seal
)

// wrapVersion is the first byte of every wrapped key.
const wrapVersion = 1

// Vault turns the unit's one credential into the keys that protect what is
// stored on it. It is safe for use by many goroutines.
type Vault struct {
	wrap cipher.AEAD // wraps the keys of dossiers
	find []byte      // keys the sums that dossiers are found by
	pin  []byte      // keys the PINs before they are hashed
}

// NewVault derives the keys from the unit's credential, which is 32 random
// bytes that never leave the unit. Losing it makes every draft and case record
// on the unit unreadable; sealed parcels do not depend on it.
func NewVault(credential []byte) (*Vault, error) {
	if len(credential) != 32 {
		return nil, fmt.Errorf("vault: the credential has %d bytes, want 32", len(credential))
	}
	var keys [3][]byte
	for i, use := range []string{"wrap", "find", "pin"} {
		key, err := hkdf.Key(sha256.New, credential, nil, "servicepoint/vault/v1/"+use, 32)
		if err != nil {
			return nil, fmt.Errorf("vault: derive %s key: %w", use, err)
		}
		keys[i] = key
	}
	block, err := aes.NewCipher(keys[0])
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	wrap, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Vault{wrap: wrap, find: keys[1], pin: keys[2]}, nil
}

// NewKey makes a fresh key for one purpose of one dossier and the wrapped form
// that may be stored. Forgetting the wrapped form is how its data are wiped.
func (v *Vault) NewKey(purpose string, id kiosk.DossierID) (*Key, []byte, error) {
	aad, err := wrapAAD(purpose, id)
	if err != nil {
		return nil, nil, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, fmt.Errorf("new key: %w", err)
	}
	wrapped := v.wrap.Seal([]byte{wrapVersion}, nil, []byte(identity.String()), aad)
	return &Key{identity: identity}, wrapped, nil
}

// OpenKey opens a wrapped key. A key that was wrapped by another unit, for
// another purpose or for another dossier is Corrupt: seal.key_unreadable.
func (v *Vault) OpenKey(purpose string, id kiosk.DossierID, wrapped []byte) (*Key, error) {
	aad, err := wrapAAD(purpose, id)
	if err != nil {
		return nil, err
	}
	if len(wrapped) == 0 || wrapped[0] != wrapVersion {
		return nil, corrupt(CodeKeyUnreadable, errors.New("unknown wrapping"))
	}
	plain, err := v.wrap.Open(nil, nil, wrapped[1:], aad)
	if err != nil {
		return nil, corrupt(CodeKeyUnreadable, err)
	}
	identity, err := age.ParseX25519Identity(string(plain))
	if err != nil {
		return nil, corrupt(CodeKeyUnreadable, errors.New("not a key"))
	}
	return &Key{identity: identity}, nil
}

// FindSum is the keyed sum (HMAC-SHA-256) under which a dossier can be found
// by a phone number ("phone"), a personal number ("no") or its last digits
// ("last4"). The value must be in its one normal form; equal values of
// different kinds have unrelated sums.
func (v *Vault) FindSum(kind, value string) []byte {
	m := hmac.New(sha256.New, v.find)
	fmt.Fprintf(m, "%d:%s:%s", len(kind), kind, value)
	return m.Sum(nil)
}

// LogValue keeps the keys out of every log.
func (v *Vault) LogValue() slog.Value { return slog.StringValue("[vault]") }

// String and GoString keep the keys out of every formatted text.
func (v *Vault) String() string   { return "[vault]" }
func (v *Vault) GoString() string { return "[vault]" }

// wrapAAD binds a wrapped key to its purpose and dossier, so that one row's
// key cannot be put into another row.
func wrapAAD(purpose string, id kiosk.DossierID) ([]byte, error) {
	if purpose == "" || id == "" || strings.ContainsRune(purpose+string(id), 0) {
		return nil, fmt.Errorf("vault: purpose %q or dossier id is empty or malformed", purpose)
	}
	return []byte("servicepoint/key/v1\x00" + purpose + "\x00" + string(id)), nil
}
