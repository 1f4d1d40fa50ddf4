package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"filippo.io/age"
)

// Key encrypts and decrypts what belongs to one dossier. It comes from
// Vault.NewKey or Vault.OpenKey and is safe for use by many goroutines.
type Key struct {
	identity *age.X25519Identity
}

// Encrypt gives a writer whose bytes reach dst encrypted. Close ends the
// ciphertext and does not close dst; what was written before a missing Close
// cannot be decrypted.
func (k *Key) Encrypt(dst io.Writer) (io.WriteCloser, error) {
	w, err := age.Encrypt(dst, k.identity.Recipient())
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return w, nil
}

// Decrypt gives the plain bytes of a ciphertext. They are authentic as they
// come, but only io.EOF says that they are complete: a cut or changed
// ciphertext ends in a Corrupt error, seal.damaged. Errors of src itself come
// back as they are.
func (k *Key) Decrypt(src io.Reader) (io.Reader, error) {
	in := &source{r: src, left: maxHeader}
	plain, err := age.Decrypt(in, k.identity)
	if err != nil {
		return nil, keyError(in, err)
	}
	in.left = unlimited
	return &decryption{src: in, r: plain}, nil
}

// Seal encrypts a small value in memory.
func (k *Key) Seal(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := k.Encrypt(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out.Bytes(), nil
}

// Open decrypts what Seal made; anything else is Corrupt, seal.damaged.
func (k *Key) Open(cipher []byte) ([]byte, error) {
	r, err := k.Decrypt(bytes.NewReader(cipher))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// LogValue keeps the key out of every log.
func (k *Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// String and GoString keep the key out of every formatted text.
func (k *Key) String() string   { return "[key]" }
func (k *Key) GoString() string { return "[key]" }

// decryption gives a damaged ciphertext its code while it is read.
type decryption struct {
	src *source
	r   io.Reader
}

func (d *decryption) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = keyError(d.src, err)
	}
	return n, err
}

func keyError(src *source, err error) error {
	if src.failed != nil && !errors.Is(src.failed, errTooLong) {
		return fmt.Errorf("decrypt: %w", src.failed)
	}
	return corrupt(CodeSealedDamaged, err)
}
