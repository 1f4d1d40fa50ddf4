package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"filippo.io/age"
)

// ageIntro is how every age file begins.
const ageIntro = "age-encryption.org/v1\n"

// Open opens a parcel at the centre and unpacks it into dir, an existing empty
// folder that the caller discards if there is any error. Files are synced, the
// names are manifest.json, manifest.dsse and those of Manifest.Files.
//
// identities are all the centre still keeps, keys those of the one unit the
// parcel came from. The manifest's signature is verified before the first file
// is unpacked, every file's sum as it is unpacked; the error is nil only after
// the last byte was authenticated.
//
// What is wrong with the parcel is Corrupt with one of the parcel.… codes. Any
// other error is trouble with r, dir or the arguments: the parcel itself may be
// fine.
func Open(r io.Reader, identities []string, keys Keyring, dir string) (Manifest, error) {
	openers, err := parseIdentities(identities)
	if err != nil {
		return Manifest{}, fmt.Errorf("open parcel: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("open parcel: %w", err)
	}
	defer root.Close()
	src := &source{r: r, left: MaxSealed}
	plain, err := decrypt(src, openers)
	if err != nil {
		return Manifest{}, fmt.Errorf("open parcel: %w", err)
	}
	var mine []string
	for _, o := range openers {
		if o.fitted {
			mine = append(mine, RecipientKeyID(o.Recipient().String()))
		}
	}
	u := unpacking{plain: &plaintext{src: src, r: plain}, root: root, keys: keys, mine: mine}
	m, err := u.run()
	if err != nil {
		return Manifest{}, fmt.Errorf("open parcel: %w", err)
	}
	return m, nil
}

// decrypt reads the age header and gives the plain bytes.
func decrypt(src *source, openers []*opener) (io.Reader, error) {
	intro := make([]byte, len(ageIntro))
	n, err := io.ReadFull(src, intro)
	switch {
	case src.failed != nil:
		return nil, src.failed
	case !bytes.HasPrefix([]byte(ageIntro), intro[:n]):
		return nil, corrupt(CodeNotAge, nil)
	case err != nil:
		return nil, corrupt(CodeTruncated, errors.New("ends in its first line"))
	}
	head := &source{r: io.MultiReader(bytes.NewReader(intro), src), left: maxHeader}
	ids := make([]age.Identity, len(openers))
	for i, o := range openers {
		ids[i] = o
	}
	plain, err := age.Decrypt(head, ids...)
	if err == nil {
		head.left = unlimited
		return plain, nil
	}
	fitted := slices.ContainsFunc(openers, func(o *opener) bool { return o.fitted })
	_, noMatch := errors.AsType[*age.NoIdentityMatchError](err)
	switch {
	case src.failed != nil:
		return nil, src.failed
	case errors.Is(head.failed, errTooLong):
		return nil, corrupt(CodeTooLarge, errors.New("the header is too long"))
	case noMatch:
		return nil, corrupt(CodeWrongRecipient, nil)
	case head.ended:
		return nil, corrupt(CodeTruncated, errors.New("ends in its header"))
	case fitted:
		return nil, corrupt(CodeDamaged, errors.New("the header fails authentication"))
	}
	return nil, corrupt(CodeNotAge, errors.New("the header does not parse"))
}

// plaintext gives each way a ciphertext can fail its code.
type plaintext struct {
	src *source
	r   io.Reader
	err error // the first error but io.EOF
}

func (p *plaintext) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.r.Read(b)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(p.src.failed, errTooLong):
		p.err = corrupt(CodeTooLarge, p.src.failed)
	case p.src.failed != nil:
		p.err = p.src.failed
	case p.src.ended:
		// The last chunk is not an authentic last chunk: cut short, or
		// changed within its last 64 KiB. age cannot tell the two apart.
		p.err = corrupt(CodeTruncated, nil)
	default:
		p.err = corrupt(CodeDamaged, nil)
	}
	return n, p.err
}
