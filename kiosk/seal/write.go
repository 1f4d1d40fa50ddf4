package seal

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"servicepoint/kiosk"
)

const (
	manifestName  = "manifest.json"
	signatureName = "manifest.dsse"
)

// Content is one file on its way into a parcel. Name, Size and SHA256 are as
// the manifest lists them; Open is called once.
type Content struct {
	Name   string
	Size   int64
	SHA256 kiosk.Digest
	Open   func() (io.ReadCloser, error)
}

// Write seals a dossier: a tar of the manifest, its signature and the files,
// encrypted to every recipient (all of them hybrid). The manifest's format
// version and recipients are set here; everything else it says must be true of
// files, which may come in any order and are written in the manifest's.
//
// Every file is hashed on its way: bytes that are not the listed ones are
// Corrupt with parcel.bad_hash. A manifest that breaks the format is Internal
// with the code Open would give, too much of anything is Invalid with
// parcel.too_large. After an error what reached w is no parcel and
// can never be opened.
func Write(w io.Writer, m Manifest, files []Content, s Signer, recipients []string) error {
	to, err := parseRecipients(recipients)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	m.FormatVersion, m.Recipients = FormatVersion, RecipientKeyIDs(recipients)
	if err := m.check(); err != nil {
		return ours(err)
	}
	ordered, err := match(m, files)
	if err != nil {
		return ours(err)
	}
	manifest, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("seal: manifest: %w", err)
	}
	if len(manifest) > maxManifest {
		return ours(corrupt(CodeTooLarge, fmt.Errorf("the manifest has %d bytes", len(manifest))))
	}
	signature, err := manifestStatement.sign(manifest, s)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return fmt.Errorf("seal: encrypt: %w", err)
	}
	if err := writeTar(sealed, manifest, signature, ordered); err != nil {
		return fmt.Errorf("seal: %w", err) // without Close the ciphertext has no end and never opens
	}
	if err := sealed.Close(); err != nil {
		return fmt.Errorf("seal: encrypt: %w", err)
	}
	return nil
}

// ours turns a fault found before sealing into our own mistake, unless a
// person can mend it by handing in less.
func ours(err error) error {
	kind, code := kiosk.Internal, kiosk.CodeOf(err)
	if code == CodeTooLarge {
		kind = kiosk.Invalid
	}
	return fmt.Errorf("seal: %w", kiosk.Fail(kind, code, err))
}

// match puts the contents into the manifest's order and refuses any that do
// not agree with it.
func match(m Manifest, files []Content) ([]Content, error) {
	given := make(map[string]Content, len(files))
	for _, c := range files {
		if _, twice := given[c.Name]; twice {
			return nil, corrupt(CodeUnlistedFile, errors.New("a file is given twice"))
		}
		given[c.Name] = c
	}
	var ordered []Content
	for _, f := range m.Files() {
		c, ok := given[f.Name]
		switch {
		case !ok:
			return nil, corrupt(CodeMissingFile, nil)
		case c.Size != f.Size || c.SHA256 != f.SHA256:
			return nil, corrupt(CodeBadHash, errors.New("the manifest lists another size or sum"))
		}
		ordered = append(ordered, c)
	}
	if len(ordered) != len(given) {
		return nil, corrupt(CodeUnlistedFile, nil)
	}
	return ordered, nil
}

func writeTar(w io.Writer, manifest, signature []byte, files []Content) error {
	tw := tar.NewWriter(w)
	for _, b := range []struct {
		name string
		body []byte
	}{{manifestName, manifest}, {signatureName, signature}} {
		if err := tw.WriteHeader(tarHeader(b.name, int64(len(b.body)))); err != nil {
			return fmt.Errorf("write %s: %w", b.name, err)
		}
		if _, err := tw.Write(b.body); err != nil {
			return fmt.Errorf("write %s: %w", b.name, err)
		}
	}
	for _, c := range files {
		if err := tw.WriteHeader(tarHeader(c.Name, c.Size)); err != nil {
			return fmt.Errorf("write %s: %w", c.Name, err)
		}
		if err := copyContent(tw, c); err != nil {
			return fmt.Errorf("write %s: %w", c.Name, err)
		}
	}
	if err := tw.Close(); err != nil {
		return fmt.Errorf("end archive: %w", err)
	}
	return nil
}

// tarHeader leaves out what the manifest says better: the time is always 1970,
// which a wrong clock cannot push outside what USTAR holds.
func tarHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600,
		ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
}

// copyContent copies one file and compares it with what was promised. It reads
// to the very end: only there does an encrypted source say that it was whole.
func copyContent(w io.Writer, c Content) (err error) {
	r, err := c.Open()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sum := sha256.New()
	n, err := io.CopyN(io.MultiWriter(w, sum), r, c.Size)
	if err == io.EOF {
		return corrupt(CodeBadHash, fmt.Errorf("ends after %d of %d bytes", n, c.Size))
	}
	if err != nil {
		return err
	}
	switch more, err := io.ReadFull(r, make([]byte, 1)); {
	case more > 0:
		return corrupt(CodeBadHash, fmt.Errorf("longer than %d bytes", c.Size))
	case err != io.EOF:
		return err
	case kiosk.Digest(sum.Sum(nil)) != c.SHA256:
		return corrupt(CodeBadHash, nil)
	}
	return nil
}
