package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of one PIN check: 19 MiB and two passes, the smaller of the two
// settings OWASP recommends for argon2id; a unit checks one PIN at a time.
const (
	pinMemory  = 19 * 1024 // KiB
	pinPasses  = 2
	pinThreads = 1
	pinSalt    = 16 // bytes
	pinSum     = 32 // bytes
)

// HashPIN gives the text to store for a PIN: its argon2id sum with the salt and
// the cost inside. The PIN is first keyed with this unit's credential, so that
// a stolen database alone cannot be searched for four digits.
func (v *Vault) HashPIN(pin string) []byte {
	salt := make([]byte, pinSalt)
	rand.Read(salt)
	sum := argon2.IDKey(v.keyedPIN(pin), salt, pinPasses, pinMemory, pinThreads, pinSum)
	b64 := base64.RawStdEncoding
	return fmt.Appendf(nil, "pin1$argon2id$m=%d,t=%d,p=%d$%s$%s",
		pinMemory, pinPasses, pinThreads, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// CheckPIN reports whether stored was made by HashPIN for this PIN on this
// unit. Stored text of any other shape, or with a cost beyond reason, is false.
func (v *Vault) CheckPIN(pin string, stored []byte) bool {
	parts := strings.Split(string(stored), "$")
	if len(parts) != 5 || parts[0] != "pin1" || parts[1] != "argon2id" {
		return false
	}
	var memory, passes uint32
	var threads uint8
	if n, err := fmt.Sscanf(parts[2], "m=%d,t=%d,p=%d", &memory, &passes, &threads); n != 3 || err != nil {
		return false
	}
	if memory < 8 || memory > 256*1024 || passes < 1 || passes > 16 || threads < 1 || threads > 8 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[3])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(want) != pinSum {
		return false
	}
	got := argon2.IDKey(v.keyedPIN(pin), salt, passes, memory, threads, pinSum)
	return subtle.ConstantTimeCompare(got, want) == 1
}

func (v *Vault) keyedPIN(pin string) []byte {
	m := hmac.New(sha256.New, v.pin)
	m.Write([]byte(pin))
	return m.Sum(nil)
}
