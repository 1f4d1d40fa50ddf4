package seal

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"servicepoint/kiosk"
)

// unpacking is the reading of one decrypted archive into one folder.
type unpacking struct {
	plain *plaintext
	root  *os.Root
	keys  Keyring
	mine  []string // key id of the identity that opened the parcel
	tar   *tar.Reader
}

func (u *unpacking) run() (Manifest, error) {
	u.tar = tar.NewReader(u.plain)
	m, err := u.manifest()
	if err != nil {
		return Manifest{}, err
	}
	for _, folder := range []string{"pages", "documents"} {
		if err := u.root.Mkdir(folder, 0o700); err != nil {
			return Manifest{}, fmt.Errorf("unpack: %w", err)
		}
	}
	if err := u.files(m); err != nil {
		return Manifest{}, err
	}
	if err := u.end(); err != nil {
		return Manifest{}, err
	}
	for _, folder := range []string{"pages", "documents", "."} {
		if err := u.syncFolder(folder); err != nil {
			return Manifest{}, fmt.Errorf("unpack: %w", err)
		}
	}
	return m, nil
}

// manifest reads the two first entries, and believes the manifest only after
// its signature and its list of recipients.
func (u *unpacking) manifest() (Manifest, error) {
	body, err := u.small(manifestName, maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	signature, err := u.small(signatureName, int64(manifestStatement.limit))
	if err != nil {
		return Manifest{}, err
	}
	signed, _, err := manifestStatement.verify(signature, u.keys)
	if err != nil {
		return Manifest{}, err
	}
	if !bytes.Equal(signed, body) {
		return Manifest{}, corrupt(CodeBadSignature, errors.New("the signature is over another manifest"))
	}
	m, err := parseManifest(body)
	if err != nil {
		return Manifest{}, err
	}
	// A recipient can encrypt a parcel anew for somebody else; the sender's
	// own list tells.
	if !slices.ContainsFunc(u.mine, func(id string) bool { return slices.Contains(m.Recipients, id) }) {
		return Manifest{}, corrupt(CodeWrongRecipient, errors.New("the manifest names other recipients"))
	}
	if err := u.store(manifestName, bytes.NewReader(body)); err != nil {
		return Manifest{}, err
	}
	if err := u.store(signatureName, bytes.NewReader(signature)); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// small reads the next entry, which must have this name, into memory.
func (u *unpacking) small(name string, limit int64) ([]byte, error) {
	h, err := u.next()
	switch {
	case err == io.EOF:
		return nil, corrupt(CodeMissingFile, errors.New(name))
	case err != nil:
		return nil, err
	case h.Name != name:
		return nil, corrupt(CodeBadArchive, fmt.Errorf("%s is not where it must be", name))
	case h.Size > limit:
		return nil, corrupt(CodeTooLarge, fmt.Errorf("%s has %d bytes", name, h.Size))
	}
	b, err := io.ReadAll(u.tar)
	if err != nil {
		return nil, u.archiveError(err)
	}
	return b, nil
}

// files unpacks every other entry; all must be listed, and each just once.
func (u *unpacking) files(m Manifest) error {
	listed := map[string]File{}
	for _, f := range m.Files() {
		listed[f.Name] = f
	}
	for {
		h, err := u.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		f, ok := listed[h.Name]
		switch {
		case !ok:
			return corrupt(CodeUnlistedFile, nil)
		case h.Size != f.Size:
			return corrupt(CodeBadHash, fmt.Errorf("%s has %d bytes, %d are listed", f.Name, h.Size, f.Size))
		}
		delete(listed, h.Name)
		sum := sha256.New()
		if err := u.store(f.Name, io.TeeReader(u.tar, sum)); err != nil {
			return err
		}
		if kiosk.Digest(sum.Sum(nil)) != f.SHA256 {
			return corrupt(CodeBadHash, errors.New(f.Name))
		}
	}
	if len(listed) > 0 {
		return corrupt(CodeMissingFile, fmt.Errorf("%d files", len(listed)))
	}
	return nil
}

// next gives the next entry's header if it is a plain file with a plain name.
// Links, folders, devices, sparse files and extended headers are refused.
func (u *unpacking) next() (*tar.Header, error) {
	h, err := u.tar.Next()
	if err == io.EOF && u.plain.err == nil {
		return nil, io.EOF
	}
	if err != nil {
		return nil, u.archiveError(err)
	}
	if h.Typeflag != tar.TypeReg || h.Format != tar.FormatUSTAR {
		return nil, corrupt(CodeBadArchive, fmt.Errorf("an entry of type %q, format %v", h.Typeflag, h.Format))
	}
	if !plainName(h.Name) {
		return nil, corrupt(CodeBadName, nil)
	}
	return h, nil
}

// plainName allows only what the format can mean; the manifest then decides.
func plainName(name string) bool {
	if name == manifestName || name == signatureName || filePattern.MatchString(name) {
		return true
	}
	rest, ok := strings.CutPrefix(name, "pages/")
	return ok && len(rest) == 4+1+64+4 && !strings.ContainsAny(rest, "/\\\x00")
}

// end reads on to the last byte: only there is the whole parcel authenticated.
func (u *unpacking) end() error {
	n, err := io.Copy(io.Discard, u.plain)
	switch {
	case err != nil:
		return err
	case n > 0:
		return corrupt(CodeUnlistedFile, fmt.Errorf("%d bytes after the archive", n))
	}
	return nil
}

func (u *unpacking) store(name string, r io.Reader) (err error) {
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("unpack: %w", cerr)
		}
	}()
	in := &noted{r: r}
	if _, err := io.Copy(f, in); err != nil {
		if in.err != nil {
			return u.archiveError(in.err)
		}
		return fmt.Errorf("unpack: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return nil
}

func (u *unpacking) syncFolder(name string) error {
	d, err := u.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// archiveError is the decryption's error if there was one, else the archive is
// not what it should be.
func (u *unpacking) archiveError(err error) error {
	if u.plain.err != nil {
		return u.plain.err
	}
	return corrupt(CodeBadArchive, err)
}

// noted remembers a read error, to tell it from a write error after a copy.
type noted struct {
	r   io.Reader
	err error
}

func (n *noted) Read(p []byte) (int, error) {
	c, err := n.r.Read(p)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return c, err
}
