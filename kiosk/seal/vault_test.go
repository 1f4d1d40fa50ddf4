package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"servicepoint/kiosk"
)

func testVault(t testing.TB, seed byte) *Vault {
	return must(NewVault(bytes.Repeat([]byte{seed}, 32)))(t)
}

func TestVaultKeys(t *testing.T) {
	v := testVault(t, 1)
	key, wrapped, err := v.NewKey(PurposeDraft, "d-1")
	if err != nil {
		t.Fatal(err)
	}
	secret := must(key.Seal([]byte("answers")))(t)
	again := must(testVault(t, 1).OpenKey(PurposeDraft, "d-1", wrapped))(t) // after a restart
	if got := must(again.Open(secret))(t); string(got) != "answers" {
		t.Errorf("got %q", got)
	}
	flipped := bytes.Clone(wrapped)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name    string
		vault   *Vault
		purpose string
		id      kiosk.DossierID
		wrapped []byte
	}{
		{"other unit", testVault(t, 2), PurposeDraft, "d-1", wrapped},
		{"other purpose", v, PurposeCase, "d-1", wrapped},
		{"other dossier", v, PurposeDraft, "d-2", wrapped},
		{"flipped bit", v, PurposeDraft, "d-1", flipped},
		{"cut", v, PurposeDraft, "d-1", wrapped[:20]},
		{"dropped", v, PurposeDraft, "d-1", nil},
		{"other version", v, PurposeDraft, "d-1", append([]byte{9}, wrapped[1:]...)},
	} {
		_, err := c.vault.OpenKey(c.purpose, c.id, c.wrapped)
		if kiosk.CodeOf(err) != CodeKeyUnreadable {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, _, err := v.NewKey("", "d-1"); err == nil {
		t.Error("a key without a purpose")
	}
	if _, err := NewVault(make([]byte, 16)); err == nil {
		t.Error("a short credential")
	}
}

func TestKeyRefusesDamage(t *testing.T) {
	v := testVault(t, 1)
	key, _, _ := v.NewKey(PurposeDraft, "d-1")
	other, _, _ := v.NewKey(PurposeDraft, "d-1")
	plain := filler("page", 200_000)
	cipher := must(key.Seal(plain))(t)
	if got := must(key.Open(cipher))(t); !bytes.Equal(got, plain) {
		t.Error("round trip changed the bytes")
	}
	_, err := other.Open(cipher)
	expectCode(t, err, CodeSealedDamaged)
	for _, at := range []int{0, 30, 300, 70_000, len(cipher) - 1} {
		_, err := key.Open(cipher[:at])
		expectCode(t, err, CodeSealedDamaged)
		b := bytes.Clone(cipher)
		b[at] ^= 1
		_, err = key.Open(b)
		expectCode(t, err, CodeSealedDamaged)
	}
	broken := errors.New("disk gone")
	r, err := key.Decrypt(io.MultiReader(bytes.NewReader(cipher[:100_000]), iotest.ErrReader(broken)))
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if !errors.Is(err, broken) || kiosk.KindOf(err) != kiosk.Internal {
		t.Errorf("a failing disk became a verdict: %v", err)
	}
}

func TestFindSum(t *testing.T) {
	v := testVault(t, 1)
	base := v.FindSum("phone", "+84900000000")
	if len(base) != 32 || !bytes.Equal(base, v.FindSum("phone", "+84900000000")) {
		t.Error("a sum is 32 bytes and always the same")
	}
	for _, other := range [][]byte{v.FindSum("no", "+84900000000"), v.FindSum("phone", "+84900000001"),
		testVault(t, 2).FindSum("phone", "+84900000000"), v.FindSum("phon", "e:+84900000000")} {
		if bytes.Equal(base, other) {
			t.Error("two different things have one sum")
		}
	}
}

func TestPIN(t *testing.T) {
	v := testVault(t, 1)
	stored := v.HashPIN("2468")
	if !v.CheckPIN("2468", stored) {
		t.Error("the right PIN is refused")
	}
	if bytes.Equal(stored, v.HashPIN("2468")) {
		t.Error("two hashes of one PIN are equal")
	}
	s := string(stored)
	for name, c := range map[string]struct {
		v      *Vault
		pin    string
		stored string
	}{
		"wrong PIN":     {v, "2469", s},
		"empty PIN":     {v, "", s},
		"other unit":    {testVault(t, 2), "2468", s},
		"empty":         {v, "2468", ""},
		"other version": {v, "2468", strings.Replace(s, "pin1", "pin2", 1)},
		"huge memory":   {v, "2468", strings.Replace(s, "m=19456", "m=4000000", 1)},
		"no passes":     {v, "2468", strings.Replace(s, "t=2", "t=0", 1)},
		"no threads":    {v, "2468", strings.Replace(s, "p=1", "p=0", 1)},
		"cut":           {v, "2468", s[:len(s)-5]},
		"junk":          {v, "2468", "pin1$argon2id$m=1$x$y"},
	} {
		if c.v.CheckPIN(c.pin, []byte(c.stored)) {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSecretsStayOutOfText(t *testing.T) {
	v := testVault(t, 1)
	key, _, _ := v.NewKey(PurposeDraft, "d-1")
	signer := must(NewSigner())(t)
	m, _ := sampleDossier(1000)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "vault", v, "key", key, "signer", signer, "manifest", m)
	text := log.String() + fmt.Sprintf("%v %+v %#v %v %+v %#v %v %+v %#v", v, v, v, key, key, key, signer, signer, signer)
	for _, secret := range []string{"AGE-SECRET", m.Applicant.Name, fmt.Sprint(signer.Key), fmt.Sprintf("%#v", signer.Key)} {
		if strings.Contains(text, secret) {
			t.Errorf("text shows %q", secret)
		}
	}
}
