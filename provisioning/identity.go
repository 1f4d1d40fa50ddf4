package provisioning

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"servicepoint/kiosk/seal"
)

// Identity is what only this unit has: the credential its local keys come
// from, the key it signs with and its token at the centre.
type Identity struct {
	Credential []byte // 32 bytes; wraps draft and case keys, keys PINs and finding
	Signer     seal.Signer
	Token      string // the centre's bearer token, empty before enrolment
}

// ErrNotEnrolled says that the unit has no identity or no token yet.
var ErrNotEnrolled = errors.New("unit is not enrolled")

const (
	credentialFile = "unit.key"
	signingFile    = "signing.key"
	tokenFile      = "centre.token"
)

// CreateIdentity makes the unit's keys in dir, which is created for its owner
// alone. Keys that are there already are kept.
func CreateIdentity(dir string) (Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Identity{}, fmt.Errorf("create identity: %w", err)
	}
	for name, size := range map[string]int{credentialFile: 32, signingFile: ed25519.SeedSize} {
		raw := make([]byte, size)
		rand.Read(raw)
		err := writeNew(filepath.Join(dir, name), base64.StdEncoding.EncodeToString(raw)+"\n")
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return Identity{}, fmt.Errorf("create identity: %w", err)
		}
	}
	id, err := LoadIdentity(dir)
	if errors.Is(err, ErrNotEnrolled) && id.Signer.Key != nil {
		err = nil
	}
	return id, err
}

// StoreToken keeps the token the centre gave for this unit.
func StoreToken(dir, token string) error {
	tmp, err := writeTemp(dir, token+"\n")
	if err != nil {
		return fmt.Errorf("store token: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, tokenFile)); err != nil {
		return fmt.Errorf("store token: %w", errors.Join(err, os.Remove(tmp)))
	}
	return syncDir(dir)
}

// LoadIdentity reads the unit's keys from dir. Without keys or token the
// error is ErrNotEnrolled; the keys that are there come back with it.
func LoadIdentity(dir string) (Identity, error) {
	credential, err := readSecret(dir, credentialFile, 32)
	if err != nil {
		return Identity{}, err
	}
	seed, err := readSecret(dir, signingFile, ed25519.SeedSize)
	if err != nil {
		return Identity{}, err
	}
	key := ed25519.NewKeyFromSeed(seed)
	id := Identity{Credential: credential, Signer: seal.Signer{KeyID: seal.KeyIDOf(key.Public().(ed25519.PublicKey)), Key: key}}
	token, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return id, fmt.Errorf("%w: no %s", ErrNotEnrolled, tokenFile)
	}
	if id.Token = strings.TrimSpace(string(token)); err == nil && id.Token == "" {
		err = fmt.Errorf("%w: %s is empty", ErrNotEnrolled, tokenFile)
	}
	return id, err
}

// PublicKey gives the unit's signing key as the centre enrols it: base64.
func (id Identity) PublicKey() string {
	return base64.StdEncoding.EncodeToString(id.Signer.Key.Public().(ed25519.PublicKey))
}

func readSecret(dir, name string, size int) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: no %s", ErrNotEnrolled, name)
	}
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != size {
		return nil, fmt.Errorf("identity: %s is not %d bytes in base64", name, size)
	}
	return raw, nil
}

// writeNew makes a file that was not there, whole or not at all: half a key
// after a power cut would be taken for the unit's key ever after.
func writeNew(file, text string) error {
	dir := filepath.Dir(file)
	tmp, err := writeTemp(dir, text)
	if err != nil {
		return err
	}
	return errors.Join(os.Link(tmp, file), os.Remove(tmp), syncDir(dir))
}

// writeTemp writes a file for its owner alone and syncs it.
func writeTemp(dir, text string) (string, error) {
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
