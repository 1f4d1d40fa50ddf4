package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"servicepoint/kiosk"
)

// Signer signs statements with one Ed25519 key.
type Signer struct {
	KeyID string // KeyIDOf the public half
	Key   ed25519.PrivateKey
}

// NewSigner makes a fresh signing key.
func NewSigner() (Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Signer{}, fmt.Errorf("new signing key: %w", err)
	}
	return newSigner(key), nil
}

// SignerFromSeed restores a signer from the 32 bytes of Signer.Key.Seed().
func SignerFromSeed(seed []byte) (Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return Signer{}, fmt.Errorf("signing key: the seed has %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	return newSigner(ed25519.NewKeyFromSeed(seed)), nil
}

func newSigner(key ed25519.PrivateKey) Signer {
	return Signer{KeyID: KeyIDOf(key.Public().(ed25519.PublicKey)), Key: key}
}

// Public gives the half of the key that may be handed out.
func (s Signer) Public() ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }

// LogValue keeps the private key out of every log.
func (s Signer) LogValue() slog.Value { return slog.StringValue(s.KeyID) }

// String and GoString keep the private key out of every formatted text.
func (s Signer) String() string   { return s.KeyID }
func (s Signer) GoString() string { return s.KeyID }

// KeyIDOf names a public key: "ed25519:" and the first 16 hex digits of its
// SHA-256.
func KeyIDOf(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return "ed25519:" + hex.EncodeToString(sum[:8])
}

// Keyring holds the public keys that are believed, by KeyIDOf.
type Keyring map[string]ed25519.PublicKey

// NewKeyring makes a keyring of some public keys.
func NewKeyring(keys ...ed25519.PublicKey) Keyring {
	ring := make(Keyring, len(keys))
	for _, k := range keys {
		ring[KeyIDOf(k)] = k
	}
	return ring
}

// statement is one kind of thing that is signed: its DSSE payload type (so that
// a signature over one kind is never valid for another) and what to call its
// troubles.
type statement struct {
	payloadType                                       string
	limit                                             int // bytes of the whole envelope
	malformed, wrongType, unknownSigner, badSignature kiosk.Code
}

var (
	manifestStatement = statement{"application/vnd.servicepoint.manifest+json", maxManifest*4/3 + 4096,
		CodeBadManifest, CodeWrongType, CodeUnknownSigner, CodeBadSignature}
	envelopeStatement = statement{"application/vnd.servicepoint.envelope+json", 16 << 10,
		CodeEnvelopeMalformed, CodeEnvelopeType, CodeEnvelopeSigner, CodeEnvelopeSignature}
	receiptStatement = statement{"application/vnd.servicepoint.receipt+json", 16 << 10,
		CodeReceiptMalformed, CodeReceiptType, CodeReceiptSigner, CodeReceiptSignature}
)

// sign gives the DSSE envelope of a payload as JSON.
func (st statement) sign(payload []byte, s Signer) ([]byte, error) {
	if len(s.Key) != ed25519.PrivateKeySize || s.KeyID != KeyIDOf(s.Public()) {
		return nil, errors.New("sign: the signer's key and key id do not belong together")
	}
	es, err := dsse.NewEnvelopeSigner(dsseKey{id: s.KeyID, private: s.Key})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	env, err := es.SignPayload(context.Background(), st.payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	out, err := json.Marshal(env)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(out) > st.limit {
		return nil, fmt.Errorf("sign: the statement has %d bytes, at most %d are allowed", len(out), st.limit)
	}
	return out, nil
}

// verify checks a DSSE envelope and gives its payload and the signer's key id.
// It is stricter than DSSE asks: one signature, by a named key.
func (st statement) verify(b []byte, keys Keyring) (payload []byte, keyID string, err error) {
	if len(b) > st.limit {
		return nil, "", corrupt(st.malformed, fmt.Errorf("%d bytes", len(b)))
	}
	var env dsse.Envelope
	if err := decodeOne(b, &env); err != nil {
		return nil, "", corrupt(st.malformed, err)
	}
	if len(env.Signatures) != 1 {
		return nil, "", corrupt(st.malformed, fmt.Errorf("%d signatures, want 1", len(env.Signatures)))
	}
	if env.PayloadType != st.payloadType {
		return nil, "", corrupt(st.wrongType, nil)
	}
	keyID = env.Signatures[0].KeyID
	key, known := keys[keyID]
	if !known || len(key) != ed25519.PublicKeySize {
		return nil, "", corrupt(st.unknownSigner, nil)
	}
	ev, err := dsse.NewEnvelopeVerifier(dsseKey{id: keyID, public: key})
	if err != nil {
		return nil, "", fmt.Errorf("verify: %w", err)
	}
	if _, payload, err = ev.VerifyAndDecode(context.Background(), &env); err != nil {
		return nil, "", corrupt(st.badSignature, err)
	}
	return payload, keyID, nil
}

// decodeOne reads exactly one JSON value.
func decodeOne(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.InputOffset() < int64(len(bytes.TrimRight(b, " \t\r\n"))) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// dsseKey is an Ed25519 key as the dsse package wants it.
type dsseKey struct {
	id      string
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

func (k dsseKey) KeyID() (string, error)   { return k.id, nil }
func (k dsseKey) Public() crypto.PublicKey { return k.public }

func (k dsseKey) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(k.private, data), nil
}

func (k dsseKey) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(k.public, data, sig) {
		return errors.New("the signature does not verify")
	}
	return nil
}
