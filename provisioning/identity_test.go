package provisioning_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"servicepoint/kiosk/seal"
	"servicepoint/provisioning"
)

func TestIdentityIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "credentials")
	first, err := provisioning.CreateIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Credential) != 32 || first.Signer.KeyID == "" || first.Token != "" {
		t.Errorf("got %d bytes, key %q, token %q", len(first.Credential), first.Signer.KeyID, first.Token)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("files %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	again, err := provisioning.CreateIdentity(dir)
	if err != nil || !bytes.Equal(again.Credential, first.Credential) || again.PublicKey() != first.PublicKey() {
		t.Errorf("a second time made other keys: %v", err)
	}
	other, err := provisioning.CreateIdentity(t.TempDir())
	if err != nil || bytes.Equal(other.Credential, first.Credential) || other.PublicKey() == first.PublicKey() {
		t.Errorf("two units have the same keys: %v", err)
	}
}

// A power cut between the two keys leaves one; the other is made later.
func TestIdentityBrokenOffIsCompleted(t *testing.T) {
	dir := t.TempDir()
	first, err := provisioning.CreateIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "signing.key")); err != nil {
		t.Fatal(err)
	}
	again, err := provisioning.CreateIdentity(dir)
	if err != nil || !bytes.Equal(again.Credential, first.Credential) || again.PublicKey() == first.PublicKey() {
		t.Errorf("got %v", err)
	}
}

func TestNotEnrolled(t *testing.T) {
	dir := t.TempDir()
	if _, err := provisioning.LoadIdentity(dir); !errors.Is(err, provisioning.ErrNotEnrolled) {
		t.Errorf("nothing there: %v", err)
	}
	made, err := provisioning.CreateIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, err := provisioning.LoadIdentity(dir)
	if !errors.Is(err, provisioning.ErrNotEnrolled) || !bytes.Equal(id.Credential, made.Credential) {
		t.Errorf("no token yet: %v", err)
	}
	if err := provisioning.StoreToken(dir, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := provisioning.LoadIdentity(dir); !errors.Is(err, provisioning.ErrNotEnrolled) {
		t.Errorf("an empty token: %v", err)
	}
	if err := provisioning.StoreToken(dir, "token-of-this-unit"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "centre.token")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v", err)
	}
	id, err = provisioning.LoadIdentity(dir)
	if err != nil || id.Token != "token-of-this-unit" || id.PublicKey() != made.PublicKey() {
		t.Errorf("enrolled: %q, %v", id.Token, err)
	}
	if err := provisioning.StoreToken(dir, "a-newer-one"); err != nil {
		t.Fatal(err)
	}
	if id, err := provisioning.LoadIdentity(dir); err != nil || id.Token != "a-newer-one" {
		t.Errorf("enrolled again: %q, %v", id.Token, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 3 {
		t.Errorf("files %v, %v", files, err)
	}
}

// A spoilt key is said to be spoilt: it is not made anew, and not shown.
func TestSpoiltKeyIsNeitherReplacedNorShown(t *testing.T) {
	dir := t.TempDir()
	if _, err := provisioning.CreateIdentity(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "unit.key")
	if err := os.WriteFile(file, []byte("c2hvcnQ=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := provisioning.CreateIdentity(dir)
	if err == nil || errors.Is(err, provisioning.ErrNotEnrolled) || !strings.Contains(err.Error(), "unit.key") || strings.Contains(err.Error(), "c2hvcnQ") {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "c2hvcnQ=\n" {
		t.Errorf("the file was changed: %q, %v", b, err)
	}
}

// The public key is what the centre verifies this unit's seals with.
func TestPublicKeyVerifiesWhatTheUnitSigns(t *testing.T) {
	id, err := provisioning.CreateIdentity(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(id.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	sum := [32]byte{1}
	envelope, err := seal.SignEnvelope(seal.Envelope{
		Unit: "DTH01-A", Dossier: "0190a0a0-0000-7000-8000-000000000001", Revision: 1, SHA256: sum, Bytes: 1, RecipientKeyIDs: []string{seal.RecipientKeyID(recipient)}, UnitSeq: 1,
	}, id.Signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadEnvelope(envelope, seal.NewKeyring(ed25519.PublicKey(raw))); err != nil {
		t.Error(err)
	}
}
